"""`./pcache bench`: what needs no timing. No test here looks at a clock."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
from conftest import BUILD, ROOT

from analysis import bench, bench_sweep
from analysis.errors import UserError


def pcache(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(ROOT / "pcache"), *words], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("given", ["0", "-1", "two", "1.5", ""])
def test_rounds_are_counted_from_one(given):
    done = pcache("bench", f"--rounds={given}")
    assert done.returncode == 2
    assert "whole number of at least 1" in done.stderr


def test_a_host_that_is_not_there(tmp_path):
    done = pcache("bench", "--quick", f"--profile={tmp_path / 'none.txt'}")
    assert done.returncode == 2
    assert "neither a name in profiles/" in done.stderr


def test_unknown_options_are_refused():
    assert pcache("bench", "--fast").returncode == 2


def test_the_help_says_how_to_read_it():
    text = pcache("bench", "--help").stdout
    assert "How to read it" in text and "--quick" in text


def sample(wall_s: float, frames: tuple[int, int], departures: int = 0) -> bench.Sample:
    return bench.Sample(wall_s, 1000, 9.4, frames, departures, 20.0)


def test_the_ratio_is_the_median_of_neighbours():
    # the medians of either side alone would give 1.0
    pairs = [
        (sample(1.0, (10, 5)), sample(2.0, (10, 5))),
        (sample(2.0, (10, 5)), sample(3.0, (10, 5))),
        (sample(3.0, (10, 5)), sample(1.0, (10, 5))),
    ]
    case = bench.Case(1500, 131072, 100, 1.3)
    table = bench.case_table(case, {"offload": pairs})
    assert table[0].endswith("at most 1.3")
    assert table[3].split()[:4] == ["offload", "2.00", "2.00", "1.50!"]
    assert "above the limit" in table[4]
    assert all(len(line) <= 80 for line in table)


def test_a_gigabyte_is_counted_in_bytes_carried():
    # a megabyte in whole segments of 1,448 bytes; stock's median is over all its runs
    case = bench.Case(1500, 131072, 1, None)
    assert case.carried() == 690 * 1448
    pairs = {
        "offload": [(sample(1.0, (10, 5)), sample(2.0, (10, 5)))] * 2,
        "conventional": [(sample(3.0, (10, 5)), sample(4.0, (10, 5)))] * 3,
    }
    took = " ".join(bench.gigabyte_lines(case, pairs))
    gigabytes = 690 * 1448 / 1e9
    assert took.split() == [
        *("seconds", "a", "gigabyte:", "stock", f"{3 / gigabytes:.1f},"),
        *("offload", f"{2 / gigabytes:.1f},", "conventional", f"{4 / gigabytes:.1f}"),
    ]


def test_a_case_says_what_it_is():
    plain = bench.Case(1500, 131072, 1, None)
    merged = bench.Case(1500, 4194304, 60, 0.25, gbps=100, merged=True)
    assert plain.name() == "10 Gb/s, MTU 1500, buffers of 128 KiB, 1 MB"
    assert merged.name() == "100 Gb/s, MTU 1500, buffers of 4096 KiB, 60 MB, merged"
    assert {"--linkRate=100Gbps", "--tso=on", "--gro=on"} < set(merged.options("offload", bench.HOST))
    assert {"--linkRate=10Gbps", "--tso=off", "--gro=off"} < set(plain.options("offload", bench.HOST))
    assert not any("tso" in word or "gro" in word for word in merged.options("stock", bench.HOST))


def test_below_the_limit_and_without_one():
    pairs = {"offload": [(sample(2.0, (10, 5)), sample(2.6, (10, 5)))]}
    for limit in (1.3, None):
        table = bench.case_table(bench.Case(1500, 131072, 100, limit), pairs)
        assert "above" not in "\n".join(table)
        assert "frames as stock's\n  goodput 9.40 Gb/s beside 9.40: offload" in "\n".join(table)


def test_frames_that_differ_are_told():
    stock = sample(1, (10, 5))
    for frames, departures in (((10, 6), 1), ((11, 5), 1), ((11, 5), 0)):
        assert "the connection's end" in bench.frame_note(stock, sample(1, frames, departures))
    for frames, departures in (((12, 5), 0), ((10, 6), 2)):
        note = bench.frame_note(stock, sample(1, frames, departures))
        assert "frames beside stock's" in note and "connection's end" not in note


def test_a_run_that_fails_ends_it(capfd):
    with pytest.raises(UserError, match="a run failed"):
        bench.run([str(BUILD / "bin" / "bulk-transfer"), "--path=nowhere"])
    assert "--path=nowhere" in capfd.readouterr().err


@pytest.mark.parametrize("case", [bench.quick(case) for case in bench.CASES])
def test_paths_put_the_same_frames_on_the_wire(case):
    """As many as stock ns-3, but for the connection's end, at the rate of the link."""
    program = str(BUILD / "bin" / "bulk-transfer")
    stock = bench.run([program, *case.options("stock", bench.HOST)])
    segments = case.megabytes * 1000000 // (case.mtu - bench.TCP_IP_HEADERS)
    assert segments <= stock.frames[0] <= segments + 3  # SYN, its ACK, and that of the FIN
    for path in bench.PATHS:
        ours = bench.run([program, *case.options(path, bench.HOST)])
        assert abs(ours.frames[0] - stock.frames[0]) <= 1
        assert ours.departures <= 1
        if case.merged:  # an ACK a unit: stock's are one for two segments
            assert ours.frames[1] < stock.frames[1] / 2
        else:
            assert abs(ours.frames[1] - stock.frames[1]) <= 1


def test_every_cost_of_the_host_is_paid():
    """No line of the cost model is free on the bench's host, and no delay of bus and card."""
    given = dict(re.findall(r'^ns3::(\w+::\w+) "([^" ]+)', bench.HOST.read_text(), re.MULTILINE))
    listed = ""
    for name in ("HostModel", "PayloadCacheNetDevice"):
        program = str(BUILD / "bin" / "bulk-transfer")
        done = subprocess.run(
            [program, f"--PrintAttributes=ns3::{name}"], capture_output=True, text=True, check=True
        )
        listed += done.stdout
    costs = re.findall(r"--ns3::(\w+::\w+)=.*\n.*\[(?:cycles|cycles/byte|ns|ns/byte)\]\n", listed)
    assert len(costs) > 30
    for name in costs:
        assert float(given[name]) > 0, name


def test_the_core_tells_what_its_operations_take():
    done = subprocess.run(
        [str(BUILD / "bin" / "pcache-core-bench")], capture_output=True, text=True, check=True
    )
    operations = json.loads(done.stdout)
    assert sorted(operations) == ["CPU job", "allocation", "bus job", "release"]
    table = bench.core_table(operations)
    assert len(table) == 5 and "allocation" in table[1]


def test_what_a_sweep_adds_is_all_that_its_programs_did_not_take():
    sweep = bench_sweep.Sweep(runs=200, cores=2, wall_s=6.0, programs_s=11.0)
    assert sweep.busy() == pytest.approx(11 / 12)
    assert sweep.own_ms() == pytest.approx(55)
    assert sweep.overhead_ms() == pytest.approx(5)
    assert "!" not in "".join(bench_sweep.table(sweep))
    idle = bench_sweep.table(bench_sweep.Sweep(runs=10, cores=2, wall_s=6.0, programs_s=1.0))
    assert [line.count("!") for line in idle] == [0, 1, 1, 0]


def test_a_sweep_is_measured():
    sweep = bench_sweep.measure(BUILD / "bin", 3)
    assert sweep.programs_s > 0 and sweep.wall_s > 0 and sweep.busy() < 1
