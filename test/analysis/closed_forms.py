"""Closed forms that the tests hold runs against, added up from a profile's file.

They do not call the model: a bus transfer is cut into bursts here, a call into pages, pieces and
frames here.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from conftest import read_profile

LINK_HEADER = 14
HEADERS = 52  # IPv4 20, TCP 20, timestamps 12
DESCRIPTOR, WRITE_BACK, DOORBELL, RELEASE = 16, 16, 4, 8  # the card's defaults, bytes
PAGE = 4096
PIECE = 65536
HEADER_FETCH, COPY_BREAK = 128, 128
CLOCK_PS = {33: 30000, 66: 15000, 133: 7500}
LARGEST_PACKET = 65535


class Pci:
    """PCI as a profile has it: half-duplex, a transfer in bursts."""

    def __init__(self, profile: dict[str, float]) -> None:
        self.width = int(profile["BusWidth"]) // 8
        self.clock_ps = CLOCK_PS[int(profile["BusClock"])]
        self.burst = int(profile["BusBurst"])
        self.overhead_to_card = int(profile["BusOverheadToCard"])
        self.overhead_to_host = int(profile["BusOverheadToHost"])

    def to_card(self, nbytes: int) -> float:
        """A DMA read, ps."""
        return self._transfer(nbytes, self.overhead_to_card)

    def to_host(self, nbytes: int) -> float:
        """A DMA write, or a write of the CPU's, ps."""
        return self._transfer(nbytes, self.overhead_to_host)

    def job(self, cpu_writes: list[int], reads: list[int], writes: list[int]) -> float:
        """The transfers of one job, ps: one behind the other."""
        return sum(map(self.to_host, cpu_writes + writes)) + sum(map(self.to_card, reads))

    def latency(self, to_card: bool) -> float:
        """From the end of a job's transfers to its completion, ps: none."""
        return 0

    def _transfer(self, nbytes: int, overhead: int) -> float:
        full, last = divmod(nbytes, self.burst)
        clocks = full * (math.ceil(self.burst / self.width) + overhead)
        clocks += math.ceil(last / self.width) + overhead if last else 0
        return clocks * self.clock_ps


class Pcie:
    """PCIe gen 3 x16 with MPS 256 as a profile has it: each direction a resource of its own."""

    BYTE_PS = 8000 / 113.7001  # SIGCOMM 2018, the authors' public model

    def __init__(self, profile: dict[str, float]) -> None:
        assert (profile["PcieGen"], profile["PcieLanes"], profile["PcieMps"]) == (3, 16, 256)
        self.mps, self.mrrs = int(profile["PcieMps"]), int(profile["PcieMrrs"])
        self.latency_ps = profile["BusLatency"] * 1e3
        self.outstanding = profile["BusOutstanding"]
        window = profile.get("IommuWindow", 0)
        held = profile.get("IotlbEntries", 0) * PAGE
        misses = max(0, 1 - held / window) if window else 0
        self.walk_ps = profile.get("IotlbWalk", 0) * 1e3 * misses

    def job(self, cpu_writes: list[int], reads: list[int], writes: list[int]) -> float:
        """The transfers of one job, ps: the longer direction, or what the card's engine needs."""
        up = sum(24 * math.ceil(n / self.mps) + n for n in writes)
        up += sum(24 * math.ceil(n / self.mrrs) for n in reads)
        down = sum(24 + n for n in cpu_writes)
        down += sum(20 * math.ceil(n / self.mps) + n for n in reads)
        least = sum(self._walks(n) for n in writes)
        for n in reads:
            in_turn = math.ceil(n / self.mrrs) * self.latency_ps / self.outstanding
            least += max(in_turn, self._walks(n))
        return max(up * self.BYTE_PS, down * self.BYTE_PS, least)

    def latency(self, to_card: bool) -> float:
        """From the end of a job's transfers to its completion, ps: its descriptor's, its data's."""
        return self.latency_ps * (2 if to_card else 1)

    def _walks(self, nbytes: int) -> float:
        return math.ceil(nbytes / PAGE) * self.walk_ps


