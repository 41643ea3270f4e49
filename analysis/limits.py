"""How fast a run could have been at most, by what limits it: MB/s of goodput.

The offered load, the link and TCP's windows have closed forms of the run's parameters. What a run
demands of a resource for each byte is its own measurement, and the utilisation law gives the limit:
a resource that is busy for the share u of the time at a goodput X lets X / u through at most
(Denning and Buzen, "The operational analysis of queueing network models", ACM Computing Surveys
1978: X <= 1 / D_max). Card RAM holds a byte for a round trip, by Little's law.

The smallest of them all is a run's analytic limit; a run that stays far below it is held back by
something that is not in this list. A limit is an upper bound of what goes on for long: the counted
time is a window, and bytes that were on their way when it began are read in it as well. So a short
run of few flows may be above the offered load, which counts those that arrived in the window.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from analysis import measures
from analysis.measures import LINK_OVERHEAD, tcp_ip_headers
from analysis.quantities import ODD
from analysis.runs.store import Record

OFF = 0.1  # a point that is further than this from its limit is marked
MESSAGES = ("requestSize", "responseSize")  # the options of a request and its response
SEGMENTS_AN_ACK = 2  # delayed ACKs (RFC 1122; ns-3's DelAckCount)


def limits(record: Record, stock: Record | None = None) -> dict[str, float]:
    """MB/s of goodput by what limits it. `stock` is stock ns-3's run at the same point, with losses.

    Limits that do not apply are left out: of hosts that cost nothing, of a link that the record
    does not name.
    """
    found: dict[str, float] = {}
    for family in (offered_load, link, turns, readers, resources, processes, round_trips):
        found |= known(family, record)
    return found if stock is None else found | known(losses, stock)


def known(family: Callable[[Record], dict[str, float]], record: Record) -> dict[str, float]:
    """Limits of a kind; none where the record of a program of one's own lacks what they take."""
    try:
        return family(record)
    except ODD:
        return {}


def limit(record: Record, stock: Record | None = None) -> tuple[str, float]:
    """The smallest limit: what it is, and MB/s. The latter is NaN where no limit is known."""
    found = limits(record, stock)
    if not found:
        return "", float("nan")
    return min(found.items(), key=lambda item: item[1])


def is_off(goodput: float, bound: float) -> bool:
    """Whether a goodput is far from its limit, on either side of it."""
    return not math.isnan(bound) and abs(goodput - bound) > OFF * bound


def offered_load(record: Record) -> dict[str, float]:
    """What the writers want to send, the requests that are made, or the flows that arrived."""
    given = record["parameters"]
    arrived = record.get("scenario", {}).get("offered_load")  # of the payload that the link carries
    if arrived:
        return {"the offered load": arrived * measures.link_goodput(record)}
    if "responseSize" in given:
        rate = 8 * given["rate"] * message_bytes(given)
    else:
        rate = given.get("appRate", 0) * given.get("flows", 1)
    return {"the offered load": rate / 8e6} if rate else {}


def link(record: Record) -> dict[str, float]:
    """The link with all headers: of messages, the direction that has more to carry."""
    given = record["parameters"]
    if not {"linkRate", "mtu"} <= given.keys():
        return {}
    if "responseSize" not in given:
        return {"the link": measures.link_goodput(record)}
    most = max(on_the_wire(given, given[size]) for size in MESSAGES)
    return {"the link": message_bytes(given) * given["linkRate"] / 8e6 / most}


def message_bytes(given: Record) -> int:
    """Payload of a request and its response: goodput counts what both sides read."""
    return sum(given[size] for size in MESSAGES)


def on_the_wire(given: Record, size: int) -> int:
    """Bytes that a message takes on the wire, in segments of the link's MTU."""
    headers = tcp_ip_headers(given)
    segments = math.ceil(size / (given["mtu"] - headers))
    return size + segments * (headers + LINK_OVERHEAD)


def turns(record: Record) -> dict[str, float]:
    """Connections whose next request waits for the last response, by Little's law."""
    given = record["parameters"]
    if "responseSize" not in given or given["rate"]:
        return {}
    seconds = record["scenario"]["latency_us"]["mean"] / 1e6
    outstanding = given["concurrency"] * message_bytes(given)
    return {"one request at a time on each connection": outstanding / seconds / 1e6}


