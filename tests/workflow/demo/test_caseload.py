"""The synthetic case system: calibrated, consistent, and its cohort exactly what was asked for."""

from collections import Counter
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflow.demo.places import SHIRE
from workflow.demo import DemoCaseload, DemoEpisode, calibration, make_caseload, make_newcomers
from workflow.demo.roster import points_needed
from workflow.geography import Geography, load_geography
from workflow.intake import DEFAULT_RULES, decide_cohort
from workflow.intake.rows import CaseRow, CaseStatus
from workflow.priority import DOMESTIC_ABUSE

LANCASHIRE = load_geography()
seeds = st.integers(min_value=0, max_value=2**32)


def share(rows: tuple[CaseRow, ...], applies: Callable[[CaseRow], object]) -> float:
    return sum(bool(applies(row)) for row in rows) / len(rows)


def days_open(row: CaseRow, as_of: date) -> int:
    return (as_of - row.episode_start).days


def test_the_same_seed_gives_the_same_caseload_and_another_seed_another(
    geography: Geography, small: DemoCaseload
) -> None:
    assert make_caseload(geography, seed=small.seed, cases=120) == small
    assert make_caseload(geography, seed=small.seed + 1, cases=120).rows != small.rows


def test_the_cohort_is_as_large_as_asked_for_and_the_file_about_twice_that(
    caseload: DemoCaseload,
) -> None:
    assert len(caseload.cohort) == 2500
    assert 1.6 <= len(caseload.rows) / len(caseload.cohort) <= 2
    expected = {rule: round(part * 2500) for rule, part in calibration.OUTSIDE.items()}
    assert caseload.kept_out == expected


@settings(max_examples=25, deadline=None)
@given(seed=seeds, cases=st.integers(min_value=1, max_value=60))
def test_every_episode_is_kept_out_by_the_very_rule_it_was_made_for(seed: int, cases: int) -> None:
    caseload = make_caseload(LANCASHIRE, seed=seed, cases=cases)
    decisions = decide_cohort(caseload.rows, DEFAULT_RULES, caseload.as_of, LANCASHIRE)
    assert [decision.rule for decision in decisions] == [
        episode.kept_out_by for episode in caseload.episodes
    ]
    assert sum(decision.included for decision in decisions) == cases


@settings(max_examples=25, deadline=None)
@given(seed=seeds)
def test_the_dates_of_every_episode_fit_together(seed: int) -> None:
    caseload = make_caseload(LANCASHIRE, seed=seed, cases=60)
    for episode in caseload.episodes:
        in_order = dates_in_order(episode, caseload.as_of)
        assert in_order == sorted(in_order), episode


def dates_in_order(episode: DemoEpisode, as_of: date) -> list[date]:
    """Dates that must follow one another: referral, assessments, end."""
    row = episode.row
    order = [row.episode_start, *(episode.first_assessment or ())]
    order += [day for day in (row.assessment_started_on, row.assessment_authorised_on) if day]
    return [*order, row.closed_on or as_of]


def test_a_protection_plan_begins_at_the_conference_its_enquiry_led_to(
    caseload: DemoCaseload,
) -> None:
    planned = [episode for episode in caseload.episodes if episode.plan]
    assert len(planned) > 600
    for episode in planned:
        plan, enquiry = episode.plan, episode.enquiry
        assert plan is not None
        assert enquiry is not None
        assert plan.started_on == enquiry.conference_on
        assert episode.row.episode_start <= enquiry.started_on < plan.started_on
        assert (plan.ended_on is None) == (episode.kept_out_by == "child_protection_plan")


@pytest.mark.parametrize(("size", "expected"), list(calibration.FAMILY_SIZES.of.items()))
def test_families_have_one_to_five_children(
    caseload: DemoCaseload, size: int, expected: float
) -> None:
    sizes = Counter(Counter(row.family for row in caseload.cohort).values())
    assert sizes[size] / sizes.total() == pytest.approx(expected, abs=0.04)


@pytest.mark.parametrize(("need", "expected"), list(calibration.NEEDS.of.items()))
def test_primary_needs_have_lancashires_mix(
    caseload: DemoCaseload, need: str, expected: float
) -> None:
    found = share(caseload.cohort, lambda row: row.primary_need == need)
    assert found == pytest.approx(expected, abs=0.04)


@pytest.mark.parametrize("district", list(calibration.DISTRICTS))
def test_every_district_has_about_its_share(caseload: DemoCaseload, district: str) -> None:
    found = share(caseload.cohort, lambda row: row.district == district)
    assert found == pytest.approx(calibration.DISTRICTS[district], abs=0.03)


