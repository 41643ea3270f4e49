"""How the simulator's time and memory a frame grow with the flows at a time, beside stock ns-3's."""

from __future__ import annotations

import json
import os
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import UserError

FLOWS = (10, 100, 1000)
QUICK_FLOWS = (10, 100)
LIMIT = 1.2  # our growth over stock's, from the fewest flows to the most
SPAN_S = (
    0.03  # simulated, of warm-up and counting each: chosen, so that a round takes half a minute
)
QUICK_SPAN_S = 0.003
# Flows of a web search, the longer ones cut, so that those that arrived can end soon after
OPTIONS = (
    "--linkRate=10Gbps",
    "--delay=5us",
    "--mtu=1500",
    "--sndBuf=131072",
    "--rcvBuf=131072",
    "--sizes=web-search",
    "--largest=100000",
    "--slowdown=off",
    "--ns3::TcpL4Protocol::SocketType=ns3::TcpNewReno",
)


@dataclass(frozen=True)
class Sample:
    """One run."""

    cpu_s: float  # the program's start included
    peak_bytes: int
    frames: int

    def time(self) -> float:
        """CPU time a frame, us."""
        return 1e6 * self.cpu_s / self.frames

    def memory(self) -> float:
        """Peak memory a frame, bytes."""
        return self.peak_bytes / self.frames


Round = dict[str, list[Sample]]  # by path: a sample for each number of flows


def command(program: Path, path: str, flows: int, profile: Path, span: float) -> list[str]:
    """What runs `load` with so many flows at any time."""
    words = [str(program), f"--path={path}", *OPTIONS, f"--concurrent={flows}"]
    words += [f"--warmup={span}", f"--duration={span}"]
    return words if path == "stock" else [*words, f"--profile={profile}"]


def run(words: Sequence[str]) -> Sample:
    """One run. Raises UserError if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "record.json"
        pid = os.posix_spawn(words[0], [*words, f"--json={file}"], dict(os.environ))
        _, status, usage = os.wait4(pid, 0)
        if status != 0:
            raise UserError(f"a run failed: {' '.join(words)}")
        record = json.loads(file.read_text())
    return Sample(
        cpu_s=usage.ru_utime + usage.ru_stime,
        peak_bytes=1024 * usage.ru_maxrss,  # Linux counts KiB
        frames=sum(record["wire_frames"].values()),
    )


def measure(
    programs: Path,
    paths: Sequence[str],
    profile: Path,
    turns: int,
    quick: bool,
    progress: Callable[[], object],
) -> list[Round]:
    """Runs every path at every number of flows in turn, neighbours one after the other."""
    flows, span = (QUICK_FLOWS, QUICK_SPAN_S) if quick else (FLOWS, SPAN_S)
    rounds = []
    for _ in range(turns):
        samples: Round = {path: [] for path in paths}
        for count in flows:
            for path in paths:
                samples[path].append(run(command(programs / "load", path, count, profile, span)))
                progress()
        rounds.append(samples)
    return rounds


def growth(samples: Sequence[Sample], value: Callable[[Sample], float]) -> float:
    """How many times as much a frame takes with the most flows as with the fewest."""
    return value(samples[-1]) / value(samples[0])


def beside_stock(rounds: Sequence[Round], path: str, value: Callable[[Sample], float]) -> float:
    """The growth over stock's: the median of the rounds'."""
    return statistics.median(
        growth(samples[path], value) / growth(samples["stock"], value) for samples in rounds
    )


def table(rounds: Sequence[Round], quick: bool) -> list[str]:
    """A line a path: time and memory a frame, their growth, and that over stock's."""
    flows = QUICK_FLOWS if quick else FLOWS
    limit = "" if quick else f": at most {LIMIT} of stock's"
    columns = "".join(f"{count:>6}" for count in flows) + f"{'growth':>7}{'/stock':>7}"
    lines = [
        f"growth from {flows[0]} to {flows[-1]} flows at a time, MTU 1500{limit}",
        f"{'':<15}{'CPU time, us a frame':^{len(columns)}}{'peak memory, B a frame':^{len(columns)}}",
        f"  {'path':<13}{2 * columns}",
    ]
    for path in rounds[0]:
        cells = cells_of(rounds, path, Sample.time, 1) + cells_of(rounds, path, Sample.memory, 0)
        lines.append(f"  {path:<13}{cells}")
    if quick:
        lines = [line.replace("!", " ") for line in lines]
    above = any("!" in line for line in lines)
    return [*lines, *(["  ! above the limit"] if above else []), ""]


def cells_of(
    rounds: Sequence[Round], path: str, value: Callable[[Sample], float], digits: int
) -> str:
    """A path's time or memory: medians, their growth, and that over stock's."""
    cells = ""
    for place in range(len(rounds[0][path])):
        median = statistics.median(value(samples[path][place]) for samples in rounds)
        cells += f"{median:>6.{digits}f}"
    grown = statistics.median(growth(samples[path], value) for samples in rounds)
    ratio = beside_stock(rounds, path, value)
    return f"{cells}{grown:>7.2f}{ratio:>6.2f}{'!' if ratio > LIMIT else ' '}"
