"""From data to spikes, from weights to those of the chip, from traces to scores."""

import math
from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hxtorch.spiking.transforms import decode, encode, weight_transforms


@pytest.mark.parametrize("decoder, expected", [
    (decode.MaxOverTime, 1.0), (decode.SumOverTime, 3.0), (decode.MeanOverTime, 1.0)])
def test_decoders(decoder, expected):
    traces = torch.zeros(100, 10, 100)
    traces[[3, 50, 99]] = 1.0
    scores = decoder()(torch.ones(100, 10, 100) if decoder is decode.MeanOverTime else traces)
    assert scores.shape == (10, 100)
    assert (scores == expected).all()


def test_equal_maxima_share_the_gradient():
    trace = torch.tensor([1.0, 3.0, 3.0, 2.0]).reshape(4, 1, 1).requires_grad_()
    decode.MaxOverTime()(trace).sum().backward()
    assert trace.grad.flatten().tolist() == [0, 0.5, 0.5, 0]


@pytest.mark.parametrize("arguments, expected", [
    ({}, [-63, -2, 0.5, 63]), ({"scale": 2.0}, [-63, -4, 1, 63]), ({"max_weight": 0.0}, [-63, -2, 0, 0]),
    ({"scale": torch.tensor([1.0, 2.0, 3.0, 0.1])}, [-63, -4, 1.5, 10])])
def test_weights_are_scaled_and_clamped(arguments, expected):
    weights = torch.tensor([-80.0, -2.0, 0.5, 100.0])
    assert weight_transforms.linear_saturating(weights, **arguments).tolist() == expected


def test_the_scale_of_a_partial_can_be_changed():
    transform = partial(weight_transforms.linear_saturating, scale=2.0)
    transform.keywords["scale"] = 3.0
    assert transform(torch.ones(1)).item() == 3.0


def test_bounds_in_the_wrong_order_are_an_error():
    with pytest.raises(ValueError, match="min_weight is 3"):
        weight_transforms.linear_saturating(torch.zeros(1), min_weight=3, max_weight=2)


@pytest.mark.parametrize("pixel, expected", [
    (0.0, 1.0), (0.1999, 1.0), (0.2, 1.0), (1.0, 20 * math.log(1 / 0.8)), (0.99, 20 * math.log(0.99 / 0.79))])
def test_pixels_become_times(pixel, expected):
    transform = encode.PixelsToSpikeTimes(t_max=1.0 if pixel < 0.9 else 10.0)
    assert transform(torch.tensor([[pixel]], dtype=torch.float64)).item() == pytest.approx(expected)


@given(st.floats(0, 1))
def test_brighter_pixels_are_never_later(pixel):
    transform = encode.PixelsToSpikeTimes(tau=2.0, threshold=0.1, t_max=8.0)
    one, other = transform(torch.tensor([pixel, pixel + 0.01], dtype=torch.float64)).tolist()
    assert 0 <= other <= one <= 8.0


def test_a_pixel_at_the_threshold_spikes():
    time = encode.PixelsToSpikeTimes(tau=1.0, threshold=0.5, t_max=100.0, epsilon=1e-3)(torch.tensor([0.5]))
    assert time.item() == pytest.approx(math.log(0.501 / 0.001), rel=1e-4)


@pytest.mark.parametrize("transform", [encode.SpikeTimesToSparseTensor, encode.SpikeTimesToDense])
def test_times_become_spikes(transform):
    times = torch.tensor([[[0.0, 0.99], [1.0, 4.5]], [[9.99, 10.0], [math.inf, 3.0]]])
    spikes = transform(1.0, 10)(times)
    assert spikes.is_sparse is (transform is encode.SpikeTimesToSparseTensor)
    spikes = spikes.to_dense()
    assert spikes.shape == (10, 2, 2, 2) and spikes.dtype == torch.int32
    expected = {(0, 0, 0, 0), (0, 0, 0, 1), (1, 0, 1, 0), (4, 0, 1, 1), (9, 1, 0, 0), (3, 1, 1, 1)}
    assert {tuple(index) for index in spikes.nonzero().tolist()} == expected and spikes.max() == 1


@pytest.mark.parametrize("time", [-0.1, math.nan])
def test_times_that_are_none_are_errors(time):
    with pytest.raises(ValueError, match="expected 0 or more"):
        encode.SpikeTimesToDense(1.0)(torch.tensor([time, 1.0]))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_coordinates_become_spikes(dtype):
    transform = encode.CoordinatesToSpikes(38, 2e-6, 26e-6, 1e-6, 2e-6)
    coordinates = torch.tensor([[0.0, 1.0], [0.5, 0.25]], dtype=dtype)
    spikes = transform(coordinates)
    assert spikes.shape == (38, 2, 3) and spikes.dtype == torch.float32
    assert (spikes.sum(0) == 1).all()
    assert spikes.argmax(0).tolist() == [[2, 26, 2], [14, 8, 2]]


def test_spikes_between_two_steps_go_to_the_even_one():
    spikes = encode.CoordinatesToSpikes(10, 0.0, 8.0, 1.0)(torch.tensor([[0.5 / 8, 1.5 / 8, 2.5 / 8]]))
    assert spikes.argmax(0).tolist() == [[0, 2, 2]]


def test_the_time_of_the_bias_is_rounded_down():
    spikes = encode.CoordinatesToSpikes(10, 0.0, 8.0, 1.0, t_bias=2.9)(torch.tensor([[0.0]]))
    assert spikes.argmax(0).tolist() == [[0, 2]]


@pytest.mark.parametrize("coordinates, t_bias", [([[1.2]], None), ([[-0.2]], None), ([[0.5]], 10.0), ([[0.5]], -1.0)])
def test_spikes_outside_of_the_sequence_are_errors(coordinates, t_bias):
    with pytest.raises(ValueError, match="expected 0 to 9"):
        encode.CoordinatesToSpikes(10, 0.0, 9.0, 1.0, t_bias=t_bias)(torch.tensor(coordinates))


def test_coordinates_of_another_shape_are_an_error():
    with pytest.raises(ValueError, match="batch, channels"):
        encode.CoordinatesToSpikes(10, 0.0, 9.0, 1.0)(torch.zeros(3))


@pytest.mark.parametrize("make", [
    lambda: encode.PixelsToSpikeTimes(tau=0), lambda: encode.SpikeTimesToDense(0.0),
    lambda: encode.SpikeTimesToSparseTensor(1.0, 0), lambda: encode.CoordinatesToSpikes(0, 0, 1),
    lambda: encode.CoordinatesToSpikes(5, 0, 1, dt=0)])
def test_wrong_settings_are_errors(make):
    with pytest.raises(ValueError, match="expected positive"):
        make()
