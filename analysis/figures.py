"""The pictures of a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from analysis import measures
from analysis.comparison import WRITE_SIZES, Group, Machine
from analysis.measures import ROLES
from analysis.plots.style import (
    COLUMN,
    LINES,
    STACK,
    STYLE,
    byte_size,
    draw_stack,
    legend_row,
    line_style,
    save,
    stack_legend,
)


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


def stack_of(group: Group, path: str, role: str) -> list[float]:
    """CPU a payload byte of each part of the stack, ns, mean over seeds."""
    kept = [measures.cpu_by_category(record, role) for record in group.equal(path)]
    return [
        measures.figure([sum(ledger[c] for c in categories) for ledger in kept]).mean
        for _, categories, _, _ in STACK
    ]


def megabytes(goodput: float) -> str:
    """A goodput, three digits or whole MB/s."""
    return f"{goodput:.0f}" if goodput >= 1000 else f"{goodput:.3g}"


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
    left.set_ylabel(f"CPU at {megabytes(group.rate())} MB/s, ns a byte")
    left.set_ylim(0, 1.12 * left.get_ylim()[1])
    heights = [group.goodput(path) for path in paths]
    for place, path in enumerate(paths):
        colour = LINES[path][0]
        right.barh(-place, heights[place], 0.6, color=colour, edgecolor="black", linewidth=0.5)
        right.text(0, -place + 0.34, path, va="bottom", fontsize=6.5)
        right.text(
            0.05 * max(heights), -place, megabytes(heights[place]), va="center", color="white"
        )
    right.set_yticks([])
    right.set_ylim(-len(paths) + 0.5, 0.75)
    right.set_xlabel("goodput,\nMB/s")
    stack_legend(axes["legend"], left)
    figure.suptitle(
        f"{machine.label}\n{group.setting}; S sender, R receiver", fontsize=8, parse_math=False
    )
    return figure


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
        points = curves[path]
        axes.plot(points.keys(), points.values(), label=path, **line_style(path, LINES[path]))
    size_axis(axes)


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
    legend_row(axes["legend"], axes["sender"])
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
    legend_row(axes["legend"], axes["goodput"])
    figure.suptitle(f"{machine.label}\n{machine.head.setting}", fontsize=8, parse_math=False)
    return figure
