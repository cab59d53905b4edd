"""The shortest program with products on the chip.

Run with ``python -m hxtorch.examples.perceptron.minimal``.
"""

from __future__ import annotations

import torch

import hxtorch
from hxtorch import perceptron


def main() -> torch.Tensor:
    """Multiply a vector of 128 equal activations with a matrix of equal weights.

    Returns
    -------
    torch.Tensor, [256]
        The results, one for each column.
    """
    hxtorch.init_hardware(ann=True)
    try:
        activations = torch.full((128,), 10.0)
        weights = torch.full((128, 256), 20.0)
        return perceptron.mac(activations, weights, num_sends=1, wait_between_events=5)
    finally:
        hxtorch.release_hardware()


if __name__ == "__main__":
    result = main()
    log = hxtorch.logger.get("hxtorch.examples.perceptron.minimal")
    log.INFO(f"mean {result.mean():.1f}, standard deviation {result.std():.1f} over {len(result)} columns")
