"""The integration in PyTorch: the source of the time step is executed for each step."""

from __future__ import annotations

import traceback
from functools import lru_cache
from types import CodeType
from typing import Any

import torch

from hxtorch.spiking.functional.aelif_terms import EXPONENT_LIMIT, CuBaParameters
from hxtorch.spiking.functional.observed import Observed, held, silent
from hxtorch.spiking.functional.step_code import CuBaStepCode
from hxtorch.spiking.functional.surrogate import threshold
from hxtorch.spiking.functional.unterjubel import Unterjubel

_FILE = "<integration step>"
_STATE = ("v", "i", "adaptation", "z")

Traces = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]
"""membrane, current, adaptation, spikes; each (time, batch, neurons)."""


def integrate(
    input: torch.Tensor, parameters: CuBaParameters, terms: CuBaStepCode, observed: Observed, code: str
) -> Traces:
    """Execute `code` for each step. Any floating type and device; gradients of any order."""
    length, steps = input.shape[0], observed.steps(input.shape[0])
    names = _names(input, parameters, terms, observed)
    compiled = _compiled(code)
    rows: dict[str, list[torch.Tensor]] = {name: [] for name in _STATE}
    for names["ts"] in range(steps):
        try:
            exec(compiled, names)
        except Exception as error:
            raise _explained(error, code) from error
        for name in _STATE:
            rows[name].append(names[name])
    membrane, current, adaptation, spikes = (_stacked(rows[name], input) for name in _STATE)
    return held(membrane, length), held(current, length), held(adaptation, length), silent(spikes, length)


def _stacked(rows: list[torch.Tensor], like: torch.Tensor) -> torch.Tensor:
    """Rows, which changed source may have made numbers, as (time, batch, neurons)."""
    return torch.stack(
        [torch.as_tensor(row, dtype=like.dtype, device=like.device).expand(like.shape[1:]) for row in rows])


def _names(
    input: torch.Tensor, parameters: CuBaParameters, terms: CuBaStepCode, observed: Observed
) -> dict[str, Any]:
    """The names that the source may use."""
    zeros = torch.zeros_like(input[0])
    rests = terms.leaky or terms.subthreshold_adaptation
    return {
        **parameters._asdict(),
        "torch": torch,
        "input": input.unbind(),
        "v": zeros + parameters.leak if rests else zeros,
        "dv": zeros, "i": zeros, "adaptation": zeros, "z": zeros, "refractory_counter": zeros,
        "refractory_steps": parameters.refractory_steps() if terms.refractory else 0.0,
        **{f"{name}_hw": data.detach().to(input).unbind() for name, data in observed.dense().items()},
        "spike": lambda distance: threshold(distance, parameters.method, parameters.alpha),
        "inject": Unterjubel.apply,
        "limited": lambda argument: argument.clamp(max=EXPONENT_LIMIT),
    }


@lru_cache(maxsize=32)
def _compiled(code: str) -> CodeType:
    try:
        return compile(code, _FILE, "exec")
    except SyntaxError as error:
        raise RuntimeError(
            f"line {error.lineno} of the integration step, \"{(error.text or '').strip()}\": {error.msg}") from error


def _explained(error: Exception, code: str) -> RuntimeError:
    """The error with the last line of the source that was executed."""
    numbers = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == _FILE]
    number = (numbers or [1])[-1] or 1
    line = code.splitlines()[number - 1].strip()
    return RuntimeError(f"line {number} of the integration step, \"{line}\": {error}")
