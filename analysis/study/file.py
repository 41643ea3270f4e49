"""Studies as files: a small TOML file, which says what is to be run and what is to be drawn.

What is wrong in one is told with its file and line, before anything is run.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis import quantities
from analysis.build import ROOT
from analysis.errors import UserError
from analysis.plots import FLOWS, KINDS
from analysis.run import scenarios
from analysis.study import lines, values
from analysis.study.values import Setting

FOLDER = ROOT / "studies"
TIME_LIMIT_S = 600.0  # of a run, unless a study says otherwise; chosen, far above any shipped run's
MOST_SEEDS = 1000  # chosen: an interval over a thousand has long settled
KEYS = ("question", "scenario", "traffic", "seeds", "seed", "time_limit")
TABLES = ("fixed", "sweep", "quick", "plot", "answer")
CHANGEABLE = ("seeds", "seed", "time_limit")
ANSWER = ("quantity", "along", "against")
# Options that a sweep gives to its runs itself, and what to write instead
RESERVED = {
    "seed": "seed = N outside of the tables, which every run's seed is derived from",
    "json": "nothing: records go to the store",
    "check": "nothing: every run is checked first",
    "describe": "./pcache run SCENARIO --help",
    "pcap": "./pcache run with one run's options",
    "timeline": "./pcache run with one run's options",
}
AXES = ("x", "y")  # keys of a [[plot]] that name a swept value

Grid = dict[str, tuple[Setting, ...]]


@dataclass(frozen=True)
class Plot:
    """A picture that a study asks for."""

    kind: str
    options: dict[str, object]
    line: int


@dataclass(frozen=True)
class Study:
    """What is to be run, and what is to be shown of it."""

    name: str
    file: Path
    question: str
    scenario: str  # a program of examples/, or the absolute path of the user's own
    traffic: tuple[str, ...]  # options of the user's own program that shape its traffic
    fixed: dict[str, str]
    grids: tuple[Grid, ...]  # of each: axis, its settings
    seeds: int  # repetitions
    seed: int
    time_limit: float  # seconds a run
    plots: tuple[Plot, ...]
    answer: dict[str, str]
    places: dict[str, str] = field(compare=False)  # where an option is given: "FILE:LINE"

    def axes(self) -> list[str]:
        """The names of what is swept, in the file's order."""
        return list(dict.fromkeys(name for grid in self.grids for name in grid))

    def place(self, option: str) -> str:
        """Where an option is given, or the file."""
        return self.places.get(option, label(self.file))


@dataclass
class Draft:
    """A study's tables as they were read, and where each value stands."""

    file: Path
    tables: dict[str, Any]
    places: dict[lines.Path, str]

    def place(self, *path: str) -> str:
        """Where a key stands, or the closest table around it, or the file."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, label(self.file))

    def fail(self, said: str, *path: str) -> UserError:
        """An error at a key."""
        return UserError(f"{self.place(*path)}: {said}")

    def read(self, reader: Callable[[Any], Any], *path: str) -> Any:
        """The value of a key by a reader that raises ValueError, which is told with its place."""
        value: Any = self.tables
        for part in path:
            value = value[int(part) if isinstance(value, list) else part]
        try:
            return reader(value)
        except ValueError as error:
            raise self.fail(f"{path[-1]}: {error}", *path) from None


def label(file: Path) -> str:
    """A file's name as messages have it: from where the user stands, if it is below."""
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)


