"""`./pcache sweep`: what it runs, keeps, prints and refuses."""

import os
import random
import re
import resource
import runpy
import shlex
import sqlite3
import subprocess
import sys

import pytest

from analysis.runs.local import cores
from analysis.study import file, forecast, table
from conftest import ROOT
from sweeping import RECORD, count, own_study, pcache, rows

SMALL = ("--set", "warmup=0", "--set", "duration=0.001", "--set", "writeSize=[512, 4096]")


@pytest.fixture(scope="module", name="short")
def short_study(tmp_path_factory):
    """A study of six runs that take some ms."""
    path = tmp_path_factory.mktemp("short") / "short.toml"
    path.write_text(
        'question = "Why?"\nscenario = "bulk-transfer"\n[fixed]\nbytes = 20000\n'
        '[sweep]\npath = ["conventional", "offload", "payload-cache"]\nwriteSize = [512, 4096]\n'
    )
    return path


def test_without_a_study_it_lists_those_that_ship():
    done = pcache("sweep")
    assert done.returncode == 0
    for name in file.shipped():
        assert f"\n  {name}  " in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines())


def test_what_is_there_is_not_run_again(short, tmp_path):
    first = pcache("sweep", short, "--results", tmp_path)
    assert first.returncode == 0, first.stderr
    assert "runs: 6 computed, 0 taken" in first.stdout
    kept = rows(tmp_path)
    again = pcache("sweep", short, "--results", tmp_path)
    assert "runs: 0 computed, 6 taken" in again.stdout
    assert again.stdout.split("\nruns:")[0] == first.stdout.split("\nruns:")[0]
    more = pcache("sweep", short, "--results", tmp_path, "--set", "writeSize=[512, 1024]")
    assert "runs: 3 computed, 3 taken" in more.stdout
    assert [row for row in rows(tmp_path) if row in kept] == kept


def test_rows_are_the_same_on_any_number_of_workers_and_in_any_order(short, tmp_path):
    turned = (
        "--set",
        "writeSize=[4096, 512]",
        "--set",
        "path=['payload-cache','offload','conventional']",
    )
    for name, words in (("one", ["--jobs=1"]), ("four", ["--jobs=4"]), ("turned", turned)):
        done = pcache("sweep", short, "--results", tmp_path / name, "--set", "seeds=2", *words)
        assert done.returncode == 0, done.stderr
    assert len(rows(tmp_path / "one")) == 12
    assert rows(tmp_path / "one") == rows(tmp_path / "four") == rows(tmp_path / "turned")


