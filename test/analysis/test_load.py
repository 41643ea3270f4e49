"""The scenario load: what arrives, how long it takes, and what bounds it."""

from __future__ import annotations

import json
import math
import subprocess

import pytest
from closed_forms import HEADERS
from conftest import BUILD, ROOT, read_profile
from test_bounds import MODERATION, MSS, ONLY_THE_BUS, POLLS, WRITE, bus_ps_a_segment

LOAD = BUILD / "bin" / "load"
LINK = 100e6 * MSS / (MSS + HEADERS + 38)  # payload of the default machine's link, bit/s
SMALL = ("--warmup=0.2", "--largest=100000")
SHORT = (*SMALL, "--duration=1")


def load(*options: str) -> dict:
    """Runs load with options and gives its record."""
    done = subprocess.run(
        [str(LOAD), *options, "--json=-"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (options, done.stderr)
    return json.loads(done.stdout)


def distribution(tmp_path, *lines: str) -> str:
    """Writes a distribution and gives the option that names it."""
    file = tmp_path / "sizes.txt"
    file.write_text("\n".join(lines) + "\n")
    return f"--sizes={file}"


# -- What arrives --


def mean_of(name: str, largest: int) -> float:
    """The mean of a shipped distribution: each whole size of a part is as likely as any other."""
    lines = (ROOT / "sizes" / f"{name}.txt").read_text().splitlines()
    points = [tuple(map(float, line.split())) for line in lines if not line.startswith("#")]
    mean = 0.0
    for (a, p), (b, q) in zip(points, points[1:]):
        whole = max(min(largest, b) - a, 0)  # sizes that are not cut, a + 1 and on
        mean += (q - p) * (whole * (a + (whole + 1) / 2) + (b - a - whole) * largest) / (b - a)
    return mean


@pytest.mark.parametrize("name", ["web-search", "data-mining"])
@pytest.mark.parametrize("largest", [1000000000, 3000, 150000])
def test_the_mean_is_the_closed_form(name, largest):
    options = ("--path=stock", "--duration=0.000001", "--warmup=0", "--load=0.001")
    record = load(*options, f"--sizes={name}", f"--largest={largest}")
    expected = record["scenario"]["arrivals"]["expected_mean_bytes"]
    assert expected == pytest.approx(mean_of(name, largest), rel=1e-12)


def test_what_is_drawn_has_that_mean_and_the_given_load(tmp_path):
    """Of 5,000 flows and more: within four standard deviations."""
    sizes = distribution(tmp_path, "500 0.25", "1000 0.5  # a comment", "", "3000 1")
    record = load(
        "--path=stock",
        "--slowdown=off",
        "--linkRate=1Gbps",
        "--load=0.2",
        sizes,
        "--duration=0.45",
        "--warmup=0.01",
    )
    arrivals = record["scenario"]["arrivals"]
    mean = 0.25 * 500 + 0.25 * 750.5 + 0.5 * 2000.5
    assert arrivals["expected_mean_bytes"] == pytest.approx(mean, rel=1e-12)
    square = (
        0.25 * 500**2 + 0.25 * (750.5**2 + 500**2 / 12) + 0.5 * (2000.5**2 + 2000**2 / 12)
    )
    count = arrivals["count"]
    assert count > 5000
    drawn = arrivals["bytes"] / count
    assert drawn == pytest.approx(mean, abs=4 * math.sqrt((square - mean**2) / count))
    expected = 0.2 * 10 * LINK / 8 / mean * 0.45
    assert count == pytest.approx(expected, abs=4 * math.sqrt(expected))
    assert record["scenario"]["offered_load"] == pytest.approx(0.2, rel=0.1)
    assert record["scenario"]["flows"]["completed"] == count


def test_every_system_meets_the_same_arrivals():
    def arrivals(*options: str) -> dict:
        return load(*SHORT, "--slowdown=off", *options)["scenario"]["arrivals"]

    met = arrivals()
    assert met["count"] > 10
    for options in (
        ("--path=stock",),
        ("--path=conventional",),
        ("--profile=ideal",),
        ("--cardRam=100000", "--wait=spin"),
        ("--data=bytes", "--path=offload"),
    ):
        assert arrivals(*options) == met
    assert arrivals("--seed=2")["digest"] != met["digest"]


# -- How long it takes --


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--direction=upload", "--lossRate=0.01"),
        ("--concurrent=20",),
        ("--data=bytes", "--load=0.9", "--lossRate=0.01"),
    ],
)
def test_hosts_that_cost_nothing_are_stocks(options):
    stock, ours = (
        load(*SHORT, f"--path={path}", "--profile=ideal", *options)
        for path in ("stock", "payload-cache")
    )
    assert ours["scenario"]["flows"]["arrived"] > 5
    for key in ("scenario", "wire_frames", "goodput_bps", "flows"):
        assert ours[key] == stock[key]


