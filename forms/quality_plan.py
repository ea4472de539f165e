"""Words the page of the sampling plan: what it takes, what it will draw, and how it is changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from forms.entries import Entry, Field, entry
from forms.funnels import percent
from forms.pages import Column, Link, Page, Site, Table
from forms.wording import long_date, number, plural, short_date
from workflow.errors import InvalidInputError
from workflow.models import SamplingRule
from workflow.quality.outlook import Outlook
from workflow.quality.sampling import ALWAYS, SamplingPlan, Stratum

PLAN_PATH = "/quality/plan"
PLAN = "plan"
"""Id of the form."""
_STRATUM_PARTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPage(Page):
    """The plan in force, what it draws, and the form that changes it."""

    plan: tuple[str, ...]
    outlook: str
    tried: tuple[str, ...]
    """What the plan in the form would draw, when that was asked; nothing is changed then."""
    plans: Table | None
    change: Entry | None
    """None: the reader may not change the plan."""


def plan_page(
    site: Site,
    plan: SamplingPlan,
    drawn: Outlook,
    *,
    plans: Sequence[SamplingRule],
    districts: Mapping[str, str],
    as_of: date,
    may_change: bool,
    typed: Mapping[str, str] | None = None,
    tried: tuple[SamplingPlan, Outlook] | None = None,
    **page: object,
) -> PlanPage:
    """The page.

    Args:
        drawn: what the plan in force will draw.
        plans: all that were set, the newest first.
        tried: a plan that is only looked at, and what it would draw.
    """
    return PlanPage(
        site=site,
        title="Sampling plan",
        as_of=long_date(as_of),
        back=Link("Quality", "/quality"),
        plan=tuple(plan_words(plan, districts)),
        outlook=outlook_words(drawn),
        tried=tuple(_tried(*tried, drawn)) if tried else (),
        plans=_history(plans) if plans else None,
        change=_change(plan, as_of, typed) if may_change else None,
        **page,  # type: ignore[arg-type]
    )


def plan_words(plan: SamplingPlan, districts: Mapping[str, str]) -> Iterator[str]:
    """A plan, sentence by sentence; `districts` are code → name."""
    yield f"{percent(plan.share)} of submissions, drawn at random."
    for one in plan.strata:
        value = districts.get(one.value, one.value.replace("_", " "))
        yield f"{percent(one.share)} where the {one.dimension} is {value}."
    for code in ALWAYS:
        if code in plan.always:
            yield f"Always: {_rule(plan, code)}."


def outlook_words(drawn: Outlook) -> str:
    """What a plan will draw, in two sentences."""
    if not drawn.undecided:
        return "Every review has been decided on, so nothing is left to draw from."
    parts = [
        f"{plural(drawn.first_reviews, 'first review')} of their reviewers",
        plural(drawn.very_young, "very young child", "very young children"),
        f"{number(drawn.at_random)} at random",
    ]
    return (
        f"Of {plural(drawn.undecided, 'review')} that no manager has decided on, about "
        f"{number(drawn.total)} will get a second look: {parts[0]}, {parts[1]} and {parts[2]}. "
        "Rules that follow what a reviewer finds come on top."
    )


def strata_of(typed: str) -> tuple[Stratum, ...]:
    """Shares for parts of the reviews, one per line: `outcome close 20`.

    Raises:
        InvalidInputError: a line is not a dimension, a value and a percentage.
    """
    return tuple(_stratum(line) for line in typed.splitlines() if line.strip())


def _stratum(line: str) -> Stratum:
    parts = line.split(maxsplit=1)
    rest = parts[-1].rsplit(maxsplit=1)
    if len(parts) + len(rest) > _STRATUM_PARTS:
        share = rest[1].removesuffix("%")
        if share.replace(".", "", 1).isdecimal():
            return Stratum(parts[0].lower(), rest[0], round(float(share) / 100, 6))
    message = f"Write “{line.strip()}” as what, which and per cent, like: outcome close 20"
    raise InvalidInputError(message, "strata")


def _rule(plan: SamplingPlan, code: str) -> str:
    numbers = {"first_reviews": plan.first_reviews, "under_years": plan.under_years}
    return ALWAYS[code].because.format(**numbers)


def _tried(plan: SamplingPlan, drawn: Outlook, today: Outlook) -> Iterator[str]:
    yield f"From {long_date(plan.in_force_from)} the plan in the form would take:"
    yield outlook_words(drawn)
    yield f"The plan in force takes about {number(today.total)}. Nothing is changed yet."


def _history(plans: Sequence[SamplingRule]) -> Table:
    return Table(
        id="plans",
        caption="Plans that were set",
        columns=(Column("From"), Column("Why"), Column("Set by")),
        rows=tuple((short_date(one.in_force_from), one.reason, one.set_by) for one in plans),
    )


def _change(plan: SamplingPlan, as_of: date, typed: Mapping[str, str] | None) -> Entry:
    return entry(
        PLAN,
        "Change the sampling plan",
        action=PLAN_PATH,
        button="Set the plan",
        look="See what it would draw",
        note="Draws that are made stay as they are; the new plan holds from its day on.",
        typed=typed,
        fields=(
            Field("in_force_from", "In force from", "date", as_of.isoformat()),
            Field("share", "Share drawn at random, in per cent", "number", f"{plan.share * 100:g}"),
            Field(
                "strata",
                "Other shares for some reviews",
                "lines",
                "\n".join(
                    f"{one.dimension} {one.value} {one.share * 100:g}" for one in plan.strata
                ),
                hint="One per line: outcome, agency or district, which of them, per cent. "
                "For example: outcome close 20",
            ),
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
