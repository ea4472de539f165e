"""The flows on a real Prefect server: they do the work once, and say what they did."""

import asyncio
import json
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from flows import operations
from flows.runtime import FLOW, Runtime
from flows.set_aside import set_aside
from workflow.models import Case, Reviewer, StoredForecast
from workflow.queries import count_reviews
from workflow.states import ReviewState

pytestmark = [
    pytest.mark.flow,
    pytest.mark.filterwarnings("default"),  # Prefect and its server bring warnings of their own
]
DAY = date(2016, 1, 20)


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
