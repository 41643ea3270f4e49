"""Asks a scenario whether it takes what a study gives it, before anything is run."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from analysis.errors import UserError
from analysis.runs.pool import progress_bar
from analysis.runs.store import Run
from analysis.study.file import Study
from analysis.study.plan import Point

OPTION = re.compile(r"--((?:\w|::)+)")


def check(study: Study, planned: Sequence[Point], programs: Path, jobs: int) -> None:
    """Has the scenario check each combination of the planned runs, `jobs` at a time.

    Raises UserError for the first that it refuses, at the study's line of the option that it names.
    """
    combinations = list({tuple(p.options.items()): p.run for p in planned}.values())
    if not combinations or combinations[0].is_own():  # which are checked by running them
        return
    with ThreadPoolExecutor(jobs) as threads, progress_bar("checking", len(combinations)) as bar:
        try:
            for said in threads.map(lambda run: refusal(programs, run), combinations):
                bar.update()
                if said is not None:
                    raise refused(study, said)
        except BaseException:
            threads.shutdown(cancel_futures=True)
            raise


def refusal(programs: Path, run: Run) -> str | None:
    """What the scenario says against a run; None if it takes it."""
    command = [str(programs / run.scenario), *run.words(), "--check=on"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else done.stderr.strip().rpartition("error: ")[2]


def refused(study: Study, said: str) -> UserError:
    """The error for what a scenario refuses, at the study's line of the option that it names."""
    names = [name for name in OPTION.findall(said) if name in study.places]
    place = study.place(names[0] if names else "")
    return UserError(f"{place}: {Path(study.scenario).name} refuses it: {said}")
