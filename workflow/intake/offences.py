"""What each rule of `checks.RULES` looks for: functions that give the values which offend.

Pure functions of an episode and the yardstick it is measured against; no texts here.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from workflow.geography import Geography
from workflow.intake.episodes import NO_DISABILITY, Episode, Value

CARE_LEAVER_UNTIL = 25
"""Years of age up to which a care leaver may still have an open episode."""
PREGNANCY_DAYS = 280
HISTORY_YEARS = 25
"""An episode closed longer ago than this is history: nobody of it is a child or a care leaver now."""
_UPN = re.compile(r"[A-Za-z]\d{11}[\dA-Za-z]")


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What an episode is measured against."""

    horizon: date
    """No activity can be later: the file's reference date, or today when it names none."""
    geography: Geography
    is_census: bool = False
    """The source is the census return, where more must be filled in."""
    provides: frozenset[str] = frozenset()
    """Fields the source speaks for: only these can be missing."""


Offences = Callable[[Episode, Yardstick], Iterable[Value]]


def is_history(episode: Episode, yardstick: Yardstick) -> bool:
    """Whether the episode closed so long ago that the order of its activities no longer matters."""
    closed = episode.on("closed_on")
    return closed is not None and closed < _years_before(yardstick.horizon, HISTORY_YEARS)


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def missing(name: str) -> Offences:
    """The field, when the source speaks for it but this episode has nothing there."""

    def find(episode: Episode, yardstick: Yardstick) -> Iterator[Value]:
        if name in yardstick.provides and name not in episode.facts:
            yield episode.absent(name)

    return find


def missing_in_census(name: str, *also: str) -> Offences:
    """The field, when a census episode has neither it nor another that can stand for it."""

    def find(episode: Episode, yardstick: Yardstick) -> Iterator[Value]:
        if yardstick.is_census and not any(other in episode.facts for other in (name, *also)):
            yield episode.absent(name)

    return find


def missing_disability(episode: Episode, yardstick: Yardstick) -> Iterator[Value]:
    """The disabilities of a child born and taken on, when none is given, not even NONE."""
    if not episode.is_dismissed and "birth_on" in episode.facts:
        yield from missing_in_census("disabilities")(episode, yardstick)


def missing_birth(episode: Episode, yardstick: Yardstick) -> Iterator[Value]:
    """The date of birth, when no expected one is given either."""
    given = {"birth_on", "expected_birth_on"} & episode.facts.keys()
    if "birth_on" in yardstick.provides and not given:
        yield episode.absent("birth_on")


def missing_need(episode: Episode, yardstick: Yardstick) -> Iterator[Value]:
    """The primary need, unless the case ended with the referral or the assessment."""
    closed_after_assessment = episode.on("closure_reason") in {"RC8", "RC9"}
    if not (episode.is_dismissed or closed_after_assessment):
        yield from missing("primary_need")(episode, yardstick)


def missing_start_of_part(episode: Episode, _: Yardstick) -> Iterator[Value]:
    """The end of an assessment or plan that has no start."""
    spans = (*episode.assessments, *episode.plans, *episode.protection_plans)
    yield from (span.end for span in spans if span.end and not span.start)


def after(name: str) -> Offences:
    """The field, when its date is after the horizon."""

    def find(episode: Episode, yardstick: Yardstick) -> Iterator[Value]:
        yield from _later(episode.facts.get(name), yardstick.horizon)

    return find


def _later(value: Value | None, day: date | None) -> Iterator[Value]:
    if value and value.value is not None and day is not None and value.value > day:
        yield value


def _earlier(value: Value | None, day: date | None) -> Iterator[Value]:
    if value and value.value is not None and day is not None and value.value < day:
        yield value


def _activities(episode: Episode) -> Iterator[Value]:
    """Every dated activity inside the episode except its child protection plans' starts."""
    for span in (*episode.assessments, *episode.plans):
        yield from span.dates
    for plan in episode.protection_plans:
        if plan.end:
            yield plan.end
    for enquiry in episode.enquiries:
        yield from (value for value in (enquiry.start, enquiry.conference) if value)
    if "conference" in episode.facts:
        yield episode.facts["conference"]


def activity_in_future(episode: Episode, yardstick: Yardstick) -> Iterator[Value]:
    """Every activity, visit or death after the horizon."""
    starts = (plan.start for plan in episode.protection_plans if plan.start)
    seen = (episode.facts[name] for name in ("last_seen_on", "died_on") if name in episode.facts)
    for value in (*_activities(episode), *starts, *seen):
        yield from _later(value, yardstick.horizon)


def activity_after_closure(episode: Episode, _: Yardstick) -> Iterator[Value]:
    """Every activity after the closure date."""
    for value in _activities(episode):
        yield from _later(value, episode.on("closed_on"))


def born_after_referral(episode: Episode, yardstick: Yardstick) -> Iterator[Value]:
    """The date of birth, or the expected one, more than a pregnancy after the referral."""
    start, born_on = episode.on("episode_start"), episode.on("birth_on")
    # A birth in the future is another rule's.
    if start is None or (born_on is not None and born_on > yardstick.horizon):
        return
    for name in ("birth_on", "expected_birth_on"):
        yield from _later(episode.facts.get(name), start + timedelta(PREGNANCY_DAYS))


def over_age(episode: Episode, yardstick: Yardstick) -> Iterator[Value]:
    """The date of birth of somebody too old for an open episode."""
    if episode.is_open:
        limit = _years_before(yardstick.horizon, CARE_LEAVER_UNTIL)
        yield from _earlier(episode.facts.get("birth_on"), limit)


