"""The store of results, and runs that fill it."""

import json
import sqlite3
import stat

import pytest

from analysis import machines
from analysis.errors import UserError
from analysis.runs.local import Cores
from analysis.runs.pool import Pool
from analysis.runs import store
from analysis.runs.store import Run, Store

RUN = Run.of("bulk-transfer", {"path": "offload", "profile": "ideal", "mtu": "1500"})


def test_what_is_put_is_there_after_a_new_start(tmp_path):
    file = tmp_path / "new" / "store.sqlite"
    first = Store(file)
    assert first.get(RUN) is None
    first.put(RUN, {"goodput_bps": 1.5})
    first.close()
    assert Store(file).get(RUN) == {"goodput_bps": 1.5}
    rows = sqlite3.connect(file).execute("SELECT scenario, options, record FROM runs").fetchall()
    assert rows == [
        ("bulk-transfer", json.dumps(dict(RUN.options), sort_keys=True), '{"goodput_bps": 1.5}')
    ]


def test_the_order_of_options_does_not_matter():
    assert Run.of("x", {"a": "1", "b": "2"}) == Run.of("x", {"b": "2", "a": "1"})


@pytest.mark.parametrize(
    "other",
    [
        Run.of("other", dict(RUN.options)),
        Run.of("bulk-transfer", {**dict(RUN.options), "mtu": "9000"}),
        Run.of("bulk-transfer", {**dict(RUN.options), "seed": "2"}),
    ],
)
def test_another_run_is_not_there(tmp_path, other):
    results = Store(tmp_path / "store.sqlite")
    results.put(RUN, {})
    assert results.get(other) is None


def test_a_run_is_not_there_once_its_profile_has_changed(tmp_path):
    profile = tmp_path / "mine.txt"
    profile.write_text("# a machine\n")
    run = Run.of("bulk-transfer", {"senderProfile": str(profile)})
    results = Store(tmp_path / "store.sqlite")
    results.put(run, {})
    assert results.get(run) == {}
    profile.write_text("# another machine\n")
    assert results.get(run) is None


def test_a_run_is_not_there_once_the_sources_have_changed(tmp_path, monkeypatch):
    file = tmp_path / "store.sqlite"
    Store(file).put(RUN, {})
    monkeypatch.setattr(store, "SOURCES", ("CMakeLists.txt",))
    assert Store(file).get(RUN) is None


def test_the_hash_of_the_sources_is_of_their_contents(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "ROOT", tmp_path)
    monkeypatch.setattr(store, "SOURCES", ("model",))
    (tmp_path / "model").mkdir()
    source = tmp_path / "model" / "a.c"
    source.write_text("int a;\n")
    first = store.hash_sources()
    source.touch()
    assert store.hash_sources() == first
    for name in (".a.c.swp", ".#a.c", "#a.c#", "a.c~", "own/queue.py"):
        (tmp_path / "model" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "model" / name).write_text("what no program is built of\n")
    monkeypatch.setattr(store, "NO_SOURCES", ("model/own",))
    assert store.hash_sources() == first
    source.write_text("int b;\n")
    assert store.hash_sources() != first


def test_the_examples_of_ones_own_programs_are_no_sources():
    assert not store.is_source(store.ROOT / "examples" / "own" / "queue.py")
    assert store.is_source(store.ROOT / "examples" / "load.cc")


def test_a_file_that_is_no_store_is_refused_and_left_alone(tmp_path):
    text = tmp_path / "text.sqlite"
    text.write_text("a diary, not a database; of some length, so that there is a header\n" * 10)
    before = text.read_bytes()
    with pytest.raises(UserError, match="text.sqlite"):
        Store(text)
    assert text.read_bytes() == before
    foreign = tmp_path / "foreign.sqlite"
    sqlite3.connect(foreign).executescript("CREATE TABLE diary (day TEXT);")
    with pytest.raises(UserError, match="not a store of version 2"):
        Store(foreign)


VERSION_1 = """
CREATE TABLE runs (key TEXT PRIMARY KEY, scenario TEXT NOT NULL, options TEXT NOT NULL,
    profiles TEXT NOT NULL, sources TEXT NOT NULL, record TEXT NOT NULL,
    added TEXT NOT NULL DEFAULT (datetime('now')));
INSERT INTO runs VALUES ('k', 'bulk-transfer', '{}', '{}', 's', '{"wall_s": 0.5}', '2026-01-01');
INSERT INTO runs VALUES ('d', 'bulk-transfer', '{}', '{}', 's', 'damaged', '2026-01-02');
PRAGMA user_version = 1;
"""


