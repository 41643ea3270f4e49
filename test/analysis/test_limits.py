"""Analytic limits against closed forms and arithmetic by hand, and runs against their limits."""

import copy
import math

import pytest

from analysis import limits, measures
from conftest import run_bulk

# 1448 of the 1538 bytes that a full frame takes on the wire (preamble 8, header 14, IPv4 20, TCP
# 32 with timestamps, FCS 4, gap 12)
LINK = 100e6 / 8e6 * 1448 / 1538
QUICK = ("--duration=0.2", "--warmup=0.2")


@pytest.fixture(scope="module", name="record")
def a_short_run():
    """A run at the link's rate."""
    return run_bulk("--duration=0.2", "--warmup=0.1")


def test_the_link_with_its_headers(record):
    assert limits.limits(record)["the link"] == pytest.approx(LINK)
    assert limits.limit(record) == ("the link", pytest.approx(LINK))
    assert measures.goodput(record) == pytest.approx(LINK, rel=0.01)


def test_a_busy_share_by_the_utilisation_law(record):
    """A core that is busy for a fifth of the time at 10 MB/s would do 50 MB/s."""
    edited = copy.deepcopy(record)
    edited["goodput_bps"], edited["duration_s"] = 80e6, 2.0
    edited["hosts"]["sender"]["core_utilization"] = [0.2]
    edited["hosts"]["sender"]["bus_utilization"] = {"to_card": 0.25, "to_host": 0.1}
    edited["hosts"]["receiver"]["card_utilization"] = {"processor": 0.5, "ram": 0.0}
    found = limits.limits(edited)
    assert found["the sender's CPU"] == pytest.approx(50)
    assert found["the sender's bus"] == pytest.approx(40)
    assert found["the receiver's card processor"] == pytest.approx(20)
    assert "the receiver's card RAM bandwidth" not in found, "it is not used"


def test_writers_held_to_a_rate():
    record = run_bulk(*QUICK, "--appRate=16Mbps", "--flows=2", "--writeSize=4096")
    assert limits.limit(record) == ("the offered load", pytest.approx(4.0))
    assert measures.goodput(record) == pytest.approx(4.0, rel=0.03)


RAM, PIECE, MSS = 65536, 4096, 1448


@pytest.mark.parametrize("delay_ms", [2.5, 5])
def test_card_ram_over_the_round_trip(delay_ms):
    """8 (RAM n/pad(n) - (a-1) MSS/2) / (2 delay + t_data + t_ack), a = 2 segments an ACK."""
    record = run_bulk(
        "--profile=ideal",
        "--linkRate=1Gbps",
        f"--txRam={RAM}",
        "--whenFull=wait",
        f"--writeSize={PIECE}",
        "--sndBuf=4194304",
        "--rcvBuf=4194304",
        f"--delay={delay_ms}ms",
        "--duration=0.3",
        "--warmup=0.3",
    )
    wire = (1538 + 52 + 38) * 8 / 1e9
    form = (RAM - MSS / 2) / (2e-3 * delay_ms + wire) / 1e6
    name, bound = limits.limit(record)
    assert name == "the sender's card RAM over the round trip"
    assert bound == pytest.approx(form)
    assert measures.goodput(record) == pytest.approx(bound, rel=0.02)


def test_pieces_take_whole_granules(record):
    edited = copy.deepcopy(record)
    edited["parameters"] |= {"writeSize": 300, "sender.DataPath.WhenFull": "Wait"}
    capacity = edited["hosts"]["sender"]["card_ram"]["tx"]["capacity_bytes"]
    assert limits.transmit_ram(edited) == {
        "the sender's card RAM over the round trip": capacity * 300 / 512
    }
    edited["parameters"]["sender.DataPath.WhenFull"] = "Copy"
    assert limits.transmit_ram(edited) == {}, "a full card makes writers copy"


def test_a_measured_round_trip_counts_where_there_is_one(record):
    edited = copy.deepcopy(record)
    edited["scenario"] = {"rtt_us": {"mean": 50e3, "min": 1.0, "max": 90e3}}
    # 262144 bytes a 50 ms
    assert limits.limits(edited)["TCP's buffers over the round trip"] == pytest.approx(5.24288)


