"""Sweeps on a Dask cluster on loopback: workers come, go, die, and differ."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from analysis import build
from analysis.run import scenarios
from analysis.runs import cluster as dask
from analysis.runs.cluster import Build, execute_here, own_build
from analysis.runs.process import Job, Outcome
from analysis.runs.store import Inputs, Run
from conftest import ROOT
from sweeping import RECORD, children, count, gone, kill, many_runs, own_study, pcache, rows, until

FULL = "PCACHE_TEST_FULL" in os.environ
RUNS, BYTES = (200, 3_000_000) if FULL else (40, 1_500_000)


class Cluster:
    """A scheduler, its workers, and sweeps on them; all end with the test."""

    def __init__(self, folder, environment=None, protocol="tcp"):
        self.folder = folder
        self.environment = {**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})}
        self.processes = []
        file = folder / "scheduler.json"
        host = "127.0.0.1" if protocol == "tcp" else f"{protocol}://127.0.0.1"
        words = ["--host", host, "--port", "0", "--dashboard-address", "127.0.0.1:0"]
        self.scheduler = self.start(
            "scheduler",
            [sys.executable, "-m", "distributed.cli.dask_scheduler", *words]
            + ["--scheduler-file", str(file)],
        )
        until(file.exists)
        self.address = until(lambda: address_in(file))

    def start(self, name, words):
        """Starts a process, whose words go to a file."""
        with (self.folder / f"{name}.log").open("w") as log:
            process = subprocess.Popen(
                words, stdout=log, stderr=log, env=self.environment, cwd=self.folder
            )
        self.processes.append(process)
        return process

    def said(self, name):
        """What a process has said so far."""
        return (self.folder / f"{name}.log").read_text()

    def worker(self, name, *words):
        """Starts a worker of this checkout."""
        build.ensure(tuple(scenarios()))  # here, where nobody kills it
        command = [str(ROOT / "pcache"), "worker", self.address, "--name", name, "--jobs", "1"]
        return self.start(name, [*command, *words])

    def foreign(self, name, *words):
        """Starts a worker that has not been started by this tool."""
        options = ["--no-nanny", "--no-dashboard", "--name", name, "--host", "127.0.0.1"]
        command = [sys.executable, "-m", "distributed.cli.dask_worker", self.address, *options]
        return self.start(name, [*command, "--local-directory", str(self.folder), *words])

    def sweep(self, name, study, *words):
        """Starts a sweep, with its results in a folder of its name."""
        command = [str(ROOT / "pcache"), "sweep", str(study), "--results", str(self.folder / name)]
        return self.start(name, [*command, "--scheduler", self.address, *words])

    def close(self):
        """Ends all."""
        for process in self.processes:
            process.kill()
            process.wait()


def address_in(file):
    """The address in a scheduler's file, once it has been written."""
    try:
        return json.loads(file.read_text())["address"]
    except ValueError:
        return None


@pytest.fixture(name="cluster")
def cluster_of_ones_own(tmp_path):
    """A scheduler without workers."""
    (tmp_path / "cluster").mkdir()
    made = Cluster(tmp_path / "cluster")
    yield made
    made.close()


