"""A view a scenario in the file of results: a column a figure, for `sqlite3` and for CSV.

A view has every option that a run was given or has in force, the record's numbers, those that only
the scenario has, and of each host what a study usually looks at. Hosts that are numbered
(client-1, client-2, …) are one column with their mean. Names end in their units as the record's do.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from analysis.runs.store import Record, Store

NUMBERED = re.compile(r"(.+)-\d+")
FIGURES = {
    "cpu_utilization": "cpu_utilization",
    "cores": "cores",
    "bus_to_card_utilization": "bus_utilization.to_card",
    "bus_to_host_utilization": "bus_utilization.to_host",
    "bytes_written": "bytes_written",
    "bytes_read": "bytes_read",
    "segments_retransmitted": "segments_retransmitted",
    **{
        f"{side}_ram_{key}": f"card_ram.{side}.{key}"
        for side in ("tx", "rx")
        for key in ("capacity_bytes", "peak_bytes", "mean_bytes", "blocked", "fallbacks")
    },
    **{
        f"{call}_{key}_us": f"latency_us.{call}.{key}"
        for call in ("write", "read")
        for key in ("mean", "p50", "p90", "p99", "max")
    },
}
OWN = ("wall_s", "schema")  # members of a record that the view has otherwise, or not


def names(store: Store) -> dict[str, str]:
    """The view of each scenario that the store has rows of, in the scenarios' order.

    A name that another scenario has already (SQLite minds no case) gets a number, one that is the
    table's or SQLite's own is led by "own_".
    """
    query = "SELECT scenario FROM runs GROUP BY scenario ORDER BY scenario LIKE './%', min(rowid)"
    with store.reading():
        found = [scenario for (scenario,) in store.database.execute(query)]
    views: dict[str, str] = {}  # by name; those that came first keep theirs
    for scenario in found:
        name = re.sub(r"\W", "_", scenario.removeprefix("./"))
        taken = name.lower() == "runs" or name.lower().startswith("sqlite_")
        add(views, {f"own_{name}" if taken else name: scenario})
    return dict(sorted((scenario, name) for name, scenario in views.items()))


def refresh(store: Store) -> None:
    """Makes the views anew that lack a column, or are not there."""
    for scenario, name in names(store).items():
        query = "SELECT sql FROM sqlite_master WHERE type = 'view' AND name = ?"
        with store.reading():
            now = store.database.execute(query, (name,)).fetchone()
            wanted = definition(store, scenario, name)
        if now is None or now[0] != wanted:
            with store.writing():
                store.database.execute("BEGIN IMMEDIATE")
                store.database.execute(f"DROP VIEW IF EXISTS {quoted(name)}")
                store.database.execute(wanted)


def definition(store: Store, scenario: str, name: str) -> str:
    """The statement that makes a scenario's view."""
    records = list(samples(store, scenario))
    columns: dict[str, str] = {"key": "key", "status": "status"}
    add(columns, option_columns(options(store, scenario), records))
    add(columns, record_columns(records))
    add(columns, host_columns(records))
    add(columns, {word: word for word in ("error", "wall_s", "added", "sources")})
    listed = ",\n    ".join(f"{what} AS {quoted(column)}" for column, what in columns.items())
    return (
        f"CREATE VIEW {quoted(name)} AS SELECT\n    {listed}\n"
        f"FROM runs WHERE scenario = {literal(scenario)}"
    )


def add(columns: dict[str, str], more: dict[str, str]) -> None:
    """Adds columns, or views; one whose name is taken (SQLite minds no case) gets a number."""
    for column, what in more.items():
        taken = {known.lower() for known in columns}
        free = column
        number = 2
        while free.lower() in taken:
            free, number = f"{column}_{number}", number + 1
        columns[free] = what


def options(store: Store, scenario: str) -> list[str]:
    """The options that runs of a scenario were given."""
    query = (
        "SELECT DISTINCT given.key FROM runs, json_each(runs.options) AS given WHERE scenario = ?"
    )
    return sorted(key for (key,) in store.database.execute(query, (scenario,)))