class CallCosts:
    """What a call of some bytes costs beyond copying, cycles.

    Isolated calls: a write is all that its connection sends, a read takes one whole message.
    """

    def __init__(
        self, name: str, app_read: bool = False, warm: bool = False, registered: bool = False
    ) -> None:
        self.p = read_profile(name)
        self.source = "CopyWarm" if warm else "CopyCold"
        self.bus = Pcie(self.p) if "PcieGen" in self.p else Pci(self.p)
        self.mss = int(self.p["Mtu"]) - HEADERS
        self.merges = bool(self.p.get("Tso") and self.p.get("Gro"))
        # headers of 120 bytes may come with a unit that is sent
        self.unit = (LARGEST_PACKET - 120) // self.mss * self.mss if self.merges else self.mss
        self.piece = self.unit if self.merges else PIECE
        self.app_read = app_read
        self.registered = registered

    def difference(self, call: str, wait: str) -> Callable[[int], float]:
        """The form of `call` ("write", "read") and `wait` ("sleep", "spin") over the size."""
        form = self.write if call == "write" else self.read
        return lambda size: form(wait, size)

    def write(self, wait: str, size: int) -> float:
        """Payload cache less copying for a write of `size` bytes, in pieces of whole units."""
        units = [min(self.unit, size - at) for at in range(0, size, self.unit)]
        # One a piece that an ACK touches, where the pieces are the units: also where the peer takes
        # a short last segment for part of the unit before it.
        releases = len(units)
        pieces = [(at, min(self.piece, size - at)) for at in range(0, size, self.piece)]
        cycles = self.p["DmaSubmit"] * len(pieces)
        cycles += self._pages(sum(len(cut(at, length)) for at, length in pieces))
        cycles += self.p["DmaGather"] * len(units) + self.p["RamRelease"] * releases
        cycles += self.p["DmaComplete"]
        cycles -= self.p["DriverMap"] * sum(math.ceil(length / PAGE) for length in units)
        jobs = [(length, 1, [DESCRIPTOR, *cut(at, length)], [WRITE_BACK]) for at, length in pieces]
        commands = [RELEASE] * releases
        return cycles + self._wait(wait, jobs, commands, True) - self.p[self.source] * size

    def read(self, wait: str, size: int) -> float:
        """Payload cache less copying for a read of a message of `size` bytes."""
        tail = HEADER_FETCH - HEADERS  # came with the headers, and is copied on both paths
        units = self._received(size)
        jobs, frames, moved = [], 0, 0
        for unit in units:
            parts = [
                (at + tail, length - tail)
                for at, length in unit
                if HEADERS + length > HEADER_FETCH + COPY_BREAK
            ]
            if parts:
                writes = [piece for at, length in parts for piece in cut(at, length)]
                bytes_moved = sum(length for _, length in parts)
                reads = [DESCRIPTOR] * len(parts)
                jobs.append((bytes_moved, len(parts), reads, [*writes, WRITE_BACK]))
                frames += len(parts)
                moved += bytes_moved
        if not jobs:
            return 0
        cycles = self.p["HeaderFetchWork"] * frames + self.p["DmaGather"] * (frames - len(jobs))
        cycles += (self.p["DmaSubmit"] + self.p["RamRelease"]) * len(jobs)
        cycles += self._pages(math.ceil(size / PAGE)) + self.p["DmaComplete"]
        if len(jobs) >= self.p["ReleaseBatch"]:
            cycles += self.p["DmaSubmit"]  # so many commands have a doorbell of their own
        saved = moved * self._saved("Llc" if self.p.get("DdioShare") else "Cold")
        return cycles + self._wait(wait, jobs, [], False) - saved

    def _received(self, size: int) -> list[list[tuple[int, int]]]:
        """The frames of a message, (offset, length), in the units that the receiver makes."""
        units: list[list[tuple[int, int]]] = []
        room = 0
        for at in range(0, size, self.mss):
            length = min(self.mss, size - at)
            if not self.merges or room < length:
                units.append([])
                room = LARGEST_PACKET - HEADERS
            units[-1].append((at, length))
            room -= length
        return units

    def _saved(self, source: str) -> float:
        """A byte that is not copied from there, but read there by the application, cycles."""
        if not self.app_read:
            return self.p[f"Copy{source}"]
        return self.p[f"Copy{source}"] - self.p[f"AppRead{source}"] + self.p["AppReadWarm"]

    def _pages(self, pages: int) -> float:
        each = self.p["PagePin"] + self.p["PageUnpin"] + self.p["IommuMap"]
        return 0 if self.registered else each * pages

    def _wait(
        self,
        wait: str,
        jobs: list[tuple[int, int, list[int], list[int]]],
        commands: list[int],
        to_card: bool,
    ) -> float:
        """Asleep: what that costs; spinning: the longest of bus, card's processor, card RAM.

        A job is its bytes, its fragments, and the sizes of its DMA reads and writes.
        """
        if wait == "sleep":
            return self.p["Interrupt"] + self.p["WakeUp"] + 2 * self.p["ContextSwitch"]
        bus_ps = sum(
            self.bus.job([DOORBELL, *(commands if i == 0 else [])], reads, writes)
            for i, (_, _, reads, writes) in enumerate(jobs)
        )
        processor_ps = self.p["DescriptorTime"] * 1e3 * len(jobs)
        processor_ps += self.p["FragmentTime"] * 1e3 * sum(job[1] - 1 for job in jobs)
        moved = sum(job[0] for job in jobs)
        ram_ps = moved * 1e12 / self.p["RamBandwidth"] if "RamBandwidth" in self.p else 0
        wait_ps = max(bus_ps, processor_ps, ram_ps) + self.bus.latency(to_card)
        return self.p["Frequency"] * wait_ps / 1e12


