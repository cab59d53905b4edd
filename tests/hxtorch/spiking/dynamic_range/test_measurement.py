"""What measurements of the dynamic range share."""

import pytest

from hxtorch.spiking.morphology import SingleCompartmentNeuron
from hxtorch.spiking.utils.dynamic_range import measurement
from hxtorch.spiking.utils.dynamic_range.weight_scaling import get_weight_scaling


@pytest.mark.parametrize(
    "circuits, horizontally, expected",
    [(1, False, 512), (2, False, 256), (2, True, 256), (3, False, 128), (3, True, 168), (8, False, 64), (8, True, 64)],
)
def test_neurons_of_a_structure(circuits, horizontally, expected):
    structure = SingleCompartmentNeuron(circuits, expand_horizontally=horizontally)
    assert measurement.neuron_count(structure) == expected


@pytest.mark.parametrize("count", [0, -3])
def test_number_of_weights(count):
    with pytest.raises(ValueError, match=str(count)):
        get_weight_scaling(weight_step=count)
