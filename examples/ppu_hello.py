"""A program for the plasticity processor (PPU), in assembly: text for the host, and sums with the vector unit.

The program copies a greeting to the mailbox, the part of its memory that the host prints. Then it adds two vectors of
128 bytes, once modulo 256 and once with saturation. It needs no compiler and no chip: the processor runs on its own,
with its memories.

Run with ``python examples/ppu_hello.py``.
"""

from __future__ import annotations

import numpy as np

from chipsim.ppu import Processor, State, by_function, execute
from chipsim.ppu.assembler import assemble
from chipsim.ppu.disassembler import disassemble, listing
from chipsim.ppu.profile import table
from haldls.ppu import printable

MAILBOX = 0x3000
INPUT, MODULO, SATURATED = 0x1000, 0x1100, 0x1180
TEXT = "hello, world\n"

SOURCE = """
start:  b main
.space 48               # vectors of the twelve interrupts
text:   .long {words}
main:   li r3,text      # copy the text, a word at a time
        li r4,MAILBOX
        li r5,{count}
        mtctr r5
copy:   lwz r6,0(r3)
        stw r6,0(r4)
        addi r3,r3,4
        addi r4,r4,4
        bdnz copy
sum:    li r0,0         # load two vectors, store two sums
        li r3,INPUT
        fxvlax 0,r0,r3
        addi r3,r3,128
        fxvlax 1,r0,r3
        fxvaddbm 2,0,1
        fxvaddbfs 3,0,1
        li r3,MODULO
        fxvstax 2,r0,r3
        li r3,SATURATED
        fxvstax 3,r0,r3
        sync 0          # the vector unit works in the background
        wait
"""


def program() -> np.ndarray:
    """Words of the program from address 0 on."""
    padded = TEXT.encode().ljust(-(-len(TEXT) // 4) * 4, b"\0")
    words = [f"0x{word:08x}" for word in np.frombuffer(padded, ">u4")]
    source = SOURCE.format(words=", ".join(words), count=len(words))
    return assemble(source, symbols={"MAILBOX": MAILBOX, "INPUT": INPUT, "MODULO": MODULO, "SATURATED": SATURATED})


def places(words: np.ndarray) -> dict[str, int]:
    """Addresses of the parts, for listings: the text follows the 13 branches, the code follows the text."""
    text = 13 * 4
    main = text + 4 * (-(-len(TEXT) // 4))
    return {"start": 0, "text": text, "main": main, "copy": main + 16, "sum": main + 36}


def main() -> None:
    words = program()
    symbols = places(words)
    print("the program:", *listing(words[symbols["main"] // 4 :], symbols["main"], symbols), sep="\n")

    a, b = np.arange(128, dtype=np.uint8), np.full(128, 100, dtype=np.uint8)
    state = State()
    state.memory[: 4 * len(words)] = words.astype(">u4").view(np.uint8)
    state.memory[INPUT : INPUT + 256] = np.concatenate([a, b])
    processor = Processor.alone(state)
    processor.trace(5)
    processor.profile()
    assert processor.run(cycles=100_000), "it sleeps in the end"

    memory = processor.state().memory
    modulo = memory[MODULO : MODULO + 128]
    saturated = memory[SATURATED : SATURATED + 128].view(np.int8)
    assert np.array_equal(modulo, a + b)
    assert np.array_equal(saturated, np.minimum(a.astype(int) + 100, 127))
    shown = [0, 27, 28, 127]
    print("\nits mailbox:", printable(memory[MAILBOX:].tobytes()), end="")
    print("sums of", *a[shown], "and 100, modulo 256:", *modulo[shown])
    print("sums of", *a[shown], "and 100, saturated: ", *saturated[shown])

    print(f"\n{processor.cycles} clock cycles of 4 ns, the last instructions:")
    for tick, pc, word in processor.traced().tolist():
        print(f"{tick:>6}  {pc:04x}  {disassemble(word, pc, symbols)}")
    print("\nwhere they went:")
    print(table(by_function(processor.profiled(), symbols)))

    print("\na single instruction, executed on given registers:")
    state = State()
    state.gpr[4], state.gpr[5] = 1_000_000, 7
    after = execute(assemble("divwu r3,r4,r5"), state)
    print(f"divwu r3,r4,r5 with r4 = 1000000, r5 = 7: r3 = {after.gpr[3]}")


if __name__ == "__main__":
    main()
