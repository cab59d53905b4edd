"""compile_program: what it accepts, what it says of errors, what it keeps in the cache."""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import lola
from grenade.ppu import CompilationError, CompilerNotFound, Program, binary, cache, compile_program, compiler, toolchain
from tests.grenade.ppu.compilers import COMPILERS, INSTALLED, REASONS, needs_compiler
from tests.grenade.ppu.emulator import run

START = "int start() { return 5; }"

each_compiler = pytest.mark.parametrize("name", COMPILERS)


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with nothing but the runtime, which takes long to make."""
    compile_program([("start.cpp", START)])
    ready = cache.directory() / "runtime"
    monkeypatch.setenv("BSS2_CACHE", str(tmp_path / "cache"))
    shutil.copytree(ready, cache.directory() / "runtime")
    return cache.directory()


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that tool chains run."""
    seen: list[list[str]] = []
    original = toolchain.Toolchain.run

    def watched(self: toolchain.Toolchain, command: list[str], scratch: Path) -> tuple[bool, str]:
        seen.append(list(command))
        return original(self, command, scratch)

    monkeypatch.setattr(toolchain.Toolchain, "run", watched)
    return seen


# -- programs ------------------------------------------------------------------------------------------------------


@each_compiler
def test_program_is_loaded_by_lola(name: str) -> None:
    program = compile_program([("start.cpp", START)], compiler=name)
    assert isinstance(program, Program)
    assert program.path.read_bytes() == program.elf
    assert {"zig": "zig ", "gcc": "powerpc-linux-gnu-g++"}[name] in program.compiler
    assert isinstance(program.file, lola.PPUElfFile)
    memory = lola.PPUElfFile(program.path).read_program()
    assert memory.internal.size() > 32 and memory.external is not None and memory.external_dram is None
    assert "elf=" not in repr(program)


@each_compiler
def test_several_sources_of_all_languages(name: str, tmp_path: Path) -> None:
    (tmp_path / "part.c").write_text("int from_c(void) { return 20; }")
    sources = [
        ("start.cpp", 'extern "C" int from_c(); extern "C" int from_assembly(); int other();\n'
         "int start() { return from_c() + from_assembly() + other(); }"),
        str(tmp_path / "part.c"),
        ("part.S", ".globl from_assembly\nfrom_assembly: li %r3, 3\n blr\n"),
        ("other.cc", "int other() { return 100; }"),
    ]  # fmt: skip
    assert run(compile_program(sources, compiler=name)).exit_code == 123


@each_compiler
def test_parameters_reach_the_compiler(name: str, tmp_path: Path) -> None:
    (tmp_path / "value.h").write_text("#define VALUE 7\n")
    text = """
    #include "value.h"
    #if !defined(__ppu__) || !defined(SYSTEM_HICANN_DLS_MINI) || LIBNUX_TIME64 != 1 || LIBNUX_TIME_RESOLUTION_SHIFT != 0
    #error
    #endif
    #ifndef EMPTY
    #error
    #endif
    int start() { return VALUE * FACTOR + OPTION; }
    """
    program = compile_program(
        [("start.cpp", text)], compiler=name, include_directories=[tmp_path], defines={"FACTOR": 3, "EMPTY": None},
        options=["-DOPTION=100"],
    )  # fmt: skip
    assert run(program).exit_code == 121


@each_compiler
def test_memory_layout(name: str) -> None:
    text = """
    .globl start
    start: blr
    .data
    .globl values, values_end
    values:
    .long ram_base, ram_end, mailbox_size, mailbox_base, mailbox_end, stack_ptr_init, _int_end, stack_redzone
    .long heap_base, heap_end, _ext_end, _ext_data_begin, _ext_end_data
    .long _ext_dram_end, _ext_dram_data_begin, _ext_dram_end_data, start
    .type values, @object
    .size values, . - values
    """
    # The tables refer to themselves, so that they are not dropped.
    program = compile_program([("start.S", text.replace("blr", "lis %r4, values@ha\n blr"))], compiler=name)
    values = dict(zip(
        "ram_base ram_end mailbox_size mailbox_base mailbox_end stack_ptr_init int_end redzone heap_base heap_end "
        "ext_end ext_data_begin ext_end_data dram_end dram_data_begin dram_end_data start".split(),
        run(program).read("values", ">u4").tolist(), strict=True,
    ))  # fmt: skip
    assert (values["ram_base"], values["ram_end"]) == (0, 0x4000)
    assert (values["mailbox_size"], values["mailbox_base"], values["mailbox_end"]) == (0x1000, 0x3000, 0x4000)
    assert (values["stack_ptr_init"], values["heap_end"]) == (0x2FF0, 0x2FF8)
    assert values["redzone"] == values["heap_base"] == (values["int_end"] + 15) // 16 * 16 + 128
    assert values["start"] == 0x80000000 < values["ext_end"] == values["ext_data_begin"] + 0x40000000
    assert values["ext_data_begin"] <= values["ext_end_data"]
    assert (values["dram_end"], values["dram_data_begin"]) == (0x90000000, 0x50000000)
    assert values["dram_end_data"] == 0x50000000


