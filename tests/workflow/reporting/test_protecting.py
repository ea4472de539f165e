"""What the report counts beside the quality tables gives none of their hidden numbers away."""

from datetime import date, timedelta

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.effort import examples
from workflow.followup.demand import STEP_DOWN
from workflow.policy import QualityPolicy
from workflow.quality.suppression import ranges, recoverable
from workflow.reporting.protecting import Beside, Published, cross, publish
from workflow.reporting.values import HIDDEN

POLICY = QualityPolicy()
AREA = {"Burnley": "East", "Pendle": "East", "Preston": "Central"}
DIRECTION = {"close": "lessen", STEP_DOWN: "lessen", "remain_cin": "remain"}


@st.composite
def reviews(draw: st.DrawFn) -> pd.DataFrame:
    """Confirmed reviews as the quality tables read them."""
    rows = []
    for district, area in AREA.items():
        for outcome, direction in DIRECTION.items():
            for number in range(draw(st.one_of(st.integers(0, 6), st.integers(0, 40)))):
                grade = ("inadequate", "requires_improvement", "good")[number % 3]
                rows.append(
                    {
                        "district": district,
                        "area": area,
                        "team": district,
                        "agency": "constabulary" if number % 4 == 0 else "council",
                        "week": date(2016, 2, 1) + timedelta(weeks=number % 2),
                        "outcome": outcome,
                        "direction": direction,
                        "grade": grade,
                        "grade_band": grade,
                        "late": "yes" if number % 5 == 0 else "no",
                        "returned": "yes" if number % 9 == 0 else "no",
                    }
                )
    return pd.DataFrame(rows)


@st.composite
def published(draw: st.DrawFn) -> tuple[Published, Beside]:
    """A report's protected counts, and what they were made from."""
    frame = draw(reviews().filter(lambda frame: len(frame) >= POLICY.smallest_published))
    downs = int((frame["outcome"] == STEP_DOWN).sum())
    to_east = draw(st.integers(0, downs))
    complete = frame["district"].value_counts()
    beside = Beside(
        districts={
            name: (int(complete.get(name, 0)), draw(st.integers(0, 30))) for name in sorted(AREA)
        },
        made_safe=draw(st.integers(0, len(frame))),
        step_downs={"east": to_east, "west": downs - to_east},
    )
    return publish(frame, beside, POLICY), beside


@given(published())
@settings(max_examples=examples(3), deadline=None)
def test_a_differencing_search_over_everything_published_recovers_no_hidden_count(
    given_: tuple[Published, Beside],
) -> None:
    protected = given_[0].board.protected
    assert recoverable(protected) <= protected.exposed
    found = ranges(protected)
    for small in protected.primary - protected.exposed:
        low, high = found[small]
        assert high - low >= POLICY.protection - 1e-6
        assert low - 1e-6 <= protected.tables.counts[small] <= high + 1e-6


@given(published())
@settings(max_examples=5, deadline=None)
def test_no_small_count_of_open_reviews_is_shown_by_district(
    given_: tuple[Published, Beside],
) -> None:
    shown, beside = given_
    for name, (_, still_open) in beside.districts.items():
        if 0 < still_open < POLICY.smallest_published:
            assert shown.open_in(name) == HIDDEN
        else:
            assert shown.open_in(name) in {HIDDEN, still_open}


def test_a_lone_escalation_of_a_kind_takes_company_with_it() -> None:
    raised = [{"kind": "immediate", "answer": "late"}] + 8 * [{"kind": "same", "answer": "late"}]
    raised += 9 * [{"kind": "immediate", "answer": "in time"}]
    table = cross(raised, [("kind", "answer")], POLICY)
    assert table.of(kind="immediate", answer="late") == HIDDEN
    assert recoverable(table.protected) == frozenset()
    assert table.of(kind="other", answer="late") == 0
