"""Plasticity rules: what they work on and when, and the C++ source that calls their kernels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from grenade.ppu.recording import RawRecording, Recording, TimedLayout, TimedRecording, ViewShape

KERNEL_NAME = "PLASTICITY_RULE_KERNEL"

Source = tuple[str, str]
"""Name and text of a source file."""

_HEMISPHERES = ("top", "bottom")
_QUEUE_SIZE = 32

_CAPTURED_PPU = re.compile(r"(?<=\[)\s*&ppu\s*(?=\])|(?<=\[)\s*&ppu\s*,|,\s*&ppu\s*(?=[\],])")
"""`ppu` in a lambda's captures. It is global: GCC takes that with a warning, other compilers do not."""


def _check_locations(what: str, name: str, values: Sequence[int]) -> None:
    if not values:
        raise ValueError(f"{what}: no {name}")
    for value in values:
        if not 0 <= value < 256:
            raise ValueError(f"{what}: {name} has {value}, expected 0 to 255")
    if len(set(values)) != len(values):
        raise ValueError(f"{what}: {name} has the same value twice")


def _check_hemisphere(what: str, hemisphere: int) -> None:
    if hemisphere not in (0, 1):
        raise ValueError(f"{what}: hemisphere is {hemisphere!r}, expected 0 (top) or 1 (bottom)")


@dataclass(frozen=True)
class SynapseView:
    """Synapses of a projection on a hemisphere: all crossings of some rows and columns.

    Attributes
    ----------
    hemisphere : int
        0 top, 1 bottom.
    columns, rows : tuple of int
        Synapse columns and rows, 0 to 255, in the order in which the kernel sees them.
    """

    hemisphere: int
    columns: tuple[int, ...]
    rows: tuple[int, ...]

    def __post_init__(self) -> None:
        _check_hemisphere("SynapseView", self.hemisphere)
        _check_locations("SynapseView", "columns", self.columns)
        _check_locations("SynapseView", "rows", self.rows)

    @property
    def shape(self) -> ViewShape:
        return ViewShape(len(self.rows), len(self.columns))


@dataclass(frozen=True)
class NeuronView:
    """Neurons of a population on a hemisphere.

    Attributes
    ----------
    hemisphere : int
        0 top, 1 bottom.
    columns : tuple of int
        Neuron columns, 0 to 255, in the order in which the kernel sees them.
    """

    hemisphere: int
    columns: tuple[int, ...]

    def __post_init__(self) -> None:
        _check_hemisphere("NeuronView", self.hemisphere)
        _check_locations("NeuronView", "columns", self.columns)

    @property
    def shape(self) -> ViewShape:
        return ViewShape(None, len(self.columns))


@dataclass(frozen=True)
class Timer:
    """Times at which a kernel is called, in PPU cycles (4 ns).

    Attributes
    ----------
    start : int
        First call, since the start of the scheduler.
    period : int
        Distance of the calls.
    num_periods : int
        Number of calls.
    snippet : int
        The scheduler is started once in each of the realtime snippets of an experiment; in this one the timer runs.
    """

    start: int
    period: int
    num_periods: int
    snippet: int = 0

    def __post_init__(self) -> None:
        if self.start < 0 or self.period < 1 or self.num_periods < 1 or self.snippet < 0:
            raise ValueError(f"{self!r}: expected start >= 0, period >= 1, num_periods >= 1 and snippet >= 0")

    @property
    def end(self) -> int:
        """Time at which the next call would follow."""
        return self.start + self.period * self.num_periods


@dataclass(frozen=True)
class Handles:
    """What a rule works on, and when it does."""

    synapses: tuple[SynapseView, ...] = ()
    neurons: tuple[NeuronView, ...] = ()
    timers: tuple[Timer, ...] = ()