def died_before_birth(episode: Episode, _: Yardstick) -> Iterator[Value]:
    """The date of death, when it is before the date of birth."""
    yield from _earlier(episode.facts.get("died_on"), episode.on("birth_on"))


def referred_after_death(episode: Episode, _: Yardstick) -> Iterator[Value]:
    """The referral date, when it is after the date of death."""
    yield from _later(episode.facts.get("episode_start"), episode.on("died_on"))


def closed_before_start(episode: Episode, _: Yardstick) -> Iterator[Value]:
    """The closure date, when it is before the referral."""
    yield from _earlier(episode.facts.get("closed_on"), episode.on("episode_start"))


def closed_without_reason(episode: Episode, yardstick: Yardstick) -> Iterator[Value]:
    """The reason for closure a closed episode lacks."""
    if "closed_on" in episode.facts:
        yield from missing("closure_reason")(episode, yardstick)


def reason_without_closure(episode: Episode, _: Yardstick) -> Iterator[Value]:
    """The reason for closure of an episode without closure date."""
    if "closure_reason" in episode.facts and "closed_on" not in episode.facts:
        yield episode.facts["closure_reason"]


def closed_with_open_assessment(episode: Episode, yardstick: Yardstick) -> Iterator[Value]:
    """The start of each unfinished assessment of a closed episode."""
    if "closed_on" in episode.facts and (
        yardstick.is_census or "assessment_authorised_on" in yardstick.provides
    ):
        yield from (span.start for span in episode.assessments if span.start and span.is_open)


def closed_with_open_enquiry(episode: Episode, _: Yardstick) -> Iterator[Value]:
    """The start of each unfinished section 47 enquiry of a closed episode."""
    if "closed_on" in episode.facts:
        yield from (item.start for item in episode.enquiries if item.start and item.is_open)


def status_contradicts_closure(episode: Episode, yardstick: Yardstick) -> Iterator[Value]:
    """The case status, when it says closed without a date or open with one."""
    status = episode.on("status")
    if status is None or "closed_on" not in yardstick.provides:
        return
    if (status == "closed") != ("closed_on" in episode.facts):
        yield episode.facts["status"]


def activity_on_dismissed(episode: Episode, _: Yardstick) -> Iterator[Value]:
    """Assessments, enquiries and conferences on a referral with no further action."""
    if episode.is_dismissed:
        yield from (value for span in episode.assessments for value in span.dates)
        yield from (enquiry.start for enquiry in episode.enquiries if enquiry.start)
        if "conference" in episode.facts:
            yield episode.facts["conference"]


def protection_on_dismissed(episode: Episode, _: Yardstick) -> Iterator[Value]:
    """Child protection plans on a referral with no further action."""
    if episode.is_dismissed:
        yield from (plan.start for plan in episode.protection_plans if plan.start)


def plan_on_dismissed(episode: Episode, _: Yardstick) -> Iterator[Value]:
    """Child in need plans on a referral with no further action."""
    if episode.is_dismissed:
        yield from (plan.start for plan in episode.plans if plan.start)


def before_referral(part: str) -> Offences:
    """The start of each part (a field of `Episode`) that starts before the referral."""

    def find(episode: Episode, _: Yardstick) -> Iterator[Value]:
        for span in getattr(episode, part):
            yield from _earlier(span.start, episode.on("episode_start"))

    return find


def conference_before_referral(episode: Episode, _: Yardstick) -> Iterator[Value]:
    """Each initial child protection conference before the referral."""
    conferences = (enquiry.conference for enquiry in episode.enquiries)
    for value in (episode.facts.get("conference"), *conferences):
        yield from _earlier(value, episode.on("episode_start"))


def ends_before_start(part: str) -> Offences:
    """The end of each part (a field of `Episode`) that ends before it starts."""

    def find(episode: Episode, _: Yardstick) -> Iterator[Value]:
        for span in getattr(episode, part):
            yield from _earlier(span.end, span.started_on)

    return find


def bad_upn(episode: Episode, _: Yardstick) -> Iterator[Value]:
    """Each unique pupil number of the wrong pattern."""
    for name in ("upn", "former_upn"):
        value = episode.facts.get(name)
        if value and not _UPN.fullmatch(value.value):
            yield value


def sexes_disagree(episode: Episode, _: Yardstick) -> Iterator[Value]:
    """The sex, when the gender given beside it says the other."""
    said = {episode.on("sex"), episode.on("gender")}
    if said == {"male", "female"}:
        yield episode.facts["sex"]


def none_and_others(episode: Episode, _: Yardstick) -> Iterator[Value]:
    """The disabilities, when NONE is among several."""
    codes = episode.on("disabilities") or ()
    if NO_DISABILITY in codes and len(codes) > 1:
        yield episode.facts["disabilities"]


def no_factors_and_others(episode: Episode, _: Yardstick) -> Iterator[Value]:
    """The assessment factors, when 21 (none identified) is among several."""
    listed = (span.factors for span in episode.assessments if span.factors)
    yield from (
        value for value in listed if value.value and "21" in value.value and len(value.value) > 1
    )


def next_door(episode: Episode, yardstick: Yardstick) -> Iterator[Value]:
    """The district, when it is a neighbouring authority's."""
    if yardstick.geography.is_neighbour(episode.on("district")):
        yield episode.facts["district"]
