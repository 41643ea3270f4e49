"""Pictures of studies: what is drawn is what was measured, and nothing overlaps."""

import copy
import math
import re
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import Normalize, to_rgba

from analysis import outcome as outcomes
from analysis import quantities
from analysis.outcome import Cell, Estimate, Outcome
from analysis.plots import KINDS, axes, curves, draw, frontier, heat_map, panels, style
from analysis.plots.axes import Axis
from analysis.study import file
from analysis.study.file import Plot
from conftest import ROOT
from pictures import check_words, visible_texts
from sweeping import pcache

GOODPUT, CPU = quantities.find("goodput"), quantities.find("cpu")


@pytest.fixture(scope="module", name="small")
def the_small_study(swept):
    """The outcome of the swept study."""
    options = Namespace(
        study=str(swept / "small.toml"), quick=False, changes=[], results=swept / "results"
    )
    return outcomes.load(options)


@pytest.fixture(scope="module", name="loaded")
def a_study_of_load(small):
    """A study by load and card RAM with completion times and RAM over time: figures by hand."""
    records = {cell.path(): cell.records[1] for cell in small.done}
    cells = []
    for path in ("conventional", "payload-cache"):
        for load in ("0.1", "0.3", "0.5", "0.7", "0.9"):
            for ram in ("32768", "131072", "1048576"):
                values = {"path": path, "load": load, "cardRam": ram}
                made = {at: by_load(records[path], values, at) for at in (1, 2)}
                cells.append(Cell(values, values, made, 2))
    study = SimpleNamespace(name="by-load", plots=(), answer={}, question="Why?", fixed={})
    return Outcome(study, tuple(cells))


def by_load(record, values, repetition):
    """A record as a server under load might give it."""
    made = copy.deepcopy(record)
    load, ram = float(values["load"]), int(values["cardRam"])
    factor = (
        2.0 if values["path"] == "conventional" else 0.5 + load * 9.5e4 / ram
    ) + 0.1 * repetition
    made["goodput_bps"] = 1e8 * load
    for host in made["hosts"].values():
        host["cpu_seconds"] = {name: 1e-3 * factor * load for name in host["cpu_seconds"]}
        if values["path"] == "payload-cache":
            held = [load * ram * (1 - 0.9**at) for at in range(40)]
            host["card_ram"]["tx"]["over_time"] = {"interval_s": 0.001, "mean_bytes": held}
            host["card_ram"]["tx"]["capacity_bytes"] = ram
    statistics = {"mean": factor, "p50": factor, "p90": 2 * factor, "p99": 40 * factor}
    made["scenario"] = {"slowdown": dict.fromkeys(quantities.CLASSES, statistics)}
    return made


def drawn(outcome, kind, **options):
    """The pictures of a kind."""
    with plt.rc_context(style.STYLE):
        return list(draw.MODULES[kind].pictures(outcome, options))


# -- What is drawn --


def test_curves_are_means_with_their_intervals(small):
    (picture,) = drawn(small, "curves", x="writeSize")
    panel = picture.figure.axes[1]  # the first row's goodput; 0 is the legend
    for series in ("conventional", "offload", "payload-cache"):
        colour = style.LINES[series][0]
        (line,) = [each for each in panel.lines if of_series(each, series)]
        cells = at_loss(small, series, "0")
        assert line.get_ydata() == pytest.approx([c.estimate(GOODPUT).mean for c in cells])
        bands = [
            b
            for b in panel.collections
            if np.allclose(b.get_facecolor()[0][:3], to_rgba(colour)[:3])
        ]
        heights = bands[0].get_paths()[0].vertices[:, 1]
        assert max(heights) == pytest.approx(max(c.estimate(GOODPUT).high for c in cells))
    plt.close(picture.figure)


def of_series(line, series):
    """Whether a line is that of a path, and not what lies behind it."""
    colour, _, marker, _ = style.LINES[series]
    return line.get_color() == colour and line.get_marker() == marker


