"""Builds the programs with CMake and Ninja, and only when something has changed."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analysis import packages
from analysis.errors import UserError

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("CMakeLists.txt", "cmake", "model", "helper", "examples", "test")
STAMP = "pcache-stamp"
# Builds of the same sources for a purpose of their own, and what CMake is told for each.
PLAIN = ""
VARIANTS = {
    PLAIN: (),
    "sanitize": ("-DPCACHE_SANITIZE=ON",),
    "coverage": ("-DPCACHE_COVERAGE=ON",),
    "fuzz": ("-DPCACHE_FUZZ=ON", "-DCMAKE_C_COMPILER=clang", "-DCMAKE_CXX_COMPILER=clang++"),
    "valgrind": ("-DPCACHE_LTO=OFF", "-DCMAKE_C_FLAGS=-g1", "-DCMAKE_CXX_FLAGS=-g1"),
}


def build_dir(variant: str = PLAIN) -> Path:
    """Where the programs are built: below the checkout, or the plain ones in $PCACHE_BUILD."""
    given = os.environ.get("PCACHE_BUILD")
    if given and variant == PLAIN:
        return Path(given).resolve()
    return ROOT / "-".join(filter(None, ("build", variant)))


def fingerprint() -> str:
    """What the build depends on: where the checkout is, path, size and time of each source, and
    the commit."""
    lines = [str(ROOT)]
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
        if git.is_file():  # of a worktree, whose branches are the main one's
            git = ROOT / git.read_text().strip().removeprefix("gitdir: ")
        text = (git / "HEAD").read_text().strip()
        name = text.removeprefix("ref: ")
        if name == text:
            return text
        common = git / "commondir"
        branches = git / common.read_text().strip() if common.is_file() else git
        # A branch without a file of its own is in packed-refs.
        loose = branches / name
        refs = loose if loose.is_file() else branches / "packed-refs"
        return text + " " + refs.read_text().strip()
    except OSError:
        return ""


def run_step(command: list[str], what: str) -> None:
    """Runs one step of the build with its output on standard error."""
    done = subprocess.run(command, stdout=sys.stderr, stderr=sys.stderr, check=False)
    if done.returncode != 0:
        raise UserError(f"{what} failed: {' '.join(command)}")


def ensure(targets: tuple[str, ...] = (), variant: str = PLAIN) -> Path:
    """Builds `targets` (all, if none are named) of a variant where they are out of date.

    Returns the folder of the build. Raises UserError if packages are missing or the build fails.
    """
    folder = build_dir(variant)
    stamp = folder / stamp_name(targets)
    now = fingerprint()
    if is_current(folder, stamp, now, targets):
        return folder
    packages.require(packages.BUILD)
    with locked(folder):
        if is_current(folder, stamp, now, targets):  # another call has built it meanwhile
            return folder
        if not is_configured(folder):
            print(f"configuring in {folder}", file=sys.stderr)
            command = ["cmake", "--fresh", "-G", "Ninja", "-S", str(ROOT), "-B", str(folder)]
            run_step([*command, *VARIANTS[variant], "-Wno-dev"], "configuring")
        print("building what is out of date; all of it takes a few minutes", file=sys.stderr)
        run_step(["cmake", "--build", str(folder), *target_options(targets)], "building")
        stamp.write_text(now)
    return folder


def stamp_name(targets: tuple[str, ...]) -> str:
    """The file that says of which sources these targets were built; of a bounded length."""
    return STAMP + "-" + hashlib.sha256(" ".join(targets).encode()).hexdigest()[:16]


def is_current(folder: Path, stamp: Path, now: str, targets: tuple[str, ...]) -> bool:
    """Whether the last build was of these sources, and its programs are still there."""
    if not (stamp.is_file() and stamp.read_text() == now):
        return False
    return all((folder / "bin" / target).is_file() for target in targets)


def revision() -> str:
    """The revision that the built programs put into their records."""
    source = build_dir() / "pcache-revision.c"
    match = re.search(r'return "(.*)"', source.read_text()) if source.is_file() else None
    return match[1] if match else "unknown"


def is_configured(folder: Path) -> bool:
    """Whether the folder is configured for this checkout; one that was moved or copied is not."""
    cache = folder / "CMakeCache.txt"
    if not ((folder / "build.ninja").is_file() and cache.is_file()):
        return False
    lines = cache.read_text().splitlines()
    here = (f"CMAKE_HOME_DIRECTORY:INTERNAL={ROOT}", f"CMAKE_CACHEFILE_DIR:INTERNAL={folder}")
    return all(line in lines for line in here)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keeps two calls from writing in one folder at the same time: the second waits."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = open(folder / ".pcache-lock", "w", encoding="utf-8")
    except OSError as error:
        raise UserError(f"{folder}: cannot be written in: {error.strerror}") from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def target_options(targets: tuple[str, ...]) -> list[str]:
    """Targets as `cmake --build` takes them."""
    return [word for target in targets for word in ("--target", target)]
