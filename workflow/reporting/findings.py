"""The report's sections on what reviews found: outcomes, grades, weeks, local variation. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from workflow.policy import QualityPolicy
from workflow.quality.levels import DIRECTION_OF, GRADE_BANDS, OUTCOMES
from workflow.quality.measures import MEASURES
from workflow.quality.suppression import TOTAL, cell
from workflow.quality.tables import BoardFunnel, board_funnel
from workflow.reporting.protecting import Published
from workflow.reporting.values import (
    HIDDEN,
    Column,
    Figure,
    Section,
    Table,
    Value,
    looked_up,
    rounded,
    share_of,
)

FUNNELS = ("lessen", "rise", "inadequate", "late", "returned")
"""Measures shown by district."""
OUTCOME_LABELS: Mapping[str, str] = {
    "close": "Close",
    "step_down_universal": "Step down to universal services",
    "step_down_early_help": "Step down to early help",
    "remain_cin": "Remain Child in Need, plan adequate",
    "remain_cin_with_changes": "Remain Child in Need, plan to change",
    "change_of_worker": "Remain Child in Need, change of worker",
    "step_up_strategy_discussion": "Step up: strategy discussion",
    "edge_of_care": "Edge of care",
    "transfer": "Transfer",
    "cannot_review": "Cannot be reviewed",
}
DIRECTION_LABELS: Mapping[str, str] = {
    "lessen": "Support ends or lessens",
    "remain": "Remains Child in Need",
    "rise": "Support rises",
}
GRADE_LABELS: Mapping[str, str] = {
    "inadequate": "Inadequate",
    "requires_improvement": "Requires improvement",
    "good_or_outstanding": "Good or outstanding",
    "none": "Not graded",
}
AGENCY_LABELS: Mapping[str, str] = {"council": "Council", "constabulary": "Constabulary"}
_COUNT_NOTE = "Of reviews complete, by the outcome as it stands."


def findings_section(published: Published) -> Section:
    """Outcomes in all, by agency, by area and by week; grades in all and by district."""
    outcomes = _outcomes(published)
    return Section(
        tables=(
            outcomes,
            _by_place(published, "agency"),
            _by_place(published, "area"),
            _weeks(published),
            _grades(published),
            _grades_by_district(published),
        ),
        figures=(
            looked_up(
                "outcomes.total",
                "Reviews with a confirmed outcome",
                published.of(TOTAL),
                outcomes.name,
                "reviews",
                outcome="All",
            ),
            *_directions(outcomes),
            *_grade_figures(published),
        ),
    )


def _outcomes(published: Published) -> Table:
    whole = published.of(TOTAL)
    rows: list[tuple[Value, ...]] = []
    for outcome in OUTCOMES:
        count = published.of(cell(outcome=outcome))
        direction = DIRECTION_LABELS.get(DIRECTION_OF.get(outcome, ""), "Neither")
        rows.append((OUTCOME_LABELS[outcome], direction, count, share_of(count, whole)))
    rows += [
        (label, "Together", published.of(cell(**{code: "yes"})), _part(published, code))
        for code, label in DIRECTION_LABELS.items()
        if code in ("lessen", "rise")
    ]
    return Table(
        name="outcomes",
        title="Outcomes",
        columns=(
            Column("outcome", "Outcome"),
            Column("direction", "Level of support"),
            Column("reviews", "Reviews", "count"),
            Column("share", "Share", "share"),
        ),
        rows=(*rows, ("All", "", whole, None)),
        note=_COUNT_NOTE,
    )


def _part(published: Published, measure: str) -> Value:
    """Share of a measure's reviews among those it can be asked of."""
    return _share_of_measure(published, measure)[2]


def _share_of_measure(published: Published, measure: str, **of: str) -> tuple[Value, Value, Value]:
    """Hits, reviews it can be asked of, and the share; all hidden together."""
    hits = published.of(cell(**of, **{measure: "yes"}))
    others = published.of(cell(**of, **{measure: "no"}))
    if not isinstance(hits, int) or not isinstance(others, int):
        return hits, HIDDEN, HIDDEN
    return hits, hits + others, share_of(hits, hits + others)


def _directions(outcomes: Table) -> Iterator[Figure]:
    for code in ("lessen", "rise"):
        label = DIRECTION_LABELS[code]
        row = next(row for row in outcomes.rows if row[0] == label)
        for place, (name, column) in enumerate((("reviews", "reviews"), ("share", "share")), 2):
            yield looked_up(
                f"outcomes.{code}.{name}",
                f"{label}: {name}",
                row[place],
                outcomes.name,
                column,
                outcome=label,
            )


def _by_place(published: Published, dimension: str) -> Table:
    """Outcomes across the agencies of the authors, or across areas."""
    places = published.board.values_of(dimension)
    titles = {"agency": "Outcomes by the author's agency", "area": "Outcomes by area"}
    rows = [
        (
            OUTCOME_LABELS[outcome],
            *(published.of(cell(**{dimension: place, "outcome": outcome})) for place in places),
        )
        for outcome in OUTCOMES
    ]
    whole = ("All", *(published.of(cell(**{dimension: place})) for place in places))
    return Table(
        name=f"outcomes_by_{dimension}",
        title=titles[dimension],
        columns=(
            Column("outcome", "Outcome"),
            *(Column(place, AGENCY_LABELS.get(place, place), "count") for place in places),
        ),
        rows=(*rows, whole) if places else (),
        note=_COUNT_NOTE,
    )


