"""CPU by category: a bar a path and kind of host, stacked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from matplotlib.axes import Axes

from analysis.outcome import GOODPUT, Cell, Outcome
from analysis.plots import panels
from analysis.plots.panels import Facet, Picture
from analysis.plots.style import STACK, draw_stack, stack_legend
from analysis.quantities import dotted, inside, mean_ci, ratio
from analysis.runs.store import Record

TAKES = "hosts: every path but stock has them"
MOST = 3  # panels below each other
ALIKE = 2.5  # highest over lowest panel up to which they have one scale
Stacks = dict[str, dict[str, list[float]]]  # heights of what is stacked, by series and role


def applies(outcome: Outcome) -> bool:
    """Whether some record has hosts."""
    return any(roles(record) for cell in outcome.done for record in cell.records.values())


def roles(record: Record) -> list[str]:
    """The kinds of hosts that a record has; clients of one kind are added up."""
    return list(dict.fromkeys(host["role"] for host in modelled(record)))


def modelled(record: Record) -> list[Record]:
    """The hosts of a record that have a role and a ledger of all categories."""
    every = {name for _, categories, _, _ in STACK for name in categories}
    hosts = (inside(record, "hosts", name) for name in inside(record, "hosts"))
    return [
        host
        for host in hosts
        if isinstance(host.get("role"), str) and every <= inside(host, "cpu_seconds").keys()
    ]


def parts(record: Record, role: str) -> list[float]:
    """CPU of all hosts of a role, stacked: ns a payload byte, or us a request where there are any."""
    hosts = [host for host in modelled(record) if host["role"] == role]
    requests = dotted(record, "scenario.requests_per_s")
    if math.isnan(requests):
        scale = ratio(1e9, 1e6 * GOODPUT.of(record) * dotted(record, "duration_s"))
    else:
        scale = ratio(1e6, requests * dotted(record, "duration_s"))
    return [
        scale * sum(host["cpu_seconds"][name] for host in hosts for name in categories)
        for _, categories, _, _ in STACK
    ]


def mean_parts(cell: Cell, role: str) -> list[float]:
    """The stack of a cell, means over its repetitions."""
    kept = [parts(record, role) for record in cell.records.values()]
    return [mean_ci(values)[0] for values in zip(*kept)]


def pictures(outcome: Outcome, options: dict[str, object]) -> Iterator[Picture]:
    """One picture: every path at some points of the study, of the axis `x` if it is named."""
    drawn = chosen(outcome, str(options["x"]) if "x" in options else None)
    if not drawn:
        return
    shown = panels.thinned(drawn, min(MOST, len(drawn)))
    groups, rows = [group for group, _ in shown], [row for _, row in shown]
    lines = max(wrapped(name).count("\n") for row in rows for name in row)
    figure, legend, grid = panels.grid(len(rows), 1, 1.7 + 0.12 * lines, legend=0.75)
    letters = {role: role[0].upper() for row in rows for stack in row.values() for role in stack}
    unit = "us a request" if any(map(has_requests, outcome.done)) else "ns a byte"
    for (axes,), row, group, top in zip(grid, rows, groups, tops(rows)):
        draw_panel(axes, row, letters)
        axes.set_ylim(0, 1.15 * top)
        axes.set_ylabel(f"CPU, {unit}", fontsize=7)
        axes.set_title(group.label, loc="left", fontsize=7)
    stack_legend(legend, grid[0][0])
    hosts = ", ".join(f"{letter} {role}" for role, letter in letters.items())
    figure.supxlabel(hosts, fontsize=7)
    said = f"{hosts}. Each path at its own goodput."
    if len(shown) < len(drawn):
        said += f" {len(shown)} of {len(drawn)} points are shown."
    yield Picture("categories", "CPU by category", said, figure)


def chosen(outcome: Outcome, x: str | None) -> list[tuple[Facet, Stacks]]:
    """The points that have CPU, with their stacks: all, or those of one axis alone."""
    groups, _ = panels.facets(outcome, [], len(outcome.cells))
    found = [(group, row) for group in groups if (row := stacks(outcome, group))]
    if x is None or not found:
        return found
    middle = dict(outcome.place(found[len(found) // 2][0].cells[0]))
    middle.pop(x, None)
    return [
        (group, row)
        for group, row in found
        if middle.items() <= dict(outcome.place(group.cells[0])).items()
    ]


def has_requests(cell: Cell) -> bool:
    """Whether a cell's scenario has requests."""
    return any("requests_per_s" in inside(record, "scenario") for record in cell.records.values())


def stacks(outcome: Outcome, group: Facet) -> Stacks:
    """The stacks of a panel by series and role, those left out that have no CPU."""
    found: Stacks = {}
    for cell in group.cells:
        kinds = roles(next(iter(cell.records.values())))
        stack = {role: mean_parts(cell, role) for role in kinds}
        if stack and not any(math.isnan(sum(heights)) for heights in stack.values()):
            found[outcome.label(cell)] = stack
    return found


def wrapped(name: str) -> str:
    """A name below a bar: one word a line, where it has several."""
    return name.replace(" ", "\n")


def tops(rows: Sequence[Stacks]) -> list[float]:
    """How high each panel is: all alike, unless one would then be too low to read."""
    highest = [max(sum(h) for stack in row.values() for h in stack.values()) for row in rows]
    return highest if max(highest) > ALIKE * min(highest) else [max(highest)] * len(rows)


def draw_panel(axes: Axes, row: Stacks, letters: dict[str, str]) -> None:
    """The bars of one point of the study."""
    for place, stack in enumerate(row.values()):
        count = len(stack)
        for at, (role, heights) in enumerate(stack.items()):
            draw_stack(axes, place + 0.4 * (at - (count - 1) / 2), heights, letters[role])
    axes.set_xticks(range(len(row)), [wrapped(name) for name in row])
    axes.set_xlim(-0.6, len(row) - 0.4)
    axes.tick_params(axis="x", length=0, pad=2)
    axes.locator_params(axis="y", nbins=5)
