"""request-response: queueing theory's closed forms, its ledger, its options."""

from __future__ import annotations

import itertools
import json
import subprocess

import jsonschema
import pytest

from conftest import BUILD, ROOT, run_scenario
from ns3_random import exponentials

PROGRAM = BUILD / "bin" / "request-response"
SCHEMA = json.loads((ROOT / "analysis" / "record.schema.json").read_text())
PATHS = ("stock", "conventional", "offload", "payload-cache")
HEADERS, PPP, ETHERNET_REST = 52, 2, 36  # bytes of a frame; the rest follows as a gap
ARRIVALS = 2  # the stream of random numbers of the arrivals


def start(*options: str) -> subprocess.Popen:
    """Starts a run that prints its record."""
    return subprocess.Popen([PROGRAM, *options, "--json=-"], stdout=subprocess.PIPE, text=True)


def run(*options: str) -> dict:
    """The record of a run."""
    return run_scenario("request-response", *options)


def record_of(process: subprocess.Popen) -> dict:
    """The record of a run that was started."""
    output, _ = process.communicate()
    assert process.returncode == 0
    return json.loads(output)


# -- M/D/1 --

# One core, Poisson arrivals, and nothing costs anything but the server's 10,000 cycles a request, at
# the 1 GHz of a host without a profile. Frames pass the link in 12 ns, a thousandth of that: in a
# line of servers of constant times the waits add up to that of the slowest alone (Friedman,
# Operations Research 13(1), 1965), so the link takes away its own wait, below 10 ps.
SERVICE_CYCLES = 10_000
SERVICE_US = 10.0
FREE = (
    "--profile=ideal",
    "--delay=0us",
    "--linkRate=100Gbps",
    "--requestSize=64",
    "--responseSize=64",
    f"--serviceCycles={SERVICE_CYCLES}",
    "--ns3::TcpSocketBase::Timestamp=false",  # a fifth of the simulator's own time
)
# How many requests a mean wait takes. It has the variance sigma^2 / n, where sigma^2 is below the
# heavy-traffic limit S^2 / (2 (1 - rho)^4) (Whitt, Management Science 35(11), 1989, for waits whose
# arrivals and services have the squared coefficients of variation 1 and 0): 5,000 S^2 at 0.9, and,
# from 400 independent Lindley recursions, 0.47, 10.7 and 4,640 S^2. The standard errors are so
# 1.4, 1.4 and 2.1 % of the mean; a run's own arrivals, of which the exact wait is known, narrow it.
REQUESTS = {0.3: 50_000, 0.6: 100_000, 0.9: 500_000}


@pytest.fixture(scope="module", name="queues")
def run_queues() -> dict[float, dict]:
    """The record at each load; the runs share the cores."""
    processes = {
        load: start(
            *FREE,
            f"--rate={load * 1e6 / SERVICE_US}",
            "--concurrency=16",
            f"--requests={requests}",
        )
        for load, requests in REQUESTS.items()
    }
    return {load: record_of(process) for load, process in processes.items()}


@pytest.mark.parametrize("load", REQUESTS)
def test_mean_wait_is_that_of_m_d_1(queues, load):
    """Pollaczek and Khinchine: rho / (2 (1 - rho)) services."""
    wait = queues[load]["scenario"]["wait_us"]
    assert wait["count"] == REQUESTS[load]
    assert wait["mean"] == pytest.approx(load / (2 * (1 - load)) * SERVICE_US, rel=0.05)


@pytest.mark.parametrize("load", REQUESTS)
def test_mean_wait_is_that_of_these_very_arrivals(queues, load):
    """Lindley's recursion over the seed's own arrivals, drawn without ns-3: to 1e-5."""
    total = wait = 0.0
    count = REQUESTS[load]
    for interval in itertools.islice(exponentials(seed=1, stream=ARRIVALS), 1, count):
        wait = max(0.0, wait + 1 - interval / load)
        total += wait
    mean = queues[load]["scenario"]["wait_us"]["mean"]
    assert mean == pytest.approx(SERVICE_US * total / count, rel=1e-5)


@pytest.mark.parametrize("load", REQUESTS)
def test_littles_law(queues, load):
    """Requests under way are the rate times the latency: exactly, from the first to the last."""
    own = queues[load]["scenario"]
    under_way = own["requests_per_s"] * own["latency_us"]["mean"] / 1e6
    assert own["outstanding_mean"] == pytest.approx(under_way, rel=1e-9)


@pytest.mark.parametrize("load", REQUESTS)
def test_the_ledger_has_each_request(queues, load):
    """The server's core did the requests' cycles, and nothing else; the client's did nothing."""
    record = queues[load]
    cpu = record["hosts"]["server"]["cpu_seconds"]
    work = REQUESTS[load] * SERVICE_US / 1e6
    assert cpu["application"] == pytest.approx(work, abs=1e-12)
    assert sum(cpu.values()) - cpu["idle"] == pytest.approx(work, abs=1e-12)
    assert record["scenario"]["cpu_us_per_request"] == {
        "client": 0,
        "server": pytest.approx(SERVICE_US),
    }
    for key in ("mean", "p50", "p999", "max"):
        assert record["scenario"]["service_us"][key] == pytest.approx(SERVICE_US)


def test_periodic_arrivals_never_wait():
    """D/D/1 below a load of 1."""
    own = run(*FREE, "--rate=90000", "--arrivals=periodic", "--requests=1000")["scenario"]
    assert own["wait_us"]["max"] < 0.001  # ns-3's time step
    assert own["requests_per_s"] == pytest.approx(90000, rel=2e-3)  # the last one's answer


# -- The parts of a latency --


