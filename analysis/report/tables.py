"""The tables of a report: every point, gains over the rival, parameters, what failed, versions."""

from __future__ import annotations

import math
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

import matplotlib

from analysis.outcome import Cell, Estimate, Outcome
from analysis.plots.axes import Axis
from analysis.quantities import QUANTITIES, Quantity, find
from analysis.report.answer import Asked

# What a table shows of each point, where its records have it, beside what the study asks for
USUAL = ("goodput", "cpu", "cores", "bus", "dram", "ram_tx_peak", "ram_rx_peak", "fallbacks")
USUAL += ("blocked", "retransmissions", "requests", "latency_p50", "latency_p99", "cpu_request")
USUAL += ("completion.all.mean", "slowdown.small.p99", "slowdown.large.mean", "slowdown.all.mean")
LONG = 16  # characters of a heading that is broken into lines where room is short


@dataclass(frozen=True)
class Entry:
    """A cell of a table: what it shows, and what it sorts by ("" stands below everything)."""

    text: str
    value: str
    kind: str = ""  # "number", "wide"


def words(text: str, kind: str = "") -> Entry:
    """An entry of text."""
    return Entry(text, text, kind)


def number(estimate: Estimate) -> Entry:
    """A mean with half of its 95 % confidence interval, where there is one."""
    if math.isnan(estimate.mean):
        return Entry("–", "", "number")
    half = "" if math.isnan(estimate.half) else f" ± {estimate.half:.2g}"
    return Entry(f"{short(estimate.mean)}{half}", repr(estimate.mean), "number")


def short(value: float) -> str:
    """Four digits, also where the last are 0, and without an exponent where people need none."""
    if 1000 <= abs(value) < 1e9:
        return f"{value:,.0f}"
    return f"{value:.4g}" if float(value).is_integer() else f"{value:#.4g}".rstrip(".")


def heading(outcome: Outcome, axis: str) -> str:
    """The heading of a swept axis."""
    return Axis(axis, outcome.axes[axis]).noun.removesuffix(":")


def setting(outcome: Outcome, axis: str, cell: Cell) -> Entry:
    """The value of a swept axis."""
    value = cell.values.get(axis, "")
    known = Axis(axis, outcome.axes[axis])
    size = known.numbers[value] if known.numbers and value else value
    return Entry(known.worth(value) if value else "–", str(size), "number" if known.numbers else "")


def shown(outcome: Outcome) -> list[Quantity]:
    """The quantities of the table: what the study asks for, then the usual, if records have them."""
    asked = [outcome.study.answer.get("quantity")]
    asked += [plot.options.get("value") for plot in outcome.study.plots]
    names = dict.fromkeys(["goodput", *(str(name) for name in asked if name), *USUAL])
    found = [QUANTITIES.get(name) or find(name) for name in names]
    return [q for q in found if any(worth_showing(cell.estimate(q)) for cell in outcome.done)]


def worth_showing(estimate: Estimate) -> bool:
    """Whether there is something, and not nothing."""
    return not math.isnan(estimate.mean) and estimate.mean != 0


def points(outcome: Outcome) -> str:
    """Every finished point: its means, its analytic limit, and what limits it."""
    axes = list(outcome.axes)
    quantities = shown(outcome)
    heads = [heading(outcome, name) for name in axes]
    heads += [quantity.title() for quantity in quantities]
    heads += ["analytic limit, MB/s", "what limits", "of it, %", "runs"]
    rows, marks = [], []
    for cell in outcome.done:
        name, bound = outcome.limit(cell)
        share = 100 * cell.estimate(find("goodput")).mean / bound.mean if bound.mean else math.nan
        rows.append(
            [setting(outcome, axis, cell) for axis in axes]
            + [number(cell.estimate(quantity)) for quantity in quantities]
            + [number(Estimate(bound.mean, math.nan, 1)), words(name or "–")]
            + [number(Estimate(share, math.nan, 1)), words(str(len(cell.records)), "number")]
        )
        marks.append("off" if outcome.is_off(cell) else "")
    caption = "A shaded line is more than 10 % off its analytic limit. ± is half of a 95 % "
    return table("points", caption + "confidence interval.", heads, rows, marks)


