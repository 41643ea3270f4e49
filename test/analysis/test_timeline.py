"""Timelines: they are true to the ledger, change nothing, and are whole or not there."""

from __future__ import annotations

import bisect
import json
import re
import resource
import subprocess
from collections import defaultdict
from decimal import Decimal

import jsonschema
import pytest

from matplotlib import pyplot as plt

from analysis import trace_events
from analysis.errors import UserError
from analysis.plots import timeline as plot
from conftest import BUILD, BULK, ROOT, run_bulk, run_scenario
from pictures import check_words

WINDOW = ("--warmup=0.002", "--duration=0.003", "--timelineFrom=2ms", "--timelineTo=5ms")
PCIE = ("--ns3::HostModel::BusKind=Pcie", "--linkRate=10Gbps", "--mtu=9000")
# Every path, a bus of either kind, buses that are shared, losses, real bytes, a small card
CASES = {
    "payload-cache": (),
    "conventional": ("--path=conventional",),
    "pcie": PCIE,
    "pcie conventional": (*PCIE, "--path=conventional"),
    "shared": ("--flows=3", "--ns3::PayloadCacheNetDevice::DmaEngines=2", "--wait=spin"),
    "lossy": ("--lossRate=0.02", "--data=bytes", "--cardRam=60000", "--whenFull=copy"),
    "memory": ("--ns3::HostModel::MemoryBandwidth=2e8", "--path=offload"),
}
MICRO = Decimal("0.000001")  # a picosecond, in microseconds

NUMBER = {"type": "number", "minimum": 0}
COMMON = {"pid": {"type": "integer", "minimum": 1}, "name": {"type": "string", "minLength": 1}}
THREAD = {"tid": {"type": "integer", "minimum": 1}, "ts": NUMBER}


def event_schema(phase: str, required: list[str], properties: dict) -> dict:
    """The schema of the events of a phase (Google's "Trace Event Format")."""
    return {
        "properties": {"ph": {"const": phase}, **COMMON, **properties},
        "required": ["ph", "pid", *required],
        "additionalProperties": False,
    }


ARROW = {**THREAD, "cat": {"const": "skbuff"}, "id": {"type": "integer", "minimum": 1}}
ARGS = {"args": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}}}
SCHEMAS = {
    "M": event_schema("M", ["name", "args"], {"tid": THREAD["tid"], "args": {"type": "object"}}),
    "X": event_schema("X", ["name", "tid", "ts", "dur", "args"], {**THREAD, "dur": NUMBER, **ARGS}),
    "B": event_schema("B", ["name", "tid", "ts", "args"], {**THREAD, **ARGS}),
    "E": event_schema("E", ["tid", "ts"], THREAD),
    "i": event_schema("i", ["name", "tid", "ts", "s"], {**THREAD, "s": {"const": "t"}}),
    "C": event_schema("C", ["name", "ts", "args"], {"ts": NUMBER, **ARGS}),
    "s": event_schema("s", ["name", "tid", "ts", "cat", "id"], ARROW),
    "t": event_schema("t", ["name", "tid", "ts", "cat", "id"], ARROW),
    "f": event_schema(
        "f", ["name", "tid", "ts", "cat", "id", "bp"], {**ARROW, "bp": {"const": "e"}}
    ),
}


