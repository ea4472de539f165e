"""The registry of deployments: which flow runs when, and why then. Times are London's."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from prefect import Flow, serve
from prefect.events import DeploymentEventTrigger
from prefect.schedules import Cron

from flows.allocate_reviews import allocate_reviews
from flows.board_report import board_report
from flows.forecast_completion import forecast_completion
from flows.import_caseload import import_caseload
from flows.preview_allocation import preview_allocation
from flows.review_cycle import review_cycle
from flows.send_notifications import send_notifications
from flows.track_reviews import track_reviews
from workflow.models import SignalKind

TIMEZONE = "Europe/London"


@dataclass(frozen=True, slots=True)
class OnSignal:
    """What starts a deployment besides its schedule.

    The first event starts a run after `settle`; those that come meanwhile are in the database by then,
    and start none. So a busy hour makes a few runs, and the last event is never left out.
    """

    kinds: frozenset[SignalKind]
    settle: timedelta

    def trigger(self, flow: str) -> DeploymentEventTrigger:
        """The same for Prefect: per programme, which becomes the run's parameter."""
        return DeploymentEventTrigger(
            name=f"cin: {flow} on {', '.join(sorted(self.kinds))}",
            expect={kind.value for kind in self.kinds},
            for_each={"prefect.resource.id"},
            threshold=1,
            within=self.settle,
            schedule_after=self.settle,
            parameters={"programme": _PROGRAMME},
        )


_PROGRAMME = {
    "__prefect_kind": "json",  # a template alone would give a text, which the flow's schema refuses
    "value": {"__prefect_kind": "jinja", "template": "{{ event.payload.programme }}"},
}


@dataclass(frozen=True, slots=True)
class Scheduled:
    """One deployment; `cron` None runs on request or on a signal only."""

    flow: Flow[..., Any]
    cron: str | None
    why: str
    on_signal: OnSignal | None = None


AFTER_IMPORT = OnSignal(frozenset({SignalKind.CASELOAD_IMPORTED}), timedelta(minutes=1))
"""Several files come in one after the other."""
AFTER_WORK = OnSignal(
    frozenset({SignalKind.REVIEWS_SUBMITTED, SignalKind.ALLOCATION_APPLIED}), timedelta(minutes=10)
)
"""Submissions come all day; nobody looks at the forecast every minute."""
SCHEDULES = (
    Scheduled(review_cycle, "0 6 * * 1-5", "every working morning, before people start"),
    Scheduled(track_reviews, "*/30 * * * *", "escalation clocks run day and night"),
    Scheduled(
        forecast_completion, "30 17 * * 1-5", "the day's work is in, or just came", AFTER_WORK
    ),
    Scheduled(send_notifications, "*/5 * * * *", "people and flows hear of things soon"),
    Scheduled(preview_allocation, None, "a caseload came in", AFTER_IMPORT),
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
            triggers=[item.on_signal.trigger(item.flow.name)] if item.on_signal else [],
            concurrency_limit=1,
            description=item.why,
            tags=["cin"],
        )
        for item in SCHEDULES
    ]


def serve_all() -> None:
    """Serve every deployment from this process until interrupted."""
    serve(*deployments(), limit=2)
