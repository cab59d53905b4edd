"""The graph of modules: numbers, open ends, wrappers, order, masks, implicit inputs."""

import pytest
import torch

from hxtorch.spiking.backend.module_manager import ModuleManager
from hxtorch.spiking.experiment import Experiment
from hxtorch.spiking.handle import LIFObservables, SynapseHandle
from hxtorch.spiking.modules import (
    LI,
    LIF,
    BatchDropout,
    HXBaseExperimentModule,
    HXModule,
    HXModuleWrapper,
    InputNeuron,
    Synapse,
)  # fmt: skip


@pytest.fixture
def experiment():
    return Experiment(mock=True)


def module(experiment):
    return HXModule(experiment)


def ends(graph):
    """Numbers of modules, open inputs and open outputs."""
    nodes = [str(node) for node in graph.nodes]
    return tuple(sum(node.startswith(kind) for node in nodes) for kind in ("0123456789", "s_", "t_"))[1:] + (
        sum(node.isdigit() for node in nodes),)


def connect(manager, experiment, *edges):
    """Add new modules that are connected by named handles; gives modules and handles by name."""
    modules, handles = {}, {}
    for name, sources, target in edges:
        modules.setdefault(name, module(experiment))
        for each in (*sources, target):
            handles.setdefault(each, LIFObservables())
        manager.add_node(modules[name], tuple(handles[each] for each in sources), handles[target])
    return modules, handles


def order(manager, modules):
    names = {each: name for name, each in modules.items()}
    return [names[each] for each, _, _ in manager.done()]


@pytest.mark.parametrize("edges, open_ends, expected", [
    ([("a", "x", "h"), ("b", "h", "y")], (1, 1, 2), "ab"),
    ([("a", "xy", "z")], (2, 1, 1), "a"),
    ([("a", "x", "h"), ("b", "h", "i"), ("c", "h", "j"), ("d", "ij", "y")], (1, 1, 4), "abcd"),
    ([("b", "h", "y"), ("a", "x", "h")], (1, 1, 2), "ab"),
    ([("a", "x", "y"), ("b", "u", "v")], (2, 2, 2), "ab"),
    ([("a", "x", "z"), ("a", "y", "z")], (2, 1, 1), "a"),
    ([("a", "x", "z"), ("a", "x", "z")], (1, 1, 1), "a"),
    ([("a", "x", "y"), ("b", "x", "z")], (2, 2, 2), "ab"),
])
def test_graphs(experiment, edges, open_ends, expected):
    manager = ModuleManager()
    modules, _ = connect(manager, experiment, *edges)
    assert ends(manager.graph) == open_ends
    assert order(manager, modules) == list(expected)


def test_open_ends_have_the_number_of_their_module(experiment):
    manager = ModuleManager()
    connect(manager, experiment, ("a", "xy", "h"), ("b", "h", "z"))
    assert set(manager.graph.nodes) == {"s_0_0", "s_0_1", 0, 1, "t_1"}
    assert set(manager.graph.edges) == {("s_0_0", 0), ("s_0_1", 0), (0, 1), (1, "t_1")}


def test_edges_carry_handles_which_are_told_apart_by_identity(experiment):
    manager = ModuleManager()
    modules, handles = connect(manager, experiment, ("a", "x", "h"), ("b", "h", "y"))
    assert handles["x"] == handles["h"]
    assert manager.find_edges(handles["h"]) == [(0, 1)]
    assert manager.find_edges(handles["x"]) == [("s_0_0", 0)]
    assert manager.find_edges(LIFObservables()) == []
    assert [handle is handles["x"] for handle in manager.input_data()] == [True]


def test_order_of_sources_is_that_of_the_calls(experiment):
    manager = ModuleManager()
    modules, handles = connect(
        manager, experiment, ("d", "", "h"), ("c", "", "g"), ("a", "h", "y"), ("a", "gx", "y"))
    sources = next(sources for each, sources, _ in manager.done() if each is modules["a"])
    assert [source is handles[name] for source, name in zip(sources, "hgx", strict=True)] == [True] * 3


