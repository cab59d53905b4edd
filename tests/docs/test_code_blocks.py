"""The Python code in the documentation runs, and prints what stands below it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs").glob("*.md"), *ROOT.glob("README.md")])

BLOCK = re.compile(r"^```python\n(?P<code>.*?)^```\n(?:\n*^```text\n(?P<output>.*?)^```$)?", re.MULTILINE | re.DOTALL)
"""A block of Python; a block of text that follows at once is what it prints."""


def blocks(page):
    text = page.read_text(encoding="utf-8")
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        yield line, match["code"], match["output"]


def test_blocks_are_found():
    assert sum(len(list(blocks(page))) for page in PAGES) > 20


@pytest.mark.parametrize("page", [page for page in PAGES if list(blocks(page))], ids=lambda page: page.stem)
def test_page(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": f"docs_{page.stem}"}
    for line, code, output in blocks(page):
        # Empty lines in front give the line numbers of the page in a traceback.
        exec(compile("\n" * line + code, page, "exec"), namespace)
        printed = capsys.readouterr().out
        if output is not None:
            assert printed.splitlines() == output.splitlines(), f"{page.name}, line {line}"
