"""Quantities against a swept value: a line a path, with bands of 95 % confidence.

The analytic limit of goodput lies behind the lines, and points far from it have a ring.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.limits import OFF
from analysis.outcome import Cell, Outcome
from analysis.plots import panels
from analysis.plots.axes import Axis
from analysis.plots.panels import Picture
from analysis.plots.style import Line, line_style, lines_of
from analysis.quantities import Quantity, find

TAKES = "a swept value, and runs with its quantity"
VALUES = ("goodput", "cpu")
LIMITED = "goodput"  # the quantity that the limits are limits of
FAINT = 0.25  # opacity of limits, which lie behind
LABEL = 20  # characters that the height of a panel has room for
BAND = 0.15  # opacity of intervals: three of them may lie on each other
RING = {
    "marker": "o",
    "markersize": 9,
    "markeredgewidth": 0.8,
    "fillstyle": "none",
    "color": "black",
    "linestyle": "none",
}


@dataclass(frozen=True)
class Row:
    """Panels beside each other: cells, and a quantity for each column, with what its axis says."""

    label: str
    cells: tuple[Cell, ...]
    quantities: tuple[Quantity, ...]
    titles: tuple[str, ...]


def applies(outcome: Outcome) -> bool:
    """Whether something has been swept."""
    return bool(outcome.swept())


def pictures(outcome: Outcome, options: dict[str, object]) -> Iterator[Picture]:
    """A picture for each swept axis, or for that of the option `x`."""
    quantities = applicable(outcome, chosen(options))
    for x in [str(options["x"])] if "x" in options else outcome.swept():
        if quantities and len(panels.axis_of(outcome, x).values) > 1:
            yield picture(outcome, x, quantities)


def chosen(options: dict[str, object]) -> list[Quantity]:
    """The quantities that a study names, or goodput and CPU."""
    return [find(str(name)) for name in ([options["value"]] if "value" in options else VALUES)]


def applicable(outcome: Outcome, quantities: Sequence[Quantity]) -> tuple[Quantity, ...]:
    """Those of the quantities that some record has."""
    return tuple(
        quantity
        for quantity in quantities
        if any(not math.isnan(cell.estimate(quantity).mean) for cell in outcome.done)
    )


def picture(outcome: Outcome, x: str, quantities: tuple[Quantity, ...]) -> Picture:
    """Quantities against one axis; a row of panels for each value of what else was swept."""
    groups, note = panels.facets(outcome, [x])
    axis = panels.axis_of(outcome, x)
    # words at an axis take more room than numbers: their panels stand below each other
    beside = [quantities] if axis.numbers else [(quantity,) for quantity in quantities]
    rows = [
        Row(group.label, group.cells, each, tuple(quantity.title() for quantity in each))
        for group in groups
        for each in beside
    ]
    what = " and ".join(quantity.label for quantity in quantities)
    named = (q.name.replace(".", "-") for q in quantities if q.name not in VALUES)
    name = "-".join(["curves", x, *named])
    return draw(outcome, axis, rows, name, f"{what} against {axis.noun}", panels.shown_note(note))


def draw(
    outcome: Outcome, axis: Axis, rows: Sequence[Row], name: str, title: str, note: str
) -> Picture:
    """A picture of rows of panels over one axis."""
    columns = len(rows[0].quantities)
    lines_below = max(axis.show(value).count("\n") for value in axis.values)
    figure, legend, grid = panels.grid(len(rows), columns, below=0.3 + 0.12 * lines_below)
    series = list(dict.fromkeys(outcome.label(cell) for row in rows for cell in row.cells))
    lines = lines_of(series)
    heights: dict[str, list[float]] = {}
    for row, panel_row in zip(rows, grid):
        for axes, quantity, words in zip(panel_row, row.quantities, row.titles):
            drawn = draw_panel(axes, outcome, axis, row.cells, quantity, lines)
            heights.setdefault(quantity.name, []).extend(drawn)
            panels.set_up_x(axes, axis, columns, panel_row is grid[-1])
            axes.set_ylabel(textwrap.fill(words, LABEL), fontsize=7)
        panel_row[0].set_title(row.label, loc="left", fontsize=7)
    for row, panel_row in zip(rows, grid):  # small multiples have one scale
        for axes, quantity in zip(panel_row, row.quantities):
            panels.set_up_y(axes, heights[quantity.name])
    figure.supxlabel(axis.label, fontsize=8)
    cells = [cell for row in rows for cell in row.cells]
    cells = list({id(cell): cell for cell in cells}.values())
    quantities = [quantity for row in rows for quantity in row.quantities]
    panels.legend(legend, legend_entries(outcome, cells, quantities, lines))
    return Picture(name, title, caption(outcome, cells, quantities) + note, figure)


def draw_panel(
    axes: Axes,
    outcome: Outcome,
    axis: Axis,
    cells: Sequence[Cell],
    quantity: Quantity,
    lines: dict[str, Line],
) -> list[float]:
    """One panel: paths' lines with bands, limits behind them, and rings. Returns the heights."""
    values = []
    for series, line in lines.items():
        own = [c for c in cells if outcome.label(c) == series]
        own = [c for c in own if not math.isnan(c.estimate(quantity).mean)]
        own.sort(key=lambda cell: axis.places[cell.values[axis.name]])
        if own:
            values += draw_series(axes, axis, own, quantity, series, line)
            if quantity.name == LIMITED:
                values += draw_limits(axes, outcome, axis, own, line[0])
    return values


