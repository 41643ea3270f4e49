"""`./pcache bench`: the simulator's own speed beside stock ns-3's."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis import build
from analysis.errors import UserError

HELP = "the simulator's own speed beside stock ns-3's"
DESCRIPTION = """\
Carries the same bytes over the same 10 Gb/s link with stock ns-3 and with each of our paths, one
after the other in turn, and prints for each the wall time (of the run alone, without the program's
start), the median of the ratios of neighbours, events, the frames that sender and receiver put on
the wire, peak memory and goodput. The host of our runs pays every cost that there is, and is fast
enough to leave the link the bound (analysis/bench-host.txt). Beside it, what operations of the
core take."""

EPILOG = """\
How to read it: a ratio of 1.3 means that modelling both hosts takes 0.3 of the time that ns-3
takes for everything else. Ratios below 1 are those of our send loop, which does without ns-3's
walk over all that is in flight. A ratio above its limit is marked, and is no failure: wall time is
noisy where other programs run. Frames beyond stock's are told.

examples:
  ./pcache bench                 all of it, about two minutes
  ./pcache bench --quick         some seconds: the figures are rough
  ./pcache bench --rounds=9      steadier medians
  ./pcache bench --profile=FILE  our runs on another host"""

HOST = build.ROOT / "analysis" / "bench-host.txt"
PATHS = ("conventional", "offload", "payload-cache")
TCP_IP_HEADERS = 52  # IPv4 20, TCP 20, timestamps 12: what the scenario takes off the MTU
WRITE = 32768  # bytes: chosen, so that several fit into the smaller buffers
ROUNDS = 3  # chosen: the least that has a median beside its extremes, in two minutes


@dataclass(frozen=True)
class Case:
    """A link and its windows, and what the ratio has to stay below."""

    mtu: int
    buffers: int
    megabytes: int
    limit: float | None  # None: too short a run to be held to one

    def name(self) -> str:
        """The case as the table has it."""
        return f"MTU {self.mtu}, buffers of {self.buffers // 1024} KiB, {self.megabytes} MB"

    def options(self, path: str, profile: Path) -> list[str]:
        """The scenario's options. Writes are whole segments, so that no path's timing decides how
        the stream is cut; NewReno's slow start opens the whole window at once."""
        segment = self.mtu - TCP_IP_HEADERS
        options = [
            f"--path={path}",
            "--linkRate=10Gbps",
            "--delay=5us",
            f"--mtu={self.mtu}",
            f"--sndBuf={self.buffers}",
            f"--rcvBuf={self.buffers}",
            f"--writeSize={WRITE // segment * segment}",
            "--ns3::TcpL4Protocol::SocketType=ns3::TcpNewReno",
            f"--bytes={self.megabytes * 1000000 // segment * segment}",
        ]
        return options if path == "stock" else [*options, f"--profile={profile}"]


# Bytes are chosen so that windows are open for most of a run, and a round takes half a minute.
CASES = (
    Case(1500, 131072, 100, 1.3),
    Case(9000, 131072, 400, 1.5),
    Case(1500, 4194304, 150, 0.5),
    Case(9000, 4194304, 400, 1.5),
)


@dataclass(frozen=True)
class Sample:
    """One run."""

    wall_s: float
    events: int
    goodput_gbps: float
    frames: tuple[int, int]  # sender's, receiver's
    departures: int  # from stock TCP, which our sockets count
    peak_mib: float


def add_parser(commands: argparse._SubParsersAction, name: str) -> None:
    """Adds the command's own parser."""
    parser = commands.add_parser(
        name,
        help=HELP,
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--rounds", type=rounds, metavar="N", help=f"runs of each pair, 1 or more [{ROUNDS}]"
    )
    parser.add_argument(
        "--quick", action="store_true", help="a fortieth of the bytes, and one round unless given"
    )
    parser.add_argument(
        "--profile", type=Path, default=HOST, metavar="FILE", help="the host of our runs"
    )


def rounds(word: str) -> int:
    """A number of rounds."""
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"{word!r}: it has to be a whole number of at least 1")
    return int(word)


def execute(options: argparse.Namespace, _rest: list[str]) -> int:
    """Runs everything and prints the tables. Returns 0, or raises UserError if a run fails."""
    if not options.profile.is_file():
        raise UserError(f"--profile={options.profile}: no such file")
    programs = build.ensure(("bulk-transfer", "pcache-core-bench")) / "bin"
    cases = [quick(case) for case in CASES] if options.quick else list(CASES)
    turns = options.rounds or (1 if options.quick else ROUNDS)
    progress = Progress(len(cases) * turns * len(PATHS) * 2)
    for case in cases:
        pairs = measure_case(programs / "bulk-transfer", case, options.profile, turns, progress)
        progress.clear()
        print("\n".join(case_table(case, pairs)), flush=True)
    core = subprocess.run(
        [str(programs / "pcache-core-bench")], stdout=subprocess.PIPE, text=True, check=False
    )
    if core.returncode != 0:
        raise UserError(f"{programs / 'pcache-core-bench'} failed")
    print("\n".join(core_table(json.loads(core.stdout))))
    return 0