@dataclass(frozen=True)
class PlasticityRule:
    """A kernel with everything it gets.

    Attributes
    ----------
    kernel : str
        C++ text with a function `PLASTICITY_RULE_KERNEL`.
    handles : tuple of Handles
        Sets of views on which the same kernel works at different times.
    recording : RawRecording, TimedRecording or None
        What it records.
    id : int
        Number that tells rules apart.
    name : str
        Name of the kernel in messages of the compiler. Default: "plasticity rule" and the number.
    """

    kernel: str
    handles: tuple[Handles, ...]
    recording: Recording | None = None
    id: int = 0
    name: str = ""

    def __post_init__(self) -> None:
        if KERNEL_NAME not in self.kernel:
            raise ValueError(f"the kernel of plasticity rule {self.id} has no function {KERNEL_NAME}")
        if self.id < 0:
            raise ValueError(f"the number of a plasticity rule is {self.id}, expected one that is not negative")
        if not self.handles:
            raise ValueError(f"plasticity rule {self.id} has no handles")
        if isinstance(self.recording, TimedRecording):
            shapes = {
                (tuple(view.shape for view in handles.synapses), tuple(view.shape for view in handles.neurons))
                for handles in self.handles
            }
            if len(shapes) > 1:
                raise ValueError(f"the views of plasticity rule {self.id} differ in shape, but share a recording")
            _ = self.layout  # raises if there is no view to record

    @property
    def num_periods(self) -> int:
        """Calls of all timers together, which is the number of records of a timed recording."""
        return sum(timer.num_periods for handles in self.handles for timer in handles.timers)

    @property
    def layout(self) -> TimedLayout | None:
        """Layout of a record of a timed recording."""
        if not isinstance(self.recording, TimedRecording):
            return None
        views = self.handles[0]
        return TimedLayout(
            self.recording, [view.shape for view in views.synapses], [view.shape for view in views.neurons]
        )


def merge_timers(timers: Iterable[Timer]) -> tuple[Timer, ...]:
    """Timers in the order of their start; those that continue another one with the same period become one with it."""
    merged: list[Timer] = []
    for timer in sorted(timers, key=lambda timer: (timer.snippet, timer.start, timer.period)):
        for i, earlier in enumerate(merged):
            if (earlier.snippet, earlier.end, earlier.period) == (timer.snippet, timer.start, timer.period):
                merged[i] = replace(earlier, num_periods=earlier.num_periods + timer.num_periods)
                break
        else:
            merged.append(timer)
    return tuple(merged)


def recording_symbol(rule: PlasticityRule) -> str:
    """Name of the recorded memory of a rule in the program."""
    return f"recorded_scratchpad_memory_{rule.id}"


def recording_period_symbol(rule: PlasticityRule) -> str:
    """Name of the index of the next record of a rule in the program."""
    return f"recorded_scratchpad_memory_period_{rule.id}"


SNIPPET_SYMBOL = "realtime_snippet"
"""Name of the number of the present snippet in a program with timers in several ones, uint32, written by the host."""


def has_snippets(rules: Iterable[PlasticityRule]) -> bool:
    """Whether there are timers in several realtime snippets."""
    timers = [timer for rule in rules for handles in rule.handles for timer in handles.timers]
    return any(timer.snippet for timer in timers)


def event_drop_count_symbols(rule: PlasticityRule) -> tuple[str, ...]:
    """Names of the counters of missed calls, one for each merged timer."""
    return tuple(
        _timer_name(h, rule, j) + "_event_drop_count"
        for h, handles in enumerate(rule.handles) for j in range(len(merge_timers(handles.timers)))
    )


def rule_source(rule: PlasticityRule) -> Source:
    """C++ source with the kernel, its handles and the functions that the scheduler calls."""
    name = rule.name or f"plasticity rule {rule.id}"
    generated = f"calls of {name}"
    kernel = _CAPTURED_PPU.sub(_without_capture, rule.kernel)
    kernel = kernel.replace(KERNEL_NAME, f"plasticity_rule_kernel_{rule.id}", 1)
    if not kernel.endswith("\n"):
        kernel += "\n"
    head = _recording_source(rule)
    body = "".join(_handles_source(rule, h) for h in range(len(rule.handles)))
    text = f"{head}#line 1 {_quoted(name)}\n{kernel}#line 1 {_quoted(generated)}\n{_CALL_INCLUDES}{body}"
    return f"plasticity_rule_{rule.id}.cpp", text


