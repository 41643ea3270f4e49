"""`./pcache test`: builds and runs every test."""

from __future__ import annotations

import argparse
import os
import subprocess

from analysis import build, packages
from analysis.proof import random_scenarios

HELP = "build and run every test"
DESCRIPTION = """\
Builds everything and runs the tests of the C core, the ns-3 test suites and those of the
analysis, under CTest."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's own arguments."""
    parser.add_argument(
        "--only", metavar="REGEX", help="tests whose name matches, for example core or equivalence"
    )
    parser.add_argument(
        "--sanitize",
        action="store_true",
        help="under AddressSanitizer and UndefinedBehaviorSanitizer (core and ns-3 suites)",
    )
    parser.add_argument(
        "--full",
        action="store_true",
        help="the full product of the equivalence test and all sizes of the wait policy, not "
        "samples (about half an hour)",
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="print what tests print")
    random_scenarios.add_arguments(parser)


def execute(options: argparse.Namespace, _rest: list[str]) -> int:
    """Runs the tests. Returns CTest's exit status."""
    if random_scenarios.is_wanted(options):
        return random_scenarios.execute(options)
    packages.require(packages.TEST)
    folder = build.ensure(sanitize=options.sanitize)
    command = ["ctest", "--test-dir", str(folder), "--output-on-failure", "--no-tests=error"]
    command += [f"-j{os.cpu_count()}"]
    command += ["-R", options.only] if options.only else []
    command += ["-V"] if options.verbose else []
    environment = dict(os.environ)
    if options.full:
        environment["PCACHE_TEST_FULL"] = "1"
    return subprocess.run(command, env=environment, check=False).returncode
