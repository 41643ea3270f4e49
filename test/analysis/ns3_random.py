"""ns-3's random numbers, written anew from their publications: what a seed's arrivals have to be.

MRG32k3a (L'Ecuyer, Operations Research 47(1), 1999) with streams of 2^127 and substreams of 2^76
numbers (L'Ecuyer, Simard, Chen, Kelton, Operations Research 50(6), 2002). A stream that ns-3's
SetStream() was given lies 2^63 streams further on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

M1, M2 = 4294967087, 4294944443
A12, A13, A21, A23 = 1403580, 810728, 527612, 1370589
FIRST = ((0, 1, 0), (0, 0, 1), (-A13, A12, 0))
SECOND = ((0, 1, 0), (0, 0, 1), (-A23, 0, A21))
Matrix = tuple[tuple[int, ...], ...]


def uniforms(seed: int, stream: int, run: int = 1) -> Iterator[float]:
    """The numbers in (0, 1) of a stream."""
    steps = (2**63 + stream) * 2**127 + run * 2**76
    x = advanced(FIRST, M1, seed, steps)
    y = advanced(SECOND, M2, seed, steps)
    while True:
        x = [x[1], x[2], (A12 * x[1] - A13 * x[0]) % M1]
        y = [y[1], y[2], (A21 * y[2] - A23 * y[0]) % M2]
        difference = x[2] - y[2]
        yield (difference if difference > 0 else difference + M1) / (M1 + 1)


def exponentials(seed: int, stream: int) -> Iterator[float]:
    """The exponential numbers of mean 1 of a stream."""
    for uniform in uniforms(seed, stream):
        yield -math.log(uniform)


def advanced(matrix: Matrix, modulus: int, seed: int, steps: int) -> list[int]:
    """A component's state, all `seed` at first, so many steps later."""
    state = [seed] * 3
    while steps:
        if steps & 1:
            state = [sum(a * b for a, b in zip(row, state)) % modulus for row in matrix]
        columns = list(zip(*matrix))
        matrix = tuple(
            tuple(sum(a * b for a, b in zip(row, column)) % modulus for column in columns)
            for row in matrix
        )
        steps >>= 1
    return state
