"""slow-reader: what slow readers pin on the card is Little's law, and what it does to the others."""

import subprocess

import pytest

from closed_forms import HEADERS, LINK_HEADER, granules, lone_stay_ps
from conftest import BUILD, run_scenario

GIGABIT = "pii450-tigon2-gbe-2001"
PAYLOAD = 9000 - HEADERS  # of a full frame: one write, one frame, one read
PROGRAM = "slow-reader"


def slow(*options: str) -> dict:
    """Runs slow-reader and gives its record."""
    return run_scenario(PROGRAM, *options)


@pytest.mark.parametrize("delay_ms", [0.5, 1, 5, 20])
def test_pinned_is_littles_law(delay_ms):
    """Mean receive RAM = frames a second x a frame's granules x (delay + the machine's own time).

    The writer sends a full frame each 895 us, so that each finds an idle machine. An even number of
    them is counted, as the two of a pair, which have one ACK, stay differently long.
    """
    rate = 80e6
    frames = rate / 8 / PAYLOAD
    record = slow(
        f"--profile={GIGABIT}",
        "--flows=1",
        f"--readDelay={delay_ms}ms",
        f"--appRate={rate / 1e6}Mbps",
        f"--writeSize={PAYLOAD}",
        "--warmup=0.2",
        f"--duration={560 / frames}",
        "--rcvBuf=1000000",
    )
    stay = lone_stay_ps(GIGABIT, PAYLOAD, delay_ms * 1e9, 1e12 / frames) * 1e-12
    held = frames * granules(LINK_HEADER + HEADERS + PAYLOAD) * stay
    receiver = record["hosts"]["receiver"]
    assert receiver["card_ram"]["rx"]["mean_bytes"] == pytest.approx(held, rel=0.05)
    residence = record["scenario"]["residence_us"]["slow"]["mean"]
    assert residence == pytest.approx(1e6 * stay, abs=0.001)  # in whole nanoseconds, rounded down
    # each frame wakes the reader twice: a sleep ends, and then the read's DMA
    counts = receiver["counts"]
    sleeps = record["scenario"]["sleeps"]
    assert sleeps == pytest.approx(frames * record["duration_s"], abs=2)
    assert counts["wake_ups"] == pytest.approx(sleeps + counts["dma_sleeps"], abs=2)
    assert receiver["system_calls"] == pytest.approx(2 * sleeps, abs=2)
    assert receiver["context_switches"] == pytest.approx(4 * sleeps, abs=4)


BUSY = [
    ("--readDelay=2ms", "--flows=3", "--slow=2"),
    ("--readPause=10ms", "--flows=4", "--slow=2", "--lossRate=0.001"),
    ("--readRate=100Mbps", f"--profile={GIGABIT}", "--flows=2"),
    ("--readDelay=5ms", "--path=offload"),
]


@pytest.mark.parametrize("options", BUSY, ids=lambda options: " ".join(options))
def test_held_is_arrivals_times_residence(options):
    """Little's law of each class by itself, all three measured."""
    record = slow(*options)
    own = record["scenario"]
    means = 0
    for readers, held in (("slow", own["pinned_bytes"]), ("others", own["others_bytes"])):
        arrivals = own["stored_bytes"][readers] / record["duration_s"]
        residence = own["residence_us"][readers]["mean"] * 1e-6
        assert held["mean"] == pytest.approx(arrivals * residence, rel=0.05)
        means += held["mean"]
    assert means == pytest.approx(record["hosts"]["receiver"]["card_ram"]["rx"]["mean_bytes"])


def test_a_rate_is_kept():
    """Whole reads of 64 KiB, one each 52 ms."""
    record = slow("--readRate=10Mbps", "--readSize=65536", "--duration=3")
    assert record["scenario"]["goodput_bps"]["slow"] == pytest.approx(10e6, rel=0.03)
    sleeps = 10e6 / 8 / 65536 * record["duration_s"]
    assert record["scenario"]["sleeps"] == pytest.approx(sleeps, abs=2)


def test_a_pause_comes_when_all_that_was_there_is_read():
    """Less than 50 sleeps of 20 ms a second, whatever the reads: what comes meanwhile waits."""
    for size in (8192, 1 << 20):
        record = slow("--readPause=20ms", f"--readSize={size}", "--duration=1")
        assert 40 <= record["scenario"]["sleeps"] <= 50
        assert record["goodput_bps"] == pytest.approx(100e6 * 1448 / 1538, rel=0.03)


