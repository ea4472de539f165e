"""Help, privacy and the accessibility statement: open to all, signed in or not."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from api.answers import show
from api.connections import Now, ReadSession
from api.site import PageSite
from api.visitor import AnyVisitor
from forms.statements import Statement, Told, statement_page
from forms.wording import plural
from workflow.accounts.policy import SIGN_IN_POLICY
from workflow.calendar import local_date
from workflow.notifications.sending import KEPT_FOR
from workflow.programmes import programme_day
from workflow.retention.schedule import Keeping, keeping_on

router = APIRouter()
_HOUR = 3600
_NOBODY_NAMED = "your review coordinator"


def get_told(
    request: Request, site: PageSite, session: ReadSession, visitor: AnyVisitor, now: Now
) -> Told:
    """What the texts say of the service; whoever is signed in reads their own programme's schedule."""
    keeping = ""
    if visitor is not None:
        day = programme_day(visitor.programme, local_date(now))
        keeping = _in_words(keeping_on(session, visitor.programme, day))
    return Told(
        service=site.service,
        organisation=site.organisation,
        contact=request.app.state.settings.contact or _NOBODY_NAMED,
        keeping=keeping,
        idle_hours=int(SIGN_IN_POLICY.idle.total_seconds() // _HOUR),
        longest_hours=int(SIGN_IN_POLICY.absolute.total_seconds() // _HOUR),
        messages_days=KEPT_FOR.days,
    )


ToTell = Annotated[Told, Depends(get_told)]


@router.get("/help", response_class=HTMLResponse)
def show_help(site: PageSite, told: ToTell) -> HTMLResponse:
    """What each role does here, and what to do when something goes wrong."""
    return show("statement.html", statement_page(site, Statement.HELP, told))


@router.get("/privacy", response_class=HTMLResponse)
def privacy(site: PageSite, told: ToTell) -> HTMLResponse:
    """What is held, why, how long, who sees it, and people's rights."""
    return show("statement.html", statement_page(site, Statement.PRIVACY, told))


@router.get("/accessibility", response_class=HTMLResponse)
def accessibility(site: PageSite, told: ToTell) -> HTMLResponse:
    """How accessible the service is, what falls short, and whom to tell."""
    return show("statement.html", statement_page(site, Statement.ACCESSIBILITY, told))


def _in_words(keeping: Keeping) -> str:
    if keeping.years_after_closure is None:
        return f"At present nothing about a child is destroyed. {keeping.source}."
    closed = plural(keeping.years_after_closure, "year")
    eighteen = keeping.years_after_eighteenth
    grown = f", and until the age of {18 + eighteen}" if eighteen is not None else ""
    return f"Records of a child are kept for {closed} after the case closes{grown}."
