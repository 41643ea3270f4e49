"""An honest verdict on a fast machine: where the payload cache wins, loses and is out of reach.

Break-even sizes come from the record's closed form, card RAM from runs and Little's law, latency
from calls that find the hosts idle. Break-even sizes and latency name what they hang on most of all
that is varied (analysis/sensitivity.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from analysis import lengths, measures, ram_need, sensitivity
from analysis.comparison import SCENARIO, Complete, Group, Machine, Plan
from analysis.ram_need import Need
from analysis.runs.store import Record, Run
from analysis.sensitivity import Variation

RIVAL, SCHEME = "offload", "payload-cache"
FAST = 1e10  # bit/s: links from here on get a verdict; chosen, below it hosts of their time differ
WHOLE = ("cardRam", "ns3::PayloadCacheNetDevice::CardRam")
NEARLY = "within a tenth of its full speed"  # ram_need.AS_FAST in words
LONE = 0.01  # of the link's rate at which latency is measured: chosen, no call waits for another
LONE_LENGTH = {"warmup": "0.002", "duration": "0.01"}  # s
SMALL = {"bytes": "65536"}  # of a run whose closed form alone is looked at
CALLS = (("write", "sender"), ("read", "receiver"))
# The data that a break-even is of: the call, its options, and in words
DATA = (
    ("write", {"source": "warm"}, "of data in a cache"),
    ("write", {"source": "cold"}, "of data in DRAM"),
    ("read", {"appRead": "on"}, "of data that the application reads"),
    ("read", {"appRead": "off"}, "of data that it discards"),
)
# The settings that have all of these
BOTH = ({"source": "warm", "appRead": "on"}, {"source": "cold", "appRead": "off"})
Figures = dict[Variation, float | None]


@dataclass
class BreakEven:
    """From which size on a call pays, bytes; None: never."""

    call: str
    data: str
    size: float | None
    varied: Figures


@dataclass
class Verdict:
    """What the runs of a verdict came to."""

    base: dict[str, Record]  # lone calls, by path
    even: list[BreakEven] = field(default_factory=list)
    latency_varied: dict[str, Figures] = field(default_factory=dict)
    needs: list[Need] = field(default_factory=list)


def applies(plan: Plan, profile: str) -> bool:
    """Whether a machine gets a verdict: a fast link, both paths, and writers that go on."""
    fast = lengths.link_rate(profile, plan.options) >= FAST
    return fast and {RIVAL, SCHEME} <= set(plan.paths) and "bytes" not in plan.options


class Runs:
    """The runs that a verdict on one machine takes, all in its headline's setting."""

    def __init__(self, plan: Plan, group: Group) -> None:
        self.given = {
            **{name: value for name, value in plan.options.items() if name != "appRate"},
            "profile": group.profile,
            "source": group.setting.source,
            "appRead": group.setting.app_read,
        }
        self.rate = LONE * lengths.link_rate(group.profile, plan.options)

    def of(self, path: str, options: Mapping[str, str]) -> Run:
        """A run of a path with some options more."""
        return Run.of(SCENARIO, {**self.given, "path": path, **options})

    def small(self, data: Mapping[str, str], variation: Variation | None = None) -> Run:
        """The run whose closed form is looked at, of a setting that has `data`."""
        short = {k: v for k, v in self.given.items() if k not in ("duration", "warmup")}
        setting = next(both for both in BOTH if data.items() <= both.items())
        return Run.of(SCENARIO, {**short, "path": SCHEME, **SMALL, **setting, **option(variation)})

    def lone(self, path: str, variation: Variation | None = None) -> Run:
        """The run of calls that find the hosts idle."""
        held = {"appRate": f"{self.rate:.0f}bps"}
        return self.of(path, {**LONE_LENGTH, **held, **option(variation)})

    def ram(self, round_trip: float, size: int) -> Run:
        """The run of a sender with so much RAM over a round trip."""
        # its sides are named, and programs refuse the whole beside them
        given = {name: value for name, value in self.given.items() if name not in WHOLE}
        sides = ram_need.options(round_trip, size, ram_need.LENGTH)
        return Run.of(SCENARIO, {**given, "path": SCHEME, **sides})


def option(variation: Variation | None) -> dict[str, str]:
    """The option of a variation."""
    return {} if variation is None else {variation.option: variation.value}


def verdict(plan: Plan, machine: Machine, complete: Complete) -> Verdict | None:
    """Runs what a verdict takes; None where one of the runs that it stands on has failed."""
    runs = Runs(plan, machine.head)
    wanted = [runs.lone(RIVAL), runs.lone(SCHEME)]
    records = complete(wanted, "calls that find the hosts idle")
    if len(records) < len(wanted):
        return None
    found = Verdict({path: records[runs.lone(path)] for path in (RIVAL, SCHEME)})
    varied = sensitivity.variations(found.base[SCHEME]["parameters"])
    found.even = break_evens(runs, varied, complete)
    found.latency_varied = latencies(runs, varied, complete)
    found.needs = needs(runs, machine.head, complete)
    return found


