"""`./pcache in-ns3`: what it refuses, and how it reads test.py. The build itself is not run here."""

import subprocess

import pytest

from analysis import in_ns3
from analysis.errors import UserError
from conftest import ROOT


@pytest.fixture
def tree(tmp_path):
    """What looks like an ns-3 tree."""
    for folder in ("src/internet", "contrib"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "VERSION").write_text("3.37\n")
    for script in ("ns3", "test.py"):
        (tmp_path / script).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / script).chmod(0o755)
    return tmp_path


def refusal(*arguments) -> str:
    """What `./pcache in-ns3` says when it refuses."""
    done = subprocess.run(
        [str(ROOT / "pcache"), "in-ns3", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    return done.stderr


def test_no_tree():
    assert "TREE" in refusal()


def test_a_folder_that_is_not_there(tmp_path):
    missing = tmp_path / "missing"
    assert f"{missing}: no ns-3 tree" in refusal(missing)


@pytest.mark.parametrize("part", ["ns3", "test.py", "VERSION"])
def test_a_folder_that_is_no_tree(tree, part):
    (tree / part).unlink()
    assert f"{tree}: no ns-3 tree, {part} is missing" in refusal(tree)


def test_a_version_that_is_not_known(tree):
    (tree / "VERSION").write_text("3.12\n")
    assert "this is ns-3.12; known are 3.37" in refusal(tree)


def test_a_tree_that_is_configured_for_other_modules(tree):
    (tree / "cmake-cache").mkdir()
    cache = tree / "cmake-cache" / "CMakeCache.txt"
    cache.write_text("NS3_ENABLED_MODULES:STRING=wifi\n")
    assert "other modules" in refusal(tree)
    assert not (tree / "contrib" / "payload-cache").exists()
    cache.write_text(f"NS3_ENABLED_MODULES:STRING={in_ns3.MODULES}\n")
    in_ns3.check_configuration(tree)


def test_a_module_of_that_name_is_left_alone(tree):
    (tree / "contrib" / "payload-cache").mkdir()
    assert "contrib/payload-cache: there already" in refusal(tree)


def test_a_link_that_leads_nowhere(tree):
    (tree / "contrib" / "payload-cache").symlink_to(tree / "nowhere")
    assert "there already" in refusal(tree)


def test_linking_twice(tree):
    for _ in range(2):
        in_ns3.link(tree)
        assert (tree / "contrib" / "payload-cache").resolve() == ROOT


def test_a_checkout_inside_the_tree(tree, monkeypatch):
    place = tree / "contrib" / "payload-cache"
    place.mkdir()
    monkeypatch.setattr(in_ns3, "ROOT", place)
    in_ns3.link(tree)
    assert not place.is_symlink()


def test_a_step_that_fails(tree):
    with pytest.raises(UserError, match="./ns3 build"):
        in_ns3.step(tree, ["./ns3", "build"])


def test_suites_are_those_of_the_files():
    assert "payload-cache-equivalence" in in_ns3.suites()


def test_reading_test_py():
    said = (
        "[0/2] \033[32mPASS\033[0m: TestSuite a-b\n[1/2] CRASH: TestSuite c\n1 of 2 tests passed\n"
    )
    assert in_ns3.results_of(said, ["a-b", "c", "d"]) == {
        "a-b": "PASS",
        "c": "CRASH",
        "d": "not run",
    }


def test_the_table_fits_a_terminal_and_tells_both_modes_apart():
    suites = ["over-payload-cache-tcp-close", "recorded-over-payload-cache-ns3-tcp-loss"]
    accounting = dict(zip(suites, ["PASS", "CRASH"]))
    in_bytes = dict(zip(suites, ["FAIL", "PASS"]))
    lines = in_ns3.table({"payload-cache-ends": "PASS"}, accounting, in_bytes).splitlines()
    assert [line.split() for line in lines if line.startswith(("payload", "tcp", "ns3"))] == [
        ["payload-cache-ends", "PASS"],
        ["tcp-close", "PASS", "FAIL"],
        ["ns3-tcp-loss", "CRASH", "PASS,", "no", "checksums"],
    ]
    assert max(map(len, lines)) <= 80
