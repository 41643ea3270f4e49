"""Results as CSV, and as views for sqlite3."""

import csv
import io
import json
import sqlite3
import subprocess

import pytest

from analysis import measures
from analysis.runs import views
from analysis.runs.store import Run, Store
from sweeping import RECORD, own_study, pcache

STUDY = """\
question = "Why?"
scenario = "bulk-transfer"
[fixed]
bytes = 20000
"ns3::PayloadCachePath::HeaderFetch" = 64
[sweep]
path = ["stock", "payload-cache"]
size = [{ writeSize = 512, readSize = 512 }, { writeSize = 4096 }]
"""


@pytest.fixture(scope="module", name="swept")
def swept_study(tmp_path_factory):
    """A folder with a study and its results."""
    folder = tmp_path_factory.mktemp("swept")
    (folder / "study.toml").write_text(STUDY)
    done = pcache("sweep", folder / "study.toml", "--results", folder)
    assert done.returncode == 0, done.stderr
    return folder


def exported(*words, **options):
    """The lines of an export."""
    done = pcache("export", *words, **options)
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


def test_a_study_is_its_runs_in_its_order(swept):
    lines = exported(swept / "study.toml", "--results", swept)
    assert [(line["path"], line["writeSize"]) for line in lines] == [
        ("stock", "512"), ("stock", "4096"), ("payload-cache", "512"), ("payload-cache", "4096")
    ]  # fmt: skip
    assert [line["size"] for line in lines[:2]] == ["writeSize=512 readSize=512", "writeSize=4096"]
    assert {line["HeaderFetch"] for line in lines} == {"64"}
    assert {line["repetition"] for line in lines} == {"1"}


def test_the_figures_are_the_records(swept):
    """By the definitions of `measures`, which have no SQL in them."""
    store = Store(swept / "store.sqlite")
    for line in exported(swept / "study.toml", "--results", swept):
        query = "SELECT record FROM runs WHERE key = ?"
        record = json.loads(store.database.execute(query, (line["key"],)).fetchone()[0])
        assert float(line["goodput_bps"]) == pytest.approx(record["goodput_bps"], rel=1e-12)
        assert line["mtu"] == str(record["parameters"]["mtu"])
        assert line["wire_frames_sender"] == str(record["wire_frames"]["sender"])
        if not record["hosts"]:
            assert line["sender_cpu_ns_per_byte"] == ""
            continue
        for role in ("sender", "receiver"):
            figure = float(line[f"{role}_cpu_ns_per_byte"])
            assert figure == pytest.approx(measures.cpu(record, role), rel=1e-9)
        held = record["hosts"]["sender"]["card_ram"]["tx"]["peak_bytes"]
        assert line["sender_tx_ram_peak_bytes"] == str(held)
        median = record["hosts"]["receiver"]["latency_us"]["read"]["p50"]
        assert float(line["receiver_read_p50_us"]) == pytest.approx(median, rel=1e-12)


def test_the_view_opens_in_plain_sqlite3(swept):
    query = "SELECT path, writeSize FROM bulk_transfer WHERE sender_cpu_utilization > 0 ORDER BY 2"
    done = subprocess.run(
        ["sqlite3", str(swept / "store.sqlite"), query], capture_output=True, text=True, check=True
    )
    assert done.stdout == "payload-cache|512\npayload-cache|4096\n"


def test_a_scenario_and_everything(swept):
    assert len(exported("bulk-transfer", "--results", swept)) == 4
    assert len(exported("--results", swept)) == 4


def test_runs_of_other_sources_are_left_out_and_told(tmp_path):
    store = Store(tmp_path / "store.sqlite")
    store.put(Run.of("bulk-transfer", {"mtu": "1500"}), {"goodput_bps": 1})
    with store.writing():
        store.database.execute("UPDATE runs SET sources = 'old', key = 'old'")
    store.put(Run.of("bulk-transfer", {"mtu": "1500"}), {"goodput_bps": 2})
    done = pcache("export", "bulk-transfer", "--results", tmp_path)
    assert [line["goodput_bps"] for line in csv.DictReader(io.StringIO(done.stdout))] == ["2"]
    assert "1 runs of other sources" in done.stderr
    assert len(exported("bulk-transfer", "--results", tmp_path, "--all")) == 2


def test_failed_runs_when_asked(tmp_path):
    script = f'case "$*" in *n=3*) echo "a, \\"b\\"" >&2; exit 1;; esac\n{RECORD}'
    study = own_study(tmp_path, script)
    pcache("sweep", study, "--results", tmp_path)
    assert len(exported(study, "--results", tmp_path)) == 5
    lines = exported(study, "--results", tmp_path, "--failed")
    assert [(line["n"], line["error"]) for line in lines if line["status"] == "failed"] == [
        ("3", 'a, "b"')
    ]
    assert len(exported("./program", "--results", tmp_path, "--failed")) == 6


