"""`./pcache in-ns3 TREE`: builds this checkout as a module of an ns-3 tree, and runs its suites."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

from analysis import ns3_tests, packages
from analysis.build import ROOT
from analysis.errors import UserError

HELP = "build and test in an ns-3 tree"
VERSIONS = ("3.37",)
MODULES = "payload-cache;flow-monitor"  # flow-monitor for an example
DESCRIPTION = f"""\
Links this checkout into an ns-3 tree as contrib/payload-cache, configures the tree for what the
module needs, builds it, and runs the module's suites under ns-3's test.py; and ns-3's own suites of
TCP over this module's sockets and cards, as variants written to cmake-cache/. No file of ns-3's own
changes; the link, cmake-cache/ and build/ stay, and `./ns3 run large-transfer` works there.
Versions known: {", ".join(VERSIONS)}. The first build takes a quarter of an hour on two cores."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's own arguments."""
    parser.add_argument("tree", metavar="TREE", type=Path, help="an unpacked ns-3")


def execute(options: argparse.Namespace, _rest: list[str]) -> int:
    """Builds and tests. Returns 0 if every suite passed, else 1."""
    tree = options.tree.resolve()
    version = check_tree(tree)
    check_configuration(tree)
    link(tree)
    packages.require(("g++", "cmake", "ninja-build"))
    variants = ns3_tests.write_variants(tree, variants_folder(tree))
    configure(tree)
    step(tree, ["cmake", "--build", "cmake-cache"])  # on all cores: ./ns3 leaves one idle
    results = run_suites(tree, "payload-cache-*", suites())
    results |= run_suites(tree, f"{ns3_tests.PREFIX}*", list(variants))
    with_checksums = [suite for suite, can in variants.items() if can]
    checked = run_suites(tree, f"{ns3_tests.PREFIX}*", with_checksums, "ChecksumEnabled=true")
    results |= {f"{suite}, bytes mode": checked[suite] for suite in with_checksums}
    for suite, result in results.items():
        print(f"{suite:64} {result}")
    passed = sum(result == "PASS" for result in results.values())
    print(f"{passed} of {len(results)} suites passed in ns-{version}")
    return 0 if passed == len(results) else 1


def check_tree(tree: Path) -> str:
    """The version of the ns-3 tree at `tree`.

    Raises UserError if it is none, or of a version that this module was not tried with.
    """
    for part in ("ns3", "test.py", "VERSION", "src/internet", "contrib"):
        if not (tree / part).exists():
            raise UserError(
                f"{tree}: no ns-3 tree, {part} is missing; it is the folder that ./ns3 lies in"
            )
    version = (tree / "VERSION").read_text().strip()
    if version not in VERSIONS:
        raise UserError(f"{tree}: this is ns-{version}; known are {', '.join(VERSIONS)}")
    return version


def check_configuration(tree: Path) -> None:
    """Raises UserError if the tree is configured for anything else: its user builds that."""
    cache = tree / "cmake-cache" / "CMakeCache.txt"
    if not cache.is_file():
        return
    if f"NS3_ENABLED_MODULES:STRING={MODULES}" not in cache.read_text().splitlines():
        raise UserError(
            f"{tree}: configured for other modules already; give a fresh tree, or "
            "`./ns3 clean` it first"
        )


def link(tree: Path) -> None:
    """Makes this checkout the tree's contrib/payload-cache, where it is not already."""
    place = tree / "contrib" / "payload-cache"
    if place.resolve() == ROOT:
        return
    if place.exists() or place.is_symlink():
        raise UserError(f"{place}: there already, and not this checkout ({ROOT}); remove it first")
    place.symlink_to(ROOT)


def configure(tree: Path) -> None:
    """Configures for this module, its tests and its examples alone."""
    options = ["--enable-tests", "--enable-examples", f"--enable-modules={MODULES}"]
    options += ["--filter-module-examples-and-tests=payload-cache", "-G", "Ninja"]
    options += ["--", f"-DPCACHE_NS3_TESTS={variants_folder(tree)}"]
    step(tree, ["./ns3", "configure", *options])


def variants_folder(tree: Path) -> Path:
    """Where the variants of ns-3's own tests go."""
    return tree / "cmake-cache" / "over-payload-cache"


def step(tree: Path, command: list[str]) -> None:
    """Runs a command in the tree with its output on standard error."""
    done = subprocess.run(command, cwd=tree, stdout=sys.stderr, stderr=sys.stderr, check=False)
    if done.returncode != 0:
        raise UserError(f"in {tree}, this failed: {' '.join(command)}")


def suites() -> list[str]:
    """The names of this module's suites."""
    files = sorted((ROOT / "test").glob("*-test-suite.cc"))
    return [file.name.removesuffix("-test-suite.cc") for file in files]


def run_suites(tree: Path, pattern: str, names: list[str], values: str = "") -> dict[str, str]:
    """What test.py says of each suite: PASS, FAIL, CRASH, SKIP, or that it was not run.

    `values` sets ns-3's global values.
    """
    done = subprocess.run(
        ["./test.py", "--no-build", f"--suite={pattern}"],
        cwd=tree,
        env=os.environ | {"NS_GLOBAL_VALUE": values},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    print(done.stdout, file=sys.stderr)
    return results_of(done.stdout, names)


def results_of(said: str, names: list[str]) -> dict[str, str]:
    """What the lines that test.py prints say of each of the suites named."""
    results = dict.fromkeys(names, "not run")
    plain = re.sub(r"\x1b\[\d+m", "", said)  # its colours
    for result, suite in re.findall(r"\b([A-Z]+): TestSuite ([\w-]+)", plain):
        results[suite] = result
    return results
