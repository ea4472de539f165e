"""Allocation by hand: every rule named, some set aside for a recorded reason, the rest refused."""

from datetime import date, timedelta

import pytest

from tests.factories import make_actor, make_form
from tests.workflow.allocation.office import AS_OF, COORDINATOR, Office
from workflow import audit, reviews
from workflow.allocation.by_hand import Option, candidates_for
from workflow.allocation.desk import Rule
from workflow.errors import InvalidInputError, NotFoundError, NotPermittedError
from workflow.models import Conflict, ConflictKind, Leave, Review, Reviewer
from workflow.states import ReviewState, Role

COMPLEX = {"factors": ["1B", "3B", "16A"], "worker_qualified": False}


def rules(done: object, review: Review) -> set[Rule]:
    (refused,) = [one for one in done.refused if one.review_id == review.key]
    return {obstacle.rule for obstacle in refused.obstacles}


def test_a_case_goes_to_the_chosen_reviewer_with_a_due_date(office: Office) -> None:
    reviewer, review = office.reviewer(), office.review()
    done = office.by_hand(reviewer, review)
    (placed,) = done.placed
    assert done.refused == ()
    assert (review.state, review.reviewer_id) == (ReviewState.ALLOCATED, reviewer.key)
    assert AS_OF <= review.due_on == placed.due_on <= office.programme.target_on
    event = office.events(review)[-1]
    assert (event.payload["by_hand"], event.payload["overridden"]) == (True, [])


def test_many_are_placed_at_once_and_the_rest_is_refused_case_by_case(office: Office) -> None:
    reviewer = office.reviewer(points_per_day=12, available_to=AS_OF)
    low, high, middle = (office.review(facts=facts) for facts in _FACTS)
    done = office.by_hand(reviewer, low, high, middle)
    assert {placed.review_id for placed in done.placed} == {high.key, middle.key}
    assert rules(done, low) == {Rule.CAPACITY}
    assert "6 review points short" in done.refused[0].reason


_FACTS = (
    {"birth_on": "2008-05-01"},
    {"birth_on": "2008-05-01", "factors": ["10A", "3B"]},
    {"birth_on": "2008-05-01", "factors": ["3B"]},
)


def in_conflict(office: Office) -> tuple[Reviewer, Review]:
    reviewer, review = office.reviewer(), office.review(family="F1")
    declared = {"kind": ConflictKind.FAMILY, "subject": "F1", "declared_at": office.now}
    office.session.add(Conflict(reviewer_id=reviewer.key, **declared))
    return reviewer, review


def unqualified(office: Office) -> tuple[Reviewer, Review]:
    return office.reviewer(qualification="police_officer"), office.review(facts=COMPLEX)


def of_the_team(office: Office) -> tuple[Reviewer, Review]:
    return office.reviewer(team="Burnley 1"), office.review(team="Burnley 1")


def with_a_sibling_elsewhere(office: Office) -> tuple[Reviewer, Review]:
    office.give(office.review(family="F1"), office.reviewer())
    return office.reviewer(), office.review(family="F1")


def away(office: Office) -> tuple[Reviewer, Review]:
    reviewer, review = office.reviewer(), office.review()
    leave = Leave(reviewer_id=reviewer.key, first_on=AS_OF, last_on=date(2016, 4, 30))
    office.session.add(leave)
    return reviewer, review


def full(office: Office) -> tuple[Reviewer, Review]:
    return office.reviewer(points_per_day=1, available_to=AS_OF), office.review()


def gone(office: Office) -> tuple[Reviewer, Review]:
    return office.reviewer(available_to=AS_OF - timedelta(1)), office.review()


def not_a_reviewer(office: Office) -> tuple[Reviewer, Review]:
    return office.reviewer(roles=["manager"]), office.review()


def holding_it(office: Office) -> tuple[Reviewer, Review]:
    reviewer, review = office.reviewer(), office.review()
    return reviewer, office.give(review, reviewer)


