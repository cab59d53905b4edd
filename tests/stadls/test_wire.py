"""Stream from the FPGA: packing, decoding, time annotation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadls import _wire, words
from stadls.words import DICTIONARIES, FROM_FPGA_CODES, Direction

FROM_FPGA = DICTIONARIES[Direction.FROM_FPGA]
TO_FPGA = DICTIONARIES[Direction.TO_FPGA]
LOW = (1 << 64) - 1
TIME_MASK = (1 << 43) - 1

JTAG, OMNIBUS, LOOPBACK = 0x00, 0x01, 0x02
LINK, TIMEOUT, SYSTIME, SYSDELTA = 0x03, 0x04, 0x05, 0x06
MADC, SPIKE = 0x07, 0x0A  # packs of one; of two and three follow
TRIPLE_SPIKES = (0x0C, 0x020001040003060005)
RESULTS = (
    "omnibus", "jtag", "loopback_ticks", "spikes", "madc_samples", "link_notifications", "timeout_notifications",
    "spike_pack_counts", "madc_pack_counts", "time", "halted", "message_count", "word_count",
)  # fmt: skip


def encode(messages):
    """Flushed stream of (code, payload) pairs."""
    low, high = [payload & LOW for _, payload in messages], [payload >> 64 for _, payload in messages]
    return _wire.encode_messages([code for code, _ in messages], np.array(low, np.uint64), np.array(high, np.uint64))


def decode(stream):
    decoder = _wire.ResponseDecoder()
    decoder.feed(stream)
    return decoder


def results(decoder):
    values = {name: getattr(decoder, name) for name in RESULTS}
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in values.items()}


def pack(*events):
    """Payload of a pack of (value, timestamp) events, first one most significant."""
    payload = 0
    for value, timestamp in events:
        payload = payload << 24 | timestamp << 16 | value
    return payload


# ------------------------------------------------------------------------------------------------ reference model


def reference_split(stream, dictionary):
    """Splitter on strings of bits: messages, and the index of the word with an unknown header or None."""
    bits, messages = "", []
    for index, word in enumerate(stream):
        if not bits and word >> 63:
            continue
        bits += f"{word:064b}"
        while len(bits) >= 8:
            code = int(bits[:8], 2)
            if code >= len(dictionary.instructions):
                return messages, index
            size = dictionary.message_bits(code)
            if len(bits) < size:
                break
            messages.append((code, int(bits[8:size], 2) & dictionary.instructions[code].payload_mask))
            bits = bits[size:]
            if bits.startswith("1"):
                bits = ""
    return messages, None


def reference_spikes(messages):
    """(label, fpga_time, chip_time) of all spikes, by the rules of the playback decoder one message at a time."""
    time, spikes = 0, []
    for code, payload in messages:
        time = (time + 1) & TIME_MASK
        if code == SYSTIME:
            time = payload
        elif code == SYSDELTA:
            time = (time + payload) & TIME_MASK
        elif code >= SPIKE:
            for lsb in range(24 * (code - SPIKE), -1, -24):
                chip = (time & ~0x7F) | ((payload >> (lsb + 16) & 0xFF) >> 1)
                spikes.append((payload >> lsb & 0xFFFF, time, (chip - 128) & TIME_MASK if chip > time else chip))
    return spikes


@st.composite
def from_fpga_message(draw):
    instruction = draw(st.sampled_from(FROM_FPGA.instructions))
    return instruction.code, draw(st.integers(0, (1 << 72) - 1)) & instruction.payload_mask


@st.composite
def plausible_words(draw):
    """Words whose top byte is often a header or a comma, so that decoding gets far."""
    headers = st.one_of(st.integers(0, 16), st.sampled_from([0x09, 0x0C, 0x80, 0xFF]), st.integers(0, 255))
    # A header also in the places where a message begins behind triple packs.
    word = st.builds(lambda *h: sum(x << (56 - 16 * i) for i, x in enumerate(h)), headers, headers, headers, headers)
    return draw(st.lists(st.one_of(word, st.integers(0, LOW)), max_size=12))


# ------------------------------------------------------------------------------------------------ packing


def test_worked_example():
    stream = encode([TRIPLE_SPIKES, (LOOPBACK, 0)])
    assert stream.tolist() == [0x0C02000104000306, 0x0005020000000000, 0x0000800000000000]
    decoder = decode(stream)
    assert decoder.spikes["label"].tolist() == [1, 3, 5]
    assert decoder.halted and decoder.message_count == 2


@given(st.lists(from_fpga_message(), max_size=30))
def test_messages_from_the_fpga_round_trip(messages):
    assert _wire.decode_messages(encode(messages), "from_fpga") == messages


@given(st.lists(st.integers(0, 15), max_size=30), st.integers(0, LOW))
def test_messages_to_the_fpga_round_trip(codes, payload):
    # Payloads of JTAG data are checked where words are built, and free here.
    messages = [(code, payload & TO_FPGA.instructions[code].payload_mask) for code in codes]
    stream = np.array([code << 56 | payload for code, payload in messages], dtype=np.uint64)
    assert _wire.decode_messages(stream, Direction.TO_FPGA) == messages


def test_built_words_are_a_stream_to_the_fpga():
    stream = np.concatenate([words.setup(), words.omnibus_write([1, 2], [3, 4]), words.loopback(0)])
    codes, lo, hi = _wire.decode_columns(stream, "to_fpga")
    assert (codes.tolist(), lo.tolist()) == tuple(column.tolist() for column in words.disassemble(stream))
    assert not hi.any()


@pytest.mark.parametrize("n_triples", range(9))
@pytest.mark.parametrize("code", [OMNIBUS, TRIPLE_SPIKES[0]])
def test_messages_at_every_alignment(n_triples, code):
    # Sizes are 64 and 80 bit, so messages begin at multiples of 16 bit; four triples are five full words.
    last = TRIPLE_SPIKES if code != OMNIBUS else (OMNIBUS, 0xDEADBEEF)
    messages = [TRIPLE_SPIKES] * n_triples + [last]
    bits = sum(FROM_FPGA.message_bits(code) for code, _ in messages)
    stream = encode(messages)
    assert stream.size == -(-bits // 64)
    assert _wire.decode_messages(stream, "from_fpga") == messages


def test_full_word_gets_no_comma():
    encoder = _wire.ResponseEncoder()
    encoder.append_spike_packs(np.full((4, 3), 0xFFFFFF))
    before = encoder.words().tolist()
    encoder.flush()
    encoder.flush()
    assert encoder.words().tolist() == before and len(before) == 5


def test_flush_of_nothing_sends_nothing():
    encoder = _wire.ResponseEncoder()
    encoder.flush()
    assert encoder.words().size == 0


def test_flush_between_messages_keeps_them_apart():
    encoder = _wire.ResponseEncoder()
    for label in range(5):
        encoder.append_spike_packs([[label, label, label]])
        encoder.flush()
        encoder.append_omnibus(label)
        encoder.flush()
    decoder = decode(encoder.words())
    assert decoder.spikes["label"].tolist() == [label for label in range(5) for _ in range(3)]
    assert decoder.omnibus["data"].tolist() == list(range(5))


def test_comma_words_between_messages_are_dropped():
    comma = np.array([1 << 63, LOW], dtype=np.uint64)
    one, two = encode([TRIPLE_SPIKES]), encode([(OMNIBUS, 7)])
    stream = np.concatenate([comma, one, comma, two, comma])
    assert _wire.decode_messages(stream, "from_fpga") == [TRIPLE_SPIKES, (OMNIBUS, 7)]


def test_words_inside_a_message_are_no_comma_words():
    message = (0x0C, (1 << 72) - 1)  # the second word of the stream begins with a set bit
    assert _wire.decode_messages(encode([message]), "from_fpga") == [message]


@pytest.mark.parametrize("bit", [33, 50, 55])
def test_padding_bits_are_ignored(bit):
    assert _wire.decode_messages(np.array([JTAG << 56 | 1 << bit | 5], np.uint64), "from_fpga") == [(JTAG, 5)]


def test_incomplete_message_is_not_emitted():
    assert _wire.decode_messages(encode([TRIPLE_SPIKES])[:1], "from_fpga") == []


def test_clear_of_the_encoder_drops_the_partial_word():
    encoder = _wire.ResponseEncoder()
    encoder.append_spike_packs([[1, 2, 3]])
    encoder.clear()
    encoder.append_omnibus(1)
    assert encoder.words().tolist() == [OMNIBUS << 56 | 1] and encoder.n_messages == 1


@pytest.mark.parametrize(
    "append, name, payload",
    [
        (lambda e: e.append_jtag(0x1FFFFFFFF), "jtag_from_hicann::Data", 0x1FFFFFFFF),
        (lambda e: e.append_omnibus(0xFFFFFFFF), "omnibus_from_fpga::Data", 0xFFFFFFFF),
        (lambda e: e.append_loopback(True), "from_fpga_system::Loopback", 1),
        (lambda e: e.append_link_notification(0xFF), "from_fpga_system::HighspeedLinkNotification", 0xFF),
        (lambda e: e.append_timeout_notification(1 << 44), "from_fpga_system::TimeoutNotification", 1 << 44),
        (lambda e: e.append_systime(TIME_MASK), "timing_from_fpga::Systime", TIME_MASK),
        (lambda e: e.append_sysdelta(255), "timing_from_fpga::Sysdelta", 255),
        (lambda e: e.append_madc_packs([[1]]), "event_from_fpga::MADCSamplePack<1>", pack((1, 0))),
        (lambda e: e.append_madc_packs([[1, 2]]), "event_from_fpga::MADCSamplePack<2>", pack((1, 0), (2, 0))),
        (
            lambda e: e.append_madc_packs([[1, 2, 0xFF0003]]),
            "event_from_fpga::MADCSamplePack<3>",
            pack((1, 0), (2, 0), (3, 0xFF)),
        ),
        (lambda e: e.append_spike_packs([[0xAA0001]]), "event_from_fpga::SpikePack<1>", pack((1, 0xAA))),
        (lambda e: e.append_spike_packs([[1, 2]]), "event_from_fpga::SpikePack<2>", pack((1, 0), (2, 0))),
        (
            lambda e: e.append_spike_packs([[0xFF0001, 0xFFFF, 0xFFFFFF]]),
            "event_from_fpga::SpikePack<3>",
            pack((1, 0xFF), (0xFFFF, 0), (0xFFFF, 0xFF)),
        ),
    ],
)
def test_append_methods_use_the_headers_of_the_dictionary(append, name, payload):
    encoder = _wire.ResponseEncoder()
    append(encoder)
    encoder.flush()
    assert _wire.decode_messages(encoder.words(), "from_fpga") == [(FROM_FPGA_CODES[name], payload)]


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: _wire.encode_messages([13], [0]), "unknown header 0x0d"),
        (lambda: _wire.encode_messages([OMNIBUS], [1 << 32]), "does not fit header 0x01"),
        (lambda: _wire.encode_messages([OMNIBUS], [0], [1]), "does not fit header 0x01"),
        (lambda: _wire.encode_messages([MADC], [1 << 14]), "does not fit header 0x07"),
        (lambda: _wire.encode_messages([MADC + 2], [1 << 62]), "does not fit header 0x09"),
        (lambda: _wire.encode_messages([0x0C], [0], [256]), "does not fit header 0x0c"),
        (lambda: _wire.encode_messages([1, 1], [0]), "2 headers, 1 low"),
        (lambda: _wire.ResponseEncoder().append_systime(1 << 43), "does not fit header 0x05"),
        (lambda: _wire.ResponseEncoder().append_jtag(1 << 33), "does not fit header 0x00"),
        (lambda: _wire.ResponseEncoder().append_spike_packs([[1, 2, 3, 4]]), "shape"),
        (lambda: _wire.ResponseEncoder().append_spike_packs([[1 << 24]]), "event at index 0"),
        (lambda: _wire.ResponseEncoder().append_madc_packs([[1 << 14]]), "0xff3fff"),
        (lambda: _wire.ResponseDecoder().feed([-1]), "word at index 0"),
        (lambda: _wire.ResponseDecoder().feed([0.5]), "word: expected integers"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# ------------------------------------------------------------------------------------------------ decoding


def test_every_kind_of_message_is_filed():
    decoder = decode(
        encode(
            [
                (OMNIBUS, 0xFFFFFFFF),
                (JTAG, 0x1FFFFFFFF),
                (LOOPBACK, 1),
                (LINK, 0b10110000),
                (TIMEOUT, (52 << 39) | (96 << 32) | 7),
                (MADC + 1, pack((0x3FF, 0), (0x400 | 5, 0))),
                (SPIKE, pack((0xFFFF, 0))),
                (LOOPBACK, 0),
            ]
        )
    )
    assert results(decoder) == {
        "omnibus": [(0xFFFFFFFF, 1)],
        "jtag": [(0x1FFFFFFFF, 2)],
        "loopback_ticks": [3],
        "link_notifications": [(0b10110000, 4)],
        "timeout_notifications": [((52 << 39) | (96 << 32) | 7, 5)],
        "madc_samples": [(0x3FF, 0, 6, 0), (5, 1, 6, 0)],
        "spikes": [(0xFFFF, 7, 0)],
        "spike_pack_counts": [1, 0, 0],
        "madc_pack_counts": [0, 1, 0],
        "time": 8,
        "halted": True,
        "message_count": 8,
        "word_count": 8,
    }


def test_result_types_are_packed():
    decoder = _wire.ResponseDecoder()
    assert decoder.spikes.dtype == np.dtype([("label", "u2"), ("fpga_time", "u8"), ("chip_time", "u8")])
    assert decoder.spikes.dtype.itemsize == 18 and decoder.madc_samples.dtype.itemsize == 19
    assert decoder.omnibus.dtype == _wire.OMNIBUS_DTYPE and decoder.jtag.dtype == _wire.JTAG_DTYPE


def test_results_are_copies():
    decoder = decode(encode([(SPIKE, 1)]))
    decoder.spikes["label"] = 9
    assert decoder.spikes["label"].tolist() == [1]


@pytest.mark.parametrize("k", [1, 2, 3])
def test_pack_counters(k):
    encoder = _wire.ResponseEncoder()
    encoder.append_spike_packs(np.zeros((5, k), dtype=np.uint32))
    encoder.append_madc_packs(np.zeros((7, k), dtype=np.uint32))
    encoder.flush()
    decoder = decode(encoder.words())
    expected = [0, 0, 0]
    expected[k - 1] = 1
    assert decoder.spike_pack_counts.tolist() == [5 * x for x in expected]
    assert decoder.madc_pack_counts.tolist() == [7 * x for x in expected]
    assert (decoder.spikes.size, decoder.madc_samples.size) == (5 * k, 7 * k)


def test_clear_keeps_notifications():
    decoder = decode(encode([(OMNIBUS, 1), (LINK, 2), (TIMEOUT, 3), (SPIKE, 0), (LOOPBACK, 1), (LOOPBACK, 0)]))
    decoder.clear()
    cleared = results(decoder)
    assert cleared.pop("link_notifications") == [(2, 2)]
    assert cleared.pop("timeout_notifications") == [(3, 3)]
    assert cleared.pop("word_count") == 6
    fresh = results(_wire.ResponseDecoder())
    assert cleared == {name: fresh[name] for name in cleared}


def test_reset_gives_a_new_decoder():
    decoder = decode(encode([TRIPLE_SPIKES, (LINK, 2), (TIMEOUT, 3), TRIPLE_SPIKES])[:-1])
    decoder.reset()
    assert results(decoder) == results(_wire.ResponseDecoder())
    decoder.feed(encode([(OMNIBUS, 1)]))
    assert decoder.omnibus.tolist() == [(1, 1)]


@pytest.mark.parametrize(
    "stream",
    [[], [OMNIBUS << 56], np.array([OMNIBUS << 56], dtype=">u8"), np.full(6, OMNIBUS << 56, dtype=np.uint64)[::2]],
)
def test_feed_takes_any_integer_array(stream):
    assert decode(stream).omnibus.size == len(stream)


@given(st.lists(from_fpga_message(), max_size=30), st.lists(st.integers(0, 60), max_size=6))
def test_chunks_do_not_matter(messages, cuts):
    stream = encode(messages)
    chunked = _wire.ResponseDecoder()
    edges = [0, *sorted(min(cut, stream.size) for cut in cuts), stream.size]
    for start, stop in zip(edges, edges[1:], strict=False):
        chunked.feed(stream[start:stop])
    assert results(chunked) == results(decode(stream))


def test_blocks_of_a_long_stream_do_not_matter():
    rng = np.random.default_rng(3)
    codes = rng.choice([OMNIBUS, SYSDELTA, SPIKE, SPIKE + 1, SPIKE + 2], 20_000)
    messages = [(code, int(rng.integers(0, 256))) for code in codes.tolist()]
    stream = encode(messages)
    word_by_word = _wire.ResponseDecoder()
    for index in range(stream.size):
        word_by_word.feed(stream[index : index + 1])
    assert results(word_by_word) == results(decode(stream))
    assert _wire.decode_messages(stream, "from_fpga") == messages


@given(plausible_words())
def test_any_words_split_as_in_the_reference(stream):
    stream = np.array(stream, dtype=np.uint64)
    for direction, dictionary in DICTIONARIES.items():
        messages, bad_word = reference_split(stream.tolist(), dictionary)
        if bad_word is None:
            assert _wire.decode_messages(stream, direction) == messages
        else:
            with pytest.raises(_wire.StreamError, match=f"unknown header 0x.. in word {bad_word}$") as caught:
                _wire.decode_messages(stream, direction)
            assert caught.value.word_index == bad_word


def test_error_keeps_what_came_before_and_names_the_word():
    decoder = _wire.ResponseDecoder()
    decoder.feed(encode([(OMNIBUS, 1), (OMNIBUS, 2)]))
    with pytest.raises(RuntimeError, match="unknown header 0x0d in word 3") as caught:
        decoder.feed(np.array([OMNIBUS << 56 | 3, 0x0D << 56, OMNIBUS << 56 | 4], dtype=np.uint64))
    assert (caught.value.word_index, caught.value.header) == (3, 0x0D)
    assert decoder.omnibus["data"].tolist() == [1, 2, 3]
    decoder.feed(encode([(OMNIBUS, 5)]))
    assert decoder.omnibus["data"].tolist() == [1, 2, 3, 5]


# ------------------------------------------------------------------------------------------------ time


@pytest.mark.parametrize(
    "before, fpga_time",
    [
        ([], 1),
        ([(OMNIBUS, 0)] * 4, 5),
        ([(SYSTIME, 1000)], 1001),
        ([(SYSTIME, 1000), (SYSDELTA, 10)], 1012),
        ([(SYSTIME, 1000), (OMNIBUS, 0), (SYSDELTA, 0)], 1003),
        ([(SYSTIME, 1000), TRIPLE_SPIKES, (LINK, 0), (LOOPBACK, 0)], 1004),
        ([(SYSTIME, 5), (SYSTIME, 1)], 2),
        ([(SYSTIME, TIME_MASK)], 0),
        ([(SYSTIME, TIME_MASK), (SYSDELTA, 3)], 4),
        ([(SYSTIME, TIME_MASK - 1)], TIME_MASK),
    ],
)
def test_each_message_takes_one_cycle(before, fpga_time):
    decoder = decode(encode([*before, (JTAG, 1)]))
    assert decoder.jtag["fpga_time"].tolist() == [fpga_time] and decoder.time == fpga_time


@pytest.mark.parametrize(
    "fpga_time, timestamp, chip_time",
    [
        (1000, 2 * (1000 % 128), 1000),
        (1000, 2 * (1000 % 128) + 1, 1000),  # the half cycle is dropped
        (1000, 2 * (999 % 128), 999),
        (1000, 2 * (1001 % 128), 1001 - 128),  # 127 cycles are the longest delay
        (1024, 0, 1024),
        (1024, 0xFF, 1023),
        (1151, 0xFF, 1151),
        (5, 20, (10 - 128) & TIME_MASK),  # before time 0
        (0, 0, 0),
        (0, 0xFF, TIME_MASK),
        (TIME_MASK, 0xFF, TIME_MASK),
        (TIME_MASK, 0, TIME_MASK - 127),
    ],
)
@pytest.mark.parametrize("code, result", [(SPIKE, "spikes"), (MADC, "madc_samples")])
def test_chip_time_from_the_timestamp(fpga_time, timestamp, chip_time, code, result):
    decoder = decode(encode([(SYSTIME, (fpga_time - 1) & TIME_MASK), (code, timestamp << 16 | 3)]))
    assert getattr(decoder, result)[["fpga_time", "chip_time"]].tolist() == [(fpga_time, chip_time)]


@given(st.lists(from_fpga_message(), max_size=40))
def test_spikes_follow_the_reference(messages):
    assert decode(encode(messages)).spikes.tolist() == reference_spikes(messages)


# ------------------------------------------------------------------------------------------------ robustness


@pytest.mark.parametrize("n_plausible", [0, 1, 4])
def test_random_words_raise_or_return(n_plausible):
    """A million random cases in all; `n_plausible` says how many places of a word get a probable header or comma."""
    n_cases = 400_000 if n_plausible else 200_000
    rng = np.random.default_rng(n_plausible)
    lengths = rng.integers(1, 7, n_cases)
    stream = rng.integers(0, 1 << 64, int(lengths.sum()), dtype=np.uint64)
    for place in range(n_plausible):
        lsb = np.uint64(56 - 16 * place)
        headers = np.append(np.arange(14), [0x09, 0x0C, 0x0C, 0x80]).astype(np.uint64)
        stream &= ~(np.uint64(0xFF) << lsb)
        stream |= rng.choice(headers, stream.size) << lsb
    decoder, start, n_errors = _wire.ResponseDecoder(), 0, 0
    for stop in np.cumsum(lengths).tolist():
        decoder.reset()
        try:
            decoder.feed(stream[start:stop])
        except _wire.StreamError as error:
            assert 0 <= error.word_index < stop - start
            n_errors += 1
        start = stop
    assert 0 < n_errors < n_cases
