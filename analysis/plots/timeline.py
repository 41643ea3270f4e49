"""A timeline as a picture: a row a lane, hosts below each other.

Every host but the first stands on its head, so that a message goes down the page: from the
application of the one to the wire, and from the wire to the application of the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Patch
from matplotlib.textpath import TextPath

from analysis.plots.style import STACK, STYLE
from analysis.trace_events import Host, Slice, Timeline

WIDTH = 7.1  # inches, of a paper's two columns
ROW = 0.25  # inches a lane
TITLE = 0.8  # of a row, for a host's name
HALF = 0.38  # of a bar's height, in rows
LABEL = 5  # points, the size of a slice's name
MARGIN = 2  # points that a slice has beside its name, at least
DOTS = 120  # an inch
MOST_ARROWS = 400  # chosen: more are one dark area, and Perfetto shows them one by one
# Slices that are not time of a core: colour and what it stands for, by what the name begins with
OTHERS = (
    (("write", "read"), "#BBBBBB", "call"),
    (("take",), "#888888", "read takes its bytes"),
    (("DMA payload", "payload"), "#009E73", "payload"),
    (("DMA frame", "frame"), "#D55E00", "frame"),
    (("DMA unit", "unit"), "#F0A878", "unit of frames"),
    (("DMA headers", "headers", "DMA more", "more"), "#56B4E9", "headers"),
    (("shared",), "#FFFFFF", "several DMAs"),
    (("seq", "again"), "#0072B2", "data on the wire"),
    (("",), "#E69F00", "ACKs on the wire"),
)
ARROWS = {"data": "#0072B2", "ack": "#B8860B", "payload": "#009E73"}
RAM = (("card RAM, transmit, B", "#009E73"), ("card RAM, receive, B", "#CC79A7"))
RAM_SHADE = 0.6  # its colours are lighter than those of slices
Meanings = dict[tuple[str, float], dict[str, None]]  # what has a colour and shade


@dataclass(frozen=True)
class Row:
    """A row of the picture: a lane of a host, or its card RAM."""

    host: Host
    lane: int | None  # None: card RAM
    label: str
    place: float  # its middle, downwards


def rows_of(timeline: Timeline) -> list[Row]:
    """The rows of all hosts, from the top; a host's name stands above its first."""
    rows: list[Row] = []
    place = TITLE
    for number, (_, host) in enumerate(sorted(timeline.hosts.items())):
        lanes = lanes_of(host)
        for lane, label in lanes if number == 0 else reversed(lanes):
            rows.append(Row(host, lane, label, place))
            place += 1
        place += TITLE
    return rows


def lanes_of(host: Host) -> list[tuple[int | None, str]]:
    """A host's lanes on which there is something, and its card RAM before the wire."""
    lanes = sorted(host.lanes.items(), key=lambda item: item[1].order)
    found: list[tuple[int | None, str]] = [(n, lane.name) for n, lane in lanes if lane.slices]
    if any(host.curves.get(name) for name, _ in RAM):
        wires = [place for place, (_, name) in enumerate(found) if name.startswith("wire")]
        found.insert(min(wires, default=len(found)), (None, "card RAM"))
    return found


def looks_of(name: str) -> tuple[str, str]:
    """Colour and meaning of a slice."""
    for meaning, categories, colour, _ in STACK:
        if name in categories:
            return colour, meaning
    return next((colour, what) for begins, colour, what in OTHERS if name.startswith(begins))


def draw(timeline: Timeline, begin: float, end: float, out: Path) -> None:
    """Draws a timeline from `begin` to `end`, microseconds, to a file."""
    figure = picture(timeline, begin, end)
    figure.savefig(out, dpi=DOTS)
    plt.close(figure)


@plt.rc_context(STYLE)
def picture(timeline: Timeline, begin: float, end: float) -> Figure:
    """The picture of a timeline from `begin` to `end`, microseconds."""
    rows = rows_of(timeline)
    height = rows[-1].place + 0.6
    figure, (axes, legend) = plt.subplots(
        2,
        figsize=(WIDTH, 0.9 + ROW * height),
        gridspec_kw={"height_ratios": [ROW * height, 0.6]},
    )
    axes.set_xlim(begin, end)
    axes.set_ylim(height, -0.4)
    meanings: Meanings = {}
    for row in rows:
        if row.lane is None:
            draw_ram(axes, row, begin, end, meanings)
        else:
            draw_lane(axes, row.host.lanes[row.lane].slices, row.place, meanings)
    draw_arrows(axes, timeline, {row.lane: row.place for row in rows})
    name_rows(axes, rows)
    axes.set_xlabel("simulated time, us")
    axes.grid(axis="x", linewidth=0.3, zorder=0)
    draw_legend(legend, meanings)
    figure.draw_without_rendering()  # only now it is known how wide the lanes are
    for row in rows:
        if row.lane is not None:
            name_slices(axes, row.host.lanes[row.lane].slices, row.place)
    return figure


