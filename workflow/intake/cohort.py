"""Who is reviewed: explicit rules, asked in order, about rows alone.

Nobody falls off unseen: each row gets a decision with the first rule that keeps it out and a sentence
for people. Rules belong to a programme; `preview` shows what changing them would do. Because only
`CaseRow` is asked, stored cases can be decided again at any time.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from workflow.errors import InvalidInputError
from workflow.geography import Geography
from workflow.intake.rows import CaseRow, CaseStatus

ADULT_AT = 18
"""Years of age from which an open episode is a care leaver's or an adult's."""

Key = tuple[str, date]
"""Child id and start of the episode: the identity of a case."""


@dataclass(frozen=True, slots=True)
class CohortFacts:
    """What a rule may ask: the row, the day, the place, and the child's other open episodes."""

    row: CaseRow
    as_of: date
    starts_on: date
    geography: Geography
    latest_open_start: date | None
    """Start of the child's latest open episode in the caseload; None when none is open."""


@dataclass(frozen=True, slots=True)
class CohortRule:
    """One reason to keep a case out of the cohort."""

    code: str
    label: str
    why: str
    """Why such cases are not reviewed, one sentence."""
    source: str
    default_on: bool
    excludes: Callable[[CohortFacts], str | None]
    """The reason in one sentence when the rule keeps the case out, else None."""


@dataclass(frozen=True, slots=True)
class CohortDecision:
    """In or out, and why."""

    child_id: str
    episode_start: date
    included: bool
    rule: str | None
    """Code of the first rule that keeps the case out; None when it is in."""
    reason: str

    @property
    def key(self) -> Key:
        """The identity of the case."""
        return self.child_id, self.episode_start


@dataclass(frozen=True, slots=True)
class CohortPreview:
    """What a change of rules would do."""

    included_before: int
    included_after: int
    excluded_before: dict[str, int]
    """Rule → cases it keeps out, in the order of the rules; only rules that keep out somebody."""
    excluded_after: dict[str, int]
    entering: tuple[CohortDecision, ...]
    """Cases that would come in (decisions after the change)."""
    leaving: tuple[CohortDecision, ...]
    """Cases that would go out (decisions after the change, with the rule)."""
    nobody_left: str | None
    """A warning when the changed rules would leave no case at all."""


def is_open(row: CaseRow, as_of: date) -> bool:
    """Whether the episode was open on a day: not closed by then, nor without further action."""
    closed = row.closed_on is not None and row.closed_on <= as_of
    return not (closed or row.status is CaseStatus.CLOSED or row.no_further_action)


def _deceased(facts: CohortFacts) -> str | None:
    died_on = facts.row.died_on
    if died_on is None or died_on > facts.as_of:
        return None
    return f"The child died on {_words(died_on)}."


def _no_further_action(facts: CohortFacts) -> str | None:
    if not facts.row.no_further_action:
        return None
    return "The referral led to no further action."


def _closed(facts: CohortFacts) -> str | None:
    if is_open(facts.row, facts.as_of) or facts.row.no_further_action:
        return None
    if facts.row.closed_on is None:
        return "The source gives the episode as closed."
    return f"The episode was closed on {_words(facts.row.closed_on)}."


def _duplicate_open_episode(facts: CohortFacts) -> str | None:
    latest = facts.latest_open_start
    if latest is None or facts.row.episode_start >= latest or not is_open(facts.row, facts.as_of):
        return None
    return f"The child has a later open episode, from {_words(latest)}, which is reviewed instead."


def _child_protection_plan(facts: CohortFacts) -> str | None:
    if facts.row.protection_plan_open or facts.row.status is CaseStatus.CHILD_PROTECTION_PLAN:
        return "The child is subject to a child protection plan."
    return None


def _looked_after(facts: CohortFacts) -> str | None:
    if facts.row.looked_after or facts.row.status is CaseStatus.LOOKED_AFTER:
        return "The child is looked after."
    return None


def _open_assessment(facts: CohortFacts) -> str | None:
    if facts.row.status is CaseStatus.OPEN_ASSESSMENT:
        return "The child is still being assessed; there is no plan to review yet."
    return None


def _over_18(facts: CohortFacts) -> str | None:
    born_on = facts.row.birth_on
    if born_on is None or _birthday(born_on, ADULT_AT) > facts.starts_on:
        return None
    return f"The young person was {ADULT_AT} or older on {_words(facts.starts_on)}."


def _outside_area(facts: CohortFacts) -> str | None:
    district = facts.row.district
    if district is None or not facts.geography.is_neighbour(district):
        return None
    return f"The child lives in {facts.geography.name_of(district)}, another authority's area."


def _no_child_in_need_plan(facts: CohortFacts) -> str | None:
    row = facts.row
    if row.status is CaseStatus.CHILD_IN_NEED_PLAN:
        return None
    if row.plan_started_on is None:
        return "The source gives no child in need plan."
    if row.plan_ended_on is not None and row.plan_ended_on <= facts.as_of:
        return f"The child in need plan ended on {_words(row.plan_ended_on)}."
    return None


_LOCAL = "Local policy."

