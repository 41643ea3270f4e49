"""`./pcache test --mutants`: bugs are planted one at a time, and a test has to notice each.

Each mutant is a patch in test/mutants. It is applied to a copy of the tree, what it changes is
built anew, and the tests run from the cheapest to the dearest until one fails. There is a copy and
a build of it for each core, so that as many mutants are tried at a time.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
import queue
import re
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from analysis import build, packages
from analysis.errors import UserError
from analysis.runs.pool import progress_bar

FOLDER = build.ROOT / "test" / "mutants"
# A mutant may run for ever, and ask for memory for ever; chosen: many times what a test takes.
MEMORY_BYTES = 4 << 30
# What tests print where something is wrong: the C core's, CTest's programs', pytest's.
CORE_SAYS = re.compile(r"^\S+\.[ch]:\d+: .*", re.MULTILINE)
NS3_SAYS = re.compile(r'^ +test="(.*?)" actual="(.*?)" limit="(.*?)" in=".*?" (.*)$', re.MULTILINE)
NS3_CASE = re.compile(r"^ +FAIL (.*?) [\d.]+ s$", re.MULTILINE)
ABORT_SAYS = re.compile(r"^.*(?:msg=|Assertion|terminate called).*", re.MULTILINE)
PYTEST_SAYS = re.compile(r"^(?:FAILED|ERROR) .*", re.MULTILINE)
RANDOM_SAYS = re.compile(r'^\{.*"result":"fail".*', re.MULTILINE)
BUILD = "build"  # within a copy
RED = "\033[31m"
PLAIN = "\033[0m"


@dataclass(frozen=True)
class Mutant:
    """A planted bug."""

    patch: Path
    wrong: str  # what is wrong, in words
    expected: str  # the test that is to catch it

    @property
    def name(self) -> str:
        """The patch's name, which the mutant is called by."""
        return self.patch.stem


@dataclass(frozen=True)
class Stage:
    """Tests that are built and run together; stages come from the cheapest to the dearest."""

    targets: tuple[str, ...]  # what they need; "all" for everything
    tests: tuple[str, ...]  # CTest's names, or pytest's files, in the order to run them in
    hangs_after_s: int  # CPU time of one test; chosen: many times what the dearest of them takes


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant."""

    mutant: Mutant
    test: str = ""  # which caught it; empty: none did
    message: str = ""  # what that said
    broken: bool = False  # it does not apply, or does not compile


# The scenarios' tests that are quick and check what a run comes to as a whole.
PYTEST = ("test_own_costs.py", "test_bounds.py", "test_modern.py")
# The suites by what they cost and catch; those that are not named come in between.
FIRST_SUITES = tuple(
    f"payload-cache-{name}"
    for name in ("socket", "bytes", "ends", "ram", "udp", "host-needs", "merging", "congestion")
)
LAST_SUITES = ("payload-cache-connections", "payload-cache-equivalence")
RANDOM = "random/scenarios"


def stages(root: Path) -> list[Stage]:
    """The tests of a tree, by what they cost."""
    core = sorted(path.stem for path in (root / "test" / "core").glob("test-*.c"))
    suffix = "-test-suite"
    found = {path.stem.removesuffix(suffix) for path in (root / "test").glob(f"*{suffix}.cc")}
    between = sorted(found.difference(FIRST_SUITES, LAST_SUITES))
    first = [suite for suite in (*FIRST_SUITES, *between) if suite in found]
    last = [suite for suite in LAST_SUITES if suite in found]
    runner = ("pcache-test-runner",)
    return [
        Stage(tuple(f"core-{name}" for name in core), tuple(f"core/{name}" for name in core), 60),
        Stage(runner, tuple(f"ns3/{suite}" for suite in first), 60),
        Stage(("random-scenario",), (RANDOM,), 120),
        Stage(("all",), PYTEST, 120),
        Stage(runner, tuple(f"ns3/{suite}" for suite in last), 240),
    ]


# -- Mutants --


def read_mutant(patch: Path) -> Mutant:
    """Reads a patch's header: what is wrong, and which test is to catch it."""
    header: dict[str, str] = {}
    for number, line in enumerate(patch.read_text().splitlines(), 1):
        if line.startswith(("diff ", "--- ")):
            break
        key, colon, value = line.partition(": ")
        if key not in ("Mutant", "Caught by") or not colon or not value.strip() or key in header:
            raise UserError(
                f'{patch}:{number}: "{line}": a patch begins with two lines, "Mutant: what is '
                'wrong" and "Caught by: test", and then the diff'
            )
        header[key] = value.strip()
    if len(header) != 2:
        missing = next(key for key in ("Mutant", "Caught by") if key not in header)
        raise UserError(f'{patch}: the line "{missing}: …" is missing before the diff')
    return Mutant(patch, header["Mutant"], header["Caught by"])


