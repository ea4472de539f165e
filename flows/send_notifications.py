"""Flow: send what waits in the outbox, emails to people and signals to other flows."""

from typing import Any

from prefect import flow

from flows.fan_out import opened
from flows.outbox import send_emails, tidy
from flows.recording import leave_table, work
from flows.signals import relay_signals
from workflow.settings import Settings


@work
def send_what_is_due() -> dict[str, int]:
    """All emails that are due, of every programme; counts only."""
    settings = Settings()
    with opened() as runtime:
        done = send_emails(runtime.database, settings.mail_server(), base_url=settings.base_url)
    return done.to_json()


@work
def relay() -> dict[str, int]:
    """Signals that the process which serves the flows has not relayed, on other machines all of them."""
    with opened() as runtime:
        done = relay_signals(runtime.database)
    return {"signals": done.signals, "events": done.events, "not_taken": done.failed}


@work
def forget_old() -> int:
    """Messages and signals past their time."""
    with opened() as runtime:
        return tidy(runtime.database)


@flow(name="send-notifications")
def send_notifications() -> dict[str, Any]:
    """Send and relay what is due; a message that two runs want is sent by one of them."""
    summary = send_what_is_due() | relay() | {"forgotten": forget_old()}
    if any(summary.values()):
        leave_table("outbox", summary, "What was sent")
    return summary