@pytest.mark.parametrize("reader", ["--readDelay=5ms", "--readPause=20ms"])
def test_hosts_that_cost_nothing_read_as_stock_does(reader):
    """A window that never doubles: ours sends no update that stock's lacks."""
    options = (reader, "--linkRate=100Mbps", "--appRate=20Mbps", "--rcvBuf=1000000")
    stock = slow(*options, "--path=stock")
    ideal = slow(*options, "--profile=ideal", "--readSize=1000000000")
    assert ideal["hosts"]["receiver"]["departures"] == 0
    assert ideal["wire_frames"] == stock["wire_frames"]
    assert ideal["flows"] == stock["flows"]
    assert ideal["scenario"]["sleeps"] == stock["scenario"]["sleeps"]


@pytest.mark.parametrize("path", ["stock", "conventional", "offload", "payload-cache"])
@pytest.mark.parametrize("reader", ["--readDelay=3ms", "--readPause=5ms", "--readRate=40Mbps"])
def test_every_byte_is_read_and_right(path, reader):
    options = ["--data=bytes", "--lossRate=0.001", "--warmup=0", "--duration=0.2", "--delay=200us"]
    if path == "stock" and "Rate" in reader:
        options.append("--rcvBuf=4000000")  # a window that stays open
    record = slow(reader, f"--path={path}", *options)
    assert record["goodput_bps"] > 10e6


def test_a_window_that_closed_opens_again():
    record = slow("--readRate=5Mbps", "--rcvBuf=20000", "--duration=0.5")
    assert record["scenario"]["goodput_bps"]["slow"] == pytest.approx(5e6, rel=0.1)


def fails(*options: str) -> str:
    """Runs slow-reader, which has to fail in its run, and gives what it says."""
    done = subprocess.run(
        [str(BUILD / "bin" / PROGRAM), *options, "--json=-"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, ""), (options, done.stderr)
    return done.stderr


def test_a_run_that_locks_up_says_why():
    little = ("--rxRam=20000", "--txRam=300000", "--whenFull=wait")
    said = fails(*little, "--linkRate=1Gbps", "--readDelay=1ms")
    assert "has not drained" in said and "the windows are 524288" in said


def test_stock_ns3_whose_window_closed_says_why():
    assert "no window update" in fails("--path=stock", "--readRate=10Mbps")


SHARED = ("--flows=3", "--slow=1", "--rcvBuf=65536", "--duration=0.5")
SLOW = (*SHARED, "--readRate=2Mbps")  # pins its window, 65536 bytes in 45 frames of 1536


def others(record: dict) -> float:
    """Goodput of the flows whose readers are not slow."""
    return record["scenario"]["goodput_bps"]["others"]


def test_others_do_not_feel_card_ram_that_is_not_full():
    ample = slow(*SLOW, "--rxRam=1000000", "--whenFull=wait")
    enough = slow(*SLOW, "--rxRam=100000", "--whenFull=wait")
    assert enough["hosts"]["receiver"]["card_ram"]["rx"]["peak_bytes"] < 99840
    assert enough["flows"] == ample["flows"]
    assert ample["hosts"]["receiver"]["drops"] == {}
    # what the slow reader leaves of the link is theirs
    assert ample["goodput_bps"] == pytest.approx(100e6 * 1448 / 1538, rel=0.03)
    assert ample["scenario"]["pinned_bytes"]["mean"] > 0.9 * 65536


def test_others_suffer_where_card_ram_is_full_and_frames_are_dropped():
    """From the begin on: drops make time-outs of a second, in which nothing is dropped."""
    run = (*SLOW[:-2], "--warmup=0", "--duration=1", SLOW[-1], "--whenFull=wait")
    ample = slow(*run, "--rxRam=1000000")
    little = slow(*run, "--rxRam=60000")
    assert others(little) < 0.5 * others(ample)
    assert set(little["hosts"]["receiver"]["drops"]) == {"rx_ram_full"}


def test_others_keep_their_goodput_where_full_card_ram_is_passed_by():
    ample = slow(*SLOW, "--rxRam=1000000")
    little = slow(*SLOW, "--rxRam=60000")
    receiver = little["hosts"]["receiver"]
    assert others(little) == pytest.approx(others(ample), rel=0.03)
    assert receiver["drops"] == {} and receiver["card_ram"]["rx"]["fallbacks"] > 0


def test_a_host_that_copies_pins_nothing_on_the_card():
    ample = slow(*SLOW, "--path=conventional", "--rxRam=1000000")
    little = slow(*SLOW, "--path=conventional", "--rxRam=60000")
    assert little["flows"] == ample["flows"]
    assert little["scenario"]["pinned_bytes"]["peak"] <= 2 * 1536
