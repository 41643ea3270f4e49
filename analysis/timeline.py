"""`./pcache timeline FILE`: draws a part of a timeline."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from analysis import packages, trace_events
from analysis.errors import UserError

HELP = "draw a part of a timeline"
DESCRIPTION = """\
Draws what hosts did when, lane by lane, from the file that --timeline=FILE of a scenario has
written: calls of the application, process and interrupt CPU, DMA, bus, card RAM and wire of each
host, and arrows along the way of each frame. The same file opens in a browser, with everything in
it: ui.perfetto.dev or chrome://tracing (doc/timeline.md)."""
EPILOG = """\
examples:
  ./pcache run bulk-transfer --bytes=20000 --writeSize=5792 --timeline=run.json
  ./pcache timeline run.json                             the first two milliseconds
  ./pcache timeline run.json --from=130us --to=700us     a part
  ./pcache timeline run.json --out=paper.pdf             .png, .pdf or .svg"""
SUFFIXES = (".png", ".pdf", ".svg")
SPAN = 2000.0  # microseconds that are drawn where nobody says how many
UNITS = {"s": 1e6, "ms": 1e3, "us": 1.0, "ns": 1e-3}


def time(text: str) -> float:
    """A time with its unit, in microseconds."""
    match = re.fullmatch(r"(\d+(?:\.\d*)?)(s|ms|us|ns)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r}: a time with its unit, such as 130us or 1.5ms")
    return float(match[1]) * UNITS[match[2]]


def picture(text: str) -> Path:
    """A file to draw to."""
    path = Path(text)
    if path.suffix not in SUFFIXES:
        raise argparse.ArgumentTypeError(f"{text!r}: a file that ends in {', '.join(SUFFIXES)}")
    return path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's own arguments."""
    parser.add_argument("file", metavar="FILE", type=Path, help="the timeline")
    parser.add_argument(
        "--from", dest="begin", type=time, metavar="TIME", help="begin; the first slice's"
    )
    parser.add_argument(
        "--to", dest="end", type=time, metavar="TIME", help="end; two milliseconds later"
    )
    parser.add_argument("--out", type=picture, metavar="FILE", help="the picture; FILE.png")


def execute(options: argparse.Namespace, _rest: list[str]) -> int:
    """Draws the picture. Returns the exit status."""
    begin = trace_events.first_slice(options.file) if options.begin is None else options.begin
    end = begin + SPAN if options.end is None else options.end
    if end <= begin:
        raise UserError(f"--to={end:g}us has to be later than --from={begin:g}us")
    packages.require(packages.PICTURES)
    from analysis.plots import timeline as plot  # pylint: disable=import-outside-toplevel

    shown = trace_events.read(options.file, begin, end)
    if not any(lane.slices for host in shown.hosts.values() for lane in host.lanes.values()):
        raise UserError(f"{options.file}: nothing happens from {begin:g}us to {end:g}us")
    out = options.out or options.file.with_suffix(".png")
    plot.draw(shown, begin, end, out)
    print(out)
    return 0