def shipped() -> list[str]:
    """The names of the studies that ship."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name_or_path: str, quick: bool = False, changes: Sequence[str] = ()) -> Study:
    """Reads a study: one that ships, by its name, or a file.

    With `quick`, its [quick] values take the place of the others; `changes` are "key=value".
    Raises UserError with file and line for what is wrong in itself; what the scenario has to say of
    it is asked by `plan` and `check`.
    """
    draft = read(find(name_or_path))
    check_keys(draft)
    check_rivals(draft)
    if quick:
        apply_quick(draft)
    for change in changes:
        apply_change(draft, change)
    draft.tables.pop("quick", None)
    return study_of(draft)


def find(name_or_path: str) -> Path:
    """The file of a study. Raises UserError if there is none."""
    named = FOLDER / f"{name_or_path}.toml"
    for path in (named, Path(name_or_path)):
        if path.is_file():
            return path.absolute()
    close = difflib.get_close_matches(name_or_path, shipped(), n=1)
    meant = f"; did you mean {close[0]}?" if close else ""
    raise UserError(
        f"study {name_or_path!r}: neither one that ships ({', '.join(shipped())}) nor a file{meant}"
    )


def read(file: Path) -> Draft:
    """Reads the tables of a file."""
    try:
        text = file.read_text(encoding="utf-8")
        tables = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise UserError(f"{label(file)}: not text in UTF-8: {error.reason}") from error
    except tomllib.TOMLDecodeError as error:
        said, _, at = str(error).partition(" (at line ")
        number = at.partition(",")[0] or str(len(text.splitlines()))
        raise UserError(f"{label(file)}:{number}: no TOML: {said}") from error
    places = {path: f"{label(file)}:{number}" for path, number in lines.find(text).items()}
    return Draft(file, tables, places)


# -- The form of the file --


def check_keys(draft: Draft) -> None:
    """Refuses keys that a study does not have, and tables that are none."""
    check_names(draft, draft.tables, (*KEYS, *TABLES), ())
    for key in ("question", "scenario"):
        value = draft.tables.get(key)
        if not isinstance(value, str) or not value:
            raise draft.fail(f'{key} = "..." is missing: text in quotes', key)
    for key in ("fixed", "quick", "answer"):
        check_table(draft, draft.tables.setdefault(key, {}), (key,))
    quick = draft.tables["quick"]
    check_names(draft, quick, ("seeds", "fixed", "sweep"), ("quick",))
    for key in ("fixed", "sweep"):
        check_table(draft, quick.setdefault(key, {}), ("quick", key))
    check_grids(draft)
    check_quick(draft)
    check_list_of_tables(draft, "plot")
    check_names(draft, draft.tables["answer"], ANSWER, ("answer",))


def check_names(
    draft: Draft, table: Mapping[str, object], known: Iterable[str], at: tuple[str, ...]
) -> None:
    """Refuses what is not known in a table."""
    for name in table:
        if name not in known:
            close = difflib.get_close_matches(name, list(known), n=1)
            meant = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
            raise draft.fail(f"{name}: unknown here; {meant}", *at, name)


def check_table(draft: Draft, table: object, at: tuple[str, ...]) -> None:
    """Refuses what is no table."""
    if not isinstance(table, dict):
        raise draft.fail(f"{'.'.join(at)}: a table, headed [{'.'.join(at)}]", *at)


def check_list_of_tables(draft: Draft, key: str) -> None:
    """Refuses what is no list of tables."""
    tables = draft.tables.setdefault(key, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise draft.fail(f"{key}: tables, each headed [[{key}]]", key)


def check_grids(draft: Draft) -> None:
    """Makes [sweep] a list of one grid, as [[sweep]] is one of several."""
    if isinstance(draft.tables.setdefault("sweep", {}), dict):
        draft.tables["sweep"] = [draft.tables["sweep"]]
        draft.places = {moved(path): place for path, place in draft.places.items()}
    check_list_of_tables(draft, "sweep")


def check_quick(draft: Draft) -> None:
    """Refuses what [quick] would replace, and is not there."""
    quick = draft.tables["quick"]
    for table, there in (("fixed", draft.tables["fixed"]), ("sweep", None)):
        for name in quick[table]:
            if not (sweeping(draft, name) if there is None else name in there):
                said = f"{name}: not in [{table}], so there is nothing to replace"
                raise draft.fail(said, "quick", table, name)


def moved(path: lines.Path) -> lines.Path:
    """Where a key below [sweep] is once that is a list of one."""
    return ("sweep", "0", *path[1:]) if path[:1] == ("sweep",) and len(path) > 1 else path


# -- What takes the place of something --


def apply_quick(draft: Draft) -> None:
    """Puts the values of [quick] in the place of those of the same name."""
    quick = draft.tables["quick"]
    if "seeds" in quick:
        replace(draft, ("seeds",), quick["seeds"], draft.place("quick", "seeds"))
    for name, value in quick["fixed"].items():
        replace(draft, ("fixed", name), value, draft.place("quick", "fixed", name))
    for name, value in quick["sweep"].items():
        replace_axis(draft, name, value, draft.place("quick", "sweep", name))


def apply_change(draft: Draft, change: str) -> None:
    """Applies "key=value" of the command line; the value is TOML, or else text."""
    key, equals, text = change.partition("=")
    place = f"--set {change}"
    if not key or not equals:
        raise UserError(f"{place}: it reads key=value")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    table, dot, name = key.partition(".")
    if key in CHANGEABLE:
        replace(draft, (key,), value, place)
    elif dot and table in ("fixed", "sweep"):
        change_option(draft, name, value, table == "sweep", place)
    elif key in (*KEYS, *TABLES):
        raise UserError(
            f"{place}: only {', '.join(CHANGEABLE)}, fixed.NAME, sweep.NAME and options"
        )
    else:
        change_option(draft, key, value, isinstance(value, (list, dict)), place)


def change_option(draft: Draft, name: str, value: object, swept: bool, place: str) -> None:
    """Fixes an option or sweeps it, whatever the file does with it."""
    if swept:
        draft.tables["fixed"].pop(name, None)
        replace_axis(draft, name, value, place)
        return
    for grid in draft.tables["sweep"]:
        grid.pop(name, None)
    replace(draft, ("fixed", name), value, place)


def sweeping(draft: Draft, name: str) -> list[int]:
    """The grids that sweep something."""
    return [at for at, grid in enumerate(draft.tables["sweep"]) if name in grid]


def replace_axis(draft: Draft, name: str, value: object, place: str) -> None:
    """Gives an axis other values in each grid that has it, or in all where none does."""
    for at in sweeping(draft, name) or range(len(draft.tables["sweep"])):
        draft.tables["sweep"][at][name] = value
        draft.places["sweep", str(at), name] = place


def replace(draft: Draft, path: lines.Path, value: object, place: str) -> None:
    """Gives a key of the file, or of a table in it, another value."""
    table = draft.tables if len(path) == 1 else draft.tables[path[0]]
    table[path[-1]] = value
    draft.places[path] = place


# -- What it means --


def study_of(draft: Draft) -> Study:
    """The study that a draft is."""
    fixed = {name: draft.read(values.text, "fixed", name) for name in draft.tables["fixed"]}
    grids = tuple(grid_of(draft, at) for at in range(len(draft.tables["sweep"])))
    if sum(map(grid_size, grids)) * seeds_of(draft) > values.MOST:
        raise draft.fail(f"more than {values.MOST} runs", "sweep")
    check_options(draft, fixed, grids)
    places = option_places(draft, grids)
    study = Study(
        name=draft.file.stem,
        file=draft.file,
        question=draft.tables["question"],
        scenario=scenario_of(draft),
        traffic=traffic_of(draft, places),
        fixed=fixed,
        grids=grids,
        seeds=seeds_of(draft),
        seed=whole_number(draft, "seed", 1, 0, 2**63 - 1),
        time_limit=(
            draft.read(values.time_limit, "time_limit")
            if "time_limit" in draft.tables
            else TIME_LIMIT_S
        ),
        plots=tuple(plot_of(draft, at) for at in range(len(draft.tables["plot"]))),
        answer=draft.tables["answer"],
        places=places,
    )
    check_shown(draft, study)
    return study


def whole_number(draft: Draft, key: str, default: int, least: int, most: int) -> int:
    """A whole number of the file."""
    value = draft.tables.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise draft.fail(f"{key} = {value!r}: a whole number from {least} to {most}", key)
    return value


def seeds_of(draft: Draft) -> int:
    """The number of repetitions."""
    return whole_number(draft, "seeds", 1, 1, MOST_SEEDS)


def grid_of(draft: Draft, at: int) -> Grid:
    """One grid: its axes with their settings."""
    path = ("sweep", str(at))
    return {
        name: draft.read(lambda value, name=name: values.axis(name, value), *path, name)
        for name in draft.tables["sweep"][at]
    }


def grid_size(grid: Grid) -> int:
    """How many combinations a grid has."""
    size = 1
    for settings in grid.values():
        size *= len(settings)
    return size


def check_options(draft: Draft, fixed: Mapping[str, str], grids: Sequence[Grid]) -> None:
    """Refuses an option that is given twice, or that a sweep gives itself."""
    for name in fixed:
        refuse_reserved(draft, name, "fixed", name)
    for at, grid in enumerate(grids):
        given = dict.fromkeys(fixed, "in [fixed]")
        for axis, settings in grid.items():
            path = ("sweep", str(at), axis)
            for option in dict.fromkeys(option for one in settings for option in one):
                refuse_reserved(draft, option, *path)
                if option in given:
                    raise draft.fail(f"{option} is given twice: {given[option]} too", *path)
                given[option] = f"by {axis}"


def refuse_reserved(draft: Draft, option: str, *path: str) -> None:
    """Refuses an option that a sweep gives to its runs itself."""
    if option in RESERVED:
        raise draft.fail(f"{option}: a sweep sets it; write {RESERVED[option]}", *path)


def scenario_of(draft: Draft) -> str:
    """The scenario: a name, or the path of a program, from the study's folder or from here."""
    given = draft.tables["scenario"]
    if given in scenarios():
        return given
    if "/" not in given:
        known = ", ".join(scenarios())
        raise draft.fail(
            f"scenario = {given!r}: one of {known}, or the path of a program such as ./mine.py",
            "scenario",
        )
    for path in (draft.file.parent / given, Path(given).absolute()):
        if path.is_file():
            return str(own_program(draft, path.resolve()))
    raise draft.fail(f"scenario = {given!r}: no such file", "scenario")


