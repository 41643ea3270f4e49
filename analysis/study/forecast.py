"""About how long a sweep will take, from the wall times that the store has of similar runs."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence

from analysis.runs.store import Run, Store
from analysis.study.file import Study
from analysis.study.plan import Point


def forecast(study: Study, missing: Sequence[Point], store: Store) -> float | None:
    """Seconds of a core for the missing runs; None where no similar run is known.

    Similar are the scenario's runs that have the study's fixed options, on the same path if there
    are any: the mean of their wall times, whatever else is swept.
    """
    query = "SELECT options, wall_s FROM runs WHERE scenario = ? AND wall_s IS NOT NULL"
    walls: dict[str, list[float]] = {}
    name = Run.of(study.scenario, {}).name()
    with store.reading():
        for text, wall_s in store.database.execute(query, (name,)):
            options = json.loads(text)
            if study.fixed.items() <= options.items():
                walls.setdefault(options.get("path", ""), []).append(wall_s)
    if not walls:
        return None
    means = {path: statistics.fmean(found) for path, found in walls.items()}
    whole = statistics.fmean(wall for found in walls.values() for wall in found)
    return sum(means.get(point.options.get("path", ""), whole) for point in missing)


def duration(seconds: float) -> str:
    """A time as people say it."""
    if seconds < 100:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
