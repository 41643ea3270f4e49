"""What a figure hangs on most: each candidate at half and at twice its value, all else as it was.

Candidates are every line of the hosts' costs, their clock, the bus's latencies, the walk of an
IOTLB miss, and PCIe's generation, whose neighbours have about half and twice its rate. What is 0
stays so: of that there is neither half nor twice. Both hosts are varied at once. The figure is
taken anew each time, by a run or by a closed form, and the candidate that moves it furthest is
named: a size by its ratio, a time by its difference. Not varied are the card's own times and its
moderation, PCIe's lanes, sizes of RAM and caches, and all that is a switch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from analysis.runs.store import Record

HOST = "ns3::HostModel::"
FACTORS = (0.5, 2.0)
GENERATION = "PcieGen"  # 1 to 5: each has about twice the rate of the one before it
PASSES = ("CopyWarm", "CopyLlc", "CopyCold", "CopyRemote", "Checksum", "Application")
READS = ("AppReadWarm", "AppReadLlc", "AppReadCold")
CALLS = (
    "SystemCall",
    "ReadReturn",
    "Skbuff",
    "Interrupt",
    "Poll",
    "WakeUp",
    "ContextSwitch",
)
TCP = ("TcpTxData", "TcpTxAck", "TcpRxData", "TcpRxAck")
DRIVER = ("DriverTx", "DriverTxDone", "DriverRx", "DriverMap", "MergeRx")
OWN = (
    "PagePin",
    "PageUnpin",
    "IommuMap",
    "DmaSubmit",
    "DmaComplete",
    "DmaGather",
    "HeaderFetchWork",
    "RamRelease",
    "Linearise",
    "Evict",
)
MACHINE = ("Frequency", "BusLatency", "BusLatencyRemote", "IotlbWalk", GENERATION)
CANDIDATES = (*PASSES, *READS, *CALLS, *TCP, *DRIVER, *OWN, *MACHINE)


@dataclass(frozen=True)
class Variation:
    """One candidate at another value, and the scenario's option for it."""

    name: str
    factor: float
    option: str
    value: str

    def title(self) -> str:
        """What it is called."""
        return "PCIe's rate" if self.name == GENERATION else self.name


def variations(parameters: Record, names: Iterable[str] = CANDIDATES) -> list[Variation]:
    """Every candidate at half and at twice what a run's parameters say of the sender."""
    return [
        Variation(name, factor, HOST + name, value)
        for name in names
        for factor in FACTORS
        if (value := changed(name, str(parameters.get(f"sender.HostModel.{name}", "")), factor))
    ]


def changed(name: str, text: str, factor: float) -> str | None:
    """A value as an option takes it, times a factor; None where that is no other value."""
    if name == GENERATION:
        generation = int(text or 0) + (1 if factor > 1 else -1)
        return str(generation) if 1 <= generation <= 5 else None
    unit = "ns" if text.endswith("ns") else ""
    try:
        value = float(text.removesuffix("ns"))
    except ValueError:
        return None
    return f"{value * factor:g}{unit}" if value else None


def move(base: float | None, other: float | None) -> float:
    """How far a figure moves, as the logarithm of a ratio; None is a figure without bound."""
    if base is None or other is None:
        return 0.0 if base is other else math.inf
    if base <= 0 or other <= 0:
        return 0.0 if base == other else math.inf
    return abs(math.log(other / base))


def furthest_by_difference(
    base: float, figures: Mapping[Variation, float | None]
) -> tuple[Variation, float | None] | None:
    """As most(), of a figure that may be 0 or less: the one that moves it furthest, in its unit."""
    known = {v: figure for v, figure in figures.items() if figure is not None and figure != base}
    if not known:
        return None
    furthest = max(known, key=lambda variation: abs(known[variation] - base))
    return furthest, known[furthest]


def most(
    base: float | None, figures: Mapping[Variation, float | None]
) -> tuple[Variation, float | None] | None:
    """The variation that moves a figure furthest, and what it becomes; None where none does."""
    moved = {variation: move(base, figure) for variation, figure in figures.items()}
    furthest = max(moved, key=moved.__getitem__, default=None)
    if furthest is None or moved[furthest] == 0:
        return None
    return furthest, figures[furthest]


def said(found: tuple[Variation, float | None] | None, show: Callable[[float | None], str]) -> str:
    """What a figure hangs on most, and what it would be with it."""
    if found is None:
        return "nothing that is varied changes that"
    variation, figure = found
    return f"that hangs most on {variation.title()}: {show(figure)} with x {variation.factor:g}"