def find_mutants(pattern: str, folder: Path = FOLDER) -> list[Mutant]:
    """The mutants whose name matches a pattern, as a shell's or a part of the name."""
    patches = sorted(folder.glob("*.patch"))
    wanted = pattern if any(sign in pattern for sign in "*?[") else f"*{pattern}*"
    chosen = [patch for patch in patches if fnmatch.fnmatch(patch.stem, wanted)]
    if not chosen:
        names = ", ".join(patch.stem for patch in patches) or "none"
        raise UserError(f"--mutants={pattern}: no such mutant in {folder}; there are: {names}")
    return [read_mutant(patch) for patch in chosen]


# -- The copy of the tree --


def sources(root: Path) -> Iterator[Path]:
    """The files of a checkout as they are now, also those that are not committed yet."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others"]
    command += ["--exclude-standard"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise UserError(f"{root}: mutants need the checkout's git: {done.stderr.strip()}")
    for name in filter(None, done.stdout.split("\0")):
        if (root / name).is_file():
            yield Path(name)


def copy_tree(root: Path, copy: Path) -> None:
    """Brings a copy of the tree up to date; files that are the same keep their time, so that what
    is built of them stays."""
    wanted = set(sources(root))
    for path in [path for path in copy.rglob("*") if path.is_file()]:
        name = path.relative_to(copy)
        if name not in wanted and name.parts[0] != BUILD and "__pycache__" not in name.parts:
            path.unlink()
    for name in wanted:
        place = copy / name
        content = (root / name).read_bytes()
        if not place.is_file() or place.read_bytes() != content:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
            shutil.copymode(root / name, place)


def plant(mutant: Mutant, tree: Path, reverse: bool = False) -> None:
    """Applies a mutant to the copy, or takes it out again."""
    # As git sees it the copy is no repository of its own, wherever it lies.
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(tree.parent)}
    done = subprocess.run(
        ["git", "apply", *(["--reverse"] if reverse else []), str(mutant.patch)],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise UserError(
            f"{mutant.patch}: does not apply any more; make it anew of the code as it is now:\n"
            f"{done.stderr.strip()}"
        )


# -- Building and testing --

Right = Mapping[Path, str]  # the programs of the tree as it is, and the digest of each


def configure(tree: Path, folder: Path) -> None:
    """Configures the one folder in which all mutants are built: quick to link."""
    if (folder / "build.ninja").is_file():
        return
    command = ["cmake", "-G", "Ninja", "-S", str(tree), "-B", str(folder), "-Wno-dev"]
    # as developers build, and in a place like theirs: ccache has most of it from them
    build.run_step([*command, "-DPCACHE_LTO=OFF"], "configuring the mutants' build")


def make(folder: Path, targets: tuple[str, ...], of_what: str) -> None:
    """Builds targets."""
    command = ["cmake", "--build", str(folder), *build.target_options(targets)]
    # What one copy, or a neighbour of the checkout, has compiled is taken over by the others.
    environment = {**os.environ, "CCACHE_BASEDIR": str(build.ROOT.parent), "CCACHE_NOHASHDIR": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        raise UserError(f"{of_what}: does not compile:\n{done.stdout.strip()[-1000:]}")


def limit(cpu_s: int) -> None:
    """Keeps a test and all that it starts within bounds; runs in the test's process."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def program_of(folder: Path, test: str) -> Path | None:
    """The one program that a test runs; None of pytest's, which run several."""
    if test.endswith(".py"):
        return None
    if test.startswith("core/"):
        return folder / "bin" / test.replace("/", "-")
    return folder / "bin" / ("random-scenario" if test == RANDOM else "pcache-test-runner")