def at_loss(outcome, series, loss):
    """The cells of a path with losses or without, by the size of writes."""
    found = [c for c in outcome.done if c.path() == series and c.values["lossRate"] == loss]
    return sorted(found, key=lambda cell: int(cell.values["writeSize"]))


def test_limits_lie_behind_and_what_is_off_has_a_ring(small):
    (picture,) = drawn(small, "curves", x="writeSize")
    rings, behind = [], []
    for panel in picture.figure.axes[1:]:
        points = [
            line.get_zorder()
            for line in panel.lines
            if line.get_marker() in "s^o" and line.get_markersize() < 9
        ]
        for line in panel.lines:
            if line.get_markersize() == curves.RING["markersize"]:
                rings += list(line.get_ydata())
            elif line.get_alpha() == curves.FAINT:
                behind += list(line.get_ydata())
                assert line.get_zorder() < min(points)
    off = [c.estimate(GOODPUT).mean for c in small.done if small.is_off(c)]
    assert sorted(rings) == pytest.approx(sorted(off)) and len(off) > 0
    bounds = [small.limit(cell)[1].mean for cell in small.done]
    assert sorted(behind) == pytest.approx(sorted(bounds))
    assert f"{len(off)} of {len(small.done)} points" in picture.caption
    plt.close(picture.figure)


def test_with_losses_stock_is_the_limit(small):
    for cell in at_loss(small, "offload", "0.02"):
        stock = small.beside(cell, "stock")
        bounds = [min(unlossy(small, cell, at), GOODPUT.of(stock.records[at])) for at in (1, 2)]
        assert small.limit(cell)[1].mean == pytest.approx(sum(bounds) / 2)


def unlossy(outcome, cell, at):
    """The limit of one record without stock's."""
    alone = replace(cell, records={at: cell.records[at]})
    return Outcome(outcome.study, (alone,)).limit(alone)[1].mean


def test_a_heat_map_has_the_gains_and_their_border(loaded):
    (picture,) = drawn(loaded, "heat-map")
    panel = picture.figure.axes[1]
    shown = {text.get_position(): float(text.get_text()) for text in panel.texts}
    loads, rams = (0.1, 0.3, 0.5, 0.7, 0.9), (32768, 131072, 1048576)
    gains = np.empty((3, 5))
    for row, ram in enumerate(rams):
        for column, load in enumerate(loads):
            # the same arrivals in each repetition: the mean of both quotients
            pairs = [(2.0 + 0.1 * r) / (0.5 + load * 9.5e4 / ram + 0.1 * r) for r in (1, 2)]
            gains[row, column] = sum(pairs) / 2
            assert shown[column + 0.5, row + 0.5] == pytest.approx(gains[row, column], abs=0.0051)
    borders = sum(int((np.diff(gains >= 1, axis=axis) != 0).sum()) for axis in (0, 1))
    assert borders > 0
    assert len(panel.lines) == borders
    assert f"{(gains < 1).sum()} lose" in picture.caption
    plt.close(picture.figure)


def test_gains_are_compared_repetition_by_repetition(loaded):
    cell = loaded.beside(loaded.done[0], "payload-cache")
    gain = loaded.gain(cell, "conventional", CPU)
    pairs = [(2.0 + 0.1 * r) / (0.5 + 9.5e3 / 32768 + 0.1 * r) for r in (1, 2)]
    half = 12.706 * abs(pairs[0] - pairs[1]) / math.sqrt(2) / math.sqrt(2)
    assert gain.mean == pytest.approx(sum(pairs) / 2)
    assert gain.half == pytest.approx(half, rel=1e-3)
    assert heat_map.is_undecided(replace(gain, mean=1.0)) and not heat_map.is_undecided(
        replace(gain, half=math.nan)
    )


