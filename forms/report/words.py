"""What the facts of a report mean, in sentences: the headline, and what a Board must not miss. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date

from forms.funnels import FunnelChart, percent
from forms.wording import (
    article,
    chance_in_words,
    long_date,
    number,
    percentage,
    plural,
    share,
    short_date,
)
from workflow.quality.funnel import FunnelPoint, Place
from workflow.quality.measures import MEASURES
from workflow.quality.tables import BoardFunnel
from workflow.reporting import HIDDEN, BoardReport
from workflow.reporting.values import Column, Value

NOTHING = "–"
"""Stands in a cell that has nothing to say."""
_ISO_DATE = len("2016-02-24")
_LIKELY = 0.5
_MOST_NAMED = 3
_MINUTES_AN_HOUR = 60


def said(value: Value, column: Column, row: str = "") -> str:
    """A cell of a table, as print shows it.

    Args:
        row: heading of its row, for tables whose rows hold different things.
    """
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return value if value == HIDDEN else _date(value)
    if isinstance(value, date):
        return short_date(value)
    if column.kind == "share":
        return percent(value)
    if column.kind == "chance" or (column.kind == "text" and row.startswith("Chance")):
        return percentage(value)
    return number(value, _places(column) if isinstance(value, float) else 0)


def _places(column: Column) -> int:
    return 2 if column.name in ("kappa", "ac", "ac_low", "ac_high") else 1


def _date(text: str) -> str:
    if len(text) != _ISO_DATE:
        return text
    try:
        return short_date(date.fromisoformat(text))
    except ValueError:
        return text


def count(value: Value, one: str, many: str | None = None) -> str:
    """A count with its noun, also where it is hidden."""
    if not isinstance(value, int):
        return f"a number of {many or f'{one}s'} too small to print"
    return plural(value, one, many)


def figure(value: Value) -> str:
    """A big number, also where it is hidden."""
    return number(value) if isinstance(value, int) else str(value)


def chance_sentence(report: BoardReport) -> tuple[str, str, str]:
    """The first sentence in three parts; the middle one is set in bold."""
    values, target = report.values, long_date(report.target)
    still_open = values["reviews.open"]
    if not still_open:
        return "", f"All {count(values['reviews.total'], 'review')} are complete.", ""
    if report.as_of > report.target:
        left = f"{count(still_open, 'review')} open."
        return f"The target of {target} has passed with ", left, ""
    chance, _, often = chance_in_words(_number(values["outlook.chance"])).partition(" (")
    about = f" ({often}" if often else ""
    after = f"{about} that all reviews are complete by {target}."
    return f"There is {article(chance)} ", f"{chance} chance", after


def dates_sentence(report: BoardReport) -> str:
    """By when, and how many may be left at the target."""
    values = report.values
    if not values["reviews.open"]:
        return ""
    horizon = long_date(date.fromisoformat(report.forecast["horizon_ends"]))
    nearly, last = (_long(values[f"outlook.{name}_p80"]) for name in ("nearly", "last"))
    when = (
        f"We are 80 % sure of finishing 98 % by {nearly or f'some day after {horizon}'}, and the "
        f"last review by {last or f'some day after {horizon}'}."
    )
    low, high = values["outlook.left_low"], values["outlook.left_high"]
    if not isinstance(low, int) or not isinstance(high, int):
        return when
    left = f"{number(low)} and {number(high)}"
    return f"{when} Between {left} reviews are expected to be open at the target (80 % range)."


def _long(value: Value) -> str:
    return long_date(date.fromisoformat(value)) if isinstance(value, str) else ""


def _number(value: Value) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def points(report: BoardReport) -> tuple[tuple[str, str], ...]:
    """The points of the summary: what each is about, and one or two sentences."""
    return (
        ("Progress", progress_point(report)),
        ("Pace", pace_point(report)),
        ("Districts", districts_point(report)),
        ("What reviews find", findings_point(report)),
        ("Children who may be unsafe", escalations_point(report)),
        ("Follow-through", actions_point(report)),
        ("Posts and Practice Managers", capacity_point(report)),
        ("Commitments", register_point(report)),
    )


def progress_point(report: BoardReport) -> str:
    """How many reviews are complete and overdue."""
    values = report.values
    done, total = values["reviews.complete"], values["reviews.total"]
    part = share(int(_number(done)), int(_number(total)))
    left = count(values["days.left"], "working day is", "working days are")
    return (
        f"{figure(done)} of {count(total, 'review')} ({part}) are complete, "
        f"{figure(values['reviews.open'])} are open, {figure(values['reviews.overdue'])} of them past "
        f"their due date and not submitted. {left} left."
    )


def pace_point(report: BoardReport) -> str:
    """Needed against achieved."""
    needed, achieved = report.values["outlook.needed"], report.values["outlook.achieved"]
    if not isinstance(achieved, int | float):
        return "No working day is finished yet, so nothing is known of the pace."
    if not isinstance(needed, int | float):
        return "No working day is left before the target."
    enough = "enough on average" if achieved >= needed else "not enough"
    tail = (
        " The chance is lower than that sounds: the last reviews of the slowest district decide."
        if achieved >= needed and _number(report.values["outlook.chance"]) < _LIKELY
        else ""
    )
    return (
        f"{number(achieved, 1)} reviews were completed each working day of late, {number(needed, 1)} "
        f"are needed: {enough} to finish on time.{tail}"
    )


def districts_point(report: BoardReport) -> str:
    """Which districts are more likely late than not."""
    table = report.table("districts")
    rows = zip(*(table.column(name) for name in ("district", "open", "chance")), strict=True)
    risky = sorted(
        (float(chance), str(name))
        for name, still_open, chance in rows
        if isinstance(chance, float) and chance < _LIKELY and still_open
    )
    by = long_date(report.target)
    if not risky:
        return f"Every district that can be shown is likely to finish by {by}."
    named = ", ".join(f"{name} ({percentage(chance)})" for chance, name in risky[:_MOST_NAMED])
    verb = "is" if len(risky) == 1 else "are"
    return (
        f"{plural(len(risky), 'district')} of {len(table.rows)} {verb} more likely than not to finish "
        f"after {by}; least likely in time: {named}."
    )


def findings_point(report: BoardReport) -> str:
    """What outcomes and grades say, and where districts stand out."""
    values = report.values
    if not values["outcomes.total"]:
        return "No outcome has been confirmed yet."
    return (
        f"Support ends or lessens in {_share(values['outcomes.lessen.share'])} of outcomes and rises in "
        f"{_share(values['outcomes.rise.share'])}; practice was graded inadequate in "
        f"{_share(values['grades.inadequate.share'])}. {_outside(report)}"
    )


def _outside(report: BoardReport) -> str:
    """By measure, the districts that differ by more than chance explains."""
    found = [
        f"{MEASURES[one.measure].label.lower()} ({_listed(one.funnel.outside)})"
        for one in report.funnels
        if one.funnel is not None and one.funnel.outside
    ]
    if not found:
        return "No district lies beyond what chance explains (99.8 % limits)."
    return f"Districts beyond what chance explains (99.8 % limits): {'; '.join(found)}."


def _listed(points: Sequence[FunnelPoint]) -> str:
    """Those above the county's share, then those below it."""
    above = [point.name for point in points if point.above]
    below = [point.name for point in points if not point.above]
    parts = ((names, side) for names, side in ((above, "higher"), (below, "lower")) if names)
    return "; ".join(f"{side}: {', '.join(names)}" for names, side in parts)