def own_program(draft: Draft, path: Path) -> Path:
    """A program of the user's own, if it can be run and the store can tell it from others."""
    if not os.access(path, os.X_OK):
        raise draft.fail(f"{path}: not executable; chmod +x makes it so", "scenario")
    if path.name in scenarios():
        said = f"{path}: named as a scenario that ships, give it another name"
        raise draft.fail(said, "scenario")
    return path


def traffic_of(draft: Draft, given: Iterable[str]) -> tuple[str, ...]:
    """The options that shape the traffic of the user's own program, of those it is given."""
    names = draft.tables.get("traffic", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise draft.fail('traffic: a list of options such as ["load"]', "traffic")
    if names and "/" not in draft.tables["scenario"]:
        raise draft.fail("traffic: for a program of one's own; this scenario tells it", "traffic")
    for name in names:
        if name not in given:
            close = difflib.get_close_matches(name, list(given), n=1)
            meant = f"did you mean {close[0]}?" if close else f"there are {', '.join(given)}"
            said = f"traffic: {name}: no option in [fixed] or [sweep]; {meant}"
            raise draft.fail(said, "traffic")
    return tuple(names)


def option_places(draft: Draft, grids: Sequence[Grid]) -> dict[str, str]:
    """Where each option is given."""
    places = {name: draft.place("fixed", name) for name in draft.tables["fixed"]}
    for at, grid in enumerate(grids):
        for axis, settings in grid.items():
            for option in (option for one in settings for option in one):
                places.setdefault(option, draft.place("sweep", str(at), axis))
    return places


# -- What is to be shown --


def plot_of(draft: Draft, at: int) -> Plot:
    """One picture."""
    table, path = dict(draft.tables["plot"][at]), ("plot", str(at))
    kind = table.pop("kind", None)
    if kind not in KINDS:
        said = f"kind = {kind!r}" if kind else "no kind"
        raise draft.fail(f"{said}: one of {', '.join(KINDS)}", *path, "kind")
    check_names(draft, table, KINDS[kind], path)
    if table.get("of", FLOWS[0]) not in FLOWS:
        raise draft.fail(f"of = {table['of']!r}: one of {', '.join(FLOWS)}", *path, "of")
    line = draft.place(*path).rpartition(":")[2]
    return Plot(kind, table, int(line) if line.isdigit() else 0)


def check_shown(draft: Draft, study: Study) -> None:
    """Refuses pictures and answers of what is not swept or not measured."""
    for at, plot in enumerate(study.plots):
        for key in AXES:
            check_axis(draft, study, plot.options.get(key), "plot", str(at), key)
        check_quantity(draft, plot.options.get("value"), "plot", str(at), "value")
    check_quantity(draft, study.answer.get("quantity"), "answer", "quantity")
    check_axis(draft, study, study.answer.get("along"), "answer", "along")


def check_rivals(draft: Draft) -> None:
    """Refuses to hold something against what the file does not run. What is left of that after
    [quick] or --set is another matter."""
    known = rivals(draft)
    tables = [("answer",), *(("plot", str(at)) for at in range(len(draft.tables["plot"])))]
    for path in tables:
        table = draft.tables["answer"] if len(path) == 1 else draft.tables["plot"][int(path[1])]
        name = table.get("against")
        if name is not None and name not in known:
            there = ", ".join(known) or "none"
            said = f"against = {name!r}: neither a path nor a series here; there are {there}"
            raise draft.fail(said, *path, "against")


def rivals(draft: Draft) -> list[str]:
    """What results can be held against: paths, and swept values that are no numbers."""
    axes = [
        settings
        for at in range(len(draft.tables["sweep"]))
        for settings in grid_of(draft, at).values()
    ]
    settings = [one for settings in axes for one in settings]
    paths = [one["path"] for one in (draft.tables["fixed"], *settings) if "path" in one]
    plain = [value for one in settings if len(one) == 1 for value in one.values()]
    sets = [" ".join(f"{name}={value}" for name, value in one.items()) for one in settings]
    series = [re.sub(r"\bpath=", "", name) for name in (*plain, *sets)]
    words = [name for name in (*paths, *series) if not re.match(r"[-+.\d]", str(name))]
    return list(dict.fromkeys(words))


def check_axis(draft: Draft, study: Study, name: object, *path: str) -> None:
    """Refuses the name of an axis that is none."""
    if name is not None and name not in study.axes():
        swept = ", ".join(study.axes()) or "nothing"
        raise draft.fail(f"{path[-1]} = {name!r}: not swept; swept is {swept}", *path)


def check_quantity(draft: Draft, name: object, *path: str) -> None:
    """Refuses a quantity that nothing measures."""
    if name is None:
        return
    try:
        quantities.find(str(name))
    except UserError as error:
        raise draft.fail(f"{path[-1]}: {error}", *path) from None
