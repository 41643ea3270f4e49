"""How long flows take, by size class: slowdowns, or completion times, against a swept value."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.outcome import Outcome
from analysis.plots import FLOWS, curves, panels
from analysis.plots.curves import Row
from analysis.plots.panels import Picture
from analysis.quantities import CLASSES, find

TAKES = "a scenario whose flows complete, such as load, and a swept value"
STATISTICS = ("mean", "p99")
TITLES = {"slowdown": "slowdown of flows", "completion": "completion times of flows"}
UNITS = {"slowdown": "slowdown", "completion": "time, us"}


def applies(outcome: Outcome) -> bool:
    """Whether a scenario has flows that complete, and something was swept."""
    return bool(outcome.swept() and curves.applicable(outcome, [find("slowdown.all.mean")]))


def pictures(outcome: Outcome, options: dict[str, object]) -> Iterator[Picture]:
    """Mean and 99th percentile against load, or what was swept first."""
    swept = outcome.swept()
    if not swept:
        return
    x = str(options.get("x", "load" if "load" in swept else swept[0]))
    if x not in outcome.axes:  # a swept list may have one value alone
        return
    kind = str(options.get("of", FLOWS[0]))
    groups, note = panels.facets(outcome, [x], 1)
    rows = []
    for size in CLASSES:
        wanted = [find(f"{kind}.{size}.{which}") for which in STATISTICS]
        found = curves.applicable(outcome, wanted)
        if len(found) == len(wanted) and groups:
            titles = tuple(f"{which} {UNITS[kind]}" for which in STATISTICS)
            rows.append(Row(f"{size} flows", groups[0].cells, found, titles))
    if rows:
        axis = panels.axis_of(outcome, x, groups[0].cells)
        title = f"{TITLES[kind]} against {axis.noun}"
        at = f" At {groups[0].label}." if groups[0].label else ""
        note = at + panels.shown_note(note)
        yield curves.draw(outcome, axis, rows, f"completion-times-{kind}", title, note)
