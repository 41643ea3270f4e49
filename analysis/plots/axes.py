"""The axes of pictures: what values of a study are worth as numbers, and how they are shown."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([A-Za-z/]*)")
PREFIXES = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}
# Units of values: what they measure, and how much of it
UNITS: dict[str, tuple[str, float]] = {
    "": ("", 1.0),
    "B": ("bytes", 1.0),
    "KiB": ("bytes", 1024.0),
    "MiB": ("bytes", 1024.0**2),
    "GiB": ("bytes", 1024.0**3),
    "ns": ("time", 1e-9),
    "us": ("time", 1e-6),
    "ms": ("time", 1e-3),
    "s": ("time", 1.0),
    "min": ("time", 60.0),
    **{
        f"{prefix}{rate}": ("rate", scale)
        for rate in ("bps", "b/s")
        for prefix, scale in PREFIXES.items()
    },
}
NAMES = {
    "adaptive": "adaptive moderation",
    "appRate": "a writer's rate",
    "bandwidth": "bandwidth",
    "cardRam": "card RAM",
    "clients": "clients",
    "concurrency": "connections",
    "copyBreak": "copy-break",
    "concurrent": "flows at any time",
    "delay": "delay one way",
    "linkRate": "link",
    "corruptRate": "rate of damaged frames",
    "duplicateRate": "rate of duplicates",
    "reorderRate": "rate of late frames",
    "lossRate": "loss rate",
    "moderation": "delay of an interrupt",
    "mtu": "MTU",
    "posted": "empty buffers take the cache:",
    "rate": "requests a second",
    "readDelay": "reader's delay",
    "readPause": "reader's pause",
    "readRate": "reader's rate",
    "readSize": "read size",
    "requestSize": "request size",
    "responseSize": "response size",
    "ring": "receive ring",
    "rxRam": "receive card RAM",
    "txRam": "transmit card RAM",
    "writeSize": "write size",
}
COUNTED = {"ring": "frames"}  # what the numbers of an axis are of
MANY = {"clients", "concurrency", "concurrent", "cores", "flows"}  # whose nouns are plurals
EXPLAINED = {"cores": "with a queue and a flow each"}  # said at the axis alone
BYTES = re.compile(r"(Ram|Size|Buf|[bB]ytes|^mtu|^copyBreak)$")  # options that are sizes
WRAP = 10  # characters of a line of what is no number
LOG_FROM = 12  # largest over smallest value from which an axis is logarithmic


def parse(text: str) -> tuple[str, float] | None:
    """What a value measures, and how much; None for what is no number."""
    match = NUMBER.fullmatch(text.strip())
    if not match or match[2] not in UNITS:
        return None
    kind, scale = UNITS[match[2]]
    return kind, float(match[1]) * scale


@dataclass(frozen=True)
class Axis:
    """A swept axis: its name, and its values in the plan's order."""

    name: str
    values: tuple[str, ...]

    @cached_property
    def numbers(self) -> dict[str, float] | None:
        """The values as numbers of one kind; None where they are none, or of several kinds."""
        parsed = {value: parse(value) for value in self.values}
        if None in parsed.values():
            return None
        kinds = {kind for kind, number in parsed.values() if kind or number}  # 0 is of any kind
        return {value: found[1] for value, found in parsed.items()} if len(kinds) <= 1 else None

    @property
    def noun(self) -> str:
        """What the axis is called in a sentence."""
        return NAMES.get(self.name, self.name)

    @property
    def every(self) -> str:
        """All of its values, in a sentence."""
        return f"{'all' if self.name in MANY else 'every'} {self.noun}"

    @property
    def is_bytes(self) -> bool:
        """Whether its values are sizes."""
        return self.numbers is not None and bool(BYTES.search(self.name))

    @property
    def label(self) -> str:
        """What is written at the axis."""
        explained = "bytes" if self.is_bytes else COUNTED.get(self.name, EXPLAINED.get(self.name))
        return f"{self.noun}, {explained}" if explained else self.noun

    @cached_property
    def ordered(self) -> tuple[str, ...]:
        """The values by size, or as planned where they are no numbers."""
        return tuple(sorted(self.values, key=self.numbers.get)) if self.numbers else self.values

    @cached_property
    def places(self) -> dict[str, float]:
        """Where each value stands on the paper, from 0 to 1: by its size, its logarithm, or turn.

        Logarithmic are values that spread far; a 0 among them stands left of the others.
        """
        if not self.numbers:
            return spread({value: float(at) for at, value in enumerate(self.values)})
        positive = sorted({number for number in self.numbers.values() if number > 0})
        if not positive or min(self.numbers.values()) < 0 or positive[-1] < LOG_FROM * positive[0]:
            return spread(self.numbers)
        step = math.log(positive[-1] / positive[0]) / (len(positive) - 1)
        zero = math.log(positive[0]) - step
        return spread({v: math.log(n) if n else zero for v, n in self.numbers.items()})

    def show(self, value: str) -> str:
        """A value, as it stands at the axis."""
        found = parse(value)
        if found is None:
            return textwrap.fill(value, WRAP, break_long_words=False)
        if self.is_bytes:
            return byte_size(found[1])
        number, unit = NUMBER.fullmatch(value.strip()).groups()
        return f"{float(number):.4g} {unit}".strip()

    def worth(self, value: str) -> str:
        """A value in a sentence, with its unit: "64 KiB", "512 frames"."""
        if parse(value) is None:
            return value
        shown = self.show(value)
        if self.is_bytes:
            return shown + ("B" if shown.endswith("i") else " B")
        return f"{shown} {COUNTED[self.name]}" if self.name in COUNTED else shown

    def say(self, value: str) -> str:
        """A value with what it is of: "card RAM 64 KiB", "load 0.3"."""
        # several options at once have their names with them
        return value if "=" in value else f"{self.noun} {self.worth(value)}"

    def ticks(self, room: float) -> list[str]:
        """The values that have a label, if `room` of them fit beside each other."""
        places = [self.places[value] for value in self.ordered]
        return [self.ordered[at] for at in apart(places, room)]


def byte_size(size: float) -> str:
    """A size with Ki or Mi where it is a simple one of them: "64 Ki", "1500"."""
    for prefix, unit in (("Mi", 2**20), ("Ki", 2**10)):
        if size >= unit and size % (unit // 4) == 0:
            return f"{size / unit:g} {prefix}"
    return f"{size:g}"


def spread(places: dict[str, float]) -> dict[str, float]:
    """Places on a line, moved and stretched to reach from 0 to 1."""
    low, high = min(places.values()), max(places.values())
    return {value: (place - low) / (high - low or 1.0) for value, place in places.items()}


def apart(places: Sequence[float], room: float) -> list[int]:
    """Which of some increasing places in 0 to 1 keep a distance of 1 / room; the last always."""
    kept = [len(places) - 1]
    for at in range(len(places) - 2, -1, -1):
        if places[kept[-1]] - places[at] >= 0.999 / room:
            kept.append(at)
    return kept[::-1]
