"""What a run looked at, in digests small enough to keep, so that a refusal can say what moved. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import blake2b, sha256

from workflow.allocation.families import OpenReview
from workflow.allocation.problem import Problem, Unit
from workflow.allocation.problem import Reviewer as Candidate
from workflow.allocation.tasks import Task
from workflow.models import Reviewer
from workflow.roster import Roster

MOST_NAMED = 5
"""References named of each kind of change; of the others the number."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Digests by part, so that two of them can be compared in words."""

    rules: dict[str, str]
    """`days`, `weights`, `distances` and `task` → digest."""
    reviews: dict[str, list[str]]
    """Case reference → holder (or ""), `opened` or `unopened`, digest of what the case says."""
    reviewers: dict[str, list[str]]
    """Roster reference → digests of their leave, their conflicts and the rest."""


@dataclass(frozen=True, slots=True)
class Change:
    """One kind of thing that moved."""

    what: str
    """In words, with the number: `3 reviews came in`."""
    references: tuple[str, ...] = ()
    """Of the cases or reviewers concerned, sorted."""

    def __str__(self) -> str:
        """The words with the first references."""
        if not self.references:
            return self.what
        named = ", ".join(self.references[:MOST_NAMED])
        more = len(self.references) - MOST_NAMED
        return f"{self.what} ({named}{f' and {more:,} more' if more > 0 else ''})"


def hash_problem(problem: Problem) -> str:
    """SHA-256 of everything the solver sees, whatever the order of rows and sets."""
    rows = [
        *sorted(repr(_unit(unit)) for unit in problem.units),
        *sorted(repr(_reviewer(reviewer)) for reviewer in problem.reviewers),
        repr((problem.milestones, problem.due_by_band, problem.days, problem.seed)),
        repr(sorted(problem.distances.items())),
        repr(sorted(asdict(problem.weights).items())),
    ]
    return sha256("\n".join(rows).encode()).hexdigest()


def fingerprint(
    problem: Problem,
    task: Task,
    reviews: Iterable[OpenReview],
    roster: Roster,
) -> Fingerprint:
    """Digest a problem and the rows it was made of."""
    return Fingerprint(
        rules={
            "days": _digest(problem.days),
            "weights": _digest(sorted(asdict(problem.weights).items())),
            "distances": _digest(sorted(problem.distances.items())),
            "task": _digest(task),
        },
        reviews={
            review.reference: [
                review.holder or "",
                "opened" if review.is_opened else "unopened",
                _digest(*_case(review)),
            ]
            for review in reviews
        },
        reviewers=roster_digests(roster),
    )


def roster_digests(roster: Roster) -> dict[str, list[str]]:
    """Roster reference → digests of their leave, their conflicts and the rest."""
    return {
        row.reference: [
            _digest(*((a.first_on, a.last_on) for a in roster.leave_by_reviewer[row.key])),
            _digest(sorted((c.kind, c.subject) for c in roster.conflicts_by_reviewer[row.key])),
            _digest(*_row(row)),
        ]
        for row in roster.reviewers
    }


def changes(
    before: Fingerprint, after: Fingerprint, states: Mapping[str, str]
) -> tuple[Change, ...]:
    """What moved between two fingerprints, in words.

    Args:
        states: case reference → state of its review now, where a review is no longer open to the run.
    """
    came = sorted(after.reviews.keys() - before.reviews.keys())
    went = sorted(before.reviews.keys() - after.reviews.keys())
    return (
        *group_changes("review", [("came in", reference) for reference in came]),
        *group_changes("review", [(_WENT.get(states.get(ref, ""), "gone"), ref) for ref in went]),
        *group_changes("review", _review_words(before.reviews, after.reviews)),
        *group_changes("reviewer", _reviewer_words(before.reviewers, after.reviewers)),
        *(
            Change(words)
            for part, words in _RULES.items()
            if before.rules.get(part) != after.rules.get(part)
        ),
    )


def group_changes(noun: str, found: Iterable[tuple[str, str]]) -> tuple[Change, ...]:
    """Group pairs of words and reference by the words: of which kind how many, and which."""
    groups: dict[str, list[str]] = defaultdict(list)
    for words, reference in found:
        groups[words].append(reference)
    return tuple(
        Change(
            f"{len(those):,} {noun}{'' if len(those) == 1 else 's'} {words}", tuple(sorted(those))
        )
        for words, those in groups.items()
    )


_RULES = {
    "days": "the working days left are others",
    "weights": "the weights of the allocation were changed",
    "distances": "the geography was changed",
    "task": "the plan has other dates",
}
_WENT = {
    "submitted": "handed in",
    "in_moderation": "confirmed",
    "complete": "completed",
    "withdrawn": "left the cohort",
    "allocated": "allocated",
}
_REVIEWER_PARTS = (
    "with other leave",
    "with other conflicts",
    "with other dates, hours, base, team, skills or qualification",
)
_Parts = Mapping[str, list[str]]


def _review_words(before: _Parts, after: _Parts) -> Iterator[tuple[str, str]]:
    """What happened to each review that was there before and is there now."""
    for reference in sorted(before.keys() & after.keys()):
        (was, was_opened, facts), (now, is_opened, new_facts) = before[reference], after[reference]
        if was != now:
            words = "allocated" if not was else "moved to somebody else" if now else "handed back"
            yield words, reference
        elif was_opened != is_opened:
            yield ("started" if is_opened == "opened" else "handed on unstarted"), reference
        elif facts != new_facts:
            yield "with other facts (band, effort, family, district, team or needs)", reference


def _reviewer_words(before: _Parts, after: _Parts) -> Iterator[tuple[str, str]]:
    """What happened to each reviewer."""
    for reference in sorted(before.keys() | after.keys()):
        if reference not in before:
            yield "joined", reference
        elif reference not in after:
            yield "gone", reference
        else:
            for was, now, words in zip(
                before[reference], after[reference], _REVIEWER_PARTS, strict=True
            ):
                if was != now:
                    yield words, reference


def _unit(unit: Unit) -> tuple[object, ...]:
    return (
        unit.key, unit.cases, unit.effort, unit.band, unit.district, sorted(unit.teams),
        unit.needs_qualified, sorted(unit.wants), unit.prefers_agency, unit.holder, unit.pinned,
        unit.opened,
    )  # fmt: skip


def _reviewer(person: Candidate) -> tuple[object, ...]:
    return (
        person.key, person.agency, person.capacity, person.by_day, person.district, person.team,
        person.qualified, sorted(person.skills), sorted(person.conflicts),
    )  # fmt: skip


def _row(row: Reviewer) -> tuple[object, ...]:
    return (
        row.agency, row.district, row.team, row.qualification, sorted(row.skills), row.roles,
        row.available_from, row.available_to, row.points_per_day, row.pattern,
    )  # fmt: skip


def _case(review: OpenReview) -> tuple[object, ...]:
    priority = review.priority
    return (
        review.group, review.district, review.team, sorted(review.subjects), priority.band,
        priority.effort, priority.needs_qualified, sorted(priority.wants), priority.prefers_agency,
    )  # fmt: skip


def _digest(*content: object) -> str:
    return blake2b(repr(content).encode(), digest_size=6).hexdigest()