def _weeks(published: Published) -> Table:
    rows = []
    for week in published.board.values_of("week"):
        lessen = _share_of_measure(published, "lessen", week=week)
        inadequate = _share_of_measure(published, "inadequate", week=week)
        rows.append((date.fromisoformat(week), *lessen, *inadequate))
    return Table(
        name="by_week",
        title="What reviews found, week by week",
        columns=(
            Column("week", "Week of", "date", "Monday of the week the outcome was confirmed"),
            Column("lessen", "Support ends or lessens", "count"),
            Column("of_outcomes", "Of", "count", "reviews with an outcome that has a direction"),
            Column("lessen_share", "Share", "share"),
            Column("inadequate", "Graded inadequate", "count"),
            Column("of_graded", "Of", "count", "reviews whose practice was graded"),
            Column("inadequate_share", "Share", "share"),
        ),
        rows=tuple(rows),
        note="A mix that swings from week to week says more of the reviewing than of the children.",
    )


def _grades(published: Published) -> Table:
    whole = published.of(TOTAL)
    return Table(
        name="grades",
        title="Grade of practice",
        columns=(
            Column("grade", "Grade"),
            Column("reviews", "Reviews", "count"),
            Column("share", "Share", "share"),
        ),
        rows=(
            *(
                (GRADE_LABELS[band], count, share_of(count, whole))
                for band in (*GRADE_BANDS, "none")
                for count in (published.of(cell(grade_band=band)),)
            ),
            ("All", whole, None),
        ),
        note="The grade is of the practice, never of how safe the child is.",
    )


def _grade_figures(published: Published) -> Iterator[Figure]:
    inadequate, asked, share = _share_of_measure(published, "inadequate")
    label = GRADE_LABELS["inadequate"]
    yield looked_up(
        "grades.inadequate",
        "Practice graded inadequate",
        inadequate,
        "grades",
        "reviews",
        grade=label,
    )
    name = MEASURES["inadequate"].label
    for part, value, column in (("asked", asked, "reviews"), ("share", share, "share")):
        yield looked_up(
            f"grades.inadequate.{part}",
            f"{name}: {'reviews graded' if part == 'asked' else 'share of them'}",
            value,
            "variation",
            column,
            measure=name,
            district="All",
        )


def _grades_by_district(published: Published) -> Table:
    return Table(
        name="grades_by_district",
        title="Grade of practice by district",
        columns=(
            Column("district", "District"),
            *(Column(band, GRADE_LABELS[band], "count") for band in GRADE_BANDS),
        ),
        rows=tuple(
            (
                district,
                *(published.of(cell(district=district, grade_band=band)) for band in GRADE_BANDS),
            )
            for district in published.board.values_of("district")
        ),
    )


def funnels_of(published: Published, policy: QualityPolicy) -> tuple[BoardFunnel, ...]:
    """The funnel of every measure by district, from shown counts alone."""
    return tuple(
        board_funnel(published.board, measure, policy, by="district") for measure in FUNNELS
    )


def variation_section(funnels: Sequence[BoardFunnel]) -> Section:
    """Where districts differ by more than chance explains."""
    return Section(
        tables=(
            Table(
                name="variation",
                title="Local variation",
                columns=(
                    Column("measure", "Measure"),
                    Column("district", "District"),
                    Column("hits", "Count", "count"),
                    Column("reviews", "Of", "count", "reviews the measure can be asked of"),
                    Column("share", "Share", "share"),
                    Column("low95", "95 % from", "count"),
                    Column("high95", "95 % to", "count"),
                    Column("low998", "99.8 % from", "count"),
                    Column("high998", "99.8 % to", "count"),
                    Column("place", "Where it lies"),
                ),
                rows=tuple(row for one in funnels for row in _funnel_rows(one)),
                note=(
                    "Limits are the counts that chance alone explains around the county's share: "
                    "exact binomial, 95 and 99.8 %. One district in twenty lies beyond the inner ones "
                    "by chance."
                ),
            ),
        )
    )


_PLACES = {
    "within": "Within what chance explains",
    "warning": "Beyond the 95 % limits",
    "alarm": "Beyond the 99.8 % limits",
}


def _funnel_rows(one: BoardFunnel) -> Iterator[tuple[Value, ...]]:
    label, found = MEASURES[one.measure].label, one.funnel
    points = {point.name: point for point in found.points} if found else {}
    for name in sorted({*points, *one.left_out}):
        if name in points:
            point = points[name]
            yield (
                *(label, name, point.hits, point.total, rounded(point.share)),
                *(point.warning.low, point.warning.high, point.alarm.low, point.alarm.high),
                _PLACES[point.place],
            )
        else:
            yield (label, name, *[HIDDEN] * 3, *[None] * 4, "Not shown: small numbers")
    if found is not None:
        hits = round(found.share * found.total)
        share = share_of(hits, found.total)
        yield (label, "All", hits, found.total, share, *[None] * 4, "")
    else:
        yield (label, "All", *[HIDDEN] * 3, *[None] * 4, "")
