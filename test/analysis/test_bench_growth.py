"""The bench's growth with the flows at a time: what needs no timing."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from conftest import BUILD

from analysis import bench, bench_growth
from analysis.bench_growth import Sample
from analysis.errors import UserError


def rounds(*ours_at_most: float) -> list[bench_growth.Round]:
    """Rounds in which stock takes 10, 15 and 20 us a frame, and we 10, 15 and what is given."""
    stock = [Sample(10, 500_000_000, 1_000_000), Sample(15, 1_000_000_000, 1_000_000)]
    return [
        {
            "stock": [*stock, Sample(40, 2_000_000_000, 2_000_000)],
            "offload": [*stock, Sample(2 * time, 2_200_000_000, 2_000_000)],
        }
        for time in ours_at_most
    ]


def test_growth_is_a_frames_and_its_ratio_the_median_of_rounds():
    found = rounds(10, 22, 30)
    assert bench_growth.growth(found[0]["stock"], Sample.time) == pytest.approx(2)
    assert bench_growth.growth(found[0]["stock"], Sample.memory) == pytest.approx(2)
    assert bench_growth.beside_stock(found, "offload", Sample.time) == pytest.approx(1.1)
    assert bench_growth.beside_stock(found, "offload", Sample.memory) == pytest.approx(1.1)
    assert bench_growth.beside_stock(found, "stock", Sample.time) == 1


def test_the_table_marks_what_is_above_the_limit():
    table = bench_growth.table(rounds(22), quick=False)
    assert table[0].endswith("at most 1.2 of stock's")
    assert "!" not in "\n".join(table)
    assert table[4].split() == [
        "offload",
        "10.0",
        "15.0",
        "22.0",
        "2.20",
        "1.10",
        "500",
        "1000",
        "1100",
        "2.20",
        "1.10",
    ]
    above = bench_growth.table(rounds(25), quick=False)
    assert "1.25!" in above[4] and "above the limit" in above[5]
    assert all(len(line) <= 80 for line in above)
    assert "!" not in "\n".join(bench_growth.table(rounds(25), quick=True))


@pytest.mark.parametrize("flows", [10, 100])
def test_our_paths_keep_so_many_flows_and_move_what_stock_moves(tmp_path, flows):
    """The same flows are there at any time, and the link is the bound."""

    def run(path: str) -> dict:
        program = BUILD / "bin" / "load"
        words = bench_growth.command(program, path, flows, bench.HOST, 0.003)
        done = subprocess.run([*words, "--json=-"], capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    stock, ours = run("stock"), run("payload-cache")
    for record in (stock, ours):
        assert record["scenario"]["concurrent"]["peak"] == flows
        assert record["goodput_bps"] > 0.9 * 10e9 * 1448 / 1538
    frames = [sum(record["wire_frames"].values()) for record in (stock, ours)]
    assert frames[1] == pytest.approx(frames[0], rel=0.05)


def test_a_run_that_fails_is_told(tmp_path):
    with pytest.raises(UserError, match="a run failed"):
        bench_growth.run(bench_growth.command(Path("/bin/false"), "stock", 10, bench.HOST, 1))
