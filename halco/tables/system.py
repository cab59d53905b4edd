"""Chip, FPGA, links, clocks and buses."""

from __future__ import annotations

from ..declare import CONTAINER, IMPLICIT, base, interval, pair, ranged, singleton
from .hemisphere import HALVES, HEMISPHERE

TABLE = [
    # Chip
    ranged("HemisphereOnDLS", 0, 1, IMPLICIT, "chip half: PPU, synapse array with drivers, one neuron row",
           names=HALVES, same=HEMISPHERE),
    singleton("ChipOnDLS", CONTAINER, "the chip"),
    ranged("DLSGlobal", 0, 254, IMPLICIT, "number of a physical chip (arbitrary limit 254)"),
    pair("HemisphereGlobal", "DLSGlobal", "HemisphereOnDLS", "half dls", 0, "hemisphere of a numbered physical chip"),
    # Setups
    singleton("ChipAndMultichipJboaLeafFPGAOnSystem", CONTAINER | IMPLICIT, "chip plus multi-chip FPGA"),
    singleton("ChipAndSinglechipFPGAOnSystem", CONTAINER | IMPLICIT, "chip plus single-chip FPGA"),
    # FPGAs in a setup
    singleton("FPGAOnChipAndMultichipJboaLeafFPGA", CONTAINER | IMPLICIT, "FPGA part of a multi-chip (jBOA) leaf"),
    singleton("FPGAOnChipAndSinglechipFPGA", CONTAINER | IMPLICIT, "FPGA part of a single-chip set-up"),
    # FPGA
    singleton("FPGASystimeSyncNumRetriesOnFPGA", CONTAINER, "retry count of the last time sync"),
    singleton("FPGASystimeSyncLastRTTOnFPGA", CONTAINER, "round trip time of the last time sync"),
    singleton("FPGASystimeSyncLastAsicSystimeOnFPGA", CONTAINER, "chip time of the last sync"),
    singleton("FPGASystimeSyncActiveStateOnFPGA", CONTAINER, "state of the time sync"),
    singleton("FPGADeviceDNAOnFPGA", CONTAINER, "unique id of the FPGA"),
    ranged("ExternalPPUMemoryByteOnFPGA", 0, 131071, CONTAINER | IMPLICIT,
           "byte of the FPGA block-RAM seen by the PPUs"),
    ranged("ExternalPPUMemoryQuadOnFPGA", 0, 32767, CONTAINER | IMPLICIT,
           "4-byte word of that memory (addressed in words)"),
    ranged("ExternalPPUMemoryBlockSize", 1, 131072, IMPLICIT, "number of bytes in a block of that memory"),
    interval("ExternalPPUMemoryBlockOnFPGA", "ExternalPPUMemoryByteOnFPGA", CONTAINER,
             "closed byte interval of that memory", toExternalPPUMemoryBlockSize=lambda lo, hi: hi - lo + 1),
    ranged("ExternalPPUDRAMMemoryByteOnFPGA", 0, 268435455, CONTAINER | IMPLICIT,
           "byte of the FPGA DRAM seen by the PPUs"),
    ranged("ExternalPPUDRAMMemoryQuadOnFPGA", 0, 67108863, CONTAINER | IMPLICIT, "4-byte word of the FPGA DRAM"),
    ranged("ExternalPPUDRAMMemoryBlockSize", 1, 268435456, IMPLICIT, "number of bytes in a DRAM block"),
    interval("ExternalPPUDRAMMemoryBlockOnFPGA", "ExternalPPUDRAMMemoryByteOnFPGA", CONTAINER,
             "closed byte interval of the FPGA DRAM", toExternalPPUDRAMMemoryBlockSize=lambda lo, hi: hi - lo + 1),
    singleton("ExternalPPUMemoryOnFPGA", CONTAINER, "whole FPGA block-RAM for PPUs"),
    singleton("ExternalPPUDRAMMemoryOnFPGA", CONTAINER, "whole FPGA DRAM for PPUs"),
    singleton("NullPayloadReadableOnFPGA", CONTAINER, "loop-back read without data, answered at once"),
    singleton("EventRecordingConfigOnFPGA", CONTAINER, "switch that forwards or drops recorded events"),
    singleton("InstructionTimeoutConfigOnFPGA", CONTAINER, "instruction time-out of the playback executor"),
    singleton("SystimeCorrectionBarrierConfigOnFPGA", CONTAINER, "barrier related to system time correction"),
    ranged("SpikeIOAddress", 0, 255, IMPLICIT, "8-bit address on the serial spike link of the FPGA",
           same="SpikeIOInputRouteOnFPGA"),
    singleton("SpikeIOConfigOnFPGA", CONTAINER, "spike link config"),
    ranged("SpikeIOInputRouteOnFPGA", 0, 255, CONTAINER, "route entry per incoming spike link address",
           same="SpikeIOAddress"),
    ranged("SpikeIOOutputRouteOnFPGA", 0, 65535, CONTAINER, "route entry per 16-bit event label", same="SpikeLabel"),
    # High-speed links
    singleton("HicannARQStatusOnFPGA", CONTAINER, "link protocol counters"),
    singleton("PerfTestOnFPGA", CONTAINER, "link performance test switch"),
    singleton("PerfTestStatusOnFPGA", CONTAINER, "link performance test result"),
    ranged("PhyConfigFPGAOnDLS", 0, 7, CONTAINER | IMPLICIT, "high-speed link lane, FPGA side config"),
    ranged("PhyConfigChipOnDLS", 0, 7, CONTAINER | IMPLICIT, "high-speed link lane, chip side config",
           toJTAGPhyRegisterOnDLS=lambda e: 7 - e),
    ranged("PhyStatusOnFPGA", 0, 7, CONTAINER | IMPLICIT, "high-speed link lane status"),
    singleton("CommonPhyConfigFPGAOnDLS", CONTAINER, "enable bits of all lanes, FPGA side"),
    singleton("CommonPhyConfigChipOnDLS", CONTAINER, "enable bits of all lanes, chip side"),
    # JTAG
    singleton("ResetJTAGTapOnDLS", CONTAINER, "JTAG state machine reset"),
    singleton("JTAGClockScalerOnDLS", CONTAINER, "JTAG clock divider"),
    singleton("JTAGIdCodeOnDLS", CONTAINER, "JTAG id code"),
    ranged("JTAGPLLRegisterOnDLS", 0, 7, IMPLICIT, "PLL register reached over JTAG"),
    ranged("JTAGPhyRegisterOnDLS", 0, 7, IMPLICIT, "link lane register reached over JTAG"),
    # Omnibus
    base("OmnibusChipOverJTAGAddress", 32, IMPLICIT, "32-bit on-chip bus address reached over JTAG"),
    base("OmnibusAddress", 32, IMPLICIT, "32-bit bus address"),
    singleton("PollingOmnibusBlockOnFPGA", CONTAINER, "playback blocks until a polled bus value matches"),
    singleton("PollingOmnibusBlockConfigOnFPGA", CONTAINER, "address/mask/target of that polling block"),
    # PLL
    singleton("PLLSelfTestOnDLS", CONTAINER, "PLL self test"),
    singleton("PLLSelfTestStatusOnDLS", CONTAINER, "PLL self test result"),
    singleton("PLLClockOutputBlockOnDLS", CONTAINER, "config of all PLL clock outputs"),
    ranged("ADPLLOnDLS", 0, 1, CONTAINER | IMPLICIT, "all-digital PLL"),
    ranged("PLLClockOutputOnDLS", 0, 3, IMPLICIT, "clock output of the PLL block",
           names="serdes_ser_send_clk phy_ref_clk ppu_clk madc_clk"),
    # Memory timing
    singleton("MemoryTimingOnDLS", CONTAINER, "timing of all SRAM controllers"),
    # Reset
    singleton("ResetChipOnDLS", CONTAINER, "chip reset line"),
    # Time
    singleton("SystimeSyncOnFPGA", CONTAINER, "trigger of the system time sync"),
    singleton("SystimeSyncBaseOnDLS", CONTAINER, "base value of the chip system time"),
    singleton("TimerOnDLS", CONTAINER, "playback timer used for waiting"),
    singleton("WaitUntilOnFPGA", 0, "wait-until instruction"),
    # Barrier
    singleton("BarrierOnFPGA", CONTAINER, "playback barrier"),
    # Vector generators. Inferred from the register map of the FPGA, see "Model decisions" in the documentation.
    ranged("VectorGeneratorOnFPGA", 0, 1, CONTAINER, "event generator of the FPGA, one per chip half"),
    ranged("VectorGeneratorControlOnFPGA", 0, 1, CONTAINER, "control register of a vector generator"),
    ranged("VectorGeneratorNotificationAddressOnFPGA", 0, 1, CONTAINER,
           "address register for the completion notice of a vector generator"),
    ranged("VectorGeneratorTriggerOnFPGA", 0, 1, CONTAINER, "start trigger of a vector generator"),
    ranged("VectorGeneratorFIFOWordOnFPGA", 0, 1, CONTAINER, "input word of the FIFO of a vector generator"),
    ranged("SourceOnVectorGenerator", 0, 1, IMPLICIT, "event source of a vector generator"),
    ranged("VectorGeneratorLUTEntryOnVectorGeneratorLUT", 0, 255, IMPLICIT,
           "entry in the lookup table of a vector generator"),
    pair("VectorGeneratorLUTEntryOnFPGA", "VectorGeneratorOnFPGA", "VectorGeneratorLUTEntryOnVectorGeneratorLUT",
         "entry generator=", CONTAINER, "lookup table entry of a numbered vector generator"),
]
