"""Checkpoints: everything that training needs to go on as if it had not stopped."""

from __future__ import annotations

import os
import pickle
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import torch

from bss2.train.task import Task, plain

FORMAT = 1
FILE = "checkpoint.pt"


class CheckpointError(RuntimeError):
    """A checkpoint is damaged, or belongs to something else."""


def save(path: Path, task: Task, history: list[dict[str, Any]]) -> None:
    """Write a checkpoint; a file that was there stays whole until the new one is."""
    content = {
        "format": FORMAT,
        "task": task.name,
        "settings": plain(asdict(task.settings)),
        "model": task.model.state_dict(),
        "optimizer": task.optimizer.state_dict(),
        "scheduler": task.scheduler.state_dict(),
        "state": task.state(),
        "average": task.average.state(),
        "random": torch.get_rng_state(),
        "data_random": task.generator.get_state(),
        "history": history,
    }
    write(path, lambda file: torch.save(content, file))


def load(path: Path, task: Task) -> list[dict[str, Any]]:
    """Bring a task into the state of a checkpoint.

    Returns
    -------
    list of dict
        The history that was stored.

    Raises
    ------
    CheckpointError
        The file cannot be read, or it is of another task or other settings; the text names each difference.
    """
    content = _read(path, task)
    if different := task.settings.differences(content["settings"]):
        raise CheckpointError(f"{path}: a checkpoint of other settings: {'; '.join(different)}")
    try:
        task.model.load_state_dict(content["model"])
        task.optimizer.load_state_dict(content["optimizer"])
        task.scheduler.load_state_dict(content["scheduler"])
        task.load_state(content["state"])
        task.average.load_state(content["average"])
    except (RuntimeError, ValueError, KeyError) as error:
        raise _does_not_fit(path, error) from error
    torch.set_rng_state(content["random"])
    task.generator.set_state(content["data_random"])
    return list(content["history"])


def start_from(path: Path, task: Task) -> None:
    """Give a task the weights of a checkpoint, the mean ones if there are any; its training begins anew.

    Settings may be others.

    Raises
    ------
    CheckpointError
        The file cannot be read, or its weights are of another task, or do not fit.
    """
    content = _read(path, task)
    weights = dict(content["model"])
    names = [name for name, _ in task.model.named_parameters()]
    weights |= zip(names, content.get("average", {}).get("mean", []), strict=False)
    try:
        task.set_weights(weights)
    except RuntimeError as error:
        raise _does_not_fit(path, error) from error


def _does_not_fit(path: Path, error: Exception) -> CheckpointError:
    return CheckpointError(f"{path}: does not fit the model ({' '.join(str(error).split())})")


def _read(path: Path, task: Task) -> dict[str, Any]:
    """Contents of a checkpoint of this kind of task."""
    try:
        content = torch.load(path, weights_only=True)
    except FileNotFoundError:
        raise CheckpointError(f"{path}: there is no checkpoint") from None
    except (OSError, RuntimeError, EOFError, KeyError, ValueError, pickle.UnpicklingError) as error:
        raise CheckpointError(f"{path}: not a checkpoint, or damaged ({_first_line(error)})") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise CheckpointError(f"{path}: not a checkpoint of this version")
    if content["task"] != task.name:
        raise CheckpointError(f"{path}: a checkpoint of {content['task']}, not of {task.name}")
    return content


def write(path: Path, writer: Callable[[IO[bytes]], Any]) -> None:
    """Write a file completely or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
        try:
            writer(file)
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            os.unlink(file.name)
            raise
    os.replace(file.name, path)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
