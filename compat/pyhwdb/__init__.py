"""Names of the real system: entries of the hardware data base."""

from stadls.hwdb import ChipEntry, HXCubeSetupEntry, JboaSetupEntry, SimulationEntry, ZeroMockEntry
