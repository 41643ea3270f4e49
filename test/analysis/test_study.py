"""Studies as files: what they come to, and what is said of what is wrong in them, with its line."""

import textwrap

import pytest

from analysis.errors import UserError
from analysis.study import file, lines, plan, values

WHOLE = """\
question = "Why?"
scenario = "bulk-transfer"

[fixed]
warmup = 0.1
appRead = true

[sweep]
path = ["offload", "payload-cache"]
writeSize = [1000, "4KiB"]
"""


@pytest.fixture(name="study")
def study_from_text(tmp_path):
    """Loads a study from text."""

    def load(text, *changes, quick=False):
        path = tmp_path / "mine.toml"
        path.write_text(textwrap.dedent(text))
        return file.load(str(path), quick, changes)

    return load


def combinations(study):
    """The options of a study's points, without those that all have."""
    return [
        {name: v for name, v in p.options.items() if name not in study.fixed}
        for p in plan.points(study)
    ]


def test_a_grid_is_every_combination_in_the_files_order(study):
    read = study(WHOLE)
    assert read.fixed == {"warmup": "0.1", "appRead": "on"}
    assert (read.seeds, read.seed, read.time_limit) == (1, 1, file.TIME_LIMIT_S)
    assert combinations(read) == [
        {"path": path, "writeSize": size}
        for path in ("offload", "payload-cache")
        for size in ("1000", "4096")
    ]


def test_grids_are_joined_and_what_both_have_is_there_once(study):
    text = (
        WHOLE.replace("[sweep]", "[[sweep]]") + "[[sweep]]\npath = ['offload']\nwriteSize=[4096, 7]"
    )
    read = study(text)
    found = combinations(read)
    assert len(found) == 5 and found[-1] == {"path": "offload", "writeSize": "7"}


def test_an_item_that_is_a_table_sets_several_options(study):
    read = study(WHOLE + 'link = [{ linkRate = "1Gbps", mtu = 9000 }, { linkRate = "100Mbps" }]\n')
    point = plan.points(read)[0]
    assert point.values["link"] == "linkRate=1Gbps mtu=9000"
    assert point.options["mtu"] == "9000" and "link" not in point.options


def test_repetitions_differ_in_their_seeds_alone(study):
    points = plan.points(study("seeds = 3\n" + WHOLE))
    assert [point.repetition for point in points[:4]] == [1, 2, 3, 1]
    first = [dict(point.run.options) for point in points[:3]]
    assert len({run.pop("seed") for run in first}) == 3
    assert first[0] == first[1] == first[2]


@pytest.mark.parametrize(
    "given, expected",
    [
        ({"from": 1, "to": 9, "step": 4}, ["1", "5", "9"]),
        ({"from": 0.1, "to": 0.9, "step": 0.2}, ["0.1", "0.3", "0.5", "0.7", "0.9"]),
        ({"from": 1, "to": 8, "step": 4}, ["1", "5"]),
        (
            {"from": "32KiB", "to": "1MiB", "count": 6, "scale": "log"},
            [str(2**n) for n in range(15, 21)],
        ),
        ({"from": "1ms", "to": "100ms", "count": 3, "scale": "log"}, ["1ms", "10ms", "100ms"]),
        (
            {"from": 0.001, "to": 0.1, "count": 5, "scale": "log"},
            ["0.001", "0.003162", "0.01", "0.03162", "0.1"],
        ),
        ({"from": -1, "to": 1, "count": 3}, ["-1", "0", "1"]),
        ({"from": "0us", "to": "2us", "step": "1us"}, ["0us", "1us", "2us"]),
        ({"from": "1KiB", "to": "2KiB", "step": "512"}, ["1024", "1536", "2048"]),
    ],
    ids=str,
)
def test_ranges(given, expected):
    assert values.spread(given) == expected


