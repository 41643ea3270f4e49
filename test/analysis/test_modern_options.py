"""Options of a modern host that stand by themselves: VLAN tags, busy polling, doorbells, marks."""

import subprocess

import pytest
from closed_forms import HEADERS
from conftest import BUILD, read_profile, run_bulk, run_scenario

TAG = 4  # bytes, IEEE 802.1Q
MODERN = "--profile=xeon-100g"
SENT = ("--bytes=2000000", "--delay=10us")


# -- VLAN --


def test_a_tag_takes_its_share_of_the_link():
    record = run_bulk("--vlan=on", "--path=offload")
    assert record["goodput_bps"] == pytest.approx(100e6 * 1448 / (1448 + HEADERS + 38 + TAG), 0.005)


@pytest.mark.parametrize("path", ["offload", "payload-cache"])
def test_a_tag_crosses_the_bus_with_each_frame(path):
    tagged = run_bulk("--vlan=on", f"--path={path}", "--bytes=500000")["hosts"]
    plain = run_bulk(f"--path={path}", "--bytes=500000")["hosts"]
    for role in ("sender", "receiver"):
        counts = tagged[role]["counts"]
        frames = {"to_card": counts["frames_sent"], "to_host": counts["frames_received"]}
        assert counts["vlan_frames"] == sum(frames.values())
        assert plain[role]["counts"]["vlan_frames"] == 0
        for direction, count in frames.items():
            assert counts["dma_jobs"] == plain[role]["counts"]["dma_jobs"]
            more = tagged[role]["bus_bytes"][direction] - plain[role]["bus_bytes"][direction]
            assert more == TAG * count


# -- Busy polling --

REQUESTS = 200


def requests(*options: str) -> dict:
    """A closed loop of one connection."""
    return run_scenario(
        "request-response", MODERN, "--path=offload", f"--requests={REQUESTS}", *options
    )


def test_a_process_that_waits_for_its_message_sleeps():
    record = requests()
    for host in record["hosts"].values():
        # away and back, for each message
        assert host["context_switches"] == pytest.approx(2 * REQUESTS, abs=4)
        assert host["counts"]["wake_ups"] == pytest.approx(REQUESTS, abs=2)


def test_busy_polling_saves_interrupts_wake_ups_and_switches():
    asleep = requests()
    polling = requests("--busyPoll=1ms")
    for host in polling["hosts"].values():
        assert host["context_switches"] <= 4
        assert host["interrupts"] <= 8  # of connecting and closing
        assert host["core_utilization"][0] > 0.95
    # each way a message is read sooner by the wake-up and the two switches at least
    costs = read_profile("xeon-100g")
    saved = (costs["WakeUp"] + 2 * costs["ContextSwitch"]) / costs["Frequency"] * 1e6
    latency = {
        name: r["scenario"]["latency_us"]["mean"]
        for name, r in {"asleep": asleep, "polling": polling}.items()
    }
    assert latency["asleep"] - latency["polling"] > 2 * saved


def test_busy_polling_gives_up_when_its_time_is_over():
    # no answer comes within a microsecond: each wait is polled for that long, and then slept
    record = requests("--busyPoll=1us", "--delay=50us")
    for host in record["hosts"].values():
        assert host["context_switches"] == pytest.approx(2 * REQUESTS, abs=4)
        assert host["counts"]["busy_polls"] == pytest.approx(REQUESTS, abs=4)
        assert host["cpu_seconds"]["spin"] == pytest.approx(REQUESTS * 1e-6, rel=0.03)


# -- Doorbells --


def test_units_of_one_burst_share_a_doorbell():
    options = (MODERN, "--path=offload", "--mtu=1500", *SENT)
    batched = run_bulk(*options, "--ns3::PayloadCacheNetDevice::BatchDoorbells=true")
    single = run_bulk(*options)
    ours, theirs = (record["hosts"]["sender"] for record in (batched, single))
    assert theirs["counts"]["doorbells"] >= theirs["counts"]["units_sent"]
    assert ours["counts"]["doorbells"] < ours["counts"]["units_sent"]
    assert batched["goodput_bps"] == pytest.approx(single["goodput_bps"], rel=0.05)


# -- Marks --

UPLOAD = (
    MODERN,
    "--path=offload",
    "--clients=4",
    "--concurrent=4",
    "--largest=1000000",
    "--direction=upload",
    "--slowdown=off",
    "--switchBuffer=4000000",
    "--delay=5us",
    "--duration=0.005",
    "--warmup=0.002",
)
DCTCP = ("--ns3::TcpL4Protocol::SocketType=ns3::TcpDctcp", "--ns3::TcpSocketBase::UseEcn=On")


