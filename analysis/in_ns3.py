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
TCP over this module's sockets and cards, in accounting and in bytes mode, as variants written to
cmake-cache/. No file of ns-3's own changes; the link, cmake-cache/ and build/ stay, and
`./ns3 run large-transfer` works there.
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
    own = run_suites(tree, "payload-cache-*", suites())
    accounting = run_variants(tree, variants, {}, {})
    in_bytes = run_variants(tree, variants, ns3_tests.BYTES_MODE, ns3_tests.CHECKSUMS)
    print(table(own, accounting, in_bytes))
    said = [*own.values(), *accounting.values(), *in_bytes.values()]
    passed = said.count("PASS")
    print(f"{passed} of {len(said)} passed in ns-{version}")
    return 0 if passed == len(said) else 1


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


def run_variants(
    tree: Path, variants: list[str], settings: dict[str, str], checksums: dict[str, str]
) -> dict[str, str]:
    """What test.py says of the variants of ns-3's suites, under ns-3's environment variables
    `settings`, and `checksums` where packets are not compared with recorded ones, which have none.
    """
    recorded = [suite for suite in variants if suite.startswith(ns3_tests.RECORDED)]
    others = [suite for suite in variants if suite not in recorded]
    results = run_suites(tree, f"{ns3_tests.PREFIX}*", others, settings | checksums)
    return results | run_suites(tree, f"{ns3_tests.RECORDED}*", recorded, settings)


def table(own: dict[str, str], accounting: dict[str, str], in_bytes: dict[str, str]) -> str:
    """The results for a terminal: the module's suites, then ns-3's in both modes."""
    lines = [f"{'suites of this module':48}", *(f"{suite:48}{said}" for suite, said in own.items())]
    lines += ["", f"{'suites of ns-3 over our sockets and cards':48}{'accounting':12}bytes mode"]
    for suite, said in accounting.items():
        recorded = suite.startswith(ns3_tests.RECORDED)
        name = suite.removeprefix(ns3_tests.RECORDED if recorded else ns3_tests.PREFIX)
        note = ", no checksums" if recorded else ""
        lines.append(f"{name:48}{said:12}{in_bytes[suite]}{note}")
    return "\n".join(line.rstrip() for line in lines)


def run_suites(
    tree: Path, pattern: str, names: list[str], settings: dict[str, str] | None = None
) -> dict[str, str]:
    """What test.py says of each suite: PASS, FAIL, CRASH, SKIP, or that it was not run.

    `settings` are environment variables of ns-3's.
    """
    done = subprocess.run(
        ["./test.py", "--no-build", f"--suite={pattern}"],
        cwd=tree,
        env=os.environ | (settings or {}),
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