@pytest.mark.parametrize(
    "value, expected",
    [(True, "on"), (False, "off"), (3, "3"), (2.0, "2"), (0.1 + 0.2, "0.3"), (1e-6, "1e-06")]
    + [("64KiB", "65536"), ("1.5 MiB", "1572864"), ("10Gbps", "10Gbps"), ("warm", "warm")],
)
def test_values_are_what_a_scenario_takes(value, expected):
    assert values.text(value) == expected


def test_quick_takes_the_place_of_what_has_its_name(study):
    text = (
        WHOLE + "[quick]\nseeds = 2\n[quick.fixed]\nwarmup = 0.01\n[quick.sweep]\nwriteSize = [7]\n"
    )
    assert len(combinations(study(text))) == 4
    quick = study(text, quick=True)
    assert quick.seeds == 2 and quick.fixed["warmup"] == "0.01"
    assert {options["writeSize"] for options in combinations(quick)} == {"7"}
    assert quick.place("writeSize").endswith("mine.toml:16")


@pytest.mark.parametrize(
    "change, expected",
    [
        ("path=offload", {"fixed": {"warmup": "0.1", "appRead": "on", "path": "offload"}}),
        ("flows=4", {"fixed": {"warmup": "0.1", "appRead": "on", "flows": "4"}}),
        ("fixed.warmup=0.5", {"fixed": {"warmup": "0.5", "appRead": "on"}}),
        ("warmup=[1, 2]", {"fixed": {"appRead": "on"}, "warmup": ["1", "2"]}),
        ("writeSize={from=1, to=3, step=1}", {"writeSize": ["1", "2", "3"]}),
        ("sweep.path=['stock']", {"path": ["stock"]}),
        ("seeds=7", {"seeds": 7}),
        ("seed=7", {"seed": 7}),
        ('time_limit="2min"', {"time_limit": 120}),
        ("time_limit=2min", {"time_limit": 120}),
        ("linkRate=1Gbps", {"fixed": {"warmup": "0.1", "appRead": "on", "linkRate": "1Gbps"}}),
    ],
)
def test_the_command_line_changes_a_study(study, change, expected):
    read = study(WHOLE, change)
    for name, value in expected.items():
        if hasattr(read, name):
            assert getattr(read, name) == value
        else:
            assert [one[name] for one in read.grids[0][name]] == value


