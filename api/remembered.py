"""What takes seconds to work out and changes only with the record: kept while that stands still.

Every change of the programme writes an event, so the newest one names all that an answer can depend on;
the day and the policy are the rest. One answer is worked out at a time, and nobody waits long for
another's: people who ask again and again cannot fill the house.
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
from workflow.errors import ConflictError
from workflow.models import Event

T = TypeVar("T")
_MOST = 12
"""Answers kept for each database: a report and its files are a few megabytes."""
_PATIENCE = 5.0
"""Seconds to wait for an answer that is being worked out already."""
_CHANGES_NOTHING = (
    *LOOKS,
    "signed_in",
    "signed_out",
    "signed_out_everywhere",
    "sign_in_refused",
    "subject_file_taken",
    "token_made",
    "token_revoked",
    "token_used",
    "list_exported",
)
"""Kinds of event on which no answer depends: a sign-in must not have all of them worked out again."""


class _Shelf:
    """The answers of one database, the one used last at the end."""

    def __init__(self) -> None:
        self.making = Lock()
        self.answers: OrderedDict[Hashable, Any] = OrderedDict()

    def find(self, key: Hashable) -> Any:
        """An answer of the shelf.

        Raises:
            KeyError: it is not there.
        """
        found = self.answers[key]
        self.answers.move_to_end(key)
        return found

    def keep(self, key: Hashable, answer: object) -> None:
        """Put an answer on the shelf; the one that was not used for longest makes room."""
        self.answers[key] = answer
        while len(self.answers) > _MOST:
            self.answers.popitem(last=False)


_shelves: WeakKeyDictionary[Database, _Shelf] = WeakKeyDictionary()
_opening = Lock()
"""Held for a moment by whoever looks on a shelf or puts something there."""


def remembered(
    database: Database, at: Moment, name: str, work: Callable[[], T], *more: Hashable
) -> T:
    """The answer to `work`, worked out once for the record as it stands.

    Args:
        name: what is asked for; `more` is what else it depends on, such as another day.

    Raises:
        ConflictError: another answer is being worked out, and that takes long.
    """
    key = (at.programme.key, name, _newest(at), at.as_of, repr(at.policy), *more)
    with _opening:
        shelf = _shelves.setdefault(database, _Shelf())
        if key in shelf.answers:
            known: T = shelf.find(key)
            return known
    if not shelf.making.acquire(timeout=_PATIENCE):
        raise ConflictError(
            "Figures are being worked out for somebody just now. Try again in half a minute."
        )
    try:
        with _opening:
            if key in shelf.answers:
                again: T = shelf.find(key)
                return again
        made = work()
        with _opening:
            shelf.keep(key, made)
        return made
    finally:
        shelf.making.release()


def _newest(at: Moment) -> str | None:
    """The seal of the last event that changed something."""
    query = (
        select(Event.mac)
        .where(
            col(Event.programme_id) == at.programme.key,
            col(Event.kind).not_in(_CHANGES_NOTHING),
        )
        .order_by(col(Event.seq).desc())
        .limit(1)
    )
    return at.session.exec(query).first()
