"""What takes seconds to work out and changes only with the record: kept while that stands still.

Every change of the programme writes an event, so the newest one names all that an answer can depend on;
the day and the policy are the rest.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlmodel import col, select

from api.moments import Moment
from workflow.audit import LOOKS
from workflow.db import Database
from workflow.models import Event

T = TypeVar("T")
_MOST = 6
"""Answers kept for each database: a report is a few megabytes."""
_CHANGES_NOTHING = (
    *LOOKS,
    "signed_in",
    "signed_out",
    "signed_out_everywhere",
    "sign_in_refused",
    "subject_file_taken",
)
"""Kinds of event on which no answer depends: a sign-in must not have all of them worked out again."""


class _Shelf:
    """The answers of one database, the one used last at the end; one is worked out at a time."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.answers: OrderedDict[Hashable, Any] = OrderedDict()


_shelves: WeakKeyDictionary[Database, _Shelf] = WeakKeyDictionary()
_opening = Lock()


def remembered(
    database: Database, at: Moment, name: str, work: Callable[[], T], *more: Hashable
) -> T:
    """The answer to `work`, worked out once for the record as it stands.

    Args:
        name: what is asked for; `more` is what else it depends on, such as another day.
    """
    newest = (
        select(Event.mac)
        .where(
            col(Event.programme_id) == at.programme.key,
            col(Event.kind).not_in(_CHANGES_NOTHING),
        )
        .order_by(col(Event.seq).desc())
        .limit(1)
    )
    seal = at.session.exec(newest).first()
    key = (at.programme.key, name, seal, at.as_of, repr(at.policy), *more)
    with _opening:
        shelf = _shelves.setdefault(database, _Shelf())
    with shelf.lock:
        if key not in shelf.answers:
            shelf.answers[key] = work()
        shelf.answers.move_to_end(key)
        while len(shelf.answers) > _MOST:
            shelf.answers.popitem(last=False)
        found: T = shelf.answers[key]
        return found
