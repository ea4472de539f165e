"""Words what was said before: how the forecast moved, why, and how good past forecasts were. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from forms.case_file import moment
from forms.charts import (
    RELIABILITY_SIZES,
    Reliability,
    read_reliability,
    reliability_rows,
    reliability_sentence,
)
from forms.pages import Column, Link, Picture, Site, Table, WhyPage
from forms.wording import long_date, number, percentage, plural, short_date
from workflow.forecast.history import Said
from workflow.forecast.record import TrackRecord
from workflow.forecast.stored import Step

_NONE_DUE = (
    "No forecast has come due yet. From five working days after the first one on, this says how often "
    "our ranges held, beside a simple method."
)
SHOWN = 10
"""Days of the table, the newest first."""
ENOUGH = 5
"""Forecasts that must have come due before a picture of them says anything."""
WHY = "/progress/why"
_FLOW, _COMMAND = "flow", "cli"
_PARTS = (
    ("data", "What was done meanwhile, and the days gone by"),
    ("capacity", "Reviewers, vacancies, managers, moderators and the plan"),
    ("scope", "Cases that joined or left, the cut-off and the target"),
)


@dataclass(frozen=True, slots=True)
class Past:
    """What was said until today, and how good it was."""

    said: Sequence[Said] = ()
    """Oldest first."""
    records: Sequence[TrackRecord] = ()
    """Of five and ten working days ahead."""

    @property
    def chart(self) -> Reliability | None:
        """What was said five working days ahead against what happened; None while that is too few."""
        short = self.records[0] if self.records else None
        if short is None or short.n < ENOUGH:
            return None
        return read_reliability(asdict(row) for row in short.reliability)


def made_sentence(made_at: datetime, made_by: str, as_of: date) -> str:
    """When a forecast was made, by whom, and of which day."""
    return (
        f"The forecast was made on {moment(made_at)} by {_maker(made_by)}, for {long_date(as_of)}."
    )


def _maker(made_by: str) -> str:
    """The maker in words: a flow run by its name, a person by their user name."""
    kind, _, name = made_by.partition(":")
    if kind == _FLOW:
        return f"the flow run {name}" if name else "a scheduled run"
    if kind == _COMMAND and name:
        return f"{name} at the command line"
    return made_by or "a run that left no name"


def moved_sentence(past: Past) -> str:
    """How the chance moved since the forecast before."""
    if len(past.said) < 2:  # noqa: PLR2004 - a step needs two ends
        return ""
    before, after = past.said[-2:]
    was, is_now = percentage(before.p_done_by_target), percentage(after.p_done_by_target)
    if was == is_now:
        return f"The chance has stayed at {is_now} since {long_date(before.as_of)}."
    return f"The chance went from {was} to {is_now} since {long_date(before.as_of)}."


def why_link(past: Past) -> Link | None:
    """To the reasons, where two forecasts can be compared."""
    if len(past.said) < 2:  # noqa: PLR2004 - a step needs two ends
        return None
    return Link(f"Why it moved since {long_date(past.said[-2].as_of)}", WHY)


def history_table(past: Past) -> Table | None:
    """What was said of late, the newest first; a row leads to why it moved since."""
    if not past.said:
        return None
    shown = list(reversed(past.said))[:SHOWN]
    return Table(
        id="history",
        caption="What we said, the newest first",
        columns=(
            Column("Forecast for"),
            Column("Chance in time", True),
            Column("98 % complete by (80 % sure)"),
            Column("Made by"),
        ),
        rows=tuple(
            (
                short_date(one.as_of),
                percentage(one.p_done_by_target),
                short_date(one.p80) if one.p80 else "Beyond the horizon",
                _maker(one.made_by),
            )
            for one in shown
        ),
        links=("", *(f"{WHY}?since={one.as_of.isoformat()}" for one in shown[1:])),
    )


def record_sentences(past: Past) -> tuple[str, ...]:
    """How good past forecasts were; while none has come due, when the first one does."""
    due = [record for record in past.records if record.n]
    if not due:
        return (_NONE_DUE,)
    return tuple(
        f"{record.cover_in_words} {record.skill_in_words} {record.bias_in_words}" for record in due
    )


def reliability_picture(past: Past) -> Picture | None:
    """What was said against what happened; None while too few forecasts have come due."""
    chart = past.chart
    if chart is None:
        return None
    return Picture(
        id="reliability",
        is_below=True,
        title="What we said and what happened",
        sentence=f"Five working days ahead: {_lower(reliability_sentence(chart))}",
        description=(
            "Stated chances across, how often they came true upwards; on the diagonal a forecast keeps "
            "its word. The table below holds the same numbers."
        ),
        wide="/progress/reliability-wide.svg",
        wide_size=RELIABILITY_SIZES["wide"],
        narrow="/progress/reliability-narrow.svg",
        narrow_size=RELIABILITY_SIZES["narrow"],
        csv="/progress/reliability.csv",
        table=Table(
            id="reliability-numbers",
            caption="Chance we gave, and how often it came true",
            columns=(
                Column("We said"),
                Column("It happened", True),
                Column("Forecasts", True),
            ),
            rows=tuple(
                (f"{said} %", f"{happened} %", number(count))
                for _, said, happened, count in reliability_rows(chart)
            ),
        ),
    )


def _lower(said: str) -> str:
    return said[0].lower() + said[1:]


def why_page(site: Site, step: Step | None, *, as_of: date) -> WhyPage:
    """Why the chance moved between two kept forecasts."""
    title = "Why the forecast moved"
    back = Link("Progress", "/progress")
    if step is None:
        lead = "There is no earlier forecast to compare with. One is kept each day the forecast is made."
        return WhyPage(
            site=site,
            title=title,
            back=back,
            lead=lead,
            parts=None,
            notes=(),
            as_of=long_date(as_of),
        )
    moved = step.movement
    was, is_now = percentage(moved.before), percentage(moved.after)
    lead = (
        f"From {long_date(step.since)} to {long_date(step.as_of)} the chance that all reviews are "
        f"complete in time went from {was} to {is_now}."
    )
    return WhyPage(
        site=site,
        title=title,
        as_of=long_date(as_of),
        back=back,
        lead=lead,
        parts=_parts(step),
        notes=_notes(step),
    )


def _parts(step: Step) -> Table:
    return Table(
        id="parts",
        caption="What moved it, in points of per cent",
        columns=(Column("Part"), Column("What it holds"), Column("Points", True)),
        rows=tuple(
            (name.capitalize(), holds, f"{round(100 * getattr(step.movement, name)):+d}")
            for name, holds in _PARTS
        ),
    )


def _notes(step: Step) -> tuple[str, ...]:
    joined = step.movement.new_cases
    scope = (
        f"{plural(abs(joined), 'case')} {'joined' if joined > 0 else 'left'} since, on balance."
        if joined
        else "As many cases left as joined since."
    )
    luck = (
        "Both days are played again with the same luck, so a point here or there may differ from what "
        "was said on the day."
    )
    model = () if step.same_model else ("The method changed between the two days.",)
    return (scope, luck, *model)
