"""`./pcache plot STUDY`: the pictures of a study, from what the store has of it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from analysis import packages
from analysis.errors import UserError
from analysis.sweep import add_study_options

HELP = "the pictures of a study"
DESCRIPTION = """\
Draws a study (./pcache sweep) as PNG and PDF, at the width of a paper's column: what its [[plot]]
tables ask for, or every kind of picture that it has data for. Lines are means over the seeds with
95 % confidence intervals. The analytic limit lies behind the points of goodput, and points more
than 10 % off it have a ring. Computes nothing: runs that are missing are told."""
EPILOG = """\
examples:
  ./pcache plot write-size
  ./pcache plot write-size --quick --out figures
  ./pcache plot mine.toml --set profile=pii450-tigon2-gbe-2001

kinds of pictures, and the keys of their [[plot]] (doc/studies.md):
  heat-map          gain over a rival by two swept values (x, y, value, against)
  curves            quantities against a swept value (x, value)
  completion-times  of flows by size class (x, of)
  card-ram          what the cards hold over time
  categories        CPU by category (x)
  frontier          what CPU a goodput costs"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's own arguments."""
    add_study_options(parser)
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="folder of the pictures (default: plots/STUDY in --results, which has no others; "
        "with --set, its name says so)",
    )


def execute(options: argparse.Namespace, _rest: list[str]) -> int:
    """Draws. Returns 0."""
    packages.require(packages.PLOT)
    from analysis import outcome  # want packages that may have come only now
    from analysis.plots import draw

    found = outcome.load(options)
    undrawn: list[str] = []
    if options.out:
        files = draw.add(found, options.out, undrawn.append)
    else:
        folder = options.results / "plots" / outcome.stem(options, found)
        files = draw.publish(found, folder, undrawn.append)
    for line in [*outcome.missing(options, found), *undrawn]:
        print(f"note: {line}", file=sys.stderr)
    if not files:
        raise UserError(f"{found.study.name}: there is nothing to draw")
    print(f"in {files[0].parent}, as PNG and PDF:")
    print("\n".join(f"  {file.name}" for file in files if file.suffix == ".png"))
    return 0
