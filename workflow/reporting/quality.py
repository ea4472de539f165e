"""The sections on quality as they stand on a day, without a forecast: what the quality page shows."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from workflow.followup import made_safe_by_day
from workflow.models import Programme
from workflow.policy import Policy
from workflow.programmes import geography_of
from workflow.quality.measures import agreement
from workflow.quality.reading import confirmed_reviews, decided_submissions, rated_pairs
from workflow.quality.tables import BoardFunnel
from workflow.queries import review_moves
from workflow.reporting import assurance, findings, gathering
from workflow.reporting.protecting import Beside, Published, publish
from workflow.reporting.standing import Standing, by_place, stand
from workflow.reporting.values import Section

SCHEME = "social_care"
"""Code of the geography's areas by which outcomes are shown."""


@dataclass(frozen=True, slots=True)
class QualityFacts:
    """What reviews find, where places differ, and how far two reviewers agree; nothing small in it."""

    findings: Section
    variation: Section
    sample: Section
    funnels: tuple[BoardFunnel, ...]


def quality_facts(
    session: Session, *, programme: Programme, policy: Policy, as_of: date
) -> QualityFacts:
    """The facts of the morning of a day, by the numbers the Board report of that day would show."""
    standing = stand(review_moves(session, programme), as_of)
    published = published_of(session, programme, policy, standing)
    funnels = findings.funnels_of(published, policy.quality)
    return QualityFacts(
        findings=findings.findings_section(published),
        variation=findings.variation_section(funnels),
        sample=sample_of(session, programme, policy, standing.until),
        funnels=funnels,
    )


def published_of(
    session: Session, programme: Programme, policy: Policy, standing: Standing
) -> Published:
    """Every count of reviews that may be shown, protected as one."""
    geography = geography_of(programme)
    names = gathering.district_names(session, programme, geography)
    confirmed = confirmed_reviews(
        session, programme, standing.until, geography=geography, scheme=SCHEME
    )
    safe = made_safe_by_day(session, programme, [standing.until])
    beside = Beside(
        districts=by_place(standing, names),
        made_safe=int(safe["made_safe"].iloc[0]),
        step_downs=gathering.step_downs(session, programme, geography, standing.until),
    )
    return publish(confirmed, beside, policy.quality)


def sample_of(session: Session, programme: Programme, policy: Policy, until: date) -> Section:
    """The sample against its plan, and the agreement of first and second reviews."""
    geography = geography_of(programme)
    decided = decided_submissions(session, programme, until, geography=geography)
    pairs = rated_pairs(session, programme, until)
    return assurance.sample_section(decided, agreement(pairs, policy.quality), policy.quality)
