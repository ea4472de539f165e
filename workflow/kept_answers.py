"""Use cases of kept answers: a request that comes twice is carried out once and answered the same.

The answer is stored in the transaction of the change itself, so there is either both or neither.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workflow.errors import InvalidInputError
from workflow.models import KeptAnswer
from workflow.operations.fields import FieldKeys

KEPT_FOR = timedelta(days=1)
_SEALED = "sealed:"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that changes something, as its sender names it."""

    account_id: int
    name: str
    digest: str
    """SHA-256 of the request: address and content."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered; see `KeptAnswer`."""

    status: int
    location: str | None = None
    said: str | None = None
    body: str | None = None


def answer_given(session: Session, asked: Asked) -> Answer | None:
    """The answer to the same request before; whoever sends it twice at once waits for the first.

    Raises:
        InvalidInputError: the key was used for another request.
    """
    if session.connection().dialect.name == "postgresql":
        place = f"{asked.account_id} {asked.name}"
        session.connection().execute(_QUEUE, {"place": place})
    query = select(KeptAnswer).where(
        KeptAnswer.account_id == asked.account_id, KeptAnswer.name == asked.name
    )
    found = session.exec(query).first()
    if found is None:
        return None
    if found.digest != asked.digest:
        raise InvalidInputError("This key was used for another request; use a new one.")
    return Answer(found.status, found.location, found.said, _opened(session, found))


def keep_answer(session: Session, asked: Asked, answer: Answer, *, now: datetime) -> None:
    """Keep the answer with the change it belongs to; what was kept for long goes."""
    old = sa.delete(KeptAnswer).where(
        col(KeptAnswer.account_id) == asked.account_id, col(KeptAnswer.kept_at) < now - KEPT_FOR
    )
    session.exec(old)
    session.add(
        KeptAnswer(
            account_id=asked.account_id,
            name=asked.name,
            digest=asked.digest,
            status=answer.status,
            location=answer.location,
            said=answer.said,
            body=_sealed(session, asked, answer.body),
            kept_at=now,
        )
    )
    session.flush()


_QUEUE = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:place, 0))")


def _sealed(session: Session, asked: Asked, body: str | None) -> str | None:
    keys: FieldKeys | None = session.info.get("field_keys")
    if keys is None or body is None:
        return body
    return _SEALED + keys.seal(body, context=_context(asked.account_id, asked.name))


def _opened(session: Session, kept: KeptAnswer) -> str | None:
    keys: FieldKeys | None = session.info.get("field_keys")
    body = kept.body
    if keys is None or body is None or not body.startswith(_SEALED):
        return body
    sealed = body.removeprefix(_SEALED)
    return str(keys.open(sealed, context=_context(kept.account_id, kept.name)))


def _context(account_id: int, name: str) -> str:
    return f"keptanswer:{account_id}:{name}"
