"""`./pcache sweep STUDY`: runs all that a study asks for, wherever it was left."""

from __future__ import annotations

import argparse
import shlex
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from analysis import build, packages
from analysis.errors import UserError
from analysis.runs.local import Cores, Executor, cores
from analysis.runs.process import Failure
from analysis.runs.store import Store
from analysis.study import file, forecast, program
from analysis.study.file import Study
from analysis.study.plan import Point, points

HELP = "run a study: many runs over swept values"
DESCRIPTION = """\
Runs all combinations that a study sweeps, on all cores, and prints a table. A study is a small TOML
file (doc/studies.md); those that ship go by their name. Without a study, lists them.

Results are kept in one SQLite file: what is there is not run again, and a sweep that was killed at
any moment goes on where it was. Failed runs are kept with what they said."""
EPILOG = """\
examples:
  ./pcache sweep                                   the studies that ship, and their questions
  ./pcache sweep write-size                        all of one
  ./pcache sweep write-size --quick                in about two minutes on two cores at most
  ./pcache sweep write-size --dry-run              how many runs, and about how long
  ./pcache sweep write-size --set profile=pii450-tigon2-gbe-2001 --set seeds=5
  ./pcache sweep write-size --set 'writeSize=[1024, "64KiB"]' --set fixed.duration=1
  ./pcache sweep mine.toml --retry                 also what has failed
  ./pcache sweep write-size --scheduler tcp://127.0.0.1:8786   on a cluster (doc/cluster.md)"""
MOST_FAILURES = 10  # that are told; chosen: more seldom have other causes
MOST_JOBS = 4096  # runs at a time; chosen, above the cores of any machine


def jobs(text: str) -> int:
    """A number of runs at the same time."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST_JOBS:
        raise argparse.ArgumentTypeError(f"{text!r}: a whole number from 1 to {MOST_JOBS}")
    return int(text)


def scheduler(text: str) -> str:
    """The address of a scheduler; whether one answers there is another question."""
    if not text.strip():
        raise argparse.ArgumentTypeError("an address such as tcp://127.0.0.1:8786")
    return text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's own arguments."""
    add_study_options(parser, nargs="?")
    parser.add_argument("--dry-run", action="store_true", help="run nothing: how many, how long")
    parser.add_argument("--retry", action="store_true", help="run failed runs again")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--jobs", type=jobs, metavar="N", help="runs at the same time (default: one a core)"
    )
    where.add_argument(
        "--scheduler",
        type=scheduler,
        metavar="ADDRESS",
        help="run on the Dask cluster of this scheduler, such as tcp://127.0.0.1:8786",
    )


def add_study_options(parser: argparse.ArgumentParser, nargs: str | None = None) -> None:
    """The options that say which study, and where its results are."""
    parser.add_argument("study", metavar="STUDY", nargs=nargs, help="a name in studies/, or a file")
    parser.add_argument(
        "--quick", action="store_true", help="the study's own smaller values ([quick])"
    )
    parser.add_argument(
        "--set",
        dest="changes",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="seeds, seed, time_limit, fixed.NAME, sweep.NAME, or an option; repeatable",
    )
    parser.add_argument(
        "--results",
        type=Path,
        default=Path("results"),
        metavar="DIR",
        help="folder of the store (default: results)",
    )


def study_words(options: argparse.Namespace) -> str:
    """The words of a command line that say which study, and where its results are."""
    words = [options.study, *(["--quick"] if options.quick else [])]
    words += [word for change in options.changes for word in ("--set", change)]
    if options.results != Path("results"):
        words += ["--results", str(options.results)]
    return shlex.join(words)


def execute(options: argparse.Namespace, _rest: list[str]) -> int:
    """Sweeps. Returns 0 if every run succeeded, else 1."""
    if options.study is None:
        refuse_more(options)
        print("\n".join(listing()))
        return 0
    study = file.load(options.study, options.quick, options.changes)
    packages.require(packages.SWEEP if options.scheduler is None else packages.CLUSTER)
    if options.scheduler is not None:
        from analysis.runs.cluster import check_address  # wants a package, as others below do

        check_address(options.scheduler, "--scheduler ")
    planned = points(study)
    folder = program.find(study).folder
    here = Cores(folder, options.jobs)  # the programs as they are now, before sources are hashed
    store = open_store(options)
    try:
        missing = checked(study, planned, store, folder, options)
        if options.dry_run:
            foretell(study, planned, missing, store, options)
            return 0
        return sweep(study, planned, store, options, here)
    finally:
        store.close()


def refuse_more(options: argparse.Namespace) -> None:
    """Refuses options that want a study."""
    for name in ("quick", "changes", "dry_run", "retry", "jobs", "scheduler"):
        if getattr(options, name) not in (None, False, []):
            word = "--set" if name == "changes" else f"--{name.replace('_', '-')}"
            raise UserError(f"{word}: of which study? ./pcache sweep lists those that ship")


