"""The hard rules for one case and one reviewer, as a choice by hand meets them: each named. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import accumulate

from workflow.allocation.families import (
    Members,
    OpenReview,
    due_of,
    effort_of,
    subjects_declared,
)
from workflow.allocation.inputs import Inputs
from workflow.allocation.people import Room
from workflow.calendar import WorkCalendar
from workflow.models import Reviewer
from workflow.roster import absent_until, has_left
from workflow.states import Role


class Rule(StrEnum):
    """What can stand between a case and a reviewer."""

    STATE = "state"
    """It is not a coordinator's to give: handed in, in moderation, complete or withdrawn."""
    STALE = "stale"
    """It changed since it was looked at."""
    HELD = "held"
    """The reviewer holds it already."""
    NOT_A_REVIEWER = "not_a_reviewer"
    """A manager, moderator or coordinator who does not review."""
    LEFT = "left"
    """The reviewer's last day is over."""
    CONFLICT = "conflict"
    """A declared conflict with the case, the child, the family or the team."""
    QUALIFICATION = "qualification"
    """Complex work of an unqualified worker needs a qualified social worker."""
    OWN_TEAM = "own_team"
    """Nobody reviews the work of their own team."""
    SIBLINGS = "siblings"
    """A sibling is, or would be, with somebody else."""
    ABSENCE = "absence"
    """The reviewer is not there once before it is due."""
    CAPACITY = "capacity"
    """More than fits by the time it is due."""


OVERRIDABLE = frozenset(
    {Rule.QUALIFICATION, Rule.OWN_TEAM, Rule.SIBLINGS, Rule.ABSENCE, Rule.CAPACITY}
)
"""Rules a coordinator may set aside for a reason, which is recorded with the rule."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One rule that stands in the way, in words."""

    rule: Rule
    reason: str

    @property
    def can_override(self) -> bool:
        """Whether a coordinator may set it aside for a reason."""
        return self.rule in OVERRIDABLE


def may_go(obstacles: Sequence[Obstacle], *, override: bool) -> bool:
    """Whether nothing stands in the way, or nothing that is not being set aside."""
    return not obstacles or (override and all(one.can_override for one in obstacles))


