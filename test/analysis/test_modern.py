"""A host of today: what runs on it have to show, and what the tool makes of them."""

from __future__ import annotations

import re

import pytest

from analysis import (
    honesty,
    lengths,
    measures,
    quantities,
    ram_need,
    sensitivity,
    trace_events,
)
from analysis.comparison import FULL, SWEPT, Group, Plan, Setting
from analysis.plots import timeline as plot
from analysis.sensitivity import Variation
from conftest import ROOT, read_profile, run_bulk

MODERN = "xeon-100g"
SHORT = ("--profile=xeon-100g", "--warmup=0.002", "--duration=0.005")
PATHS = ("conventional", "offload", "payload-cache")


@pytest.fixture(scope="module", name="records")
def run_paths():
    """A record of each path."""
    return {path: run_bulk(*SHORT, f"--path={path}") for path in PATHS}


# -- The order of frames --


@pytest.mark.parametrize("queues", [1, 2])
@pytest.mark.parametrize("engines", [1, 2])
def test_nothing_overtakes_on_a_link_without_losses(engines, queues):
    """Copied units and those on the card share engines and queues: TCP takes disorder for loss."""
    record = run_bulk(
        "--profile=xeon-100g",
        "--source=warm",
        "--duration=0.02",
        f"--ns3::PayloadCacheNetDevice::DmaEngines={engines}",
        f"--ns3::PayloadCacheNetDevice::DmaQueues={queues}",
    )
    sender = record["hosts"]["sender"]
    assert 0 < sender["counts"]["fallback_bytes"] < sender["bytes_written"]
    assert sender["segments_retransmitted"] == 0


def test_what_a_full_card_passes_on_lands_in_the_cache():
    """The window is less than the DDIO share: nothing that was received can have left it."""
    options = ("--rcvBuf=1048576", "--rxRam=65536", "--duration=0.005")
    receiver = run_bulk("--profile=xeon-100g", *options)["hosts"]["receiver"]
    assert receiver["card_ram"]["rx"]["fallbacks"] > 100
    assert receiver["llc"]["miss_fraction"] == 0
    assert receiver["memory_bytes"]["source_read"]["dram"] == 0


# -- Lengths --


@pytest.mark.parametrize(
    "text, rate", [("100Gbps", 1e11), ("2.5Gb/s", 2.5e9), ("9600bps", 9600), ("fast", None)]
)
def test_rates_are_read(text, rate):
    assert lengths.bits_a_second(text) == rate


def test_runs_are_shorter_on_faster_links():
    assert lengths.link_rate(MODERN, {}) == 1e11
    assert lengths.link_rate(MODERN, {"linkRate": "1Gbps"}) == 1e9
    assert lengths.scaled(FULL, 1e8) == lengths.scaled(FULL, 1e9)
    assert lengths.scaled(FULL, 1e9) == {"warmup": "0.5", "duration": "1"}
    assert lengths.scaled(FULL, 1e11) == {"warmup": "0.02", "duration": "0.01"}
    assert lengths.scaled(SWEPT, 1e11) == {"warmup": "0.02", "duration": "0.0025"}


def test_a_comparison_takes_these_lengths():
    plan = Plan((MODERN,), PATHS, {}, 1)
    options = dict(plan.runs(MODERN, "offload", Setting("warm", "on"))[0].options)
    assert options["duration"] == "0.01"
    by_bytes = Plan((MODERN,), PATHS, {"bytes": "1000"}, 1)
    assert "duration" not in dict(
        by_bytes.runs(MODERN, "offload", Setting("warm", "on"))[0].options
    )


# -- Quantities and bounds --


