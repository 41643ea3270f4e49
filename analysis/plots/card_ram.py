"""Card RAM over time: what the cards hold from one moment to the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from analysis.outcome import Cell, Estimate, Outcome
from analysis.plots import panels
from analysis.plots.curves import BAND
from analysis.plots.panels import Picture
from analysis.plots.style import Line, line_style, lines_of
from analysis.quantities import ODD, inside
from analysis.runs.store import Record

TAKES = "runs with --ramOverTime=on (--set ramOverTime=on)"
SIDES = {"tx": "transmit", "rx": "receive"}
SHOWN = 0.02  # of the most that any card holds: what holds less is not shown
CAPACITY = {"color": "black", "linewidth": 0.8, "linestyle": (0, (1, 1))}


@dataclass(frozen=True)
class Side:
    """One side of the RAM of one host's card."""

    host: str
    side: str

    def of(self, record: Record) -> Record:
        """What a record says of it; empty where the host is not modelled."""
        return inside(record, "hosts", self.host, "card_ram", self.side)

    def course(self, record: Record) -> list[float]:
        """KiB held, interval by interval; empty where it was not recorded."""
        over_time = inside(self.of(record), "over_time")
        try:
            return [held / 1024 for held in over_time["mean_bytes"] if over_time["interval_s"] > 0]
        except ODD:
            return []

    def title(self) -> str:
        """As a heading has it."""
        return f"{self.host}, {SIDES[self.side]}"


def applies(outcome: Outcome) -> bool:
    """Whether card RAM was recorded over time."""
    return bool(sides(outcome))


def sides(outcome: Outcome) -> list[Side]:
    """The sides that hold something; of several hosts of a role the one that holds most."""
    most: dict[tuple[str, str], tuple[float, Side]] = {}
    for cell in outcome.done:
        for record in cell.records.values():
            for host in inside(record, "hosts"):
                for name in SIDES:
                    side = Side(host, name)
                    held = max(side.course(record), default=0)
                    key = (str(inside(record, "hosts", host).get("role", host)), name)
                    if held > most.get(key, (0, side))[0]:
                        most[key] = (held, side)
    highest = max((held for held, _ in most.values()), default=0)
    return [side for held, side in most.values() if held > SHOWN * highest]


def pictures(outcome: Outcome, _options: dict[str, object]) -> Iterator[Picture]:
    """One picture: a panel a side of a card, at some points of the study."""
    found = sides(outcome)
    if not found:
        return
    groups, note = panels.facets(outcome, [], max(1, panels.ROWS // len(found)))
    rows = [(group, side) for group in groups for side in found]
    figure, legend, grid = panels.grid(len(rows), 1)
    lines = lines_of(list(dict.fromkeys(outcome.label(cell) for cell in outcome.done)))
    drawn: dict[str, Artist] = {}
    for (axes,), (group, side) in zip(grid, rows):
        drawn |= draw_panel(axes, outcome, group.cells, side, lines)
        axes.set_title("; ".join(filter(None, [side.title(), group.label])), loc="left", fontsize=7)
        axes.set_ylabel("card RAM, KiB", fontsize=7)
        axes.tick_params(labelbottom=axes is grid[-1][0])
    figure.supxlabel("counted time, s", fontsize=8)
    panels.legend(legend, drawn)
    said = panels.repetitions(outcome.done, "bands are") + panels.shown_note(note)
    yield Picture("card-ram", "Card RAM over time", said, figure)


def draw_panel(
    axes: Axes, outcome: Outcome, cells: Sequence[Cell], side: Side, lines: dict[str, Line]
) -> dict[str, Artist]:
    """What one side of a card holds on each path. Returns the entries of the legend."""
    entries: dict[str, Artist] = {}
    top = 0.0
    for cell in cells:
        courses = [course for r in cell.records.values() if (course := side.course(r))]
        if not courses or not any(map(any, courses)):
            continue
        name = outcome.label(cell)
        style = {**line_style(name, lines[name]), "marker": ""}
        top = max(top, draw_course(axes, cell, side, courses, style))
        entries[name] = Line2D([], [], **style)
    capacity = max((room(cell, side) for cell in cells), default=0)
    if 0 < capacity < 3 * top:
        axes.axhline(capacity, **CAPACITY)
        entries["capacity"] = Line2D([], [], **CAPACITY)
        top = max(top, capacity)
    axes.set_ylim(0, 1.08 * top or 1)
    axes.locator_params(axis="y", nbins=5)
    axes.grid(axis="y", linewidth=0.3)
    return entries


def room(cell: Cell, side: Side) -> float:
    """The capacity of a side, KiB; 0 where it has no limit."""
    sizes = (side.of(record).get("capacity_bytes") or 0 for record in cell.records.values())
    return max(sizes) / 1024


def draw_course(
    axes: Axes, cell: Cell, side: Side, courses: Sequence[list[float]], style: dict[str, object]
) -> float:
    """A line with its band. Returns its highest point."""
    record = next(iter(cell.records.values()))
    interval = side.of(record)["over_time"]["interval_s"]
    found = [Estimate.of(values) for values in zip(*courses)]
    times = [(at + 0.5) * interval for at in range(len(found))]
    axes.plot(times, [estimate.mean for estimate in found], **style)
    if len(courses) > 1:
        low, high = [one.low for one in found], [one.high for one in found]
        axes.fill_between(times, low, high, color=style["color"], alpha=BAND, linewidth=0)
    return max(estimate.mean for estimate in found)
