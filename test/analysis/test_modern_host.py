"""The host of 2020, `xeon-100g`: closure, placement, the cache as DMA sees it, PCIe, bounds."""

import pytest

from closed_forms import (
    HEADERS,
    LINK_HEADER,
    WIRE_OVERHEAD,
    PcieBytes,
    granules,
    ram_bound,
    rss_queue,
)
from conftest import read_profile, run_bulk, run_scenario

CARD = "--ns3::PayloadCacheNetDevice::"
HOST = "--ns3::HostModel::"
RENO = "--ns3::TcpL4Protocol::SocketType=ns3::TcpLinuxReno"  # opens its window fast
P = read_profile("xeon-100g")
MSS = 9000 - HEADERS

# One core receives, its sender is no bound, the application throws its bytes away, as iperf does.
ONE_CORE = (
    "--profile=xeon-100g",
    "--senderProfile=ideal",
    "--appRead=off",
    "--path=conventional",
    RENO,
    "--warmup=0.004",
    "--duration=0.003",
)
TESTBED = (*ONE_CORE, "--llcMiss=0.49")


def gigabits(*options: str) -> float:
    """Runs bulk-transfer with options and gives its goodput, Gb/s."""
    return run_bulk(*options)["goodput_bps"] / 1e9


def in_flight(record: dict) -> int:
    """The most bytes that DMA had written and nobody had read."""
    return record["hosts"]["receiver"]["llc"]["in_flight_peak_bytes"]


def cycles_a_byte(record: dict) -> float:
    """Of the receiver's cores."""
    seconds = record["hosts"]["receiver"]["cpu_seconds"]
    busy = sum(seconds.values()) - seconds["idle"]
    return busy * P["Frequency"] / (record["goodput_bps"] * record["duration_s"] / 8)


# -- Closure --


def test_closure():
    """A core receives 42 Gb/s, half of its cycles in the copy, each millisecond alike.

    Calibrated to the testbed of Cai et al. (SIGCOMM 2021), never predicted: the sums of cycles a
    byte, and the cache's misses, which are forced to the testbed's 49 %. What is tested is that a
    run of interrupts, polls, units, reads and wake-ups comes to those sums.
    """
    whole = run_bulk(*TESTBED)
    seconds = whole["hosts"]["receiver"]["cpu_seconds"]
    assert whole["goodput_bps"] == pytest.approx(42e9, rel=0.05)
    assert 0.47 <= seconds["copy"] / (sum(seconds.values()) - seconds["idle"]) <= 0.53
    assert whole["hosts"]["receiver"]["cpu_utilization"] > 0.99
    # the sums of the profile's head: a frame, and what is a unit's and a read's
    units = 64 / 10  # of a poll of 64 frames, 9 of 7 frames and 1 of 1
    unit = P["TcpRxData"] + P["TcpTxAck"] + P["DriverTx"] + P["DriverTxDone"]
    frame = P["DriverRx"] + P["MergeRx"] + P["Poll"] / 64 + unit / units
    sleep = P["WakeUp"] + 2 * P["ContextSwitch"]  # one a poll
    read = P["SystemCall"] + P["ReadReturn"] + sleep * 65536 / (64 * MSS)
    copy = 0.51 * P["CopyLlc"] + 0.49 * P["CopyCold"]
    assert cycles_a_byte(whole) == pytest.approx(copy + frame / MSS + read / 65536, rel=0.01)
    for start in range(4, 9):
        window = gigabits(
            *ONE_CORE[:-2], "--llcMiss=0.49", f"--warmup={start}e-3", "--duration=1e-3"
        )
        assert window == pytest.approx(whole["goodput_bps"] / 1e9, rel=0.02)


def test_closure_without_the_copy():
    """79 to 90 Gb/s: what the testbed's core would do. Calibrated as well."""
    free = (f"{HOST}CopyLlc=0", f"{HOST}CopyCold=0")
    assert 79 <= gigabits(*TESTBED, *free) <= 90