def test_numbers_and_modules(experiment):
    manager = ModuleManager()
    modules, _ = connect(manager, experiment, ("a", "x", "h"), ("b", "h", "y"))
    assert manager.nodes == {modules["a"]: 0, modules["b"]: 1}
    assert manager.get_id_by_module(modules["b"]) == 1 and manager.get_module_by_id(0) is modules["a"]
    assert manager.has_module(modules["a"]) and not manager.has_module(module(experiment))
    with pytest.raises(KeyError):
        manager.get_module_by_id(2)


def test_numbers_outlive_clear(experiment):
    manager = ModuleManager()
    modules, handles = connect(manager, experiment, ("a", "x", "h"), ("b", "h", "y"))
    manager.clear()
    assert manager.graph.number_of_nodes() == 0 and manager.prev_graph.number_of_nodes() == 4
    manager.add_node(modules["b"], (handles["x"],), handles["y"])
    assert manager.nodes == {modules["a"]: 0, modules["b"]: 1} and set(manager.graph.nodes) == {"s_1_0", 1, "t_1"}


def test_a_module_fills_one_handle(experiment):
    manager = ModuleManager()
    modules, _ = connect(manager, experiment, ("a", "x", "y"))
    with pytest.raises(ValueError, match="another output handle"):
        manager.add_node(modules["a"], (), LIFObservables())


def test_text_has_a_line_for_each_module(experiment):
    manager = ModuleManager()
    modules, _ = connect(manager, experiment, ("a", "x", "h"), ("b", "h", "y"))
    manager.add_wrapper(HXModuleWrapper(experiment, b=modules["b"]))
    assert str(manager) == "0 HXModule <- s_0_0\n1 HXModule <- 0\nw_0 HXModuleWrapper: 1"


# -- wrappers ----------------------------------------------------------------------------------------------------------


RECURRENT = [("a", "x", "i"), ("b", "ir", "z"), ("c", "z", "r")]


def test_a_cycle_is_refused(experiment):
    manager = ModuleManager()
    connect(manager, experiment, *RECURRENT)
    with pytest.raises(ValueError, match=r"cycle HXModule \(\d\) -> HXModule \(\d\)"):
        manager.done()


def test_a_cycle_inside_a_wrapper(experiment):
    manager = ModuleManager()
    modules, handles = connect(manager, experiment, *RECURRENT)
    wrapper = HXModuleWrapper(experiment, **modules)
    assert manager.add_wrapper(wrapper) == "w_0"
    assert manager.wrappers == {wrapper: "w_0"} and manager.get_id_by_wrapper(wrapper) == "w_0"
    assert manager.get_wrapper_by_id("w_0") is wrapper and manager.has_module(wrapper)
    assert set(manager.wrapped_graph.nodes) == {"w_0", "s_0_0"}
    node = manager.wrapped_graph.nodes["w_0"]
    assert [handle is handles["x"] for handle in node["sources"]] == [True]
    assert [handle is handles[name] for handle, name in zip(node["targets"], "izr", strict=True)] == [True] * 3
    [(executed, sources, targets)] = manager.done()
    assert executed is wrapper and sources[0] is handles["x"] and len(targets) == 3


def test_wrappers_among_modules(experiment):
    manager = ModuleManager()
    modules, handles = connect(
        manager, experiment, ("d", "y", "x"), *RECURRENT, ("e", "z", "o"), ("f", "w", "v"))
    wrapper = HXModuleWrapper(experiment, **{name: modules[name] for name in "abc"})
    manager.add_wrapper(wrapper)
    steps = manager.done()
    assert [step[0] for step in steps] == [modules["d"], wrapper, modules["e"], modules["f"]]
    assert steps[1][1][0] is handles["x"] and steps[2][1][0] is handles["z"]


