"""Merging on hosts that cost nothing: how large units are, what loss does to it, what still holds.

Units against the frames of each flow in each poll, one by one, several flows, both ways, IPv6 and
a router: ns3/payload-cache-merging.
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


@pytest.mark.parametrize("flows", [4, 16])
def test_units_of_several_flows(flows):
    """A poll of 64 frames has what 1 to `flows` senders sent at once, cut at its ends."""
    record = run_bulk(
        *(option for option in MERGING if "rcvBuf" not in option),
        "--path=offload",
        "--linkRate=100Gbps",
        "--mtu=1500",
        f"--flows={flows}",
        f"--rcvBuf={4194304 // flows}",  # in flight as with one flow: no queue disc takes part
        "--warmup=0.002",
        "--duration=0.003",
        RENO,
    )
    received = record["hosts"]["receiver"]["merging"]["segments_a_unit_received"]
    sent = record["hosts"]["sender"]["merging"]["segments_a_unit_sent"]
    assert 64 / (1 + flows) < received <= 32
    # each ACK is answered by one unit
    assert sent == pytest.approx(received, rel=0.05)


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


# loss, MTU, bytes of a run, algorithms. Seeds are far apart: small ones are related in ns-3.
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
    """Every byte is compared: a run with a wrong one, or one that stalls, ends with an error.

    The same frames are lost in both, so runs of few losses can be compared.
    """
    took = {"on": 0.0, "off": 0.0}
    for switch in took:
        for seed in range(1, seeds + 1):
            record = run_bulk(
                *FREE,
                f"--tso={switch}",
                f"--gro={switch}",
                f"--path={'payload-cache' if loss == '0.01' else 'offload'}",
                "--linkRate=100Gbps",
                f"--mtu={mtu}",
                "--data=bytes",
                f"--bytes={size}",
                f"--lossRate={loss}",
                f"--seed={1000003 * seed + 17}",
                # an RTO of 1 s would be all of such a run
                "--ns3::TcpSocketBase::MinRto=5ms",
                "--ns3::TcpSocket::DelAckTimeout=1ms",
                f"--ns3::TcpL4Protocol::SocketType=ns3::{algorithm}",
            )
            sender = record["hosts"]["sender"]
            assert sender["bytes_written"] == size
            assert record["hosts"]["receiver"]["bytes_read"] == size
            assert sender["segments_retransmitted"] > 0
            took[switch] += record["duration_s"]
    assert took["off"] == pytest.approx(took["on"], rel=0.1)


MACHINE = ("--profile=xeon-100g", "--bytes=3000000", "--lossRate=0.002", "--delay=10us")
RTO = ("--ns3::TcpSocketBase::MinRto=5ms",)


def result(record: dict) -> dict:
    """A record without what may differ between runs of the same."""
    kept = {key: value for key, value in record.items() if key not in ("wall_s", "parameters")}
    return kept


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
