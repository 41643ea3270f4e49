"""Tables of a comparison, for a terminal of 80 columns; a unit in each heading."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from analysis import measures
from analysis.comparison import SAME, Group, Machine
from analysis.measures import ROLES, Figure
from analysis.runs.store import Record
from analysis.summary import bold

RIVAL, COPYING = "offload", "conventional"
KIB_COLUMN = 10000  # KiB of card RAM that have no room in their column
LEGEND = """\
goodput at full speed; CPU, percent of a host's cores, at the goodput named; bus and DRAM, bytes a
payload byte; RAM, the most that the card held; p50, median latency of write and read"""
WIDTHS = ((8, 2), (7, 2), (7, 2), (6, 2), (5, 2), (6, 2), (5, 2), (5, 0), (5, 0), (7, 0), (6, 0))


def heads(unit: str) -> list[str]:
    """The headings; `unit` is that of card RAM."""
    return [
        f"{'':<13}{'goodput':>8}{'CPU, %':>14}{'bus, B/B':>11}{'DRAM, B/B':>11}"
        f"{f'RAM, {unit}':>10}{'p50, us':>13}",
        f"{'path':<13}{'MB/s':>8}{'send':>7}{'recv':>7}{'send':>6}{'recv':>5}{'send':>6}"
        f"{'recv':>5}{'tx':>5}{'rx':>5}{'write':>7}{'read':>6}",
    ]


def ram_unit(compared: Machine) -> str:
    """KiB, or MiB where some card holds more than a column of the former has room for."""
    held = [
        measures.ram_peak(record, side)
        for group in compared.groups
        for kept in group.full.values()
        for record in kept
        for side in ("tx", "rx")
    ]
    return "MiB" if max(held) >= KIB_COLUMN else "KiB"


def figures(group: Group, path: str, unit: str) -> list[Figure]:
    """A row of the table; `unit` is that of card RAM."""
    scale = 1024 if unit == "MiB" else 1

    def of(records: list[Record], measure: Callable[..., float], *more: object) -> Figure:
        return measures.figure([measure(record, *more) for record in records])

    full, equal = group.full[path], group.equal(path)
    return [
        of(full, measures.goodput),
        *(of(equal, measures.cpu_percent, role, group.rate()) for role in ROLES),
        *(of(full, measures.bus, role) for role in ROLES),
        *(of(full, measures.memory, role, "dram") for role in ROLES),
        *(of(full, lambda r, s: measures.ram_peak(r, s) / scale, side) for side in ("tx", "rx")),
        *(of(full, measures.latency, call) for call in ("write", "read")),
    ]


def cells(values: Sequence[float]) -> str:
    """Numbers under their headings."""
    return "".join(f" {value:>{w - 1}.{d}f}" for value, (w, d) in zip(values, WIDTHS))


def rows(group: Group, path: str, unit: str) -> list[str]:
    """A path's line, and one with the spread where there are several seeds."""
    row = figures(group, path, unit)
    lines = [f"{path:<13}{cells([f.mean for f in row])}"]
    if len(group.full[path]) > 1:
        lines.append(f"{'  +/-':<13}{cells([f.spread for f in row])}")
    return lines


def where_cpu_is_compared(group: Group) -> str:
    """At which goodput, and whose."""
    at = f"CPU at {group.rate():.2f} MB/s"
    if not group.faster():
        return f"{at}, where all are"
    said = f"{at}, {group.slowest()}'s full speed; the others held to it"
    off = max(
        abs(measures.goodput(r) / group.rate() - 1) for p in group.held for r in group.held[p]
    )
    if off < SAME - 1:
        return said
    return f"{at}, {group.slowest()}'s full speed; others held to it within {100 * off:.0f} %"


def oddities(group: Group) -> list[str]:
    """What a reader of the table should know of: card RAM that was full."""
    lines = []
    for path, kept in group.full.items():
        host = kept[0]["hosts"]["sender"]
        copied = host["counts"]["fallback_bytes"] / max(host["bytes_written"], 1)
        rams = [h["card_ram"][side] for h in kept[0]["hosts"].values() for side in ("tx", "rx")]
        if copied:
            lines.append(f"  {path}: RAM to transmit was full, {100 * copied:.0f} % were copied")
        elif any(ram["blocked"] or ram["fallbacks"] or ram["evictions"] for ram in rams):
            lines.append(f"  {path}: card RAM was full at times")
    return lines


def title(compared: Machine) -> str:
    """A machine's name, its link and what was written."""
    given = next(iter(compared.head.full.values()))[0]["parameters"]
    rate = given["linkRate"]
    link = f"{rate / 1e9:g} Gb/s" if rate >= 1e10 else f"{rate / 1e6:g} Mb/s"
    link += f", MTU {given['mtu']}"
    flows = f"{given['flows']} flow{'s' if given['flows'] > 1 else ''}"
    return f"{compared.label}: {link}, {flows}, writes of {given['writeSize']} B"


def machine(compared: Machine, color: bool) -> list[str]:
    """All settings of one machine; the headline's is marked."""
    groups, head = compared.groups, compared.head
    unit = ram_unit(compared)
    lines = [bold(title(compared), color), *heads(unit)]
    for group in groups:
        mark = "*" if group is head and len(groups) > 1 else " "
        lines.append(bold(f"{mark} {group.setting}", color))
        lines.append(f"  {where_cpu_is_compared(group)}")
        lines += [line for path in group.full for line in rows(group, path, unit)]
        lines += oddities(group)
    if len(groups) > 1:
        lines.append("* headline: the setting in which the payload cache gains least over offload")
    if is_one(compared):
        lines += [
            "conventional and offload are one here: the card computes and verifies checksums",
            "  on every path, so that conventional, too, copies without a checksum",
        ]
    return lines


def is_one(compared: Machine) -> bool:
    """Whether conventional does all that offload does: its checksums are the card's, too."""
    return all(
        {COPYING, RIVAL} <= group.full.keys()
        and [record["hosts"] for record in group.full[COPYING]]
        == [record["hosts"] for record in group.full[RIVAL]]
        for group in compared.groups
    )


def crossings(group: Group, color: bool) -> list[str]:
    """Memory traffic by cause, sender and receiver, DRAM and cache."""
    paths = list(group.full)
    lines = [
        bold(f"memory, bytes a payload byte, by cause ({group.setting})", color),
        f"{'':<32}" + "".join(f"{path:>16}" for path in paths),
        f"{'':<32}" + "".join(f"{'DRAM':>9}{'cache':>7}" for _ in paths),
    ]
    for role in ROLES:
        hosts = {path: group.full[path][0]["hosts"][role] for path in paths}
        for cause in next(iter(hosts.values()))["memory_bytes"]:
            line = f"  {role:<9}{cause.replace('_', ' '):<21}"
            traffic = {path: host["memory_bytes"][cause] for path, host in hosts.items()}
            if not any(sum(levels.values()) for levels in traffic.values()):
                continue
            for path, host in hosts.items():
                byte_count = max(measures.payload(host), 1)
                dram, cache = (traffic[path][level] / byte_count for level in ("dram", "cache"))
                line += f"{dram:>9.2f}{cache:>7.2f}"
            lines.append(line)
    return lines
