"""Scenario files: read, refused with findings, written down and read back."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.forecast import scenario_file
from workflow.forecast.scenario import CapacityChange, Move, ReviewerChange, Scenario
from workflow.forecast.scenario_file import definition_of, read_scenario, scenario_of
from workflow.intake.rows import Finding

MARCH = date(2016, 3, 1)
CODES = {"burnley": "E07000117", "fylde": "E07000119", "preston": "E07000123"}


def read(text: str) -> scenario_file.ScenarioFile:
    return read_scenario(
        text.encode(), file="s.toml", find_district=lambda name: CODES.get(name.casefold())
    )


def the_finding(text: str) -> Finding:
    (finding,) = read(text).findings
    assert read(text).scenario is None
    return finding


def test_the_example_of_the_module_is_a_scenario_with_everything_in_it() -> None:
    example = (scenario_file.__doc__ or "").partition("::\n")[2]
    result = read("\n".join(line.removeprefix("    ") for line in example.splitlines()))
    assert result.findings == ()
    assert result.scenario == Scenario(
        name="Five more officers, posts filled, two Saturdays",
        reviewers=(
            ReviewerChange(count=5, from_on=MARCH, agency="constabulary", district="E07000117"),
        ),
        moves=(Move(count=2, from_on=MARCH, from_district="E07000119", to_district="E07000123"),),
        moderators=(CapacityChange(count=-2, from_on=MARCH),),
        overtime=(date(2016, 3, 5), date(2016, 3, 12)),
        vacancies_filled_on=MARCH,
        vacancies_certain=True,
        extra_cases=40,
        target=date(2016, 4, 15),
        scope_cut_off=date(2016, 3, 4),
        new_cases_factor=1.5,
        returned_factor=0.5,
        reviewers_move=True,
    )


@pytest.mark.parametrize(
    ("text", "line", "field", "rule", "says"),
    [
        ("name = x\n", 1, None, "not-toml", "not TOML"),
        ("target = 2016-04-15", None, "name", "field-missing", '"name" is missing'),
        ('name = ""', 1, "name", "not-text", "should be a text"),
        ('name = "x"\ntarget = "soon"', 2, "target", "date-impossible", "not a date"),
        ('name = "x"\nreviewrs = []', 2, "reviewrs", "field-unknown", 'no field "reviewrs"'),
        ('name = "x"\nreviewers = 5', 2, "reviewers", "not-a-table", "must be a table"),
        ('name = "x"\nreviewers = [5]', 2, "reviewers", "not-a-table", "must be a table"),
        ('name = "x"\novertime = "no"', 2, "overtime", "not-a-list", "list of days"),
        ('name = "x"\nextra_cases = 1.5', 2, "extra_cases", "not-whole", "whole numbers"),
        ('name = "x"\nextra_cases = "5"', 2, "extra_cases", "not-a-number", "a number"),
        ('name = "x"\nreturned_factor = nan', 2, "returned_factor", "not-a-number", "number"),
        ('name = "x"\nreturned_factor = -1', 2, "returned_factor", "out-of-range", "range"),
        ('name = "x"\nreviewers_move = 1', 2, "reviewers_move", "not-yes-or-no", "yes or no"),
        (
            'name = "x"\n[[moderators]]\nfrom_on = 2016-03-01',
            2,
            "moderators 1",
            "count-or-factor",
            "Either a count",
        ),
        (
            (
                'name = "x"\n[[reviewers]]\ncount = 1\nfrom_on = 2016-03-01\n'
                '[[reviewers]]\nfrom_on = 2016-03-01\ncount = 2\ndistrict = "Atlantis"'
            ),
            8,
            "reviewers 2.district",
            "district-unknown",
            "no district Atlantis",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_the_place_and_what_to_do(
    text: str, line: int | None, field: str | None, rule: str, says: str
) -> None:
    finding = the_finding(text)
    assert (finding.line, finding.field, finding.rule) == (line, field, rule)
    assert says in finding.message
    assert finding.fix
    assert finding.file == "s.toml"


def test_every_fault_of_a_file_is_named_at_once_and_a_typing_error_gets_a_suggestion() -> None:
    found = read('name = 5\ntaget = 2016-04-15\n[[moves]]\ncount = "two"').findings
    assert [finding.field for finding in found if finding.line] == [
        "name",
        "taget",
        "moves 1.from_on",
        "moves 1.from_district",
        "moves 1.to_district",
        "moves 1.count",
    ]
    assert found[1].fix == 'Did you mean "target"?'


def test_a_file_that_is_not_text_is_refused() -> None:
    result = read_scenario(b"\xff\xfe\x00", file="s.toml", find_district=lambda _: None)
    assert [finding.rule for finding in result.findings] == ["not-text"]


_days = st.integers(0, 100).map(lambda n: MARCH + timedelta(n))
_numbers = st.floats(-50, 50).map(lambda n: round(n, 2))
_scenarios = st.builds(
    Scenario,
    name=st.just("any"),
    reviewers=st.lists(
        st.builds(
            ReviewerChange,
            count=_numbers,
            from_on=_days,
            agency=st.sampled_from([None, "council"]),
            district=st.sampled_from([None, "E07000117"]),
        ),
        max_size=2,
    ).map(tuple),
    managers=st.lists(st.builds(CapacityChange, count=_numbers, from_on=_days), max_size=2).map(
        tuple
    ),
    overtime=st.lists(_days, max_size=3).map(tuple),
    target=st.none() | _days,
    extra_cases=st.integers(-100, 100),
    new_cases_factor=st.floats(0, 5),
    reviewers_move=st.none() | st.booleans(),
)


@settings(max_examples=40, deadline=None)
@given(_scenarios)
def test_a_scenario_written_down_as_json_is_read_back_as_it_was(scenario: Scenario) -> None:
    definition = json.loads(json.dumps(definition_of(scenario)))
    result = scenario_of(definition)
    assert result.findings == ()
    assert result.scenario == scenario