class Recorded:
    """A run and its timeline, read without the product's own reader."""

    def __init__(self, folder, *options: str, program: str = "bulk-transfer"):
        self.file = folder / "run.json"
        options = (*options, f"--timeline={self.file}")
        if program == "dumbbell":  # it writes no record
            subprocess.run(
                [str(BUILD / "bin" / program), *options], check=True, capture_output=True
            )
        else:
            self.record = run_scenario(program, *options)
        text = self.file.read_text()
        self.events = json.loads(text, parse_float=Decimal)["traceEvents"]
        self.hosts: dict[int, str] = {}
        self.lanes: dict[int, tuple[str, str]] = {}  # by number: host and name
        names = {e["pid"]: e["args"]["name"] for e in self.of("M") if e["name"] == "process_name"}
        self.hosts = {pid: name.split(",")[0] for pid, name in names.items()}
        for event in self.of("M"):
            if event["name"] == "thread_name":
                self.lanes[event["tid"]] = (self.hosts[event["pid"]], event["args"]["name"])

    def of(self, phases: str) -> list[dict]:
        """The events of some phases, by time and as they stand in the file."""
        return sorted((e for e in self.events if e["ph"] in phases), key=lambda e: e.get("ts", 0))

    def slices(self) -> dict[int, list[tuple]]:
        """By lane: begin, end, name and arguments of its slices."""
        found, stacks = defaultdict(list), defaultdict(list)
        for event in self.of("XBE"):
            lane = event["tid"]
            if event["ph"] == "X":
                end = event["ts"] + event["dur"]
                found[lane].append((event["ts"], end, event["name"], event["args"]))
            elif event["ph"] == "B":
                stacks[lane].append(event)
            else:
                begun = stacks[lane].pop()
                found[lane].append((begun["ts"], event["ts"], begun["name"], begun["args"]))
        assert not any(stacks.values()), "a slice that has no end"
        for pieces in found.values():
            pieces.sort(key=lambda piece: (piece[0], -piece[1]))
        return found

    def arrows(self) -> dict[int, list[dict]]:
        """By number: the points of an arrow, as Perfetto orders them."""
        found = defaultdict(list)
        for event in self.of("stf"):
            found[event["id"]].append(event)
        return found

    def named(self, host: str, *beginnings: str) -> list[int]:
        """A host's lanes whose names begin so."""
        return [
            lane
            for lane, (owner, name) in self.lanes.items()
            if owner == host and name.startswith(beginnings)
        ]


@pytest.fixture(scope="module", params=CASES, name="recorded")
def record_a_window(request, tmp_path_factory):
    """A run of each case, counted and recorded over the same span."""
    return Recorded(tmp_path_factory.mktemp("timeline"), *CASES[request.param], *WINDOW)


@pytest.fixture(scope="module", name="whole")
def record_a_whole_run(tmp_path_factory):
    """A short run from its first frame to its last, whose reads take several segments."""
    moderation = ("Frames=4", "Delay=1ms")
    card = [f"--ns3::PayloadCacheNetDevice::RxModeration{value}" for value in moderation]
    folder = tmp_path_factory.mktemp("timeline")
    return Recorded(folder, "--bytes=30000", "--writeSize=10000", "--appRate=20Mbps", *card)


def test_events_are_trace_events(recorded):
    validators = {phase: jsonschema.Draft7Validator(schema) for phase, schema in SCHEMAS.items()}
    shapes = {}  # one event of each kind of members
    for event in recorded.events:
        shapes[(event["ph"], event.get("name"), *event, *event.get("args", ()))] = event
        assert event.get("ts", 0) >= 0
    for event in shapes.values():
        validators[event["ph"]].validate(event)
    assert {e["ph"] for e in recorded.events} >= set("MXBECstf")


def test_cpu_lanes_add_up_to_the_ledger(recorded):
    slices = recorded.slices()
    for host, record in recorded.record["hosts"].items():
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for lane in recorded.named(host, "process CPU", "interrupt CPU"):
            for begin, end, name, _ in slices[lane]:
                sums[name] += end - begin
        for category, seconds in record["cpu_seconds"].items():
            if category != "idle":
                assert sums.pop(category, 0) / MICRO == round(seconds * 1e12), (host, category)
        assert not sums, "categories that the ledger does not have"