SITUATIONS = [
    (unqualified, Rule.QUALIFICATION, True),
    (of_the_team, Rule.OWN_TEAM, True),
    (with_a_sibling_elsewhere, Rule.SIBLINGS, True),
    (away, Rule.ABSENCE, True),
    (full, Rule.CAPACITY, True),
    (in_conflict, Rule.CONFLICT, False),
    (gone, Rule.LEFT, False),
    (not_a_reviewer, Rule.NOT_A_REVIEWER, False),
    (holding_it, Rule.HELD, False),
]


@pytest.mark.parametrize(("situation", "rule", "can_override"), SITUATIONS)
def test_each_rule_is_named_and_says_whether_it_can_be_set_aside(
    office: Office, situation: object, rule: Rule, *, can_override: bool
) -> None:
    reviewer, review = situation(office)
    done = office.by_hand(reviewer, review, reason="To see.")
    (refused,) = done.refused
    assert [obstacle.rule for obstacle in refused.obstacles] == [rule]
    assert refused.can_override is can_override
    assert reviewer.reference in refused.reason or rule is Rule.SIBLINGS


@pytest.mark.parametrize(("situation", "rule", "can_override"), SITUATIONS)
def test_an_override_needs_a_reason_and_is_recorded_or_stays_refused(
    office: Office, situation: object, rule: Rule, *, can_override: bool
) -> None:
    reviewer, review = situation(office)
    before = review.version
    with pytest.raises(InvalidInputError, match="Give a reason"):
        office.by_hand(reviewer, review, override=True, reason=" ")
    done = office.by_hand(reviewer, review, override=True, reason="Nobody else is left.")
    if not can_override:
        assert rules(done, review) == {rule}
        assert review.version == before
        return
    (placed,) = done.placed
    assert [obstacle.rule for obstacle in placed.overridden] == [rule]
    event = office.events(review)[-1]
    assert event.payload["overridden"] == [rule.value]
    assert event.reason == "Nobody else is left."
    assert audit.verify(office.session, office.programme.key).ok


def test_moving_a_held_case_needs_a_reason(office: Office) -> None:
    _, review = holding_it(office)
    taker = office.reviewer()
    with pytest.raises(InvalidInputError, match="re-allocate"):
        office.by_hand(taker, review)
    office.by_hand(taker, review, reason="Knows the school.")
    assert review.reviewer_id == taker.key
    event = office.events(review)[-1]
    assert (event.kind, event.reason) == ("review_reallocated", "Knows the school.")


def test_moving_a_case_away_makes_room_for_another_one(office: Office) -> None:
    small = office.reviewer(points_per_day=6, available_to=AS_OF)
    first, second = office.review(), office.review()
    office.give(first, small)
    assert rules(office.by_hand(small, second), second) == {Rule.CAPACITY}
    office.by_hand(office.reviewer(), first, reason="Swap.")
    assert office.by_hand(small, second).refused == ()


def test_siblings_go_together_or_not_at_all(office: Office) -> None:
    reviewer = office.reviewer(team="Burnley 1")
    barred = office.review(family="F1", team="Burnley 1")
    sibling = office.review(family="F1", team="Pendle 2")
    done = office.by_hand(reviewer, barred, sibling)
    assert rules(done, barred) == {Rule.OWN_TEAM}
    assert rules(done, sibling) == {Rule.SIBLINGS}
    assert office.case(barred).reference in next(
        one.reason for one in done.refused if one.review_id == sibling.key
    )
    done = office.by_hand(reviewer, barred, sibling, override=True, reason="Small team.")
    assert {placed.review_id: len(placed.overridden) for placed in done.placed} == {
        barred.key: 1,
        sibling.key: 0,
    }


def test_what_is_handed_in_is_no_coordinators_to_give(office: Office) -> None:
    reviewer, review = holding_it(office)
    office.start(review, reviewer)
    from tests.factories import as_actor

    reviews.submit(
        office.session,
        review_id=review.key,
        form=make_form(),
        actor=as_actor(reviewer),
        now=office.now,
        programme=office.programme,
        policy=office.policy,
    )
    done = office.by_hand(office.reviewer(), review)
    assert rules(done, review) == {Rule.STATE}
    assert done.refused[0].reason == "It is submitted."


