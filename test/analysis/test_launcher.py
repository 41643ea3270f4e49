"""The launcher: from anywhere, under any python3, with packages missing."""

import os
import subprocess

import pytest

from analysis import build, packages, programs, run, summary
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


def test_a_folder_named_analysis_is_not_taken_for_ours(tmp_path):
    (tmp_path / "analysis").mkdir()
    (tmp_path / "analysis" / "__main__.py").write_text("raise SystemExit(99)\n")
    assert pcache("--help", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("command", ["run", "test"])
def test_help_of_commands(command):
    done = pcache(command, "--help")
    assert done.returncode == 0
    assert "usage" in done.stdout


def test_every_scenario_is_known():
    every = ["bulk-transfer", "datagrams", "load", "lossy-wan", "request-response", "slow-reader"]
    assert run.scenarios() == every


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


def test_a_record_without_a_file():
    done = pcache("run", "bulk-transfer", "--duration=0.01", "--json=")
    assert done.returncode == 2
    assert "--json=FILE" in done.stderr


def test_a_record_does_not_take_the_place_of_a_device(tmp_path):
    pipe = tmp_path / "pipe"  # stands for /dev/stdout, which a test must not put at risk
    os.mkfifo(pipe)
    done = pcache("run", "bulk-transfer", "--duration=0.01", f"--json={pipe}")
    assert done.returncode == 2
    assert "--json=-" in done.stderr
    assert pipe.is_fifo()


def test_a_full_disk_below_standard_output():
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            [str(ROOT / "pcache"), "run", "bulk-transfer", "--duration=0.01"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "error: No space left on device"


def test_the_bus_calculator():
    done = pcache("bus", "--opRate=47.4", "--sizes=64", "--csv")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "size_bytes,write_gbps,read_gbps,readwrite_gbps"
    assert pcache("bus", "--help").returncode == 0


def test_a_program_that_a_signal_ends(capfd):
    assert programs.status(["sh", "-c", "kill -SEGV $$"]) == 128 + 11
    assert "Segmentation fault" in capfd.readouterr().err


def test_a_build_is_current_only_with_its_programs(tmp_path):
    stamp = tmp_path / "stamp"
    stamp.write_text("now")
    assert not build.is_current(tmp_path, stamp, "now", ("program",))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "program").write_text("")
    assert build.is_current(tmp_path, stamp, "now", ("program",))
    assert not build.is_current(tmp_path, stamp, "later", ("program",))


def test_a_folder_configured_elsewhere_is_configured_anew(tmp_path):
    (tmp_path / "build.ninja").write_text("")
    lines = f"CMAKE_HOME_DIRECTORY:INTERNAL={build.ROOT}\nCMAKE_CACHEFILE_DIR:INTERNAL="
    cache = tmp_path / "CMakeCache.txt"
    cache.write_text(f"{lines}{tmp_path}\n")
    assert build.is_configured(tmp_path)
    cache.write_text(f"{lines}/elsewhere\n")
    assert not build.is_configured(tmp_path)


def test_summary_of_stock():
    record = {
        "program": "x",
        "parameters": {"path": "stock"},
        "goodput_bps": 1e9,
        "duration_s": 1,
        "wall_s": 1,
        "events": 1,
        "scenario": {"requests": 3, "latency_us": {"mean": 1.25}},
        "hosts": {},
    }
    shown = summary.render(record)
    assert "mean 1.25" in shown
    assert "1.000 Gb/s" in shown


def test_missing_packages_without_rights(monkeypatch):
    monkeypatch.setattr(packages, "missing", lambda wanted: ["libns3-dev", "ns3"])
    monkeypatch.setattr(packages, "privilege", lambda: None)
    with pytest.raises(UserError) as error:
        packages.require(packages.BUILD)
    assert "sudo apt-get install -y --no-install-recommends libns3-dev ns3" in str(error.value)


def test_no_rights_where_sudo_cannot_be_run(monkeypatch):
    def run(*_arguments, **_options):
        raise PermissionError(13, "Permission denied", "sudo")

    monkeypatch.setattr(packages.os, "geteuid", lambda: 65534)
    monkeypatch.setattr(packages.subprocess, "run", run)
    assert packages.privilege() is None


def test_no_dpkg(monkeypatch):
    def run(*_arguments, **_options):
        raise FileNotFoundError(2, "No such file or directory", "dpkg-query")

    monkeypatch.setattr(packages.subprocess, "run", run)
    with pytest.raises(UserError, match="Debian 12"):
        packages.missing(["g++"])


def test_an_installation_that_fails(monkeypatch):
    monkeypatch.setattr(packages, "missing", lambda wanted: ["ns3"])
    monkeypatch.setattr(packages, "privilege", lambda: [])
    monkeypatch.setattr(
        packages.subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 100)
    )
    with pytest.raises(UserError, match="ns3 failed"):
        packages.require(packages.BUILD)


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