def test_quantities_of_merging_and_of_cores(records):
    def of(name, path="offload"):
        return quantities.find(name).of(records[path])

    receiver = records["offload"]["hosts"]["receiver"]
    counts = receiver["counts"]
    segments = counts["segments_received"] / counts["units_received"]
    assert of("segments_unit") == of("segments_unit.receiver") == pytest.approx(segments)
    assert of("bytes_unit") == pytest.approx(
        counts["payload_bytes_received"] / counts["units_received"]
    )
    assert of("llc_miss.receiver") == 100 * receiver["llc"]["miss_fraction"]
    hz = read_profile(MODERN)["Frequency"]
    assert of("cycles.receiver") == pytest.approx(of("cpu.receiver") * hz / 1e9)
    assert of("core_goodput.receiver") == pytest.approx(1e3 / of("cpu.receiver"))
    assert of("busiest_core") == pytest.approx(of("cpu_percent"))  # there is one core
    assert of("interrupts.receiver") == receiver["interrupts"] / 0.005
    assert of("dma_wait") >= of("dma_wait.receiver") >= 0
    assert quantities.find("core_goodput").better == "more"


def test_a_miss_fraction_is_told_in_percent():
    forced = run_bulk(*SHORT, "--path=offload", "--llcMiss=0.5")
    assert quantities.find("llc_miss.receiver").of(forced) == pytest.approx(50, abs=1)


def test_a_timeline_has_a_lane_a_core_and_a_dma_a_unit(tmp_path):
    file = tmp_path / "run.json"
    two = ("--cores=2", "--rxQueues=2", "--flows=2", "--bytes=400000")
    record = run_bulk("--profile=xeon-100g", "--path=offload", *two, f"--timeline={file}")
    shown = trace_events.read(file, 0, 1e9)
    sender = next(host for host in shown.hosts.values() if host.name.startswith("sender"))
    lanes = {lane.name: lane.slices for lane in sender.lanes.values()}
    assert {"process CPU, core 0", "process CPU, core 1"} <= lanes.keys()
    assert {"interrupt CPU, core 0", "interrupt CPU, core 1"} <= lanes.keys()
    assert {"DMA to the card", "DMA to the card, number 2"} <= lanes.keys()
    moves = [
        piece.name for name in lanes if name.startswith("DMA to the card") for piece in lanes[name]
    ]
    units = [name for name in moves if name.startswith("DMA unit")]
    counts = record["hosts"]["sender"]["counts"]
    assert 0 < len(units) <= counts["units_sent"] < counts["frames_sent"] / 2
    assert plot.looks_of(units[0])[1] == "unit of frames"


def test_one_busy_core_of_several_is_the_bound():
    """Two flows on one core of two: the other is idle, and the busy one is exhausted."""
    record = run_bulk(
        "--profile=xeon-100g",
        "--path=offload",
        "--source=warm",
        "--cores=2",
        "--rxQueues=1",
        "--warmup=0.02",
        "--duration=0.005",
    )
    receiver = record["hosts"]["receiver"]
    assert max(receiver["core_utilization"]) > measures.FULL > receiver["cpu_utilization"]
    assert measures.bound(record) == "the receiver's busiest core"


def test_all_cores_busy_are_the_cpu():
    record = {"hosts": {"receiver": {"core_utilization": [1.0, 0.99], "drops": {}}}}
    host = record["hosts"]["receiver"]
    host |= {"bus_utilization": {"to_host": 0.1}, "memory_utilization": 0.0}
    host |= {"card_utilization": {"processor": 0.0, "ram": 0.0}}
    record |= {"goodput_bps": 1e9, "parameters": {"mtu": 9000, "linkRate": 1e11}}
    assert measures.loads(record)["the receiver's CPU"] == 1.0
    host["core_utilization"] = [1.0, 0.2]
    assert measures.loads(record)["the receiver's busiest core"] == 1.0


def test_a_full_ring_is_the_bound():
    small = "--ns3::PayloadCacheNetDevice::RxRing=16"
    record = run_bulk(*SHORT, "--path=offload", small)
    assert "rx_ring_full" in measures.bound(record)


# -- What a figure hangs on --

ONE, TWO = Variation("A", 2, "a", "2"), Variation("B", 0.5, "b", "0.5")


