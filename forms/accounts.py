"""Words the pages of accounts: one's own, everybody's, and the record of what happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from forms.case_file import moment
from forms.downloads import download_links
from forms.pages import Column, Link, Page, Site, Table
from forms.tokens import Tokens
from forms.wording import number, plural
from workflow.models import Account, Event, Reviewer, WebSession
from workflow.states import Role

ROLES = {
    Role.COORDINATOR: ("Coordinator", "Imports the caseload, allocates, chases"),
    Role.REVIEWER: (
        "Reviewer",
        "Reviews the cases allocated to them; needs a reviewer of the roster",
    ),
    Role.MANAGER: ("Manager", "Confirms or returns submissions, sees progress"),
    Role.MODERATOR: ("Moderator", "Gives the blind second view"),
    Role.ADMINISTRATOR: ("Administrator", "Manages accounts and the programme’s settings"),
    Role.AUDITOR: ("Auditor", "Reads the record; has no other role"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAccountPage(Page):
    """What somebody may change of their own account."""

    name: str
    user_name: str
    roles: str
    has_second_factor: bool
    secret: str
    """Of the authenticator waiting to be confirmed; empty: none."""
    qr: str
    """Address of its QR code."""
    recovery_codes: tuple[str, ...]
    """Shown once, right after they were made."""
    tokens: Tokens
    sessions: Table
    """Browsers somebody is signed in at."""
    has_others: bool
    """There are sessions besides this one."""
    has_password: bool
    must_set_up: bool
    """Nothing else opens before a second factor is set up."""


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account in the list."""

    user_name: str
    href: str
    name: str
    roles: str
    agency: str
    state: str
    second_factor: str
    last: str


@dataclass(frozen=True, slots=True)
class RoleChoice:
    """A role to tick."""

    value: str
    text: str
    hint: str
    is_ticked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsPage(Page):
    """Everybody who may sign in, and a form for one more."""

    headline: str
    rows: tuple[AccountRow, ...]
    roles: tuple[RoleChoice, ...]
    reviewers: tuple[tuple[int, str], ...]
    typed: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPage(Page):
    """One account, as an administrator sees it."""

    address: str
    user_name: str
    state: str
    facts: tuple[tuple[str, str], ...]
    roles: tuple[RoleChoice, ...]
    version: int
    is_disabled: bool
    is_own: bool
    has_password: bool
    has_second_factor: bool
    code: str
    """A one-time code just issued; shown once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage(Page):
    """The record of everything that happened, newest first."""

    headline: str
    events: Table
    downloads: tuple[Link, ...]
    older: str
    """Address of the page before; empty on the last one."""
    kind: str
    kinds: tuple[tuple[str, str], ...]


def said_roles(roles: Sequence[str]) -> str:
    """Roles as a list in words."""
    return ", ".join(ROLES[Role(role)][0] for role in roles)


def role_choices(ticked: Sequence[str]) -> tuple[RoleChoice, ...]:
    """Every role with what it may do."""
    return tuple(
        RoleChoice(role.value, text, hint, role.value in ticked)
        for role, (text, hint) in ROLES.items()
    )


def accounts_page(
    site: Site,
    accounts: Sequence[Account],
    reviewers: Sequence[Reviewer],
    *,
    typed: Mapping[str, str] | None = None,
    ticked: Sequence[str] = (),
    **page: Any,
) -> AccountsPage:
    """The list; `reviewers` are those of the roster who have no account yet."""
    return AccountsPage(
        site=site,
        title="Accounts",
        headline=f"{plural(len(accounts), 'account')}. Nobody knows anybody else’s password.",
        rows=tuple(
            AccountRow(
                account.user_name,
                f"/accounts/{account.key}",
                account.name,
                said_roles(account.roles),
                account.agency.capitalize(),
                _state(account),
                "Yes" if account.has_second_factor else "No",
                moment(account.last_signed_in_at) if account.last_signed_in_at else "Never",
            )
            for account in accounts
        ),
        roles=role_choices(ticked),
        reviewers=tuple((reviewer.key, reviewer.name) for reviewer in reviewers),
        typed=dict.fromkeys(("user_name", "name", "agency", "reviewer"), "") | dict(typed or {}),
        **page,
    )


def _state(account: Account) -> str:
    if account.is_disabled:
        return "Disabled"
    return "Active" if account.password_hash or account.subject else "Waiting for a password"


def account_page(
    site: Site,
    account: Account,
    reviewer: Reviewer | None,
    *,
    own: Account,
    code: str = "",
    **page: Any,
) -> AccountPage:
    """The page of one account; `own` is the reader's."""
    return AccountPage(
        site=site,
        title=account.name,
        back=Link("Back to accounts", "/accounts"),
        address=f"/accounts/{account.key}",
        user_name=account.user_name,
        state=_state(account),
        facts=(
            ("User name", account.user_name),
            ("Agency", account.agency.capitalize()),
            ("Reviewer of the roster", reviewer.name if reviewer else "None"),
            ("State", _state(account)),
            ("Second factor", "Set up" if account.has_second_factor else "Not set up"),
            (
                "Last signed in",
                moment(account.last_signed_in_at) if account.last_signed_in_at else "Never",
            ),
        ),
        roles=role_choices(account.roles),
        version=account.version,
        is_disabled=account.is_disabled,
        is_own=account.key == own.key,
        has_password=account.password_hash is not None,
        has_second_factor=account.has_second_factor,
        code=code,
        **page,
    )