@pytest.mark.parametrize("direction", ["download", "upload"])
@pytest.mark.parametrize("path", ["stock", "offload", "payload-cache"])
def test_alone_means_a_slowdown_of_one(path, direction):
    """Where nothing else is under way, a flow takes to the nanosecond what it takes alone."""
    record = load(
        f"--path={path}",
        f"--direction={direction}",
        "--load=0.001",
        "--duration=900",
        "--largest=1000000",
    )
    assert record["scenario"]["concurrent"]["peak"] == 1
    alone = record["scenario"]["slowdown"]["all"]
    assert alone["count"] > 5
    assert alone["mean"] == alone["p50"] == alone["p99"] == 1


def test_load_slows_flows_down():
    light, heavy = (load(*SHORT, f"--load={share}") for share in (0.05, 0.95))
    slowdowns = [record["scenario"]["slowdown"]["small"]["mean"] for record in (light, heavy)]
    assert 1 <= slowdowns[0] < slowdowns[1]


def test_the_time_of_a_flow_alone(tmp_path):
    """Three one-way trips over two links, and a segment on each of them."""
    sizes = distribution(tmp_path, "1000 0", "1000 1")
    record = load("--path=stock", sizes, "--delay=1ms", "--load=0.0001", "--duration=20")
    control = 3 * (2 * 1e-3)  # SYN, SYN and ACK, data
    # frames of an IPv4 and TCP header with options, store and forward over two links
    syn, data = (8 * (size + 38) / 100e6 for size in (20 + 40, 1000 + HEADERS))
    took = record["scenario"]["completion"]["small"]["mean_us"] * 1e-6
    assert took == pytest.approx(control + 2 * (2 * syn + data), abs=20e-6)


def test_classes_of_sizes(tmp_path):
    sizes = distribution(tmp_path, "99999 0.48", "100000 0.96", "10000001 0.96", "10000002 1")
    record = load(
        "--path=stock",
        sizes,
        "--linkRate=10Gbps",
        "--load=0.9",
        "--duration=0.05",
        "--seed=5",
        "--slowdown=off",
        "--warmup=0",
    )
    counts = {name: of["count"] for name, of in record["scenario"]["completion"].items()}
    assert counts["all"] == record["scenario"]["flows"]["arrived"]
    assert counts["all"] == counts["small"] + counts["medium"] + counts["large"]
    assert counts["small"] > 0 and counts["large"] > 0 and counts["medium"] > 0


def test_a_closed_loop_keeps_so_many_flows():
    scenario = load(*SHORT, "--concurrent=7", "--slowdown=off")["scenario"]
    assert scenario["concurrent"] == {"mean": pytest.approx(7), "peak": 7}
    assert scenario["offered_load"] is None
    assert scenario["flows"]["completed"] == scenario["flows"]["arrived"] > 20


def test_overload_ends():
    """Flows stop arriving after as long again, and all of them are carried to their end."""
    flows = load(*SMALL, "--duration=0.3", "--load=3", "--slowdown=off")["scenario"]["flows"]
    assert flows["load_went_on_s"] == pytest.approx(0.3)
    assert flows["completed_under_load"] < flows["completed"] == flows["arrived"]


def test_bytes_and_accounting_agree():
    options = (*SHORT, "--load=0.8", "--lossRate=0.005")
    counted, carried = (load(*options, f"--data={data}") for data in ("accounting", "bytes"))
    for key in ("scenario", "hosts", "goodput_bps"):
        assert counted[key] == carried[key]


# What ns-3 itself keeps for a while, or at most 1024 of, is kept short
KEEP_LITTLE = (
    "--ns3::FqCoDelQueueDisc::Flows=1",
    "--ns3::TcpSocket::ConnTimeout=50ms",
    "--ns3::TcpSocketBase::MinRto=50ms",
)
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def test_memory_does_not_grow_with_flows_that_have_ended(tmp_path):
    """Four times the flows: some words each, of the results; a connection is thousands of bytes."""
    sizes = distribution(tmp_path, "100 0", "100 1")

    def run(duration: float) -> tuple[int, int]:
        record = tmp_path / "record.json"
        words = [str(LOAD), sizes, "--slowdown=off", "--load=0.1", "--warmup=0", "--clients=1"]
        words += [*KEEP_LITTLE, f"--duration={duration}", f"--json={record}"]
        done = subprocess.run(
            ["/usr/bin/python3", "-c", PEAK, *words], capture_output=True, text=True, check=True
        )
        flows = json.loads(record.read_text())["scenario"]["flows"]["completed"]
        return flows, 1024 * int(done.stdout)

    few, many = run(0.1), run(0.4)
    assert many[0] > few[0] + 3000
    assert (many[1] - few[1]) / (many[0] - few[0]) < 500


# -- What bounds it: a server's limits, away from the corners --


def saturating(tmp_path, *options: str) -> dict:
    """Flows of ten whole writes, as many as the option says, all the time."""
    sizes = distribution(tmp_path, f"{10 * WRITE} 0", f"{10 * WRITE} 1")
    return load("--slowdown=off", "--warmup=0.5", sizes, *options)


def test_link_bound(tmp_path):
    record = saturating(tmp_path, "--concurrent=16", "--duration=1", "--rcvBuf=65536")
    assert record["goodput_bps"] == pytest.approx(LINK, rel=0.05)


