"""What the daily cycle of many programmes costs: by size, by number, and on one worker or two.

`python -m tests.bench.bench_programmes [--sizes 100,1000,10000] [--programmes 6] [--cases 250]`.
The long form is `--sizes 250,2500,25000 --programmes 100 --cases 2500`. Growth is processor time without
Prefect, so that a busy machine does not show; workers are real ones with a Prefect server and PostgreSQL
on this machine's loopback, and their seconds are the clock's.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import mean

import numpy as np
from sqlmodel import Session, SQLModel, func, select

from flows.daily_cycle import allocate_once as allocate
from flows.daily_cycle import cycle_of, end_once, forecast_once, report_once, track_once
from flows.runtime import Runtime
from tests import postgres
from tests.bench.councils import DAY, add_council
from workflow.db import Database
from workflow.models import CycleEntry, CycleStep, Programme

KEY = "a key for measuring only, long enough"
CIN = Path(sys.executable).with_name("cin")
STEPS = {
    "track": track_once,
    "allocate": allocate,
    "forecast": forecast_once,
    "report": report_once,
    "end": end_once,
}
MOST = 3600.0
"""Seconds after which a pool that has not ended is given up."""
_START = """
import sys
from prefect.deployments import run_deployment
run_deployment("every-programme/pool", parameters={"at_a_time": int(sys.argv[1])}, timeout=0)
"""


@dataclass(frozen=True, slots=True)
class Growth:
    """Processor seconds of one programme's cycle at several sizes, and how they grow."""

    sizes: list[int]
    seconds: list[float]
    steps: list[dict[str, float]]
    exponent: float
    """Slope of log seconds on log size; 1 is in proportion."""
    exponent_at_large: float
    """The slope between the two largest sizes, where what every cycle costs counts for little."""


@dataclass(frozen=True, slots=True)
class Pool:
    """The same programmes' cycles on one worker and on two."""

    programmes: int
    cases: int
    processors: int
    bare: float
    """Processor seconds of the same cycles without Prefect, one after the other."""
    one: float
    two: list[float]
    """Before and after the one worker's turn: later runs find a warmer machine, but more history."""

    @property
    def gain(self) -> float:
        """How much sooner two workers are done."""
        return self.one / mean(self.two)


def growth(sizes: Sequence[int]) -> Growth:
    """One programme of each size, on SQLite."""
    steps = [_cost(size) for size in sizes]
    seconds = [sum(parts.values()) for parts in steps]
    rounded = [round(taken, 3) for taken in seconds]
    slopes = (_slope(sizes, seconds), _slope(sizes[-2:], seconds[-2:]))
    return Growth(list(sizes), rounded, steps, *slopes)


def _slope(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    return round(float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0]), 3)


def _cost(cases: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="cin-bench-") as folder:
        database = Database(f"sqlite:///{folder}/cin.db", audit_key=KEY.encode())
        SQLModel.metadata.create_all(database.engine)
        with database.write() as session:
            number = add_council(session, "Bench", cases)
        taken = _run(Runtime(database, programme_id=number))
        database.close()
    return taken


def _run(runtime: Runtime) -> dict[str, float]:
    cycle, taken = cycle_of(runtime), {}
    for name, step in STEPS.items():
        started = time.process_time()
        step(runtime, cycle)
        taken[name] = round(time.process_time() - started, 4)
    return taken


def pool(programmes: int, cases: int, at_a_time: int) -> Pool:
    """Everything on one machine: PostgreSQL, a Prefect server, two workers, one, two again."""
    with ExitStack() as stack:
        folder = stack.enter_context(postgres.temporary_folder())
        address = stack.enter_context(postgres.server(folder))
        for name in ("cin", "prefect"):
            _psql(address, f"CREATE DATABASE {name}")
        database = Database(f"{address}/cin", audit_key=KEY.encode())
        stack.callback(database.close)
        numbers = _fill(database, programmes, cases)
        bare = sum(sum(_run(Runtime(database, programme_id=n)).values()) for n in numbers[:3])
        service = stack.enter_context(_served(address, folder))
        seconds = []
        for turn, workers in enumerate((2, 1, 2), start=1):
            day = DAY + timedelta(turn)
            _turn_to(database, day)
            with _working(service, workers):
                taken = _clock(service, database, day, programmes, at_a_time)
            sys.stderr.write(f"{workers} workers: {taken:.1f} s\n")
            seconds.append(round(taken, 1))
    return Pool(
        programmes,
        cases,
        os.cpu_count() or 1,
        round(bare * programmes / len(numbers[:3]), 1),
        one=seconds[1],
        two=[seconds[0], seconds[2]],
    )


