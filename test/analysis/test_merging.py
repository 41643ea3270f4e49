"""Merging on hosts that cost nothing: how large units are, what loss does to it, what still holds.

Units against the frames of each flow in each poll, one by one, also of 4 and 16 flows, both ways,
over IPv6 and through a router: ns3/payload-cache-merging.
"""

import pytest

from closed_forms import frames_a_poll, segments_a_unit
from conftest import run_bulk, run_scenario

CARD = "--ns3::PayloadCacheNetDevice::"
RENO = "--ns3::TcpL4Protocol::SocketType=ns3::TcpLinuxReno"
FREE = (
    "--profile=ideal",
    f"{CARD}RxModerationDelay=20us",
    f"{CARD}RxModerationFrames=64",
    f"{CARD}PollBudget=64",
    f"{CARD}TxRing=8192",
    "--rcvBuf=4194304",
    "--sndBuf=8388608",
    "--delay=10us",
)
MERGING = (*FREE, "--tso=on", "--gro=on")

# path, Gb/s, MTU, what the mean has to be at least: segments, bytes
UNITS = [
    ("offload", 100, 1500, 30, 0),
    ("payload-cache", 100, 1500, 30, 0),
    ("conventional", 100, 9000, 0, 50e3),
    ("payload-cache", 100, 9000, 0, 50e3),
    ("offload", 10, 1500, 15, 0),
    ("payload-cache", 10, 1500, 15, 0),
]


@pytest.mark.parametrize("path, gigabits, mtu, least, least_bytes", UNITS)
def test_units_are_what_a_poll_lets_them_be(path, gigabits, mtu, least, least_bytes):
    """Of n frames in a poll, units of up to 64 KiB; an ACK a unit, and a unit for each ACK."""
    record = run_bulk(
        *MERGING,
        f"--path={path}",
        f"--linkRate={gigabits}Gbps",
        f"--mtu={mtu}",
        RENO,
        f"--warmup={0.2 / gigabits}",
        f"--duration={0.3 / gigabits}",
    )
    expected = segments_a_unit(frames_a_poll(gigabits * 1e9, mtu), mtu)
    sent = record["hosts"]["sender"]["merging"]
    received = record["hosts"]["receiver"]["merging"]
    assert sent["segments_a_unit_sent"] == pytest.approx(expected, rel=0.01)
    assert received["segments_a_unit_received"] == pytest.approx(expected, rel=0.01)
    assert received["segments_an_ack"] == pytest.approx(expected, rel=0.01)
    assert expected >= least
    for size in (sent["bytes_a_unit_sent"], received["bytes_a_unit_received"]):
        assert size == pytest.approx(expected * (mtu - 52), rel=0.01)
        assert size >= least_bytes
    assert record["goodput_bps"] == pytest.approx(
        gigabits * 1e9 * (mtu - 52) / (mtu + 38), rel=0.01
    )


def test_frames_that_meet_at_a_switch_are_merged_by_flow(tmp_path):
    """Two clients send at full speed to one server: 32 frames of each in a poll of 64."""
    sizes = tmp_path / "large.txt"
    sizes.write_text("20000000 0\n20000001 1\n")
    record = run_scenario(
        "load",
        *MERGING,
        "--path=offload",
        "--linkRate=100Gbps",
        "--mtu=1500",
        "--clients=2",
        "--direction=upload",
        "--concurrent=2",
        f"--sizes={sizes}",
        "--switchBuffer=100000000",
        "--warmup=0.002",
        "--duration=0.003",
        RENO,
    )
    server = record["hosts"]["server"]["merging"]
    assert server["segments_a_unit_received"] == pytest.approx(32, rel=0.1)
    assert server["segments_an_ack"] == pytest.approx(32, rel=0.1)
    for client in ("client-1", "client-2"):
        assert record["hosts"][client]["merging"]["segments_a_unit_sent"] > 28


def time_for(
    path: str, algorithm: str, loss: str, mtu: int, size: int, seeds: int, *options: str
) -> float:
    """Seconds that `size` bytes take, all seeds together.

    Every byte is compared: a run with a wrong one, or one that stalls, ends with an error. Seeds
    are far apart: small ones are related in ns-3.
    """
    took = 0.0
    for seed in range(1, seeds + 1):
        record = run_bulk(
            f"--path={path}",
            "--linkRate=100Gbps",
            f"--mtu={mtu}",
            "--data=bytes",
            f"--bytes={size}",
            f"--lossRate={loss}",
            f"--seed={1000003 * seed + 17}",
            # an RTO of 1 s would be all of such a run
            "--ns3::TcpSocketBase::MinRto=5ms",
            f"--ns3::TcpL4Protocol::SocketType=ns3::{algorithm}",
            *options,
        )
        if path != "stock":
            sender = record["hosts"]["sender"]
            assert sender["bytes_written"] == size
            assert record["hosts"]["receiver"]["bytes_read"] == size
            assert sender["segments_retransmitted"] > 0
        took += record["duration_s"]
    return took


