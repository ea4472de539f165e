"""`cin doctor`, `cin backup`, `cin restore` and `cin keys`: for whoever runs the service."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from flows.commands.options import File, Json
from flows.output import console, print_json, say
from flows.runtime import open_runtime, operator
from forms.catalogue import all_forms
from workflow.operations.backup import back_up
from workflow.operations.backup import restore as restore_backup
from workflow.operations.checks import Check
from workflow.operations.doctor import examine
from workflow.operations.fields import new_key
from workflow.operations.manifest import Manifest
from workflow.operations.rotation import rotate
from workflow.settings import Settings

keys_app = typer.Typer(no_args_is_help=True, help="Keys of encrypted answers.")


def doctor(*, as_json: Json = False) -> None:
    """Look at versions, settings, files, disk, clock, database, record and Prefect; change nothing."""
    checks = list(examine(Settings(), os.environ, datetime.now(UTC)))
    if as_json:
        print_json({"checks": [check.to_json() for check in checks]})
    else:
        for check in checks:
            _show(check)
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


def backup(
    out: Annotated[Path, typer.Option(dir_okay=False, help="File to write; must not exist.")],
    *,
    as_json: Json = False,
) -> None:
    """Write the whole database into one file; people may go on working meanwhile.

    The keys are not in it. Keep them, and the file, in different places.
    """
    settings = Settings()
    database = settings.database()
    key = settings.read_audit_key()
    manifest = back_up(database, out, audit_key=key, now=datetime.now(UTC))
    database.close()
    if as_json:
        print_json(_summary(manifest) | {"file": out, "bytes": out.stat().st_size})
        return
    say(f"{out}: {manifest.rows:,} rows of {len(manifest.tables)} tables.")
    say("The audit key and the field keys are not in it: keep them in another place.")


def restore(
    file: File,
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Lose everything that is in the database now.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring back a backup into an empty database, and check it; stop the service before.

    A backup of SQLite also goes into PostgreSQL: so an installation moves to a server of its own.
    """
    settings = Settings()
    database = settings.database()
    manifest = restore_backup(
        database,
        file,
        audit_key=settings.read_audit_key(),
        actor=operator(),
        now=datetime.now(UTC),
        replace_data=replace,
    )
    database.close()
    if as_json:
        print_json(_summary(manifest))
        return
    say(
        f"Restored {manifest.rows:,} rows of {len(manifest.tables)} tables, as of {manifest.made_at}."
    )
    say("Digests and events agree with the backup. Everybody signs in again where needed.")


@keys_app.command("new")
def new() -> None:
    """Print a new key for CIN_FIELD_KEYS, under an id of this month."""
    typer.echo(f"{datetime.now(UTC):%Y-%m}:{new_key()}")


@keys_app.command("rotate")
def rotate_keys(*, as_json: Json = False) -> None:
    """Encrypt again under the newest key what is under an older one, or was never encrypted.

    Afterwards the older keys can be taken out of CIN_FIELD_KEYS; keep them with old backups.
    """
    runtime = open_runtime()
    with runtime.database.write() as session:
        changed = rotate(session, restricted=_restricted(), actor=operator(), now=datetime.now(UTC))
    if as_json:
        print_json({"rotated": changed})
        return
    say(f"{sum(changed.values()):,} rows are under the newest key now.")


def _restricted() -> dict[tuple[str, int], frozenset[str]]:
    return {(form.id, form.version): form.restricted() for form in all_forms()}


def _summary(manifest: Manifest) -> dict[str, object]:
    return {
        "made_at": manifest.made_at,
        "product": manifest.product,
        "database": manifest.database,
        "revision": manifest.revision,
        "tables": {name: table.rows for name, table in manifest.tables.items()},
        "audit_heads": manifest.audit_heads,
    }


def _show(check: Check) -> None:
    mark = "[green]ok[/]  " if check.ok else "[red]wrong[/]"
    console.print(f"{mark} {escape(check.name)}: {escape(check.found)}")
    if check.fix:
        wanted = f"Wanted: {check.wanted}. " if check.wanted else ""
        console.print(f"      {escape(wanted + check.fix)}", style="" if not check.ok else "dim")
