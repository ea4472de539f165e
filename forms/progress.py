"""Builds the manager's progress page from counts and a stored forecast. Pure: no database, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from forms.charts import (
    BURN_DOWN_SIZES,
    BurnDown,
    burn_down_rows,
    burn_down_sentence,
    read_burn_down,
)
from forms.pages import (
    Column,
    Headline,
    Picture,
    Progress,
    ProgressPage,
    Site,
    Table,
    Tile,
)
from forms.wording import (
    article,
    chance_in_words,
    long_date,
    number,
    percentage,
    plural,
    share,
    short_date,
    span,
)
from workflow.calendar import WorkCalendar
from workflow.policy import ForecastPriors
from workflow.queries import UNALLOCATED_AGENCY, Counts
from workflow.states import ReviewState

Forecast = Mapping[str, Any]
"""A stored forecast: the JSON of `workflow.forecast.CompletionForecast.to_json`."""

TITLE = "Progress of the reviews"
_UNKNOWN = "unknown"
_AGENCIES = {
    "council": "Council",
    "constabulary": "Constabulary",
    UNALLOCATED_AGENCY: "Not allocated yet",
}
_WHOSE_TURN = {
    ReviewState.UNALLOCATED: "Coordinator",
    ReviewState.ALLOCATED: "Reviewer",
    ReviewState.IN_PROGRESS: "Reviewer",
    ReviewState.ON_HOLD: "Coordinator",
    ReviewState.SUBMITTED: "Council manager",
    ReviewState.RETURNED: "Reviewer",
    ReviewState.IN_MODERATION: "Moderator",
    ReviewState.COMPLETE: "Nobody",
    ReviewState.WITHDRAWN: "Nobody: not counted",
}
_BINDING = {
    "reviewing": "Reviewing holds up the finish: more reviewer days would bring it forward most.",
    "confirming": "Confirming holds up the finish: managers who confirm would bring it forward most.",
    "moderation": "Moderation holds up the finish: more moderators would bring it forward most.",
}
_NOTHING_BINDS = "No single stage holds up the finish."
_LEFT_OUT = (
    "It leaves out industrial action, failures of the council’s systems and changes of scope."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressFacts:
    """What the page is built from."""

    site: Site
    counts: Counts
    as_of: date
    target: date
    calendar: WorkCalendar
    overdue: int
    """Reviews past their due date and not yet submitted."""
    open_escalations: int
    unacknowledged: int
    """Open escalations that nobody has taken responsibility for."""
    forecast: Forecast | None
    district_names: Mapping[str, str]
    """District code → name."""
    wide: str = "/progress/burn-down-wide.svg"
    """Address of the picture, as for the next two."""
    narrow: str = "/progress/burn-down-narrow.svg"
    csv: str = "/progress/burn-down.csv"


def progress_page(facts: ProgressFacts) -> ProgressPage:
    """The page; without any review it says how to bring a caseload in."""
    return ProgressPage(
        site=facts.site,
        title=TITLE,
        as_of=long_date(facts.as_of),
        progress=_progress(facts) if facts.counts.total else None,
    )


def _progress(facts: ProgressFacts) -> Progress:
    forecast = facts.forecast
    return Progress(
        tiles=_tiles(facts),
        escalations=_escalations(facts),
        escalations_wait=facts.unacknowledged > 0,
        headline=_headline(facts, forecast) if forecast else None,
        picture=_picture(facts, forecast) if forecast else None,
        pace=_pace(forecast) if forecast else None,
        pace_sentence=_pace_sentence(forecast) if forecast else "",
        binding=_binding(facts, forecast) if forecast else "",
        districts=_parts(facts, "district"),
        agencies=_parts(facts, "agency"),
        states=_states(facts.counts),
        caveats=_caveats(forecast) if forecast else (),
    )


def _tiles(facts: ProgressFacts) -> tuple[Tile, ...]:
    counts, target = facts.counts, long_date(facts.target)
    days = len(facts.calendar.working_days(facts.as_of, facts.target))
    done = share(counts.complete, counts.total)
    waiting = counts.by_state[ReviewState.UNALLOCATED]
    queue = f"{number(waiting)} not allocated yet" if waiting else "all allocated to a reviewer"
    left = f"to the end of {target}, today included" if days else f"the target was {target}"
    return (
        Tile(number(counts.complete), "complete", f"{done} of {plural(counts.total, 'review')}"),
        Tile(number(counts.total - counts.complete), "open", queue),
        Tile(number(facts.overdue), "overdue", "past their due date and not submitted"),
        Tile(number(days), "working day left" if days == 1 else "working days left", left),
    )


def _escalations(facts: ProgressFacts) -> str:
    if not facts.open_escalations:
        return "No escalation is open."
    said = plural(facts.open_escalations, "escalation is", "escalations are") + " open"
    if not facts.unacknowledged:
        return f"{said}, all acknowledged."
    return f"{said}, {number(facts.unacknowledged)} not yet acknowledged."


def _headline(facts: ProgressFacts, forecast: Forecast) -> Headline:
    counts, target = facts.counts, long_date(facts.target)
    dates = _dates_sentence(forecast)
    still_open = counts.total - counts.complete
    if not still_open:
        done = f"All {plural(counts.total, 'review')} are complete."
        return Headline(before="", strong=done, after="", dates="")
    if facts.as_of > facts.target:
        passed = f"The target of {target} has passed with "
        left = f"{plural(still_open, 'review')} open."
        return Headline(before=passed, strong=left, after="", dates=dates)
    chance, _, frequency = chance_in_words(forecast["p_done_by_target"]).partition(" (")
    about = f" ({frequency}" if frequency else ""
    return Headline(
        before=f"There is {article(chance)} ",
        strong=f"{chance} chance",
        after=f"{about} that all reviews are complete by {target}.",
        dates=dates,
    )


def _dates_sentence(forecast: Forecast) -> str:
    nearly, last = forecast["p80"], forecast["last_case"]["p80"]
    if nearly is None:
        return f"We are 80 % sure of finishing 98 % only after {_date(forecast['horizon_ends'])}."
    said = f"We are 80 % sure of finishing 98 % by {_date(nearly)}"
    if last is None:
        return f"{said}; the last review may take until after {_date(forecast['horizon_ends'])}."
    return f"{said}, and the last review by {_date(last)}."


def _date(text: str) -> str:
    return long_date(date.fromisoformat(text))


def _picture(facts: ProgressFacts, forecast: Forecast) -> Picture:
    chart = read_burn_down(forecast, facts.calendar)
    return Picture(
        title=chart.title,
        sentence=burn_down_sentence(chart),
        description=(
            "Burn-down: the reviews still open on each working day as counted, then the forecast with "
            "its ranges, the pace needed and the target. The table below holds the same numbers."
        ),
        wide=facts.wide,
        wide_size=BURN_DOWN_SIZES["wide"],
        narrow=facts.narrow,
        narrow_size=BURN_DOWN_SIZES["narrow"],
        csv=facts.csv,
        table=_burn_down_table(chart),
    )


def _burn_down_table(chart: BurnDown) -> Table:
    headings = ("Open", "Needed", "50 % range", "80 % range", "95 % range")
    return Table(
        id="burn-down-numbers",
        caption=f"{chart.title} at the end of each working day",
        columns=(Column("Date"), Column("Basis"), *(Column(text, True) for text in headings)),
        rows=tuple(
            (
                short_date(row.on),
                row.basis.capitalize(),
                number(row.open),
                "" if row.needed is None else number(row.needed),
                _range(row.low50, row.high50),
                _range(row.low80, row.high80),
                _range(row.low95, row.high95),
            )
            for row in burn_down_rows(chart)
        ),
    )


def _range(low: int | None, high: int | None) -> str:
    return "" if low is None or high is None else span(low, high)


def _pace(forecast: Forecast) -> Table:
    rows = (("Reviews a working day", "working_day"), ("Reviews a reviewer day", "reviewer_day"))
    return Table(
        id="pace",
        caption="Pace needed and pace achieved",
        columns=(
            Column("Pace"),
            Column("Needed from now on", True),
            Column(f"Achieved in the last {_recent(forecast)}", True),
        ),
        rows=tuple(
            (label, _rate(forecast[f"required_per_{per}"]), _rate(forecast[f"achieved_per_{per}"]))
            for label, per in rows
        ),
    )


def _recent(forecast: Forecast) -> str:
    days = min(ForecastPriors().achieved_over, len(forecast["burn_down"]))
    return plural(days, "working day") if days else "working days"


def _rate(value: float | None) -> str:
    return "Not known" if value is None else number(value, 1)


def _pace_sentence(forecast: Forecast) -> str:
    needed, achieved = (
        forecast["required_per_working_day"],
        forecast["achieved_per_working_day"],
    )
    if needed is None:
        return "No working day is left before the target."
    if achieved is None:
        return "No working day is finished yet, so nothing is known of the pace."
    if achieved >= needed:
        return "The pace of late is enough to finish on time."
    return (
        f"The pace of late is {number(needed - achieved, 1)} reviews a working day short of what is "
        "needed to finish on time."
    )


def _binding(facts: ProgressFacts, forecast: Forecast) -> str:
    stage = forecast["binding_stage"]
    if stage is None:
        return _NOTHING_BINDS
    name = facts.district_names.get(stage, stage)
    return _BINDING.get(
        stage, f"{name} holds up the finish: more reviewer days there would bring it forward most."
    )


def _parts(facts: ProgressFacts, kind: str) -> Table:
    """One row per district or agency, the least likely to finish first."""
    groups, heading, key = {
        "district": (facts.counts.by_district, "District", "by_district"),
        "agency": (facts.counts.by_agency, "Agency", "by_agency"),
    }[kind]
    names = facts.district_names if kind == "district" else _AGENCIES
    forecast = facts.forecast or {key: ()}
    parts = {part[kind] or _nobody(kind): part for part in forecast[key]}
    totals = {code: _total(states) for code, states in groups.items()}
    order = sorted(
        (code for code in groups if totals[code]),
        key=lambda code: (_p_done(parts.get(code)), names.get(code, code)),
    )
    by = short_date(facts.target)
    return Table(
        id=f"by-{kind}",
        caption=f"By {kind}, the least likely to finish first" if parts else f"By {kind}",
        columns=(
            Column(heading),
            Column("Open", True),
            Column("Complete", True),
            Column(f"Chance by {by}", True),
            Column("98 % complete by (80 % sure)", True),
        ),
        rows=tuple(
            _part_row(facts, names.get(code, _title(code)), groups[code], parts.get(code))
            for code in order
        ),
    )


def _nobody(kind: str) -> str:
    return _UNKNOWN if kind == "district" else UNALLOCATED_AGENCY


def _title(code: str) -> str:
    return code.replace("_", " ").capitalize()


def _total(states: Mapping[ReviewState, int]) -> int:
    return sum(states.values()) - states.get(ReviewState.WITHDRAWN, 0)


def _p_done(part: Forecast | None) -> float:
    return 1.0 if part is None else float(part["p_done"])


def _part_row(
    facts: ProgressFacts,
    name: str,
    states: Mapping[ReviewState, int],
    part: Forecast | None,
) -> tuple[str, ...]:
    complete = states.get(ReviewState.COMPLETE, 0)
    still_open = _total(states) - complete
    if not still_open:
        outlook = ("Complete", "Complete")
    elif part is None or facts.forecast is None:
        outlook = ("No forecast", "No forecast")
    elif part["p80"] is None:
        after = short_date(date.fromisoformat(facts.forecast["horizon_ends"]))
        outlook = (percentage(part["p_done"]), f"After {after}")
    else:
        outlook = (percentage(part["p_done"]), short_date(date.fromisoformat(part["p80"])))
    return (name, number(still_open), number(complete), *outlook)


def _states(counts: Counts) -> Table:
    return Table(
        id="states",
        caption="Reviews by state",
        columns=(Column("State"), Column("Whose turn"), Column("Reviews", True)),
        rows=tuple(
            (_title(state.value), _WHOSE_TURN[state], number(count))
            for state, count in counts.by_state.items()
        ),
    )


def _caveats(forecast: Forecast) -> tuple[str, ...]:
    said = forecast["assumptions"]
    basis = (
        "It rests on what reviewers have completed so far."
        if forecast["basis"] == "evidence"
        else "No working day is finished yet: it rests on the plan alone."
    )
    posts = round(said["vacancies"])
    vacancies = (
        f"{plural(posts, 'vacancy', 'vacancies')} filled later than planned"
        if posts
        else "no vacancy to fill"
    )
    assumed = (
        f"It assumes {number(said['reviewer_days_per_day'], 1)} reviewer days each working day, "
        f"{vacancies}, {number(said['new_cases_per_day'], 1)} new cases each working day, and "
        f"{percentage(said['returned_share'])} of submissions returned."
    )
    made = f"The forecast was made for {_date(forecast['as_of'])}. {basis}"
    return (made, assumed, _LEFT_OUT)