def samples(store: Store, scenario: str) -> Iterator[Record]:
    """Records that have every form that a scenario's records have: one a path and revision of the
    sources, and the last hundred (chosen: fast, and enough where other options shape them)."""
    query = """
WITH done AS (SELECT rowid AS row, sources, options FROM runs WHERE scenario = ? AND status = 'done')
SELECT record FROM runs
WHERE rowid IN (SELECT max(row) FROM done GROUP BY sources, json_extract(options, '$.path'))
   OR rowid IN (SELECT row FROM done ORDER BY row DESC LIMIT 100)
"""
    for (text,) in store.database.execute(query, (scenario,)):
        yield json.loads(text)


# -- Columns --


def option_columns(given: Iterable[str], records: Iterable[Record]) -> dict[str, str]:
    """Options, in base units as the record has them in force, else as they were given."""
    names = dict.fromkeys(given)
    for record in records:
        plain = (key for key in members(record.get("parameters")) if re.fullmatch(r"\w+", key))
        names.update(dict.fromkeys(plain))
    shorts = Counter(option.rpartition("::")[2].lower() for option in names)
    columns: dict[str, str] = {}
    for option in names:
        short = option.rpartition("::")[2]
        if shorts[short.lower()] > 1 and option != short:  # ns3::A::B and ns3::C::B
            short = option.removeprefix("ns3::").replace("::", "_")
        value = f"coalesce({extract('record', 'parameters', option)}, {extract('options', option)})"
        add(columns, {short: value})
    return columns


def record_columns(records: Iterable[Record]) -> dict[str, str]:
    """What a record says beside parameters and hosts: single values, and the scenario's own."""
    columns = {}
    for record in records:
        for key, value in record.items():
            if key in OWN or key in ("parameters", "hosts"):
                continue
            for path in leaves(value, (key,)):
                words = path[1:] if key == "scenario" else path
                columns.setdefault(column(*words), extract("record", *path))
    return columns


def leaves(value: object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The paths of the single values of a record's member; lists are left out."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif not isinstance(value, list):
        yield path


def host_columns(records: Iterable[Record]) -> dict[str, str]:
    """Of each host, or the mean of hosts that are numbered, the figures that matter most."""
    columns = {}
    for host in dict.fromkeys(host for record in records for host in members(record.get("hosts"))):
        if match := NUMBERED.fullmatch(host):
            figures = {
                key: mean(match[1], what) for key, what in host_figures("host.value").items()
            }
        else:
            figures = host_figures("record", "hosts", host)
        group = match[1] if match else host
        columns.update({column(group, key): what for key, what in figures.items()})
    return columns


def host_figures(source: str, *path: str) -> dict[str, str]:
    """The expressions of a host's figures; the host is at a path in a JSON text."""
    figures = {key: extract(source, *path, *at.split(".")) for key, at in FIGURES.items()}
    ledger = f"json_each({source}, {steps(*path, 'cpu_seconds')}) AS spent"
    busy = f"(SELECT sum(spent.value) FROM {ledger} WHERE spent.key <> 'idle')"
    bits = f"{extract('record', 'goodput_bps')} * {extract('record', 'duration_s')}"
    figures["cpu_ns_per_byte"] = f"8e9 * {busy} / nullif({bits}, 0)"
    return figures


def mean(group: str, figure: str) -> str:
    """The mean of a figure of the hosts group-1, group-2, …"""
    numbered = literal(f"{group}-[0-9]*")
    hosts = "json_each(record, '$.hosts') AS host"
    return f"(SELECT avg({figure}) FROM {hosts} WHERE host.key GLOB {numbered})"


def members(value: object) -> Iterable[str]:
    """The keys of an object; none of anything else."""
    return value.keys() if isinstance(value, dict) else ()


def column(*words: str) -> str:
    """The name of a column."""
    return re.sub(r"\W", "_", "_".join(words))


def extract(source: str, *path: str) -> str:
    """The expression for a value in a JSON text."""
    return f"json_extract({source}, {steps(*path)})"


def steps(*path: str) -> str:
    """A path in a JSON text."""
    return literal("$" + "".join(f'."{word}"' for word in path))


def quoted(word: str) -> str:
    """A name of SQL."""
    return '"' + word.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text of SQL."""
    return "'" + text.replace("'", "''") + "'"
