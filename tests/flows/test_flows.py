"""The flows on a real Prefect server: they do the work once, say what they did, and hear signals."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from flows import operations
from flows.runtime import FLOW, Runtime
from flows.set_aside import set_aside
from flows.signals import Relayed, relay_signals, relaying
from workflow.models import Case, Reviewer, SignalKind, StoredForecast
from workflow.notifications.outbox import signal
from workflow.queries import count_reviews
from workflow.states import ReviewState

pytestmark = [
    pytest.mark.flow,
    pytest.mark.filterwarnings("default"),  # Prefect and its server bring warnings of their own
]
DAY = date(2016, 1, 20)
KIND = SignalKind.CASELOAD_IMPORTED


@pytest.fixture
def artifacts(prefect_server: None):
    """Reads the artifacts of the server, newest first."""
    from prefect import get_client
    from prefect.client.schemas.objects import Artifact

    def read() -> dict[str, object]:
        async def fetch() -> list:
            async with get_client() as client:
                answer = await client._client.post("/artifacts/latest/filter", json={})
                return [Artifact.model_validate(found) for found in answer.json()]

        return {artifact.key: artifact for artifact in asyncio.run(fetch())}

    return read


def test_the_cycle_tracks_allocates_and_forecasts(council: Runtime, artifacts) -> None:
    from flows.review_cycle import review_cycle

    summary = review_cycle(DAY)
    assert summary["allocate"]["allocated"] > 45
    assert summary["forecast"]["total"] == 60
    assert summary["track"]["released"] == 0
    left = artifacts()
    assert {"allocation", "tracking", "forecast", "burn-down"} <= set(left)
    assert left["burn-down"].data.startswith("data:image/png;base64,")
    table = json.loads(left["allocation"].data)
    assert {"what": "allocated", "value": str(summary["allocate"]["allocated"])} in table


def test_a_flow_run_twice_does_its_work_once(council: Runtime, prefect_server: None) -> None:
    from flows.allocate_reviews import allocate_reviews
    from flows.forecast_completion import forecast_completion

    first, second = allocate_reviews(DAY), allocate_reviews(DAY)
    assert first["allocated"] > 0
    assert second["allocated"] == 0
    assert forecast_completion(DAY) == forecast_completion(DAY)
    with council.read() as at:
        assert len(at.session.exec(select(StoredForecast)).all()) == 1


def test_a_programme_has_one_allocation_run_at_a_time(
    prefect_server: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows import fan_out

    monkeypatch.setattr(fan_out, "_PATIENCE", 1)
    with fan_out.one_allocation(1):
        with pytest.raises(TimeoutError), fan_out.one_allocation(1):
            pytest.fail("two runs of one programme at once")
        with fan_out.one_allocation(2):
            pass
    with fan_out.one_allocation(1):
        pass


def test_files_come_in_through_a_flow(
    council: Runtime, council_files, prefect_server: None
) -> None:
    from flows.import_caseload import import_caseload

    number = set_aside(council_files / "cin_census_2016.xml")
    summary = import_caseload([number], DAY)
    assert number.isalnum()
    assert summary["findings"] > 0  # the synthetic census has children with two open episodes
    assert {name: summary[name] for name in ("files", "refused", "created", "updated")} == {
        "files": 1,
        "refused": 0,
        "created": 0,
        "updated": 0,
    }


def test_the_same_operations_run_without_prefect(council: Runtime) -> None:
    done = operations.allocate(council, actor=FLOW, as_of=DAY)
    operations.track(council, actor=FLOW, as_of=DAY)
    outlook = operations.forecast(council, actor=FLOW, as_of=DAY, paths=500)
    with council.read() as at:
        counts = count_reviews(at.session, at.programme)
    assert counts.by_state[ReviewState.ALLOCATED] == done.run.allocated
    assert outlook.forecast.total == counts.total


def test_nothing_personal_is_among_the_parameters(council: Runtime, prefect_server: None) -> None:
    from prefect import get_client
    from prefect.client.schemas.sorting import FlowRunSort

    from flows.track_reviews import track_reviews

    track_reviews(DAY)

    async def fetch() -> list:
        async with get_client() as client:
            return await client.read_flow_runs(limit=200, sort=FlowRunSort.START_TIME_DESC)

    kept = [run.parameters for run in asyncio.run(fetch())]
    assert kept
    allowed = {"as_of", "files", "programme", "programmes"}
    assert all(set(parameters) <= allowed for parameters in kept)


def test_every_flow_has_a_deployment_on_londons_clock() -> None:
    from flows.deployments import SCHEDULES, TIMEZONE, deployments

    made = {deployment.flow_name: deployment for deployment in deployments()}
    assert set(made) == {
        *("review-cycle", "track-reviews", "forecast-completion", "send-notifications"),
        *("allocate-reviews", "preview-allocation", "import-caseload", "board-report"),
    }
    for item in SCHEDULES:
        schedules = made[item.flow.name].schedules or []
        assert [schedule.schedule.cron for schedule in schedules] == (
            [item.cron] if item.cron else []
        )
        assert all(schedule.schedule.timezone == TIMEZONE for schedule in schedules)


def test_prefects_database_holds_nothing_personal(council: Runtime, prefect_server: None) -> None:
    from prefect.settings.context import get_current_settings

    from flows.track_reviews import track_reviews

    track_reviews(DAY)
    url = get_current_settings().server.database.connection_url.get_secret_value()
    file = Path(url.partition(":///")[2])
    kept = b"".join(part.read_bytes() for part in file.parent.glob(f"{file.name}*"))
    assert b"track-reviews" in kept
    with council.read() as at:
        people = at.session.exec(select(Reviewer.name)).all()
        children = at.session.exec(select(Case.child_id)).all()
        references = at.session.exec(select(Case.reference)).all()
    assert len(children) > 50
    for canary in (*people, *children, *references):
        assert canary.encode() not in kept


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
