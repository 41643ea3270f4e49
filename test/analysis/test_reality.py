"""The first reality check, and card RAM as a bound.

Measured: A. Morton and I. Badulescu, linux-kernel, 27-30 January 2001, PIII 750 with a Starfire,
11.5 MB/s in every row. A run's CPU is scaled by 11.5 MB/s over its goodput.
"""

import pytest

MEASURED_RATE = 11.5e6  # bytes a second


def cpu_percent(record: dict, role: str) -> float:
    """A host's CPU at the goodput that was measured, percent."""
    scale = MEASURED_RATE / (record["goodput_bps"] / 8)
    return 100 * record["hosts"][role]["cpu_utilization"] * scale


@pytest.mark.parametrize("path", ["conventional", "offload"])
def test_sending_with_the_copy(bulk, path):
    record = bulk(f"--path={path}", "--appRead=off")
    assert cpu_percent(record, "sender") == pytest.approx((18.1 + 18.3) / 2, abs=1)


def test_sending_without_the_copy(bulk):
    record = bulk("--ownCosts=none", "--appRead=off")
    assert cpu_percent(record, "sender") == pytest.approx((10.0 + 10.2) / 2, abs=1)


def test_receiving_is_predicted(bulk):
    card = cpu_percent(bulk("--path=offload", "--appRead=off"), "receiver")
    host = cpu_percent(bulk("--path=conventional", "--appRead=off"), "receiver")
    assert card == pytest.approx((20.0 + 20.2) / 2, abs=3)
    assert host == pytest.approx((24.3 + 24.5) / 2, abs=3)
    assert host - card == pytest.approx(4.3, abs=1.5)


@pytest.mark.parametrize("path", ["conventional", "offload", "payload-cache"])
def test_goodput_is_the_links(bulk, path):
    record = bulk(f"--path={path}")
    assert record["goodput_bps"] / 8 == pytest.approx(MEASURED_RATE, rel=0.03)


MSS, GRANULE, PIECE, RAM = 1448, 256, 4096, 262144
RAM_RUN = (
    "--profile=ideal",
    "--linkRate=1Gbps",
    f"--txRam={RAM}",
    "--whenFull=wait",
    f"--writeSize={PIECE}",
    "--sndBuf=16777216",
    "--rcvBuf=16777216",
)


def ram_bound(delay: float) -> float:
    """RAM / RTT in full, bit/s: whole pieces in whole granules, less half of what an ACK waits for.

    8 (RAM n/pad(n) - (a-1) MSS/2) / (2 delay + t_data + t_ack), a = 2 segments an ACK.
    """
    padded = -(-PIECE // GRANULE) * GRANULE
    wire_data = (MSS + 52 + 38) * 8 / 1e9
    wire_ack = (52 + 38) * 8 / 1e9
    return 8 * (RAM * PIECE / padded - MSS / 2) / (2 * delay + wire_data + wire_ack)


@pytest.mark.parametrize("delay, rate", [(0.0025, 420e6), (0.005, 210e6)])
@pytest.mark.parametrize("flows", [1, 4])
def test_card_ram_bounds_the_rate(bulk, delay, rate, flows):
    record = bulk(*RAM_RUN, f"--delay={delay * 1e3}ms", f"--flows={flows}")
    assert record["goodput_bps"] == pytest.approx(rate, rel=0.05)
    assert record["goodput_bps"] == pytest.approx(ram_bound(delay), rel=0.02)
    assert record["hosts"]["sender"]["card_ram"]["tx"]["peak_bytes"] <= RAM
    assert record["hosts"]["sender"]["card_ram"]["tx"]["blocked"] > 0
