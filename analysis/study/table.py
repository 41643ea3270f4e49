"""A study's figures in a table: a line a combination of swept values, means with intervals."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence

from analysis import quantities
from analysis.quantities import Quantity
from analysis.study.file import Study
from analysis.study.results import Result

USUAL = ("goodput", "cpu")  # where a study names none
MOST_QUANTITIES = 4  # chosen: what a terminal has room for beside the swept values
WIDTH = 100  # columns of a terminal that a table may have
NOISE = 1e-12  # of a mean: what adding up in another order may change
MOST_LINES = 100  # chosen: more than that is for ./pcache export

Row = dict[str, list[float]]  # quantity, its value in each repetition


def shown_quantities(study: Study) -> list[Quantity]:
    """What the table shows: what the study answers and draws, or else the usual."""
    named = [study.answer.get("quantity")]
    named += [plot.options.get("value") for plot in study.plots]
    names = dict.fromkeys([*(str(name) for name in named if name), *USUAL])
    return [quantities.find(name) for name in list(names)[:MOST_QUANTITIES]]


def collect(study: Study, results: Iterable[Result]) -> dict[tuple[str, ...], Row]:
    """The figures of each combination of swept values, in the study's order; path comes last."""
    wanted = shown_quantities(study)
    rows: dict[tuple[str, ...], Row] = {}
    for result in results:
        at = tuple(result.point.values.get(axis, "") for axis in axes(study))
        row = rows.setdefault(at, {quantity.name: [] for quantity in wanted})
        for quantity in wanted:
            row[quantity.name].append(quantity.of(result.record))
    return rows


def axes(study: Study) -> list[str]:
    """The swept values, path last, so that the paths of a combination stand together."""
    return sorted(study.axes(), key=lambda axis: axis == "path")


def cell(values: Sequence[float]) -> str:
    """A mean, with half of its 95 % confidence interval where there are several values."""
    mean, half = quantities.mean_ci(values)
    if math.isnan(mean):
        return "-"
    if math.isnan(half):
        return f"{mean:.4g}"
    return f"{mean:.4g} ± {half if half > NOISE * abs(mean) else 0:.2g}"


def render(study: Study, results: Iterable[Result]) -> list[str]:
    """The table's lines. Quantities that apply to no run are left out."""
    rows = collect(study, results)
    names, heads = axes(study), []
    shown = [
        q for q in shown_quantities(study) if any(map(is_there, (r[q.name] for r in rows.values())))
    ]
    order = sorted(rows, key=lambda at: order_of(list(rows), at)) if "path" in names else list(rows)
    heads = [*names, *(quantity.title() for quantity in shown)]
    lines = [[*at, *(cell(rows[at][quantity.name]) for quantity in shown)] for at in order]
    table = [heads, *lines[:MOST_LINES]]
    text, left_out = fitted(table, len(names))
    if study.seeds > 1:
        text.insert(
            0, f"means over {repetitions(study, rows)} ± half of the 95 % confidence interval"
        )
    if len(lines) > MOST_LINES:
        text.append(f"… and {len(lines) - MOST_LINES} lines more: ./pcache export {study.name}")
    if left_out:
        more = ", ".join(quantity.label for quantity in shown[-left_out:])
        text += textwrap.wrap(f"no room for: {more}; ./pcache export {study.name} has all", WIDTH)
    return text


def fitted(table: Sequence[Sequence[str]], left: int) -> tuple[list[str], int]:
    """A table that fits: without its last quantities, and how many those are. One stays."""
    quantities_there = len(table[0]) - left
    for left_out in range(max(quantities_there, 1)):
        text = columns([row[: len(row) - left_out] for row in table], left)
        if max(map(len, text)) <= WIDTH:
            break
    return text, left_out


def repetitions(study: Study, rows: Mapping[tuple[str, ...], Row]) -> str:
    """How many seeds the means are over, where some runs have failed or are missing, too."""
    counts = {len(values) for row in rows.values() for values in row.values()}
    if counts <= {study.seeds}:
        return f"{study.seeds} seeds"
    least, most = min(counts), max(counts)
    return f"{least if least == most else f'{least} to {most}'} of {study.seeds} seeds"


def order_of(rows: list[tuple[str, ...]], at: tuple[str, ...]) -> int:
    """Where a line belongs: behind the first that differs from it in the path alone."""
    return next(n for n, other in enumerate(rows) if other[:-1] == at[:-1])


def is_there(values: Sequence[float]) -> bool:
    """Whether any value is a number."""
    return any(not math.isnan(value) for value in values)


def columns(rows: Sequence[Sequence[str]], left: int) -> list[str]:
    """Cells in columns; the first `left` of them to the left."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [
        "  ".join(
            text.ljust(width) if at < left else text.rjust(width)
            for at, (text, width) in enumerate(zip(row, widths))
        ).rstrip()
        for row in rows
    ]