@pytest.mark.parametrize("path", PATHS[1:])
@pytest.mark.parametrize("response", [1000, 4000])
def test_latency_is_the_sum_of_its_parts(path, response):
    """A closed loop of one on free hosts: both ways on the link, and the service."""
    record = run(
        f"--path={path}",
        "--profile=ideal",
        "--linkRate=100Mbps",
        "--mtu=1500",
        "--delay=50us",
        "--serviceCycles=20000",
        "--requestSize=100",
        f"--responseSize={response}",
        "--requests=200",
    )
    us_a_byte = 8 / 100
    segments = -(-response // 1448)
    request = (100 + HEADERS + PPP) * us_a_byte
    answer = response + segments * (HEADERS + PPP) + (segments - 1) * ETHERNET_REST
    push = 0.001  # ns-3 sends what was written a time step later
    expected = request + 50 + 20 + push + answer * us_a_byte + 50
    assert record["scenario"]["latency_us"]["p50"] == pytest.approx(expected, abs=1e-3)
    assert record["scenario"]["outstanding_mean"] == pytest.approx(1)


# -- Every path --


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("load", [(), ("--rate=2000",)], ids=["closed", "open"])
def test_every_byte_both_ways(path, load):
    """With losses, messages of many segments, and several requests on a connection."""
    record = run(
        f"--path={path}",
        *load,
        "--data=bytes",
        "--lossRate=0.01",
        "--concurrency=3",
        "--requests=300",
        "--requestSize=3000",
        "--responseSize=5000",
        "--sndBuf=4096",
    )
    jsonschema.validate(record, SCHEMA)
    assert record["scenario"]["requests"] == 300
    assert sum(flow["bytes"] for flow in record["flows"]) == 300 * 8000
    assert set(record["hosts"]) == (set() if path == "stock" else {"client", "server"})
    assert (record["scenario"]["cpu_us_per_request"] is None) == (path == "stock")
    for name, host in record["hosts"].items():
        assert host["role"] == name
        assert sum(ram["held_at_end_bytes"] for ram in host["card_ram"].values()) == 0


def test_arrivals_do_not_depend_on_the_system():
    """The same number in the same second, on whatever serves them."""
    options = ("--rate=500", "--concurrency=4", "--warmup=0.1", "--duration=1", "--data=bytes")
    systems = [(f"--path={path}",) for path in PATHS]
    systems += [("--profile=ideal",), ("--wait=sleep",), ("--serviceCycles=100000",)]
    counts = [run(*options, *system)["scenario"]["requests"] for system in systems]
    assert max(counts) - min(counts) <= 1  # the one that is under way at the end
    others = run(*options, "--seed=2")["scenario"]["requests"]
    assert 400 < others < 600 and others not in counts


def test_counted_time():
    record = run("--rate=1000", "--arrivals=periodic", "--warmup=0.1", "--duration=0.5")
    assert record["duration_s"] == 0.5
    assert record["scenario"]["requests"] == pytest.approx(500, abs=1)
    assert record["scenario"]["wait_us"]["count"] == pytest.approx(500, abs=1)


def test_same_seed_same_record():
    options = ("--rate=3000", "--lossRate=0.01", "--requests=500")
    first, second = run(*options), run(*options)
    for record in (first, second):
        del record["wall_s"]
    assert first == second


# -- Options --

BAD = [
    (["--requestSize=0"], "from 1"),
    (["--responseSize=0"], "from 1"),
    (["--responseSize=2000000000"], "to 1073741824"),
    (["--concurrency=0"], "from 1 to 10000"),
    (["--concurrency=10001"], "from 1 to 10000"),
    (["--rate=-1"], "number from 0"),
    (["--rate=10Mbps"], "number from 0"),
    (["--rate=10", "--arrivals=sometimes"], "poisson, periodic"),
    (["--arrivals=poisson"], "--rate"),
    (["--serviceCycles=-1"], "whole number from 0"),
    (["--serviceCycles=1.5"], "whole number from 0"),
    (["--requests=0"], "from 1"),
    (["--requests=10", "--duration=1"], "--requests"),
    (["--requests=10", "--warmup=1"], "--requests"),
    (["--flows=2"], "no such option"),
    (["--senderProfile=ideal"], "no such option"),
]


@pytest.mark.parametrize("options, said", BAD, ids=lambda value: " ".join(value))
@pytest.mark.parametrize("check", [(), ("--check=on",)], ids=["run", "check"])
def test_bad_options(refused, options, said, check):
    message = refused(*options, *check, "--json=record.json", program="request-response")
    assert message.startswith("error: ") and said in message


def test_what_has_no_effect_is_said():
    words = [PROGRAM, "--path=stock", "--serviceCycles=5", "--check=on"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stderr == "note: --serviceCycles has no effect on path stock\n"


def test_options_describe_themselves():
    done = subprocess.run([PROGRAM, "--describe=on"], capture_output=True, text=True, check=True)
    traffic = {option["name"]: option["traffic"] for option in json.loads(done.stdout)["options"]}
    shapes = ("requestSize", "responseSize", "concurrency", "rate", "arrivals", "lossRate")
    assert all(traffic[name] for name in shapes)
    system = ("serviceCycles", "path", "clientProfile", "serverProfile", "cardRam", "requests")
    assert not any(traffic[name] for name in system)


def test_a_connection_that_cannot_be_made_is_an_error():
    words = [PROGRAM, "--lossRate=1", "--json=-"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stdout == ""
    assert "0 of 1 connections stand" in done.stderr


def test_requests_that_are_far_apart_are_waited_for():
    record = run("--rate=0.001", "--requests=3", "--profile=ideal")
    assert record["scenario"]["requests"] == 3