@pytest.mark.parametrize("buffer", [1048576, 3145728, 6291456])
def test_accounting_of_misses(buffer):
    """What the record says agrees with itself: misses are 1 - share / its own peak in flight.

    The accounting is checked, not the prediction: what is in flight is the run's own.
    """
    record = run_bulk(*ONE_CORE, f"--rcvBuf={buffer}")
    missed = max(0, 1 - P["DdioShare"] / in_flight(record))
    measured = record["hosts"]["receiver"]["llc"]["miss_fraction"]
    assert in_flight(record) <= buffer
    assert measured == pytest.approx(missed, abs=0.02)
    print(
        f"receive buffer {buffer} bytes, ring {P['RxRing']:.0f} frames: "
        f"misses {measured:.3f}, {record['goodput_bps'] / 1e9:.1f} Gb/s"
    )


# -- Placement --


def test_placement():
    """A core of its own raises throughput; the NIC-remote node takes about 20 %.

    The latter is calibrated (`CopyRemote`), to third-party notes on such hosts, not to Cai et al.:
    what is tested is that a run comes to the value that it was chosen for.
    """
    same = gigabits(*TESTBED)
    assert gigabits(*TESTBED, "--cores=2", "--placement=other") > 1.2 * same
    assert 0.15 <= 1 - gigabits(*ONE_CORE, "--placement=remote") / same <= 0.25


# -- Several cores --

# Link, PCIe and card RAM raised until none binds: six cores receive 220 to 300 Gb/s.
SHARE = 6500000
SIX_CORES = (
    *ONE_CORE,
    "--cores=6",
    "--rxQueues=6",
    "--linkRate=800Gbps",
    f"{HOST}PcieGen=5",
    "--cardRam=1073741824",
    f"{HOST}DdioShare={SHARE}",
)


def busy_cores(record: dict) -> list[int]:
    """Which of the receiver's cores did anything."""
    cores = record["hosts"]["receiver"]["core_utilization"]
    return [number for number, share in enumerate(cores) if share > 0.001]


@pytest.mark.parametrize("flows", [1, 3, 6])
def test_steering_by_flow_gives_each_a_core(flows):
    record = run_bulk(*SIX_CORES, f"--flows={flows}", "--steering=flow")
    assert busy_cores(record) == list(range(flows))


def test_rss_spreads_by_the_hash():
    """The queues of Toeplitz' hash, bit by bit: 10.0.0.1, ephemeral ports, to 10.0.0.2, 5001 on."""
    client, server = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
    for flows in (2, 6):
        record = run_bulk(*SIX_CORES, f"--flows={flows}", "--steering=rss")
        queues = {rss_queue(client, server, 49153 + flow, 5001 + flow, 6) for flow in range(flows)}
        assert busy_cores(record) == sorted(queues)


def test_misses_rise_as_flows_outgrow_the_share():
    """1 to 6 cores, a flow each, rings of 1024 frames of 9000 bytes, a share of 6.5 MB.

    Measured on another machine (Ice Lake, 200 Gb/s): a core's throughput -46 %, misses 0.9 to
    60.4 %. Ours, printed, are a prediction.
    """
    missed, cycles, rates = [], [], []
    for flows in range(1, 7):
        record = run_bulk(*SIX_CORES, f"--flows={flows}", f"{CARD}RxRing=1024")
        receiver = record["hosts"]["receiver"]
        assert receiver["drops"] == {}
        missed.append(receiver["llc"]["miss_fraction"])
        cycles.append(cycles_a_byte(record))
        rates.append(record["goodput_bps"] / flows / 1e9)
        assert missed[-1] == pytest.approx(max(0, 1 - SHARE / in_flight(record)), abs=0.03)
        print(f"{flows}: {missed[-1]:.3f}, {cycles[-1]:.3f} cycles a byte, {rates[-1]:.1f} Gb/s")
    assert missed == sorted(missed) and missed[0] == 0 and missed[-1] > 0.6
    assert cycles == sorted(cycles)
    assert rates == sorted(rates, reverse=True) and rates[-1] < 0.8 * rates[0]


