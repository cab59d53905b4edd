"""Places of populations in a picture of a network, and the ways of the arrows between them.

Populations stand in layers, from left to right by the longest way from a source; those that drive each other in
circles stand in one layer. An arrow over several layers gets a place of its own in each layer between, so that it runs
past the populations there. Lengths are in inches at the usual size of the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import networkx as nx
import numpy as np

from grenade.network.network import ExecutionInstance, Network

WIDTH, HEIGHT = 2.0, 0.9
"""Size of the box of a population."""
MARGIN = 0.6
"""Distance from the boxes to the frame of their execution instance."""
_ACROSS, _DOWN, _DOWN_VIA = 4.4, 1.75, 0.55
_BETWEEN_FRAMES = 0.75
_PORT = 0.2
"""Distance of the ends of arrows at one side of a box."""
_TEXT_HEIGHT, _TEXT_WIDTH = 0.17, 0.064
"""Height of a text at an arrow, and width of a character of it."""

Key = tuple[int, int]
"""Execution instance and population."""


@dataclass
class Arrow:
    """A projection.

    Attributes
    ----------
    pre, post : tuple of int
        Execution instance and population at both ends.
    text : str
        What is written beside it.
    colour : str
        Colour.
    size : int
        Number of connections.
    between : bool
        Whether it goes from one execution instance to another.
    points : ndarray of float64, (3 k + 1, 2)
        Way: k cubic curves, each with two control points between its ends.
    label : tuple of float
        Middle of the text.
    """

    pre: Key
    post: Key
    text: str
    colour: str
    size: int
    between: bool = False
    points: np.ndarray = field(default_factory=lambda: np.zeros((1, 2)))
    label: tuple[float, float] = (0.0, 0.0)


@dataclass
class Frame:
    """Frame around an execution instance."""

    low: float
    high: float
    right: float


@dataclass
class Layout:
    """Where everything is.

    Attributes
    ----------
    boxes : dict
        Centre of the box of each population.
    frames : dict
        Frame of each execution instance.
    """

    boxes: dict[Key, tuple[float, float]] = field(default_factory=dict)
    frames: dict[int, Frame] = field(default_factory=dict)


Via = tuple[int, int]
"""Place that an arrow, given by its number, passes in a layer, given by its index."""
_Item = Any  # a population's number or a Via


def lay_out(network: Network, arrows: Sequence[Arrow], labelled: bool = True) -> Layout:
    """Place populations and frames, and give all arrows their ways and, if they are labelled, places of texts."""
    layout = Layout()
    # Places that each arrow passes, from left to right.
    vias: dict[int, list[tuple[float, float]]] = {number: [] for number in range(len(arrows))}
    top = 0.0
    for instance in network.topologically_sorted_execution_instance_ids:
        inner = {
            number: arrow for number, arrow in enumerate(arrows)
            if not arrow.between and arrow.pre[0] == int(instance)
        }
        layers = _layers(network.execution_instances[instance], inner)
        top = _place(layout, int(instance), layers, vias, top) - _BETWEEN_FRAMES
    _route(layout, arrows, vias)
    if labelled:
        _label(layout, arrows)
    return layout


def _layers(instance: ExecutionInstance, arrows: dict[int, Arrow]) -> list[list[_Item]]:
    """Populations and places of passing arrows in each layer, in an order with few crossings."""
    graph = nx.DiGraph()
    graph.add_nodes_from(int(descriptor) for descriptor in instance.populations)
    graph.add_edges_from((arrow.pre[1], arrow.post[1]) for arrow in arrows.values())
    condensed = nx.condensation(graph)
    layers: list[list[_Item]] = [
        sorted(member for node in generation for member in condensed.nodes[node]["members"])
        for generation in nx.topological_generations(condensed)
    ]
    layer_of = {item: index for index, layer in enumerate(layers) for item in layer}
    neighbours = nx.DiGraph()
    for number, arrow in arrows.items():
        chain: list[_Item] = [arrow.pre[1]]
        for index in range(layer_of[arrow.pre[1]] + 1, layer_of[arrow.post[1]]):
            via = (number, index)
            layers[index].insert(0, via)
            chain.append(via)
        nx.add_path(neighbours, [*chain, arrow.post[1]])
    for _ in range(3):
        for index in range(1, len(layers)):
            _sort(layers[index], layers[index - 1], neighbours.reverse(copy=False))
        for index in range(len(layers) - 1, 0, -1):
            _sort(layers[index - 1], layers[index], neighbours)
    return layers


def _sort(layer: list[_Item], fixed: list[_Item], neighbours: nx.DiGraph) -> None:
    """Sort a layer by the mean place of the neighbours in the layer beside it."""
    place = {item: (index + 0.5) / len(fixed) for index, item in enumerate(fixed)}
    own = {item: (index + 0.5) / len(layer) for index, item in enumerate(layer)}

    def height(item: _Item) -> float:
        found = [place[each] for each in neighbours.successors(item) if each in place] if item in neighbours else []
        return sum(found) / len(found) if found else own[item]

    layer.sort(key=height)


def _place(
    layout: Layout, instance: int, layers: list[list[_Item]], vias: dict[int, list[tuple[float, float]]], top: float
) -> float:
    """Place the layers of an execution instance below `top`; its lower end is returned."""
    heights = [sum(_DOWN_VIA if isinstance(item, tuple) else _DOWN for item in layer) for layer in layers]
    tallest = max(heights, default=_DOWN)
    for column, (layer, height) in enumerate(zip(layers, heights, strict=True)):
        x, y = column * _ACROSS, top - MARGIN - (tallest - height) / 2 + (_DOWN - HEIGHT) / 2
        for item in layer:
            size = _DOWN_VIA if isinstance(item, tuple) else _DOWN
            if isinstance(item, tuple):
                vias[item[0]].append((x, y - size / 2))
            else:
                layout.boxes[instance, item] = (x, y - size / 2)
            y -= size
    low = top - tallest - 2 * MARGIN + (_DOWN - HEIGHT)
    layout.frames[instance] = Frame(low, top, max(len(layers) - 1, 0) * _ACROSS + WIDTH / 2 + MARGIN)
    return low


# -- ways --------------------------------------------------------------------------------------------------------------


def _route(layout: Layout, arrows: Sequence[Arrow], vias: dict[int, list[tuple[float, float]]]) -> None:
    """Give every arrow its way."""
    boxes = layout.boxes
    ports = _ports(layout, arrows, vias)
    loops: dict[tuple[Key, Key], int] = {}
    for number, arrow in enumerate(arrows):
        (x0, y0), (x1, y1) = boxes[arrow.pre], boxes[arrow.post]
        parallel = loops.get((arrow.pre, arrow.post), 0)
        loops[arrow.pre, arrow.post] = parallel + 1
        if arrow.between:
            arrow.points = _vertical((x0, y0 - HEIGHT / 2), (x1 - 0.3 + 0.15 * parallel, y1 + HEIGHT / 2))
        elif arrow.pre == arrow.post:
            arrow.points = _loop(x0 + WIDTH / 2 - 0.12, y0 + HEIGHT / 2, parallel)
        elif x0 == x1:
            arrow.points = _beside(x0, y0, y1, parallel)
        else:
            ends = [(x0 + WIDTH / 2, y0 + ports["out", number]), (x1 - WIDTH / 2, y1 + ports["in", number])]
            stops = [ends[0], *((x + dx, y) for x, y in vias[number] for dx in (-WIDTH / 2, WIDTH / 2)), ends[1]]
            arrow.points = _horizontal(stops)


def _ports(
    layout: Layout, arrows: Sequence[Arrow], vias: dict[int, list[tuple[float, float]]]
) -> dict[tuple[str, int], float]:
    """Height of both ends of arrows to other layers, relative to the middle of the box, ordered against crossings."""
    sides: dict[tuple[str, Key], list[tuple[float, int]]] = {}
    for number, arrow in enumerate(arrows):
        pre, post = layout.boxes[arrow.pre], layout.boxes[arrow.post]
        if arrow.between or pre[0] == post[0]:
            continue
        way = [pre, *vias[number], post]
        sides.setdefault(("out", arrow.pre), []).append((-way[1][1], number))
        sides.setdefault(("in", arrow.post), []).append((-way[-2][1], number))
    ports = {}
    for (side, _), ends in sides.items():
        step = min(_PORT, (HEIGHT - 0.15) / max(len(ends) - 1, 1))
        for place, (_, number) in enumerate(sorted(ends)):
            ports[side, number] = ((len(ends) - 1) / 2 - place) * step
    return ports


def _horizontal(stops: Sequence[tuple[float, float]]) -> np.ndarray:
    """Way through points which is level at each of them."""
    points = [stops[0]]
    for (x0, y0), (x1, y1) in zip(stops, stops[1:], strict=False):
        points += [((x0 + x1) / 2, y0), ((x0 + x1) / 2, y1), (x1, y1)]
    return np.array(points)


def _vertical(begin: tuple[float, float], end: tuple[float, float]) -> np.ndarray:
    middle = (begin[1] + end[1]) / 2
    return np.array([begin, (begin[0], middle), (end[0], middle), end])


def _beside(x: float, y0: float, y1: float, parallel: int) -> np.ndarray:
    """Way between two boxes of a layer: right of the middle downwards, left of it upwards, around boxes between."""
    side = 1 if y1 < y0 else -1
    if abs(y1 - y0) < 1.5 * _DOWN:
        place = x + side * (0.3 + 0.2 * parallel)
        return _vertical((place, y0 - side * HEIGHT / 2), (place, y1 + side * HEIGHT / 2))
    edge, out = x + side * WIDTH / 2, x + side * (WIDTH / 2 + 0.5 + 0.2 * parallel)
    return np.array([(edge, y0 - 0.3 * side), (out, y0 - 0.3 * side), (out, y1 + 0.3 * side), (edge, y1 + 0.3 * side)])


def _loop(x: float, y: float, parallel: int) -> np.ndarray:
    """Way from a box to itself, above its right corner."""
    high = 0.45 + 0.2 * parallel
    return np.array([(x, y), (x + 0.12, y + high), (x - 0.42, y + high), (x - 0.3, y)])


# -- texts -------------------------------------------------------------------------------------------------------------


def _label(layout: Layout, arrows: Sequence[Arrow]) -> None:
    """Put texts beside their arrows, where they cover neither boxes nor each other if there is such a place."""
    taken = [(x, y, WIDTH + 0.1, HEIGHT + 0.06) for x, y in layout.boxes.values()]
    for arrow in arrows:
        if arrow.pre == arrow.post:
            (x0, y0), (x1, y1) = arrow.points.min(axis=0), arrow.points.max(axis=0)
            taken.append((float(x0 + x1) / 2, float(y0 + y1) / 2 - 0.08, float(x1 - x0), float(y1 - y0) - 0.16))
    # Loops have the least choice.
    for arrow in sorted(arrows, key=lambda each: (each.pre != each.post, len(each.points))):
        size = (_TEXT_WIDTH * len(arrow.text), _TEXT_HEIGHT)
        candidates = _candidates(arrow, size[0])
        free = (at for at in candidates if not any(_overlap((*at, *size), other) for other in taken))
        arrow.label = next(free, candidates[0])
        taken.append((*arrow.label, *size))


def _candidates(arrow: Arrow, width: float) -> list[tuple[float, float]]:
    """Places for the text of an arrow, best ones first."""
    steps = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82, 0.1, 0.9)
    beside = arrow.points[0, 0] == arrow.points[-1, 0] and arrow.pre != arrow.post
    result = []
    pieces = (len(arrow.points) - 1) // 3
    for step in steps:
        for piece in sorted(range(pieces), key=lambda each: abs(each - pieces / 2 + 0.5)):
            x, y = _at(arrow.points[3 * piece : 3 * piece + 4], step)
            if arrow.pre == arrow.post:
                x, y = x + width / 2 - 0.25, y + 0.1 + _TEXT_HEIGHT / 2
            elif beside:
                x += (width / 2 + 0.05) * (1 if arrow.points[-1, 1] < arrow.points[0, 1] else -1)
            result.append((float(x), float(y)))
    return result


def _at(points: np.ndarray, t: float) -> np.ndarray:
    """Point of a cubic curve."""
    weights = np.array([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    return np.asarray(weights @ points)


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return abs(a[0] - b[0]) < (a[2] + b[2]) / 2 and abs(a[1] - b[1]) < (a[3] + b[3]) / 2