def test_cpu_bound(tmp_path):
    p = read_profile("piii750-starfire-2001")
    record = saturating(
        tmp_path,
        "--path=offload",
        "--linkRate=1Gbps",
        "--clientProfile=ideal",
        "--concurrent=16",
        "--duration=0.2",
        *MODERATION,
    )
    call = p["SystemCall"] + math.ceil(WRITE / MSS) * p["Skbuff"]
    segment = p["TcpTxData"] + p["DriverTx"] + p["DriverTxDone"] + MSS * p["CopyCold"]
    ack = p["DriverRx"] + p["TcpRxAck"]
    rest = p["Frequency"] - POLLS * p["Interrupt"]
    segments = rest / (call / (WRITE / MSS) + segment + ack / 2)
    assert record["goodput_bps"] == pytest.approx(8 * MSS * segments, rel=0.05)


def test_bus_bound(tmp_path):
    record = saturating(
        tmp_path, *ONLY_THE_BUS, "--linkRate=1Gbps", "--concurrent=16", "--duration=0.2"
    )
    assert record["goodput_bps"] == pytest.approx(8e12 * MSS / bus_ps_a_segment(), rel=0.05)


@pytest.mark.parametrize("flows", [8, 32])
def test_card_ram_over_the_measured_round_trip_bounds_it(tmp_path, flows):
    ram = 65536
    record = saturating(
        tmp_path,
        "--whenFull=wait",
        f"--txRam={ram}",
        "--rxRam=4000000",
        "--delay=2.5ms",
        "--writeSize=4096",
        "--clientProfile=ideal",
        f"--concurrent={flows}",
        "--duration=2",
    )
    rtt = record["scenario"]["rtt_us"]
    assert 10e3 < rtt["min"] < rtt["mean"] < rtt["max"]  # four one-way delays
    limit = 8 * ram / (rtt["mean"] * 1e-6)
    assert limit < LINK / 1.5
    assert record["goodput_bps"] == pytest.approx(limit, rel=0.05)


# -- What it refuses --

BAD = [
    (["--clients=0"], "from 1"),
    (["--clients=2000"], "to 1000"),
    (["--direction=sideways"], "download, upload"),
    (["--load=0"], "number from"),
    (["--load=much"], "number from"),
    (["--concurrent=0"], "from 1"),
    (["--concurrent=5", "--load=0.5"], "give one of them"),
    (["--sizes=no-such"], "sizes/"),
    (["--largest=0"], "from 1"),
    (["--writeSize=0"], "from 1"),
    (["--path=stock", "--writeSize=65536", "--sndBuf=30000"], "--sndBuf"),
    (["--switchBuffer=1000"], "frame of 1502"),
    (["--slowdown=maybe"], "on or off"),
    (["--ns3::PatternSource::MaxBytes=5"], "--sizes"),
    (["--ns3::PatternSink::ReadPause=200ms"], "by itself"),
    (["--senderProfile=ideal"], "no such option"),
]


def refused(*options: str) -> str:
    """Runs load with options that it has to refuse, and gives what it says."""
    done = subprocess.run([str(LOAD), *options], capture_output=True, text=True, check=False)
    assert done.returncode == 2, (options, done.stderr)
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    return done.stderr


@pytest.mark.parametrize("options, said", BAD, ids=lambda value: " ".join(value))
def test_bad_options(options, said):
    assert said in refused(*options)


BAD_LINES = [
    ("5000", "bytes probability"),
    ("5000 half", "bytes probability"),
    ("5000 0.5 0.6", "bytes probability"),
    ("-5 0.5", "bytes probability"),
    ("1e6 0.5", "bytes probability"),
    ("99999999999999999999 0.5", "bytes probability"),
    ("500 0.5", "fall"),
    ("5000 0.05", "fall"),
    ("5000 1.5", "from 0 to 1"),
    ("5000 nan", "bytes probability"),
]


@pytest.mark.parametrize("line, said", BAD_LINES)
def test_bad_lines_of_a_distribution(tmp_path, line, said):
    option = distribution(tmp_path, "# sizes", "1000 0.1", line, "10000 1")
    message = refused(option)
    assert f"{tmp_path / 'sizes.txt'}:3: " in message
    assert said in message


@pytest.mark.parametrize("lines, at", [(("1000 0.5",), 1), (("# none",), 1), (("0 0", "0 1"), 2)])
def test_a_distribution_that_is_not_whole(tmp_path, lines, at):
    assert f"{tmp_path / 'sizes.txt'}:{at}: " in refused(distribution(tmp_path, *lines))


def test_check_and_describe():
    done = subprocess.run([str(LOAD), "--check=on"], capture_output=True, text=True, check=True)
    assert done.stdout == "" and done.stderr == ""
    done = subprocess.run([str(LOAD), "--describe=on"], capture_output=True, text=True, check=True)
    traffic = {option["name"]: option["traffic"] for option in json.loads(done.stdout)["options"]}
    assert all(traffic[name] for name in ("clients", "direction", "load", "concurrent", "sizes"))
    assert not any(traffic[name] for name in ("switchBuffer", "slowdown", "path", "duration"))
