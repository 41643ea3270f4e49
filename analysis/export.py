"""`./pcache export`: results as CSV."""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from analysis.errors import UserError
from analysis.runs import views
from analysis.runs.store import Run, Store
from analysis.study import file
from analysis.study.plan import Point, points
from analysis.sweep import add_study_options

HELP = "results as CSV, which pandas reads in one line"
DESCRIPTION = """\
Prints results as CSV: one header line, a line a run, a column a figure. Of a study, its runs in its
order; of a scenario, all of its runs; without a name, all runs that there are. Runs of other
sources than this checkout's are left out unless --all is given; failed runs, unless --failed."""
EPILOG = """\
examples:
  ./pcache export write-size > write-size.csv
  ./pcache export bulk-transfer --all --failed --out runs.csv
  python3 -c 'import pandas; print(pandas.read_csv("write-size.csv").describe())'

The columns are those of the views in the store, which sqlite3 opens:
  sqlite3 results/store.sqlite 'SELECT path, writeSize, sender_cpu_ns_per_byte FROM bulk_transfer'"""

Line = dict[str, Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's own arguments."""
    add_study_options(parser, nargs="?")
    parser.add_argument("--failed", action="store_true", help="also failed runs, with their error")
    parser.add_argument("--all", action="store_true", help="also runs of other sources")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="a file (default: standard output)"
    )


def execute(options: argparse.Namespace, _rest: list[str]) -> int:
    """Exports. Returns 0."""
    path = options.results / "store.sqlite"
    if not path.exists():
        raise UserError(f"{path}: no such store; ./pcache sweep makes it, or name its --results")
    store = Store(path)
    try:
        views.refresh(store)
        lines = list(selected(store, options))
    finally:
        store.close()
    if not lines:
        raise UserError(f"{path}: no such runs{' that are done' if not options.failed else ''}")
    if options.out is None:
        write(lines, sys.stdout)
    else:
        write_file(lines, options.out)
    return 0


def selected(store: Store, options: argparse.Namespace) -> Iterator[Line]:
    """The lines that were asked for."""
    known = views.names(store)
    name = options.study
    if name is None or name in known or f"./{name}" in known:
        only = name if name in known else f"./{name}"
        wanted = known if name is None else {only: known[only]}
        if options.quick or options.changes:
            raise UserError("--quick and --set: for a study")
        yield from chosen(of_scenarios(store, wanted), store, options)
        return
    if name not in file.shipped() and not Path(name).is_file():
        raise UserError(
            f"{name!r}: neither a study ({', '.join(file.shipped())}, or a file) nor a scenario of "
            f"{store.file} ({', '.join(known)})"
        )
    if options.all:
        raise UserError("--all: for a scenario, or without a name; a study is of these sources")
    study = file.load(name, options.quick, options.changes)
    planned = points(study)
    lines = list(of_points(store, planned, known.get(Run.of(study.scenario, {}).name())))
    if len(lines) < len(planned):
        print(f"{len(planned) - len(lines)} of {len(planned)} runs are not there", file=sys.stderr)
    yield from (line for line in lines if options.failed or line["status"] == "done")


def of_scenarios(store: Store, scenarios: Mapping[str, str]) -> Iterator[Line]:
    """All runs of scenarios, by their views, in the order in which they came."""
    for scenario, view in scenarios.items():
        for line in read(store, view, "SELECT * FROM {view} ORDER BY added, key", ()):
            yield {"scenario": scenario, **line}


def chosen(lines: Iterable[Line], store: Store, options: argparse.Namespace) -> Iterator[Line]:
    """The lines that are not left out, which standard error tells of."""
    others = 0
    for line in lines:
        own = line["scenario"].startswith("./")
        if not options.all and not own and line["sources"] != store.sources:
            others += 1
        elif options.failed or line["status"] == "done":
            yield line
    if others:
        print(f"{others} runs of other sources are left out; --all has them", file=sys.stderr)


def of_points(store: Store, planned: Sequence[Point], view: str | None) -> Iterator[Line]:
    """The runs of a study by its scenario's view, which a store without any has not; an axis whose
    values set several options has a column of its own."""
    for point in planned if view is not None else ():
        query = "SELECT * FROM {view} WHERE key = ?"
        for line in read(store, view, query, (store.key(point.run),)):
            named = {axis: v for axis, v in point.values.items() if axis not in point.options}
            yield {"scenario": point.run.name(), **named, "repetition": point.repetition, **line}


def read(store: Store, view: str, query: str, values: tuple[str, ...]) -> Iterator[Line]:
    """Rows of a scenario's view, by column."""
    with store.reading():
        cursor = store.database.execute(query.format(view=views.quoted(view)), values)
        names = [column[0] for column in cursor.description]
        for row in cursor:
            yield dict(zip(names, row))


def write(lines: Sequence[Line], out: TextIO) -> None:
    """Writes CSV: all columns that any line has and that say something."""
    columns = dict.fromkeys(name for line in lines for name in line)
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)


def write_file(lines: Sequence[Line], path: Path) -> None:
    """Writes a file, whole or not at all."""
    if not path.name or path.is_dir():
        raise UserError(f"--out {path}: a folder; name a file in it")
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="") as out:
            write(lines, out)
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UserError(f"{path}: cannot be written: {error.strerror}") from error
