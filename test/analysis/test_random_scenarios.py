"""The tester of random scenarios: its seeds, its files, and how it makes failures smaller."""

import copy
import json
import subprocess

import pytest

from analysis import build
from analysis.proof import random_scenarios
from conftest import ROOT

PROGRAM = build.build_dir() / "bin" / random_scenarios.PROGRAM


def run(*arguments, scenario=None):
    """Runs the tester's program."""
    return subprocess.run(
        [str(PROGRAM), *arguments],
        input=json.dumps(scenario) if scenario is not None else "",
        capture_output=True,
        text=True,
        check=False,
    )


def describe(seed):
    """The scenario of a seed."""
    return json.loads(run(f"--seed={seed}", "--describe").stdout)


def pcache(*arguments):
    """Runs ./pcache test."""
    return subprocess.run(
        [str(ROOT / "pcache"), "test", *arguments], capture_output=True, text=True, check=False
    )


def test_a_seed_is_always_the_same_scenario():
    assert describe(7) == describe(7)
    assert describe(7) != describe(8)


def test_a_scenario_file_is_the_scenario():
    scenario = describe(3)
    again = run("--file=-", "--describe", scenario=scenario)
    assert json.loads(again.stdout) == scenario
    by_seed = json.loads(run("--seed=3").stdout)
    by_file = json.loads(run("--file=-", scenario=scenario).stdout)
    assert by_seed == by_file


def test_a_reader_that_never_reads_is_no_fault():
    # it leaves what its buffer holds: nothing is said to be stuck
    acts = [{"at": 0.0001, "server": True, "what": "pause"}]
    scenario = {"flows": [{"bytes": 500000, "acts": acts}]}
    result = json.loads(run("--file=-", scenario=scenario).stdout)
    assert result["result"] == "pass"
    assert result["frames"] > 0


@pytest.mark.parametrize(
    "change, word",
    [
        ({"mtu": 1}, "/mtu"),
        ({"flowz": []}, "/flowz"),
        ({"topology": "ring"}, "point-to-point"),
        ({"flows": [{"to": 5}]}, "/flows[0]"),
        ({"hosts": [{"path": "magic"}, {}]}, "payload-cache"),
        ({"hosts": [{"profile": "pdp11"}, {}]}, "pdp11"),
        ({"defaults": {"TcpSocket::SegmentSize": "big"}}, "SegmentSize"),
        ({"defaults": {"TcpSocket::Colour": "1"}}, "Colour"),
        ({"faults": {"loss": 2}}, "/faults"),
        ({"flows": "many"}, "error"),
    ],
)
def test_a_bad_file_is_refused(change, word):
    done = run("--file=-", scenario=change)
    assert done.returncode == 2
    assert word in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--random=0"],
        ["--random=many"],
        ["--seed=1"],
        ["--replay=nowhere.json"],
        ["--random", "--seed=-1"],
    ],
)
def test_bad_arguments_are_refused(arguments):
    done = pcache(*arguments)
    assert done.returncode == 2
    assert "--" in done.stderr


def test_shrinking_keeps_what_fails_and_little_else():
    scenario = describe(17)
    scenario["flows"] = [copy.deepcopy(scenario["flows"][0]) for _ in range(5)]
    scenario["flows"][3]["bytes"] = 77777
    scenario["faults"]["loss"] = 0.01

    def fails(candidate):
        large = any(flow["bytes"] >= 5000 for flow in candidate["flows"])
        return large and candidate["faults"]["loss"] > 0

    smaller = random_scenarios.shrink(scenario, fails)
    assert fails(smaller)
    assert len(smaller["flows"]) == 1
    assert 5000 <= smaller["flows"][0]["bytes"] < 10000
    assert smaller["flows"][0]["acts"] == []
    assert all(host["attributes"] == {} for host in smaller["hosts"])
    assert run("--file=-", "--describe", scenario=smaller).returncode == 0


def test_each_step_is_a_scenario_still():
    for seed in (1, 4, 9):
        for candidate in random_scenarios.steps(describe(seed)):
            assert run("--file=-", "--describe", scenario=candidate).returncode == 0


def test_a_tester_that_dies_is_a_failure(tmp_path):
    program = tmp_path / "dies"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    results = random_scenarios.run_chunk(program, 5, 2)
    assert [result["seed"] for result in results] == [5, 6]
    assert all(result["result"] == "fail" for result in results)
