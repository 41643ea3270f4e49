"""What a study has come to so far: its points, each with the records of all its repetitions.

Plots, tables and answers look at nothing else.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from analysis import limits, measures
from analysis.errors import UserError
from analysis.quantities import QUANTITIES, Quantity, host_of, inside, mean_ci
from analysis.runs.store import Record, Store
from analysis.study import file
from analysis.study.file import Study
from analysis.study.plan import Point, points
from analysis.study.results import Result, finished
from analysis.sweep import study_words

STOCK = "stock"
GOODPUT = QUANTITIES["goodput"]
MOST_LETTERS = 60  # that changes of a study have in the names of its files
MOST_SERIES = 6  # lines of a picture: more are a tangle


@dataclass(frozen=True)
class Estimate:
    """A mean over repetitions, and half the width of its 95 % confidence interval (Student's t).

    The half width is NaN for one repetition, both are NaN where a quantity does not apply.
    """

    mean: float
    half: float
    count: int

    @staticmethod
    def of(values: Sequence[float]) -> Estimate:
        """The estimate of some values; those that are NaN make it NaN."""
        return Estimate(*mean_ci(values), len(values))

    @property
    def low(self) -> float:
        """Where the interval begins."""
        return self.mean - self.half

    @property
    def high(self) -> float:
        """Where the interval ends."""
        return self.mean + self.half


@dataclass(frozen=True)
class Cell:
    """A point of a study with its repetitions: those that have finished, of those planned."""

    values: dict[str, str]  # by axis, as shown
    options: dict[str, str]  # of its runs
    records: dict[int, Record]  # by repetition
    planned: int

    def of(self, quantity: Quantity) -> dict[int, float]:
        """A quantity of each repetition."""
        return {at: quantity.of(record) for at, record in self.records.items()}

    def estimate(self, quantity: Quantity) -> Estimate:
        """A quantity over all repetitions."""
        return Estimate.of(list(self.of(quantity).values()))

    def path(self) -> str:
        """The path that it ran, "" where its program knows none."""
        return self.options.get("path", "")


@dataclass(frozen=True)
class Failed:
    """A run that gave no record: its options and what was said."""

    command: str
    said: str


@dataclass(frozen=True)
class Outcome:
    """A study with what has finished of it."""

    study: Study
    cells: tuple[Cell, ...]  # in the plan's order, also those without a record
    failed: tuple[Failed, ...] = ()

    @cached_property
    def done(self) -> tuple[Cell, ...]:
        """The cells that have a record."""
        return tuple(cell for cell in self.cells if cell.records)

    @cached_property
    def axes(self) -> dict[str, tuple[str, ...]]:
        """The values of each axis that has more than one, in the plan's order."""
        found: dict[str, dict[str, None]] = {}
        for cell in self.cells:
            for axis, value in cell.values.items():
                found.setdefault(axis, {})[value] = None
        return {axis: tuple(values) for axis, values in found.items() if len(values) > 1}

    @cached_property
    def series(self) -> str | None:
        """The axis whose values are drawn as lines beside each other: the one of the paths.

        Where no path is swept, it is the first one of few values that are no numbers.
        """
        if "path" in self.axes:
            return "path"
        for axis in self.axes:
            if len(self._paths_along(axis)) > 1:
                return axis
        words = (a for a, values in self.axes.items() if not all(map(is_number, values)))
        return next((axis for axis in words if len(self.axes[axis]) <= MOST_SERIES), None)

    def _paths_along(self, axis: str) -> set[str]:
        """The paths of an axis whose every value sets one; else none."""
        paths: dict[str, set[str]] = {}
        for cell in self.cells:
            if axis in cell.values:
                paths.setdefault(cell.values[axis], set()).add(cell.path())
        return set.union(*paths.values()) if all(len(p) == 1 for p in paths.values()) else set()

    def swept(self) -> list[str]:
        """The axes that are no series."""
        return [axis for axis in self.axes if axis != self.series]

    def planned(self) -> int:
        """How many runs the study has."""
        return sum(cell.planned for cell in self.cells)

    def finished(self) -> int:
        """How many of them have a record."""
        return sum(len(cell.records) for cell in self.cells)

    def label(self, cell: Cell) -> str:
        """The series that a cell belongs to: without any, the path or the scenario's name."""
        if self.series in cell.values:
            return re.sub(r"\bpath=", "", cell.values[self.series])
        return cell.path() or Path(self.study.scenario).stem

    @cached_property
    def _places(self) -> dict[tuple[tuple[str, str], ...], dict[str, Cell]]:
        """The cells by the values of all other axes, and their series or path."""
        found: dict[tuple[tuple[str, str], ...], dict[str, Cell]] = {}
        for cell in self.done:
            beside = found.setdefault(self.place(cell), {})
            beside.setdefault(cell.path(), cell)
            beside[self.label(cell)] = cell
        return found

    def place(self, cell: Cell) -> tuple[tuple[str, str], ...]:
        """Where a cell is, but for its series."""
        return tuple(sorted(item for item in cell.values.items() if item[0] != self.series))

    def rivals(self, against: str) -> list[str]:
        """The series that are held against one of them; none where that one was not run."""
        series = list(dict.fromkeys(self.label(cell) for cell in self.done))
        same = [self.label(cell) for cell in self.done if cell.path() == against]
        base = against if against in series else next(iter(same), None)
        return [name for name in series if name not in (base, STOCK)] if base else []

    def beside(self, cell: Cell, series: str) -> Cell | None:
        """The cell at the same place of another series, or path; None where it has no record."""
        return self._places.get(self.place(cell), {}).get(series)

    def limit(self, cell: Cell) -> tuple[str, Estimate]:
        """What limits a cell most often, and the analytic limit over its repetitions, MB/s."""
        stock = self.beside(cell, STOCK) if lossy(cell) and cell.path() != STOCK else None
        found = [
            limits.limit(record, stock.records.get(at) if stock else None)
            for at, record in cell.records.items()
        ]
        names = [name for name, _ in found]
        return max(names, key=names.count), Estimate.of([bound for _, bound in found])

    def is_off(self, cell: Cell) -> bool:
        """Whether a cell's goodput is far from its analytic limit."""
        return limits.is_off(cell.estimate(GOODPUT).mean, self.limit(cell)[1].mean)

    def gain(self, cell: Cell, against: str, quantity: Quantity) -> Estimate | None:
        """How many times better a cell is than the one of `against` at the same place.

        Above 1 is better. Repetitions meet the same arrivals and losses, so they are compared one
        by one; None where there is no common one, or the quantity does not apply.
        """
        base = self.beside(cell, against)
        if base is None:
            return None
        ours, theirs = cell.of(quantity), base.of(quantity)
        pairs = [(ours[at], theirs[at]) for at in ours if at in theirs]
        gains = [better_by(mine, other, quantity.better) for mine, other in pairs]
        return Estimate.of(gains) if gains and all(gain > 0 for gain in gains) else None


def better_by(ours: float, theirs: float, better: str) -> float:
    """The factor by which one number is better than another; NaN where it cannot be said."""
    above, below = (ours, theirs) if better == "more" else (theirs, ours)
    return above / below if above > 0 and below > 0 else float("nan")


def is_number(text: str) -> bool:
    """Whether a value begins as numbers do: "0.1", "64", "1Gbps"."""
    return text[:1].isdigit() or text[:1] in "+-."


def lossy(cell: Cell) -> bool:
    """Whether frames are lost at a cell, or something else happens to them."""
    return any(
        inside(record, "parameters").get(rate, 0)
        for record in cell.records.values()
        for rate in measures.FAULT_RATES
    )


def gather(
    study: Study,
    planned: Iterable[Point],
    results: Iterable[Result],
    failed: Sequence[Failed] = (),
) -> Outcome:
    """A study's outcome from its points and those results that there are."""
    records = {result.point.run: result.record for result in results}
    grouped: dict[tuple[tuple[str, str], ...], list[Point]] = {}
    for point in planned:
        grouped.setdefault(tuple(sorted(point.values.items())), []).append(point)
    cells = [
        Cell(
            dict(group[0].values),
            dict(group[0].options),
            {point.repetition: records[point.run] for point in group if point.run in records},
            len(group),
        )
        for group in grouped.values()
    ]
    return Outcome(study, tuple(cells), tuple(failed))


def load(options: argparse.Namespace) -> Outcome:
    """What the store has of the study that a command's options name; computes nothing.

    Raises UserError where there is nothing at all.
    """
    study = file.load(options.study, options.quick, options.changes)
    planned = points(study)
    path = options.results / "store.sqlite"
    if not path.exists():
        raise nothing(options, study)
    store = Store(path)
    try:
        results = list(finished(planned, store))
        failed = [
            Failed(point.run.command(), said)
            for point in planned
            if (said := store.error(point.run)) is not None
        ]
    finally:
        store.close()
    if not results:
        raise nothing(options, study, failed)
    found = gather(study, planned, results, failed)
    check_hosts(found)
    return found


def check_hosts(outcome: Outcome) -> None:
    """Refuses quantities of hosts that no finished run has, if runs have hosts at all."""
    study, shown = outcome.study, file.label(outcome.study.file)
    named = [(f"{shown}:{plot.line}", plot.options.get("value")) for plot in study.plots]
    named.append((f"{shown}: [answer] quantity", study.answer.get("quantity")))
    records = [record for cell in outcome.done for record in cell.records.values()]
    hosts = sorted({host for record in records for host in inside(record, "hosts")})
    for place, name in named:
        host = host_of(str(name))
        if hosts and host not in (None, *hosts):
            raise UserError(
                f"{place}: {name!r}: no finished run has a host {host!r}; they have "
                f"{', '.join(hosts)}"
            )


def stem(options: argparse.Namespace, outcome: Outcome) -> str:
    """What the files of a study are called: with changes, not as those of the study itself."""
    changes = "-".join(options.changes)
    safe = re.sub(r"[^\w.,=-]+", "", changes)[:MOST_LETTERS]
    if safe != changes:  # others may be the same in these letters
        safe += f"-{hashlib.sha256(changes.encode()).hexdigest()[:6]}"
    words = [outcome.study.name, "quick" if options.quick else "", safe]
    return "-".join(filter(None, words))


def nothing(options: argparse.Namespace, study: Study, failed: Sequence[Failed] = ()) -> UserError:
    """That no run has finished, and what makes them."""
    again = f"./pcache sweep {study_words(options)}"
    if failed:
        return UserError(
            f"{study.name}: no run has finished, {len(failed)} failed, the first with: "
            f"{failed[0].said.strip()}\nrun them again with: {again} --retry"
        )
    return UserError(f"{study.name}: no run has finished; make them with: {again}")


def missing(options: argparse.Namespace, outcome: Outcome) -> list[str]:
    """What is missing of a study, and the command that makes it: nothing, or a line or two."""
    absent = outcome.planned() - outcome.finished()
    if not absent:
        return []
    failed = len(outcome.failed)
    lines = []
    again = f"./pcache sweep {study_words(options)}"
    if absent > failed:
        lines.append(f"{absent - failed} of {outcome.planned()} runs are missing: {again}")
    if failed:
        lines.append(f"{failed} of {outcome.planned()} runs have failed: {again} --retry")
    return lines
