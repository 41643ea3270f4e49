"""Runs on the cores of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from pathlib import Path
from typing import Protocol

from analysis.runs.process import Job, Outcome, Processes, Programs, execute
from analysis.runs.store import Run


class Executor(Protocol):
    """Where runs are executed: on this machine's cores, or on a cluster."""

    def outcomes(self, jobs: Iterable[Job]) -> Iterator[tuple[Run, Outcome]]:
        """Executes all jobs. Gives each outcome as it comes, in any order.

        Closing the iterator stops what still runs.
        """


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0))


class Cores:
    """As many runs at a time as there are cores, or `count`."""

    def __init__(self, programs: Path, count: int | None = None) -> None:
        self._programs = Programs(programs)
        self._count = count or cores()

    def outcomes(self, jobs: Iterable[Job]) -> Iterator[tuple[Run, Outcome]]:
        """Executes all jobs, as `Executor` says."""
        waiting = iter(jobs)
        processes = Processes()
        with ThreadPoolExecutor(self._count) as threads:

            def start(count: int) -> dict[Future, Run]:
                return {
                    threads.submit(execute, job, self._programs, processes): job.run
                    for job in islice(waiting, count)
                }

            running = start(2 * self._count)  # a thread that is done finds its next one there
            try:
                while running:
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    running.update(start(len(done)))
                    for future in done:
                        yield running.pop(future), future.result()
            finally:
                processes.stop()
