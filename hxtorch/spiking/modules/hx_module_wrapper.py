"""Several modules whose numerics are computed by one function, as recurrence needs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch

from hxtorch.spiking.handle import Handle
from hxtorch.spiking.modules.hx_module import HXBaseExperimentModule

if TYPE_CHECKING:
    from hxtorch.spiking.experiment import Experiment


class HXModuleWrapper(HXBaseExperimentModule):
    """One `forward_func` in place of those of several modules. Their counterparts on the chip stay what they are.

    `forward_func(*external_inputs, hw_data)` gets the inputs that come from outside, module by module, and a tuple with
    the data of the chip of each module (None where there are none). It returns a tuple with the output handle of each
    module. Both tuples are in the order in which the modules were given.

    Parameters
    ----------
    experiment : Experiment
        Experiment that the modules belong to.
    **modules : HXBaseExperimentModule
        The modules; they are attributes of the wrapper with these names.
    """

    def __init__(self, experiment: Experiment, **modules: HXBaseExperimentModule) -> None:
        super().__init__(experiment)
        self._wrapped: dict[str, HXBaseExperimentModule] = {}
        self.update(**modules)

    def update(self, **modules: HXBaseExperimentModule) -> None:
        """Add modules, or put them in the place of those with these names.

        Raises
        ------
        TypeError
            Something else than a module of an experiment.
        ValueError
            The wrapper has an attribute of this name already.
        """
        for name, module in modules.items():
            if not isinstance(module, HXBaseExperimentModule):
                raise TypeError(f"{name} is a {type(module).__name__}, expected a module of an experiment")
            if name not in self._wrapped and hasattr(self, name):
                raise ValueError(f"a module cannot have the name {name!r}, as {type(self).__name__} has that attribute")
        for name, module in modules.items():
            self._wrapped[name] = module
            setattr(self, name, module)

    @property
    def wrapped(self) -> dict[str, HXBaseExperimentModule]:
        """The modules by name."""
        return dict(self._wrapped)

    def contains(self, modules: HXBaseExperimentModule | list[HXBaseExperimentModule]) -> bool:
        """Whether a module is, or all of a list are, among the wrapped ones."""
        asked = [modules] if isinstance(modules, torch.nn.Module) else list(modules)
        return all(any(own is module for own in self._wrapped.values()) for module in asked)

    def forward(self, *input: Handle) -> None:
        """Make the wrapper known to the experiment, after the modules have been called.

        Raises
        ------
        TypeError
            There is an input: inputs are given to the modules.
        """
        if input:
            raise TypeError("a wrapper is called without inputs; its modules get them")
        self.experiment.connect_wrapper(self)

    def exec_forward(
        self, input: Handle | tuple[Handle, ...], output: tuple[Any, ...], hw_map: Mapping[Any, Any]
    ) -> None:
        """Compute the outputs of all modules and put them into their handles.

        Raises
        ------
        ValueError
            `forward_func` gives another number of handles than there are modules.
        """
        hw_data = tuple(hw_map.get(getattr(module, "descriptor", None)) for module in self._wrapped.values())
        results = self.func(input, hw_data=hw_data)
        if not isinstance(results, tuple) or len(results) != len(output):
            count = len(results) if isinstance(results, tuple) else "no tuple of"
            raise ValueError(f"{type(self).__name__}.forward_func gave {count} handles, expected {len(output)}")
        for handle, result in zip(output, results, strict=True):
            handle.clone(result)
