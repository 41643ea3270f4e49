"""Many runs at the same time into the store, with a progress bar."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import closing

from tqdm import tqdm

from analysis.errors import UserError
from analysis.runs.local import Executor
from analysis.runs.process import Failure, Job, Outcome
from analysis.runs.store import Record, Run, Store


class Refused(UserError):
    """A scenario refuses a run's options (status 2)."""

    def __init__(self, run: Run, said: str) -> None:
        super().__init__(said)
        self.run = run


class Pool:
    """Completes what the store has, by an executor; counts, and keeps failures beside it."""

    def __init__(
        self,
        store: Store,
        executor: Executor,
        retry: bool = True,
        time_limit: float | None = None,
    ) -> None:
        """With `retry`, runs that the store has as failed are run again."""
        self._store = store
        self._executor = executor
        self._retry = retry
        self._time_limit = time_limit
        self.failures: list[Failure] = []
        self.computed = 0
        self.stored = 0

    def missing(self, runs: Iterable[Run]) -> list[Run]:
        """The runs that have to be executed, each once. Counts the others."""
        missing = []
        for run in dict.fromkeys(runs):
            status = self._store.status(run)
            if status == "done":
                self.stored += 1
            elif status is None or self._retry:
                missing.append(run)
            else:
                self.failures.append(Failure(run, self._store.error(run) or ""))
        return missing

    def execute(self, runs: Sequence[Run], what: str) -> None:
        """Executes runs. Each is in the store as soon as it has ended.

        Raises UserError, and stops what still runs, where a scenario refuses its options, and where
        a file that a run is of changes meanwhile.
        """
        if runs and not sys.stderr.isatty():
            print(f"{what}: {len(runs)} runs", file=sys.stderr)
        jobs = {run: Job(run, self._time_limit, self._store.inputs(run)) for run in runs}
        with (
            progress_bar(what, len(jobs)) as bar,
            closing(self._executor.outcomes(jobs.values())) as outcomes,
        ):
            for run, outcome in outcomes:
                self._keep(jobs[run], outcome)
                if self.failures:
                    bar.set_postfix_str(f"{len(self.failures)} failed", refresh=False)
                bar.update()

    def complete(self, runs: Iterable[Run], what: str) -> dict[Run, Record]:
        """The records of all runs that did not fail, in the order of the runs."""
        wanted = list(dict.fromkeys(runs))
        self.execute(self.missing(wanted), what)
        return {run: record for run in wanted if (record := self._store.get(run)) is not None}

    def _keep(self, job: Job, outcome: Outcome) -> None:
        """Puts what a run came to into the store."""
        run = job.run
        if outcome.changed:
            raise UserError(
                f"{outcome.changed}: changed during the sweep; nothing is kept of the runs that "
                "were under way, and the same command starts them anew"
            )
        if outcome.refused:
            raise Refused(run, outcome.error)
        if outcome.record is None:
            self._store.put_failure(run, outcome.error, outcome.wall_s, job.inputs)
            self.failures.append(Failure(run, outcome.error))
        else:
            self._store.put(run, outcome.record, outcome.wall_s, job.inputs)
            self.computed += 1


def progress_bar(what: str, total: int) -> tqdm:
    """Done of all, rate, time left; nothing where nobody looks."""
    return tqdm(
        total=total,
        desc=what,
        unit=" runs",
        file=sys.stderr,
        disable=not sys.stderr.isatty() or not total,
        leave=False,
        dynamic_ncols=True,
    )
