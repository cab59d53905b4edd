"""Words to the FPGA: dictionary, builders, disassembly, text form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadls import words
from stadls.spike_trains import timed_event_batches, timed_events
from stadls.words import DICTIONARIES, Direction

TO_FPGA = DICTIONARIES[Direction.TO_FPGA].instructions
FROM_FPGA = DICTIONARIES[Direction.FROM_FPGA].instructions


@pytest.mark.parametrize(
    "built, expected",
    [
        (words.setup(), [0x0400000000000000]),
        (words.wait_until(0x123), [0x0500000000000123]),
        (words.omnibus_read(3), [0x0B00001F00000003]),
        (words.omnibus_write(3, 12, 0), [0x0B00000000000003, 0x0C0000000000000C]),
        (words.loopback(0), [0x0A00000000000000]),
        (words.jtag_data(0, 32, True), [0x0301200000000000]),
        (words.spike_pack([1, 2, 3]), [0x0F00000100020003]),
        (words.spike_pack([[1, 2], [3, 4]]), [0x0E00000000010002, 0x0E00000000030004]),
        (words.spike_pack([[0xFFFF]]), [0x0D0000000000FFFF]),
        (words.jtag_init(), [0x0000000000000000]),
        (words.jtag_scaler(3), [0x0100000000000003]),
        (words.jtag_ins(words.JTAGInstruction.BYPASS), [0x020000000000007F]),
        (words.jtag_data([1, 2]), [0x0300210000000001, 0x0300210000000002]),
        (words.systime_init(True), [0x0600000000000001]),
        (words.barrier(0x1F), [0x070000000000001F]),
        (words.polling_block(1), [0x0800000000000001]),
        (words.reset([1, 0]), [0x0900000000000001, 0x0900000000000000]),
    ],
)
def test_builders_give_the_documented_words(built, expected):
    assert built.dtype == np.uint64
    assert built.tolist() == expected


def test_omnibus_write_interleaves_addresses_and_data():
    built = words.omnibus_write([0x10, 0x11, 0x12], np.array([7, 8, 9], dtype=np.uint16))
    assert built.tolist() == [
        0x0B00000F00000010, 0x0C00000000000007,
        0x0B00000F00000011, 0x0C00000000000008,
        0x0B00000F00000012, 0x0C00000000000009,
    ]  # fmt: skip


def test_omnibus_write_broadcasts_one_value_to_many_addresses():
    assert words.omnibus_write(range(4), 0).size == 8


@pytest.mark.parametrize("build", [words.wait_until, words.omnibus_read, words.jtag_ins, words.barrier])
def test_no_values_give_no_words(build):
    assert build([]).shape == (0,)


@pytest.mark.parametrize("phy, code", [(0, 0x44), (1, 0x4C), (7, 0x7C)])
def test_phy_instruction(phy, code):
    assert words.jtag_phy_instruction(phy) == code


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: words.wait_until([0, 1 << 32]), "wait time at index 1 is 4294967296"),
        (lambda: words.wait_until(-1), "wait time at index 0 is -1"),
        (lambda: words.wait_until(1.5), "wait time: expected integers"),
        (lambda: words.wait_until(1 << 70), "wait time: expected integers"),
        (lambda: words.wait_until([[1]]), "one-dimensional"),
        (lambda: words.jtag_data(0, 2), "number of JTAG bits at index 0 is 2, must be in 3..33"),
        (lambda: words.jtag_data(0, 34), "number of JTAG bits at index 0 is 34"),
        (lambda: words.jtag_data(1 << 33), "JTAG data at index 0"),
        (lambda: words.jtag_data([1, 2, 3], [3, 4]), "different lengths"),
        (lambda: words.omnibus_write([1, 2], [1, 2, 3]), "different lengths"),
        (lambda: words.omnibus_write(1, 1, 16), "byte enables"),
        (lambda: words.omnibus_read(1 << 32), "omnibus address"),
        (lambda: words.barrier(32), "barrier flags"),
        (lambda: words.reset(2), "reset"),
        (lambda: words.spike_pack([[1, 2, 3, 4]]), r"shape \(1, 4\)"),
        (lambda: words.spike_pack([[65536]]), "spike label at index 0 is 65536"),
        (lambda: words.jtag_phy_instruction(8), "PHY index"),
        (lambda: words.assemble([4], [1]), "padding bits of timing::Setup"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(words.WordError, match=message):
        call()


@pytest.mark.parametrize(
    "word, error, message",
    [
        (0x1000000000000000, words.UnknownInstructionError, "word 1 .*unknown header 0x10"),
        (0x8000000000000000, words.UnknownInstructionError, "word 1 .*unknown header 0x80"),
        (0x0400000000000001, words.PaddingError, "word 1 .*timing::Setup"),
        (0x0500000100000000, words.PaddingError, "timing::WaitUntil"),
        (0x0301200200000000, words.PaddingError, "to_fpga_jtag::Data"),
        (0x0301220000000000, words.FieldError, "number of JTAG bits at index 1 is 34"),
        (0x0300000000000000, words.FieldError, "number of JTAG bits at index 1 is 0"),
    ],
)
def test_disassemble_rejects(word, error, message):
    with pytest.raises(error, match=message):
        words.disassemble(np.array([0x0400000000000000, word], dtype=np.uint64))


@st.composite
def to_fpga_message(draw):
    instruction = draw(st.sampled_from(TO_FPGA))
    if instruction.name == "to_fpga_jtag::Data":
        data, bits, keep = draw(st.integers(0, 2**33 - 1)), draw(st.integers(3, 33)), draw(st.integers(0, 1))
        return instruction.code, data | bits << 40 | keep << 48
    return instruction.code, draw(st.integers(0, 2**56 - 1)) & instruction.payload_mask


@given(st.lists(to_fpga_message(), max_size=20))
def test_disassemble_inverts_assemble(messages):
    codes, payloads = words.disassemble(words.assemble([c for c, _ in messages], [p for _, p in messages]))
    assert list(zip(codes.tolist(), payloads.tolist(), strict=True)) == messages


@given(to_fpga_message())
def test_text_holds_the_raw_word_and_the_name(message):
    word = int(words.assemble(*message)[0])
    text = words.message_string(word)
    name = TO_FPGA[message[0]].name.replace(">", "ul>")
    assert text.startswith(f"UTMessage(raw: {word:016x}, hxcomm::vx::instruction::{name}(")


PREFIX = "hxcomm::vx::instruction::"


@pytest.mark.parametrize(
    "message, direction, text",
    [
        (0x0400000000000000, "to_fpga", "timing::Setup()"),
        (0x0500000000000123, "to_fpga", "timing::WaitUntil(291)"),
        (0x0700000000000005, "to_fpga", "timing::Barrier(00101)"),
        (0x0200000000000003, "to_fpga", "to_fpga_jtag::Ins(0000011)"),
        (
            0x0300210000000001,
            "to_fpga",
            f"to_fpga_jtag::Data(keep_response: false, num_bits: 33, payload: {'0' * 32}1)",
        ),
        (
            0x0B00001F00000003,
            "to_fpga",
            "omnibus_to_fpga::Address(is_read: true, byte_enables: 1111, address: 3)",
        ),
        (0x0C0000000000000C, "to_fpga", "omnibus_to_fpga::Data(12)"),
        (0x0E00000000010002, "to_fpga", "event_to_fpga::SpikePack<2ul>(0000000000000001, 0000000000000010)"),
        (0x010000000000002A, "from_fpga", "omnibus_from_fpga::Data(42)"),
        (0x0200000000000001, "from_fpga", "from_fpga_system::Loopback(1)"),
        (0x0600000000000003, "from_fpga", "timing_from_fpga::Sysdelta(00000011)"),
        (0x0A00000000020001, "from_fpga", "event_from_fpga::SpikePack<1ul>(Spike(0000000000000001, 00000010))"),
        (0x0700000000030401, "from_fpga", "event_from_fpga::MADCSamplePack<1ul>(MADCSample(00010000000001, 00000011))"),
        (
            0x0C020001040003060005,
            "from_fpga",
            "event_from_fpga::SpikePack<3ul>(Spike(0000000000000001, 00000010), "
            "Spike(0000000000000011, 00000100), Spike(0000000000000101, 00000110))",
        ),
    ],
)
def test_text_of_payloads(message, direction, text):
    digits = 16 if message < 1 << 64 else 20
    assert words.message_string(message, direction) == f"UTMessage(raw: {message:0{digits}x}, {PREFIX}{text})"


@pytest.mark.parametrize(
    "message, direction",
    [
        (0x0D00000000000000, "from_fpga"),  # 13 instructions only
        (0x8000000000000000, "from_fpga"),  # comma
        (0x0C00000000000000, "from_fpga"),  # a triple pack has 80 bit
        (0x0A000000000000000000, "from_fpga"),  # a single pack has 64 bit
        (0x0F000000000000000000, "to_fpga"),
        (0x0700000000004000, "from_fpga"),  # bit 14 of a MADC sample
        (-1, "to_fpga"),
        (1 << 80, "from_fpga"),
    ],
)
def test_text_of_impossible_messages_is_an_error(message, direction):
    with pytest.raises(words.WordError):
        words.message_string(message, direction)


@pytest.mark.parametrize("instructions", [TO_FPGA, FROM_FPGA])
def test_headers_count_up(instructions):
    assert [instruction.code for instruction in instructions] == list(range(len(instructions)))


@pytest.mark.parametrize(
    "direction, payload_bits",
    [
        (Direction.TO_FPGA, [0, 8, 7, 56, 0, 32, 1, 5, 1, 1, 1, 37, 32, 16, 32, 48]),
        (Direction.FROM_FPGA, [33, 32, 1, 8, 45, 43, 8, 24, 48, 72, 24, 48, 72]),
    ],
)
def test_only_triple_packs_from_the_fpga_exceed_a_word(direction, payload_bits):
    dictionary = DICTIONARIES[direction]
    assert [instruction.payload_bits for instruction in dictionary.instructions] == payload_bits
    sizes = [dictionary.message_bits(code) for code in range(len(payload_bits))]
    assert sizes == [80 if bits == 72 else 64 for bits in payload_bits]


def reference_train(times, labels):
    """Spike train word by word: a wait whenever the time changes, then up to three spikes per pack."""
    built, events, i = [], sorted(zip(times, labels, strict=True), key=lambda event: event[0]), 0
    while i < len(events):
        time = events[i][0]
        same = [label for t, label in events[i:] if t == time]
        built.append(0x05 << 56 | time)
        for start in range(0, len(same), 3):
            pack = same[start : start + 3]
            built.append((0x0C + len(pack)) << 56 | sum(x << 16 * (len(pack) - 1 - k) for k, x in enumerate(pack)))
        i += len(same)
    return built


@given(
    st.lists(
        st.tuples(st.one_of(st.integers(0, 5), st.integers(0, 2**32 - 1)), st.integers(0, 65535)), max_size=40
    )
)
def test_timed_events_follow_the_reference(events):
    times, labels = [t for t, _ in events], [x for _, x in events]
    assert timed_events(times, labels).tolist() == reference_train(times, labels)


def test_timed_events_of_a_large_train_have_one_wait_per_time():
    rng = np.random.default_rng(1)
    times, labels = rng.integers(0, 1000, 10_000), rng.integers(0, 65536, 10_000).astype(np.uint16)
    assert timed_events(times, labels).tolist() == reference_train(times.tolist(), labels.tolist())


@pytest.mark.parametrize(
    "times, labels, message",
    [
        ([1, 2], [1], "2 event times but 1 spike labels"),
        ([1, -2], [1, 1], "event time at index 1 is -2"),
        ([1, 2, 1 << 32], [1, 1, 1], "event time at index 2 is 4294967296"),
        ([1, 2], [65536, 1], "spike label at index 0 is 65536"),
        ([1, 2], [0, -1], "spike label at index 1 is -1"),
        ([0.5], [0], "event time: expected integers"),
    ],
)
def test_timed_events_name_the_bad_event(times, labels, message):
    with pytest.raises(ValueError, match=message):
        timed_events(times, labels)


TRAINS = st.lists(
    st.lists(st.tuples(st.one_of(st.integers(0, 5), st.integers(0, 2**32 - 1)), st.integers(0, 65535)), max_size=12),
    max_size=8,
)


@given(TRAINS)
def test_trains_of_a_batch_are_those_of_single_trains(trains):
    ordered = [sorted(train, key=lambda event: event[0]) for train in trains]
    offsets = np.cumsum([0, *map(len, ordered)])
    times = [t for train in ordered for t, _ in train]
    labels = [x for train in ordered for _, x in train]
    words, word_offsets = timed_event_batches(offsets, times, labels)
    assert len(word_offsets) == len(trains) + 1 and word_offsets[-1] == len(words)
    for train, first, last in zip(ordered, word_offsets, word_offsets[1:], strict=False):
        assert words[first:last].tolist() == reference_train([t for t, _ in train], [x for _, x in train])


@pytest.mark.parametrize(
    "offsets, times, message",
    [
        ([0, 2], [3, 2], "event time at index 1 is earlier"),
        ([0, 1, 3], [3, 2, 1], "event time at index 2 is earlier"),
        ([0, 1], [1, 2], "offsets of trains have to go from 0 to 2"),
        ([1, 2], [1, 2], "offsets of trains have to go from 0 to 2"),
        ([0, 2, 1, 2], [1, 2], "must not fall"),
    ],
)
def test_trains_of_a_batch_that_are_refused(offsets, times, message):
    with pytest.raises(ValueError, match=message):
        timed_event_batches(offsets, times, [0] * len(times))
