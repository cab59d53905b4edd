"""A program on a plasticity processor: weights follow the order of events and spikes.

The program, in C++, reads the correlation sensors of a row of synapses every 2 ms, raises the weights of those that saw
events before spikes, lowers the weights of the others, and leaves all weights so far in external memory. Meanwhile the
host sends pairs of an event to the row and spikes of four neurons.

Run with ``python examples/ppu_stdp.py``. It needs a compiler: ``pip install 'bss2[ppu]'``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from correlation import COLUMNS, LABEL, ROW, SEED, prepare, settings
from experiment import CYCLES_PER_US, configure, run_script

import chipsim
import halco
import haldls
import stadls
from grenade.ppu import compile_program
from lola import PPUElfFile
from stadls.ppu import load_and_start_program, stop_program, wait_until_ppu_finished

UPDATES = 8
PERIOD_US = 2000
PAIRS, APART_US = 18, 100
"""Pairs between two updates, and their distance."""
DELAYS_US = (2.0, -2.0)
FIRST_WEIGHT = 31

KERNEL = """
#include "libnux/vx/correlation.h"
#include "libnux/vx/syn.h"
#include "libnux/vx/time.h"
#include "libnux/vx/vector_row.h"
#include "libnux/vx/vector_row_math.h"

using namespace libnux::vx;

/// Weights after every update, for the host.
__attribute__((section("ext.data.keep"), aligned(128))) VectorRowMod8 weights[UPDATES];

namespace {

struct Samples
{
    VectorRowMod8 causal, acausal;
};

Samples read()
{
    Samples now;
    get_correlation(
        &now.causal.even.data, &now.causal.odd.data, &now.acausal.even.data, &now.acausal.odd.data, ROW);
    return now;
}

/// How far samples have fallen, in units of two steps of the ADC: this fits signed bytes.
VectorRowMod8 fall(VectorRowMod8 const& before, VectorRowMod8 const& after)
{
    return (before >> 1) - (after >> 1);
}

} // namespace

int start()
{
    reset_correlation(ROW);
    Samples const before = read();
    time_base_t next = now();
    for (VectorRowMod8& current : weights) {
        next += PERIOD;
        while (now() < next) {
        }
        Samples const after = read();
        get_weights(&current.even.data, &current.odd.data, ROW);
        current += fall(before.causal, after.causal) - fall(before.acausal, after.acausal);
        current = saturate_weight(current);
        set_weights(&current.even.data, &current.odd.data, ROW);
        reset_correlation(ROW);
    }
    return 0;
}
"""


def program() -> PPUElfFile:
    """The compiled program."""
    compiled = compile_program(
        [("stdp.cpp", KERNEL)], defines={"ROW": ROW, "UPDATES": UPDATES, "PERIOD": 2 * CYCLES_PER_US * PERIOD_US})
    return PPUElfFile(compiled.path)


def send_pairs(connection: Any, delay_us: float) -> None:
    """Events and, some time later (or earlier), spikes of the neurons of the first quad, between all updates."""
    event = haldls.PADIEvent()
    event.event_address, event.fire_bus[halco.PADIBusOnPADIBusBlock(0)] = LABEL, True
    pre = (halco.PADIEventOnDLS(halco.PADIBusBlockOnDLS.top), event)
    quad = halco.SynapseQuadColumnOnDLS(0)
    post = (halco.NeuronResetQuadOnDLS(quad, halco.SynramOnDLS.top), haldls.NeuronResetQuad())
    first, second = (pre, post) if delay_us > 0 else (post, pre)
    timer = halco.TimerOnDLS()
    builder = stadls.PlaybackProgramBuilder()
    builder.write(timer, haldls.Timer())
    for update in range(UPDATES):
        for pair in range(1, PAIRS + 1):
            at_us = update * PERIOD_US + pair * APART_US
            builder.block_until(timer, haldls.Timer.Value(round(at_us * CYCLES_PER_US)))
            builder.write(*first)
            builder.block_until(timer, haldls.Timer.Value(round((at_us + abs(delay_us)) * CYCLES_PER_US)))
            builder.write(*second)
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    stadls.run(connection, builder.done())


def learn(delay_us: float) -> np.ndarray:
    """Weights of the row after every update, (updates, 256)."""
    chip, elf = chipsim.Chip(SEED), program()
    config = settings(chip)
    config.synapse_blocks[halco.SynapseBlockOnDLS.top].matrix.weights[ROW] = np.full(256, FIRST_WEIGHT)
    with chipsim.ManagedSimConnection(chip) as connection:
        configure(connection, config)
        prepare(connection)
        load_and_start_program(connection, elf)
        send_pairs(connection, delay_us)
        wait_until_ppu_finished(connection, PERIOD_US * CYCLES_PER_US)
        stop_program(connection, print_mailbox=False)
        builder = stadls.PlaybackProgramBuilder()
        ticket = builder.read(elf.read_symbols()["weights"].coordinate)
        builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
        stadls.run(connection, builder.done())
    even, odd = np.frombuffer(bytes(ticket.get()), dtype=np.uint8).reshape(UPDATES, 2, 128).transpose(1, 0, 2)
    return np.stack([even, odd], axis=-1).reshape(UPDATES, 256).astype(int)


def main(output: Path) -> dict[str, Any]:
    results = {}
    for delay_us in DELAYS_US:
        weights = learn(delay_us)
        for column in COLUMNS:
            results[f"weights of synapse {column}, delay {delay_us:g} µs"] = weights[:, column]
        others = np.delete(weights, COLUMNS, axis=1)
        results[f"mean of the others, delay {delay_us:g} µs"] = others.mean(axis=1)
    return results


if __name__ == "__main__":
    run_script(main, __doc__)
