"""One run as a process of its own: its time limit, how it ended, and what it said."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.runs.store import Inputs, Record, Run

RESTARTS = 3  # of a run that was killed from outside; chosen: a machine short of memory kills again
GRACE_S = 5  # from SIGTERM to SIGKILL; chosen: a program that tidies up has long done so
SAID = 4000  # characters of a failed run's error text that are kept, its last ones; chosen
OBJECTS = ("parameters", "hosts", "scenario")  # members of a record that have members
# Signals that others send. The rest a program raises itself, and would again.
OUTSIDE = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# The kernel kills the run when whoever started it dies, however that happens.
TIED = ("setpriv", "--pdeathsig", "KILL")


@dataclass(frozen=True)
class Job:
    """A run to be executed."""

    run: Run
    time_limit: float | None  # seconds; None: as long as it takes
    inputs: Inputs  # as they were when the run was decided on


@dataclass(frozen=True)
class Outcome:
    """What a run came to: its record, or else why there is none."""

    wall_s: float
    record: Record | None = None
    error: str = ""
    refused: bool = False  # the program refuses its options: status 2
    changed: str = ""  # files that changed meanwhile, so that nobody knows what the record is of


@dataclass(frozen=True)
class Failure:
    """A run that gave no record, and what it said."""

    run: Run
    said: str


class Programs:
    """The programs of a folder, and which files they were when this was made."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        files = [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []
        self._began = {path.name: stamp(path) for path in files}

    def path(self, run: Run) -> Path:
        """The program of a run."""
        return self._folder / run.scenario

    def changed(self, job: Job) -> str:
        """What has changed of all that a run is of, its program above all; nothing if nothing."""
        changed = job.inputs.changed(job.run)
        if not job.run.is_own() and stamp(self.path(job.run)) != self._began.get(job.run.scenario):
            changed.append(str(self.path(job.run)))
        return ", ".join(changed)


def stamp(program: Path) -> tuple[int, int] | None:
    """What differs after a program has been linked anew; None if it is not there."""
    try:
        state = program.stat()
    except FileNotFoundError:
        return None
    return state.st_ino, state.st_mtime_ns


class Processes:
    """The runs that are alive, so that they can be stopped together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._alive: set[subprocess.Popen] = set()
        self._stopped = False

    def start(self, command: Sequence[str]) -> subprocess.Popen | None:
        """Starts a program in a process group of its own; None once all have been stopped."""
        with self._lock:
            if self._stopped:
                return None
            process = subprocess.Popen(
                [*TIED, *command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                process_group=0,
            )
            self._alive.add(process)
            return process

    def ended(self, process: subprocess.Popen) -> None:
        """A program has been waited for."""
        with self._lock:
            self._alive.discard(process)

    def stop(self) -> None:
        """Kills what runs, and starts nothing more."""
        with self._lock:
            self._stopped = True
            for process in self._alive:
                signal_group(process, signal.SIGKILL)


def signal_group(process: subprocess.Popen, number: int) -> None:
    """Sends a signal to a program and to all that it has started."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:  # they have ended meanwhile
        pass


def execute(job: Job, programs: Programs, processes: Processes) -> Outcome:
    """Executes a run, and looks whether all that it depends on is still what it was."""
    done = attempt(job, programs.path(job.run), processes)
    changed = programs.changed(job)
    return Outcome(done.wall_s, changed=changed) if changed else done


def attempt(job: Job, program: Path, processes: Processes) -> Outcome:
    """Executes a run; once more, up to RESTARTS times, where it is killed from outside.

    Its record comes over a pipe: whoever is killed leaves nothing behind.
    """
    command = [str(program), *job.run.words(), "--json=-"]
    for _ in range(RESTARTS + 1):
        began = time.monotonic()
        try:
            process = processes.start(command)
        except OSError as error:
            return Outcome(0, error=f"{command[0]}: cannot be started: {error.strerror}")
        if process is None:
            return Outcome(0, error="stopped")
        said, told, in_time = communicate(process, job.time_limit)
        processes.ended(process)
        wall_s = time.monotonic() - began
        if in_time and -process.returncode in OUTSIDE:
            continue
        if not in_time:
            return Outcome(wall_s, error=f"took longer than its {job.time_limit:g} s")
        return outcome(process.returncode, said, told, wall_s)
    name = signal.Signals(-process.returncode).name
    return Outcome(wall_s, error=f"killed from outside by {name}, {RESTARTS + 1} times in a row")


def communicate(process: subprocess.Popen, limit: float | None) -> tuple[bytes, str, bool]:
    """Waits for a program. Returns its output, its error text, and whether it kept its limit."""
    in_time = True
    try:
        output, errors = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        in_time = False
        signal_group(process, signal.SIGTERM)
        try:
            output, errors = process.communicate(timeout=GRACE_S)
        except subprocess.TimeoutExpired:
            signal_group(process, signal.SIGKILL)
            output, errors = process.communicate()
    return output, errors.decode(errors="replace").strip()[-SAID:], in_time


def outcome(status: int, output: bytes, said: str, wall_s: float) -> Outcome:
    """What a program that ended by itself came to."""
    if status == 2:
        return Outcome(wall_s, error=said.rpartition("error: ")[2], refused=True)
    if status < 0:
        ended = f"ended by {signal.Signals(-status).name} (status {status})"
        return Outcome(wall_s, error=f"{said}\n{ended}".strip())
    if status > 0:
        return Outcome(wall_s, error=said or f"ended with status {status}")
    try:
        record = json.loads(output, parse_constant=finite, parse_float=finite)
    except ValueError as error:
        return Outcome(wall_s, error=f"its record is no JSON: {error}")
    wrong = misshapen(record)
    return Outcome(wall_s, error=wrong) if wrong else Outcome(wall_s, record=record)


def finite(text: str) -> float:
    """A number of a record. Python would take NaN and Infinity, which no JSON has."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is no number that JSON has")
    return value


def misshapen(record: object) -> str:
    """What is wrong with a record's form; nothing if it is right."""
    if not isinstance(record, dict):
        return "its record is no JSON object"
    wrong = [name for name in OBJECTS if not isinstance(record.get(name, {}), dict)]
    if not wrong:
        hosts = record.get("hosts", {})
        wrong = [f"hosts.{name}" for name, host in hosts.items() if not isinstance(host, dict)]
    return f"no JSON object in its record: {', '.join(wrong)}" if wrong else ""
