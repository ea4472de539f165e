"""The registry of deployments: which flow runs when, and why then. Times are London's."""

from dataclasses import dataclass
from typing import Any

from prefect import Flow, serve
from prefect.schedules import Cron

from flows.allocate_reviews import allocate_reviews
from flows.board_report import board_report
from flows.forecast_completion import forecast_completion
from flows.import_caseload import import_caseload
from flows.review_cycle import review_cycle
from flows.track_reviews import track_reviews

TIMEZONE = "Europe/London"


@dataclass(frozen=True, slots=True)
class Scheduled:
    """One deployment; `cron` None runs on request only."""

    flow: Flow[..., Any]
    cron: str | None
    why: str


SCHEDULES = (
    Scheduled(review_cycle, "0 6 * * 1-5", "every working morning, before people start"),
    Scheduled(track_reviews, "*/30 * * * *", "escalation clocks wait for nobody"),
    Scheduled(forecast_completion, "30 17 * * 1-5", "the day's work is in"),
    Scheduled(allocate_reviews, None, "on request, after an import"),
    Scheduled(import_caseload, None, "on request, with the files to take in"),
    Scheduled(board_report, None, "on request, before the Board meets"),
)


def deployments() -> list[Any]:
    """Every flow as a deployment (Prefect's `RunnerDeployment`) named `local`, one run at a time."""
    return [
        item.flow.to_deployment(
            name="local",
            schedule=Cron(item.cron, timezone=TIMEZONE) if item.cron else None,
            concurrency_limit=1,
            description=item.why,
            tags=["cin"],
        )
        for item in SCHEDULES
    ]


def serve_all() -> None:
    """Serve every deployment from this process until interrupted."""
    serve(*deployments(), limit=2)