class Desk:
    """Who holds what and has room for how much, while cases are given out by hand."""

    def __init__(self, inputs: Inputs, calendar: WorkCalendar) -> None:
        """Start from what everybody holds.

        Args:
            inputs: of the backlog.
            calendar: the programme's.
        """
        self.inputs = inputs
        self._calendar = calendar
        self._share = inputs.problem.weights.sibling_share
        self._room = Room({key: person.capacity for key, person in inputs.people.items()})
        self._held: dict[str, dict[str, Members]] = {key: {} for key in inputs.people}
        self.reviews = {review.review_id: review for review in inputs.reviews}
        self._groups: dict[str, Members] = {}
        for review in self.reviews.values():
            self._groups.setdefault(review.group, []).append(review)
            if review.holder is not None:
                theirs = self._held[review.holder].get(review.group, [])
                self._set(review.holder, review.group, [*theirs, review])

    def give(self, members: Members, reviewer: str) -> None:
        """Let a reviewer have siblings, whoever holds them now."""
        group = members[0].group
        for holder in {review.holder for review in members} - {None, reviewer}:
            stays = [review for review in self._held[holder or ""][group] if review not in members]
            self._set(holder or "", group, stays)
        theirs = self._held[reviewer].get(group, [])
        self._set(reviewer, group, [*theirs, *(r for r in members if r not in theirs)])

    def load(self, reviewer: str) -> tuple[int, int]:
        """Cases and points a reviewer holds."""
        held = [members for members in self._held.get(reviewer, {}).values() if members]
        return sum(map(len, held)), sum(effort_of(members, self._share) for members in held)

    def room(self, reviewer: str, members: Members) -> int:
        """Points a reviewer has free by the time siblings are due."""
        return self._room.free(reviewer, due_of(members)) if reviewer in self._held else 0

    def due_on(self, members: Members, reviewer: str) -> date:
        """The working day on which the reviewer can have done what is due by then, these included."""
        due, problem = due_of(members), self.inputs.problem
        before = [
            theirs
            for theirs in self._held[reviewer].values()
            if theirs and theirs[0].group != members[0].group and due_of(theirs) <= due
        ]
        points = sum(effort_of(theirs, self._share) for theirs in [*before, members])
        done = accumulate(self.inputs.people[reviewer].by_day)
        days = zip(problem.days, done, strict=True)
        last = problem.milestones[due]
        return min(next((day for day, total in days if total >= points), last), last)

    def unfairness(self, members: Members, reviewer: str) -> float:
        """Cost of the points above the reviewer's fair share that siblings would add."""
        problem, people = self.inputs.problem, self.inputs.people
        total = sum(unit.effort for unit in problem.units)
        capacity = sum(person.capacity[-1] for person in people.values())
        share = min(1.0, total / capacity) if capacity else 0.0
        fair = share * people[reviewer].capacity[-1]
        _, points = self.load(reviewer)
        more = effort_of(members, self._share)
        return problem.weights.unfair_per_point * max(0.0, min(more, points + more - fair))

    def obstacles(
        self, members: Members, reviewer: Reviewer, *, override: bool = False
    ) -> dict[int, tuple[Obstacle, ...]]:
        """Review → the rules that keep it from a reviewer; siblings are looked at together.

        Args:
            override: siblings go along although a rule is in the way that may be set aside.
        """
        about = tuple(self._about(reviewer, members))
        own = {review.review_id: (*about, *self._own(review, reviewer)) for review in members}
        blocked = [r for r in members if not may_go(own[r.review_id], override=override)]
        return {
            review.review_id: (
                *own[review.review_id],
                *self._siblings(review, members, blocked, reviewer),
            )
            for review in members
        }

    def _about(self, reviewer: Reviewer, members: Members) -> Iterator[Obstacle]:
        """What speaks against the reviewer, whatever the case, and against this much work."""
        key, due = reviewer.reference, due_of(members)
        by = self.inputs.problem.milestones[due]
        if Role.REVIEWER not in reviewer.roles:
            yield Obstacle(Rule.NOT_A_REVIEWER, f"{key} does not review.")
            return
        if has_left(reviewer, self.inputs.as_of):
            yield Obstacle(Rule.LEFT, f"{key} left on {_day(reviewer.available_to)}.")
            return
        if not self.inputs.people[key].capacity[due]:
            yield Obstacle(Rule.ABSENCE, self._absence(reviewer, by))
            return
        if short := self._short(key, members):
            yield Obstacle(
                Rule.CAPACITY,
                f"{key} is {short} review points short of it by {_day(by)}.",
            )

    def _absence(self, reviewer: Reviewer, by: date) -> str:
        leave = self.inputs.roster.leave_by_reviewer[reviewer.key]
        until = absent_until(reviewer, leave, self.inputs.as_of, self._calendar)
        if until is not None:
            return f"{reviewer.reference} is away until {_day(until)}; it is due by {_day(by)}."
        return f"{reviewer.reference} has no working day until {_day(by)}, when it is due."

    def _own(self, review: OpenReview, reviewer: Reviewer) -> Iterator[Obstacle]:
        """What speaks against the reviewer for one case."""
        key = reviewer.reference
        if review.holder == key:
            yield Obstacle(Rule.HELD, f"{key} holds it already.")
        conflicts = self.inputs.roster.conflicts_by_reviewer[reviewer.key]
        named = sorted(kind for kind, _ in subjects_declared(conflicts) & review.subjects)
        if named:
            yield Obstacle(
                Rule.CONFLICT, f"{key} has declared a conflict with the {' and the '.join(named)}."
            )
        if review.priority.needs_qualified and not reviewer.is_qualified:
            yield Obstacle(
                Rule.QUALIFICATION,
                f"It is complex and held by an unqualified worker: {key} is no social worker.",
            )
        if review.team is not None and review.team == reviewer.team:
            yield Obstacle(Rule.OWN_TEAM, f"{key} works in the team that holds it, {review.team}.")

    def _siblings(
        self, review: OpenReview, members: Members, blocked: Members, reviewer: Reviewer
    ) -> Iterator[Obstacle]:
        key = reviewer.reference
        elsewhere = [
            f"{sibling.reference} is with {sibling.holder}"
            for sibling in self._groups[review.group]
            if sibling not in members and sibling.holder not in {None, key}
        ]
        stay = [
            f"{sibling.reference} cannot go to {key}"
            for sibling in blocked
            if sibling is not review and review not in blocked
        ]
        if words := elsewhere + stay:
            yield Obstacle(Rule.SIBLINGS, f"Siblings go together: {', '.join(words)}.")

    def _short(self, reviewer: str, members: Members) -> int:
        """Points missing for siblings with a reviewer by the time they are due."""
        group = members[0].group
        theirs = self._held[reviewer].get(group, [])
        together = [*theirs, *(review for review in members if review not in theirs)]
        self._set(reviewer, group, together)
        short = -min(0, self._room.free(reviewer, due_of(together)))
        self._set(reviewer, group, theirs)
        return short

    def _set(self, holder: str, group: str, members: Members) -> None:
        """Let a reviewer hold exactly these of a family."""
        if before := self._held[holder].get(group):
            self._room.take(holder, -effort_of(before, self._share), due_of(before))
        if members:
            self._room.take(holder, effort_of(members, self._share), due_of(members))
        self._held[holder][group] = members


def families_in(reviews: Iterable[OpenReview]) -> list[Members]:
    """Reviews as families, the most urgent first."""
    groups: dict[str, Members] = {}
    for review in sorted(reviews, key=lambda review: review.reference):
        groups.setdefault(review.group, []).append(review)
    return sorted(groups.values(), key=_urgency)


def _urgency(members: Sequence[OpenReview]) -> tuple[int, str]:
    return -max(review.priority.band for review in members), members[0].reference


def _day(day: date | None) -> str:
    return f"{day:%-d %B %Y}" if day else ""
