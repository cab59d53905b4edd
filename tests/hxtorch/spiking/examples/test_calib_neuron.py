"""Example: neurons with thresholds of their own."""

import pytest

from hxtorch.examples.spiking import calib_neuron


@pytest.mark.parametrize("seed", range(1, 11))
def test_calib_neuron(monkeypatch, seed):
    monkeypatch.setenv("BSS2_CHIP_SEED", str(seed))
    driven, spontaneous = calib_neuron.main()
    assert driven.shape == spontaneous.shape == (100, 10, 4)
    # Thresholds rise from neuron to neuron. The first one is at the leak, so it fires without any input as well.
    for spikes in (driven, spontaneous):
        counts = spikes.sum(dim=(0, 1))
        assert all(counts[:-1] > counts[1:])
    assert driven[:5, :, 1:].sum() == 0
    assert spontaneous[:, :, 3].sum() >= 3 * 10
