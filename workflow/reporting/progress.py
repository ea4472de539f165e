"""The report's sections on progress: days, the forecast, districts, what would change it. Pure.

The forecast is the JSON of `workflow.forecast.CompletionForecast.to_json`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from workflow.forecast import TrackRecord
from workflow.quality.suppression import cell
from workflow.reporting.protecting import Published
from workflow.reporting.standing import DayCount, Standing
from workflow.reporting.values import (
    HIDDEN,
    Column,
    Figure,
    Section,
    Table,
    Term,
    Value,
    counted,
    looked_up,
    rounded,
    share_of,
)

_DAYS = "reviews_by_day"
_CHANGES = ("joined", "withdrawn", "reinstated", "completed", "reopened")
_LEVELS = ("low95", "low80", "low50", "mid", "high50", "high80", "high95")


def progress_section(
    standing: Standing, days: Sequence[DayCount], *, overdue: int, working_days_left: int
) -> Section:
    """Reviews in the programme, complete and open, day by day."""
    table = Table(
        name=_DAYS,
        title="Reviews by day",
        columns=(
            Column("day", "Day", "date"),
            Column("joined", "Joined", "count", "cases that came into the programme"),
            Column("withdrawn", "Withdrawn", "count", "cases that left it, with a reason"),
            Column("reinstated", "Reinstated", "count", "withdrawn cases taken back"),
            Column("completed", "Completed", "count", "outcomes confirmed"),
            Column("reopened", "Reopened", "count", "confirmed reviews sent back to their author"),
            Column("open", "Open", "count", "reviews not complete at the end of the day"),
        ),
        rows=tuple(
            (row.day, *(getattr(row, name) for name in (*_CHANGES, "open"))) for row in days
        ),
        note="What joined or left on the morning of the report counts; work done that day does not.",
    )
    rows: tuple[tuple[Value, ...], ...] = (
        ("Overdue: past the due date, not submitted", overdue),
        ("Working days left to the target, this one included", working_days_left),
    )
    clock = Table(
        name="clock",
        title="Against the clock",
        columns=(Column("what", "What"), Column("number", "Number", "count")),
        rows=rows,
    )
    return Section(
        tables=(table, clock),
        figures=(
            counted("reviews.total", "Reviews in the programme", standing.total, *_scope()),
            counted("reviews.complete", "Reviews complete", standing.complete, *_done()),
            counted("reviews.open", "Reviews open", standing.open, *_scope(), *_minus(_done())),
            looked_up(
                "reviews.overdue",
                "Reviews overdue",
                overdue,
                "clock",
                "number",
                what=str(rows[0][0]),
            ),
            looked_up(
                "days.left",
                "Working days left",
                working_days_left,
                "clock",
                "number",
                what=str(rows[1][0]),
            ),
        ),
    )


def _scope() -> tuple[Term, ...]:
    return (
        Term("sum", _DAYS, "joined"),
        Term("sum", _DAYS, "withdrawn", sign=-1),
        Term("sum", _DAYS, "reinstated"),
    )


def _done() -> tuple[Term, ...]:
    return Term("sum", _DAYS, "completed"), Term("sum", _DAYS, "reopened", sign=-1)


def _minus(terms: Iterable[Term]) -> tuple[Term, ...]:
    return tuple(
        Term(term.how, term.table, term.column, term.where, -1 if term.sign > 0 else 1)
        for term in terms
    )


def forecast_section(
    forecast: Mapping[str, Any], records: Sequence[TrackRecord], moved: Any | None
) -> Section:
    """The chance of finishing, the dates, the course to come, and how good forecasts have been."""
    outlook = _outlook(forecast)
    return Section(
        tables=(outlook, _course(forecast), _records(records), _moved(moved)),
        figures=_outlook_figures(outlook),
    )


_OUTLOOK = {
    "chance": "Chance that all reviews are complete by the target",
    "nearly_p50": "98 % complete by, with an even chance",
    "nearly_p80": "98 % complete by, 80 % sure",
    "last_p50": "The last review by, with an even chance",
    "last_p80": "The last review by, 80 % sure",
    "left_low": "Open at the end of the target, low end of the 80 % range",
    "left_high": "Open at the end of the target, high end of the 80 % range",
    "needed": "Reviews needed each working day to finish by the target",
    "achieved": "Reviews completed each working day of late",
    "needed_per_reviewer": "Reviews needed for each reviewer day",
    "achieved_per_reviewer": "Reviews completed for each reviewer day of late",
}


def _outlook(forecast: Mapping[str, Any]) -> Table:
    left = [band for band in forecast["bands"] if band["date"] <= forecast["target"]]
    last = forecast["last_case"]
    values: dict[str, Value] = {
        "chance": rounded(forecast["p_done_by_target"]),
        "nearly_p50": forecast["p50"],
        "nearly_p80": forecast["p80"],
        "last_p50": last["p50"],
        "last_p80": last["p80"],
        "left_low": left[-1]["low80"] if left else None,
        "left_high": left[-1]["high80"] if left else None,
        "needed": _one_place(forecast["required_per_working_day"]),
        "achieved": _one_place(forecast["achieved_per_working_day"]),
        "needed_per_reviewer": _two_places(forecast["required_per_reviewer_day"]),
        "achieved_per_reviewer": _two_places(forecast["achieved_per_reviewer_day"]),
    }
    return Table(
        name="outlook",
        title="When the reviews will be done",
        columns=(Column("what", "What"), Column("value", "Value")),
        rows=tuple((_OUTLOOK[name], value) for name, value in values.items()),
        note=(
            "A date that is missing lies after "
            f"{forecast['horizon_ends']}, as far as the forecast looks."
        ),
    )


def _outlook_figures(table: Table) -> tuple[Figure, ...]:
    names = {label: name for name, label in _OUTLOOK.items()}
    return tuple(
        looked_up(
            f"outlook.{names[str(label)]}", str(label), value, table.name, "value", what=str(label)
        )
        for label, value in table.rows
    )


def _one_place(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _two_places(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _course(forecast: Mapping[str, Any]) -> Table:
    """Counted, then forecast; the picture's numbers."""
    past = [
        (date.fromisoformat(row["date"]), "counted", row["open"], *[None] * 6)
        for row in forecast["burn_down"]
    ]
    to_come = [
        (
            date.fromisoformat(row["date"]),
            "forecast",
            row["mid"],
            *(row[level] for level in _LEVELS if level != "mid"),
        )
        for row in forecast["bands"]
    ]
    return Table(
        name="burn_down",
        title="Reviews still open at the end of each working day",
        columns=(
            Column("day", "Day", "date"),
            Column("basis", "Basis"),
            Column("open", "Open", "count", "counted, or the middle of the forecast"),
            Column("low95", "95 % from", "count"),
            Column("low80", "80 % from", "count"),
            Column("low50", "50 % from", "count"),
            Column("high50", "50 % to", "count"),
            Column("high80", "80 % to", "count"),
            Column("high95", "95 % to", "count"),
        ),
        rows=(*past, *to_come),
    )


