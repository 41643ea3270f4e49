"""Three plain sentences on each machine: what moves, what it costs, and where it loses."""

from __future__ import annotations

from collections.abc import Sequence

from analysis import measures
from analysis.comparison import SAME, Group, Machine
from analysis.measures import ROLES
from analysis.runs.store import Record

RIVAL, SCHEME = "offload", "payload-cache"


def listed(words: Sequence[str]) -> str:
    """Words joined as a sentence has them."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def speed(goodput: float) -> str:
    """A goodput, three digits or whole MB/s."""
    return f"{goodput:.0f} MB/s" if goodput >= 1000 else f"{goodput:.3g} MB/s"


def throughput(group: Group) -> str:
    """Who is how fast at full speed, and what the bound is."""
    bounds = {path: measures.bound(records[0]) for path, records in group.full.items()}
    slowest, fastest = group.rate(), max(group.goodput(path) for path in group.full)
    held = {path: f", held back by {bound}" if bound else "" for path, bound in bounds.items()}
    if fastest <= SAME * slowest and len(set(bounds.values())) == 1:
        return f"Every path moves {speed(slowest)}{next(iter(held.values()))}."
    speeds = [f"{path} moves {speed(group.goodput(path))}{held[path]}" for path in group.full]
    said = "; ".join(speeds)
    return f"{said[0].upper()}{said[1:]}."


def categories(records: list[Record]) -> dict[str, float]:
    """CPU of both hosts by category, ns a payload byte, mean over seeds."""
    total: dict[str, float] = {}
    for record in records:
        for role in ROLES:
            for name, value in measures.cpu_by_category(record, role).items():
                total[name] = total.get(name, 0) + value / len(records)
    return total


def price(group: Group, others: Sequence[Group]) -> str:
    """What the scheme's CPU is beside offload's, and where the difference comes from."""
    ours, theirs = categories(group.equal(SCHEME)), categories(group.equal(RIVAL))
    digits = 1 if sum(theirs.values()) >= 1 else 3
    copied = theirs["copy"] - ours["copy"]
    reading = ours["app_read"] - theirs["app_read"]
    rest = sum(ours.values()) - sum(theirs.values()) + copied - reading
    best = min(others, key=Group.ratio)
    at_best = (
        "" if best is group else f"; at best ({best.setting}) it takes {best.ratio():.2f} of it"
    )
    return (
        f"With {group.setting}, the payload cache takes {group.ratio():.2f} of offload's CPU, "
        f"{group.cpu(SCHEME):.{digits}f} instead of {group.cpu(RIVAL):.{digits}f} ns a byte at both hosts "
        f"together: copying costs {change(-copied, digits)}, reading what no copy has warmed "
        f"{change(reading, digits)}, and all else {change(rest, digits)}{at_best}."
    )


def change(amount: float, digits: int) -> str:
    """An amount more or less."""
    return f"{abs(amount):.{digits}f} {'less' if amount < 0 else 'more'}"


def pays_from(sizes: dict[str, int | None]) -> str:
    """From which size on a call pays, asleep and spinning."""
    if sizes["sleep"] is None and sizes["spin"] is None:
        return "never pays"
    words = [
        f"{'never' if at is None else f'from {at} B'} {how}"
        for how, at in (("asleep", sizes["sleep"]), ("spinning", sizes["spin"]))
    ]
    return f"pays {' and '.join(words)}"


def losses(machine: Machine) -> str:
    """Where the scheme costs more: sizes of calls, by the closed form and by simulation."""
    hosts = machine.head.full[SCHEME][0]["hosts"]
    write = pays_from(hosts["sender"]["break_even_bytes"]["write"])
    read = pays_from(hosts["receiver"]["break_even_bytes"]["read"])
    ours, theirs = machine.swept_cpu(SCHEME), machine.swept_cpu(RIVAL)
    worse = [at for at in ours if at in theirs and ours[at] > theirs[at]]
    return (
        f"It loses with small calls: a write {write}, a read {read}; at full speed both hosts "
        f"together paid more than with offload {which_sizes(worse, list(ours))}."
    )


def which_sizes(worse: list[int], run: list[int]) -> str:
    """The sizes of writes at which something was so, of those that were run."""
    if not worse:
        return "at no size of writes"
    if worse == run:
        return "at all sizes of writes"
    if worse == run[: len(worse)]:
        return f"with writes of up to {worse[-1]} B"
    return f"with writes of {listed([str(size) for size in worse])} B"


def sentences(machine: Machine) -> list[str]:
    """The three of them, or as many as the compared paths allow."""
    head = machine.head
    said = [throughput(head)]
    if {RIVAL, SCHEME} <= head.full.keys():
        said += [price(head, machine.groups), losses(machine)]
    return said