def programs_of(folder: Path, tests: Iterable[str]) -> dict[Path, str]:
    """The programs of tests, and a digest of each as it is now."""
    programs = {program_of(folder, test) for test in tests} - {None}
    return {
        program: hashlib.sha256(program.read_bytes()).hexdigest()
        for program in programs
        if program.is_file()
    }


def command_of(folder: Path, test: str) -> list[str]:
    """What runs a test."""
    if test.endswith(".py"):
        command = ["/usr/bin/python3", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
        return [*command, f"test/analysis/{test}"]
    program = str(program_of(folder, test))
    if test.startswith("core/"):
        return [program]
    if test == RANDOM:
        return [program, "--seed=1", "--count=100"]
    return [program, f"--suite={test.removeprefix('ns3/')}", "--verbose", "--stop-on-failure"]


def run_test(folder: Path, test: str, hangs_after_s: int) -> str | None:
    """Runs one test. Returns None if it passes, or else what it says."""
    environment = {**os.environ, "PCACHE_BUILD": str(folder)}
    done = subprocess.run(
        command_of(folder, test),
        cwd=source_of(folder) if test.endswith(".py") else folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        preexec_fn=lambda: limit(hangs_after_s),
        check=False,
    )
    return None if done.returncode == 0 else what_was_said(done.stdout, done.returncode)


def source_of(folder: Path) -> Path:
    """The copy of the tree that is built in a folder."""
    return folder.parent


def what_was_said(output: str, status: int) -> str:
    """The line of a failed test's output that says what was wrong."""
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        return "time out"
    if found := RANDOM_SAYS.search(output):
        failed = json.loads(found[0])
        first = failed["violations"][0]
        return one_line(f"seed {failed['seed']}: {first['invariant']}: {first['what']}")
    for says in (PYTEST_SAYS, CORE_SAYS):
        if found := says.search(output):
            return one_line(found[0])
    if found := NS3_SAYS.search(output):
        case = NS3_CASE.search(output)
        said = f"{found[4]}: {found[1]}, which is {found[2]} against {found[3]}"
        return one_line(f"{case[1]}: {said}" if case else said)
    if found := ABORT_SAYS.search(output):
        return one_line(found[0])
    return f"ended with {signal.strsignal(-status) if status < 0 else f'status {status}'}"


def one_line(text: str) -> str:
    """A message in one line of bearable length."""
    text = " ".join(text.split())
    return text if len(text) <= 160 else text[:157] + "…"


def try_mutant(mutant: Mutant, tree: Path, folder: Path, right: Right) -> Verdict:
    """Plants one mutant, and runs tests until one fails."""
    try:
        plant(mutant, tree)
        try:
            test, message = first_failure(tree, folder, f"{mutant.patch}", right=right)
        finally:
            plant(mutant, tree, reverse=True)
    except UserError as error:
        return Verdict(mutant, message=str(error), broken=True)
    return Verdict(mutant, test, message)


def try_in_free_slot(mutant: Mutant, free: queue.SimpleQueue[Path], right: Right) -> Verdict:
    """Tries a mutant in the next copy of the tree that no other mutant is planted in."""
    slot = free.get()
    try:
        return try_mutant(mutant, slot, slot / BUILD, right)
    finally:
        free.put(slot)


def first_failure(
    tree: Path,
    folder: Path,
    of_what: str,
    told: Callable[[str], object] = lambda _: None,
    right: Right = MappingProxyType({}),
) -> tuple[str, str]:
    """The first test of a tree that fails, and what it says; empty if all pass. Tests whose program
    is the same as without a mutant are left out: they would say the same."""
    for stage in stages(tree):
        make(folder, stage.targets, of_what)
        now = programs_of(folder, stage.tests)
        for test in stage.tests:
            program = program_of(folder, test)
            if program in right and now.get(program) == right[program]:
                continue
            told(test)
            message = run_test(folder, test, stage.hangs_after_s)
            if message is not None:
                return test, message
    return "", ""


# -- What is printed --


def show(verdict: Verdict, colours: bool) -> str:
    """What became of one mutant, in a few lines."""
    mutant = verdict.mutant
    outcome = verdict.test or ("ERROR" if verdict.broken else "NOT CAUGHT")
    if not verdict.test and colours:
        outcome = f"{RED}{outcome}{PLAIN}"
    lines = [f"{mutant.name}: {mutant.wrong}"]
    lines.append(f"  {outcome}{': ' + verdict.message if verdict.message else ''}")
    if verdict.test and verdict.test != mutant.expected:
        lines.append(f'  (its patch says "Caught by: {mutant.expected}")')
    return "\n".join(lines)


def conclude(verdicts: list[Verdict], colours: bool) -> int:
    """Prints how many were caught, and which were not. Returns the exit status."""
    left = [verdict for verdict in verdicts if not verdict.test]
    print(f"{len(verdicts) - len(left)} of {len(verdicts)} mutants caught")
    for verdict in left:
        print(show(verdict, colours))
    if any(verdict.broken for verdict in left):
        return 2
    return 1 if left else 0


def digest(root: Path) -> str:
    """A name for what is tested: the files of a checkout without the mutants."""
    name = hashlib.sha256()
    for path in sorted(sources(root)):
        if (root / path).parent != root / "test" / "mutants":
            name.update(f"{path}\0".encode() + (root / path).read_bytes())
    return name.hexdigest()


def prepare(slots: list[Path], told: Callable[[str], object]) -> Right:
    """Brings the copies of the tree up to date, builds them, and sees that the tree as it is
    passes every test; a tree that did is not tested again. Returns its programs."""
    what = "the tree as it is"
    for slot in slots:
        copy_tree(build.ROOT, slot)
    for slot in slots:
        configure(slot, slot / BUILD)
        told(f"building {what}")
        make(slot / BUILD, ("all",), what)
    tests = [test for stage in stages(build.ROOT) for test in stage.tests]
    right = {}
    for slot in slots:
        right.update(programs_of(slot / BUILD, tests))
    passed, name = slots[0].parent / "passed", digest(build.ROOT)
    if passed.is_file() and passed.read_text() == name:
        return right
    test, message = first_failure(slots[0], slots[0] / BUILD, what, told)
    if test:
        raise UserError(f"without a mutant {test} fails already: {message}")
    passed.write_text(name)
    return right


def execute(pattern: str) -> int:
    """Tries all mutants that match a pattern. Returns 1 if nothing catches one of them."""
    packages.require(packages.MUTANTS)
    mutants = find_mutants(pattern)
    colours = sys.stdout.isatty()
    top = build.build_dir("mutants")
    slots = [top / str(number) for number in range(min(os.cpu_count() or 1, len(mutants)))]
    free: queue.SimpleQueue[Path] = queue.SimpleQueue()
    with build.locked(top), progress_bar("mutants", 1 + len(mutants)) as bar:
        right = prepare(slots, bar.set_postfix_str)
        bar.update()
        for slot in slots:
            free.put(slot)
        verdicts = []
        with ThreadPoolExecutor(len(slots)) as threads:
            tried = [threads.submit(try_in_free_slot, mutant, free, right) for mutant in mutants]
            for done in as_completed(tried):
                verdicts.append(done.result())
                bar.write(show(verdicts[-1], colours))
                sys.stdout.flush()
                bar.update()
    return conclude(verdicts, colours)
