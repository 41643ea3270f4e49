"""Published machines, and card RAM as a bound.

Measured: A. Morton and I. Badulescu, linux-kernel, 27-30 January 2001. PIII 750 with a Starfire and
PIII 650 with a 3CCFE575CT: 11.5 MB/s in every row; a run's CPU is scaled by 11.5 MB/s over its
goodput. The programs discard what they receive. Gigabit rows of the same series: Tigon-II, jumbo
frames.
"""

import pytest

from closed_forms import ram_bound

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


NOTEBOOK = ("--profile=piii650-3c575-2001", "--appRead=off")


def test_the_notebook_is_fitted(bulk):
    """Closure: both rows are what its profile was fitted to."""
    copied = bulk(*NOTEBOOK, "--path=offload")
    assert cpu_percent(copied, "sender") == pytest.approx(29.6, abs=1)
    not_copied = bulk(*NOTEBOOK, "--ownCosts=none")
    assert cpu_percent(not_copied, "sender") == pytest.approx(18.2, abs=1)


GIGABIT = ("--profile=pii450-tigon2-gbe-2001", "--appRead=off")
NO_COPY = ("--path=offload", "--ns3::HostModel::CopyCold=0", "--ns3::HostModel::CopyWarm=0")


def cpu_per_byte(record: dict, role: str) -> float:
    """A host's CPU seconds a payload byte."""
    return record["hosts"][role]["cpu_utilization"] / (record["goodput_bps"] / 8)


def test_gigabit_without_the_copy_is_bound_by_the_card(bulk):
    """99 MB/s: the RAM bandwidth is calibrated to it; without it the link is the bound."""
    record = bulk(*GIGABIT, *NO_COPY)
    assert record["goodput_bps"] / 8 == pytest.approx(99e6, rel=0.05)
    assert record["hosts"]["receiver"]["cpu_utilization"] == pytest.approx(0.225, abs=0.015)
    link = 1e9 / 8 * 8948 / 9038
    unbound = bulk(*GIGABIT, *NO_COPY, "--ns3::PayloadCacheNetDevice::RamBandwidth=0")
    assert unbound["goodput_bps"] / 8 == pytest.approx(link, rel=0.03)


def test_gigabit_copy_over_no_copy(bulk):
    """The copy's cost is of another machine of the series: the ratio is predicted."""
    copied = cpu_per_byte(bulk(*GIGABIT, "--path=offload"), "receiver")
    not_copied = cpu_per_byte(bulk(*GIGABIT, *NO_COPY), "receiver")
    assert 4.5 <= copied / not_copied <= 6.3


def test_goodput_rises_where_the_cpu_was_the_bound(bulk):
    copied = bulk(*GIGABIT, "--path=offload")
    assert max(h["cpu_utilization"] for h in copied["hosts"].values()) > 0.99
    cached = bulk(*GIGABIT, "--path=payload-cache")
    assert cached["goodput_bps"] > 1.1 * copied["goodput_bps"]
    assert all(h["cpu_utilization"] < 0.5 for h in cached["hosts"].values())


@pytest.mark.parametrize("profile", ["piii750-starfire-2001", "piii650-3c575-2001"])
def test_goodput_stays_where_the_link_was_the_bound(bulk, profile):
    copied = bulk(f"--profile={profile}", "--path=offload")
    cached = bulk(f"--profile={profile}", "--path=payload-cache")
    assert cached["goodput_bps"] == pytest.approx(copied["goodput_bps"], rel=0.001)


MSS, PIECE, RAM = 1448, 4096, 262144
RAM_RUN = (
    "--profile=ideal",
    "--linkRate=1Gbps",
    f"--txRam={RAM}",
    "--whenFull=wait",
    f"--writeSize={PIECE}",
    "--sndBuf=16777216",
    "--rcvBuf=16777216",
)


def round_trip(delay: float) -> float:
    """Both ways, and a segment and its ACK on the wire, s."""
    return 2 * delay + (MSS + 2 * (52 + 38)) * 8 / 1e9


@pytest.mark.parametrize("delay, rate", [(0.0025, 420e6), (0.005, 210e6)])
@pytest.mark.parametrize("flows", [1, 4])
def test_card_ram_bounds_the_rate(bulk, delay, rate, flows):
    record = bulk(*RAM_RUN, f"--delay={delay * 1e3}ms", f"--flows={flows}")
    assert record["goodput_bps"] == pytest.approx(rate, rel=0.05)
    assert record["goodput_bps"] == pytest.approx(
        ram_bound(RAM, PIECE, MSS, round_trip(delay)), rel=0.02
    )
    assert record["hosts"]["sender"]["card_ram"]["tx"]["peak_bytes"] <= RAM
    assert record["hosts"]["sender"]["card_ram"]["tx"]["blocked"] > 0