@needs_compiler
def test_mailbox_size_moves_the_stack() -> None:
    text = "extern char mailbox_base[]; int start() { return (int) mailbox_base; }"
    memory = run(compile_program([("start.cpp", text)], mailbox_size=1024))
    assert memory.internal[0x3BFC:0x3C00].view(">i4")[0] == 0x3C00


@each_compiler
def test_interrupt_vectors(name: str) -> None:
    handler = 'extern "C" __attribute__((section("int.text"))) void isr_dec() {}\n'
    program = compile_program([("start.cpp", handler + START)], compiler=name)
    words = [int(word.value) for word in program.file.read_program().internal][:13]
    assert all(word & 0xFC000003 == 0x48000000 for word in words)
    # Branches are relative, with 26 signed bits; what is not handled goes to address 0.
    targets = [(4 * i + ((word & 0x3FFFFFC) ^ 0x2000000) - 0x2000000) for i, word in enumerate(words)]
    assert targets[0] == 0x34 and targets[1:12] == [0] * 11
    assert targets[12] == 4 * int(program.file.read_symbols()["isr_dec"].coordinate.toMin())


@pytest.mark.skipif("gcc" not in INSTALLED, reason=str(REASONS["gcc"]))
@pytest.mark.parametrize(
    ("body", "code"), [("return down(100);", 12), ("__builtin_trap(); return 0;", 1), ("return down(3);", 6)]
)
def test_stack_limit(body: str, code: int) -> None:
    from chipsim.ppu import run_elf

    text = f"""
    __attribute__((noinline)) int down(int n, char volatile* above = nullptr)
    {{
        char volatile block[200];
        block[n] = n;
        int const below = n ? down(n - 1, block) : 0;
        if (above)
            above[0] = 0;
        return block[n] + below;
    }}
    int start() {{ {body} }}
    """
    program = compile_program([("start.cpp", text)], compiler="gcc", options=["-fstack-limit-symbol=stack_redzone"])
    assert run_elf(program.elf).exit_code == code


@pytest.mark.skipif("gcc" not in INSTALLED, reason=str(REASONS["gcc"]))
def test_stack_protector() -> None:
    text = """
    __attribute__((noinline)) void fill(char* to, int n) { for (int i = 0; i < n; ++i) to[i] = 1; }
    int volatile size = 24;
    int start() { char block[16]; fill(block, size); return block[0]; }
    """
    program = compile_program([("start.cpp", text)], compiler="gcc", options=["-fstack-protector-all"])
    assert run(program).exit_code & 0xFFFFFFFF == 0xDEADBEEF


@each_compiler
def test_large_recordings_take_no_room_in_the_file(name: str) -> None:
    text = """
    __attribute__((section("ext_dram.data.keep"))) char volatile recording[10000000];
    __attribute__((section("ext.data.keep"))) int volatile marker = 0x1234567;
    int start() { return marker; }
    """
    program = compile_program([("start.cpp", text)], compiler=name)
    assert len(program.elf) < 20_000
    memory = program.file.read_program()
    assert memory.external_dram is not None and len(memory.external_dram) == 10_000_000
    assert run(program).exit_code == 0x1234567


# -- errors --------------------------------------------------------------------------------------------------------


@each_compiler
def test_errors_name_source_and_line(name: str, tmp_path: Path) -> None:
    with pytest.raises(CompilationError, match=r"does not accept kernels/mine\.cpp:\n") as caught:
        compile_program([("kernels/mine.cpp", "int start()\n{\n  return missing;\n}\n")], compiler=name)
    assert re.search(r"^kernels/mine\.cpp:3:\d+: error: .*missing", str(caught.value), re.MULTILINE)
    assert "return missing;" in str(caught.value) and "bss2-ppu" not in str(caught.value)
    path = tmp_path / "file.c"
    path.write_text("\n\nint start(void) { return missing; }")
    with pytest.raises(CompilationError, match=re.escape(f"{path}:3:")):
        compile_program([path], compiler=name)
    with pytest.raises(CompilationError, match=r"user\.cpp:41:"):
        compile_program([("generated.cpp", '#line 40 "user.cpp"\n\nint start() { return missing; }')], compiler=name)