def test_posted_buffers_take_their_part_of_the_share():
    """Empty buffers leave the share less their bytes to what is in flight.

    A frame in flight is in the ring, so that its buffer is not empty, or in the socket's queue: no
    more than a poll of 64 frames are there, since the reader reads after each.
    """
    missed = []
    for ring in (512, 700, 800, 900, 1024):
        record = run_bulk(
            *ONE_CORE,
            "--rcvBuf=3145728",
            f"{HOST}DdioShare={SHARE}",
            f"{HOST}PostedInLlc=true",
            f"{CARD}RxRing={ring}",
        )
        missed.append(record["hosts"]["receiver"]["llc"]["miss_fraction"])
        bounds = []
        for queued in (0, 64):
            empty = ring - (in_flight(record) / MSS - queued)
            bounds.append(min(1, max(0, 1 - (SHARE - 9000 * empty) / in_flight(record))))
        assert bounds[0] - 0.01 <= missed[-1] <= bounds[1] + 0.01
    assert missed == sorted(missed) and missed[0] == 0 and missed[-1] == 1


# -- PCIe, byte for byte --

UNIT = 7 * MSS  # the most whole segments in 64 KiB
PCIE = (
    f"{HOST}BusKind=Pcie",
    f"{HOST}PcieGen=3",
    f"{HOST}PcieLanes=16",
    f"{HOST}PcieMps=256",
    f"{HOST}PcieMrrs=512",
)
EVEN = (
    "--profile=ideal",
    "--linkRate=100Gbps",
    "--mtu=9000",
    "--tso=on",
    "--gro=on",
    "--delay=10us",
    "--appRate=90Gbps",
    f"--writeSize={UNIT}",
    f"--readSize={UNIT}",
    f"--rcvBuf={40 * UNIT}",
    "--sndBuf=8388608",
    "--ns3::TcpSocket::InitialCwnd=1000",
    f"{CARD}RxModerationDelay=20us",
    f"{CARD}RxModerationFrames=7",
    f"{CARD}TxRing=8192",
)


def bus_difference(path: str, units: int) -> tuple[dict, dict]:
    """What `units` more writes of a unit put on both hosts' buses, and their counts."""
    runs = [
        run_bulk(*EVEN, *PCIE, f"--path={path}", f"--bytes={many * UNIT}")
        for many in (200, 200 + units)
    ]
    differences = []
    for host in ("sender", "receiver"):
        less, more = (run["hosts"][host] for run in runs)
        bus = {way: more["bus_bytes"][way] - less["bus_bytes"][way] for way in less["bus_bytes"]}
        counts = {name: more["counts"][name] - less["counts"][name] for name in less["counts"]}
        differences.append((bus, counts))
    return tuple(differences)


def test_pcie_bytes_of_a_conventional_flow():
    units = 100
    (sent, sender), (received, receiver) = bus_difference("conventional", units)
    assert sender["units_sent"] == receiver["units_received"] == receiver["acks_sent"] == units
    assert receiver["segments_received"] == 7 * units
    out = PcieBytes()
    out.transmit(HEADERS + UNIT, 2, units)  # 62,636 bytes lie in two runs of 32 KiB
    out.receive(HEADERS, units)
    assert sent == {"to_card": out.to_card, "to_host": out.to_host}
    back = PcieBytes()
    back.receive(HEADERS + MSS, 7 * units)
    back.transmit(HEADERS, 0, units)
    assert received == {"to_card": back.to_card, "to_host": back.to_host}


def test_pcie_bytes_of_a_payload_cache_flow():
    """A process that costs nothing reads at once: a unit's first frame, and then the others."""
    units = 100
    (sent, sender), (received, receiver) = bus_difference("payload-cache", units)
    assert sender["units_sent"] == receiver["units_received"] == receiver["acks_sent"] == units
    assert sender["write_pieces"] == sender["release_commands"] == units
    assert receiver["read_pieces"] == receiver["release_commands"] == 2 * units
    assert receiver["header_fetches"] == 7 * units
    out = PcieBytes()
    out.payload(out.read, [(0, UNIT)], units)
    out.transmit(HEADERS, 1, units)  # a write is one block of card RAM
    out.receive(HEADERS, units)
    out.ring(8, units)  # a release an ACK
    assert sent == {"to_card": out.to_card, "to_host": out.to_host}
    back = PcieBytes()
    back.receive(128, 7 * units)
    tail = 128 - HEADERS  # came with the headers, and is copied
    for frames in (1, 6):
        parts = [(frame * MSS + tail, MSS - tail) for frame in range(frames)]
        back.payload(back.write, parts, units)
    back.transmit(HEADERS, 0, units)
    back.ring(8, 2 * units)  # a release a piece of a read
    assert received == {"to_card": back.to_card, "to_host": back.to_host}