def test_bus_lanes_add_up_to_busy_time(recorded):
    slices = recorded.slices()
    for host, record in recorded.record["hosts"].items():
        for way, share in record["bus_utilization"].items():
            lanes = recorded.named(host, f"bus {way.replace('_', ' the ')}", "bus, both ways")
            lanes = lanes or recorded.named(host, f"bus to the {way[3:]}")
            busy = sum(end - begin for lane in lanes for begin, end, *_ in slices[lane])
            assert busy / MICRO == round(share * recorded.record["duration_s"] * 1e12), (host, way)


def test_what_can_do_one_thing_at_a_time_does(recorded):
    for lane, pieces in recorded.slices().items():
        if recorded.lanes[lane][1].startswith("application"):
            continue
        for one, other in zip(pieces, pieces[1:]):
            assert one[1] <= other[0], recorded.lanes[lane]


def test_calls_lie_in_each_other_or_apart(recorded):
    for lane, pieces in recorded.slices().items():
        open_until: list[Decimal] = []
        for begin, end, *_ in pieces:
            while open_until and open_until[-1] <= begin:
                open_until.pop()
            assert not open_until or end <= open_until[-1], recorded.lanes[lane]
            open_until.append(end)


def near(pieces: list[tuple], at: Decimal) -> list[tuple]:
    """The last slices that begin by a time: what is open then is among them."""
    last = bisect.bisect_right(pieces, at, key=lambda piece: piece[0])
    return pieces[max(0, last - 8) : last]


def test_arrows_join_slices(recorded):
    slices = recorded.slices()
    joined = 0
    for points in recorded.arrows().values():
        assert [p["ph"] for p in points] == ["s", *["t"] * (len(points) - 2), "f"]
        assert len({p["name"] for p in points}) == 1
        for point in points:
            at = point["ts"]
            assert any(
                begin <= at <= end for begin, end, *_ in near(slices[point["tid"]], at)
            ), point
        joined += 1
    assert joined > 10


def test_nothing_is_outside_the_window(recorded):
    for event in recorded.of("XBEistfC"):
        assert 2000 <= event["ts"] <= 5000
        assert event["ts"] + event.get("dur", 0) <= 5000


def test_a_window_is_a_part_of_the_whole(tmp_path):
    """What a window shows is what the whole file has there, cut at its edges: the receiver's core
    is always busy, so that it is cut."""
    run = ("--bytes=500000", "--path=conventional", "--profile=pii450-tigon2-gbe-2001")
    part = Recorded(tmp_path, *run, "--timelineFrom=5ms", "--timelineTo=7ms")
    shown = part.slices()
    whole = Recorded(tmp_path, *run)
    places = {name: lane for lane, name in part.lanes.items()}
    compared = 0
    for lane, pieces in whole.slices().items():
        cut = [(max(b, 5000), min(e, 7000), name) for b, e, name, _ in pieces]
        cut = [piece for piece in cut if piece[0] < piece[1]]
        there = shown[places[whole.lanes[lane]]] if cut else []
        assert sorted(piece[:3] for piece in there) == sorted(cut), whole.lanes[lane]
        compared += len(cut)
    assert compared > 300


def lanes_on(whole: Recorded, points: list[dict]) -> list[tuple[str, str]]:
    """Host and name of the lanes that an arrow visits, without numbers."""
    lanes = [whole.lanes[point["tid"]] for point in points]
    return [(host, name.split(",")[0]) for host, name in lanes]


