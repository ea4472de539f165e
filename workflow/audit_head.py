"""The newest link of each chain as a small document to keep elsewhere.

Whoever can write to the database could cut events off its end unseen; not past a link that lies in a
second place: another volume, a mailbox, a log server. The document is sealed with the audit key, so it
cannot be forged without it, and holds nothing about anybody.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from workflow import audit
from workflow.audit import Link, Verification
from workflow.errors import InvalidInputError
from workflow.models import AuditHead, Programme

_FORMAT = "cin audit head 1"


@dataclass(frozen=True, slots=True)
class Checked:
    """A programme with the result of checking its chain."""

    programme: str
    verification: Verification


def export_heads(session: Session, now: datetime) -> dict[str, Any]:
    """The newest link of every programme, ready for JSON: `format`, `made_at`, `heads` and `seal`."""
    heads = {
        programme.name: {"seq": head.seq, "mac": head.mac}
        for programme, head in session.exec(
            select(Programme, AuditHead)
            .join(AuditHead, col(AuditHead.programme_id) == col(Programme.id))
            .order_by(col(Programme.id))
        )
    }
    document = {"format": _FORMAT, "made_at": now.isoformat(), "heads": heads}
    return document | {"seal": _seal(session, document)}


def verify_all(session: Session, exported: str | None = None) -> list[Checked]:
    """Check the chain of every programme, against an exported document if there is one.

    Raises:
        InvalidInputError: the document is none of ours, or was changed.
    """
    links = _links(session, exported) if exported is not None else {}
    programmes = {
        one.name: one for one in session.exec(select(Programme).order_by(col(Programme.id)))
    }
    checked = [
        Checked(name, audit.verify(session, one.key, against=links.get(name)))
        for name, one in programmes.items()
    ]
    gone = [
        Checked(name, Verification(0, 1, f"All {link.seq} events are gone, and the programme too."))
        for name, link in links.items()
        if name not in programmes
    ]
    return checked + gone


def _links(session: Session, text: str) -> Mapping[str, Link]:
    try:
        document = json.loads(text)
        seal = document.pop("seal")
        heads = {name: Link(head["seq"], head["mac"]) for name, head in document["heads"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InvalidInputError("This is no file of `cin audit head`.") from None
    if not hmac.compare_digest(str(seal), _seal(session, document)):
        raise InvalidInputError("This file was changed, or made with another audit key.")
    return heads


def _seal(session: Session, document: Mapping[str, Any]) -> str:
    key: bytes = session.info["audit_key"]
    text = json.dumps(document, sort_keys=True, ensure_ascii=False)
    return hmac.new(key, f"{_FORMAT}:{text}".encode(), hashlib.sha256).hexdigest()
