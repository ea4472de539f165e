"""The way out for e-mail: one connection, plain text, an encrypted line.

A message names cases by reference and has a link; nothing else about a child leaves the service.
"""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum

from workflow.errors import WorkflowError

_TIMEOUT = 20
"""Seconds a mail server gets to answer."""
_PERMANENT = range(500, 600)
"""Replies after which another try would fail as well (RFC 5321, 4.2.1)."""


class Encryption(StrEnum):
    """How the line to the mail server is encrypted."""

    STARTTLS = "starttls"
    """It begins in clear and is encrypted before anything is said: usually port 587."""
    TLS = "tls"
    """From the first byte: usually port 465."""
    NONE = "none"
    """Not at all: for a server on the same machine only."""


class MailError(WorkflowError):
    """A message could not be handed over; says why without an address."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        """Say why, and whether another try would fail as well."""
        super().__init__(reason)
        self.is_final = is_final


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """The council's mail server, as the settings name it."""

    host: str
    port: int
    encryption: Encryption
    sender: str
    user: str = ""
    password: str = ""

    @contextmanager
    def connect(self) -> Iterator["MailLine"]:
        """A line to the server, signed in.

        Raises:
            MailError: it cannot be reached, is not who it says, or does not let us in.
        """
        try:
            line = self._open()
        except (OSError, smtplib.SMTPException) as broken:
            raise _mail_error(broken) from broken
        try:
            yield MailLine(line, self.sender)
        finally:
            _hang_up(line)

    def _open(self) -> smtplib.SMTP:
        trusted = ssl.create_default_context()
        if self.encryption is Encryption.TLS:
            line: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=_TIMEOUT, context=trusted
            )
        else:
            line = smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT)
        try:
            if self.encryption is Encryption.STARTTLS:
                line.starttls(context=trusted)
            if self.user:
                line.login(self.user, self.password)
        except BaseException:
            line.close()
            raise
        return line


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One e-mail."""

    to: str
    subject: str
    body: str
    number: str
    """Makes the Message-ID: the same for every try of the same message."""
    written_at: datetime


class MailLine:
    """An open connection."""

    def __init__(self, line: smtplib.SMTP, sender: str) -> None:
        """Speak over a connection that is signed in."""
        self._line, self._sender = line, sender

    def send(self, letter: Letter) -> None:
        """Hand one message over.

        Raises:
            MailError: the server does not take it.
        """
        message = EmailMessage()
        message["From"], message["To"] = self._sender, letter.to
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(letter.written_at)
        message["Message-ID"] = f"<{letter.number}@{self._sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # no absence notes in answer (RFC 3834)
        message.set_content(letter.body)
        try:
            self._line.send_message(message)
        except (OSError, smtplib.SMTPException) as broken:
            raise _mail_error(broken) from broken


def _hang_up(line: smtplib.SMTP) -> None:
    try:
        line.quit()
    except (OSError, smtplib.SMTPException):
        line.close()


def _mail_error(broken: Exception) -> MailError:
    """The error in words of ours: a server's own words may hold addresses."""
    if isinstance(broken, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in broken.recipients.values()]
        final = all(code in _PERMANENT for code in codes)
        return MailError(f"The server refuses the address ({min(codes)}).", is_final=final)
    if isinstance(broken, smtplib.SMTPAuthenticationError):
        return MailError(f"The server does not let us sign in ({broken.smtp_code}).")
    if isinstance(broken, smtplib.SMTPResponseException):
        return MailError(f"The server refuses ({broken.smtp_code}).")
    if isinstance(broken, ssl.SSLError):
        return MailError("The server's certificate cannot be trusted.")
    if isinstance(broken, smtplib.SMTPNotSupportedError):
        return MailError("The server offers no encryption, or no way to sign in.")
    return MailError(f"The server cannot be reached ({type(broken).__name__}).")