def test_each_byte_goes_from_write_to_read(whole):
    slices = whole.slices()
    covered = []
    for points in whole.arrows().values():
        if points[0]["name"] != "data":
            continue
        lanes = lanes_on(whole, points)
        assert lanes[0] == ("sender", "application")
        assert lanes[1] in (("sender", "process CPU"), ("sender", "interrupt CPU"))
        assert lanes[2:5] == [
            ("sender", "DMA to the card"),
            ("sender", "wire"),
            ("receiver", "DMA to the host"),
        ]
        assert lanes[5][1] in ("process CPU", "interrupt CPU")
        assert lanes[6:] == [("receiver", "application")]
        at, lane = points[1]["ts"], points[1]["tid"]
        (piece,) = [args for begin, end, _, args in slices[lane] if begin <= at < end]
        covered.append((piece["offset"], piece["offset"] + piece["bytes"]))
        (write,) = [
            args
            for begin, end, name, args in slices[points[0]["tid"]]
            if begin <= points[0]["ts"] <= end and name.startswith("write")
        ]
        assert write["offset"] <= piece["offset"] < write["offset"] + write["bytes"]
        (read,) = [
            args
            for begin, end, name, args in slices[points[-1]["tid"]]
            if begin <= points[-1]["ts"] <= end and name.startswith("read")
        ]
        assert read["offset"] < piece["offset"] + piece["bytes"]
        assert piece["offset"] < read["offset"] + read["bytes"]
    covered.sort()
    assert covered[0][0] == 0 and covered[-1][1] == 30000
    assert all(one[1] == other[0] for one, other in zip(covered, covered[1:]))


def test_acks_come_back_to_the_sender(whole):
    """An ACK's arrow begins where a segment is received, and ends in the sender's protocol work."""
    received = {
        (point["tid"], point["ts"])
        for points in whole.arrows().values()
        if points[0]["name"] == "data"
        for point in points[5:6]
    }
    answered = 0
    for points in whole.arrows().values():
        if points[0]["name"] == "ack" and (points[0]["tid"], points[0]["ts"]) in received:
            lanes = lanes_on(whole, points)
            assert lanes[2:5] == [
                ("receiver", "DMA to the card"),
                ("receiver", "wire"),
                ("sender", "DMA to the host"),
            ]
            assert lanes[5:] == [("sender", "interrupt CPU")]
            answered += 1
    # one of two segments at least (RFC 1122), and each write ends in a segment of its own
    assert answered >= len(received) // 2


def test_curves_follow_card_ram(whole):
    """The highest point of each curve is the record's peak, and all is given back at the end."""
    for host, record in whole.record["hosts"].items():
        pid = next(number for number, name in whole.hosts.items() if name == host)
        for side, key in (("transmit", "tx"), ("receive", "rx")):
            name = f"card RAM, {side}, B"
            curve = [
                e["args"]["value"] for e in whole.of("C") if (e["pid"], e["name"]) == (pid, name)
            ]
            assert max(curve, default=0) == record["card_ram"][key]["peak_bytes"]
            assert not curve or curve[-1] == 0


def test_routers_pass_arrows_on(tmp_path):
    """Through two routers with cards, of hosts of a user's own scenario."""
    costs = [f"--ns3::HostModel::{cost}=5000" for cost in ("TcpTxData", "TcpRxData", "SystemCall")]
    shown = Recorded(tmp_path, "--pairs=1", "--bytes=20000", *costs, program="dumbbell")
    assert sorted(shown.hosts.values()) == ["node 0", "node 1", "node 2", "node 3"]
    passed = 0
    for points in shown.arrows().values():
        lanes = lanes_on(shown, points)
        if points[0]["name"] == "data":
            hosts = [host for host, name in lanes if name.startswith("wire")]
            assert hosts == ["node 0", "node 1", "node 2"]
            assert (lanes[0], lanes[-1]) == (("node 0", "application"), ("node 3", "application"))
            passed += 1
    assert passed >= 20000 / 1448


SCENARIOS = {
    "request-response": ("--warmup=0", "--duration=0.01"),
    "slow-reader": ("--warmup=0", "--duration=0.02", "--readDelay=1ms"),
    "lossy-wan": ("--warmup=0", "--duration=0.05", "--lossRate=0.01"),
    "datagrams": ("--warmup=0.001", "--duration=0.003"),
}


