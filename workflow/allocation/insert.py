"""Place single units one by one, the dearest to leave first, pushing cheaper ones out where it pays."""

from heapq import heapify, heappop, heappush

import numpy as np

from workflow.allocation.bound import Offers
from workflow.allocation.model import NOWHERE, Floats, Ints, Model

PUSHES = 2
"""How often one unit may be pushed out."""
OPTIONS = 6
"""Reviewers a unit considers pushing others out of."""


class Insertion:
    """An assignment under repair, with the work of each reviewer at hand."""

    def __init__(self, model: Model, assignment: Ints, offer: Offers, price: Floats) -> None:
        """Start from `assignment`; `offer` holds each unit's options at these prices."""
        self.model = model
        self.assignment = assignment.copy()
        self.load = model.load(assignment)
        self.offer = offer
        self.price = price
        self.pushed = np.zeros(len(assignment), np.int64)
        self.work: list[set[int]] = [set() for _ in model.reviewers]
        for unit in np.flatnonzero(assignment != NOWHERE):
            self.work[assignment[unit]].add(int(unit))

    def run(self) -> Ints:
        """Place every unallocated unit that is worth it; the assignment reached."""
        waiting = np.flatnonzero(self.assignment == NOWHERE)
        queue = [(-self._regret(int(unit)), int(unit)) for unit in waiting]
        heapify(queue)
        while queue:
            _, unit = heappop(queue)
            for other in self._place(unit):
                heappush(queue, (-self._regret(other), other))
        return self.assignment

    def _regret(self, unit: int) -> float:
        """What it costs to leave the unit, beyond its best option, per point."""
        model = self.model
        return float((model.penalty[unit] - self.offer.least[unit]) / model.effort[unit])

    def _place(self, unit: int) -> list[int]:
        """Give the unit to somebody if that pays; the units pushed out for it."""
        best, target, victims = float(self.model.penalty[unit]), NOWHERE, list[int]()
        options = zip(self.offer.reviewer[unit], self.offer.reduced[unit], strict=True)
        for tried, (reviewer, reduced) in enumerate(options):
            if not np.isfinite(reduced):
                break
            cost, out = float(reduced), list[int]()
            if self._fits(unit, reviewer):
                cost += self._unfair(unit, reviewer)
            elif tried < OPTIONS:
                out, loss = self._to_push(unit, int(reviewer))
                cost += loss
            else:
                continue
            if cost < best:
                best, target, victims = cost, int(reviewer), out
        for victim in victims:
            self._move(victim, NOWHERE)
            self.pushed[victim] += 1
        if target != NOWHERE:
            self._move(unit, target)
        return victims

    def _fits(self, unit: int, reviewer: int) -> bool:
        due = self.model.due[unit]
        free = self.model.room[reviewer, due:] - self.load[reviewer, due:]
        return bool((free >= self.model.effort[unit]).all())

    def _unfair(self, unit: int, reviewer: int) -> float:
        """Unfairness the unit adds at the reviewer, beyond what the price charges for it already."""
        model, effort = self.model, int(self.model.effort[unit])
        above = int(self.load[reviewer, -1] - model.fair[reviewer])
        charged = min(self.price[reviewer, -1], model.over)
        return float(model.over * (max(above + effort, 0) - max(above, 0)) - charged * effort)

    def _to_push(self, unit: int, reviewer: int) -> tuple[list[int], float]:
        """The units whose leaving makes room cheaply, and what they lose by it (inf: not possible)."""
        model, due = self.model, int(self.model.due[unit])
        need = self.load[reviewer] + model.effort[unit] - model.room[reviewer]
        need[:due] = 0
        out, loss = list[int](), 0.0
        losses = sorted((self._loss(other, reviewer), other) for other in self.work[reviewer])
        for per_point, other in losses:
            if not np.isfinite(per_point):
                return [], np.inf
            helps = (need[model.due[other] :] > 0).any()
            if helps:
                out.append(other)
                loss += per_point * model.effort[other]
                need[model.due[other] :] -= model.effort[other]
            if (need <= 0).all():
                return out, loss
        return [], np.inf

    def _loss(self, unit: int, reviewer: int) -> float:
        """What the unit loses per point if it must leave the reviewer for its next best option."""
        if self.pushed[unit] >= PUSHES:
            return np.inf
        reviewers, reduced = self.offer.reviewer[unit], self.offer.reduced[unit]
        penalty = self.model.penalty[unit]
        at = np.flatnonzero(reviewers == reviewer)
        own = reduced[at[0]] if len(at) else self.offer.least[unit]
        others = reduced[0] if not len(at) or at[0] else reduced[1]
        return float((min(others, penalty) - min(own, penalty)) / self.model.effort[unit])

    def _move(self, unit: int, reviewer: int) -> None:
        due, effort, now = self.model.due[unit], self.model.effort[unit], self.assignment[unit]
        if now != NOWHERE:
            self.load[now, due:] -= effort
            self.work[now].discard(unit)
        if reviewer != NOWHERE:
            self.load[reviewer, due:] += effort
            self.work[reviewer].add(unit)
        self.assignment[unit] = reviewer
