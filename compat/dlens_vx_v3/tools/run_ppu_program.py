"""Names of the real system: programs on the PPUs."""

from stadls.ppu import PPUTimeoutError, load_and_start_program, stop_program, wait_until_ppu_finished

__all__ = ["PPUTimeoutError", "load_and_start_program", "stop_program", "wait_until_ppu_finished"]
