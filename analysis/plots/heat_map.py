"""The gain over a rival by two swept values, with the line where there is none."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from analysis.outcome import Estimate, Outcome
from analysis.plots import panels
from analysis.plots.axes import Axis
from analysis.plots.panels import Picture
from analysis.plots.style import COLUMN
from analysis.quantities import Quantity, find

TAKES = "two swept values, and runs with its quantity, also of the rival that it is held against"
RIVAL = "conventional"
VALUE = "cpu"
COLOURS = "BrBG"  # brown is a loss, green a gain: told apart by the colour-blind, and in print
LEAST_SPAN = 0.25  # of the colours, log2: a gain of 1.19 has half of the colour at least
UNDECIDED = {"facecolor": "none", "edgecolor": "#555555", "hatch": "////", "linewidth": 0}
ABOVE = 2  # zorder of what lies on the cells, which have 1
LINE = {"color": "black", "linewidth": 1.6}


@dataclass(frozen=True)
class Map:
    """One panel: a gain for each pair of values."""

    label: str
    gains: dict[tuple[str, str], Estimate]


@dataclass(frozen=True)
class Frame:
    """What all panels of a picture share."""

    x: Axis
    y: Axis
    norm: Normalize


def applies(outcome: Outcome) -> bool:
    """Whether two axes have been swept, and the rival was run."""
    return len(outcome.swept()) > 1 and bool(outcome.rivals(RIVAL))


def default_axes(outcome: Outcome) -> tuple[str, str]:
    """Load, or what was swept first, to the right; card RAM, or what was swept next, upwards."""
    swept = outcome.swept()
    y = next((axis for axis in swept if axis.lower().endswith("ram")), None)
    x = "load" if "load" in swept else next(axis for axis in swept if axis != y)
    return x, y if y not in (None, x) else next(axis for axis in swept if axis != x)


def pictures(outcome: Outcome, options: dict[str, object]) -> Iterator[Picture]:
    """The picture of a study, or of the options' axes, quantity and rival."""
    if len(outcome.swept()) < 2:
        return
    x, y = default_axes(outcome)
    x, y = str(options.get("x", x)), str(options.get("y", y))
    if not {x, y} <= outcome.axes.keys():  # a swept list may have one value alone
        return
    against = str(options.get("against", RIVAL))
    quantity = find(str(options.get("value", VALUE)))
    others = outcome.rivals(against)
    groups, note = panels.facets(outcome, [x, y], max(1, panels.ROWS // max(1, len(others))))
    maps = []
    for group in groups:
        for name in others:
            cells = [cell for cell in group.cells if outcome.label(cell) == name]
            gains = {(c.values[x], c.values[y]): outcome.gain(c, against, quantity) for c in cells}
            known = {at: gain for at, gain in gains.items() if gain is not None}
            if known:
                maps.append(Map(", ".join(filter(None, [name, group.label])), known))
    if maps:
        frame = Frame(panels.axis_of(outcome, x), panels.axis_of(outcome, y), norm_of(maps))
        title = f"gain over {against} in {quantity.label} by {frame.y.noun} and {frame.x.noun}"
        said = caption(outcome, maps) + panels.shown_note(note)
        name = "-".join(["heat-map", quantity.name.replace(".", "-"), "over", against])
        yield Picture(name, title, said, draw(maps, frame, colour_label(against, quantity)))


def colour_label(against: str, quantity: Quantity) -> str:
    """What the colours say."""
    gain = f"the path's ÷ {against}'s" if quantity.better == "more" else f"{against}'s ÷ the path's"
    return f"{quantity.label}:\n{gain} (above 1 is better)"


def norm_of(maps: Sequence[Map]) -> Normalize:
    """The colours' scale, log2 of the gain, with 1 in its middle."""
    most = max(abs(math.log2(gain.mean)) for one in maps for gain in one.gains.values())
    span = max(most, LEAST_SPAN)
    return Normalize(-span, span)


def is_undecided(gain: Estimate) -> bool:
    """Whether the interval has both losses and gains in it."""
    return gain.low <= 1 <= gain.high


def draw(maps: Sequence[Map], frame: Frame, label: str) -> Figure:
    """The panels below each other, and the colours' scale below them."""
    height = 0.35 + 0.24 * len(frame.y.values)
    entries = legend_entries(maps)
    rows = [["legend"]] * bool(entries) + [[str(at)] for at in range(len(maps))] + [["colours"]]
    heights = [0.2] * bool(entries) + [height] * len(maps) + [0.12]
    figure, axes = plt.subplot_mosaic(
        rows, figsize=(COLUMN, 0.9 + sum(heights)), gridspec_kw={"height_ratios": heights}
    )
    for place, one in enumerate(maps):
        draw_map(axes[str(place)], one, frame)
        axes[str(place)].tick_params(labelbottom=place == len(maps) - 1)
    axes[str(len(maps) - 1)].set_xlabel(frame.x.label)
    figure.supylabel(frame.y.label, fontsize=8)
    if entries:
        panels.legend(axes["legend"], entries)
    colours = ScalarMappable(frame.norm, COLOURS)
    bar = figure.colorbar(colours, cax=axes["colours"], orientation="horizontal")
    ticks = colour_ticks(frame.norm.vmax)
    bar.set_ticks([math.log2(tick) for tick in ticks], labels=[f"{tick:.3g}" for tick in ticks])
    bar.set_label(label, fontsize=7)
    bar.solids.set(rasterized=False, edgecolor="face")
    return figure


def colour_ticks(span: float) -> list[float]:
    """Gains to name on the colours' scale."""
    steps = (1.1, 1.2) if span < 0.5 else (1.25, 1.5, 2) if span < 1.5 else (2, 4, 8, 16, 32)
    above = [step for step in steps if math.log2(step) <= span]
    return [round(1 / step, 2) for step in reversed(above)] + [1] + above


def draw_map(axes: Axes, one: Map, frame: Frame) -> None:
    """A panel."""
    logs = np.full((len(frame.y.ordered), len(frame.x.ordered)), np.nan)
    for (x, y), gain in one.gains.items():
        row, column = frame.y.ordered.index(y), frame.x.ordered.index(x)
        logs[row, column] = math.log2(gain.mean)
        draw_number(axes, column + 0.5, row + 0.5, gain, frame.norm)
        if is_undecided(gain):
            axes.add_patch(Rectangle((column, row), 1, 1, zorder=ABOVE, **UNDECIDED))
    axes.set_facecolor("#EEEEEE")  # where there is no value
    axes.pcolormesh(logs, cmap=COLOURS, norm=frame.norm, edgecolors="face", linewidth=0.2)
    draw_break_even(axes, logs)
    for axis, set_ticks in ((frame.x, axes.set_xticks), (frame.y, axes.set_yticks)):
        middles = [at + 0.5 for at in range(len(axis.ordered))]
        set_ticks(middles, [axis.show(value) for value in axis.ordered])
    axes.set_title(one.label, loc="left", fontsize=7)
    axes.tick_params(length=0)


def draw_number(axes: Axes, x: float, y: float, gain: Estimate, norm: Normalize) -> None:
    """The gain in its cell."""
    dark = abs(math.log2(gain.mean)) > 0.6 * norm.vmax
    text = f"{gain.mean:.2f}" if gain.mean < 10 else f"{gain.mean:.0f}"
    colour = "white" if dark else "black"
    style = {"ha": "center", "va": "center", "fontsize": 6.5, "color": colour}
    if is_undecided(gain):  # hatches would run through it
        ground = plt.get_cmap(COLOURS)(norm(math.log2(gain.mean)))
        style["bbox"] = {"facecolor": ground, "edgecolor": "none", "pad": 1}
    axes.text(x, y, text, zorder=ABOVE + 1, **style)


def draw_break_even(axes: Axes, logs: np.ndarray) -> None:
    """The border between neighbours of which one gains and one loses."""
    gains = np.where(np.isnan(logs), np.nan, logs >= 0)
    for row, column in np.argwhere(abs(np.diff(gains, axis=1)) == 1):
        axes.plot([column + 1] * 2, [row, row + 1], **LINE)
    for row, column in np.argwhere(abs(np.diff(gains, axis=0)) == 1):
        axes.plot([column, column + 1], [row + 1] * 2, **LINE)


def legend_entries(maps: Sequence[Map]) -> dict[str, Artist]:
    """What there is to explain: nothing where all gain, and for sure."""
    entries: dict[str, Artist] = {}
    if any(loses(one) not in (0, len(one.gains)) for one in maps):
        entries["break-even"] = Line2D([], [], **LINE)
    if any(is_undecided(gain) for one in maps for gain in one.gains.values()):
        entries["95 % interval has 1 in it"] = Patch(**UNDECIDED)
    return entries


def loses(one: Map) -> int:
    """How many points of a panel lose."""
    return sum(gain.mean < 1 for gain in one.gains.values())


def caption(outcome: Outcome, maps: Sequence[Map]) -> str:
    """What a reader has to know: where it gains and loses, and of how many repetitions."""
    count, losses = sum(len(one.gains) for one in maps), sum(map(loses, maps))
    said = f"Of {count} points {count - losses} gain and {losses} lose. "
    return said + panels.repetitions(outcome.done, "hatched where the gain's interval has 1 in it:")
