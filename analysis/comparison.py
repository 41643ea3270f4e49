"""The runs of a comparison, and what they come to: paths beside each other, setting by setting.

A *setting* is what the data is like: whether the writer's source is in a cache, and whether the
receiving application reads what it gets. CPU is compared at equal goodput: where the paths' full
speeds differ, the faster ones are run once more with their writers held to the slowest one's rate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from analysis import lengths, machines, measures
from analysis.errors import UserError
from analysis.measures import ROLES
from analysis.runs.store import Record, Run

SCENARIO = "bulk-transfer"
WRITE_SIZES = tuple(2**power for power in range(6, 18))  # 64 B to 128 KiB
FULL = {"warmup": 0.5, "duration": 1.0}  # simulated seconds at up to 1 Gb/s; less on faster links
SWEPT = {"warmup": 0.1, "duration": 0.25}  # the same of a point of a curve
SEEDS_OF_CHANCE = 5
SAME = 1.01  # goodputs within one percent are equal


@dataclass(frozen=True)
class Setting:
    """What the data is like."""

    source: str
    app_read: str

    def __str__(self) -> str:
        reads = "the application reads" if self.app_read == "on" else "the application discards"
        return f"{self.source} source, {reads}"


@dataclass(frozen=True)
class Plan:
    """What is compared: machines, paths, and the scenario's options that were given."""

    profiles: tuple[str, ...]
    paths: tuple[str, ...]
    options: dict[str, str]
    seeds: int

    def settings(self) -> list[Setting]:
        """The settings, or the one that the options choose."""
        given = self.options
        sources = [given["source"]] if "source" in given else ["cold", "warm"]
        reads = [given["appRead"]] if "appRead" in given else ["on", "off"]
        return [Setting(source, read) for source in sources for read in reads]

    def runs(self, profile: str, path: str, setting: Setting, **more: str) -> list[Run]:
        """One run a seed."""
        options = {
            **self.length(profile, FULL),
            **self.options,
            "profile": profile,
            "path": path,
            "source": setting.source,
            "appRead": setting.app_read,
            **more,
        }
        if self.seeds == 1:
            return [Run.of(SCENARIO, options)]
        seeds = range(1, self.seeds + 1)
        return [Run.of(SCENARIO, {**options, "seed": str(seed)}) for seed in seeds]

    def full_runs(self) -> list[Run]:
        """Every path in every setting, as fast as it goes."""
        return [
            run
            for profile in self.profiles
            for setting in self.settings()
            for path in self.paths
            for run in self.runs(profile, path, setting)
        ]

    def write_sizes(self) -> list[int]:
        """The sizes of the curves: none larger than all that is written."""
        most = int(self.options.get("bytes", WRITE_SIZES[-1]))
        return [size for size in WRITE_SIZES if size <= most]

    def swept_runs(self, profile: str, path: str, setting: Setting, size: int) -> list[Run]:
        """One path at one write size."""
        length = self.length(profile, SWEPT)
        return self.runs(profile, path, setting, writeSize=str(size), **length)

    def length(self, profile: str, length: dict[str, float]) -> dict[str, str]:
        """The options that say how long a run is."""
        if "bytes" in self.options:
            return {}
        return lengths.scaled(length, lengths.link_rate(profile, self.options))


@dataclass
class Group:
    """The paths of one machine in one setting."""

    profile: str
    setting: Setting
    full: dict[str, list[Record]]
    held: dict[str, list[Record]] = field(default_factory=dict)

    def goodput(self, path: str) -> float:
        """Mean goodput at full speed, MB/s."""
        return measures.figure([measures.goodput(r) for r in self.full[path]]).mean

    def slowest(self) -> str:
        """The path whose full speed the others are held to."""
        return min(self.full, key=self.goodput)

    def rate(self) -> float:
        """The goodput at which CPU is compared, MB/s."""
        return self.goodput(self.slowest())

    def faster(self) -> list[str]:
        """The paths that have to be held back."""
        return [path for path in self.full if self.goodput(path) > SAME * self.rate()]

    def equal(self, path: str) -> list[Record]:
        """A path's records at the common goodput."""
        return self.held.get(path) or self.full[path]

    def cpu(self, path: str) -> float:
        """CPU of sender and receiver at equal goodput, ns a payload byte."""
        return sum(
            measures.figure([measures.cpu(r, role) for r in self.equal(path)]).mean
            for role in ROLES
        )

    def ratio(self) -> float:
        """CPU of the payload cache over offload's; NaN where one of them is not compared."""
        if not {"payload-cache", "offload"} <= self.full.keys():
            return float("nan")
        return self.cpu("payload-cache") / self.cpu("offload")