def draw_series(
    axes: Axes, axis: Axis, cells: Sequence[Cell], quantity: Quantity, series: str, line: Line
) -> list[float]:
    """A line with its band, or points with bars where the axis has no numbers. Returns heights."""
    places = [axis.places[cell.values[axis.name]] for cell in cells]
    found = [cell.estimate(quantity) for cell in cells]
    means = [estimate.mean for estimate in found]
    halves = [0 if math.isnan(estimate.half) else estimate.half for estimate in found]
    style = line_style(series, line)
    if axis.numbers:
        axes.plot(places, means, **style)
        low = [mean - half for mean, half in zip(means, halves)]
        high = [mean + half for mean, half in zip(means, halves)]
        axes.fill_between(places, low, high, color=line[0], alpha=BAND, linewidth=0)
    else:
        axes.errorbar(places, means, halves, **{**style, "linestyle": "none"})
    return means


def draw_limits(
    axes: Axes, outcome: Outcome, axis: Axis, cells: Sequence[Cell], colour: str
) -> list[float]:
    """The analytic limits behind a path's points, and rings around those far from them."""
    places = [axis.places[cell.values[axis.name]] for cell in cells]
    bounds = [outcome.limit(cell)[1].mean for cell in cells]
    style = {"linestyle": "-"} if axis.numbers else {"marker": "_", "markersize": 14}
    axes.plot(
        places,
        bounds,
        **{"linestyle": "none", **style},
        color=colour,
        alpha=FAINT,
        linewidth=4,
        markeredgewidth=4,
        solid_capstyle="butt",
        zorder=0.5,
    )
    off = [(place, cell) for place, cell in zip(places, cells) if outcome.is_off(cell)]
    means = [cell.estimate(find(LIMITED)).mean for _, cell in off]
    axes.plot([place for place, _ in off], means, **RING)
    return [bound for bound in bounds if not math.isnan(bound)]


def legend_entries(
    outcome: Outcome,
    cells: Sequence[Cell],
    quantities: Sequence[Quantity],
    lines: dict[str, Line],
) -> dict[str, Artist]:
    """What the legend has: the paths, and what else is in the picture."""
    entries: dict[str, Artist] = {
        series: Line2D([], [], **line_style(series, line)) for series, line in lines.items()
    }
    if any(quantity.name == LIMITED for quantity in quantities):
        entries["analytic limit"] = Line2D([], [], color="black", alpha=FAINT, linewidth=4)
        if any(outcome.is_off(cell) for cell in cells):
            entries[f"over {100 * OFF:.0f} % off it"] = Line2D([], [], **RING)
    if any(len(cell.records) > 1 for cell in cells):
        entries["95 % interval"] = Patch(color="black", alpha=BAND, linewidth=0)
    return entries


def caption(outcome: Outcome, cells: Sequence[Cell], quantities: Sequence[Quantity]) -> str:
    """What a reader has to know: how many repetitions, and which points are off their limits."""
    said = panels.repetitions(cells, "bands are")
    if any(quantity.name == LIMITED for quantity in quantities):
        off = [cell for cell in cells if outcome.is_off(cell)]
        said += f" {len(off)} of {len(cells)} points are more than {100 * OFF:.0f} % off the "
        said += "analytic limit."
    return said
