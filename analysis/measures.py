"""What a comparison looks at in a record, with its spread over seeds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.store import Record

ROLES = ("sender", "receiver")
LINK_OVERHEAD = 38  # preamble 8, header 14, FCS 4, gap 12 bytes a frame (IEEE 802.3)
TCP_IP_HEADERS = 52  # IPv4 20, TCP 20, timestamps 12 bytes (RFC 791, 9293, 7323)


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


def link_goodput(record: Record) -> float:
    """The payload that the link can carry, MB/s."""
    given = record["parameters"]
    segment = given["mtu"] - TCP_IP_HEADERS
    return given["linkRate"] / 8e6 * segment / (given["mtu"] + LINK_OVERHEAD)


def reader_waits(record: Record) -> bool:
    """Whether the receiver's process ever sleeps since there is nothing to read."""
    host = record["hosts"]["receiver"]
    sleeps = host["counts"]["wake_ups"] - host["counts"]["dma_sleeps"]
    return sleeps > 0.05 * host["latency_us"]["read"]["count"]


def writer_waits(record: Record) -> bool:
    """Whether the sender's process ever finds TCP's buffer full."""
    return record["hosts"]["sender"]["counts"]["write_retries"] > 0


def bound(record: Record) -> str:
    """What kept a run from being faster."""
    hosts = record["hosts"]
    if goodput(record) > 0.97 * link_goodput(record):
        return "the link"
    for role in ROLES:
        if hosts[role]["cpu_utilization"] > 0.98:
            return f"the {role}'s CPU"
    if card_load(record) > 0.97:
        return "the card's RAM bandwidth"
    if not writer_waits(record):
        return "the sender's writes, each of which waits for its DMA"
    if not reader_waits(record):
        return "the receiver's reads, each of which waits for its DMA"
    return "the window, or the bus"


def card_load(record: Record) -> float:
    """The share of a card's RAM bandwidth that data frames use, each once in and once out."""
    given = record["parameters"]
    bandwidth = float(given.get("receiver.PayloadCacheNetDevice.RamBandwidth", 0))
    if bandwidth == 0:
        return 0.0
    frame = given["mtu"] + 14
    return 1e6 * goodput(record) / (given["mtu"] - TCP_IP_HEADERS) * 2 * frame / bandwidth
