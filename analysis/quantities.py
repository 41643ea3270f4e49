"""What can be measured in a record, by name: what plots draw, tables list and answers compare.

A name is one of QUANTITIES ("cpu"), one that each host has, with the host ("cpu.sender"), or the
dotted path of any number of the record ("scenario.slowdown.small.p99"). A quantity that does not
apply to a record is NaN there: CPU where no host is modelled, requests where there are none.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analysis import measures
from analysis.errors import UserError
from analysis.runs.store import Record

NAN = float("nan")
# The first words of the dotted paths that may lead to a number
ROOTS = ("scenario", "hosts", "flows", "wire_frames", "parameters")
ROOTS += ("goodput_bps", "duration_s", "wall_s", "events")
# What the names of a record's numbers end in, and their unit
UNITS = {"_us": "us", "_per_s": "1/s", "_s": "s", "_bps": "b/s", "_bytes": "B"}
# What words of paths make a number one that had better be large
MORE = (
    "goodput",
    "requests_per_s",
    "bytes_read",
    "bytes_written",
    "completed",
    "bytes_transmitted",
)
ODD = (KeyError, TypeError, AttributeError, ValueError, ArithmeticError)  # of records of any shape
CLASSES = ("small", "medium", "large", "all")  # of flows, by size
CLASS_STATISTICS = ("mean", "p50", "p90", "p99")


@dataclass(frozen=True)
class Quantity:
    """A number of a record. `better` says which direction is an improvement: "more" or "less"."""

    name: str
    label: str
    unit: str
    better: str
    measure: Callable[[Record], float]

    def of(self, record: Record) -> float:
        """The number; NaN where it does not apply, or where a program of one's own left it out."""
        try:
            return float(self.measure(record))
        except ODD:
            return NAN

    def title(self) -> str:
        """Label and unit, as an axis or a column has them."""
        return f"{self.label}, {self.unit}" if self.unit else self.label


@dataclass(frozen=True)
class HostQuantity:
    """A number of one host, and how all hosts' make one: added up, the largest, or the smallest."""

    name: str
    label: str
    unit: str
    of: Callable[[Record, Record], float]  # of a host and its record
    join: Callable[[Sequence[float]], float] = math.fsum
    better: str = "less"

    def together(self) -> Quantity:
        """The quantity of all hosts."""
        hosts = {math.fsum: "all hosts", max: "highest host", min: "lowest host"}[self.join]

        def of(record: Record) -> float:
            values = [self.of(host, record) for host in record.get("hosts", {}).values()]
            values = [value for value in values if not math.isnan(value)]
            return self.join(values) if values else NAN

        return Quantity(self.name, f"{self.label} ({hosts})", self.unit, self.better, of)

    def at(self, host: str) -> Quantity:
        """The quantity of one host; NaN in records that have no such host."""

        def of(record: Record) -> float:
            found = record.get("hosts", {}).get(host)
            return NAN if found is None else self.of(found, record)

        return Quantity(f"{self.name}.{host}", f"{self.label} ({host})", self.unit, self.better, of)


def mean_ci(values: Sequence[float]) -> tuple[float, float]:
    """The mean, and half the width of its 95 % confidence interval by Student's t.

    The half width is NaN for one value, both are NaN for none.
    """
    count = len(values)
    if not count:
        return NAN, NAN
    mean = sum(values) / count
    if count == 1:
        return mean, NAN
    from scipy import stats  # takes half a second to come

    variance = sum((value - mean) ** 2 for value in values) / (count - 1)
    return mean, float(stats.t.ppf(0.975, count - 1)) * math.sqrt(variance / count)


def dotted(record: Record, path: str) -> float:
    """The number at a dotted path of a record; NaN where there is none."""
    value: object = record
    words = path.split(".")
    while words:
        # a key may have dots itself, as those of `parameters` have: the longest that is there
        for count in range(len(words), 0, -1):
            found = child(value, ".".join(words[:count]))
            if found is not None:
                break
        else:
            return NAN
        value, words = found, words[count:]
    return float(value) if isinstance(value, (int, float)) else NAN


def inside(record: object, *path: str) -> Record:
    """The object at a path of a record; empty where there is none, or something else."""
    for key in path:
        record = child(record, key)
    return record if isinstance(record, dict) else {}


