"""Who may ask for what: one row per route and method. A route without a row stops the app at its start.

A row says which roles reach the route at all; what they find there is narrowed again by the use case
(a reviewer sees the reviews they hold, and a review of somebody else answers like a missing one).
"""

from collections.abc import Mapping
from enum import Enum

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from workflow.states import Role


class Open(Enum):
    """Rules that do not ask for a role."""

    TO_ALL = "everybody, signed in or not"
    TO_SIGNED_IN = "everybody who is signed in"


Rule = Open | frozenset[Role]
"""Who may use a route; of several roles, any will do."""

_C, _R, _M = Role.COORDINATOR, Role.REVIEWER, Role.MANAGER
_O, _A, _U = Role.MODERATOR, Role.ADMINISTRATOR, Role.AUDITOR


def _only(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)


_OVERSIGHT = _only(_C, _M, _O, _A, _U)
"""Counts and forecasts, never a case."""

_SIGNING_IN: dict[str, Rule] = {
    "GET /": Open.TO_SIGNED_IN,
    "GET /sign-in": Open.TO_ALL,
    "POST /sign-in": Open.TO_ALL,
    "GET /sign-in/provider": Open.TO_ALL,
    "GET /sign-in/provider/back": Open.TO_ALL,
    "POST /sign-out": Open.TO_SIGNED_IN,
    "GET /start": Open.TO_ALL,
    "POST /start": Open.TO_ALL,
    "GET /favicon.ico": Open.TO_ALL,
    "GET /healthz": Open.TO_ALL,
    "GET /readyz": Open.TO_ALL,
}
_PROGRESS: dict[str, Rule] = {
    "GET /progress": _OVERSIGHT,
    "GET /progress/burn-down-{width}.svg": _OVERSIGHT,
    "GET /progress/burn-down.png": _OVERSIGHT,
    "GET /progress/burn-down.csv": _OVERSIGHT,
    "GET /progress/districts-{width}.svg": _OVERSIGHT,
    "GET /progress/districts.csv": _OVERSIGHT,
    "GET /progress/reliability-{width}.svg": _OVERSIGHT,
    "GET /progress/reliability.csv": _OVERSIGHT,
    "GET /progress/why": _OVERSIGHT,
    "GET /api/progress": _OVERSIGHT,
    "GET /api/progress/why": _OVERSIGHT,
    "GET /what-if": _only(_M, _C),
    "POST /what-if": _only(_M, _C),
    "GET /what-if/{number}": _only(_M, _C),
    "GET /api/what-if": _only(_M, _C),
    "POST /api/what-if": _only(_M, _C),
    "GET /api/what-if/{number}": _only(_M, _C),
}
_COORDINATING: dict[str, Rule] = {
    "GET /allocation": _only(_C),
    "GET /allocation/{number}": _only(_C),
    "POST /allocation/preview": _only(_C),
    "POST /allocation/leaver": _only(_C),
    "POST /allocation/absence": _only(_C),
    "POST /allocation/{number}/apply": _only(_C),
    "POST /allocation/{number}/undo": _only(_C),
    "GET /reviews": _only(_C, _M),
    "GET /reviews/{reference}": _only(_C, _M),
    "POST /reviews/{reference}/act": _only(_C),
    "GET /reviews/{reference}/allocate": _only(_C),
    "POST /reviews/{reference}/allocate": _only(_C),
    "POST /reviews/allocate": _only(_C),
    "GET /api/reviews": _only(_C, _M),
    "GET /api/reviews/{reference}": _only(_C, _M),
    "POST /api/reviews/{reference}/act": _only(_C),
    "GET /api/reviews/{reference}/candidates": _only(_C),
    "POST /api/reviews/{reference}/allocate": _only(_C),
    "POST /api/reviews/allocate": _only(_C),
    "GET /api/allocation": _only(_C),
    "GET /api/allocation/{number}": _only(_C),
    "GET /api/allocation/{number}/lines": _only(_C),
    "POST /api/allocation/preview": _only(_C),
    "POST /api/allocation/leaver": _only(_C),
    "POST /api/allocation/absence": _only(_C),
    "POST /api/allocation/{number}/apply": _only(_C),
    "POST /api/allocation/{number}/undo": _only(_C),
}
_CASELOAD: dict[str, Rule] = {
    "GET /roster": _only(_C, _M),
    "GET /roster/{reference}": _only(_C, _M),
    "POST /roster/import": _only(_C, _A),
    "POST /roster/{reference}/leave": _only(_C, _M),
    "POST /roster/{reference}/conflicts": _only(_C, _M),
    "GET /caseload": _only(_C),
    "POST /caseload/import": _only(_C),
    "GET /caseload/imports/{number}": _only(_C),
    "POST /caseload/values": _only(_C),
    "POST /caseload/cohort": _only(_C),
    "GET /reviews.{kind}": _only(_C, _M),
    "GET /roster.{kind}": _only(_C, _M),
    "GET /caseload/imports/{number}/findings.{kind}": _only(_C),
    "GET /api/roster": _only(_C, _M),
    "GET /api/roster/{reference}": _only(_C, _M),
    "POST /api/roster/import": _only(_C, _A),
    "POST /api/roster/{reference}/leave": _only(_C, _M),
    "POST /api/roster/{reference}/conflicts": _only(_C, _M),
    "GET /api/caseload": _only(_C),
    "POST /api/caseload/import": _only(_C),
    "GET /api/caseload/imports/{number}": _only(_C),
    "GET /api/caseload/values": _only(_C),
    "POST /api/caseload/values": _only(_C),
    "POST /api/caseload/cohort": _only(_C),
}
_REVIEWING: dict[str, Rule] = {
    "GET /my-reviews": _only(_R),
    "GET /my-reviews/{reference}": _only(_R),
    "POST /my-reviews/{reference}/start": _only(_R),
    "GET /my-reviews/{reference}/form/{section}": _only(_R),
    "POST /my-reviews/{reference}/form/{section}": _only(_R),
    "GET /my-reviews/{reference}/check": _only(_R),
    "POST /my-reviews/{reference}/check": _only(_R),
    "GET /my-reviews/{reference}/submitted": _only(_R),
    "GET /my-reviews/{reference}/decline": _only(_R),
    "POST /my-reviews/{reference}/decline": _only(_R),
    "GET /my-reviews/{reference}/hold": _only(_R),
    "POST /my-reviews/{reference}/hold": _only(_R),
    "GET /my-reviews/{reference}/conflict": _only(_R),
    "POST /my-reviews/{reference}/conflict": _only(_R),
    "GET /my-reviews/{reference}/escalate": _only(_R),
    "POST /my-reviews/{reference}/escalate": _only(_R),
    "GET /api/my-reviews": _only(_R),
    "GET /api/my-reviews/{reference}": _only(_R),
    "POST /api/my-reviews/{reference}/start": _only(_R),
    "POST /api/my-reviews/{reference}/decline": _only(_R),
    "POST /api/my-reviews/{reference}/hold": _only(_R),
    "POST /api/my-reviews/{reference}/conflict": _only(_R),
    "POST /api/my-reviews/{reference}/escalate": _only(_R),
    "POST /api/my-reviews/{reference}/submit": _only(_R),
    "POST /api/drafts/{reference}": _only(_R),
}
_DECIDING: dict[str, Rule] = {
    "GET /decisions": _only(_M),
    "GET /decisions/{reference}": _only(_M),
    "POST /decisions/{reference}": _only(_M),
    "GET /escalations": _only(_C, _M),
    "POST /escalations/{number}/acknowledge": _only(_C, _M),
    "POST /escalations/{number}/close": _only(_C, _M),
    "GET /api/decisions": _only(_M),
    "GET /api/decisions/{reference}": _only(_M),
    "POST /api/decisions/{reference}": _only(_M),
    "GET /api/escalations": _only(_C, _M),
    "POST /api/escalations/{number}/acknowledge": _only(_C, _M),
    "POST /api/escalations/{number}/close": _only(_C, _M),
}
_FOLLOWING: dict[str, Rule] = {
    "GET /actions": _only(_C, _M),
    "POST /actions/done": _only(_C, _M),
    "GET /actions/outlook": _only(_C, _M),
    "GET /actions/outlook.csv": _only(_C, _M),
    "GET /actions/add": _only(_C, _M),
    "POST /actions/add": _only(_C, _M),
    "GET /actions/{number}": _only(_C, _M),
    "POST /actions/{number}/done": _only(_C, _M),
    "POST /actions/{number}/extend": _only(_C, _M),
    "POST /actions/{number}/reassign": _only(_C, _M),
    "POST /actions/{number}/cancel": _only(_C, _M),
    "GET /api/actions": _only(_C, _M),
    "POST /api/actions": _only(_C, _M),
    "GET /api/actions/outlook": _only(_C, _M),
    "GET /api/actions/{number}": _only(_C, _M),
    "POST /api/actions/{number}/done": _only(_C, _M),
    "POST /api/actions/{number}/extend": _only(_C, _M),
    "POST /api/actions/{number}/reassign": _only(_C, _M),
    "POST /api/actions/{number}/cancel": _only(_C, _M),
    "GET /capacity": _only(_C, _M, _A, _U),
    "GET /capacity/{slug}-{width}.svg": _only(_C, _M, _A, _U),
    "GET /capacity/{slug}.csv": _only(_C, _M, _A, _U),
    "POST /capacity/what-if/{lever}": _only(_C, _M),
    "GET /capacity/posts/add": _only(_C, _M, _A),
    "POST /capacity/posts/add": _only(_C, _M, _A),
    "GET /capacity/posts/{number}": _only(_C, _M, _A, _U),
    "POST /capacity/posts/{number}/expect": _only(_C, _M, _A),
    "POST /capacity/posts/{number}/fill": _only(_C, _M, _A),
    "GET /capacity/managers/add": _only(_C, _M, _A),
    "POST /capacity/managers/add": _only(_C, _M, _A),
    "GET /capacity/managers/{number}": _only(_C, _M, _A, _U),
    "POST /capacity/managers/{number}/count": _only(_C, _M, _A),
    "POST /capacity/managers/{number}/end": _only(_C, _M, _A),
    "GET /api/capacity": _only(_C, _M, _A, _U),
    "POST /api/capacity/posts": _only(_C, _M, _A),
    "POST /api/capacity/posts/{number}/expect": _only(_C, _M, _A),
    "POST /api/capacity/posts/{number}/fill": _only(_C, _M, _A),
    "POST /api/capacity/managers": _only(_C, _M, _A),
    "POST /api/capacity/managers/{number}/count": _only(_C, _M, _A),
    "POST /api/capacity/managers/{number}/end": _only(_C, _M, _A),
    "GET /board": _OVERSIGHT,
    "GET /board/commitments/add": _only(_C, _M, _A),
    "POST /board/commitments/add": _only(_C, _M, _A),
    "GET /board/commitments/{number}": _OVERSIGHT,
    "POST /board/commitments/{number}/change": _only(_C, _M, _A),
    "POST /board/commitments/{number}/met": _only(_C, _M, _A),
    "POST /board/commitments/{number}/dropped": _only(_C, _M, _A),
    "GET /board/meetings": _OVERSIGHT,
    "POST /board/meetings": _only(_C, _M, _A),
    "GET /board/meetings/{number}": _OVERSIGHT,
    "POST /board/meetings/{number}/decisions": _only(_C, _M, _A),
    "GET /board/report": _OVERSIGHT,
    "GET /board/report/{day}.{kind}": _OVERSIGHT,
    "GET /board/report/{day}": _OVERSIGHT,
    "GET /api/board": _OVERSIGHT,
    "POST /api/board/commitments": _only(_C, _M, _A),
    "POST /api/board/commitments/{number}/change": _only(_C, _M, _A),
    "POST /api/board/commitments/{number}/close": _only(_C, _M, _A),
    "POST /api/board/meetings": _only(_C, _M, _A),
    "GET /api/board/meetings/{number}": _OVERSIGHT,
    "POST /api/board/meetings/{number}/decisions": _only(_C, _M, _A),
    "GET /api/board/report/{day}": _OVERSIGHT,
    "GET /programme": _only(_C, _M, _A, _U),
    "POST /programme/dates": _only(_M, _A),
    "POST /programme/days": _only(_C, _M, _A),
    "GET /programme/policy": _only(_C, _M, _A, _U),
    "GET /programme/policy/{name}": _only(_C, _M, _A, _U),
    "POST /programme/policy/{name}": _only(_M, _A),
    "GET /programme/records": _only(_M, _A),
    "POST /programme/records/rules": _only(_A),
    "POST /programme/records/purge": _only(_A),
    "GET /subject": _only(_M, _A),
    "GET /subject/{reference}": _only(_M, _A),
    "POST /subject/{reference}": _only(_M, _A),
    "POST /subject/{reference}/hold": _only(_M, _A),
    "POST /subject/{reference}/lift": _only(_M, _A),
    "GET /api/programme": _only(_C, _M, _A, _U),
    "POST /api/programme/dates": _only(_M, _A),
    "POST /api/programme/days": _only(_C, _M, _A),
    "POST /api/programme/policy/{name}": _only(_M, _A),
    "GET /api/records": _only(_M, _A),
    "POST /api/subject/{reference}": _only(_M, _A),
    "POST /api/subject/{reference}/hold": _only(_M, _A),
    "POST /api/subject/{reference}/lift": _only(_M, _A),
}
_MODERATING: dict[str, Rule] = {
    "GET /moderation": _only(_O),
    "GET /moderation/{reference}": _only(_O),
    "GET /moderation/{reference}/form/{section}": _only(_O),
    "POST /moderation/{reference}/form/{section}": _only(_O),
    "GET /moderation/{reference}/check": _only(_O),
    "POST /moderation/{reference}/check": _only(_O),
    "GET /moderation/{reference}/compare": _only(_O),
    "POST /moderation/{reference}/judge": _only(_O),
    "GET /moderation/{reference}/escalate": _only(_O),
    "POST /moderation/{reference}/escalate": _only(_O),
    "GET /quality": _only(_M, _O, _U, _A),
    "GET /quality/{measure}-{width}.svg": _only(_M, _O, _U, _A),
    "GET /quality/{measure}.csv": _only(_M, _O, _U, _A),
    "GET /quality/teams": _only(_M, _O, _U, _A),
    "GET /quality/teams/{measure}-{width}.svg": _only(_M, _O, _U, _A),
    "GET /quality/teams/{measure}.csv": _only(_M, _O, _U, _A),
    "GET /quality/plan": _only(_M, _O, _U, _A),
    "POST /quality/plan": _only(_M, _A),
    "GET /api/quality": _only(_M, _O, _U, _A),
    "GET /api/quality/plan": _only(_M, _O, _U, _A),
    "POST /api/quality/plan": _only(_M, _A),
    "POST /api/quality/plan/look": _only(_M, _A),
    "GET /api/moderation": _only(_O),
    "GET /api/moderation/{reference}": _only(_O),
    "POST /api/moderation/{reference}/draft": _only(_O),
    "POST /api/moderation/{reference}/submit": _only(_O),
    "GET /api/moderation/{reference}/compare": _only(_O),
    "POST /api/moderation/{reference}/judge": _only(_O),
    "POST /api/moderation/{reference}/escalate": _only(_O),
}
_ADMINISTERING: dict[str, Rule] = {
    "GET /account": Open.TO_SIGNED_IN,
    "POST /account/password": Open.TO_SIGNED_IN,
    "POST /account/sessions/end": Open.TO_SIGNED_IN,
    "POST /account/tokens": Open.TO_SIGNED_IN,
    "POST /account/tokens/{number}/revoke": Open.TO_SIGNED_IN,
    "POST /account/second-factor": Open.TO_SIGNED_IN,
    "GET /account/second-factor.svg": Open.TO_SIGNED_IN,
    "POST /account/second-factor/confirm": Open.TO_SIGNED_IN,
    "GET /accounts": _only(_A),
    "POST /accounts": _only(_A),
    "GET /accounts/{number}": _only(_A),
    "POST /accounts/{number}/roles": _only(_A),
    "POST /accounts/{number}/act": _only(_A),
    "GET /audit": _only(_U, _A),
    "GET /audit.{file_kind}": _only(_U, _A),
    "GET /api/audit": _only(_U, _A),
    "GET /api/me": Open.TO_SIGNED_IN,
    "GET /api/openapi.json": Open.TO_SIGNED_IN,
}