def gains(outcome: Outcome) -> str:
    """How many times better each path is than the rival; "" where it was not run."""
    asked = Asked.of(outcome)
    rivals = outcome.rivals(asked.against)
    swept = outcome.swept()
    rows = []
    for cell in outcome.done:
        if cell.path() == asked.against or outcome.label(cell) == asked.against:
            beside = [outcome.beside(cell, series) for series in rivals]
            found = [
                other and outcome.gain(other, asked.against, asked.quantity) for other in beside
            ]
            nothing = Estimate(math.nan, math.nan, 0)
            rows.append(
                [setting(outcome, axis, cell) for axis in swept]
                + [number(gain or nothing) for gain in found]
            )
    if not rivals or not rows:
        return ""
    heads = [heading(outcome, name) for name in swept] + rivals
    caption = f"Gain over {asked.against} in {asked.quantity.title()}: above 1 is better. "
    return table("gains", caption + "Repetitions are compared one by one.", heads, rows)


def parameters(outcome: Outcome) -> str:
    """What the study fixes and sweeps."""
    study = outcome.study
    rows = [
        [words(name), words(value, "wide"), words("fixed")] for name, value in study.fixed.items()
    ]
    for at, grid in enumerate(study.grids):
        where = "swept" if len(study.grids) == 1 else f"swept, grid {at + 1}"
        for axis, settings in grid.items():
            values = [
                ", ".join(one.values()) if list(one) == [axis] else spelled(one) for one in settings
            ]
            rows.append([words(axis), words(", ".join(values), "wide"), words(where)])
    rows.append([words("seeds"), words(str(study.seeds)), words("repetitions of each point")])
    rows.append([words("seed"), words(str(study.seed)), words("the study's own")])
    rows.append([words("time limit"), words(f"{study.time_limit:g} s"), words("of a run")])
    caption = (
        f"Scenario {study.scenario}; what is not named has the scenario's or the profile's value."
    )
    return table("parameters", caption, ["option", "value", ""], rows)


def spelled(options: dict[str, str]) -> str:
    """Several options that are set at once."""
    return " ".join(f"{name}={value}" for name, value in options.items())


def failures(outcome: Outcome) -> str:
    """The runs that failed, with what they said; "" where none did."""
    rows = [[words(one.command, "wide"), words(one.said.strip(), "wide")] for one in outcome.failed]
    return (
        table("failures", "Runs that gave no record.", ["run", "what it said"], rows)
        if rows
        else ""
    )


def versions(outcome: Outcome) -> str:
    """What made the runs, and what made this file."""
    records = [record for cell in outcome.done for record in cell.records.values()]
    rows = [
        [words(label), words(each(records, key), "wide")]
        for label, key in (
            ("program", "program"),
            ("revision of the runs", "revision"),
            ("ns-3", "ns3"),
        )
    ]
    rows.append([words("Python"), words(platform.python_version())])
    rows.append([words("matplotlib"), words(matplotlib.__version__)])
    return table("versions", "What made the runs and this file.", ["", "version"], rows)


def each(records: Sequence[dict], key: str) -> str:
    """The values of a key, with how many runs have it where there are several."""
    found = sorted(str(record.get(key, "not told")) for record in records)
    counts = [(value, len(list(group))) for value, group in groupby(found)]
    if len(counts) == 1:
        return counts[0][0]
    return ", ".join(f"{value} ({count} runs)" for value, count in counts)


def long(head: str) -> str:
    """The mark of a heading that is broken into lines, which are not to be of a word each."""
    return ' class="long"' if len(head) > LONG else ""


def table(
    name: str,
    caption: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[Entry]],
    marks: Sequence[str] = (),
) -> str:
    """A table in a box that scrolls; every heading sorts."""
    head = "".join(
        f'<th scope="col"{long(text)}><button type="button">{escape(text) or "what"}</button></th>'
        for text in heads
    )
    body = []
    for at, row in enumerate(rows):
        mark = f' class="{marks[at]}"' if marks and marks[at] else ""
        cells = "".join(
            f'<td{f" class={chr(34)}{e.kind}{chr(34)}" if e.kind else ""} '
            f'data-value="{escape(e.value)}">{escape(e.text)}</td>'
            for e in row
        )
        body.append(f"<tr{mark}>{cells}</tr>")
    lines = "\n".join(body)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="table: {name}">'
        f'<table id="{name}"><caption><span>{escape(caption)}</span></caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{lines}\n</tbody></table></div>"
    )
