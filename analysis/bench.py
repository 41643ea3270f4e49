"""`./pcache bench`: the simulator's own speed beside stock ns-3's."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analysis import bench_growth, build, machines, packages
from analysis.errors import UserError

HELP = "the simulator's own speed beside stock ns-3's"
DESCRIPTION = """\
Carries the same bytes over the same link of 10 or 100 Gb/s with stock ns-3 and with each of our
paths, one after the other in turn, and prints for each the wall time (of the run alone, without the
program's start), the median of the ratios of neighbours, events, the frames that sender and
receiver put on the wire, peak memory and goodput, and what a simulated gigabyte takes. The host of our runs pays every cost that there is, and is fast
enough to leave the link the bound (analysis/bench-host.txt). Beside it, how CPU time and peak
memory a frame grow from 10 to 1,000 flows at a time (scenario load), how busy a sweep of short runs
keeps the cores, and what operations of the core take."""

EPILOG = """\
How to read it: a ratio of 1.3 means that modelling both hosts takes 0.3 of the time that ns-3
takes for everything else. Ratios below 1 are those of our send loop, which does without ns-3's
walk over all that is in flight. A ratio above its limit is marked, and is no failure: wall time is
noisy where other programs run. Frames beyond stock's are told. The host moderates interrupts as
cards of 10 Gb/s do; a case has an interrupt a frame, which models more, and has no limit. At
100 Gb/s segments are merged to units, and not: merged, they need fewer ACKs than stock's.

examples:
  ./pcache bench                 all of it, about six minutes
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
    limit: float | None  # None: reported, and not held to one
    moderated: bool = True  # interrupts, as the host has it; else one a frame
    gbps: int = 10  # the link's rate
    merged: bool = False  # our cards merge segments to units, both ways

    def name(self) -> str:
        """The case as the table has it."""
        words = f"{self.gbps} Gb/s, MTU {self.mtu}, buffers of {self.buffers // 1024} KiB"
        words += f", {self.megabytes} MB"
        words += "" if self.moderated else ", an interrupt a frame"
        return f"{words}, merged" if self.merged else words

    def carried(self) -> int:
        """Payload bytes: whole segments."""
        segment = self.mtu - TCP_IP_HEADERS
        return self.megabytes * 1000000 // segment * segment

    def options(self, path: str, profile: Path) -> list[str]:
        """The scenario's options. Writes are whole segments, so that no path's timing decides how
        the stream is cut; NewReno's slow start opens the whole window at once."""
        segment = self.mtu - TCP_IP_HEADERS
        options = [
            f"--path={path}",
            f"--linkRate={self.gbps}Gbps",
            "--delay=5us",
            f"--mtu={self.mtu}",
            f"--sndBuf={self.buffers}",
            f"--rcvBuf={self.buffers}",
            f"--writeSize={WRITE // segment * segment}",
            "--ns3::TcpL4Protocol::SocketType=ns3::TcpNewReno",
            f"--bytes={self.carried()}",
        ]
        if path == "stock":
            return options
        unmoderated = [] if self.moderated else UNMODERATED
        merging = [f"--{side}={'on' if self.merged else 'off'}" for side in ("tso", "gro")]
        return [*options, f"--profile={profile}", *merging, *unmoderated]


UNMODERATED = [
    f"--ns3::PayloadCacheNetDevice::{side}Moderation{what}"
    for side in ("Rx", "Tx")
    for what in ("Delay=0us", "Frames=1")
]

# Bytes are chosen so that windows are open for most of a run, and a round takes half a minute.
CASES = (
    Case(1500, 131072, 100, 1.2),
    Case(9000, 131072, 400, 1.5),
    Case(1500, 4194304, 150, 0.4),
    Case(9000, 4194304, 400, 1.5),
    Case(1500, 131072, 100, None, moderated=False),
    # long enough for slow start, in which stock has no long window to walk, to be a tenth of it
    Case(1500, 4194304, 150, None, gbps=100),
    Case(1500, 4194304, 150, 0.25, gbps=100, merged=True),
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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's own arguments."""
    parser.add_argument(
        "--rounds", type=rounds, metavar="N", help=f"runs of each pair, 1 or more [{ROUNDS}]"
    )
    parser.add_argument(
        "--quick", action="store_true", help="a fortieth of the bytes, and one round unless given"
    )
    parser.add_argument("--profile", metavar="FILE", help="the host of our runs, by name or file")


def rounds(word: str) -> int:
    """A number of rounds."""
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"{word!r}: it has to be a whole number of at least 1")
    return int(word)


def execute(options: argparse.Namespace, _rest: list[str]) -> int:
    """Runs everything and prints the tables. Returns 0, or raises UserError if a run fails."""
    profile = machines.find(options.profile) if options.profile else HOST
    programs = build.ensure(("bulk-transfer", "load", "pcache-core-bench")) / "bin"
    cases = [quick(case) for case in CASES] if options.quick else list(CASES)
    turns = options.rounds or (1 if options.quick else ROUNDS)
    packages.require(packages.COMPARE)
    from tqdm import tqdm  # may have come only now

    from analysis import bench_sweep

    paths = ("stock", *PATHS)
    flows = bench_growth.QUICK_FLOWS if options.quick else bench_growth.FLOWS
    runs = turns * (len(cases) * len(PATHS) * 2 + len(flows) * len(paths))
    quiet = not sys.stderr.isatty()
    with tqdm(total=runs, unit=" runs", file=sys.stderr, disable=quiet, leave=False) as bar:
        for case in cases:
            bar.set_description(case.name())
            program = programs / "bulk-transfer"
            pairs = measure_case(program, case, profile, turns, bar.update)
            bar.clear()
            print("\n".join(case_table(case, pairs)), flush=True)
        bar.set_description("growth")
        grown = bench_growth.measure(programs, paths, profile, turns, options.quick, bar.update)
        bar.clear()
        print("\n".join(bench_growth.table(grown, options.quick)), flush=True)
    count = bench_sweep.QUICK_RUNS if options.quick else bench_sweep.RUNS
    print("\n".join(bench_sweep.table(bench_sweep.measure(programs, count))), flush=True)
    core = subprocess.run(
        [str(programs / "pcache-core-bench")], stdout=subprocess.PIPE, text=True, check=False
    )
    if core.returncode != 0:
        raise UserError(f"{programs / 'pcache-core-bench'} failed")
    print("\n".join(core_table(json.loads(core.stdout))))
    return 0


def quick(case: Case) -> Case:
    """The case with a fortieth of its bytes."""
    return replace(case, megabytes=max(case.megabytes // 40, 1), limit=None)


# -- Running --

Pair = tuple[Sample, Sample]


def measure_case(
    program: Path, case: Case, profile: Path, turns: int, progress: Callable[[], object]
) -> dict[str, list[Pair]]:
    """Runs stock ns-3 and each path in turn: pairs of neighbours, by path."""
    pairs: dict[str, list[Pair]] = {path: [] for path in PATHS}
    for _ in range(turns):
        for path in PATHS:
            pair = []
            for which in ("stock", path):
                pair.append(run([str(program), *case.options(which, profile)]))
                progress()
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

HEADS = (
    f"{'':<15}{'wall time, s':>13}{'':>7}{'events, 1000s':>13}{'frames, both ends':>19}"
    f"{'peak, MiB':>13}",
    f"  {'path':<13}{'stock':>6}{'ours':>7}{'ratio':>6}{'stock':>7}{'ours':>6}{'stock':>10}"
    f"{'ours':>10}{'stock':>7}{'ours':>6}",
)


def case_table(case: Case, pairs: dict[str, list[Pair]]) -> list[str]:
    """A case: a line a path, and what is to be said of its frames."""
    limit = f": at most {case.limit}" if case.limit else ""
    lines = [case.name() + limit, *HEADS]
    notes: dict[str, list[str]] = {}
    above = False
    for path, samples in pairs.items():
        stock, ours = samples[-1]
        ratio = statistics.median(b.wall_s / a.wall_s for a, b in samples)
        over = case.limit is not None and ratio > case.limit
        above = above or over
        lines.append(
            f"  {path:<13}{median_wall(samples, 0):>6.2f}{median_wall(samples, 1):>7.2f}"
            f"{ratio:>6.2f}{'!' if over else ' '}{stock.events // 1000:>6}{ours.events // 1000:>6}"
            f"{sum(stock.frames):>10}{sum(ours.frames):>10}"
            f"{stock.peak_mib:>7.1f}{ours.peak_mib:>6.1f}"
        )
        note = f"{frame_note(stock, ours)}\n  {goodput_note(stock, ours)}"
        notes.setdefault(note, []).append(path)
    lines += ["  ! above the limit"] if above else []
    lines += gigabyte_lines(case, pairs)
    return [*lines, *(f"  {note}: {', '.join(paths)}" for note, paths in notes.items()), ""]


def gigabyte_lines(case: Case, pairs: dict[str, list[Pair]]) -> list[str]:
    """What a simulated gigabyte takes: stock, over all its runs, and each path."""
    gigabytes = case.carried() / 1e9
    stock = statistics.median(a.wall_s for samples in pairs.values() for a, _ in samples)
    took = {path: median_wall(samples, 1) for path, samples in pairs.items()}
    words = [f"{path} {wall / gigabytes:.1f}" for path, wall in {"stock": stock, **took}.items()]
    return [f"  seconds a gigabyte: {', '.join(words)}"]


def median_wall(samples: list[Pair], which: int) -> float:
    """The median wall time of stock (0) or ours (1)."""
    return statistics.median(pair[which].wall_s for pair in samples)


def goodput_note(stock: Sample, ours: Sample) -> str:
    """How fast both were in simulated time: the link is the bound."""
    return f"goodput {ours.goodput_gbps:.2f} Gb/s beside {stock.goodput_gbps:.2f}"


def frame_note(stock: Sample, ours: Sample) -> str:
    """By how much the frames differ from stock's, and what the run says of it."""
    more = [b - a for a, b in zip(stock.frames, ours.frames)]
    if not any(more):
        return "frames as stock's"
    note = f"frames beside stock's: {more[0]:+d} of the sender, {more[1]:+d} of the receiver"
    if max(map(abs, more)) <= 1 and ours.departures <= 1:
        note += "\n  (the connection's end: calls take time, so a FIN or its ACK goes alone)"
    return note


def core_table(operations: dict[str, float]) -> list[str]:
    """What operations of the core take."""
    lines = ["core operations, ns"]
    return lines + [f"  {name:<14}{ns:>8.1f}" for name, ns in operations.items()]