def test_workers_and_the_parent_die_and_nothing_is_lost(cluster, tmp_path):
    """No worker at first, then one that is killed with its runs, then another; then the parent is
    killed. The rows are those of a sweep on this machine's cores."""
    study = many_runs(tmp_path, RUNS, BYTES)
    results = cluster.folder / "first"
    cluster.sweep("first", study)
    until(lambda: "no worker that may be given runs" in cluster.said("first"))
    one = cluster.worker("one")
    until(lambda: count(results) > RUNS // 8)
    runs = until(lambda: children(one.pid))
    kill(one.pid)
    until(lambda: all(gone(pid) for pid in runs))
    before = count(results)
    cluster.worker("two")
    until(lambda: count(results) > before + RUNS // 8)
    kill(cluster.processes[1].pid)
    cluster.processes[1].wait()
    assert count(results) < RUNS, "it was too fast to be disturbed"
    os.rename(results, cluster.folder / "again")
    again = cluster.sweep("again", study)
    assert again.wait(timeout=600) == 0, cluster.said("again")
    assert re.search(r"[1-9]\d* computed, [1-9]\d* taken from the store\n", cluster.said("again"))
    assert pcache("sweep", study, "--results", tmp_path).returncode == 0
    assert rows(cluster.folder / "again") == rows(tmp_path)
    assert len(rows(tmp_path)) == RUNS


def test_workers_of_another_build_are_refused_by_name(cluster, tmp_path):
    (tmp_path / "other_build.py").write_text(
        "from analysis.runs.cluster import Build\n"
        "def dask_setup(worker):\n    worker.pcache_build = Build('0' * 64, 'deadbeef')\n"
    )
    cluster.foreign("odd", "--preload", str(tmp_path / "other_build.py"))
    cluster.foreign("plain")
    study = own_study(tmp_path, f"echo x >> {tmp_path}/log\n{RECORD}")
    sweep = cluster.sweep("sweep", study)
    until(lambda: "worker odd is refused" in cluster.said("sweep"))
    until(lambda: "worker plain is refused" in cluster.said("sweep"))
    said = cluster.said("sweep")
    assert "revision deadbeef" in said and str(own_build()) in said and "./pcache worker" in said
    assert sweep.poll() is None and not (tmp_path / "log").exists()
    fit = cluster.worker("fit")
    assert sweep.wait(timeout=120) == 0, cluster.said("sweep")
    assert (tmp_path / "log").read_text() == "x\n" * 6
    assert listening(fit.pid) == {"0100007F"}  # 127.0.0.1


def listening(pid):
    """The addresses on which a process listens, as the kernel writes them."""
    links = (os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir())
    sockets = {match[1] for link in links if (match := re.fullmatch(r"socket:\[(\d+)\]", link))}
    lines = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    words = (line.split() for line in lines.splitlines())
    return {w[1].partition(":")[0] for w in words if w[3] == "0A" and w[9] in sockets}


def test_a_scheduler_that_is_gone_is_told(cluster, tmp_path):
    study = own_study(tmp_path, f"sleep 0.2\n{RECORD}")
    sweep = cluster.sweep("sweep", study, "--set", "n={ from = 1, to = 1000, step = 1 }")
    cluster.worker("one")
    until(lambda: count(cluster.folder / "sweep") > 0)
    kill(cluster.scheduler.pid)
    assert sweep.wait(timeout=120) == 2
    assert f"the scheduler at {cluster.address} is gone" in cluster.said("sweep")
    assert "Traceback" not in cluster.said("sweep")


def test_a_scheduler_that_is_not_there(tmp_path):
    study = own_study(tmp_path, RECORD)
    for address, said in (
        ("nonsense://x", "--scheduler nonsense://x: no address of a scheduler"),
        ("tcp://127.0.0.1:1", "no Dask scheduler answers there"),
    ):
        done = pcache("sweep", study, "--results", tmp_path, "--scheduler", address)
        assert done.returncode == 2 and said in done.stderr
        assert "Traceback" not in done.stderr


def test_a_worker_of_no_scheduler():
    done = pcache("worker", "nonsense")
    assert done.returncode == 2 and "nonsense: no address of a scheduler" in done.stderr
    assert "Traceback" not in done.stderr


def test_failures_on_a_worker_are_kept(cluster, tmp_path):
    script = f'case "$*" in *n=3*) echo "no room" >&2; exit 1;; *n=4*) kill -9 $$;; esac\n{RECORD}'
    study = own_study(tmp_path, script)
    cluster.worker("one")
    sweep = cluster.sweep("sweep", study)
    assert sweep.wait(timeout=120) == 1
    failed = [row[7] for row in rows(cluster.folder / "sweep") if row[5] == "failed"]
    assert sorted(failed) == ["killed from outside by SIGKILL, 4 times in a row", "no room"]


def test_tls_of_dasks_own_configuration(tmp_path):
    """Certificates in Dask's configuration alone: all three parties take them from there."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        + ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
        + ["-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    prefix = "DASK_DISTRIBUTED__COMM__"
    environment = {f"{prefix}REQUIRE_ENCRYPTION": "True", f"{prefix}TLS__CA_FILE": str(certificate)}
    for party in ("SCHEDULER", "WORKER", "CLIENT"):
        environment[f"{prefix}TLS__{party}__CERT"] = str(certificate)
        environment[f"{prefix}TLS__{party}__KEY"] = str(key)
    cluster = Cluster(folder, environment, protocol="tls")
    try:
        assert cluster.address.startswith("tls://")
        study = own_study(tmp_path, RECORD)
        cluster.worker("one")
        assert cluster.sweep("sweep", study).wait(timeout=120) == 0, cluster.said("sweep")
        plain = pcache(
            *("sweep", study, "--results", tmp_path / "plain", "--scheduler", cluster.address)
        )
        assert plain.returncode == 2 and "--scheduler tls://" in plain.stderr
    finally:
        cluster.close()


# -- Without a cluster --


def test_files_that_differ_on_a_worker_are_refused(tmp_path):
    mine = tmp_path / "mine.txt"
    mine.write_text("# a machine\n")
    run = Run.of("bulk-transfer", {"profile": str(mine)})
    job = Job(run, None, Inputs.of(run))
    mine.write_text("# another machine\n")
    done = execute_here(job)
    assert done.refused and "mine.txt" in done.error
    mine.unlink()
    done = execute_here(job)
    assert done.refused and "mine.txt" in done.error


class Lost:
    """A future whose worker has died since it ended."""

    status = "finished"

    def result(self, timeout=None):
        assert timeout is not None, "it would wait for ever"
        raise TimeoutError

    def cancel(self):
        """Nothing is left of it."""


def test_what_a_worker_took_along_after_its_end_is_run_again():
    run = Run.of("bulk-transfer", {})
    job = Job(run, None, Inputs.of(run))
    sweep = dask.Cluster.__new__(dask.Cluster)  # without a scheduler
    sweep._asked, sweep._lost, sweep._waiting = {}, {}, dask.deque()
    sweep._ended = dask.queue.SimpleQueue()
    for _ in range(dask.WORKERS_LOST - 1):
        sweep._workers = {"there": dask.Worker(1, {(future := Lost()): job})}
        sweep._ended.put(("there", future))
        assert list(sweep._take()) == []
        assert sweep._waiting.pop() == job and not sweep._waiting
    sweep._workers["there"].running[future] = job
    sweep._ended.put(("there", future))
    assert list(sweep._take()) == [(run, Outcome(0, error="10 workers died that had it"))]


def test_builds_differ_by_sources_and_by_revision():
    assert Build("a", "b") == Build("a", "b")
    assert Build("a", "b") != Build("a", "c") and Build("a", "b") != Build("c", "b")
