"""`cin audit`: the record of everything that happened."""

import typer

from flows.commands.options import Json
from flows.output import print_json, say
from flows.runtime import open_runtime
from workflow import audit

app = typer.Typer(no_args_is_help=True, help="The record of everything that happened.")


@app.command("verify")
def verify(*, as_json: Json = False) -> None:
    """Check the whole chain of events, from the first to the newest."""
    with open_runtime().read() as at:
        checked = audit.verify(at.session, at.programme.key)
    if as_json:
        print_json({"events": checked.events, "ok": checked.ok, "first_bad": checked.first_bad})
    elif checked.ok:
        say(f"All {checked.events:,} events fit together.")
    else:
        say(f"Event {checked.first_bad} does not fit: it, or one before it, was changed.")
    if not checked.ok:
        raise typer.Exit(1)
