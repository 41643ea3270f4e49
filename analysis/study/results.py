"""What the store has of a study."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analysis.runs.store import Record, Store
from analysis.study.file import Study
from analysis.study.plan import Point, points


@dataclass(frozen=True)
class Result:
    """A finished run of a study."""

    point: Point
    record: Record


def finished(planned: Iterable[Point], store: Store) -> Iterator[Result]:
    """The points that the store has a record of, in their order, one in memory at a time."""
    for point in planned:
        record = store.get(point.run)
        if record is not None:
            yield Result(point, record)


def results(study: Study, store: Store) -> list[Result]:
    """The finished runs of a study, in the plan's order."""
    return list(finished(points(study), store))