def child(value: object, key: str) -> object | None:
    """A member of an object, or an element of a list by its number; None where there is none."""
    if isinstance(value, dict):
        return value.get(key)
    if isinstance(value, list) and key.isdigit() and int(key) < len(value):
        return value[int(key)]
    return None


def ratio(above: float, below: float) -> float:
    """A quotient; NaN where there is nothing to divide by."""
    return above / below if below else NAN


def busy_seconds(host: Record) -> float:
    """The time that a host's cores were busy, added up."""
    return sum(value for name, value in host["cpu_seconds"].items() if name != "idle")


def bus_bytes(host: Record) -> float:
    """Bytes over a host's I/O bus, both ways."""
    return sum(host["bus_bytes"].values())


def dram_bytes(host: Record) -> float:
    """Bytes between a host's DRAM and its caches, cores or bus."""
    return sum(cause["dram"] for cause in host["memory_bytes"].values())


def both_sides(host: Record, what: str) -> float:
    """A count of both sides of a host's card RAM: "blocked" or "fallbacks"."""
    return sum(side[what] for side in host["card_ram"].values())


def per_byte(measure: Callable[[Record], float], scale: float = 1) -> Callable:
    """A measure of a host, for each payload byte that was delivered."""
    return lambda host, record: ratio(scale * measure(host), measures.moved(record))


def ram(side: str, which: str) -> HostQuantity:
    """Card RAM held: `side` "tx" or "rx", `which` "peak" or "mean"."""
    label = f"{'transmit' if side == 'tx' else 'receive'} card RAM, {which}"
    key = f"{which}_bytes"
    return HostQuantity(
        f"ram_{side}_{which}", label, "KiB", lambda h, r: h["card_ram"][side][key] / 1024, max
    )


def latency(call: str, percentile: str) -> HostQuantity:
    """A percentile of how long a host's calls take; NaN where it makes none."""

    def of(host: Record, _record: Record) -> float:
        value = host["latency_us"][call][percentile]
        return NAN if value is None else value

    return HostQuantity(f"{call}_{percentile}", f"{call} latency, {percentile}", "us", of, max)


def merged(name: str, label: str, key: str, unit: str = "") -> HostQuantity:
    """How much is merged into one; NaN on hosts where there is nothing of the kind."""

    def of(host: Record, _record: Record) -> float:
        value = host["merging"][key]
        return NAN if value is None else value

    return HostQuantity(name, label, unit, of, max, "more")


def cycles(host: Record, record: Record) -> float:
    """Cycles of a host's cores, each payload byte that was delivered."""
    hz = float(record["parameters"][f"{host['role']}.HostModel.Frequency"])
    return ratio(busy_seconds(host) * hz, measures.moved(record))


def core_goodput(host: Record, record: Record) -> float:
    """What a busy core of the host moves, MB/s."""
    return ratio(measures.goodput(record) * record["duration_s"], busy_seconds(host))


def llc_miss(host: Record, _record: Record) -> float:
    """The share of the received bytes that the copy finds in DRAM; NaN where none was received."""
    value = host["llc"]["miss_fraction"]
    return NAN if value is None else 100 * value


HOST_QUANTITIES = (
    HostQuantity("cpu", "CPU", "ns/B", per_byte(busy_seconds, 1e9)),
    HostQuantity("cpu_percent", "CPU", "%", lambda h, r: 100 * h["cpu_utilization"], max),
    HostQuantity("cores", "CPU", "cores", lambda h, r: busy_seconds(h) / r["duration_s"]),
    HostQuantity(
        "busiest_core", "busiest core", "%", lambda h, r: 100 * max(h["core_utilization"]), max
    ),
    HostQuantity("cycles", "cycles a byte", "cycles/B", cycles),
    HostQuantity("core_goodput", "goodput a busy core", "MB/s", core_goodput, min, "more"),
    merged("segments_sent_unit", "segments a unit sent", "segments_a_unit_sent"),
    merged("segments_unit", "segments a unit received", "segments_a_unit_received"),
    merged("bytes_sent_unit", "bytes a unit sent", "bytes_a_unit_sent", "B"),
    merged("bytes_unit", "bytes a unit received", "bytes_a_unit_received", "B"),
    merged("segments_ack", "segments an ACK", "segments_an_ack"),
    HostQuantity("llc_miss", "LLC misses of received bytes", "%", llc_miss, max),
    HostQuantity(
        "dma_wait", "wait for a DMA engine", "us", lambda h, r: max(h["dma_wait_us"].values()), max
    ),
    HostQuantity("interrupts", "interrupts", "1/s", lambda h, r: h["interrupts"] / r["duration_s"]),
    HostQuantity("bus", "bus traffic", "B/B", per_byte(bus_bytes)),
    HostQuantity("dram", "DRAM traffic", "B/B", per_byte(dram_bytes)),
    *(ram(side, which) for side in ("tx", "rx") for which in ("peak", "mean")),
    *(latency(call, at) for call in ("write", "read") for at in ("p50", "p99")),
    HostQuantity("blocked", "waits for card RAM", "", lambda h, r: both_sides(h, "blocked")),
    HostQuantity("fallbacks", "copies, card RAM full", "", lambda h, r: both_sides(h, "fallbacks")),
    HostQuantity(
        "retransmissions", "retransmissions", "", lambda h, r: h["segments_retransmitted"]
    ),
)
PER_HOST = {quantity.name: quantity for quantity in HOST_QUANTITIES}


