"""Local search: from a plan of whole units to a better one, guided by the prices."""

import numpy as np

from workflow.allocation.divide import Sides, divide, rank
from workflow.allocation.flow import LARGE, Arcs, Relaxation, exchanged, offered
from workflow.allocation.luck import exponential, noise, uniform
from workflow.allocation.model import NOWHERE, Bools, Floats, Ints, Model

CORE = 35
"""Units of a pair that are divided anew."""
NEIGHBOURS = 16
"""Reviewers with whom each one shares out work."""
NEAR = 25.0
"""Cost units that a unit may lose at a reviewer who still counts as near."""
LUCK, FAR = 15.0, 100.0
"""Cost units: mean luck in which reviewer a waiting unit turns to; reluctance if none is near."""
KNOWN = 40
"""Units that every reviewer counts as near, however far the next."""
SHAKE, SHAKE_BY_PRICE, POOL_SHAKE = 0.5, 0.2, 3.0
"""Spread of the noise at the start: cost units, and a share of the mean price of a point, among
reviewers; with unallocated work so many times that. For a problem of `TYPICAL` units."""
TYPICAL = 1_000
"""Units; the noise falls with the cube root of their number, as the rounds do."""
COOLING = 2
"""The noise falls with this power of the rounds left."""
CALM = 0.1
"""Share of the rounds, at the end, without noise."""
EXCHANGE = 20
"""Rounds between two exchanges; large problems do without, the time is better spent on rounds."""