def readers(record: Record) -> dict[str, float]:
    """Readers that are all slow: their rate, or what TCP's window lets in while a byte waits."""
    given = record["parameters"]
    if "slow" not in given or given["slow"] < given["flows"]:
        return {}  # the others take what the slow ones leave
    wait = given["readDelay"] or given["readPause"]
    each = given["rcvBuf"] / wait if wait else given["readRate"] / 8
    return {"the slow readers": given["flows"] * each / 1e6}


def resources(record: Record) -> dict[str, float]:
    """Cores, buses, memory and cards, by the utilisation law: it is silent on what stands still."""
    goodput = measures.goodput(record)
    if not record["hosts"] or not goodput:
        return {}
    shares = measures.loads(record)
    del shares["the link"]
    return {name: goodput / share for name, share in shares.items() if share > 0}


def processes(record: Record) -> dict[str, float]:
    """A process that never waits for its peer is busy all the time: it makes call after call."""
    given, goodput = record["parameters"], measures.goodput(record)
    if set(record["hosts"]) != set(measures.ROLES) or given.get("bytes") or not goodput:
        return {}
    blocked = record["hosts"]["sender"]["card_ram"]["tx"]["blocked"]
    writes = not (measures.writer_waits(record) or blocked or given.get("appRate"))
    found = {"sender": writes, "receiver": not measures.reader_waits(record)}
    return {f"the {name}'s process": goodput for name, busy in found.items() if busy}


def losses(stock: Record) -> dict[str, float]:
    """What stock sockets moved with the same losses, if they moved anything."""
    goodput = measures.goodput(stock)
    return {"the losses: stock sockets": goodput} if goodput else {}


def round_trips(record: Record) -> dict[str, float]:
    """What may be unacknowledged, a round trip: card RAM that writers wait for, TCP's buffers."""
    held = {**transmit_ram(record), **windows(record)}
    rtt = record.get("scenario", {}).get("rtt_us", {}).get("mean")
    if rtt:
        return {name: held_bytes / rtt for name, held_bytes in held.items()}
    if set(record["hosts"]) - set(measures.ROLES) or "delay" not in record["parameters"]:
        return {}  # more than a link between them
    waiting, seconds = unloaded_round_trip(record)
    return {name: (held_bytes - waiting) / seconds / 1e6 for name, held_bytes in held.items()}


def unloaded_round_trip(record: Record) -> tuple[float, float]:
    """Bytes that wait for a delayed ACK on average, and the seconds of an idle link's round trip."""
    given = record["parameters"]
    headers = tcp_ip_headers(given)
    segment = given["mtu"] - headers
    wire = given["mtu"] + LINK_OVERHEAD + headers + LINK_OVERHEAD  # a segment and its ACK
    return (SEGMENTS_AN_ACK - 1) * segment / 2, 2 * given["delay"] + 8 * wire / given["linkRate"]


def transmit_ram(record: Record) -> dict[str, float]:
    """Payload that fits into card RAM, bytes: in pieces of a write, each in whole granules.

    Where a full card makes writers copy, it does not limit them.
    """
    found = {}
    given = record["parameters"]
    for name, host in record["hosts"].items():
        capacity = host["card_ram"]["tx"]["capacity_bytes"]
        if given.get(f"{name}.DataPath.WhenFull") != "Wait" or not capacity:
            continue
        if not host["card_ram"]["tx"]["peak_bytes"] or "writeSize" not in given:
            continue
        piece = min(given["writeSize"], int(given[f"{name}.DataPath.WritePiece"]))
        granule = int(given[f"{name}.PayloadCacheNetDevice.Granule"])
        padded = math.ceil(piece / granule) * granule
        found[f"the {name}'s card RAM over the round trip"] = capacity * piece / padded
    return found


def windows(record: Record) -> dict[str, float]:
    """What TCP's buffers let be unacknowledged, of all flows, bytes."""
    given = record["parameters"]
    if not {"sndBuf", "rcvBuf", "flows"} <= given.keys():
        return {}
    held = min(given["sndBuf"], given["rcvBuf"]) * given["flows"]
    return {"TCP's buffers over the round trip": held}
