"""The launcher: from anywhere, under any python3, with packages missing."""

import os
import subprocess
import sys

import pytest

from analysis import packages, summary
from analysis.errors import UserError
from conftest import ROOT


def pcache(*arguments, **options):
    """Runs ./pcache."""
    launcher = options.pop("launcher", ROOT / "pcache")
    return subprocess.run(
        [str(launcher), *arguments], capture_output=True, text=True, check=False, **options
    )


def test_from_another_folder_through_a_link_under_a_foreign_python(tmp_path):
    link = tmp_path / "tool"
    link.symlink_to(ROOT / "pcache")
    fake = tmp_path / "python3"
    fake.write_text("#!/bin/sh\nexit 99\n")
    fake.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = pcache("--help", launcher=link, cwd=tmp_path, env={**os.environ, "PATH": path})
    assert done.returncode == 0
    assert "./pcache run bulk-transfer" in done.stdout


@pytest.mark.parametrize("command", ["run", "test"])
def test_help_of_commands(command):
    done = pcache(command, "--help")
    assert done.returncode == 0
    assert "usage" in done.stdout


def test_unknown_scenario():
    done = pcache("run", "teleport")
    assert done.returncode == 2
    assert "bulk-transfer" in done.stderr


def test_unknown_command():
    assert pcache("dance").returncode == 2


def test_a_scenarios_errors_pass_through():
    done = pcache("run", "bulk-transfer", "--flows=0")
    assert done.returncode == 2
    assert "--flows=0" in done.stderr


def test_summary_fits_a_terminal_without_colours():
    done = pcache("run", "bulk-transfer", "--duration=0.05", "--lossRate=0.01")
    assert done.returncode == 0, done.stderr
    assert "\033" not in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    for word in ("goodput", "sender %", "ns/B", "card RAM peak", "bus to the card"):
        assert word in done.stdout


def test_record_on_standard_output():
    done = pcache("run", "bulk-transfer", "--duration=0.01", "--json=-")
    assert done.stdout.lstrip().startswith("{")
    assert done.stdout.rstrip().endswith("}")


def test_summary_of_stock():
    record = {
        "program": "x",
        "parameters": {"path": "stock"},
        "goodput_bps": 1e9,
        "duration_s": 1,
        "wall_s": 1,
        "events": 1,
        "hosts": {},
    }
    assert "1.000 Gb/s" in summary.render(record)


def test_missing_packages_without_rights(monkeypatch):
    monkeypatch.setattr(packages, "missing", lambda wanted: ["libns3-dev", "ns3"])
    monkeypatch.setattr(packages, "privilege", lambda: None)
    with pytest.raises(UserError) as error:
        packages.require(packages.BUILD)
    assert "sudo apt-get install -y --no-install-recommends libns3-dev ns3" in str(error.value)


def test_missing_packages_are_installed(monkeypatch):
    steps = []
    monkeypatch.setattr(packages, "missing", lambda wanted: ["ns3"])
    monkeypatch.setattr(packages, "privilege", lambda: ["sudo", "-n"])

    def run(command, **_options):
        steps.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(packages.subprocess, "run", run)
    packages.require(packages.BUILD)
    assert steps[0][-2:] == ["apt-get", "update"]
    assert steps[1][-1] == "ns3"
    assert steps[1][:2] == ["sudo", "-n"]


def test_what_is_missing_is_found():
    assert packages.missing(["dpkg", "no-such-package-at-all"]) == ["no-such-package-at-all"]
    assert sys.executable  # Debian's, by the launcher
