"""The program of a study's scenario: where it is, and which options it has."""

from __future__ import annotations

import difflib
import json
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from analysis import build, machines
from analysis.errors import UserError
from analysis.runs.store import is_profile
from analysis.study.file import Study

ATTRIBUTE = "ns3::"  # options of that name are ns-3's attributes, which the program looks up


@dataclass(frozen=True)
class Program:
    """A scenario's program."""

    folder: Path  # of the programs
    own: bool  # the user's own, which does not tell its options
    options: frozenset[str]
    traffic: frozenset[str]  # options that shape arrivals, sizes and losses


def find(study: Study) -> Program:
    """The program of a study, built; one of the user's own says nothing of its options."""
    if Path(study.scenario).is_absolute():
        return Program(build.build_dir() / "bin", True, frozenset(), frozenset(study.traffic))
    folder = build.ensure((study.scenario,)) / "bin"
    options, traffic = describe(folder / study.scenario)
    return Program(folder, False, options, traffic)


@lru_cache(maxsize=None)
def describe(path: Path) -> tuple[frozenset[str], frozenset[str]]:
    """All options of a scenario, and those of its traffic."""
    done = subprocess.run([str(path), "--describe=on"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise UserError(f"{path} does not tell its options: {done.stderr.strip()}")
    options = json.loads(done.stdout)["options"]
    traffic = (option["name"] for option in options if option["traffic"])
    return frozenset(option["name"] for option in options), frozenset(traffic)


def check_profiles(study: Study) -> None:
    """Refuses machines that are not there."""
    settings = [study.fixed, *(one for g in study.grids for values in g.values() for one in values)]
    for setting in settings:
        for name, value in setting.items():
            if is_profile(name):
                try:
                    machines.find(value)
                except UserError as error:
                    raise UserError(f"{study.place(name)}: {error}") from None


def check_names(study: Study, program: Program) -> None:
    """Refuses options that the program does not have."""
    for name, place in study.places.items():
        if name in program.options or name.startswith(ATTRIBUTE):
            continue
        close = difflib.get_close_matches(name, program.options, n=1)
        meant = f"did you mean {close[0]}?" if close else ""
        raise UserError(
            f"{place}: {name}: no option of {study.scenario}; {meant or 'they are listed by'}"
            + ("" if meant else f" ./pcache run {study.scenario} --help")
        )
