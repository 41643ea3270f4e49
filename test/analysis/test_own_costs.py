"""The scheme's own costs: what they add up to, and that each can be switched off by itself."""

from __future__ import annotations

import functools
import math

import pytest

from closed_forms import HEADERS, PAGE, PIECE
from conftest import machines, read_profile, run_bulk

OWN = ["page_pin", "iommu", "dma_submit", "dma_complete", "header_fetch", "ram_release"]
# Categories that hold shared costs too; of each the operations in a sleep for a DMA.
IN_A_SLEEP = {
    "interrupt": ("Interrupt", 1),
    "wake_up": ("WakeUp", 1),
    "context_switch": ("ContextSwitch", 2),
}
# No operations: a refused write and a frame that waits for a lock cost nothing by that, and whether
# an ACK comes just before or just after a write begins may change with any cost.
CHANCES = {"write_retries", "backlogged"}
ROLES = ["sender", "receiver"]
WRITES = 60
IOMMU_MAP = 200  # cycles


def link_bound(machine: str, *options: str) -> dict:
    """A whole transfer that the link bounds, asleep, an interrupt a frame.

    Writes are whole segments: a short one at their ends comes while the one before it is read, and
    whether that read is still running then hangs on microseconds.
    """
    mss = int(read_profile(machine)["Mtu"]) - HEADERS
    write = PIECE // mss * mss
    record = run_bulk(
        f"--profile={machine}",
        "--linkRate=100Mbps",
        f"--writeSize={write}",
        f"--bytes={WRITES * write}",
        "--wait=sleep",
        f"--ns3::HostModel::IommuMap={IOMMU_MAP}",  # few shipped machines have one
        "--ns3::PayloadCacheNetDevice::RxModerationDelay=0us",
        "--ns3::PayloadCacheNetDevice::RxModerationFrames=1",
        *options,
    )
    assert record["goodput_bps"] > 0.97 * 100e6 * mss / (mss + HEADERS + 38)
    return record


@functools.cache
def all_on(machine: str) -> dict:
    """The run with all own costs."""
    return link_bound(machine)


@functools.cache
def one_off(machine: str, category: str) -> dict:
    """The run with all own costs but one category's."""
    others = [name for name in [*OWN, "spin", *IN_A_SLEEP] if name != category]
    return link_bound(machine, "--ownCosts=" + ",".join(others))


def busy(host: dict) -> float:
    """Seconds that a host's core worked."""
    return sum(host["cpu_seconds"].values()) - host["cpu_seconds"]["idle"]


def operations(host: dict) -> dict[str, int]:
    """All operations that the host counts."""
    named = ("interrupts", "context_switches", "system_calls", "segments_sent", "bytes_read")
    counts = host["counts"] | {name: host[name] for name in named}
    return {name: count for name, count in counts.items() if name not in CHANCES}


def own_seconds(host: dict, machine: str, category: str) -> float:
    """The scheme's own part of a ledger line."""
    p = read_profile(machine)
    if category == "iommu":  # the driver maps pages too
        return host["counts"]["pages_pinned"] * IOMMU_MAP / p["Frequency"]
    if category in OWN:
        return host["cpu_seconds"][category]
    line, times = IN_A_SLEEP[category]
    number = host["counts"]["dma_sleeps"] * times
    # the driver's timer interrupts, too
    number += host["counts"]["release_timers"] if category == "interrupt" else 0
    return number * p[line] / p["Frequency"]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("category", [*OWN, *IN_A_SLEEP])
@pytest.mark.parametrize("machine", machines())
def test_each_cost_is_its_line(machine, category, role):
    """Switching one off lowers CPU by its line, and leaves all counts and other lines alone."""
    before = all_on(machine)["hosts"][role]
    after = one_off(machine, category)["hosts"][role]
    own = own_seconds(before, machine, category)
    assert own > 0 or (category, role) == ("header_fetch", "sender")
    assert busy(before) - busy(after) == pytest.approx(own, rel=0.01, abs=1e-9)
    assert operations(after) == operations(before)
    for line, seconds in before["cpu_seconds"].items():
        if line != "idle":
            left = seconds - own if line == category else seconds
            assert after["cpu_seconds"][line] == pytest.approx(left, rel=1e-4, abs=1e-9), line


def test_senders_own_costs_are_the_formulas(bulk):
    """The sender's own costs together, added up from the profile's file."""
    p = read_profile("piii750-starfire-2001")
    size, mss = 65536, 1448
    record = bulk("--wait=sleep")
    host = record["hosts"]["sender"]
    writes = host["bytes_written"] / size
    cycles = (
        p["DmaSubmit"] * math.ceil(size / PIECE)
        + (p["PagePin"] + p["PageUnpin"] + p["IommuMap"]) * math.ceil(size / PAGE)
        + (p["DmaGather"] + p["RamRelease"]) * math.ceil(size / mss)
        + p["Interrupt"]
        + p["DmaComplete"]
        + p["WakeUp"]
        + 2 * p["ContextSwitch"]
    )
    without = bulk("--wait=sleep", "--ownCosts=none")["hosts"]["sender"]
    saved = (busy(host) - busy(without)) * p["Frequency"]
    assert saved == pytest.approx(writes * cycles, rel=0.02)


def test_second_fetches_are_charged():
    """Headers of 52 bytes and a constant of 40: each frame that leaves payload is fetched twice."""
    record = run_bulk("--ns3::PayloadCachePath::HeaderFetch=40", "--bytes=1000000")
    host = record["hosts"]["receiver"]
    fetches = host["counts"]["header_fetches"] + host["counts"]["second_fetches"]
    assert host["counts"]["second_fetches"] == host["counts"]["header_fetches"] > 600
    p = read_profile("piii750-starfire-2001")
    seconds = fetches * p["HeaderFetchWork"] / p["Frequency"]
    assert host["cpu_seconds"]["header_fetch"] == pytest.approx(seconds, rel=1e-6)