def test_the_table_has_a_line_a_combination_and_fits(short, tmp_path):
    done = pcache(
        "sweep", short, "--results", tmp_path, "--set", "seeds=3", "--set", "lossRate=0.1"
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.split("\n\n")[0].splitlines()
    assert re.search(r"^512 +payload-cache +[\d.]+ ± [\d.e+-]+", done.stdout, re.MULTILINE)
    assert all(len(line) <= 100 for line in lines)
    for head in ("writeSize", "path", "MB/s", "ns/B"):
        assert head in lines[2]
    assert f"./pcache plot {short}" in done.stdout and "./pcache report" in done.stdout
    assert str(tmp_path / "store.sqlite") in done.stdout


def test_a_cell():
    assert table.cell([2.0]) == "2"
    assert table.cell([float("nan")]) == "-"
    assert table.cell([1.0, 3.0]) == "2 ± 13"  # Student's t for one degree of freedom: 12.706
    assert table.cell([0.1 + 0.2, 0.3]) == "0.3 ± 0"


def test_a_table_is_as_wide_as_a_terminal_and_says_what_it_has_no_room_for():
    heads = ["path", "one quantity, ns/B", "another quantity, ns/B", "a third, MB/s", "x" * 60]
    rows = [heads, ["payload-cache", "1", "2 ± 0.1", "3", "4"]]
    text, left_out = table.fitted(rows, left=1)
    assert max(map(len, text)) <= 100 and left_out == 1 and "a third, MB/s" in text[0]
    assert table.fitted([[*heads[:4]]], left=1)[1] == 0
    text, left_out = table.fitted([["path", "y" * 150, "z"]], left=1)
    assert left_out == 1 and "y" * 150 in text[0]  # one stays
    assert table.fitted([["path"]], left=1) == (["path"], 0)


def test_means_say_how_many_seeds_they_are_over(tmp_path):
    script = f"[ $(ls {tmp_path}/once.* 2>/dev/null | wc -l) = 0 ] && : > {tmp_path}/once.$$ && exit 1\n{RECORD}"
    study = own_study(tmp_path, script, head="seeds = 3")
    words = ("sweep", study, "--results", tmp_path, "--jobs=1")
    first = pcache(*words)
    assert "1 failed" in first.stdout and "means over 2 to 3 of 3 seeds ±" in first.stdout
    assert "means over 3 seeds ±" in pcache(*words, "--retry").stdout


def test_dry_run_runs_nothing(short, tmp_path):
    done = pcache("sweep", short, "--results", tmp_path / "none", "--dry-run", "--set", "seeds=2")
    assert done.returncode == 0, done.stderr
    assert "12 (6 combinations, 2 seeds)" in done.stdout and "to be run: 12" in done.stdout
    assert "unknown" in done.stdout
    assert not (tmp_path / "none").exists()
    pcache("sweep", short, "--results", tmp_path)
    done = pcache("sweep", short, "--results", tmp_path, "--dry-run", "--set", "seeds=2")
    assert "in the store: 6, to be run: 6" in done.stdout
    seconds = float(re.search(r"about ([\d.]+) s on \d+ core", done.stdout)[1])
    with sqlite3.connect(tmp_path / "store.sqlite") as database:
        whole = database.execute("SELECT sum(wall_s) FROM runs").fetchone()[0]
    words = ("sweep", short, "--results", tmp_path, "--dry-run", "--set", "seeds=2")
    assert seconds == pytest.approx(whole / cores(), rel=0.06)  # two digits
    done = pcache(*words, "--jobs=4096")
    assert f"about {forecast.duration(seconds)} on {cores()} core" in done.stdout
    done = pcache(*words, "--jobs=1")
    assert f"about {forecast.duration(whole)} on 1 core," in done.stdout
    done = pcache(*words, "--scheduler=tcp://127.0.0.1:1")
    assert f"about {forecast.duration(whole)} of a core, divided by" in done.stdout


# -- What is wrong --


@pytest.mark.parametrize(
    "line, said",
    [
        ("flows = [1, 0]", "--flows=0"),
        ('path = ["offload", "teleport"]', "teleport"),
        ('"ns3::HostModel::Frequency" = ["fast"]', "clock of a core"),
        ('"ns3::HostModel::Frequnecy" = ["1"]', "Frequnecy"),
        ('profile = ["no-such-machine"]', "no-such-machine"),
    ],
)
def test_what_the_scenario_refuses_is_told_with_its_line(line, said, tmp_path):
    study = tmp_path / "bad.toml"
    study.write_text(f'question = "Why?"\nscenario = "bulk-transfer"\n[sweep]\n# here:\n{line}\n')
    done = pcache("sweep", study, "--results", tmp_path / "results")
    assert done.returncode == 2
    assert f"{study}:5: " in done.stderr and said in done.stderr
    assert done.stdout == ""
    assert count(tmp_path / "results") == 0


@pytest.mark.parametrize(
    "words, said",
    [
        (["writesize"], "did you mean write-size?"),
        (["write-size", "--jobs=0"], "from 1 to"),
        (["write-size", "--scheduler="], "an address such as"),
        (["--scheduler= "], "an address such as"),
        (["write-size", "--dry-run", "--scheduler=nonsense"], "no address of a scheduler"),
        (["write-size", "--jobs=2", "--scheduler=tcp://127.0.0.1:1"], "not allowed with"),
        (["write-size", "--scheduler=nonsense://x"], "--scheduler nonsense://x"),
        (["write-size", "--nonsense"], "unrecognized"),
        (["write-size", "--results=/dev/null/here"], "/dev/null/here"),
        (["/dev/null"], "neither one that ships"),
        (["--quick"], "of which study?"),
    ],
)
def test_bad_words(words, said, tmp_path):
    done = pcache("sweep", *SMALL, *words, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr and done.stdout == ""


def test_a_file_that_is_no_text(tmp_path):
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe")
    done = pcache("sweep", tmp_path / "x.toml")
    assert done.returncode == 2 and "UTF-8" in done.stderr


# -- Runs that fail --


def test_failures_are_kept_and_told_and_retried_when_asked(tmp_path):
    script = f'case "$*" in *n=3*) echo "no room: $(ls {tmp_path}/ok 2>&1)" >&2; [ -e {tmp_path}/ok ] || exit 1;; esac\n{RECORD}'
    study = own_study(tmp_path, script)
    results = ("--results", tmp_path)
    first = pcache("sweep", study, *results)
    assert first.returncode == 1
    assert "5 computed, 0 taken from the store, 1 failed" in first.stdout
    told = re.search(r"error: (.*--n=3.*)\n  no room", first.stderr)
    by_hand = subprocess.run(
        [*shlex.split(told[1]), "--json=-"], capture_output=True, text=True, check=False
    )
    assert by_hand.returncode == 1 and "no room" in by_hand.stderr
    assert [row[7] for row in rows(tmp_path) if row[5] == "failed"][0].startswith("no room")
    (tmp_path / "ok").touch()
    again = pcache("sweep", study, *results)
    assert again.returncode == 1 and "0 computed, 5 taken from the store, 1 failed" in again.stdout
    assert "no room" in again.stderr
    retried = pcache("sweep", study, *results, "--retry")
    assert retried.returncode == 0 and "1 computed, 5 taken" in retried.stdout
    assert {row[5] for row in rows(tmp_path)} == {"done"}


def test_a_failure_never_takes_the_place_of_a_record(tmp_path):
    from analysis.runs.store import Run, Store

    store, run = Store(tmp_path / "store.sqlite"), Run.of("bulk-transfer", {})
    store.put(run, {"a": 1})
    store.put_failure(run, "killed")
    assert store.get(run) == {"a": 1} and store.status(run) == "done"


def test_the_time_limit_of_a_study(tmp_path):
    study = own_study(
        tmp_path, f'case "$*" in *n=2*) sleep 50;; esac\n{RECORD}', head="time_limit = 0.5"
    )
    done = pcache("sweep", study, "--results", tmp_path)
    assert done.returncode == 1 and "longer than its 0.5 s" in done.stderr
    assert "5 computed" in done.stdout


def test_what_ones_own_program_refuses_ends_the_sweep(tmp_path):
    study = own_study(
        tmp_path, f'case "$*" in *n=2*) echo "error: --n=2: odd" >&2; exit 2;; esac\n{RECORD}'
    )
    done = pcache("sweep", study, "--results", tmp_path)
    assert done.returncode == 2
    assert f"{study}:5: program refuses it: --n=2: odd" in done.stderr


@pytest.mark.parametrize("bytes_left", [45_000, 70_000])
def test_a_full_disk(short, tmp_path, bytes_left):
    """Files may not grow beyond a size, which SQLite meets as it meets a full disk."""

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_left, bytes_left))

    words = [str(ROOT / "pcache"), "sweep", str(short), "--results", str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, preexec_fn=limited)
    assert done.returncode == 2, done.stdout
    assert "store.sqlite: cannot be written" in done.stderr and "Traceback" not in done.stderr
    kept = rows(tmp_path)
    assert 0 < len(kept) < 6
    done = pcache("sweep", short, "--results", tmp_path)
    assert f"runs: {6 - len(kept)} computed, {len(kept)} taken" in done.stdout
    whole = pcache("sweep", short, "--results", tmp_path / "whole")
    assert whole.returncode == 0 and rows(tmp_path) == rows(tmp_path / "whole")


