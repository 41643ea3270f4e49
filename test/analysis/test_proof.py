"""The modes of `./pcache test` that test the tests: their parts, with builds that are faked."""

import signal
import subprocess
from pathlib import Path

import pytest

from analysis import build
from analysis.errors import UserError
from analysis.proof import coverage, fuzz, mutants, valgrind
from conftest import ROOT

DIFF = """\
--- a/model/one.c
+++ b/model/one.c
@@ -1 +1 @@
-right
+wrong
"""


def pcache_test(*arguments: str) -> subprocess.CompletedProcess:
    """Runs `./pcache test`."""
    command = [str(ROOT / "pcache"), "test", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


# -- Mutants --


@pytest.fixture
def checkout(tmp_path):
    """A tree with one source, under git, and one mutant of it."""
    root = tmp_path / "checkout"
    (root / "model").mkdir(parents=True)
    (root / "model" / "one.c").write_text("right\n")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


def write_patch(folder: Path, text: str, name: str = "bug") -> Path:
    """Writes a patch file."""
    patch = folder / f"{name}.patch"
    patch.write_text(text)
    return patch


def test_a_patch_says_what_is_wrong_and_what_catches_it(tmp_path):
    text = f"Mutant: a wrong word\nCaught by: core/test-one\n{DIFF}"
    mutant = mutants.read_mutant(write_patch(tmp_path, text))
    assert (mutant.name, mutant.wrong, mutant.expected) == ("bug", "a wrong word", "core/test-one")


@pytest.mark.parametrize(
    "header, says",
    [
        ("Mutant: x\n", '"Caught by: …" is missing'),
        ("Caught by: x\n", '"Mutant: …" is missing'),
        ("Mutant: x\nCaught by: y\nwhat is this\n", "bug.patch:3:"),
        ("Mutant: x\nMutant: x\nCaught by: y\n", "bug.patch:2:"),
        ("Mutant: \nCaught by: y\n", "bug.patch:1:"),
    ],
)
def test_a_header_that_is_wrong(tmp_path, header, says):
    with pytest.raises(UserError) as error:
        mutants.read_mutant(write_patch(tmp_path, header + DIFF))
    assert says in str(error.value)


def test_every_mutant_of_the_tree_names_a_test_that_is_there():
    found = mutants.find_mutants("*")
    tests = {test for stage in mutants.stages(ROOT) for test in stage.tests}
    assert len(found) >= 20
    assert {mutant.expected for mutant in found} <= tests
    assert len({mutant.wrong for mutant in found}) == len(found)


def test_a_pattern_that_matches_nothing(tmp_path):
    write_patch(tmp_path, f"Mutant: x\nCaught by: y\n{DIFF}")
    with pytest.raises(UserError, match="there are: bug"):
        mutants.find_mutants("other", tmp_path)
    assert len(mutants.find_mutants("bu", tmp_path)) == 1
    assert len(mutants.find_mutants("b?g", tmp_path)) == 1


def test_the_copy_follows_the_tree_and_keeps_the_times_of_what_is_the_same(checkout, tmp_path):
    copy = tmp_path / "copy"
    mutants.copy_tree(checkout, copy)
    before = (copy / "model" / "one.c").stat().st_mtime_ns
    (checkout / "new.c").write_text("new\n")
    (copy / "gone.c").write_text("gone\n")
    (copy / mutants.BUILD).mkdir()
    (copy / mutants.BUILD / "one.o").write_text("built\n")
    mutants.copy_tree(checkout, copy)
    assert (copy / "model" / "one.c").stat().st_mtime_ns == before
    assert (copy / "new.c").is_file()
    assert not (copy / "gone.c").exists()
    assert (copy / mutants.BUILD / "one.o").is_file()


def test_what_is_tested_has_a_name_that_mutants_do_not_change(checkout):
    before = mutants.digest(checkout)
    (checkout / "test" / "mutants").mkdir(parents=True)
    write_patch(checkout / "test" / "mutants", DIFF)
    assert mutants.digest(checkout) == before
    (checkout / "model" / "one.c").write_text("other\n")
    assert mutants.digest(checkout) != before


def test_the_dearest_tests_come_last():
    tests = [test for stage in mutants.stages(ROOT) for test in stage.tests]
    assert tests[0].startswith("core/")
    assert tests[-1] == "ns3/payload-cache-equivalence"
    assert len(set(tests)) == len(tests)


def test_a_limit_of_cpu_time_ends_a_test_that_hangs(tmp_path, monkeypatch):
    monkeypatch.setattr(mutants, "command_of", lambda *_: ["sh", "-c", "while :; do :; done"])
    assert mutants.run_test(tmp_path, "core/test-one", 1) == "time out"


def test_a_mutant_is_planted_in_the_copy_alone_and_taken_out_again(checkout, tmp_path, monkeypatch):
    copy = checkout / "build-mutants" / "tree"  # a folder of the checkout, as in earnest
    (checkout / ".gitignore").write_text("/build*/\n")
    mutants.copy_tree(checkout, copy)
    patch = write_patch(tmp_path, f"Mutant: x\nCaught by: core/test-one\n{DIFF}")
    seen = []

    def fail(tree, _folder, _of_what, right):
        assert right == {}
        seen.append((tree / "model" / "one.c").read_text())
        return "core/test-one", "it is wrong"

    monkeypatch.setattr(mutants, "first_failure", fail)
    verdict = mutants.try_mutant(mutants.read_mutant(patch), copy, tmp_path, {})
    assert seen == ["wrong\n"]
    assert (copy / "model" / "one.c").read_text() == "right\n"
    assert (checkout / "model" / "one.c").read_text() == "right\n"
    assert (verdict.test, verdict.message, verdict.broken) == (
        "core/test-one",
        "it is wrong",
        False,
    )


def test_a_patch_that_does_not_apply_any_more(checkout, tmp_path):
    (checkout / "model" / "one.c").write_text("something else\n")
    mutants.copy_tree(checkout, tmp_path / "copy")
    patch = write_patch(tmp_path, f"Mutant: x\nCaught by: y\n{DIFF}")
    verdict = mutants.try_mutant(mutants.read_mutant(patch), tmp_path / "copy", tmp_path, {})
    assert verdict.broken
    assert "does not apply any more" in verdict.message


def test_tests_run_until_one_fails(tmp_path, monkeypatch):
    stages = [mutants.Stage(("a",), ("one", "two"), 1), mutants.Stage(("b",), ("three",), 1)]
    built, run = [], []
    monkeypatch.setattr(mutants, "stages", lambda _root: stages)
    monkeypatch.setattr(mutants, "make", lambda _folder, targets, _what: built.append(targets))

    def run_test(_folder, test, _limit):
        run.append(test)
        return "no" if test == failing else None

    monkeypatch.setattr(mutants, "run_test", run_test)
    failing = "two"
    assert mutants.first_failure(tmp_path, tmp_path, "it") == ("two", "no")
    assert (built, run) == ([("a",)], ["one", "two"])
    failing = ""
    assert mutants.first_failure(tmp_path, tmp_path, "it") == ("", "")
    assert built[1:] == [("a",), ("b",)]


def test_tests_whose_program_is_the_same_are_left_out(tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    for name in ("core-test-a", "core-test-b"):
        (tmp_path / "bin" / name).write_text(name)
    tests = ("core/test-a", "core/test-b", "test_c.py")
    right = mutants.programs_of(tmp_path, tests)
    (tmp_path / "bin" / "core-test-b").write_text("another program")
    monkeypatch.setattr(mutants, "stages", lambda _root: [mutants.Stage((), tests, 1)])
    monkeypatch.setattr(mutants, "make", lambda *_: None)
    run = []
    monkeypatch.setattr(mutants, "run_test", lambda _folder, test, _limit: run.append(test))
    assert mutants.first_failure(tmp_path, tmp_path, "it", right=right) == ("", "")
    assert run == ["core/test-b", "test_c.py"]


@pytest.mark.parametrize(
    "output, status, says",
    [
        ("x\n../test-a.c:7: a is 1, not b = 2\nmore\n", 1, "../test-a.c:7: a is 1, not b = 2"),
        (
            "FAIL payload-cache-bytes 0.2 s\n  PASS first 0.1 s\n  FAIL odd writes 0.1 s\n"
            '      test="held (actual) == 0 (limit)" actual="256" limit="0" in="x.cc:7" card RAM\n',
            1,
            "odd writes: card RAM: held (actual) == 0 (limit), which is 256 against 0",
        ),
        ("FAILED test_a.py::test_b - assert 1 == 2\n1 failed\n", 1, "FAILED test_a.py::test_b"),
        ('aborted. cond="x", msg="TCP keeps 1 bytes", file=x\n', -6, "TCP keeps 1 bytes"),
        ("", -signal.SIGSEGV, "Segmentation fault"),
        ("x.c:7: a is 1, not b = 2\n", -signal.SIGXCPU, "time out"),
        (
            '{"result":"pass","seed":1,"violations":[]}\n'
            '{"result":"fail","seed":2,"violations":[{"invariant":"digest","what":"1 B wrong"}]}\n',
            1,
            "seed 2: digest: 1 B wrong",
        ),
        ("", 3, "status 3"),
    ],
)
def test_what_a_failed_test_said(output, status, says):
    assert says in mutants.what_was_said(output, status)


def test_what_is_not_caught_is_status_1_and_what_is_broken_2(tmp_path, capsys):
    text = f"Mutant: a wrong word\nCaught by: core/test-one\n{DIFF}"
    mutant = mutants.read_mutant(write_patch(tmp_path, text))
    caught = mutants.Verdict(mutant, "core/test-one", "wrong")
    assert mutants.conclude([caught], False) == 0
    assert mutants.conclude([caught, mutants.Verdict(mutant)], True) == 1
    shown = capsys.readouterr().out
    assert "1 of 2 mutants caught" in shown
    assert "\033[31mNOT CAUGHT\033[0m" in shown
    assert mutants.conclude([mutants.Verdict(mutant, message="x", broken=True)], False) == 2
    other = mutants.show(mutants.Verdict(mutant, "ns3/two", "wrong"), False)
    assert 'its patch says "Caught by: core/test-one"' in other


# -- Fuzzing --

SAID = """\
#2\tINITED cov: 50 ft: 51 corp: 1/1b exec/s: 0 rss: 30Mb
#1234\tREDUCE cov: 60 ft: 99 corp: 17/90b lim: 4 exec/s: 0 rss: 40Mb L: 4/4 MS: 1 EraseBytes-
#5000\tDONE   cov: 60 ft: 99 corp: 18/95b lim: 4 exec/s: 0 rss: 40Mb
stat::number_of_executed_units: 5000
"""


def test_the_targets_are_the_files_and_each_has_a_corpus():
    names = fuzz.targets()
    assert {"card-ram", "checksum", "host-cpu", "shared-server", "profile"} <= set(names)
    for name in names:
        assert any((fuzz.CORPUS / name).iterdir()), name


def test_an_outcome_is_read():
    good = fuzz.read_outcome("dma", 0, SAID)
    assert (good.executions, good.corpus, good.reproducer) == (5000, 18, "")
    crash = fuzz.read_outcome("dma", 1, SAID + "Test unit written to /x/dma-crash-1\n")
    assert crash.reproducer == "/x/dma-crash-1"
    told = fuzz.explain(crash, Path("/build"))
    assert "/build/bin/fuzz-dma /x/dma-crash-1" in told
    assert fuzz.table([good, crash]).count("FAILED") == 1


def test_a_target_runs_in_bounds(tmp_path, monkeypatch):
    commands = []

    def run(command, **_options):
        commands.append(command)
        return subprocess.CompletedProcess(command, 0, SAID)

    monkeypatch.setattr(fuzz.subprocess, "run", run)
    assert fuzz.run_target(tmp_path, "dma", 7).executions == 5000
    assert {"-max_total_time=7", "-seed=0"} <= set(commands[0])
    fuzz.run_target(tmp_path, "dma", 7, seed=3)
    assert "-seed=3" in commands[1]
    assert commands[0][1] == str(tmp_path / "corpus" / "dma")  # what is found goes there
    assert commands[0][2] == str(fuzz.CORPUS / "dma")


# -- Coverage --


def test_lines_and_branches_are_counted_without_those_of_exceptions():
    taken = {"count": 1, "throw": False, "fallthrough": False}
    file = {
        "lines": [
            {
                "line_number": 1,
                "count": 3,
                "gcovr/noncode": False,
                "branches": [taken, taken | {"count": 0}, taken | {"count": 0, "throw": True}],
            },
            {"line_number": 2, "count": 0, "gcovr/noncode": False, "branches": []},
            {"line_number": 3, "count": 0, "gcovr/noncode": True, "branches": []},
        ]
    }
    count = coverage.count_file(file)
    assert (count.lines, count.lines_run, count.missed) == (2, 1, [2])
    assert (count.branches, count.branches_run) == (2, 1)
    assert count.percent() == (50, 50)


def test_a_folder_below_its_limit():
    good = coverage.Count(100, 95, 100, 90)
    poor = coverage.Count(100, 95, 100, 79)
    lines, kept = coverage.judge({"model/core/a.c": good, "model/b.cc": good})
    assert kept
    lines, kept = coverage.judge({"model/core/a.c": good, "model/b.cc": poor})
    assert not kept
    assert [line.endswith("BELOW") for line in lines] == [False, True]


def test_reasons_are_given_to_lines(tmp_path):
    file = tmp_path / "reasons.txt"
    file.write_text("# file | part | reason\nmodel/a.c | return PC_ERR_MEMORY | no memory\n")
    reasons = coverage.read_reasons(file)
    count = coverage.Count(missed=[1, 3, 6, 8])
    source = ["if (!more)", "{", "return PC_ERR_MEMORY;", "}", "}", "other(", "{", "x * " * 40]
    missed = coverage.explain_missed("model/a.c", count, source, reasons["model/a.c"])
    assert coverage.list_explained(missed) == ["  no memory", "    a.c 2"]
    assert coverage.list_unexplained(missed) == ["  model/a.c:6-8: other("]
    assert [coverage.count_lines(missed, has) for has in (True, False)] == [2, 2]
    file.write_text("model/a.c: no memory\n")
    with pytest.raises(UserError, match="reasons.txt:1"):
        coverage.read_reasons(file)


def test_the_reasons_of_the_tree_are_of_lines_that_are_there():
    for name, parts in coverage.read_reasons(coverage.REASONS).items():
        text = (ROOT / name).read_text()
        assert [part for part, _ in parts if part not in text] == [], name


# -- Memcheck --


def test_many_targets_have_a_stamp_that_can_be_written(tmp_path):
    targets = tuple(f"core-test-{number}" for number in range(100))
    (tmp_path / build.stamp_name(targets)).write_text("built")
    assert build.stamp_name(targets) != build.stamp_name(targets[:-1])


def test_a_leak_is_an_error(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(valgrind.packages, "require", lambda _packages: None)
    monkeypatch.setattr(valgrind.build, "ensure", lambda _targets, variant: tmp_path / variant)
    monkeypatch.setattr(
        valgrind,
        "run_one",
        lambda command: (valgrind.ERROR, "lost\n") if "bytes" in command[-1] else (0, ""),
    )
    assert valgrind.execute() == 1
    shown = capsys.readouterr().out
    assert "ns3/payload-cache-bytes: FAILED: memcheck found errors" in shown
    assert "lost" in shown
    assert "core/test-reference: ok" in shown


# -- The command line --


@pytest.mark.parametrize(
    "arguments, says",
    [
        (("--mutants", "--only=core"), "not with this mode"),
        (("--valgrind", "--full"), "not with this mode"),
        (("--mutants", "--fuzz"), "not allowed with"),
        (("--fuzz=0",), "at least 1"),
        (("--fuzz=soon",), "soon"),
        (("--fuzz=5", "--seed=0"), "from 1"),
        (("--fuzz=5", "--seed=some"), "fresh"),
        (("--mutants=no-such-mutant",), "no such mutant"),
    ],
)
def test_options_that_are_refused(arguments, says):
    done = pcache_test(*arguments)
    assert done.returncode == 2
    assert says in done.stderr