def _share(value: Value) -> str:
    if value is None:
        return "a share not known yet"
    return percent(value) if isinstance(value, int | float) else "a share too small to print"


def escalations_point(report: BoardReport) -> str:
    """How many, and how soon somebody took responsibility."""
    values = report.values
    raised = values.get("escalations.raised", 0)
    if not raised:
        return "No escalation has been raised."
    median = report.table("escalations").column("median_minutes")[-1]
    soon = f" Half were acknowledged within {_minutes(median)}." if _is_number(median) else ""
    return (
        f"{count(raised, 'escalation has', 'escalations have')} been raised: "
        f"{_some(values['escalations.late'])} acknowledged late, "
        f"{_some(values['escalations.waiting'])} not yet acknowledged, "
        f"{_some(values['escalations.still_open'])} still open.{soon}"
    )


def _some(value: Value) -> str:
    if not isinstance(value, int):
        return "some (c)"
    return number(value) if value else "none"


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float)


def _minutes(value: Value) -> str:
    minutes = int(_number(value))
    if minutes < 2 * _MINUTES_AN_HOUR:
        return plural(minutes, "minute")
    return f"{number(minutes / _MINUTES_AN_HOUR, 1)} hours"


def actions_point(report: BoardReport) -> str:
    """Cases made safe beside reviews complete."""
    values = report.values
    return (
        f"{figure(values['safe.made_safe'])} cases are made safe, of "
        f"{figure(values['safe.complete'])} whose review is complete. "
        f"{_some(values['actions.overdue']).capitalize()} of the follow-on actions are overdue, "
        f"{_some(values['actions.open'])} open and in time."
    )