def test_a_frontier_has_what_no_other_point_beats():
    points = [(1, 5), (2, 3), (2, 4), (3, 4), (4, 9), (3.5, 10)]
    assert frontier.frontier(points) == [(2, 3), (3, 4), (4, 9)]


def test_categories_are_all_of_the_cpu(small):
    pictures = drawn(small, "categories", x="writeSize")
    assert len(pictures) == 1
    panel = pictures[0].figure.axes[1]
    heights = sum(bar.get_height() for bar in panel.patches)
    shown = [c for c in small.done if c.values["writeSize"] == "512" and c.path() != "stock"]
    for loss in ("0", "0.02"):
        total = sum(c.estimate(CPU).mean for c in shown if c.values["lossRate"] == loss)
        if heights == pytest.approx(total):
            break
    else:
        pytest.fail("the bars are not the CPU of all paths")
    words = [word for word, _ in visible_texts(pictures[0].figure)]
    assert "S sender, R receiver" in words  # the letters on the bars, also without the caption
    plt.close(pictures[0].figure)


# -- How it looks --


@pytest.mark.parametrize("kind", KINDS)
def test_no_words_overlap_and_legends_stand_alone(small, loaded, kind):
    found = [*drawn(small, kind), *drawn(loaded, kind)]
    assert found
    for picture in found:
        with plt.rc_context(style.STYLE):
            assert check_words(picture.figure) > 6, picture.name
        assert picture.figure.get_figwidth() == style.COLUMN
        for panel in picture.figure.axes:
            if panel.get_legend():
                assert not panel.lines and not panel.patches and not panel.images
        plt.close(picture.figure)


def test_many_combinations_become_few_panels(loaded):
    groups, note = panels.facets(loaded, [], 4)
    assert len(groups) == 4 and "values of" in note
    groups, note = panels.facets(loaded, ["load"], 4)
    assert [group.label for group in groups] == [
        "card RAM 32 KiB",
        "card RAM 128 KiB",
        "card RAM 1 MiB",
    ]
    assert note == ""


@pytest.mark.parametrize(
    "values, places",
    [
        (("1", "2", "5"), (0, 0.25, 1)),
        (("64", "1024", "16384"), (0, 0.5, 1)),
        (("0", "0.001", "0.01", "0.1"), (0, 1 / 3, 2 / 3, 1)),
        (("1ms", "100us", "10ms"), (0.5, 0, 1)),
        (("auto", "sleep", "spin"), (0, 0.5, 1)),
        (("-1", "0", "1"), (0, 0.5, 1)),
    ],
    ids=str,
)
def test_where_values_stand(values, places):
    assert [Axis("x", values).places[v] for v in values] == pytest.approx(places)


@pytest.mark.parametrize(
    "name, value, said",
    [
        ("cardRam", "65536", "card RAM 64 KiB"),
        ("mtu", "1500", "MTU 1500 B"),
        ("delay", "2.5ms", "delay one way 2.5 ms"),
        ("load", "0.30000000000000004", "load 0.3"),
        ("link", "linkRate=1Gbps mtu=9000", "linkRate=1Gbps mtu=9000"),
        ("wait", "spin", "wait spin"),
        ("ring", "512", "receive ring 512 frames"),
        ("cores", "4", "cores 4"),
    ],
)
def test_how_values_are_said(name, value, said):
    assert Axis(name, (value,)).say(value) == said


def test_all_values_of_an_axis_are_said():
    assert Axis("cores", ("1", "2")).every == "all cores"
    assert Axis("delay", ("1ms",)).every == "every delay one way"


@pytest.mark.parametrize(
    "name, value, label",
    [
        ("cardRam", "65536", "card RAM, bytes"),
        ("ring", "512", "receive ring, frames"),
        ("cores", "4", "cores, with a queue and a flow each"),
        ("load", "0.3", "load"),
    ],
)
def test_labels_of_axes(name, value, label):
    assert Axis(name, (value,)).label == label


