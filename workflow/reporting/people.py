"""The report's section on capacity: vacant posts, and Practice Managers who still carry cases. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from workflow.calendar import WorkCalendar
from workflow.capacity import Band, BurnDown, Point
from workflow.reporting.values import Column, Section, Table, Value, looked_up, rounded

SHOWN_EVERY = 5
"""Working days between the rows of a burn-down: a week."""
Register = Literal["vacant_posts", "carried_cases"]
_TITLES: Mapping[Register, str] = {
    "vacant_posts": "Vacant posts: plan and forecast",
    "carried_cases": "Cases Practice Managers carry: plan and forecast",
}
_LABELS = {
    "left": "Left now",
    "undated": "Of these, without a date",
    "p50": "None left by, with an even chance",
    "p80": "None left by, 80 % sure",
    "chance": "Chance that none is left by the target",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A vacant post, or a Practice Manager who carries cases: a reference, never a name."""

    reference: str
    district: str
    since_on: date | None = None
    first_on: date | None
    """The date first given by which it is over."""
    now_on: date | None
    """The date given now."""


def capacity_section(
    posts: Sequence[Dated],
    managers: Sequence[Dated],
    burn_downs: Mapping[Register, BurnDown],
    calendar: WorkCalendar,
) -> Section:
    """Both registers as they stand, and their burn-downs."""
    outlook = _outlook(burn_downs)
    return Section(
        tables=(
            outlook,
            _posts(posts, calendar),
            _managers(managers, calendar),
            *(_course(name, burn_down) for name, burn_down in burn_downs.items()),
        ),
        figures=tuple(
            looked_up(
                f"{name}.{row}", f"{_TITLES[name]}: {label}", value, outlook.name, name, what=label
            )
            for name in burn_downs
            for (row, label), value in zip(_LABELS.items(), outlook.column(name), strict=True)
        ),
    )


def _outlook(burn_downs: Mapping[Register, BurnDown]) -> Table:
    columns = {name: _facts(burn_down) for name, burn_down in burn_downs.items()}
    return Table(
        name="capacity",
        title="When posts are filled and Practice Managers carry no cases",
        columns=(
            Column("what", "What"),
            Column("vacant_posts", "Vacant posts"),
            Column("carried_cases", "Cases Practice Managers carry"),
        ),
        rows=tuple(
            (label, *(facts[row] for facts in columns.values())) for row, label in _LABELS.items()
        ),
        note=" ".join(f"{_TITLES[name]}: {one.basis}" for name, one in burn_downs.items()),
    )


def _facts(burn_down: BurnDown) -> dict[str, Value]:
    return {
        "left": burn_down.left,
        "undated": burn_down.undated,
        "p50": str(burn_down.p50),
        "p80": str(burn_down.p80),
        "chance": rounded(burn_down.p_done_by_target),
    }


def _posts(posts: Sequence[Dated], calendar: WorkCalendar) -> Table:
    return Table(
        name="vacant_posts",
        title="Vacant posts",
        columns=(
            Column("post", "Post"),
            Column("district", "District"),
            Column("since", "Vacant since", "date"),
            Column("first_expected", "First date given", "date"),
            Column("expected", "Date now", "date"),
            Column("slip", "Working days moved", "count"),
        ),
        rows=tuple(
            (one.reference, one.district, one.since_on, *_dates(one, calendar)) for one in posts
        ),
        note="Where no date stands, none has been given.",
        empty="No post stands vacant.",
    )


def _managers(managers: Sequence[Dated], calendar: WorkCalendar) -> Table:
    return Table(
        name="practice_managers",
        title="Practice Managers who carry cases",
        columns=(
            Column("manager", "Practice Manager"),
            Column("district", "District"),
            Column("first_end", "First date given", "date"),
            Column("end", "Carries none from", "date"),
            Column("slip", "Working days moved", "count"),
        ),
        rows=tuple((one.reference, one.district, *_dates(one, calendar)) for one in managers),
        note="Where no date stands, none has been given.",
        empty="No Practice Manager carries a case.",
    )


def _dates(one: Dated, calendar: WorkCalendar) -> tuple[Value, Value, Value]:
    first, now = one.first_on, one.now_on
    return first, now, calendar.working_days_between(first, now) if first and now else None


def _course(name: Register, burn_down: BurnDown) -> Table:
    """Week by week: counted, then the plan beside the forecast with its 80 % range."""
    planned = {point.day: point.left for point in burn_down.planned}
    past = [(point.day, "counted", point.left, *[None] * 4) for point in _thinned(burn_down.past)]
    to_come = [
        (band.day, "forecast", None, round(planned[band.day], 1), *_ends(band))
        for band in burn_down.bands[SHOWN_EVERY - 1 :: SHOWN_EVERY]
    ]
    return Table(
        name=f"{name}_by_week",
        title=_TITLES[name],
        columns=(
            Column("day", "Day", "date"),
            Column("basis", "Basis"),
            Column("counted", "Counted", "number"),
            Column("planned", "By the dates given", "number"),
            Column("low80", "80 % from", "number"),
            Column("mid", "Middle", "number"),
            Column("high80", "80 % to", "number"),
        ),
        rows=(*past, *to_come),
    )


def _thinned(past: Sequence[Point]) -> list[Point]:
    """Every fifth day, the last one among them."""
    return list(past[::-SHOWN_EVERY])[::-1]


def _ends(band: Band) -> tuple[float, float, float]:
    return round(band.low80, 1), round(band.mid, 1), round(band.high80, 1)
