"""What all modules of an experiment have in common."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import torch

import lola
from grenade.common import ChipOnConnection, ConnectionOnExecutor
from grenade.network import InputGenerator
from hxtorch.spiking.handle import Handle, TensorHandle
from hxtorch.spiking.observables import HardwareObservables

if TYPE_CHECKING:
    from hxtorch.spiking.execution_instance import ExecutionInstance
    from hxtorch.spiking.experiment import Experiment

ChipCoordinate = tuple[ChipOnConnection, ConnectionOnExecutor]
"""A chip: its number on a connection, and the number of the connection on the executor."""


class HXBaseExperimentModule(torch.nn.Module):
    """A module of an experiment. Calling it only notes what it is connected to; `run` fills its output handle.

    Parameters
    ----------
    experiment : Experiment
        Experiment that the module belongs to.

    Attributes
    ----------
    output_type : type
        Type of the output handle.
    output_handle : Handle
        The one output handle of the module; each run overwrites what is in it.
    """

    output_type: type = TensorHandle
    experiment: Experiment

    def __init__(self, experiment: Experiment) -> None:
        super().__init__()
        self.experiment = experiment
        self.output_handle: Any = self.output_type()

    def forward(self, *input: Handle) -> Any:
        """Connect the module to its inputs; several calls before a run add up.

        Parameters
        ----------
        *input : Handle
            Output handles of other modules, or handles with data.

        Returns
        -------
        Handle
            The output handle, which is filled by `run`.

        Raises
        ------
        TypeError
            An input is no handle.
        """
        for each in input:
            if not isinstance(each, Handle):
                raise TypeError(f"{type(self).__name__} got a {type(each).__name__} as input, expected a handle")
        self.experiment.connect(self, input, self.output_handle)
        return self.output_handle

    def forward_func(self, *input: Any, hw_data: Any = None) -> Any:
        """The numerics: from input handles, and data of the chip where there are some, to a filled output handle.

        Users override it, with or without the parameter `hw_data`.
        """
        raise NotImplementedError(f"{type(self).__name__} has no forward_func")

    def func(self, input: Handle | tuple[Handle, ...], hw_data: Any = None) -> Any:
        """Call `forward_func`, with data of the chip if it has a parameter for them."""
        inputs = input if isinstance(input, tuple) else (input,)
        if "hw_data" in inspect.signature(self.forward_func).parameters:
            return self.forward_func(*inputs, hw_data=hw_data)
        return self.forward_func(*inputs)

    def exec_forward(self, input: Handle | tuple[Handle, ...], output: Any, hw_map: Mapping[Any, Any]) -> None:
        """Compute the output and put it into a handle.

        Parameters
        ----------
        input : Handle or tuple of Handle
            Filled handles.
        output : Handle
            Where the result goes.
        hw_map : mapping of descriptor to post-processed data
            What the chip recorded.
        """
        output.clone(self.func(input, hw_data=hw_map.get(getattr(self, "descriptor", None))))

    def extra_repr(self) -> str:
        """Names of what the module is made with."""
        return ""


class HXFunctionalModule(HXBaseExperimentModule):
    """A module without a counterpart on the chip."""


class HXModule(HXBaseExperimentModule):
    """A module with a counterpart on the chip.

    Parameters
    ----------
    experiment : Experiment
        Experiment that the module belongs to.
    execution_instance : ExecutionInstance, optional
        What runs together with it; default the one of the experiment.
    chip_coordinate : tuple of ChipOnConnection and ConnectionOnExecutor, optional
        Chip that it runs on; default the first one.

    Attributes
    ----------
    descriptor : object
        What its counterpart is in the network; None before there is a network.
    hardware_attributes : frozenset of str
        Attributes that the network on the chip depends on: assigning to one marks the module as changed.
    """

    hardware_attributes: ClassVar[frozenset[str]] = frozenset()

    def __init__(
        self, experiment: Experiment, execution_instance: ExecutionInstance | None = None,
        chip_coordinate: ChipCoordinate | None = None,
    ) -> None:
        super().__init__(experiment)
        if not experiment.mock:
            execution_instance = execution_instance or experiment.default_execution_instance
            chip_coordinate = chip_coordinate or (ChipOnConnection(), ConnectionOnExecutor())
        self.execution_instance = execution_instance
        self.chip_coordinate = chip_coordinate
        self.descriptor: Any = None
        self._changed_since_last_run = True

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.hardware_attributes:
            self.__dict__["_changed_since_last_run"] = True
        super().__setattr__(name, value)

    def forward_func(self, input: Any, hw_data: Any = None) -> Any:  # type: ignore[override]
        """The input as it is."""
        return input

    def post_process(self, hw_data: HardwareObservables, runtime: float) -> Any:
        """From raw data of the chip to what `forward_func` gets as `hw_data`.

        Parameters
        ----------
        hw_data : HardwareObservables
            What was recorded of the module.
        runtime : float
            Length of the run, s.

        Returns
        -------
        object
            None, as here, if there are no data.
        """

    @property
    def changed_since_last_run(self) -> bool:
        """Whether what the module is on the chip differs from the last run."""
        return self._changed_since_last_run

    @property
    def network_changed_since_last_run(self) -> bool:
        """Whether that takes a new description of the network. Weights and masks of neurons do not."""
        return self.changed_since_last_run

    def reset_changed_since_last_run(self) -> None:
        """Take the present state as that of the last run."""
        self._changed_since_last_run = False

    def register_hw_entity(self) -> None:
        """Claim what the module needs on the chip; called once, before its first run there."""

    def configure_hw_entity(self, neuron_id: int, neuron_block: lola.NeuronBlock, coord: Any) -> lola.NeuronBlock:
        """Write the settings of one neuron into the settings of all neurons."""
        return neuron_block

    def add_to_network_graph(self, *args: Any) -> Any:
        """Describe the module in a network: arguments are as the kind of module needs them."""

    def add_to_input_generator(self, input: Handle, builder: InputGenerator) -> None:
        """Add the spikes that the module sends to the chip."""

    def _require_instance(self) -> ExecutionInstance:
        if self.execution_instance is None:
            raise RuntimeError(f"{type(self).__name__} of a mock experiment has no execution instance")
        return self.execution_instance

    def _require_chip(self) -> ChipCoordinate:
        if self.chip_coordinate is None:
            raise RuntimeError(f"{type(self).__name__} of a mock experiment is on no chip")
        return self.chip_coordinate