# -- Bounds --

FREE = (
    "--profile=ideal",
    "--linkRate=100Gbps",
    "--mtu=9000",
    "--tso=on",
    "--gro=on",
    f"{CARD}RxModerationDelay=20us",
    f"{CARD}RxModerationFrames=64",
    f"{CARD}PollBudget=64",
    f"{CARD}TxRing=8192",
    "--ns3::TcpSocket::InitialCwnd=3000",
    "--rcvBuf=33554432",
    "--sndBuf=33554432",
)


@pytest.mark.parametrize("outstanding", [2, 4, 8])
def test_outstanding_reads_bound(outstanding):
    """Requests of 512 bytes, so many in flight, 413 ns each: of a unit and of its descriptors."""
    record = run_bulk(
        *FREE,
        *PCIE,
        RENO,
        "--path=conventional",
        f"{HOST}BusLatency=413ns",
        f"{HOST}BusOutstanding={outstanding}",
        "--warmup=0.002",
        "--duration=0.004",
    )
    payload = record["hosts"]["sender"]["merging"]["bytes_a_unit_sent"]
    requests = 1 + (LINK_HEADER + HEADERS + payload) / 512
    bound = 8 * payload / (requests * 413e-9 / outstanding)
    assert record["goodput_bps"] == pytest.approx(bound, rel=0.02)


@pytest.mark.parametrize("ram, delay", [(4 << 20, 500e-6), (1 << 20, 100e-6)])
def test_transmit_ram_bound(ram, delay):
    """RAM / round trip, the polls of both hosts in it."""
    record = run_bulk(
        *FREE,
        RENO,
        "--path=payload-cache",
        f"--txRam={ram}",
        "--whenFull=wait",
        f"--delay={delay * 1e6:.0f}us",
        f"--warmup={20 * delay}",
        f"--duration={20 * delay}",
    )
    bound = ram_bound(ram, 65536, MSS, 2 * delay + 2 * 20e-6)
    assert record["goodput_bps"] == pytest.approx(bound, rel=0.05)
    assert record["hosts"]["sender"]["card_ram"]["tx"]["mean_bytes"] > 0.95 * ram


def test_littles_law_on_the_card():
    """A reader a millisecond behind at 50 Gb/s, and half of a poll of 20 us."""
    record = run_scenario(
        "slow-reader",
        *FREE,
        "--path=payload-cache",
        "--delay=10us",
        "--flows=1",
        "--readDelay=1ms",
        "--appRate=50Gbps",
        "--warmup=0.002",
        "--duration=0.003",
    )
    held = 50e9 / 8 / MSS * granules(LINK_HEADER + HEADERS + MSS) * (1e-3 + 10e-6)
    rx = record["hosts"]["receiver"]["card_ram"]["rx"]
    assert rx["mean_bytes"] == pytest.approx(held, rel=0.02)


def test_the_card_fills_at_the_links_rate():
    """4 MiB in 335.5 us at 100 Gb/s."""
    ram = 4 << 20
    record = run_scenario(
        "slow-reader",
        *FREE,
        "--path=payload-cache",
        "--delay=10us",
        "--flows=1",
        "--readDelay=5ms",
        f"--rxRam={ram}",
        "--warmup=0",
        "--duration=0.001",
        "--ramOverTime=on",
    )
    over_time = record["hosts"]["receiver"]["card_ram"]["rx"]["over_time"]
    held = over_time["mean_bytes"]
    low = next(i for i, mean in enumerate(held) if mean > 0.1 * ram)
    high = next(i for i, mean in enumerate(held) if mean > 0.9 * ram)
    fills = ram * (high - low) * over_time["interval_s"] / (held[high] - held[low])
    assert fills == pytest.approx(335.5e-6, rel=0.05)
    frame = 8 * (9000 + WIRE_OVERHEAD) / 100e9
    exact = ram / granules(LINK_HEADER + 9000) * frame
    assert fills == pytest.approx(exact, rel=0.005)
