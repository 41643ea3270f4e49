"""How long runs are: less simulated time on faster links, so that they move as many bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from analysis import machines

GIGABIT = 1e9  # bit/s: up to here a run takes the time that is asked for, as scenarios have it
LEAST_WARMUP = 0.02  # s: chosen, at 100 Gb/s what is not yet read has stood for 5 ms by then
DATA_RATE = "ns3::PointToPointNetDevice::DataRate"
RATE = re.compile(r"([\d.]+)\s*([kMGT]?)(?:bps|b/s)")
PREFIXES = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}


def bits_a_second(text: str) -> float | None:
    """A data rate as ns-3 writes it ("100Gbps"), bit/s; None where it is none."""
    match = RATE.fullmatch(text.strip())
    return float(match[1]) * PREFIXES[match[2]] if match else None


def link_rate(profile: str, options: Mapping[str, str]) -> float:
    """The link's rate, bit/s: an option's, or the profile's. One that nobody can read is GIGABIT."""
    given = options.get("linkRate") or options.get(DATA_RATE)
    rate = bits_a_second(given or machines.values(profile).get(DATA_RATE, ""))
    return rate or GIGABIT


def scaled(length: Mapping[str, float], rate: float) -> dict[str, str]:
    """The options of a run that takes `length` ("warmup" and "duration", s) at up to a gigabit."""
    share = min(1.0, GIGABIT / rate)
    warmup = max(length["warmup"] * share, min(LEAST_WARMUP, length["warmup"]))
    return {"warmup": f"{warmup:g}", "duration": f"{length['duration'] * share:g}"}
