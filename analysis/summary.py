"""A record as a person reads it: at most 80 columns, a unit beside each figure."""

from __future__ import annotations

import textwrap
from typing import Any

BOLD, DIM, PLAIN = "\033[1m", "\033[2m", "\033[0m"
Record = dict[str, Any]
SHOWN = 2  # hosts: as many as 80 columns have room for
CALLS = {"sender": ("write",), "receiver": ("read",)}  # that a role makes; others make both


def render(record: Record, color: bool = False) -> str:
    """The summary of a record."""
    parameters = record["parameters"]
    title = f"{record['program']}  {parameters.get('path', '')}"
    if record["hosts"]:
        title += f" on {parameters.get('profile', '')}"
    lines = [
        bold(title, color),
        f"goodput      {rate(record['goodput_bps'])}"
        f"  ({record['goodput_bps'] / 8e6:.3f} MB/s) over {record['duration_s']:.6g} s",
    ]
    lines += scenario_lines(record["scenario"], color)
    hosts = list(record["hosts"].values())[:SHOWN]
    if not hosts:
        lines.append("stock ns-3: no hosts are modelled, so nothing else is counted")
        return "\n".join(lines)
    lines += ["", *cpu_table(hosts, record, color), "", *traffic_table(hosts, record, color)]
    lines += ["", *latency_lines(hosts, color)]
    lines += ["", *break_even_lines(hosts, color), *oddities(hosts)]
    if len(record["hosts"]) > SHOWN:
        lines.append(f"hosts not shown: {', '.join(list(record['hosts'])[SHOWN:])}")
    wall = f"{record['wall_s']:.2f} s of wall time, {record['events']} events"
    return "\n".join([*lines, dim(wall, color)])


def bold(text: str, color: bool) -> str:
    """The text, emphasised on a terminal."""
    return f"{BOLD}{text}{PLAIN}" if color else text


def dim(text: str, color: bool) -> str:
    """The text, set back on a terminal."""
    return f"{DIM}{text}{PLAIN}" if color else text


def rate(bps: float) -> str:
    """A rate with the unit that suits it."""
    for unit, size in (("Gb/s", 1e9), ("Mb/s", 1e6), ("kb/s", 1e3)):
        if bps >= size:
            return f"{bps / size:.3f} {unit}"
    return f"{bps:.0f} b/s"


def scenario_lines(fields: Record, color: bool) -> list[str]:
    """What only the scenario has to say: a line a figure, a line a group of them."""
    if not fields:
        return []
    lines = ["", bold("scenario", color)]
    for name, value in fields.items():
        if isinstance(value, dict):
            lines += group_lines(name, value)
        else:
            lines.append(f"  {name:<26}{show(value)}")
    return lines


def group_lines(name: str, group: Record) -> list[str]:
    """A group of figures: one line, or a line a member where the members are groups."""
    if any(isinstance(value, dict) for value in group.values()):
        return [
            line for key, value in group.items() for line in group_lines(f"{name} {key}", value)
        ]
    figures = "  ".join(f"{key} {show(value)}" for key, value in group.items())
    return textwrap.wrap(f"  {name:<26}{figures}", 80, subsequent_indent=" " * 28)


def show(value: Any) -> str:
    """A figure of a scenario."""
    if value is None:
        return "-"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def payload_bytes(host: Record) -> int:
    """The bytes that a host's applications moved."""
    return sum(host["bytes_written" if call == "write" else "bytes_read"] for call in calls(host))


def calls(host: Record) -> tuple[str, ...]:
    """The calls that a host makes to move its payload."""
    return CALLS.get(host["role"], ("write", "read"))


def cpu_table(hosts: list[Record], record: Record, color: bool) -> list[str]:
    """CPU by category: percent of all cores, and time a payload byte."""
    heads = "".join(f"{host['role'] + ' %':>14}{'ns/B':>9}" for host in hosts)
    lines = [bold(f"{'CPU':<18}{heads}", color)]
    duration = record["duration_s"]
    moved = record["goodput_bps"] * duration / 8

    def row(name: str, seconds: list[float]) -> str:
        cells = ""
        for host, value in zip(hosts, seconds):
            percent = 100 * value / (duration * host["cores"])
            each = 1e9 * value / moved if moved else 0
            cells += f"{percent:>14.2f}{each:>9.3f}"
        return f"  {name:<16}{cells}"

    categories = [name for name in hosts[0]["cpu_seconds"] if name != "idle"]
    for name in categories:
        seconds = [host["cpu_seconds"][name] for host in hosts]
        if any(seconds):
            lines.append(row(name, seconds))
    busy = [sum(host["cpu_seconds"][name] for name in categories) for host in hosts]
    return [*lines, row("busy", busy)]


