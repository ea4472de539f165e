"""The allocation problem as values: who could review what, at which cost, under which rules.

Pure: no database, no clock, no order dependence. `workflow.allocation` builds a `Problem` from the
programme's data, solves it, and explains the `Plan`.
"""

from dataclasses import dataclass, field
from datetime import date

from workflow.policy import AllocationWeights


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Reviews that travel together: the siblings of one family (or a single child).

    `effort` is in review points for the unit as a whole, `band` its risk band 1 (lowest) to 5.
    """

    key: str
    """Stable name of the unit, independent of row order (the family, or the case)."""
    cases: tuple[str, ...]
    """References of the member cases, sorted."""
    effort: int
    band: int
    district: str | None = None
    teams: frozenset[str] = frozenset()
    """Teams that hold the members: a reviewer of the same team is not independent."""
    needs_qualified: bool = False
    """A qualified social worker must review (complex work, or held by an unqualified worker)."""
    wants: frozenset[str] = frozenset()
    """Specialisms that would help: `domestic_abuse`, `missing`, `exploitation`."""
    prefers_agency: str | None = None
    holder: str | None = None
    """Key of the reviewer who holds the unit now."""
    pinned: bool = False
    """Started, or fixed by hand: stays with `holder`, whatever it costs."""
    opened: bool = False
    """Its holder has opened it: when work must move, unopened units move first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """Somebody who can review, with what they can do by each milestone.

    `capacity[m]` is cumulative: all review points they can give from the first day up to and with
    milestone m, leave, part time and secondment dates already taken off.
    """

    key: str
    agency: str
    capacity: tuple[int, ...]
    district: str | None = None
    team: str | None = None
    qualified: bool = False
    skills: frozenset[str] = frozenset()
    conflicts: frozenset[str] = frozenset()
    """Keys of units they must not review."""
    by_day: tuple[int, ...] = ()
    """Review points on each of the problem's `days`, for due dates; empty: an even pace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One allocation to make.

    `milestones` are working days; `due_by_band[b-1]` is the index of the milestone by which a unit
    of band b must be done. `days` are the working days from the first one to the last milestone: due
    dates fall on them (empty: on the milestones). `distances` gives kilometres for ordered district
    pairs, case's first (missing: 0).
    """

    units: tuple[Unit, ...]
    reviewers: tuple[Reviewer, ...]
    milestones: tuple[date, ...]
    due_by_band: tuple[int, int, int, int, int]
    distances: dict[tuple[str, str], float] = field(default_factory=dict)
    weights: AllocationWeights = field(default_factory=AllocationWeights)
    seed: int = 0
    days: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Why a unit went to a reviewer: the terms of its cost, and the next best choice."""

    unit: str
    reviewer: str
    due_on: date
    terms: dict[str, float]
    """Cost by term: `handover`, `travel`, `specialism`, `agency`, `change_of_holder`."""
    runner_up: str | None
    """The next best reviewer who could have taken it, and by how much worse."""
    margin: float | None
    reason: str
    """One sentence for the case page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOver:
    """Why a unit stays unallocated: the rule that binds, and what would free it."""

    unit: str
    rule: str
    """`capacity`, `conflict`, `own_team`, `qualification`, `no_reviewer`, `family_exceeds_capacity`, or
    `cost` when leaving it costs less than any placement with room."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The answer: every unit is either placed or left over, with its reason."""

    placements: tuple[Placement, ...]
    left_over: tuple[LeftOver, ...]
    objective: float
    bound: float
    gap: float
    """(objective - bound) / bound; 0 when both are 0."""
    greedy_objective: float
    parts: dict[str, float]
    """`placements`, `unallocated`, `unfairness`: they sum to `objective`."""
    utilisation: dict[str, float]
    """Reviewer key → points placed / capacity by the last milestone (reviewers with capacity only)."""
    shadow_price: dict[str, float]
    """Reviewer key → what one more working day of theirs would save, in cost units."""
    seconds: float
