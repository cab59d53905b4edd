import torch

FIRE: int
REFRACTORY: int
EXPONENTIAL: int
ADAPTS: int
HW_VOLTAGE: int
HW_ADAPTATION: int
HW_SPIKES: int
DECAY_SYN: int
STEP: int
LEAK: int
THRESHOLD: int
RESET: int
START: int
COEFFICIENT_COUNT: int
MOST_INPUTS: int
LANES: int

MOST_SPARE: int

class Memory:
    def __init__(self, size: int) -> None: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...

def spare_bytes() -> int: ...
def spikes_times_weights(
    spikes: torch.Tensor, weights: torch.Tensor, bias: torch.Tensor | None, sums: torch.Tensor, first: int, last: int
) -> None: ...
def spikes_times_gradients(
    spikes: torch.Tensor, gradients: torch.Tensor, weights: torch.Tensor, first: int, last: int
) -> None: ...

class Job:
    def __init__(
        self,
        steps: int,
        flags: int,
        alpha: float,
        coefficients: torch.Tensor,
        *,
        input: torch.Tensor | None = None,
        hw_voltage: torch.Tensor | None = None,
        hw_adaptation: torch.Tensor | None = None,
        hw_spikes: torch.Tensor | None = None,
        voltage: torch.Tensor | None = None,
        current: torch.Tensor | None = None,
        adaptation: torch.Tensor | None = None,
        spikes: torch.Tensor | None = None,
        refractory: torch.Tensor | None = None,
        d_voltage: torch.Tensor | None = None,
        d_current: torch.Tensor | None = None,
        d_adaptation: torch.Tensor | None = None,
        d_spikes: torch.Tensor | None = None,
        d_input: torch.Tensor | None = None,
    ) -> None: ...
    @property
    def periods(self) -> int: ...
    @property
    def work(self) -> int: ...
    def integrate(self, first: int, last: int) -> None: ...
    def adjoint(self, first: int, last: int, sums: torch.Tensor | None = None) -> None: ...
    def eventprop(self, first: int, last: int) -> None: ...
    def eventprop_adjoint(self, first: int, last: int) -> None: ...