def test_two_wrappers_that_wait_for_each_other(experiment):
    manager = ModuleManager()
    modules, _ = connect(manager, experiment, ("a", "xi", "h"), ("b", "h", "g"), ("c", "g", "k"), ("d", "k", "i"))
    manager.add_wrapper(HXModuleWrapper(experiment, a=modules["a"], c=modules["c"]))
    manager.add_wrapper(HXModuleWrapper(experiment, b=modules["b"], d=modules["d"]))
    with pytest.raises(ValueError, match="w_0"):
        manager.done()


def test_wrappers_are_added_once_and_forgotten_by_clear(experiment):
    manager = ModuleManager()
    modules, _ = connect(manager, experiment, *RECURRENT)
    wrapper = HXModuleWrapper(experiment, **modules)
    assert [manager.add_wrapper(wrapper) for _ in range(2)] == ["w_0", "w_0"]
    manager.clear()
    assert manager.wrappers == {} and set(manager.prev_graph.nodes) == {"w_0", "s_0_0"}
    assert manager.get_wrapper_by_id("w_0") is wrapper


def test_modules_are_in_one_wrapper(experiment):
    manager = ModuleManager()
    modules, _ = connect(manager, experiment, *RECURRENT)
    manager.add_wrapper(HXModuleWrapper(experiment, a=modules["a"], b=modules["b"]))
    with pytest.raises(ValueError, match="in the wrapper w_0 already"):
        manager.add_wrapper(HXModuleWrapper(experiment, b=modules["b"], c=modules["c"]))


def test_modules_are_in_a_wrapper_once(experiment):
    manager = ModuleManager()
    modules, _ = connect(manager, experiment, ("a", "x", "y"))
    with pytest.raises(AssertionError, match="twice"):
        manager.add_wrapper(HXModuleWrapper(experiment, a=modules["a"], b=modules["a"]))


def test_modules_of_a_wrapper_are_called_first(experiment):
    with pytest.raises(ValueError, match="has not been called"):
        ModuleManager().add_wrapper(HXModuleWrapper(experiment, a=module(experiment)))


# -- populations, masks, inputs ----------------------------------------------------------------------------------------


def test_populations_before_and_behind_projections(experiment):
    inputs, first, hidden = InputNeuron(3, experiment), Synapse(3, 4, experiment), LIF(4, experiment)
    dropout, second, readout = BatchDropout(4, 0.5, experiment), Synapse(4, 2, experiment), LI(2, experiment)
    readout(second(dropout(hidden(first(inputs(LIFObservables(spikes=torch.zeros(5, 1, 3))))))))
    manager = experiment.modules
    assert manager.source_populations(first) == [inputs] and manager.target_populations(first) == [hidden]
    assert manager.source_populations(second) == [hidden] and manager.target_populations(second) == [readout]
    assert manager.source_populations(readout) == [hidden] and manager.target_populations(inputs) == [hidden]
    assert manager.source_populations(inputs) == [] and manager.target_populations(readout) == []


def test_populations_of_recurrent_projections(experiment):
    forward, recurrent, hidden = Synapse(3, 4, experiment), Synapse(4, 4, experiment), LIF(4, experiment)
    spikes = hidden(forward(LIFObservables(spikes=torch.zeros(5, 1, 3))))
    hidden(recurrent(spikes))
    assert experiment.modules.source_populations(recurrent) == [hidden]
    assert experiment.modules.target_populations(recurrent) == [hidden]
    assert experiment.modules.source_populations(forward) == []


def test_masks_of_dropouts_reach_the_population(experiment):
    synapse, hidden, dropout = Synapse(3, 40, experiment), LIF(40, experiment), BatchDropout(40, 0.5, experiment)
    dropout(hidden(synapse(LIFObservables(spikes=torch.zeros(5, 1, 3)))))
    masks = []
    for _ in range(2):
        experiment.modules.pre_process(experiment)
        masks.append(hidden.mask)
        assert torch.equal(hidden.mask, dropout.mask) and hidden.changed_since_last_run
    assert not torch.equal(*masks)
    dropout.eval()
    experiment.modules.pre_process(experiment)
    assert hidden.mask.all()


