"""Allocation by hand: one case from a list of reviewers, or many cases from a worklist at once."""

from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from api.answers import go_on, local_path, show
from api.moments import Moment, Reading, Writing
from api.pages.reviews import build_worklist, plain_query
from api.posted import Posted, text, whole
from api.site import PageSite
from forms.by_hand import choose_page, confirm_page, outcome_page
from forms.pages import Fault, Site
from forms.wording import plural
from forms.worklists import PATH
from workflow.allocation.by_hand import ByHand, allocate_by_hand, candidates_for
from workflow.case_file import find_review
from workflow.errors import InvalidInputError
from workflow.models import Reviewer
from workflow.worklists import Query, matching_reviews

router = APIRouter(prefix=PATH)
Reference = Annotated[str, InPath(max_length=40)]


@router.get("/{reference}/allocate", response_class=HTMLResponse)
def choose(at: Reading, site: PageSite, reference: Reference) -> HTMLResponse:
    """Everybody who could review a case."""
    return _choose(at, site, reference)


@router.post("/{reference}/allocate", response_class=HTMLResponse)
def give_one(at: Writing, site: PageSite, reference: Reference, posted: Posted) -> Response:
    """Give a case to the reviewer chosen, through the same rules as a run."""
    _, review = find_review(at.session, at.programme, reference)
    chosen, reason = text(posted, "reviewer"), text(posted, "reason")
    reviewer = whole(chosen)
    version = whole(text(posted, "version"))
    again: dict[str, Any] = {"chosen": chosen, "reason": reason}
    if reviewer is None:
        fault = Fault("Select a reviewer", "reviewer")
        return _choose(at, site, reference, faults=(fault,), **again)
    try:
        done = _give(
            at,
            [review.key],
            reviewer,
            posted,
            versions={review.key: version} if version is not None else None,
        )
    except InvalidInputError as refused:
        fault = Fault(str(refused), refused.field or "reason")
        return _choose(at, site, reference, faults=(fault,), **again)
    if done.refused:
        fault = Fault(done.refused[0].reason, "reviewer")
        return _choose(at, site, reference, faults=(fault,), **again)
    name = at.session.get_one(Reviewer, reviewer).name
    return go_on(f"{PATH}/{reference}", done=f"{reference} is allocated to {name}.")


@router.post("/allocate", response_class=HTMLResponse)
def give_many(at: Writing, site: PageSite, posted: Posted) -> Response:
    """Give the reviews ticked, or all that match, to one reviewer; what is refused is named."""
    asked = _asked(text(posted, "filter"))
    way_back = local_path(text(posted, "back"), PATH)
    chosen, ids = text(posted, "reviewer"), _ids(at, posted, asked)
    number = whole(chosen) or 0
    faults = [] if number else [Fault("Choose a reviewer", "reviewer")]
    faults += [] if ids else [Fault("Select at least one review", "reviews")]
    if faults:
        return _list_again(at, site, posted, asked, tuple(faults))
    reviewer = at.session.get(Reviewer, number)
    name = reviewer.name if reviewer else ""
    if text(posted, "all") and not text(posted, "confirmed"):
        typed = {field: text(posted, field) for field in ("reviewer", "reason", "filter")}
        question = confirm_page(site, count=len(ids), name=name, typed=typed | {"back": way_back})
        return show("reviews/confirm.html", question)
    try:
        done = _give(at, ids, number, posted)
    except InvalidInputError as refused:
        fault = Fault(str(refused), refused.field or "reason")
        return _list_again(at, site, posted, asked, (fault,))
    if done.refused:
        page = outcome_page(
            site,
            done,
            reviewer=number,
            name=name,
            reason=text(posted, "reason"),
            way_back=way_back,
            as_of=at.as_of,
        )
        return show("reviews/outcome.html", page)
    return go_on(way_back, done=f"{plural(len(done.placed), 'review')} allocated to {name}.")


def _give(
    at: Moment,
    ids: list[int],
    reviewer: int,
    posted: FormData,
    versions: dict[int, int] | None = None,
) -> ByHand:
    return allocate_by_hand(
        at.session,
        programme=at.programme,
        policy=at.policy,
        review_ids=ids,
        reviewer_id=reviewer,
        actor=at.actor,
        now=at.now,
        as_of=at.as_of,
        reason=text(posted, "reason") or None,
        override=bool(text(posted, "override")),
        versions=versions,
    )


def _choose(
    at: Moment, site: Site, reference: str, *, chosen: str = "", reason: str = "", **page: Any
) -> HTMLResponse:
    _, review = find_review(at.session, at.programme, reference)
    options = candidates_for(
        at.session, review.key, programme=at.programme, policy=at.policy, as_of=at.as_of
    )
    made = choose_page(
        site,
        reference,
        options,
        review_id=review.key,
        version=review.version,
        chosen=chosen,
        reason=reason,
        as_of=at.as_of,
        **page,
    )
    return show("reviews/choose.html", made)


def _list_again(
    at: Moment, site: Site, posted: FormData, asked: Query, faults: tuple[Fault, ...]
) -> HTMLResponse:
    page = build_worklist(
        at,
        site,
        asked,
        ticked=frozenset(_ticked(posted)),
        chosen=text(posted, "reviewer"),
        reason=text(posted, "reason"),
        faults=faults,
    )
    return show("reviews/worklist.html", page)


def _ids(at: Moment, posted: FormData, asked: Query) -> list[int]:
    if text(posted, "all"):
        return matching_reviews(at.session, at.programme, asked, as_of=at.as_of)
    return _ticked(posted)


def _ticked(posted: FormData) -> list[int]:
    return [number for number in map(whole, posted.getlist("review")) if number is not None]


def _asked(query: str) -> Query:
    """The list that was on the page, from the query it carried."""
    return plain_query(parse_qs(query))
