"""It loses where it should: the break-even by simulation, by the record, and by the form.

Isolated calls, one a second: one write, one push, its segments; one poll, one wake-up, one read of
the whole message. What the payload cache costs beyond `offload`, which copies, is then the call's.
"""

from __future__ import annotations

import functools

import pytest

from closed_forms import CallCosts, crossings, sizes_to_look_at
from conftest import machines, read_profile, run_bulk

CALLS = 2  # counted; each is the same
LARGEST = 1 << 18
ISOLATED = (
    "--linkRate=1Gbps",  # a message has come long before the interrupt
    "--warmup=1.5",  # two calls, and half of a period
    f"--duration={CALLS}",
    "--sndBuf=4194304",
    "--rcvBuf=4194304",
    "--readSize=4194304",
    "--cardRam=16777216",
    "--ns3::TcpSocket::InitialCwnd=10000",  # a write goes out at once
    # one interrupt a message at either end: of its frames, of its ACKs
    "--ns3::PayloadCacheNetDevice::RxModerationDelay=40ms",
    "--ns3::PayloadCacheNetDevice::RxModerationFrames=0",
    "--ns3::PayloadCacheNetDevice::TxModerationDelay=40ms",
    "--ns3::PayloadCacheNetDevice::TxModerationFrames=0",
    "--ns3::PayloadCacheNetDevice::PollBudget=0",
    "--ns3::PayloadCacheNetDevice::RxRing=0",
    "--ns3::PayloadCacheNetDevice::AdaptiveModeration=false",
    "--ns3::TcpSocket::TcpNoDelay=true",  # its last segment does not wait for an ACK
    # what a call released is told with the next call's doorbell, as where one comes within a tick
    "--ns3::PayloadCacheNetDevice::ReleaseWait=2s",
)


def merging() -> list[str]:
    """The machines whose cards merge segments."""
    return [machine for machine in machines() if CallCosts(machine).merges]


ROLE = {"write": "sender", "read": "receiver"}
PURE = ("--source=cold", "--appRead=off")  # the form without what the caches do
WARM = ("--source=warm", "--appRead=off")
USED = ("--source=cold", "--appRead=on")


@functools.cache
def isolated(machine: str, path: str, wait: str, data: tuple[str, ...], size: int) -> dict:
    """The record of isolated calls of `size` bytes, checked to be what they should be."""
    record = run_bulk(
        f"--profile={machine}",
        f"--path={path}",
        f"--writeSize={size}",
        f"--appRate={8 * size}bps",
        *data,
        *([f"--wait={wait}"] if path == "payload-cache" else []),
        # pieces end where segments do
        f"--ns3::PayloadCachePath::WritePiece={CallCosts(machine).piece}",
        *ISOLATED,
    )
    sender, receiver = record["hosts"]["sender"], record["hosts"]["receiver"]
    assert sender["bytes_written"] == receiver["bytes_read"] == CALLS * size
    assert sender["system_calls"] == receiver["system_calls"] == CALLS
    assert sender["segments_retransmitted"] == 0
    assert sender["counts"]["write_retries"] == sender["counts"]["fallback_bytes"] == 0
    assert receiver["counts"]["backlogged"] == 0
    return record


def cycles_a_call(record: dict, role: str, hz: float) -> float:
    """What a call costs a host in all."""
    seconds = record["hosts"][role]["cpu_seconds"]
    return (sum(seconds.values()) - seconds["idle"]) * hz / CALLS


def simulated(machine: str, call: str, wait: str, data: tuple[str, ...] = PURE):
    """What a call of some bytes costs beyond copying, by simulation, cycles."""
    hz = read_profile(machine)["Frequency"]

    def difference(size: int) -> float:
        cached = isolated(machine, "payload-cache", wait, data, size)
        copied = isolated(machine, "offload", "", data, size)
        role = ROLE[call]
        return cycles_a_call(cached, role, hz) - cycles_a_call(copied, role, hz)

    return difference


def assert_same(one: float | None, other: float | None) -> None:
    """Two answers agree within 10 %, or both say never."""
    assert (one is None) == (other is None)
    assert one is None or one == pytest.approx(other, rel=0.1)


