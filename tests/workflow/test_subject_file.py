"""Everything held about one case is in its file, and what is not the child's to see is marked."""

import json
from datetime import date

import pytest
from sqlmodel import Session, select

from forms.markings import markings
from tests.factories import as_actor, make_actor, make_form, make_review, make_reviewer
from tests.workflow.followup.desk import COORDINATOR, MANAGER, NO_SAMPLE, NOON
from workflow import audit, reviews
from workflow.errors import InvalidInputError, NotFoundError, NotPermittedError
from workflow.models import (
    Case,
    Conflict,
    ConflictKind,
    Event,
    Notification,
    NotificationKind,
    Programme,
    Review,
)
from workflow.quality.second_reviews import submit_second_review
from workflow.roster import declare_conflict
from workflow.states import Action, Role
from workflow.subject_file import Marking, subject_file, tables_held, take_subject_file

POLICE_NOTE = "Called to the address twice."
REASONS = "The grandmother helps a great deal."
SECRETS = {
    "reasons": REASONS,
    "police_note": POLICE_NOTE,
    "police_incidents": 3,
    "seen_alone": "yes",
}


@pytest.fixture
def review(session: Session, programme: Programme) -> Review:
    """Worked through by an officer, with one of everything that can hang on a case."""
    officer = make_reviewer(session, programme, agency="constabulary", name="Officer 1")
    review = make_review(session, programme, family="F7")
    make_review(session, programme, family="F7")
    case = session.get_one(Case, review.case_id)
    author = as_actor(officer)
    reviews.allocate(
        session,
        review=review,
        reviewer_id=officer.key,
        due_on=date(2016, 2, 10),
        actor=COORDINATOR,
        now=NOON,
    )
    reviews.act(session, review_id=review.key, action=Action.START, actor=author, now=NOON)
    reviews.submit(
        session,
        review_id=review.key,
        form=make_form(answers=SECRETS, outcome="transfer", safety="immediate_risk"),
        actor=author,
        now=NOON,
        programme=programme,
        policy=NO_SAMPLE,
    )
    reviews.confirm(
        session,
        review_id=review.key,
        actor=MANAGER,
        now=NOON,
        programme=programme,
        policy=NO_SAMPLE,
    )
    moderator = make_actor(Role.MODERATOR)
    submit_second_review(
        session,
        review_id=review.key,
        form=make_form(answers=SECRETS, outcome="transfer", safety="immediate_risk"),
        actor=moderator,
        now=NOON,
        programme=programme,
        policy=NO_SAMPLE,
    )
    reviews.act(session, review_id=review.key, action=Action.AGREE, actor=moderator, now=NOON)
    declare_conflict(
        session,
        reviewer=officer,
        kind=ConflictKind.FAMILY,
        subject="F7",
        reason="Arrested the uncle",
        actor=author,
        now=NOON,
    )
    session.add(
        Notification(
            programme_id=programme.key,
            recipient="coordinator",
            kind=NotificationKind.CHASE,
            about_on=date(2016, 2, 10),
            content={"overdue": [case.reference]},
            written_at=NOON,
        )
    )
    session.flush()
    return review


def reference(session: Session, review: Review) -> str:
    return session.get_one(Case, review.case_id).reference


def file_of(session: Session, programme: Programme, review: Review, **how):
    values = {"markings": markings()} | how
    return subject_file(
        session, programme=programme, case_reference=reference(session, review), **values
    )


def test_police_held_answers_are_marked_by_the_forms_own_definition(session, programme, review):
    (submission,) = file_of(session, programme, review)["held"]["submission"]
    assert submission["answers"]["police_note"] == {"text": POLICE_NOTE, "redact": "police"}
    assert submission["answers"]["police_incidents"] == {"text": 3, "redact": "police"}
    assert submission["answers"]["seen_alone"] == "yes"


def test_free_text_is_third_party_text_and_an_officers_is_the_polices():
    marked = markings()["cin_review", 1]
    assert marked["reasons"] is Marking.THIRD_PARTY
    assert "outcome" not in marked
    assert {q for q, m in marked.items() if m is Marking.POLICE} >= {
        "police_checked",
        "police_note",
    }


def test_what_an_officer_wrote_in_their_own_words_is_the_polices(session, programme, review):
    document = file_of(session, programme, review)
    (submission,) = document["held"]["submission"]
    assert submission["answers"]["reasons"]["redact"] == "police"
    (conflict,) = document["mentioned"]["conflicts"]
    assert conflict["reason"] == {"text": "Arrested the uncle", "redact": "police"}
    (escalation,) = document["held"]["escalation"]
    assert escalation["reason"]["redact"] == "police"


def test_a_form_nobody_has_marked_is_marked_in_every_text(session, programme, review):
    (submission,) = file_of(session, programme, review, markings={})["held"]["submission"]
    assert submission["answers"]["seen_alone"]["redact"] == "police"
    assert submission["answers"]["police_incidents"] == 3


def test_everything_that_names_the_case_is_in_the_file(session, programme, review):
    document = file_of(session, programme, review)
    held, mentioned = document["held"], document["mentioned"]
    assert [row["kind"] for row in held["event"]] == [
        event.kind for event in audit.timeline(session, review.key)
    ]
    assert {row["kind"] for row in held["followonaction"]} == {"transfer", "family_told"}
    told = {row["kind"] for row in mentioned["notifications"]}
    assert told == {"allocated", "chase", "escalation"}
    (sibling,) = mentioned["brothers_and_sisters"]
    assert sibling["redact"] == "third_party"


def test_nothing_of_another_case_is_in_the_file(session, programme, review):
    other = make_review(session, programme)
    document = file_of(session, programme, other)
    assert [row["id"] for row in document["held"]["review"]] == [other.key]
    assert document["held"]["submission"] == []
    assert document["mentioned"]["conflicts"] == []
    assert POLICE_NOTE not in json.dumps(document)


def test_the_file_counts_its_markings_and_is_plain_json(session, programme, review):
    document = file_of(session, programme, review)
    text = json.dumps(document)
    assert document["marked"] == {
        marking.value: text.count(f'"redact": "{marking.value}"') for marking in Marking
    }
    assert json.loads(text) == document


def test_every_table_that_refers_to_a_case_is_gathered():
    names = [table.name for table in tables_held()]
    assert names[0] == "case"
    assert {"review", "draft", "submission", "escalation", "event", "alert"} <= set(names)
    assert {"reviewer", "programme", "account"}.isdisjoint(names)


def test_taking_the_file_leaves_an_event_with_its_purpose(session, programme, review):
    administrator = make_actor(Role.ADMINISTRATOR)

    def take(actor=administrator, purpose="Request 2016/17"):
        return take_subject_file(
            session,
            programme=programme,
            case_reference=reference(session, review),
            markings=markings(),
            purpose=purpose,
            actor=actor,
            now=NOON,
        )

    with pytest.raises(NotPermittedError):
        take(make_actor(Role.REVIEWER))
    with pytest.raises(InvalidInputError):
        take(purpose=" ")
    document = take()
    session.flush()
    event = session.exec(select(Event).where(Event.kind == "subject_file_taken")).one()
    assert (event.case_id, event.reason) == (review.case_id, "Request 2016/17")
    assert event.payload == {"marked": document["marked"]}


def test_a_case_of_another_programme_is_not_found(session, programme, review):
    with pytest.raises(NotFoundError):
        subject_file(session, programme=programme, case_reference="CIN-0", markings={})
    assert session.exec(select(Conflict)).one()
