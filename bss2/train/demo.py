"""The demonstration: a network that reads digits, trained on a chip with mismatch, and a page that shows how."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from bss2.datasets import mnist
from bss2.train import figures
from bss2.train.chip import hardware
from bss2.train.mnist import DT, STEPS, Mnist, MnistSettings
from bss2.train.report import Section, settings_section, training_sections, write_page
from bss2.train.task import ChipName
from bss2.train.trainer import Progress, Trainer
from grenade.common import ChipOnConnection

POWER_W = 0.2
"""Power of the whole chip in inference, as published: analog part, processors, periphery and links."""
PUBLISHED_SLOT_S = 11.8e-6
"""Time from one image to the next in the published inference mode, which resets the membranes in between."""
SHOWN = 16
"""Hidden neurons whose weights are shown."""


def run_demo(
    folder: Path, progress: Progress, *, epochs: int, seed: int, chip: ChipName, train_images: int, test_images: int
) -> Path:
    """Train, and write the page; gives its file."""
    settings = MnistSettings(
        seed=seed, chip=chip, batch_size=50, learning_rate=2e-3, decay=0.85, rotation=15.0, dropout=0.2
    )
    with hardware(chip):
        task = Mnist(settings, mnist.embedded().first(train_images, test_images))
        trainer = Trainer(task, progress=progress)
        trainer.run(epochs)
        with task.averaged():
            sections = [*training_sections(trainer), *_one_image(task), _synapses(task), _speed(task, trainer)]
    lead = (
        "A network of 256 inputs, 246 spiking neurons and 10 readout neurons fills the whole chip. It was trained "
        f"with {train_images:,} images on a simulated BrainScaleS-2 chip {_chip_text(chip)}: the chip computed all "
        "spikes and membranes, and a model on the host only their gradients. It reads "
        f"{trainer.history[-1].test_accuracy:.1%} of {test_images:,} test images."
    )
    return write_page(folder, "Reading digits on BrainScaleS-2", lead, [*sections, settings_section(settings)])


def _chip_text(chip: ChipName) -> str:
    return "without mismatch" if chip == "ideal" else f"(seed {chip}), whose 512 neuron circuits all differ"


def _one_image(task: Mnist) -> list[Section]:
    """What the network does with the first test image, on the chip and in the model with the same weights."""
    images, labels = next(iter(task.test_batches()))
    model = Mnist(replace(task.settings, chip=None), mnist.embedded().first(1, 1))
    model.model.load_state_dict(task.model.state_dict())
    found = [_observe(each, images[:1]) for each in (task, model)]
    (inputs, spikes, hidden, readout), (_, _, model_hidden, model_readout) = found
    neuron = int(np.argmax(hidden.max(axis=0)))
    times = 1e6 * DT * np.arange(STEPS)
    label = int(labels[0])
    return [
        Section(
            "From an image to spikes",
            "The brighter a pixel, the earlier its only spike. Few hidden neurons answer, each at its own time.",
            figures.raster(images[0].numpy(), inputs, spikes, 1e6 * DT),
        ),
        Section(
            "Membranes",
            "Left, the hidden neuron whose membrane got highest. The model, which gives the gradients, has the same "
            "weights as the chip; its membranes are only similar. The readout neuron with the largest potential is the "
            "answer.",
            figures.traces(
                times, (hidden[:, neuron], model_hidden[:, neuron]), (readout, model_readout), neuron, label
            ),
        ),
    ]


@torch.no_grad()
def _observe(task: Mnist, images: Tensor) -> tuple[np.ndarray, ...]:
    """Spikes of inputs and hidden neurons, membranes of hidden and readout neurons of one image, (steps, n) each."""
    task.model.eval()
    encoded = task.encode(images)
    task.model(encoded)
    hidden, readout = task.model.hidden_observables, task.model.readout_observables
    values = (encoded, hidden.spikes, hidden.membrane_cadc, readout.membrane_cadc)
    return tuple(each[:STEPS, 0].detach().numpy() for each in values)


def _synapses(task: Mnist) -> Section:
    drivers = configured_weights(task.model.experiment)
    # Pixel i has driver i, the drivers of the top array first.
    pixels = drivers.reshape(256, 256)
    return Section(
        "Weights on the chip",
        "Left, all synapses as configured: drivers have a row that excites (red) and one that inhibits (blue). "
        "A pixel has its driver in one of the arrays; the ten columns at the right belong to the readout neurons.",
        figures.synapses(drivers, pixels[:, :SHOWN].T.reshape(SHOWN, 16, 16)),
    )


def configured_weights(experiment: Any) -> np.ndarray:
    """Signed weights of the last run, (2, 128, 256): hemisphere, driver, column."""
    chips = next(iter(experiment.last_run_chip_configs.values()))
    blocks = chips[ChipOnConnection()].synapse_blocks
    rows = np.stack([block.matrix.weights.to_numpy().astype(np.int64) for block in blocks])
    # `SharedDriverRouter` makes the even rows excitatory, the odd ones inhibitory.
    return rows[:, ::2] - rows[:, 1::2]


def _speed(task: Mnist, trainer: Trainer) -> Section:
    """Throughput and energy."""
    images, _ = next(iter(task.test_batches()))
    begin = time.perf_counter()
    _observe(task, images)
    host_s = (time.perf_counter() - begin) / len(images)
    instance = task.model.experiment.default_execution_instance.ID
    duration = task.model.info.time.realtime_duration_per_execution_instance[instance][ChipOnConnection()]
    chip_s = duration.total_seconds() / len(images)
    epoch = trainer.history[-1]
    return Section(
        "Time and energy",
        "Energies are times multiplied by the published power of the whole chip in inference, 200 mW. The simulated "
        "chip has no power of its own.",
        facts=[
            ("hidden spikes for an image", f"{epoch.observables['hidden spikes']:.0f}"),
            ("chip time for an image, without preparation", f"{1e6 * chip_s:.1f} µs"),
            ("images per second of a chip", f"{1 / chip_s:,.0f}"),
            ("energy for an image", f"{1e6 * chip_s * POWER_W:.1f} µJ"),
            ("with 11.8 µs for an image, the published inference mode",
             f"{1 / PUBLISHED_SLOT_S:,.0f} images/s, {1e6 * PUBLISHED_SLOT_S * POWER_W:.1f} µJ"),
            ("time of the simulation for an image, this machine", f"{1e3 * host_s:.1f} ms"),
            ("last epoch, training and test", f"{epoch.seconds:.0f} s"),
        ],
    )
