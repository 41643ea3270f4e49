"""Builds the programs with CMake and Ninja, and only when something has changed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from analysis import packages
from analysis.errors import UserError

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("CMakeLists.txt", "model", "helper", "examples", "test")
STAMP = "pcache-stamp"


def build_dir(sanitize: bool = False) -> Path:
    """Where the programs are built: below the checkout, or in $PCACHE_BUILD."""
    given = os.environ.get("PCACHE_BUILD")
    if given and not sanitize:
        return Path(given)
    return ROOT / ("build-sanitize" if sanitize else "build")


def fingerprint() -> str:
    """What the build depends on: the path, size and time of each source, and the commit."""
    lines = []
    for source in SOURCES:
        top = ROOT / source
        files = [top] if top.is_file() else sorted(p for p in top.rglob("*") if p.is_file())
        for path in files:
            if "__pycache__" not in path.parts:
                state = path.stat()
                lines.append(f"{path.relative_to(ROOT)} {state.st_size} {state.st_mtime_ns}")
    return "\n".join([*lines, head()])


def head() -> str:
    """The commit that is checked out, as far as the files of .git tell it."""
    git = ROOT / ".git"
    try:
        text = (git / "HEAD").read_text().strip()
        name = text.removeprefix("ref: ")
        return text + " " + (git / name).read_text().strip() if name != text else text
    except OSError:
        return ""


def run_step(command: list[str], what: str) -> None:
    """Runs one step of the build with its output on standard error."""
    done = subprocess.run(command, stdout=sys.stderr, stderr=sys.stderr, check=False)
    if done.returncode != 0:
        raise UserError(f"{what} failed: {' '.join(command)}")


def ensure(targets: tuple[str, ...] = (), sanitize: bool = False) -> Path:
    """Builds `targets` (all, if none are named) where they are out of date.

    Returns the folder of the build. Raises UserError if packages are missing or the build fails.
    """
    folder = build_dir(sanitize)
    stamp = folder / (STAMP + "-" + ("-".join(targets) or "all"))
    now = fingerprint()
    if stamp.is_file() and stamp.read_text() == now:
        return folder
    packages.require(packages.BUILD)
    if not (folder / "build.ninja").is_file():
        print(f"configuring in {folder}", file=sys.stderr)
        option = f"-DPCACHE_SANITIZE={'ON' if sanitize else 'OFF'}"
        run_step(
            ["cmake", "-G", "Ninja", "-S", str(ROOT), "-B", str(folder), option, "-Wno-dev"],
            "configuring",
        )
    print("building; the first time takes a few minutes", file=sys.stderr)
    run_step(["cmake", "--build", str(folder), *target_options(targets)], "building")
    stamp.write_text(now)
    return folder


def target_options(targets: tuple[str, ...]) -> list[str]:
    """Targets as `cmake --build` takes them."""
    return [word for target in targets for word in ("--target", target)]
