"""Pages as values: everything computed and in words, so that templates only lay out.

Counts and forecasts only; no case reference and nothing about a child passes through here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from forms.charts import BurnDown, read_burn_down, words
from forms.render import in_words
from workflow.calendar import WorkCalendar
from workflow.forecast.words import DateQuantile, chance_in_words
from workflow.geography import Geography
from workflow.models import Escalation, Programme, StoredForecast
from workflow.policy import Policy
from workflow.queries import UNALLOCATED_AGENCY, Counts
from workflow.states import OPEN_STATES, ReviewState

UNKNOWN_DISTRICT = "unknown"
"""What `Counts.by_district` calls cases without one."""
TENTHS_BELOW = 10
"""A pace below this many reviews a day is said with one decimal."""

WHOSE_TURN = {
    ReviewState.UNALLOCATED: "coordinator",
    ReviewState.ALLOCATED: "reviewer",
    ReviewState.IN_PROGRESS: "reviewer",
    ReviewState.ON_HOLD: "coordinator",
    ReviewState.SUBMITTED: "manager",
    ReviewState.RETURNED: "reviewer",
    ReviewState.IN_MODERATION: "moderator",
    ReviewState.COMPLETE: "nobody",
    ReviewState.WITHDRAWN: "nobody, out of scope",
}
BINDING = {
    "reviewing": "Reviewing holds the end back: more reviewer-days would bring it forward most.",
    "confirming": "Confirming holds the end back: more of managers' time would bring it forward most.",
    "moderation": "Moderation holds the end back: more second looks a day would bring it forward most.",
}


@dataclass(frozen=True, slots=True)
class EmptyState:
    """Why there is nothing to show yet, and the command that changes it."""

    why: str
    command: str
    then: str
    """What the command does, in a few words."""


NO_PROGRAMME = EmptyState(
    "No programme of reviews has been started in this database.",
    "cin init",
    "starts one; cin demo makes a synthetic one to look at.",
)
NO_CASELOAD = EmptyState(
    "The programme has no reviews yet: no caseload has been taken in.",
    "cin import FILE",
    "takes a caseload in and opens one review for each case in the cohort.",
)
NO_FORECAST = EmptyState(
    "No forecast has been made yet.",
    "cin forecast",
    "says when the reviews will be complete, and draws the burn-down.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRow:
    """Reviews in one state."""

    state: str
    whose_turn: str
    reviews: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """One district or agency; counts as they stand now, chance and date from the forecast."""

    name: str
    open: int
    complete: int
    total: int
    p_done: float | None
    """Chance that its last review is complete by the target; None without a forecast."""
    chance: str
    sure_by: str
    """The day by which 98 % of its reviews are complete with a chance of 80 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastPart:
    """What the page says of the newest forecast."""

    as_of: date
    made_at: datetime
    basis: str
    """`plan` or `evidence`."""
    basis_in_words: str
    headline: tuple[str, ...]
    """Sentences; the first carries the chance."""
    p_done_by_target: float
    by_when: tuple[tuple[str, str, str, str], ...]
    """What, and the days by which it is done with a chance of 50, 80 and 95 %."""
    required: float | None
    """Completions needed per working day."""
    achieved: float | None
    """Completions per working day of late."""
    pace: tuple[str, ...]
    binding: str
    caveats: tuple[str, ...]
    burn_down: BurnDown


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressPage:
    """The managers' progress page."""

    service: str
    """The programme's name."""
    is_demo: bool = False
    as_of: date | None = None
    target: date | None = None
    total: int = 0
    complete: int = 0
    open: int = 0
    overdue: int = 0
    working_days_left: int = 0
    """To the target, both ends counted."""
    escalations: int = 0
    late_escalations: int = 0
    """Of those, unacknowledged past their time."""
    by_state: tuple[StateRow, ...] = ()
    by_district: tuple[PartRow, ...] = ()
    """Least likely to be done in time first."""
    by_agency: tuple[PartRow, ...] = ()
    forecast: ForecastPart | None = None
    empty: EmptyState | None = None

    @property
    def heading(self) -> str:
        """The page's one h1, with which its title starts too."""
        return f"Progress on {words(self.as_of)}" if self.as_of else "Progress"


def empty_page(service: str) -> ProgressPage:
    """The page of a database without a programme."""
    return ProgressPage(service=service, empty=NO_PROGRAMME)


