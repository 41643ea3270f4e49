"""What a comparison looks at in a record, with its spread over seeds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.runs.store import Record

ROLES = ("sender", "receiver")
LINK_OVERHEAD = 38  # preamble 8, header 14, FCS 4, gap 12 bytes a frame (IEEE 802.3)
TCP_IP_HEADERS = 52  # IPv4 20, TCP 20, timestamps 12 bytes (RFC 791, 9293, 7323)
IPV6_MORE = 20  # bytes that an IPv6 header is longer (RFC 8200)
FAULT_RATES = ("lossRate", "duplicateRate", "reorderRate", "corruptRate")  # what chance does


@dataclass(frozen=True)
class Figure:
    """A mean over seeds, and the standard deviation of the sample (0 where there is one)."""

    mean: float
    spread: float = 0.0


def figure(values: Sequence[float]) -> Figure:
    """The mean of some values and their spread."""
    mean = statistics.fmean(values)
    if len(values) == 1:
        return Figure(mean)
    # by hand, since a value may be NaN: of a run in which nothing was moved
    return Figure(mean, math.sqrt(sum((v - mean) ** 2 for v in values) / (len(values) - 1)))


def payload(host: Record) -> int:
    """The bytes that a host's application moved."""
    return host["bytes_written"] if host["role"] == "sender" else host["bytes_read"]


def moved(record: Record) -> float:
    """The payload bytes that were read in the counted time."""
    return record["goodput_bps"] * record["duration_s"] / 8


def goodput(record: Record) -> float:
    """MB/s."""
    return record["goodput_bps"] / 8e6


def cpu_by_category(record: Record, role: str) -> dict[str, float]:
    """Nanoseconds of CPU a payload byte, by the ledger's categories, idle left out."""
    seconds = record["hosts"][role]["cpu_seconds"]
    byte_count = moved(record)
    return {
        name: 1e9 * value / byte_count if byte_count else float("nan")
        for name, value in seconds.items()
        if name != "idle"
    }


def cpu(record: Record, role: str) -> float:
    """Nanoseconds of CPU a payload byte."""
    return sum(cpu_by_category(record, role).values())


def cpu_percent(record: Record, role: str, rate: float) -> float:
    """Percent of a host's cores at a goodput of `rate` MB/s, which the run's is or is close to."""
    return cpu(record, role) * rate / 10 / record["hosts"][role]["cores"]


def bus(record: Record, role: str) -> float:
    """Bytes over the I/O bus, both ways, a payload byte."""
    host = record["hosts"][role]
    return sum(host["bus_bytes"].values()) / max(payload(host), 1)


def memory(record: Record, role: str, level: str) -> float:
    """Bytes between `level` ("dram" or "cache") and cores or bus, a payload byte."""
    host = record["hosts"][role]
    return sum(cause[level] for cause in host["memory_bytes"].values()) / max(payload(host), 1)


def ram_peak(record: Record, side: str) -> float:
    """The most card RAM held, KiB: to transmit at the sender, to receive at the receiver."""
    role = "sender" if side == "tx" else "receiver"
    return record["hosts"][role]["card_ram"][side]["peak_bytes"] / 1024


def latency(record: Record, call: str) -> float:
    """The median latency of the sender's writes or the receiver's reads, microseconds."""
    role = "sender" if call == "write" else "receiver"
    median = record["hosts"][role]["latency_us"][call]["p50"]
    return float("nan") if median is None else median


def tcp_ip_headers(given: Record) -> int:
    """IP and TCP headers of a segment, bytes."""
    return TCP_IP_HEADERS + (IPV6_MORE if given.get("family") == "ipv6" else 0)


def link_goodput(record: Record) -> float:
    """The payload that the link can carry, MB/s."""
    given = record["parameters"]
    segment = given["mtu"] - tcp_ip_headers(given)
    return given["linkRate"] / 8e6 * segment / (given["mtu"] + LINK_OVERHEAD)


FULL = 0.98  # a resource that is busy for longer than this share of the time is a bound


def loads(record: Record) -> dict[str, float]:
    """The share of the time in which each resource was busy, by what a sentence calls it.

    Of several cores it is the busiest: work does not go from one to another.
    """
    shares = {"the link": goodput(record) / link_goodput(record)}
    for name, host in record["hosts"].items():
        cores = host["core_utilization"]
        core = "busiest core" if min(cores) <= FULL and len(cores) > 1 else "CPU"
        shares[f"the {name}'s {core}"] = max(cores)
        shares[f"the {name}'s bus"] = max(host["bus_utilization"].values())
        shares[f"the {name}'s memory"] = host["memory_utilization"]
        shares[f"the {name}'s card processor"] = host["card_utilization"]["processor"]
        shares[f"the {name}'s card RAM bandwidth"] = host["card_utilization"]["ram"]
    return shares


def reader_waits(record: Record) -> bool:
    """Whether the receiver's process ever sleeps since there is nothing to read."""
    host = record["hosts"]["receiver"]
    sleeps = host["counts"]["wake_ups"] - host["counts"]["dma_sleeps"]
    return sleeps > 0.05 * host["latency_us"]["read"]["count"]


def writer_waits(record: Record) -> bool:
    """Whether the sender's process ever finds TCP's buffer full."""
    return record["hosts"]["sender"]["counts"]["write_retries"] > 0


def waits_for_dma(record: Record, role: str) -> bool:
    """Whether a host's calls wait for DMA."""
    counts = record["hosts"][role]["counts"]
    return counts["dma_sleeps"] + counts["dma_spins"] > 0


def bound(record: Record) -> str | None:
    """What kept a run from being faster; None where it was as fast as its writers wanted.

    Resources that are busy all the time come first; then what can be seen of the run; then the two
    processes, each of which makes one call after the other.
    """
    given = record["parameters"]
    rate = given["appRate"] * given["flows"]
    if given["bytes"] or (rate and record["goodput_bps"] > 0.95 * rate):
        return None
    full = [name for name, share in loads(record).items() if share > FULL]
    if full:
        return " and ".join(full)
    sender = record["hosts"]["sender"]
    for name, host in record["hosts"].items():
        if host["drops"]:  # a ring or card RAM that is full
            return f"frames that the {name} dropped ({', '.join(host['drops'])})"
    if sender["card_ram"]["tx"]["blocked"]:
        return "the card's RAM to transmit"
    for role, call, waits in (
        ("sender", "write", writer_waits(record)),
        ("receiver", "read", reader_waits(record)),
    ):
        if not waits:
            dma = " and waits for its DMA" if waits_for_dma(record, role) else ""
            return f"the {role}'s process, which makes one {call} after another{dma}"
    return "losses" if sender["segments_retransmitted"] else "no one resource alone"
