"""`cin subject` and `cin retention`: everything held about one case, and how long it is kept."""

import json
from pathlib import Path
from typing import Annotated

import typer

from flows.commands.options import AsOf, Json, day
from flows.output import in_words, print_json, print_table, say
from flows.runtime import Moment, open_runtime, operator
from forms.markings import markings
from workflow import retention
from workflow.errors import NotFoundError
from workflow.models import Case
from workflow.operations.private import write_private
from workflow.subject_file import find_case, take_subject_file

Reference = Annotated[str, typer.Argument(help="Reference of the case, e.g. CIN-00412.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept on record.")]

retention_app = typer.Typer(no_args_is_help=True, help="How long records are kept.")


def subject(
    reference: Reference,
    file: Annotated[Path, typer.Argument(dir_okay=False, writable=True, help="JSON to write.")],
    purpose: Annotated[str, typer.Option(help="What it is for, e.g. the request's number.")],
    *,
    as_of: AsOf = None,
) -> None:
    """Write everything held about one case, with third-party and police-held text marked.

    The file is for the person who decides what is disclosed, and readable by you alone.
    """
    with open_runtime().write(day(as_of)) as at:
        document = take_subject_file(
            at.session,
            programme=at.programme,
            case_reference=reference,
            markings=markings(),
            purpose=purpose,
            actor=operator(),
            now=at.now,
        )
        write_private(file, json.dumps(document, indent=2, ensure_ascii=False))
    marked = document["marked"]
    say(
        f"{file}: {sum(marked.values())} texts to look at before disclosure, of which "
        f"{marked.get('police', 0)} are the police's."
    )


@retention_app.command("due")
def due(*, as_json: Json = False, as_of: AsOf = None) -> None:
    """List the closed cases whose time is over."""
    with open_runtime().read(day(as_of)) as at:
        keeping = retention.keeping_on(at.session, at.programme, at.as_of)
        found = retention.purge_due(at.session, at.programme, at.as_of)
        on = at.as_of
    rows = [(one.case.reference, one.closed_on, one.due_on, one.kept_because) for one in found]
    if as_json:
        names = ("case", "closed_on", "due_on", "kept_because")
        print_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    say(f"In force on {in_words(on)}: {keeping.source}.")
    print_table(f"{len(rows)} cases", ["case", "closed", "due", "stays because"], rows)


@retention_app.command("purge")
def purge(
    references: Annotated[list[str], typer.Argument(help="References of the cases.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Remove the content for good.")] = False,
    as_of: AsOf = None,
) -> None:
    """Remove what is held of closed cases whose time is over; without --yes only try it."""
    with open_runtime().write(day(as_of), dry_run=not yes) as at:
        purged = retention.purge(
            at.session,
            programme=at.programme,
            references=references,
            actor=operator(),
            now=at.now,
        )
    say(f"{len(purged)} cases {'were' if yes else 'would be'} purged.")


@retention_app.command("hold")
def hold(reference: Reference, reason: Reason, *, as_of: AsOf = None) -> None:
    """Put a case on legal hold: nobody may purge it."""
    with open_runtime().write(day(as_of)) as at:
        case = _case(at, reference)
        retention.place_hold(
            at.session, case_id=case.key, reason=reason, actor=operator(), now=at.now
        )
    say(f"{reference} is on legal hold.")


@retention_app.command("lift")
def lift(reference: Reference, reason: Reason, *, as_of: AsOf = None) -> None:
    """End a legal hold."""
    with open_runtime().write(day(as_of)) as at:
        case = _case(at, reference)
        retention.lift_hold(
            at.session, case_id=case.key, reason=reason, actor=operator(), now=at.now
        )
    say(f"{reference} is no longer on legal hold.")


def _case(at: Moment, reference: str) -> Case:
    case = find_case(at.session, at.programme, reference)
    if case is None:
        raise NotFoundError("case", reference)
    return case
