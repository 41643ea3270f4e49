"""What CPU has to be paid for which goodput: all points of a study, and each path's frontier."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from analysis.limits import OFF
from analysis.outcome import Cell, Outcome
from analysis.plots import panels
from analysis.plots.curves import RING
from analysis.plots.panels import Picture
from analysis.plots.style import Line, line_style, lines_of
from analysis.quantities import find

TAKES = "two points with hosts"
GOODPUT, PAID = find("goodput"), find("cores")
Point = tuple[float, float]  # goodput, busy cores


def point_of(cell: Cell) -> Point:
    """A cell's goodput and busy cores; NaN where no host is modelled."""
    return cell.estimate(GOODPUT).mean, cell.estimate(PAID).mean


def drawable(outcome: Outcome) -> list[Cell]:
    """The cells that have CPU to be drawn."""
    return [c for c in outcome.done if not any(math.isnan(value) for value in point_of(c))]


def applies(outcome: Outcome) -> bool:
    """Whether there is more than one point with CPU."""
    return len(drawable(outcome)) > 1


def frontier(points: Sequence[Point]) -> list[Point]:
    """Those points for which no other is as fast for as little CPU, by goodput."""
    best: list[Point] = []
    for goodput, paid in sorted(points, key=lambda point: (-point[0], point[1])):
        if not best or paid < best[-1][1]:
            best.append((goodput, paid))
    return best[::-1]


def pictures(outcome: Outcome, _options: dict[str, object]) -> Iterator[Picture]:
    """One picture of all points."""
    cells = drawable(outcome)
    if not cells:
        return
    figure, legend, ((axes,),) = panels.grid(1, 1, 2.3)
    lines = lines_of(list(dict.fromkeys(outcome.label(cell) for cell in cells)))
    for series, line in lines.items():
        own = [point_of(cell) for cell in cells if outcome.label(cell) == series]
        draw_series(axes, own, series, line)
    off = [point_of(cell) for cell in cells if outcome.is_off(cell)]
    axes.plot([x for x, _ in off], [y for _, y in off], **RING)
    axes.set_xlim(0, 1.06 * max(point_of(cell)[0] for cell in cells) or 1)
    axes.set_ylim(0, 1.06 * max(point_of(cell)[1] for cell in cells) or 1)
    axes.grid(linewidth=0.3)
    axes.set_xlabel(GOODPUT.title())
    axes.set_ylabel(PAID.title())
    entries = {name: Line2D([], [], **line_style(name, line)) for name, line in lines.items()}
    if off:
        entries[f"over {100 * OFF:.0f} % off its limit"] = Line2D([], [], **RING)
    panels.legend(legend, entries)
    said = "Every point of the study. Lines join those of a path for which no other of its points "
    said += f"is as fast for as little CPU. {panels.repetitions(cells)}"
    yield Picture("frontier", "CPU that a goodput costs", said, figure)


def draw_series(axes: Axes, points: Sequence[Point], series: str, line: Line) -> None:
    """All points of a path, and its frontier as a line of steps: the CPU for at least a goodput."""
    style = line_style(series, line)
    axes.plot(*zip(*points), **{**style, "linestyle": "none"}, alpha=0.6)
    best = frontier(points)
    axes.step(*zip(*best), where="pre", **{**style, "marker": ""})
