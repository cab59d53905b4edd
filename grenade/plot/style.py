"""Colours and settings that all pictures share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EXCITATORY, INHIBITORY, BOTH = "#d62728", "#1f77b4", "#9467bd"
UNUSED, GRID, TEXT = "#f2f2f2", "#c8c8c8", "#404040"

_SETTINGS: Any = {
    "font.size": 9.0, "axes.titlesize": 10.0, "axes.labelsize": 9.0, "axes.spines.top": False,
    "axes.spines.right": False, "legend.frameon": False, "figure.dpi": 110.0, "savefig.dpi": 110.0,
    "axes.edgecolor": TEXT, "axes.labelcolor": TEXT, "xtick.color": TEXT, "ytick.color": TEXT,
}


def settings() -> Any:
    """Context in which pictures are drawn; matplotlib is loaded here, at the first picture."""
    import matplotlib

    return matplotlib.rc_context(_SETTINGS)


def new_figure(width: float, height: float) -> Figure:
    """A figure of a size in inches that belongs to no window, so that none has to be closed and no screen is needed."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def colours(count: int) -> np.ndarray:
    """Distinct colours: ndarray of float64, (count, 4), RGBA."""
    import matplotlib

    if count <= 10:
        return np.asarray(matplotlib.colormaps["tab10"](np.arange(count)))
    if count <= 20:
        return np.asarray(matplotlib.colormaps["tab20"](np.arange(count)))
    return np.asarray(matplotlib.colormaps["turbo"](np.linspace(0.05, 0.95, count)))
