"""The sections on quality as they stand on a day, without a forecast: what the quality page shows."""

from dataclasses import dataclass
from datetime import date

import pandas as pd
from sqlmodel import Session

from workflow.followup import made_safe_by_day
from workflow.models import Programme
from workflow.policy import Policy
from workflow.programmes import geography_of
from workflow.quality.measures import Agreement, agreement
from workflow.quality.reading import confirmed_reviews, decided_submissions, rated_pairs
from workflow.quality.tables import BoardFunnel, board_funnel, team_tables
from workflow.queries import review_moves
from workflow.reporting import assurance, findings, gathering
from workflow.reporting.drift import agency_agreement, drift_section
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
    drift: Section
    """The same mix by agency and by area, as a whole and week by week."""
    funnels: tuple[BoardFunnel, ...]
    team_funnels: tuple[BoardFunnel, ...]
    agreements: tuple[Agreement, ...]
    """On every finding, of as many pairs as may be spoken of."""


def quality_facts(
    session: Session, *, programme: Programme, policy: Policy, as_of: date
) -> QualityFacts:
    """The facts of the morning of a day, by the numbers the Board report of that day would show."""
    standing = stand(review_moves(session, programme), as_of)
    confirmed = confirmed_by(session, programme, standing.until)
    published = publish(confirmed, _beside(session, programme, standing), policy.quality)
    funnels = findings.funnels_of(published, policy.quality)
    teams = team_tables(confirmed, published.board.protected, policy.quality)
    pairs = rated_pairs(session, programme, standing.until)
    sample = sample_of(session, programme, policy, standing.until)
    return QualityFacts(
        findings=findings.findings_section(published),
        variation=findings.variation_section(funnels),
        sample=Section(tables=(*sample.tables, agency_agreement(pairs, policy.quality))),
        drift=drift_section(published),
        funnels=funnels,
        team_funnels=tuple(
            board_funnel(teams, one.measure, policy.quality, by="team") for one in funnels
        ),
        agreements=tuple(
            one
            for one in agreement(pairs, policy.quality)
            if one.pairs >= policy.quality.smallest_published
        ),
    )


def published_of(
    session: Session, programme: Programme, policy: Policy, standing: Standing
) -> Published:
    """Every count of reviews that may be shown, protected as one."""
    confirmed = confirmed_by(session, programme, standing.until)
    return publish(confirmed, _beside(session, programme, standing), policy.quality)


def confirmed_by(session: Session, programme: Programme, until: date) -> pd.DataFrame:
    """The reviews that stood complete at the end of a day, by the areas outcomes are shown by."""
    geography = geography_of(programme)
    return confirmed_reviews(session, programme, until, geography=geography, scheme=SCHEME)


def _beside(session: Session, programme: Programme, standing: Standing) -> Beside:
    geography = geography_of(programme)
    names = gathering.district_names(session, programme, geography)
    safe = made_safe_by_day(session, programme, [standing.until])
    return Beside(
        districts=by_place(standing, names),
        made_safe=int(safe["made_safe"].iloc[0]),
        step_downs=gathering.step_downs(session, programme, geography, standing.until),
    )


def sample_of(session: Session, programme: Programme, policy: Policy, until: date) -> Section:
    """The sample against its plan, and the agreement of first and second reviews."""
    geography = geography_of(programme)
    decided = decided_submissions(session, programme, until, geography=geography)
    pairs = rated_pairs(session, programme, until)
    return assurance.sample_section(decided, agreement(pairs, policy.quality), policy.quality)