def test_labels_keep_apart():
    assert axes.apart([0, 0.1, 0.2, 0.5, 1], 4) == [2, 3, 4] or axes.apart([0, 0.5, 1], 2) == [
        0,
        1,
        2,
    ]
    assert axes.apart([0, 0.05, 1], 4) == [1, 2]


def test_lines_of_what_is_not_known_differ():
    names = ["offload wait=spin", "offload", "mine", "yours", "stock source=warm"]
    lines = style.lines_of(names)
    assert list(lines) == names and len(set(lines.values())) == 5
    assert lines["offload"] == style.LINES["offload"]
    assert lines["stock source=warm"] == style.LINES["stock"]


def test_systems_of_several_options_are_series(small):
    """An axis whose items set the path and more has a line an item, held against its rival."""
    cells = []
    for cell in small.done:
        if cell.path() in ("conventional", "payload-cache"):
            values = {**cell.values, "system": f"path={cell.path()} wait=spin"}
            values.pop("path")
            cells.append(replace(cell, values=values))
    systems = Outcome(small.study, tuple(cells))
    assert systems.series == "system"
    assert systems.rivals("conventional") == ["payload-cache wait=spin"]
    (picture,) = drawn(systems, "curves", x="writeSize")
    names = [text.get_text() for text in picture.figure.axes[0].get_legend().get_texts()]
    assert names[:2] == ["conventional wait=spin", "payload-cache wait=spin"]
    assert check_words(picture.figure) > 10
    plt.close(picture.figure)


# -- The command --


def test_plot_draws_what_there_is_and_leaves_other_files_alone(swept, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    done = pcache("plot", "small.toml", "--out", str(tmp_path), cwd=swept)
    assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in tmp_path.iterdir())
    assert "curves-writeSize.png" in names and "heat-map-cpu-over-conventional.pdf" in names
    assert all(f"  {name}" in done.stdout for name in names if name.endswith("png"))
    assert {name.rpartition(".")[2] for name in names} == {"png", "pdf", "tex"}
    assert (tmp_path / "thesis.tex").read_text() == "years of work"
    pdf = (tmp_path / "frontier.pdf").read_bytes()
    assert b"/FontFile2" in pdf and b"/Type3" not in pdf
    assert done.stderr == ""


@pytest.mark.parametrize("command", ["plot", "report"])
def test_missing_runs_are_told_with_what_makes_them(swept, command, tmp_path):
    more = ("--set", "writeSize=[512, 1024]")
    out = tmp_path / "my own"
    done = pcache(command, "one.toml", *more, "--out", str(out), cwd=swept)
    assert done.returncode == 0, done.stderr
    assert command == "plot" or f"--out &#x27;{out}&#x27;" in out.read_text()
    again = "./pcache sweep one.toml --set 'writeSize=[512, 1024]'"
    assert f"16 of 32 runs are missing: {again}" in done.stderr


@pytest.mark.parametrize("command", ["plot", "report"])
def test_nothing_at_all_is_an_error(swept, command, tmp_path):
    done = pcache(command, "one.toml", "--set", "writeSize=[777]", cwd=swept)
    assert done.returncode == 2 and done.stdout == ""
    assert "make them with: ./pcache sweep one.toml --set 'writeSize=[777]'" in done.stderr
    done = pcache(command, "one.toml", "--results", str(tmp_path / "none"), cwd=swept)
    assert done.returncode == 2
    assert not (tmp_path / "none").exists()


PLOTS = [
    ('kind = "pie"', "one of heat-map"),
    ('kind = "curves"\nx = "cardRam"', "not swept"),
    ('kind = "curves"\nvalue = "goodptu"', "did you mean 'goodput'"),
    ('kind = "curves"\ncolour = "red"', "colour: unknown here"),
    ('kind = "completion-times"\nof = "time"', "one of slowdown, completion"),
]