def open_store(options: argparse.Namespace) -> Store:
    """The store of results; what is not there is not made by a call that runs nothing."""
    path = options.results / "store.sqlite"
    return Store(Path(":memory:") if options.dry_run and not path.exists() else path)


def listing() -> list[str]:
    """The studies that ship, with their questions."""
    lines = ["studies that ship, and what they ask:"]
    names = file.shipped()
    begin = 2 + max(map(len, names)) + 2
    for name in names:
        question = file.load(name).question
        first = f"  {name}".ljust(begin)
        lines += textwrap.wrap(question, 78, initial_indent=first, subsequent_indent=" " * begin)
    return [*lines, "", "./pcache sweep NAME runs one; --quick does with fewer runs"]


def checked(
    study: Study,
    planned: Sequence[Point],
    store: Store,
    programs: Path,
    options: argparse.Namespace,
) -> list[Point]:
    """The points that have to be run, after the scenario has agreed to all of them."""
    from analysis.study.check import check  # wants a package that may have come only now

    wanted = (None, "failed") if options.retry else (None,)
    missing = [point for point in planned if store.status(point.run) in wanted]
    check(study, missing, programs, options.jobs or cores())
    return missing


def foretell(
    study: Study,
    planned: Sequence[Point],
    missing: Sequence[Point],
    store: Store,
    options: argparse.Namespace,
) -> None:
    """Says what would be run, and how long it would take."""
    combinations = len({tuple(point.options.items()) for point in planned})
    print(f"{study.name}: {study.question}")
    print(f"runs: {len(planned)} ({combinations} combinations, {study.seeds} seeds)")
    failed = sum(store.status(point.run) == "failed" for point in planned)
    print(f"in the store: {len(planned) - len(missing)}, to be run: {len(missing)}")
    if failed:
        print(
            f"have failed: {failed}, {'run again' if options.retry else '--retry runs them again'}"
        )
    seconds = forecast.forecast(study, missing, store) if missing else 0.0
    if seconds is None:
        print("time: unknown, the store has no similar run")
        return
    if options.scheduler is None:
        count = min(options.jobs or cores(), cores())
        about = f"{forecast.duration(seconds / count)} on {count} core{'s' if count > 1 else ''}"
    else:
        about = f"{forecast.duration(seconds)} of a core, divided by the cluster's cores"
    print(f"time: about {about}, by the wall times of similar runs")


def executor(options: argparse.Namespace, store: Store, here: Executor) -> Executor:
    """Where the runs are executed."""
    if options.scheduler is None:
        return here
    from analysis.runs.cluster import Cluster

    return Cluster(options.scheduler, store.sources)


def sweep(
    study: Study,
    planned: Sequence[Point],
    store: Store,
    options: argparse.Namespace,
    here: Executor,
) -> int:
    """Runs what is missing and shows what there is. Returns 0 if no run of the study failed."""
    from analysis.runs import views
    from analysis.runs.pool import Pool, Refused
    from analysis.study.check import refused

    pool = Pool(store, executor(options, store, here), options.retry, study.time_limit)
    try:
        pool.execute(pool.missing(point.run for point in planned), study.name)
    except Refused as error:
        raise refused(study, str(error)) from error
    views.refresh(store)
    report(study, planned, store, options)
    print(f"runs: {pool.computed} computed, {pool.stored} taken from the store", end="")
    print(f", {len(pool.failures)} failed" if pool.failures else "")
    tell(pool.failures, study_words(options))
    return 1 if pool.failures else 0


def tell(failures: Sequence[Failure], again: str) -> None:
    """Says which runs failed, why, and how each is repeated."""
    for failure in failures[:MOST_FAILURES]:
        print(f"error: {failure.run.command()}", file=sys.stderr)
        print(textwrap.indent(failure.said, "  "), file=sys.stderr)
    if len(failures) > MOST_FAILURES:
        more = len(failures) - MOST_FAILURES
        print(f"… and {more} more: ./pcache export {again} --failed", file=sys.stderr)
    if failures:
        print(f"they are kept; ./pcache sweep {again} --retry runs them again", file=sys.stderr)


def report(
    study: Study, planned: Sequence[Point], store: Store, options: argparse.Namespace
) -> None:
    """Prints the table, and where to go from there."""
    from analysis.study import table
    from analysis.study.results import finished

    print(study.question)
    print("\n".join(table.render(study, finished(planned, store))))
    again = study_words(options)
    print(f"\nall results: {store.file}")
    print(f"pictures: ./pcache plot {again}")
    print(f"a report: ./pcache report {again}")
    print(f"as CSV:   ./pcache export {again}")
