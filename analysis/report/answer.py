"""What a study answers, in sentences made of its results: also where nothing can be said."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from analysis.limits import OFF
from analysis.outcome import GOODPUT, Cell, Estimate, Outcome
from analysis.plots.axes import Axis
from analysis.quantities import Quantity, find
from analysis.verdicts import SCHEME, listed

QUANTITY, AGAINST = "cpu", "conventional"  # where a study names none
Place = tuple[tuple[str, str], ...]  # what was swept besides, and its value there
ENOUGH = 0.05  # within this share of its best a quantity has what it needs
SAME = 0.01  # goodputs that are closer are equal
MOST_PLACES = 6  # that a sentence lists
CARRIED = (  # why a goodput may be above its limit
    "more was on its way when the counted time began than when it ended, or the limit is a mean or "
    "another run's"
)


@dataclass(frozen=True)
class Asked:
    """What a study asks: a quantity, along an axis, against a rival."""

    outcome: Outcome
    quantity: Quantity
    along: str | None
    against: str

    @staticmethod
    def of(outcome: Outcome) -> Asked:
        """What the study's [answer] asks, or CPU along the first axis against conventional."""
        given, swept = outcome.study.answer, outcome.swept()
        return Asked(
            outcome,
            find(given.get("quantity", QUANTITY)),
            given.get("along", swept[0] if swept else None),
            given.get("against", AGAINST),
        )

    @cached_property
    def axis(self) -> Axis | None:
        """The axis that is looked along; None where it has one value."""
        if self.along not in self.outcome.axes:
            return None
        there = {cell.values.get(self.along) for cell in self.outcome.done}
        values = [value for value in self.outcome.axes[self.along] if value in there]
        return Axis(self.along, tuple(values)) if len(values) > 1 else None

    def unknown(self, series: str) -> int:
        """How many points of a series there are without a gain to be known."""
        cells = [cell for cell in self.outcome.cells if self.outcome.label(cell) == series]
        return len(cells) - len(self.gains(series))

    def gains(self, series: str) -> list[tuple[Cell, Estimate]]:
        """The points of a series with their gains over the rival, where there are any."""
        cells = [cell for cell in self.outcome.done if self.outcome.label(cell) == series]
        found = ((cell, self.outcome.gain(cell, self.against, self.quantity)) for cell in cells)
        return [(cell, gain) for cell, gain in found if gain is not None]


def sentences(outcome: Outcome) -> list[str]:
    """The answer."""
    asked = Asked.of(outcome)
    rivals = sorted(outcome.rivals(asked.against), key=lambda series: series != SCHEME)
    said = [] if rivals else [alone(asked)]
    for series in rivals:
        gains = asked.gains(series)
        if gains:
            said += [verdict(asked, series, gains), *where(asked, series, gains)]
        else:
            said.append(
                f"Nothing can be said of {series} beside {asked.against}: no finished point has "
                f"{asked.quantity.label} of both."
            )
    subjects = rivals[:1] or dict.fromkeys(outcome.label(cell) for cell in outcome.done)
    said += [sentence for series in subjects for sentence in enough(asked, series)]
    said += goodputs(asked, rivals)
    return [*said, certainty(asked, rivals), *limited(outcome), *incomplete(outcome)]


def better(gain: Estimate) -> bool | None:
    """Whether a point is better for sure, or worse; None where its interval has both in it.

    A point without an interval is taken as it is.
    """
    if gain.low <= 1 <= gain.high or gain.mean == 1:
        return None
    return gain.mean > 1


def verdict(asked: Asked, series: str, gains: Sequence[tuple[Cell, Estimate]]) -> str:
    """How a series compares with its rival over all points."""
    more = asked.quantity.better == "more"
    ratios = sorted(gain.mean if more else 1 / gain.mean for _, gain in gains)
    low, high = f"{ratios[0]:.2f}", f"{ratios[-1]:.2f}"
    span = low if low == high else f"{low} to {high}"
    middle = f" (median {median(ratios):.2f})" if len(ratios) > 2 and low != high else ""
    counts = {side: sum(better(gain) is side for _, gain in gains) for side in (True, False, None)}
    names = {True: "better", False: "worse", None: "not to be told apart"}
    among = len(gains) > 1
    sides = listed([names[s] + f" at {n}" * among for s, n in counts.items() if n])
    points = f"of {len(gains)} points it is {sides}" if among else f"it is {sides}"
    unknown = asked.unknown(series)
    rest = f"; at {unknown} more nothing can be said" if unknown else ""
    label = asked.quantity.label
    return f"{series}'s {label} is {span} times {asked.against}'s{middle}: {points}{rest}."


def plain(quantity: Quantity) -> str:
    """A quantity in a sentence."""
    return f"{quantity.label}, {quantity.unit}," if quantity.unit else quantity.label