def quick(case: Case) -> Case:
    """The case with a fortieth of its bytes."""
    return Case(case.mtu, case.buffers, max(case.megabytes // 40, 1), None)


# -- Running --

Pair = tuple[Sample, Sample]


class Progress:
    """How far it is, on standard error where that is a terminal."""

    def __init__(self, runs: int) -> None:
        self.runs = runs
        self.done = 0
        self.began = time.monotonic()

    def step(self, what: str) -> None:
        """Another run begins."""
        if sys.stderr.isatty():
            spent = time.monotonic() - self.began
            left = (
                f", {spent / self.done * (self.runs - self.done):.0f} s left" if self.done else ""
            )
            print(
                f"\r\033[Krun {self.done + 1} of {self.runs}: {what}{left}", end="", file=sys.stderr
            )
        self.done += 1

    def clear(self) -> None:
        """The line is free for something else."""
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def measure_case(
    program: Path, case: Case, profile: Path, turns: int, progress: Progress
) -> dict[str, list[Pair]]:
    """Runs stock ns-3 and each path in turn: pairs of neighbours, by path."""
    pairs: dict[str, list[Pair]] = {path: [] for path in PATHS}
    for _ in range(turns):
        for path in PATHS:
            pair = []
            for which in ("stock", path):
                progress.step(f"{case.name()}, {which}")
                pair.append(run([str(program), *case.options(which, profile)]))
            pairs[path].append((pair[0], pair[1]))
    return pairs


def run(command: Sequence[str]) -> Sample:
    """One run of a scenario. Raises UserError if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "record.json"
        pid = os.posix_spawn(command[0], [*command, f"--json={file}"], dict(os.environ))
        _, status, usage = os.wait4(pid, 0)
        if status != 0:
            raise UserError(f"a run failed: {' '.join(command)}")
        record = json.loads(file.read_text())
    return Sample(
        wall_s=record["wall_s"],
        events=record["events"],
        goodput_gbps=record["goodput_bps"] / 1e9,
        frames=(record["wire_frames"]["sender"], record["wire_frames"]["receiver"]),
        departures=sum(host["departures"] for host in record["hosts"].values()),
        peak_mib=usage.ru_maxrss / 1024,  # Linux counts KiB
    )


# -- Tables --


def case_table(case: Case, pairs: dict[str, list[Pair]]) -> list[str]:
    """A case: a line a path, and what is to be said of its frames."""
    lines = [
        case.name(),
        f"  {'path':<14}{'wall s: stock':>14}{'ours':>8}{'ratio':>8}{'limit':>7}"
        f"{'events: stock':>15}{'ours':>9}{'frames: stock':>15}{'ours':>14}"
        f"{'MiB: stock':>12}{'ours':>6}{'Gb/s: stock':>13}{'ours':>7}",
    ]
    notes: dict[str, list[str]] = {}
    for path, samples in pairs.items():
        stock, ours = samples[-1]
        ratio = statistics.median(b.wall_s / a.wall_s for a, b in samples)
        mark = "  above its limit" if case.limit and ratio > case.limit else ""
        lines.append(
            f"  {path:<14}{median_wall(samples, 0):>14.2f}{median_wall(samples, 1):>8.2f}"
            f"{ratio:>8.2f}{case.limit or '-':>7}{stock.events:>15}{ours.events:>9}"
            f"{both(stock.frames):>15}{both(ours.frames):>14}"
            f"{stock.peak_mib:>12.1f}{ours.peak_mib:>6.1f}"
            f"{stock.goodput_gbps:>13.3f}{ours.goodput_gbps:>7.3f}{mark}"
        )
        notes.setdefault(frame_note(stock, ours), []).append(path)
    return [*lines, *(f"  {note}: {', '.join(paths)}" for note, paths in notes.items()), ""]


def median_wall(samples: list[Pair], which: int) -> float:
    """The median wall time of stock (0) or ours (1)."""
    return statistics.median(pair[which].wall_s for pair in samples)


def both(frames: tuple[int, int]) -> str:
    """Frames of the sender and of the receiver."""
    return f"{frames[0]}+{frames[1]}"


def frame_note(stock: Sample, ours: Sample) -> str:
    """By how much the frames differ from stock's, and what the run says of it."""
    more = [b - a for a, b in zip(stock.frames, ours.frames)]
    if not any(more):
        return "frames as stock's"
    note = f"frames beside stock's: {more[0]:+d} of the sender, {more[1]:+d} of the receiver"
    if max(map(abs, more)) <= 1 and ours.departures <= 1:
        note += " (the connection's end: calls take time, so a FIN or its ACK goes alone)"
    return note


def core_table(operations: dict[str, float]) -> list[str]:
    """What operations of the core take."""
    lines = ["core operations, ns"]
    return lines + [f"  {name:<14}{ns:>8.1f}" for name, ns in operations.items()]
