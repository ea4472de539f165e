"""Turns what the parts measured into one table: each figure beside a peer or a limit."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import mean
from typing import Any

CYCLE_WITHIN = 60.0
"""Seconds that Prefect may add to a cycle before anybody minds; the cycle runs once a day."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: what was measured, against what, and how many times as much it is.

    `at_most` is the ratio that is wanted; None where there is no bar, only a comparison.
    """

    part: str
    what: str
    value: float
    unit: str
    against: str
    other: float
    at_most: float | None = None

    @property
    def ratio(self) -> float:
        """The figure as a multiple of what it is held against."""
        return self.value / self.other if self.other else float("inf")

    @property
    def holds(self) -> bool | None:
        """Whether the bar is kept; None without one."""
        return None if self.at_most is None else self.ratio <= self.at_most


def allocation(lines: list[dict[str, Any]]) -> Iterator[Figure]:
    """Objective of our solver against the bound and the simple methods, lower being better."""
    problems: dict[tuple[int, int, float], dict[str, dict[str, Any]]] = {}
    for line in lines:
        key = (line["cases"], line["reviewers"], line["ratio"])
        problems.setdefault(key, {})[line["method"]] = line
    for (cases, people, ratio), methods in problems.items():
        ours = methods.pop("solve")
        what = f"objective, {cases:,} cases, {people} reviewers, capacity {ratio:.0%}"
        bound = ours["objective"] / (1 + ours["gap"])
        yield Figure("allocation", what, ours["objective"], "points", "LP bound", bound, 1.02)
        for name, line in methods.items():
            yield Figure(
                "allocation", what, ours["objective"], "points", name, line["objective"], 1.0
            )


def forecast(found: dict[str, Any]) -> Iterator[Figure]:
    """Accuracy and speed against the naive method and the limit."""
    means, speed = found["programmes"]["means"], found["speed"]
    for what, ours, naive in (
        ("error of the count by the target (CRPS)", "crps_count", "naive_crps_count"),
        ("error of the day of 80 % (CRPS, days)", "crps_80_days", "naive_crps_80_days"),
        ("error of the chance (Brier)", "brier", "naive_brier"),
    ):
        yield Figure("forecast", what, means[ours], "", "naive method", means[naive], 1.0)
    seconds = speed["whole_forecast_seconds"]
    yield Figure("forecast", "10,000 paths", seconds, "s", "limit", speed["limit_seconds"], 1.0)
    yield Figure("forecast", "10,000 paths", seconds, "s", "naive method", speed["naive_seconds"])


def pages(found: dict[str, Any], query_us: float | None = None) -> Iterator[Figure]:
    """Processor time of each page against a plain Starlette answer, and of a list against its query."""
    for line in found["pages"]:
        what = f"{line['page']} ({line['cases']:,} cases)"
        hello = line["cpu_us"] / line["times_hello"]
        yield Figure("pages", what, line["cpu_us"], "us", "Starlette hello", hello)
        if query_us and line["page"] in {"unallocated", "filtered"}:
            yield Figure("pages", what, line["cpu_us"], "us", "the query alone", query_us)


def intake(lines: list[dict[str, Any]]) -> Iterator[Figure]:
    """Import of each file against reading it alone, and against a minute for 100,000 cases."""
    for line in lines:
        what = f"{line['file']}, {line['rows']:,} rows"
        yield Figure(
            "intake", f"reading {what}", line["read"], "s", "the format's reader", line["peer"]
        )
        yield Figure(
            "intake",
            f"importing {what}",
            line["imported"],
            "s",
            "the format's reader",
            line["peer"],
        )
        yield Figure(
            "intake", f"importing {what}", line["imported"], "s", "limit", line["limit"], 1.0
        )


def cycle(found: dict[str, Any]) -> Iterator[Figure]:
    """The daily cycle as a flow run against the bare use cases."""
    what = f"daily cycle of {found['cases']:,} cases as a flow run"
    yield Figure("cycle", what, found["flow"], "s", "the bare use cases", found["bare"])
    added = found["flow"] - found["bare"]
    yield Figure("cycle", "what Prefect adds", added, "s", "limit", CYCLE_WITHIN, 1.0)


def programmes(found: dict[str, Any]) -> Iterator[Figure]:
    """Growth with the caseload, and the gain of a second worker."""
    grown, shared = found["growth"], found["pool"]
    sizes, seconds = grown["sizes"], grown["seconds"]
    for size, taken in list(zip(sizes, seconds, strict=True))[1:]:
        what = f"cycle of {size:,} cases"
        against = f"{sizes[0]:,} cases, in proportion"
        yield Figure("growth", what, taken, "s", against, seconds[0] * size / sizes[0], 1.0)
    for what in ("exponent", "exponent_at_large"):
        said = what.replace("_", " ")
        yield Figure("growth", said, grown[what], "", "in proportion", 1.0, 1.1)
    if shared:
        what = f"{shared['programmes']} programmes of {shared['cases']:,}, two workers"
        enough = 1 / 1.7 if shared["processors"] > 2 else None
        yield Figure("workers", what, mean(shared["two"]), "s", "one worker", shared["one"], enough)
        yield Figure(
            "workers", what, mean(shared["two"]), "s", "the bare use cases", shared["bare"]
        )


PARTS: dict[str, Callable[..., Iterator[Figure]]] = {
    "bench_allocation": allocation,
    "bench_forecast": forecast,
    "bench_cycle": cycle,
    "bench_pages": pages,
    "bench_intake": intake,
    "bench_programmes": programmes,
}
