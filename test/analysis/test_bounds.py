"""Runs that are bound by the link, the CPU or the bus, against closed forms.

Each form adds up a run's list of transactions a segment from the profile's file, in this file: it
does not call the model.
"""

import math

import pytest

from closed_forms import DESCRIPTOR, DOORBELL, HEADERS, LINK_HEADER, PAGE, WRITE_BACK, Pci
from conftest import read_profile

P = read_profile("piii750-starfire-2001")
HZ = P["Frequency"]
MSS = 1448
WRITE = 65536


def test_link_bound(bulk):
    record = bulk()
    assert record["goodput_bps"] == pytest.approx(100e6 * MSS / (MSS + HEADERS + 38), rel=0.02)


# Moderation fixes the interrupts: one each 500 us, whatever the rate, and with it one poll, one
# wake-up of the reader and one read of what has come.
POLLS = 2000  # a second
MODERATION = (
    "--ns3::PayloadCacheNetDevice::RxModerationDelay=500us",
    "--ns3::PayloadCacheNetDevice::RxModerationFrames=0",
    "--ns3::PayloadCacheNetDevice::PollBudget=0",
    "--ns3::HostModel::BusKind=Free",
)


def test_receiver_cpu_bound(bulk):
    """A gigabit link and a free sender: the receiver's core is what limits."""
    record = bulk(
        "--path=conventional",
        "--linkRate=1Gbps",
        "--senderProfile=ideal",
        "--receiverProfile=piii750-starfire-2001",
        "--appRead=off",
        *MODERATION,
    )
    frame = P["DriverRx"] + P["TcpRxData"]
    ack = P["TcpTxAck"] + P["DriverTx"] + P["DriverTxDone"]
    touch = MSS * (P["CopyCold"] + P["Checksum"])
    poll = P["Interrupt"] + P["WakeUp"] + 2 * P["ContextSwitch"] + P["SystemCall"]
    segments = (HZ - POLLS * poll) / (frame + ack / 2 + touch)
    assert record["hosts"]["receiver"]["cpu_utilization"] > 0.99
    assert record["goodput_bps"] == pytest.approx(8 * MSS * segments, rel=0.02)


def test_sender_cpu_bound(bulk):
    """A gigabit link and a free receiver: calls, skbuffs, copies, segments, half an ACK each."""
    record = bulk(
        "--path=offload",
        "--linkRate=1Gbps",
        "--senderProfile=piii750-starfire-2001",
        "--receiverProfile=ideal",
        "--sndBuf=1000000",
        "--rcvBuf=1000000",
        *MODERATION,
    )
    segments_a_call = WRITE / MSS
    call = P["SystemCall"] + math.ceil(segments_a_call) * P["Skbuff"]
    segment = P["TcpTxData"] + P["DriverTx"] + P["DriverTxDone"] + MSS * P["CopyCold"]
    ack = P["DriverRx"] + P["TcpRxAck"]
    segments = (HZ - POLLS * P["Interrupt"]) / (call / segments_a_call + segment + ack / 2)
    assert record["hosts"]["sender"]["cpu_utilization"] > 0.99
    assert record["goodput_bps"] == pytest.approx(8 * MSS * segments, rel=0.02)


ONLY_THE_BUS = (
    "--path=offload",
    "--profile=ideal",
    "--ns3::HostModel::BusKind=Pci",
    f"--ns3::HostModel::BusBurst={int(P['BusBurst'])}",
    f"--ns3::HostModel::BusOverheadToCard={int(P['BusOverheadToCard'])}",
    f"--ns3::HostModel::BusOverheadToHost={int(P['BusOverheadToHost'])}",
)


def bus_ps_a_segment() -> float:
    """The sender's one half-duplex bus: one frame out, half an ACK in."""
    frame = LINK_HEADER + HEADERS + MSS
    ack = LINK_HEADER + HEADERS
    pci = Pci(P)
    out = pci.to_host(DOORBELL) + pci.to_card(DESCRIPTOR)
    out += pci.to_card(frame) + pci.to_host(WRITE_BACK)
    back = pci.to_card(DESCRIPTOR) + pci.to_host(ack) + pci.to_host(WRITE_BACK)
    return out + back / 2


def test_sender_bus_bound(bulk):
    record = bulk(*ONLY_THE_BUS, "--linkRate=1Gbps")
    assert record["goodput_bps"] == pytest.approx(8e12 * MSS / bus_ps_a_segment(), rel=0.02)
    busy = record["hosts"]["sender"]["bus_utilization"]
    assert busy["to_card"] == busy["to_host"] > 0.97