def progress_page(
    *,
    programme: Programme,
    policy: Policy,
    geography: Geography,
    counts: Counts,
    overdue: int,
    escalations: list[Escalation],
    forecast: StoredForecast | None,
    as_of: date,
    now: datetime,
) -> ProgressPage:
    """Put the page together from what was read.

    Args:
        escalations: those still open.
        forecast: the newest one; None before the first.
        now: the instant against which the escalations' clocks are read.
    """
    calendar = programme.calendar
    said = forecast.result if forecast else {}
    return ProgressPage(
        service=programme.name,
        is_demo=programme.is_demo,
        as_of=as_of,
        target=programme.target_on,
        total=counts.total,
        complete=counts.complete,
        open=counts.total - counts.complete,
        overdue=overdue,
        working_days_left=len(calendar.working_days(as_of, programme.target_on)),
        escalations=len(escalations),
        late_escalations=sum(
            item.acknowledged_at is None and item.acknowledge_by < now for item in escalations
        ),
        by_state=tuple(
            StateRow(state=in_words(state), whose_turn=WHOSE_TURN[state], reviews=number)
            for state, number in counts.by_state.items()
        ),
        by_district=_by_district(counts, said, geography, calendar),
        by_agency=_by_agency(counts, said, calendar),
        forecast=_forecast_part(forecast, policy, geography, calendar, as_of) if forecast else None,
        empty=_emptiness(counts, forecast),
    )


def _emptiness(counts: Counts, forecast: StoredForecast | None) -> EmptyState | None:
    if not counts.total:
        return NO_CASELOAD
    return None if forecast else NO_FORECAST


def _by_district(
    counts: Counts, said: Mapping[str, Any], geography: Geography, calendar: WorkCalendar
) -> tuple[PartRow, ...]:
    parts = {part["district"] or UNKNOWN_DISTRICT: part for part in said.get("by_district", ())}
    rows = [
        _part_row(_district(code, geography), states, parts.get(code), said, calendar)
        for code, states in counts.by_district.items()
    ]
    return tuple(sorted(rows, key=_risk))


def _by_agency(
    counts: Counts, said: Mapping[str, Any], calendar: WorkCalendar
) -> tuple[PartRow, ...]:
    parts = {part["agency"] or UNALLOCATED_AGENCY: part for part in said.get("by_agency", ())}
    rows = [
        _part_row(in_words(name), states, parts.get(name), said, calendar)
        for name, states in counts.by_agency.items()
    ]
    return tuple(sorted(rows, key=_risk))


def _district(code: str, geography: Geography) -> str:
    return "Not known" if code == UNKNOWN_DISTRICT else geography.name_of(code)


def _part_row(
    name: str,
    states: Mapping[ReviewState, int],
    part: Mapping[str, Any] | None,
    said: Mapping[str, Any],
    calendar: WorkCalendar,
) -> PartRow:
    still_open = sum(states.get(state, 0) for state in OPEN_STATES)
    complete = states.get(ReviewState.COMPLETE, 0)
    chance, sure_by = "–", "–"
    if not still_open:
        chance = sure_by = "all complete" if complete else "–"
    elif part:
        chance = chance_in_words(part["p_done"])
        sure_by = _day(part["p80"], said, calendar)
    return PartRow(
        name=name,
        open=still_open,
        complete=complete,
        total=still_open + complete,
        p_done=part["p_done"] if part else None,
        chance=chance,
        sure_by=sure_by,
    )


def _risk(row: PartRow) -> tuple[bool, float, str]:
    """Least likely first; what is done, or has no forecast, last."""
    return not row.open, 1.0 if row.p_done is None else row.p_done, row.name


def _forecast_part(
    stored: StoredForecast,
    policy: Policy,
    geography: Geography,
    calendar: WorkCalendar,
    today: date,
) -> ForecastPart:
    said = stored.result
    return ForecastPart(
        as_of=stored.as_of,
        made_at=stored.made_at,
        basis=said["basis"],
        basis_in_words=_BASIS[said["basis"]],
        headline=tuple(_headline(said, calendar)),
        p_done_by_target=said["p_done_by_target"],
        by_when=(
            _by_when("98 % of the reviews", said, said, calendar),
            _by_when("The last review", said["last_case"], said, calendar),
        ),
        required=said["required_per_working_day"],
        achieved=said["achieved_per_working_day"],
        pace=tuple(_pace(said, policy.forecast.achieved_over)),
        binding=_binding(said["binding_stage"], geography),
        caveats=tuple(_caveats(said, stored, today)),
        burn_down=read_burn_down(said, calendar),
    )


