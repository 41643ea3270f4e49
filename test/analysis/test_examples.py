"""The examples for people: scenarios of ns-3's own with four lines changed."""

import ipaddress
import os
import re
import struct
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import BUILD

ALL = ["bulk-send", "large-transfer", "dumbbell"]


def run(name: str, *options: str, global_value: str = "") -> str:
    """Runs an example, and gives what it prints. `global_value` is set for ns-3."""
    done = subprocess.run(
        [str(BUILD / "bin" / name), *options],
        env=os.environ | {"NS_GLOBAL_VALUE": global_value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def segments(capture: Path) -> Iterator[tuple[str, str, int]]:
    """The TCP segments of a capture of a point-to-point wire: source, destination, payload bytes."""
    data = capture.read_bytes()
    assert struct.unpack_from("<I", data, 20)[0] == 9  # link type PPP
    file_header, frame_header, ppp, ip = 24, 16, 2, 20
    at = file_header
    while at < len(data):
        (kept,) = struct.unpack_from("<I", data, at + 8)
        packet = at + frame_header + ppp
        source, destination = struct.unpack_from(">II", data, packet + 12)
        tcp = data[packet + ip + 12] // 16 * 4
        payload = kept - ppp - ip - tcp
        yield str(ipaddress.ip_address(source)), str(ipaddress.ip_address(destination)), payload
        at += frame_header + kept


def packets(capture: Path) -> Counter:
    """How many packets a capture holds, by source and destination."""
    return Counter((source, destination) for source, destination, _ in segments(capture))


@pytest.mark.parametrize(
    "name, options",
    [
        ("bulk-send", []),
        ("large-transfer", []),
        ("dumbbell", []),
        ("dumbbell", ["--queue=5", "--pairs=3", "--bytes=500000"]),
    ],
)
def test_four_lines_change_nothing_on_the_wire(tmp_path, name, options):
    """Hosts that cost nothing: captures and ascii traces are those of the stock scenario."""
    for stock in ("on", "off"):
        (tmp_path / stock).mkdir()
        files = [f"--pcap={tmp_path / stock / 'wire'}"]
        files += [f"--ascii={tmp_path / stock / 'trace'}"] if name == "dumbbell" else []
        run(name, f"--stock={stock}", *files, *options)
    written = {path.name: path for path in (tmp_path / "on").iterdir()}
    assert written.keys() == {path.name for path in (tmp_path / "off").iterdir()}
    for file, path in written.items():
        assert path.read_bytes() == (tmp_path / "off" / file).read_bytes(), file
    captures = [path for path in written.values() if path.suffix == ".pcap"]
    assert len(captures) == {"bulk-send": 2, "large-transfer": 4}.get(name, 14 if options else 10)
    assert all(sum(packets(capture).values()) > 500 for capture in captures)


def test_bulk_send_fills_its_link():
    received = int(re.fullmatch(r"bytes received: (\d+)\n", run("bulk-send"))[1])
    # 500 kb/s for 10 s, frames of ns-3's default segments with their headers and PPP
    bound = 500e3 / 8 * 10 * 536 / (536 + 20 + 32 + 2)
    assert 0.95 * bound < received <= bound
    assert run("bulk-send", "--bytes=100000") == "bytes received: 100000\n"


COSTS = [
    "--ns3::HostModel::SystemCall=20000",
    "--ns3::HostModel::PagePin=3000",
    "--ns3::HostModel::ContextSwitch=4000",
    "--ns3::HostModel::TcpRxData=4000",
]


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--stock=on"],
        COSTS,
        [*COSTS, "--ns3::PayloadCachePath::Wait=Sleep"],
        [*COSTS, "--ns3::PayloadCacheNetDevice::CardRam=20000"],
        [*COSTS, "--ns3::PayloadCacheNetDevice::HoldBytes=true"],
        ["--ns3::PayloadCacheNetDevice::HoldBytes=true"],
    ],
    ids=lambda options: " ".join(option.split("::")[-1] for option in options),
)
def test_a_program_that_writes_by_itself(options):
    """Its loop over Send() and GetTxAvailable() works whatever a write costs; no byte is lost or
    moved, small segments that a router forwards included."""
    assert run("large-transfer", *options) == "bytes received: 2000000, of them out of place: 0\n"


