"""The pictures of a comparison, at the width of a paper's column.

Colours are Okabe and Ito's, which colour-blind readers tell apart; hatches, markers and line styles
say the same in grey. Fonts are embedded as TrueType.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
# pylint: disable=wrong-import-position
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from analysis import measures
from analysis.comparison import WRITE_SIZES, Group, Machine
from analysis.measures import ROLES

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
# A line of each path: colour, line style, marker and its size; open where others may cover it
LINES = {
    "conventional": ("#D55E00", ":", "s", 6.5),
    "offload": ("#0072B2", "--", "^", 4),
    "payload-cache": ("#009E73", "-", "o", 3.5),
}


def draw(compared: Sequence[Machine], folder: Path) -> list[Path]:
    """Draws all pictures of all machines. Returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    with plt.rc_context(STYLE):
        for machine in compared:
            for name, make in (
                ("cpu", cpu_by_category),
                ("cpu-write-size", cpu_by_write_size),
                ("goodput-write-size", goodput_by_write_size),
            ):
                files += save(make(machine), folder / f"{machine.label}-{name}")
    return files


def save(figure: Figure, base: Path) -> list[Path]:
    """Saves a picture as PNG and PDF."""
    files = [base.with_name(f"{base.name}.{suffix}") for suffix in ("png", "pdf")]
    for file in files:
        figure.savefig(file, dpi=200)
    plt.close(figure)
    return files


def stack_of(group: Group, path: str, role: str) -> list[float]:
    """CPU a payload byte of each part of the stack, ns, mean over seeds."""
    kept = [measures.cpu_by_category(record, role) for record in group.equal(path)]
    return [
        measures.figure([sum(ledger[c] for c in categories) for ledger in kept]).mean
        for _, categories, _, _ in STACK
    ]


def cpu_by_category(machine: Machine) -> Figure:
    """CPU stacked by category, sender and receiver of each path, beside its goodput."""
    group = machine.head
    figure, axes = plt.subplot_mosaic(
        [["legend", "legend"], ["cpu", "goodput"]],
        figsize=(COLUMN, 3.4),
        gridspec_kw={"width_ratios": [3, 1.1], "height_ratios": [1, 3.6]},
    )
    left, right = axes["cpu"], axes["goodput"]
    paths = list(group.full)
    for place, path in enumerate(paths):
        for side, role in zip((-0.2, 0.2), ROLES):
            draw_stack(left, place + side, stack_of(group, path, role), role[0].upper())
    left.set_xticks(range(len(paths)), [path.replace("-", "-\n") for path in paths])
    left.tick_params(axis="x", length=0, pad=2)
    left.set_ylabel(f"CPU at {group.rate():.3g} MB/s, ns a byte")
    left.set_ylim(0, 1.12 * left.get_ylim()[1])
    heights = [group.goodput(path) for path in paths]
    for place, path in enumerate(paths):
        colour = LINES[path][0]
        right.barh(-place, heights[place], 0.6, color=colour, edgecolor="black", linewidth=0.5)
        right.text(0, -place + 0.34, path, va="bottom", fontsize=6.5)
        right.text(0.05 * max(heights), -place, f"{heights[place]:.3g}", va="center", color="white")
    right.set_yticks([])
    right.set_ylim(-len(paths) + 0.5, 0.75)
    right.set_xlabel("goodput,\nMB/s")
    entries, labels = left.get_legend_handles_labels()
    legend = dict(zip(labels, entries))
    axes["legend"].axis("off")
    axes["legend"].legend(
        legend.values(), legend.keys(), loc="center", ncols=2, frameon=False, borderpad=0
    )
    figure.suptitle(
        f"{machine.label}\n{group.setting}; S sender, R receiver", fontsize=8, parse_math=False
    )
    return figure


def draw_stack(axes: Axes, place: float, parts: list[float], letter: str) -> None:
    """One bar of the stack, with its letter on top."""
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


def byte_size(value: float, _place: object = None) -> str:
    """A size on an axis."""
    return f"{value / 1024:g} Ki" if value >= 1024 else f"{value:g}"


