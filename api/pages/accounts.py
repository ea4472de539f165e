"""One's own account, everybody's accounts for administrators, and the record for auditors."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response
from sqlmodel import col, select

from api.answers import go_on, show
from api.inputs import LARGEST, Number
from api.moments import Moment, Reading, Writing
from api.posted import Posted, text, whole
from api.security import PICTURE_POLICY
from api.site import PageSite
from forms.accounts import (
    AccountPage,
    AccountsPage,
    OwnAccountPage,
    account_page,
    accounts_page,
    audit_page,
    own_account_page,
)
from forms.pages import Fault, Site
from forms.tokens import tokens_part
from workflow import accounts
from workflow.audit_log import PAGE_SIZE, count_events, event_kinds, newest_events
from workflow.errors import InvalidInputError, NotFoundError
from workflow.models import Account, Reviewer
from workflow.quality.blind import kept_back

router = APIRouter()
_QR = "/account/second-factor.svg"


@router.get("/account", response_class=HTMLResponse)
def own_account(at: Reading, site: PageSite) -> HTMLResponse:
    """What somebody may change of their own account."""
    return show("accounts/own.html", own_page(at, site))


@router.post("/account/password", response_class=HTMLResponse)
def change_password(at: Writing, site: PageSite, posted: Posted) -> Response:
    """Change one's own password; all other sessions end."""
    try:
        accounts.change_password(
            at.session,
            account=my_account(at),
            old_password=str(posted.get("old_password", "")),
            new_password=str(posted.get("new_password", "")),
            now=at.clock,
            keep=at.visitor.web_session,
        )
    except InvalidInputError as refused:
        return show(
            "accounts/own.html", own_page(at, site, faults=(fault_of(refused, "old_password"),))
        )
    return go_on("/account", done="Your password is changed.")


@router.post("/account/second-factor", response_class=HTMLResponse)
def set_up_second_factor(at: Writing, site: PageSite, posted: Posted) -> Response:
    """Begin with an authenticator; it counts once a code of it was confirmed."""
    try:
        accounts.enrol(
            at.session,
            account=my_account(at),
            password=str(posted.get("password", "")),
            now=at.clock,
        )
    except InvalidInputError as refused:
        return show(
            "accounts/own.html", own_page(at, site, faults=(fault_of(refused, "password"),))
        )
    return go_on("/account")


@router.get(_QR)
def qr_code(at: Reading) -> Response:
    """The QR code of the authenticator that waits to be confirmed."""
    picture = accounts.pending_enrolment(at.session, account=my_account(at)).qr_svg
    headers = {"Content-Security-Policy": PICTURE_POLICY}
    return Response(picture, media_type="image/svg+xml", headers=headers)


@router.post("/account/second-factor/confirm", response_class=HTMLResponse)
def confirm_second_factor(at: Writing, site: PageSite, posted: Posted) -> Response:
    """Put the authenticator in force; the recovery codes are shown this once."""
    try:
        codes = accounts.confirm(
            at.session,
            account=my_account(at),
            code=text(posted, "code"),
            now=at.clock,
            keep=at.visitor.web_session,
        )
    except InvalidInputError as refused:
        return show("accounts/own.html", own_page(at, site, faults=(fault_of(refused, "code"),)))
    return show("accounts/own.html", own_page(at, site, recovery_codes=codes))


@router.post("/account/sessions/end", response_class=HTMLResponse)
def end_other_sessions(at: Writing, site: PageSite, posted: Posted) -> Response:
    """Sign out everywhere but here."""
    try:
        ended = accounts.end_other_sessions(
            at.session,
            account=my_account(at),
            password=str(posted.get("session_password", "")),
            now=at.clock,
            keep=at.visitor.web_session,
        )
    except InvalidInputError as refused:
        faults = (fault_of(refused, "session_password"),)
        return show("accounts/own.html", own_page(at, site, faults=faults))
    return go_on("/account", done=f"Signed out at {ended} other browsers.")


@router.get("/accounts", response_class=HTMLResponse)
def all_accounts(at: Reading, site: PageSite) -> HTMLResponse:
    """Everybody who may sign in."""
    return show("accounts/accounts.html", _accounts(at, site))


@router.post("/accounts", response_class=HTMLResponse)
def add_account(at: Writing, site: PageSite, posted: Posted) -> Response:
    """Add somebody, and show the one-time code to hand over."""
    typed = {name: text(posted, name) for name in ("user_name", "name", "reviewer")}
    ticked = [str(role) for role in posted.getlist("role")]
    reviewer = _reviewer(at, typed["reviewer"])
    try:
        made = accounts.create_account(
            at.session,
            programme=at.programme,
            user_name=typed["user_name"],
            name=typed["name"],
            roles=ticked,
            agency=reviewer.agency if reviewer else "council",
            reviewer=reviewer,
            actor=at.actor,
            now=at.clock,
        )
        code = accounts.invite(at.session, account=made, actor=at.actor, now=at.clock)
    except InvalidInputError as refused:
        fault = fault_of(refused, "user_name")
        page = _accounts(at, site, typed=typed, ticked=ticked, faults=(fault,))
        return show("accounts/accounts.html", page)
    return show("accounts/account.html", _account(at, site, made, code=code))