_TELLING: dict[str, Rule] = {
    "GET /inbox": Open.TO_SIGNED_IN,
    "POST /inbox/read": Open.TO_SIGNED_IN,
    "GET /api/inbox": Open.TO_SIGNED_IN,
    "POST /api/inbox/read": Open.TO_SIGNED_IN,
    "GET /notifications": _only(_C, _A),
    "POST /notifications/again": _only(_C, _A),
    "GET /api/notifications": _only(_C, _A),
}
_STATEMENTS: dict[str, Rule] = {
    "GET /accessibility": Open.TO_ALL,
    "GET /privacy": Open.TO_ALL,
    "GET /help": Open.TO_ALL,
}

ACCESS: Mapping[str, Rule] = {
    **_SIGNING_IN,
    **_PROGRESS,
    **_COORDINATING,
    **_CASELOAD,
    **_REVIEWING,
    **_DECIDING,
    **_MODERATING,
    **_FOLLOWING,
    **_ADMINISTERING,
    **_TELLING,
    **_STATEMENTS,
}
"""Method and path of the route → who may use it."""


def may_use(rule: Rule, roles: frozenset[Role]) -> bool:
    """Whether somebody signed in with these roles passes a rule."""
    return isinstance(rule, Open) or bool(rule & roles)


def rule_of(route: APIRoute, method: str) -> Rule:
    """The row of a route.

    Raises:
        LookupError: there is none.
    """
    return ACCESS[f"{'GET' if method == 'HEAD' else method} {route.path}"]


def check_complete(app: FastAPI) -> None:
    """Refuse to start an app whose routes and rows do not match.

    Raises:
        RuntimeError: naming every route without a row and every row without a route.
    """
    routes = {
        f"{method} {route.path}"
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute)
        for method in route.methods or ()
    }
    lacking, stale = sorted(routes - ACCESS.keys()), sorted(ACCESS.keys() - routes)
    if lacking or stale:
        message = f"api/access.py: routes without a rule {lacking}, rules without a route {stale}"
        raise RuntimeError(message)
