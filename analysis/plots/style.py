"""How all pictures look: at the width of a paper's column, and readable in grey.

Colours are Okabe and Ito's, which colour-blind readers tell apart; hatches, markers and line styles
say the same in grey. Fonts are embedded as TrueType.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
# pylint: disable=wrong-import-position
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

COLUMN = 3.4  # inches, of a two-column paper
STYLE = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "legend.fontsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "hatch.linewidth": 0.5,
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "svg.hashsalt": "payload-cache",  # the same picture is the same file
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.constrained_layout.use": True,
}
# What is stacked, from the bottom: its name, the ledger's categories, colour and hatch
STACK = (
    ("application reads", ("app_read", "application"), "#CCCCCC", ""),
    ("copy", ("copy",), "#D55E00", "////"),
    ("checksum", ("checksum",), "#F0E442", "...."),
    ("protocol, skbuffs", ("tcp_tx", "tcp_rx", "skbuff"), "#0072B2", ""),
    ("driver, interrupts", ("driver_tx", "driver_rx", "interrupt"), "#56B4E9", "\\\\\\\\"),
    ("calls, switches", ("system_call", "context_switch", "wake_up"), "#999999", "xxxx"),
    (
        "the card's DMA",
        (
            "page_pin",
            "iommu",
            "dma_submit",
            "dma_complete",
            "spin",
            "header_fetch",
            "ram_release",
            "linearise",
            "evict",
        ),
        "#009E73",
        "----",
    ),
)
Line = tuple[str, object, str, float]
# A line of each path: colour, line style, marker and its size; open where others may cover it
LINES: dict[str, Line] = {
    "conventional": ("#D55E00", ":", "s", 6.5),
    "offload": ("#0072B2", "--", "^", 4),
    "payload-cache": ("#009E73", "-", "o", 3.5),
    "stock": ("#000000", "-.", "x", 4),
}
# Lines of what else is put beside each other, in its order
MORE_LINES: tuple[Line, ...] = (
    ("#CC79A7", (0, (5, 1, 1, 1)), "D", 3.5),
    ("#E69F00", (0, (3, 1)), "v", 4),
    ("#56B4E9", (0, (1, 1)), "P", 4),
    ("#999999", "-", "*", 5),
)


def lines_of(names: Sequence[str]) -> dict[str, Line]:
    """A line for each name: the paths' own, also where options follow; and others in turn."""
    found: dict[str, Line] = {}
    more = itertools.cycle(MORE_LINES)
    for name in sorted(names, key=lambda name: name not in LINES):
        line = LINES.get(name.partition(" ")[0])
        found[name] = next(more) if line is None or line in found.values() else line
    return {name: found[name] for name in names}


def line_style(name: str, line: Line) -> dict[str, object]:
    """What Axes.plot takes for a line."""
    colour, style, marker, size = line
    return {
        "color": colour,
        "linestyle": style,
        "marker": marker,
        "markersize": size,
        "fillstyle": "none" if name == "conventional" else "full",
        "linewidth": 1.2,
    }


def save(figure: Figure, base: Path) -> list[Path]:
    """Saves a picture as PNG and PDF, and closes it. Returns the files."""
    files = [base.with_name(f"{base.name}.{suffix}") for suffix in ("png", "pdf")]
    for file in files:
        figure.savefig(file, dpi=200)
    plt.close(figure)
    return files


def byte_size(value: float, _place: object = None) -> str:
    """A size on an axis."""
    return f"{value / 1024:g} Ki" if value >= 1024 else f"{value:g}"


def legend_row(axes: Axes, lines: Axes, columns: int = 3) -> None:
    """The names of the lines, in a row of their own that covers none of them."""
    axes.axis("off")
    entries, labels = lines.get_legend_handles_labels()
    named = dict(zip(labels, entries))
    axes.legend(
        named.values(),
        named.keys(),
        loc="center",
        ncols=columns,
        frameon=False,
        borderpad=0,
        columnspacing=1.2,
    )


def draw_stack(axes: Axes, place: float, parts: Sequence[float], letter: str) -> None:
    """One bar of CPU by category, with a letter on top."""
    bottom = 0.0
    for (name, _, colour, hatch), height in zip(STACK, parts):
        axes.bar(
            place,
            height,
            0.36,
            bottom,
            label=name,
            color=colour,
            hatch=hatch,
            edgecolor="black",
            linewidth=0.5,
        )
        bottom += height
    axes.text(place, bottom, letter, ha="center", va="bottom", fontsize=7)


def stack_legend(axes: Axes, bars: Axes) -> None:
    """The names of what is stacked, in a row of their own."""
    legend_row(axes, bars, columns=2)
