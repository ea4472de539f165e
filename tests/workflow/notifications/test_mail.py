"""Handing e-mails to a real server over a real line."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.mail import certificate, mail_host
from workflow.notifications.mail import Encryption, Letter, MailError, MailServer
from workflow.settings import Settings, SettingsError


def make_server(port: int, **values: object) -> MailServer:
    defaults: dict[str, object] = {
        "host": "localhost",
        "port": port,
        "encryption": Encryption.NONE,
        "sender": "reviews@council.example",
    }
    return MailServer(**defaults | values)  # type: ignore[arg-type]


LETTER = Letter(
    to="alex@example.org",
    subject="Reviews: 3 reviews are allocated to you",
    body="3 reviews – sign in to see them.\n",
    number="cin-1-7",
    written_at=datetime(2016, 1, 20, 9, tzinfo=UTC),
)


def test_a_letter_arrives_as_it_was_written() -> None:
    with mail_host() as host, make_server(host.port).connect() as line:
        line.send(LETTER)
        line.send(LETTER)

    first, again = host.got
    assert (first["To"], first["Subject"]) == (LETTER.to, LETTER.subject)
    assert first["Message-ID"] == again["Message-ID"] == "<cin-1-7@council.example>"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first.get_payload(decode=True).decode().strip() == LETTER.body.strip()


def test_the_line_is_encrypted_before_the_password_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, context = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    secret = {"encryption": Encryption.STARTTLS, "user": "reviews", "password": "correct horse"}
    with mail_host(context=context) as host, make_server(host.port, **secret).connect() as line:
        line.send(LETTER)

    assert host.encrypted == [True]
    assert len(host.signed_in) == 1


def test_a_server_that_is_not_who_it_says_gets_nothing(tmp_path: Path) -> None:
    _, context = certificate(tmp_path)
    with mail_host(context=context) as host:
        server = make_server(host.port, encryption=Encryption.STARTTLS, user="reviews")
        with pytest.raises(MailError, match="certificate cannot be trusted"), server.connect():
            pass
    assert host.signed_in == []


def test_a_server_without_encryption_gets_nothing() -> None:
    with mail_host() as host:
        server = make_server(host.port, encryption=Encryption.STARTTLS)
        with pytest.raises(MailError, match="no encryption"), server.connect():
            pass


def test_a_server_that_is_not_there_is_said_not_to_be_reached() -> None:
    with mail_host() as gone:
        port = gone.port
    with pytest.raises(MailError, match="cannot be reached"), make_server(port).connect():
        pass


@pytest.mark.parametrize(
    ("command", "reply", "said", "is_final"),
    [
        ("RCPT", "550 no such user alex@example.org", "refuses the address (550)", True),
        ("RCPT", "450 mailbox busy", "refuses the address (450)", False),
        ("DATA", "452 disk full", "refuses (452)", False),
    ],
)
def test_a_refusal_is_kept_without_the_servers_own_words(
    command: str, reply: str, said: str, is_final: bool
) -> None:
    with (
        mail_host(refuses={command: reply}) as host,
        make_server(host.port).connect() as line,
        pytest.raises(MailError) as refused,
    ):
        line.send(LETTER)

    assert said in str(refused.value)
    assert "alex" not in str(refused.value)
    assert refused.value.is_final is is_final


def test_a_wrong_password_is_not_tried_as_anonymous() -> None:
    with mail_host(refuses={"AUTH": "535 wrong"}) as host:
        server = make_server(host.port, user="reviews", password="wrong")
        with pytest.raises(MailError, match="does not let us sign in"), server.connect():
            pass
    assert host.got == []


def test_a_server_that_must_speak_tls_from_the_start_gets_nothing_in_clear() -> None:
    with mail_host() as plain:
        server = make_server(plain.port, encryption=Encryption.TLS)
        with pytest.raises(MailError, match="certificate cannot be trusted"), server.connect():
            pass


def test_the_settings_name_the_server_or_none(tmp_path: Path) -> None:
    assert Settings(data_folder=tmp_path).mail_server() is None
    file = tmp_path / "password"
    file.write_text("correct horse\n")
    settings = Settings(
        data_folder=tmp_path,
        smtp_host="mail.council.example",
        smtp_from="reviews@council.example",
        smtp_user="reviews",
        smtp_password_file=file,
    )
    server = settings.mail_server()
    assert server is not None
    assert (server.port, server.encryption) == (587, Encryption.STARTTLS)
    assert server.password == "correct horse"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"smtp_from": ""}, "CIN_SMTP_FROM"),
        ({"smtp_encryption": "none"}, "this machine only"),
    ],
)
def test_settings_that_would_send_in_clear_or_from_nobody_are_refused(
    tmp_path: Path, wrong: dict[str, str], said: str
) -> None:
    right = {
        "smtp_host": "mail.council.example",
        "smtp_from": "reviews@council.example",
        "smtp_password": SecretStr("x"),
    }
    with pytest.raises(SettingsError, match=said):
        Settings(data_folder=tmp_path, **right | wrong).mail_server()
