"""`./pcache bus …`: the bus model as a calculator, straight on the C core."""

from __future__ import annotations

import argparse

from analysis import build
from analysis.programs import status

HELP = "what an I/O bus lets through"


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """All arguments are the calculator's."""


def execute(_options: argparse.Namespace, rest: list[str]) -> int:
    """Runs the calculator. Returns its exit status."""
    program = build.ensure(("pcache-bus",)) / "bin" / "pcache-bus"
    return status([str(program), *rest])
