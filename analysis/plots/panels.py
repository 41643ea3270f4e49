"""Pictures of several panels: the same axes again for each value of what else was swept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from matplotlib import pyplot as plt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import (
    EngFormatter,
    FixedFormatter,
    FixedLocator,
    FuncFormatter,
    LogLocator,
    NullLocator,
)

from analysis.outcome import Cell, Outcome
from analysis.plots.axes import Axis
from analysis.plots.style import COLUMN

ROWS = 4  # panels of a picture that stand below each other: more are a tangle of their own
LETTERS = 54  # of names that stand beside each other in a legend
MARGIN = 0.09  # of a panel's width beside its first and last points
FAR = 20  # largest over smallest value from which a vertical axis is logarithmic


@dataclass(frozen=True)
class Picture:
    """A picture: its file's stem, what it shows in a few words, and what a reader has to know."""

    name: str
    title: str
    caption: str
    figure: Figure


@dataclass(frozen=True)
class Facet:
    """Cells that differ in a picture's own axes alone, and what they have in common."""

    label: str
    cells: tuple[Cell, ...]


def axis_of(outcome: Outcome, name: str, cells: Iterable[Cell] | None = None) -> Axis:
    """An axis of a study, with the values that some cells have (default: all that are done)."""
    chosen = outcome.done if cells is None else cells
    there = {cell.values[name] for cell in chosen if name in cell.values}
    planned = dict.fromkeys(cell.values.get(name) for cell in outcome.cells)
    return Axis(name, tuple(value for value in planned if value in there))


def facets(outcome: Outcome, own: Sequence[str], most: int = ROWS) -> tuple[list[Facet], str]:
    """The cells of a picture in groups, and a note where not all of them are shown.

    `own` are the axes of the picture itself. Each combination of the values of the others is a
    group; where there are more than `most`, axes are thinned, their ends kept.
    """
    cells = [cell for cell in outcome.done if all(axis in cell.values for axis in own)]
    others = [axis_of(outcome, name, cells) for name in outcome.swept() if name not in own]
    others = [axis for axis in others if len(axis.values) > 1]
    counts = [len(axis.values) for axis in others]
    while prod(counts) > most:
        counts[counts.index(max(counts))] -= 1
    shown = [thinned(axis.ordered, count) for axis, count in zip(others, counts)]
    notes = [
        f"{len(some)} of {len(axis.values)} values of {axis.noun}"
        for some, axis in zip(shown, others)
        if len(some) < len(axis.values)
    ]
    groups = [grouped(cells, others, values) for values in product(*shown)]
    return [group for group in groups if group.cells], ", ".join(notes)


def thinned(values: Sequence[str], count: int) -> list[str]:
    """Some of the values, evenly spread, with both ends; one alone is the one in the middle."""
    if count == 1:
        return [values[len(values) // 2]]
    return [values[round(at * (len(values) - 1) / (count - 1))] for at in range(count)]


def grouped(cells: Sequence[Cell], axes: Sequence[Axis], values: Sequence[str]) -> Facet:
    """The cells at some values of some axes."""
    wanted = {axis.name: value for axis, value in zip(axes, values)}
    label = ", ".join(axis.say(value) for axis, value in zip(axes, values))
    matching = (c for c in cells if all(c.values.get(n) == v for n, v in wanted.items()))
    return Facet(label, tuple(matching))


def shown_note(note: str) -> str:
    """What a caption says of panels that were left out."""
    return f" Shown: {note}; the tables have all." if note else ""


def grid(
    rows: int, columns: int, height: float = 1.25, legend: float = 0.4, below: float = 0.3
) -> tuple[Figure, Axes, list[list[Axes]]]:
    """A figure with a row for the legend and panels below it, and their labels; inches."""
    names = [[f"{row} {column}" for column in range(columns)] for row in range(rows)]
    figure, axes = plt.subplot_mosaic(
        [["legend"] * columns, *names],
        figsize=(COLUMN, legend + below + height * rows),
        gridspec_kw={"height_ratios": [legend, *[height] * rows]},
    )
    return figure, axes["legend"], [[axes[name] for name in row] for row in names]


def set_up_x(axes: Axes, axis: Axis, columns: int, labels: bool) -> None:
    """Makes a panel's horizontal axis; `labels`: whether it is the lowest of its column."""
    width = COLUMN / columns - 0.7
    longest = max(len(line) for value in axis.values for line in axis.show(value).splitlines())
    ticks = axis.ticks(max(1, width / (0.15 + 0.06 * longest)))
    axes.xaxis.set_major_locator(FixedLocator([axis.places[value] for value in ticks]))
    axes.xaxis.set_major_formatter(FixedFormatter([axis.show(value) for value in ticks]))
    margin = MARGIN if axis.numbers else 2 * MARGIN
    axes.set_xlim(-margin, 1 + margin)
    axes.tick_params(axis="x", labelbottom=labels)


def set_up_y(axes: Axes, values: Sequence[float]) -> None:
    """Makes a panel's vertical axis: from 0, or logarithmic where the values spread far."""
    low, high = min(values, default=0), max(values, default=1)
    if low > 0 and high > FAR * low:
        axes.set_yscale("log")
        axes.set_ylim(low / 1.5, high * 1.5)
        subs = (1,) if high > 1000 * low else (1, 2, 5)
        axes.yaxis.set_major_locator(LogLocator(subs=subs, numticks=6))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    else:
        axes.set_ylim(min(0, 1.08 * low), 1.08 * high or 1)
        axes.locator_params(axis="y", nbins=5)
    if high >= 1e5:
        axes.yaxis.set_major_formatter(EngFormatter(sep=""))
    axes.grid(axis="y", linewidth=0.3)


def legend(axes: Axes, entries: dict[str, Artist]) -> None:
    """The legend, in a row of its own that covers no curve."""
    columns = max(1, min(3, LETTERS // max(map(len, entries))))
    axes.axis("off")
    axes.legend(
        entries.values(),
        entries.keys(),
        loc="center",
        ncols=columns,
        frameon=False,
        borderpad=0,
        columnspacing=1.2,
        handletextpad=0.5,
    )


def repetitions(cells: Sequence[Cell], shown: str = "") -> str:
    """How many repetitions the points of a picture have, and what shows their intervals."""
    counts = sorted({len(cell.records) for cell in cells})
    if counts == [1]:
        return "One repetition a point, so no confidence interval."
    many = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    how = f"; {shown} 95 % confidence intervals (Student's t)" if shown else ""
    return f"Means of {many} repetitions{how}."
