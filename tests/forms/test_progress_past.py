"""How the forecast moved and how good it was, in words."""

from datetime import date, datetime
from typing import Any

import pytest

from forms.progress import progress_page
from forms.progress_past import ENOUGH, Past, made_sentence, why_page
from tests.forms.make import CHORLEY, make_counts, make_facts, make_forecast, make_part
from workflow.calendar import LONDON
from workflow.forecast.history import Said
from workflow.forecast.movement import Movement
from workflow.forecast.record import Resolved, track_record
from workflow.forecast.stored import Step

MADE = datetime(2016, 2, 24, 17, 30, tzinfo=LONDON)
SITE = make_facts().site


def make_said(day: int, p_done: float, **overrides: Any) -> Said:
    values: dict[str, Any] = {
        "number": day,
        "as_of": date(2016, 2, day),
        "made_at": MADE,
        "made_by": "flow",
        "model_version": "2",
        "input_hash": f"{day}",
        "complete": 100,
        "p_done_by_target": p_done,
        "p80": date(2016, 4, 12),
        "ahead": [],
    }
    return Said(**values | overrides)


def make_record(count: int) -> Any:
    quantiles = {0.1: 90.0, 0.25: 95.0, 0.5: 100.0, 0.75: 105.0, 0.9: 110.0}
    resolved = [
        Resolved(working_days=5, start=50.0, quantiles=quantiles, naive=quantiles, truth=102.0)
        for _ in range(count)
    ]
    return track_record(resolved, 5)


@pytest.mark.parametrize(
    ("made_by", "said"),
    [
        ("flow", "by a scheduled run"),
        ("flow:brave-otter", "by the flow run brave-otter"),
        ("cli:sam", "by sam at the command line"),
        ("manager", "by manager"),
        ("", "by a run that left no name"),
    ],
)
def test_the_maker_of_a_forecast_is_named(made_by: str, said: str) -> None:
    sentence = made_sentence(MADE, made_by, date(2016, 2, 24))
    assert sentence == (
        f"The forecast was made on 24 February 2016 at 17:30 {said}, for 24 February 2016."
    )


def test_a_step_is_said_with_its_days_and_leads_to_the_reasons() -> None:
    past = Past([make_said(22, 0.61), make_said(23, 0.54)])
    progress = progress_page(make_facts(past=past)).progress
    assert progress is not None
    assert progress.moved == "The chance went from 61 % to 54 % since 22 February 2016."
    assert progress.why is not None
    assert progress.why.href == "/progress/why"
    assert progress.history is not None
    assert [row[0] for row in progress.history.rows] == ["23 Feb 2016", "22 Feb 2016"]
    assert progress.history.links == ("", "/progress/why?since=2016-02-22")


def test_a_chance_that_stayed_is_said_to_have_stayed() -> None:
    past = Past([make_said(22, 0.541), make_said(23, 0.539)])
    progress = progress_page(make_facts(past=past)).progress
    assert progress is not None
    assert progress.moved == "The chance has stayed at 54 % since 22 February 2016."


def test_a_first_forecast_has_nothing_to_be_compared_with() -> None:
    progress = progress_page(make_facts(past=Past([make_said(24, 0.6)]))).progress
    assert progress is not None
    assert (progress.moved, progress.why) == ("", None)
    assert progress.record[0].startswith("No forecast has come due yet.")


def test_forecasts_that_came_due_are_judged_in_words_and_from_enough_on_in_a_picture() -> None:
    few, enough = (
        progress_page(make_facts(past=Past([], [make_record(n)]))).progress
        for n in (ENOUGH - 1, ENOUGH)
    )
    assert few is not None
    assert enough is not None
    assert few.record[0].startswith("Of the last 4 five-day-ahead forecasts, 4 fell inside")
    assert few.reliability is None
    assert enough.reliability is not None
    assert enough.reliability.table.rows[0] == ("10 %", "0 %", "5")


def test_only_who_may_see_lists_gets_links_to_them() -> None:
    counts = make_counts(on_hold=3)
    with_lists = progress_page(make_facts(counts=counts, sees_lists=True, open_escalations=1))
    without = progress_page(make_facts(counts=counts, open_escalations=1))
    assert with_lists.progress is not None
    assert without.progress is not None
    assert [tile.href for tile in with_lists.progress.tiles] == [
        "/reviews?view=complete",
        "",
        "/reviews?view=overdue",
        "",
    ]
    assert f"/reviews?view=all&district={CHORLEY}" in with_lists.progress.districts.links
    assert "/reviews?view=on_hold" in with_lists.progress.states.links
    assert with_lists.progress.escalations_link == "/escalations"
    plain = without.progress
    links = (*plain.districts.links, *plain.states.links, *(tile.href for tile in plain.tiles))
    assert set(links) | {plain.escalations_link} == {""}


def test_districts_are_drawn_where_the_forecast_kept_their_weeks() -> None:
    chart = make_forecast()
    weeks = {"burn_down": chart["burn_down"], "bands": chart["bands"]}
    forecast = make_forecast(by_district=[make_part(district=CHORLEY, p_done=0.2, **weeks)])
    drawn = progress_page(make_facts(forecast=forecast)).progress
    plain = progress_page(make_facts()).progress
    assert drawn is not None
    assert plain is not None
    assert drawn.multiples is not None
    assert "Chorley (20 %)" in drawn.multiples.sentence
    assert drawn.multiples.narrow_size == (380, 162)
    assert plain.multiples is None


def test_the_reasons_are_points_that_add_up_with_their_sign() -> None:
    movement = Movement(
        before=0.61, after=0.54, data=-0.04, capacity=0.02, scope=-0.05, new_cases=38
    )
    step = Step(
        since=date(2016, 2, 23), as_of=date(2016, 2, 24), movement=movement, same_model=False
    )
    page = why_page(SITE, step, as_of=date(2016, 2, 24))
    assert page.parts is not None
    assert [row[-1] for row in page.parts.rows] == ["-4", "+2", "-5"]
    assert "from 61 % to 54 %" in page.lead.replace("went ", "")
    assert page.notes[0] == "38 cases joined since, on balance."
    assert page.notes[-1] == "The method changed between the two days."


def test_without_an_earlier_forecast_the_page_says_when_there_will_be_one() -> None:
    page = why_page(SITE, None, as_of=date(2016, 2, 24))
    assert page.parts is None
    assert page.lead.startswith("There is no earlier forecast")
