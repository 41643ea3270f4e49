"""Draws what a study asks for, or all that there is to draw of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

from matplotlib import pyplot as plt

from analysis.outcome import Outcome
from analysis.plots import card_ram, categories, completion_times, curves, frontier, heat_map
from analysis.plots.panels import Picture
from analysis.plots.style import STYLE, save

MODULES: dict[str, ModuleType] = {
    "heat-map": heat_map,
    "curves": curves,
    "completion-times": completion_times,
    "card-ram": card_ram,
    "categories": categories,
    "frontier": frontier,
}


def wanted(outcome: Outcome) -> list[tuple[str, dict[str, object]]]:
    """The kinds of pictures and their options: the study's own, or every kind that applies."""
    if outcome.study.plots:
        return [(plot.kind, plot.options) for plot in outcome.study.plots]
    return [(kind, {}) for kind, module in MODULES.items() if module.applies(outcome)]


def pictures(outcome: Outcome) -> Iterator[Picture]:
    """The pictures, one by one: whoever takes one closes its figure. Names are unique."""
    taken: set[str] = set()
    for kind, options in wanted(outcome):
        with plt.rc_context(STYLE):
            found = list(MODULES[kind].pictures(outcome, options))
        for picture in found:
            name = picture.name
            for count in range(2, len(taken) + 3):
                if name not in taken:
                    break
                name = f"{picture.name}-{count}"
            taken.add(name)
            yield replace(picture, name=name)


def undrawn(outcome: Outcome) -> list[str]:
    """What a study asks for and what there is nothing to draw of, with what it would take."""
    return [
        f"{kind}: nothing to draw; it takes {MODULES[kind].TAKES}"
        for kind, _ in wanted(outcome)
        if not MODULES[kind].applies(outcome)
    ]


def publish(outcome: Outcome, folder: Path) -> list[Path]:
    """Saves all pictures in a folder of their own, in the place of an earlier call's.

    The folder is whole or not there. Returns the files: none where there is nothing to draw.
    """
    with drawn(outcome, folder.parent) as part:
        names = sorted(file.name for file in part.iterdir())
        if names:
            shutil.rmtree(folder, ignore_errors=True)
            part.rename(folder)
    return [folder / name for name in names]


def add(outcome: Outcome, folder: Path) -> list[Path]:
    """Saves all pictures beside what else there is in a folder. Returns the files."""
    with drawn(outcome, folder) as part:
        files = [folder / file.name for file in sorted(part.iterdir())]
        for file in files:
            (part / file.name).replace(file)
    return files


@contextmanager
def drawn(outcome: Outcome, folder: Path) -> Iterator[Path]:
    """A folder inside of another with all pictures, which is gone in the end."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".pictures.", dir=folder, ignore_cleanup_errors=True) as part:
        for picture in pictures(outcome):
            with plt.rc_context(STYLE):
                save(picture.figure, Path(part) / picture.name)
        yield Path(part)
