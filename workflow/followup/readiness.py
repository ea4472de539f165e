"""Whether an episode is ready to close: by the Department for Education's rules and the council's own.

A closure that breaks a blocking rule comes back as an error of the census on 31 March. Pure.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from workflow.intake.rows import CaseRow

_CENSUS_DAY = (3, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What the rules look at."""

    row: CaseRow
    on: date
    """The day the episode would close."""
    other_open_episodes: int
    """Further episodes of the same child that are not closed."""
    open_siblings: int
    """Children of the same family whose case is not closed."""
    protection_plan_days: int
    """Calendar days after a protection plan in which a child in need plan is expected."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason not to close, or to look again first."""

    rule: str
    """A DfE rule number, or a name of our own."""
    reason: str
    blocks: bool
    """False: a warning that somebody has seen is enough."""


@dataclass(frozen=True, slots=True)
class _Check:
    rule: str
    reason: str
    applies: Callable[[Closing], bool]
    blocks: bool = True


def _assessment_open(closing: Closing) -> bool:
    row = closing.row
    return row.assessment_started_on is not None and row.assessment_authorised_on is None


def _protected_lately(closing: Closing) -> bool:
    ended = closing.row.protection_plan_ended_on
    return ended is not None and 0 <= (closing.on - ended).days < closing.protection_plan_days


def _after_census_day(closing: Closing) -> bool:
    return (closing.on.month, closing.on.day) > _CENSUS_DAY and closing.row.episode_start <= date(
        closing.on.year, *_CENSUS_DAY
    )


_CHECKS = (
    _Check("8867", "An assessment is not finished.", _assessment_open),
    _Check(
        "8868",
        "A section 47 enquiry is not finished.",
        lambda closing: bool(closing.row.section_47_open),
    ),
    _Check(
        "8815",
        "The child has more than one open episode.",
        lambda closing: closing.other_open_episodes > 0,
    ),
    _Check(
        "protection_plan_open",
        "The child has an open child protection plan.",
        lambda closing: bool(closing.row.protection_plan_open),
    ),
    _Check(
        "looked_after",
        "The child is looked after.",
        lambda closing: bool(closing.row.looked_after),
    ),
    _Check(
        "recent_protection_plan",
        "A child protection plan ended less than three months ago.",
        _protected_lately,
    ),
    _Check(
        "siblings_open",
        "Brothers or sisters stay open: say why this child's case closes alone.",
        lambda closing: closing.open_siblings > 0,
        blocks=False,
    ),
    _Check(
        "8610",
        "The primary need is missing: the census asks for it.",
        lambda closing: closing.row.primary_need is None,
        blocks=False,
    ),
    _Check(
        "8620",
        "The closure falls after 31 March: it belongs to the next census year.",
        _after_census_day,
        blocks=False,
    ),
)


def obstacles_to_closing(closing: Closing) -> tuple[Obstacle, ...]:
    """Everything that stands in the way of closing, what blocks first; empty when nothing does."""
    return tuple(
        Obstacle(check.rule, check.reason, check.blocks)
        for check in _CHECKS
        if check.applies(closing)
    )