# What is wrong, with what stands there, the line, and what is said
BAD = [
    ("question = 'x'\nscenario = \n", 2, "no TOML"),
    ("question = 'x'\n", None, "scenario = "),
    ("scenario = 'bulk-transfer'\n", None, "question = "),
    (WHOLE + "[fixes]\nx = 1", 11, "did you mean fixed?"),
    (WHOLE + "sedes = [3]", 11, "sedes: no option of bulk-transfer"),
    ("sedes = 3\n" + WHOLE, 1, "did you mean seeds?"),
    ("seeds = 0\n" + WHOLE, 1, "from 1 to 1000"),
    ("seeds = 2.5\n" + WHOLE, 1, "from 1 to 1000"),
    ("seed = -1\n" + WHOLE, 1, "seed = -1"),
    ("time_limit = '3 days'\n" + WHOLE, 1, '"90s"'),
    ("time_limit = 0\n" + WHOLE, 1, "above 0"),
    ("fixed = 3\nquestion = 'x'\nscenario = 'bulk-transfer'", 1, "[fixed]"),
    (WHOLE + "flows = []", 11, "empty list"),
    (WHOLE + "flows = [1, 2, 1]", 11, "1 is given twice"),
    (WHOLE + "flows = [1, '1']", 11, "1 is given twice"),
    (WHOLE + "flows = 3", 11, "a list such as [3]"),
    (WHOLE + "flows = [[1]]", 11, "a number, true, false, or text"),
    (WHOLE + "flows = [nan]", 11, "finite"),
    (WHOLE + "flows = [{}]", 11, "empty table"),
    (WHOLE + "flows = ['1.0001KiB']", 11, "whole number of bytes"),
    (WHOLE + "flows = { from = 1, to = 9, step = 0 }", 11, "never ends"),
    (WHOLE + "flows = { from = 1, to = 9, step = -1 }", 11, "never ends"),
    (WHOLE + "flows = { from = 1, to = inf, step = 1 }", 11, "to = inf"),
    (WHOLE + "flows = { from = 9, to = 1, step = 1 }", 11, "not below"),
    (WHOLE + "flows = { from = 1, to = 1e9, step = 1 }", 11, "at most 1000000"),
    (WHOLE + "flows = { from = 1, to = 9 }", 11, "not a range"),
    (WHOLE + "flows = { from = 1, to = 9, step = 1, count = 2 }", 11, "not a range"),
    (WHOLE + "flows = { from = 1, to = 9, steps = 1 }", 11, "not a range"),
    (WHOLE + "flows = { from = 1, to = 9, count = 1 }", 11, "from 2 to"),
    (WHOLE + "flows = { from = 1, to = 3, count = 9 }", 11, "whole numbers"),
    (WHOLE + "flows = { from = 0, to = 9, count = 3, scale = 'log' }", 11, "above 0"),
    (WHOLE + "flows = { from = 1, to = 9, count = 3, scale = 'cubic' }", 11, '"linear" or "log"'),
    (WHOLE + "flows = { from = 1, to = 9, step = 3, scale = 'log' }", 11, "wants a count"),
    (WHOLE + "delay = { from = '1ms', to = '1s', count = 3 }", 11, "different units"),
    (WHOLE + "delay = { from = '1ms', to = '9ms', step = '1us' }", 11, "in ms"),
    (WHOLE + "a = { from = 1, to = 2000, step = 1 }\nb = { from = 1, to = 2000, step = 1 }", 8, "more than 1000000 runs"),
    (WHOLE + "warmup = [1, 2]", 11, "warmup is given twice: in [fixed] too"),
    (WHOLE + "x = [{ flows = 1, path = 'stock' }]", 11, "path is given twice: by path too"),
    (WHOLE + "seed = [1, 2]", 11, "seed = N outside"),
    (WHOLE.replace("warmup", "json"), 5, "records go to the store"),
    (WHOLE + "[quick.fixed]\nflows = 1", 12, "not in [fixed]"),
    (WHOLE + "[quick.sweep]\nflows = [1]", 12, "not in [sweep]"),
    (WHOLE + "[quick]\nseed = 3", 12, "seed: unknown here"),
    (WHOLE + "[[plot]]\nkind = 'pie'", 12, "heat-map"),
    (WHOLE + "[[plot]]\nx = 'path'", 11, "no kind"),
    (WHOLE + "[[plot]]\nkind = 'curves'\nx = 'flows'", 13, "swept is path, writeSize"),
    (WHOLE + "[[plot]]\nkind = 'curves'\nvalue = 'gooodput'", 13, "goodput"),
    (WHOLE + "[answer]\nquantity = 'cppu'", 12, "cpu"),
    (WHOLE + "[answer]\nalong = 'flows'", 12, "not swept"),
    (WHOLE + "[answer]\nwhat = 'flows'", 12, "what: unknown here"),
    (WHOLE + "[answer]\nagainst = 'ofload'", 12, "there are offload, payload-cache"),
    (WHOLE + "[answer]\nagainst = 'stock'", 12, "neither a path nor a series here"),
    (WHOLE + "[answer]\nagainst = 1000", 12, "neither a path nor a series here"),
    (WHOLE + "[[plot]]\nkind = 'heat-map'\nagainst = 'stock'", 13, "neither a path nor a series"),
    (WHOLE.replace("path = ", "data = ") + "[answer]\nagainst = 'path'", 12, "neither"),
    (WHOLE + "fows = [1]", 11, "did you mean flows?"),
    (WHOLE.replace("bulk-transfer", "bulk"), 2, "one of bulk-transfer"),
    (WHOLE.replace("bulk-transfer", "./bulk"), 2, "no such file"),
    ("traffic = ['flows']\n" + WHOLE, 1, "program of one's own"),
]  # fmt: skip


