"""The coordinators' worklists and the page of one case."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse, Response
from pydantic import Field

from api.access import ACCESS, may_use
from api.answers import go_on, show
from api.inputs import LARGEST
from api.moments import Moment, Reading, Writing
from api.posted import Posted, text, whole
from api.site import PageSite
from forms.case_file import CasePage, case_page
from forms.pages import Fault, Link, Site
from forms.programme_records import SUBJECT
from forms.wording import plural
from forms.worklists import PATH, WorklistPage, address, worklist_page
from workflow import reviews
from workflow.case_file import find_review
from workflow.cases import row_of
from workflow.errors import InvalidInputError, NotFoundError
from workflow.followup import actions_of
from workflow.models import Reviewer
from workflow.programmes import geography_of
from workflow.quality.masking import case_file_for
from workflow.roster.loads import people_to_choose
from workflow.states import TRANSITIONS, Action, Role, available_actions
from workflow.worklists import Query as ListQuery
from workflow.worklists import View, view_counts, worklist

router = APIRouter(prefix=PATH)
Reference = Annotated[str, InPath(max_length=40)]
_MOST_FILTERS = 50
_Band = Annotated[int, Field(ge=0, le=LARGEST)]


async def list_query(
    view: View = View.UNALLOCATED,
    q: Annotated[str, Query(max_length=100)] = "",
    district: Annotated[list[str] | None, Query(max_length=_MOST_FILTERS)] = None,
    band: Annotated[list[_Band] | None, Query(max_length=_MOST_FILTERS)] = None,
    reviewer: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    sort: Annotated[str, Query(max_length=20)] = "",
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> ListQuery:
    """The list an address asks for."""
    return ListQuery(
        view=view,
        search=q.strip(),
        districts=tuple(dict.fromkeys(district or ())),
        bands=tuple(dict.fromkeys(band or ())),
        reviewer=reviewer,
        sort=sort,
        page=page,
    )


Asked = Annotated[ListQuery, Depends(list_query)]


def plain_query(sent: Mapping[str, list[str]]) -> ListQuery:
    """The list that a page carried along as a query; what makes no sense is left out."""
    view = sent.get("view", [""])[0]
    bands = [band for band in map(whole, sent.get("band", [])) if band is not None]
    return ListQuery(
        view=View(view) if view in set(View) else View.UNALLOCATED,
        search=sent.get("q", [""])[0],
        districts=tuple(sent.get("district", [])),
        bands=tuple(bands),
        reviewer=whole(sent.get("reviewer", [""])[0]),
        sort=sent.get("sort", [""])[0],
    )


@router.get("", response_class=HTMLResponse)
def list_reviews(at: Reading, site: PageSite, asked: Asked) -> HTMLResponse:
    """A worklist, as its address says."""
    return show("reviews/worklist.html", build_worklist(at, site, asked))


@router.get("/{reference}", response_class=HTMLResponse)
def one_case(at: Reading, site: PageSite, reference: Reference) -> HTMLResponse:
    """A case, its review and all that happened."""
    return show("reviews/case.html", build_case(at, site, reference))


@router.post("/{reference}/act", response_class=HTMLResponse)
def act_on(at: Writing, site: PageSite, reference: Reference, posted: Posted) -> Response:
    """Take one of the actions that ask for no more than a reason."""
    _, review = find_review(at.session, at.programme, reference)
    action = _action(text(posted, "action"))
    try:
        take(
            at,
            review.key,
            action,
            reason=text(posted, "reason"),
            version=whole(text(posted, "version")),
        )
    except InvalidInputError as refused:
        page = build_case(
            at,
            site,
            reference,
            faults=(Fault(str(refused), "reason"),),
            typed_reason=text(posted, "reason"),
        )
        return show("reviews/case.html", page)
    done = f"{reference}: {TRANSITIONS[action].label.lower()} done."
    return go_on(f"{PATH}/{reference}", done=done)


def take(at: Moment, review_id: int, action: Action, *, reason: str, version: int | None) -> None:
    """Take a plain action or a release, refused when the review changed since the page was made."""
    if action is Action.RELEASE:
        reviews.locked(at.session, review_id, version=version)
        reviews.release(at.session, review_id=review_id, actor=at.actor, now=at.now, reason=reason)
        return
    reviews.act(
        at.session,
        review_id=review_id,
        action=action,
        actor=at.actor,
        now=at.now,
        reason=reason,
        version=version,
    )


ACTIONS = (*reviews.PLAIN_ACTIONS, Action.RELEASE)
"""Actions that ask for no more than a reason."""


def _action(name: str) -> Action:
    if name not in {action.value for action in ACTIONS}:
        raise NotFoundError("action", name)
    return Action(name)


def build_worklist(at: Moment, site: Site, asked: ListQuery, **page: Any) -> WorklistPage:
    """The page of a list, with the reviewers who may be chosen when the visitor may allocate."""
    holder = at.session.get(Reviewer, asked.reviewer) if asked.reviewer else None
    counts = view_counts(at.session, at.programme, as_of=at.as_of)
    return worklist_page(
        site,
        worklist(at.session, at.programme, asked, as_of=at.as_of, counts=counts),
        counts,
        districts=geography_of(at.programme).districts,
        reviewers=_choices(at) if _may_allocate(at, asked.view) else (),
        calendar=at.programme.calendar,
        as_of=at.as_of,
        reviewer_name=holder.name if holder else "",
        **page,
    )


def _may_allocate(at: Moment, view: View) -> bool:
    """Whether the reviews of a list can be given to somebody, by this visitor."""
    return Role.COORDINATOR in at.actor.roles and view not in (View.SUBMITTED, View.COMPLETE)


def _choices(at: Moment) -> list[tuple[int, str]]:
    """Who can be chosen, with what they hold now."""
    return [
        (person.number, f"{person.name} ({person.agency}, {plural(person.held, 'open review')})")
        for person in people_to_choose(at.session, at.programme, on=at.as_of)
    ]


def _record(at: Moment, reference: str) -> Link | None:
    """Where all that is held on the child can be asked for, by who may."""
    if not may_use(ACCESS[f"GET {SUBJECT}/{{reference}}"], at.actor.roles):
        return None
    return Link("Everything held on this child", f"{SUBJECT}/{reference}")


def build_case(at: Moment, site: Site, reference: str, **page: object) -> CasePage:
    """The page of a case."""
    found = case_file_for(at.session, at.programme, reference, at.actor)
    review = found.review
    facts = reviews.facts_for(at.session, review, at.actor) if review else None
    actions = available_actions(review.state, at.actor, facts) if review and facts else {}
    return case_page(
        site,
        found,
        row_of(found.case),
        actions,
        districts=geography_of(at.programme).districts,
        calendar=at.programme.calendar,
        as_of=at.as_of,
        back=Link("Back to the list", address(ListQuery())),
        actions_after=actions_of(at.session, review.key) if review else (),
        record=_record(at, found.case.reference),
        **page,
    )
