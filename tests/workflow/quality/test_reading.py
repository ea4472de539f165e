"""What quality is counted from: only events and what never changes, as of any day."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from tests.workflow.quality.stage import DUE, FIRST, MANAGER, MODERATOR, Stage
from workflow.geography import load_geography
from workflow.quality.reading import confirmed_reviews, differing_questions, rated_pairs
from workflow.states import Action

GEOGRAPHY = load_geography()
NEXT = FIRST + timedelta(1)


def confirmed(stage: Stage, as_of: date = DUE + timedelta(30)):
    stage.session.flush()
    return confirmed_reviews(
        stage.session, stage.programme, as_of, geography=GEOGRAPHY, scheme="social_care"
    )


def test_a_confirmed_review_is_one_row(stage: Stage) -> None:
    review = stage.confirmed(
        stage.submitted(by=stage.constabulary, outcome="edge_of_care", grade="inadequate"), on=NEXT
    )
    (row,) = confirmed(stage).to_dict("records")
    assert row == {
        "review_id": review.key,
        "district": "Burnley",
        "area": "East",
        "team": "Burnley 1",
        "agency": "constabulary",
        "reviewer": stage.constabulary.reference,
        "confirmed_on": NEXT,
        "week": date(2016, 2, 1),
        "outcome": "edge_of_care",
        "direction": "rise",
        "grade": "inadequate",
        "grade_band": "inadequate",
        "safety": "safe",
        "late": "no",
        "returned": "no",
    }


def test_a_review_that_nobody_has_confirmed_is_no_row(stage: Stage) -> None:
    stage.submitted()
    stage.in_moderation()
    stage.open()
    assert confirmed(stage).empty


@pytest.mark.both_databases
def test_a_past_day_is_told_as_it_was(stage: Stage) -> None:
    review = stage.confirmed(stage.submitted(grade="good"))
    stage.act(review, Action.REOPEN, MANAGER, NEXT)
    last = NEXT + timedelta(1)
    stage.confirmed(stage.submitted(review, on=last, grade="inadequate"), on=last)
    grades = {
        day: list(confirmed(stage, day)["grade"])
        for day in (FIRST - timedelta(1), FIRST, NEXT, last)
    }
    assert grades == {
        FIRST - timedelta(1): [],
        FIRST: ["good"],
        NEXT: [],
        last: ["inadequate"],
    }


def test_lateness_is_that_of_the_first_submission(stage: Stage) -> None:
    late = DUE + timedelta(1)
    stage.confirmed(stage.submitted(on=late), on=late)
    in_time = stage.submitted(on=DUE)
    stage.act(in_time, Action.RETURN, MANAGER, DUE)
    stage.confirmed(stage.submitted(in_time, on=late), on=late)
    found = confirmed(stage)
    assert list(found["late"]) == ["yes", "no"]
    assert list(found["returned"]) == ["no", "yes"]


def test_cases_without_a_place_are_called_unknown(stage: Stage) -> None:
    stage.confirmed(stage.submitted(case={"district": None, "team": None}))
    (row,) = confirmed(stage).to_dict("records")
    assert (row["district"], row["area"], row["team"]) == ("unknown", "unknown", "unknown")


def test_first_and_second_reviews_stand_beside_one_another(stage: Stage) -> None:
    review = stage.in_moderation(by=stage.constabulary, outcome="close", grade="good")
    stage.second(review, on=NEXT, outcome="remain_cin", grade="inadequate", safety="concern")
    stage.session.flush()
    assert rated_pairs(stage.session, stage.programme, FIRST).empty
    (row,) = rated_pairs(stage.session, stage.programme, NEXT).to_dict("records")
    assert row == {
        "review_id": review.key,
        "on": NEXT,
        "agency": "constabulary",
        "reviewer": stage.constabulary.reference,
        "moderator": "moderator-1",
        "outcome": "close",
        "grade": "good",
        "safety": "safe",
        "second_outcome": "remain_cin",
        "second_grade": "inadequate",
        "second_safety": "concern",
    }


def test_a_pair_keeps_the_first_review_it_was_written_beside(stage: Stage) -> None:
    review = stage.in_moderation(outcome="close")
    stage.second(review, outcome="remain_cin")
    stage.act(review, Action.DISAGREE, MODERATOR)
    stage.act(review, Action.RETURN, MANAGER)
    stage.submitted(review, outcome="remain_cin")
    stage.session.flush()
    (row,) = rated_pairs(stage.session, stage.programme, FIRST).to_dict("records")
    assert (row["outcome"], row["second_outcome"]) == ("close", "remain_cin")


def test_the_questions_that_differ_most_come_first(stage: Stage) -> None:
    for seen in ("yes", "no"):
        review = stage.in_moderation(answers={"seen": "yes", "plan": "yes", "reasons": "a"})
        stage.second(review, answers={"seen": seen, "plan": "no", "reasons": "b"})
    stage.session.flush()
    found = differing_questions(
        stage.session, stage.programme, FIRST, questions={"seen", "plan", "alone"}
    )
    assert found.to_dict("index") == {
        "plan": {"both": 2, "differ": 2},
        "seen": {"both": 2, "differ": 1},
    }
    none = differing_questions(
        stage.session, stage.programme, FIRST - timedelta(1), questions={"seen"}
    )
    assert none.empty


@pytest.mark.both_databases
def test_reading_takes_the_same_few_queries_for_any_number_of_reviews(
    stage: Stage,
) -> None:
    statements = []

    def count(_, __, statement, *___) -> None:
        statements.append(statement)

    for _ in range(3):
        stage.confirmed(stage.submitted())
    stage.session.flush()
    engine = stage.session.get_bind()
    sa.event.listen(engine, "before_cursor_execute", count)
    confirmed(stage)
    sa.event.remove(engine, "before_cursor_execute", count)
    assert len(statements) == 3
