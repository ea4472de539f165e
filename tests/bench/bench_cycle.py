"""What a caseload of 2,500 and 60 reviewers costs, and what Prefect adds to the cycle."""

import os
import resource
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter


def timed(name: str, work: Callable[[], object]) -> float:
    """Do it once and print the seconds."""
    started = perf_counter()
    work()
    seconds = perf_counter() - started
    print(f"{name:<40}{seconds:8.2f} s")  # noqa: T201 - a bench prints
    return seconds


def main() -> None:
    """Import, allocate, track and forecast without Prefect; then the same cycle as a flow run."""
    with tempfile.TemporaryDirectory(prefix="cin-bench-") as name:
        folder = Path(name)
        os.environ["CIN_DATABASE_URL"] = f"sqlite:///{folder / 'cin.db'}"
        os.environ["CIN_DATA_FOLDER"] = str(folder)
        _measure(folder)


def _measure(folder: Path) -> None:
    from flows import operations
    from flows.runtime import FLOW, open_runtime
    from workflow.demo import make_caseload, make_roster, write_caseload, write_roster
    from workflow.geography import load_geography
    from workflow.programmes import DEFAULT_START as DAY

    geography = load_geography()
    caseload = make_caseload(geography, seed=1)
    files = [*write_caseload(caseload, geography, folder)]
    roster = write_roster(make_roster(caseload, geography, seed=1), folder / "roster.xlsx")
    runtime = open_runtime()
    for file in files:
        timed(
            f"import {file.name}",
            lambda file=file: operations.import_file(runtime, file, actor=FLOW, as_of=DAY),
        )
    timed("roster", lambda: operations.take_roster(runtime, roster, actor=FLOW))
    timed("allocate 2,500", lambda: operations.allocate(runtime, actor=FLOW, as_of=DAY))
    bare = timed("track", lambda: operations.track(runtime, actor=FLOW, as_of=DAY))
    bare += timed("allocate again", lambda: operations.allocate(runtime, actor=FLOW, as_of=DAY))
    bare += timed("forecast", lambda: operations.forecast(runtime, actor=FLOW, as_of=DAY))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'peak memory':<40}{peak:8.0f} MB")  # noqa: T201 - a bench prints
    _measure_prefect(bare)


def _measure_prefect(bare: float) -> None:
    from prefect.testing.utilities import prefect_test_harness

    from flows.review_cycle import review_cycle
    from workflow.programmes import DEFAULT_START as DAY

    started = perf_counter()
    with prefect_test_harness(server_startup_timeout=120):
        print(f"{'Prefect server starts':<40}{perf_counter() - started:8.2f} s")  # noqa: T201
        review_cycle(DAY)
        whole = timed("review-cycle as a flow run", lambda: review_cycle(DAY))
    print(f"{'the same without Prefect':<40}{bare:8.2f} s")  # noqa: T201 - a bench prints
    print(f"{'Prefect adds':<40}{whole - bare:8.2f} s")  # noqa: T201 - a bench prints


if __name__ == "__main__":
    main()
