"""The capacity register: posts, Practice Managers, burn-downs and levers."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

from tests.factories import EARLY, make_actor
from tests.workflow.forecast.make import make_input
from workflow import capacity
from workflow.calendar import WorkCalendar, at_local
from workflow.capacity.burn_down import Carrier, Post, carried_burn_down, posts_burn_down
from workflow.errors import ConflictError, InvalidInputError, NotPermittedError
from workflow.forecast import Vacancy, apply
from workflow.models import Event
from workflow.policy import CapacityPolicy, ForecastPriors, Policy
from workflow.states import Role

MANAGER = make_actor(Role.MANAGER)
BOARD_DAY, START, TARGET = date(2016, 2, 24), date(2016, 1, 20), date(2016, 3, 31)
FEBRUARY = at_local(BOARD_DAY)
MARCH = at_local(date(2016, 3, 7))
LIMITS = CapacityPolicy(register_horizon=60)


def post(**how) -> Post:
    values = {
        "reference": "V1",
        "since_on": date(2015, 11, 2),
        "first_expected_on": date(2016, 3, 14),
        "expected_on": date(2016, 3, 14),
        "filled_on": None,
    }
    return Post(**values | how)


def posts(*given_posts: Post, as_of: date = BOARD_DAY, **how):
    values = {"priors": ForecastPriors(), "policy": LIMITS, "seed": 1}
    return posts_burn_down(
        given_posts,
        as_of=as_of,
        since=START,
        target=TARGET,
        calendar=WorkCalendar(),
        **values | how,
    )


def carried(*carriers: Carrier, as_of: date = BOARD_DAY):
    return carried_burn_down(
        carriers,
        as_of=as_of,
        since=START,
        target=TARGET,
        calendar=WorkCalendar(),
        policy=LIMITS,
        seed=1,
    )


def carrier(*counts: tuple[date, int], ends_on: date | None = date(2016, 3, 24)) -> Carrier:
    return Carrier(reference="M1", counts=counts, ends_on=ends_on)


def enter_post(session, programme, **how):
    values = {
        "reference": "V1",
        "role": "Senior social worker",
        "since_on": date(2015, 11, 2),
        "expected_on": date(2016, 2, 15),
        "actor": MANAGER,
        "now": EARLY,
    }
    return capacity.open_post(session, programme=programme, **values | how)


def enter_manager(session, programme, **how):
    values = {
        "reference": "M1",
        "name": "Practice manager 01",
        "cases": 12,
        "ends_on": date(2016, 3, 24),
        "actor": MANAGER,
        "now": EARLY,
    }
    return capacity.add_manager(session, programme=programme, **values | how)


def test_each_change_of_a_date_is_kept_as_a_slip(session, programme):
    vacancy = enter_post(session, programme)
    for expected_on, now in ((date(2016, 3, 1), FEBRUARY), (date(2016, 3, 29), MARCH)):
        capacity.expect_post(
            session,
            vacancy_id=vacancy.key,
            expected_on=expected_on,
            reason="No candidate",
            actor=MANAGER,
            now=now,
        )
    session.flush()
    (found,) = capacity.posts_of(session, programme, date(2016, 3, 31))
    assert (found.first_expected_on, found.expected_on) == (date(2016, 2, 15), date(2016, 3, 29))
    assert len(capacity.slips(session, programme, up_to=date(2016, 3, 31))) == 2
    (then,) = capacity.posts_of(session, programme, BOARD_DAY)
    assert (then.first_expected_on, then.expected_on) == (date(2016, 2, 15), date(2016, 3, 1))


def test_a_filled_post_is_filled_once_and_not_tomorrow(session, programme):
    vacancy = enter_post(session, programme)

    def fill(day: date):
        return capacity.fill_post(
            session, vacancy_id=vacancy.key, filled_on=day, actor=MANAGER, now=FEBRUARY
        )

    for wrong in (date(2016, 2, 25), date(2015, 10, 1)):
        with pytest.raises(InvalidInputError):
            fill(wrong)
    fill(date(2016, 2, 22))
    with pytest.raises(ConflictError):
        fill(date(2016, 2, 22))
    register = capacity.vacant_posts(session, programme=programme, policy=Policy(), as_of=BOARD_DAY)
    assert [point.left for point in register.past[-3:]] == [0, 0, 0]
    assert (register.left, register.p_done_by_target) == (0, 1.0)


def test_the_register_refuses_doubles_and_strangers(session, programme):
    enter_post(session, programme)
    enter_manager(session, programme)
    for again in (enter_post, enter_manager):
        with pytest.raises(ConflictError):
            again(session, programme)
        with pytest.raises(NotPermittedError):
            again(session, programme, reference="X9", actor=make_actor(Role.REVIEWER))


def test_a_count_said_again_is_corrected_and_never_lies_ahead(session, programme):
    manager = enter_manager(session, programme)

    def count(cases: int, day: date = BOARD_DAY):
        return capacity.count_cases(
            session,
            manager_id=manager.key,
            cases=cases,
            counted_on=day,
            actor=MANAGER,
            now=FEBRUARY,
        )

    count(9)
    count(7)
    for wrong in (lambda: count(-1), lambda: count(5, date(2016, 2, 25))):
        with pytest.raises(InvalidInputError):
            wrong()
    session.flush()
    ((_, counts),) = capacity.managers_of(session, programme)
    assert [(c.counted_on, c.cases) for c in counts] == [(START, 12), (BOARD_DAY, 7)]
    burnt = capacity.carried_cases(session, programme=programme, policy=Policy(), as_of=BOARD_DAY)
    assert (burnt.past[0].left, burnt.left) == (12, 7)


def test_a_moved_end_is_an_event_and_a_past_day_keeps_its_date(session, programme):
    manager = enter_manager(session, programme)
    capacity.move_end(
        session,
        manager_id=manager.key,
        ends_on=date(2016, 4, 29),
        reason="No worker to take them",
        actor=MANAGER,
        now=FEBRUARY,
    )
    session.flush()
    before = capacity.carriers_of(session, programme, date(2016, 2, 23))
    after = capacity.carriers_of(session, programme, BOARD_DAY)
    assert [c.ends_on for c in (*before, *after)] == [date(2016, 3, 24), date(2016, 4, 29)]
    event = session.exec(select(Event).where(Event.kind == "manager_end_moved")).one()
    assert event.reason == "No worker to take them"


def test_posts_are_expected_later_than_planned_and_one_without_a_date_never():
    register = posts(post(), post(reference="V2", expected_on=None, first_expected_on=None))
    assert register.undated == 1
    assert register.planned[-1].left == 1
    assert register.bands[-1].mid >= 1
    assert register.p_done_by_target == 0.0
    assert register.p80.beyond


def test_posts_that_slipped_before_are_believed_less():
    late = [
        post(
            reference=f"L{n}",
            first_expected_on=date(2015, 12, 1),
            expected_on=date(2015, 12, 1),
            filled_on=date(2016, 2, 22),
        )
        for n in range(6)
    ]
    prompt = [replace(one, filled_on=date(2015, 12, 1)) for one in late]
    open_post = post(expected_on=date(2016, 3, 1), first_expected_on=date(2016, 3, 1))
    assert posts(open_post, *late).p_done_by_target < posts(open_post, *prompt).p_done_by_target


def test_cases_that_fall_as_their_date_asks_are_forecast_to_end_near_it():
    on_course = carried(carrier((START, 12), (date(2016, 2, 10), 8), (BOARD_DAY, 4)))
    stuck = carried(carrier((START, 12), (date(2016, 2, 10), 12), (BOARD_DAY, 12)))
    assert on_course.p_done_by_target > 2 * stuck.p_done_by_target
    assert on_course.p50.date <= stuck.p50.date
    assert stuck.planned[-1].left == 0


def test_nobody_carrying_cases_is_done_already():
    done = carried(carrier((START, 3), (BOARD_DAY, 0)))
    assert (done.left, done.p_done_by_target) == (0, 1.0)
    assert (done.p50.date, done.p80.date) == (BOARD_DAY, BOARD_DAY)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.dates(date(2016, 2, 1), date(2016, 5, 1)) | st.none(), max_size=6),
    st.integers(0, 3),
)
def test_a_burn_down_of_posts_never_rises_and_starts_with_what_is_left(dates, seed):
    given_posts = [post(reference=str(n), expected_on=day) for n, day in enumerate(dates)]
    register = posts(*given_posts, seed=seed)
    assert register.left == register.past[-1].left == len(dates)
    for series in (
        [point.left for point in register.planned],
        [band.mid for band in register.bands],
    ):
        assert series == sorted(series, reverse=True)
    for band in register.bands:
        assert 0 <= band.low80 <= band.mid <= band.high80 <= register.left
    assert register.p50.date <= register.p80.date


def test_filling_the_posts_is_a_lever_of_the_what_if():
    vacancy = Vacancy(group=make_input().groups[0], expected_on=date(2016, 5, 2))
    given_input = make_input()
    given_input = replace(given_input, exposure=replace(given_input.exposure, vacancies=(vacancy,)))
    changed = apply(capacity.fill_posts(date(2016, 3, 1), certain=True), given_input)
    (filled,) = changed.exposure.vacancies
    assert (filled.expected_on, filled.certain) == (date(2016, 3, 1), True)


def test_freeing_managers_brings_their_cases_worth_of_reviewers():
    given_input = make_input()
    freed = capacity.free_managers(
        [carrier((START, 32)), carrier((START, 0)), carrier((START, 16), ends_on=None)],
        as_of=BOARD_DAY,
        policy=CapacityPolicy(cases_per_worker=16),
        districts={},
    )
    assert [change.count for change in freed.reviewers] == [2.0]
    assert freed.reviewers[0].from_on == date(2016, 3, 24)
    added = apply(freed, given_input).exposure.future - given_input.exposure.future
    first = given_input.exposure.days.index(date(2016, 3, 24))
    assert not added[:first].any()
    assert added[first].sum() > 0


def test_freeing_all_managers_on_one_day_includes_those_without_a_date():
    freed = capacity.free_managers(
        [carrier((START, 16), ends_on=None)],
        as_of=BOARD_DAY,
        policy=CapacityPolicy(),
        districts={"M1": "north"},
        freed_on=date(2016, 3, 1),
    )
    (change,) = freed.reviewers
    assert (change.from_on, change.district) == (date(2016, 3, 1), "north")
