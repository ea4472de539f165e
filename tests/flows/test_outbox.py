"""Sending what waits: e-mails to a real mail server, signals to a real Prefect server."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from flows.outbox import Sent, send_emails, tidy
from flows.runtime import Runtime, operator
from flows.signals import Relayed, relay_signals
from tests.conftest import AUDIT_KEY
from tests.factories import make_actor, make_programme, make_review, make_reviewer
from tests.mail import MailHost, mail_host
from workflow import reviews
from workflow.accounts import create_account
from workflow.db import Database
from workflow.models import Delivery, Sending, Signal
from workflow.notifications.mail import Encryption, MailServer
from workflow.states import Role

ADDRESS = "alex@example.org"


@pytest.fixture
def told(tmp_path: Path, sqlite_template: Path) -> Iterator[Runtime]:
    """A programme with a reviewer who has an address, and was told of two reviews one by one."""
    path = shutil.copy(sqlite_template, tmp_path / "cin.db")
    runtime = Runtime(Database(f"sqlite:///{path}", audit_key=AUDIT_KEY))
    now = datetime.now(UTC)
    with runtime.database.write() as session:
        programme = make_programme()
        session.add(programme)
        session.flush()
        reviewer = make_reviewer(session, programme)
        create_account(
            session,
            programme=programme,
            user_name=ADDRESS,
            name="Alex Example",
            roles=(Role.REVIEWER,),
            reviewer=reviewer,
            actor=operator(),
            now=now,
        )
        session.flush()
        for number in (1, 2):
            reviews.allocate(
                session,
                review=make_review(session, programme, reference=f"CIN-0000{number}"),
                reviewer_id=reviewer.key,
                due_on=None,
                actor=make_actor(Role.COORDINATOR),
                now=now,
            )
    yield runtime
    runtime.database.close()


def server_of(host: MailHost) -> MailServer:
    return MailServer(
        host="localhost",
        port=host.port,
        encryption=Encryption.NONE,
        sender="reviews@council.example",
    )


def stored(runtime: Runtime, model: Any) -> list[Any]:
    with runtime.database.read() as session:
        return list(session.exec(select(model).order_by(model.id)))


def test_an_email_says_how_many_and_where_and_goes_once(told: Runtime) -> None:
    with mail_host() as host:
        url = "https://reviews.council.example/"
        first = send_emails(told.database, server_of(host), base_url=url)
        again = send_emails(told.database, server_of(host), base_url=url)

    assert (first, again) == (Sent(sent=2), Sent())
    assert {letter["To"] for letter in host.got} == {ADDRESS}
    assert len({letter["Message-ID"] for letter in host.got}) == 2
    body = host.got[0].get_payload(decode=True).decode()
    assert "1 review is allocated to you." in body
    assert "https://reviews.council.example/inbox" in body
    assert "CIN-" not in body + host.got[0]["Subject"]
    assert [one.sending for one in stored(told, Delivery)] == [Sending.SENT] * 2


def test_a_server_that_is_down_is_tried_again_later(told: Runtime) -> None:
    with mail_host() as gone:
        server = server_of(gone)

    assert send_emails(told.database, server) == Sent(tried_again=2)
    waiting = stored(told, Delivery)
    assert {(one.sending, one.attempts, one.claim) for one in waiting} == {
        (Sending.WAITING, 1, None)
    }
    assert all(ADDRESS not in one.last_error for one in waiting)


def test_an_address_that_is_refused_is_given_up_at_once(told: Runtime) -> None:
    with mail_host(refuses={"RCPT": f"550 {ADDRESS} unknown"}) as host:
        assert send_emails(told.database, server_of(host)) == Sent(given_up=2)
    assert all("550" in one.last_error for one in stored(told, Delivery))


def test_a_line_that_breaks_loses_no_message_and_repeats_none(told: Runtime) -> None:
    with mail_host(hangs_up_after=1) as host:
        assert send_emails(told.database, server_of(host)) == Sent(sent=1, tried_again=1)
        with told.database.write() as session:
            for one in session.exec(select(Delivery)):
                one.next_try_at = datetime.now(UTC)
        host.hangs_up_after = None
        assert send_emails(told.database, server_of(host)) == Sent(sent=1)

    assert len({letter["Message-ID"] for letter in host.got}) == len(host.got) == 2


def test_without_a_mail_server_nothing_is_claimed(told: Runtime) -> None:
    assert send_emails(told.database, None) == Sent()
    assert [one.attempts for one in stored(told, Delivery)] == [0, 0]


def test_without_prefect_signals_wait(told: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    assert relay_signals(told.database) == Relayed()
    assert {one.sending for one in stored(told, Signal)} == {Sending.WAITING}


def test_while_prefect_is_down_signals_wait_for_the_next_try(
    told: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with mail_host() as gone:
        port = gone.port
    address = f"http://127.0.0.1:{port}/api"
    monkeypatch.setenv("PREFECT_API_URL", address)
    monkeypatch.setattr("flows.signals._PATIENCE", 0.5)

    with temporary_settings({PREFECT_API_URL: address}):
        assert relay_signals(told.database).failed == 2
    assert {(one.sending, one.attempts) for one in stored(told, Signal)} == {(Sending.WAITING, 1)}


def test_nothing_young_is_tidied_away(told: Runtime) -> None:
    assert tidy(told.database) == 0
    assert len(stored(told, Delivery)) == 2


def test_the_command_says_what_it_sent_and_that_there_is_no_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    from flows.cli import app

    monkeypatch.setenv("CIN_DATABASE_URL", f"sqlite:///{tmp_path / 'cin.db'}")
    monkeypatch.setenv("CIN_DATA_FOLDER", str(tmp_path))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    spoken = CliRunner().invoke(app, ["notify"])
    document = json.loads(CliRunner().invoke(app, ["notify", "--json"]).stdout)

    assert "0 emails sent" in spoken.stdout
    assert document == dict.fromkeys(
        ("sent", "tried_again", "given_up", "signals", "events", "forgotten"), 0
    )