def draw_lane(axes: Axes, slices: Sequence[Slice], place: float, seen: Meanings) -> None:
    """The slices of a lane; adds to what is `seen`."""
    for piece in slices:
        colour, meaning = looks_of(piece.name)
        half = HALF * (0.6 if is_inner(piece) else 1)
        bar = (piece.begin, piece.end - piece.begin)
        style = {"facecolor": colour, "edgecolor": "black", "linewidth": 0.3}
        axes.broken_barh([bar], (place - half, 2 * half), zorder=2, **style)
        seen.setdefault((colour, 1), {})[meaning] = None


def is_inner(piece: Slice) -> bool:
    """Whether a slice lies within another one, whose name it leaves room for."""
    return piece.name.startswith("take")


def name_slices(axes: Axes, slices: Sequence[Slice], place: float) -> None:
    """The names of a lane's slices, each in its middle, where there is room."""
    left, right = axes.get_xlim()
    points = axes.get_window_extent().width / axes.figure.dpi * 72 / (right - left)
    for piece in slices:
        begin, end = max(piece.begin, left), min(piece.end, right)
        room = (end - begin) * points - MARGIN
        if room > 0 and not is_inner(piece) and width_of(piece.name) <= room:
            style = {"ha": "center", "va": "center", "fontsize": LABEL, "zorder": 4}
            axes.text((begin + end) / 2, place, piece.name, **style)


@cache
def width_of(label: str) -> float:
    """How wide a slice's name is, points."""
    return TextPath((0, 0), label, size=LABEL).get_extents().width


def draw_legend(axes: Axes, meanings: Meanings) -> None:
    """What the colours stand for: an entry a colour, as what has the same lies on other lanes."""
    axes.axis("off")
    handles = [
        Patch(
            facecolor=colour, alpha=shade, edgecolor="black", linewidth=0.3, label=", ".join(said)
        )
        for (colour, shade), said in meanings.items()
    ]
    axes.legend(handles=handles, loc="center", ncols=3, frameon=False, borderpad=0)


def draw_ram(axes: Axes, row: Row, begin: float, end: float, seen: Meanings) -> None:
    """Both sides of card RAM, on one scale, from the row's lower edge; adds to what is `seen`."""
    curves = {name: visible(row.host.curves.get(name, []), begin, end) for name, _ in RAM}
    most = max(value for curve in curves.values() for _, value in curve)
    floor = row.place + HALF
    for name, colour in RAM:
        times = [at for at, _ in curves[name]]
        heights = [floor - 2 * HALF * value / max(most, 1) for _, value in curves[name]]
        style = {"step": "post", "color": colour, "alpha": RAM_SHADE, "zorder": 2, "linewidth": 0}
        axes.fill_between(times, floor, heights, **style)
        if any(value for _, value in curves[name]):
            seen.setdefault((colour, RAM_SHADE), {})[name.removesuffix(", B")] = None
    axes.text(end, row.place, f" peak {most / 1024:.3g} KiB", va="center", fontsize=5.5)


def visible(
    curve: list[tuple[float, float]], begin: float, end: float
) -> list[tuple[float, float]]:
    """A curve's part that is shown, from edge to edge."""
    before = [value for at, value in curve if at <= begin]
    inside = [(at, value) for at, value in curve if begin < at < end]
    first = before[-1] if before else 0
    last = inside[-1][1] if inside else first
    return [(begin, first), *inside, (end, last)]


def draw_arrows(axes: Axes, timeline: Timeline, places: dict[int | None, float]) -> None:
    """The arrows, from point to point."""
    left, right = axes.get_xlim()
    steps = [
        (arrow.name, one, other)
        for arrow in timeline.arrows.values()
        for one, other in zip(arrow.points, arrow.points[1:])
        if left <= one.at and other.at <= right and one.lane in places and other.lane in places
    ]
    for name, one, other in steps if len(steps) <= MOST_ARROWS else []:
        ends = (one.at, places[one.lane]), (other.at, places[other.lane])
        style = {"arrowstyle": "-|>", "mutation_scale": 4, "linewidth": 0.5, "alpha": 0.8}
        axes.add_patch(
            FancyArrowPatch(*ends, color=ARROWS[name], zorder=3, shrinkA=0, shrinkB=0, **style)
        )


def name_rows(axes: Axes, rows: Sequence[Row]) -> None:
    """The names of lanes, and of hosts above theirs."""
    axes.set_yticks([row.place for row in rows], [row.label for row in rows])
    axes.tick_params(axis="y", length=0)
    left, _ = axes.get_xlim()
    for before, row in zip([None, *rows], rows):
        if before is None or before.host is not row.host:
            axes.text(left, row.place - 0.5, f" {row.host.name}", va="bottom", style="italic")
