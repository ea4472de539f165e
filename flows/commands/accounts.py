"""`cin accounts`: who may sign in. For whoever holds the machine; administrators use the pages."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlmodel import select

from flows.commands.options import Json
from flows.output import print_json, print_table, say
from flows.runtime import Moment, open_runtime, operator
from workflow import accounts
from workflow.accounts import Account
from workflow.errors import NotFoundError
from workflow.models import Reviewer
from workflow.states import Role

app = typer.Typer(no_args_is_help=True, help="Who may sign in.")

UserName = Annotated[str, typer.Argument(help="Work e-mail address or staff number.")]
Roles = Annotated[list[Role], typer.Option("--role", help="May be given several times.")]


@app.command("list")
def list_(*, as_json: Json = False) -> None:
    """Show every account of the programme."""
    with open_runtime().read() as at:
        rows = [_row(account) for account in accounts.list_accounts(at.session, at.programme)]
    if as_json:
        print_json(rows)
        return
    columns = ["user name", "name", "agency", "roles", "state", "last signed in"]
    print_table("Accounts", columns, [tuple(row.values()) for row in rows])


@app.command()
def add(
    user_name: UserName,
    name: Annotated[str, typer.Option(help="Full name.")],
    role: Roles,
    agency: Annotated[str, typer.Option(help="council, constabulary …")] = "council",
    reviewer: Annotated[
        str | None, typer.Option(help="Reference of the reviewer on the roster.")
    ] = None,
) -> None:
    """Give somebody an account, and print the one-time code they choose a password with."""
    with open_runtime().write() as at:
        account = accounts.create_account(
            at.session,
            programme=at.programme,
            user_name=user_name,
            name=name,
            roles=role,
            agency=agency,
            reviewer=_reviewer(at, reviewer) if reviewer else None,
            actor=operator(),
            now=_now(),
        )
        code = accounts.invite(at.session, account=account, actor=operator(), now=_now())
    _hand_over(account, code)


@app.command()
def roles(user_name: UserName, role: Roles) -> None:
    """Let somebody act as exactly these roles; they have to sign in again."""
    with open_runtime().write() as at:
        account = accounts.find_account(at.session, at.programme, user_name)
        accounts.change_roles(at.session, account=account, roles=role, actor=operator(), now=_now())
    say(f"{account.user_name} is now {', '.join(account.roles)}.")


@app.command()
def disable(user_name: UserName) -> None:
    """Let nobody sign in with an account; whoever is signed in is out at once."""
    with open_runtime().write() as at:
        account = accounts.find_account(at.session, at.programme, user_name)
        accounts.disable(at.session, account=account, actor=operator(), now=_now())
    say(f"{account.user_name} is disabled.")


@app.command()
def enable(user_name: UserName) -> None:
    """Let somebody sign in again."""
    with open_runtime().write() as at:
        account = accounts.find_account(at.session, at.programme, user_name)
        accounts.enable(at.session, account=account, actor=operator(), now=_now())
    say(f"{account.user_name} may sign in again.")


@app.command()
def reset(
    user_name: UserName,
    *,
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="Take a lost authenticator off as well.")
    ] = False,
) -> None:
    """Void somebody's password, and print the one-time code they choose another with."""
    with open_runtime().write() as at:
        account = accounts.find_account(at.session, at.programme, user_name)
        code = accounts.reset_password(at.session, account=account, actor=operator(), now=_now())
        if second_factor:
            accounts.reset_second_factor(at.session, account=account, actor=operator(), now=_now())
    _hand_over(account, code)


def _now() -> datetime:
    """Codes and sessions live in real time, also in a demonstration that pretends another day."""
    return datetime.now(UTC)


def _reviewer(at: Moment, reference: str) -> Reviewer:
    query = select(Reviewer).where(
        Reviewer.programme_id == at.programme.key, Reviewer.reference == reference
    )
    reviewer = at.session.exec(query).first()
    if reviewer is None:
        raise NotFoundError("reviewer", reference)
    return reviewer


def _hand_over(account: Account, code: str) -> None:
    say(f"One-time code of {account.user_name}, for three days: {code}")
    say("Hand it over in person or by telephone; it is used at /start in the web app.")


def _row(account: Account) -> dict[str, object]:
    return {
        "user_name": account.user_name,
        "name": account.name,
        "agency": account.agency,
        "roles": ", ".join(account.roles),
        "state": _state(account),
        "last_signed_in": account.last_signed_in_at and account.last_signed_in_at.date(),
    }


def _state(account: Account) -> str:
    if account.is_disabled:
        return "disabled"
    return "invited" if account.password_hash is None else "active"
