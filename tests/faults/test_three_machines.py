"""Machines die, links break, servers stop: every programme's cycle still ends, and exactly once.

With real separation: PostgreSQL, a Prefect server and two workers in network namespaces of their own.
`test_cycles_of_many_processes.py` is the short form.
"""

import json
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from flows.runtime import Runtime
from tests import postgres
from tests.faults.installation import (
    Installation,
    begun,
    check_done_once,
    ended,
    installation,
    turn_to,
)
from tests.faults.machines import Machine, wait_until, why_not

pytestmark = pytest.mark.faults

PROGRAMMES = 6
FIRST = date(2016, 1, 20)
DAYS = [FIRST + timedelta(days) for days in range(3)]
LONGEST = 600.0
"""Seconds within which every cycle has ended, whatever broke."""
MARKED = 900.0
"""Seconds within which Prefect itself has noticed that a run's machine is gone."""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[Installation, Runtime]]:
    if reason := why_not():
        pytest.skip(reason)
    if postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed (Debian's package postgresql)")
    with postgres.temporary_folder() as folder, installation(folder, PROGRAMMES, FIRST) as made:
        yield made


@pytest.mark.soak
def test_every_cycle_ends_once_whatever_dies(service: tuple[Installation, Runtime]) -> None:
    town, runtime = service
    one, two = town.workers
    for worker in town.workers:
        town.start_worker(worker)
    seconds = {}

    _wait_for_middle(runtime, DAYS[0], one)
    one.lose_power()
    lost_at = time.monotonic()
    seconds["a worker's machine lost"] = _wait_for_end(town, runtime, DAYS[0])
    one.mend()
    town.start_worker(one)

    turn_to(runtime, DAYS[1])
    _wait_for_middle(runtime, DAYS[1], two)
    two.cut()
    time.sleep(30)
    two.mend()
    seconds["a worker cut off for 30 s"] = _wait_for_end(town, runtime, DAYS[1])

    turn_to(runtime, DAYS[2])
    _wait_for_middle(runtime, DAYS[2], one)
    town.prefect.kill()
    town.database.kill()
    time.sleep(10)
    town.start_database()
    town.start_prefect()
    seconds["both servers stopped for 10 s"] = _wait_for_end(town, runtime, DAYS[2])

    left = MARKED - (time.monotonic() - lost_at)
    wait_until("the lost run counts as crashed", lambda: _crashed(town), left, every=5)
    with runtime.database.read() as session:
        check_done_once(session, DAYS)
    sys.stdout.write(json.dumps({what: round(took) for what, took in seconds.items()}) + "\n")


def _wait_for_middle(runtime: Runtime, day: date, worker: Machine) -> None:
    """Until cycles of the day are half done, and the worker has a run of its own."""

    def half_done() -> bool:
        with runtime.database.read() as session:
            return begun(session, day) > 0 and len(worker.processes()) > 1

    wait_until("a cycle is half done", half_done, LONGEST, every=0.05)


def _wait_for_end(town: Installation, runtime: Runtime, day: date) -> float:
    def all_ended() -> bool:
        with runtime.database.read() as session:
            return ended(session, day) == PROGRAMMES

    try:
        return wait_until("every cycle has ended", all_ended, LONGEST, every=1)
    except AssertionError:
        sys.stdout.write(town.said())
        raise


def _crashed(town: Installation) -> bool:
    return any(state == "Crashed" for _, state in json.loads(town.run_states()))
