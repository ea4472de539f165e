"""Who is in the cohort: each rule alone, their order, and what changing them would do."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflow.intake.files import GEOGRAPHY
from workflow.errors import InvalidInputError
from workflow.intake import (
    COHORT_RULES,
    DEFAULT_RULES,
    CaseRow,
    CaseStatus,
    count_excluded,
    decide_cohort,
    nobody_left,
    preview,
)

AS_OF = date(2016, 1, 20)
BASE = CaseRow(
    line=1,
    child_id="C1",
    episode_start=date(2015, 6, 1),
    birth_on=date(2010, 5, 4),
    district="E07000117",
)
ALL = frozenset(rule.code for rule in COHORT_RULES)


def decide(*rows, rules=DEFAULT_RULES, **options):
    return decide_cohort(rows, rules, AS_OF, GEOGRAPHY, **options)


def test_an_open_case_is_in_with_a_reason():
    (decision,) = decide(BASE)
    assert decision.included
    assert decision.rule is None
    assert decision.reason == "On 20 January 2016 no rule keeps the case out."
    assert decision.key == ("C1", date(2015, 6, 1))


@pytest.mark.parametrize(
    ("rule", "changes", "words"),
    [
        ("deceased", {"died_on": date(2015, 12, 1)}, "1 December 2015"),
        ("no_further_action", {"no_further_action": True}, "no further action"),
        ("closed", {"closed_on": date(2016, 1, 20)}, "20 January 2016"),
        ("closed", {"status": CaseStatus.CLOSED}, "closed"),
        ("child_protection_plan", {"protection_plan_open": True}, "child protection plan"),
        (
            "child_protection_plan",
            {"status": CaseStatus.CHILD_PROTECTION_PLAN},
            "child protection plan",
        ),
        ("looked_after", {"looked_after": True}, "looked after"),
        ("looked_after", {"status": CaseStatus.LOOKED_AFTER}, "looked after"),
        ("open_assessment", {"status": CaseStatus.OPEN_ASSESSMENT}, "being assessed"),
        ("over_18", {"birth_on": date(1998, 1, 20)}, "18 or older"),
        ("outside_area", {"district": "E06000009"}, "Blackpool"),
    ],
)
def test_each_rule_keeps_out_what_it_says(rule, changes, words):
    (decision,) = decide(replace(BASE, **changes))
    assert (decision.included, decision.rule) == (False, rule)
    assert words in decision.reason
    assert decision.reason.endswith(".")
    (without,) = decide(replace(BASE, **changes), rules=DEFAULT_RULES - {rule})
    assert without.included


@pytest.mark.parametrize(
    "changes",
    [
        {"closed_on": date(2016, 1, 21)},
        {"died_on": date(2016, 1, 21)},
        {"birth_on": date(1998, 1, 21)},
        {"birth_on": None},
        {"birth_on": date(2016, 6, 1)},
        {"assessment_started_on": date(2016, 1, 4), "assessment_authorised_on": None},
        {"status": CaseStatus.CHILD_IN_NEED_PLAN},
        {"district": None},
        {"district": "E07000128"},
        {"looked_after": False, "protection_plan_open": False, "no_further_action": False},
    ],
)
def test_what_only_looks_like_a_reason_keeps_nobody_out(changes):
    assert decide(replace(BASE, **changes))[0].included


@pytest.mark.parametrize(
    ("changes", "included"),
    [
        ({}, False),
        ({"plan_started_on": date(2015, 7, 1)}, True),
        ({"plan_started_on": date(2015, 7, 1), "plan_ended_on": date(2016, 1, 1)}, False),
        ({"plan_started_on": date(2015, 7, 1), "plan_ended_on": date(2016, 2, 1)}, True),
        ({"status": CaseStatus.CHILD_IN_NEED_PLAN}, True),
    ],
)
def test_programmes_may_ask_for_an_open_plan(changes, included):
    assert "no_child_in_need_plan" not in DEFAULT_RULES
    assert decide(replace(BASE, **changes), rules=ALL)[0].included is included


def test_of_several_open_episodes_the_latest_stays():
    later = replace(BASE, episode_start=date(2015, 12, 1))
    closed = replace(
        BASE, episode_start=date(2016, 1, 5), closed_on=date(2016, 1, 10), child_id="C1"
    )
    dismissed = replace(BASE, episode_start=date(2016, 1, 12), no_further_action=True)
    decisions = decide(BASE, later, closed, dismissed)
    assert [decision.rule for decision in decisions] == [
        "duplicate_open_episode",
        None,
        "closed",
        "no_further_action",
    ]
    assert "1 December 2015" in decisions[0].reason


def test_the_first_rule_that_applies_is_named():
    many = replace(BASE, died_on=date(2015, 12, 1), closed_on=date(2015, 12, 2), looked_after=True)
    assert decide(many)[0].rule == "deceased"
    assert decide(many, rules=DEFAULT_RULES - {"deceased"})[0].rule == "closed"


def test_ages_count_on_the_first_day_of_the_programme():
    born = replace(BASE, birth_on=date(1998, 2, 1))
    assert decide_cohort([born], DEFAULT_RULES, date(2016, 3, 1), GEOGRAPHY)[0].rule == "over_18"
    later = decide_cohort(
        [born], DEFAULT_RULES, date(2016, 3, 1), GEOGRAPHY, starts_on=date(2016, 1, 20)
    )
    assert later[0].included


def test_who_was_born_on_29_february_is_of_age_on_1_march():
    born = replace(BASE, birth_on=date(1996, 2, 29))
    for day, included in ((date(2014, 2, 28), True), (date(2014, 3, 1), False)):
        assert decide_cohort([born], {"over_18"}, day, GEOGRAPHY)[0].included is included


def test_an_unknown_rule_is_refused():
    with pytest.raises(InvalidInputError, match="no cohort rule shoe_size"):
        decide(BASE, rules={"shoe_size"})


def test_without_rules_everybody_is_in():
    assert decide(replace(BASE, closed_on=date(2015, 7, 1)), rules=())[0].included


def test_excluded_cases_are_counted_by_rule_in_order():
    rows = [
        replace(BASE, child_id="A", looked_after=True),
        replace(BASE, child_id="B", closed_on=date(2015, 7, 1)),
        replace(BASE, child_id="D", closed_on=date(2015, 7, 1)),
        BASE,
    ]
    counts = count_excluded(decide(*rows))
    assert list(counts.items()) == [("closed", 2), ("looked_after", 1)]


def test_rules_that_leave_nobody_say_so():
    rows = [replace(BASE, child_id=str(n), no_further_action=True) for n in range(3)]
    sentence = nobody_left(decide(*rows))
    assert sentence is not None
    assert "leave nobody" in sentence
    assert "Referral with no further action" in sentence
    assert nobody_left(decide(BASE, *rows)) is None
    assert nobody_left([]) is None


class TestPreview:
    ROWS = (
        BASE,
        replace(BASE, child_id="LA", looked_after=True),
        replace(BASE, child_id="CL", closed_on=date(2015, 7, 1)),
        replace(BASE, child_id="PL", plan_started_on=date(2015, 7, 1)),
    )

    def test_a_change_shows_who_enters_and_who_leaves(self):
        after = DEFAULT_RULES - {"looked_after"} | {"no_child_in_need_plan"}
        shown = preview(self.ROWS, DEFAULT_RULES, after, AS_OF, GEOGRAPHY)
        assert (shown.included_before, shown.included_after) == (2, 1)
        assert shown.excluded_before == {"closed": 1, "looked_after": 1}
        assert shown.excluded_after == {"closed": 1, "no_child_in_need_plan": 2}
        assert shown.entering == ()
        assert [(d.child_id, d.rule) for d in shown.leaving] == [("C1", "no_child_in_need_plan")]
        assert shown.nobody_left is None

    def test_switching_a_rule_off_lets_its_cases_in(self):
        shown = preview(self.ROWS, DEFAULT_RULES, DEFAULT_RULES - {"closed"}, AS_OF, GEOGRAPHY)
        assert [decision.child_id for decision in shown.entering] == ["CL"]
        assert shown.leaving == ()

    def test_a_change_that_would_leave_nobody_warns(self):
        shown = preview(self.ROWS[:2], DEFAULT_RULES, ALL, AS_OF, GEOGRAPHY)
        assert shown.included_after == 0
        assert shown.nobody_left


DAYS = st.dates(date(2014, 1, 1), date(2016, 3, 1))
ROWS = st.lists(
    st.builds(
        CaseRow,
        line=st.just(1),
        child_id=st.sampled_from("ABC"),
        episode_start=DAYS,
        closed_on=st.none() | DAYS,
        died_on=st.none() | DAYS,
        no_further_action=st.none() | st.booleans(),
        status=st.none() | st.sampled_from(CaseStatus),
    ),
    max_size=8,
    unique_by=lambda row: (row.child_id, row.episode_start),
)


@given(rows=ROWS, codes=st.sets(st.sampled_from(sorted(ALL))))
@settings(max_examples=80)
def test_every_row_gets_one_decision_in_order_and_a_rule_less_never_loses_a_case(rows, codes):
    decisions = decide(*rows, rules=codes)
    assert [d.key for d in decisions] == [(row.child_id, row.episode_start) for row in rows]
    assert all(d.reason and (d.rule is None) == d.included for d in decisions)
    for code in codes:
        fewer = decide(*rows, rules=codes - {code})
        assert all(now.included for now, was in zip(fewer, decisions, strict=True) if was.included)


@given(rows=ROWS)
@settings(max_examples=60)
def test_a_child_is_reviewed_at_most_once(rows):
    included = [d.child_id for d in decide(*rows) if d.included]
    assert len(included) == len(set(included))


@given(rows=ROWS, seed=st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_the_order_of_the_rows_does_not_matter(rows, seed):
    shuffled = rows[:]
    seed.shuffle(shuffled)
    assert set(decide(*rows)) == set(decide(*shuffled))
