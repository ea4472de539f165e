"""Encrypting again: under the newest key what is under an older one, and what was never encrypted.

That is every restricted answer, and every authenticator's secret.
"""

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from workflow import audit
from workflow.accounts.second_factor import is_sealed_secret, open_secret, seal_secret
from workflow.db import ROW_LOCK, unguarded
from workflow.errors import InvalidInputError
from workflow.models import Account, Programme
from workflow.operations.fields import FieldKeys, key_of
from workflow.operations.sealing import SEAL, is_sealed, seal_context, sealed_tables
from workflow.row_security import check_owner
from workflow.states import Actor

Restricted = Mapping[tuple[str, int], frozenset[str]]
"""(Form, version) → ids of the questions whose answers are stored encrypted."""
_IN_PARTS = {"yield_per": 500}


def rotate(
    session: Session, *, restricted: Restricted, actor: Actor, now: datetime
) -> dict[str, int]:
    """Bring every restricted answer under the newest key; one event per programme says so.

    Submissions are otherwise never changed: their guard is lifted for this one transaction, and what
    they say stays the same.

    Returns:
        Table → rows that were rewritten.

    Raises:
        InvalidInputError: no keys are set, or the database role does not own the tables.
        SealedError: an older key is missing, or a text was changed; nothing was rewritten.
    """
    keys: FieldKeys | None = session.info.get("field_keys")
    if keys is None:
        raise InvalidInputError("No keys are set: CIN_FIELD_KEYS (`cin keys new` makes one).")
    check_owner(session.connection(), "rotate keys")
    rewritten = {
        name: _rotate_table(session, model, keys, restricted)
        for name, model in sealed_tables().items()
    }
    rewritten["account"] = _rotate_authenticators(session, keys)
    for programme in session.exec(select(Programme).order_by(col(Programme.id))):
        audit.record(
            session,
            programme_id=programme.key,
            kind="field_keys_rotated",
            actor=actor,
            at=now,
            payload={"key": keys.newest, "rows": rewritten},
        )
    return rewritten


def _rotate_authenticators(session: Session, keys: FieldKeys) -> int:
    """Bring the secrets of all authenticators under the newest key; gives how many accounts changed."""
    secrets = (col(Account.totp_secret), col(Account.totp_pending))
    query = select(Account).where(sa.or_(*(one.is_not(None) for one in secrets)))
    changed = 0
    for account in session.exec(query.with_for_update(**ROW_LOCK)):
        before = account.totp_secret, account.totp_pending
        account.totp_secret, account.totp_pending = (
            _under_newest(session, account, stored, keys) for stored in before
        )
        changed += (account.totp_secret, account.totp_pending) != before
    session.flush()
    return changed


def _under_newest(
    session: Session, account: Account, stored: str | None, keys: FieldKeys
) -> str | None:
    if stored is None or (is_sealed_secret(stored) and key_of(stored) == keys.newest):
        return stored
    return seal_secret(session, account, open_secret(session, account, stored))


def _rotate_table(
    session: Session, model: type[SQLModel], keys: FieldKeys, restricted: Restricted
) -> int:
    table: Any = sa.inspect(model).local_table
    changed = _stale_rows(session, table, keys, restricted)
    if not changed:
        return 0
    key = [column.name for column in table.primary_key]
    update = (
        sa.update(table)
        .where(*(table.c[name] == sa.bindparam(f"key_{name}") for name in key))
        .values(answers=sa.bindparam("sealed", type_=table.c.answers.type))
    )
    with unguarded(session, model):
        session.connection().execute(
            update,
            [
                {"sealed": answers} | {f"key_{name}": row[name] for name in key}
                for row, answers in changed
            ],
        )
    return len(changed)


def _stale_rows(
    session: Session, table: sa.Table, keys: FieldKeys, restricted: Restricted
) -> list[tuple[Mapping[str, Any], dict[str, Any]]]:
    """Rows that hold something to rewrite, each with its answers as they shall be."""
    found = session.connection().execute(sa.select(table), execution_options=_IN_PARTS)
    with closing(found):
        rows = map(dict, found.mappings())
        pairs = ((row, _rotated(table.name, row, keys, restricted)) for row in rows)
        return [(row, answers) for row, answers in pairs if answers != row["answers"]]


def _rotated(
    table: str, row: Mapping[str, Any], keys: FieldKeys, restricted: Restricted
) -> dict[str, Any]:
    hidden = restricted.get((row["form_id"], row["form_version"]), frozenset())
    answers = {}
    for question, answer in row["answers"].items():
        context = seal_context(table, row["review_id"], question)
        if is_sealed(answer):
            answers[question] = {SEAL: keys.rotate(answer[SEAL], context=context)}
        elif question in hidden:
            answers[question] = {SEAL: keys.seal(answer, context=context)}
        else:
            answers[question] = answer
    return answers