@pytest.fixture(scope="module", params=["accounting", "bytes"])
def dumbbell(tmp_path_factory, request):
    """What the dumbbell prints, and the folder of its files; in accounting and in bytes mode."""
    folder = tmp_path_factory.mktemp("dumbbell")
    files = [f"--pcap={folder / 'wire'}", f"--ascii={folder / 'trace'}"]
    if request.param == "accounting":
        return run("dumbbell", *files), folder
    bytes_mode = "--ns3::PayloadCacheNetDevice::HoldBytes=true"
    said = run("dumbbell", *files, bytes_mode, global_value="ChecksumEnabled=true")
    return said, folder


def test_dumbbell_delivers(dumbbell):
    said, _ = dumbbell
    for receiver in (4, 5):
        assert f"/NodeList/{receiver}/ApplicationList/0/$ns3::PacketSink/Rx 2000000\n" in said


def test_flow_monitor_counts_what_the_wires_carry(dumbbell):
    said, folder = dumbbell
    flows = re.findall(r"^([\d.]+) > ([\d.]+) +(\d+) +(\d+) ", said, re.MULTILINE)
    assert len(flows) == 4  # two each way
    at = {int(path.name.split("-")[1]): path for path in folder.glob("wire-[0145]-0.pcap")}
    node = {"10.1.1.1": 0, "10.1.3.1": 1, "10.1.2.2": 4, "10.1.4.2": 5}
    for source, destination, sent, received in flows:
        ends = (source, destination)
        assert packets(at[node[source]])[ends] == int(sent)
        assert packets(at[node[destination]])[ends] == int(received)


def test_routers_fetch_payload_to_forward_it(dumbbell):
    said, folder = dumbbell
    for router, wires in ((2, ("2-1", "2-2")), (3, ("3-0",))):
        fetched = int(re.search(rf"router n{router} fetched to forward them: (\d+)", said)[1])
        payloads = [
            payload
            for wire in wires
            for source, _, payload in segments(folder / f"wire-{wire}.pcap")
            if source in ("10.1.1.1", "10.1.3.1")
        ]
        # of segments that are not full, some come whole with their headers
        full, all_data = payloads.count(536), sum(payload > 0 for payload in payloads)
        assert 2 * 2000000 // 536 - 100 < full <= fetched <= all_data


def test_ascii_trace_names_every_wire(dumbbell):
    _, folder = dumbbell
    wire = re.compile(rb"^[+\-rd] [\d.e+-]+ /NodeList/(\d)/DeviceList/(\d)/", re.MULTILINE)
    named = Counter((int(a), int(b)) for a, b in wire.findall((folder / "trace").read_bytes()))
    routers = {(router, device) for router in (2, 3) for device in (0, 1, 2)}
    assert named.keys() == {(host, 0) for host in (0, 1, 4, 5)} | routers
    # each frame is captured once a device; traced when it is queued and leaves, or when it comes
    for (node, device), lines in named.items():
        frames = sum(packets(folder / f"wire-{node}-{device}.pcap").values())
        assert frames <= lines <= 2 * frames


@pytest.mark.parametrize("queue", [3, 20])
def test_config_set_on_a_path_takes_effect(queue):
    longest = re.search(
        r"^/NodeList/2/.*/PacketsInQueue (\d+)", run("dumbbell", f"--queue={queue}"), re.M
    )
    assert int(longest[1]) == queue


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    "option, said",
    [
        ("--pcap=/nonexistent/wire", "/nonexistent/wire"),
        ("--bytes=-1", "whole number"),
        ("--stock=maybe", "on or off"),
        ("--nonsense=1", "--help"),
        ("--ns3::HostModel::NoSuchCost=1", "NoSuchCost"),
    ],
)
def test_bad_options_of_examples(tmp_path, name, option, said):
    done = subprocess.run(
        [str(BUILD / "bin" / name), option],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: ") and said in done.stderr
    assert not list(tmp_path.iterdir())


def test_an_ascii_trace_that_cannot_be_written(tmp_path):
    options = [f"--ascii={tmp_path}", "--bytes=1"]
    done = subprocess.run(
        [str(BUILD / "bin" / "dumbbell"), *options], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert str(tmp_path) in done.stderr


@pytest.mark.parametrize("name", ALL)
def test_help_of_examples(name):
    said = run(name, "--help")
    assert said.startswith(f"{name}: ")
    assert "--stock" in said and "--pcap" in said