@dataclass
class Machine:
    """All that was run on one machine."""

    profile: str
    groups: list[Group]
    head: Group
    swept: dict[str, dict[int, list[Record]]] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Its name for tables and files."""
        return machines.label(self.profile)

    def swept_cpu(self, path: str, roles: Iterable[str] = ROLES) -> dict[int, float]:
        """CPU a payload byte by write size, ns."""
        return {
            size: sum(measures.figure([measures.cpu(r, role) for r in kept]).mean for role in roles)
            for size, kept in self.swept.get(path, {}).items()
        }


Complete = Callable[[Iterable[Run], str], dict[Run, Record]]


def take(records: dict[Run, Record], runs: list[Run]) -> list[Record]:
    """The records of some runs; empty where one of them failed."""
    return [records[run] for run in runs] if all(run in records for run in runs) else []


def compare(plan: Plan, complete: Complete) -> list[Machine]:
    """Runs all that is to be compared. Settings in which a run failed are left out."""
    records = complete(plan.full_runs(), "paths in all settings")
    groups = []
    for profile in plan.profiles:
        for setting in plan.settings():
            full = {p: take(records, plan.runs(profile, p, setting)) for p in plan.paths}
            if all(full.values()):
                groups.append(Group(profile, setting, full))
    refuse_empty(groups)
    groups = hold_back(plan, groups, complete)
    compared = [
        Machine(profile, own, headline(own))
        for profile in plan.profiles
        if (own := [group for group in groups if group.profile == profile])
    ]
    sweep(plan, compared, complete)
    return compared


def refuse_empty(groups: list[Group]) -> None:
    """Refuses runs in which nothing was moved, and machines that cost nothing."""
    for group in groups:
        if not all(measures.goodput(r) for records in group.full.values() for r in records):
            raise UserError(
                f"on {group.profile} nothing was moved in the counted time: give a longer --duration"
            )
        if not any(group.cpu(path) for path in group.full):
            raise UserError(
                f"profile {group.profile!r} costs nothing, so there is nothing to compare on it"
            )


def hold_back(plan: Plan, groups: list[Group], complete: Complete) -> list[Group]:
    """Runs the faster paths at the slowest one's rate. Returns the groups in which none failed."""
    held = [(group, held_runs(plan, group)) for group in groups]
    wanted = [run for _, paths in held for runs in paths.values() for run in runs]
    records = complete(wanted, "equal goodput")
    for group, paths in held:
        group.held = {path: take(records, runs) for path, runs in paths.items()}
    return [group for group in groups if all(group.held.values())]


def sweep(plan: Plan, compared: list[Machine], complete: Complete) -> None:
    """Runs all write sizes in each machine's headline setting."""
    points = {
        (machine.profile, path, size): plan.swept_runs(
            machine.profile, path, machine.head.setting, size
        )
        for size in plan.write_sizes()
        for machine in compared
        for path in plan.paths
    }
    records = complete([run for runs in points.values() for run in runs], "write sizes")
    for machine in compared:
        for path in plan.paths:
            by_size = {
                s: take(records, points[machine.profile, path, s]) for s in plan.write_sizes()
            }
            machine.swept[path] = {size: kept for size, kept in by_size.items() if kept}


def held_runs(plan: Plan, group: Group) -> dict[str, list[Run]]:
    """The runs of the paths that have to be held back to the slowest one's rate."""
    if "appRate" in plan.options:
        return {}
    flows = next(iter(group.full.values()))[0]["parameters"]["flows"]
    rate = f"{int(group.rate() * 8e6 / flows)}bps"
    return {
        path: plan.runs(group.profile, path, group.setting, appRate=rate) for path in group.faster()
    }


def headline(groups: list[Group]) -> Group:
    """The setting in which the payload cache gains least over offload."""
    rated = [group for group in groups if group.ratio() == group.ratio()]
    return max(rated, key=Group.ratio) if rated else groups[0]
