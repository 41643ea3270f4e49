"""Sleep or spin: the automatic policy is never worse than the better of the two by more than 5 %.

Writers are paced below what the slowest machine can do in writes of 64 bytes, so that every policy
has the same goodput. `./pcache test --full` runs all sizes, and full speed where goodputs agree.
"""

from __future__ import annotations

import os

import pytest

from conftest import machines, run_bulk

FULL = "PCACHE_TEST_FULL" in os.environ
SIZES = [1 << k for k in range(6, 19)] if FULL else [64, 256, 512, 4096, 65536]
RATES = ["10Mbps", "0"] if FULL else ["10Mbps"]
PAYLOAD = {"sender": "bytes_written", "receiver": "bytes_read"}


def seconds_a_byte(record: dict) -> dict[str, float]:
    """What a payload byte costs each host, and both."""
    costs = {}
    for role, payload in PAYLOAD.items():
        host = record["hosts"][role]
        busy = sum(host["cpu_seconds"].values()) - host["cpu_seconds"]["idle"]
        costs[role] = busy / host[payload]
    return costs | {"both": sum(costs.values())}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("machine", machines())
def test_auto_is_not_worse(machine, rate, size):
    runs = {
        wait: run_bulk(
            f"--profile={machine}",
            f"--wait={wait}",
            f"--writeSize={size}",
            f"--appRate={rate}",
            "--duration=0.3",
            "--warmup=0.2",
        )
        for wait in ("auto", "sleep", "spin")
    }
    goodputs = [record["goodput_bps"] for record in runs.values()]
    if max(goodputs) > 1.02 * min(goodputs):
        assert rate == "0"
        pytest.skip("the policies' goodputs differ at full speed")
    auto, sleep, spin = (seconds_a_byte(record) for record in runs.values())
    for whose in auto:
        assert auto[whose] <= 1.05 * min(sleep[whose], spin[whose]), whose