def _fill(database: Database, programmes: int, cases: int) -> list[int]:
    from workflow.migrations import upgrade

    upgrade(database)
    numbers = []
    for number in range(programmes):
        with database.write() as session:
            numbers.append(add_council(session, f"Council {number}", cases, seed=number))
    return numbers


@contextmanager
def _served(address: str, folder: Path) -> Iterator[dict[str, str]]:
    """A Prefect server with our flows deployed; gives the environment of its workers."""
    port = postgres._free_port()
    environment = os.environ | {
        "CIN_DATABASE_URL": f"{address}/cin",
        "CIN_AUDIT_KEY": KEY,
        "CIN_DATA_FOLDER": str(folder / "service"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": (
            address.replace("+psycopg", "+asyncpg") + "/prefect"
        ),
        "PREFECT_WORKER_QUERY_SECONDS": "1",
    }
    (folder / "service").mkdir(mode=0o777)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(
        [CIN, "flows", "server", "--port", str(port)], env=environment, **quiet
    )
    try:
        from flows.serving import is_healthy

        _wait(lambda: is_healthy(f"http://127.0.0.1:{port}"), 120)
        subprocess.run([CIN, "flows", "deploy"], env=environment, check=True, **quiet)
        yield environment
    finally:
        server.terminate()
        server.wait(30)


@contextmanager
def _working(environment: dict[str, str], count: int) -> Iterator[None]:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    workers = [
        subprocess.Popen(
            [CIN, "flows", "worker", "--limit", "1", "--name", f"worker-{number}"],
            env=environment,
            **quiet,
        )
        for number in range(count)
    ]
    time.sleep(15)  # until they have started and ask for runs
    try:
        yield
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait(60)


def _clock(
    environment: dict[str, str], database: Database, day: date, programmes: int, at_a_time: int
) -> float:
    """Seconds from the first step of the first programme to the end of the last."""
    subprocess.run(
        [sys.executable, "-c", _START, str(at_a_time)], env=environment, check=True, timeout=120
    )
    _wait(lambda: _count(database, day, CycleStep.TRACK) > 0, MOST)
    started = time.perf_counter()
    _wait(lambda: _count(database, day, CycleStep.END) == programmes, MOST)
    return time.perf_counter() - started


def _count(database: Database, day: date, step: CycleStep) -> int:
    query = select(func.count()).where(CycleEntry.day == day, CycleEntry.step == step)
    with database.read() as session:
        return session.exec(query).one()


def _turn_to(database: Database, day: date) -> None:
    with database.write() as session:
        for programme in _programmes(session):
            programme.demo_today = day


def _programmes(session: Session) -> Sequence[Programme]:
    return session.exec(select(Programme)).all()


def _wait(holds, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s")
        time.sleep(0.25)


def _psql(address: str, statement: str) -> None:
    import sqlalchemy as sa

    engine = sa.create_engine(
        f"{address}/postgres", isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with engine.connect() as connection:
        connection.execute(sa.text(statement))


def main() -> None:
    """Print the figures, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="100,1000,10000")
    parser.add_argument("--programmes", type=int, default=6, help="0 leaves the workers out")
    parser.add_argument("--cases", type=int, default=250)
    parser.add_argument("--at-a-time", type=int, default=0, help="programmes in one run")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    grown = growth([int(size) for size in asked.sizes.split(",")])
    shared = None
    if asked.programmes:
        at_a_time = asked.at_a_time or max(1, min(10, asked.programmes // 4))
        shared = pool(asked.programmes, asked.cases, at_a_time)
    result = {
        "growth": asdict(grown),
        "pool": asdict(shared) | {"gain": round(shared.gain, 2)} if shared else None,
    }
    json.dump(result, sys.stdout, indent=None if asked.json else 1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
