"""The machine profiles that there are, as the tool sees them: files with values and sources."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from analysis.build import ROOT
from analysis.errors import UserError

FOLDER = ROOT / "profiles"
FREE = "ideal"  # costs nothing, so there is nothing to compare on it
INCLUDE = re.compile(r'^\s*Include\s+"([^"]*)"')
LINE = re.compile(r'^(ns3::\w+::\w+)\s+"([^"]*)"')


def shipped() -> list[str]:
    """The names of the shipped machines, the one that costs nothing left out."""
    return sorted(path.stem for path in FOLDER.glob("*.txt") if path.stem != FREE)


def find(name: str) -> Path:
    """The file of a profile, given by its name in profiles/ or by its path.

    Raises UserError if there is none.
    """
    for path in (FOLDER / f"{name}.txt", Path(name)):
        if path.is_file():
            return path
    raise UserError(
        f"profile {name!r}: neither a name in profiles/ ({', '.join(shipped())}) nor a file"
    )


def label(name: str) -> str:
    """A profile's name for tables and file names, also where it was given by its path."""
    return find(name).stem


def files(name: str) -> list[Path]:
    """A profile's file, behind the one that it includes where it does so.

    One that is not there is left out: the run that reads the profile says what is wrong.
    """
    file = find(name)
    for line in file.read_text(encoding="utf-8").splitlines():
        if match := INCLUDE.match(line):
            included = file.parent / match[1]
            return [path for path in (included, file) if path.is_file()]
    return [file]


def digest(name: str) -> str:
    """A hash of a profile's contents, with those of the one that it includes."""
    contents = hashlib.sha256()
    for file in files(name):
        contents.update(file.read_bytes())
    return contents.hexdigest()


def values(name: str) -> dict[str, str]:
    """What a profile gives, by "ns3::Class::Attribute", with units, as text."""
    lines = [line for file in files(name) for line in file.read_text("utf-8").splitlines()]
    return {match[1]: match[2] for line in lines if (match := LINE.match(line))}
