"""One run as a process: what it may do, and what becomes of it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.runs import process
from analysis.runs.process import Job, Processes, Programs
from analysis.runs.store import Inputs, Run
from conftest import ROOT
from sweeping import children, gone, until


def job_of(program, limit=None):
    """A run of a program with --n=1."""
    run = Run.of(str(program), {"n": "1"})
    return Job(run, limit, Inputs.of(run))


@pytest.fixture(name="execute")
def execute_script(tmp_path):
    """Executes what a shell script says."""

    def execute(script, limit=None):
        program = tmp_path / "program"
        program.write_text(f"#!/bin/sh\ncd {tmp_path}\n{script}\n")
        program.chmod(0o755)
        return process.execute(job_of(program, limit), Programs(tmp_path), Processes())

    return execute


def test_a_record(execute):
    done = execute("""echo "{\\"words\\": \\"$*\\"}" """)
    assert done.record == {"words": "--n=1 --json=-"}
    assert done.wall_s > 0 and not done.error and not done.refused


@pytest.mark.parametrize(
    "script, said",
    [
        ("echo 'error: no room' >&2; exit 1", "error: no room"),
        ("exit 3", "status 3"),
        ("echo before >&2; kill -SEGV $$", "before\nended by SIGSEGV (status -11)"),
        ("kill -ABRT $$", "SIGABRT"),
        ("echo '{\"half\": '", "no JSON"),
        ("echo '[1]'", "no JSON object"),
        ('echo \'{"scenario": {"wait": NaN}}\'', "NaN is no number that JSON has"),
        ("echo '{\"a\": -Infinity}'", "-Infinity is no number"),
        ("echo '{\"a\": 1e999}'", "1e999 is no number"),
        ("echo '{\"hosts\": 4}'", "no JSON object in its record: hosts"),
        ('echo \'{"hosts": {"a": 4}}\'', "no JSON object in its record: hosts.a"),
        ('echo \'{"parameters": [], "scenario": "x"}\'', "record: parameters, scenario"),
        ("exec ./missing", "missing"),
    ],
)
def test_failures_say_why(execute, script, said):
    done = execute(script)
    assert done.record is None and said in done.error and not done.refused


def test_a_refusal(execute):
    done = execute("echo 'error: --n=1: even' >&2; exit 2")
    assert done.refused and done.error == "--n=1: even"


def test_a_long_error_text_is_cut(execute):
    done = execute("yes error | head -c 100000 >&2; echo last >&2; exit 1")
    assert len(done.error) == process.SAID and done.error.endswith("last")


def test_a_crash_is_not_tried_again(execute, tmp_path):
    execute("echo x >> log; kill -SEGV $$")
    assert (tmp_path / "log").read_text() == "x\n"


@pytest.mark.parametrize("name", ["KILL", "TERM"])
def test_a_run_that_is_killed_from_outside_is_started_again(execute, tmp_path, name):
    done = execute(f"echo x >> log; [ $(wc -l < log) -le 3 ] && kill -{name} $$; echo {{}}")
    assert done.record == {}
    assert (tmp_path / "log").read_text() == "x\n" * 4


def test_a_run_that_is_always_killed_fails(execute, tmp_path):
    done = execute("echo x >> log; kill -KILL $$")
    assert "killed from outside by SIGKILL, 4 times" in done.error
    assert (tmp_path / "log").read_text() == "x\n" * 4


def alive(marker):
    """Whether a process with a marker in its command line is there."""
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and marker in (entry / "cmdline").read_bytes():
                return (entry / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:  # it has ended meanwhile
            continue
    return False


def test_the_time_limit_ends_a_run_and_what_it_has_started(execute):
    done = execute("sleep 987.1 & sleep 987.1", limit=0.3)
    assert "longer than its 0.3 s" in done.error
    until(lambda: not alive(b"987.1"))


def test_a_run_that_ignores_sigterm_is_killed(execute, monkeypatch):
    monkeypatch.setattr(process, "GRACE_S", 0.2)
    done = execute("trap '' TERM; while :; do sleep 0.05; done", limit=0.3)
    assert "longer than" in done.error


CHILD = """
import sys
from pathlib import Path
from analysis.runs.process import *
from analysis.runs.store import Inputs, Run
run = Run.of(sys.argv[1], {})
execute(Job(run, None, Inputs.of(run)), Programs(Path(sys.argv[1]).parent), Processes())
"""


def test_whoever_is_killed_takes_the_run_along(tmp_path):
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", CHILD, str(program)]
    with subprocess.Popen(words, env=environment) as parent:
        (run,) = until(lambda: children(parent.pid))
        until(lambda: b"sleep" in Path(f"/proc/{run}/cmdline").read_bytes())
        parent.send_signal(signal.SIGKILL)
    until(lambda: gone(run), limit_s=20)


def test_what_is_stopped_starts_nothing_more(execute):
    processes = Processes()
    processes.stop()
    done = process.execute(job_of("/bin/true"), Programs(Path("/bin")), processes)
    assert done.record is None and done.error == "stopped"