def at(path: str) -> Callable[[Record], float]:
    """The number at a dotted path."""
    return lambda record: dotted(record, path)


def cpu_per_request(record: Record) -> float:
    """CPU of all hosts together a request, us."""
    shares = record.get("scenario", {}).get("cpu_us_per_request")
    return math.fsum(shares.values()) if shares else NAN


def of_flows(kind: str, label: str, unit: str) -> list[Quantity]:
    """Completion times, or slowdowns, of flows by size class."""
    suffix = f"_{unit}" if unit else ""
    return [
        Quantity(
            f"{kind}.{size}.{which}",
            f"{label}, {size} flows, {which}",
            unit,
            "less",
            at(f"scenario.{kind}.{size}.{which}{suffix}"),
        )
        for size in CLASSES
        for which in CLASS_STATISTICS
    ]


QUANTITIES: dict[str, Quantity] = {
    quantity.name: quantity
    for quantity in (
        Quantity("goodput", "goodput", "MB/s", "more", measures.goodput),
        *(quantity.together() for quantity in HOST_QUANTITIES),
        Quantity("requests", "requests", "1/s", "more", at("scenario.requests_per_s")),
        *(
            Quantity(f"latency_{p}", f"latency, {p}", "us", "less", at(f"scenario.latency_us.{p}"))
            for p in ("mean", "p50", "p90", "p99", "p999")
        ),
        Quantity("cpu_request", "CPU a request (all hosts)", "us", "less", cpu_per_request),
        *of_flows("completion", "completion time", "us"),
        *of_flows("slowdown", "slowdown", ""),
    )
}


def of_path(path: str) -> Quantity:
    """The number at a dotted path, its unit taken from the words, as records have it there."""
    unit, words = "", []
    for word in path.removeprefix("scenario.").split("."):
        end = next((end for end in UNITS if word.endswith(end)), "")
        unit = UNITS.get(end, unit)
        words.append(word.removesuffix(end).replace("_", " "))
    better = "more" if any(word in path for word in MORE) else "less"
    return Quantity(path, ", ".join(words), unit, better, at(path))


def find(name: str) -> Quantity:
    """The quantity of a name. Raises UserError where there is none."""
    if name in QUANTITIES:
        return QUANTITIES[name]
    first, _, rest = name.partition(".")
    if rest and first in PER_HOST:
        return PER_HOST[first].at(rest)
    if first in ROOTS:
        return of_path(name)
    near = difflib.get_close_matches(name, QUANTITIES, 1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise UserError(
        f"{name!r} is no quantity: {hint}they are {', '.join(short_names())}; one of these with a "
        f"host (cpu.sender), or the path of a number in a record (scenario.rtt_us.mean)"
    )


def host_of(name: str) -> str | None:
    """The host that the name of a quantity names; None where it names none."""
    first, _, rest = name.partition(".")
    if name in QUANTITIES or not rest:
        return None
    if first == "hosts":
        return rest.partition(".")[0]
    return rest if first in PER_HOST else None


def short_names() -> list[str]:
    """The names of the registry without the many that flows have by size class."""
    names = [name for name in QUANTITIES if "." not in name]
    return names + ["completion.CLASS.STATISTIC", "slowdown.CLASS.STATISTIC"]
