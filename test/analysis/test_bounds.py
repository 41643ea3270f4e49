"""Runs that are bound by the link, the CPU or the bus, against closed forms.

Each form adds up a run's list of transactions a segment from the profile's file, in this file: it
does not call the model.
"""

import math

import pytest

from conftest import read_profile

P = read_profile("piii750-starfire-2001")
HZ = P["Frequency"]
MSS = 1448
LINK_HEADER = 14
HEADERS = 52  # IPv4 20, TCP 20, timestamps 12
DESCRIPTOR, WRITE_BACK, DOORBELL = 16, 16, 4  # the card's defaults
WRITE = 65536
PIECE = 65536
PAGE = 4096


def test_link_bound(bulk):
    record = bulk()
    assert record["goodput_bps"] == pytest.approx(100e6 * MSS / (MSS + HEADERS + 38), rel=0.02)


def receiver_cycles(reads_a_segment: float, interrupts_a_segment: float, asleep: float) -> float:
    """Conventional receiver, cycles a segment: half an ACK sent, one frame received, the copy."""
    frame = P["DriverRx"] + P["TcpRxData"]
    ack = (P["TcpTxAck"] + P["DriverTx"] + P["DriverTxDone"]) / 2
    touch = MSS * (P["CopyCold"] + P["Checksum"])
    read = reads_a_segment * P["SystemCall"] + asleep * (P["WakeUp"] + 2 * P["ContextSwitch"])
    return frame + ack + touch + read + interrupts_a_segment * P["Interrupt"]


def test_receiver_cpu_bound(bulk):
    """A gigabit link and a fast sender: the receiver's core is what limits."""
    record = bulk(
        "--path=conventional",
        "--linkRate=1Gbps",
        "--senderProfile=ideal",
        "--receiverProfile=piii750-starfire-2001",
        "--appRead=off",
        "--rcvBuf=262144",
        "--ns3::HostModel::BusKind=Free",
    )
    host = record["hosts"]["receiver"]
    segments = record["goodput_bps"] * record["duration_s"] / 8 / MSS
    assert host["cpu_utilization"] > 0.999
    cycles = receiver_cycles(
        host["system_calls"] / segments,
        host["interrupts"] / segments,
        host["counts"]["wake_ups"] / segments,
    )
    assert record["goodput_bps"] == pytest.approx(8 * MSS * HZ / cycles, rel=0.02)


def sender_cycles(record: dict) -> float:
    """Conventional sender, cycles a segment: calls, skbuffs and copy, the segment, half an ACK."""
    host = record["hosts"]["sender"]
    calls = MSS / WRITE
    skbuffs = math.ceil(WRITE / MSS) * calls
    segment = P["TcpTxData"] + P["DriverTx"] + P["DriverTxDone"]
    ack = (P["DriverRx"] + P["TcpRxAck"]) / 2
    segments = host["segments_sent"]
    rest = host["interrupts"] / segments * P["Interrupt"]
    rest += host["counts"]["wake_ups"] / segments * P["WakeUp"]
    rest += host["context_switches"] / segments * P["ContextSwitch"]
    copy = MSS * P["CopyCold"] + skbuffs * P["Skbuff"]
    return calls * P["SystemCall"] + copy + segment + ack + rest


def test_sender_cpu_bound(bulk):
    record = bulk(
        "--path=offload",
        "--linkRate=1Gbps",
        "--senderProfile=piii750-starfire-2001",
        "--receiverProfile=ideal",
        "--sndBuf=1000000",
        "--rcvBuf=1000000",
        "--ns3::HostModel::BusKind=Free",
    )
    assert record["hosts"]["sender"]["cpu_utilization"] > 0.98
    bound = 8 * MSS * HZ / sender_cycles(record)
    used = record["hosts"]["sender"]["cpu_utilization"]
    assert record["goodput_bps"] == pytest.approx(bound * used, rel=0.02)


def pci_ps(nbytes: int, overhead: int) -> float:
    """One transfer on 32-bit, 33 1/3 MHz PCI in bursts of 256 bytes, ps."""
    burst = int(P["BusBurst"])
    clocks = 0
    while nbytes > 0:
        part = min(nbytes, burst)
        clocks += math.ceil(part / 4) + overhead
        nbytes -= part
    return clocks * 30000


def to_card(nbytes: int) -> float:
    return pci_ps(nbytes, int(P["BusOverheadToCard"]))


def to_host(nbytes: int) -> float:
    return pci_ps(nbytes, int(P["BusOverheadToHost"]))


def test_sender_bus_bound(bulk):
    """Only the bus costs anything: one frame out, half an ACK in, all on one half-duplex bus."""
    record = bulk(
        "--path=offload",
        "--linkRate=1Gbps",
        "--profile=ideal",
        "--ns3::HostModel::BusKind=Pci",
        f"--ns3::HostModel::BusBurst={int(P['BusBurst'])}",
        f"--ns3::HostModel::BusOverheadToCard={int(P['BusOverheadToCard'])}",
        f"--ns3::HostModel::BusOverheadToHost={int(P['BusOverheadToHost'])}",
    )
    frame = LINK_HEADER + HEADERS + MSS
    ack = LINK_HEADER + HEADERS
    out = to_host(DOORBELL) + to_card(DESCRIPTOR) + to_card(frame) + to_host(WRITE_BACK)
    back = to_card(DESCRIPTOR) + to_host(ack) + to_host(WRITE_BACK)
    assert record["goodput_bps"] == pytest.approx(8e12 * MSS / (out + back / 2), rel=0.02)


def test_own_costs_add_up(bulk):
    """The sender's own costs are the formula's, added up from the profile's file."""
    record = bulk("--wait=sleep")
    host = record["hosts"]["sender"]
    writes = host["bytes_written"] / WRITE
    cycles = (
        P["DmaSubmit"] * math.ceil(WRITE / PIECE)
        + (P["PagePin"] + P["PageUnpin"] + P["IommuMap"]) * math.ceil(WRITE / PAGE)
        + (P["DmaGather"] + P["RamRelease"]) * math.ceil(WRITE / MSS)
        + P["Interrupt"]
        + P["DmaComplete"]
        + P["WakeUp"]
        + 2 * P["ContextSwitch"]
    )
    without = bulk("--wait=sleep", "--ownCosts=none")
    busy = host["cpu_utilization"] - without["hosts"]["sender"]["cpu_utilization"]
    assert busy * record["duration_s"] * HZ == pytest.approx(writes * cycles, rel=0.02)


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
