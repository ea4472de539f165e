"""The inputs of a forecast, written down and read back."""

import json
from dataclasses import replace
from datetime import date

import numpy as np

from tests.workflow.forecast.make import GROUPS, make_input
from workflow.calendar import WorkCalendar
from workflow.forecast import Vacancy
from workflow.forecast.kept import inputs_from_json, inputs_to_json


def test_kept_inputs_come_back_exactly() -> None:
    calendar = WorkCalendar(closures=frozenset({date(2016, 3, 2)}))
    given = make_input(
        calendar=calendar,
        confirm_capacity=np.full(75, 1 / 3),
        durations=(1, 2, 3),
        ages=((1,), (), (2, 5), ()),
        managers=4,
        effort_left=1.1,
    )
    unknown = given.history.submitted.copy()
    unknown[2] = np.nan
    vacancy = Vacancy(group=GROUPS[1], weight=0.6, expected_on=date(2016, 2, 15), certain=True)
    given = replace(
        given,
        history=replace(given.history, submitted=unknown),
        exposure=replace(given.exposure, vacancies=(vacancy, Vacancy(group=GROUPS[0]))),
    )
    document = json.loads(json.dumps(inputs_to_json(given)))
    assert inputs_from_json(document).fingerprint() == given.fingerprint()


def test_kept_inputs_are_small_and_outlive_a_number_of_the_policy() -> None:
    document = inputs_to_json(make_input())
    assert len(json.dumps(document)) < 20_000
    document["priors"]["forgotten"] = 1
    del document["priors"]["sickness"]
    assert inputs_from_json(document) is not None
