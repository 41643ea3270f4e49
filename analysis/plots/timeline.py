"""A timeline as a picture: a row a lane, hosts below each other.

Every host but the first stands on its head, so that a message goes down the page: from the
application of the one to the wire, and from the wire to the application of the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
# pylint: disable=wrong-import-position
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Patch

from analysis.figures import STACK, STYLE
from analysis.trace_events import Host, Slice, Timeline

WIDTH = 7.1  # inches, of a paper's two columns
ROW = 0.27  # inches a lane
HALF = 0.38  # of a bar's height, in rows
LETTER = 2.9  # points, a character's mean width at the size of a label
MOST_ARROWS = 400  # chosen: more are one dark area, and Perfetto shows them one by one
# Slices that are not time of a core: colour and what it stands for, by what the name begins with
OTHERS = (
    (("write", "read"), "#BBBBBB", "call"),
    (("take",), "#888888", "the read takes its bytes"),
    (("DMA payload", "payload"), "#009E73", "payload"),
    (("DMA frame", "frame"), "#D55E00", "frame"),
    (("DMA headers", "headers", "DMA more", "more"), "#56B4E9", "headers"),
    (("shared",), "#999999", "several at once"),
    (("seq", "again"), "#0072B2", "data on the wire"),
    (("",), "#E69F00", "ACK on the wire"),
)
ARROWS = {"data": "#0072B2", "ack": "#B8860B", "payload": "#009E73"}
RAM = (("card RAM, transmit, B", "#009E73"), ("card RAM, receive, B", "#CC79A7"))


@dataclass(frozen=True)
class Row:
    """A row of the picture: a lane of a host, or its card RAM."""

    host: Host
    lane: int | None  # None: card RAM
    label: str


def rows_of(timeline: Timeline) -> list[Row]:
    """The rows of all hosts, from the top."""
    rows: list[Row] = []
    for place, (_, host) in enumerate(sorted(timeline.hosts.items())):
        lanes = sorted(host.lanes.items(), key=lambda item: item[1].order)
        block = [Row(host, number, lane.name) for number, lane in lanes if lane.slices]
        if any(host.curves.get(name) for name, _ in RAM):
            wire = next((i for i, row in enumerate(block) if row.label[:4] == "wire"), len(block))
            block.insert(wire, Row(host, None, "card RAM"))
        rows += block if place == 0 else block[::-1]
    return rows


def colour_of(name: str) -> tuple[str, str, str]:
    """Colour, hatch and meaning of a slice."""
    for meaning, categories, colour, hatch in STACK:
        if name in categories:
            return colour, hatch, meaning
    for beginnings, colour, meaning in OTHERS:
        if name.startswith(beginnings):
            return colour, "", meaning
    raise ValueError(name)


def draw(timeline: Timeline, begin: float, end: float, out: Path) -> None:
    """Draws a timeline from `begin` to `end`, microseconds, to a file."""
    rows = rows_of(timeline)
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(WIDTH, 1.4 + ROW * len(rows)))
        axes.set_xlim(begin, end)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        meanings: dict[str, Patch] = {}
        for place, row in enumerate(rows):
            if row.lane is None:
                draw_ram(axes, row.host, place, (begin, end))
            else:
                draw_lane(axes, row.host.lanes[row.lane].slices, place, meanings)
        draw_arrows(axes, timeline, {row.lane: place for place, row in enumerate(rows)})
        name_rows(axes, rows)
        axes.set_xlabel("simulated time, us")
        axes.grid(axis="x", linewidth=0.3, zorder=0)
        figure.legend(
            handles=list(meanings.values()), loc="outside lower center", ncols=5, frameon=False
        ) if False else axes.legend(
            handles=list(meanings.values()),
            loc="upper center",
            bbox_to_anchor=(0.42, -0.16 * 11 / max(len(rows), 1)),
            ncols=5,
            frameon=False,
        )
        figure.savefig(out, dpi=150)
        plt.close(figure)


def draw_lane(axes: Axes, slices: Sequence[Slice], place: int, meanings: dict[str, Patch]) -> None:
    """The slices of a lane, each with its name where there is room."""
    left, right = axes.get_xlim()
    points = WIDTH * 72 * 0.78 / (right - left)  # a microsecond's, about
    for piece in slices:
        colour, hatch, meaning = colour_of(piece.name)
        style = {"facecolor": colour, "hatch": hatch, "edgecolor": "black", "linewidth": 0.3}
        height = HALF * (0.6 if meaning == "the read takes its bytes" else 1)
        bar = (piece.begin, piece.end - piece.begin)
        axes.broken_barh([bar], (place - height, 2 * height), zorder=2, **style)
        meanings.setdefault(meaning, Patch(label=meaning, **style))
        begin, end = max(piece.begin, left), min(piece.end, right)
        if (end - begin) * points > LETTER * len(piece.name) and not hatch:
            axes.text((begin + end) / 2, place, piece.name, **TEXT)


TEXT = {"ha": "center", "va": "center", "fontsize": 5, "zorder": 4, "clip_on": True}


def draw_ram(axes: Axes, host: Host, place: int, span: tuple[float, float]) -> None:
    """Both sides of card RAM, on one scale, from the row's lower edge."""
    begin, end = span
    curves = {name: visible(host.curves.get(name, []), begin, end) for name, _ in RAM}
    most = max((value for curve in curves.values() for _, value in curve), default=0)
    for name, colour in RAM:
        times = [at for at, _ in curves[name]]
        heights = [place + HALF - 2 * HALF * value / max(most, 1) for _, value in curves[name]]
        axes.fill_between(
            times,
            place + HALF,
            heights,
            step="post",
            color=colour,
            alpha=0.6,
            zorder=2,
            linewidth=0,
        )
    axes.text(end, place, f" {most / 1024:.3g} KiB", va="center", fontsize=5.5)