def per_byte(amount: float, host: Record) -> str:
    """An amount a payload byte of the host."""
    payload = payload_bytes(host)
    return f"{amount / payload:.4f}" if payload else "-"


def traffic_table(hosts: list[Record], record: Record, color: bool) -> list[str]:
    """Bus and memory bytes a payload byte, and card RAM."""
    lines = [bold(f"{'bytes a payload byte':<26}", color) + columns([h["role"] for h in hosts])]
    for key, name in (("to_card", "bus to the card"), ("to_host", "bus to the host")):
        lines.append(f"  {name:<24}" + columns([per_byte(h["bus_bytes"][key], h) for h in hosts]))
    for key, name in (
        ("to_card", "bus busy, to the card, %"),
        ("to_host", "bus busy, to the host, %"),
    ):
        lines.append(
            f"  {name:<24}" + columns([f"{100 * h['bus_utilization'][key]:.2f}" for h in hosts])
        )
    for key, name in (("dram", "memory, DRAM"), ("cache", "memory, cache")):
        totals = [sum(cause[key] for cause in h["memory_bytes"].values()) for h in hosts]
        lines.append(f"  {name:<24}" + columns([per_byte(t, h) for t, h in zip(totals, hosts)]))
    for side, name in (("tx", "card RAM peak, transmit"), ("rx", "card RAM peak, receive")):
        peaks = [f"{h['card_ram'][side]['peak_bytes'] / 1024:.1f} KiB" for h in hosts]
        lines.append(f"  {name:<24}" + columns(peaks))
    return lines


def columns(cells: list[str]) -> str:
    """Cells, right-aligned."""
    return "".join(f"{cell:>16}" for cell in cells)


def latency_lines(hosts: list[Record], color: bool) -> list[str]:
    """Latency of the calls that were made."""
    lines = [bold(f"{'latency, us':<18}{'calls':>9}{'mean':>11}{'p50':>11}{'p99':>11}", color)]
    for host in hosts:
        for call, figures in host["latency_us"].items():
            if figures["count"]:
                name = f"{host['role']} {call}"
                cells = "".join(f"{figures[key]:>11.2f}" for key in ("mean", "p50", "p99"))
                lines.append(f"  {name:<16}{figures['count']:>9}{cells}")
    return lines


def break_even_lines(hosts: list[Record], color: bool) -> list[str]:
    """From which size on the payload cache costs a call less than copying, at first, for good."""
    heads = "".join(f"{wait:>11}{'always':>9}" for wait in ("asleep", "spinning"))
    lines = [bold(f"{'break-even, bytes':<18}{heads}", color)]
    for host in hosts:
        for call in calls(host):
            cells = ""
            for wait in ("sleep", "spin"):
                first, always = (
                    "never" if host[key][call][wait] is None else host[key][call][wait]
                    for key in ("break_even_bytes", "always_cheaper_bytes")
                )
                cells += f"{first:>11}{always:>9}"
            lines.append(f"  {host['role'] + ' ' + call:<16}{cells}")
    return lines


def oddities(hosts: list[Record]) -> list[str]:
    """What a reader should know of, where it happened at all."""
    lines = []
    for host in hosts:
        found = {reason: count for reason, count in host["drops"].items() if count}
        for side, ram in host["card_ram"].items():
            for key in ("blocked", "fallbacks", "evictions", "held_at_end_bytes"):
                if ram[key]:
                    found[f"{side} card RAM {key}"] = ram[key]
        if host["segments_retransmitted"]:
            found["segments retransmitted"] = host["segments_retransmitted"]
        if host["departures"]:
            found["departures from stock TCP"] = host["departures"]
        lines += [f"{host['role']}: {name} {count}" for name, count in found.items()]
    return lines