def _records(records: Sequence[TrackRecord]) -> Table:
    return Table(
        name="track_record",
        title="How good the forecasts have been",
        columns=(
            Column("working_days_ahead", "Working days ahead", "count"),
            Column("forecasts", "Forecasts that came due", "count"),
            Column("inside", "Inside the 80 % range", "count"),
            Column("skill", "Smaller errors than the simple method", "share"),
            Column("bias", "Too optimistic by", "share"),
        ),
        rows=tuple(
            (one.working_days, one.n, one.inside80, rounded(one.skill), rounded(one.bias))
            for one in records
        ),
    )


def _moved(step: Any | None) -> Table:
    rows: tuple[tuple[Value, ...], ...] = ()
    if step is not None:
        move = step.movement
        rows = (
            (f"Chance on {step.since.isoformat()}", rounded(move.before)),
            ("Work done and days gone by", rounded(move.data)),
            ("Reviewers, managers, moderators, vacancies", rounded(move.capacity)),
            (f"Scope ({move.new_cases:+d} cases)", rounded(move.scope)),
            (f"Chance on {step.as_of.isoformat()}", rounded(move.after)),
        )
    return Table(
        name="why_it_moved",
        title="Why the chance has moved",
        columns=(Column("part", "Part"), Column("chance", "Chance", "chance")),
        rows=rows,
        note="The three parts in between add up to the difference.",
        empty="No earlier forecast was kept to compare with.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """One change and what it would do, on the same futures."""

    name: str
    basis: str
    """Where the scenario comes from."""
    comparison: Mapping[str, Any]
    """JSON of `workflow.forecast.scenario.Comparison`."""


def levers_section(levers: Sequence[Lever]) -> Section:
    """What would change the chance of finishing."""
    return Section(
        tables=(
            Table(
                name="what_would_change_it",
                title="What would change it",
                columns=(
                    Column("change", "Change"),
                    Column("basis", "Basis"),
                    Column("chance_before", "Chance as it is", "chance"),
                    Column("chance_after", "Chance with it", "chance"),
                    Column("more_complete", "More complete by the target", "number"),
                    Column("more_low80", "80 % from", "number"),
                    Column("more_high80", "80 % to", "number"),
                    Column("sure_by", "98 % by, 80 % sure"),
                ),
                rows=tuple(_lever_row(lever) for lever in levers),
                note=(
                    "Each change is played alone, against the same simulated futures as the forecast "
                    "without it. A range that reaches below 0 means that chance may outweigh it."
                ),
                empty="Nothing is left to change: every review is complete, or the target has passed.",
            ),
        )
    )


def _lever_row(lever: Lever) -> tuple[Value, ...]:
    said, more = lever.comparison, lever.comparison["completed_by_target"]
    return (
        lever.name,
        lever.basis,
        rounded(said["p_done_base"]),
        rounded(said["p_done_scenario"]),
        *(round(more[end]) for end in ("mean", "low80", "high80")),
        said["p80_scenario"],
    )


def districts_section(
    names: Mapping[str | None, str],
    forecast: Mapping[str, Any],
    published: Published,
) -> Section:
    """Each district's reviews and its chance of finishing.

    Args:
        names: district code → name; None → where no district is known.
    """
    rows = [_district_row(names, part, published) for part in forecast["by_district"]]
    return Section(
        tables=(
            Table(
                name="districts",
                title="Progress by district",
                columns=(
                    Column("district", "District"),
                    Column("reviews", "Reviews", "count", "in the programme"),
                    Column("complete", "Complete", "count"),
                    Column("open", "Open", "count"),
                    Column("share_complete", "Share complete", "share"),
                    Column("chance", "Chance by the target", "chance"),
                    Column("sure_by", "98 % by, 80 % sure", "date"),
                ),
                rows=tuple(sorted(rows, key=lambda row: str(row[0]))),
                note="In the order of the alphabet; nothing here is a ranking.",
            ),
        )
    )


def _district_row(
    names: Mapping[str | None, str], part: Mapping[str, Any], published: Published
) -> tuple[Value, ...]:
    name = names.get(part["district"], part["district"])
    complete, total = published.of(cell(district=name)), published.all_in(name)
    still_open = published.open_in(name)
    sure_by = part["p80"]
    said: tuple[Value, ...] = (
        (None, None)
        if HIDDEN in (complete, still_open)
        else (rounded(part["p_done"]), date.fromisoformat(sure_by) if sure_by else None)
    )
    return (name, total, complete, still_open, share_of(complete, total), *said)
