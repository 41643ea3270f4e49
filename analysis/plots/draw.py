"""Draws what a study asks for, or all that there is to draw of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
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
from analysis.study.file import Plot, label

Tell = Callable[[str], None]

MODULES: dict[str, ModuleType] = {
    "heat-map": heat_map,
    "curves": curves,
    "completion-times": completion_times,
    "card-ram": card_ram,
    "categories": categories,
    "frontier": frontier,
}


def wanted(outcome: Outcome) -> Sequence[Plot]:
    """The kinds of pictures and their options: the study's own, or every kind that applies."""
    applying = [kind for kind, module in MODULES.items() if module.applies(outcome)]
    return outcome.study.plots or [Plot(kind, {}, 0) for kind in applying]


def pictures(outcome: Outcome, tell: Tell) -> Iterator[Picture]:
    """The pictures, one by one: whoever takes one closes its figure. Names are unique.

    `tell` gets a line of each plot that there is nothing to draw of.
    """
    taken: set[str] = set()
    for plot in wanted(outcome):
        with plt.rc_context(STYLE):
            found = list(MODULES[plot.kind].pictures(outcome, plot.options))
        if not found:
            tell(undrawn(outcome, plot))
        for picture in found:
            name = picture.name
            for count in range(2, len(taken) + 3):
                if name not in taken:
                    break
                name = f"{picture.name}-{count}"
            taken.add(name)
            yield replace(picture, name=name)


def undrawn(outcome: Outcome, plot: Plot) -> str:
    """That there is nothing to draw of a plot: where it is asked for, and what it would take."""
    place = f"{label(outcome.study.file)}:{plot.line}: " if plot.line else ""
    options = ", ".join(f"{key} = {value}" for key, value in plot.options.items())
    name = f"{plot.kind} ({options})" if options else plot.kind
    return f"{place}{name}: nothing to draw; it takes {MODULES[plot.kind].TAKES}"


def publish(outcome: Outcome, folder: Path, tell: Tell) -> list[Path]:
    """Saves all pictures in a folder of their own, in the place of an earlier call's.

    The folder is whole or not there. Returns the files: none where there is nothing to draw.
    """
    with drawn(outcome, folder.parent, tell) as part:
        names = sorted(file.name for file in part.iterdir())
        if names:
            shutil.rmtree(folder, ignore_errors=True)
            part.rename(folder)
    return [folder / name for name in names]


def add(outcome: Outcome, folder: Path, tell: Tell) -> list[Path]:
    """Saves all pictures beside what else there is in a folder. Returns the files."""
    with drawn(outcome, folder, tell) as part:
        files = [folder / file.name for file in sorted(part.iterdir())]
        for file in files:
            (part / file.name).replace(file)
    return files


@contextmanager
def drawn(outcome: Outcome, folder: Path, tell: Tell) -> Iterator[Path]:
    """A folder inside of another with all pictures, which is gone in the end."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".pictures.", dir=folder, ignore_cleanup_errors=True) as part:
        for picture in pictures(outcome, tell):
            with plt.rc_context(STYLE):
                save(picture.figure, Path(part) / picture.name)
        yield Path(part)
