"""Command line of the benchmarks."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import REGISTRY, measure
from benchmarks.runner import DEFAULT_REPETITIONS, write_markdown

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"


def main(arguments: Sequence[str] | None = None, page: Path = PAGE) -> int:
    """Run benchmarks; the exit status is 2 for a wrong command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Run benchmarks.")
    parser.add_argument("name", nargs="?", metavar="NAME", help="benchmark to run, see --list")
    parser.add_argument("--all", action="store_true", help=f"run all and renew {page.parent.name}/{page.name}")
    parser.add_argument("--list", action="store_true", help="show names and titles")
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object (a list with --all)")
    parser.add_argument("--repetitions", type=int, default=DEFAULT_REPETITIONS, help="default %(default)s")
    options = parser.parse_args(arguments)
    if options.list + options.all + (options.name is not None) != 1:
        parser.error("give a NAME, --all or --list")
    if options.repetitions < 1:
        parser.error(f"--repetitions is {options.repetitions}, expected at least 1")
    if options.list:
        width = max(map(len, REGISTRY))
        for b in REGISTRY.values():
            print(f"{b.name:<{width}}  {b.title}{f' (goal {b.goal} {b.unit})' if b.goal else ''}")
        return 0
    if not options.all and options.name not in REGISTRY:
        print(f"unknown benchmark {options.name!r}, expected one of: {', '.join(REGISTRY)}", file=sys.stderr)
        return 2
    results = []
    for b in REGISTRY.values() if options.all else [REGISTRY[options.name]]:
        results.append(measure(b, options.repetitions))
        if not options.json:
            print(results[-1], flush=True)
    if options.json:
        plain = [result.to_dict() for result in results]
        print(json.dumps(plain if options.all else plain[0], ensure_ascii=False))
    if options.all:
        write_markdown(results, page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
