"""What the tests of sweeps share: studies of programs that do what a test wants."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
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
    """How many rows a store has; 0 where there is none yet, or a write was cut off in it, which
    only whoever may write can put right."""
    try:
        with sqlite3.connect(f"file:{results / 'store.sqlite'}?mode=ro", uri=True) as database:
            return database.execute("SELECT count(*) FROM runs").fetchone()[0]
    except sqlite3.Error:
        return 0


# -- Sweeps that are killed --


def children(pid: int) -> list[int]:
    """The processes that a process has started, those that have ended left out."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            except OSError:  # it has ended meanwhile
                continue
            if int(parent) == pid and state != "Z":
                found.append(int(entry.name))
    return found


def kill(pid: int) -> None:
    """Kills a process at once, if it is still there."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def until(condition: Callable[[], object], limit_s: float = 60) -> object:
    """Waits for something to become true, and gives it; the test fails if it does not."""
    end = time.monotonic() + limit_s
    while not (answer := condition()):
        assert time.monotonic() < end, "it has not come true"
        time.sleep(0.005)
    return answer


def gone(pid: int) -> bool:
    """Whether a process has ended, also where nobody has waited for it yet."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] == "Z"


def many_runs(folder: Path, runs: int, byte_count: int) -> Path:
    """A study of so many runs: two paths and two sizes of writes, and seeds with losses."""
    study = folder / "many.toml"
    study.write_text(
        f'question = "Why?"\nscenario = "bulk-transfer"\nseeds = {-(-runs // 4)}\n'
        f"[fixed]\nbytes = {byte_count}\nlossRate = 0.01\n"
        '[sweep]\npath = ["offload", "payload-cache"]\nwriteSize = [4096, 65536]\n'
    )
    return study
