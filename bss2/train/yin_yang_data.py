"""The yin-yang data set as tensors."""

from __future__ import annotations

import numpy as np
import torch

from bss2.train.task import Batch
from hxtorch.spiking.datasets import YinYangDataset


def yin_yang(size: int, seed: int) -> Batch:
    """Coordinates (x, y, 1 - x, 1 - y), float32 (size, 4), and classes, int64 (size,)."""
    samples = YinYangDataset(size=size, seed=seed)
    coordinates, classes = zip(*(samples[number] for number in range(size)), strict=True)
    return torch.tensor(np.array(coordinates), dtype=torch.float32), torch.tensor(np.array(classes))
