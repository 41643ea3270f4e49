"""`./pcache test --coverage`: which lines and branches of the model the tests run.

Coverage is no goal: the mutants are. It shows where nothing would notice anything.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from analysis import build, packages
from analysis.errors import UserError
from analysis.proof import random_scenarios

REASONS = build.ROOT / "test" / "coverage-reasons.txt"
WIDTH = 80  # columns of a terminal
# Left out: two suites that take as long as all others together.
LONG = "connections|equivalence"
# Scenario tests that reach what no suite does: profiles, several queues, timelines, busy polling,
# frames that a wire damages, readers with a pace.
PYTEST = (
    "test_own_costs.py",
    "test_modern.py",
    "test_modern_options.py",
    "test_timeline.py",
    "test_bad_input.py",
    "test_wire_checksums.py",
    "test_same_record.py",
    "test_datagrams.py",
    "test_slow_reader.py",
)
FOUND = build.ROOT / "test" / "random" / "found"


@dataclass(frozen=True)
class Limit:
    """The least coverage of a folder, percent."""

    folder: str
    lines: float
    branches: float


# The files of model/ are those that are in it, not in model/core.
LIMITS = (Limit("model/core", 95, 90), Limit("model", 90, 80))


@dataclass
class Count:
    """How much there is, and how much of it ran."""

    lines: int = 0
    lines_run: int = 0
    branches: int = 0
    branches_run: int = 0
    missed: list[int] = field(default_factory=list)  # numbers of lines that did not run

    def add(self, other: Count) -> None:
        """Adds another file's."""
        self.lines += other.lines
        self.lines_run += other.lines_run
        self.branches += other.branches
        self.branches_run += other.branches_run

    def percent(self) -> tuple[float, float]:
        """Lines and branches that ran, percent; 100 where there are none."""
        lines = 100 * self.lines_run / self.lines if self.lines else 100.0
        branches = 100 * self.branches_run / self.branches if self.branches else 100.0
        return lines, branches


def count_file(file: dict) -> Count:
    """Counts one file of gcovr's JSON. Branches that the compiler makes for exceptions are not
    in the source, and are left out (gcovr's "throw"), as is what a comment excludes."""
    count = Count()
    for line in file["lines"]:
        if line["gcovr/noncode"]:
            continue
        count.lines += 1
        count.lines_run += line["count"] > 0
        if line["count"] == 0:
            count.missed.append(line["line_number"])
        for branch in line["branches"]:
            if not branch["throw"]:
                count.branches += 1
                count.branches_run += branch["count"] > 0
    return count


def read_reasons(file: Path) -> dict[str, list[tuple[str, str]]]:
    """Why lines do not run: by file, a part of the line and the reason.

    Raises UserError where a line of the file is no "file: part of the line: reason".
    """
    reasons: dict[str, list[tuple[str, str]]] = {}
    for number, line in enumerate(file.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split(" | ")]
        if len(parts) != 3 or not all(parts):
            raise UserError(f'{file}:{number}: a line reads "file | part of the line | reason"')
        reasons.setdefault(parts[0], []).append((parts[1], parts[2]))
    return reasons


@dataclass(frozen=True)
class Missed:
    """Lines of a file that did not run, one after the other."""

    file: str
    numbers: list[int]
    text: str  # the first one's
    reason: str | None  # why, where the file of reasons says so

    def place(self) -> str:
        """Where they are."""
        first, last = self.numbers[0], self.numbers[-1]
        return f"{self.file}:{first}" + (f"-{last}" if last > first else "")


def find_runs(numbers: Iterable[int]) -> list[list[int]]:
    """Puts lines together that follow each other, with a brace between them at most."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number - runs[-1][-1] <= 2:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def explain_missed(
    name: str, count: Count, source: Sequence[str], reasons: Sequence[tuple[str, str]]
) -> list[Missed]:
    """The lines of a file that did not run. A reason is of all that follow each other."""
    missed = []
    for run in find_runs(count.missed):
        lines = [source[number - 1].strip() for number in run]
        found = (why for part, why in reasons if any(part in line for line in lines))
        missed.append(Missed(name, run, lines[0], next(found, None)))
    return missed


def list_explained(missed: Iterable[Missed]) -> list[str]:
    """Each reason, and below it how many lines of which file have it."""
    by_reason: dict[str, Counter[str]] = {}
    for run in missed:
        if run.reason:
            by_reason.setdefault(run.reason, Counter())[run.file] += len(run.numbers)
    listed = []
    for reason, files in sorted(by_reason.items()):
        listed += textwrap.wrap(reason, WIDTH, initial_indent="  ", subsequent_indent="    ")
        counts = ", ".join(f"{Path(file).name} {count}" for file, count in files.items())
        listed += textwrap.wrap(counts, WIDTH, initial_indent="    ", subsequent_indent="    ")
    return listed


def list_unexplained(missed: Iterable[Missed]) -> list[str]:
    """What has no reason: where, and its first line, cut to a terminal's width."""
    lines = (f"  {run.place()}: {run.text}" for run in missed if not run.reason)
    return [line if len(line) <= WIDTH else line[: WIDTH - 3] + "..." for line in lines]