def test_into_a_file_that_is_whole_or_not_there(swept, tmp_path):
    out = tmp_path / "out.csv"
    done = pcache("export", "bulk-transfer", "--results", swept, "--out", out)
    assert done.returncode == 0 and done.stdout == ""
    assert len(list(csv.DictReader(out.open()))) == 4
    done = pcache("export", "bulk-transfer", "--results", swept, "--out", tmp_path / "none" / "x")
    assert done.returncode == 2 and "none/x: cannot be written" in done.stderr
    assert sorted(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize(
    "words, said",
    [
        (["teleport"], "neither a study"),
        (["write-size"], "no such runs"),
        (["bulk-transfer", "--quick"], "for a study"),
        (["write-size", "--all"], "a study is of these sources"),
        (["bulk-transfer", "--out", "."], "--out .: a folder"),
    ],
)
def test_bad_words(swept, words, said):
    done = pcache("export", *words, "--results", swept)
    assert done.returncode == 2 and said in done.stderr and done.stdout == ""


def test_without_results(tmp_path):
    done = pcache("export", "--results", tmp_path / "none")
    assert done.returncode == 2 and "no such store" in done.stderr
    assert not (tmp_path / "none").exists()


# -- Views --


def view(tmp_path, *records):
    """A view of records, as lines by column."""
    store = Store(tmp_path / "store.sqlite")
    for number, record in enumerate(records):
        store.put(Run.of("x-y", {"n": str(number)}), record)
    views.refresh(store)
    store.database.row_factory = sqlite3.Row
    return [dict(row) for row in store.database.execute("SELECT * FROM x_y ORDER BY n")]


def test_what_only_the_scenario_has(tmp_path):
    first = {"scenario": {"slowdown": {"small": {"p99": 2.5}}, "list": [1]}}
    lines = view(tmp_path, first, {"scenario": {"other": 1}})
    assert lines[0]["slowdown_small_p99"] == 2.5 and lines[1]["slowdown_small_p99"] is None
    assert lines[1]["other"] == 1 and "list" not in lines[0]


def test_numbered_hosts_are_one(tmp_path):
    spent = {"idle": 5, "copy": 1, "tcp_rx": 2}
    hosts = {f"client-{n}": {"cpu_utilization": n / 10, "cpu_seconds": spent} for n in (1, 2, 3)}
    moved = {"goodput_bps": 8, "duration_s": 1e9}
    line = view(tmp_path, {**moved, "hosts": {"server": {"cpu_utilization": 0.7}, **hosts}})[0]
    assert line["client_cpu_ns_per_byte"] == pytest.approx(3)
    assert line["client_cpu_utilization"] == pytest.approx(0.2)
    assert line["server_cpu_utilization"] == 0.7
    assert "client_1_cpu_utilization" not in line


def test_names_that_meet(tmp_path):
    line = view(tmp_path, {"scenario": {"KEY": 1, "n": 2, "a-b": 3, "a_b": 4}})[0]
    assert (line["KEY_2"], line["n"], line["n_2"]) == (1, "0", 2)
    assert line["a_b"] == 3


def test_a_view_grows_with_its_runs(tmp_path):
    view(tmp_path, {"scenario": {"a": 1}})
    assert "b" in view(tmp_path, {"scenario": {"b": 1}})[0]


def test_every_scenario_has_a_view_of_its_own(tmp_path):
    """Whatever one's own programs are called."""
    paths = ["runs", "RUNS", "sqlite_x", "prog_py", "prog-py", "bulk_transfer", "Prog.py"]
    store = Store(tmp_path / "store.sqlite")
    for name in paths:
        (tmp_path / name).write_text(name)
        store.put(Run.of(str(tmp_path / name), {}), {"scenario": {"mine": name}})
    before = views.names(store)
    store.put(Run.of("bulk-transfer", {}), {"scenario": {"mine": "bulk-transfer"}})
    for _ in range(2):  # a second time, with the views there
        views.refresh(store)
    named = views.names(store)
    for scenario, name in named.items():
        rows = store.database.execute(f'SELECT mine FROM "{name}"').fetchall()
        assert rows == [(scenario.removeprefix("./"),)]
    assert (named["./prog_py"], named["./prog-py"]) == ("prog_py", "prog_py_2")
    assert named["./runs"] == "own_runs" and named["bulk-transfer"] == "bulk_transfer"
    assert {s: n for s, n in named.items() if "bulk" not in s}.items() <= before.items()
    assert len(exported("--results", tmp_path)) == len(paths) + 1


def test_options_with_the_same_last_word(tmp_path):
    names = ("CoDelQueueDisc", "FqCoDelQueueDisc")
    store = Store(tmp_path / "store.sqlite")
    for name in names:
        store.put(Run.of("x-y", {f"ns3::{name}::Interval": name, "ns3::A::Limit": "1"}), {})
    views.refresh(store)
    query = "SELECT Limit, CoDelQueueDisc_Interval, FqCoDelQueueDisc_Interval FROM x_y"
    rows = store.database.execute(query.replace("Limit", '"Limit"')).fetchall()
    assert rows == [("1", names[0], None), ("1", None, names[1])]


def test_names_that_are_no_sql(tmp_path):
    line = view(tmp_path, {"scenario": {"it's; DROP TABLE runs": 5}})[0]
    assert line["it_s__DROP_TABLE_runs"] == 5