@pytest.mark.parametrize(
    ("applies", "expected"),
    [
        pytest.param(lambda row: days_open(row, date(2016, 1, 20)) <= 91, 0.244, id="3 months"),
        pytest.param(lambda row: days_open(row, date(2016, 1, 20)) > 730, 0.336, id="2 years"),
        pytest.param(lambda row: row.disabilities, 0.068, id="disabled"),
        pytest.param(lambda row: row.referral_source == "6", 0.33, id="police"),
        pytest.param(lambda row: row.gender == "male", 0.53, id="boys"),
        pytest.param(lambda row: row.birth_on is None, 0.014, id="unborn"),
        pytest.param(lambda row: row.worker is None, 0.05, id="no worker"),
        pytest.param(lambda row: row.worker_qualified is False, 0.30, id="family support worker"),
        pytest.param(lambda row: (row.worker or "").startswith("LEFT"), 0.05, id="leaver"),
    ],
)
def test_the_cohort_is_calibrated(
    caseload: DemoCaseload, applies: Callable[[CaseRow], object], expected: float
) -> None:
    assert share(caseload.cohort, applies) == pytest.approx(expected, abs=max(0.04, expected / 10))


def test_a_quarter_of_assessments_take_longer_than_45_working_days(caseload: DemoCaseload) -> None:
    finished = [
        (row.assessment_authorised_on - row.assessment_started_on).days
        for row in caseload.cohort
        if row.assessment_authorised_on
        and row.assessment_started_on
        and (caseload.as_of - row.assessment_started_on).days > 100
    ]
    assert sum(days > 63 for days in finished) / len(finished) == pytest.approx(0.27, abs=0.06)


def test_there_are_very_young_children_and_children_not_seen_for_long(
    caseload: DemoCaseload,
) -> None:
    under_two = share(
        caseload.cohort, lambda row: not row.birth_on or row.birth_on > date(2014, 1, 20)
    )
    unseen = share(
        caseload.cohort, lambda row: row.last_seen_on and row.last_seen_on < date(2015, 12, 1)
    )
    assert 0.05 < under_two < 0.15
    assert 0.04 < unseen < 0.15


def test_factors_follow_the_need(caseload: DemoCaseload) -> None:
    def abused(need: str) -> float:
        rows = tuple(row for row in caseload.cohort if row.primary_need == need)
        return share(rows, lambda row: DOMESTIC_ABUSE & set(row.factors or ()))

    assert abused("N1") > 0.4
    assert abused("N2") == 0


def test_domestic_abuse_is_likelier_after_a_police_referral(caseload: DemoCaseload) -> None:
    def abused(*, by_police: bool) -> float:
        rows = tuple(r for r in caseload.cohort if (r.referral_source == "6") is by_police)
        return share(rows, lambda row: DOMESTIC_ABUSE & set(row.factors or ()))

    assert abused(by_police=True) > abused(by_police=False) + 0.05


def test_family_support_workers_hold_complex_cases(caseload: DemoCaseload) -> None:
    unqualified = [row for row in caseload.cohort if row.worker_qualified is False]
    assert sum(len(row.factors or ()) >= 3 for row in unqualified) > 100


def test_only_social_workers_hold_statutory_cases(caseload: DemoCaseload) -> None:
    statutory = {
        CaseStatus.CHILD_PROTECTION_PLAN,
        CaseStatus.LOOKED_AFTER,
        CaseStatus.OPEN_ASSESSMENT,
    }
    held = [row for row in caseload.rows if row.status in statutory]
    assert held
    assert all(row.worker_qualified for row in held)


def test_siblings_live_in_one_district_with_one_team_and_worker(caseload: DemoCaseload) -> None:
    places: dict[str | None, set[tuple[object, ...]]] = {}
    for row in caseload.cohort:
        places.setdefault(row.family, set()).add((row.district, row.team, row.worker))
    assert all(len(place) == 1 for place in places.values())


def test_some_children_outside_the_cohort_have_siblings_in_it(caseload: DemoCaseload) -> None:
    families = {row.family for row in caseload.cohort}
    outside = [row for row in caseload.rows if row.looked_after]
    assert 0.05 < sum(row.family in families for row in outside) / len(outside) < 0.3


def test_the_mean_effort_is_about_six_points_a_case(caseload: DemoCaseload) -> None:
    assert 5.8 < points_needed(caseload) / len(caseload.cohort) < 7


def test_ids_are_synthetic_and_tell_nothing_of_the_child(caseload: DemoCaseload) -> None:
    ids = [row.child_id for row in caseload.rows]
    assert all(child_id.startswith("SYN") and len(child_id) == 10 for child_id in ids)
    first = caseload.episodes[: len(ids) // 2]
    assert 0.4 < sum(episode.kept_out_by is None for episode in first) / len(first) < 0.6


def test_another_geography_gives_its_own_districts() -> None:
    caseload = make_caseload(SHIRE, seed=1, cases=40)
    assert {row.district for row in caseload.rows} == set(SHIRE.districts)
    assert "outside_area" not in caseload.kept_out


def test_newcomers_came_in_the_last_week_and_have_ids_of_their_own(geography: Geography) -> None:
    monday, next_monday = date(2016, 2, 1), date(2016, 2, 8)
    first = make_newcomers(geography, seed=3, cases=14, as_of=monday)
    second = make_newcomers(geography, seed=3, cases=14, as_of=next_monday)
    assert first == make_newcomers(geography, seed=3, cases=14, as_of=monday)
    assert all(0 < (monday - row.episode_start).days < 7 for row in first)
    assert not {row.child_id for row in first} & {row.child_id for row in second}
    decisions = decide_cohort(first, DEFAULT_RULES, monday, geography)
    assert all(decision.included for decision in decisions)
