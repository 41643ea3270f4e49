"""Records as files: one JSON file a run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from analysis.comparison import Machine
from analysis.runs.store import Record


def named(compared: Sequence[Machine]) -> Iterator[tuple[str, Record]]:
    """Each record of a comparison, with a name that says which it is."""
    for machine in compared:
        for group in machine.groups:
            setting = f"{group.setting.source}-appRead-{group.setting.app_read}"
            for speed, paths in (("full", group.full), ("equal", group.held)):
                for path, kept in paths.items():
                    yield from seeded(f"{machine.label}-{path}-{setting}-{speed}", kept)
        for path, sizes in machine.swept.items():
            for size, kept in sizes.items():
                yield from seeded(f"{machine.label}-{path}-write-{size}", kept)


def seeded(name: str, kept: Sequence[Record]) -> Iterator[tuple[str, Record]]:
    """The records of several seeds."""
    for record in kept:
        seed = f"-seed-{record['parameters']['seed']}" if len(kept) > 1 else ""
        yield f"{name}{seed}.json", record


def export(compared: Sequence[Machine], folder: Path) -> int:
    """Writes the records of a comparison. Returns how many."""
    folder.mkdir(parents=True)
    count = 0
    for name, record in named(compared):
        (folder / name).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        count += 1
    return count