@pytest.mark.parametrize(
    "base, figures, expected",
    [
        (100, {ONE: 150, TWO: 40}, (TWO, 40)),
        (100, {ONE: 250, TWO: 41}, (ONE, 250)),
        (100, {ONE: None, TWO: 1}, (ONE, None)),  # never is further than any size
        (None, {ONE: None, TWO: 70}, (TWO, 70)),
        (None, {ONE: None, TWO: None}, None),
        (100, {ONE: 100, TWO: 100}, None),
        (100, {}, None),
    ],
)
def test_the_variation_that_moves_a_figure_most(base, figures, expected):
    assert sensitivity.most(base, figures) == expected


def test_differences_are_told_by_their_distance():
    assert sensitivity.furthest_by_difference(-1.0, {ONE: 2.0, TWO: -5.0}) == (TWO, -5.0)
    assert sensitivity.furthest_by_difference(0.0, {ONE: 0.0}) is None


def test_variations_are_half_and_twice(records):
    given = records["payload-cache"]["parameters"]
    varied = {(v.name, v.factor): v for v in sensitivity.variations(given)}
    assert varied["DmaSubmit", 2].value == "4000"
    assert varied["DmaSubmit", 2].option == "ns3::HostModel::DmaSubmit"
    assert varied["BusLatency", 0.5].value == "206.5ns"
    assert varied["PcieGen", 2].value == "4"
    assert ("IommuMap", 2) not in varied  # of a cost of 0 there is neither half nor twice
    run_bulk(*SHORT, *(f"--{v.option}={v.value}" for v in varied.values() if v.factor == 2))


def test_every_line_of_the_costs_is_varied():
    text = (ROOT / "profiles" / f"{MODERN}.txt").read_text()
    lines = set(re.findall(r'^ns3::HostModel::(\w+) "[^"]* cycles(?:/byte)?"', text, re.MULTILINE))
    assert len(lines) == 35
    assert lines <= set(sensitivity.CANDIDATES)
    assert len(sensitivity.CANDIDATES) == len(set(sensitivity.CANDIDATES))


def test_variations_of_the_clock(records):
    given = records["payload-cache"]["parameters"]
    values = {v.factor: v.value for v in sensitivity.variations(given) if v.name == "Frequency"}
    assert {factor: float(value) for factor, value in values.items()} == {0.5: 1.7e9, 2: 6.8e9}