def test_a_store_of_version_1_is_brought_up_to_date(tmp_path):
    file = tmp_path / "store.sqlite"
    sqlite3.connect(file).executescript(VERSION_1)
    database = Store(file).database
    kept = database.execute("SELECT key, status, record, error, wall_s, added FROM runs").fetchall()
    assert kept == [
        ("k", "done", '{"wall_s": 0.5}', None, 0.5, "2026-01-01"),
        ("d", "done", "damaged", None, None, "2026-01-02"),
    ]
    tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    assert tables == [("runs",)] and database.execute("PRAGMA user_version").fetchone() == (2,)


def test_bringing_up_to_date_is_all_or_nothing(tmp_path, monkeypatch):
    file = tmp_path / "store.sqlite"
    sqlite3.connect(file).executescript(VERSION_1)
    monkeypatch.setattr(store, "MIGRATE_1", (*store.MIGRATE_1[:3], "DROP TABLE missing"))
    with pytest.raises(UserError, match="missing"):
        Store(file)
    monkeypatch.undo()
    assert Store(file).database.execute("SELECT count(*) FROM runs").fetchone() == (2,)


def test_failed_runs_have_their_error_in_the_place_of_a_record(tmp_path):
    results = Store(tmp_path / "store.sqlite")
    results.put_failure(RUN, "no room", 1.5)
    assert (results.status(RUN), results.error(RUN), results.get(RUN)) == (
        "failed",
        "no room",
        None,
    )
    results.put(RUN, {"a": 1}, 2.5)
    assert (results.status(RUN), results.error(RUN), results.get(RUN)) == ("done", None, {"a": 1})


@pytest.mark.parametrize("option", ["sizes", "profileOfMine"])
def test_a_file_that_an_option_names_is_part_of_the_run(tmp_path, option):
    named = tmp_path / "sizes.txt"
    named.write_text("1 1\n")
    run = Run.of("load", {option: str(named)})
    results = Store(tmp_path / "store.sqlite")
    results.put(run, {})
    assert results.get(run) == {}
    named.write_text("2 1\n")
    assert results.get(run) is None


def test_a_damaged_record_is_told(tmp_path):
    file = tmp_path / "store.sqlite"
    results = Store(file)
    results.put(RUN, {})
    with sqlite3.connect(file) as database:
        database.execute("UPDATE runs SET record = '{'")
    with pytest.raises(UserError, match="damaged"):
        results.get(RUN)


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be used"):
        Store(tmp_path / "file" / "store.sqlite")


def program(folder, text):
    """A scenario that does what a shell script says."""
    file = folder / "scenario"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return folder


def runs(count):
    return [Run.of("scenario", {"seed": str(n)}) for n in range(count)]


def test_each_run_is_done_once(tmp_path):
    programs = program(tmp_path, f'echo x >> {tmp_path}/log; echo "{{\\"options\\": \\"$*\\"}}"')
    results = Store(tmp_path / "store.sqlite")
    pool = Pool(results, Cores(programs))
    records = pool.complete(runs(6) + runs(6), "test")
    assert [records[run]["options"] for run in runs(6)] == [
        f"--seed={n} --json=-" for n in range(6)
    ]
    assert pool.complete(runs(7), "test").keys() == set(runs(7))
    assert (tmp_path / "log").read_text().count("x") == 7
    assert (pool.computed, pool.stored, pool.failures) == (7, 6, [])


@pytest.mark.parametrize(
    "script, said",
    [
        ("echo 'error: it has not drained' >&2; exit 1", "it has not drained"),
        ("kill -SEGV $$", "status -11"),
        ("echo '{\"half\": '", "no JSON"),
    ],
)
def test_a_run_that_fails_is_kept_out_and_named(tmp_path, script, said):
    programs = program(tmp_path, f'case "$*" in *seed=1*) {script};; *) echo "{{}}";; esac')
    results = Store(tmp_path / "store.sqlite")
    pool = Pool(results, Cores(programs))
    records = pool.complete(runs(3), "test")
    assert records.keys() == {runs(3)[0], runs(3)[2]}
    assert [failure.run for failure in pool.failures] == [runs(3)[1]]
    assert said in pool.failures[0].said
    assert results.get(runs(3)[1]) is None


