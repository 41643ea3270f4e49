"""Records: their schema, their determinism, and both ways to carry data."""

import json
import os
import subprocess

import jsonschema
import pytest

from conftest import BULK, ROOT, run_scenario

SCHEMA = json.loads((ROOT / "analysis" / "record.schema.json").read_text())
VOLATILE = ("wall_s", "events", "revision", "compared")


def stable(record: dict) -> dict:
    """A record without what may differ between equal runs."""
    kept = {key: value for key, value in record.items() if key not in VOLATILE}
    kept["parameters"] = {
        key: value
        for key, value in record["parameters"].items()
        if key != "data" and not key.endswith("HoldBytes")
    }
    return kept


@pytest.mark.parametrize("path", ["stock", "conventional", "offload", "payload-cache"])
@pytest.mark.parametrize("length", ["--duration=0.05", "--bytes=300000"])
def test_schema(bulk, path, length):
    record = bulk(f"--path={path}", length)
    jsonschema.validate(record, SCHEMA)
    assert set(record["hosts"]) == (set() if path == "stock" else {"sender", "receiver"})


SCENARIOS = [
    ("slow-reader", "--readDelay=2ms"),
    ("slow-reader", "--readPause=5ms"),
    ("lossy-wan", "--delay=1ms"),
]


@pytest.mark.parametrize("path", ["stock", "conventional", "offload", "payload-cache"])
@pytest.mark.parametrize("program, option", SCENARIOS)
def test_schema_of_other_scenarios(path, program, option):
    record = run_scenario(program, option, f"--path={path}", "--warmup=0", "--duration=0.05")
    jsonschema.validate(record, SCHEMA)
    assert record["scenario"] and record["program"] == program


@pytest.mark.parametrize("program, option", SCENARIOS)
def test_other_scenarios_repeat_themselves(program, option):
    """The same record again; and with bytes carried, which are compared on the way."""
    options = (option, "--lossRate=0.005", "--flows=2", "--warmup=0", "--duration=0.2")
    first = stable(run_scenario(program, *options))
    assert first == stable(run_scenario(program, *options))
    assert first == stable(run_scenario(program, *options, "--data=bytes"))


def test_schema_forbids_unknown_keys(bulk):
    record = bulk("--duration=0.01")
    record["hosts"]["sender"]["surprise"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(record, SCHEMA)


def test_same_seed_same_record(bulk):
    options = ("--lossRate=0.01", "--flows=3", "--duration=0.2")
    assert stable(bulk(*options)) == stable(bulk(*options))


@pytest.mark.parametrize("path", ["conventional", "offload", "payload-cache"])
def test_accounting_and_bytes_agree(bulk, path):
    options = (f"--path={path}", "--bytes=5000000", "--lossRate=0.01", "--flows=2")
    assert stable(bulk(*options)) == stable(bulk(*options, "--data=bytes"))


def test_ideal_pcap_is_stocks(bulk, tmp_path):
    captures = {}
    for path in ("stock", "conventional", "offload", "payload-cache"):
        prefix = tmp_path / path
        bulk(
            "--profile=ideal",
            f"--path={path}",
            "--bytes=1000000",
            "--lossRate=0.01",
            f"--pcap={prefix}",
        )
        captures[path] = [(tmp_path / f"{path}-{node}-0.pcap").read_bytes() for node in (0, 1)]
    assert all(capture == captures["stock"] for capture in captures.values())
    assert all(len(capture) > 1000000 for capture in captures["stock"])


def checksum_states(capture) -> tuple[int, int]:
    """How many TCP segments of a capture have a right checksum, and how many a wrong one."""
    options = ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
    counts = []
    for state in ("tcp.checksum.status==1", "tcp.checksum.status==0"):
        done = subprocess.run(
            ["tshark", "-r", str(capture), *options, "-Y", state, "-T", "fields", "-e", "tcp.len"],
            capture_output=True,
            text=True,
            check=True,
        )
        counts.append(len(done.stdout.splitlines()))
    return counts[0], counts[1]


def test_checksums_on_the_wire(bulk, tmp_path):
    record = bulk(
        "--data=bytes", "--bytes=1000000", "--lossRate=0.01", f"--pcap={tmp_path / 'wire'}"
    )
    capture = tmp_path / "wire-0-0.pcap"
    right, wrong = checksum_states(capture)
    assert wrong == 0
    assert right >= record["hosts"]["sender"]["segments_sent"]
    damaged = bytearray(capture.read_bytes())
    damaged[len(damaged) // 2 | 1] ^= 0x10
    (tmp_path / "damaged.pcap").write_bytes(damaged)
    assert checksum_states(tmp_path / "damaged.pcap") == (right - 1, 1)


def test_record_on_standard_output_stands_alone():
    done = subprocess.run(
        [str(BULK), "--duration=0.01", "--json=-"], capture_output=True, text=True, check=True
    )
    jsonschema.validate(json.loads(done.stdout), SCHEMA)


def test_a_record_replaces_files_only(tmp_path):
    """A link keeps being one; a pipe, which stands for any device, is left alone."""

    def run(name):
        options = ["--duration=0.01", f"--json={tmp_path / name}"]
        return subprocess.run([str(BULK), *options], capture_output=True, text=True, check=False)

    (tmp_path / "link").symlink_to(tmp_path / "record")
    assert run("link").returncode == 0
    assert run("link").returncode == 0  # over the file that there is now
    assert (tmp_path / "link").is_symlink()
    jsonschema.validate(json.loads((tmp_path / "record").read_text()), SCHEMA)
    os.mkfifo(tmp_path / "pipe")
    refused = run("pipe")
    assert refused.returncode == 2
    assert "--json=-" in refused.stderr
    assert (tmp_path / "pipe").is_fifo()
    assert sorted(os.listdir(tmp_path)) == ["link", "pipe", "record"]


@pytest.mark.parametrize(
    "attribute, option",
    [
        ("ns3::TcpSocket::SndBufSize=65536", "sndBuf=65536"),
        ("ns3::PointToPointNetDevice::Mtu=9000", "mtu=9000"),
        ("ns3::PointToPointNetDevice::DataRate=50Mbps", "linkRate=50Mbps"),
        ("ns3::PointToPointChannel::Delay=2ms", "delay=2ms"),
        ("ns3::PatternSource::SendSize=5000", "writeSize=5000"),
        ("ns3::PayloadCacheNetDevice::CardRam=640000", "cardRam=640000"),
        ("ns3::PayloadCachePath::Wait=Spin", "wait=spin"),
        ("ns3::HostModel::AppRead=false", "appRead=off"),
    ],
)
def test_an_attribute_is_the_option_that_sets_it(bulk, attribute, option):
    """Under either name: the same run, and the record says what was in force."""

    def record(word):
        run = stable(bulk("--duration=0.1", f"--{word}"))
        parameters = run["parameters"]
        run["parameters"] = {k: v for k, v in parameters.items() if not k.startswith("ns3::")}
        return run

    assert record(attribute) == record(option) != record("seed=1")


def test_any_attribute_wins_over_the_profile(bulk):
    record = bulk("--duration=0.01", "--ns3::HostModel::Frequency=1e9")
    for role in ("sender", "receiver"):
        assert float(record["parameters"][f"{role}.HostModel.Frequency"]) == 1e9