def test_a_write_that_is_never_accepted_ends_with_its_connection(tmp_path):
    file = tmp_path / "t.json"
    span = ("--warmup=0.02", "--duration=0.01", "--sndBuf=65536")
    run_bulk(*span, f"--timeline={file}")
    events = json.loads(file.read_text())["traceEvents"]
    begun = [e for e in events if e["ph"] == "B" and e["name"] == "write 65536 B"]
    last = begun[-1]
    ends = [e["ts"] for e in events if e["ph"] == "E" and e["tid"] == last["tid"]]
    assert max(t for t in ends if t >= last["ts"]) == pytest.approx(30000)  # us: it is closed then


@pytest.mark.parametrize("program", SCENARIOS)
def test_every_scenario_has_it(tmp_path, program):
    shown = Recorded(tmp_path, *SCENARIOS[program], program=program)
    slices = shown.slices()
    for host in shown.record["hosts"]:
        for kind in ("application", "process CPU", "interrupt CPU", "DMA to the", "bus", "wire"):
            # nothing answers a datagram
            silent = kind == "wire" and (program, host) == ("datagrams", "receiver")
            has = any(slices[lane] for lane in shown.named(host, kind))
            assert has != silent, (host, kind)


@pytest.mark.parametrize("profile", ["piii750-starfire-2001", "ideal"])
def test_a_run_that_is_recorded_is_the_same_run(tmp_path, profile):
    options = [f"--profile={profile}", "--bytes=300000", "--lossRate=0.01", "--mtu=1500"]
    options += [] if profile != "ideal" else ["--linkRate=100Mbps"]
    plain = run_bulk(*options, f"--pcap={tmp_path}/plain")
    shown = run_bulk(*options, f"--pcap={tmp_path}/shown", f"--timeline={tmp_path}/run.json")
    for record in (plain, shown):
        del record["wall_s"]
    assert plain == shown
    for end in ("-0-0.pcap", "-1-0.pcap"):
        assert (tmp_path / f"plain{end}").read_bytes() == (tmp_path / f"shown{end}").read_bytes()


BAD = [
    (["--timeline=run.json", "--path=stock"], "stock"),
    (["--timelineFrom=1ms"], "--timeline=FILE"),
    (["--timelineTo=1ms"], "--timeline=FILE"),
    (["--timeline=run.json", "--timelineFrom=2ms", "--timelineTo=1ms"], "--timelineTo"),
    (["--timeline=run.json", "--timelineFrom=2ms", "--timelineTo=2ms"], "--timelineTo"),
    (["--timeline=run.json", "--timelineFrom=soon"], "50us"),
    (["--timeline=/nonexistent/run.json"], "/nonexistent/run.json"),
    (["--timeline="], "cannot be written"),
    (["--timeline=/dev/null"], "/dev/null"),
    (["--timeline=run.json", "--json=run.json"], "same file"),
]


@pytest.mark.parametrize("options, said", BAD, ids=lambda value: " ".join(value))
def test_bad_options(refused, options, said):
    message = refused(*options)
    assert message.startswith("error: ")
    assert said in message


def test_a_full_disk_leaves_nothing(tmp_path):
    """A file that outgrows its disk is an error, status 2, and is not there."""
    done = subprocess.run(
        [str(BULK), "--bytes=100000", f"--timeline={tmp_path}/run.json", "--json=-"],
        capture_output=True,
        text=True,
        check=False,
        restore_signals=False,  # SIGXFSZ stays ignored: the write fails, as on a full disk
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000)),
    )
    assert done.returncode == 2
    assert "run.json: cannot be written" in done.stderr
    assert not list(tmp_path.iterdir())


