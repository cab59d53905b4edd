"""Changes of images that make more of them."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional


def rotate(images: Tensor, degrees: float, generator: torch.Generator | None = None) -> Tensor:
    """Turn each image by an angle of its own.

    Parameters
    ----------
    images : Tensor of float, shape (batch, height, width)
        Images; what comes in from outside is 0.
    degrees : float
        Angles are uniform between minus and plus this.
    generator : torch.Generator, optional
        Source of the angles.

    Returns
    -------
    Tensor of float, shape (batch, height, width)
        Interpolated linearly.

    Raises
    ------
    ValueError
        `degrees` is not from 0 to 180.
    """
    if not 0 <= degrees <= 180:
        raise ValueError(f"a rotation of {degrees} degrees, possible are 0 to 180")
    if degrees == 0:
        return images
    angle = (2 * torch.rand(len(images), generator=generator) - 1) * math.radians(degrees)
    cos, sin, zero = torch.cos(angle), torch.sin(angle), torch.zeros_like(angle)
    matrices = torch.stack([torch.stack([cos, -sin, zero], 1), torch.stack([sin, cos, zero], 1)], 1)
    stack = images.unsqueeze(1)
    grid = functional.affine_grid(matrices, list(stack.shape), align_corners=False)
    return functional.grid_sample(stack, grid, align_corners=False).squeeze(1)


def shift(images: Tensor, pixels: int, generator: torch.Generator | None = None) -> Tensor:
    """Move each image by whole pixels, a distance of its own in both directions.

    Parameters
    ----------
    images : Tensor of float, shape (batch, height, width)
        Images; what comes in from outside is 0.
    pixels : int
        Distances are uniform between minus and plus this.
    generator : torch.Generator, optional
        Source of the distances.

    Returns
    -------
    Tensor of float, shape (batch, height, width)
        As many pixels as before.

    Raises
    ------
    ValueError
        `pixels` is negative.
    """
    if pixels < 0:
        raise ValueError(f"a shift of {pixels} pixels, possible are 0 and more")
    if pixels == 0:
        return images
    count, height, width = images.shape
    down, right = torch.randint(2 * pixels + 1, (2, count, 1, 1), generator=generator)
    rows = torch.arange(height).view(1, -1, 1) + down
    columns = torch.arange(width).view(1, 1, -1) + right
    padded = functional.pad(images, (pixels, pixels, pixels, pixels))
    return padded[torch.arange(count).view(-1, 1, 1), rows, columns]