def test_break_even_hangs_on_what_the_closed_form_says():
    """At the profile's figures, by hand: 0.46 W = 2000 ceil(W/64Ki) + 200 ceil(W/4096) + ..."""
    p = read_profile(MODERN)

    def size(copy: float) -> int:
        wait = p["Interrupt"] + p["WakeUp"] + 2 * p["ContextSwitch"] + p["DmaComplete"]
        for at in range(1, 1 << 18):
            cost = p["DmaSubmit"] * -(-at // 65536) + wait
            cost += (p["PagePin"] + p["PageUnpin"]) * -(-at // 4096)
            cost += (p["DmaGather"] + p["RamRelease"]) * -(-at // (7 * 8948))  # a unit
            if copy * at > cost:
                return at
        raise AssertionError

    for factor in (1, 0.5):
        copy = factor * p["CopyCold"]
        record = run_bulk(
            "--profile=xeon-100g", "--bytes=65536", f"--ns3::HostModel::CopyCold={copy}"
        )
        assert honesty.break_even(record, "write") == pytest.approx(size(copy), rel=0.02)


# -- Card RAM --


def test_card_ram_by_the_closed_form():
    # 1000 MB/s x 1 ms are 1 MB; a piece of 1000 bytes takes 1024
    assert ram_need.closed_form(1000, 1e-3, 1000, 256) == pytest.approx(1.024e6)


def test_the_smallest_ram_is_one_that_all_larger_ones_agree_with():
    assert ram_need.smallest({1: 50, 2: 92, 4: 89, 8: 99, 16: 100}, 100) == 8
    assert ram_need.smallest({1: 50, 2: 60}, 100) is None


@pytest.mark.parametrize("name", ["cardRam", "ns3::PayloadCacheNetDevice::CardRam"])
def test_runs_with_less_transmit_ram_are_taken_where_the_whole_was_given(name):
    plan = Plan((MODERN,), PATHS, {name: "67108864"}, 1)
    run = honesty.Runs(plan, Group(MODERN, Setting("warm", "on"), {})).ram(1e-5, 1 << 20)
    assert ("txRam", str(1 << 20)) in run.options
    short = [word for word in run.words() if not re.match("--(warmup|duration)=", word)]
    run_bulk(*short, "--warmup=0", "--duration=0.001")  # which refuses what does not go together


def test_what_is_run_and_what_is_reckoned():
    assert ram_need.is_feasible(8000, 1e-3) and not ram_need.is_feasible(8001, 1e-3)
    reckoned = ram_need.need(10e-3, plenty_record(), {}, 1000.0)
    assert not reckoned.simulated and reckoned.rate == 1000.0
    assert reckoned.ram == pytest.approx(10e6)
    run = ram_need.need(1e-4, plenty_record(), {1 << 20: plenty_record()}, 1000.0)
    assert run.simulated and run.ram == 1 << 20


def plenty_record() -> dict:
    """A record of 1000 MB/s, as far as card RAM is concerned."""
    return {
        "goodput_bps": 8e9,
        "parameters": {
            "writeSize": 65536,
            "mtu": 9000,
            "linkRate": 1e11,
            "sender.DataPath.WritePiece": "65536",
            "sender.PayloadCacheNetDevice.Granule": "256",
        },
    }


def test_a_sender_with_the_ram_that_is_named_is_as_fast_as_with_plenty():
    """Little's law on the card where hosts cost nothing: the closed form, at the link's rate."""
    rtt = 1e-3
    base = ("--profile=ideal", "--path=payload-cache", "--linkRate=10Gbps", "--mtu=9000")
    base += ("--tso=on", "--gro=on", "--sndBuf=16777216", "--rcvBuf=8388608", "--writeSize=4096")
    base += ("--warmup=0.01", "--duration=0.01", "--ns3::PayloadCacheNetDevice::TxRing=8192")
    length = {}
    options = {**ram_need.options(rtt, ram_need.PLENTY, length)}
    rate = measures.goodput(run_bulk(*base, *(f"--{k}={v}" for k, v in options.items())))
    ram = ram_need.closed_form(rate, rtt, 4096, 256)
    half = ram_need.options(rtt, int(ram / 2), length)
    slow = measures.goodput(run_bulk(*base, *(f"--{k}={v}" for k, v in half.items())))
    assert slow == pytest.approx(rate / 2, rel=0.06)
    enough = ram_need.options(rtt, int(1.1 * ram), length)
    fast = measures.goodput(run_bulk(*base, *(f"--{k}={v}" for k, v in enough.items())))
    assert fast > ram_need.AS_FAST * rate


def moderated(rtt: float, ram: int) -> float:
    """The goodput of hosts that cost nothing, but whose cards hold interrupts back, MB/s."""
    device = "--ns3::PayloadCacheNetDevice::"
    base = ("--profile=ideal", "--path=payload-cache", "--linkRate=100Gbps", "--mtu=9000")
    base += ("--tso=on", "--gro=on", "--sndBuf=8388608", "--rcvBuf=4194304")
    base += (f"{device}RxModerationDelay=20us", f"{device}RxModerationFrames=64")
    base += (f"{device}PollBudget=64", f"{device}TxRing=8192")
    options = ram_need.options(rtt, ram, {"warmup": "0.01", "duration": "0.005"})
    return measures.goodput(run_bulk(*base, *(f"--{k}={v}" for k, v in options.items())))


def test_own_time_of_one_round_trip_foretells_the_ram_of_another():
    """Moderation is a time of the hosts' own: without it the closed form is too little at both."""
    most = moderated(10e-6, ram_need.PLENTY)
    runs = {size: moderated(10e-6, size) for size in ram_need.SIZES[:8]}
    enough = ram_need.smallest(runs, most)
    assert enough is not None
    own = ram_need.least_own_time(enough, most, 10e-6, 65536, 256)  # the most, as it is enough

    def with_ram_for(rtt: float, more: float) -> float:
        return moderated(rtt, int(ram_need.closed_form(most, rtt + more, 65536, 256)))

    assert with_ram_for(10e-6, 0) < most / 2
    assert with_ram_for(100e-6, 0) < ram_need.AS_FAST * most
    assert with_ram_for(100e-6, own) > ram_need.AS_FAST * most


def slow_record() -> dict:
    """A record of 500 MB/s."""
    return plenty_record() | {"goodput_bps": 4e9}


def test_ram_at_the_links_rate_has_the_hosts_own_time():
    """64 KiB are too little at 1000 MB/s: at least 65.536 us, 55.536 of them the hosts'."""
    runs = {1 << 15: slow_record(), 1 << 16: slow_record(), 1 << 17: plenty_record()}
    need = ram_need.need(1e-5, plenty_record(), runs, 1000.0)
    assert need.ram == 1 << 17
    assert need.own_time == pytest.approx(55.536e-6)
    assert need.link_rate == pytest.approx(12.5e3 * 8948 / 9038)
    assert need.link_ram == pytest.approx(need.link_rate * 65.536)  # MB/s x us
    assert "own time, at least 56 us" in honesty.reckoned(need)
    assert "10 us most" in honesty.ram_hangs_on([need])


def test_own_time_that_no_run_tells():
    all_enough = ram_need.need(1e-5, plenty_record(), {1 << 17: plenty_record()}, 1000.0)
    assert all_enough.own_time is None
    none_enough = ram_need.need(1e-5, plenty_record(), {1 << 17: slow_record()}, 1000.0)
    assert none_enough.ram is None and none_enough.own_time == pytest.approx(121.072e-6)
    reckoned = ram_need.need(1e-2, plenty_record(), {}, 1000.0)
    assert reckoned.own_time is None and "not known" in honesty.reckoned(reckoned)
    assert reckoned.link_ram == pytest.approx(reckoned.link_rate * 1e4)
    long = ram_need.need(1e-3, plenty_record(), {1 << 17: slow_record()}, 1000.0)
    assert long.own_time == 0 and long.link_ram == pytest.approx(long.link_rate * 1e3)


def test_granules_are_no_time_of_the_hosts():
    # 1024 bytes of card RAM a piece of 1000: 102,400 bytes are 100 us at 1000 MB/s
    own = ram_need.least_own_time(102_400, 1000.0, 40e-6, 1000, 256)
    assert own == pytest.approx(60e-6)


def test_what_is_out_of_reach_counts_the_hosts_own_time():
    runs = {1 << 16: slow_record(), 1 << 17: plenty_record()}
    needs = [ram_need.need(1e-5, plenty_record(), runs, 1000.0)]
    card = {"hosts": {"sender": {"card_ram": {"tx": {"capacity_bytes": 1 << 19}}}}}
    head = Group(MODERN, Setting("warm", "on"), {"payload-cache": [card]})
    found = honesty.Verdict({}, needs=needs)
    # rate x round trip alone, 124 kB, would be within these 512 KiB
    (said,) = honesty.out_of_reach(head, found)
    assert said.startswith("round trips of 10 us at the link's rate with 512 KiB")
    assert ram_need.closed_form(needs[0].link_rate, 1e-5, 65536, 256) < 1 << 19


def test_ram_lines_name_what_is_a_closed_form():
    runs = {1 << 16: slow_record(), 1 << 17: plenty_record()}
    needs = [
        ram_need.need(1e-5, plenty_record(), runs, 1000.0),
        ram_need.need(1e-2, plenty_record(), {}, 1000.0),
    ]
    title, short, long, hangs = honesty.ram_lines(honesty.Verdict({}, needs=needs))
    assert "within a tenth of its full speed" in title and ram_need.AS_FAST == 0.9
    assert "128 KiB at 1000 MB/s (simulated)" in short and "(rate x round trip and" in short
    assert "both rate x round trip" in long and "simulated" not in long
    assert "by the closed form" in hangs
