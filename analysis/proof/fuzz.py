"""`./pcache test --fuzz`: libFuzzer targets of the core's modules and the profile loader.

Each file of test/fuzz is a target. It begins with its corpus of test/fuzz/corpus and runs under
AddressSanitizer and UndefinedBehaviorSanitizer for a bounded time; a corpus that is found on the
way is kept in the build folder, so that the next run goes on with it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from analysis import build, packages
from analysis.errors import UserError

SOURCES = build.ROOT / "test" / "fuzz"
CORPUS = SOURCES / "corpus"
LONGEST_INPUT = 4096  # bytes; chosen: some hundred operations, or a profile of fifty lines
MEMORY_MB = 2048  # chosen: no target needs a tenth of it
FRESH = 0  # libFuzzer then draws a seed
MOST_SEED = 2**32 - 1  # what libFuzzer takes
STATUS = re.compile(r"^#(\d+)\s+(?:DONE|\S+)\s.*?corp: (\d+)", re.MULTILINE)
RUNS = re.compile(r"^stat::number_of_executed_units:\s+(\d+)", re.MULTILINE)
REPRODUCER = re.compile(r"Test unit written to (\S+)")


@dataclass(frozen=True)
class Outcome:
    """What a target came to."""

    target: str
    executions: int
    corpus: int  # inputs that each reach something of their own
    status: int  # the target's exit status
    said: str  # all that it printed
    reproducer: str = ""  # the input that it ended with, if it did


def targets(folder: Path = SOURCES) -> list[str]:
    """The targets' names."""
    return sorted(path.stem for path in folder.iterdir() if path.suffix in (".c", ".cc"))


def command_of(program: Path, target: str, seconds: int, seed: int, found: Path) -> list[str]:
    """How a target is run: its own corpus is read, and what is new is put beside the build."""
    return [
        str(program),
        str(found),
        str(CORPUS / target),
        f"-max_total_time={seconds}",
        f"-seed={seed}",
        f"-max_len={LONGEST_INPUT}",
        f"-rss_limit_mb={MEMORY_MB}",
        f"-artifact_prefix={found.parent / target}-",
        "-print_final_stats=1",
    ]


def run_target(folder: Path, target: str, seconds: int, seed: int = FRESH) -> Outcome:
    """Runs one target for some seconds."""
    found = folder / "corpus" / target
    found.mkdir(parents=True, exist_ok=True)
    command = command_of(folder / "bin" / f"fuzz-{target}", target, seconds, seed, found)
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return read_outcome(target, done.returncode, done.stdout)


def read_outcome(target: str, status: int, said: str) -> Outcome:
    """Reads what a target printed."""
    lines = STATUS.findall(said)
    executed = RUNS.search(said)
    executions = int(executed[1]) if executed else int(lines[-1][0]) if lines else 0
    corpus = int(lines[-1][1]) if lines else 0
    file = REPRODUCER.search(said)
    return Outcome(target, executions, corpus, status, said, file[1] if file else "")


def table(outcomes: Sequence[Outcome]) -> str:
    """The outcomes, a line each."""
    lines = [f"{'target':<16}{'executions':>12}{'corpus':>8}  result"]
    for outcome in outcomes:
        result = "ok" if outcome.status == 0 else "FAILED"
        lines.append(f"{outcome.target:<16}{outcome.executions:>12}{outcome.corpus:>8}  {result}")
    return "\n".join(lines)


def explain(outcome: Outcome, folder: Path) -> str:
    """What a failed target said at its end, and how to see it again."""
    told = "\n".join(f"  {line}" for line in outcome.said.splitlines()[-40:])
    program = folder / "bin" / f"fuzz-{outcome.target}"
    if not outcome.reproducer:
        return f"{outcome.target} ended with status {outcome.status}:\n{told}"
    return (
        f"{outcome.target} failed:\n{told}\n"
        f"the input that does it: {outcome.reproducer}\n"
        f"replay it with:         {program} {outcome.reproducer}\n"
        f"when it is mended, put it into test/fuzz/corpus/{outcome.target}/"
    )


def read_seed(text: str | None) -> int:
    """The seed of what is drawn. Raises UserError where the text is none."""
    if text is None or text == "fresh":
        return FRESH
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_SEED:
        raise UserError(f"--seed={text}: of --fuzz a number from 1 to {MOST_SEED}, or fresh")
    return int(text)


def execute(seconds: int, seed_text: str | None = None) -> int:
    """Runs all targets, each for some seconds. Returns 1 if one of them fails."""
    if seconds < 1:
        raise UserError(f"--fuzz={seconds}: seconds for each target, at least 1")
    seed = read_seed(seed_text)
    packages.require(packages.FUZZ)
    names = targets()
    folder = build.ensure(tuple(f"fuzz-{name}" for name in names), variant="fuzz")
    print(f"{len(names)} targets for {seconds} s each", file=sys.stderr)
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        outcomes = list(threads.map(lambda name: run_target(folder, name, seconds, seed), names))
    failed = [outcome for outcome in outcomes if outcome.status != 0]
    for outcome in failed:
        print(explain(outcome, folder))
    print(table(outcomes))
    return 1 if failed else 0
