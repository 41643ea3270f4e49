"""`./pcache test`: builds and runs every test, or tests the tests."""

from __future__ import annotations

import argparse
import os
import subprocess

from analysis import build, packages
from analysis.errors import UserError
from analysis.proof import coverage, fuzz, mutants, random_scenarios, valgrind

HELP = "build and run every test"
DESCRIPTION = """\
Builds everything and runs the tests of the C core, the ns-3 test suites and those of the
analysis, under CTest.

Other modes test the tests themselves, each in a build folder of its own (doc/testing.md)."""
EPILOG = """\
examples:
  ./pcache test --only core             the C core's tests
  ./pcache test --sanitize              everything under sanitizers
  ./pcache test --mutants               is every planted bug noticed? 15 minutes on two cores
  ./pcache test --mutants=ram           only those with ram in their name
  ./pcache test --fuzz                  the fuzz targets, a minute each
  ./pcache test --coverage              which lines and branches of the model the tests run
  ./pcache test --valgrind              a part of the tests under memcheck
  ./pcache test --random=2000           scenarios drawn at random, and what must always hold"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's own arguments."""
    parser.add_argument(
        "--only", metavar="REGEX", help="tests whose name matches, for example core or equivalence"
    )
    parser.add_argument(
        "--full",
        action="store_true",
        help="the full product of the equivalence test and all sizes of the wait policy, not "
        "samples (about half an hour)",
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="print what tests print")
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument(
        "--sanitize",
        action="store_true",
        help="under AddressSanitizer and UndefinedBehaviorSanitizer (core and ns-3 suites)",
    )
    modes.add_argument(
        "--mutants",
        metavar="PATTERN",
        nargs="?",
        const="*",
        help="plant each bug of test/mutants (whose name matches) in a copy of the tree, and print "
        "which test catches it; exit status 1 if none does",
    )
    modes.add_argument(
        "--fuzz",
        metavar="SECONDS",
        nargs="?",
        type=int,
        const=60,
        help="run each libFuzzer target of test/fuzz for so long (60), in parallel; a failure "
        "prints the input that does it, and how to replay it",
    )
    modes.add_argument(
        "--coverage",
        action="store_true",
        help="print the share of lines and branches that the tests run, by file, and what they do "
        "not run; exit status 1 below "
        + ", ".join(f"{x.lines} and {x.branches} %% of {x.folder}" for x in coverage.LIMITS),
    )
    modes.add_argument(
        "--valgrind",
        action="store_true",
        help="under memcheck, where a definite leak is an error, " + valgrind.PART,
    )
    random_scenarios.add_arguments(parser)


def execute(options: argparse.Namespace, _rest: list[str]) -> int:
    """Runs the tests. Returns CTest's exit status."""
    drawn = random_scenarios.is_wanted(options)
    planted = options.mutants is not None or options.fuzz is not None
    mode = planted or options.coverage or options.valgrind
    if (mode or drawn) and (options.only or options.full or options.verbose):
        raise UserError("--only, --full and --verbose choose and show tests: not with this mode")
    if drawn and (mode or options.sanitize):
        raise UserError("--random and --replay: not with another mode")
    if drawn:
        return random_scenarios.execute(options)
    if options.mutants is not None:
        return mutants.execute(options.mutants)
    if options.fuzz is not None:
        return fuzz.execute(options.fuzz, options.seed)
    if options.coverage:
        return coverage.execute()
    return valgrind.execute() if options.valgrind else run_tests(options)


def run_tests(options: argparse.Namespace) -> int:
    """Runs the tests under CTest. Returns its exit status."""
    packages.require(packages.TEST)
    folder = build.ensure(variant="sanitize" if options.sanitize else build.PLAIN)
    command = ["ctest", "--test-dir", str(folder), "--output-on-failure", "--no-tests=error"]
    command += [f"-j{os.cpu_count()}"]
    command += ["-R", options.only] if options.only else []
    command += ["-V"] if options.verbose else []
    environment = dict(os.environ)
    if options.full:
        environment["PCACHE_TEST_FULL"] = "1"
    return subprocess.run(command, env=environment, check=False).returncode