def cut(at: int, length: int) -> list[int]:
    """`length` bytes that begin at `at`, page by page."""
    parts = []
    end = at + length
    while at < end:
        parts.append(min(end, (at // PAGE + 1) * PAGE) - at)
        at += parts[-1]
    return parts


def crossings(
    difference: Callable[[int], float], sizes: list[int]
) -> tuple[float | None, float | None]:
    """From which size on a difference is below 0 for once, and from which on for good.

    It is looked at at `sizes`, and the crossings between two of them are halved down to 3 %.
    None: at no size, and not at the largest.
    """
    cheaper = [difference(size) < 0 for size in sizes]

    def between(dearer: int, cheaper: int) -> float:
        while cheaper > 1.03 * dearer:
            middle = (dearer + cheaper) // 2
            if difference(middle) < 0:
                cheaper = middle
            else:
                dearer = middle
        return (dearer + cheaper) / 2

    first = always = None
    if any(cheaper):
        at = cheaper.index(True)
        first = between(sizes[at - 1], sizes[at])
    if cheaper[-1]:
        at = len(sizes) - cheaper[::-1].index(False)
        always = between(sizes[at - 1], sizes[at])
    return first, always


def sizes_to_look_at(mss: int, largest: int) -> list[int]:
    """Powers of 2, and teeth of the saw: where a segment or page begins, of the first of them."""
    rest = HEADER_FETCH + COPY_BREAK - HEADERS  # the last that is fetched whole
    teeth = [at + extra for at in (mss, 2 * mss) for extra in (0, rest + 1)]
    teeth += [PAGE, PAGE + 1]
    return sorted({1 << k for k in range(6, largest.bit_length())} | set(teeth))


def lone_stay_ps(name: str, payload: int, delay_ps: float, period_ps: float) -> float:
    """How long a frame that comes alone stays in card RAM, on the mean, if it is read `delay_ps` late.

    From its storage to its release. It moves into card RAM, the driver fetches its headers, the
    interrupt is moderated, driver and TCP go through it; then, as a process whose sleep has ended,
    the wake-up, the call, the DMA of the payload, asleep, and the release's command.

    The command waits for the next doorbell. One frame comes each `period_ps`; a read each rings, and
    each second frame has an ACK sent in its interrupt, which rings as well. At the sender that ACK
    gives up both segments of its pair: the doorbell of the next write, that of a first frame, carries
    two commands, each a transfer of its own on the bus before the DMA of the payload. So first frames
    come by so much behind their period.
    """
    p = read_profile(name)
    pci = Pci(p)
    tail = HEADER_FETCH - HEADERS
    ram_ps = 1e12 / p["RamBandwidth"]  # a byte
    cycle_ps = 1e12 / p["Frequency"]

    fetch = LINK_HEADER + HEADER_FETCH
    fetch_bus = pci.to_card(DESCRIPTOR) + pci.to_host(fetch) + pci.to_host(WRITE_BACK)
    fetch_card = (p["DescriptorTime"] + p["HeaderFetchTime"]) * 1e3
    arrival = (LINK_HEADER + HEADERS + payload) * ram_ps
    arrival += max(fetch_bus, fetch_card, fetch * ram_ps) + p["RxModerationDelay"] * 1e6
    cycles = p["Interrupt"] + p["DriverRx"] + p["HeaderFetchWork"] + p["TcpRxData"]
    at_tcp = arrival + cycles * cycle_ps
    acknowledged = at_tcp + (p["TcpTxAck"] + p["DriverTx"]) * cycle_ps

    wake_up = p["Interrupt"] + p["WakeUp"] + 2 * p["ContextSwitch"]
    pages = math.ceil(payload / PAGE)
    cycles = p["SystemCall"] + tail * p["CopyCold"] + pages * p["PagePin"] + p["DmaSubmit"]
    rings = at_tcp + delay_ps + (wake_up + cycles) * cycle_ps
    read_bus = pci.to_host(DOORBELL) + pci.to_card(DESCRIPTOR) + pci.to_host(WRITE_BACK)
    read_bus += sum(map(pci.to_host, cut(tail, payload - tail)))
    read = max(read_bus, (payload - tail) * ram_ps, p["DescriptorTime"] * 1e3)
    cycles = p["DmaComplete"] + pages * p["PageUnpin"] + p["RamRelease"]
    given = rings + read + (wake_up + cycles) * cycle_ps

    comes = [2 * pci.to_host(RELEASE), period_ps]  # the two of a pair
    bells = [at + rings for at in comes] + [comes[1] + acknowledged]
    waits = [min((bell - at - given) % (2 * period_ps) for bell in bells) for at in comes]
    assert max(waits) < p["ReleaseWait"] * 1e6  # or the driver's timer expires before
    return given + sum(waits) / 2 + p["ReleaseDelay"] * 1e3


def granules(nbytes: int, granule: int = 256) -> int:
    """Card RAM that `nbytes` take, in whole granules, bytes."""
    return -(-nbytes // granule) * granule


def ram_bound(ram: int, piece: int, segment: int, round_trip: float) -> float:
    """What transmit RAM lets through where payload stays until it is acknowledged, bit/s.

    8 (RAM n/pad(n) - (a-1) s/2) / round trip: whole pieces of n bytes in whole granules, less half
    of what a segment of s bytes waits for where an ACK is of a = 2.
    """
    return 8 * (ram * piece / granules(piece) - segment / 2) / round_trip


WIRE_OVERHEAD = 38  # Ethernet: header 14, FCS 4, preamble 8, gap 12 (IEEE 802.3)
UNIT = 65535  # the IP total length has 16 bits (RFC 791)
RUN_OF_PAGES = 32768  # what a process writes lies in host memory in runs of order 3


def frames_a_poll(rate: float, mtu: int, delay: float = 20e-6, frames: int = 64) -> int:
    """Frames that an interrupt finds at a full link: so many, or those of `delay`."""
    frame = 8 * (mtu + WIRE_OVERHEAD) / rate
    return min(frames, 1 + int(delay / frame))


def segments_a_unit(frames: int, mtu: int) -> float:
    """Segments of a unit on the mean, where a poll has so many of one flow."""
    most = (UNIT - HEADERS) // (mtu - HEADERS)
    return frames / math.ceil(frames / most)


class PcieBytes:
    """Bytes on PCIe, as Neugebauer et al. (SIGCOMM 2018) count them: toward card and host."""

    def __init__(self, mps: int = 256, mrrs: int = 512) -> None:
        self.mps, self.mrrs = mps, mrrs
        self.to_card = self.to_host = 0

    def read(self, nbytes: int, times: int = 1) -> None:
        """The card reads host memory: requests one way, completions the other."""
        self.to_host += times * 24 * math.ceil(nbytes / self.mrrs)
        self.to_card += times * (20 * math.ceil(nbytes / self.mps) + nbytes)

    def write(self, nbytes: int, times: int = 1) -> None:
        """The card writes host memory."""
        self.to_host += times * (24 * math.ceil(nbytes / self.mps) + nbytes)

    def ring(self, nbytes: int, times: int = 1) -> None:
        """The CPU writes to the card: a doorbell, a release command."""
        self.to_card += times * (24 + nbytes)

    def transmit(self, host_bytes: int, fragments: int, times: int) -> None:
        """A frame or unit to the wire, of which so many bytes lie in host memory."""
        self.ring(DOORBELL, times)
        self.read(DESCRIPTOR * (1 + fragments), times)
        self.read(LINK_HEADER + host_bytes, times)
        self.write(WRITE_BACK, times)

    def receive(self, host_bytes: int, times: int) -> None:
        """A frame from the wire, of which so many bytes go to host memory."""
        self.read(DESCRIPTOR, times)
        self.write(LINK_HEADER + host_bytes, times)
        self.write(WRITE_BACK, times)

    def payload(self, move: Callable[[int, int], None], parts: list[tuple[int, int]], times: int):
        """A user's bytes: each part's offset and length in the buffer, page by page."""
        self.ring(DOORBELL, times)
        for at, length in parts:
            self.read(DESCRIPTOR, times)
            end = at + length
            while at < end:
                part = min(end, (at // PAGE + 1) * PAGE) - at
                move(part, times)
                at += part
        self.write(WRITE_BACK, times)


# "Verifying the RSS Hash Calculation", Windows network driver documentation
RSS_KEY = bytes.fromhex(
    "6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa"
)


def rss_queue(peer: bytes, local: bytes, peer_port: int, local_port: int, queues: int) -> int:
    """The receive queue of a flow's frames: Toeplitz bit by bit, a table of 128 entries."""
    data = peer + local + peer_port.to_bytes(2, "big") + local_port.to_bytes(2, "big")
    key = int.from_bytes(RSS_KEY, "big")
    hashed = 0
    for place in range(8 * len(data)):
        if data[place // 8] & 0x80 >> place % 8:
            hashed ^= key >> (320 - 32 - place) & 0xFFFFFFFF
    return hashed % 128 % queues
