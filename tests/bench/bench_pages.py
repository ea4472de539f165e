"""What a page costs the server, against the least that Starlette can do.

`python -m tests.bench.bench_pages [--cases 10000] [--rounds 5] [--users 300] [--json]`. Processor time
per request is steady on a busy machine, seconds are not; so each page is a multiple of a plain Starlette
"hello" measured in the same round. With `--users`, as many people as that ask 60 pages a second.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.factories import make_actor, make_programme, make_reviewer
from workflow.accounts import create_account, open_session
from workflow.migrations import upgrade
from workflow.models import Case, Review
from workflow.settings import Settings
from workflow.states import ReviewState, Role

PAGES = {
    "unallocated": "/reviews",
    "allocated, page 9": "/reviews?view=allocated&page=9",
    "overdue": "/reviews?view=overdue",
    "filtered": "/reviews?view=all&district=E07000117&band=4&sort=-due",
    "one case": "/reviews/CIN-00042",
}
REQUESTS = 120
LIMIT = 110
"""Times the cost of hello that a worklist may take."""
DAY = date(2016, 2, 10)


async def _hello(_: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


hello = Starlette(routes=[Route("/", _hello)])
"""The least a server can do."""


@dataclass(frozen=True, slots=True)
class Line:
    """One page: processor time of the server per request in microseconds, and against hello."""

    page: str
    cases: int
    cpu_us: float
    times_hello: float


@dataclass(frozen=True, slots=True)
class Crowd:
    """Many people at once: requests sent, how many failed, and how long they waited."""

    users: int
    sent: int
    failed: int
    p50_ms: float
    p99_ms: float


def fill(settings: Settings, cases: int) -> str:
    """A programme of so many cases in all states; gives a coordinator's token."""
    database = settings.database()
    upgrade(database)
    states = list(ReviewState)
    districts = ("E07000117", "E07000118", "E07000119", "E07000123")
    with database.write() as session:
        programme = make_programme(demo_today=DAY)
        session.add(programme)
        session.flush()
        people = [make_reviewer(session, programme) for _ in range(60)]
        rows = [
            Case(
                id=number,
                programme_id=programme.key,
                reference=f"CIN-{number:05}",
                child_id=f"SYN{number:07}",
                episode_start=date(2015, 6, 1),
                family=f"F{number // 2}",
                district=districts[number % 4],
                team=f"Team {number % 30}",
                facts={"birth_on": "2008-05-01"},
                in_cohort=True,
                band=1 + number % 5,
                effort=6,
            )
            for number in range(1, cases + 1)
        ]
        session.bulk_save_objects(rows)
        session.bulk_save_objects(
            Review(
                programme_id=programme.key,
                case_id=case.id or 0,
                state=states[number % len(states)],
                reviewer_id=people[number % 60].key if number % len(states) else None,
                due_on=DAY + timedelta(days=number % 40 - 20),
                opened_on=date(2016, 1, 20),
            )
            for number, case in enumerate(rows)
        )
        account = create_account(
            session,
            programme=programme,
            user_name="bench",
            name="Bench",
            roles=[Role.COORDINATOR],
            actor=make_actor(Role.ADMINISTRATOR),
            now=datetime.now(UTC),
        )
        session.flush()
        token = open_session(session, account=account, now=datetime.now(UTC))
    database.close()
    return token


@contextmanager
def served(
    app: str, environment: dict[str, str], *, factory: bool = False
) -> Iterator[tuple[int, str]]:
    """A server of its own: process and address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", app, "--port", str(port), "--log-level", "error"]
    process = subprocess.Popen(
        [*command, *(["--factory"] if factory else [])], env=os.environ | environment
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                httpx2.get(address + "/healthz")
                break
            except httpx2.HTTPError:
                time.sleep(0.1)
        yield process.pid, address
    finally:
        process.terminate()
        process.wait(10)


def processor_seconds(pid: int) -> float:
    """User and system time a process has taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cost(client: httpx2.Client, pid: int, url: str, requests: int) -> float:
    """Processor seconds of the server for one request."""
    before = processor_seconds(pid)
    for _ in range(requests):
        answer = client.get(url)
        assert answer.status_code == 200, answer.status_code
    return (processor_seconds(pid) - before) / requests


def crowd(address: str, token: str, *, users: int, per_second: float, seconds: float) -> Crowd:
    """So many signed-in people, who together send so many requests a second, come what may."""
    waits: list[float] = []
    failed: list[int] = []
    started = time.perf_counter()

    def person(number: int) -> None:
        with httpx2.Client(cookies={"cin_session": token}, timeout=30) as client:
            paths = list(PAGES.values())
            turn = number
            while (due := started + turn / per_second) < started + seconds:
                time.sleep(max(due - time.perf_counter(), 0))
                asked = time.perf_counter()
                answer = client.get(address + paths[turn % len(paths)])
                waits.append(time.perf_counter() - asked)
                if answer.status_code != 200:
                    failed.append(answer.status_code)
                turn += users

    people = [threading.Thread(target=person, args=(number,)) for number in range(users)]
    for thread in people:
        thread.start()
    for thread in people:
        thread.join()
    waits.sort()
    return Crowd(
        users,
        len(waits),
        len(failed),
        1000 * waits[len(waits) // 2],
        1000 * waits[int(len(waits) * 0.99)],
    )


def measure(cases: int, rounds: int, *, users: int = 0) -> tuple[list[Line], Crowd | None]:
    """Every page, the median of the rounds; each round measures hello beside them."""
    with tempfile.TemporaryDirectory(prefix="cin-bench-") as folder:
        url = f"sqlite:///{folder}/cin.db"
        token = fill(Settings(database_url=url, data_folder=Path(folder)), cases)
        ours = {"CIN_DATABASE_URL": url, "CIN_DATA_FOLDER": folder}
        with (
            served("tests.bench.bench_pages:hello", {}) as plain,
            served("api.app:create_app_from_environment", ours, factory=True) as app,
            httpx2.Client(cookies={"cin_session": token}, timeout=60) as client,
        ):
            for path in PAGES.values():
                client.get(app[1] + path)
            found: dict[str, list[tuple[float, float]]] = {page: [] for page in PAGES}
            for _ in range(rounds):
                base = cost(client, plain[0], plain[1] + "/", REQUESTS * 20)
                for page, path in PAGES.items():
                    taken = cost(client, app[0], app[1] + path, REQUESTS)
                    found[page].append((taken, taken / base))
            many = crowd(app[1], token, users=users, per_second=60, seconds=20) if users else None
    lines = [
        Line(
            page,
            cases,
            1e6 * statistics.median(taken for taken, _ in costs),
            statistics.median(times for _, times in costs),
        )
        for page, costs in found.items()
    ]
    return lines, many


def main() -> None:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--users", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    lines, many = measure(asked.cases, asked.rounds, users=asked.users)
    if asked.json:
        json.dump(
            {"pages": [asdict(line) for line in lines], "crowd": asdict(many) if many else None},
            sys.stdout,
            indent=1,
        )
        return
    print(f"{'page':<20} {'cases':>7} {'CPU us':>8} {'x hello':>8}")  # noqa: T201
    for line in lines:
        print(f"{line.page:<20} {line.cases:>7} {line.cpu_us:>8.0f} {line.times_hello:>8.1f}")  # noqa: T201
    if many:
        print(many)  # noqa: T201


if __name__ == "__main__":
    main()