COHORT_RULES: tuple[CohortRule, ...] = (
    CohortRule(
        "deceased",
        "Child has died",
        "A child who has died is the subject of other reviews.",
        _LOCAL,
        True,
        _deceased,
    ),
    CohortRule(
        "no_further_action",
        "Referral with no further action",
        "No service followed, so there is nothing to review.",
        "Children in Need census: ReferralNFA.",
        True,
        _no_further_action,
    ),
    CohortRule(
        "closed",
        "Episode closed",
        "The council no longer works with the child.",
        "Children in Need census: CINclosureDate; Annex A: case status.",
        True,
        _closed,
    ),
    CohortRule(
        "duplicate_open_episode",
        "Earlier of several open episodes",
        "A child is reviewed once; the latest referral stays.",
        "Children in Need census validation rules 8815 and 8816.",
        True,
        _duplicate_open_episode,
    ),
    CohortRule(
        "child_protection_plan",
        "Open child protection plan",
        "Child protection conferences review these children.",
        "Children in Need census: ChildProtectionPlans; Annex A: case status.",
        True,
        _child_protection_plan,
    ),
    CohortRule(
        "looked_after",
        "Looked after child",
        "Independent reviewing officers review these children.",
        "Annex A: case status.",
        True,
        _looked_after,
    ),
    CohortRule(
        "open_assessment",
        "Assessment not finished",
        "There is no plan yet; asked only where the source gives a case status.",
        "Annex A: case status.",
        True,
        _open_assessment,
    ),
    CohortRule(
        "over_18",
        "Adult or care leaver",
        "Care leavers have pathway plans with reviews of their own.",
        _LOCAL,
        True,
        _over_18,
    ),
    CohortRule(
        "outside_area",
        "Lives in a neighbouring authority",
        "The other authority is responsible, or the address needs checking.",
        "Geography of the programme.",
        True,
        _outside_area,
    ),
    CohortRule(
        "no_child_in_need_plan",
        "No open child in need plan",
        "For programmes that review plans only, from sources that carry them.",
        "Children in Need census: CINPlanDates, from 2022; Annex A: case status.",
        False,
        _no_child_in_need_plan,
    ),
)
"""Every rule, in the order in which they are asked."""

DEFAULT_RULES = frozenset(rule.code for rule in COHORT_RULES if rule.default_on)


def decide_cohort(
    rows: Sequence[CaseRow],
    rules_on: Iterable[str],
    as_of: date,
    geography: Geography,
    *,
    starts_on: date | None = None,
) -> list[CohortDecision]:
    """One decision for each row, in the same order.

    Args:
        rows: the whole caseload: a child's other episodes are looked for among them.
        rules_on: codes of the rules in force.
        as_of: the day for which it is decided; later closures and deaths have not happened yet.
        starts_on: the programme's start, on which ages count; None: `as_of`.

    Raises:
        InvalidInputError: a code is no rule's.
    """
    rules = _in_force(rules_on)
    latest = _latest_open_starts(rows, as_of)
    age_on = starts_on or as_of
    return [
        _decide(rules, CohortFacts(row, as_of, age_on, geography, latest.get(row.child_id)), as_of)
        for row in rows
    ]


def count_excluded(decisions: Iterable[CohortDecision]) -> dict[str, int]:
    """Rule → cases it keeps out, in the order of the rules; rules that keep out nobody are left out."""
    counts = Counter(decision.rule for decision in decisions if decision.rule)
    return {rule.code: counts[rule.code] for rule in COHORT_RULES if counts[rule.code]}


def nobody_left(decisions: Sequence[CohortDecision]) -> str | None:
    """A sentence when the rules keep out every case there is: that is never a success."""
    if not decisions or any(decision.included for decision in decisions):
        return None
    counts = count_excluded(decisions)
    code = max(counts, key=lambda rule: counts[rule])
    label = next(rule.label for rule in COHORT_RULES if rule.code == code)
    return (
        f"The cohort rules leave nobody: of {len(decisions)} cases the rule '{label}' alone keeps out "
        f"{counts[code]}. Check the file, or change the rules of the programme."
    )


def preview(
    rows: Sequence[CaseRow],
    before: Iterable[str],
    after: Iterable[str],
    as_of: date,
    geography: Geography,
    *,
    starts_on: date | None = None,
) -> CohortPreview:
    """What changing the rules from `before` to `after` would do to the cohort.

    Raises:
        InvalidInputError: a code is no rule's.
    """
    old = decide_cohort(rows, before, as_of, geography, starts_on=starts_on)
    new = decide_cohort(rows, after, as_of, geography, starts_on=starts_on)
    pairs = list(zip(old, new, strict=True))
    return CohortPreview(
        included_before=sum(decision.included for decision in old),
        included_after=sum(decision.included for decision in new),
        excluded_before=count_excluded(old),
        excluded_after=count_excluded(new),
        entering=tuple(now for was, now in pairs if now.included and not was.included),
        leaving=tuple(now for was, now in pairs if was.included and not now.included),
        nobody_left=nobody_left(new),
    )


def _in_force(codes: Iterable[str]) -> tuple[CohortRule, ...]:
    wanted = frozenset(codes)
    unknown = wanted - {rule.code for rule in COHORT_RULES}
    if unknown:
        raise InvalidInputError(f"There is no cohort rule {min(unknown)}.")
    return tuple(rule for rule in COHORT_RULES if rule.code in wanted)


def _latest_open_starts(rows: Sequence[CaseRow], as_of: date) -> dict[str, date]:
    latest: dict[str, date] = {}
    for row in rows:
        if is_open(row, as_of) and row.episode_start > latest.get(row.child_id, date.min):
            latest[row.child_id] = row.episode_start
    return latest


def _decide(rules: Iterable[CohortRule], facts: CohortFacts, as_of: date) -> CohortDecision:
    row = facts.row
    for rule in rules:
        reason = rule.excludes(facts)
        if reason is not None:
            return CohortDecision(row.child_id, row.episode_start, False, rule.code, reason)
    reason = f"On {_words(as_of)} no rule keeps the case out."
    return CohortDecision(row.child_id, row.episode_start, True, None, reason)


def _birthday(born_on: date, age: int) -> date:
    try:
        return born_on.replace(year=born_on.year + age)
    except ValueError:
        # Born on 29 February: of age on 1 March.
        return date(born_on.year + age, 3, 1)


def _words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
