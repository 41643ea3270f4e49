"""What the tests of the tool share: running scenarios, and reading profiles without the model."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))
BUILD = Path(os.environ.get("PCACHE_BUILD", ROOT / "build"))
BULK = BUILD / "bin" / "bulk-transfer"


def read_profile(name: str) -> dict[str, float]:
    """The numbers of a profile, by the attribute's name, in its units; switches are 0 or 1."""
    switches = {"true": 1.0, "false": 0.0}
    values = {}
    for line in (ROOT / "profiles" / f"{name}.txt").read_text().splitlines():
        if included := re.match(r'Include "([^".]+)', line):
            values = read_profile(included[1])
        match = re.match(r'ns3::\w+::(\w+) "([^" ]+)', line)
        if match:
            try:
                text = match[2]
                values[match[1]] = switches[text] if text in switches else float(text)
            except ValueError:
                pass  # a kind
    return values


def machines() -> list[str]:
    """The shipped profiles of machines: all that cost something."""
    names = sorted(path.stem for path in (ROOT / "profiles").glob("*.txt"))
    return [name for name in names if name != "ideal"]


def run_scenario(program: str, *options: str) -> dict:
    """Runs a scenario's program with options and gives its record."""
    done = subprocess.run(
        [str(BUILD / "bin" / program), *options, "--json=-"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (program, options, done.stderr)
    return json.loads(done.stdout)


def run_bulk(*options: str) -> dict:
    """Runs bulk-transfer with options and gives its record."""
    return run_scenario("bulk-transfer", *options)


@pytest.fixture
def bulk(tmp_path: Path):
    """Runs bulk-transfer with options and gives its record."""

    def run(*options: str) -> dict:
        file = tmp_path / "record.json"
        done = subprocess.run(
            [str(BULK), *options, f"--json={file}"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(file.read_text())

    return run


@pytest.fixture
def refused(tmp_path: Path):
    """Runs a scenario with options that it has to refuse, and gives what it says."""

    def run(*options: str, program: str = "bulk-transfer") -> str:
        before = sorted(os.listdir(tmp_path))
        done = subprocess.run(
            [str(BUILD / "bin" / program), *options],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        assert done.returncode == 2, (options, done.returncode, done.stderr)
        assert done.stdout == ""
        assert sorted(os.listdir(tmp_path)) == before, "something was left behind"
        return done.stderr

    return run


STUDY = """\
question = "From which size of writes on is the payload cache cheaper, <with> & without losses?"
scenario = "bulk-transfer"
seeds = 2

[fixed]
profile = "pii450-tigon2-gbe-2001"
warmup = 0.01
duration = 0.02

[sweep]
path = ["stock", "conventional", "offload", "payload-cache"]
writeSize = [512, "4KiB", "64KiB"]
lossRate = [0, 0.02]

[answer]
quantity = "cpu"
along = "writeSize"
"""


@pytest.fixture(scope="session")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a study, `small.toml`, and the store of its sweep in `results`.

    `one.toml` is the same with one picture, which takes less time to draw.
    """
    from sweeping import pcache

    folder = tmp_path_factory.mktemp("study")
    (folder / "small.toml").write_text(STUDY)
    (folder / "one.toml").write_text(f'{STUDY}\n[[plot]]\nkind = "frontier"\n')
    done = pcache("sweep", "small.toml", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder
