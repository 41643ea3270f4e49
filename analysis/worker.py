"""`./pcache worker ADDRESS`: lends this machine's cores to sweeps on a Dask cluster."""

from __future__ import annotations

import argparse
import os
import sys

from analysis import build, packages
from analysis.run import scenarios
from analysis.runs.local import cores
from analysis.sweep import jobs

HELP = "lend this machine's cores to a sweep elsewhere"
DESCRIPTION = """\
Builds what is out of date and starts a Dask worker of this checkout, which executes the runs of
`./pcache sweep --scheduler ADDRESS`. It listens on loopback unless told otherwise; Dask's own
configuration (TLS for one) is honoured. doc/cluster.md shows Slurm and Kubernetes."""
EPILOG = """\
example, each line in a terminal of its own:
  dask scheduler --host 127.0.0.1 --dashboard-address 127.0.0.1:8787
  ./pcache worker tcp://127.0.0.1:8786
  ./pcache sweep write-size --scheduler tcp://127.0.0.1:8786"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's own arguments."""
    parser.add_argument("address", metavar="ADDRESS", help="of the scheduler")
    parser.add_argument(
        "--jobs", type=jobs, metavar="N", help="runs at the same time (default: one a core)"
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="NAME",
        help="name or address of this machine, where it listens (default: 127.0.0.1)",
    )
    parser.add_argument("--name", metavar="NAME", help="the worker's name in messages")


def execute(options: argparse.Namespace, _rest: list[str]) -> int:
    """Becomes the worker, and does not return: who kills this process kills it, and its runs."""
    packages.require(packages.CLUSTER)
    from analysis.runs.cluster import check_address  # wants a package that may have come only now

    check_address(options.address)
    folder = build.ensure(tuple(scenarios()))
    command = [
        sys.executable,
        *("-P", "-m", "distributed.cli.dask_worker", options.address),
        *("--preload", "analysis.runs.cluster"),
        *("--host", options.host, "--dashboard-address", f"{options.host}:0", "--no-dashboard"),
        *("--nworkers", "1", "--nthreads", str(options.jobs or cores()), "--no-nanny"),
        *("--local-directory", str(folder / "dask")),
        *(("--name", options.name) if options.name else ()),
    ]
    os.execv(command[0], command)
