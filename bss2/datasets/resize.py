"""Smaller images."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

CROP = 2
SIZE = 16


def crop_and_zoom(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """16x16 pixels: the two outer rows and columns of each side cut off, the rest reduced by cubic splines.

    As in Cramer et al. 2022, whose images are those of `scipy.ndimage.zoom`.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, h, h)
        Square images.

    Returns
    -------
    ndarray of uint8, shape (n, 16, 16)
        Where the splines overshoot, values end at 0 and 255.
    """
    cropped = images[:, CROP:-CROP, CROP:-CROP]
    matrix = _zoom_matrix(cropped.shape[1])
    return np.floor(np.clip(matrix @ cropped @ matrix.T, 0, 255) + 0.5).astype(np.uint8)


@cache
def _zoom_matrix(size: int) -> NDArray[np.float64]:
    """What `scipy.ndimage.zoom` does to each column of an image, (16, size).

    It is linear and does the same to rows and columns, so that its answer to unit vectors is all that there is to know,
    and many images are two products.
    """
    from scipy.ndimage import zoom

    return np.asarray(zoom(np.eye(size), (SIZE / size, 1.0)))
