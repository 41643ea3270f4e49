"""Each option of bulk-transfer does what it says."""

import json
import subprocess

import pytest

from conftest import BULK, read_profile

P = read_profile("piii750-starfire-2001")


def test_app_rate_limits_each_flow(bulk):
    record = bulk("--appRate=10Mbps", "--flows=3")
    for flow in record["flows"]:
        assert flow["goodput_bps"] == pytest.approx(10e6, rel=0.06)  # whole writes of 64 KiB


def test_warm_source_makes_the_copy_cheap(bulk):
    cold = bulk("--path=offload")["hosts"]["sender"]
    warm = bulk("--path=offload", "--source=warm")["hosts"]["sender"]
    ratio = warm["cpu_seconds"]["copy"] / cold["cpu_seconds"]["copy"]
    assert ratio == pytest.approx(P["CopyWarm"] / P["CopyCold"], rel=0.01)
    assert warm["memory_bytes"]["source_read"]["dram"] == 0
    assert cold["memory_bytes"]["source_read"]["cache"] == 0


@pytest.mark.parametrize(
    "path, line", [("offload", "AppReadWarm"), ("payload-cache", "AppReadCold")]
)
def test_the_application_reads_where_its_bytes_lie(bulk, path, line):
    host = bulk(f"--path={path}", "--bytes=5000000")["hosts"]["receiver"]
    copied = host["counts"]["bytes_copied"]
    cycles = copied * P["AppReadWarm"] + (host["bytes_read"] - copied) * P["AppReadCold"]
    assert host["cpu_seconds"]["app_read"] * P["Frequency"] == pytest.approx(cycles, rel=0.01)
    assert (copied == host["bytes_read"]) == (line == "AppReadWarm")
    off = bulk(f"--path={path}", "--appRead=off")["hosts"]["receiver"]
    assert off["cpu_seconds"]["app_read"] == 0


def test_header_tails_are_the_one_copy_left(bulk):
    """H = 128 less 52 bytes of headers comes with each full frame, and is copied."""
    host = bulk("--bytes=1448000")["hosts"]["receiver"]
    assert host["counts"]["header_fetches"] == 1000
    assert host["counts"]["bytes_copied"] == 1000 * (128 - 52)


def test_read_size(bulk):
    record = bulk("--path=offload", "--readSize=500", "--bytes=100000")
    reads = record["hosts"]["receiver"]["latency_us"]["read"]["count"]
    assert reads >= 100000 / 500


@pytest.mark.parametrize(
    "wait, used, unused", [("sleep", "sleeps", "spins"), ("spin", "spins", "sleeps")]
)
def test_wait(bulk, wait, used, unused):
    for host in bulk(f"--wait={wait}", "--duration=0.2")["hosts"].values():
        assert host["counts"][f"dma_{used}"] > 0
        assert host["counts"][f"dma_{unused}"] == 0
        assert (host["cpu_seconds"]["spin"] > 0) == (wait == "spin")


def test_own_costs_one_by_one(bulk):
    everything = bulk("--wait=sleep", "--duration=0.2")["hosts"]["sender"]["cpu_seconds"]
    for cost in ("page_pin", "dma_submit", "dma_complete", "ram_release"):
        alone = bulk("--wait=sleep", "--duration=0.2", f"--ownCosts={cost}")
        seconds = alone["hosts"]["sender"]["cpu_seconds"]
        assert seconds[cost] == pytest.approx(everything[cost], rel=0.02)
        others = {"page_pin", "dma_submit", "dma_complete", "ram_release"} - {cost}
        assert all(seconds[other] == 0 for other in others)


LITTLE_RECEIVE_RAM = ("--txRam=300000", "--rxRam=20000", "--linkRate=1Gbps")


def test_full_receive_ram_copies(bulk):
    receiver = bulk(*LITTLE_RECEIVE_RAM, "--whenFull=copy")["hosts"]["receiver"]
    assert receiver["drops"] == {}
    assert receiver["card_ram"]["rx"]["fallbacks"] > 0
    assert receiver["card_ram"]["rx"]["peak_bytes"] <= 20000


