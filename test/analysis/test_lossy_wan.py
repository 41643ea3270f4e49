"""lossy-wan: without loss the least of link, CPU, bus and card RAM / RTT; with loss, stock's TCP."""

from functools import cache

import pytest

from closed_forms import DESCRIPTOR, DOORBELL, HEADERS, LINK_HEADER, RELEASE, WRITE_BACK
from closed_forms import Pci, ram_bound
from conftest import run_scenario

PROGRAM = "lossy-wan"
MSS = 1448
LINK = 1e9
WIRE = MSS + HEADERS + 38  # of a full segment, bytes


def wan(*options: str) -> dict:
    """Runs lossy-wan and gives its record."""
    return run_scenario(PROGRAM, *options)


# Machines of which one thing costs something. A write is a segment where a limit of the host's is
# to be met: then each segment costs the same.
CPU_CYCLES = 30000  # at 1 GHz, a frame received
BURST, TO_CARD, TO_HOST = 64, 16, 8  # a slow PCI: bytes a burst, clocks of overhead
MACHINES = {
    "link": (4096, ()),
    "cpu": (MSS, (f"--ns3::HostModel::TcpRxData={CPU_CYCLES}",)),
    "bus": (
        MSS,
        (
            "--ns3::HostModel::BusKind=Pci",
            f"--ns3::HostModel::BusBurst={BURST}",
            f"--ns3::HostModel::BusOverheadToCard={TO_CARD}",
            f"--ns3::HostModel::BusOverheadToHost={TO_HOST}",
        ),
    ),
}


def bus_limit() -> float:
    """The sender's half-duplex bus: a write, its segment, half an ACK and the release, bit/s."""
    pci = Pci(
        {
            "BusWidth": 32,
            "BusClock": 33,
            "BusBurst": BURST,
            "BusOverheadToCard": TO_CARD,
            "BusOverheadToHost": TO_HOST,
        }
    )
    job = pci.to_host(DOORBELL) + pci.to_host(WRITE_BACK)
    write = job + pci.to_card(DESCRIPTOR) + pci.to_card(MSS)
    segment = job + pci.to_card(2 * DESCRIPTOR) + pci.to_card(LINK_HEADER + HEADERS)
    ack = pci.to_card(DESCRIPTOR) + pci.to_host(LINK_HEADER + HEADERS) + pci.to_host(WRITE_BACK)
    return 8e12 * MSS / (write + segment + ack / 2 + pci.to_host(RELEASE))


HOST_LIMITS = {"link": float("inf"), "cpu": 8 * MSS * 1e9 / CPU_CYCLES, "bus": bus_limit()}


@cache
def ram_run(machine: str, ram: int, rtt_ms: int) -> dict:
    """A run over a path of that round trip, with that transmit RAM, after slow start."""
    piece, costs = MACHINES[machine]
    return wan(
        "--profile=ideal",
        "--linkRate=1Gbps",
        "--lossRate=0",
        f"--delay={rtt_ms * 500}us",
        f"--txRam={ram}",
        "--whenFull=wait",
        f"--writeSize={piece}",
        f"--sndBuf={4 * ram}",
        f"--rcvBuf={4 * ram}",
        f"--warmup={0.1 + 0.016 * rtt_ms}",
        f"--duration={max(0.1, 0.01 * rtt_ms)}",
        "--ns3::PayloadCacheNetDevice::RxRing=0",  # a window may wait there
        *costs,
    )


RAMS = [65536, 262144, 1048576]
GRID = [(machine, ram, rtt) for machine in MACHINES for ram in RAMS for rtt in (1, 5, 20, 50)]
CORNER = 0.1  # nearer than that to each other two limits share a run


@pytest.mark.parametrize("machine, ram, rtt_ms", GRID)
def test_without_loss_the_least_limit_holds(machine, ram, rtt_ms):
    piece, _ = MACHINES[machine]
    round_trip = rtt_ms * 1e-3 + (WIRE + HEADERS + 38) * 8 / LINK
    limits = sorted(
        [LINK * MSS / WIRE, HOST_LIMITS[machine], ram_bound(ram, piece, MSS, round_trip)]
    )
    if limits[0] > (1 - CORNER) * limits[1]:
        pytest.skip("a corner")
    record = ram_run(machine, ram, rtt_ms)
    assert record["goodput_bps"] == pytest.approx(limits[0], rel=0.05)
    measured = record["scenario"]["rtt_us"]["mean"] * 1e-6
    limits[limits.index(ram_bound(ram, piece, MSS, round_trip))] = ram_bound(
        ram, piece, MSS, measured
    )
    assert record["goodput_bps"] == pytest.approx(min(limits), rel=0.05)
    assert record["hosts"]["sender"]["card_ram"]["tx"]["peak_bytes"] <= ram
    assert record["scenario"]["retransmissions"] == 0


@pytest.mark.parametrize("machine, host", [("cpu", "receiver"), ("bus", "sender")])
def test_the_limits_are_those_of_the_utilisation_law(machine, host):
    """Busy time a bit, where card RAM is the bound, foretells where the host is."""
    record = ram_run(machine, 65536, 20)["hosts"][host]
    busy = {"cpu": record["cpu_utilization"], "bus": record["bus_utilization"]["to_card"]}
    limit = ram_run(machine, 65536, 20)["goodput_bps"] / busy[machine]
    assert busy[machine] < 0.1
    assert limit == pytest.approx(HOST_LIMITS[machine], rel=0.02)


