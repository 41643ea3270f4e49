"""`./pcache report STUDY`: what a study says, in one HTML file."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import textwrap
from pathlib import Path

from analysis import packages
from analysis.errors import UserError
from analysis.sweep import add_study_options, study_words

HELP = "the report of a study: one HTML file"
DESCRIPTION = """\
Writes what the store has of a study (./pcache sweep) into one HTML file: the answer to its question
in the first lines, pictures, tables that sort, its parameters, versions, and the command that made
it. The file needs nothing else and asks the network for nothing. Computes nothing: runs that are
missing are told, here and in the report."""
EPILOG = """\
examples:
  ./pcache report write-size                          results/reports/write-size.html
  ./pcache report write-size --quick --out page.html
  ./pcache report mine.toml --set profile=pii450-tigon2-gbe-2001"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's own arguments."""
    add_study_options(parser)
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="the file (default: reports/STUDY.html in --results; with --set, its name says so)",
    )


def execute(options: argparse.Namespace, _rest: list[str]) -> int:
    """Writes the report. Returns 0."""
    packages.require(packages.PLOT)
    from analysis import outcome  # want packages that may have come only now
    from analysis.report import answer, page

    found = outcome.load(options)
    file = options.out or options.results / "reports" / f"{outcome.stem(options, found)}.html"
    absent = outcome.missing(options, found)
    words = study_words(options) + (
        f" --out {shlex.quote(str(options.out))}" if options.out else ""
    )
    write(page.render(found, absent, f"./pcache report {words}"), file)
    for line in absent:
        print(f"note: {line}", file=sys.stderr)
    print(found.study.question)
    for sentence in answer.sentences(found):
        print(textwrap.fill(sentence, 80, subsequent_indent="  ", break_on_hyphens=False))
    print(f"the report: {file}")
    return 0


def write(text: str, file: Path) -> None:
    """Writes a file that is whole or not there."""
    if file.is_dir():
        raise UserError(f"--out {file}: a folder; name a file in it")
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