@pytest.mark.parametrize("wait", ["sleep", "spin"])
@pytest.mark.parametrize(
    "call, data", [("write", PURE), ("write", WARM), ("read", PURE), ("read", USED)]
)
@pytest.mark.parametrize("machine", machines())
def test_break_even(machine, call, data, wait):
    form = CallCosts(machine, app_read=data is USED, warm=data is WARM)
    sizes = sizes_to_look_at(form.mss, LARGEST)
    by_run = crossings(simulated(machine, call, wait, data), sizes)
    by_form = crossings(form.difference(call, wait), sizes)
    host = isolated(machine, "offload", "", data, 64)["hosts"][ROLE[call]]
    by_record = (host[key][call][wait] for key in ("break_even_bytes", "always_cheaper_bytes"))
    for run, closed, recorded in zip(by_run, by_form, by_record):
        assert_same(closed, run)
        assert_same(recorded, run)


@pytest.mark.parametrize("wait", ["sleep", "spin"])
@pytest.mark.parametrize("call", ["write", "read"])
@pytest.mark.parametrize("machine", machines())
def test_loses_below_and_wins_above(machine, call, wait):
    host = isolated(machine, "offload", "", PURE, 64)["hosts"][ROLE[call]]
    first, always = (host[key][call][wait] for key in ("break_even_bytes", "always_cheaper_bytes"))
    difference = simulated(machine, call, wait)
    if first is None:
        assert difference(1024) > 0 and difference(LARGEST) > 0
    else:
        assert difference(int(0.9 * first)) > 0
        assert difference(int(1.1 * always)) < 0


@pytest.mark.parametrize("size", [64, 1024, 8192, 62000])
@pytest.mark.parametrize("wait", ["sleep", "spin"])
@pytest.mark.parametrize("call", ["write", "read"])
@pytest.mark.parametrize("machine", machines())
def test_form_is_the_difference(machine, call, wait, size):
    """Not only where it is 0: the form is what calls cost beyond copying, to the cycle."""
    form = CallCosts(machine).difference(call, wait)
    assert simulated(machine, call, wait)(size) == pytest.approx(form(size), abs=2, rel=1e-4)


@pytest.mark.parametrize("size", [62636, 62637, 64000, 65536, 200000])
@pytest.mark.parametrize("call", ["write", "read"])
@pytest.mark.parametrize("machine", merging())
def test_form_of_several_units(machine, call, size):
    """A unit's last byte, and the first of the next; what a receiver still merges; several."""
    form = CallCosts(machine).difference(call, "sleep")
    assert simulated(machine, call, "sleep")(size) == pytest.approx(form(size), abs=2, rel=1e-4)


@pytest.mark.parametrize("call", ["write", "read"])
@pytest.mark.parametrize("machine", merging())
def test_registered_buffers(machine, call):
    """Neither pinned nor mapped, by simulation and by the record."""
    data = (*PURE, "--ns3::PayloadCachePath::RegisteredBuffers=true")
    form = CallCosts(machine, registered=True).difference(call, "sleep")
    assert simulated(machine, call, "sleep", data)(30000) == pytest.approx(form(30000), abs=2)
    host = isolated(machine, "offload", "", data, 64)["hosts"][ROLE[call]]
    first = host["break_even_bytes"][call]["sleep"]
    assert form(first - 1) >= -1e-6 and form(first) < 0


@pytest.mark.parametrize("path", ["conventional", "offload", "payload-cache"])
def test_break_even_is_the_hosts(bulk, path):
    """The same on every path; the policy's constants are the command line's."""
    short = (f"--path={path}", "--duration=0.01", "--warmup=0")
    constants = ("--ns3::PayloadCachePath::WritePiece=512",)
    sizes = bulk(*short)["hosts"]["sender"]["break_even_bytes"]
    small = bulk(*short, *constants)["hosts"]["sender"]["break_even_bytes"]
    assert sizes["write"]["sleep"] == 962  # (1000 + 400 + 250 + 300 + 3100) / 5.25
    # three pieces of 512 bytes: (3 * 1000 + 400 + 250 + 300 + 3100) / 5.25
    assert small["write"]["sleep"] == 1343
    assert small["read"] == sizes["read"]