@pytest.mark.parametrize("text, line, said", BAD, ids=[f"{b[1]}-{b[2]}" for b in BAD])
def test_what_is_wrong_is_told_with_its_line(study, text, line, said):
    with pytest.raises(UserError) as error:
        plan.points(study(text))
    place, _, rest = str(error.value).partition(": ")
    assert place.endswith("mine.toml" if line is None else f"mine.toml:{line}"), error.value
    assert said in rest


@pytest.mark.parametrize(
    "given, against",
    [
        ("[fixed]\npath = 'stock'\n[sweep]\nflows = [1, 2]", "stock"),
        ("[sweep]\nwith = [{ path = 'stock' }, { path = 'offload', txRam = 1 }]", "offload"),
        ("[sweep]\nwith = [{ path = 'stock' }, { path = 'offload', mtu = 1 }]", "offload mtu=1"),
        ("[sweep]\nprofile = ['ideal', 'mine']", "mine"),
        ("[sweep]\npath = ['stock', 'offload']\n[quick.sweep]\npath = ['offload']", "stock"),
    ],
)
def test_what_results_are_held_against(study, given, against):
    text = f"question = 'x?'\nscenario = 'bulk-transfer'\n{given}\n[answer]\nagainst = {against!r}"
    for quick in (False, True):
        assert study(text, quick=quick).answer["against"] == against
    study(text, "profile=ideal" if "with" in given else "path=payload-cache")  # none is left


@pytest.mark.parametrize(
    "traffic, mode, name, line, said",
    [
        (
            ["laod"],
            0o755,
            "mine",
            3,
            "traffic: laod: no option in [fixed] or [sweep]; did you mean",
        ),
        (["x"], 0o755, "mine", 3, "there are customers, load"),
        (["load", "customers"], 0o644, "mine", 2, "chmod +x"),
        ([], 0o755, "load", 2, "named as a scenario that ships"),
        (["load", "customers"], 0o755, "mine", None, ""),
    ],
)
def test_programs_of_ones_own(study, tmp_path, traffic, mode, name, line, said):
    (tmp_path / name).write_text("#!/bin/sh\n")
    (tmp_path / name).chmod(mode)
    text = f"question = 'x?'\nscenario = './{name}'\ntraffic = {traffic}\n"
    text += "[fixed]\ncustomers = 2\n[sweep]\nload = [1, 2]\n"
    if line is None:
        assert study(text).traffic == tuple(traffic)
        return
    with pytest.raises(UserError) as error:
        study(text)
    assert f"mine.toml:{line}: " in str(error.value) and said in str(error.value)


@pytest.mark.parametrize(
    "change, said",
    [
        ("flows", "reads key=value"),
        ("seeds=many", "from 1 to 1000"),
        ("scenario=load", "only seeds"),
        ("flows=[]", "empty list"),
        ("seed=[1]", "seed = [1]"),
    ],
)
def test_a_bad_change_is_named(study, change, said):
    with pytest.raises(UserError, match=f"--set {change.split('=')[0]}") as error:
        study(WHOLE, change)
    assert said in str(error.value)


def test_lines_of_keys():
    text = '[a.b]\nx = 1\n"y::z" = [\n  { k = 1 },\n]\n[[t]]\nx = 1 # [c]\n[[t]]\nx.y = 2\n'
    assert lines.find(text) == {
        ("a", "b"): 1, ("a", "b", "x"): 2, ("a", "b", "y::z"): 3, ("t",): 6, ("t", "0"): 6,
        ("t", "0", "x"): 7, ("t", "1"): 8, ("t", "1", "x", "y"): 9,
    }  # fmt: skip


@pytest.mark.parametrize("name", file.shipped())
@pytest.mark.parametrize("quick", [False, True])
def test_shipped_studies_can_be_run(name, quick):
    study = file.load(name, quick)
    assert study.question.endswith("?")
    assert plan.points(study)
