"""The flows in a work pool: what is deployed, what is started, and what is refused."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from flows import daily_cycle
from flows.commands import flows as commands
from flows.runtime import Runtime
from workflow.cycles import CycleDay
from workflow.models import CycleEntry, CycleStep
from workflow.operations.prefect_lock import OpenServerError, check_client, check_server

pytestmark = pytest.mark.filterwarnings("default")  # Prefect brings warnings of its own
DAY = date(2016, 1, 20)


def test_the_pool_has_every_flow_by_module_and_shares_the_cycles_out() -> None:
    from flows.deployments import SCHEDULES
    from flows.scaling import pool_deployments

    made = {deployment.flow_name: deployment for deployment in pool_deployments("cin")}
    assert set(made) == {item.flow.name for item in SCHEDULES} | {"every-programme"}
    assert all(deployment.work_pool_name == "cin" for deployment in made.values())
    assert made["track-reviews"].entrypoint == "flows.track_reviews.track_reviews"
    assert made["review-cycle"].schedules == []
    assert made["review-cycle"].concurrency_limit is None
    assert [one.schedule.cron for one in made["every-programme"].schedules] == ["*/15 6-8 * * 1-5"]


def test_runs_without_a_heartbeat_crash_and_crashed_runs_are_started_again() -> None:
    from flows.scaling import automations

    dispatch = uuid4()
    crash, again, late = automations(dispatch, alert=[])
    assert "prefect.flow-run.heartbeat" in crash.trigger.after
    assert crash.actions[0].type == "change-flow-run-state"
    assert again.actions[0].deployment_id == dispatch
    assert late.actions[0].type == "do-nothing"


@pytest.mark.parametrize(
    ("state", "minutes", "lives"),
    [
        ("SCHEDULED", 600, True),
        ("RUNNING", 5, True),
        ("RUNNING", 46, False),
        ("PENDING", 46, False),
        ("CRASHED", 1, False),
        ("COMPLETED", 1, False),
    ],
)
def test_a_run_that_ended_or_was_lost_holds_nobody_up(
    state: str, minutes: int, lives: bool
) -> None:
    from prefect.client.schemas.objects import FlowRun, StateType

    from flows.every_programme import PATIENCE, _lives

    now = datetime(2016, 1, 20, 7, tzinfo=UTC)
    began = now - timedelta(minutes=minutes)
    run = FlowRun(flow_id=uuid4(), state_type=StateType(state), expected_start_time=began)
    assert _lives(run, now, PATIENCE) is lives


def test_two_requests_for_the_same_programmes_are_one_run() -> None:
    from flows.every_programme import Batch

    assert Batch((1, 2), 0).key(DAY) == Batch((1, 2), 0).key(DAY) == "2016-01-20 1 2 #0"
    assert Batch((1, 2), 1).key(DAY) != Batch((1, 2), 0).key(DAY)


def test_planned_runs_can_be_stored_as_prefect_stores_them() -> None:
    from prefect.server.database import orm_models
    from sqlalchemy.orm import Session

    from flows.prefect_server import mend_scheduler

    mend_scheduler()
    engine = sa.create_engine("sqlite://")
    orm_models.FlowRun.__table__.create(engine)
    planned = {"id": uuid4(), "flow_id": uuid4(), "name": "planned", "state": {"type": "SCHEDULED"}}
    with Session(engine) as session:
        session.execute(sa.insert(orm_models.FlowRun), [planned])
        names = session.scalars(sa.select(orm_models.FlowRun.name)).all()
    engine.dispose()
    assert names == ["planned"]


def test_the_cycle_runs_once_a_day_and_says_the_same_again(council: Runtime) -> None:
    cycle = CycleDay(DAY)
    first = daily_cycle.run_cycle(council, cycle)
    assert list(first) == [step.value for step in CycleStep]
    assert first["allocate"]["allocated"] > 45
    assert first["report"]["figures"]["reviews.open"] == 60
    assert daily_cycle.run_cycle(council, cycle) == first
    with council.read() as at:
        assert at.session.scalar(sa.select(sa.func.count()).select_from(CycleEntry)) == 5


def test_the_same_files_make_one_cycle_of_their_own(tmp_path) -> None:
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    one.write_text("a")
    other.write_text("b")
    assert daily_cycle.occasion_of([]) == "daily"
    assert daily_cycle.occasion_of([one, other]) == daily_cycle.occasion_of([other, one])
    assert daily_cycle.occasion_of([one]) != daily_cycle.occasion_of([other])


def test_a_server_that_others_reach_must_ask_for_a_password() -> None:
    check_server("127.0.0.1", {})
    check_server("10.0.0.2", {"PREFECT_SERVER_API_AUTH_STRING": "cin:secret"})
    with pytest.raises(OpenServerError, match="open to everybody"):
        check_server("10.0.0.2", {})


@pytest.mark.parametrize(
    ("address", "is_production", "fault"),
    [
        ("", False, "Set PREFECT_API_URL"),
        ("http://flows.example/api", True, "in clear"),
        ("http://flows.example/api", False, None),
        ("https://flows.example/api", True, None),
        ("http://127.0.0.1:4200/api", True, None),
    ],
)
def test_workers_send_no_password_in_clear(
    address: str, is_production: bool, fault: str | None
) -> None:
    environment = {"PREFECT_API_URL": address}
    if fault is None:
        check_client(environment, is_production=is_production)
        return
    with pytest.raises(OpenServerError, match=fault):
        check_client(environment, is_production=is_production)


def test_a_worker_takes_one_run_for_each_processor(
    monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    became = []
    monkeypatch.setattr(commands.os, "execv", lambda _, arguments: became.append(arguments[1:]))
    monkeypatch.setattr(commands.os, "cpu_count", lambda: 3)
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:4200/api")
    monkeypatch.setenv("CIN_DATA_FOLDER", str(tmp_path))
    for name in commands._ONE_THREAD:
        monkeypatch.delenv(name, raising=False)
    commands.worker(name="web")
    arguments = became[0]
    assert arguments[arguments.index("--limit") + 1] == "3"
    assert arguments[arguments.index("--name") + 1] == "web"
    assert arguments[arguments.index("--type") + 1] == "process"
