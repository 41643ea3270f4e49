"""Reads a timeline: the trace-event JSON that `--timeline=FILE` of a scenario writes.

The file has one event a line (helper/trace-event-file.h), so it is read line by line, and only what
is asked for is kept. Times are microseconds of simulated time.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from analysis.errors import UserError

# What an event of each phase has, beside its process
MEMBERS = {
    "M": ("name", "args"),
    "X": ("name", "tid", "ts", "dur"),
    "B": ("name", "tid", "ts"),
    "E": ("tid", "ts"),
    "i": ("name", "tid", "ts"),
    "C": ("name", "ts", "args"),
    "s": ("name", "tid", "ts", "id"),
    "t": ("name", "tid", "ts", "id"),
    "f": ("name", "tid", "ts", "id"),
}
NUMBERS = ("ts", "dur")
KEYS = ("name", "pid", "tid", "id")
# Of an event that has it in its args, by its name or else its phase
ARGUMENTS = {
    "process_name": "name",
    "thread_name": "name",
    "thread_sort_index": "sort_index",
    "C": "value",
}


@dataclass(frozen=True)
class Slice:
    """Something that took time on a lane."""

    name: str
    begin: float
    end: float
    args: dict


@dataclass
class Lane:
    """A row of slices; those of applications may lie in each other, outermost first."""

    name: str
    order: int = 0
    slices: list[Slice] = field(default_factory=list)


@dataclass
class Host:
    """A process of the file: its lanes by number, its curves by name."""

    name: str = ""
    lanes: dict[int, Lane] = field(default_factory=dict)
    curves: dict[str, list[tuple[float, float]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Point:
    """A point of an arrow."""

    lane: int
    at: float


@dataclass
class Arrow:
    """What joins slices of one frame, or of one payload."""

    name: str
    points: list[Point] = field(default_factory=list)


@dataclass
class Timeline:
    """What a file shows, or a part of it."""

    hosts: dict[int, Host] = field(default_factory=lambda: defaultdict(Host))
    arrows: dict[int, Arrow] = field(default_factory=dict)


def events(file: Path) -> Iterator[dict]:
    """The events of a file, as they stand there. Raises UserError where it is no timeline."""
    with file.open(encoding="utf-8", errors="replace") as stream:
        if not stream.readline().rstrip().endswith('"traceEvents":['):
            raise UserError(f"{file}:1: no timeline: --timeline={file} of a scenario writes one")
        for number, line in enumerate(stream, start=2):
            text = line.strip().rstrip(",")
            if text == "]}":
                return
            try:
                event = json.loads(text)
                check(event)
            except KeyError as error:
                raise UserError(f"{file}:{number}: an event without {error}") from error
            except (ValueError, TypeError) as error:
                raise UserError(f"{file}:{number}: no event: {text[:40]!r}") from error
            yield event
    raise UserError(f"{file}: it breaks off: a timeline ends in ]}}")


def check(event: dict) -> None:
    """Raises KeyError for a member that an event lacks, TypeError where it is no event."""
    phase = event["ph"]
    if phase not in MEMBERS:
        raise TypeError
    for name in ("pid", *MEMBERS[phase]):
        event[name]  # pylint: disable=pointless-statement
    if not all(isinstance(event.get(name, 0), (int, float)) for name in NUMBERS):
        raise TypeError
    if not all(isinstance(event.get(name, 0), (int, str)) for name in KEYS):
        raise TypeError
    wanted = ARGUMENTS.get(event["name"] if phase == "M" else phase)
    if wanted is not None:
        event["args"][wanted]  # pylint: disable=pointless-statement
    if phase == "M" and event["name"].startswith("thread_"):
        event["tid"]  # pylint: disable=pointless-statement


def first_slice(file: Path) -> float:
    """When the first slice of a file begins."""
    return min((event["ts"] for event in events(file) if event["ph"] in "XB"), default=0.0)


def read(file: Path, begin: float, end: float) -> Timeline:
    """What a file shows from `begin` to `end`: slices that reach into it, arrows and curves.

    Raises UserError where it is no timeline, and for a slice on a lane that the file does not name.
    """
    try:
        return arranged(file, begin, end)
    except KeyError as error:
        raise UserError(f"{file}: lane {error}: it has slices, but no thread_name") from error


def arranged(file: Path, begin: float, end: float) -> Timeline:
    """What `read` gives. Raises KeyError for the number of a lane without a name."""
    timeline = Timeline()
    open_slices: dict[int, list[dict]] = defaultdict(list)
    for event in sorted_events(file, end):
        kind = event["ph"]
        host = timeline.hosts[event["pid"]]
        if kind == "M":
            name_it(host, event)
        elif kind == "X":
            add_slice(host, event, event["ts"] + event["dur"], begin)
        elif kind == "B":
            open_slices[event["tid"]].append(event)
        elif kind == "E" and open_slices[event["tid"]]:
            add_slice(host, open_slices[event["tid"]].pop(), event["ts"], begin)
        elif kind == "C":
            value = (event["ts"], event["args"]["value"])
            host.curves.setdefault(event["name"], []).append(value)
        elif kind in "stf":
            arrow = timeline.arrows.setdefault(event["id"], Arrow(event["name"]))
            arrow.points.append(Point(event["tid"], event["ts"]))
    for events_left in open_slices.values():
        for event in events_left:
            add_slice(timeline.hosts[event["pid"]], event, end, begin)
    for host in timeline.hosts.values():
        for lane in host.lanes.values():
            lane.slices.sort(key=lambda piece: (piece.begin, -piece.end))
    return timeline


def sorted_events(file: Path, end: float) -> list[dict]:
    """The events up to `end`, by time; those of one time as they stand in the file."""
    kept = [event for event in events(file) if event.get("ts", 0) <= end]
    return sorted(kept, key=lambda event: event.get("ts", -1))


def name_it(host: Host, event: dict) -> None:
    """Takes note of the name or the place of a host or a lane."""
    args = event["args"]
    if event["name"] == "process_name":
        host.name = args["name"]
    elif event["name"] == "thread_name":
        host.lanes[event["tid"]] = Lane(args["name"])
    elif event["name"] == "thread_sort_index":
        host.lanes[event["tid"]].order = args["sort_index"]


def add_slice(host: Host, event: dict, end: float, begin: float) -> None:
    """Adds a slice to its lane, if it ends after `begin`."""
    if end >= begin:
        piece = Slice(event["name"], event["ts"], end, event.get("args", {}))
        host.lanes[event["tid"]].slices.append(piece)