def test_full_receive_ram_drops(bulk):
    """A window that card RAM holds is safe; a larger one locks up, and the run says so."""
    options = (*LITTLE_RECEIVE_RAM, "--whenFull=wait")
    safe = bulk(*options, "--rcvBuf=15000")["hosts"]["receiver"]
    assert safe["drops"] == {}
    done = subprocess.run(
        [str(BULK), *options, "--json=-"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert "has not drained" in done.stderr


def test_full_receive_ram_is_evicted(bulk):
    """What is evicted crosses the bus as what is read does, and is copied then: all is accounted."""
    little = ("--txRam=300000", "--rxRam=40000", "--linkRate=1Gbps", "--whenFull=evict")
    receiver = bulk(*little, "--bytes=2000000")["hosts"]["receiver"]
    ram = receiver["card_ram"]["rx"]
    assert receiver["drops"] == {} and ram["evictions"] > 0 and ram["peak_bytes"] <= 40000
    assert receiver["cpu_seconds"]["evict"] > 0
    assert receiver["counts"]["bytes_copied"] >= ram["evicted_bytes"]


def test_full_transmit_ram_is_evicted(bulk):
    """Written once over the bus, evicted ones out, and sent from there in again."""
    little = ("--txRam=40000", "--rxRam=300000", "--bytes=2000000", "--whenFull=evict")
    sender = bulk(*little)["hosts"]["sender"]
    ram = sender["card_ram"]["tx"]
    assert ram["evictions"] > 0 and ram["fallbacks"] == 0
    assert sender["bus_payload_bytes"]["to_host"] == ram["evicted_bytes"]
    assert sender["bus_payload_bytes"]["to_card"] > sender["bytes_written"] == 2000000


def test_a_clamped_window_drops_nothing(bulk):
    """What locks up without it (test_full_receive_ram_drops)."""
    done = bulk(*LITTLE_RECEIVE_RAM, "--whenFull=wait", "--windowClamp=on")
    assert done["parameters"]["windowClamp"] is True
    assert done["hosts"]["receiver"]["drops"] == {}
    assert done["hosts"]["receiver"]["card_ram"]["rx"]["peak_bytes"] <= 20000


def test_full_transmit_ram_copies_the_rest(bulk):
    host = bulk("--txRam=20000", "--rxRam=300000", "--bytes=1000000")["hosts"]["sender"]
    fallback = host["counts"]["fallback_bytes"]
    assert fallback == host["counts"]["bytes_copied"] > 0
    assert host["card_ram"]["tx"]["fallbacks"] > 0
    assert host["card_ram"]["tx"]["peak_bytes"] <= 20000
    assert host["bus_payload_bytes"]["to_card"] == host["bytes_written"] == 1000000


def test_card_ram_is_split_by_the_profiles_share(bulk):
    ram = bulk("--cardRam=640000", "--duration=0.01")["hosts"]["sender"]["card_ram"]
    assert ram["tx"]["capacity_bytes"] == 640000 * 21 // 64 // 256 * 256
    assert ram["rx"]["capacity_bytes"] == 640000 * 43 // 64 // 256 * 256


def test_profiles_of_two_hosts(bulk):
    record = bulk("--receiverProfile=ideal", "--duration=0.05")
    assert record["hosts"]["sender"]["cpu_utilization"] > 0
    assert record["hosts"]["receiver"]["cpu_utilization"] == 0


@pytest.mark.parametrize(
    "options, said",
    [
        (["--path=stock", "--cardRam=100000"], "--cardRam has no effect on path stock"),
        (["--path=offload", "--wait=spin"], "--wait has no effect on path offload"),
        (["--path=stock", "--ramOverTime=on"], "--ramOverTime has no effect on path stock"),
        (["--wait=spin"], ""),
    ],
)
def test_nothing_is_ignored_in_silence(options, said):
    done = subprocess.run(
        [str(BULK), *options, "--duration=0.01", "--json=-"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == (f"note: {said}\n" if said else "")


def test_options_describe_themselves():
    done = subprocess.run([str(BULK), "--describe=on"], capture_output=True, text=True, check=True)
    traffic = {option["name"]: option["traffic"] for option in json.loads(done.stdout)["options"]}
    assert all(traffic[name] for name in ("flows", "writeSize", "appRate", "lossRate"))
    system = (
        "path",
        "profile",
        "senderProfile",
        "cardRam",
        "txRam",
        "wait",
        "data",
        "json",
        "seed",
    )
    assert not any(traffic[name] for name in system)


@pytest.mark.parametrize("path", ["stock", "payload-cache"])
def test_check_runs_nothing(tmp_path, path):
    words = [f"--path={path}", "--check=on", "--json=record.json", "--pcap=wire", "--lossRate=0.1"]
    done = subprocess.run(
        [str(BULK), *words], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout == "" and not list(tmp_path.iterdir())


def test_check_refuses_what_a_run_refuses(refused):
    profiles_ram = "--ns3::PayloadCacheNetDevice::RxRam=9000"
    assert "frame of 9014 bytes" in refused("--check=on", "--mtu=9000", profiles_ram)


def test_ram_over_time_has_the_mean(bulk):
    record = bulk("--ramOverTime=on", "--warmup=0.05", "--duration=0.1")
    for host in record["hosts"].values():
        for side in host["card_ram"].values():
            spans = side["over_time"]["mean_bytes"]
            lengths = [side["over_time"]["interval_s"]] * (len(spans) - 1)
            lengths.append(record["duration_s"] - sum(lengths))
            total = sum(mean * length for mean, length in zip(spans, lengths))
            # spans are of ns-3's clock, in which a block comes or goes up to 1 ns after the host's
            frames = host["counts"]["frames_sent"] + host["counts"]["frames_received"]
            late = 1e-9 * 2 * frames * 1536
            assert total == pytest.approx(
                side["mean_bytes"] * record["duration_s"], rel=1e-6, abs=late
            )
            assert 128 <= len(spans) <= 256
