"""The seed of a run: of study, repetition and traffic; never of the system that is looked at."""

import pytest

from analysis.study import file, plan, program, seeds

TEXT = """\
question = "Why?"
scenario = "bulk-transfer"
seeds = 2
[sweep]
path = ["conventional", "payload-cache"]
writeSize = [1000, 2000]
"""


@pytest.fixture(name="seeds_of")
def seeds_of_points(tmp_path):
    """The seeds of a study's points, by what distinguishes them."""
    path = tmp_path / "mine.toml"
    path.write_text(TEXT)

    def load(*changes):
        points = plan.points(file.load(str(path), changes=changes))
        return {
            (p.values.get("path"), p.options["writeSize"], p.repetition): dict(p.run.options)[
                "seed"
            ]
            for p in points
        }

    return load


def test_every_path_meets_the_same_traffic(seeds_of):
    for (_, size, repetition), seed in seeds_of().items():
        assert seed == seeds_of()["conventional", size, repetition]
    assert len(set(seeds_of().values())) == 4  # by size and repetition


@pytest.mark.parametrize(
    "change",
    ["cardRam=65536", "profile=ideal", "data=bytes", "wait=spin", "ownCosts=none", "source=warm"]
    + ["whenFull=wait", "rcvBuf=65536", "fixed.senderProfile=ideal"],
)
def test_the_system_does_not_change_it(seeds_of, change):
    assert seeds_of(change) == seeds_of()


@pytest.mark.parametrize("change", ["lossRate=0.01", "flows=2", "appRate=1Mbps", "seed=2"])
def test_traffic_and_the_studys_seed_do(seeds_of, change):
    changed, before = seeds_of(change), seeds_of()
    assert all(changed[at] != before[at] for at in before)


def test_order_does_not_matter(seeds_of):
    before, turned = seeds_of(), seeds_of(
        "writeSize=[2000, 1000]", "path=['payload-cache', 'conventional']"
    )
    assert turned == before


def test_more_repetitions_leave_the_first_ones_alone(seeds_of):
    assert seeds_of("seeds=5").items() > seeds_of().items()


def test_seeds_are_those_of_ns3():
    found = {seeds.seed(1, n, {"load": "0.5"}) for n in range(10000)}
    assert len(found) >= 9999  # of 2^32, ten thousand meet with a probability of 0.012
    assert min(found) >= 1 and max(found) <= 2**32 - 1
    assert max(found) > 2**31  # all of the range


def test_a_seed_does_not_depend_on_how_it_is_computed():
    """The seeds of results that somebody has: another one would compute all of them anew."""
    assert seeds.seed(1, 1, {}) == seeds.seed(1, 1, {})
    assert seeds.seed(1, 1, {"a": "1", "b": "2"}) == seeds.seed(1, 1, {"b": "2", "a": "1"})
    assert seeds.seed(1, 1, {"a": "1b"}) != seeds.seed(1, 1, {"a1": "b"})


def test_a_scenario_tells_what_its_traffic_is():
    told = program.find(file.load("write-size"))
    assert {"flows", "lossRate", "bytes"} <= told.traffic
    system = {
        "path",
        "profile",
        "senderProfile",
        "cardRam",
        "txRam",
        "data",
        "wait",
        "ownCosts",
        "json",
    }
    assert not told.traffic & system
