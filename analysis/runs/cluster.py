"""Runs on the workers of a Dask cluster.

This process alone says which worker executes what, and alone writes results: each worker has at
most twice as many runs as threads, so that one that leaves or dies loses little, and what it had
is given to others. A worker gets runs once it has shown that its build is this checkout's.
"""

from __future__ import annotations

import logging
import queue
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import distributed
from distributed.comm.addressing import resolve_address
from tqdm import tqdm

from analysis import build
from analysis.errors import UserError
from analysis.runs.process import Job, Outcome, Processes, Programs, execute
from analysis.runs.store import Run, hash_sources

LOOK_S = 1.0  # how often workers that come and go are looked for; chosen, short beside a sweep
CONNECT_S = 10  # until a scheduler is given up; chosen
WORKERS_LOST = 10  # by one run, before it is kept as failed: chosen, it may be what kills them
FETCH_S = 30  # for what a worker has ready; chosen: it has died meanwhile, or the network has
CAST = "start it with ./pcache worker"


@dataclass(frozen=True)
class Build:
    """What makes two builds give the same records."""

    sources: str
    revision: str

    def __str__(self) -> str:
        return f"revision {self.revision} (sources {self.sources[:12]})"


def own_build(sources: str | None = None) -> Build:
    """The build of this checkout; of these sources, where somebody has hashed them already."""
    return Build(sources or hash_sources(), build.revision())


def check_address(address: str, option: str = "") -> None:
    """Refuses what is no address of a scheduler, whether one answers there or not."""
    try:
        resolve_address(address)
    except (OSError, ValueError) as error:
        raise UserError(
            f"{option}{address}: no address of a scheduler, such as tcp://127.0.0.1:8786: {error}"
        ) from error


# -- On a worker --


def dask_setup(worker: distributed.Worker) -> None:
    """Builds what is out of date, as the worker starts (`--preload analysis.runs.cluster`)."""
    from analysis.run import scenarios

    folder = build.ensure(tuple(scenarios()))
    worker.pcache_programs = Programs(folder / "bin")
    worker.pcache_build = own_build()


def identify() -> Build | None:
    """The build of the worker that executes this; None if it has none."""
    return getattr(distributed.get_worker(), "pcache_build", None)


def execute_here(job: Job) -> Outcome:
    """Executes a run on a worker, if the files that it reads are the same there."""
    if other := job.inputs.changed(job.run):
        said = f"not the same file on the worker: {', '.join(other)}"
        return Outcome(0, error=said, refused=True)
    return execute(job, distributed.get_worker().pcache_programs, Processes())


# -- On the machine that sweeps --


@dataclass
class Worker:
    """A worker that may be given runs."""

    threads: int
    running: dict[distributed.Future, Job] = field(default_factory=dict)

    def room(self) -> int:
        """How many runs more it may have: each thread finds its next one there."""
        return 2 * self.threads - len(self.running)


