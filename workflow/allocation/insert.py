"""Place single units one by one, the dearest to leave first, pushing cheaper ones out where it pays."""

from heapq import heapify, heappop, heappush

import numpy as np

from workflow.allocation.bound import Offers
from workflow.allocation.model import NOWHERE, Bools, Floats, Ints, Model

PUSHES = 2
"""How often one unit may be pushed out."""
OPTIONS = 6
"""Reviewers a unit considers pushing others out of."""
WORTH = 15.0
"""Cost units that pushing must promise at least."""


class Insertion:
    """An assignment under repair, with the work of each reviewer at hand."""

    def __init__(self, model: Model, assignment: Ints, offer: Offers, price: Floats) -> None:
        """Start from `assignment`; `offer` holds each unit's options at these prices."""
        self.model = model
        self.assignment = assignment.copy()
        self.load = model.load(assignment)
        self.offer = offer
        self.price = price
        self.pushed = [0] * len(assignment)
        best = np.minimum(offer.reduced[:, :2], model.penalty[:, None])
        self.favourite: list[int] = offer.reviewer[:, 0].tolist()
        self.spare: list[float] = ((best[:, 1] - best[:, 0]) / model.effort).tolist()
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
        reviewers, costs = self.offer.reviewer[unit], self.offer.reduced[unit]
        fits = self._fits(unit, reviewers) & np.isfinite(costs)
        for reviewer, reduced in zip(reviewers[fits].tolist(), costs[fits].tolist(), strict=True):
            if (cost := reduced + self._unfair(unit, reviewer)) < best:
                best, target = cost, reviewer
        full = zip(reviewers[~fits][:OPTIONS].tolist(), costs[~fits].tolist(), strict=False)
        for reviewer, reduced in full:
            if reduced + WORTH < best:
                out, loss = self._to_push(unit, reviewer)
                if reduced + loss < best:
                    best, target, victims = reduced + loss, reviewer, out
        for victim in victims:
            self._move(victim, NOWHERE)
            self.pushed[victim] += 1
        if target != NOWHERE:
            self._move(unit, target)
        return victims

    def _fits(self, unit: int, reviewers: Ints) -> Bools:
        due = self.model.due[unit]
        free = self.model.room[reviewers, due:] - self.load[reviewers, due:]
        return np.asarray((free >= self.model.effort[unit]).all(axis=1))

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
        return self.spare[unit] if self.favourite[unit] == reviewer else 0.0

    def _move(self, unit: int, reviewer: int) -> None:
        due, effort, now = self.model.due[unit], self.model.effort[unit], self.assignment[unit]
        if now != NOWHERE:
            self.load[now, due:] -= effort
            self.work[now].discard(unit)
        if reviewer != NOWHERE:
            self.load[reviewer, due:] += effort
            self.work[reviewer].add(unit)
        self.assignment[unit] = reviewer
