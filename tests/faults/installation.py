"""The product as it runs on several machines: PostgreSQL, a Prefect server and two workers."""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from sqlmodel import Session, func, select

from flows import operations
from flows.runtime import Runtime, open_runtime, operator
from tests import postgres
from tests.faults.machines import Machine, machines, wait_until
from workflow import audit
from workflow.demo import make_caseload, make_roster, write_caseload, write_roster
from workflow.geography import load_geography
from workflow.models import (
    AllocationRun,
    CycleEntry,
    CycleStep,
    Event,
    Programme,
    StoredForecast,
    Sweep,
)
from workflow.programmes import start_programme
from workflow.settings import Settings

KEY = "a key for tests only, and not a short one"
AUTH = "cin:only-for-tests"
CIN = Path(sys.executable).with_name("cin")
ROLES = Path(__file__).parents[2] / "deploy" / "postgresql" / "roles.sh"
PORT, PREFECT_PORT = 5432, 4200
CASES, REVIEWERS = 40, 6
ALIVE = "keepalives_idle=5&keepalives_interval=2&keepalives_count=3&connect_timeout=5"
"""How soon a worker notices that the database's machine is gone."""
_WATCH = (
    *("-c", "tcp_keepalives_idle=5", "-c", "tcp_keepalives_interval=2"),
    *("-c", "tcp_keepalives_count=3", "-c", "tcp_user_timeout=10000"),
)
"""How soon the database notices that a worker's machine is gone, and frees what it had locked."""
_SCHEDULE = """
import sys
from datetime import timedelta
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentUpdate
from prefect.client.schemas.schedules import IntervalSchedule
from prefect.client.schemas.sorting import DeploymentSort
with get_client(sync_client=True) as client:
    found = client.read_deployment_by_name("every-programme/pool")
    for other in client.read_deployments(limit=100, sort=DeploymentSort.NAME_ASC):
        for schedule in other.schedules:
            client.delete_deployment_schedule(other.id, schedule.id)
    interval = IntervalSchedule(interval=timedelta(seconds=40), timezone="Europe/London")
    client.create_deployment_schedules(found.id, [(interval, True)])
    client.update_deployment(
        found.id, DeploymentUpdate(parameters={"at_a_time": 2, "patience": 1})
    )
"""
_STATES = """
import json
from prefect.client.orchestration import get_client
from prefect.client.schemas.sorting import FlowRunSort
with get_client(sync_client=True) as client:
    runs = client.read_flow_runs(limit=200, sort=FlowRunSort.ID_DESC)
print(json.dumps([[run.name, run.state_name] for run in runs]))
"""


