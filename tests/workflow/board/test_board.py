"""The Board's register on both databases."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from tests.factories import EARLY, make_actor
from workflow import board
from workflow.board import Rag
from workflow.calendar import WorkCalendar, at_local
from workflow.errors import ConflictError, InvalidInputError, NotPermittedError
from workflow.models import Commitment, CommitmentKind, CommitmentStatus, Event, Programme
from workflow.policy import BoardPolicy
from workflow.states import Role

MANAGER = make_actor(Role.MANAGER)
DUE = date(2016, 2, 29)
FEBRUARY = at_local(date(2016, 2, 24))


def add(session, programme: Programme, **how) -> Commitment:
    values = {
        "reference": "C4",
        "kind": CommitmentKind.COMMITMENT,
        "title": "Say when vacant posts will be filled",
        "owner": "Director",
        "due_on": DUE,
        "actor": MANAGER,
        "now": EARLY,
    }
    return board.add_commitment(session, programme=programme, **values | how)


def listed(session, programme, as_of: date, **how):
    found = board.list_commitments(session, programme, as_of=as_of, policy=BoardPolicy(), **how)
    return {one.commitment.reference: one for one in found}


def update(session, commitment, **how):
    values = {"actor": MANAGER, "now": FEBRUARY, "reason": "The adviser asked for more time"}
    return board.update_commitment(session, commitment_id=commitment.key, **values | how)


def close(session, commitment, **how):
    values = {"actor": MANAGER, "now": FEBRUARY, "evidence": "Paper 4 of the February meeting"}
    return board.close_commitment(session, commitment_id=commitment.key, **values | how)


def take_january(session, programme):
    return board.take_register(
        session,
        programme=programme,
        register=board.january_register(),
        actor=MANAGER,
        now=EARLY,
    )


def test_the_january_update_holds_six_commitments_and_the_plans_milestones(session, programme):
    taken = take_january(session, programme)
    kinds = [one.commitment.kind for one in listed(session, programme, date(2016, 1, 20)).values()]
    assert kinds.count(CommitmentKind.COMMITMENT) == 6
    assert kinds.count(CommitmentKind.MILESTONE) == 3
    assert (taken.meetings, taken.decisions) == (1, 9)


def test_taking_the_same_register_again_changes_nothing(session, programme):
    take_january(session, programme)
    update(session, board.find_commitment(session, programme, "C3"), owner="Head of service")
    again = take_january(session, programme)
    assert (again.commitments, again.meetings, again.decisions) == (0, 0, 0)
    assert board.find_commitment(session, programme, "C3").owner == "Head of service"


def test_decisions_keep_their_order_and_their_commitment(session, programme):
    take_january(session, programme)
    ((meeting, decisions),) = board.meetings_of(session, programme, up_to=date(2016, 1, 20))
    assert [decision.number for decision in decisions] == list(range(1, 10))
    third = session.get_one(Commitment, decisions[2].commitment_id)
    assert (meeting.held_on, third.reference) == (date(2016, 1, 20), "C3")
    assert board.meetings_of(session, programme, up_to=date(2016, 1, 19)) == []
    assert board.next_meeting(session, programme, after=date(2016, 1, 20)) is None


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (date(2016, 2, 1), Rag.GREEN),
        (date(2016, 2, 15), Rag.AMBER),
        (date(2016, 2, 29), Rag.AMBER),
        (date(2016, 3, 1), Rag.RED),
    ],
)
def test_the_colour_follows_the_date(session, programme, as_of, expected):
    add(session, programme)
    assert listed(session, programme, as_of)["C4"].rag is expected


def test_a_moved_date_is_amber_and_its_slip_is_counted_from_the_first(session, programme):
    commitment = add(session, programme)
    update(session, commitment, due_on=date(2016, 4, 29))
    one = listed(session, programme, date(2016, 3, 1))["C4"]
    assert (one.rag, one.slipped_by) == (Rag.AMBER, 42)
    assert commitment.first_due_on == DUE


def test_without_a_date_nothing_is_green(session, programme):
    commitment = add(session, programme, due_on=None)
    assert listed(session, programme, date(2016, 1, 20))["C4"].rag is Rag.NO_DATE
    update(session, commitment, due_on=DUE)
    assert (commitment.first_due_on, commitment.due_on) == (DUE, DUE)


def test_a_met_commitment_was_still_open_the_day_before(session, programme):
    close(session, add(session, programme))
    assert listed(session, programme, date(2016, 2, 23))["C4"].rag is Rag.AMBER
    assert listed(session, programme, date(2016, 2, 24))["C4"].rag is Rag.MET
    assert listed(session, programme, date(2016, 2, 24), open_only=True) == {}


def test_what_falls_away_stays_in_the_register_with_its_reason(session, programme):
    commitment = close(session, add(session, programme), dropped=True)
    assert commitment.status is CommitmentStatus.DROPPED
    assert listed(session, programme, date(2016, 3, 1))["C4"].rag is Rag.DROPPED


def test_a_settled_commitment_changes_no_more(session, programme):
    commitment = close(session, add(session, programme))
    for deed in (update, close):
        with pytest.raises(ConflictError):
            deed(session, commitment, evidence="More")


@pytest.mark.parametrize(
    "wrong",
    [{"reason": " ", "owner": "Somebody"}, {}, {"owner": "Director"}],
)
def test_a_change_needs_a_reason_and_must_change_something(session, programme, wrong):
    with pytest.raises(InvalidInputError):
        update(session, add(session, programme), **wrong)


def test_a_reference_is_given_once_and_parts_belong_to_something(session, programme):
    add(session, programme)
    with pytest.raises(ConflictError):
        add(session, programme)
    with pytest.raises(InvalidInputError, match="part of"):
        add(session, programme, reference="M9", part_of="R17")


def test_the_register_of_a_past_day_has_the_dates_of_that_day(session, programme):
    commitment = add(session, programme)
    update(session, commitment, due_on=date(2016, 4, 29))
    before = listed(session, programme, date(2016, 2, 23))["C4"]
    after = listed(session, programme, date(2016, 2, 24))["C4"]
    assert (before.due_on, before.slipped_by) == (DUE, 0)
    assert (after.due_on, after.slipped_by) == (date(2016, 4, 29), 42)


def test_only_those_who_keep_the_register_change_it(session, programme):
    with pytest.raises(NotPermittedError):
        add(session, programme, actor=make_actor(Role.REVIEWER))


def test_a_change_seen_in_an_older_version_is_refused(session, programme):
    commitment = add(session, programme)
    update(session, commitment, owner="Head of service")
    with pytest.raises(ConflictError):
        update(session, commitment, owner="Director", version=1)


def test_each_change_is_an_event_with_its_dates(session, programme):
    commitment = add(session, programme)
    update(session, commitment, due_on=DUE + timedelta(7))
    close(session, commitment)
    session.flush()
    events = session.exec(select(Event).where(Event.kind.startswith("commitment"))).all()
    assert [event.kind for event in events] == [
        "commitment_added",
        "commitment_updated",
        "commitment_met",
    ]
    assert events[1].payload["to"] == "2016-03-07"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("commitments = 3", "commitments"),
        ("nonsense", "not valid TOML"),
        ('[[commitments]]\nreference = "C1"', "kind"),
        (
            '[[meetings]]\nheld_on = 2016-01-20\ntitle = "A"\ndecisions = [{text="B",commitment="C9"}]',
            "C9",
        ),
    ],
)
def test_a_register_that_cannot_be_read_says_where(text, says):
    with pytest.raises(InvalidInputError, match=says):
        board.parse_register(text)


@given(st.dates(date(2016, 1, 1), date(2016, 6, 30)), st.dates(date(2016, 1, 1), date(2016, 6, 30)))
def test_an_open_commitment_is_red_exactly_when_its_date_has_passed(due_on, as_of):
    commitment = Commitment(
        programme_id=1,
        reference="C1",
        kind=CommitmentKind.COMMITMENT,
        title="",
        owner="",
        first_due_on=due_on,
        due_on=due_on,
        opened_on=date(2016, 1, 1),
    )
    rag = board.rag_of(commitment, as_of, due_on=due_on, calendar=WorkCalendar(), amber_within=10)
    assert (rag is Rag.RED) == (due_on < as_of)
    assert rag.words
