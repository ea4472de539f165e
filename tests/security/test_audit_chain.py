"""The record under attack by somebody who can write to the database, on both kinds.

The attacker may do all the database lets its owner do, triggers included; they lack the audit key and
the links that were exported to another place.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from tests.conftest import AUDIT_KEY
from tests.factories import EARLY, make_actor
from tests.measured import Measured
from workflow import audit
from workflow.audit import Link, Verification
from workflow.audit_head import export_heads, verify_all
from workflow.db import Database
from workflow.errors import InvalidInputError
from workflow.models import AuditHead, Event, Programme
from workflow.states import Role

EVENTS = 12
EXPORTED = 8
ALL_FOUND = "all found but a tail younger than the last export"
SOMEBODY = make_actor(Role.COORDINATOR, name="somebody")
NOW = datetime(2026, 11, 2, tzinfo=UTC)


def happen(session: Session, programme: Programme, times: int) -> None:
    for _ in range(times):
        audit.record(
            session,
            programme_id=programme.key,
            kind="something_happened",
            actor=SOMEBODY,
            at=EARLY,
            payload={"count": 1},
        )


@pytest.fixture
def exported(database: Database, programme: Programme) -> str:
    """A dozen events; the file written after the eighth."""
    with database.write() as session:
        happen(session, programme, EXPORTED)
    with database.read() as session:
        document = json.dumps(export_heads(session, NOW))
    with database.write() as session:
        happen(session, programme, EVENTS - EXPORTED)
    return document


@pytest.fixture
def attack(database: Database, exported: str) -> Iterator[sa.Connection]:
    """A connection past the guards of the table."""
    with database.engine.begin() as connection:
        lift_guards(connection)
        yield connection


def lift_guards(connection: sa.Connection) -> None:
    """Drop the triggers that keep the table as it is."""
    on_sqlite = connection.dialect.name == "sqlite"
    triggers = (
        ["event_no_update", "event_no_delete"] if on_sqlite else ["event_append_only ON event"]
    )
    for trigger in triggers:
        connection.exec_driver_sql(f"DROP TRIGGER {trigger}")


def check(database: Database, exported: str | None = None) -> Verification:
    with database.read() as session:
        (checked,) = verify_all(session, exported)
    return checked.verification


def truncate(connection: sa.Connection, last: int) -> None:
    """Cut the end off and move the stored head back, as one who knows how would."""
    connection.execute(sa.text("DELETE FROM event WHERE seq > :last"), {"last": last})
    connection.execute(
        sa.text(
            "UPDATE audithead SET seq = :last, mac = (SELECT mac FROM event WHERE seq = :last)"
        ),
        {"last": last},
    )


def test_an_untouched_record_fits_with_and_without_an_export(
    database: Database, exported: str
) -> None:
    assert check(database) == Verification(EVENTS, None)
    assert check(database, exported).ok


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'somebody else'",
        "at = '2016-01-21 09:00:00+00:00'",
        "payload = '{\"count\": 2}'",
        "reason = 'because'",
        "kind = 'nothing_happened'",
    ],
)
def test_an_edited_event_is_named(
    database: Database, attack: sa.Connection, change: str, measured: Measured
) -> None:
    attack.execute(sa.text(f"UPDATE event SET {change.replace(':', chr(92) + ':')} WHERE seq = 5"))
    attack.commit()
    found = check(database)
    assert (found.first_bad, found.problem) == (5, "Event 5 was changed.")
    measured("S5", ALL_FOUND, "an edited event: named")


def test_a_reason_that_is_gone_from_a_case_that_stays_is_named(
    database: Database, programme: Programme
) -> None:
    with database.write() as session:
        audit.record(
            session,
            programme_id=programme.key,
            kind="something_happened",
            actor=SOMEBODY,
            at=EARLY,
            reason="because",
        )
    with database.engine.begin() as connection:
        lift_guards(connection)
        connection.exec_driver_sql("UPDATE event SET reason = NULL")
    assert "reason of event 1 is gone" in check(database).problem


def test_a_deleted_event_is_named(database: Database, attack: sa.Connection) -> None:
    attack.exec_driver_sql("DELETE FROM event WHERE seq = 5")
    attack.commit()
    found = check(database)
    assert (found.first_bad, found.problem) == (5, "Event 5 is missing.")


def test_two_swapped_events_are_found_at_the_first(
    database: Database, attack: sa.Connection
) -> None:
    for old, new in ((5, 100), (6, 5), (100, 6)):
        attack.exec_driver_sql(f"UPDATE event SET seq = {new} WHERE seq = {old}")
    attack.commit()
    assert check(database).first_bad == 5


def test_an_edit_with_all_later_links_made_anew_without_the_key_is_found(
    database: Database, attack: sa.Connection
) -> None:
    """The whole chain rewritten with a plain hash, or with a key that was guessed."""
    session = Session(attack, info={"audit_key": b"guessed"})
    previous = ""
    for event in session.exec(select(Event).order_by(Event.seq)):
        event.actor = "nobody" if event.seq == 5 else event.actor
        event.previous_mac = previous
        event.mac = previous = audit._mac(session, event)
    head = session.exec(select(AuditHead)).one()
    head.mac = previous
    session.flush()
    attack.commit()
    session.close()
    assert check(database).first_bad == 1


def test_an_edit_with_a_plain_hash_is_found(database: Database, attack: sa.Connection) -> None:
    mac = hashlib.sha256(b"event 5").hexdigest()
    attack.execute(sa.text("UPDATE event SET actor = 'x', mac = :mac WHERE seq = 5"), {"mac": mac})
    attack.commit()
    assert check(database).first_bad == 5


def test_a_cut_off_end_is_found_by_the_stored_head(
    database: Database, attack: sa.Connection, measured: Measured
) -> None:
    attack.exec_driver_sql("DELETE FROM event WHERE seq > 10")
    attack.commit()
    assert check(database).first_bad == 11
    measured("S5", ALL_FOUND, "a cut-off end: found at the first event that is gone")


def test_an_end_cut_off_before_the_export_is_found_by_the_export_alone(
    database: Database, attack: sa.Connection, exported: str
) -> None:
    truncate(attack, EXPORTED - 2)
    attack.commit()
    assert check(database).ok
    found = check(database, exported)
    assert found.first_bad == EXPORTED - 1
    assert "7 to 8 are gone" in found.problem


def test_an_end_cut_off_after_the_export_is_not_found_so_export_often(
    database: Database, attack: sa.Connection, exported: str, measured: Measured
) -> None:
    """The known limit: what happened since the last export can be cut off by who moves the head too."""
    truncate(attack, EXPORTED + 1)
    attack.commit()
    assert check(database, exported).ok
    measured("S5", ALL_FOUND, "a tail younger than the export: not found, as said")


def test_a_record_written_anew_by_a_holder_of_the_key_is_found_by_the_export(
    database: Database, attack: sa.Connection, exported: str, measured: Measured
) -> None:
    session = Session(attack, info={"audit_key": AUDIT_KEY})
    previous = ""
    for event in session.exec(select(Event).order_by(Event.seq)):
        event.actor = "nobody" if event.seq == 5 else event.actor
        event.previous_mac = previous
        event.mac = previous = audit._mac(session, event)
    session.exec(select(AuditHead)).one().mac = previous
    session.flush()
    attack.commit()
    session.close()
    assert check(database).ok
    assert check(database, exported).first_bad == EXPORTED
    measured("S5", ALL_FOUND, "written anew with the key: found by the export")


def test_a_record_that_is_gone_with_its_programme_is_found_by_the_export(
    database: Database, exported: str
) -> None:
    other = json.loads(exported)
    other["heads"] = {"Gone": other["heads"].popitem()[1]}
    body = {name: value for name, value in other.items() if name != "seal"}
    text = json.dumps(body, sort_keys=True, ensure_ascii=False)
    message = f"cin audit head 1:{text}".encode()
    forged = body | {"seal": hmac.new(AUDIT_KEY, message, hashlib.sha256).hexdigest()}
    with database.read() as session:
        gone = verify_all(session, json.dumps(forged))[-1]
    assert gone.programme == "Gone"
    assert not gone.verification.ok


def test_a_forged_export_is_refused(database: Database, exported: str) -> None:
    forged = json.loads(exported)
    forged["heads"].popitem()
    with database.read() as session, pytest.raises(InvalidInputError, match="changed"):
        verify_all(session, json.dumps(forged))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"seal": "x", "heads": {"a": 1}}', "\x00"])
def test_what_is_no_export_is_refused(database: Database, exported: str, text: str) -> None:
    with database.read() as session, pytest.raises(InvalidInputError):
        verify_all(session, text)


def test_an_export_names_no_person(exported: str) -> None:
    assert SOMEBODY.name not in exported
    assert json.loads(exported).keys() == {"format", "made_at", "heads", "seal"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET actor = 'x' WHERE seq = 5",
        "DELETE FROM event WHERE seq = 5",
        "INSERT OR REPLACE INTO event SELECT * FROM event WHERE seq = 5",
        "DELETE FROM event",
    ],
)
def test_the_database_itself_refuses_to_change_an_event(
    database: Database, exported: str, statement: str, measured: Measured
) -> None:
    if "REPLACE" in statement and not database.is_sqlite:
        pytest.skip("SQLite's own statement")
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.write() as session:
        session.connection().exec_driver_sql(statement)
    assert check(database).ok
    measured("S5", ALL_FOUND, "UPDATE, DELETE and REPLACE refused by the database itself")


def test_a_link_can_be_checked_by_itself(database: Database, exported: str) -> None:
    head = next(iter(json.loads(exported)["heads"].values()))
    with database.read() as session:
        programme = session.exec(select(Programme)).one()
        link = Link(head["seq"], head["mac"])
        assert audit.verify(session, programme.key, against=link).ok
        wrong = Link(head["seq"], "0" * 64)
        assert audit.verify(session, programme.key, against=wrong).first_bad == EXPORTED
