"""Import names of the real system."""

from __future__ import annotations

import importlib
import logging

import pytest

MODULES = {
    "pyhalco_hicann_dls_vx_v3": ["NeuronConfigOnDLS", "iter_all", "EnumRanged_512_", "common"],
    "pyhalco_common": ["X", "Y", "Enum", "SideHorizontal", "iter_all"],
    "pyhaldls_vx_v3": ["NeuronConfig", "Timer", "Backend", "containers", "pll_and_omnibus_settling_duration"],
    "pylola_vx_v3": ["Chip", "AtomicNeuron", "to_json", "containers"],
    "pystadls_vx_v3": ["PlaybackProgramBuilder", "SystemInit", "run", "generate", "AbsoluteTimePlaybackProgramBuilder"],
    "pyfisch_vx": ["SpikeFromChip", "FPGATime", "fpga_clock_cycles_per_ms"],
    "pyhxcomm_vx": ["ManagedConnection", "ManagedMultiZeroMockConnection", "ConnectionTimeInfo", "get_unused_port"],
    "pyhwdb": ["HXCubeSetupEntry", "JboaSetupEntry"],
    "pylogging": ["get", "LogLevel", "default_config", "reset"],
}


@pytest.mark.parametrize(("module", "names"), MODULES.items())
def test_modules_and_names(module: str, names: list[str]) -> None:
    imported = importlib.import_module(module)
    assert all(hasattr(imported, name) for name in names)


def test_the_usual_import_line() -> None:
    from dlens_vx_v3 import hal, halco, hxcomm, logger, lola, sta

    builder = sta.PlaybackProgramBuilder()
    ticket = builder.read(halco.CapMemCellOnDLS())
    with hxcomm.ManagedMultiZeroMockConnection([(8,)]) as connection:
        sta.run(connection, [builder.done()])
    assert ticket.get() == hal.CapMemCell(0)
    assert lola.Chip() == lola.Chip()
    logger.get("test").INFO("a", 1)


def test_submodules_of_dlens() -> None:
    import halco

    assert importlib.import_module("dlens_vx_v3.halco") is halco
    from dlens_vx_v3.hal import CapMemCell  # noqa: F401


def test_log_levels(caplog: pytest.LogCaptureFixture) -> None:
    import pylogging

    log = pylogging.get("some.name")
    pylogging.set_loglevel(log, pylogging.LogLevel.TRACE)
    with caplog.at_level(1, "some.name"):
        pylogging.set_loglevel(log, pylogging.LogLevel.INFO)
        log.DEBUG("hidden")
        log.WARN("seen ", 5)
    assert [(r.levelno, r.getMessage()) for r in caplog.records] == [(logging.WARNING, "seen 5")]