@pytest.mark.parametrize("rtt_ms", [10, 50])
def test_a_published_card_on_a_long_path(rtt_ms):
    """The 1 MB Tigon-II, 21/64 of 800 KB to transmit: 210 and 42 Mb/s (derived) at 10 and 50 ms."""
    piece = 4096  # less than a segment of 8948, and sent as one
    record = wan(
        "--profile=pii450-tigon2-gbe-2001",
        "--lossRate=0",
        f"--delay={rtt_ms * 500}us",
        "--whenFull=wait",
        f"--writeSize={piece}",
        "--rxRam=16000000",
        "--txRam=262144",
        f"--warmup={0.1 + 0.016 * rtt_ms}",
        "--duration=0.5",
    )
    measured = record["scenario"]["rtt_us"]["mean"] * 1e-6
    assert record["goodput_bps"] == pytest.approx(
        ram_bound(262144, piece, piece, measured), rel=0.05
    )
    assert record["goodput_bps"] == pytest.approx(2.1e9 / rtt_ms, rel=0.05)


AMPLE = ("--txRam=4000000", "--rxRam=4000000")
LOSSY = ("--linkRate=100Mbps", "--lossRate=0.001", "--warmup=1", "--duration=4")


def test_losses_are_stocks_where_hosts_cost_nothing():
    """Each figure: frames, losses, round trips, time-outs; with card RAM that bounds nothing."""
    stock = wan(*LOSSY, "--path=stock")
    ideal = wan(*LOSSY, "--profile=ideal")
    assert ideal["scenario"] == stock["scenario"]
    for host, frames in ideal["wire_frames"].items():  # one more or less at the connection's end
        assert abs(frames - stock["wire_frames"][host]) <= 1
    assert ideal["flows"] == stock["flows"]
    assert stock["scenario"]["lost_frames"] > 0 and stock["scenario"]["retransmissions"] > 0


def test_with_loss_paths_are_within_the_spread_of_seeds():
    """Where card RAM is no bound: the means of four seeds, beside their own standard errors."""
    run = (*LOSSY, *AMPLE)
    goodput = {
        path: [wan(*run, f"--path={path}", f"--seed={seed}")["goodput_bps"] for seed in range(1, 5)]
        for path in ("stock", "conventional", "payload-cache")
    }
    mean = {path: sum(values) / 4 for path, values in goodput.items()}
    squares = sum((value - mean["stock"]) ** 2 for value in goodput["stock"])
    error = (squares / 3 / 4) ** 0.5
    for path in ("conventional", "payload-cache"):
        assert abs(mean[path] - mean["stock"]) < 3 * 2**0.5 * error


def test_retransmissions_never_move_payload_again():
    """All that is written is acknowledged in the end: each byte crosses the sender's bus once."""
    record = wan("--linkRate=100Mbps", "--lossRate=0.01", "--warmup=0", "--duration=4", *AMPLE)
    sender = record["hosts"]["sender"]
    assert record["scenario"]["retransmissions"] == sender["segments_retransmitted"] > 10
    # a write that is under way when the counted time ends has crossed the bus in part
    assert abs(sender["bus_payload_bytes"]["to_card"] - sender["bytes_written"]) <= 65536


def test_buffers_fit_the_path():
    little = ("--appRate=1Mbps", "--warmup=0", "--duration=0.3")
    long = wan("--delay=50ms", "--linkRate=1Gbps", *little)["parameters"]
    assert long["sndBuf"] == long["rcvBuf"] == 2 * 1e9 / 8 * 0.1
    short = wan("--delay=0s", "--rcvBuf=70000", *little)["parameters"]
    assert (short["sndBuf"], short["rcvBuf"]) == (262144, 70000)


def test_round_trip_is_the_paths():
    """One frame in flight: both ways, and a segment and its ACK on the wire."""
    record = wan("--path=stock", "--linkRate=100Mbps", "--lossRate=0", "--appRate=1Mbps",
                 "--writeSize=1448", "--warmup=0.1", "--duration=1")  # fmt: skip
    rtt = record["scenario"]["rtt_us"]
    wire = (MSS + 2 * (HEADERS + 2)) * 8 / 100  # the gap comes behind a frame
    assert rtt["min"] == pytest.approx(20e3 + wire, abs=0.1)
    assert record["scenario"]["bdp_bytes"] == pytest.approx(100e6 / 8 * rtt["min"] * 1e-6)


def test_round_trips_are_not_taken_over_a_recovery():
    """Karn: at most a segment's ACK was delayed until the next window's first came."""
    record = wan("--path=stock", "--linkRate=100Mbps", "--lossRate=0.05", "--warmup=0",
                 "--duration=4")  # fmt: skip
    rtt = record["scenario"]["rtt_us"]
    assert record["scenario"]["retransmissions"] > 30
    assert rtt["max"] < 2.1 * rtt["min"] and rtt["mean"] < 1.1 * rtt["min"]


@pytest.mark.parametrize("path", ["conventional", "offload", "payload-cache"])
def test_every_byte_is_right(path):
    record = wan(f"--path={path}", "--data=bytes", "--lossRate=0.02", "--warmup=0", "--duration=1")
    assert record["scenario"]["lost_frames"] > 0