ERRORS = {
    "no function `int start": "int begin() { return 0; }",
    "nowhere": "int nowhere(); int start() { return nowhere(); }",
    "internal memory is full": "char volatile block[0x2f80]; int start() { return block[5]; }",
    "ext_mem_data": '__attribute__((section("ext.data"))) char volatile b[200000]; int start() { return b[5]; }',
    "isr_fit has to be in internal memory": f'extern "C" void isr_fit() {{}} {START}',
    "sections that a program can name: int.text": '__attribute__((section("mine"))) int v; int start() { return v; }',
    "0x7c00003c at 0x8000000": 'int start() { asm volatile(".long 0x7c00003c"); return 0; }',
    "0x7c6c42e6 at": 'int start() { asm volatile(".long 0x7c6c42e6"); return 0; }',
    "(mfspr of register 268)": 'int start() { int x; asm volatile("mfspr %0, 268" : "=r"(x)); return x; }',
    "instructions that the PPU does not have": "#include <atomic>\nstd::atomic<int> a; int start() { return ++a; }",
}


@each_compiler
@pytest.mark.parametrize("message", ERRORS)
def test_programs_that_cannot_be_linked(name: str, message: str) -> None:
    with pytest.raises(CompilationError, match=re.escape(message)) as caught:
        compile_program([("start.cpp", ERRORS[message])], compiler=name)
    # No names of files that do not exist any more.
    assert "bss2-ppu" not in str(caught.value)


@needs_compiler
@pytest.mark.parametrize(
    ("sources", "parameters", "message"),
    [
        ([], {}, "at least one source"),
        ([("start.py", "")], {}, "'start.py': expected a name that ends in one of .c, .cc, .cpp"),
        ([("start.cpp", START)], {"mailbox_size": 100}, "mailbox_size 100: expected a multiple of 16 from 0 to"),
        ([("start.cpp", START)], {"mailbox_size": 0x4000}, "mailbox_size 16384"),
    ],
)
def test_bad_parameters(sources: list, parameters: dict, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        compile_program(sources, **parameters)


@needs_compiler
def test_missing_source(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="missing.cpp"):
        compile_program([tmp_path / "missing.cpp"])


@each_compiler
def test_warnings_are_logged(name: str, empty_cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    text = "int start()\n{\n  int unused = 0;\n  return 0;\n}\n"
    with caplog.at_level(logging.WARNING, "grenade.ppu"):
        compile_program([("start.cpp", text)], compiler=name, options=["-Wall"])
    assert re.search(r"^start\.cpp:3:\d+: warning: .*unused", caplog.text.partition("WARNING")[2], re.MULTILINE) or (
        "start.cpp:3:7: warning: unused variable 'unused'" in caplog.text
    )


def test_unused_words_in_code() -> None:
    assert binary.unknown_instructions(_tiny_elf([0x60000000, 0x00000000, 0x7C00007C])) == []
    assert binary.unknown_instructions(_tiny_elf([0x7C00003C, 0x00000000])) == ["0x7c00003c at 0x00000100"]


def _tiny_elf(words: list[int]) -> bytes:
    """A file with one section of code at 0x100 and no symbols."""
    code = b"".join(word.to_bytes(4, "big") for word in words)
    header = binary._HEADER.pack(b"\x7fELF", 2, 20, 1, 0, 0, 52 + len(code), 0, 52, 32, 0, 40, 2, 0)
    null = binary._SECTION.pack(*[0] * 10)
    return header + code + null + binary._SECTION.pack(0, 1, 6, 0x100, 52, len(code), 0, 0, 4, 0)


# -- choice of the compiler ----------------------------------------------------------------------------------------


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "_zig", lambda: None)
    monkeypatch.setattr(shutil, "which", lambda program: None)
    monkeypatch.delenv("BSS2_PPU_COMPILER", raising=False)


@pytest.mark.usefixtures("nothing_installed")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("auto", r"pip install 'bss2\[ppu\]'.*Debian package g\+\+-powerpc-linux-gnu"),
        ("zig", r"zig is not installed; get it with `pip install 'bss2\[ppu\]'`"),
        ("gcc", r"powerpc-linux-gnu-g\+\+ is not installed; it is in the Debian package g\+\+-powerpc-linux-gnu"),
        ("icc", r"compiler 'icc' was not found: expected 'auto', 'zig', 'gcc', or name or path"),
    ],
)
def test_no_compiler(name: str, message: str) -> None:
    with pytest.raises(CompilerNotFound, match=message):
        compile_program([("start.cpp", START)], compiler=name)


@pytest.mark.usefixtures("nothing_installed")
def test_environment_names_the_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BSS2_PPU_COMPILER", "my-g++")
    with pytest.raises(CompilerNotFound, match="'my-g\\+\\+' was not found"):
        toolchain.find()
    # An argument counts more.
    with pytest.raises(CompilerNotFound, match="zig is not installed"):
        toolchain.find("zig")


