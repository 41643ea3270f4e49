"""How the tool's programs are called."""

from __future__ import annotations

import signal
import subprocess
import sys


def status(command: list[str]) -> int:
    """Runs a program with the tool's own streams. Returns its exit status as a shell tells it.

    A program that a signal ended gives 128 + the signal's number, and is named.
    """
    returned = subprocess.run(command, check=False).returncode
    if returned >= 0:
        return returned
    name = signal.strsignal(-returned) or f"signal {-returned}"
    print(f"error: {command[0]} was ended by a signal: {name}", file=sys.stderr)
    return 128 - returned