class Installation:
    """Four machines and what runs on them."""

    def __init__(self, folder: Path, made: Mapping[str, Machine]) -> None:
        self.database, self.prefect = made["database"], made["prefect"]
        self.workers = [made["one"], made["two"]]
        self.folder = folder
        url = f"postgresql+psycopg://cin_app@{self.database.address}:{PORT}/cin?{ALIVE}"
        for machine in made.values():
            machine.environment = {
                "CIN_DATABASE_URL": url,
                "CIN_AUDIT_KEY": KEY,
                "CIN_DATA_FOLDER": str(machine.folder / "data"),
                "PREFECT_API_URL": f"http://{self.prefect.address}:{PREFECT_PORT}/api",
                "PREFECT_API_AUTH_STRING": AUTH,
                "PREFECT_WORKER_QUERY_SECONDS": "2",
            }
        self.prefect.environment |= {
            "PREFECT_SERVER_API_AUTH_STRING": AUTH,
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": (
                f"postgresql+asyncpg://prefect@{self.database.address}:{PORT}/prefect"
            ),
        }

    @property
    def socket(self) -> str:
        """The product's database without the network, as its owner: for the test itself."""
        return f"postgresql+psycopg://cin@/cin?host={self.database.folder}&port={PORT}"

    def make_database(self) -> None:
        """An empty cluster that the other machines may reach, with the roles of the guide."""
        home = self.database.folder
        home.chmod(0o777)
        self._as_postgres("initdb", "-D", home / "cluster", "-A", "trust", "--no-sync")
        with (home / "cluster" / "pg_hba.conf").open("a") as rules:
            rules.write("host all all 198.18.77.0/24 trust\n")
        self.start_database()
        names = ("OWNER", "APP", "FLOWS")
        passwords = {f"{name}_DATABASE_PASSWORD": "only-for-tests" for name in names}
        here = {"PGHOST": str(home), "PGPORT": str(PORT), "POSTGRES_USER": _account()}
        subprocess.run([ROLES], check=True, env=os.environ | passwords | here, capture_output=True)

    def start_database(self) -> None:
        home = self.database.folder
        listen = f"listen_addresses={self.database.address}"
        self.database.start(
            [
                *("setpriv", f"--reuid={_account()}", f"--regid={_account()}", "--clear-groups"),
                *(_tool("postgres"), "-D", home / "cluster", "-k", home, "-p", str(PORT)),
                *("-c", listen, "-c", "fsync=off", *_WATCH),
            ],
            cwd="/",
        )
        wait_until("the database answers", self._database_answers, 30)

    def start_prefect(self) -> None:
        self.prefect.start([CIN, "flows", "server", "--host", self.prefect.address])
        wait_until("the Prefect server answers", self._prefect_answers, 90, every=1)

    def start_worker(self, machine: Machine) -> None:
        machine.start([CIN, "flows", "worker", "--name", machine.name, "--limit", "2"])

    def deploy(self) -> None:
        """The pool, with one schedule: the cycles are shared out every forty seconds."""
        self.prefect.run([CIN, "flows", "deploy"])
        self.prefect.run([sys.executable, "-c", _SCHEDULE])

    def run_states(self) -> str:
        """Every flow run with its state, as JSON."""
        return self.prefect.run([sys.executable, "-c", _STATES])

    def said(self) -> str:
        """What the programs said last, for a test that failed."""
        everyone = (self.database, self.prefect, *self.workers)
        return "\n".join(f"== {machine.name}\n{machine.said()}" for machine in everyone)

    def _as_postgres(self, tool: str, *arguments: str | Path) -> None:
        account = pwd.getpwnam(_account())
        subprocess.run(
            [_tool(tool), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
            user=account.pw_uid,
            group=account.pw_gid,
        )

    def _database_answers(self) -> bool:
        command = [_tool("pg_isready"), "-h", self.database.folder, "-p", str(PORT)]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0

    def _prefect_answers(self) -> bool:
        address = self.prefect.environment["PREFECT_API_URL"]
        ask = f"import urllib.request as u; u.urlopen('{address}/health', timeout=2)"
        command = [sys.executable, "-S", "-c", ask]
        return (
            subprocess.run(
                self.prefect.inside(command), check=False, capture_output=True
            ).returncode
            == 0
        )


def _account() -> str:
    return "postgres" if "postgres" in {entry.pw_name for entry in pwd.getpwall()} else "nobody"


def _tool(name: str) -> Path:
    tools = postgres.binaries()
    assert tools is not None
    found = shutil.which(name, path=f"{tools}:{os.environ['PATH']}")
    assert found, name
    return Path(found)


@contextmanager
def installation(
    folder: Path, programmes: int, day: date
) -> Iterator[tuple[Installation, Runtime]]:
    """Everything up, with some programmes; and the test's own way into their database."""
    with machines(folder, ("database", "prefect", "one", "two")) as made:
        service = Installation(folder, made)
        service.make_database()
        runtime = open_runtime(
            Settings(database_url=service.socket, audit_key=KEY, data_folder=folder / "test")
        )
        start_programmes(runtime, folder, programmes, day)
        service.start_prefect()
        service.deploy()
        try:
            yield service, runtime
        finally:
            runtime.database.close()


def start_programmes(runtime: Runtime, folder: Path, count: int, day: date) -> None:
    """Councils of the same forty children each, imported and with their rosters."""
    geography = load_geography()
    caseload = make_caseload(geography, seed=7, cases=CASES)
    files = write_caseload(caseload, geography, folder)
    roster = write_roster(
        make_roster(caseload, geography, seed=7, reviewers=REVIEWERS), folder / "roster.xlsx"
    )
    for number in range(1, count + 1):
        name = f"Council {number}"
        with runtime.database.write() as session:
            start_programme(
                session,
                actor=operator(),
                now=datetime.now(UTC),
                name=name,
                demo_today=day,
                seed=number,
            )
        own = Runtime(runtime.database, name)
        operations.import_file(own, files.annex_a, actor=operator(), as_of=day)
        operations.take_roster(own, roster, actor=operator())


def turn_to(runtime: Runtime, day: date) -> None:
    """Another day in every programme."""
    with runtime.database.write() as session:
        for programme in session.exec(select(Programme)):
            programme.demo_today = day


def ended(session: Session, day: date) -> int:
    """Programmes whose cycle of the day has ended."""
    query = select(func.count()).where(CycleEntry.day == day, CycleEntry.step == CycleStep.END)
    return session.exec(query).one()


def begun(session: Session, day: date) -> int:
    """Programmes whose cycle of the day has begun and not ended."""
    query = select(func.count(func.distinct(CycleEntry.programme_id)))
    return session.exec(query.where(CycleEntry.day == day)).one() - ended(session, day)


def check_done_once(session: Session, days: Iterable[date]) -> None:
    """Every programme's cycle of every day: each step once, with its effect, and the record whole."""
    days = list(days)
    for programme in session.exec(select(Programme)).all():
        entries = session.exec(
            select(CycleEntry).where(CycleEntry.programme_id == programme.key)
        ).all()
        done = sorted((entry.day, entry.step) for entry in entries)
        assert done == sorted((day, step) for day in days for step in CycleStep)
        told = session.exec(
            select(Event).where(Event.programme_id == programme.key, Event.kind == "cycle_ended")
        ).all()
        assert sorted(event.payload["day"] for event in told) == [day.isoformat() for day in days]
        for effect in (Sweep, AllocationRun, StoredForecast):
            kept = session.exec(select(effect).where(effect.programme_id == programme.key)).all()
            assert sorted(row.as_of for row in kept) == days
        assert audit.verify(session, programme.key).ok
