"""Words where the children go: step-downs and step-ups, week by week, against what can be taken in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from forms.actions import PATH
from forms.cells import to_csv
from forms.pages import Column, Link, Page, Site, Table
from forms.wording import long_date, number, percentage, plural, short_date
from workflow.followup.demand import Demand, Week
from workflow.followup.outlook import DemandOutlook

_LIKELY = 0.5
_SHOWN = 0.05
"""A week in which fewer are expected is not shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place that takes children in: a sentence, and its weeks."""

    heading: str
    sentence: str
    is_over: bool
    weeks: Table | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlookPage(Page):
    """Where children go after their reviews."""

    lead: str
    """Empty: there is nothing to forecast yet."""
    why_not: str
    summary: Table | None
    areas: tuple[Place, ...]
    conferences: Place | None
    step_ups: Table | None
    csv: str


class OutlookRow(NamedTuple):
    """One week at one place."""

    place: str
    week_of: date
    arrivals: float
    low80: float
    high80: float
    capacity: float | None
    waiting: float | None
    chance_somebody_waits: float | None


def outlook_page(
    site: Site, outlook: DemandOutlook | None, *, as_of: date, why_not: str = ""
) -> OutlookPage:
    """The page; `why_not` says why there is no forecast."""
    places = (*outlook.step_downs, outlook.conferences) if outlook else ()
    return OutlookPage(
        site=site,
        title="Step-downs and step-ups to come",
        as_of=long_date(as_of),
        back=Link("Back to the actions", PATH),
        lead=_lead(outlook) if outlook else "",
        why_not=why_not,
        summary=_summary(places) if outlook else None,
        areas=tuple(_place(area, number_) for number_, area in enumerate(outlook.step_downs))
        if outlook
        else (),
        conferences=_place(
            outlook.conferences, len(outlook.step_downs), ("conference", "conferences")
        )
        if outlook
        else None,
        step_ups=_step_ups(outlook.step_ups) if outlook else None,
        csv=f"{PATH}/outlook.csv",
    )


def outlook_rows(outlook: DemandOutlook) -> list[OutlookRow]:
    """Every number of the page, place by place."""
    rows = [
        OutlookRow(
            place.name,
            week.monday,
            round(week.arrivals, 1),
            round(week.low80, 1),
            round(week.high80, 1),
            place.capacity_per_week,
            round(week.waiting, 1),
            round(week.p_over, 2),
        )
        for place in (*outlook.step_downs, outlook.conferences)
        for week in place.weeks
    ]
    ups = [
        OutlookRow(
            "Strategy discussions",
            week.monday,
            round(week.arrivals, 1),
            round(week.low80, 1),
            round(week.high80, 1),
            None,
            None,
            None,
        )
        for week in outlook.step_ups
    ]
    return [*rows, *ups]


def outlook_csv(outlook: DemandOutlook) -> str:
    """`outlook_rows` as CSV with ISO dates."""
    return to_csv([OutlookRow._fields, *outlook_rows(outlook)])


def _lead(outlook: DemandOutlook) -> str:
    over = [area for area in outlook.step_downs if area.first_over or area.waiting_now]
    if not over:
        return (
            "Every early help area is expected to take in the children who step down as they come."
        )
    names = _listed([area.name for area in over])
    return (
        f"More children are expected to step down than early help can take in at once in {names}: "
        "some would wait."
    )


def _summary(places: Sequence[Demand]) -> Table:
    return Table(
        id="summary",
        caption="What is to come, against what can be taken in",
        columns=(
            Column("Place"),
            Column("So far", is_numeric=True),
            Column("Wait now", is_numeric=True),
            Column("Still to come", is_numeric=True),
            Column("Taken in a week", is_numeric=True),
            Column("Most waiting, on average", is_numeric=True),
            Column("Somebody likely waits from"),
        ),
        rows=tuple(
            (
                place.name,
                number(place.so_far),
                number(place.waiting_now),
                number(sum(week.arrivals for week in place.weeks)),
                number(place.capacity_per_week),
                number(max((week.waiting for week in place.weeks), default=0.0)),
                short_date(place.first_over) if place.first_over else "No week",
            )
            for place in places
        ),
    )


def _place(place: Demand, number_: int, nouns: tuple[str, str] = ("child", "children")) -> Place:
    weeks = list(_until_quiet(place.weeks))
    return Place(
        heading=place.name,
        sentence=_sentence(place, nouns),
        is_over=place.first_over is not None,
        weeks=Table(
            id=f"weeks-{number_}",
            caption=f"{place.name}, week by week",
            columns=(
                Column("Week of"),
                Column("Arrive", is_numeric=True),
                Column("80 % range", is_numeric=True),
                Column("Taken in at most", is_numeric=True),
                Column("Wait at its end", is_numeric=True),
                Column("Chance that somebody waits", is_numeric=True),
            ),
            rows=tuple(
                (
                    short_date(week.monday),
                    number(week.arrivals, 1),
                    f"{number(week.low80)} to {number(week.high80)}",
                    number(place.capacity_per_week),
                    number(week.waiting, 1),
                    percentage(week.p_over),
                )
                for week in weeks
            ),
        )
        if weeks
        else None,
    )


def _sentence(place: Demand, nouns: tuple[str, str]) -> str:
    to_come = sum(week.arrivals for week in place.weeks)
    said = (
        f"{plural(place.so_far, *nouns)} so far, about {number(to_come)} still to come; "
        f"{number(place.capacity_per_week)} can be taken in a week."
    )
    if place.waiting_now:
        said += f" {number(place.waiting_now)} wait already."
    if place.first_over is None:
        return f"{said} In no week is it likely that somebody waits."
    most = max(place.weeks, key=lambda week: week.waiting)
    since = long_date(place.first_over)
    if most.monday == place.first_over:
        return f"{said} In the week of {since} about {number(most.waiting)} are likely to wait."
    return (
        f"{said} From the week of {since} somebody is likely to wait; in the week of "
        f"{long_date(most.monday)}, about {number(most.waiting)}."
    )


def _step_ups(weeks: Sequence[Week]) -> Table:
    return Table(
        id="step-ups",
        caption="Strategy discussions that reviews lead to, for the county",
        columns=(
            Column("Week of"),
            Column("Expected", is_numeric=True),
            Column("80 % range", is_numeric=True),
        ),
        rows=tuple(
            (
                short_date(week.monday),
                number(week.arrivals, 1),
                f"{number(week.low80)} to {number(week.high80)}",
            )
            for week in _until_quiet(weeks)
        ),
    )


def _until_quiet(weeks: Sequence[Week]) -> Iterable[Week]:
    """The weeks up to the last in which somebody is expected or waits."""
    busy = [
        place
        for place, week in enumerate(weeks)
        if week.arrivals >= _LIKELY or week.p_over >= _SHOWN
    ]
    return weeks[: busy[-1] + 1] if busy else weeks[:1]


def _listed(names: Sequence[str]) -> str:
    """Names that hold commas of their own are told apart by semicolons."""
    return "; ".join(names)
