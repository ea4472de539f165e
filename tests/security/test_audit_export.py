"""Events leave for another system in order, whole, and from where it stopped."""

import json

from sqlmodel import Session

from tests.factories import make_review
from workflow.audit_log import event_lines
from workflow.models import Programme


def test_events_are_lines_of_json_that_carry_their_links(
    session: Session, programme: Programme
) -> None:
    for _ in range(3):
        make_review(session, programme)
    session.flush()
    events = [json.loads(line) for line in event_lines(session, programme)]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [event["previous_mac"] for event in events[1:]] == [
        event["mac"] for event in events[:-1]
    ]
    later = [json.loads(line) for line in event_lines(session, programme, after=2)]
    assert later == events[2:]
