"""Identifiers, descriptors and times."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grenade.common import (
    AtomicNeuronOnExecutionInstance,
    AtomicNeuronOnNetwork,
    ChipOnConnection,
    ConnectionOnExecutor,
    ExecutionInstanceID,
    ExecutionInstanceOnExecutor,
    PlasticityRuleOnExecutionInstance,
    PlasticityRuleOnNetwork,
    PopulationOnExecutionInstance,
    PopulationOnNetwork,
    ProjectionOnExecutionInstance,
    ProjectionOnNetwork,
    Time,
)
from halco import CompartmentOnLogicalNeuron

IDENTIFIERS = [
    ExecutionInstanceID, ConnectionOnExecutor, ChipOnConnection, PopulationOnExecutionInstance,
    ProjectionOnExecutionInstance, PlasticityRuleOnExecutionInstance,
]
ON_NETWORK = [
    (PopulationOnNetwork, PopulationOnExecutionInstance, "toPopulationOnExecutionInstance"),
    (ProjectionOnNetwork, ProjectionOnExecutionInstance, "toProjectionOnExecutionInstance"),
    (PlasticityRuleOnNetwork, PlasticityRuleOnExecutionInstance, "toPlasticityRuleOnExecutionInstance"),
]
CIRCUITS = [AtomicNeuronOnExecutionInstance, AtomicNeuronOnNetwork]


@pytest.mark.parametrize("cls", IDENTIFIERS)
def test_identifiers_are_numbers_with_a_type(cls: Any) -> None:
    assert cls() == cls(0) == 0
    assert cls(7).value() == int(cls(7)) == 7
    assert cls(7) == 7 and cls(7) != cls(8) and cls(3) < cls(4)
    assert ["a", "b", "c"][cls(2)] == "c"
    assert repr(cls(7)) == f"{cls.__name__}(7)"
    assert cls.coerce(5) == cls.coerce(cls(5)) == cls(5)
    assert pickle.loads(pickle.dumps(cls(5))) == copy.deepcopy(cls(5)) == cls(5)


@pytest.mark.parametrize("cls", IDENTIFIERS)
@pytest.mark.parametrize("number", [-1, 2**32, 0.5, "1", None])
def test_identifiers_have_32_bits(cls: Any, number: Any) -> None:
    with pytest.raises(TypeError):
        cls(number)
    with pytest.raises(TypeError):
        cls.coerce(number)


def test_identifiers_of_different_types_are_different() -> None:
    assert len({cls(1) for cls in IDENTIFIERS}) == len(IDENTIFIERS)
    for first in IDENTIFIERS:
        for second in set(IDENTIFIERS) - {first}:
            assert first(1) != second(1)
            with pytest.raises(TypeError, match=first.__name__):
                first.coerce(second(1))


@pytest.mark.parametrize("cls", IDENTIFIERS)
def test_identifiers_cannot_be_changed(cls: Any) -> None:
    with pytest.raises(AttributeError):
        cls(1)._e = 2


@pytest.mark.parametrize(("cls", "local", "conversion"), ON_NETWORK)
class TestOnNetwork:
    def test_has_two_parts(self, cls: Any, local: Any, conversion: str) -> None:
        descriptor = cls(local(3), ExecutionInstanceID(5))
        assert getattr(descriptor, conversion)() == local(3)
        assert descriptor.toExecutionInstanceID() == ExecutionInstanceID(5)
        assert repr(descriptor) == f"{cls.__name__}(3, 5)"
        assert cls(3) == cls(3, 0) and cls() == cls(0, 0)

    def test_linear_number(self, cls: Any, local: Any, conversion: str) -> None:
        assert int(cls(3, 5)) == cls(3, 5).toEnum() == 5 * 2**32 + 3
        assert int(cls(2**32 - 1, 2**32 - 1)) == 2**64 - 1

    def test_is_accepted_as_descriptor_on_an_execution_instance(self, cls: Any, local: Any, conversion: str) -> None:
        for converted in (local.coerce(cls(3, 5)), local(cls(3, 5))):
            assert type(converted) is local and converted == local(3)

    def test_never_equals_a_descriptor_without_execution_instance(
        self, cls: Any, local: Any, conversion: str
    ) -> None:
        assert cls(3, 0) != local(3) and local(3) != cls(3, 0)
        assert len({cls(3, 0), cls(3, 1), local(3)}) == 3

    def test_order_is_that_of_instance_then_number(self, cls: Any, local: Any, conversion: str) -> None:
        assert sorted([cls(0, 1), cls(2, 0), cls(1, 0)]) == [cls(1, 0), cls(2, 0), cls(0, 1)]

    def test_copies_are_equal(self, cls: Any, local: Any, conversion: str) -> None:
        descriptor = cls(3, 5)
        assert pickle.loads(pickle.dumps(descriptor)) == copy.copy(descriptor) == copy.deepcopy(descriptor)
        assert cls(descriptor) == cls.coerce(descriptor) == descriptor

    @pytest.mark.parametrize("arguments", [(-1,), (0, -1), (2**32,), (0, 2**32), ("a",)])
    def test_bad_parts(self, cls: Any, local: Any, conversion: str, arguments: Any) -> None:
        with pytest.raises(TypeError):
            cls(*arguments)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_parts_of_descriptors_on_networks_survive(number: int, instance: int) -> None:
    descriptor = PopulationOnNetwork(number, instance)
    assert int(descriptor.toPopulationOnExecutionInstance()) == number
    assert int(descriptor.toExecutionInstanceID()) == instance


class TestTime:
    def test_unit(self) -> None:
        assert Time.fpga_clock_cycles_per_us == 125
        assert int(Time(10 * Time.fpga_clock_cycles_per_us)) == 1250

    def test_arithmetic(self) -> None:
        assert Time(3) + Time(4) == 3 + Time(4) == Time(3) + 4 == Time(7)
        assert Time(7) - 4 == 7 - Time(4) == Time(3)
        assert 2 * Time(4) == Time(4) * 2 == Time(8)
        assert sum([Time(1), Time(2)]) == Time(3)
        assert Time(3) < 4 <= Time(4)

    @pytest.mark.parametrize("operation", [lambda: Time(3) - 4, lambda: Time(2**64 - 1) + 1, lambda: Time(2**63) * 2])
    def test_does_not_wrap_around(self, operation: Any) -> None:
        with pytest.raises(OverflowError):
            operation()

    def test_conversions(self) -> None:
        assert int(Time(2**40).toFPGATime()) == int(Time(2**40).toChipTime()) == 2**40
        assert int(Time(2**31).toTimerOnFPGAValue()) == 2**31
        with pytest.raises(OverflowError):
            Time(2**32).toTimerOnFPGAValue()

    @pytest.mark.parametrize("value", [-1, 2**64, 0.5])
    def test_range(self, value: Any) -> None:
        with pytest.raises(TypeError):
            Time(value)

    def test_hash_and_copies(self) -> None:
        assert hash(Time(5)) == hash(Time(5)) and pickle.loads(pickle.dumps(Time(2**64 - 1))) == Time(2**64 - 1)


def test_execution_instance_on_executor() -> None:
    default = ExecutionInstanceOnExecutor()
    assert default == ExecutionInstanceOnExecutor(ExecutionInstanceID(0), ConnectionOnExecutor(0))
    assert len({default, ExecutionInstanceOnExecutor(0, 0), ExecutionInstanceOnExecutor(0, 1)}) == 2
    assert ExecutionInstanceOnExecutor(0, 9) < ExecutionInstanceOnExecutor(1, 0)


@pytest.mark.parametrize("cls", CIRCUITS)
class TestAtomicNeuron:
    def test_defaults(self, cls: Any) -> None:
        circuit = cls()
        assert circuit == cls(0, 0, CompartmentOnLogicalNeuron(0), 0)
        assert type(circuit.compartment_on_neuron) is CompartmentOnLogicalNeuron

    def test_fields_can_be_set(self, cls: Any) -> None:
        circuit = cls()
        circuit.population, circuit.neuron_on_population = 1, 2
        circuit.compartment_on_neuron, circuit.atomic_neuron_on_compartment = 3, 4
        assert circuit == cls(1, 2, 3, 4)
        assert type(circuit.population) is type(cls().population)

    def test_total_order(self, cls: Any) -> None:
        ordered = [cls(0, 0, 0, 1), cls(0, 0, 1, 0), cls(0, 1, 0, 0), cls(1, 0, 0, 0)]
        assert sorted(reversed(ordered)) == ordered
        assert ordered[0] <= ordered[0] and ordered[1] > ordered[0] and ordered[1] >= ordered[0]

    def test_hash_and_copies(self, cls: Any) -> None:
        circuit = cls(1, 2, 3, 4)
        assert len({circuit, cls(1, 2, 3, 4), cls(1, 2, 3, 5)}) == 2
        assert pickle.loads(pickle.dumps(circuit)) == copy.copy(circuit) == copy.deepcopy(circuit) == circuit

    @pytest.mark.parametrize(("field", "value"), [
        ("population", -1), ("population", "a"), ("neuron_on_population", -1), ("neuron_on_population", 0.5),
        ("compartment_on_neuron", 255), ("atomic_neuron_on_compartment", None),
    ])
    def test_bad_values_are_refused_and_named(self, cls: Any, field: str, value: Any) -> None:
        circuit = cls()
        with pytest.raises(ValueError, match=field):
            setattr(circuit, field, value)
        with pytest.raises(ValueError, match=field):
            cls(**{field: value})
        assert circuit == cls()

    def test_unknown_fields_are_refused(self, cls: Any) -> None:
        with pytest.raises(ValueError, match="unknown"):
            cls(unknown=1)
        with pytest.raises(ValueError, match="unknown"):
            cls().unknown = 1


def test_circuits_with_and_without_execution_instance_are_different() -> None:
    assert AtomicNeuronOnExecutionInstance() != AtomicNeuronOnNetwork()
    with pytest.raises(TypeError):
        assert AtomicNeuronOnExecutionInstance() < AtomicNeuronOnNetwork()
