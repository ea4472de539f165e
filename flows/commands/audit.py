"""`cin audit`: the record of everything that happened."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from flows.commands.options import Json
from flows.output import print_json, say
from flows.runtime import open_runtime
from workflow.audit_head import Checked, export_heads, verify_all
from workflow.audit_log import event_lines
from workflow.operations.private import write_private

app = typer.Typer(no_args_is_help=True, help="The record of everything that happened.")


@app.command("verify")
def verify(
    *,
    against: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="A file of `cin audit head`: find a cut-off end too."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check the whole chain of events of every programme, from the first to the newest."""
    exported = against.read_text(encoding="utf-8", errors="replace") if against else None
    with open_runtime().database.read() as session:
        checked = verify_all(session, exported)
    ok = all(one.verification.ok for one in checked)
    if as_json:
        print_json(_document(checked))
    else:
        for one in checked:
            say(_sentence(one))
    if not ok:
        raise typer.Exit(1)


@app.command("head")
def head(
    *,
    out: Annotated[
        Path | None, typer.Option(dir_okay=False, writable=True, help="File; default: print it.")
    ] = None,
) -> None:
    """Write down the newest event of every chain, to keep in another place than the database."""
    with open_runtime().database.read() as session:
        document = export_heads(session, datetime.now(UTC))
    if out is None:
        print_json(document)
        return
    write_private(out, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    say(f"{out}: keep it where those who run the database cannot write.")


@app.command("export")
def export(
    out: Annotated[Path, typer.Argument(dir_okay=False, writable=True, help="File to write.")],
    *,
    after: Annotated[
        int, typer.Option(min=0, help="Only events after this number, to go on where you left off.")
    ] = 0,
) -> None:
    """Write the programme's events as JSON lines, oldest first, for another system to keep.

    They hold ids, codes and reasons, no answers; the file is readable by you alone.
    """
    with open_runtime().read() as at:
        lines = list(event_lines(at.session, at.programme, after=after))
    write_private(out, "".join(lines))
    say(f"{out}: {len(lines):,} events.")


def _document(checked: list[Checked]) -> dict[str, object]:
    """The stable keys: the sum of all programmes, and each of them."""
    found = [one.verification for one in checked]
    return {
        "events": sum(one.events for one in found),
        "ok": all(one.ok for one in found),
        "first_bad": next((one.first_bad for one in found if not one.ok), None),
        "programmes": [
            {
                "programme": one.programme,
                "events": one.verification.events,
                "ok": one.verification.ok,
                "first_bad": one.verification.first_bad,
                "problem": one.verification.problem,
            }
            for one in checked
        ],
    }


def _sentence(one: Checked) -> str:
    if one.verification.ok:
        return f"{one.programme}: all {one.verification.events:,} events fit together."
    return f"{one.programme}: {one.verification.problem}"
