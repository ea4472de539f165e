"""One synthetic child's episode of need: dates that fit together, drawn from `calibration`. Pure.

Every function takes the random generator it draws from, so that a seed decides everything.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, TypeVar

import numpy as np

from workflow.calendar import WorkCalendar
from workflow.demo import calibration
from workflow.demo.calibration import YEAR
from workflow.intake.rows import CaseRow, CaseStatus

T = TypeVar("T")

_STATUS = {
    "child_protection_plan": CaseStatus.CHILD_PROTECTION_PLAN,
    "looked_after": CaseStatus.LOOKED_AFTER,
    "closed": CaseStatus.CLOSED,
    "open_assessment": CaseStatus.OPEN_ASSESSMENT,
    "no_further_action": None,
}
"""Cohort rule → Annex A status; any other child has a child in need plan."""
_TEN_YEARS = round(10 * YEAR)
_PREGNANCY_DAYS = 280
_CONFERENCE_WORKING_DAYS = 15
"""From the strategy discussion to the initial child protection conference."""
_CALENDAR = WorkCalendar()


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the family's cases: an opaque worker id and what kind of worker that is."""

    worker: str | None
    kind: str
    """`SW`, `FSW`, `LEFT` (their successor is not recorded), or empty: nobody."""

    @property
    def qualified(self) -> bool | None:
        """Whether a qualified social worker holds the case; None when the file cannot say."""
        return {calibration.QUALIFIED: True, calibration.UNQUALIFIED: False}.get(self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What brothers and sisters share, mostly."""

    key: str
    district: str
    team: str
    holder: Holder
    need: str
    open_days: int
    unseen_days: int
    ethnicity: str
    source: str


@dataclass(frozen=True, slots=True)
class Enquiry:
    """A section 47 enquiry that led to a conference, needed none, or is still open."""

    started_on: date
    conference_on: date | None
    is_open: bool = False

    @property
    def conference_due_on(self) -> date:
        """Fifteen working days after the strategy discussion."""
        return _CALENDAR.add_working_days(self.started_on, _CONFERENCE_WORKING_DAYS)


@dataclass(frozen=True, slots=True)
class ProtectionPlan:
    """A child protection plan, begun at the conference."""

    started_on: date
    ended_on: date | None
    category: str
    earlier_plans: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoEpisode:
    """A row of the case system with the history behind it."""

    row: CaseRow
    kept_out_by: str | None
    """Code of the cohort rule this episode is in the file for; None: it belongs to the cohort."""
    first_assessment: tuple[date, date] | None = None
    """Start and authorisation of an assessment before the one the row speaks of."""
    enquiry: Enquiry | None = None
    plan: ProtectionPlan | None = None


def make_episode(
    rng: np.random.Generator, child_id: str, family: Family, kept_out_by: str | None, as_of: date
) -> DemoEpisode:
    """A child of the family with one episode, as the case system shows it on `as_of`."""
    start, closed_on = _span(rng, family, kept_out_by, as_of)
    birth_on, expected_on = _birth(rng, start, closed_on or as_of, kept_out_by)
    need = _mostly(rng, family.need, calibration.NEEDS.pick(rng))
    row = CaseRow(
        line=0,
        child_id=child_id,
        episode_start=start,
        birth_on=birth_on,
        expected_birth_on=expected_on,
        gender=_gender(rng, birth_on),
        ethnicity=family.ethnicity if birth_on else "NOBT",
        disabilities=_disabilities(rng, need) if birth_on else (),
        referral_source=family.source,
        primary_need=need,
        no_further_action=kept_out_by == "no_further_action",
        closed_on=closed_on,
        closure_reason=calibration.CLOSURE_REASONS.pick(rng) if closed_on else None,
        section_47_open=False,
        protection_plan_open=False,
        status=_STATUS.get(kept_out_by or "", CaseStatus.CHILD_IN_NEED_PLAN),
        last_seen_on=_last_seen(rng, family, start, closed_on or as_of),
        family=family.key,
        district=family.district,
        team=family.team,
        worker=family.holder.worker,
        worker_qualified=family.holder.qualified,
        looked_after=kept_out_by == "looked_after",
    )
    if row.no_further_action:
        return DemoEpisode(
            row=replace(row, last_seen_on=None, worker=None, worker_qualified=None),
            kept_out_by=kept_out_by,
        )
    episode = _assess(rng, row, kept_out_by, as_of)
    return _protect(rng, episode, as_of)


def earlier_episode(rng: np.random.Generator, later: DemoEpisode) -> DemoEpisode | None:
    """An older referral of the same child that nobody closed (rule 8815); None for the very young."""
    row = later.row
    start = row.episode_start - timedelta(int(rng.integers(60, 700)))
    if row.birth_on is None or start < row.birth_on:
        return None
    begun = start + timedelta(int(rng.integers(0, 7)))
    ended = min(begun + timedelta(_assessment_days(rng)), row.episode_start)
    return DemoEpisode(
        row=replace(
            row,
            episode_start=start,
            assessment_started_on=begun,
            assessment_authorised_on=ended,
            factors=("21",),
            section_47_open=False,
            protection_plan_ended_on=None,
        ),
        kept_out_by="duplicate_open_episode",
    )


def _span(
    rng: np.random.Generator, family: Family, kept_out_by: str | None, as_of: date
) -> tuple[date, date | None]:
    """When the episode began and, for a closed one, ended."""
    if kept_out_by == "closed":
        closed_on = as_of - timedelta(int(rng.integers(3, 280)))
        return closed_on - timedelta(21 + int(rng.gamma(1.3, 130))), closed_on
    if kept_out_by == "no_further_action":
        return as_of - timedelta(int(rng.integers(3, 280))), None
    if kept_out_by == "open_assessment":
        return as_of - timedelta(int(rng.integers(8, 75))), None
    open_days = _mostly(rng, family.open_days, calibration.OPEN_DAYS.pick(rng).pick(rng))
    if kept_out_by == "child_protection_plan":
        open_days += 40  # an enquiry and a conference came before the plan
    return as_of - timedelta(open_days), None


def _birth(
    rng: np.random.Generator, start: date, until: date, kept_out_by: str | None
) -> tuple[date | None, date | None]:
    """Date of birth, or the expected one; nobody is referred before the pregnancy."""
    if kept_out_by == "over_18":
        return until - timedelta(calibration.ADULT_AGES.pick(rng)), None
    days = (until - start).days
    may_be_unborn = kept_out_by not in {"looked_after", "closed"} and days < YEAR / 2
    if may_be_unborn and rng.random() < calibration.UNBORN:
        soonest = min(_PREGNANCY_DAYS - days - 1, 170)
        return None, until + timedelta(int(rng.integers(5, soonest)))
    latest = start + timedelta(_PREGNANCY_DAYS // 2)
    birth_on = date.max
    while birth_on > latest:
        birth_on = until - timedelta(calibration.AGES.pick(rng).pick(rng))
    return birth_on, None


def _gender(rng: np.random.Generator, birth_on: date | None) -> Any:
    if birth_on is None:
        return "unknown"
    return "male" if rng.random() < calibration.BOYS else "female"


def _disabilities(rng: np.random.Generator, need: str) -> tuple[str, ...]:
    share = calibration.DISABLED.get(need, calibration.DISABLED[None])
    if rng.random() >= share:
        return ()
    found = {code for code, share in calibration.DISABILITIES.items() if rng.random() < share}
    return tuple(sorted(found or {"LD"}))


def _last_seen(rng: np.random.Generator, family: Family, start: date, until: date) -> date | None:
    if rng.random() < calibration.NO_VISIT_ON_FILE:
        return None
    usual = int(rng.integers(1, 30))
    return max(start, until - timedelta(_mostly(rng, family.unseen_days, usual)))


def _mostly(rng: np.random.Generator, shared: T, own: T) -> T:
    """What the family shares, or now and then the child's own."""
    return shared if rng.random() < calibration.SIBLINGS_ALIKE else own


def _assess(
    rng: np.random.Generator, row: CaseRow, kept_out_by: str | None, as_of: date
) -> DemoEpisode:
    """Give the episode its assessments and the factors the last one found."""
    until = row.closed_on or as_of - timedelta(1)
    begun = row.episode_start + timedelta(int(rng.integers(0, 7)))
    if kept_out_by == "open_assessment":
        assessed = replace(row, assessment_started_on=begun, factors=())
        return DemoEpisode(row=assessed, kept_out_by=kept_out_by)
    ended = min(begun + timedelta(_assessment_days(rng)), until)
    first: tuple[date, date] | None = None
    days_open = (until - row.episode_start).days
    if days_open > calibration.REASSESSED_FROM and rng.random() < calibration.REASSESSED:
        first = begun, ended
        begun = until - timedelta(int(rng.integers(70, days_open - 270)))
        ended = min(begun + timedelta(_assessment_days(rng)), until)
    assessed = replace(
        row,
        assessment_started_on=begun,
        assessment_authorised_on=ended,
        factors=_factors(rng, row, ended),
    )
    return DemoEpisode(row=assessed, kept_out_by=kept_out_by, first_assessment=first)


def _assessment_days(rng: np.random.Generator) -> int:
    median, spread = calibration.ASSESSMENT_DAYS
    return round(median * float(rng.lognormal(0, spread)))


def _factors(rng: np.random.Generator, row: CaseRow, on: date) -> tuple[str, ...]:
    """The factors found, or 21 when there are none."""
    is_adolescent = row.birth_on is not None and (on - row.birth_on).days > _TEN_YEARS
    by_police = row.referral_source == "6"
    found = []
    for code, share in calibration.FACTORS[row.primary_need or ""].items():
        if code in calibration.ADOLESCENT_FACTORS and not is_adolescent:
            continue
        likelier = calibration.POLICE_FINDS_ABUSE if by_police and code in {"3A", "3B"} else 1
        if rng.random() < share * likelier:
            found.append(code)
    return tuple(sorted(found)) or ("21",)


def _protect(rng: np.random.Generator, episode: DemoEpisode, as_of: date) -> DemoEpisode:
    """Give the episode its enquiry and its child protection plan, if it has any."""
    days_open = (as_of - episode.row.episode_start).days
    if episode.kept_out_by == "child_protection_plan":
        held_ago = int(rng.integers(1, min(days_open - 26, 540)))
        return _with_plan(rng, episode, as_of - timedelta(held_ago), ended_on=None)
    if episode.kept_out_by is not None:
        return episode
    if days_open > YEAR / 2 and rng.random() < calibration.PLAN_ENDED:
        ended_ago = int(rng.integers(3, min(days_open - 130, 400)))
        held_ago = int(rng.integers(ended_ago + 90, days_open - 26))
        ended_on = as_of - timedelta(ended_ago)
        return _with_plan(rng, episode, as_of - timedelta(held_ago), ended_on)
    return _enquire(rng, episode, days_open, as_of)


def _enquire(
    rng: np.random.Generator, episode: DemoEpisode, days_open: int, as_of: date
) -> DemoEpisode:
    """An enquiry that is open, or found that no conference was needed, on some episodes."""
    row = episode.row
    lot = float(rng.random()) if row.primary_need == "N1" else 1.0
    if lot < calibration.OPEN_ENQUIRY:
        begun = as_of - timedelta(int(rng.integers(1, min(days_open, 14))))
        enquiry = Enquiry(begun, None, is_open=True)
        return replace(episode, row=replace(row, section_47_open=True), enquiry=enquiry)
    if lot < calibration.OPEN_ENQUIRY + calibration.ENQUIRY_WITHOUT_CONFERENCE:
        begun = row.episode_start + timedelta(int(rng.integers(0, days_open)))
        return replace(episode, enquiry=Enquiry(begun, None))
    return episode


def _with_plan(
    rng: np.random.Generator, episode: DemoEpisode, held_on: date, ended_on: date | None
) -> DemoEpisode:
    """The episode with an enquiry, the conference it led to, and the plan made there."""
    plan = ProtectionPlan(
        started_on=held_on,
        ended_on=ended_on,
        category=calibration.ABUSE_CATEGORIES.pick(rng),
        earlier_plans=calibration.EARLIER_PLANS.pick(rng),
    )
    row = replace(
        episode.row, protection_plan_open=ended_on is None, protection_plan_ended_on=ended_on
    )
    begun = held_on - timedelta(int(rng.integers(12, 25)))
    return replace(episode, row=row, plan=plan, enquiry=Enquiry(begun, held_on))