def capacity_point(report: BoardReport) -> str:
    """What is left of both registers."""
    parts = []
    names = {
        "vacant_posts": ("post stands vacant", "posts stand vacant"),
        "carried_cases": (
            "case is carried by Practice Managers",
            "cases are carried by Practice Managers",
        ),
    }
    for name, (one, many) in names.items():
        left, undated = report.values[f"{name}.left"], report.values[f"{name}.undated"]
        without = f", {figure(undated)} without a date" if undated else ""
        chance = chance_in_words(_number(report.values[f"{name}.chance"]))
        parts.append(
            f"{count(left, one, many)}{without}; chance of none by the target: {chance}."
            if left
            else f"No {one}."
        )
    return " ".join(parts)


def register_point(report: BoardReport) -> str:
    """How the commitments stand."""
    values = {name: int(_number(report.values[f"commitments.{name}"])) for name in _RAG}
    held = [f"{n} {_RAG[name]}" for name, n in values.items() if n]
    if not held:
        return "The register holds no commitment."
    return (
        f"Of {plural(sum(values.values()), 'entry', 'entries')} in the register: {', '.join(held)}."
    )


_RAG = {
    "red": "overdue",
    "amber": "due soon or moved",
    "green": "on course by date",
    "no_date": "without a date",
    "met": "met",
    "dropped": "fallen away",
}


def funnel_chart(one: BoardFunnel) -> FunnelChart | None:
    """A funnel as a chart; None when even the whole's share is hidden, or there is nothing in it."""
    if one.funnel is None or not one.funnel.points:
        return None
    return FunnelChart(
        measure=MEASURES[one.measure].label, funnel=one.funnel, left_out=one.left_out
    )


def funnel_lines(report: BoardReport) -> Iterator[tuple[str, str]]:
    """Each measure, and who differs by more than chance explains."""
    for one in report.funnels:
        label = MEASURES[one.measure].label
        if one.funnel is None:
            yield label, "Too few to show anything."
            continue
        county = f"{percent(one.funnel.share)} of {plural(one.funnel.total, 'review')}"
        outside = [
            f"{point.name} {percent(point.share)}"
            for point in one.funnel.points
            if point.place is Place.ALARM
        ]
        judged = (
            f"beyond the 99.8 % limits: {', '.join(outside)}"
            if outside
            else "no district beyond the 99.8 % limits"
        )
        hidden = (
            f"; not shown, as numbers are small: {', '.join(one.left_out)}" if one.left_out else ""
        )
        spread = "; districts differ by more than chance in all" if one.funnel.overdispersed else ""
        yield label, f"{county}; {judged}{spread}{hidden}."


def forecast_sentences(report: BoardReport) -> tuple[str, ...]:
    """What the forecast stands on, why it has moved, and how good forecasts have been."""
    assumed = report.forecast["assumptions"]
    posts = round(assumed["vacancies"])
    basis = (
        f"The forecast assumes {number(assumed['reviewer_days_per_day'], 1)} reviewer days each working "
        f"day, {plural(posts, 'vacancy', 'vacancies')} filled later than promised, "
        f"{number(assumed['new_cases_per_day'], 1)} new cases each working day and "
        f"{percentage(assumed['returned_share'])} of submissions returned. It leaves out industrial "
        "action, failures of systems and changes of scope."
    )
    return tuple(filter(None, (_moved(report), _record(report), basis)))


def _moved(report: BoardReport) -> str:
    table = report.table("why_it_moved")
    if not table.rows:
        return ""
    (first, before), *parts, (_, after) = table.rows
    since = long_date(date.fromisoformat(str(first).rpartition(" ")[2]))
    why = ", ".join(
        f"{str(name)[0].lower()}{str(name)[1:]} {round(100 * _number(by)):+d}" for name, by in parts
    )
    return (
        f"On {since} the chance stood at {percentage(_number(before))}, now at "
        f"{percentage(_number(after))}; in points: {why}."
    )


def _record(report: BoardReport) -> str:
    table = report.table("track_record")
    due = [row for row in table.rows if row[1]]
    if not due:
        return "No forecast of five or ten working days has come due yet, so none can be judged."
    return " ".join(
        f"Of the last {row[1]} forecasts of {row[0]} working days, {row[2]} fell inside their "
        "80 % range."
        for row in due
    )
