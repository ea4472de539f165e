from datetime import date

import pytest

from forms.pages import Progress, Table
from forms.progress import progress_page
from forms.progress_facts import ProgressFacts
from tests.forms.make import (
    BURNLEY,
    NO_COUNTS,
    make_counts,
    make_facts,
    make_forecast,
    make_part,
)


def progress_of(facts: ProgressFacts) -> Progress:
    progress = progress_page(facts).progress
    assert progress is not None
    return progress


def lead(facts: ProgressFacts) -> str:
    headline = progress_of(facts).headline
    assert headline is not None
    return f"{headline.before}{headline.strong}{headline.after} {headline.dates}".strip()


def cells(table: Table) -> dict[str, tuple[str, ...]]:
    return {row[0]: row[1:] for row in table.rows}


def test_without_a_caseload_there_is_nothing_but_the_way_to_import_one() -> None:
    assert progress_page(make_facts(counts=NO_COUNTS)).progress is None


def test_the_headline_says_the_chance_and_the_dates() -> None:
    assert lead(make_facts()) == (
        "There is a 62 % chance (about 6 in 10) that all reviews are complete by 31 March 2016. "
        "We are 80 % sure of finishing 98 % by 12 April 2016, and the last review by 20 April 2016."
    )


@pytest.mark.parametrize(
    ("p_done", "said"),
    [
        (0.0001, "There is a <1 % chance that"),
        (0.9999, "There is a >99 % chance that"),
        (0.85, "There is an 85 % chance (about"),
    ],
)
def test_the_headline_claims_no_certainty_and_reads_aloud(p_done: float, said: str) -> None:
    assert said in lead(make_facts(forecast=make_forecast(p_done_by_target=p_done)))


def test_a_date_beyond_the_horizon_is_not_made_up() -> None:
    late = {"p50": None, "p80": None, "p95": None}
    nearly = make_forecast(last_case=late)
    assert "and the last review" not in lead(make_facts(forecast=nearly))
    assert "the last review may take until after 24 June 2016." in lead(make_facts(forecast=nearly))
    neither = make_forecast(p80=None, last_case=late)
    assert lead(make_facts(forecast=neither)).endswith(
        "We are 80 % sure of finishing 98 % only after 24 June 2016."
    )


def test_a_programme_that_is_done_says_so_and_forecasts_nothing() -> None:
    counts = make_counts(allocated=0, unallocated=0)
    assert lead(make_facts(counts=counts)) == "All 144 reviews are complete."


def test_nothing_waiting_for_a_reviewer_is_said_in_words() -> None:
    tiles = progress_of(make_facts(counts=make_counts(unallocated=0))).tiles
    assert tiles[1].note == "all allocated to a reviewer"


def test_a_target_that_has_passed_is_said_to_have_passed() -> None:
    said = lead(make_facts(as_of=date(2016, 4, 1)))
    assert said.startswith("The target of 31 March 2016 has passed with 156 reviews open. We are")


def test_without_a_forecast_the_counts_stand_alone() -> None:
    progress = progress_of(make_facts(forecast=None))
    assert progress.headline is None
    assert progress.picture is None
    assert progress.caveats == ()
    assert cells(progress.districts)["Chorley"] == ("2", "1", "No forecast", "No forecast")


def test_four_numbers_say_where_the_programme_stands() -> None:
    tiles = progress_of(make_facts()).tiles
    assert [(tile.value, tile.label) for tile in tiles] == [
        ("144", "complete"),
        ("156", "open"),
        ("7", "overdue"),
        ("25", "working days left"),
    ]
    assert tiles[0].note == "48 % of 300 reviews"
    assert tiles[1].note == "36 not allocated yet"


@pytest.mark.parametrize(
    ("as_of", "value", "label"),
    [
        (date(2016, 3, 31), "1", "working day left"),
        (date(2016, 3, 24), "4", "working days left"),
        (date(2016, 4, 1), "0", "working days left"),
    ],
)
def test_days_left_count_today_and_leave_easter_out(as_of, value, label) -> None:
    tile = progress_of(make_facts(as_of=as_of)).tiles[3]
    assert (tile.value, tile.label) == (value, label)


def test_withdrawn_reviews_are_shown_but_not_counted() -> None:
    progress = progress_of(make_facts(counts=make_counts(withdrawn=50)))
    assert progress.tiles[0].note == "48 % of 300 reviews"
    assert cells(progress.states)["Withdrawn"] == ("Nobody: not counted", "50")


