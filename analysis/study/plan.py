"""What a study comes to: its points, each of which is one run."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from analysis.runs.store import Run
from analysis.study import program, seeds
from analysis.study.file import Grid, Study
from analysis.study.values import Setting


@dataclass(frozen=True)
class Point:
    """One run of a study, and where it stands in it."""

    values: dict[str, str]  # axis, its value as it is shown
    options: dict[str, str]  # of the run, its seed left out
    repetition: int  # from 1
    run: Run


def points(study: Study) -> list[Point]:
    """All runs of a study: grid by grid, the last axis fastest, repetitions within.

    A combination that two grids have is there once. Builds the scenario, to ask for its options;
    raises UserError for those that it does not have.
    """
    scenario = program.find(study)
    if not scenario.own:
        program.check_names(study, scenario)
        program.check_profiles(study)
    found: dict[Run, Point] = {}
    for grid in study.grids:
        for values, options in combinations(grid):
            options = {**study.fixed, **options}
            traffic = {name: v for name, v in options.items() if name in scenario.traffic}
            for repetition in range(1, study.seeds + 1):
                seed = seeds.seed(study.seed, repetition, traffic)
                run = Run.of(study.scenario, {**options, "seed": str(seed)})
                found.setdefault(run, Point(values, options, repetition, run))
    return list(found.values())


def combinations(grid: Grid) -> Iterator[tuple[dict[str, str], Setting]]:
    """Every combination of a grid's values: as they are shown, and the options that they set."""
    names = {axis: name_of(axis, settings) for axis, settings in grid.items()}
    for chosen in itertools.product(*grid.values()):
        values = {axis: shown(one, names[axis]) for axis, one in zip(grid, chosen)}
        yield values, {name: value for one in chosen for name, value in one.items()}


def name_of(axis: str, settings: tuple[Setting, ...]) -> str | None:
    """The option whose value stands for a setting of an axis: the only one, or, of several, the
    one that the axis is named after, if it tells them apart. None where there is no such option."""
    only = {tuple(setting) for setting in settings}
    if len(only) == 1 and len(settings[0]) == 1:
        return next(iter(settings[0]))
    own = [setting.get(axis) for setting in settings]
    return axis if None not in own and len(set(own)) == len(own) else None


def shown(setting: Setting, name: str | None) -> str:
    """A setting of an axis as tables and pictures have it."""
    if name is not None:
        return setting[name]
    return " ".join(f"{name}={value}" for name, value in setting.items())
