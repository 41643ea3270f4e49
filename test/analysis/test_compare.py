"""`./pcache compare`: what it prints, keeps and refuses; and that it survives being killed."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import time

import pytest
from matplotlib import pyplot as plt

from analysis import comparison, figures, measures, tables, verdicts
from analysis.comparison import Plan, Setting
from analysis.runs.local import Cores
from analysis.runs.pool import Pool
from analysis.runs.store import Store
from conftest import BUILD, ROOT
from pictures import check_words, visible_texts

QUICK = ("--warmup=0.05", "--duration=0.05")


def compare(*arguments, **options):
    """Runs ./pcache compare."""
    return subprocess.run(
        [str(ROOT / "pcache"), "compare", *arguments],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


@pytest.fixture(scope="module", name="gigabit")
def compared_gigabit(tmp_path_factory):
    """All paths and settings on the machine whose CPU is the bound."""
    plan = Plan(("pii450-tigon2-gbe-2001",), ("conventional", "offload", "payload-cache"), {}, 1)
    results = Store(tmp_path_factory.mktemp("results") / "store.sqlite")
    pool = Pool(results, Cores(BUILD / "bin"))
    machine = comparison.compare(plan, pool.complete)[0]
    assert not pool.failures
    return machine


def test_cpu_is_compared_at_equal_goodput(gigabit):
    for group in gigabit.groups:
        assert group.faster(), "this machine is not bound by its link"
        for path in group.full:
            for record in group.equal(path):
                assert measures.goodput(record) == pytest.approx(group.rate(), rel=0.01)
        assert group.slowest() not in group.held


def test_the_headline_is_the_least_favourable_setting(gigabit):
    assert len(gigabit.groups) == 4
    assert gigabit.head.ratio() == max(group.ratio() for group in gigabit.groups)


def test_what_bounds_a_run(gigabit):
    free = {str(g.setting): g for g in gigabit.groups}["cold source, the application discards"]
    bounds = {path: measures.bound(records[0]) for path, records in free.full.items()}
    assert bounds["conventional"] == "the receiver's CPU"
    assert bounds["offload"] == "the sender's CPU"
    assert bounds["payload-cache"] == (
        "the sender's process, which makes one write after another and waits for its DMA"
    )


@pytest.mark.parametrize(
    "options, bound",
    [
        (("--path=offload", "--ns3::HostModel::Cores=2"), "the sender's busiest core"),
        (("--path=offload", "--appRate=100Mbps"), None),
        (("--path=offload", "--bytes=1000000"), None),
        (("--path=offload", "--profile=piii750-starfire-2001"), "the link"),
        (("--path=offload", "--profile=piii750-starfire-2001", "--lossRate=0.01"), "losses"),
        (
            ("--path=offload", "--ns3::PayloadCacheNetDevice::DescriptorTime=200us"),
            "the receiver's card processor",
        ),
        (
            ("--path=payload-cache", "--txRam=20000", "--whenFull=wait"),
            "the card's RAM to transmit",
        ),
        (
            ("--path=offload", "--ns3::HostModel::MemoryBandwidth=200e6"),
            "the receiver's memory",
        ),
    ],
    ids=lambda value: str(value),
)
def test_each_bound_has_its_name(bulk, options, bound):
    profile = [] if any("--profile" in o for o in options) else ["--profile=pii450-tigon2-gbe-2001"]
    found = measures.bound(bulk(*options, *profile, "--appRead=off"))
    if bound is None:
        assert found is None
    else:
        assert bound in found


def test_a_table_fits_a_terminal(gigabit):
    lines = tables.machine(gigabit, False) + tables.crossings(gigabit.head, False)
    assert all(len(line) <= 80 for line in lines)
    assert "\033" not in "".join(lines)
    row = next(line for line in lines if line.startswith("payload-cache"))
    cold = gigabit.groups[0]
    assert float(row.split()[1]) == pytest.approx(cold.goodput("payload-cache"), abs=0.005)


def test_three_sentences(gigabit):
    said = verdicts.sentences(gigabit)
    assert len(said) == 3
    head = gigabit.head
    assert f"{head.ratio():.2f} of offload's CPU" in said[1]
    even = head.full["offload"][0]["hosts"]["sender"]["break_even_bytes"]["write"]["sleep"]
    assert f"a write pays from {even} B asleep" in said[2]


def test_cpu_in_the_picture_is_all_of_it(gigabit):
    named = {name for _, categories, _, _ in figures.STACK for name in categories}
    ledger = gigabit.head.full["offload"][0]["hosts"]["sender"]["cpu_seconds"]
    assert named == ledger.keys() - {"idle"}
    for path in gigabit.head.full:
        total = sum(sum(figures.stack_of(gigabit.head, path, role)) for role in measures.ROLES)
        assert total == pytest.approx(gigabit.head.cpu(path), rel=1e-9)


@pytest.mark.parametrize(
    "make",
    [figures.cpu_by_category, figures.cpu_by_write_size, figures.goodput_by_write_size],
)
def test_no_words_overlap_in_a_picture(gigabit, make):
    with plt.rc_context(figures.STYLE):
        figure = make(gigabit)
        assert check_words(figure) > 10
    plt.close(figure)


@pytest.fixture(scope="module", name="ethernet")
def compared_ethernet(tmp_path_factory):
    """The 100 Mb/s machines, whose curves bend elsewhere, in one setting."""
    options = {"source": "warm", "appRead": "on", "warmup": "0.05", "duration": "0.05"}
    paths = ("conventional", "offload", "payload-cache")
    plan = Plan(("piii650-3c575-2001", "piii750-starfire-2001"), paths, options, 1)
    results = Store(tmp_path_factory.mktemp("results") / "store.sqlite")
    return comparison.compare(plan, Pool(results, Cores(BUILD / "bin")).complete)


def test_no_words_lie_on_a_curve(gigabit, ethernet):
    for machine in (gigabit, *ethernet):
        with plt.rc_context(figures.STYLE):
            figure = figures.cpu_by_write_size(machine)
            words = [text for text in visible_texts(figure) if "never" in text[0] or "B" in text[0]]
        assert len(words) >= 2
        for axes in figure.axes:
            for line in axes.get_lines():
                vertices = line.get_xydata()
                if len(vertices) != len(comparison.WRITE_SIZES):
                    continue  # the mark of a break-even
                points = axes.transData.transform(vertices)
                steps = [points[:-1] + (points[1:] - points[:-1]) * t / 20 for t in range(21)]
                for word, box in words:
                    for x, y in (point for step in steps for point in step):
                        assert not box.contains(x, y), f"{word!r} on {line.get_label()}"
        plt.close(figure)


def test_pictures_are_files_with_their_fonts(gigabit, tmp_path):
    files = figures.draw([gigabit], tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted(files)
    assert len(files) == 6
    for file in files:
        data = file.read_bytes()
        if file.suffix == ".pdf":
            assert b"/FontFile2" in data and b"/Type3" not in data
        else:
            assert data.startswith(b"\x89PNG")


def test_seeds_give_means_and_their_spread(tmp_path):
    arguments = ("--profile=piii750-starfire-2001", "--paths=offload,payload-cache")
    arguments += ("--source=cold", "--appRead=off", "--lossRate=0.01", "--seeds=2", *QUICK)
    done = compare(*arguments, f"--results={tmp_path}")
    assert done.returncode == 0, done.stderr
    assert "+/-" in done.stdout
    names = [path.name for path in (tmp_path / "compare" / "records").iterdir()]
    assert sum(name.endswith("seed-2.json") for name in names) == len(names) / 2
    for path in (tmp_path / "compare" / "records").iterdir():
        assert json.loads(path.read_text())["parameters"]["lossRate"] == 0.01


def test_figures_over_seeds():
    assert measures.figure([3.0]) == measures.Figure(3.0, 0.0)
    of_two = measures.figure([1.0, 3.0])
    assert (of_two.mean, of_two.spread) == (2.0, pytest.approx(2**0.5))


SMALL = ("--profile=piii750-starfire-2001", "--paths=offload", "--source=cold", *QUICK)


def test_a_second_call_computes_only_what_is_missing(tmp_path):
    first = compare(*SMALL, "--appRead=off", f"--results={tmp_path}")
    assert first.returncode == 0, first.stderr
    computed = int(re.search(r"runs: (\d+) computed, 0 taken", first.stdout)[1])
    second = compare(*SMALL, "--appRead=off", f"--results={tmp_path}")
    assert f"runs: 0 computed, {computed} taken" in second.stdout
    table = first.stdout.split("\nruns:")[0]
    assert second.stdout.startswith(table)
    wider = compare(*SMALL, f"--results={tmp_path}")
    assert re.search(r"runs: [1-9]\d* computed, [1-9]\d* taken", wider.stdout)


def test_killed_at_any_moment_it_goes_on_from_there(tmp_path):
    """Three times killed with all its children, then left to finish."""
    words = [str(ROOT / "pcache"), "compare", *SMALL, f"--results={tmp_path}"]
    database = tmp_path / "store.sqlite"
    kept = 0
    for _ in range(3):
        with subprocess.Popen(
            words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        ) as running:
            limit = time.monotonic() + 60
            while time.monotonic() < limit and running.poll() is None and stored(database) <= kept:
                time.sleep(0.01)
            os.killpg(running.pid, signal.SIGKILL)
        kept = stored(database)
    assert kept > 0
    done = compare(*SMALL, f"--results={tmp_path}")
    assert done.returncode == 0, done.stderr
    taken = int(re.search(r"(\d+) taken from the store", done.stdout)[1])
    assert taken >= kept
    records = sqlite3.connect(database).execute("SELECT record FROM runs").fetchall()
    for (record,) in records:
        assert json.loads(record)["goodput_bps"] > 0
    leftover = [path for path in tmp_path.rglob("*") if ".part" in path.name]
    assert leftover == []


def test_the_folder_of_records_is_of_the_last_comparison(tmp_path):
    for size in ("4096", "8192"):
        done = compare(*SMALL, "--appRead=off", f"--writeSize={size}", f"--results={tmp_path}")
        assert done.returncode == 0, done.stderr
    record = (
        tmp_path
        / "compare"
        / "records"
        / ("piii750-starfire-2001-offload-cold-appRead-off-full.json")
    )
    assert json.loads(record.read_text())["parameters"]["writeSize"] == 8192


def stored(database):
    """The rows that a store has."""
    try:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            return connection.execute("SELECT count(*) FROM runs").fetchone()[0]
    except sqlite3.Error:
        return 0


def test_two_at_the_same_time(tmp_path):
    words = [str(ROOT / "pcache"), "compare", *SMALL, "--appRead=off", f"--results={tmp_path}"]
    both = [
        subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for running in both:
        _, said = running.communicate()
        assert running.returncode == 0, said
    assert len(list((tmp_path / "compare" / "records").iterdir())) == 13  # one, and twelve sizes


def test_card_ram_that_was_full_is_told(tmp_path):
    done = compare(
        *("--profile=piii750-starfire-2001", "--paths=payload-cache", "--source=cold"),
        *("--appRead=off", "--txRam=20000", "--rxRam=300000", *QUICK, f"--results={tmp_path}"),
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"payload-cache: RAM to transmit was full, \d+ % were copied", done.stdout)


def test_a_profile_of_ones_own(tmp_path):
    mine = tmp_path / "mine $a$.txt"
    text = (ROOT / "profiles" / "piii750-starfire-2001.txt").read_text()
    mine.write_text(text.replace('CopyCold "5.25', 'CopyCold "9'))
    done = compare(f"--profile={mine}", *SMALL[1:], "--appRead=off", f"--results={tmp_path}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("mine $a$: 100 Mb/s, MTU 1500")
    assert (tmp_path / "compare" / "mine $a$-cpu.pdf").is_file()


def test_a_run_that_fails_is_named_and_the_status_says_so(tmp_path):
    """A window larger than the card's RAM, which drops when it is full: TCP locks up."""
    done = compare(
        "--profile=piii750-starfire-2001",
        "--paths=payload-cache",
        "--source=cold",
        "--appRead=off",
        "--whenFull=wait",
        "--txRam=300000",
        "--rxRam=20000",
        "--linkRate=1Gbps",
        *QUICK,
        f"--results={tmp_path}",
    )
    assert done.returncode == 1
    assert "has not drained" in done.stderr
    assert re.search(r"error: ./pcache run bulk-transfer .*--whenFull=wait", done.stderr)