def size_axis(axes: Axes) -> None:
    """The axis of write sizes."""
    axes.set_xscale("log", base=2)
    axes.set_xticks(WRITE_SIZES[::2])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(byte_size))
    axes.set_xlabel("bytes a write")
    axes.grid(axis="y", linewidth=0.3)


def draw_lines(axes: Axes, machine: Machine, curves: dict[str, dict[int, float]]) -> None:
    """A curve of each path."""
    for path in machine.head.full:
        colour, style, marker, marker_size = LINES[path]
        points = curves[path]
        axes.plot(
            points.keys(),
            points.values(),
            color=colour,
            linestyle=style,
            marker=marker,
            markersize=marker_size,
            fillstyle="none" if path == "conventional" else "full",
            linewidth=1.2,
            label=path,
        )
    size_axis(axes)


def path_legend(axes: Axes, lines: Axes) -> None:
    """The names of the paths, in a row of their own."""
    axes.axis("off")
    axes.legend(
        *lines.get_legend_handles_labels(),
        loc="center",
        ncols=3,
        frameon=False,
        borderpad=0,
        columnspacing=1.2,
    )


def cpu_by_write_size(machine: Machine) -> Figure:
    """The sender's and the receiver's CPU a byte against the size of a write."""
    figure, axes = plt.subplot_mosaic(
        [["legend"], ["sender"], ["receiver"]],
        figsize=(COLUMN, 4.0),
        gridspec_kw={"height_ratios": [0.12, 1, 1]},
    )
    for role in ROLES:
        curves = {path: machine.swept_cpu(path, [role]) for path in machine.head.full}
        draw_lines(axes[role], machine, curves)
        axes[role].set_yscale("log")
        axes[role].yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes[role].yaxis.set_minor_locator(NullLocator())
        axes[role].yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes[role].set_ylabel(f"{role} CPU, ns a byte")
    axes["sender"].set_xlabel("")
    axes["sender"].tick_params(labelbottom=False)
    mark_break_even(axes["sender"], machine)
    path_legend(axes["legend"], axes["sender"])
    figure.suptitle(
        f"{machine.label}\n{machine.head.setting}; at full speed", fontsize=8, parse_math=False
    )
    return figure


def mark_break_even(axes: Axes, machine: Machine) -> None:
    """A line at each size from which a write pays for the sender, or a word where none does."""
    record = next(iter(machine.head.full.values()))[0]
    sizes = record["hosts"]["sender"]["break_even_bytes"]["write"]
    low, high = axes.get_xlim()
    for place, (wait, at) in enumerate(sizes.items()):
        how = {"sleep": "asleep", "spin": "spinning"}[wait]
        if at is None:
            # curves fall from the left: the upper right corner is free
            axes.text(
                0.98,
                0.97 - 0.1 * place,
                f"{how}: never",
                transform=axes.transAxes,
                ha="right",
                va="top",
                fontsize=7,
            )
            continue
        axes.axvline(at, color="black", linewidth=0.8, linestyle=(0, (1, 1)))
        left = at * at > low * high  # there is more room on the left
        axes.annotate(
            f"break-even, {how}: {at} B",
            (at, 0.97 - 0.1 * place),
            (-3 if left else 3, 0),
            ha="right" if left else "left",
            va="top",
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            fontsize=7,
        )


def goodput_by_write_size(machine: Machine) -> Figure:
    """Goodput against the size of a write."""
    figure, axes = plt.subplot_mosaic(
        [["legend"], ["goodput"]],
        figsize=(COLUMN, 2.5),
        gridspec_kw={"height_ratios": [0.12, 1]},
    )
    curves = {
        path: {
            size: measures.figure([measures.goodput(record) for record in kept]).mean
            for size, kept in machine.swept[path].items()
        }
        for path in machine.head.full
    }
    draw_lines(axes["goodput"], machine, curves)
    axes["goodput"].set_ylim(bottom=0)
    axes["goodput"].set_ylabel("goodput, MB/s")
    path_legend(axes["legend"], axes["goodput"])
    figure.suptitle(f"{machine.label}\n{machine.head.setting}", fontsize=8, parse_math=False)
    return figure
