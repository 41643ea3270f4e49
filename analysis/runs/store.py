"""The results: one SQLite file, a row a run, whatever asked for it.

A row's key is a hash of all that a record depends on: the scenario, its options, the contents of
the files that they name, and the simulator's sources (for a program of the user's own, its
contents). So a run that is there already need not be run again, and one whose sources or profile
have changed is another run. Only one process writes; each row is a transaction of its own, so a
program that is killed leaves whole rows and nothing else.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from analysis import machines
from analysis.build import ROOT
from analysis.errors import UserError

VERSION = 2  # of the tables below
SOURCES = ("CMakeLists.txt", "model", "helper", "examples", "sizes")
NO_SOURCES = ("examples/own",)  # whose programs are hashed one by one
TABLES = """
CREATE TABLE runs (
    key TEXT PRIMARY KEY,      -- hash of the columns up to sources
    scenario TEXT NOT NULL,    -- a program of examples/, or ./FILE of the user's own
    options TEXT NOT NULL,     -- JSON object, as given to the scenario
    profiles TEXT NOT NULL,    -- JSON object: file that an option names, hash of its contents
    sources TEXT NOT NULL,     -- hash of the simulator's sources, or of the user's program
    status TEXT NOT NULL CHECK (status IN ('done', 'failed')),
    record TEXT,               -- JSON, analysis/record.schema.json; NULL where it failed
    error TEXT,                -- what a failed run said; NULL where it is done
    wall_s REAL,               -- wall time of the run's process, seconds
    added TEXT NOT NULL DEFAULT (datetime('now')),
    CHECK ((status = 'done') = (record IS NOT NULL) AND (status = 'failed') = (error IS NOT NULL))
)
"""
# Version 1 had records alone. The time that a record names lacks the program's start, some ms.
MIGRATE_1 = (
    "ALTER TABLE runs RENAME TO runs_1",
    TABLES,
    """
INSERT INTO runs
SELECT key, scenario, options, profiles, sources, 'done', record, NULL,
       CASE WHEN json_valid(record) THEN json_extract(record, '$.wall_s') END, added
FROM runs_1
""",
    "DROP TABLE runs_1",
)
KEEP = """
INSERT INTO runs (key, scenario, options, profiles, sources, status, record, error, wall_s)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE
SET status = excluded.status, record = excluded.record, error = excluded.error,
    wall_s = excluded.wall_s, added = datetime('now')
WHERE excluded.status = 'done' OR status = 'failed'
"""  # a failure never takes the place of a record, which another sweep may have put there
Record = dict[str, Any]


def hash_sources() -> str:
    """A hash of the names and contents of the simulator's sources."""
    total = hashlib.sha256()
    for source in SOURCES:
        top = ROOT / source
        for path in [top] if top.is_file() else sorted(filter(is_source, top.rglob("*"))):
            total.update(f"{path.relative_to(ROOT)}\0{path.stat().st_size}\0".encode())
            total.update(path.read_bytes())
    return total.hexdigest()


def is_source(path: Path) -> bool:
    """Whether a path below a folder of SOURCES is a source; what editors leave there is none."""
    if path.name.startswith((".", "#")) or path.name.endswith("~") or not path.is_file():
        return False
    return not any(path.is_relative_to(ROOT / folder) for folder in NO_SOURCES)


def hash_file(path: str | Path) -> str:
    """A hash of a file's contents."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def key_of(columns: Sequence[str]) -> str:
    """The key of a row, from what its record depends on."""
    return hashlib.sha256("\0".join(columns).encode()).hexdigest()


def is_locked(error: Exception) -> bool:
    """Whether SQLite gave up waiting for another program. Its extended codes end in the plain."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def is_profile(option: str) -> bool:
    """Whether a scenario's option names a machine."""
    return option == "profile" or option.endswith("Profile")


@dataclass(frozen=True)
class Run:
    """One run of a scenario: which, and with which options.

    The scenario is the name of a program of examples/, or the absolute path of the user's own.
    """

    scenario: str
    options: tuple[tuple[str, str], ...]

    @staticmethod
    def of(scenario: str, options: dict[str, str]) -> Run:
        """A run with these options; their order does not matter."""
        return Run(scenario, tuple(sorted(options.items())))

    def words(self) -> list[str]:
        """The options as the scenario takes them."""
        return [f"--{name}={value}" for name, value in self.options]

    def is_own(self) -> bool:
        """Whether the scenario is a program of the user's own."""
        return Path(self.scenario).is_absolute()

    def name(self) -> str:
        """The scenario as the store names it."""
        return f"./{Path(self.scenario).name}" if self.is_own() else self.scenario

    def command(self) -> str:
        """What repeats it by hand."""
        start = [self.scenario] if self.is_own() else ["./pcache", "run", self.scenario]
        return shlex.join([*start, *self.words()])

    def profiles(self) -> dict[str, str]:
        """The files that its options name, profiles above all, with a hash of their contents."""
        found = {}
        for name, value in self.options:
            if not self.is_own() and is_profile(name):
                found[value] = machines.digest(value)
            elif os.path.isfile(value):
                found[value] = hash_file(value)
        return found


