"""Images as samples of a task."""

from __future__ import annotations

import torch

from bss2.datasets.mnist import Split
from bss2.train.task import Batch


def samples_of(split: Split, *, flat: bool = False) -> tuple[Batch, Batch]:
    """Training and test samples: grey values from 0 to 1, float32 (n, height, width) or (n, pixels), and labels."""

    def samples(pixels: object, labels: object) -> Batch:
        images = torch.tensor(pixels).float() / 255
        return images.flatten(1) if flat else images, torch.tensor(labels)

    return samples(split.x_train, split.y_train), samples(split.x_test, split.y_test)
