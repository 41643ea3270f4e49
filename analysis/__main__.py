"""The command line: `./pcache COMMAND …`."""

from __future__ import annotations

import argparse
import os
import sys

from analysis import bench, bus, compare, export, in_ns3, plot, run, sweep, test, timeline, worker
from analysis.errors import UserError
from analysis.report import command as report

COMMANDS = {
    "compare": compare,
    "sweep": sweep,
    "plot": plot,
    "report": report,
    "export": export,
    "worker": worker,
    "run": run,
    "timeline": timeline,
    "bus": bus,
    "bench": bench,
    "test": test,
    "in-ns3": in_ns3,
}

DESCRIPTION = """\
What would a network card that caches payloads in its own RAM do for a host?

A simulator for ns-3: it models the card's RAM, the PCI or PCIe DMA, and the host copies that
disappear, beside a conventional stack."""

EPILOG = """\
examples:
  ./pcache compare                                    every path on every machine
  ./pcache sweep                                      studies: many runs over swept values
  ./pcache run bulk-transfer                          the payload cache on a Pentium III
  ./pcache run bulk-transfer --path=conventional      the same with a conventional stack
  ./pcache run bulk-transfer --help                   all options of the scenario
  ./pcache timeline FILE                              what a run's hosts did when
  ./pcache bus --kind=pcie --gen=3 --lanes=8          what a bus lets through
  ./pcache bench                                      the simulator beside stock ns-3
  ./pcache test                                       every test

`./pcache COMMAND --help` says more."""


def make_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="pcache",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, module in COMMANDS.items():
        own = commands.add_parser(
            name,
            help=module.HELP,
            description=getattr(module, "DESCRIPTION", module.HELP),
            epilog=getattr(module, "EPILOG", None),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        module.add_arguments(own)
    return parser


def main(arguments: list[str]) -> int:
    """Runs a command. Returns the exit status: 2 for what the user can mend."""
    # What follows `run SCENARIO` and `bus` belongs to their programs, unchanged.
    if arguments[:1] == ["bus"]:
        known, rest = arguments[:1], arguments[1:]
    elif arguments[:1] == ["run"] and len(arguments) > 1 and not arguments[1].startswith("-"):
        known, rest = arguments[:2], arguments[2:]
    else:
        known, rest = arguments, []
    parser = make_parser()
    options, unknown = parser.parse_known_args(known)
    if unknown and options.command != "compare":  # whose scenario takes them
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    rest = rest + unknown
    try:
        status = COMMANDS[options.command].execute(options, rest)
        sys.stdout.flush()
        return status
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        print(f"error: {name}{error.strerror}", file=sys.stderr)
        if error.filename is None:  # what waits for a full standard output is given up
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
