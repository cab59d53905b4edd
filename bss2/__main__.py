"""``python -m bss2``."""

from bss2.cli import main

main()