def test_options_that_a_scenario_refuses_are_the_users(tmp_path):
    programs = program(tmp_path, "echo 'error: --seed: it has to be even' >&2; exit 2")
    pool = Pool(Store(tmp_path / "store.sqlite"), Cores(programs))
    with pytest.raises(UserError, match="^--seed: it has to be even$"):
        pool.complete(runs(20), "test")


@pytest.mark.parametrize("names", ["profile", "its own program", "the shipped program"])
def test_what_changes_while_runs_are_under_way_is_told_and_not_kept(tmp_path, names):
    """The third run changes a file that all are of."""
    mine = tmp_path / "mine.txt"
    mine.write_text("1\n")
    change = {
        "profile": f"echo 2 > {mine}",
        "its own program": f'echo "# changed" >> {tmp_path}/scenario',
        "the shipped program": f"cp {tmp_path}/scenario {tmp_path}/x; mv {tmp_path}/x {tmp_path}/scenario",
    }[names]
    program(tmp_path, f'case "$*" in *seed=2*) {change};; esac; echo "{{}}"; exit')
    which = str(tmp_path / "scenario") if names == "its own program" else "scenario"
    wanted = [Run.of(which, {"sizes": str(mine), "seed": str(n)}) for n in range(6)]
    results = Store(tmp_path / "store.sqlite")
    said = "mine.txt" if names == "profile" else "scenario"
    with pytest.raises(UserError, match=f"{said}: changed during the sweep"):
        Pool(results, Cores(tmp_path, 1)).complete(wanted, "test")
    kept = results.database.execute("SELECT options, profiles FROM runs").fetchall()
    seeds = {json.loads(options)["seed"] for options, _ in kept}
    assert "0" in seeds and seeds <= {"0", "1"}
    assert len({profiles for _, profiles in kept}) == 1
    after = Store(tmp_path / "store.sqlite")
    assert (after.get(wanted[0]) is None) == (names != "the shipped program")


def test_a_row_is_of_what_its_run_read(tmp_path):
    """And not of what is there once it has ended."""
    mine = tmp_path / "mine.txt"
    mine.write_text("1\n")
    run = Run.of("load", {"sizes": str(mine)})
    results = Store(tmp_path / "store.sqlite")
    read = results.inputs(run)
    mine.write_text("22\n")
    results.put(run, {"a": 1}, inputs=read)
    assert results.get(run) is None
    mine.write_text("1\n")
    assert results.get(run) == {"a": 1}


def test_a_store_that_another_program_has_locked_is_not_damaged(tmp_path):
    file = tmp_path / "store.sqlite"
    results = Store(file)
    results.put(RUN, {})
    results.database.execute("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(file)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(UserError, match="another program has locked it") as error:
        results.get(RUN)
    assert "damaged" not in str(error.value)
    other.rollback()
    assert results.get(RUN) == {}


def test_numbers_that_json_lacks_are_not_kept(tmp_path):
    results = Store(tmp_path / "store.sqlite")
    with pytest.raises(ValueError):
        results.put(RUN, {"a": float("nan")})
    assert results.get(RUN) is None


def test_machines():
    assert "ideal" not in machines.shipped()
    assert machines.values("piii750-starfire-2001")["ns3::HostModel::Frequency"] == "750e6 Hz"
    with pytest.raises(UserError, match="piii750-starfire-2001"):
        machines.find("no-such-machine")


def test_a_machine_that_includes_another(tmp_path):
    base, mine = tmp_path / "base.txt", tmp_path / "mine.txt"
    base.write_text('ns3::HostModel::Cores "1 cores"  # x\nns3::HostModel::Poll "5 cycles"  # x\n')
    mine.write_text('# like base\nInclude "base.txt"  # x\nns3::HostModel::Poll "7 cycles"  # x\n')
    assert machines.values(str(mine)) == {
        "ns3::HostModel::Cores": "1 cores",
        "ns3::HostModel::Poll": "7 cycles",
    }
    before = machines.digest(str(mine))
    assert before != machines.digest(str(base))
    base.write_text(base.read_text() + "# changed\n")
    assert machines.digest(str(mine)) != before
    base.unlink()
    assert machines.values(str(mine)) == {"ns3::HostModel::Poll": "7 cycles"}
