"""Use cases on the cohort: who is in the programme, who is out and why, and in what order they come.

Each case is decided by the programme's rules (`workflow.intake.cohort`). When a decision changes, the
review follows: it opens, is withdrawn or is reinstated, each with its event. This is the only way in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import Session, col, func, select

from workflow import audit, reviews
from workflow.cases import AnyCase, cases_of, row_of, store_new
from workflow.db import ROW_LOCK
from workflow.errors import InvalidInputError
from workflow.intake.cohort import COHORT_RULES, CohortDecision, decide_cohort
from workflow.intake.rows import CaseRow
from workflow.models import Case, Programme, Review
from workflow.policy import Policy
from workflow.priority import assess
from workflow.programmes import geography_of
from workflow.states import OPEN_STATES, Action, Actor, ReviewState

AFTER_CUT_OFF = "after_cut_off"
"""The rule that keeps out cases which became known after the programme's scope cut-off."""


@dataclass(frozen=True, slots=True)
class CohortChange:
    """The cohort after a change of rules, and the reviews that came and went."""

    in_cohort: int
    excluded: dict[str, int]
    opened: int
    withdrawn: int
    reinstated: int


def change_cohort_rules(
    session: Session,
    *,
    programme: Programme,
    rules_on: frozenset[str],
    policy: Policy,
    actor: Actor,
    now: datetime,
    as_of: date,
) -> CohortChange:
    """Decide the cohort by other rules. Roll the transaction back to have a preview only.

    Raises:
        InvalidInputError: a rule is unknown, or nobody would be left to review.
    """
    if unknown := rules_on - {rule.code for rule in COHORT_RULES}:
        known = ", ".join(rule.code for rule in COHORT_RULES)
        raise InvalidInputError(f"There is no cohort rule {min(unknown)}; the rules are {known}.")
    session.refresh(programme, with_for_update=ROW_LOCK)
    before = frozenset(programme.cohort_rules)
    programme.cohort_rules = sorted(rules_on)
    cases = cases_of(session, programme)
    decided = decide(session, programme, cases, actor, now, Days(as_of, known_on=as_of), policy)
    if cases and not any(case.in_cohort for case in cases):
        raise InvalidInputError("With these rules nobody would be left to review.")
    audit.record(
        session,
        programme_id=programme.key,
        kind="cohort_rules_changed",
        actor=actor,
        at=now,
        payload={"on": sorted(rules_on - before), "off": sorted(before - rules_on)},
    )
    session.flush()  # the counts are read from the database
    counts = cohort_counts(session, programme)
    return CohortChange(
        in_cohort=counts.in_cohort,
        excluded=counts.excluded,
        opened=decided.opened,
        withdrawn=decided.withdrawn,
        reinstated=decided.reinstated,
    )


@dataclass(frozen=True, slots=True)
class CohortCounts:
    """How many cases are in, and which rule keeps out how many."""

    in_cohort: int
    excluded: dict[str, int]


def cohort_counts(session: Session, programme: Programme) -> CohortCounts:
    """Count the cohort as it is decided now."""
    rows = session.exec(
        select(col(Case.cohort_rule), func.count())
        .where(Case.programme_id == programme.key)
        .group_by(col(Case.cohort_rule))
    )
    counts: dict[str | None, int] = dict(rows.all())
    in_cohort = counts.pop(None, 0)
    return CohortCounts(in_cohort, {str(rule): counts[rule] for rule in sorted(counts, key=str)})


@dataclass(frozen=True, slots=True)
class Days:
    """The days a decision goes by."""

    as_of: date
    """The day the rules are asked for."""
    known_on: date
    """The day on which what is not in the cohort yet became known; the scope's cut-off goes by it."""


@dataclass(slots=True)
class Decided:
    """What deciding the cohort again did."""

    changed: int = 0
    opened: int = 0
    withdrawn: int = 0
    reinstated: int = 0