@pytest.mark.parametrize("data", ["accounting", "bytes"])
def test_dctcp_is_marked_where_the_switch_marks(data):
    marked = run_scenario("load", *UPLOAD, *DCTCP, "--switchMark=200000", f"--data={data}")
    assert marked["scenario"]["switch_marks"] > 0
    assert marked["scenario"]["switch_drops"] == 0
    assert run_scenario("load", *UPLOAD, *DCTCP)["scenario"]["switch_marks"] == 0


def test_senders_without_ecn_are_not_marked():
    assert run_scenario("load", *UPLOAD, "--switchMark=200000")["scenario"]["switch_marks"] == 0


def test_a_threshold_that_no_queue_reaches_is_refused():
    done = subprocess.run(
        [str(BUILD / "bin" / "load"), "--switchMark=300000"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "switchBuffer" in done.stderr


# -- What has to hold whatever the traffic --

BULK = (MODERN, "--duration=0.004", "--warmup=0.004")


@pytest.mark.parametrize("path", ["conventional", "payload-cache"])
def test_busy_polling_does_not_stand_in_its_own_way(path):
    asleep = run_bulk(f"--path={path}", *BULK)["goodput_bps"]
    for span in ("20us", "1ms"):
        polling = run_bulk(f"--path={path}", *BULK, f"--busyPoll={span}")["goodput_bps"]
        assert polling > 0.95 * asleep


@pytest.mark.parametrize("path", ["conventional", "payload-cache"])
def test_processes_of_one_core_poll_one_after_the_other(path):
    """A queue has one poller at a time; who finds it taken sleeps, and reads its bytes all the same."""
    crowd = ("--flows=3", "--busyPoll=1ms", "--data=bytes")
    record = run_bulk(f"--path={path}", *BULK, *crowd)
    assert record["compared"]["wrong"] == 0
    assert all(flow["bytes"] > 0 for flow in record["flows"])


def test_a_request_is_written_while_its_process_polls():
    open_loop = (MODERN, "--path=conventional", "--rate=5000", "--duration=0.02", "--warmup=0.001")
    asleep = run_scenario("request-response", *open_loop)
    polling = run_scenario("request-response", *open_loop, "--busyPoll=5ms")
    latency = [r["scenario"]["latency_us"]["mean"] for r in (polling, asleep)]
    assert latency[0] < latency[1]


def test_what_a_read_fetches_lands_in_the_cache():
    hosts = run_bulk("--path=payload-cache", *BULK, "--cardRam=67108864")["hosts"]
    dma = hosts["receiver"]["memory_bytes"]["dma"]
    assert hosts["receiver"]["counts"]["read_pieces"] > 0
    assert dma["dram"] < 0.05 * dma["cache"]  # what is in flight fits the share


@pytest.mark.parametrize("placement", ["same", "other"])
def test_without_own_costs_no_wait_costs_an_interrupt(placement):
    waits = ("--cores=2", "--ownCosts=none", "--wait=sleep", "--readSize=9000")
    host = run_bulk(*BULK, *waits, f"--placement={placement}")["hosts"]["receiver"]
    costs = read_profile("xeon-100g")
    assert host["counts"]["dma_sleeps"] > 500
    most = host["interrupts"] - host["counts"]["dma_sleeps"] + host["counts"]["polls"]
    assert host["cpu_seconds"]["interrupt"] <= most * costs["Interrupt"] / costs["Frequency"] * 1.01


@pytest.mark.parametrize("ring, mtu", [("7", "9000"), ("43", "1500")])
def test_a_ring_smaller_than_a_unit_goes_on(ring, mtu):
    record = run_bulk(
        MODERN,
        "--path=offload",
        f"--mtu={mtu}",
        f"--ns3::PayloadCacheNetDevice::TxRing={ring}",
        "--bytes=3000000",
    )
    assert record["hosts"]["receiver"]["bytes_read"] == 3000000


def test_rings_without_a_limit_post_no_buffers():
    posted = ("--ns3::HostModel::PostedInLlc=true", "--ns3::PayloadCacheNetDevice::RxRing=0")
    record = run_bulk("--path=conventional", *BULK, *posted, "--rcvBuf=1048576")
    assert record["hosts"]["receiver"]["llc"]["miss_fraction"] == 0
