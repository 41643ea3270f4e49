"""How well a sweep of short runs keeps the cores busy, and what it adds to each run."""

from __future__ import annotations

import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from analysis.runs.local import Cores, cores
from analysis.runs.pool import Pool
from analysis.runs.store import Run, Store

RUNS, QUICK_RUNS = 200, 20
BYTES = 3_000_000  # of each run: about 50 ms, so that what is added to a run shows
BUSY, OVERHEAD_MS = 0.90, 50.0  # at least, and at most: marked where it is missed, no failure


@dataclass(frozen=True)
class Sweep:
    """What a sweep took."""

    runs: int
    cores: int
    wall_s: float
    programs_s: float  # CPU time of the runs' processes

    def busy(self) -> float:
        """The share of the cores' time that the programs themselves took."""
        return self.programs_s / (self.wall_s * self.cores)

    def own_ms(self) -> float:
        """CPU time of a program, ms."""
        return 1e3 * self.programs_s / self.runs

    def overhead_ms(self) -> float:
        """All the time of a core, idle or not, that a run took beside its program's own, ms."""
        return 1e3 * (self.wall_s * self.cores - self.programs_s) / self.runs


def measure(programs: Path, runs: int) -> Sweep:
    """Sweeps `runs` short runs on all cores into a store of its own."""
    wanted = [
        Run.of("bulk-transfer", {"bytes": str(BYTES), "seed": str(n + 1)}) for n in range(runs)
    ]
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "store.sqlite")
        pool = Pool(store, Cores(programs))
        before, began = children_s(), time.monotonic()
        pool.execute(pool.missing(wanted), "sweep")
        sweep = Sweep(runs, cores(), time.monotonic() - began, children_s() - before)
        store.close()
    return sweep


def children_s() -> float:
    """CPU time of all processes that this one has started and waited for, seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def table(sweep: Sweep) -> list[str]:
    """What is printed of it."""
    busy, overhead = sweep.busy(), sweep.overhead_ms()
    return [
        f"a sweep of {sweep.runs} short runs on {sweep.cores} cores, {sweep.wall_s:.1f} s",
        f"  cores kept busy{100 * busy:>9.1f} %   at least {100 * BUSY:.0f}{mark(busy < BUSY)}",
        f"  added to a run {overhead:>9.1f} ms  at most {OVERHEAD_MS:.0f}"
        f"{mark(overhead > OVERHEAD_MS)}, beside the program's {sweep.own_ms():.1f} ms of CPU",
        "",
    ]


def mark(missed: bool) -> str:
    """What stands beside a limit that is missed."""
    return " !" if missed else ""
