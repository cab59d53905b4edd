"""Data sets for training, and what turns them into spikes.

The images of `mnist` are numpy arrays; `encoding` and `augmentation` work on torch tensors, and are imported where they
are needed.
"""

from __future__ import annotations

from bss2.datasets import mnist
from bss2.datasets.mnist import Split

__all__ = ["Split", "mnist"]