def own_account_page(
    site: Site,
    account: Account,
    tokens: Tokens,
    sessions: Sequence[WebSession],
    *,
    here: WebSession | None,
    must_set_up: bool,
    secret: str = "",
    qr: str = "",
    recovery_codes: Sequence[str] = (),
    **page: Any,
) -> OwnAccountPage:
    """The page of one's own account."""
    return OwnAccountPage(
        site=site,
        title="Your account",
        name=account.name,
        user_name=account.user_name,
        roles=said_roles(account.roles),
        has_second_factor=account.has_second_factor,
        secret=secret,
        qr=qr,
        recovery_codes=tuple(recovery_codes),
        tokens=tokens,
        sessions=_sessions(sessions, here),
        has_others=len(sessions) > 1,
        has_password=account.password_hash is not None,
        must_set_up=must_set_up,
        **page,
    )


def _sessions(sessions: Sequence[WebSession], here: WebSession | None) -> Table:
    return Table(
        id="sessions",
        caption="Your browsers, by the moment you signed in",
        columns=(Column("Signed in"), Column("Last used"), Column("Which")),
        rows=tuple(
            (
                moment(one.created_at),
                moment(one.last_seen_at),
                "This browser" if here and one.id == here.id else "Another browser",
            )
            for one in sessions
        ),
    )


def audit_page(
    site: Site,
    events: Sequence[tuple[Event, str | None]],
    *,
    total: int,
    kind: str,
    kinds: Sequence[str],
    older: str,
) -> AuditPage:
    """The record; each event with the reference of its case, if it has one."""
    rows = tuple(
        (
            number(event.seq),
            moment(event.at),
            event.kind.replace("_", " ").capitalize(),
            event.actor,
            reference or "",
            event.reason or "",
        )
        for event, reference in events
    )
    columns = ("Number", "When", "What", "Who", "Case", "Reason")
    return AuditPage(
        site=site,
        title="Audit",
        headline=f"{plural(total, 'event')} on record. None can be changed or removed.",
        events=Table(
            id="events",
            caption="Newest first",
            columns=tuple(Column(text) for text in columns),
            rows=rows,
        ),
        downloads=download_links("/audit", urlencode({"kind": kind}) if kind else ""),
        older=older,
        kind=kind,
        kinds=tuple((code, code.replace("_", " ").capitalize()) for code in kinds),
    )
