"""Words the quality pages: what reviews find, where places differ, the sample and the agreement."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from forms.funnels import FUNNEL_SIZES, FunnelChart, funnel_rows, funnel_sentence, percent
from forms.pages import Column, Link, Page, Picture, Site, Table
from forms.quality_plan import PLAN_PATH, outlook_words, plan_words
from forms.report.pages import PrintTable, print_table
from forms.report.words import funnel_chart
from forms.wording import long_date, number, plural
from workflow.quality.agreement import Estimate
from workflow.quality.measures import FINDINGS, Agreement
from workflow.quality.outlook import Outlook
from workflow.quality.sampling import SamplingPlan
from workflow.quality.tables import BoardFunnel
from workflow.reporting.quality import QualityFacts
from workflow.reporting.values import Section

PATH = "/quality"
TEAMS_PATH = "/quality/teams"
_HIDDEN = (
    "A “c” stands for a number of children too small to show, or one that would give such a number "
    "away by subtraction."
)
_TEAMS = (
    "Teams have few reviews each, so most differences between them are chance. For those who work with "
    "the teams: these pictures are not in the Board report."
)
_LEVELS: tuple[tuple[float, str], ...] = (
    (0.8, "nearly always agree"),
    (0.6, "mostly agree"),
    (0.4, "agree moderately"),
    (0.2, "agree only in part"),
    (float("-inf"), "hardly agree more than chance would have it"),
)
"""Lower end of a coefficient → what it says. Source: the bands of Landis and Koch 1977."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityPage(Page):
    """Quality at a glance: sample and agreement first, then what reviews find."""

    lead: str
    hidden: str
    plan: tuple[str, ...]
    """The plan in force, sentence by sentence."""
    outlook: str
    """What it will draw."""
    plan_link: Link
    agreed: tuple[str, ...]
    """How far two reviewers agree, a sentence for each finding."""
    assurance: tuple[Table, ...]
    pictures: tuple[Picture, ...]
    teams_link: Link
    tables: tuple[Table, ...]
    weeks: tuple[Table, ...]
    """The mix by agency and area."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsPage(Page):
    """The funnels by team."""

    lead: str
    note: str
    hidden: str
    pictures: tuple[Picture, ...]


def quality_page(
    site: Site,
    facts: QualityFacts,
    *,
    plan: SamplingPlan,
    drawn: Outlook,
    districts: Mapping[str, str],
    as_of: date,
) -> QualityPage:
    """The page; `plan` is in force today, `drawn` is what it will draw."""
    charts = charts_of(facts.funnels)
    return QualityPage(
        site=site,
        title="Quality",
        as_of=long_date(as_of),
        lead=_lead(charts, "district"),
        hidden=_HIDDEN,
        plan=tuple(plan_words(plan, districts)),
        outlook=outlook_words(drawn),
        plan_link=Link("The sampling plan, and how it changed", PLAN_PATH),
        agreed=tuple(map(agreement_words, facts.agreements)),
        assurance=tuple(_tables(facts.sample)),
        pictures=tuple(_picture(measure, chart, PATH) for measure, chart in charts.items()),
        teams_link=Link("The same by team", TEAMS_PATH),
        tables=tuple(_tables(facts.findings)),
        weeks=tuple(_tables(facts.drift)),
    )


def teams_page(site: Site, facts: QualityFacts, *, as_of: date) -> TeamsPage:
    """The page by team."""
    charts = charts_of(facts.team_funnels, "team")
    return TeamsPage(
        site=site,
        title="Quality by team",
        as_of=long_date(as_of),
        back=Link("Quality", PATH),
        lead=_lead(charts, "team"),
        note=_TEAMS,
        hidden=_HIDDEN,
        pictures=tuple(_picture(measure, chart, TEAMS_PATH) for measure, chart in charts.items()),
    )


def charts_of(funnels: Sequence[BoardFunnel], unit: str = "district") -> dict[str, FunnelChart]:
    """Code of a measure → its chart, of those that can be drawn."""
    found = {one.measure: funnel_chart(one) for one in funnels}
    return {code: replace(chart, unit=unit) for code, chart in found.items() if chart}


def agreement_words(one: Agreement) -> str:
    """How far first and second reviewers agree on a finding, in a sentence.

    >>> from workflow.quality.measures import Agreement
    >>> from workflow.quality.agreement import Estimate
    >>> said = Estimate(value=0.7, se=0.1, low=0.5, high=0.9, observed=0.8, chance=0.3, subjects=40)
    >>> one = Agreement(finding="grade", group="all", pairs=40, same=30, kappa=said, ac=said)
    >>> agreement_words(one)[:70]
    'Grade of practice: two reviewers mostly agree, or at worst agree moder'
    """
    label, ac = FINDINGS[one.finding].label, one.ac
    if ac.value is None:
        return f"{label}: {ac.note}"
    said, least = _level(ac.value), _level(ac.low)
    doubt = "" if said == least else f", or at worst {least}"
    notes = " ".join(dict.fromkeys(note for note in (ac.note, one.kappa.note) if note))
    sentence = (
        f"{label}: two reviewers {said}{doubt} (Gwet’s AC {_interval(ac)}; weighted kappa "
        f"{_interval(one.kappa)}; {plural(one.pairs, 'pair')})."
    )
    return f"{sentence} {notes}".rstrip()


def _level(value: float) -> str:
    return next(words for low, words in _LEVELS if value > low)


def _interval(estimate: Estimate) -> str:
    if estimate.value is None:
        return "not known"
    low, high = number(estimate.low, 2), number(estimate.high, 2)
    return f"{number(estimate.value, 2)}, 95 % between {low} and {high}"


def _lead(charts: dict[str, FunnelChart], unit: str) -> str:
    """Where places differ by more than chance explains, in a sentence."""
    outside = [chart.measure.lower() for chart in charts.values() if chart.funnel.outside]
    if not charts:
        return f"Too few reviews are complete to compare {unit}s."
    if not outside:
        return f"No {unit} differs from the others by more than chance explains."
    return f"{unit.capitalize()}s differ by more than chance explains in: {', '.join(outside)}."


def _tables(section: Section) -> Iterator[Table]:
    for number_, table in enumerate(section.tables):
        if table.rows:
            yield _table(f"{table.name}-{number_}", print_table(table))


def _table(id_: str, made: PrintTable) -> Table:
    return Table(
        id=id_.replace("_", "-"),
        caption=made.caption,
        columns=tuple(
            Column(column.label, is_numeric=style == "n")
            for column, style in zip(made.columns, made.styles, strict=True)
        ),
        rows=made.rows,
    )


def _picture(measure: str, chart: FunnelChart, path: str) -> Picture:
    sentence = funnel_sentence(chart)
    here = f"{path}/{measure}"
    return Picture(
        id=f"funnel-{measure}",
        title=chart.title,
        sentence=sentence,
        description=f"{sentence} The numbers are in the table below the picture.",
        wide=f"{here}-wide.svg",
        wide_size=FUNNEL_SIZES["wide"],
        narrow=f"{here}-narrow.svg",
        narrow_size=FUNNEL_SIZES["narrow"],
        csv=f"{here}.csv",
        table=Table(
            id=f"numbers-{measure}",
            caption=chart.title,
            columns=(
                Column(chart.unit.capitalize()),
                *(Column(name, is_numeric=True) for name in ("Reviews", "Of these", "Share")),
                Column("95 % limits"),
                Column("99.8 % limits"),
            ),
            rows=tuple(
                (
                    row.unit,
                    str(row.total),
                    str(row.hits),
                    percent(row.share),
                    f"{row.low95} to {row.high95}",
                    f"{row.low998} to {row.high998}",
                )
                for row in funnel_rows(chart)
            ),
        ),
    )
