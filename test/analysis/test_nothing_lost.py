"""Sweeps that are killed at any moment: nothing is lost, nothing doubled, nothing left behind.

PCACHE_TEST_FULL=1 (./pcache test --full) kills a sweep of 200 runs twenty times; else a smaller one.
"""

import os
import random
import signal
import sqlite3
import subprocess
import time

import pytest

from conftest import ROOT
from sweeping import children, count, gone, kill, many_runs, pcache, rows, until

FULL = "PCACHE_TEST_FULL" in os.environ
RUNS, BYTES, KILLS = (200, 3_000_000, 20) if FULL else (40, 300_000, 5)
VICTIMS = ("parent", "run", "all", "parent in mid-write")


def start(study, results):
    """Starts a sweep. The launcher becomes the parent of the runs."""
    words = [str(ROOT / "pcache"), "sweep", str(study), "--results", str(results)]
    return subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def wait_for_rows(sweep, results, wanted):
    """Waits until a sweep has that many rows, or has ended."""
    until(lambda: sweep.poll() is not None or count(results) >= wanted, limit_s=120)


def wait_for_write(sweep, results):
    """Waits for a moment in which SQLite is within a transaction: its journal is there."""
    journal = results / "store.sqlite-journal"
    end = time.monotonic() + 5
    while not journal.exists() and sweep.poll() is None and time.monotonic() < end:
        pass


def strike(victim, sweep, results, chance):
    """Kills what is to be killed, at a moment of chance. Returns whether the sweep has ended."""
    wait_for_rows(sweep, results, count(results) + chance.randrange(1, RUNS // KILLS // 2 + 1))
    time.sleep(chance.random() * 0.05)
    runs = children(sweep.pid)
    if victim == "run":
        for pid in runs[:1]:
            kill(pid)
        return sweep.poll() is not None
    if victim == "parent in mid-write":
        wait_for_write(sweep, results)
    kill(sweep.pid)
    for pid in runs if victim == "all" else []:
        kill(pid)
    sweep.wait()
    until(lambda: all(gone(pid) for pid in runs))  # the kernel has killed them
    return True


@pytest.fixture(scope="module", name="undisturbed")
def undisturbed_rows(tmp_path_factory):
    """The study, and the rows of a sweep that nobody disturbs."""
    folder = tmp_path_factory.mktemp("undisturbed")
    study = many_runs(folder, RUNS, BYTES)
    done = pcache("sweep", study, "--results", folder)
    assert done.returncode == 0, done.stderr
    return study, rows(folder)


def test_a_sweep_that_is_killed_at_any_moment_loses_and_doubles_nothing(undisturbed, tmp_path):
    study, wanted = undisturbed
    assert len(wanted) == RUNS
    chance = random.Random(5)
    sweep = start(study, tmp_path)
    killed = dict.fromkeys(VICTIMS, 0)
    kept = 0
    for number in range(KILLS):
        victim = VICTIMS[number % len(VICTIMS)]
        ended = strike(victim, sweep, tmp_path, chance)
        killed[victim] += 1
        now = count(tmp_path)
        assert (now == 0 or now >= kept) and now < RUNS
        kept = max(kept, now)
        if ended:
            sweep = start(study, tmp_path)
    assert sweep.wait(timeout=600) == 0
    assert rows(tmp_path) == wanted
    assert sum(killed.values()) == KILLS
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store.sqlite"]


@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, -15)])
def test_a_sweep_that_is_told_to_end_leaves_nothing_behind(undisturbed, tmp_path, number, status):
    study, _ = undisturbed
    sweep = start(study, tmp_path)
    wait_for_rows(sweep, tmp_path, 1)
    runs = children(sweep.pid)
    sweep.send_signal(number)
    assert sweep.wait(timeout=60) == status
    until(lambda: all(gone(pid) for pid in runs))
    assert 0 < len(rows(tmp_path)) < RUNS


def test_a_second_sweep_of_the_same_does_no_harm(undisturbed, tmp_path):
    study, wanted = undisturbed
    sweeps = [start(study, tmp_path) for _ in range(2)]
    assert [sweep.wait(timeout=600) for sweep in sweeps] == [0, 0]
    assert rows(tmp_path) == wanted


def test_a_store_of_version_1_goes_on(undisturbed, tmp_path):
    """A store as it was before failed runs were kept."""
    study, wanted = undisturbed
    with sqlite3.connect(tmp_path / "store.sqlite") as database:
        database.execute(
            "CREATE TABLE runs (key TEXT PRIMARY KEY, scenario TEXT NOT NULL, options TEXT NOT "
            "NULL, profiles TEXT NOT NULL, sources TEXT NOT NULL, record TEXT NOT NULL, "
            "added TEXT NOT NULL DEFAULT (datetime('now')))"
        )
        database.executemany(
            "INSERT INTO runs (key, scenario, options, profiles, sources, record) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            [(*row[:5], row[6]) for row in wanted[: RUNS // 2]],
        )
        database.execute("PRAGMA user_version = 1")
    done = pcache("sweep", study, "--results", tmp_path)
    assert f"{RUNS - RUNS // 2} computed, {RUNS // 2} taken" in done.stdout, done.stderr
    assert rows(tmp_path) == wanted