# -- A program of one's own --


def test_ones_own_program_meets_its_closed_form(tmp_path):
    """The wait of customers at one server: l/(2(1-l)) where service is even, l/(1-l) where it is
    exponential (Pollaczek-Khinchine)."""
    study = ROOT / "examples" / "own" / "queue.toml"
    done = pcache(
        "sweep", study, "--quick", "--results", tmp_path, "--set", "load=[0.5]", "--set", "seeds=4"
    )
    assert done.returncode == 0, done.stderr
    with sqlite3.connect(tmp_path / "store.sqlite") as database:
        waits = dict(database.execute("SELECT service, avg(wait) FROM queue_py GROUP BY service"))
        seeds = database.execute("SELECT count(DISTINCT seed) FROM queue_py").fetchone()[0]
    assert waits["even"] == pytest.approx(0.5, rel=0.05)
    assert waits["exponential"] == pytest.approx(1, rel=0.05)
    assert seeds == 4  # one a repetition, whatever the service


def test_both_services_meet_the_same_arrivals(monkeypatch, capsys):
    """In the example: the times between arrivals are drawn with the load as their rate."""
    drawn = []

    class Watched(random.Random):
        """A generator that tells what it draws."""

        def expovariate(self, lambd):
            value = super().expovariate(lambd)
            drawn.append((lambd, value))
            return value

    monkeypatch.setattr(random, "Random", Watched)
    found = []
    for service in ("even", "exponential"):
        words = ["queue.py", "--load=0.5", "--customers=50", "--seed=7", f"--service={service}"]
        monkeypatch.setattr(sys, "argv", words)
        drawn.clear()
        runpy.run_path(str(ROOT / "examples" / "own" / "queue.py"))
        found.append([value for rate, value in drawn if rate == 0.5])
    assert found[0] == found[1] and len(set(found[0])) == 50
    assert "wait" in capsys.readouterr().out


def test_a_program_that_has_changed_is_another_one(tmp_path):
    study = own_study(tmp_path, RECORD)
    pcache("sweep", study, "--results", tmp_path)
    own_study(tmp_path, RECORD + "# changed")
    assert "6 computed, 0 taken" in pcache("sweep", study, "--results", tmp_path).stdout


@pytest.mark.parametrize(
    "name, mode, said", [("program", 0o644, "chmod +x"), ("bulk-transfer", 0o755, "another name")]
)
def test_programs_that_cannot_be_run(tmp_path, name, mode, said):
    study = own_study(tmp_path, RECORD)
    os.rename(tmp_path / "program", tmp_path / name)
    (tmp_path / name).chmod(mode)
    study.write_text(study.read_text().replace("./program", f"./{name}"))
    done = pcache("sweep", study, "--results", tmp_path)
    assert done.returncode == 2 and said in done.stderr
