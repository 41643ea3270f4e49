"""Three plain sentences on each machine: what moves, what it costs, and where it loses."""

from __future__ import annotations

from collections.abc import Sequence

from analysis import measures
from analysis.comparison import SAME, Group, Machine
from analysis.measures import ROLES
from analysis.store import Record

RIVAL, SCHEME = "offload", "payload-cache"


def listed(words: Sequence[str]) -> str:
    """Words joined as a sentence has them."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def throughput(group: Group) -> str:
    """Who is how fast at full speed, and what the bound is."""
    bounds = {path: measures.bound(records[0]) for path, records in group.full.items()}
    slowest, fastest = group.rate(), max(group.goodput(path) for path in group.full)
    if fastest <= SAME * slowest:
        return f"Every path moves {slowest:.2f} MB/s: the bound is {listed(sorted(set(bounds.values())))}."
    speeds = [f"{path} {group.goodput(path):.1f} MB/s ({bounds[path]})" for path in group.full]
    return f"At full speed, with what bounds it: {listed(speeds)}."


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
    copied = theirs["copy"] - ours["copy"]
    reading = ours["app_read"] - theirs["app_read"]
    rest = sum(ours.values()) - sum(theirs.values()) + copied - reading
    best = min(others, key=Group.ratio)
    less = "" if best is group else f"; it is {best.ratio():.2f} with {best.setting}"
    return (
        f"A byte costs sender and receiver {group.cpu(SCHEME):.1f} ns of CPU with the payload cache "
        f"and {group.cpu(RIVAL):.1f} with offload, {group.ratio():.2f} of it ({group.setting}): "
        f"{copied:.1f} ns less of copying, {reading:.1f} more where the application reads what is "
        f"not in its cache, {rest:.1f} more for everything else{less}."
    )


def size(byte_count: int | None) -> str:
    """A break-even size."""
    return "never" if byte_count is None else f"from {byte_count} B"


def losses(machine: Machine) -> str:
    """Where the scheme costs more: write sizes, by form and by simulation; and the RAM it takes."""
    record = machine.head.full[SCHEME][0]
    hosts = record["hosts"]
    write = hosts["sender"]["break_even_bytes"]["write"]
    read = hosts["receiver"]["break_even_bytes"]["read"]
    ours, theirs = machine.swept_cpu(SCHEME), machine.swept_cpu(RIVAL)
    worse = [at for at in ours if at in theirs and ours[at] > theirs[at]]
    seen = f"up to {worse[-1]} B" if worse else "at none"
    peaks = [measures.ram_peak(record, side) for side in ("tx", "rx")]
    return (
        f"A write pays for the sender asleep {size(write['sleep'])} and spinning "
        f"{size(write['spin'])}, a read for the receiver asleep {size(read['sleep'])} and spinning "
        f"{size(read['spin'])}; of the write sizes run, both hosts together paid more than with "
        f"offload {seen}; the card held {peaks[0]:.0f} KiB to transmit and {peaks[1]:.0f} KiB to "
        "receive at the most."
    )


def sentences(machine: Machine) -> list[str]:
    """The three of them, or as many as the compared paths allow."""
    head = machine.head
    said = [throughput(head)]
    if {RIVAL, SCHEME} <= head.full.keys():
        said += [price(head, machine.groups), losses(machine)]
    return said