@router.get("/accounts/{number}", response_class=HTMLResponse)
def one_account(at: Reading, site: PageSite, number: Number) -> HTMLResponse:
    """One account."""
    return show("accounts/account.html", _account(at, site, _find(at, number)))


@router.post("/accounts/{number}/roles", response_class=HTMLResponse)
def change_roles(at: Writing, site: PageSite, number: Number, posted: Posted) -> Response:
    """Let somebody act as something else from now on; their sessions end."""
    account = _find(at, number)
    try:
        accounts.change_roles(
            at.session,
            account=account,
            roles=[str(role) for role in posted.getlist("role")],
            actor=at.actor,
            now=at.clock,
            version=whole(text(posted, "version")),
        )
    except InvalidInputError as refused:
        page = _account(at, site, account, faults=(fault_of(refused, "roles"),))
        return show("accounts/account.html", page)
    return go_on(f"/accounts/{number}", done="The roles are changed.")


@router.post("/accounts/{number}/act", response_class=HTMLResponse)
def act_on_account(at: Writing, site: PageSite, number: Number, posted: Posted) -> Response:
    """Disable or enable an account, reset its password or its second factor."""
    account, action = _find(at, number), text(posted, "action")
    who: dict[str, Any] = {"account": account, "actor": at.actor, "now": at.clock}
    match action:
        case "code":
            issue = accounts.reset_password if account.password_hash else accounts.invite
            return show(
                "accounts/account.html",
                _account(at, site, account, code=issue(at.session, **who)),
            )
        case "disable":
            accounts.disable(at.session, **who)
        case "enable":
            accounts.enable(at.session, **who)
        case "second_factor":
            accounts.reset_second_factor(at.session, **who)
        case _:
            raise NotFoundError("action", action)
    return go_on(f"/accounts/{number}", done="The account is changed.")


@router.get("/audit", response_class=HTMLResponse)
def audit(
    at: Reading,
    site: PageSite,
    before: Annotated[int | None, Query(ge=0, le=LARGEST)] = None,
    kind: Annotated[str, Query(max_length=60)] = "",
) -> HTMLResponse:
    """The record of everything that happened."""
    events = newest_events(
        at.session,
        at.programme,
        before=before,
        kind=kind,
        kept_back=kept_back(at.session, at.programme.key, at.actor),
    )
    more = len(events) == PAGE_SIZE
    older = urlencode({"before": events[-1][0].seq, "kind": kind}) if more else ""
    page = audit_page(
        site,
        events,
        total=count_events(at.session, at.programme),
        kind=kind,
        kinds=event_kinds(at.session, at.programme),
        older=f"/audit?{older}" if older else "",
    )
    return show("accounts/audit.html", page)


def fault_of(refused: InvalidInputError, field: str) -> Fault:
    """The refusal at the field it names, or at another one."""
    return Fault(str(refused), refused.field or field)


def my_account(at: Moment) -> Account:
    """The account of whoever asks, in the session of the request."""
    return at.session.get_one(Account, at.visitor.account.key)


def own_page(
    at: Moment,
    site: Site,
    *,
    made: str = "",
    typed: Mapping[str, str] | None = None,
    **page: Any,
) -> OwnAccountPage:
    """The page of one's own account.

    Args:
        made: the token that was just made, to show it this once.
        typed: what was typed to make one, when it was refused.
    """
    account = my_account(at)
    owned = accounts.tokens_of(at.session, account)
    tokens = tokens_part(owned, account, now=at.clock, made=made, typed=typed)
    waits = account.totp_pending is not None
    secret = accounts.pending_enrolment(at.session, account=account).secret if waits else ""
    return own_account_page(
        site,
        account,
        tokens,
        accounts.open_sessions(at.session, account=account, now=at.clock),
        here=at.visitor.web_session,
        must_set_up=at.visitor.must_set_up_factor,
        secret=secret,
        qr=_QR if secret else "",
        **page,
    )


def _accounts(at: Moment, site: Site, **page: Any) -> AccountsPage:
    return accounts_page(
        site, accounts.list_accounts(at.session, at.programme), _free_reviewers(at), **page
    )


def _account(at: Moment, site: Site, account: Account, **page: Any) -> AccountPage:
    reviewer = at.session.get(Reviewer, account.reviewer_id) if account.reviewer_id else None
    return account_page(site, account, reviewer, own=at.visitor.account, **page)


def _find(at: Moment, number: int) -> Account:
    account = at.session.get(Account, number)
    if account is None or account.programme_id != at.programme.key:
        raise NotFoundError("account", number)
    return account


def _free_reviewers(at: Moment) -> list[Reviewer]:
    taken = select(Account.reviewer_id).where(col(Account.reviewer_id).is_not(None))
    query = select(Reviewer).where(
        Reviewer.programme_id == at.programme.key, col(Reviewer.id).not_in(taken)
    )
    return list(at.session.exec(query.order_by(col(Reviewer.name))))


def _reviewer(at: Moment, typed: str) -> Reviewer | None:
    number = whole(typed)
    reviewer = at.session.get(Reviewer, number) if number is not None else None
    return reviewer if reviewer and reviewer.programme_id == at.programme.key else None