def pcache(*words: str) -> subprocess.CompletedProcess:
    """Runs the tool."""
    command = [str(ROOT / "pcache"), "timeline", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("suffix", ["png", "pdf", "svg"])
def test_a_picture(whole, tmp_path, suffix):
    out = tmp_path / f"picture.{suffix}"
    done = pcache(str(whole.file), "--from=1ms", "--to=6ms", f"--out={out}")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{out}\n"
    assert out.stat().st_size > 10000


@pytest.mark.parametrize("begin, end", [(0, 12000), (1000, 6000), (2000, 2400), (2100, 2150)])
def test_words_lie_apart(whole, begin, end):
    figure = plot.picture(trace_events.read(whole.file, begin, end), begin, end)
    assert check_words(figure) > 10
    plt.close(figure)


def test_names_lie_in_their_slices_and_a_colour_has_one_entry(whole):
    begin, end = 2000, 2400
    timeline = trace_events.read(whole.file, begin, end)
    figure = plot.picture(timeline, begin, end)
    figure.canvas.draw()
    axes, legend = figure.axes
    slices = [
        (piece.name, max(piece.begin, begin), min(piece.end, end))
        for host in timeline.hosts.values()
        for lane in host.lanes.values()
        for piece in lane.slices
    ]
    names = [text for text in axes.texts if text.get_fontsize() == plot.LABEL]
    assert len(names) > 3
    for text in names:
        box = text.get_window_extent().transformed(axes.transData.inverted())
        assert any(
            text.get_text() == name and left <= box.x0 and box.x1 <= right
            for name, left, right in slices
        ), text.get_text()
    colours = [patch.get_facecolor() for patch in legend.get_legend().get_patches()]
    assert len(colours) == len(set(colours)) > 5
    plt.close(figure)


@pytest.mark.parametrize(
    "event, said",
    [
        ('{"ph":"X","pid":1,"tid":1,"dur":1,"name":"x"}', "3: an event without 'ts'"),
        ('{"ph":"X","pid":1,"tid":1,"ts":"1","dur":1,"name":"x"}', "3: no event"),
        (
            '{"ph":"M","pid":1,"name":"thread_name","args":{"name":"x"}}',
            "3: an event without 'tid'",
        ),
        ('{"ph":"M","pid":1,"name":"process_name","args":{}}', "3: an event without 'name'"),
        ('{"ph":"C","pid":1,"ts":1,"name":"x","args":{}}', "3: an event without 'value'"),
        ('{"ph":"","pid":1}', "3: no event"),
        ('{"ph":"X","pid":1,"tid":[],"ts":1,"dur":1,"name":"x"}', "3: no event"),
        ("7", "3: no event"),
        ('{"ph":"X","pid":1,"tid":9,"ts":1,"dur":1,"name":"x"}', " lane 9: it has slices"),
        (
            '{"ph":"M","pid":1,"tid":9,"name":"thread_sort_index","args":{"sort_index":1}}',
            " lane 9",
        ),
    ],
)
def test_events_that_are_none(tmp_path, event, said):
    file = tmp_path / "t.json"
    first = '{"ph":"M","pid":1,"name":"process_name","args":{"name":"x"}},'
    file.write_text(f'{{"traceEvents":[\n{first}\n{event}\n]}}\n')
    with pytest.raises(UserError, match=re.escape(f"{file}:{said}")):
        trace_events.first_slice(file)
        trace_events.read(file, 0, 10)


def test_bad_pictures(whole, tmp_path):
    no_timeline = tmp_path / "record.json"
    no_timeline.write_text("{}\n")
    cut = tmp_path / "cut.json"
    cut.write_text("".join(whole.file.read_text().splitlines(keepends=True)[:50]))
    for words, said in (
        ([str(no_timeline)], f"{no_timeline}:1: no timeline"),
        ([str(tmp_path / "missing.json")], "missing.json"),
        ([str(cut)], "breaks off"),
        ([str(whole.file), "--from=2ms", "--to=1ms"], "later than"),
        ([str(whole.file), "--from=90s", "--to=91s"], "nothing happens"),
        ([str(whole.file), "--from=soon"], "130us"),
        ([str(whole.file), f"--out={tmp_path}/picture.gif"], ".png"),
        ([str(whole.file), "--colour=red"], "--colour"),
    ):
        done = pcache(*words)
        assert done.returncode == 2, words
        assert said in done.stderr, (words, done.stderr)
    assert sorted(tmp_path.iterdir()) == [cut, no_timeline]
