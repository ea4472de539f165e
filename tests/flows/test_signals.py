"""From a signal in the outbox to a flow run on a real Prefect server."""

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flows.runtime import Runtime
from flows.signals import Relayed, relay_signals, relaying
from workflow.models import SignalKind
from workflow.notifications.outbox import signal

pytestmark = [pytest.mark.flow, pytest.mark.filterwarnings("default")]
KIND = SignalKind.CASELOAD_IMPORTED


def leave_word(council: Runtime, kind: SignalKind = KIND) -> int:
    """A signal as a use case leaves it; gives the programme's number."""
    with council.write() as at:
        number = at.programme.key
        signal(at.session, kind, programme_id=number, now=datetime.now(UTC))
    return number


def test_a_trigger_asks_for_the_programme_and_waits_until_things_settle() -> None:
    from flows.deployments import SCHEDULES

    listening = {item.flow.name: item.on_signal for item in SCHEDULES if item.on_signal}
    assert {kind for on in listening.values() for kind in on.kinds} == set(SignalKind)
    for name, on in listening.items():
        trigger = on.trigger(name)
        assert trigger.expect == {kind.value for kind in on.kinds}
        assert trigger.for_each == {"prefect.resource.id"}
        assert trigger.within == trigger.schedule_after == on.settle
        assert set(trigger.parameters or {}) == {"programme"}


def test_many_signals_become_one_event_a_kind_that_says_no_more_than_numbers(
    council: Runtime, prefect_server: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_URL

    monkeypatch.setenv("PREFECT_API_URL", str(PREFECT_API_URL.value()))
    relay_signals(council.database)  # what importing the council left
    for _ in range(3):
        number = leave_word(council, SignalKind.REVIEWS_SUBMITTED)

    assert relay_signals(council.database) == Relayed(signals=3, events=1)
    assert relay_signals(council.database) == Relayed()
    found = []
    with get_client(sync_client=True) as client:
        for _ in range(50):  # the server stores events a moment later
            answer = client._client.post(
                "/events/filter",
                json={"filter": {"event": {"name": [SignalKind.REVIEWS_SUBMITTED.value]}}},
            )
            if found := answer.json()["events"]:
                break
            time.sleep(0.1)
    assert [one["payload"] for one in found] == [{"programme": number, "count": 3}]
    assert found[0]["resource"]["prefect.resource.id"] == f"cin.programme.{number}"


def test_an_import_leaves_a_preview_once(council: Runtime, prefect_server: None) -> None:
    from flows.preview_allocation import preview_allocation

    number = leave_word(council)
    first, second = preview_allocation(number), preview_allocation(number)
    assert first["status"] == "preview"
    assert first["allocated"] > 45
    assert second == {"waiting": 0}


def test_the_send_flow_says_what_it_did(council: Runtime, prefect_server: None) -> None:
    from flows.send_notifications import send_notifications

    summary = send_notifications()
    assert {"sent", "tried_again", "given_up", "signals", "forgotten"} <= set(summary)
    assert send_notifications()["signals"] == 0


@pytest.fixture
def own_server(council: Runtime, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A Prefect server with all of its services, on a port of its own."""
    from flows.serving import prefect_server

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with prefect_server(port) as address:
        monkeypatch.setenv("PREFECT_API_URL", f"{address}/api")
        yield address


@pytest.mark.soak
def test_events_start_one_run_for_a_burst_and_another_one_later(
    council: Runtime, own_server: str
) -> None:
    from flows.deployments import SCHEDULES

    item = next(item for item in SCHEDULES if item.flow.name == "preview-allocation")
    assert item.on_signal is not None
    soon = replace(item.on_signal, settle=timedelta(seconds=5))
    deployment: Any = item.flow.to_deployment(name="local", triggers=[soon.trigger("preview")])
    deployment.apply()
    with relaying(council.database, every=0.2):
        for _ in range(3):
            number = leave_word(council)
            time.sleep(0.5)
        burst = wait_for_runs(1)
        time.sleep(6)
        leave_word(council)
        later = wait_for_runs(2)

    assert [run.parameters for run in burst] == [{"programme": number}]
    assert len(later) == 2


def wait_for_runs(count: int) -> list[Any]:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.sorting import FlowRunSort

    with get_client(sync_client=True) as client:
        for _ in range(150):
            runs = client.read_flow_runs(limit=50, sort=FlowRunSort.ID_DESC)
            if len(runs) >= count:
                return list(runs)
            time.sleep(0.2)
    raise AssertionError(f"there are not {count} runs")
