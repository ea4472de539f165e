"""What Prefect adds to the daily cycle, and what a list's query takes without its page.

`python -m tests.bench.bench_cycle [--cases 2500] [--json]`. The cycle is timed by the clock, as a flow
run and by calling the same use cases; the query by processor time.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from tests.bench.councils import DAY, add_council

ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Cycle:
    """Seconds of one programme's cycle; `query_us` is processor time of one worklist query."""

    cases: int
    bare: float
    flow: float
    server_start: float
    query_us: float


def measure(cases: int) -> Cycle:
    """The same cycle on two days: first bare, then as a flow run."""
    with tempfile.TemporaryDirectory(prefix="cin-bench-") as folder:
        os.environ["CIN_DATABASE_URL"] = f"sqlite:///{Path(folder) / 'cin.db'}"
        os.environ["CIN_DATA_FOLDER"] = folder
        return _measure(cases)


def _measure(cases: int) -> Cycle:
    from prefect.testing.utilities import prefect_test_harness

    from flows.daily_cycle import cycle_of, run_cycle
    from flows.review_cycle import review_cycle
    from flows.runtime import open_runtime

    runtime = open_runtime()
    with runtime.database.write() as session:
        add_council(session, "Bench", cases)
    query = _query(runtime)
    run_cycle(runtime, cycle_of(runtime, DAY - timedelta(3)))  # imports, caches
    bare = _seconds(lambda: run_cycle(runtime, cycle_of(runtime, DAY - timedelta(2))))
    started = time.perf_counter()
    with prefect_test_harness(server_startup_timeout=120):
        server = time.perf_counter() - started
        review_cycle(DAY - timedelta(1))
        flow = _seconds(lambda: review_cycle(DAY))
    return Cycle(cases, round(bare, 3), round(flow, 3), round(server, 1), round(query, 1))


def _query(runtime) -> float:
    """Microseconds of processor time for one page of a worklist, without the page."""
    from workflow.worklists import Query, worklist

    taken = []
    for _ in range(ROUNDS):
        with runtime.read() as at:
            started = time.process_time()
            worklist(at.session, at.programme, Query(), as_of=at.as_of)
            taken.append(time.process_time() - started)
    return 1e6 * statistics.median(taken)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    """Print the figures, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2500)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = asdict(measure(asked.cases))
    json.dump(found, sys.stdout, indent=None if asked.json else 1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
