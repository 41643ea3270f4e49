"""`./pcache test --random`: scenarios drawn at random, run in parallel, and failures made smaller."""

from __future__ import annotations

import argparse
import copy
import json
import os
import secrets
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from analysis import build, packages
from analysis.errors import UserError

PROGRAM = "random-scenario"
FOLDER = Path("results") / "random"
COUNT = 300  # what CI runs: some twenty seconds on two cores
CHUNK = 10  # seeds a process: its start costs little beside ten runs
MOST_SEEDS = 1_000_000_000
MOST_TRIES = 300  # of a shrinking, each a run of a second or less

Scenario = dict[str, Any]
Fails = Callable[[Scenario], bool]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of random scenarios to `test`."""
    group = parser.add_argument_group("random scenarios (doc/random-scenarios.md)")
    group.add_argument(
        "--random",
        metavar="COUNT",
        nargs="?",
        const=str(COUNT),
        help=f"draw COUNT scenarios ({COUNT}) and check what must always hold",
    )
    group.add_argument(
        "--seed",
        metavar="FIRST",
        help="of --random: the first seed (1), or fresh for new ones; of --fuzz: the seed of what it "
        "draws (fresh)",
    )
    group.add_argument(
        "--replay", metavar="SEED|FILE", help="run one scenario again, by its seed or its file"
    )


def is_wanted(options: argparse.Namespace) -> bool:
    """Whether the command line asks for random scenarios."""
    if options.seed is not None and options.random is None and options.fuzz is None:
        raise UserError("--seed: only with --random and --fuzz; --replay=SEED runs one seed again")
    if options.random is not None and options.replay is not None:
        raise UserError("either --random or --replay")
    return options.random is not None or options.replay is not None


def execute(options: argparse.Namespace) -> int:
    """Runs what was asked for. Returns 1 if something did not hold."""
    packages.require(packages.COMPARE)
    if options.replay is not None:
        source = find_source(options.replay)
        program = build.ensure((PROGRAM,)) / "bin" / PROGRAM
        return replay(program, source)
    count = whole_number(options.random, "--random", 1)
    if options.seed == "fresh":
        first = secrets.randbelow(MOST_SEEDS - count)
    else:
        first = whole_number(options.seed or "1", "--seed", 0)
    if first + count > MOST_SEEDS:
        raise UserError(f"--seed and --random: seeds are below {MOST_SEEDS}")
    program = build.ensure((PROGRAM,)) / "bin" / PROGRAM
    return run_seeds(program, first, count)


def whole_number(text: str, option: str, least: int) -> int:
    """The number that an option has."""
    if not text.isascii() or not text.isdigit() or not least <= int(text) < MOST_SEEDS:
        raise UserError(f"{option}={text}: expected a whole number from {least} below {MOST_SEEDS}")
    return int(text)


def find_source(text: str) -> str:
    """The program's option for a seed or a file."""
    if text.isascii() and text.isdigit():
        return f"--seed={whole_number(text, '--replay', 0)}"
    if not Path(text).is_file():
        raise UserError(f"--replay={text}: neither a seed nor a file")
    return f"--file={text}"


