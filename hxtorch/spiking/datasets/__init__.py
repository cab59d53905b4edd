"""Data sets."""

from hxtorch.spiking.datasets.yin_yang import YinYangDataset