def break_evens(runs: Runs, varied: Sequence[Variation], complete: Complete) -> list[BreakEven]:
    """The closed form's sizes, as they are and with each candidate at half and at twice."""
    wanted = {runs.small(data, v) for _, data, _ in DATA for v in (None, *varied)}
    records = complete(list(wanted), "break-even, each candidate x 0.5 and x 2")
    return [
        BreakEven(
            call,
            words,
            break_even(records[runs.small(data)], call),
            {
                v: break_even(records[runs.small(data, v)], call)
                for v in varied
                if runs.small(data, v) in records
            },
        )
        for call, data, words in DATA
        if runs.small(data) in records
    ]


def latencies(runs: Runs, varied: Sequence[Variation], complete: Complete) -> dict[str, Figures]:
    """What calls take longer with each candidate at half and at twice its value, us."""
    pairs = {v: [runs.lone(path, v) for path in (RIVAL, SCHEME)] for v in varied}
    wanted = [run for pair in pairs.values() for run in pair]
    records = complete(wanted, "latency, each candidate x 0.5 and x 2")
    return {
        call: {
            v: added([records[run] for run in pair], call, role)
            for v, pair in pairs.items()
            if all(run in records for run in pair)
        }
        for call, role in CALLS
    }


def break_even(record: Record, call: str) -> float | None:
    """From which size on a call pays, whichever way it waits, bytes; None: never."""
    role = dict(CALLS)[call]
    sizes = record["hosts"][role]["break_even_bytes"][call].values()
    return min((size for size in sizes if size is not None), default=None)


def added(records: Sequence[Record], call: str, role: str) -> float:
    """How much longer a call of the second record takes than one of the first, us."""
    rival, scheme = (r["hosts"][role]["latency_us"][call]["mean"] for r in records)
    return scheme - rival


def needs(runs: Runs, head: Group, complete: Complete) -> list[Need]:
    """Card RAM by round trip."""
    plenty = complete(
        [runs.ram(rtt, ram_need.PLENTY) for rtt in ram_need.ROUND_TRIPS], "plenty of card RAM"
    )
    fastest = max([measures.goodput(r) for r in plenty.values()], default=head.goodput(SCHEME))
    feasible = [rtt for rtt in ram_need.ROUND_TRIPS if ram_need.is_feasible(fastest, rtt)]
    limited = complete(
        [runs.ram(rtt, size) for rtt in feasible for size in ram_need.SIZES], "less card RAM"
    )
    found = []
    for rtt in ram_need.ROUND_TRIPS:
        sizes = {
            s: limited[runs.ram(rtt, s)] for s in ram_need.SIZES if runs.ram(rtt, s) in limited
        }
        if runs.ram(rtt, ram_need.PLENTY) in plenty:
            found.append(ram_need.need(rtt, plenty[runs.ram(rtt, ram_need.PLENTY)], sizes, fastest))
    return found


# -- What is said --


def lines(machine: Machine, found: Verdict) -> list[str]:
    """The verdict, as paragraphs."""
    head = machine.head
    return [
        f"An honest verdict on {machine.label}, with {head.setting}:",
        *break_even_lines(found),
        *latency_lines(found),
        *ram_lines(found),
        "Where it wins: " + "; ".join(wins(machine)) + ".",
        "Where it loses: " + "; ".join(loses(machine)) + ".",
        "Out of reach: " + "; ".join(out_of_reach(head, found)) + ".",
    ]


def size_of(value: float | None) -> str:
    """A break-even size."""
    return "never pays" if value is None else f"pays from {value:.0f} B"


def time_of(value: float | None) -> str:
    """A time that is added."""
    return "unknown" if value is None else f"{value:+.2f} us"


def break_even_lines(found: Verdict) -> list[str]:
    """Break-even sizes."""
    return [
        f"  a {even.call} {even.data} {size_of(even.size)}; "
        + sensitivity.said(sensitivity.most(even.size, even.varied), size_of)
        for even in found.even
    ]


def latency_lines(found: Verdict) -> list[str]:
    """What calls that find the hosts idle take longer than with offload."""
    said = []
    records = [found.base[path] for path in (RIVAL, SCHEME)]
    for call, role in CALLS:
        base = added(records, call, role)
        own, other = (r["hosts"][role]["latency_us"][call]["mean"] for r in reversed(records))
        most = sensitivity.furthest_by_difference(base, found.latency_varied[call])
        said.append(
            f"  a {call} that finds the hosts idle takes {own:.2f} us instead of {other:.2f} "
            f"({time_of(base)}); {sensitivity.said(most, time_of)}"
        )
    return said


