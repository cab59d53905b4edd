"""What the chip has measured, as the integrations take it."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from hxtorch.spiking.handle import AnalogObservable


class Observed(NamedTuple):
    """Measured tensors, None where nothing was measured. The CADC's and the spikes are (time, batch, neurons)."""

    voltage: torch.Tensor | None = None
    adaptation: torch.Tensor | None = None
    spikes: torch.Tensor | None = None
    voltage_madc: torch.Tensor | None = None
    adaptation_madc: torch.Tensor | None = None

    @classmethod
    def of(cls, hw_data: Any) -> Observed:
        """From the handle with fields `voltage`, `adaptation` (`AnalogObservable`) and `spikes` that a population's
        `post_process` makes; fields that it lacks are not measured."""
        if hw_data is None:
            return cls()
        voltage, adaptation = (_analog(hw_data, name) for name in ("voltage", "adaptation"))
        return cls(voltage.cadc, adaptation.cadc, getattr(hw_data, "spikes", None), voltage.madc, adaptation.madc)

    def steps(self, length: int) -> int:
        """Number of time steps, at most `length`, for which everything was measured."""
        return min([length, *(data.shape[0] for data in self.dense().values())])

    def dense(self) -> dict[str, torch.Tensor]:
        """Those tensors by name that replace the values of the model, step by step."""
        named = {"voltage": self.voltage, "adaptation": self.adaptation, "spikes": self.spikes}
        return {name: data for name, data in named.items() if data is not None}

    def check(self, input: torch.Tensor) -> None:
        """Raise ValueError unless all dense tensors fit to an input (time, batch, neurons)."""
        for name, data in self.dense().items():
            if data.ndim != 3 or data.shape[1:] != input.shape[1:] or data.shape[0] == 0:
                raise ValueError(
                    f"{name} from the hardware has shape {tuple(data.shape)}, expected (time, {input.shape[1]}, "
                    f"{input.shape[2]}) with at least one time step")


def _analog(hw_data: Any, name: str) -> AnalogObservable:
    analog = getattr(hw_data, name, None)
    return AnalogObservable() if analog is None else analog


def held(data: torch.Tensor, length: int) -> torch.Tensor:
    """Data (time, ...) made longer by repeating the last entry, without gradient."""
    missing = length - data.shape[0]
    if missing <= 0:
        return data
    return torch.cat([data, data[-1:].detach().expand(missing, *data.shape[1:])])


def silent(data: torch.Tensor, length: int) -> torch.Tensor:
    """Spikes (time, ...) made longer by steps without any."""
    missing = length - data.shape[0]
    return data if missing <= 0 else torch.cat([data, data.new_zeros(missing, *data.shape[1:])])
