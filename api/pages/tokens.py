"""One's own tokens: make one, which is shown once, and revoke it."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from api.answers import go_on, show
from api.inputs import Number
from api.moments import Writing
from api.pages.accounts import fault_of, my_account, own_page
from api.posted import Posted, text, whole
from api.site import PageSite
from forms.tokens import PATH
from workflow import accounts
from workflow.errors import InvalidInputError

router = APIRouter(prefix=PATH)


@router.post("", response_class=HTMLResponse)
def make_token(at: Writing, site: PageSite, posted: Posted) -> Response:
    """Make a token for a program and show it, this once."""
    typed = {"token_name": text(posted, "token_name"), "days": text(posted, "days")}
    try:
        token = accounts.make_token(
            at.session,
            account=my_account(at),
            name=typed["token_name"],
            password=str(posted.get("token_password", "")),
            days=whole(typed["days"]) or 0,
            now=at.clock,
        )
    except InvalidInputError as refused:
        faults = (fault_of(refused, "token_name"),)
        return show("accounts/own.html", own_page(at, site, typed=typed, faults=faults))
    return show("accounts/own.html", own_page(at, site, made=token))


@router.post("/{number}/revoke", response_class=HTMLResponse)
def revoke_token(at: Writing, number: Number) -> Response:
    """End a token at once."""
    accounts.revoke_token(at.session, account=my_account(at), number=number, now=at.clock)
    return go_on("/account", done="The token is revoked.")