def count_lines(missed: Iterable[Missed], explained: bool) -> int:
    """Lines that have a reason, or that have none."""
    return sum(len(run.numbers) for run in missed if bool(run.reason) == explained)


def row(name: str, count: Count) -> str:
    """A line of the table."""
    return "{:<46}{:>10.1f}{:>14.1f}".format(name, *count.percent())


def table(counts: dict[str, Count]) -> str:
    """Each file's coverage."""
    head = f"{'file':<46}{'lines, %':>10}{'branches, %':>14}"
    return "\n".join([head, *(row(name, count) for name, count in sorted(counts.items()))])


def judge(counts: dict[str, Count]) -> tuple[list[str], bool]:
    """Each folder's coverage beside its limit, and whether all are kept."""
    lines = []
    kept = True
    for limit in LIMITS:
        total = Count()
        for name, count in counts.items():
            if str(Path(name).parent) == limit.folder:
                total.add(count)
        line_percent, branch_percent = total.percent()
        good = line_percent >= limit.lines and branch_percent >= limit.branches
        kept = kept and good
        name = f"{limit.folder}: at least {limit.lines:g} and {limit.branches:g}"
        lines.append(row(name, total) + ("" if good else " BELOW"))
    return lines, kept


def run_scenarios(folder: Path) -> None:
    """Runs random scenarios, and those that once failed. Only what they reach counts here: what
    they come to is judged by `./pcache test --random`, in processes that end without counting."""
    program = str(folder / "bin" / random_scenarios.PROGRAM)
    sources = [f"--seed={seed}" for seed in range(1, random_scenarios.COUNT + 1)]
    sources += [f"--file={file}" for file in sorted(FOUND.glob("*.json"))]

    def run(source: str) -> None:
        command = [program, source, "--here"]
        subprocess.run(command, capture_output=True, check=False)

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        list(threads.map(run, sources))


def run_tests(folder: Path) -> None:
    """Runs what is counted: the core's tests, the suites, and some scenario tests."""
    for old in folder.rglob("*.gcda"):
        old.unlink()
    suites = ["ctest", "--test-dir", str(folder), "--output-on-failure"]
    suites += ["-LE", "analysis", "-E", LONG]
    build.run_step([*suites, f"-j{os.cpu_count()}"], "the tests that are counted")
    # what pytest's tests ask the tool for is built in the same folder
    os.environ["PCACHE_BUILD"] = str(folder)
    files = [str(build.ROOT / "test" / "analysis" / name) for name in PYTEST]
    command = ["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", *files]
    build.run_step(command, "the scenario tests that are counted")
    run_scenarios(folder)


def collect(folder: Path) -> dict[str, Count]:
    """Asks gcovr for what ran, by file."""
    command = ["gcovr", "--root", str(build.ROOT), "--object-directory", str(folder), "--json"]
    command += ["--filter", "model/", "--exclude-unreachable-branches", f"-j{os.cpu_count()}"]
    # Every line counts. Of branches those do not that are no choice of the model's: whether an
    # assertion fails, whether somebody logs, and whether a user's mistake ends the program, of
    # which gcov keeps no count (tests of bad input are in test/analysis).
    command += ["--exclude-branches-by-pattern", r".*(assert\(|NS_LOG_|NS_ABORT_).*"]
    done = subprocess.run(
        [*command, str(folder)], capture_output=True, text=True, cwd=build.ROOT, check=False
    )
    if done.returncode != 0:
        raise UserError(f"gcovr failed: {done.stderr.strip()[-1000:]}")
    return {file["file"]: count_file(file) for file in json.loads(done.stdout)["files"]}


def execute() -> int:
    """Counts coverage and prints it. Returns 1 where it is below a limit."""
    packages.require(packages.COVERAGE)
    reasons = read_reasons(REASONS)
    folder = build.ensure(variant="coverage")
    run_tests(folder)
    counts = collect(folder)
    missed = []
    for name, count in sorted(counts.items()):
        source = (build.ROOT / name).read_text().splitlines()
        missed += explain_missed(name, count, source, reasons.get(name, ()))
    judged, kept = judge(counts)
    print(table(counts))
    print(f"\n{count_lines(missed, True)} lines do not run for a reason:")
    print("\n".join(list_explained(missed)))
    print(f"\n{count_lines(missed, False)} lines do not run, and no reason is given:")
    print("\n".join([*list_unexplained(missed), "", *judged]))
    sys.stdout.flush()
    return 0 if kept else 1