def scheduling_source(rules: Sequence[PlasticityRule]) -> Source:
    """C++ source with the function `scheduling` that calls all kernels at their times.

    Raises
    ------
    ValueError
        Two rules have the same number.
    """
    if len({rule.id for rule in rules}) != len(rules):
        raise ValueError("two plasticity rules have the same number")
    declarations, timers, deadlines, counts, names = "", "", "", "", []
    snippets = has_snippets(rules)
    if snippets:
        declarations += f"volatile uint32_t {SNIPPET_SYMBOL};\n"
    for rule in rules:
        for h, handles in enumerate(rule.handles):
            declarations += f"void {_service_name(h, rule)}();\n"
            for j, timer in enumerate(merge_timers(handles.timers)):
                name = _timer_name(h, rule, j)
                names.append(name)
                periods, condition = f"{timer.num_periods}u", ""
                if snippets:
                    condition = f"{SNIPPET_SYMBOL} == {timer.snippet}u"
                    periods, condition = f"{condition} ? {periods} : 0u", f"if ({condition}) "
                declarations += f"volatile uint32_t {name}_event_drop_count;\n"
                timers += (
                    f"\tTimer {name}({_service_name(h, rule)});\n"
                    f"\t{name}.set_period({timer.period}ull);\n"
                    f"\t{name}.set_num_periods({periods});\n"
                )
                deadlines += f"\t{name}.set_first_deadline(current + {timer.start}ull);\n"
                counts += f"\t{condition}{name}_event_drop_count = {name}.get_missed_count();\n"
    text = _SCHEDULING.format(
        declarations=declarations, timers=timers, deadlines=deadlines, counts=counts,
        names=", ".join(names), queue_size=_QUEUE_SIZE,
    )
    return "scheduling.cpp", text


_CALL_INCLUDES = """\
#include "grenade/vx/ppu/detail/make_handle.h"
#include "grenade/vx/ppu/time.h"
#include "libnux/vx/mailbox.h"
"""

_RECORDING_INCLUDES = """\
#include "grenade/vx/ppu/detail/tuple.h"
#include "grenade/vx/ppu/detail/uninitialized.h"
#include "libnux/vx/vector_row.h"
#include <array>
#include <cstddef>
#include <cstdint>
"""

_SCHEDULING = """\
#include "grenade/vx/ppu/detail/time.h"
#include "libnux/scheduling/Scheduler.hpp"
#include "libnux/scheduling/Timer.hpp"
#include "libnux/scheduling/types.hpp"
#include <cstdint>
#include <tuple>

extern volatile uint64_t runtime;
volatile uint32_t scheduler_event_drop_count;
{declarations}
void scheduling()
{{
	// Made for each execution: what one leaves behind does not reach the next.
	Scheduler<{queue_size}> scheduler;
{timers}	auto timers = std::tie({names});
	grenade::vx::ppu::detail::initialize_time_origin();
	time_type const current = get_time();
{deadlines}	scheduler.execute(current + runtime, timers);
	scheduler_event_drop_count = scheduler.get_dropped_events_count();
{counts}}}
"""


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _without_capture(match: re.Match[str]) -> str:
    """Spaces as long as the capture, so that the columns of messages stay; `[&ppu]` still captures by reference."""
    text = match.group()
    alone = not text.lstrip().startswith(",") and not text.rstrip().endswith(",")
    return ("&" if alone else " ").ljust(len(text))


def _service_name(h: int, rule: PlasticityRule) -> str:
    return f"plasticity_rule_{h}_{rule.id}"


def _timer_name(h: int, rule: PlasticityRule, j: int) -> str:
    return f"timer_{h}_{rule.id}_{j}"


