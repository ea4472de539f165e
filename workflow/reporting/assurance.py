"""The report's sections on quality assurance and on children who may be unsafe. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median

from workflow.calendar import local_date
from workflow.models import Escalation, EscalationKind
from workflow.policy import QualityPolicy
from workflow.quality.agreement import Estimate
from workflow.quality.measures import FINDINGS, Agreement
from workflow.quality.sampling import Decided, balance
from workflow.reporting.findings import AGENCY_LABELS
from workflow.reporting.protecting import Crossed, cross
from workflow.reporting.values import HIDDEN, Column, Section, Table, Value, looked_up, rounded

ESCALATION_LABELS = {
    EscalationKind.IMMEDIATE: "Immediate danger",
    EscalationKind.SAME_DAY: "Serious concern",
}
ALL = "All"
IN_TIME, LATE, WAITING = "in time", "late", "waiting"
_MINUTES_AN_HOUR = 60


def sample_section(
    decided: Sequence[Decided], agreements: Sequence[Agreement], policy: QualityPolicy
) -> Section:
    """How many second looks were wanted and made, and how far two reviewers agree."""
    sample = _sample(decided, policy)
    agreed = _agreement(agreements, policy)
    named = {"decided": "Decisions that could be sampled", "drawn": "Second looks drawn"}
    return Section(
        tables=(sample, agreed),
        figures=(
            *(
                looked_up(
                    f"sample.{name}", label, sample.column(name)[-1], sample.name, name, agency=ALL
                )
                for name, label in named.items()
                if sample.rows
            ),
            *(
                looked_up(
                    f"agreement.{row[0]}",
                    f"Agreement on {row[0]} (AC)",
                    row[5],
                    agreed.name,
                    "ac",
                    finding=str(row[0]),
                )
                for row in agreed.rows
            ),
        ),
    )


def _sample(decided: Sequence[Decided], policy: QualityPolicy) -> Table:
    records = [
        {"agency": one.strata.get("agency", "unknown"), "drawn": "yes" if one.rule else "no"}
        for one in decided
    ]
    counts = cross(records, (("agency", "drawn"),), policy)
    together = [Decided(rule=one.rule, share=one.share, strata={"agency": ALL}) for one in decided]
    rows = tuple(
        (
            AGENCY_LABELS.get(stratum.value, stratum.value),
            *_decided_and_drawn(counts, stratum.value),
            round(stratum.expected, 1),
            stratum.low,
            stratum.high,
            "As the plan asks" if stratum.as_expected else "Not what chance explains",
        )
        for stratum in (*balance(decided, "agency"), *balance(together, "agency"))
    )
    return Table(
        name="sample",
        title="The moderation sample",
        columns=(
            Column("agency", "Author’s agency"),
            Column(
                "decided", "Decided", "count", "submissions decided on while they could be drawn"
            ),
            Column("drawn", "Second looks", "count", "taken by a rule or drawn at random"),
            Column("expected", "Expected", "number"),
            Column("low", "95 % from", "count"),
            Column("high", "95 % to", "count"),
            Column("judgement", "Judgement"),
        ),
        rows=rows,
        note="What the plan in force on each day asked for, against what was drawn.",
    )


def _decided_and_drawn(counts: Crossed, agency: str) -> tuple[Value, Value]:
    if agency == ALL:
        return counts.of(), counts.of(drawn="yes")
    return counts.of(agency=agency), counts.of(agency=agency, drawn="yes")


def _agreement(agreements: Sequence[Agreement], policy: QualityPolicy) -> Table:
    return Table(
        name="agreement",
        title="Agreement between first and second reviews",
        columns=(
            Column("finding", "Finding"),
            Column("pairs", "Pairs", "count", "reviews with this finding in both"),
            Column("same", "The same", "count"),
            Column("share", "Share", "share"),
            Column("kappa", "Weighted kappa", "number"),
            Column("ac", "Gwet’s AC", "number"),
            Column("ac_low", "AC, 95 % from", "number"),
            Column("ac_high", "AC, 95 % to", "number"),
        ),
        rows=tuple(_agreement_row(one, policy) for one in agreements),
        note=(
            "1 is full agreement, 0 what chance would give. The second reviewer judges blind; the "
            "sample leans towards difficult reviews, so agreement over all reviews is likely higher."
        ),
    )


def _agreement_row(one: Agreement, policy: QualityPolicy) -> tuple[Value, ...]:
    smallest = policy.smallest_published
    name = FINDINGS[one.finding].label
    if 0 < one.pairs < smallest:
        return (name, *[HIDDEN] * 7)
    differ = one.pairs - one.same
    is_small = 0 < one.same < smallest or 0 < differ < smallest
    same: tuple[Value, Value] = (
        (HIDDEN, HIDDEN) if is_small else (one.same, _share(one.same, one.pairs))
    )
    return (name, one.pairs, *same, _value(one.kappa), *_interval(one.ac))


def _share(part: int, whole: int) -> float | None:
    return rounded(part / whole) if whole else None


def _value(estimate: Estimate) -> float | None:
    return None if estimate.value is None else round(estimate.value, 2)


def _interval(estimate: Estimate) -> tuple[Value, Value, Value]:
    if estimate.value is None:
        return None, None, None
    return round(estimate.value, 2), round(estimate.low, 2), round(estimate.high, 2)


@dataclass(frozen=True, slots=True)
class _Raised:
    """One escalation as it stood at the end of a day."""

    kind: EscalationKind
    answered: str
    is_open: bool
    minutes: float | None
    """From raised to acknowledged."""


def escalations_section(
    escalations: Sequence[Escalation], until: date, policy: QualityPolicy
) -> Section:
    """How many were raised, and how soon somebody took responsibility."""
    raised = [_as_it_stood(one, until) for one in escalations if local_date(one.raised_at) <= until]
    records = [
        {"kind": one.kind, "answered": one.answered, "open": "yes" if one.is_open else "no"}
        for one in raised
    ]
    counts = cross(records, (("kind", "answered"), ("kind", "open")), policy)
    rows = tuple(_escalation_rows(raised, counts, policy))
    table = Table(
        name="escalations",
        title="Escalations",
        columns=(
            Column("kind", "Kind"),
            Column("raised", "Raised", "count"),
            Column("in_time", "Acknowledged in time", "count"),
            Column("late", "Acknowledged late", "count"),
            Column("waiting", "Not yet acknowledged", "count"),
            Column("still_open", "Still open", "count"),
            Column("median_minutes", "Median minutes to acknowledge", "number"),
        ),
        rows=rows if raised else (),
        note=(
            "Clocks run in duty hours: immediate danger as the definitions say, a serious concern by "
            "the end of the day’s duty hours."
        ),
        empty="No escalation has been raised.",
    )
    named = {
        "raised": "Escalations raised",
        "late": "Escalations acknowledged late",
        "waiting": "Escalations not yet acknowledged",
        "still_open": "Escalations still open",
    }
    return Section(
        tables=(table,),
        figures=tuple(
            looked_up(
                f"escalations.{name}", label, table.column(name)[-1], table.name, name, kind=ALL
            )
            for name, label in named.items()
            if table.rows
        ),
    )


def _as_it_stood(one: Escalation, until: date) -> _Raised:
    answered = _by(one.acknowledged_at, until)
    if answered is None:
        said, minutes = WAITING, None
    else:
        said = IN_TIME if answered <= one.acknowledge_by else LATE
        minutes = (answered - one.raised_at).total_seconds() / _MINUTES_AN_HOUR
    return _Raised(one.kind, said, _by(one.closed_at, until) is None, minutes)


def _by(instant: datetime | None, until: date) -> datetime | None:
    """An instant that had come by the end of a day."""
    return instant if instant is not None and local_date(instant) <= until else None


def _escalation_rows(
    raised: Sequence[_Raised], counts: Crossed, policy: QualityPolicy
) -> Iterator[tuple[Value, ...]]:
    for kind in (*EscalationKind, None):
        of = {"kind": kind.value} if kind else {}
        minutes = [
            one.minutes for one in raised if kind in (None, one.kind) and one.minutes is not None
        ]
        yield (
            ESCALATION_LABELS[kind] if kind else ALL,
            counts.of(**of),
            *(counts.of(**of, answered=said) for said in (IN_TIME, LATE, WAITING)),
            counts.of(**of, open="yes"),
            _median(minutes, policy),
        )


def _median(minutes: Sequence[float], policy: QualityPolicy) -> Value:
    if not minutes:
        return None
    return HIDDEN if len(minutes) < policy.smallest_published else round(median(minutes))