class Cluster:
    """The fit workers of a scheduler."""

    def __init__(self, address: str, sources: str) -> None:
        """Connects; `sources` are what the workers have to have built.

        Dask's own configuration says how, TLS included. Raises UserError.
        """
        logging.disable()  # Dask's tracebacks: what happens is told in our words
        check_address(address, "--scheduler ")  # a client takes half a minute to refuse it
        self._address = address
        self._build = own_build(sources)
        self._there: dict[str, dict[str, Any]] = {}  # all workers, by address
        self._asked: dict[str, distributed.Future] = {}
        self._refused: set[str] = set()
        self._workers: dict[str, Worker] = {}  # that may be given runs
        self._lost: dict[Run, int] = {}
        self._waiting: deque[Job] = deque()
        self._ended: queue.SimpleQueue[tuple[str, distributed.Future]] = queue.SimpleQueue()
        self._lonely = False
        try:
            self._client = distributed.Client(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise UserError(
                f"--scheduler {address}: no Dask scheduler answers there ({error}); "
                "dask scheduler --host 127.0.0.1 starts one"
            ) from error

    def outcomes(self, jobs: Iterable[Job]) -> Iterator[tuple[Run, Outcome]]:
        """Executes all jobs. Runs that have begun end by themselves where this is closed early."""
        self._waiting = deque(jobs)
        looked = -LOOK_S
        try:
            while self._waiting or any(worker.running for worker in self._workers.values()):
                if time.monotonic() - looked > LOOK_S:
                    yield from self._look()
                    looked = time.monotonic()
                self._hand_out()
                yield from self._take()
        except (OSError, RuntimeError) as error:  # Dask's own errors are among them
            raise UserError(
                f"the scheduler at {self._address} is gone ({error}); "
                "the same command goes on from here"
            ) from error
        finally:
            self._client.close(timeout=CONNECT_S)

    def _look(self) -> Iterator[tuple[Run, Outcome]]:
        """Looks which workers have come and gone, and asks new ones for their build."""
        there = self._client.scheduler_info().get("workers")
        if there is None:  # so it is once a client has given its scheduler up
            raise OSError("the connection is lost")
        self._there = there
        for address in self._workers.keys() - there.keys():
            yield from self._take_back(address)
        self._refused &= there.keys()
        self._asked = {address: asked for address, asked in self._asked.items() if address in there}
        for address in sorted(
            there.keys() - self._workers.keys() - self._refused - self._asked.keys()
        ):
            self._asked[address] = self._submit(address, identify)
        lonely = not self._workers and not self._asked
        if lonely and not self._lonely:
            say(
                f"no worker that may be given runs at {self._address}: waiting; "
                f"./pcache worker {self._address} starts one"
            )
        self._lonely = lonely

    def _submit(self, address: str, function: Callable, *arguments: object) -> distributed.Future:
        """Has a function called by a worker, and by no other."""
        future = self._client.submit(function, *arguments, workers=[address], pure=False)
        future.add_done_callback(lambda ended: self._ended.put((address, ended)))
        return future

    def _judge(self, address: str, future: distributed.Future) -> None:
        """Takes a worker on, or refuses it, by what it has answered."""
        del self._asked[address]
        if future.status not in ("finished", "error"):  # asked again, if it is there at all
            return
        try:
            told = answer(future)
        except TimeoutError:  # asked again, too
            return
        reason = self._unfit(told)
        if reason is None:
            self._workers[address] = Worker(self._there[address]["nthreads"])
        else:
            self._refused.add(address)
            say(f"worker {self._there[address]['id']} is refused: {reason}")

    def _unfit(self, answer: Any) -> str | None:
        """What is wrong with a worker's build."""
        if isinstance(answer, Build):
            return None if answer == self._build else f"its build is {answer}, here {self._build}"
        if isinstance(answer, Exception):
            return f"this tool is not there ({answer}), here {self._build}; {CAST}"
        return f"it has no build of this tool, here {self._build}; {CAST}"

    def _take_back(self, address: str) -> Iterator[tuple[Run, Outcome]]:
        """Puts the runs of a worker that is gone back to the front."""
        for future, job in self._workers.pop(address).running.items():
            yield from self._again(future, job)

    def _again(self, future: distributed.Future, job: Job) -> Iterator[tuple[Run, Outcome]]:
        """Puts a run that a worker has lost back to the front, or gives it up."""
        future.cancel()
        self._lost[job.run] = self._lost.get(job.run, 0) + 1
        if self._lost[job.run] < WORKERS_LOST:
            self._waiting.appendleft(job)
        else:
            yield job.run, Outcome(0, error=f"{WORKERS_LOST} workers died that had it")

    def _hand_out(self) -> None:
        """Gives runs to the workers that have room, one each in turn."""
        free = [(address, worker) for address, worker in self._workers.items() if worker.room() > 0]
        while free and self._waiting:
            for address, worker in free:
                if self._waiting:
                    job = self._waiting.popleft()
                    worker.running[self._submit(address, execute_here, job)] = job
            free = [(address, worker) for address, worker in free if worker.room() > 0]

    def _take(self) -> Iterator[tuple[Run, Outcome]]:
        """Gives what has ended, and waits for it a moment."""
        try:
            address, future = self._ended.get(timeout=LOOK_S)
        except queue.Empty:
            return
        if self._asked.get(address) is future:
            self._judge(address, future)
            return
        worker = self._workers.get(address)
        job = worker.running.pop(future, None) if worker else None
        if job is None:  # of a worker that is gone: another one has it
            return
        if future.status not in ("finished", "error"):
            self._waiting.appendleft(job)
            return
        try:
            told = answer(future)
        except TimeoutError:
            yield from self._again(future, job)
            return
        if isinstance(told, Outcome):
            yield job.run, told
        else:
            yield job.run, Outcome(0, error=f"on worker {address}: {told}")


def answer(future: distributed.Future) -> Any:
    """What a future that has ended came to, an error too. Raises TimeoutError if its worker died
    with it: Dask waits for ever for the one worker that may compute it again."""
    if future.status == "error":
        return future.exception(timeout=FETCH_S)
    return future.result(timeout=FETCH_S)


def say(text: str) -> None:
    """Tells the user, above the progress bar."""
    tqdm.write(text, file=sys.stderr)