@pytest.mark.parametrize("table, said", PLOTS)
def test_a_wrong_plot_is_told_with_its_line(swept, table, said):
    text = (swept / "small.toml").read_text()
    (swept / "wrong.toml").write_text(f"{text}\n[[plot]]\n{table}\n")
    first = text.count("\n") + 2
    done = pcache("plot", "wrong.toml", cwd=swept)
    assert done.returncode == 2
    assert said in done.stderr
    assert any(f"wrong.toml:{first + at}: " in done.stderr for at in (1, 2)), done.stderr


def test_what_there_is_nothing_to_draw_of_is_told(swept, tmp_path):
    text = (swept / "small.toml").read_text()
    (swept / "over-time.toml").write_text(f'{text}\n[[plot]]\nkind = "card-ram"\n')
    done = pcache("plot", "over-time.toml", "--out", str(tmp_path / "out"), cwd=swept)
    assert done.returncode == 2
    assert "card-ram: nothing to draw" in done.stderr and "ramOverTime=on" in done.stderr


def test_each_plot_without_a_picture_is_told_with_its_line(loaded):
    plots = (
        Plot("curves", {"x": "load", "value": "requests"}, 3),
        Plot("heat-map", {"against": "stock"}, 5),
        Plot("frontier", {}, 7),
    )
    study = SimpleNamespace(name="by-load", plots=plots, file=Path("by-load.toml"))
    told = []
    for picture in draw.pictures(replace(loaded, study=study), told.append):
        assert picture.name == "frontier"
        plt.close(picture.figure)
    assert [line.partition(": nothing")[0] for line in told] == [
        "by-load.toml:3: curves (x = load, value = requests)",
        "by-load.toml:5: heat-map (against = stock)",
    ]
    assert all("; it takes " in line for line in told)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("load", [("0.3",), ("0.1", "0.3")], ids=len)
def test_axes_of_one_value(loaded, kind, load):
    """`--set load=[0.3]` leaves an axis that is named and has nothing along it."""
    cells = tuple(
        cell
        for cell in loaded.cells
        if cell.values["load"] in load and cell.values["cardRam"] == "32768"
    )
    few = replace(loaded, cells=cells)
    options = {key: axis for key, axis in (("x", "load"), ("y", "cardRam")) if key in KINDS[kind]}
    found = drawn(few, kind, **options)
    for picture in found:
        plt.close(picture.figure)
    along = {"heat-map": False, "curves": len(load) > 1, "completion-times": len(load) > 1}
    assert bool(found) == along.get(kind, True)


def test_the_documented_study_is_one(tmp_path):
    text = (ROOT / "doc" / "studies.md").read_text()
    (tmp_path / "documented.toml").write_text(re.search(r"```toml\n(.*?)```", text, re.DOTALL)[1])
    study = file.load(str(tmp_path / "documented.toml"), quick=True)
    assert [list(grid) for grid in study.grids] == [["path", "txRam", "delay", "buffers"]]
    named = [
        n
        for cell in re.findall(r"^\| (`[^|]*) \|", text, re.M)
        for n in re.findall("`(.*?)`", cell)
    ]
    assert set(KINDS) <= set(named) and len(named) > 25
    for name in named:
        assert name in KINDS or quantities.find(name)


def test_hatching_lies_on_the_cells():
    figure = plt.figure()
    axes = figure.subplots()
    axis = SimpleNamespace(ordered=["1", "2"], show=str)
    frame = SimpleNamespace(x=axis, y=axis, norm=Normalize(-1, 1))
    gains = {("1", "1"): Estimate(1.0, 0.5, 3), ("2", "2"): Estimate(1.0, 0.5, 3)}
    heat_map.draw_map(axes, heat_map.Map("payload-cache", gains), frame)
    hatched = [patch for patch in axes.patches if patch.get_hatch()]
    assert len(hatched) == len(gains)
    assert all(patch.zorder > axes.collections[0].zorder for patch in hatched)
    plt.close(figure)