def test_windows_bound_a_long_link():
    buffers = ("--sndBuf=65536", "--rcvBuf=65536", "--writeSize=4096")
    record = run_bulk("--path=stock", *buffers, "--delay=20ms", "--duration=1")
    name, bound = limits.limit(record)
    assert name == "TCP's buffers over the round trip"
    wire = (1538 + 52 + 38) * 8 / 100e6
    assert bound == pytest.approx((65536 - MSS / 2) / (0.04 + wire) / 1e6)
    assert measures.goodput(record) == pytest.approx(bound, rel=0.05)


def test_losses_are_stocks_limit(record):
    stock = {**copy.deepcopy(record), "goodput_bps": 16e6}
    assert limits.limit(record, stock) == ("the losses: stock sockets", 2.0)


@pytest.mark.parametrize(
    "options",
    [
        ("--path=conventional",),
        ("--path=offload",),
        ("--path=payload-cache",),
        ("--path=payload-cache", "--appRead=off"),
        ("--path=payload-cache", "--flows=4", "--writeSize=4096"),
    ],
    ids=" ".join,
)
def test_a_saturated_machine_is_at_its_limit(options):
    """A gigabit machine: a CPU, a card or a process is the bound, and there is no other."""
    record = run_bulk("--profile=pii450-tigon2-gbe-2001", *QUICK, *options)
    _, bound = limits.limit(record)
    assert measures.goodput(record) == pytest.approx(bound, rel=0.02)
    assert measures.goodput(record) <= 1.01 * min(limits.limits(record).values())


def with_options(record, **options):
    """A record of other options."""
    return {**record, "parameters": {**record["parameters"], **options}}


def test_messages_on_the_wire(record):
    """Responses of 3000 bytes are three segments, each with 52 bytes of TCP/IP and 38 of Ethernet."""
    options = {"requestSize": 100, "responseSize": 3000, "rate": 2000.0}
    found = limits.limits(with_options(record, **options))
    assert found["the link"] == pytest.approx(100e6 / 8e6 * 3100 / (3000 + 3 * 90))
    assert found["the offered load"] == pytest.approx(2000 * 3100 / 1e6)
    closed = with_options(record, **{**options, "rate": 0.0, "concurrency": 4})
    closed["scenario"] = {"latency_us": {"mean": 500.0}}
    name, bound = "one request at a time on each connection", 4 * 3100 / 500e-6 / 1e6
    assert limits.limits(closed)[name] == pytest.approx(bound)


def test_flows_that_arrive(record):
    arrived = {**record, "scenario": {"offered_load": 0.25}}
    assert limits.limits(arrived)["the offered load"] == pytest.approx(LINK / 4)


@pytest.mark.parametrize(
    "options, bound",
    [
        ({"readRate": 5_000_000}, 2 * 0.625),
        ({"readDelay": 0.05}, 2 * 0.262144 / 0.05),
        ({"readPause": 0.1}, 2 * 0.262144 / 0.1),
    ],
    ids=str,
)
def test_slow_readers(record, options, bound):
    slow = {"readRate": 0, "readDelay": 0.0, "readPause": 0.0, "flows": 2, "slow": 2, **options}
    found = limits.limits(with_options(record, **slow))
    assert found["the slow readers"] == pytest.approx(bound)
    assert limits.readers(with_options(record, **{**slow, "flows": 3})) == {}


def test_which_points_are_off():
    assert not limits.is_off(9.1, 10) and not limits.is_off(10.9, 10)
    assert limits.is_off(8.9, 10) and limits.is_off(11.1, 10)
    assert not limits.is_off(8.9, math.nan)


def test_what_stands_still_is_off(record):
    """It is busy with something, so a law of a share of the time would call it at its limit."""
    still = {**copy.deepcopy(record), "goodput_bps": 0.0}
    for host in still["hosts"].values():
        host["cpu_seconds"]["copy"] = still["duration_s"]
        host["counts"] = dict.fromkeys(host["counts"], 0)
    for stock in (None, still):
        name, bound = limits.limit(still, stock)
        assert (name, bound) == ("the link", pytest.approx(LINK))
        assert limits.is_off(0.0, bound)


def test_a_program_of_ones_own_may_have_none():
    name, bound = limits.limit({"goodput_bps": 8e6, "duration_s": 1, "parameters": {}, "hosts": {}})
    assert name == "" and math.isnan(bound)
    assert limits.limits({"goodput_bps": 8e6, "hosts": {"mine": {}}}) == {}
