"""Builds the manager's progress page from counts and a stored forecast. Pure: no database, no clock."""

from datetime import date

from forms.charts import (
    BURN_DOWN_SIZES,
    BurnDown,
    burn_down_rows,
    burn_down_sentence,
    read_burn_down,
    read_small_multiples,
    small_multiples_sentence,
    small_multiples_size,
)
from forms.pages import (
    Column,
    Headline,
    Picture,
    Progress,
    ProgressPage,
    Table,
    Tile,
)
from forms.progress_facts import Forecast, ProgressFacts, list_behind
from forms.progress_parts import parts_table, states_table
from forms.progress_past import (
    history_table,
    made_sentence,
    moved_sentence,
    record_sentences,
    reliability_picture,
    why_link,
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
from workflow.policy import ForecastPriors
from workflow.states import ReviewState

TITLE = "Progress of the reviews"
_BINDING = {
    "reviewing": "Reviewing holds up the finish: more reviewer days would bring it forward most.",
    "confirming": "Confirming holds up the finish: managers who confirm would bring it forward most.",
    "moderation": "Moderation holds up the finish: more moderators would bring it forward most.",
}
_NOTHING_BINDS = "No single stage holds up the finish."
_LEFT_OUT = (
    "It leaves out industrial action, failures of the council’s systems and changes of scope."
)


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
        escalations_link="/escalations" if facts.sees_lists and facts.open_escalations else "",
        made=_made(facts, forecast) if forecast else "",
        headline=_headline(facts, forecast) if forecast else None,
        picture=_picture(facts, forecast) if forecast else None,
        pace=_pace(forecast) if forecast else None,
        pace_sentence=_pace_sentence(forecast) if forecast else "",
        binding=_binding(facts, forecast) if forecast else "",
        moved=moved_sentence(facts.past),
        why=why_link(facts.past),
        history=history_table(facts.past),
        multiples=_multiples(facts, forecast) if forecast else None,
        districts=parts_table(facts, "district"),
        agencies=parts_table(facts, "agency"),
        states=states_table(facts),
        record=record_sentences(facts.past) if forecast else (),
        reliability=reliability_picture(facts.past),
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
        Tile(
            number(counts.complete),
            "complete",
            f"{done} of {plural(counts.total, 'review')}",
            list_behind(facts, "complete"),
        ),
        Tile(number(counts.total - counts.complete), "open", queue),
        Tile(
            number(facts.overdue),
            "overdue",
            "past their due date and not submitted",
            list_behind(facts, "overdue"),
        ),
        Tile(number(days), "working day left" if days == 1 else "working days left", left),
    )


def _made(facts: ProgressFacts, forecast: Forecast) -> str:
    if facts.made_at is None:
        return f"The forecast was made for {_date(forecast['as_of'])}."
    return made_sentence(facts.made_at, facts.made_by, date.fromisoformat(forecast["as_of"]))


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


def _multiples(facts: ProgressFacts, forecast: Forecast) -> Picture | None:
    """The districts' burn-downs; forecasts made before these were kept have none."""
    chart = read_small_multiples(forecast, facts.district_names)
    if not chart.districts:
        return None
    return Picture(
        id="multiples",
        title=chart.title,
        sentence=small_multiples_sentence(chart),
        description=(
            "A small burn-down for each district as a share of its own reviews, the least likely to "
            "finish in time first. The table by district below says the same in numbers."
        ),
        wide="/progress/districts-wide.svg",
        wide_size=small_multiples_size(chart, "wide"),
        narrow="/progress/districts-narrow.svg",
        narrow_size=small_multiples_size(chart, "narrow"),
        csv="/progress/districts.csv",
        table=parts_table(facts, "district"),
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
    return (basis, assumed, _LEFT_OUT)