def visible(
    curve: list[tuple[float, float]], begin: float, end: float
) -> list[tuple[float, float]]:
    """A curve's part that is shown, from edge to edge."""
    before = [value for at, value in curve if at <= begin]
    inside = [(at, value) for at, value in curve if begin < at < end]
    first = before[-1] if before else 0
    last = inside[-1][1] if inside else first
    return [(begin, first), *inside, (end, last)]


def draw_arrows(axes: Axes, timeline: Timeline, places: dict[int | None, int]) -> None:
    """The arrows, from point to point."""
    left, right = axes.get_xlim()
    steps = [
        (arrow.name, one, other)
        for arrow in timeline.arrows.values()
        for one, other in zip(arrow.points, arrow.points[1:])
        if left <= one.at and other.at <= right and one.lane in places and other.lane in places
    ]
    for name, one, other in steps if len(steps) <= MOST_ARROWS else []:
        axes.add_patch(
            FancyArrowPatch(
                (one.at, places[one.lane]),
                (other.at, places[other.lane]),
                arrowstyle="-|>",
                mutation_scale=4,
                linewidth=0.5,
                color=ARROWS.get(name, "black"),
                alpha=0.8,
                zorder=3,
                shrinkA=0,
                shrinkB=0,
            )
        )


def name_rows(axes: Axes, rows: Sequence[Row]) -> None:
    """The names of lanes, and of hosts above theirs."""
    axes.set_yticks(range(len(rows)), [row.label for row in rows])
    axes.tick_params(axis="y", length=0)
    for place, row in enumerate(rows):
        if place == 0 or rows[place - 1].host is not row.host:
            if place > 0:
                axes.axhline(place - 0.5, color="black", linewidth=0.8)
            axes.text(
                0.995,
                place - 0.45,
                row.host.name,
                transform=axes.get_yaxis_transform(),
                ha="right",
                va="top",
                fontsize=6.5,
                style="italic",
                zorder=5,
            )