def ram_size(value: float | None) -> str:
    """An amount of card RAM."""
    if value is None:
        return f"more than {ram_need.SIZES[-1] >> 20} MiB"
    return f"{value / 2**20:.3g} MiB" if value >= 2**20 else f"{value / 2**10:.3g} KiB"


def trip(seconds: float) -> str:
    """A round trip."""
    return f"{seconds * 1e3:g} ms" if seconds >= 1e-3 else f"{seconds * 1e6:g} us"


def ram_lines(found: Verdict) -> list[str]:
    """Card RAM by round trip."""
    said = [f"  transmit RAM with which the sender is {NEARLY}, by round trip:"]
    for need in found.needs:
        at_link = f"{ram_size(need.link_ram)} at the link's {need.link_rate:.0f} MB/s"
        here = f"    {trip(need.round_trip):>6} {ram_size(need.ram):>9} at {need.rate:.0f} MB/s"
        if need.simulated:
            said.append(f"{here} (simulated); {at_link} ({reckoned(need)})")
        else:
            said.append(f"{here}, {at_link} (both {reckoned(need)})")
    said.append("  " + ram_hangs_on(found.needs))
    return said


def reckoned(need: Need) -> str:
    """How card RAM comes out of the closed form."""
    if need.own_time is None:
        return "rate x round trip, the hosts' own time is not known"
    if need.own_time == 0:
        return "rate x round trip, beside which the runs see no time of the hosts' own"
    return f"rate x round trip and these hosts' own time, at least {1e6 * need.own_time:.0f} us"


def ram_hangs_on(found: Sequence[Need]) -> str:
    """What card RAM hangs on by the closed form: nothing is varied for that."""
    said = "by the closed form, rate x time, twice the rate or twice the round trip is twice that"
    own = [trip(n.round_trip) for n in found if n.own_time and n.own_time > n.round_trip]
    if own:
        said += f"; over {' and '.join(own)} most of the time is the hosts' own"
    return said


def ram_of_card(record: Record) -> int:
    """The transmit RAM of the sender's card, bytes."""
    return record["hosts"]["sender"]["card_ram"]["tx"]["capacity_bytes"]


def by_ratio(machine: Machine, wins_: bool) -> list[str]:
    """Settings in which the scheme takes less CPU than offload, or more."""
    return [
        f"CPU at equal goodput, {group.setting} ({group.ratio():.2f} of offload's)"
        for group in machine.groups
        if (group.ratio() < 1) is wins_
    ]


def by_goodput(machine: Machine, wins_: bool) -> list[str]:
    """Goodput at full speed, where it is another."""
    own, other = machine.head.goodput(SCHEME), machine.head.goodput(RIVAL)
    if own == other or (own > other) is not wins_:
        return []
    return [f"goodput ({own:.0f} instead of {other:.0f} MB/s)"]


def by_traffic(machine: Machine, wins_: bool) -> list[str]:
    """DRAM traffic of both hosts."""

    def dram(path: str) -> float:
        record = machine.head.full[path][0]
        return sum(measures.memory(record, role, "dram") for role in measures.ROLES)

    own, other = dram(SCHEME), dram(RIVAL)
    if own == other or (own < other) is not wins_:
        return []
    return [f"DRAM traffic ({own:.1f} instead of {other:.1f} bytes a byte, both hosts)"]


def wins(machine: Machine) -> list[str]:
    """Where it is better than offload."""
    found = by_ratio(machine, True) + by_goodput(machine, True) + by_traffic(machine, True)
    return found or ["nowhere here"]


def loses(machine: Machine) -> list[str]:
    """Where it is worse than offload."""
    found = by_ratio(machine, False) + by_goodput(machine, False) + by_traffic(machine, False)
    return found or ["nowhere here"]


def out_of_reach(head: Group, found: Verdict) -> list[str]:
    """What the card's RAM does not allow at nearly full speed, and calls that never pay."""
    have = ram_of_card(head.full[SCHEME][0])
    short = [trip(n.round_trip) for n in found.needs if n.ram is None or n.ram > have]
    at_link = [trip(n.round_trip) for n in found.needs if n.link_ram > have]
    said = [f"a {e.call} {e.data} at all sizes" for e in found.even if e.size is None]
    if short:
        said.append(f"round trips of {', '.join(short)} at this host's rate with {ram_size(have)}")
    if at_link:
        said.append(
            f"round trips of {', '.join(at_link)} at the link's rate with {ram_size(have)}, "
            "if the hosts' own time stays what the runs say"
        )
    return said or ["nothing of this"]
