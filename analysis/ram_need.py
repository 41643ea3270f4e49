"""How much transmit RAM a sender needs to be within a tenth of its full speed.

Payload stays on the card until it is acknowledged, so by Little's law the card holds rate x time,
in whole granules a piece of a write. The time is the round trip and the hosts' own (moderation,
polls, protocol work), which no formula here knows. So where it is feasible the need is found by
runs: the smallest RAM, by steps of the square root of two, with which and above which the sender
has AS_FAST of its goodput with plenty. It may still wait for room now and then. What those runs say
of the hosts' own time is in the closed form for a host that fills the link.
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
# Goodput on xeon-100g (warm source; 1, 2 and 64 MiB), in three windows that do not overlap, differs
# by up to 18 % where they are 5 ms long, 10 % where they are 20 ms, and with 50 ms by up to 5 %
# over 10 and 100 us and 11 % over 1 ms. Seeds change nothing. So 0.95 would be a matter of chance;
# with 0.9 a need over 1 ms may still be a step off.
AS_FAST = 0.9  # of the goodput with plenty: chosen, as above
LENGTH = {"warmup": "0.02", "duration": "0.05"}  # s; chosen, as above


@dataclass(frozen=True)
class Need:
    """Transmit RAM for a round trip.

    `ram` is None where not even the largest that was run does. `own_time` is the least that the
    hosts add to the round trip, by the largest RAM that was too little; None where no run tells.
    """

    round_trip: float  # s
    rate: float  # MB/s
    ram: float | None  # bytes
    simulated: bool
    link_rate: float  # MB/s, of a host that fills the link
    link_ram: float  # bytes, by the closed form, with the hosts' own time where that is known
    own_time: float | None  # s


def closed_form(rate: float, time: float, piece: int, granule: int) -> float:
    """Bytes of card RAM: rate (MB/s) x time a byte is held (s), each piece in whole granules."""
    return rate * 1e6 * time * math.ceil(piece / granule) * granule / piece


def least_own_time(
    too_little: float | None, rate: float, round_trip: float, piece: int, granule: int
) -> float | None:
    """The least of the hosts' own time, s: `too_little` bytes do not last for it and the trip."""
    if too_little is None:
        return None
    return max(0.0, too_little / closed_form(rate, 1.0, piece, granule) - round_trip)


def piece_and_granule(record: Record) -> tuple[int, int]:
    """The largest piece of a write, and the granule of the sender's card RAM, bytes."""
    given = record["parameters"]
    piece = min(given["writeSize"], int(given["sender.DataPath.WritePiece"]))
    return piece, int(given["sender.PayloadCacheNetDevice.Granule"])


def smallest(goodputs: Mapping[int, float], most: float) -> int | None:
    """The smallest RAM from which on every larger one has AS_FAST of `most`; None: none has."""
    found = None
    for size in sorted(goodputs, reverse=True):
        if goodputs[size] < AS_FAST * most:
            break
        found = size
    return found


def options(round_trip: float, ram: int, length: Mapping[str, str]) -> dict[str, str]:
    """The options of a run whose sender waits where the card is full, and copies nothing."""
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
    if not limited:
        ram = closed_form(fastest, round_trip, piece, granule)
        at_link = closed_form(link, round_trip, piece, granule)
        return Need(round_trip, fastest, ram, False, link, at_link, None)
    rate = measures.goodput(plenty)
    found = smallest({size: measures.goodput(r) for size, r in limited.items()}, rate)
    too_little = max((size for size in limited if found is None or size < found), default=None)
    own = least_own_time(too_little, rate, round_trip, piece, granule)
    at_link = closed_form(link, round_trip + (own or 0.0), piece, granule)
    return Need(round_trip, rate, found, True, link, at_link, own)
