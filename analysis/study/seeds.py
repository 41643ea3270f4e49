"""The seed of a run: of the study's seed, the repetition, and the traffic's own parameters alone.

So every path, card, profile and way to carry data meets the same arrivals and losses, whatever
order the runs are made in.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

LARGEST = 2**32 - 1  # ns-3's seeds are 1 to this (ns-3 manual, RngSeedManager)


def seed(study_seed: int, repetition: int, traffic: Mapping[str, str]) -> int:
    """A seed from 1 to LARGEST. `traffic` are the options that shape arrivals, sizes and losses."""
    text = json.dumps([study_seed, repetition, sorted(traffic.items())])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % LARGEST + 1