_BASIS = {
    "plan": "the capacity plan alone, because no review has been submitted yet",
    "evidence": "the work done so far, next to the capacity plan",
}


def _by_when(
    what: str, dates: Mapping[str, Any], said: Mapping[str, Any], calendar: WorkCalendar
) -> tuple[str, str, str, str]:
    p50, p80, p95 = (_day(dates[level], said, calendar) for level in ("p50", "p80", "p95"))
    return what, p50, p80, p95


def _headline(said: Mapping[str, Any], calendar: WorkCalendar) -> Iterator[str]:
    """The chance first, then the dates."""
    target = date.fromisoformat(said["target"])
    if not said["open"]:
        yield f"All {said['total']:,} reviews are complete."
        return
    if said["required_per_working_day"] is None:
        yield f"The target, {words(target)}, has passed with {said['open']:,} reviews open."
    else:
        chance = chance_phrase(said["p_done_by_target"])
        yield f"There is {chance} that all reviews are complete by {words(target)}."
    yield (
        f"We are 80 % sure of finishing 98 % of them {_by(said['p80'], said, calendar)}, "
        f"and the last one {_by(said['last_case']['p80'], said, calendar)}."
    )


def chance_phrase(probability: float) -> str:
    """A chance with its article and its frequency.

    >>> chance_phrase(0.62)
    'a 62 % chance (about 6 in 10)'
    """
    percent, _, frequency = chance_in_words(probability).partition(" %")
    said = percent.replace("<", "less than ").replace(">", "more than ")
    vowel = said.startswith("8") or said in {"11", "18"}
    return f"{'an' if vowel else 'a'} {said} % chance{frequency}"


def _quantile(iso: str | None, said: Mapping[str, Any], calendar: WorkCalendar) -> DateQuantile:
    """A forecast's date; null means not before the working day after its horizon."""
    if iso is not None:
        return DateQuantile(date.fromisoformat(iso))
    horizon = date.fromisoformat(said["horizon_ends"])
    return DateQuantile(calendar.add_working_days(horizon, 1), beyond=True)


def _day(iso: str | None, said: Mapping[str, Any], calendar: WorkCalendar) -> str:
    return str(_quantile(iso, said, calendar))


def _by(iso: str | None, said: Mapping[str, Any], calendar: WorkCalendar) -> str:
    found = _quantile(iso, said, calendar)
    return str(found) if found.beyond else f"by {found}"


def _pace(said: Mapping[str, Any], achieved_over: int) -> Iterator[str]:
    required, achieved = said["required_per_working_day"], said["achieved_per_working_day"]
    if required is not None:
        yield (
            f"To finish by {words(date.fromisoformat(said['target']))}, {_number(required)} reviews "
            "must be completed on each working day from now on."
        )
    if achieved is not None:
        days = min(achieved_over, len(said["burn_down"]))
        over = f"Over the last {days} working days it was" if days > 1 else "Yesterday it was"
        yield f"{over} {_number(achieved)} a day."
    needed, done = said["required_per_reviewer_day"], said["achieved_per_reviewer_day"]
    if needed is not None and done is not None:
        yield f"Per reviewer-day: {needed:.1f} needed, {done:.1f} done."


def _number(pace: float) -> str:
    """Whole reviews, unless that would hide the difference."""
    return f"{pace:.1f}" if pace < TENTHS_BELOW else f"{pace:,.0f}"


def _binding(stage: str | None, geography: Geography) -> str:
    if stage is None:
        return "No single stage holds the end back."
    if stage in BINDING:
        return BINDING[stage]
    return f"{geography.name_of(stage)} holds the end back: help there would bring it forward most."


def _caveats(said: Mapping[str, Any], stored: StoredForecast, today: date) -> Iterator[str]:
    """What the forecast takes for granted, and what it leaves out."""
    given = said["assumptions"]
    parts = [f"{given['reviewer_days_per_day']:,.0f} reviewer-days on a working day"]
    if vacancies := round(given["vacancies"]):
        parts.append(f"{vacancies} vacant posts filled, perhaps late")
    if fresh := given["new_cases_per_day"]:
        parts.append(f"{fresh:.1f} new cases a day")
    parts.append(f"{100 * given['returned_share']:.0f} % of submitted reviews returned for changes")
    yield f"It assumes {', '.join(parts[:-1])} and {parts[-1]}."
    yield "It does not include industrial action, a system outage or a change of the programme's rules."
    if stored.as_of < today:
        yield f"Work done after {words(stored.as_of)} is in the counts but not in the forecast."