def decide(
    session: Session,
    programme: Programme,
    cases: Sequence[AnyCase],
    actor: Actor,
    now: datetime,
    days: Days,
    policy: Policy,
) -> Decided:
    """Decide the cohort of all cases, store the new ones, and let their reviews follow."""
    rows = [row_of(case) for case in cases]
    decisions = _decisions(programme, cases, rows, days)
    changed = [
        (case, decision)
        for case, decision in zip(cases, decisions, strict=True)
        if (case.in_cohort, case.cohort_rule) != (decision.rule is None, decision.rule)
    ]
    known = _locked_reviews(session, programme, [case for case, _ in changed])
    done, entering, noted = Decided(changed=len(changed)), [], []
    for case, decision in changed:
        case.in_cohort, case.cohort_rule = decision.rule is None, decision.rule
        case.cohort_reason = decision.reason
        review = known.get(case.id or 0)
        if case.in_cohort and review is None:
            entering.append(case)
        elif case.in_cohort and review and review.state is ReviewState.WITHDRAWN:
            _follow(session, review, Action.REINSTATE, actor, now, "Back in the cohort")
            done.reinstated += 1
        elif not case.in_cohort and review and review.state in OPEN_STATES:
            _follow(session, review, Action.WITHDRAW, actor, now, decision.reason)
            done.withdrawn += 1
        else:
            noted.append((case, review))
    included = [pair for pair in zip(cases, rows, strict=True) if pair[0].in_cohort]
    _refresh(included, programme, policy, days.as_of)
    store_new(session, cases)
    entries = (_without_transition(case, review) for case, review in noted)
    audit.record_all(session, entries, programme_id=programme.key, actor=actor, at=now)
    reviews.open_reviews(session, cases=entering, actor=actor, now=now, opened_on=days.as_of)
    done.opened = len(entering)
    return done


def _locked_reviews(
    session: Session, programme: Programme, cases: Sequence[AnyCase]
) -> dict[int, Review]:
    """Case → its review, all locked in the order of their numbers before the first event.

    Whoever changes one review locks it and then the end of the record: a change of many that did both
    by turns would wait for them while they wait for it.
    """
    query = select(Review).where(Review.programme_id == programme.key)
    concerned = {case.id for case in cases}
    with session.no_autoflush:  # changed cases are stored once, when all is decided about them
        found = [review for review in session.exec(query) if review.case_id in concerned]
        for key in sorted(review.key for review in found):
            reviews.locked(session, key)
    return {review.case_id: review for review in found}


def refresh_priorities(
    cases: Iterable[Case], programme: Programme, *, policy: Policy, as_of: date
) -> None:
    """Bring risk band and effort of cases up to a day; unchanged ones are left alone."""
    _refresh(((case, row_of(case)) for case in cases), programme, policy, as_of)


def _refresh(
    included: Iterable[tuple[AnyCase, CaseRow]], programme: Programme, policy: Policy, as_of: date
) -> None:
    for case, row in included:
        assessed = assess(
            row,
            as_of=as_of,
            calendar=programme.calendar,
            priority=policy.priority,
            effort=policy.effort,
        )
        if (case.band, case.effort, tuple(case.band_reasons)) != (
            assessed.band,
            assessed.effort,
            assessed.reasons,
        ):
            case.band, case.effort = assessed.band, assessed.effort
            case.band_reasons = list(assessed.reasons)


def _decisions(
    programme: Programme, cases: Sequence[AnyCase], rows: Sequence[CaseRow], days: Days
) -> list[CohortDecision]:
    rules, geography = frozenset(programme.cohort_rules), geography_of(programme)
    decisions = decide_cohort(rows, rules, days.as_of, geography, starts_on=programme.starts_on)
    cut_off = programme.scope_cut_off_on
    if cut_off is None or days.known_on <= cut_off:
        return decisions
    late = replace(
        decisions[0], rule=AFTER_CUT_OFF, reason=f"Became known after the cut-off, {cut_off}."
    )
    return [
        decision if case.in_cohort or decision.rule else late
        for case, decision in zip(cases, decisions, strict=True)
    ]


def _follow(
    session: Session, review: Review, action: Action, actor: Actor, now: datetime, reason: str
) -> None:
    reviews.act(session, review_id=review.key, action=action, actor=actor, now=now, reason=reason)


def _without_transition(case: AnyCase, review: Review | None) -> audit.Entry:
    """The event of a case that comes or goes while its review, if it has one, stays as it is."""
    return audit.Entry(
        kind="case_included" if case.in_cohort else "case_excluded",
        case_id=case.key,
        review_id=review.key if review else None,
        payload={"rule": case.cohort_rule} if case.cohort_rule else {},
    )
