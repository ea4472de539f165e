"""`cin`: the one command of the product.

Exit codes: 0 done, 1 refused or findings, 2 wrong use. With `--json` a command prints one JSON document
on standard output and nothing else; remarks go to standard error.
"""

import sys

import sqlalchemy as sa
import typer
from pydantic import ValidationError
from rich.markup import escape

from flows.commands.accounts import app as accounts_app
from flows.commands.actions import app as actions_app
from flows.commands.allocate import app as allocate_app
from flows.commands.audit import app as audit_app
from flows.commands.board import app as board_app
from flows.commands.board import capacity
from flows.commands.caseload import cohort, import_command, init, roster, values
from flows.commands.demo import demo
from flows.commands.flows import deploy, server, worker
from flows.commands.forecast import app as forecast_app
from flows.commands.notify import notify
from flows.commands.operate import backup, doctor, keys_app, restore
from flows.commands.quality import app as quality_app
from flows.commands.records import retention_app, subject
from flows.commands.report import report
from flows.commands.track import track
from flows.output import errors
from flows.serving import flows_app, serve
from workflow.errors import WorkflowError
from workflow.operations.memory import collect_less

app = typer.Typer(
    name="cin",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Child in Need case reviews: a caseload goes in, reviews are allocated, tracked and forecast.",
    epilog="Start with `cin demo`, or `cin init` and `cin import FILE`. "
    "CIN_DATABASE_URL names the database, CIN_PROGRAMME the programme where there are several.",
)
app.command("import")(import_command)
app.command()(report)
for command in (
    init,
    cohort,
    values,
    roster,
    track,
    notify,
    capacity,
    subject,
    doctor,
    backup,
    restore,
):
    app.command()(command)
app.add_typer(allocate_app, name="allocate")
app.add_typer(forecast_app, name="forecast")
app.add_typer(accounts_app, name="accounts")
app.add_typer(actions_app, name="actions")
app.add_typer(board_app, name="board")
app.add_typer(quality_app, name="quality")
app.add_typer(retention_app, name="retention")
app.add_typer(audit_app, name="audit")
app.add_typer(keys_app, name="keys")
for on_many_machines in (server, worker, deploy):
    flows_app.command()(on_many_machines)
app.add_typer(flows_app, name="flows")
app.command(help="Make a fresh demonstration and work through it, then show it.")(demo)
app.command(help="Serve the progress page on this machine.")(serve)


def main() -> None:
    """Run `cin`; every refusal ends in one clear sentence."""
    collect_less()
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except WorkflowError as refused:
        _stop(str(refused), 1)
    except (sa.exc.ArgumentError, ValidationError) as wrong:
        _stop(f"The settings cannot be used: {_first_line(wrong)}", 2)
    except sa.exc.OperationalError as broken:
        _stop(f"The database cannot be used (CIN_DATABASE_URL): {_first_line(broken.orig)}", 1)
    except OSError as broken:
        _stop(f"{broken.strerror or broken}: {broken.filename or ''}".rstrip(": "), 1)


def _stop(sentence: str, code: int) -> None:
    errors.print(escape(sentence), style="red")
    sys.exit(code)


def _first_line(error: object) -> str:
    return str(error).strip().splitlines()[0]
