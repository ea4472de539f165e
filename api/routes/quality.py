"""JSON of quality: the tables of the quality page, and the sampling plan."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from api.inputs import Body, Day, Reason
from api.moments import Moment, Reading, Writing
from api.quality import facts_at
from workflow.programmes import geography_of
from workflow.quality.outlook import outlook
from workflow.quality.plans import plan_on, set_plan, with_codes
from workflow.quality.sampling import SamplingPlan

router = APIRouter(prefix="/api/quality", tags=["Quality"])


class ShareOf(Body):
    """A share of its own for one part of the reviews."""

    dimension: Annotated[str, Field(max_length=40)]
    value: Annotated[str, Field(max_length=80)]
    share: Annotated[float, Field(ge=0, le=1)]


class Plan(Body):
    """Which reviews get a second look from a day on, and why that changes."""

    in_force_from: Day
    share: Annotated[float, Field(ge=0, le=1)]
    first_reviews: Annotated[int, Field(ge=0, le=1000)]
    under_years: Annotated[int, Field(ge=0, le=25)]
    strata: Annotated[list[ShareOf], Field(max_length=100, default_factory=list)]
    always: Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=20)]
    reason: Reason


@router.get("", summary="What reviews find, where places differ, and how far reviewers agree")
def quality(at: Reading) -> dict[str, Any]:
    """The tables of the page; hidden counts are `c`."""
    facts = facts_at(at)
    sections = (facts.sample, facts.variation, facts.findings, facts.drift)
    return {
        "as_of": at.as_of,
        "tables": {
            table.name: [
                dict(zip((column.name for column in table.columns), row, strict=True))
                for row in table.rows
            ]
            for section in sections
            for table in section.tables
        },
    }


@router.get("/plan", summary="The sampling plan in force today")
def plan(at: Reading) -> dict[str, Any]:
    """As a plan is sent, without its reason."""
    found = plan_on(at.session, at.programme.key, at.as_of, at.policy.moderation)
    since: date | None = None if found.in_force_from == date.min else found.in_force_from
    return {"in_force_from": since, **found.to_json()}


@router.post("/plan/look", summary="What a sampling plan would draw")
def look_at_plan(at: Reading, body: Plan) -> dict[str, Any]:
    """Second looks to expect of the reviews nobody has decided on; nothing is changed."""
    plan = _planned(at, body)
    plan.check()
    drawn = outlook(at.session, at.programme, plan, on=max(at.as_of, plan.in_force_from))
    return asdict(drawn) | {"total": drawn.total}


@router.post("/plan", status_code=201, summary="Set a sampling plan")
def change_plan(at: Writing, body: Plan) -> dict[str, Any]:
    """From a day on; draws that are made stay."""
    rule = set_plan(
        at.session,
        programme=at.programme,
        plan=_planned(at, body),
        reason=body.reason,
        actor=at.actor,
        now=at.now,
        today=at.as_of,
    )
    return {"in_force_from": rule.in_force_from, **rule.plan}


def _planned(at: Moment, body: Plan) -> SamplingPlan:
    sent = body.model_dump(exclude={"in_force_from", "reason"})
    plan = SamplingPlan.from_json(sent, body.in_force_from)
    return with_codes(plan, geography_of(at.programme))
