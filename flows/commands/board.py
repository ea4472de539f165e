"""`cin board` and `cin capacity`: what the Board was promised, and who is there to keep it."""

from dataclasses import asdict
from typing import Annotated

import typer

from flows.commands.options import AsOf, DryRun, File, Json, day
from flows.output import in_words, print_json, print_table, say
from flows.runtime import open_runtime, operator
from workflow import board
from workflow.capacity import BurnDown, carried_cases, vacant_posts
from workflow.errors import NotFoundError
from workflow.forecast import chance_in_words

app = typer.Typer(no_args_is_help=True, help="What the Improvement Board was promised.")


@app.command("load")
def load(file: File, *, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Take in a register (TOML): commitments, recommendations, milestones, meetings, decisions."""
    register = board.parse_register(file.read_text(encoding="utf-8"))
    with open_runtime().write(dry_run=dry_run) as at:
        taken = board.take_register(
            at.session,
            programme=at.programme,
            register=register,
            actor=operator(),
            now=at.now,
        )
    if as_json:
        print_json(asdict(taken))
        return
    verb = "would be" if dry_run else "were"
    say(
        f"{taken.commitments} commitments, {taken.meetings} meetings and {taken.decisions} decisions "
        f"{verb} added; what was there already stays."
    )


@app.command("list")
def list_command(*, as_json: Json = False, as_of: AsOf = None) -> None:
    """List the commitments with their colour by date."""
    with open_runtime().read(day(as_of)) as at:
        listed = board.list_commitments(
            at.session, at.programme, as_of=at.as_of, policy=at.policy.board
        )
        on = at.as_of
    if as_json:
        print_json([_as_json(one) for one in listed])
        return
    print_table(
        f"Commitments as of {in_words(on)}",
        ["", "commitment", "owner", "due", "status", "working days moved"],
        [
            (
                one.commitment.reference,
                one.commitment.title,
                one.commitment.owner,
                one.due_on,
                one.rag.words,
                one.slipped_by,
            )
            for one in listed
        ],
    )


@app.command("close")
def close(
    reference: Annotated[str, typer.Argument(help="For example C3.")],
    evidence: Annotated[str, typer.Option(help="What shows it.")],
    *,
    dropped: Annotated[
        bool, typer.Option("--dropped", help="It falls away instead of being met.")
    ] = False,
    as_of: AsOf = None,
) -> None:
    """Say that a commitment is met, with what shows it."""
    with open_runtime().write(day(as_of)) as at:
        commitment = board.find_commitment(at.session, at.programme, reference)
        if commitment is None:
            raise NotFoundError("commitment", reference)
        board.close_commitment(
            at.session,
            commitment_id=commitment.key,
            evidence=evidence,
            dropped=dropped,
            actor=operator(),
            now=at.now,
        )
    say(f"{reference} is {commitment.status}.")


def capacity(*, as_json: Json = False, as_of: AsOf = None) -> None:
    """Show vacant posts and the cases Practice Managers carry, each as plan beside forecast."""
    with open_runtime().read(day(as_of)) as at:
        both = {
            "vacant_posts": vacant_posts(
                at.session, programme=at.programme, policy=at.policy, as_of=at.as_of
            ),
            "carried_cases": carried_cases(
                at.session, programme=at.programme, policy=at.policy, as_of=at.as_of
            ),
        }
        on = at.as_of
    if as_json:
        print_json({name: asdict(burn_down) for name, burn_down in both.items()})
        return
    print_table(
        f"Capacity as of {in_words(on)}",
        ["", "left", "without a date", "none left by (P50)", "(P80)", "chance by the target"],
        [_row(name.replace("_", " "), burn_down) for name, burn_down in both.items()],
    )


def _row(name: str, burn_down: BurnDown) -> tuple[object, ...]:
    return (
        name,
        burn_down.left,
        burn_down.undated,
        str(burn_down.p50),
        str(burn_down.p80),
        chance_in_words(burn_down.p_done_by_target),
    )


def _as_json(listed: board.ListedCommitment) -> dict[str, object]:
    commitment = listed.commitment
    return {
        "reference": commitment.reference,
        "kind": commitment.kind,
        "title": commitment.title,
        "owner": commitment.owner,
        "due_on": listed.due_on,
        "first_due_on": commitment.first_due_on,
        "slipped_by": listed.slipped_by,
        "status": commitment.status,
        "rag": listed.rag,
        "evidence": commitment.evidence,
        "source": commitment.source,
        "part_of": commitment.part_of,
    }
