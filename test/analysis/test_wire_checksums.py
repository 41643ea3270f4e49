"""What is on the wire in a loss run, as tshark sees it: every checksum is right, of IPv4's headers, of
TCP and of UDP, of datagrams that went in fragments too; and a byte that is not right is found."""

from __future__ import annotations

import struct
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from conftest import run_scenario

FAMILIES = ("ipv4", "ipv6")
SIZES = (100, 1472, 4000, 65507)
MTU = 1500
LOSS = "--lossRate=0.02"
# on, off by default; what is put together is checked as a whole
CHECKS = [
    *("-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"),
    *("-o", "udp.check_checksum:TRUE", "-o", "ip.defragment:TRUE", "-o", "ipv6.defragment:TRUE"),
]
# what an ICMP error quotes is the head of a datagram that was never put together
FIELDS = ("-Y", "not icmp and not icmpv6", "-T", "fields", "-E", "occurrence=f")
PROTOCOLS = ("ip", "tcp", "udp")
BAD, GOOD, UNVERIFIED = "0", "1", "2"  # as tshark has it
HEADER, FRAME_HEADER = 24, 16  # bytes of a capture's file, and of each frame in it
LINK_RATE = 100e6
ETHERNET = 38  # bytes of a frame on the wire beside its packet


def states(capture: Path) -> Counter:
    """How many checksums a capture has of each protocol and state."""
    command = ["tshark", "-r", str(capture), *CHECKS, *FIELDS]
    for protocol in PROTOCOLS:
        command += ["-e", f"{protocol}.checksum.status"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    counts: Counter = Counter()
    for line in done.stdout.splitlines():
        counts.update(zip(PROTOCOLS, line.split("\t")))
    return counts


def wrong(counts: Counter) -> int:
    """Checksums of any kind that are wrong, or that nothing can be said of."""
    return sum(counts[protocol, state] for protocol in PROTOCOLS for state in (BAD, UNVERIFIED))


def flip_in_the_middle(capture: Path, into: Path) -> None:
    """Copies a capture with a bit flipped in the payload of the frame in its middle, a full one."""
    data = bytearray(capture.read_bytes())
    places = []
    place = HEADER
    while place < len(data):
        (length,) = struct.unpack_from("<I", data, place + 8)
        places.append((place + FRAME_HEADER, length))
        place += FRAME_HEADER + length
    largest = max(length for _, length in places)
    full = [start for start, length in places if length == largest]
    data[full[len(full) // 2] + largest - 3] ^= 0x10
    into.write_bytes(data)


def fragments(size: int, family: str) -> int:
    """Frames of a datagram (RFC 791; RFC 8200: a header more)."""
    header = 20 if family == "ipv4" else 40
    if size + 8 <= MTU - header:
        return 1
    room = (MTU - header - (8 if family == "ipv6" else 0)) // 8 * 8
    return -(-(size + 8) // room)


@pytest.mark.parametrize("family", FAMILIES)
def test_tcp(family, tmp_path):
    capture = tmp_path / "wire-0-0.pcap"
    record = run_scenario(
        "bulk-transfer",
        f"--family={family}",
        "--data=bytes",
        "--bytes=1000000",
        LOSS,
        f"--pcap={tmp_path / 'wire'}",
    )
    sender = record["hosts"]["sender"]
    assert sender["segments_retransmitted"] > 0
    counts = states(capture)
    assert wrong(counts) == 0
    assert counts["tcp", GOOD] > sender["segments_sent"] > 0  # and the ACKs
    assert counts["ip", GOOD] == (counts["tcp", GOOD] if family == "ipv4" else 0)
    flip_in_the_middle(capture, tmp_path / "flipped.pcap")
    flipped = states(tmp_path / "flipped.pcap")
    assert (flipped["tcp", GOOD], flipped["tcp", BAD]) == (counts["tcp", GOOD] - 1, 1)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("family", FAMILIES)
def test_udp(family, size, tmp_path):
    """At the sender every datagram's checksum is right. At the receiver, behind the losses, that of
    each of which no fragment is missing; and as many of them have been read."""
    sender, receiver = tmp_path / "wire-0-0.pcap", tmp_path / "wire-1-0.pcap"
    datagrams = 60 if size > 10000 else 300
    frames = fragments(size, family)
    wire = size + 8 + frames * ((20 if family == "ipv4" else 48) + ETHERNET)
    rate = 0.7 * LINK_RATE / (8 * wire)  # no queue before the wire drops any
    record = run_scenario(
        "datagrams",
        f"--family={family}",
        f"--size={size}",
        "--data=bytes",
        f"--datagrams={datagrams}",
        f"--rate={rate}",
        LOSS if size < 10000 else "--lossRate=0.005",
        f"--linkRate={LINK_RATE:.0f}bps",
        f"--mtu={MTU}",
        f"--pcap={tmp_path / 'wire'}",
    )
    assert record["compared"]["wrong"] == 0
    assert record["hosts"]["sender"]["card_ram"]["tx"]["peak_bytes"] > size
    counts = states(sender)
    assert wrong(counts) == 0
    assert counts["udp", GOOD] == datagrams
    assert record["hosts"]["sender"]["segments_sent"] == datagrams * frames
    assert counts["ip", GOOD] == (datagrams * frames if family == "ipv4" else 0)
    received = states(receiver)
    assert received["udp", BAD] == received["ip", BAD] == 0
    read = record["scenario"]["whole_run"]["received"]
    assert 0 < received["udp", GOOD] == read < datagrams
    flip_in_the_middle(sender, tmp_path / "flipped.pcap")
    flipped = states(tmp_path / "flipped.pcap")
    assert (flipped["udp", GOOD], flipped["udp", BAD]) == (datagrams - 1, 1)