def test_a_case_changed_since_it_was_looked_at_is_refused(office: Office) -> None:
    reviewer, review, other = office.reviewer(), office.review(), office.review()
    done = office.by_hand(reviewer, review, other, versions={review.key: 0, other.key: 1})
    assert rules(done, review) == {Rule.STALE}
    assert [placed.review_id for placed in done.placed] == [other.key]


def test_a_due_date_can_be_given_but_not_in_the_past(office: Office) -> None:
    reviewer, review = office.reviewer(), office.review()
    with pytest.raises(InvalidInputError, match="is over"):
        office.by_hand(reviewer, review, due_on=AS_OF - timedelta(1))
    office.by_hand(reviewer, review, due_on=date(2016, 2, 1))
    assert review.due_on == date(2016, 2, 1)


def test_due_dates_follow_the_reviewers_own_work(office: Office) -> None:
    reviewer = office.reviewer(points_per_day=6)
    those = [office.review() for _ in range(3)]
    for review in those:
        office.by_hand(reviewer, review)
    assert [review.due_on for review in those] == [AS_OF + timedelta(n) for n in range(3)]


def test_only_a_coordinator_allocates_what_the_programme_has(office: Office) -> None:
    reviewer, review = office.reviewer(), office.review()
    with pytest.raises(NotPermittedError):
        office.by_hand(reviewer, review, actor=make_actor(Role.REVIEWER))
    office.session.expunge(review)
    review.id = 987
    with pytest.raises(NotFoundError):
        office.by_hand(reviewer, review)


class TestCandidates:
    def options(self, office: Office, review: Review) -> dict[str, Option]:
        office.session.flush()
        found = candidates_for(
            office.session,
            review.key,
            programme=office.programme,
            policy=office.policy,
            as_of=office.as_of,
        )
        return {option.reviewer.reference: option for option in found}

    def test_free_ones_come_first_the_cheapest_first(self, office: Office) -> None:
        far = office.reviewer(district="E07000128")
        barred = office.reviewer(team="Burnley 1")
        near = office.reviewer()
        review = office.review(team="Burnley 1")
        options = self.options(office, review)
        assert list(options) == [near.reference, far.reference, barred.reference]
        first, second, last = options.values()
        assert first.kilometres == 0 < second.kilometres
        assert second.terms["travel"] > 0 == first.terms["travel"]
        assert [one.rule for one in last.obstacles] == [Rule.OWN_TEAM]

    def test_each_says_what_is_held_and_free(self, office: Office) -> None:
        reviewer = office.reviewer(points_per_day=6, available_to=AS_OF + timedelta(1))
        held, review = office.review(), office.review()
        office.give(held, reviewer)
        (option,) = self.options(office, review).values()
        assert (option.cases, option.points, option.room) == (1, 6, 6)
        assert option.utilisation == 0.5
        assert option.due_on == AS_OF + timedelta(1)
        assert option.cost == pytest.approx(sum(option.terms.values()))

    def test_the_holder_is_marked_and_costs_no_change(self, office: Office) -> None:
        holder, review = holding_it(office)
        other = office.reviewer()
        options = self.options(office, review)
        assert options[holder.reference].is_holder
        assert options[holder.reference].terms["change_of_holder"] == 0
        assert options[other.reference].terms["change_of_holder"] > 0

    def test_choosing_one_does_what_was_shown(self, office: Office) -> None:
        for _ in range(3):
            office.reviewer()
        review = office.review()
        best = next(iter(self.options(office, review).values()))
        office.by_hand(best.reviewer, review)
        assert (review.reviewer_id, review.due_on) == (best.reviewer.key, best.due_on)

    def test_a_case_that_is_not_open_has_no_candidates(self, office: Office) -> None:
        office.reviewer()
        with pytest.raises(NotFoundError):
            candidates_for(
                office.session,
                5,
                programme=office.programme,
                policy=office.policy,
                as_of=AS_OF,
            )


def test_a_coordinator_is_named_as_the_one_who_chose(office: Office) -> None:
    reviewer, review = office.reviewer(), office.review()
    office.by_hand(reviewer, review)
    assert office.events(review)[-1].actor == COORDINATOR.name
