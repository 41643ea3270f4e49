"""`./pcache compare`: the payload cache beside its rivals, on machines that were measured."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from analysis import build, honesty, machines, measures, packages, records, tables, verdicts
from analysis.comparison import SCENARIO, SEEDS_OF_CHANCE, Machine, Plan, compare
from analysis.errors import UserError
from analysis.runs import views
from analysis.runs.local import Cores
from analysis.runs.store import Store

HELP = "the payload cache beside a conventional host, on every machine"
PATHS = ("conventional", "offload", "payload-cache")
DESCRIPTION = """\
Runs every path on every shipped machine, in parallel, and prints one table a machine, three
sentences that say what it means, and the names of the pictures. Every combination of a cold or warm
source and of an application that reads or discards is run; CPU is compared at equal goodput. Where
chance plays a part (--lossRate) figures are means over several seeds with their spread.

Results are kept in one SQLite file: a second call runs only what is missing, also after this one
was killed."""
EPILOG = """\
Any other --option=value goes to the scenario (./pcache run bulk-transfer --help):
  ./pcache compare --writeSize=4096 --flows=4
  ./pcache compare --profile=mine.txt --paths=offload,payload-cache
  ./pcache compare --lossRate=0.001 --seeds=10
  ./pcache compare --profile=pii450-tigon2-gbe-2001 --source=cold --appRead=off"""
# What compare sets by itself, and what to say instead
RESERVED = {
    "path": "--paths",
    "json": "--results, whose folder has a record a run",
    "pcap": "./pcache run",
    "timeline": "./pcache run",
    "timelineFrom": "./pcache run",
    "timelineTo": "./pcache run",
    "seed": "--seeds",
    "senderProfile": "./pcache run, or --profile for both hosts",
    "receiverProfile": "./pcache run, or --profile for both hosts",
    "check": "./pcache run",
    "describe": "./pcache run bulk-transfer --help",
    "PrintAttributes": "./pcache run bulk-transfer --PrintAttributes=CLASS",
    "ns3::PatternSource::SendSize": "--writeSize",
    "ns3::PatternSource::MaxBytes": "--bytes",
    "ns3::PatternSource::Rate": "--appRate",
    "ns3::RateErrorModel::ErrorRate": "--lossRate",
    "ns3::WireFaults::CorruptRate": "--corruptRate",
    "ns3::WireFaults::DuplicateRate": "--duplicateRate",
    "ns3::WireFaults::ReorderRate": "--reorderRate",
    "ns3::HostModel::SourceWarm": "--source",
    "ns3::HostModel::AppRead": "--appRead",
}


def whole_number(text: str) -> int:
    """A number of seeds."""
    if not text.isdigit() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r}: a whole number from 1 to 1000")
    return int(text)


def names(text: str) -> tuple[str, ...]:
    """Names joined by commas, each once."""
    given = tuple(text.split(","))
    if not all(given):
        raise argparse.ArgumentTypeError(f"{text!r}: names joined by commas")
    if len(set(given)) < len(given):
        raise argparse.ArgumentTypeError(f"{text!r}: a name is given twice")
    return given


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's own arguments."""
    parser.add_argument(
        "--profile",
        type=names,
        metavar="A,B",
        help=f"machines: names in profiles/ or files (default: {','.join(machines.shipped())})",
    )
    parser.add_argument(
        "--paths", type=names, default=PATHS, metavar="A,B", help=f"default: {','.join(PATHS)}"
    )
    parser.add_argument(
        "--seeds",
        type=whole_number,
        metavar="N",
        help=f"seeds (default: {SEEDS_OF_CHANCE} with --lossRate and other faults of the wire, else 1)",
    )
    parser.add_argument(
        "--results",
        type=Path,
        default=Path("results"),
        metavar="DIR",
        help="folder of the store, the records and the pictures (default: results)",
    )


def scenario_options(words: Sequence[str]) -> dict[str, str]:
    """The options that go to the scenario. Raises UserError where they cannot."""
    options: dict[str, str] = {}
    for word in words:
        name, equals, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or not equals:
            raise UserError(f"{word}: an option reads --name=value; ./pcache compare --help")
        if name in RESERVED:
            raise UserError(f"--{name}: not an option of compare; see {RESERVED[name]}")
        if name in options:
            raise UserError(f"--{name} is given twice")
        options[name] = value
    return options