class Search:
    """An assignment under improvement; every step keeps the hard rules."""

    def __init__(self, model: Model, assignment: Ints, relaxed: Relaxation, rounds: int) -> None:
        """Prepare `rounds` rounds from `assignment`."""
        self.model = model
        self.assignment = assignment
        self.price = relaxed.price
        self.relaxed = relaxed
        self.rounds = rounds
        self.seed = model.problem.seed
        self.shake = _shake(model, relaxed.price)
        self.arcs = offered(model, relaxed.offer, relaxed.arcs)
        loss = self._loss()
        is_near = (loss < NEAR) | (rank(self.arcs.reviewer, loss) < KNOWN)
        self.near = self.arcs.only(is_near)
        self.loss = loss[is_near]
        self.pairs = _neighbours(model, self.near)
        self.tried = np.full(len(self.pairs), -1)
        self.changed = np.zeros(len(model.reviewers), np.int64)

    def run(self) -> Ints:
        """The best assignment met."""
        best = self.assignment
        for number in range(self.rounds):
            if number % EXCHANGE == 0:
                self._exchange(number)
            if number % 2 and (self.assignment == NOWHERE).any():
                self._take_up(number)
            else:
                self._share_out(number)
        self._exchange(self.rounds)
        return min([best, self.assignment], key=self.model.objective)

    def _loss(self) -> Floats:
        """What each arc's unit loses there, at the prices, against its best choice."""
        unit, reviewer = self.arcs.unit, self.arcs.reviewer
        reduced = (
            self.arcs.cost + self.model.effort[unit] * self.price[reviewer, self.model.due[unit]]
        )
        return np.asarray(reduced - np.minimum(self.relaxed.offer.least, self.model.penalty)[unit])

    def _exchange(self, number: int) -> None:
        if len(self.assignment) <= LARGE:
            self._set(exchanged(self.model, self.assignment, self.arcs), number)

    def _set(self, assignment: Ints, number: int) -> None:
        moved = assignment != self.assignment
        for side in (assignment[moved], self.assignment[moved]):
            self.changed[side[side != NOWHERE]] = number + 1
        self.assignment = assignment

    def _noise(self, number: int, times: float, units: Ints) -> Floats | None:
        left = 1 - number / self.rounds
        spread = times * self.shake * left**COOLING
        return noise(self.seed, number, units, spread) if left > CALM else None

    def _share_out(self, number: int) -> None:
        """Divide the work of pairs of neighbours who changed since they last shared out."""
        model = self.model
        live = np.flatnonzero((self.changed[self.pairs] > self.tried[:, None]).any(axis=1))
        left, right = self.pairs[live].T
        drawn = uniform(self.seed, number, left * len(model.reviewers) + right)
        chosen = self._matched(live[np.argsort(drawn)])
        if not len(chosen):
            return
        self.tried[chosen] = number
        left, right = self.pairs[chosen].T
        number_of = np.full(len(model.reviewers) + 1, NOWHERE)
        number_of[left] = number_of[right] = np.arange(len(chosen))
        unit = np.flatnonzero(number_of[self.assignment] != NOWHERE)
        sides = Sides(left, right, unit, number_of[self.assignment[unit]])
        shaken = self._noise(number, 1.0, unit)
        self._set(divide(model, self.assignment, sides, self.price, CORE, shaken), number)

    def _matched(self, order: Ints) -> Ints:
        """Pairs, in this order, of which no two share a reviewer."""
        chosen = [order[:0]]
        while len(order):
            left, right = self.pairs[order].T
            turn = np.arange(len(order))
            first = np.full(len(self.model.reviewers), len(order))
            np.minimum.at(first, left, turn)
            np.minimum.at(first, right, turn)
            is_first = (first[left] == turn) & (first[right] == turn)
            chosen.append(order[is_first])
            busy: Bools = np.zeros(len(first), dtype=bool)
            busy[left[is_first]] = busy[right[is_first]] = True
            order = order[~busy[left] & ~busy[right]]
        return np.concatenate(chosen)

    def _appeal(self, number: int, waiting: Bools) -> Floats:
        """Where waiting units turn to, least first: what each near reviewer would lose them, and luck.

        Every other time it counts what the reviewer's free points are worth.
        """
        unit, reviewer = self.near.unit[waiting], self.near.reviewer[waiting]
        pair = unit * len(self.model.reviewers) + reviewer
        appeal = exponential(self.seed, number, pair, LUCK) + FAR * (self.loss[waiting] > NEAR)
        if number // 2 % 2:
            free = (self.model.room - self.model.load(self.assignment))[reviewer, -1]
            appeal -= self.price[reviewer, -1] * np.minimum(free, self.model.effort[unit])
        return appeal

    def _take_up(self, number: int) -> None:
        """Let each reviewer choose anew between their own work and unallocated units near them."""
        waiting = self.assignment[self.near.unit] == NOWHERE
        if not waiting.any():
            return
        unit, reviewer = self.near.unit[waiting], self.near.reviewer[waiting]
        appeal = self._appeal(number, waiting)
        first = np.flatnonzero(np.diff(unit, prepend=-1))
        least = np.repeat(np.minimum.reduceat(appeal, first), np.diff(first, append=len(unit)))
        turned = appeal == least
        own = np.flatnonzero(self.assignment != NOWHERE)
        everybody = np.arange(len(self.model.reviewers))
        sides = Sides(
            everybody,
            np.full_like(everybody, NOWHERE),
            np.concatenate([own, unit[turned]]),
            np.concatenate([self.assignment[own], reviewer[turned]]),
        )
        shaken = self._noise(number, POOL_SHAKE, sides.unit)
        self._set(divide(self.model, self.assignment, sides, self.price, CORE, shaken), number)


def _shake(model: Model, price: Floats) -> float:
    """Spread of the noise at the start, in cost units."""
    worth = np.average(price[:, -1], weights=model.room[:, -1] + 1)
    return float((SHAKE + SHAKE_BY_PRICE * worth) * np.cbrt(TYPICAL / len(model.units)))


def _neighbours(model: Model, near: Arcs) -> Ints:
    """(e, 2) pairs of reviewers who are near to the same units, the closest few of each."""
    from scipy.sparse import csr_array  # noqa: PLC0415 - slow to import

    m = len(model.reviewers)
    shape = (len(model.units), m)
    touch = csr_array((np.ones(len(near.unit)), (near.unit, near.reviewer)), shape)
    shared = (touch.T @ touch).toarray()
    np.fill_diagonal(shared, 0)
    closest = np.argsort(-shared, axis=1, kind="stable")[:, :NEIGHBOURS]
    left, right = np.repeat(np.arange(m), closest.shape[1]), closest.ravel()
    ties = shared[left, right] > 0
    pairs = np.sort(np.stack([left[ties], right[ties]], axis=1), axis=1)
    return np.asarray(np.unique(pairs, axis=0))
