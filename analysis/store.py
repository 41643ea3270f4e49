"""The results: one SQLite file, a row a run, whatever asked for it.

A row's key is a hash of all that a record depends on: the scenario, its options, the contents of
the profiles, and the simulator's sources. So a run that is there already need not be run again, and
one whose sources or profile have changed is another run. Only one process writes; each row is a
transaction of its own, so a program that is killed leaves whole rows and nothing else.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis import machines
from analysis.build import ROOT
from analysis.errors import UserError

VERSION = 1  # of the tables below
SOURCES = ("CMakeLists.txt", "model", "helper", "examples")
TABLES = """
CREATE TABLE runs (
    key TEXT PRIMARY KEY,      -- hash of the columns up to sources
    scenario TEXT NOT NULL,
    options TEXT NOT NULL,     -- JSON object, as given to the scenario
    profiles TEXT NOT NULL,    -- JSON object: profile, hash of its contents
    sources TEXT NOT NULL,     -- hash of the simulator's sources
    record TEXT NOT NULL,      -- JSON, analysis/record.schema.json
    added TEXT NOT NULL DEFAULT (datetime('now'))
)
"""
Record = dict[str, Any]


def hash_sources() -> str:
    """A hash of the names and contents of the simulator's sources."""
    total = hashlib.sha256()
    for source in SOURCES:
        top = ROOT / source
        for path in [top] if top.is_file() else sorted(p for p in top.rglob("*") if p.is_file()):
            total.update(f"{path.relative_to(ROOT)}\0{path.stat().st_size}\0".encode())
            total.update(path.read_bytes())
    return total.hexdigest()


@dataclass(frozen=True)
class Run:
    """One run of a scenario: which, and with which options."""

    scenario: str
    options: tuple[tuple[str, str], ...]

    @staticmethod
    def of(scenario: str, options: dict[str, str]) -> Run:
        """A run with these options; their order does not matter."""
        return Run(scenario, tuple(sorted(options.items())))

    def words(self) -> list[str]:
        """The options as the scenario takes them."""
        return [f"--{name}={value}" for name, value in self.options]

    def profiles(self) -> dict[str, str]:
        """The profiles that it reads, with a hash of their contents."""
        names = [v for name, v in self.options if name == "profile" or name.endswith("Profile")]
        return {name: machines.digest(name) for name in names}


class Store:
    """The file, open. Raises UserError where it cannot be read or written."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._sources = hash_sources()
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(file, timeout=60)
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise UserError(f"{file}: cannot be used as the store of results: {error}") from error

    def _prepare(self) -> None:
        """Makes the tables in a new file, and refuses one that is another program's."""
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            version = self._database.execute("PRAGMA user_version").fetchone()[0]
            tables = self._database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if version == 0 and tables == 0:
                self._database.execute(TABLES)
                self._database.execute(f"PRAGMA user_version = {VERSION}")
            elif version != VERSION:
                raise UserError(
                    f"{self._file}: not a store of version {VERSION} of this tool; "
                    "name another folder, or move the file away"
                )

    def _columns(self, run: Run) -> tuple[str, str, str, str]:
        """What a run's record depends on."""
        options = json.dumps(dict(run.options), sort_keys=True)
        profiles = json.dumps(run.profiles(), sort_keys=True)
        return run.scenario, options, profiles, self._sources

    def _key(self, run: Run) -> str:
        return hashlib.sha256("\0".join(self._columns(run)).encode()).hexdigest()

    def get(self, run: Run) -> Record | None:
        """The record of a run; None if it is not there."""
        query = "SELECT record FROM runs WHERE key = ?"
        try:
            row = self._database.execute(query, (self._key(run),)).fetchone()
            return json.loads(row[0]) if row else None
        except (sqlite3.Error, ValueError) as error:
            raise UserError(f"{self._file}: damaged, move it away: {error}") from error

    def put(self, run: Run, record: Record) -> None:
        """Keeps a run's record. It is on the disk when this returns."""
        row = (self._key(run), *self._columns(run), json.dumps(record))
        insert = (
            "INSERT OR REPLACE INTO runs (key, scenario, options, profiles, sources, record) "
            "VALUES (?, ?, ?, ?, ?, ?)"
        )
        try:
            with self._database:
                self._database.execute(insert, row)
        except sqlite3.Error as error:
            raise UserError(f"{self._file}: cannot be written: {error}") from error

    def close(self) -> None:
        """Closes the file."""
        self._database.close()
