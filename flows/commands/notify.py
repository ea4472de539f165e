"""`cin notify`: send what waits in the outbox now."""

from flows.commands.options import Json
from flows.outbox import send_emails, tidy
from flows.output import note, print_json, say
from flows.runtime import open_runtime
from flows.signals import relay_signals
from workflow.settings import Settings


def notify(*, as_json: Json = False) -> None:
    """Send the emails and signals that are due, once; `send-notifications` does it every few minutes.

    People find their messages in their inbox whether or not they are emailed.
    """
    settings = Settings()
    server, runtime = settings.mail_server(), open_runtime(settings)
    sent = send_emails(runtime.database, server, base_url=settings.base_url)
    relayed = relay_signals(runtime.database)
    forgotten = tidy(runtime.database)
    runtime.database.close()
    if as_json:
        signals = {"signals": relayed.signals, "events": relayed.events}
        print_json(sent.to_json() | signals | {"forgotten": forgotten})
        return
    if server is None:
        note("No mail server is set (CIN_SMTP_HOST): nothing is emailed.")
    say(f"{sent.sent} emails sent, {sent.tried_again} to try again, {sent.given_up} given up.")
    say(f"{relayed.signals} signals relayed to Prefect as {relayed.events} events.")