def test_bus_utilization_is_the_time_of_its_transfers(bulk):
    """Link-bound: the bus is free most of the time."""
    record = bulk(*ONLY_THE_BUS)
    segments = record["goodput_bps"] / 8 / MSS
    busy = record["hosts"]["sender"]["bus_utilization"]["to_card"]
    assert busy == pytest.approx(segments * bus_ps_a_segment() * 1e-12, rel=0.02)


def test_iommu_bound(bulk):
    """A page-table walk each DMA operation: one engine writes headers, and payload page by page."""
    walk_ns, window = 52, 1 << 30
    machine = (
        "--profile=ideal",
        "--path=payload-cache",
        "--linkRate=100Gbps",
        "--mtu=1500",
        "--duration=0.002",
        "--warmup=0.002",
        "--sndBuf=4194304",
        "--rcvBuf=1048576",
        "--cardRam=16777216",
        "--delay=10us",
        "--ns3::TcpSocket::InitialCwnd=1000",
        "--ns3::PayloadCacheNetDevice::TxRing=8192",
        "--ns3::HostModel::BusKind=Pcie",
        "--ns3::HostModel::PcieLanes=16",
        f"--ns3::HostModel::IommuWindow={window}",
        f"--ns3::HostModel::IotlbWalk={walk_ns}ns",
    )
    record = bulk(*machine, "--ns3::HostModel::Iommu=true")
    headers = 3  # the descriptor, the frame's first bytes, the write-back
    starts = [(76 + i * MSS) % PAGE for i in range(512)]  # of a frame's payload in its page
    pages = sum((at + MSS - 76 - 1) // PAGE + 1 for at in starts) / len(starts)
    walks = (headers + 2 + pages) * (1 - 64 * PAGE / window)
    assert record["goodput_bps"] == pytest.approx(8e9 * MSS / (walks * walk_ns), rel=0.05)
    assert bulk(*machine)["goodput_bps"] > 80e9


def test_bus_carries_payload_once(bulk):
    cached = bulk("--bytes=20000000", "--lossRate=0.02")["hosts"]["sender"]
    copied = bulk("--bytes=20000000", "--lossRate=0.02", "--path=conventional")["hosts"]["sender"]
    assert cached["segments_retransmitted"] > 0
    assert cached["bus_payload_bytes"]["to_card"] == cached["bytes_written"] == 20000000
    assert copied["bus_payload_bytes"]["to_card"] == copied["payload_bytes_transmitted"]
    assert copied["payload_bytes_transmitted"] > 20000000


def test_ledger_balances(bulk):
    record = bulk("--lossRate=0.01", "--flows=4")
    for host in record["hosts"].values():
        total = sum(host["cpu_seconds"].values())
        assert total == pytest.approx(record["duration_s"] * host["cores"], abs=1e-12)


def test_a_memory_bus_makes_only_traffic_wait(bulk):
    """Work that moves no memory does not stand in the memory bus's queue."""
    record = bulk("--linkRate=1Gbps", "--ns3::HostModel::MemoryBandwidth=200e6", "--duration=0.2")
    host = record["hosts"]["sender"]
    assert host["counts"]["bytes_copied"] == 0
    assert host["cpu_seconds"]["copy"] == 0
    traffic = sum(sum(levels.values()) for levels in host["memory_bytes"].values())
    busy = traffic / 200e6 / record["duration_s"]
    assert host["memory_utilization"] == pytest.approx(busy, rel=0.02)


@pytest.mark.parametrize("path, flows", [("conventional", 16), ("offload", 64)])
def test_a_close_in_recovery_ends_the_connection(bulk, path, flows):
    # Frames are dropped for want of card RAM while the writers close: ns-3 alone forgets a FIN.
    small = ("--cardRam=49152", "--sndBuf=65536", "--rcvBuf=65536", "--writeSize=4096")
    span = (f"--flows={flows}", "--warmup=0.1", "--duration=0.1")
    record = bulk(f"--path={path}", "--profile=pii450-tigon2-gbe-2001", *small, *span)
    assert record["hosts"]["receiver"]["drops"]["rx_ram_full"] > 0


@pytest.mark.parametrize("path", ["stock", "payload-cache"])
def test_a_lost_syn_ends_in_a_connection(bulk, path):
    # The run is over before a lost SYN is sent again, after 3 s: all connections stand, and end.
    lossy = ("--lossRate=0.03", "--seed=2", "--flows=8")
    record = bulk(f"--path={path}", *lossy, "--warmup=0.3", "--duration=0.5")
    assert 0 in [flow["bytes"] for flow in record["flows"]]