def _recording_source(rule: PlasticityRule) -> str:
    if rule.recording is None:
        return ""
    # A name for each rule: all rules become one program, in which a name has one meaning.
    struct = f"Recording_{rule.id}"
    if isinstance(rule.recording, RawRecording):
        size = rule.recording.scratchpad_memory_size
        count = 1
        text = f"struct {struct}\n{{\n\tstd::array<char, {size}> memory;\n}};\n"
        text += f'static_assert(sizeof({struct}) == {size}, "layout of Recording");\n'
    else:
        layout = rule.layout
        assert layout is not None
        count = max(rule.num_periods, 1)
        text = layout.struct(struct)
    section = "ext_dram.data.keep" if rule.recording.placement_in_dram else "ext.data.keep"
    memory = recording_symbol(rule)
    return (
        f"{_RECORDING_INCLUDES}\n{text}using Recording = {struct};\n"
        f"volatile size_t {recording_period_symbol(rule)};\n"
        f"grenade::vx::ppu::detail::uninitialized<{struct}> {memory}[{count}]\n"
        f'    __attribute__((section("{section}")));\n'
        f"static {struct}& next_recording()\n{{\n"
        f"\treturn grenade::vx::ppu::detail::uninitialized_cast({memory}[{recording_period_symbol(rule)}]);\n}}\n"
        f"static void finish_recording()\n{{\n"
        f"\tsize_t const next = {recording_period_symbol(rule)} + 1;\n"
        f"\t{recording_period_symbol(rule)} = next < {count} ? next : 0;\n}}\n"
    )


def _handles_source(rule: PlasticityRule, h: int) -> str:
    """Views of a set of handles, and the function that calls the kernel with them."""
    handles = rule.handles[h]
    tables, synapses, neurons = "", [], []
    for i, view in enumerate(handles.synapses):
        columns, rows = f"columns_{i}", f"rows_{i}"
        tables += _table(columns, view.columns) + _table(rows, view.rows)
        synapses.append(
            f"grenade::vx::ppu::detail::make_synapse_array_view_handle({_hemisphere(view.hemisphere)}, "
            f"{columns}, {len(view.columns)}, {rows}, {len(view.rows)})"
        )
    for i, neuron_view in enumerate(handles.neurons):
        columns = f"neuron_columns_{i}"
        tables += _table(columns, neuron_view.columns)
        neurons.append(
            f"grenade::vx::ppu::detail::make_neuron_view_handle({_hemisphere(neuron_view.hemisphere)}, "
            f"{columns}, {len(neuron_view.columns)})"
        )
    recording = "" if rule.recording is None else ", next_recording()"
    finish = "" if rule.recording is None else "\tfinish_recording();\n"
    # A namespace of its own keeps the kernel's names apart.
    space = f"handles_{h}_{rule.id}"
    return (
        f"namespace {space} {{\n{tables}"
        f"{_array('SynapseArrayViewHandle', 'synapses', synapses)}"
        f"{_array('NeuronViewHandle', 'neurons', neurons)}"
        f"}} // namespace {space}\n"
        f"void {_service_name(h, rule)}()\n{{\n"
        f"{_time_stamp(rule, 'begin')}"
        f"\tplasticity_rule_kernel_{rule.id}({space}::synapses, {space}::neurons{recording});\n"
        f"{finish}"
        f"{_time_stamp(rule, 'end')}}}\n"
    )


def _hemisphere(hemisphere: int) -> str:
    return f"libnux::vx::PPUOnDLS::{_HEMISPHERES[hemisphere]}"


def _array(type_: str, name: str, values: Sequence[str]) -> str:
    entries = f"{{{', '.join(values)}}}" if values else ""
    return f"static std::array<grenade::vx::ppu::{type_}, {len(values)}> {name}{{{entries}}};\n"


def _table(name: str, values: Sequence[int]) -> str:
    """Numbers in external memory, since they are needed only at the start."""
    numbers = ", ".join(map(str, values))
    return f'alignas(4) static uint8_t {name}[] __attribute__((section("ext.data"))) = {{{numbers}}};\n'


def _time_stamp(rule: PlasticityRule, what: str) -> str:
    return (
        f'\tlibnux::vx::mailbox_write_string("rule {rule.id} {what} ");\n'
        f"\tlibnux::vx::mailbox_write_int(static_cast<uint32_t>(grenade::vx::ppu::now()));\n"
        f'\tlibnux::vx::mailbox_write_string("\\n");\n'
    )
