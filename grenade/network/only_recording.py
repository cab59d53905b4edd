"""Plasticity rules that change no weights and only record."""

from __future__ import annotations

import enum
import textwrap
from collections.abc import Iterable

from grenade.network.plasticity_rule import PlasticityRule, TimedRecording


class _Observable(enum.Enum):
    """What can be recorded of each synapse."""

    weights = "weights"
    correlation_causal = "correlation_causal"
    correlation_acausal = "correlation_acausal"


_Observable.__name__, _Observable.__qualname__ = "Observable", "OnlyRecordingPlasticityRuleGenerator.Observable"

_KERNEL = """\
#include "grenade/vx/ppu/neuron_view_handle.h"
#include "grenade/vx/ppu/synapse_array_view_handle.h"
#include "grenade/vx/ppu/time.h"
#include "hate/tuple.h"

template <size_t N, size_t M>
void PLASTICITY_RULE_KERNEL(
	std::array<grenade::vx::ppu::SynapseArrayViewHandle, N>& synapses,
	std::array<grenade::vx::ppu::NeuronViewHandle, M>&,
	Recording& recording)
{{
	recording.time = grenade::vx::ppu::now();
{views}}}
"""

_VIEWS = """\
	hate::for_each(
		[](grenade::vx::ppu::SynapseArrayViewHandle const& view{parameters}) {{
			if (view.hemisphere != ppu) {{
				return;
			}}
			for (size_t row = 0; row < view.rows.size(); ++row) {{
{reads}				for (size_t i = 0; i < view.columns.size(); ++i) {{
{stores}				}}
			}}
		}},
		synapses{members});
"""


def _reads(observables: set[_Observable]) -> tuple[str, dict[_Observable, str]]:
    """Statements that read a row, and the row that each observable is then in."""
    rows = {}
    statements = ""
    if _Observable.weights in observables:
        statements += "auto const read_weights = view.get_weights(row);\n"
        rows[_Observable.weights] = "read_weights"
    causal = _Observable.correlation_causal in observables
    acausal = _Observable.correlation_acausal in observables
    if causal and acausal:
        statements += "auto const read = view.get_correlation(row, true);\n"
        rows[_Observable.correlation_causal] = "read.causal"
        rows[_Observable.correlation_acausal] = "read.acausal"
    elif causal or acausal:
        kind = "causal" if causal else "acausal"
        statements += f"auto const read = view.get_{kind}_correlation(row);\nview.reset_correlation(row);\n"
        rows[_Observable[f"correlation_{kind}"]] = "read"
    return statements, rows


class OnlyRecordingPlasticityRuleGenerator:
    """Makes plasticity rules that record synapses and change no weights.

    Correlation is the eight bits of the CADC as a signed number. Rows whose correlation is read are reset afterwards.

    Parameters
    ----------
    observables : iterable of OnlyRecordingPlasticityRuleGenerator.Observable
        What to record of each synapse.

    Examples
    --------
    >>> Observable = OnlyRecordingPlasticityRuleGenerator.Observable
    >>> rule = OnlyRecordingPlasticityRuleGenerator({Observable.weights}).generate()
    >>> list(rule.recording.observables)
    ['weights']
    """

    Observable = _Observable

    def __init__(self, observables: Iterable[_Observable] = ()) -> None:
        self.observables = {_Observable(observable) for observable in observables}

    def generate(self) -> PlasticityRule:
        """A rule with kernel and recording; its timer and its projections are to be filled in.

        Returns
        -------
        PlasticityRule
            It records int8 values by the name of the observable, packed by active columns.
        """
        statements, rows = _reads(self.observables)
        chosen = [observable.value for observable in _Observable if observable in self.observables]
        stores = "".join(f"{name}[row][i] = static_cast<int8_t>({rows[_Observable[name]]}[view.columns[i]]);\n"
                         for name in chosen)
        views = _VIEWS.format(
            parameters="".join(f", auto& {name}" for name in chosen),
            reads=textwrap.indent(statements, "\t\t\t\t"),
            stores=textwrap.indent(stores, "\t\t\t\t\t"),
            members="".join(f", recording.{name}" for name in chosen),
        ) if chosen else ""
        observable = TimedRecording.ObservablePerSynapse(
            TimedRecording.ObservablePerSynapse.Type.int8,
            TimedRecording.ObservablePerSynapse.LayoutPerRow.packed_active_columns,
        )
        return PlasticityRule(
            kernel=_KERNEL.format(views=views),
            recording=TimedRecording(dict.fromkeys(chosen, observable)),
        )