def median(values: Sequence[float]) -> float:
    """The median of sorted values."""
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def where(asked: Asked, series: str, gains: Sequence[tuple[Cell, Estimate]]) -> list[str]:
    """From where on along the axis a series is better, for each value of what else was swept."""
    if asked.axis is None:
        return []
    sides = {better(gain) for _, gain in gains}
    if len(sides) == 1 and None not in sides:
        known = "" if asked.unknown(series) == 0 else " of which something can be said"
        return [f"That is so at {asked.axis.every}{known}."]
    words = {at: from_where(asked, group) for at, group in by_place(asked, gains).items()}
    clearly = "clearly " if None in sides else ""
    return [f"{series} is {clearly}better {told(words)}."]


def by_place(
    asked: Asked, found: Iterable[tuple[Cell, Estimate]]
) -> dict[Place, list[tuple[str, Estimate]]]:
    """Estimates by where they are but for the axis that is looked along, ordered along it."""
    groups: dict[Place, list[tuple[str, Estimate]]] = {}
    others = [name for name in asked.outcome.swept() if name != asked.along]
    for cell, estimate in found:
        if asked.along in cell.values:
            place = place_of(asked.outcome, cell, others)
            groups.setdefault(place, []).append((cell.values[asked.along], estimate))
    order = asked.axis.ordered.index
    return {at: sorted(group, key=lambda item: order(item[0])) for at, group in groups.items()}


def place_of(outcome: Outcome, cell: Cell, axes: Iterable[str]) -> Place:
    """Where a cell is on some axes, in words."""
    known = [Axis(name, outcome.axes[name]) for name in axes if name in cell.values]
    return tuple((axis.noun, axis.worth(cell.values[axis.name])) for axis in known)


def told(words: dict[Place, str]) -> str:
    """What is so at which places, which are named only as far as it depends on them."""
    places: dict[str, dict[Place, None]] = {}
    for place, said in relevant(words).items():
        places.setdefault(said, {})[place] = None
    if len(places) == 1:
        return next(iter(places))
    return "; ".join(f"{said} at {join(list(where_it_is))}" for said, where_it_is in places.items())


def relevant(words: dict[Place, str]) -> dict[Place, str]:
    """The same without the axes that make no difference to what is said."""
    for noun in [noun for noun, _ in max(words, key=len)]:
        without: dict[Place, set[str]] = {}
        for place, said in words.items():
            without.setdefault(tuple(p for p in place if p[0] != noun), set()).add(said)
        if all(len(said) == 1 for said in without.values()):
            words = {place: said.pop() for place, said in without.items()}
    return words


