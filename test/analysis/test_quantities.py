"""Quantities of records: their names, their sums, and means with confidence intervals."""

import math

import pytest

from analysis import limits, measures, quantities
from analysis.errors import UserError
from conftest import run_bulk


@pytest.fixture(scope="module", name="record")
def a_short_run():
    """A run with losses, so that every counter counts."""
    return run_bulk("--duration=0.05", "--warmup=0.05", "--lossRate=0.01", "--cardRam=100000")


# Two-sided 95 % quantiles of Student's t, as the textbooks' tables have them
T_TABLE = {1: 12.706, 2: 4.303, 4: 2.776, 9: 2.262}


@pytest.mark.parametrize("freedom", T_TABLE)
def test_intervals_are_students(freedom):
    values = [float(at) for at in range(freedom + 1)]
    mean, half = quantities.mean_ci(values)
    variance = sum((v - mean) ** 2 for v in values) / freedom
    assert mean == freedom / 2
    assert half == pytest.approx(T_TABLE[freedom] * math.sqrt(variance / len(values)), rel=2e-4)


def test_one_value_has_no_interval():
    mean, half = quantities.mean_ci([3.0])
    assert mean == 3.0 and math.isnan(half)
    assert all(map(math.isnan, quantities.mean_ci([])))
    assert all(map(math.isnan, quantities.mean_ci([1.0, math.nan])))


@pytest.mark.parametrize("name", ["cpu", "cores", "bus", "dram", "fallbacks", "retransmissions"])
def test_hosts_add_up(record, name):
    parts = [quantities.find(f"{name}.{host}").of(record) for host in ("sender", "receiver")]
    assert quantities.find(name).of(record) == pytest.approx(sum(parts))


@pytest.mark.parametrize("name", ["cpu_percent", "ram_tx_peak", "ram_rx_mean"])
def test_the_highest_host_counts(record, name):
    parts = [quantities.find(f"{name}.{host}").of(record) for host in ("sender", "receiver")]
    assert quantities.find(name).of(record) == max(parts)


def test_cpu_is_what_a_comparison_calls_so(record):
    for role in measures.ROLES:
        found = quantities.find(f"cpu.{role}").of(record)
        assert found == pytest.approx(measures.cpu(record, role))
    assert quantities.find("goodput").of(record) == measures.goodput(record)


def test_cores_are_cpu_times_goodput(record):
    product = quantities.find("cpu").of(record) * quantities.find("goodput").of(record) / 1e3
    assert quantities.find("cores").of(record) == pytest.approx(product)


@pytest.mark.parametrize(
    "path, value",
    [
        ("hosts.sender.cores", 1),
        ("flows.0.bytes", 7),
        ("flows.1.bytes", math.nan),
        ("scenario.rtt_us.mean", 12.5),
        ("scenario.rtt_us.most", math.nan),
        ("parameters.sender.HostModel.Weight", 3),
        ("parameters.path", math.nan),
    ],
)
def test_any_number_of_a_record(path, value):
    record = {
        "hosts": {"sender": {"cores": 1}},
        "flows": [{"bytes": 7}],
        "scenario": {"rtt_us": {"mean": 12.5}},
        "parameters": {"sender.HostModel.Weight": 3, "path": "offload"},
    }
    assert quantities.find(path).of(record) == pytest.approx(value, nan_ok=True)


@pytest.mark.parametrize(
    "path, title, better",
    [
        ("scenario.pinned_bytes.mean", "pinned, mean, B", "less"),
        ("scenario.rtt_us.mean", "rtt, mean, us", "less"),
        ("scenario.goodput_bps.others", "goodput, others, b/s", "more"),
        ("scenario.wait", "wait", "less"),
        ("scenario.requests_per_s", "requests, 1/s", "more"),
        ("scenario.flows.completed", "flows, completed", "more"),
        ("scenario.completion.all.mean_us", "completion, all, mean, us", "less"),
        ("scenario.cpu_us_per_request.client", "cpu us per request, client", "less"),
        ("hosts.sender.bytes_read", "hosts, sender, bytes read", "more"),
        ("hosts.sender.interrupts", "hosts, sender, interrupts", "less"),
    ],
)
def test_numbers_have_titles(path, title, better):
    found = quantities.find(path)
    assert (found.title(), found.better) == (title, better)


def test_flows_and_requests_have_names():
    scenario = {
        "slowdown": {"small": {"p99": 4.5}},
        "completion": {"all": {"mean_us": 80.0}},
        "latency_us": {"p50": 21.0},
        "requests_per_s": 1000.0,
        "cpu_us_per_request": {"client": 1.5, "server": 2.5},
    }
    record = {"scenario": scenario, "hosts": {}}
    names = ("slowdown.small.p99", "completion.all.mean", "latency_p50", "requests", "cpu_request")
    assert [quantities.find(name).of(record) for name in names] == [4.5, 80.0, 21.0, 1000.0, 4.0]
    assert quantities.find("requests").better == "more"


def test_what_does_not_apply_is_nothing():
    """Stock ns-3 has no hosts; the record of a program of one's own may lack anything."""
    stock = {"goodput_bps": 8e6, "duration_s": 1.0, "hosts": {}}
    assert quantities.find("goodput").of(stock) == 1.0
    for name, quantity in quantities.QUANTITIES.items():
        if name != "goodput":
            assert math.isnan(quantity.of(stock)), name
        assert math.isnan(quantity.of({"hosts": {"mine": {"role": "mine"}}})), name


@pytest.mark.parametrize("odd", [5, None, "text", [1], {"a": 5}], ids=str)
@pytest.mark.parametrize("part", ["scenario", "hosts", "parameters", "goodput_bps", "duration_s"])
def test_records_of_any_shape_break_nothing(record, part, odd):
    made = {**record, part: odd, "scenario": {"requests_per_s": odd} if part != "scenario" else odd}
    assert all(isinstance(q.of(made), float) for q in quantities.QUANTITIES.values())
    assert isinstance(limits.limits(made, made), dict)


@pytest.mark.parametrize(
    "name, host",
    [
        ("cpu.sevrer", "sevrer"),
        ("hosts.client-1.cores", "client-1"),
        ("cpu", None),
        ("completion.all.mean", None),
        ("scenario.rtt_us.mean", None),
    ],
)
def test_which_host_a_name_names(name, host):
    assert quantities.host_of(name) == host


@pytest.mark.parametrize(
    "name, said", [("goodptu", "did you mean 'goodput'"), ("watts", "cpu"), ("power.x", "cpu")]
)
def test_a_quantity_that_there_is_none_of(name, said):
    with pytest.raises(UserError, match=said):
        quantities.find(name)
