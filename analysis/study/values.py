"""The values of a study: one, a list of them, or a range, as the text that a scenario takes.

Every function raises ValueError with what is wrong and what would be right.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

Setting = dict[str, str]  # options that one value of an axis sets

BYTES = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
SIZE = re.compile(r"(\d+(?:\.\d+)?) ?(KiB|MiB|GiB)")
NUMBER = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?) ?([A-Za-z%/]*)")
TIME = re.compile(r"(\d+(?:\.\d+)?) ?(s|min|h)")
SECONDS = {"s": 1, "min": 60, "h": 3600}
MOST = (
    1_000_000  # values of an axis, and runs of a study; chosen: a run takes milliseconds at least
)
RANGE = '{ from = 1, to = 9, step = 2 } or { from = 1, to = 64, count = 7, scale = "log" }'
DIGITS = 4  # of a value between the ends of a range on a log scale: chosen, readable


def text(value: object) -> str:
    """One value as a scenario's option takes it: sizes in bytes, true and false as on and off."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value}: a number that is finite")
    if isinstance(value, (int, float)):
        return plain(value)
    if not isinstance(value, str):
        raise ValueError(f"{shown(value)}: a number, true, false, or text in quotes")
    if match := SIZE.fullmatch(value):
        return plain(size(match))
    return value


def shown(value: object) -> str:
    """A value as a message has it."""
    return "a table" if isinstance(value, Mapping) else f"{value!r}"


def size(match: re.Match) -> float:
    """A number with KiB, MiB or GiB in bytes. It has to be whole."""
    count = float(match[1]) * BYTES[match[2]]
    if count != int(count):
        raise ValueError(f"{match[0]!r}: not a whole number of bytes")
    return count


def plain(value: float) -> str:
    """A number without noise: 12 digits, and none after the point of a whole number."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.12g}"


def time_limit(value: object) -> float:
    """Seconds, from a number or from text such as "90s", "10min" or "2h"."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf:
        return float(value)
    match = TIME.fullmatch(value) if isinstance(value, str) else None
    if not match or float(match[1]) == 0:
        raise ValueError(f'{shown(value)}: a time above 0 such as "90s", "10min" or "2h"')
    return float(match[1]) * SECONDS[match[2]]


def axis(name: str, value: object) -> tuple[Setting, ...]:
    """The settings of an axis: of a list, whose items may be tables of several options, or of a
    range."""
    if isinstance(value, Mapping):
        items: Sequence[object] = spread(value)
    elif isinstance(value, list):
        items = value
    else:
        raise ValueError(
            f"{shown(value)}: a list such as [{value!r}], or a range such as {RANGE}; "
            "one value for all runs belongs into [fixed]"
        )
    if not items:
        raise ValueError("an empty list: at least one value")
    settings = tuple(setting(name, item) for item in items)
    seen: set[tuple[tuple[str, str], ...]] = set()
    for one in settings:
        if (key := tuple(sorted(one.items()))) in seen:
            raise ValueError(f"{' '.join(one.values())} is given twice")
        seen.add(key)
    return settings


def setting(name: str, item: object) -> Setting:
    """What one item of an axis sets."""
    if not isinstance(item, Mapping):
        return {name: text(item)}
    if not item:
        raise ValueError("an empty table: at least one option")
    return {option: text(value) for option, value in item.items()}


# -- Ranges --


def spread(table: Mapping[str, object]) -> list[str]:
    """The values of a range, as text."""
    unknown = table.keys() - {"from", "to", "step", "count", "scale"}
    if unknown or not {"from", "to"} <= table.keys() or ("step" in table) == ("count" in table):
        raise ValueError(f"not a range: {RANGE}")
    (low, unit), (high, other) = (number(table[key], key) for key in ("from", "to"))
    if unit != other:
        raise ValueError(
            f"from and to have different units: {unit or 'none'} and {other or 'none'}"
        )
    if not low < high:
        raise ValueError(f"from = {table['from']!r} is not below to = {table['to']!r}")
    whole = low == int(low) and high == int(high)
    if "step" in table:
        if table.get("scale", "linear") != "linear":
            raise ValueError('a scale of "log" wants a count in the place of step')
        values = stepped(low, high, step_of(table, unit))
    else:
        values = counted(low, high, count_of(table), table.get("scale", "linear"))
        values = [rounded(value, whole, low, high) for value in values]
    texts = [plain(value) + unit for value in values]
    if len(set(texts)) < len(texts):
        raise ValueError(f"count = {table['count']!r}: more than there are whole numbers between")
    return texts


def number(value: object, key: str) -> tuple[float, str]:
    """A number and its unit; sizes come in bytes, without one."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return float(value), ""
    if isinstance(value, str):
        if match := SIZE.fullmatch(value):
            return size(match), ""
        if match := NUMBER.fullmatch(value):
            return float(match[1]), match[2]
    raise ValueError(f"{key} = {shown(value)}: a number, with a unit in quotes")


def step_of(table: Mapping[str, object], unit: str) -> float:
    """The step of a range. Its unit is that of the ends, or left out."""
    step, own = number(table["step"], "step")
    if step <= 0:
        raise ValueError(f"step = {table['step']!r}: the range never ends; above 0")
    if own not in ("", unit):
        raise ValueError(f"step = {table['step']!r}: in {unit or 'no unit'}, as from and to")
    return step


def stepped(low: float, high: float, step: float) -> list[float]:
    """From `low` on in steps, up to `high`, which is met in spite of rounding."""
    steps = math.floor((high - low) / step + 1e-9)
    if steps >= MOST:
        raise ValueError(f"{steps + 1} values: at most {MOST}")
    return [low + n * step for n in range(steps + 1)]


def count_of(table: Mapping[str, object]) -> int:
    """The number of values of a range."""
    count = table["count"]
    if not isinstance(count, int) or isinstance(count, bool) or not 2 <= count <= MOST:
        raise ValueError(f"count = {shown(count)}: a whole number from 2 to {MOST}")
    return count


def counted(low: float, high: float, count: int, scale: object) -> list[float]:
    """`count` values from `low` to `high`, evenly apart on a scale."""
    shares = [n / (count - 1) for n in range(count)]
    if scale == "linear":
        return [low + share * (high - low) for share in shares]
    if scale != "log":
        raise ValueError(f'scale = {shown(scale)}: "linear" or "log"')
    if low <= 0:
        raise ValueError(f"from = {plain(low)}: above 0 on a log scale")
    return [low * (high / low) ** share for share in shares]


def rounded(value: float, whole: bool, low: float, high: float) -> float:
    """A value between the ends: whole where they are, else to DIGITS digits. The ends stay."""
    for end in (low, high):
        if math.isclose(value, end, rel_tol=1e-12):
            return end
    return round(value) if whole else float(f"{value:.{DIGITS}g}")
