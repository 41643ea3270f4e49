"""How much transmit RAM a sender needs so that the card never makes it wait.

Payload stays on the card until it is acknowledged, so by Little's law the card holds rate x round
trip, in whole granules a piece of a write. The hosts' own share of the round trip (moderation,
polls, protocol work) is not in that, so where it is feasible the need is found by runs: the
smallest RAM, by steps of the square root of two, with which and above which the sender is as fast as with any.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from analysis import measures
from analysis.runs.store import Record

ROUND_TRIPS = (10e-6, 100e-6, 1e-3, 10e-3)  # s
MOST_IN_FLIGHT = (
    8e6  # bytes that runs are made for: more takes long, and the closed form is as good
)
SIZES = tuple(round(2 ** (half / 2)) for half in range(34, 49))  # 128 KiB to 16 MiB
PLENTY = 1 << 26  # bytes; chosen, above all that windows let be in flight
AS_FAST = 0.9  # of the goodput with plenty: chosen, runs of 5 ms differ by some percent


@dataclass(frozen=True)
class Need:
    """Transmit RAM for a round trip. `ram` is None where not even the largest that was run does."""

    round_trip: float  # s
    rate: float  # MB/s
    ram: float | None  # bytes
    simulated: bool
    link_rate: float  # MB/s, of a host that fills the link
    link_ram: float  # bytes, by the closed form

    def own_time(self) -> float:
        """The least that the hosts add to the round trip, s: what one step less RAM is too short of."""
        if not self.simulated or self.ram is None:
            return 0.0
        return max(0.0, self.ram / math.sqrt(2) / (self.rate * 1e6) - self.round_trip)


def closed_form(rate: float, round_trip: float, piece: int, granule: int) -> float:
    """Bytes of card RAM: rate (MB/s) x round trip (s), each piece in whole granules."""
    return rate * 1e6 * round_trip * math.ceil(piece / granule) * granule / piece


def piece_and_granule(record: Record) -> tuple[int, int]:
    """The largest piece of a write, and the granule of the sender's card RAM, bytes."""
    given = record["parameters"]
    piece = min(given["writeSize"], int(given["sender.DataPath.WritePiece"]))
    return piece, int(given["sender.PayloadCacheNetDevice.Granule"])


def smallest(goodputs: Mapping[int, float], most: float) -> int | None:
    """The smallest RAM from which on every larger one is as fast as plenty; None: none is."""
    found = None
    for size in sorted(goodputs, reverse=True):
        if goodputs[size] < AS_FAST * most:
            break
        found = size
    return found


def options(round_trip: float, ram: int, length: Mapping[str, str]) -> dict[str, str]:
    """The options of a run whose sender waits where the card is full, and for nothing else."""
    return {
        **length,
        "delay": f"{round_trip / 2 * 1e9:.0f}ns",
        "whenFull": "wait",
        "txRam": str(ram),
        "rxRam": str(PLENTY),
        "ns3::TcpSocket::InitialCwnd": "1000",  # segments: the window is there at once
    }


def is_feasible(rate: float, round_trip: float) -> bool:
    """Whether so little is in flight that runs are made."""
    return rate * 1e6 * round_trip <= MOST_IN_FLIGHT


def need(round_trip: float, plenty: Record, limited: Mapping[int, Record], fastest: float) -> Need:
    """The need for a round trip, from a run with plenty and those with less RAM.

    Without the latter it is the closed form's, at the rate `fastest`, MB/s.
    """
    piece, granule = piece_and_granule(plenty)
    link = measures.link_goodput(plenty)
    at_link = closed_form(link, round_trip, piece, granule)
    if not limited:
        ram: float | None = closed_form(fastest, round_trip, piece, granule)
        return Need(round_trip, fastest, ram, False, link, at_link)
    rate = measures.goodput(plenty)
    found = smallest({size: measures.goodput(r) for size, r in limited.items()}, rate)
    return Need(round_trip, rate, found, True, link, at_link)
