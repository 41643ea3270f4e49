"""Where a TOML file says what: the line of each key, which Python's reader does not tell."""

from __future__ import annotations

import re

Path = tuple[str, ...]
TABLE = re.compile(r"\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(#.*)?$")
KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")


def parts(dotted: str) -> Path:
    """A dotted key in its parts, without quotes."""
    return tuple(part.strip("\"'") for part in PART.findall(dotted))


def find(text: str) -> dict[Path, int]:
    """The line of each table and key, counted from 1; the first where one is there twice.

    The n-th [[table]] of a name is at (name, str(n)), n from 0. A table's key `x` is below it.
    """
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for number, line in enumerate(text.splitlines(), 1):
        if match := TABLE.match(line):
            table = parts(match[2])
            if match[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                lines.setdefault(table, number)
                table = (*table, str(counts[table]))
            lines.setdefault(table, number)
        elif match := KEY.match(line):
            lines.setdefault((*table, *parts(match[1])), number)
    return lines
