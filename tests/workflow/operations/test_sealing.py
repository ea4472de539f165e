"""Police-held answers are encrypted in the database, plain in memory, and stay so at every save."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from tests.conftest import AUDIT_KEY
from tests.factories import EARLY, as_actor, make_review, make_reviewer
from tests.workflow.operations.stage import COORDINATOR, OPERATOR, submit_one
from workflow import audit, reviews
from workflow.db import Database
from workflow.drafts import FormVersion, Typed, save_draft
from workflow.errors import InvalidInputError
from workflow.models import Draft, Event, Programme, Review, Submission
from workflow.operations.fields import FieldKeys, SealedError, key_of, new_key
from workflow.operations.rotation import rotate
from workflow.operations.sealing import SEAL
from workflow.reviews import locked
from workflow.states import Actor
from workflow.subject_file import subject_file

OLD, NEW = new_key(), new_key()
CANARY = "Zebedee Quillfeather"
ANSWERS = {"outcome": "remain_cin", "police_concern": CANARY}
NEWEST = FormVersion("cin_review", 1, ("police",), restricted=frozenset({"police_concern"}))
RESTRICTED = {("cin_review", 1): NEWEST.restricted}


def opened(database_url: str, *ring: str) -> Database:
    keys = FieldKeys.parse(",".join(ring)) if ring else None
    return Database(database_url, audit_key=AUDIT_KEY, field_keys=keys)


@pytest.fixture
def sealed(database_url: str, programme: Programme) -> Iterator[Database]:
    """The database with one key."""
    database = opened(database_url, f"a:{OLD}")
    yield database
    database.close()


def stored(database: Database, table: str) -> list[dict[str, object]]:
    """The answers as they lie in the database."""
    with database.read() as session:
        column = sa.Table(table, sa.MetaData(), sa.Column("answers", sa.JSON)).c.answers
        return list(session.connection().execute(sa.select(column)).scalars())


def submit(database: Database, programme: Programme) -> Review:
    with database.write() as session:
        owner = session.get_one(Programme, programme.key)
        return submit_one(session, owner, answers=ANSWERS, restricted=NEWEST.restricted)


def draft(session: Session, review: Review, actor: Actor, **answers: object) -> Draft:
    return save_draft(
        session,
        review_id=review.key,
        typed=Typed(section="police", answers=answers),
        newest=NEWEST,
        actor=actor,
        now=EARLY,
    )


def start(database: Database, programme: Programme) -> tuple[Review, Actor]:
    with database.write() as session:
        owner = session.get_one(Programme, programme.key)
        review, reviewer = make_review(session, owner), make_reviewer(session, owner)
        reviews.allocate(
            session,
            review=review,
            reviewer_id=reviewer.key,
            due_on=None,
            actor=COORDINATOR,
            now=EARLY,
        )
    return review, as_actor(reviewer)


def test_a_restricted_answer_is_stored_sealed_and_read_plain(
    sealed: Database, programme: Programme
) -> None:
    submit(sealed, programme)
    (answers,) = stored(sealed, "submission")
    assert answers["outcome"] == "remain_cin"
    assert answers["police_concern"].keys() == {SEAL}
    assert CANARY not in str(answers)
    with sealed.read() as session:
        assert session.exec(select(Submission)).one().answers == ANSWERS


def test_what_was_just_submitted_is_plain_in_memory(sealed: Database, programme: Programme) -> None:
    with sealed.write() as session:
        owner = session.get_one(Programme, programme.key)
        submit_one(session, owner, answers=ANSWERS, restricted=NEWEST.restricted)
        session.flush()
        assert session.exec(select(Submission)).one().answers == ANSWERS


def test_every_save_of_a_draft_seals_again_also_what_was_typed_earlier(
    sealed: Database, programme: Programme
) -> None:
    review, actor = start(sealed, programme)
    with sealed.write() as session:
        draft(session, review, actor, police_concern=CANARY)
    with sealed.write() as session:
        saved = draft(session, review, actor, outcome="close")
        session.flush()
        assert saved.answers == {"police_concern": CANARY, "outcome": "close"}
    (answers,) = stored(sealed, "draft")
    assert CANARY not in str(answers)
    assert answers["outcome"] == "close"


def test_what_was_sealed_once_stays_sealed_for_a_caller_who_restricts_nothing(
    sealed: Database, programme: Programme
) -> None:
    review, actor = start(sealed, programme)
    with sealed.write() as session:
        draft(session, review, actor, police_concern=CANARY)
    with sealed.write() as session:
        careless = session.get_one(Draft, review.key)
        careless.answers = careless.answers | {"outcome": "close"}
    assert CANARY not in str(stored(sealed, "draft"))


def test_other_changes_of_a_row_do_not_touch_its_sealed_answers(
    sealed: Database, programme: Programme
) -> None:
    review, actor = start(sealed, programme)
    with sealed.write() as session:
        draft(session, review, actor, police_concern=CANARY)
    before = stored(sealed, "draft")
    with sealed.write() as session:
        session.get_one(Draft, review.key).version += 1
    assert stored(sealed, "draft") == before


def test_without_keys_answers_are_stored_as_they_are(
    database: Database, programme: Programme
) -> None:
    submit(database, programme)
    assert stored(database, "submission") == [ANSWERS]


def test_sealed_answers_do_not_open_without_their_key(
    sealed: Database, programme: Programme, database_url: str
) -> None:
    submit(sealed, programme)
    for ring, said in (((), "CIN_FIELD_KEYS"), ((f"b:{NEW}",), "key a")):
        database = opened(database_url, *ring)
        with database.read() as session, pytest.raises(SealedError, match=said):
            session.exec(select(Submission)).one()
        database.close()


def test_what_only_looks_sealed_is_refused_without_keys_and_sealed_with_them(
    database: Database, sealed: Database, programme: Programme
) -> None:
    review, actor = start(database, programme)
    with pytest.raises(InvalidInputError), database.write() as session:
        draft(session, review, actor, outcome={SEAL: "v1:a:AAAA"})
    with sealed.write() as session:
        draft(session, review, actor, outcome={SEAL: "v1:a:AAAA"})
    with sealed.read() as session:
        assert session.get_one(Draft, review.key).answers == {"outcome": {SEAL: "v1:a:AAAA"}}


def test_the_subject_file_holds_the_plain_answer(sealed: Database, programme: Programme) -> None:
    submit(sealed, programme)
    with sealed.read() as session:
        owner = session.get_one(Programme, programme.key)
        reference = session.exec(sa.text('SELECT reference FROM "case"')).scalar_one()
        document = subject_file(session, programme=owner, case_reference=reference, markings={})
    assert CANARY in str(document["held"]["submission"])
    assert SEAL not in str(document)


@pytest.mark.both_databases
def test_rotation_brings_submissions_and_drafts_under_the_newest_key(
    sealed: Database, programme: Programme, database_url: str
) -> None:
    submit(sealed, programme)
    review, actor = start(sealed, programme)
    with sealed.write() as session:
        draft(session, review, actor, police_concern=CANARY)

    both = opened(database_url, f"b:{NEW}", f"a:{OLD}")
    with both.write() as session:
        changed = rotate(session, restricted=RESTRICTED, actor=OPERATOR, now=EARLY)
    both.close()
    assert (changed["submission"], changed["draft"]) == (1, 1)

    newest = opened(database_url, f"b:{NEW}")
    for table in ("submission", "draft"):
        (answers,) = stored(newest, table)
        assert key_of(answers["police_concern"][SEAL]) == "b"
    with newest.read() as session:
        assert session.exec(select(Submission)).one().answers == ANSWERS
        event = session.exec(select(Event).where(Event.kind == "field_keys_rotated")).one()
        assert event.payload["key"] == "b"
        assert audit.verify(session, programme.key).ok
    newest.close()


def test_rotation_seals_what_was_stored_before_there_were_keys(
    database: Database, sealed: Database, programme: Programme
) -> None:
    submit(database, programme)
    with sealed.write() as session:
        assert rotate(session, restricted=RESTRICTED, actor=OPERATOR, now=EARLY)["submission"] == 1
    assert CANARY not in str(stored(sealed, "submission"))


@pytest.mark.both_databases
def test_submissions_are_guarded_again_after_a_rotation(
    database: Database, sealed: Database, programme: Programme
) -> None:
    submit(database, programme)
    with sealed.write() as session:
        rotate(session, restricted=RESTRICTED, actor=OPERATOR, now=EARLY)
    for statement in ("UPDATE submission SET grade = 'x'", "DELETE FROM submission"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), sealed.write() as session:
            session.connection().exec_driver_sql(statement)


@pytest.mark.both_databases
def test_a_rotation_that_fails_leaves_data_and_guard_as_they_were(
    sealed: Database, programme: Programme, database_url: str
) -> None:
    submit(sealed, programme)
    before = stored(sealed, "submission")
    stranger = opened(database_url, f"b:{NEW}")
    with pytest.raises(SealedError), stranger.write() as session:
        rotate(session, restricted=RESTRICTED, actor=OPERATOR, now=EARLY)
    stranger.close()
    assert stored(sealed, "submission") == before


def test_a_sealed_review_can_still_be_locked_and_acted_on(
    sealed: Database, programme: Programme
) -> None:
    review = submit(sealed, programme)
    with sealed.write() as session:
        assert locked(session, review.key).outcome == "remain_cin"
