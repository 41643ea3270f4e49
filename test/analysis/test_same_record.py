"""Payload counted and payload carried: the same record to the last digit, whatever the wire does.

Where it is carried, every byte that a reader got was compared with what had been written.
"""

from __future__ import annotations

import pytest

from conftest import run_scenario
from test_records import stable

PATHS = ("conventional", "offload", "payload-cache")
FAMILIES = ("ipv4", "ipv6")
OLD = ("ideal", "pii450-tigon2-gbe-2001", "piii750-starfire-2001")
MODERN = "xeon-100g"  # which segments and merges

LOSS = "--lossRate=0.01"
DUPLICATES = "--duplicateRate=0.02"
LATE = "--reorderRate=0.02"
DAMAGE = "--corruptRate=0.02"
ALL = (LOSS, DUPLICATES, LATE, DAMAGE)

# what a run is like on a machine of 2001, and on a modern one, whose link is faster
SHORT = {
    "bulk-transfer": (("--bytes=1000000", "--flows=2"),) * 2,
    "datagrams": (("--datagrams=200", "--flows=2", "--size=4000"),) * 2,
    "request-response": (("--requests=60", "--concurrency=2", "--requestSize=3000"),) * 2,
    "lossy-wan": (
        ("--warmup=0", "--duration=1", "--delay=2ms"),
        ("--warmup=0.01", "--duration=0.01", "--delay=100us"),
    ),
    "slow-reader": (
        ("--readPause=5ms", "--warmup=0.05", "--duration=0.1"),
        ("--readPause=1ms", "--warmup=0.01", "--duration=0.01"),
    ),
    "load": (
        ("--clients=3", "--concurrent=4", "--largest=100000", "--warmup=0.02", "--duration=0.1"),
        ("--clients=3", "--concurrent=4", "--largest=100000", "--warmup=0", "--duration=0.001"),
    ),
}


def compare(program: str, profile: str, *options: str) -> dict:
    """Runs a scenario both ways, and gives its record; the two have to be the same."""
    given = (*SHORT[program][profile == MODERN], f"--profile={profile}", *options)
    counted = run_scenario(program, *given)
    carried = run_scenario(program, *given, "--data=bytes")
    assert stable(counted) == stable(carried), (program, *given)
    assert counted["compared"] is None
    assert carried["compared"]["wrong"] == 0
    assert carried["compared"]["bytes"] >= sum(flow["bytes"] for flow in carried["flows"]) > 0
    return carried


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("profile", (*OLD, MODERN))
def test_bulk_transfer(profile, path, family):
    for faults in ((), ALL):
        compare("bulk-transfer", profile, f"--path={path}", f"--family={family}", *faults)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("profile", (OLD[-1], MODERN))
@pytest.mark.parametrize("program", [name for name in SHORT if name != "bulk-transfer"])
def test_other_scenarios(program, profile, path, family):
    compare(program, profile, f"--path={path}", f"--family={family}", *ALL)


@pytest.mark.parametrize("option", ["--vlan=on", "--cardRam=40000", "--rxQueues=4"])
@pytest.mark.parametrize("family", FAMILIES)
def test_little_ram_queues_and_tags(family, option):
    options = (f"--family={family}", option, "--mtu=1500", *ALL)
    if "Queues" in option:
        options += ("--cores=4",)
    compare("bulk-transfer", OLD[-1], *options)
    compare("bulk-transfer", MODERN, *options)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("path", ["stock", *PATHS])
@pytest.mark.parametrize("fault", ALL)
def test_each_fault_alone(path, family, fault):
    """What the wire does to frames is seen by TCP as such, and by nothing else."""
    options = ("--bytes=3000000", f"--path={path}", f"--family={family}", "--profile=ideal")
    clean = run_scenario("bulk-transfer", *options)
    record = run_scenario("bulk-transfer", *options, fault)
    assert record["wire_frames"] != clean["wire_frames"]  # TCP sent something again, or ACKs
    if fault == LOSS:
        assert record["wire_faults"] is None
        return
    counts = record["wire_faults"]
    kind = {DUPLICATES: "duplicated", LATE: "reordered", DAMAGE: "corrupted"}[fault]
    assert counts.pop(kind) > 0 and not any(counts.values())


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("path", PATHS)
def test_damaged_frames_are_dropped_and_the_sum_is_paid(path, family):
    """The frames that a checksum tells are dropped. Where no card has looked, the host goes through
    the payload of each, beside the payload that it reads: a read's checksum and no other."""
    options = ("--bytes=3000000", f"--path={path}", f"--family={family}", "--appRead=off")
    clean = run_scenario("bulk-transfer", *options)
    record = run_scenario("bulk-transfer", *options, DAMAGE)
    drops = record["hosts"]["receiver"]["drops"]
    corrupted = record["wire_faults"]["corrupted"]
    # of an IPv6 header no checksum covers traffic class, flow label and hop limit: 5 of 1500 bytes
    assert corrupted >= drops["rx_bad_checksum"] + drops.get("rx_bad_header", 0) >= corrupted - 2
    paid, before = (run["hosts"]["receiver"]["cpu_seconds"]["checksum"] for run in (record, clean))
    if path != "conventional":
        assert paid == before == 0
        return
    segment = 1500 - 52 - (20 if family == "ipv6" else 0)
    extra = (paid - before) / (before / 3000000)  # bytes
    assert 0 < extra <= drops["rx_bad_checksum"] * segment + 1e-3  # as floating point has it
    assert extra > 0.9 * (drops["rx_bad_checksum"] - 1) * segment


def test_the_draws_of_losses_stay_what_they_were():
    """Faults draw from streams of their own: the first loss hits the same frame."""
    options = ("--bytes=2000000", "--lossRate=0.01", "--profile=ideal")
    alone = run_scenario("lossy-wan", "--warmup=0", "--duration=0.2", *options[1:])
    beside = run_scenario(
        "lossy-wan", "--warmup=0", "--duration=0.2", "--duplicateRate=1e-9", *options[1:]
    )
    assert beside["wire_faults"]["duplicated"] == 0
    beside["wire_faults"] = None
    for record in (alone, beside):
        record["parameters"].pop("duplicateRate")
    assert stable(alone) == stable(beside)


def test_a_card_without_checksums_serves_a_host_that_computes_them():
    """On `conventional` the host does it anyway: nothing changes, but that no payload cache is
    possible on such a machine, from no size on."""
    options = ("--path=conventional", "--bytes=1000000", DAMAGE)
    able = stable(run_scenario("bulk-transfer", *options))
    unable = stable(
        run_scenario("bulk-transfer", *options, "--ns3::PayloadCacheNetDevice::Checksums=false")
    )
    for record in (able, unable):
        for name in [name for name in record["parameters"] if name.endswith("Checksums")]:
            del record["parameters"][name]
    for host in unable["hosts"].values():
        for sizes in ("break_even_bytes", "always_cheaper_bytes"):
            assert {size for call in host[sizes].values() for size in call.values()} == {None}
    for record in (able, unable):
        for host in record["hosts"].values():
            del host["break_even_bytes"], host["always_cheaper_bytes"]
    assert able == unable
