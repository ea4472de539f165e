"""Open reviews as the solver's units: siblings together, new ones with who holds the family. Pure."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from workflow.allocation.people import DUE_BY_BAND, Room
from workflow.allocation.problem import Reviewer as Candidate
from workflow.allocation.problem import Unit
from workflow.models import Conflict, ConflictKind
from workflow.priority import Priority
from workflow.states import ReviewState

Subject = tuple[ConflictKind, str]
"""What a conflict can name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReview:
    """A review that waits or is with a reviewer, with what allocation needs to know of its case."""

    review_id: int
    case_id: int
    reference: str
    state: ReviewState
    version: int
    holder: str | None
    """Roster reference of who holds it; None while it waits."""
    holder_id: int | None
    due_on: date | None
    group: str
    """The siblings' group (`Case.unit`)."""
    district: str | None
    team: str | None
    subjects: frozenset[Subject]
    """What a conflict with this case would name."""
    priority: Priority
    is_stale: bool
    """The case's stored band, effort or reasons are of an earlier day."""

    @property
    def is_waiting(self) -> bool:
        """Whether nobody holds it."""
        return self.state is ReviewState.UNALLOCATED

    @property
    def is_opened(self) -> bool:
        """Whether somebody has started on it."""
        return self.state not in {ReviewState.UNALLOCATED, ReviewState.ALLOCATED}


Members = list[OpenReview]


def shared_effort(efforts: Sequence[int], share: float) -> int:
    """Points of a family: the longest review whole, a share of each other one, rounded up."""
    longest = max(efforts)
    return longest + math.ceil(share * (sum(efforts) - longest) - 1e-9)


def effort_of(members: Iterable[OpenReview], share: float) -> int:
    """Points of siblings reviewed together."""
    return shared_effort([review.priority.effort for review in members], share)


def due_of(members: Iterable[OpenReview]) -> int:
    """Index of the milestone by which siblings are due: the most urgent one's."""
    return DUE_BY_BAND[max(review.priority.band for review in members) - 1]


def make_unit(group: str, holder: str | None, members: Members, share: float) -> Unit:
    """Siblings with one holder, or none, as one unit; what somebody holds is pinned."""
    priorities = [review.priority for review in members]
    wants = frozenset[str]().union(*(priority.wants for priority in priorities))
    return Unit(
        key=f"{group} with {holder}" if holder else group,
        cases=tuple(sorted(review.reference for review in members)),
        effort=effort_of(members, share),
        band=max(priority.band for priority in priorities),
        district=min(members, key=lambda review: review.reference).district,
        teams=frozenset(review.team for review in members if review.team),
        needs_qualified=any(priority.needs_qualified for priority in priorities),
        wants=wants,
        prefers_agency="constabulary" if wants else None,
        holder=holder,
        pinned=holder is not None,
        opened=any(review.is_opened for review in members),
    )


@dataclass(frozen=True, slots=True)
class Families:
    """Units in the order of their keys, the reviews of each, and what had to be said on the way."""

    units: list[Unit]
    members: dict[str, Members]
    """Unit key → its reviews."""
    apart: dict[str, str]
    """Key of a unit that cannot join its siblings' reviewer → why, in a sentence."""


def group_families(
    reviews: Iterable[OpenReview],
    people: Mapping[str, Candidate],
    closed: Mapping[str, frozenset[Subject]],
    share: float,
) -> Families:
    """Make units of all open reviews.

    A waiting sibling joins the reviewer who holds most of its family, unless a hard rule keeps it from
    them: a conflict, their team, a missing qualification, or no room.

    Args:
        closed: reviewer → what they must keep away from.
        share: effort of each further child of a family, as a share.
    """
    held: dict[tuple[str, str], Members] = defaultdict(list)
    waiting: dict[str, Members] = defaultdict(list)
    for review in reviews:
        if review.holder is None:
            waiting[review.group].append(review)
        else:
            held[review.group, review.holder].append(review)
    room = Room({key: person.capacity for key, person in people.items()})
    holders: dict[str, list[str]] = defaultdict(list)
    for (group, holder), members in held.items():
        room.take(holder, effort_of(members, share), due_of(members))
        holders[group].append(holder)
    apart: dict[str, str] = {}
    for group in sorted(waiting.keys() & holders.keys(), key=lambda g: (due_of(waiting[g]), g)):
        holder = max(sorted(holders[group]), key=lambda who: len(held[group, who]))
        joining, theirs = waiting[group], held[group, holder]
        refused = _refused(joining, theirs, people[holder], closed[holder], room, share)
        if refused:
            apart[group] = f"Its siblings are with {holder}, {refused}."
            continue
        room.take(holder, -effort_of(theirs, share), due_of(theirs))
        theirs.extend(waiting.pop(group))
        room.take(holder, effort_of(theirs, share), due_of(theirs))
    return _families(held, waiting, apart, share)


def _families(
    held: Mapping[tuple[str, str], Members],
    waiting: Mapping[str, Members],
    apart: dict[str, str],
    share: float,
) -> Families:
    units, members = [], {}
    groups: list[tuple[str, str | None, Members]] = [
        *((group, holder, reviews) for (group, holder), reviews in held.items()),
        *((group, None, reviews) for group, reviews in waiting.items()),
    ]
    for group, holder, reviews in sorted(groups, key=lambda item: (item[0], item[1] or "")):
        unit = make_unit(group, holder, reviews, share)
        units.append(unit)
        members[unit.key] = reviews
    return Families(units, members, apart)


def _refused(
    joining: Members,
    theirs: Members,
    holder: Candidate,
    closed: frozenset[Subject],
    room: Room,
    share: float,
) -> str | None:
    """Why a family's new children cannot join its holder, as a relative clause; None if they can."""
    if any(review.subjects & closed for review in joining):
        return "who has declared a conflict with this case"
    if holder.team is not None and any(review.team == holder.team for review in joining):
        return "who works in the team that holds this case"
    if not holder.qualified and any(review.priority.needs_qualified for review in joining):
        return "who is not the qualified social worker this case needs"
    together = [*theirs, *joining]
    due, was_due = due_of(together), due_of(theirs)
    before, after = effort_of(theirs, share), effort_of(together, share)
    room.take(holder.key, -before, was_due)
    fits = room.free(holder.key, due) >= after
    room.take(holder.key, before, was_due)
    return None if fits else "who has no room for more"


def conflicts_by_unit(
    families: Families, closed: Mapping[str, frozenset[Subject]]
) -> dict[str, frozenset[str]]:
    """Reviewer → keys of the units that they must keep away from."""
    touched: dict[Subject, set[str]] = defaultdict(set)
    for key, members in families.members.items():
        for review in members:
            for subject in review.subjects:
                touched[subject].add(key)
    return {
        reviewer: frozenset[str]().union(*(touched.get(subject, ()) for subject in subjects))
        for reviewer, subjects in closed.items()
    }


def subjects_declared(conflicts: Iterable[Conflict]) -> frozenset[Subject]:
    """What a reviewer's declared conflicts name."""
    return frozenset((conflict.kind, conflict.subject) for conflict in conflicts)