@pytest.mark.parametrize("before", ["open", "synapse", "two"])
def test_dropouts_follow_one_population(experiment, before):
    dropout = BatchDropout(4, 0.5, experiment)
    spikes = LIFObservables(spikes=torch.zeros(5, 1, 4))
    if before == "open":
        dropout(spikes)
    elif before == "synapse":
        dropout(Synapse(4, 4, experiment)(spikes))
    else:
        dropout(LIF(4, experiment)(Synapse(4, 4, experiment)(spikes)))
        dropout(LIF(4, experiment)(Synapse(4, 4, experiment)(spikes)))
    with pytest.raises(TypeError, match="expected one population of neurons"):
        experiment.modules.pre_process(experiment)


class TestImplicitInputs:
    """On the chip spikes come from populations, which the user may leave out."""

    @pytest.fixture
    def experiment(self):
        return Experiment(mock=False)

    @staticmethod
    def handle(size=3):
        return LIFObservables(spikes=torch.zeros(5, 1, size))

    def test_none_without_a_chip(self):
        experiment = Experiment(mock=True)
        Synapse(3, 4, experiment)(self.handle())
        experiment.modules.pre_process(experiment)
        assert len(experiment.modules.nodes) == 1

    def test_one_before_a_projection(self, experiment):
        synapse = Synapse(3, 4, experiment)
        handle = self.handle()
        synapse(handle)
        experiment.modules.pre_process(experiment)
        assert set(experiment.modules.graph.nodes) == {"s_1_0", 1, 0, "t_0"}
        inputs = experiment.modules.get_module_by_id(1)
        assert isinstance(inputs, InputNeuron) and inputs.size == 3
        assert [each for each, _, _ in experiment.modules.done()] == [inputs, synapse]
        assert experiment.modules.sources(inputs)[0] is handle

    def test_they_are_used_again(self, experiment):
        synapse = Synapse(3, 4, experiment)
        for _ in range(3):
            synapse(self.handle())
            experiment.modules.pre_process(experiment)
            assert len(experiment.modules.nodes) == 2 and set(experiment.modules.graph.nodes) == {"s_1_0", 1, 0, "t_0"}
            experiment.modules.clear()

    def test_one_for_all_projections_that_get_the_same_spikes(self, experiment):
        handle = self.handle()
        for size in (4, 5):
            Synapse(3, size, experiment)(handle)
        Synapse(3, 4, experiment)(self.handle())
        experiment.modules.pre_process(experiment)
        inputs = [each for each in experiment.modules.modules() if isinstance(each, InputNeuron)]
        assert len(inputs) == 2

    def test_none_before_an_explicit_one(self, experiment):
        Synapse(3, 4, experiment)(InputNeuron(3, experiment)(self.handle()))
        experiment.modules.pre_process(experiment)
        assert len(experiment.modules.nodes) == 2


def test_changes(experiment):
    synapse, neurons = Synapse(3, 4, experiment), LI(4, experiment)
    manager = experiment.modules

    def run():
        neurons(synapse(LIFObservables(spikes=torch.zeros(5, 1, 3))))
        changed = manager.topology_changed_since_last_run()
        manager.reset_changed_since_last_run()
        manager.clear()
        return changed

    assert [run(), run()] == [True, False]
    LI(4, experiment)(synapse(LIFObservables(spikes=torch.zeros(5, 1, 3))))
    assert [run(), run(), run()] == [True, True, False]


def test_handles_only(experiment):
    with pytest.raises(TypeError, match="got a Tensor as input, expected a handle"):
        Synapse(3, 4, experiment)(torch.zeros(5, 1, 3))


def test_a_base_module_has_no_numerics(experiment):
    with pytest.raises(NotImplementedError, match="HXBaseExperimentModule has no forward_func"):
        HXBaseExperimentModule(experiment).func(SynapseHandle())