def make_plan(options: argparse.Namespace, rest: Sequence[str]) -> Plan:
    """What is to be compared. Raises UserError for what cannot be."""
    unknown = [path for path in options.paths if path not in PATHS]
    if unknown:
        raise UserError(f"--paths={','.join(options.paths)}: one or more of {', '.join(PATHS)}")
    given = scenario_options(rest)
    profiles = options.profile or tuple(machines.shipped())
    labels = [machines.label(profile) for profile in profiles]
    if len(set(labels)) < len(labels):
        raise UserError(f"--profile={','.join(profiles)}: two of them have the same name")
    certain = all(re.fullmatch(r"0*\.?0*", given.get(rate, "0")) for rate in measures.FAULT_RATES)
    seeds = options.seeds or (1 if certain else SEEDS_OF_CHANCE)
    return Plan(profiles, options.paths, given, seeds)


def execute(options: argparse.Namespace, rest: list[str]) -> int:
    """Compares. Returns 0 if every run succeeded, else 1."""
    plan = make_plan(options, rest)
    packages.require(packages.COMPARE)
    from analysis.runs.pool import Pool  # wants a package that may have come only now

    programs = build.ensure((SCENARIO,)) / "bin"
    store = Store(options.results / "store.sqlite")
    pool = Pool(store, Cores(programs))
    try:
        compared = compare(plan, pool.complete)
        judged = {
            machine.profile: honesty.verdict(plan, machine, pool.complete)
            for machine in compared
            if honesty.applies(plan, machine.profile)
        }
        views.refresh(store)
    finally:
        store.close()
    files = publish(compared, options.results) if compared else []
    for machine in compared:
        found = judged.get(machine.profile)
        print("\n".join([*show(machine, sys.stdout.isatty()), *judgement(machine, found), ""]))
    pictures = [path.name for path in files if path.suffix == ".png"]
    if compared:
        print(f"in {options.results}/compare: a record a run in records/, and as PNG and PDF")
        print("\n".join(f"  {name}" for name in pictures))
    print(f"all results: {options.results / 'store.sqlite'}")
    print(f"runs: {pool.computed} computed, {pool.stored} taken from the store")
    for failure in pool.failures:
        print(f"error: {failure.run.command()}", file=sys.stderr)
        print(textwrap.indent(failure.said, "  "), file=sys.stderr)
    return 1 if pool.failures else 0


def publish(compared: Sequence[Machine], results: Path) -> list[Path]:
    """Draws the pictures and writes the records, in the place of an earlier comparison's.

    The folder is whole or not there. Two calls at the same time wait for each other.
    """
    from analysis import figures  # wants a package that may have come only now

    folder, part = results / "compare", results / "compare.part"
    with build.locked(results):
        shutil.rmtree(part, ignore_errors=True)
        files = figures.draw(compared, part)
        records.export(compared, part / "records")
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)
    return files


def show(machine: Machine, color: bool) -> list[str]:
    """A machine's table, memory crossings and sentences."""
    lines = tables.machine(machine, color)
    lines += ["", *tables.crossings(machine.head, color), ""]
    for sentence in verdicts.sentences(machine):
        lines += wrap(sentence)
    return lines


def judgement(machine: Machine, found: honesty.Verdict | None) -> list[str]:
    """The verdict on a machine that has one."""
    if found is None:
        return []
    return ["", *(line for said in honesty.lines(machine, found) for line in wrap(said))]


def wrap(sentence: str) -> list[str]:
    """A sentence in lines of a terminal, which do not part numbers from their units."""
    tied = re.sub(r"(?<=\d) (?=B\b|ns\b|us\b|ms\b|[MK]iB\b|MB/s)", "\xa0", sentence)
    deeper = "  " + " " * (len(tied) - len(tied.lstrip()))
    lines = textwrap.wrap(tied, 80, subsequent_indent=deeper, break_on_hyphens=False)
    return [line.replace("\xa0", " ") for line in lines]
