"""`./pcache test --valgrind`: a named part of the tests under memcheck."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from analysis import build, packages

# What runs, the longest first: under ten minutes on two cores, as memcheck takes some 120 times as
# long as ns-3's suites do alone (ends: 112 s of CPU time instead of 1.0). Left out are the suites that
# take 2 s and more alone, and break-even, which is sums over numbers and takes 1 s.
CORE = (
    "card",
    "card-ram",
    "checksum",
    "core",
    "cost-model",
    "dim",
    "dma",
    "driver",
    "gro",
    "host-cpu",
    "io-bus",
    "llc",
    "packet-check",
    "ram-owners",
    "reference",
    "rss",
    "rx-promise",
    "shared-server",
)
SUITES = tuple(
    f"payload-cache-{name}"
    for name in (
        "bytes",
        "udp",
        "host-needs",
        "ends",
        "peers",
        "ram",
        "lost-in-stack",
        "socket",
        "udp-sockets",
        "udp-calls",
        "device",
        "rx-claims",
        "speed",
        "windows",
    )
)
PART = f"of the C core {', '.join(CORE)}; of ns-3 {', '.join(SUITES)}"
ERROR = 99  # the exit status that memcheck gives; chosen: no test ends with it
MEMCHECK = (
    "valgrind",
    "--quiet",
    "--tool=memcheck",
    "--leak-check=full",
    "--errors-for-leak-kinds=definite",
    "--show-leak-kinds=definite",
    f"--error-exitcode={ERROR}",
)


def commands(folder: Path) -> dict[str, list[str]]:
    """What is run, by the tests' names."""
    programs = folder / "bin"
    runs = {f"core/test-{name}": [str(programs / f"core-test-{name}")] for name in CORE}
    runner = str(programs / "pcache-test-runner")
    return {f"ns3/{suite}": [runner, f"--suite={suite}"] for suite in SUITES} | runs


def run_one(command: list[str]) -> tuple[int, str]:
    """Runs one program under memcheck. Returns its status and what it printed."""
    done = subprocess.run(
        [*MEMCHECK, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return done.returncode, done.stdout


def verdict(status: int) -> str:
    """What a status means."""
    if status == 0:
        return "ok"
    return "FAILED: memcheck found errors" if status == ERROR else f"FAILED: status {status}"


def execute() -> int:
    """Runs the part under memcheck. Returns 1 if anything fails."""
    packages.require(packages.VALGRIND)
    targets = (*(f"core-test-{name}" for name in CORE), "pcache-test-runner")
    runs = commands(build.ensure(targets, variant="valgrind"))
    failed = 0
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for name, (status, said) in zip(runs, threads.map(run_one, runs.values())):
            if status != 0:
                failed += 1
                print(said, end="")
            print(f"{name}: {verdict(status)}")
            sys.stdout.flush()
    print(f"{len(runs) - failed} of {len(runs)} clean under memcheck")
    return 1 if failed else 0
