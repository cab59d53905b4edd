"""First spike times learn the yin-yang data set: all information is in when each neuron fires for the first time.

The times have a closed form with exact gradients, so that this takes no chip; `bss2 train fast-and-deep` trains the
same network with one. The published training has 300 epochs and ends at 96 %.

Run with ``python examples/train_first_spikes.py [--epochs N]``.
"""

from __future__ import annotations

import argparse

import torch

from bss2.train.fast_and_deep import FastAndDeep, FirstSpikeSettings
from bss2.train.trainer import Epoch, Progress, Trainer


class Lines(Progress):
    """A line for each epoch."""

    def epoch(self, result: Epoch) -> None:
        print(result)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=3, help="default: %(default)s")
    task = FastAndDeep(FirstSpikeSettings())
    Trainer(task, progress=Lines()).run(parser.parse_args().epochs)

    sample, label = next(task.test_batches())
    with torch.no_grad():
        hidden, output = task.model(task.input_times(sample[:1]))
    print(f"a sample of class {label[0]}: {int(torch.isfinite(hidden).sum())} of {hidden.shape[1]} hidden neurons fire")
    print("output neurons fire at", ", ".join(f"{time:.2f}" for time in output[0].tolist()), "time constants")


if __name__ == "__main__":
    main()