def replay(program: Path, source: str) -> int:
    """Runs one scenario and prints what it says. Returns the exit status."""
    done = subprocess.run([program, source], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode == 2:  # it has said why
        return 2
    result = json.loads(done.stdout)
    print_result(result)
    return int(result["result"] != "pass")


def print_result(result: dict[str, Any]) -> None:
    """Prints what became of one scenario."""
    about = f"seed {result['seed']}: {result['result']}, {result['frames']} frames"
    print(about + (f"; not compared: {result['skipped']}" if "skipped" in result else ""))
    for violation in result["violations"]:
        print(f"  {violation['invariant']}: {violation['where']}: {violation['what']}")


def run_seeds(program: Path, first: int, count: int) -> int:
    """Runs seeds on all cores, and makes those smaller that fail. Returns the exit status."""
    from tqdm import tqdm  # may have come only now

    print(f"{count} scenarios from seed {first}")
    results = []
    with tqdm(total=count, unit=" runs", leave=False, disable=None) as bar:
        for result in run_parallel(program, first, count):
            results.append(result)
            bar.update()
            if result["result"] != "pass":
                with bar.external_write_mode():
                    print_result(result)
    failed = sorted((r for r in results if r["result"] != "pass"), key=lambda r: r["seed"])
    frames = sum(result["frames"] for result in results)
    skipped = sum("skipped" in result for result in results)
    print(
        f"{count - len(failed)} of {count} held, {frames} frames; {skipped} not compared with stock"
    )
    for result in failed:
        keep_smaller(program, result)
    return int(bool(failed))


def run_parallel(program: Path, first: int, count: int) -> Iterator[dict[str, Any]]:
    """Runs seeds on all cores. Yields their results as they come."""
    chunks = [
        (seed, min(CHUNK, first + count - seed)) for seed in range(first, first + count, CHUNK)
    ]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for results in pool.map(lambda chunk: run_chunk(program, *chunk), chunks):
            yield from results


def run_chunk(program: Path, first: int, count: int) -> list[dict[str, Any]]:
    """Runs some seeds in one process. Returns a result for each, whatever became of it."""
    command = [program, f"--seed={first}", f"--count={count}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    results = [json.loads(line) for line in done.stdout.splitlines()]
    for seed in range(first + len(results), first + count):
        what = f"{PROGRAM} ended with status {done.returncode} before this seed was done"
        violation = {"invariant": "tester", "where": "the tester itself", "what": what}
        results.append({"seed": seed, "result": "fail", "frames": 0, "violations": [violation]})
    return results


def keep_smaller(program: Path, result: dict[str, Any]) -> None:
    """Makes a failing scenario smaller, writes it to a file, and says how to run it."""
    seed = result["seed"]
    invariant = result["violations"][0]["invariant"]
    described = subprocess.run(
        [program, f"--seed={seed}", "--describe"], stdout=subprocess.PIPE, text=True, check=False
    )
    if described.returncode != 0:
        return
    smaller = shrink(json.loads(described.stdout), lambda s: violates(program, s, invariant))
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"seed-{seed}.json"
    file.write_text(json.dumps(smaller, indent=2) + "\n")
    print(f"seed {seed}, {invariant}, made smaller:\n  ./pcache test --replay={file}")


def violates(program: Path, scenario: Scenario, invariant: str) -> bool:
    """Whether a run of a scenario violates an invariant."""
    done = subprocess.run(
        [program, "--file=-"],
        input=json.dumps(scenario),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    if done.returncode != 1:  # held, or is no scenario any more
        return False
    violations = json.loads(done.stdout)["violations"]
    return any(violation["invariant"] == invariant for violation in violations)


def shrink(scenario: Scenario, fails: Fails, most_tries: int = MOST_TRIES) -> Scenario:
    """Makes a scenario smaller, one step at a time, as long as it goes on failing."""
    tries = 0
    smaller = True
    while smaller:
        smaller = False
        for candidate in steps(scenario):
            if tries == most_tries:
                return scenario
            tries += 1
            if fails(candidate):
                scenario = candidate
                smaller = True
                break
    return scenario


def steps(scenario: Scenario) -> Iterator[Scenario]:
    """Each scenario that is one step smaller, large steps first."""
    yield from without_flows(scenario)
    yield from with_fewer_hosts(scenario)
    yield from with_plain_hosts(scenario)
    yield from with_values(
        scenario,
        {
            "faults": {},
            "defaults": segment_size(scenario),
            "checks": scenario["checks"][:1],
            "router": {"path": "stock"},
            "bottleneck": "",
            "stop": 0,
            "queueDiscs": True,
        },
    )
    yield from without_attributes(scenario)
    for name in scenario["faults"]:
        yield from changed(scenario, ("faults", name), 0)
    for i, flow in enumerate(scenario["flows"]):
        yield from with_smaller_flow(scenario, i, flow)
    for i, flow in enumerate(scenario.get("datagrams", [])):
        yield from with_fewer_datagrams(scenario, i, flow)
    yield from with_values(
        scenario, {"rate": "100Mbps", "delay": "1ms", "mtu": 1500, "links": 1, "ipv6": False}
    )


def segment_size(scenario: Scenario) -> dict[str, str]:
    """The one default that a smaller scenario keeps: others would make fragments of segments."""
    name = "TcpSocket::SegmentSize"
    return {key: value for key, value in scenario["defaults"].items() if key == name}


def changed(scenario: Scenario, path: tuple[str | int, ...], value: Any) -> Iterator[Scenario]:
    """The scenario with one value in another's place, unless it has it already."""
    other = copy.deepcopy(scenario)
    place = other
    for key in path[:-1]:
        place = place[key]
    if place[path[-1]] != value:
        place[path[-1]] = value
        yield filled(other)


def filled(scenario: Scenario) -> Scenario:
    """The scenario with the parts that steps go through, where a step has left them out."""
    for name in ("loss", "corrupt", "duplicate", "reorder", "late"):
        scenario["faults"].setdefault(name, 0)
    for name, value in (("attributes", {}), ("profile", ""), ("cycles", 0), ("cyclesPerByte", 0)):
        scenario["router"].setdefault(name, value)
    return scenario


def with_values(scenario: Scenario, values: dict[str, Any]) -> Iterator[Scenario]:
    """The scenario with each of some values of its own."""
    for name, value in values.items():
        wanted = filled({**scenario, name: copy.deepcopy(value)})
        if wanted != scenario:
            yield copy.deepcopy(wanted)


def without_flows(scenario: Scenario) -> Iterator[Scenario]:
    """The scenario without half of its flows, and without each."""
    flows = scenario["flows"]
    half = len(flows) // 2
    if half > 1:
        yield from changed(scenario, ("flows",), flows[:half])
        yield from changed(scenario, ("flows",), flows[half:])
    datagrams = scenario.get("datagrams", [])
    for i in range(len(flows) if len(flows) + len(datagrams) > 1 else 0):
        yield from changed(scenario, ("flows",), flows[:i] + flows[i + 1 :])
    for i in range(len(datagrams) if len(flows) + len(datagrams) > 1 else 0):
        yield from changed(scenario, ("datagrams",), datagrams[:i] + datagrams[i + 1 :])


def with_fewer_hosts(scenario: Scenario) -> Iterator[Scenario]:
    """The scenario without a host that no flow uses, and with two hosts in a row."""
    hosts = scenario["hosts"]
    used = {flow[end] for flow in scenario["flows"] for end in ("from", "to")}
    for flow in scenario.get("datagrams", []):
        used.update([flow["from"], *flow["to"]])
    for i in range(len(hosts)):
        if i in used or len(hosts) == 2:
            continue
        other = copy.deepcopy(scenario)
        del other["hosts"][i]
        for flow in other["flows"]:
            flow["from"] -= flow["from"] > i
            flow["to"] -= flow["to"] > i
        for flow in other.get("datagrams", []):
            flow["from"] -= flow["from"] > i
            flow["to"] = [host - (host > i) for host in flow["to"]]
        yield other
    if len(hosts) == 2:
        yield from changed(scenario, ("topology",), "point-to-point")


def with_plain_hosts(scenario: Scenario) -> Iterator[Scenario]:
    """The scenario with less of each host."""
    for i, host in enumerate(scenario["hosts"]):
        yield from changed(scenario, ("hosts", i, "attributes"), {})
        yield from changed(scenario, ("hosts", i, "profile"), "")
        for name in ("cycles", "cyclesPerByte"):
            yield from changed(scenario, ("hosts", i, name), 0)
        if host["path"] != "stock":
            yield from changed(scenario, ("hosts", i, "path"), "payload-cache")


def without_attributes(scenario: Scenario) -> Iterator[Scenario]:
    """The scenario without each attribute of hosts and defaults."""
    places: list[tuple[str | int, ...]] = [("defaults",), ("router", "attributes")]
    places += [("hosts", i, "attributes") for i in range(len(scenario["hosts"]))]
    for path in places:
        attributes: Any = scenario
        for key in path:
            attributes = attributes[key]
        for name in sorted(attributes.keys() - segment_size(scenario).keys()):
            yield from changed(
                scenario, path, {key: value for key, value in attributes.items() if key != name}
            )


def with_smaller_flow(scenario: Scenario, i: int, flow: dict[str, Any]) -> Iterator[Scenario]:
    """The scenario with less of one flow."""
    yield from changed(scenario, ("flows", i, "acts"), [])
    for k in range(len(flow["acts"])):
        yield from changed(scenario, ("flows", i, "acts"), flow["acts"][:k] + flow["acts"][k + 1 :])
    for name in ("back", "bytes"):
        yield from changed(scenario, ("flows", i, name), 0)
        yield from changed(scenario, ("flows", i, name), flow[name] // 2)
    # stock sockets refuse writes that their buffers do not hold: another fault
    sizes = ["readSize"] if "stock" in scenario["checks"] else ["readSize", "writeSize"]
    for name, value in (("start", 0), ("link", 0), *((size, 65536) for size in sizes)):
        yield from changed(scenario, ("flows", i, name), value)


def with_fewer_datagrams(scenario: Scenario, i: int, flow: dict[str, Any]) -> Iterator[Scenario]:
    """The scenario with fewer, simpler and smaller datagrams of one flow."""
    yield from changed(scenario, ("datagrams", i, "acts"), [])
    for host in flow["to"] if len(flow["to"]) > 1 else []:
        others = [other for other in flow["to"] if other != host]
        yield from changed(scenario, ("datagrams", i, "to"), others)
    if len(flow["to"]) == 1 and flow["readers"] == 1:
        yield from changed(scenario, ("datagrams", i, "multicast"), False)
    for name, value in (("readers", 1), ("connected", False), ("start", 0), ("link", 0)):
        yield from changed(scenario, ("datagrams", i, name), value)
    for count in {1, flow["count"] // 2, flow["count"] - 1} - {0}:
        yield from changed(scenario, ("datagrams", i, "count"), count)
    if flow["least"] < flow["most"]:
        yield from changed(scenario, ("datagrams", i, "least"), flow["most"])
        yield from changed(scenario, ("datagrams", i, "most"), flow["least"])
    else:
        for size in {flow["most"] // 2, flow["most"] * 9 // 10}:
            other = copy.deepcopy(scenario)
            other["datagrams"][i].update(least=size, most=size)
            if size != flow["most"]:
                yield other
