"""datagrams: its record, its ledger of datagrams, bus bytes by closed form, its options."""

from __future__ import annotations

import json
import subprocess

import jsonschema
import pytest

from closed_forms import DESCRIPTOR, DOORBELL, HEADER_FETCH, LINK_HEADER
from conftest import BUILD, ROOT, run_scenario
from test_records import stable

SCHEMA = json.loads((ROOT / "analysis" / "record.schema.json").read_text())
PATHS = ("stock", "conventional", "offload", "payload-cache")
FAMILIES = ("ipv4", "ipv6")
LARGEST = 65507
GBE = "--profile=pii450-tigon2-gbe-2001"
MTU, UDP = 1500, 8


def run(*options: str) -> dict:
    """The record of a run."""
    return run_scenario("datagrams", *options)


def fragments(size: int) -> int:
    """Frames of a datagram over IPv4 (RFC 791)."""
    return -(-(size + UDP) // ((MTU - 20) // 8 * 8))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("to", ["unicast", "multicast", "broadcast"])
@pytest.mark.parametrize("path", PATHS)
def test_every_path_family_and_destination(path, to, family):
    if (to, family) == ("broadcast", "ipv6"):
        return  # refused: there is none
    for size in (1, 1472, 9000):
        record = run(
            f"--path={path}",
            f"--to={to}",
            f"--family={family}",
            f"--size={size}",
            "--datagrams=30",
            "--rate=500",
            "--data=bytes",
        )
        jsonschema.validate(record, SCHEMA)
        assert record["program"] == "datagrams"
        assert set(record["hosts"]) == (set() if path == "stock" else {"sender", "receiver"})
        sent = {"offered": 30, "sent": 30, "received": 30, "overflowed": 0}
        assert record["scenario"]["datagrams"] == sent
        assert record["scenario"]["whole_run"]["lost"] == 0
        assert record["compared"] == {"bytes": 30 * size, "wrong": 0}
        assert [flow["bytes"] for flow in record["flows"]] == [30 * size]


@pytest.mark.parametrize("path", PATHS)
def test_the_largest_datagram_and_many_flows(path):
    record = run(f"--path={path}", f"--size={LARGEST}", "--flows=3", "--datagrams=4", "--rate=10")
    assert [flow["bytes"] for flow in record["flows"]] == [4 * LARGEST] * 3


def test_it_repeats_itself():
    options = ("--lossRate=0.02", "--flows=2", "--size=4000", "--warmup=0", "--duration=0.1")
    first = stable(run(*options))
    assert first == stable(run(*options)) == stable(run(*options, "--data=bytes"))
    assert first != stable(run(*options, "--seed=2"))


@pytest.mark.parametrize("path", PATHS)
def test_without_overload_what_is_offered_arrives(path):
    """Half of what the link takes: every datagram that is due is sent, and read one way's time
    later."""
    rate, duration = 4000, 0.25
    record = run(
        f"--path={path}", f"--rate={rate}", "--warmup=0.1", f"--duration={duration}", "--size=1000"
    )
    own = record["scenario"]
    assert own["datagrams"]["offered"] == own["datagrams"]["sent"] == rate * duration
    assert abs(own["datagrams"]["received"] - rate * duration) <= 1
    assert record["goodput_bps"] == pytest.approx(8 * 1000 * rate, rel=1.5 / (rate * duration))
    whole = own["whole_run"]
    assert (whole["lost"], whole["overflowed"]) == (0, 0)
    assert whole["received"] == whole["sent"] == pytest.approx(rate * 0.35, abs=1)


def test_as_fast_as_the_host_can_is_faster_than_the_link():
    """The sender sleeps for room below; the link is never idle: 1472 of 1538 bytes are payload."""
    record = run("--warmup=0.1", "--duration=0.2")
    assert record["goodput_bps"] == pytest.approx(100e6 * 1472 / 1538, rel=1e-3)
    stock = run("--warmup=0.1", "--duration=0.2", "--path=stock")
    assert stock["goodput_bps"] == pytest.approx(100e6 * 1472 / 1538, rel=1e-3)


@pytest.mark.parametrize("path", PATHS[1:])
def test_overload_overflows_receive_buffers(path):
    """A receiver that takes less than comes: its interrupts leave its readers no time. What has been
    dropped is told by the socket's drops and by the host's, alike."""
    record = run(
        f"--path={path}",
        "--senderProfile=xeon-100g",
        "--receiverProfile=pii450-tigon2-gbe-2001",
        "--size=1000",
        "--rcvBuf=65536",
        "--warmup=0",
        "--duration=0.1",
    )
    own = record["scenario"]
    overflowed = own["datagrams"]["overflowed"]
    assert overflowed == record["hosts"]["receiver"]["drops"]["udp_buffer_full"] > 0
    whole = own["whole_run"]
    assert whole["sent"] == whole["received"] + whole["overflowed"] + whole["lost"]
    assert whole["lost"] >= 0
    assert own["received_per_s"] < own["sent_per_s"] / 2
    for side in ("tx", "rx"):
        assert record["hosts"]["receiver"]["card_ram"][side]["held_at_end_bytes"] == 0


@pytest.mark.parametrize("path", PATHS)
def test_datagrams_lose_what_their_fragments_lose(path):
    """A datagram of n frames arrives with (1 - p)^n: three standard errors."""
    loss, count = 0.02, 1000
    expected = count * (1 - loss) ** fragments(4000)
    deviation = (expected * (1 - expected / count)) ** 0.5
    record = run(
        f"--path={path}", "--size=4000", f"--datagrams={count}", "--rate=1000", f"--lossRate={loss}"
    )
    received = record["scenario"]["whole_run"]["received"]
    assert abs(received - expected) < 3 * deviation
    assert record["scenario"]["whole_run"]["lost"] == count - received


@pytest.mark.parametrize("size", [1000, 1472, 4000, LARGEST])
def test_bus_bytes_of_the_payload_cache(size):
    """sendto: a doorbell, a descriptor, the payload. A frame: a doorbell, two descriptors, as its
    payload is gathered, and its headers from host memory, of which UDP's are in the first alone."""
    count = 20
    record = run(
        "--profile=ideal",
        f"--size={size}",
        f"--datagrams={count}",
        "--rate=50",
        "--ns3::HostModel::BusKind=Pci",
    )
    sender, receiver = record["hosts"]["sender"], record["hosts"]["receiver"]
    frames = fragments(size)
    datagram = DOORBELL + DESCRIPTOR + size + UDP
    datagram += frames * (DOORBELL + 2 * DESCRIPTOR + LINK_HEADER + 20)
    assert sender["bus_bytes"]["to_card"] == count * datagram
    assert sender["bus_payload_bytes"] == {"to_card": count * size, "to_host": 0}
    assert receiver["bus_payload_bytes"] == {"to_card": 0, "to_host": count * size}
    assert sender["segments_sent"] == count * frames


@pytest.mark.parametrize("to", ["multicast", "broadcast"])
@pytest.mark.parametrize("path", PATHS[1:])
def test_receivers_share_one_payload(path, to):
    """Each of them reads all; on the payload cache by a DMA of its own from one block of card RAM, but
    for the first bytes, which came with the headers."""
    options = (f"--path={path}", f"--to={to}", "--datagrams=20", "--rate=100", "--data=bytes")
    one = run(*options)
    many = run(*options, "--receivers=5")
    assert many["scenario"]["datagrams"] == {
        "offered": 20,
        "sent": 20,
        "received": 100,
        "overflowed": 0,
    }
    assert many["compared"] == {"bytes": 100 * 1472, "wrong": 0}
    assert many["wire_frames"] == one["wire_frames"]
    ram = [record["hosts"]["receiver"]["card_ram"]["rx"]["peak_bytes"] for record in (one, many)]
    assert ram[0] == ram[1] > 0
    once = HEADER_FETCH - 20 - UDP if path == "payload-cache" else 1472
    for record, reads in ((one, 1), (many, 5)):
        to_host = record["hosts"]["receiver"]["bus_payload_bytes"]["to_host"]
        assert to_host == 20 * (once + reads * (1472 - once))


@pytest.mark.parametrize(
    "options, right",
    [
        (("--size=0",), "from 1 to 65507"),
        (("--size=65508",), "from 1 to 65507"),
        (("--flows=0",), "from 1 to 10000"),
        (("--rate=-1",), "from 0"),
        (("--to=all",), "unicast, multicast, broadcast"),
        (("--receivers=2",), "--to=multicast or broadcast"),
        (("--receivers=2", "--to=multicast", "--path=stock"), "another --path, or 1"),
        (("--to=broadcast", "--family=ipv6"), "--to=multicast, or --family=ipv4"),
        (("--datagrams=1", "--duration=1"), "cannot stand beside"),
        (("--datagrams=1", "--warmup=1"), "cannot stand beside"),
        (("--size=9000", "--rcvBuf=8999"), "hold a datagram of --size=9000"),
        (("--ns3::UdpSocket::RcvBufSize=5000",), "--rcvBuf"),
        (("--ns3::PayloadCacheUdpSocket::SndBufSize=5000",), "--sndBuf"),
        (("--ns3::PayloadCacheUdpSocket::ShareAddress=true",), "--receivers"),
    ],
)
def test_bad_options(refused, options, right):
    assert right in refused(*options, program="datagrams")


def notes(*options: str) -> str:
    """What a check says of options."""
    done = subprocess.run(
        [BUILD / "bin" / "datagrams", *options, "--check=on"],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr


def test_options_without_effect_are_named():
    options = ("readSize=5000", "windowClamp=on", "tso=on", "gro=on", "steering=flow")
    for option in (*options, "busyPoll=1us"):
        name = option.partition("=")[0]
        assert notes(f"--{option}") == f"note: --{name} has no effect on datagrams\n"
    assert "--sndBuf has no effect" in notes("--path=stock", "--sndBuf=5000")
    assert notes("--rate=5", "--sndBuf=5000", "--rcvBuf=5000") == ""