DELAYED = "--ns3::TcpSocket::DelAckTimeout="
UNMERGED = (*FREE, "--tso=off", "--gro=off")

# loss, MTU, bytes of a run, algorithms, seeds
LOSSES = [
    ("0.0001", 1500, 80000000, ["TcpNewReno"], 1),
    ("0.001", 9000, 40000000, ["TcpNewReno", "TcpLinuxReno", "TcpCubic"], 3),
    ("0.01", 9000, 10000000, ["TcpNewReno", "TcpLinuxReno", "TcpDctcp"], 4),
    ("0.01", 1500, 4000000, ["TcpNewReno"], 3),
]


@pytest.mark.parametrize(
    "loss, mtu, size, algorithm, seeds",
    [(*case[:3], algorithm, case[4]) for case in LOSSES for algorithm in case[3]],
)
def test_loss_costs_what_it_costs_unmerged(loss, mtu, size, algorithm, seeds):
    """The same frames are lost in both, so runs of few losses can be compared."""
    path = "payload-cache" if loss == "0.01" else "offload"
    run = (path, algorithm, loss, mtu, size, seeds)
    merged = time_for(*run, *MERGING, f"{DELAYED}1ms")
    assert time_for(*run, *UNMERGED, f"{DELAYED}1ms") == pytest.approx(merged, rel=0.1)


@pytest.mark.parametrize("mtu, size", [(1500, 4000000), (9000, 10000000)])
def test_cubic_at_one_per_cent_waits_for_delayed_acks(mtu, size):
    """CUBIC is up to 30 % slower unmerged, as its few segments in flight wait for `DelAckTimeout`.

    A unit's ACK covers an odd last segment that unmerged waits for the timer. With a timer of
    50 us, less than the round trip with its polls, or an ACK for each segment, which CUBIC's growth
    does not count, the difference is gone.
    """
    run = ("payload-cache", "TcpCubic", "0.01", mtu, size, 12)
    merged = time_for(*run, *MERGING, f"{DELAYED}1ms")
    assert 1.1 * merged < time_for(*run, *UNMERGED, f"{DELAYED}1ms") < 1.3 * merged
    for acks in (f"{DELAYED}50us", "--ns3::TcpSocket::DelAckCount=1"):
        assert time_for(*run, *UNMERGED, acks) == pytest.approx(merged, rel=0.05)


# Moderation makes each way longer by 20 us: a stock host has none.
STOCK = ("--delay=30us", "--rcvBuf=4194304", "--sndBuf=8388608")


@pytest.mark.parametrize("mtu, size", [(1500, 4000000), (9000, 10000000)])
@pytest.mark.parametrize("algorithm", ["TcpNewReno", "TcpLinuxReno", "TcpCubic"])
def test_loss_costs_what_it_costs_stock_sockets(algorithm, mtu, size):
    """At 1 %, and a link's delay that is longer by moderation: unmerged is stock, merged near it.

    CUBIC is faster merged, as above.
    """
    run = (algorithm, "0.01", mtu, size, 8, f"{DELAYED}1ms")
    stock = time_for("stock", *run, *STOCK)
    assert time_for("payload-cache", *run, *UNMERGED) == pytest.approx(stock, rel=0.02)
    least = 0.75 if algorithm == "TcpCubic" else 0.9
    assert least * stock < time_for("payload-cache", *run, *MERGING) < 1.02 * stock


MACHINE = ("--profile=xeon-100g", "--bytes=3000000", "--lossRate=0.002", "--delay=10us")
RTO = ("--ns3::TcpSocketBase::MinRto=5ms",)


def result(record: dict) -> dict:
    """A record without what may differ between runs of the same."""
    volatile = ("wall_s", "parameters", "compared")
    return {key: value for key, value in record.items() if key not in volatile}


@pytest.mark.parametrize("path", ["conventional", "offload", "payload-cache"])
def test_what_holds_with_merging(path):
    """Determinism, accounting and bytes alike, conservation, the ledger, card RAM empty."""
    runs = [
        run_bulk(*MACHINE, *RTO, f"--path={path}", f"--data={data}", "--flows=3")
        for data in ("accounting", "accounting", "bytes")
    ]
    assert result(runs[0]) == result(runs[1]) == result(runs[2])
    hosts = runs[0]["hosts"]
    assert hosts["receiver"]["merging"]["segments_a_unit_received"] > 2
    assert hosts["receiver"]["bytes_read"] == hosts["sender"]["bytes_written"] == 3 * 3000000
    for host in hosts.values():
        assert all(side["held_at_end_bytes"] == 0 for side in host["card_ram"].values())
        # runs of given bytes count their hosts up to 1 ms longer
        total = sum(host["cpu_seconds"].values()) / host["cores"]
        assert 0 <= total - runs[0]["duration_s"] <= 1e-3