BAD = [
    (["--paths=fast"], "conventional, offload, payload-cache"),
    (["--paths=offload,offload"], "twice"),
    (["--paths="], "joined by commas"),
    (["--profile=no-such-machine"], "piii750-starfire-2001"),
    (["--profile=ideal,ideal"], "twice"),
    (["--profile=ideal", *QUICK], "costs nothing"),
    (["--seeds=0"], "from 1 to 1000"),
    (["--seeds=many"], "from 1 to 1000"),
    (["--path=offload"], "--paths"),
    (["--json=x"], "--results"),
    (["--pcap=x"], "./pcache run"),
    (["--seed=3"], "--seeds"),
    (["--senderProfile=ideal"], "./pcache run"),
    (["--PrintAttributes=ns3::HostModel"], "./pcache run bulk-transfer"),
    (["--ns3::PatternSource::SendSize=4096"], "--writeSize"),
    (["--duration=1e-6"], "longer --duration"),
    (["--flows=1", "--flows=2"], "twice"),
    (["flows=1"], "--name=value"),
    (["--flows"], "--name=value"),
    (["--flows=0"], "from 1 to 10000"),
    (["--nonsense=1"], "no such option"),
    (["--ns3::HostModel::Frequency=fast"], "clock of a core"),
    (["--results=/dev/null/here"], "/dev/null/here"),
]


@pytest.mark.parametrize("options, said", BAD, ids=lambda value: " ".join(value))
def test_bad_options(options, said, tmp_path):
    done = compare(*options, *([] if "--results" in options[0] else [f"--results={tmp_path}"]))
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "compare").exists()


def test_a_bad_profile_is_refused_with_its_line(tmp_path):
    mine = tmp_path / "mine.txt"
    mine.write_text('ns3::HostModel::SystemCall "5 ns"  # chosen\n')
    done = compare(f"--profile={mine}", f"--results={tmp_path}")
    assert done.returncode == 2
    assert f"{mine}:1: " in done.stderr and "5 cycles" in done.stderr


def test_options_that_choose_a_setting_narrow_it():
    plan = Plan(("x",), ("offload",), {"source": "warm"}, 1)
    assert plan.settings() == [Setting("warm", "on"), Setting("warm", "off")]
    assert len(Plan(("x",), ("offload",), {}, 1).settings()) == 4
