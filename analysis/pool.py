"""Many runs at the same time: each a process of its own, with a progress bar."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from analysis.errors import UserError
from analysis.store import Record, Run, Store


@dataclass(frozen=True)
class Failure:
    """A run that gave no record, and what it said."""

    run: Run
    said: str


class Pool:
    """Gives records, from the store or from runs on all cores; failures are kept beside them."""

    def __init__(self, store: Store, programs: Path) -> None:
        self._store = store
        self._programs = programs
        self.failures: list[Failure] = []
        self.computed = 0
        self.stored = 0

    def complete(self, runs: Iterable[Run], what: str) -> dict[Run, Record]:
        """The records of all runs that did not fail.

        A record is in the store as soon as its run has ended. Raises UserError, and starts no
        further run, where a scenario refuses its options.
        """
        wanted = list(dict.fromkeys(runs))
        records = {run: record for run in wanted if (record := self._store.get(run)) is not None}
        self.stored += len(records)
        missing = [run for run in wanted if run not in records]
        if missing and not sys.stderr.isatty():
            print(f"{what}: {len(missing)} runs", file=sys.stderr)
        bar = tqdm(
            total=len(missing),
            desc=what,
            unit=" runs",
            file=sys.stderr,
            disable=not sys.stderr.isatty() or not missing,
            leave=False,
            dynamic_ncols=True,
        )
        with bar, ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            futures = {pool.submit(self._execute, run): run for run in missing}
            try:
                for future in as_completed(futures):
                    self._keep(futures[future], future.result(), records)
                    bar.update()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return records

    def _keep(self, run: Run, result: Record | Failure, records: dict[Run, Record]) -> None:
        """Puts a record into the store, a failure beside it."""
        if isinstance(result, Failure):
            self.failures.append(result)
            return
        self._store.put(run, result)
        records[run] = result
        self.computed += 1

    def _execute(self, run: Run) -> Record | Failure:
        """Runs a scenario. Its record comes over a pipe: whoever is killed leaves nothing behind.

        Raises UserError where the scenario refuses its options (status 2).
        """
        command = [str(self._programs / run.scenario), *run.words(), "--json=-"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 2:
            raise UserError(done.stderr.strip().rpartition("error: ")[2])
        try:
            if done.returncode == 0:
                return json.loads(done.stdout)
            said = done.stderr.strip() or f"ended with status {done.returncode}"
        except ValueError:
            said = "its record is no JSON"
        return Failure(run, said)
