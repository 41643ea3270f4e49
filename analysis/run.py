"""`./pcache run SCENARIO …`: runs a scenario and prints a summary of its record."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from analysis import build, summary
from analysis.errors import UserError
from analysis.programs import status

HELP = "run a scenario"
DESCRIPTION = """\
Builds what is out of date, runs a scenario, and prints a summary: goodput, CPU of sender and
receiver by category, bus and memory bytes a payload byte, card RAM. Options go to the scenario
unchanged, any ns-3 attribute included; --json=FILE keeps the record (- for standard output, and
then nothing else is printed there)."""


def scenarios() -> list[str]:
    """The scenarios that there are: the C++ programs of examples/ that write a record."""
    return sorted(
        path.stem
        for path in (build.ROOT / "examples").glob("*.cc")
        if 'scenario.h"' in path.read_text()  # or flow-scenario.h, which is one
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's own arguments."""
    parser.epilog = (
        f"scenarios: {', '.join(scenarios())}\n"
        "example: ./pcache run bulk-transfer --path=offload --profile=ideal\n"
        "`./pcache run SCENARIO --help` lists a scenario's options."
    )
    parser.add_argument("scenario", metavar="SCENARIO", help="which one")


def execute(options: argparse.Namespace, rest: list[str]) -> int:
    """Runs the scenario. Returns its exit status."""
    if options.scenario not in scenarios():
        raise UserError(
            f"no scenario {options.scenario!r}: the scenarios are {', '.join(scenarios())}"
        )
    program = build.ensure((options.scenario,)) / "bin" / options.scenario
    record = next((word[7:] for word in rest if word.startswith("--json=")), None)
    recordless = ("--help", "-h", "--PrintAttributes", "--describe", "--check")
    plain = any(word.partition("=")[0] in recordless for word in rest)
    if plain or record == "-":
        return status([str(program), *rest])
    if record is not None:
        return run_and_show([str(program), *rest], Path(record))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "record.json"
        return run_and_show([str(program), *rest, f"--json={file}"], file)


def run_and_show(command: list[str], file: Path) -> int:
    """Runs a program that writes its record to `file`, and prints the summary."""
    returned = status(command)
    if returned != 0:
        return returned
    try:
        record = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise UserError(f"{file}: {command[0]} left no record there: {error}") from error
    print(summary.render(record, color=sys.stdout.isatty()))
    return 0
