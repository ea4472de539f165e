"""How good and how fast allocation is, against simpler allocators on the same data.

`python -m tests.bench.bench_allocation [--sizes small,medium,large] [--repeats 1] [--json]`. Gaps are
to the bound of the same run. Each problem runs in a process of its own, so that its peak memory counts.
"""

import argparse
import json
import resource
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from statistics import median
from time import perf_counter

from tests.bench.allocation_cases import make_problem
from workflow.allocation import solve
from workflow.allocation.greedy import fair_greedy, greedy, round_robin
from workflow.allocation.model import Ints, Model, build

SIZES = {"small": (2_000, 60), "medium": (10_000, 200), "large": (100_000, 1_000)}
"""Name → cases and reviewers."""
RATIOS = (1.15, 0.8)
"""Capacity as a share of need."""
BASELINES: dict[str, Callable[[Model], Ints]] = {
    "greedy": greedy,
    "fair greedy": fair_greedy,
    "round robin": round_robin,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One method on one problem; `gap` as a share, `peak_mb` of the process so far."""

    cases: int
    reviewers: int
    ratio: float
    method: str
    objective: float
    gap: float
    seconds: float
    peak_mb: int


def measure(size: str, ratio: float, repeats: int) -> list[Line]:
    """The solver (median of `repeats` seconds) and every baseline on one problem."""
    cases, reviewers = SIZES[size]
    problem = make_problem(cases, reviewers, ratio)
    times = []
    for _ in range(repeats):
        plan = solve(problem)
        times.append(plan.seconds)
    lines = [
        Line(cases, reviewers, ratio, "solve", plan.objective, plan.gap, median(times), _peak_mb())
    ]
    model = build(problem)
    for name, method in BASELINES.items():
        started = perf_counter()
        objective = model.objective(method(model))
        seconds = perf_counter() - started
        gap = objective / plan.bound - 1
        lines.append(Line(cases, reviewers, ratio, name, objective, gap, seconds, _peak_mb()))
    return lines


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def run(sizes: list[str], repeats: int) -> Iterator[Line]:
    """Every size and ratio, one fresh process after the other."""
    for size in sizes:
        for ratio in RATIOS:
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                yield from pool.submit(measure, size, ratio, repeats).result()


def main() -> None:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="small,medium,large")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    lines = run(asked.sizes.split(","), asked.repeats)
    if asked.json:
        json.dump([asdict(line) for line in lines], sys.stdout, indent=1)
        return
    heading = f"{'cases':>7} {'reviewers':>9} {'ratio':>5}  {'method':<12}"
    print(f"{heading} {'objective':>13} {'gap':>8} {'seconds':>8} {'peak MB':>8}")  # noqa: T201
    for line in lines:
        what = f"{line.cases:>7} {line.reviewers:>9} {line.ratio:>5}  {line.method:<12}"
        how = f"{line.objective:>13,.0f} {line.gap:>8.2%} {line.seconds:>8.2f} {line.peak_mb:>8}"
        print(f"{what} {how}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
