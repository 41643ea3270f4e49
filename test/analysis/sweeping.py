"""What the tests of sweeps share: studies of programs that do what a test wants."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from pathlib import Path

from conftest import ROOT

RECORD = """echo "{\\"scenario\\": {\\"said\\": \\"$*\\"}, \\"wall_s\\": 0}" """


def pcache(*words, **options) -> subprocess.CompletedProcess:
    """Runs ./pcache."""
    return subprocess.run(
        [str(ROOT / "pcache"), *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def own_study(folder: Path, script: str, more: str = "", head: str = "") -> Path:
    """A study of a shell script that is run with --n=1 to 6, or as `more` says."""
    program = folder / "program"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    study = folder / "study.toml"
    sweep = more or "[sweep]\nn = { from = 1, to = 6, step = 1 }\n"
    study.write_text(f'question = "Why?"\nscenario = "./program"\n{head}\n{sweep}')
    return study


def rows(results: Path) -> list[tuple]:
    """The rows of a store, without the times of its runs."""
    with sqlite3.connect(f"file:{results / 'store.sqlite'}?mode=ro", uri=True) as database:
        kept = database.execute(
            "SELECT key, scenario, options, profiles, sources, status, record, error FROM runs "
            "ORDER BY key"
        ).fetchall()
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return [(*row[:6], untimed(row[6]), row[7]) for row in kept]


def untimed(record: str | None) -> str | None:
    """A record without its wall time."""
    if record is None:
        return None
    return json.dumps({key: value for key, value in json.loads(record).items() if key != "wall_s"})


def count(results: Path) -> int:
    """How many rows a store has, 0 where there is none yet."""
    try:
        with sqlite3.connect(f"file:{results / 'store.sqlite'}?mode=ro", uri=True) as database:
            return database.execute("SELECT count(*) FROM runs").fetchone()[0]
    except sqlite3.Error:
        return 0
