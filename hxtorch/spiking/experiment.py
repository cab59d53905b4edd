"""Experiments: modules, what they are connected to, and their runs on the chip."""

from __future__ import annotations

import logging
from typing import Any

from grenade.common import ExecutionInstanceID
from grenade.execution import ExecutionInstanceHooks
from grenade.network import InputGenerator
from grenade.network.routing import PortfolioRouter
from grenade.signal_flow import InputData, OutputData
from haldls import Timer
from hxtorch.spiking.backend import extraction
from hxtorch.spiking.backend.dense import CYCLES_PER_S
from hxtorch.spiking.backend.hardware_network import HardwareNetwork, Router
from hxtorch.spiking.backend.module_manager import ModuleManager
from hxtorch.spiking.execution_info import ExecutionInfo
from hxtorch.spiking.execution_instance import ExecutionInstance, ExecutionInstances
from hxtorch.spiking.handle import Handle
from hxtorch.spiking.modules.hx_module_wrapper import HXModuleWrapper
from hxtorch.spiking.modules.types import BasePopulation, InputPopulation, Population, Projection
from hxtorch.spiking.observables import HardwareObservables

_log = logging.getLogger("hxtorch.spiking.experiment")

_CYCLES_PER_US = 125


class Experiment:
    """Modules that are run together.

    Parameters
    ----------
    mock : bool
        Compute everything on the host instead of on the chip.
    dt : float
        Length of a time step, s.
    hw_routing_func : callable
        From a `grenade.network.Network` to its `RoutingResult`.

    Attributes
    ----------
    modules : ModuleManager
        The modules and their connections since the last run.
    inter_batch_entry_wait : int or None
        FPGA cycles from the begin of an entry of a batch to that of the next one, at least.
    inter_batch_entry_routing_disabled : bool
        Whether events get lost between two entries.
    ppu_symbols_read : list of dict, or dict
        For each entry of the last run: execution instance -> chip -> symbol -> value; empty if there are none.

    Raises
    ------
    ValueError
        The time step is not positive.
    """

    def __init__(self, mock: bool = False, dt: float = 1e-6, hw_routing_func: Router | None = None) -> None:
        if not dt > 0:
            raise ValueError(f"dt is {dt} s, expected more than 0")
        self.mock = mock
        self.dt = dt
        self.hw_routing_func: Router = PortfolioRouter() if hw_routing_func is None else hw_routing_func
        self.inter_batch_entry_wait: int | None = None
        self.inter_batch_entry_routing_disabled = True
        self._default_execution_instance: ExecutionInstance | None = None
        self.clear()

    def clear(self) -> None:
        """Forget modules, their connections, the network and all results."""
        self.modules = ModuleManager()
        self.ppu_symbols_read: Any = {}
        self._populations: list[Any] = []
        self._projections: list[Any] = []
        self._execution_instances = ExecutionInstances()
        self._network = HardwareNetwork()
        self._registered: set[Any] = set()
        self._configured_chips: dict[ExecutionInstanceID, Any] = {}
        self._last_run_chip_configs: Any = None

    @property
    def default_execution_instance(self) -> ExecutionInstance:
        """Execution instance of modules that were given none."""
        if self._default_execution_instance is None:
            self._default_execution_instance = ExecutionInstance()
        return self._default_execution_instance

    @default_execution_instance.setter
    def default_execution_instance(self, instance: ExecutionInstance) -> None:
        self._default_execution_instance = instance

    @property
    def last_run_chip_configs(self) -> Any:
        """Settings of the chips in the last run: execution instance -> chip -> `lola.Chip`; None before it."""
        return self._last_run_chip_configs

    # -- modules ---------------------------------------------------------------------------------------------------

    def connect(self, module: Any, input_handles: tuple[Handle, ...], output_handle: Any) -> None:
        """Add a module with its inputs and its output to the graph."""
        self.modules.add_node(module, input_handles, output_handle)

    def connect_wrapper(self, wrapper: HXModuleWrapper) -> None:
        """Add a wrapper around modules to the graph.

        Raises
        ------
        AssertionError
            It has a module twice.
        ValueError
            One of its modules is in another wrapper, or has not been called.
        """
        self.modules.add_wrapper(wrapper)

    def register_population(self, module: BasePopulation) -> None:
        """Take note of a population on the chip."""
        self._populations.append(module)

    def register_projection(self, module: Projection) -> None:
        """Take note of a projection on the chip."""
        self._projections.append(module)

    # -- runs on the chip ------------------------------------------------------------------------------------------

    def get_hw_results(self, runtime: int | None) -> tuple[dict[Any, Any], ExecutionInfo | None]:
        """Run the modules on the chip.

        Parameters
        ----------
        runtime : int or None
            Time steps.

        Returns
        -------
        dict of descriptor to Handle
            What was recorded of each module, as its `post_process` gives it.
        ExecutionInfo or None
            How the chip did. In a mock experiment the result is `({}, None)`.

        Raises
        ------
        RuntimeError
            There is no executor, or the execution failed.
        ValueError
            The runtime is too long, inputs differ in their batch sizes, or the modules do not make a network.
        """
        self.modules.pre_process(self)
        self.modules.done()
        if self.mock or not self.modules.hardware_modules():
            return {}, None
        cycles = self._cycles(runtime)
        self._collect_instances()
        self._register()
        self._calibrate()
        graph = self._network.update(self.modules, self._execution_instances, self.hw_routing_func)
        self._configure_neurons()
        output = extraction.run(
            self._execution_instances.chips, graph, self._inputs(graph, cycles), self._hooks())
        results = self._post_process(output, graph, cycles / CYCLES_PER_S)
        self.modules.reset_changed_since_last_run()
        return results, ExecutionInfo(output.execution_time_info, output.execution_health_info)

    def _cycles(self, runtime: Any) -> int:
        """Runtime in FPGA cycles."""
        cycles = int(runtime * self.dt * 1e6 * _CYCLES_PER_US)
        if not 0 < cycles <= Timer.Value.max:
            raise ValueError(f"a runtime of {runtime} steps of {self.dt} s is {cycles} FPGA cycles, expected 1 to "
                             f"{Timer.Value.max}")
        return cycles

    def _collect_instances(self) -> None:
        """Tell execution instances which modules they have."""
        found: dict[Any, list[Any]] = {}
        for module in self.modules.hardware_modules():
            found.setdefault(module.execution_instance, []).append(module)
        self._execution_instances = ExecutionInstances(found)
        for instance, modules in found.items():
            instance.modules = modules

    def _register(self) -> None:
        for module in self.modules.hardware_modules():
            if module not in self._registered:
                module.register_hw_entity()
                self._registered.add(module)

    def _calibrate(self) -> None:
        """Calibrate where that is needed, and set what is trained on the chip."""
        for instance in self._execution_instances:
            instance.calibrate()
            if any(isinstance(module, Population) and module.has_trainable_params() for module in instance.modules):
                instance.set_neuron_parameters_on_chip()
            if instance.chip is None:
                raise RuntimeError(f"{instance!r} has no settings of the chip: load a calibration, or assign a chip")

    def _configure_neurons(self) -> None:
        """Write settings of neurons that do not come from the calibration, where chip or populations are others."""
        populations = [module for module in self.modules.hardware_modules() if isinstance(module, Population)]
        topology_changed = self.modules.topology_changed_since_last_run()
        for instance in self._execution_instances:
            own = [module for module in populations if module.execution_instance is instance]
            is_new = self._configured_chips.get(instance.ID) is not instance.chip
            assert instance.chip is not None
            if is_new or topology_changed or any(module.network_changed_since_last_run for module in own):
                block = instance.chip.neuron_block
                for module in own:
                    for number, place in enumerate(module.logical_neurons()):
                        block = module.configure_hw_entity(number, block, place)
                self._configured_chips[instance.ID] = instance.chip

    def _inputs(self, graph: Any, cycles: int) -> InputData:
        sources = [
            (module, self.modules.sources(module)[0]) for module in self.modules.hardware_modules()
            if isinstance(module, InputPopulation)
        ]
        sizes = {module.batch_size(handle) for module, handle in sources}
        if len(sizes) != 1:
            raise ValueError(f"inputs have batches of {sorted(sizes)} entries, expected the same for all inputs")
        batch_size = sizes.pop()
        generator = InputGenerator(graph, batch_size)
        for module, handle in sources:
            module.add_to_input_generator(handle, generator)
        snippet = generator.done()
        ids = [instance.ID for instance in self._execution_instances]
        snippet.runtime = [{number: cycles for number in ids}] * batch_size
        inputs = InputData([snippet])
        for number in ids:
            inputs.inter_batch_entry_routing_disabled[number] = self.inter_batch_entry_routing_disabled
            if self.inter_batch_entry_wait is not None:
                inputs.inter_batch_entry_wait[number] = self.inter_batch_entry_wait
        return inputs

    def _hooks(self) -> dict[ExecutionInstanceID, ExecutionInstanceHooks]:
        """Additions to the programs. Variables of programs that are not there are left out."""
        hooks = self._execution_instances.playback_hooks
        for instance in self._execution_instances:
            names = sorted({*instance.write_ppu_symbols, *instance.read_ppu_symbols})
            if names and not instance.plasticity_rules() and not instance.cadc_neurons:
                _log.warning("%r has neither a plasticity rule nor CADC samples, hence no variables of the processors: "
                             "%s are neither written nor read", instance, ", ".join(names))
                for chip in hooks[instance.ID].chips.values():
                    chip.write_ppu_symbols, chip.read_ppu_symbols = {}, set()
        return hooks

    def _post_process(self, output: OutputData, graph: Any, runtime: float) -> dict[Any, Any]:
        self._last_run_chip_configs = output.snippets[0].pre_execution_chips
        symbols = output.read_ppu_symbols
        self.ppu_symbols_read = symbols if any(symbols) else {}
        spikes, cadc, madc = (
            extract(output, graph)
            for extract in (extraction.extract_spikes, extraction.extract_cadc, extraction.extract_madc)
        )
        results = {}
        for module in self.modules.hardware_modules():
            recorded = HardwareObservables(*(found.get(module.descriptor) for found in (spikes, cadc, madc)))
            data = module.post_process(recorded, runtime)
            if data is not None:
                results[module.descriptor] = data
        return results


