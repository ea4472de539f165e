"""Words the quality page: what reviews find, where places differ, the sample and the agreement."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from forms.entries import Entry, Field, entry
from forms.funnels import FUNNEL_SIZES, FunnelChart, funnel_rows, funnel_sentence, percent
from forms.pages import Column, Page, Picture, Site, Table
from forms.report.pages import PrintTable, print_table
from forms.report.words import funnel_chart
from forms.wording import long_date, short_date
from workflow.models import SamplingRule
from workflow.quality.sampling import ALWAYS, SamplingPlan
from workflow.reporting.quality import QualityFacts
from workflow.reporting.values import Section

PATH = "/quality"
_HIDDEN = (
    "A “c” stands for a number of children too small to show, or one that would give such a number "
    "away by subtraction."
)
_PLAN = "plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityPage(Page):
    """Quality at a glance: sample and agreement first, then what reviews find."""

    lead: str
    hidden: str
    assurance: tuple[Table, ...]
    pictures: tuple[Picture, ...]
    tables: tuple[Table, ...]
    plan: tuple[str, ...]
    """The plan in force, sentence by sentence."""
    plans: Table | None
    change: Entry | None
    """None: the reader may not change the plan."""


def quality_page(
    site: Site,
    facts: QualityFacts,
    *,
    plan: SamplingPlan,
    plans: Sequence[SamplingRule],
    as_of: date,
    may_change: bool,
    typed: Mapping[str, str] | None = None,
    **page: object,
) -> QualityPage:
    """The page; `plan` is in force today, `plans` are all that were set, the newest first."""
    charts = {one.measure: chart for one in facts.funnels if (chart := funnel_chart(one))}
    return QualityPage(
        site=site,
        title="Quality",
        as_of=long_date(as_of),
        is_wide=True,
        lead=_lead(facts),
        hidden=_HIDDEN,
        assurance=tuple(_tables(facts.sample)),
        pictures=tuple(_picture(measure, chart) for measure, chart in charts.items()),
        tables=tuple(_tables(facts.findings)),
        plan=tuple(_plan(plan)),
        plans=_history(plans) if plans else None,
        change=_change(plan, as_of, typed) if may_change else None,
        **page,  # type: ignore[arg-type]
    )


def _lead(facts: QualityFacts) -> str:
    """Where places differ by more than chance explains, in a sentence."""
    charts = [chart for one in facts.funnels if (chart := funnel_chart(one))]
    outside = [chart.measure.lower() for chart in charts if chart.funnel.outside]
    if not charts:
        return "Too few reviews are complete to compare places."
    if not outside:
        return "No district differs from the others by more than chance explains."
    return f"Districts differ by more than chance explains in: {', '.join(outside)}."


def _tables(section: Section) -> Iterator[Table]:
    for number, table in enumerate(section.tables):
        if table.rows:
            yield _table(f"{table.name}-{number}", print_table(table))


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


def _picture(measure: str, chart: FunnelChart) -> Picture:
    sentence = funnel_sentence(chart)
    here = f"{PATH}/{measure}"
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
                Column("District"),
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


def _plan(plan: SamplingPlan) -> Iterator[str]:
    yield f"{percent(plan.share)} of submissions, drawn at random."
    for one in plan.strata:
        yield f"{percent(one.share)} where {one.dimension} is {one.value.replace('_', ' ')}."
    for code in sorted(plan.always):
        yield f"Always: {_rule(plan, code)}."


def _rule(plan: SamplingPlan, code: str) -> str:
    numbers = {"first_reviews": plan.first_reviews, "under_years": plan.under_years}
    return ALWAYS[code].because.format(**numbers)


def _history(plans: Sequence[SamplingRule]) -> Table:
    return Table(
        id="plans",
        caption="Plans that were set",
        columns=(Column("From"), Column("Why"), Column("Set by")),
        rows=tuple((short_date(one.in_force_from), one.reason, one.set_by) for one in plans),
    )


def _change(plan: SamplingPlan, as_of: date, typed: Mapping[str, str] | None) -> Entry:
    return entry(
        _PLAN,
        "Change the sampling plan",
        action=f"{PATH}/plan",
        button="Set the plan",
        note="Draws that are made stay as they are; the new plan holds from its day on.",
        is_folded=True,
        typed=typed,
        fields=(
            Field("in_force_from", "In force from", "date", as_of.isoformat()),
            Field("share", "Share drawn at random, in per cent", "number", f"{plan.share * 100:g}"),
            Field(
                "first_reviews",
                "First reviews of each reviewer that always go",
                "number",
                str(plan.first_reviews),
            ),
            Field(
                "under_years",
                "Children under this age always go (years)",
                "number",
                str(plan.under_years),
            ),
            *(
                Field(
                    f"always_{code}",
                    f"Always: {_rule(plan, code)}",
                    "tick",
                    "yes" if code in plan.always else "",
                )
                for code in ALWAYS
            ),
            Field("reason", "Why the sample changes", "lines"),
        ),
    )