@pytest.mark.parametrize(
    ("open_", "waiting", "said", "urgent"),
    [
        (0, 0, "No escalation is open.", False),
        (1, 0, "1 escalation is open, all acknowledged.", False),
        (3, 1, "3 escalations are open, 1 not yet acknowledged.", True),
    ],
)
def test_escalations_are_counted_and_press_while_one_waits(open_, waiting, said, urgent) -> None:
    progress = progress_of(make_facts(open_escalations=open_, unacknowledged=waiting))
    assert (progress.escalations, progress.escalations_wait) == (said, urgent)


def test_districts_stand_by_name_the_least_likely_first_with_their_own_forecast() -> None:
    rows = progress_of(make_facts()).districts.rows
    assert rows == (
        ("Chorley", "2", "1", "20 %", "After 24 Jun 2016"),
        ("Burnley", "156", "144", "90 %", "11 Apr 2016"),
    )


def test_a_district_that_is_done_needs_no_forecast() -> None:
    counts = make_counts(allocated=0, unallocated=0)
    rows = cells(progress_of(make_facts(counts=counts)).districts)
    assert rows["Burnley"] == ("0", "144", "Complete", "Complete")


def test_cases_without_a_district_are_shown_under_unknown() -> None:
    counts = make_counts()
    counts.by_district["unknown"] = counts.by_district.pop(BURNLEY)
    forecast = make_forecast(by_district=[make_part(district=None, p_done=0.3)])
    rows = cells(progress_of(make_facts(counts=counts, forecast=forecast)).districts)
    assert rows["Unknown"] == ("156", "144", "30 %", "11 Apr 2016")


def test_reviews_that_nobody_holds_stand_in_the_table_of_agencies() -> None:
    rows = cells(progress_of(make_facts()).agencies)
    assert rows["Not allocated yet"] == ("36", "0", "10 %", "11 Apr 2016")
    assert rows["Council"] == ("120", "144", "40 %", "11 Apr 2016")


@pytest.mark.parametrize(
    ("needed", "achieved", "said"),
    [
        (6.25, 5.0, "1.2 reviews a working day short of what is needed"),
        (5.0, 5.0, "enough to finish on time"),
        (None, 5.0, "No working day is left before the target."),
        (6.0, None, "nothing is known of the pace"),
    ],
)
def test_the_pace_is_judged_against_what_is_needed(needed, achieved, said) -> None:
    forecast = make_forecast(required_per_working_day=needed, achieved_per_working_day=achieved)
    assert said in progress_of(make_facts(forecast=forecast)).pace_sentence


def test_the_pace_is_given_per_working_day_and_per_reviewer_day() -> None:
    forecast = make_forecast(achieved_per_reviewer_day=None)
    pace = progress_of(make_facts(forecast=forecast)).pace
    assert pace is not None
    assert pace.rows == (
        ("Reviews a working day", "6.2", "5.0"),
        ("Reviews a reviewer day", "1.4", "Not known"),
    )
    assert pace.columns[2].heading == "Achieved in the last 10 working days"


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ("confirming", "Confirming holds up the finish"),
        (BURNLEY, "Burnley holds up the finish"),
        (None, "No single stage holds up the finish."),
    ],
)
def test_what_binds_is_named(stage, said) -> None:
    assert said in progress_of(make_facts(forecast=make_forecast(binding_stage=stage))).binding


def test_the_caveats_name_the_assumptions_and_what_is_left_out() -> None:
    basis, assumed, left_out = progress_of(make_facts()).caveats
    assert basis.startswith("It rests on what reviewers")
    assert "4.5 reviewer days each working day, 1 vacancy filled later than planned" in assumed
    assert "0.5 new cases each working day, and 12 % of submissions returned." in assumed
    assert "industrial action" in left_out


def test_a_forecast_from_the_plan_alone_says_so() -> None:
    assumed = make_forecast()["assumptions"] | {"vacancies": 0.0}
    caveats = progress_of(
        make_facts(forecast=make_forecast(basis="plan", assumptions=assumed))
    ).caveats
    assert "it rests on the plan alone" in caveats[0]
    assert "no vacancy to fill" in caveats[1]


def test_the_table_of_the_picture_holds_its_ranges_in_words() -> None:
    picture = progress_of(make_facts()).picture
    assert picture is not None
    rows = cells(picture.table)
    assert rows["23 Feb 2016"] == ("Counted", "156", "", "", "", "")
    assert rows["24 Feb 2016"] == (
        "Forecast",
        "150",
        "150",
        "142 to 158",
        "134 to 166",
        "126 to 174",
    )
