"""Which Debian packages a task needs, and how they get here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from analysis.errors import UserError

# libns3-dev's CMake package wants the programs of `ns3` beside it.
BUILD = ("g++", "cmake", "ninja-build", "git", "libns3-dev", "ns3", "nlohmann-json3-dev")
PICTURES = ("python3-matplotlib",)
COMPARE = BUILD + PICTURES + ("python3-tqdm",)
SWEEP = BUILD + ("python3-tqdm", "python3-scipy")
PLOT = SWEEP + ("python3-matplotlib", "python3-numpy")
CLUSTER = SWEEP + ("python3-distributed",)
BROWSER = ("chromium", "chromium-driver", "python3-selenium")
TEST = (
    COMPARE
    + CLUSTER
    + PLOT
    + BROWSER
    + ("python3-pytest", "python3-jsonschema", "tshark", "sqlite3", "openssl")
)
FUZZ = BUILD + ("clang", "libclang-rt-14-dev")
MUTANTS = BUILD + PICTURES + ("python3-pytest", "python3-tqdm")
COVERAGE = TEST + ("gcovr",)
VALGRIND = BUILD + ("valgrind",)


def missing(packages: Sequence[str]) -> list[str]:
    """The packages among `packages` that are not installed."""
    command = ["dpkg-query", "-W", "-f=${db:Status-Status} ${Package}\n", *packages]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise UserError(
            f"dpkg-query cannot be run ({error.strerror}): this tool wants Debian 12 or its like, "
            f"with the packages {' '.join(packages)}"
        ) from error
    installed = {
        line.split()[1] for line in answer.stdout.splitlines() if line.startswith("installed ")
    }
    return [package for package in packages if package not in installed]


def privilege() -> list[str] | None:
    """What apt-get has to be called with: nothing as root, sudo without a password; else None."""
    if os.geteuid() == 0:
        return []
    try:
        sudo = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
    except OSError:  # no sudo, or a folder of PATH that may not be searched
        return None
    return ["sudo", "-n"] if sudo.returncode == 0 else None


def require(packages: Sequence[str]) -> None:
    """Installs what is missing, or says how.

    Raises UserError with the exact command where it may not, or where apt-get fails.
    """
    absent = missing(packages)
    if not absent:
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", *absent]
    become = privilege()
    if become is None:
        raise UserError(
            f"these Debian packages are missing: {' '.join(absent)}\n"
            f"install them with: sudo apt-get update && sudo {' '.join(command)}"
        )
    print(f"installing missing Debian packages: {' '.join(absent)}", file=sys.stderr)
    environment = [*become, "env", "DEBIAN_FRONTEND=noninteractive"]
    # An update that fails in part (one source of several) may still have told enough.
    for step in (["apt-get", "update"], command):
        done = subprocess.run(
            [*environment, *step], stdout=subprocess.DEVNULL, stderr=sys.stderr, check=False
        )
    if done.returncode != 0:
        raise UserError(f"{' '.join(command)} failed: the packages above are missing")
