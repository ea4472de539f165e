"""The values a forecast is made from."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from tests.workflow.forecast.make import GROUPS, make_input, make_stock
from workflow.calendar import WorkCalendar
from workflow.errors import InvalidInputError
from workflow.forecast import Group, Vacancy, regroup


def test_grouping_by_district_keeps_the_totals() -> None:
    given = make_input()
    grouped = regroup(given, "district")
    assert grouped.groups == (Group("north"), Group("south"))
    assert grouped.stock.total.sum() == pytest.approx(given.stock.total.sum())
    np.testing.assert_allclose(
        grouped.exposure.future.sum(axis=1), given.exposure.future.sum(axis=1)
    )
    np.testing.assert_allclose(
        grouped.history.submitted.sum(axis=1), given.history.submitted.sum(axis=1)
    )


def test_reviewers_without_a_district_keep_a_column_of_their_own() -> None:
    groups = (*GROUPS[:3], Group(None, "constabulary"))
    grouped = regroup(make_input(groups=groups), "district")
    assert grouped.groups == (Group("north"), Group("south"), Group())


def test_reviews_no_agency_holds_are_shared_out_by_planned_reviewer_days() -> None:
    groups = (*GROUPS[:3], Group("south"))
    given = make_input(groups=groups)
    future = given.exposure.future.copy()
    future[:, 3] = 0.0
    given = replace(given, exposure=replace(given.exposure, future=future))
    grouped = regroup(given, "agency")
    council, constabulary = grouped.groups.index(Group(None, "council")), 0
    assert grouped.stock.total.sum() == pytest.approx(given.stock.total.sum())
    shared = grouped.stock.total[council] - given.stock.total[[0, 2]].sum()
    assert shared == pytest.approx(given.stock.total[3] * 2 / 3)
    assert grouped.groups[constabulary] == Group(None, "constabulary")


def test_ages_and_vacancies_follow_their_group() -> None:
    vacancy = Vacancy(group=GROUPS[2], expected_on=date(2016, 3, 1))
    given = make_input(ages=((1,), (2,), (3,), (4,)))
    given = replace(given, exposure=replace(given.exposure, vacancies=(vacancy,)))
    grouped = regroup(given, "district")
    assert grouped.ages == ((1, 2), (3, 4))
    assert grouped.exposure.vacancies[0].group == Group("south")


def test_the_fingerprint_follows_everything_that_matters() -> None:
    given = make_input()
    assert given.fingerprint() == make_input().fingerprint()
    changed = [
        replace(given, seed=8),
        replace(given, target=date(2016, 3, 30)),
        replace(given, calendar=WorkCalendar(closures=frozenset({date(2017, 1, 3)}))),
        replace(given, stock=make_stock(given.stock.backlog + 1, given.stock.complete)),
    ]
    prints = {given.fingerprint(), *(other.fingerprint() for other in changed)}
    assert len(prints) == 5


def bad_exposure(**changes: object):
    given = make_input()
    return lambda: replace(given, exposure=replace(given.exposure, **changes))


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (lambda: make_input(groups=GROUPS[:3]), "have shape"),
        (lambda: make_input(plan_rate=0.0), "planned rate"),
        (lambda: make_input(plan_rate=float("nan")), "planned rate"),
        (lambda: make_input(paths=0), "at least one path"),
        (lambda: make_input(ages=((1,),)), "ages"),
        (lambda: make_input(effort_left=0.0), "effort"),
        (lambda: make_input(horizon=20), "at least to its target"),
        (lambda: make_input(stock=make_stock(np.full(4, np.nan), np.zeros(4))), "missing"),
        (lambda: make_input(stock=make_stock(np.zeros(4), np.full(4, -1.0))), "negative"),
        (bad_exposure(days=(), future=np.zeros((0, 4))), "at least one working day"),
        (bad_exposure(vacancies=(Vacancy(group=Group("moon")),)), "vacancy"),
    ],
)
def test_what_would_answer_wrongly_is_refused(wrong, why: str) -> None:
    with pytest.raises(InvalidInputError, match=why):
        wrong()


def test_days_out_of_order_or_left_out_are_refused() -> None:
    given = make_input()
    days = list(given.exposure.days)
    days[3] = date(2016, 2, 6)  # a Saturday
    with pytest.raises(InvalidInputError, match="all working days"):
        replace(given, exposure=replace(given.exposure, days=tuple(sorted(days))))
    with pytest.raises(InvalidInputError, match="in order"):
        replace(given, history=replace(given.history, days=tuple(reversed(given.history.days))))