@dataclass(frozen=True)
class Inputs:
    """The files that a run reads, by a hash of their contents, as they were when this was made."""

    profiles: dict[str, str]
    program: str | None  # of the user's own

    @staticmethod
    def of(run: Run) -> Inputs:
        """As they are now, on this machine. Raises OSError or UserError where one is missing."""
        return Inputs(run.profiles(), hash_file(run.scenario) if run.is_own() else None)

    def changed(self, run: Run) -> list[str]:
        """Those that are no longer what they were, or not there; by name."""
        try:
            now = Inputs.of(run)
        except (OSError, UserError) as error:
            return [str(error)]
        names = {**self.profiles, **now.profiles}
        changed = [name for name in names if self.profiles.get(name) != now.profiles.get(name)]
        return [*changed, *([run.scenario] if self.program != now.program else [])]


class Store:
    """The file, open. Raises UserError where it cannot be read or written."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.sources = hash_sources()
        self._own = lru_cache(maxsize=None)(hash_file)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self.database = sqlite3.connect(file, timeout=60)
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise UserError(f"{file}: cannot be used as the store of results: {error}") from error

    def _prepare(self) -> None:
        """Makes the tables in a new file, brings older ones up to date, and refuses one that is
        another program's."""
        with self.database:
            self.database.execute("BEGIN IMMEDIATE")
            version = self.database.execute("PRAGMA user_version").fetchone()[0]
            tables = self.database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if version == VERSION:
                return
            if version == 0 and tables == 0:
                self.database.execute(TABLES)
            elif version == 1:
                for step in MIGRATE_1:
                    self.database.execute(step)
            else:
                raise UserError(
                    f"{self.file}: not a store of version {VERSION} of this tool; "
                    "name another folder, or move the file away"
                )
            self.database.execute(f"PRAGMA user_version = {VERSION}")

    def inputs(self, run: Run) -> Inputs:
        """The files that a run reads, as they are now; one's own program as it was at first."""
        return Inputs(run.profiles(), self._own(run.scenario) if run.is_own() else None)

    def _columns(self, run: Run, inputs: Inputs) -> tuple[str, str, str, str]:
        """What a run's record depends on."""
        options = json.dumps(dict(run.options), sort_keys=True)
        profiles = json.dumps(inputs.profiles, sort_keys=True)
        return run.name(), options, profiles, inputs.program or self.sources

    def key(self, run: Run) -> str:
        """The key of a run's row."""
        return key_of(self._columns(run, self.inputs(run)))

    def _value(self, column: str, run: Run) -> str | None:
        """A column of a run's row; None if there is no such row."""
        query = f"SELECT {column} FROM runs WHERE key = ?"
        with self.reading():
            row = self.database.execute(query, (self.key(run),)).fetchone()
            return row[0] if row else None

    def get(self, run: Run) -> Record | None:
        """The record of a run; None if there is none."""
        text = self._value("record", run)
        with self.reading():
            return None if text is None else json.loads(text)

    def status(self, run: Run) -> str | None:
        """ "done", "failed", or None if the run has not been run."""
        return self._value("status", run)

    def error(self, run: Run) -> str | None:
        """What a run said that failed; None if it did not."""
        return self._value("error", run)

    def put(
        self,
        run: Run,
        record: Record,
        wall_s: float | None = None,
        inputs: Inputs | None = None,
    ) -> None:
        """Keeps a run's record, of these inputs, or of those that there are now. It is on the disk
        when this returns."""
        self._keep(run, inputs, "done", json.dumps(record, allow_nan=False), None, wall_s)

    def put_failure(
        self, run: Run, error: str, wall_s: float | None = None, inputs: Inputs | None = None
    ) -> None:
        """Keeps what a failed run said, unless its record is there."""
        self._keep(run, inputs, "failed", None, error, wall_s)

    def _keep(self, run: Run, inputs: Inputs | None, *values: object) -> None:
        columns = self._columns(run, inputs or self.inputs(run))
        with self.writing():
            self.database.execute(KEEP, (key_of(columns), *columns, *values))

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Tells of a file that is in use elsewhere, or damaged."""
        try:
            yield
        except (sqlite3.Error, ValueError) as error:
            if is_locked(error):
                raise UserError(
                    f"{self.file}: another program has locked it: {error}; try again later"
                ) from error
            raise UserError(f"{self.file}: damaged, move it away: {error}") from error

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction. Tells where the file cannot be written, a full disk for one."""
        try:
            with self.database:
                yield
        except sqlite3.Error as error:
            raise UserError(f"{self.file}: cannot be written: {error}") from error

    def close(self) -> None:
        """Closes the file."""
        self.database.close()
