"""Quality facts for pages and programs: counted once for each state of the record."""

from collections import OrderedDict
from threading import Lock
from typing import Final

from api.moments import Moment
from workflow.models import AuditHead
from workflow.reporting.quality import QualityFacts, quality_facts

_MOST: Final = 8
_kept: OrderedDict[tuple[object, ...], QualityFacts] = OrderedDict()
_lock = Lock()


def facts_at(at: Moment) -> QualityFacts:
    """The facts of today; the same record of the same day is counted only once.

    Protecting small numbers in all tables together takes a second or more.
    """
    head = at.session.get(AuditHead, at.programme.key)
    where = at.session.get_bind().engine.url
    key = (
        str(where),
        at.programme.key,
        at.as_of,
        head.mac if head else "",
        repr(at.policy.quality),
    )
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
        facts = quality_facts(at.session, programme=at.programme, policy=at.policy, as_of=at.as_of)
        _kept[key] = facts
        while len(_kept) > _MOST:
            _kept.popitem(last=False)
        return facts