def join(places: Sequence[Place]) -> str:
    """Some places in words: all of them where they are few."""
    nouns = {tuple(noun for noun, _ in place) for place in places}
    single = len(nouns) == 1 and len(next(iter(nouns))) == 1
    if len(places) > (MOST_PLACES if single else MOST_PLACES // 2):
        return f"{len(places)} combinations of the rest, such as {spell(places[0])}"
    if single:
        return f"{places[0][0][0]} {listed([place[0][1] for place in places])}"
    return ", and at ".join(map(spell, places))


def spell(place: Place) -> str:
    """One place in words."""
    return ", ".join(f"{noun} {value}" for noun, value in place)


def from_where(asked: Asked, group: Sequence[tuple[str, Estimate]]) -> str:
    """Where along the axis one group is better, in words."""
    sides = [better(gain) is True for _, gain in group]
    names, noun = [asked.axis.worth(value) for value, _ in group], asked.axis.noun
    if all(sides) or not any(sides):
        return f"at {asked.axis.every}" if any(sides) else "nowhere"
    first = sides.index(True)
    last = len(sides) - sides[::-1].index(True) - 1
    if asked.axis.numbers and all(sides[first:]):
        return f"from {noun} {names[first]} on"
    if asked.axis.numbers and all(sides[: last + 1]):
        return f"up to {noun} {names[last]}"
    return f"at {noun} {listed([name for name, side in zip(names, sides) if side])}"


def enough(asked: Asked, series: str) -> list[str]:
    """From where on along the axis more of it changes little, for each value of the rest."""
    if asked.axis is None or not asked.axis.numbers:
        return []
    cells = [cell for cell in asked.outcome.done if asked.outcome.label(cell) == series]
    found = [(cell, cell.estimate(asked.quantity)) for cell in cells]
    groups = by_place(asked, [(c, value) for c, value in found if not math.isnan(value.mean)])
    words = {at: knee(asked, group) for at, group in groups.items() if len(group) > 1}
    start = f"{series}'s {asked.quantity.label}"
    if not words:
        return []
    if set(words.values()) == {f"at {asked.axis.every}"}:
        return [f"{start} changes by less than {100 * ENOUGH:.0f} % with the {asked.axis.noun}."]
    if not any(said.startswith(("from ", "only ")) for said in words.values()):
        return []  # the less, the better: nothing of it is ever enough
    return [f"{start} is within {100 * ENOUGH:.0f} % of its best {told(words)}."]


def knee(asked: Asked, group: Sequence[tuple[str, Estimate]]) -> str:
    """Where along the axis a quantity comes close to its best, and stays there."""
    means = [value.mean for _, value in group]
    more = asked.quantity.better == "more"
    best = max(means) if more else min(means)
    near = [m >= best * (1 - ENOUGH) if more else m <= best * (1 + ENOUGH) for m in means]
    names, noun = [asked.axis.worth(value) for value, _ in group], asked.axis.noun
    if all(near):
        return f"at {asked.axis.every}"
    if near[-1]:
        first = len(near) - near[::-1].index(False)
        if first == len(near) - 1:
            return f"only at the largest {noun}, {names[first]}, and may go on beyond it"
        return f"from {noun} {names[first]} on"
    if near[0]:
        return f"up to {noun} {names[near.index(False) - 1]}"
    return f"at {noun} {listed([name for name, is_near in zip(names, near) if is_near])}"


def alone(asked: Asked) -> str:
    """What a quantity is where there is no rival to hold it against."""
    found = [(cell.estimate(asked.quantity).mean, cell) for cell in asked.outcome.done]
    known = [(mean, cell) for mean, cell in found if not math.isnan(mean)]
    if not known:
        return f"Nothing can be said: no finished run has {plain(asked.quantity)} in it."
    low, high = (pick(known, key=lambda item: item[0]) for pick in (min, max))
    said = without_rival(asked)
    if low[0] == high[0]:
        return f"{said}{plain(asked.quantity)} is {low[0]:.4g}."
    ends = [
        f"{mean:.4g} at {spell(place_of(asked.outcome, cell, asked.outcome.axes))}"
        for mean, cell in (low, high)
    ]
    return f"{said}{plain(asked.quantity)} goes from {ends[0]} to {ends[1]}."


def without_rival(asked: Asked) -> str:
    """Why nothing is held against the rival, as a sentence begins; "" where none was asked for."""
    outcome, against = asked.outcome, asked.against
    if against in names(outcome, outcome.done):
        finished = {outcome.label(cell) for cell in outcome.done}
        absent = sorted({outcome.label(cell) for cell in outcome.cells} - finished)
        reason = f"No run of {listed(absent)} has finished" if absent else ""
    elif against in names(outcome, outcome.cells):
        reason = f"No run of {against} has finished"
    else:
        asked_for = against in outcome.study.answer.values()
        reason = f"No run of {against} is among these" if asked_for else ""
    return f"{reason}, so nothing is held against {against}: " if reason else ""


def names(outcome: Outcome, cells: Iterable[Cell]) -> set[str]:
    """What some cells can be called: by their series and by their paths."""
    return {name for cell in cells for name in (outcome.label(cell), cell.path())}


def goodputs(asked: Asked, rivals: Sequence[str]) -> list[str]:
    """Where a cost is compared between runs of different goodputs, how far these are apart."""
    if asked.quantity.name == "goodput" or not rivals:
        return []
    gains = [
        asked.outcome.gain(cell, asked.against, GOODPUT)
        for cell in asked.outcome.done
        if asked.outcome.label(cell) in rivals
    ]
    most = max((max(g.mean, 1 / g.mean) - 1 for g in gains if g is not None), default=0)
    if most <= SAME:
        return []
    return [
        f"The paths are compared each at its own goodput; these differ by up to {100 * most:.0f} %."
    ]


def certainty(asked: Asked, rivals: Sequence[str]) -> str:
    """How sure the answer is."""
    repetitions = {len(cell.records) for cell in asked.outcome.done}
    if max(repetitions) == 1:
        return "Each point is one run, so nothing can be said of its spread over seeds."
    gains = [gain for series in rivals for _, gain in asked.gains(series)]
    halves = [100 * g.half / g.mean for g in gains if not math.isnan(g.half)]
    low, high = min(repetitions), max(repetitions)
    many = f"{high}" if low == high else f"{low} to {high}"
    said = f"Each point is the mean of {many} repetitions"
    if not halves:
        return f"{said}."
    return f"{said}; the widest 95 % confidence interval of a ratio is ± {max(halves):.2g} %."


def limited(outcome: Outcome) -> list[str]:
    """How many points are far from what limits them: below it, and above it."""
    off = [cell for cell in outcome.done if outcome.is_off(cell)]
    above = sum(cell.estimate(GOODPUT).mean > outcome.limit(cell)[1].mean for cell in off)
    reasons = (
        (len(off) - above, "below", "something else holds them back"),
        (above, "above", CARRIED),
    )
    return [
        f"{count} of {len(outcome.done)} points are more than {100 * OFF:.0f} % {side} their "
        f"analytic limit: {reason} (ringed in the pictures, marked in the table)."
        for count, side, reason in reasons
        if count
    ]


def incomplete(outcome: Outcome) -> list[str]:
    """What the answer lacks."""
    absent = outcome.planned() - outcome.finished()
    if not absent:
        return []
    failed = f", {len(outcome.failed)} of them failed" if outcome.failed else ""
    return [
        f"This is not the whole study: {absent} of {outcome.planned()} runs are missing{failed}."
    ]