@pytest.mark.skipif("gcc" not in INSTALLED, reason=str(REASONS["gcc"]))
def test_compiler_by_its_path() -> None:
    path = shutil.which("powerpc-linux-gnu-g++")
    assert run(compile_program([("start.cpp", START)], compiler=str(path))).exit_code == 5


def test_compiler_for_another_processor(tmp_path: Path) -> None:
    other = tmp_path / "g++"
    other.write_text("#!/bin/sh\necho x86_64-linux-gnu\n")
    other.chmod(0o755)
    with pytest.raises(CompilerNotFound, match="makes code for x86_64-linux-gnu, expected powerpc-"):
        toolchain.find(str(other))


@pytest.mark.skipif("zig" not in INSTALLED, reason=str(REASONS["zig"]))
def test_zig_is_the_first_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BSS2_PPU_COMPILER", raising=False)
    assert toolchain.find().name == "zig"


# -- cache ---------------------------------------------------------------------------------------------------------


@needs_compiler
def test_the_same_program_is_not_compiled_again(empty_cache: Path, commands: list[list[str]]) -> None:
    first = compile_program([("start.cpp", START)])
    assert first.path.is_relative_to(empty_cache) and len(commands) == 2
    assert compile_program([("start.cpp", START)]) == first
    assert len(commands) == 2


@needs_compiler
@pytest.mark.parametrize(
    "change",
    [
        {"sources": [("start.cpp", "int start() { return 6; }")]}, {"sources": [("other.cpp", START)]},
        {"options": ["-O1"]}, {"defines": {"X": 1}}, {"mailbox_size": 1024}, {"internal_text": True},
    ],
    ids=["text", "name", "options", "defines", "mailbox_size", "internal_text"],
)  # fmt: skip
def test_a_changed_program_is_compiled(empty_cache: Path, commands: list[list[str]], change: dict) -> None:
    compile_program([("start.cpp", START)])
    compile_program(**{"sources": [("start.cpp", START)], **change})
    assert len(commands) == 4


@needs_compiler
def test_changed_headers_are_noticed(empty_cache: Path, tmp_path: Path, commands: list[list[str]]) -> None:
    header = tmp_path / "with space.h"

    def code() -> int:
        text = '#include "with space.h"\nint start() { return VALUE; }'
        return run(compile_program([("start.cpp", text)], include_directories=[tmp_path])).exit_code

    header.write_text("#define VALUE 1")
    assert (code(), code(), len(commands)) == (1, 1, 2)
    header.write_text("#define VALUE 2")
    assert (code(), code(), len(commands)) == (2, 2, 4)
    header.unlink()
    with pytest.raises(CompilationError, match="with space.h"):
        code()


@needs_compiler
@pytest.mark.parametrize("damage", [b"", b"\x7fELF", None])
def test_damaged_entries_are_made_again(empty_cache: Path, damage: bytes | None) -> None:
    program = compile_program([("start.cpp", START)])
    if damage is None:
        program.path.write_bytes(program.elf[:-1] + bytes([program.elf[-1] ^ 1]))
    else:
        program.path.write_bytes(damage)
    assert compile_program([("start.cpp", START)]) == program
    assert program.path.read_bytes() == program.elf
    next((empty_cache / "dependencies").glob("*.json")).write_text("[1, {")
    assert compile_program([("start.cpp", START)]) == program


@needs_compiler
def test_many_at_once(empty_cache: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        programs = list(pool.map(lambda _: compile_program([("start.cpp", START)]), range(4)))
    assert len(set(programs)) == 1
    assert sorted(path.suffix for path in (empty_cache / "programs").iterdir()) == [".elf"]


@needs_compiler
def test_nothing_is_left_elsewhere(empty_cache: Path, tmp_path: Path) -> None:
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    code = f"from grenade.ppu import compile_program; compile_program([('start.cpp', {START!r})], options=['-O1'])"
    environment = {**os.environ, "HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(here)}
    subprocess.run([sys.executable, "-B", "-c", code], cwd=here, env=environment, check=True)
    assert list(home.iterdir()) == list(here.iterdir()) == []


def test_cache_is_in_the_folder_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("BSS2_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.directory().name == "ppu" and "bss2" in cache.directory().parts


def test_cache_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BSS2_CACHE", str(tmp_path / "file"))
    with pytest.raises(OSError, match="cannot make the folder .*environment variable BSS2_CACHE"):
        cache.directory()


def test_rules_of_make(tmp_path: Path) -> None:
    rule = tmp_path / "rule"
    rule.write_text("a.o: /x/one.cpp \\\n  /x/with\\ space.h \\\n /x/three.h\n")
    assert compiler._parse_dependencies(rule) == [Path("/x/one.cpp"), Path("/x/with space.h"), Path("/x/three.h")]
