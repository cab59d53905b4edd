"""Spikes from and to NIR data."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hxtorch.spiking.nir_conversion import from_nir_data, to_nir_data

nir = pytest.importorskip("nir")


def model(dt=1e-3):
    return SimpleNamespace(exp=SimpleNamespace(dt=dt))


def events(idx, time, n_neurons=10, t_max=0.1):
    data = nir.EventData(idx=np.array(idx), time=np.array(time, dtype=float), n_neurons=n_neurons, t_max=t_max)
    return nir.NIRGraphData({"node": nir.NIRNodeData({"spikes": data})})


def test_events():
    random = np.random.default_rng(0)
    data = events(random.integers(0, 10, (3, 5)), random.random((3, 5)) * 0.1)
    spikes = from_nir_data(data, model())["node"]
    assert spikes.shape == (100, 3, 10) and spikes.dtype == torch.float32
    given = data.nodes["node"].observables["spikes"]
    expected = {
        (int(time * 1000), entry, idx)
        for entry in range(3)
        for idx, time in zip(given.idx[entry], given.time[entry], strict=True)
    }
    assert set(map(tuple, spikes.nonzero().tolist())) == expected


def test_places_without_an_event():
    spikes = from_nir_data(events([[2, -1], [-1, -1]], [[0.01, np.inf], [np.inf, np.inf]]), model())["node"]
    assert spikes.nonzero().tolist() == [[10, 0, 2]]


@given(st.integers(1, 2000), st.sampled_from([1e-6, 2e-6, 5e-7, 1e-4, 1e-3, 1.7e-6]), st.data())
def test_events_at_the_begin_of_a_step_are_in_it(steps, dt, data):
    step = data.draw(st.integers(0, steps - 1))
    spikes = from_nir_data(events([[0]], [[step * dt]], n_neurons=1, t_max=steps * dt), model(dt))["node"]
    assert spikes.shape[0] == steps and spikes.nonzero()[0, 0] == step


@pytest.mark.parametrize(
    "idx, time, text", [([[10]], [[0.0]], "neurons"), ([[-2]], [[0.0]], "neurons"), ([[0]], [[0.1]], "t_max"),
                        ([[0]], [[-0.01]], "t_max"), ([[0]], [[np.inf]], "t_max")],
)  # fmt: skip
def test_events_that_there_are_not(idx, time, text):
    with pytest.raises(ValueError, match=text):
        from_nir_data(events(idx, time), model())


@given(st.integers(0, 2**32 - 1), st.tuples(st.integers(1, 9), st.integers(1, 5), st.integers(1, 6)))
def test_grids_come_back(seed, shape):
    spikes = {"lif": (torch.rand(shape, generator=torch.Generator().manual_seed(seed)) < 0.5).float()}
    data = to_nir_data(spikes, model(1e-6))
    grid = data.nodes["lif"].observables["spikes"]
    assert isinstance(grid, nir.TimeGriddedData) and grid.dt == 1e-6
    assert grid.data.dtype == bool and grid.data.shape == (shape[1], shape[0], shape[2])
    back = from_nir_data(data, model(1e-6))
    assert list(back) == ["lif"] and torch.equal(back["lif"], spikes["lif"])


@given(st.integers(0, 2**32 - 1))
def test_grids_come_back_as_events(seed):
    spikes = (torch.rand(20, 3, 4, generator=torch.Generator().manual_seed(seed)) < 0.3).float()
    grid = to_nir_data({"lif": spikes}, model(1e-6)).nodes["lif"].observables["spikes"]
    data = nir.NIRGraphData({"lif": nir.NIRNodeData({"spikes": grid.to_event(80)})})
    assert torch.equal(from_nir_data(data, model(1e-6))["lif"], spikes)


def test_another_time_step():
    data = to_nir_data({"lif": torch.zeros(3, 1, 2)}, model(1e-6))
    with pytest.raises(ValueError, match="2e-06"):
        from_nir_data(data, model(2e-6))


@pytest.mark.parametrize(
    "node", [nir.NIRNodeData({"voltage": nir.TimeGriddedData(np.zeros((1, 2, 3)), 1e-3)}), nir.NIRGraphData({})]
)
def test_nodes_without_spikes(node):
    with pytest.raises(NotImplementedError, match="'node'"):
        from_nir_data(nir.NIRGraphData({"node": node}), model())


@pytest.mark.parametrize("tensor, text", [(torch.zeros(3, 2), "shape"), (torch.full((2, 2, 2), 0.5), "other than")])
def test_what_is_not_spikes(tensor, text):
    with pytest.raises(ValueError, match=text):
        to_nir_data({"lif": tensor}, model())
