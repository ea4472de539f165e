"""The use of it all: everything the Board report says of one day, as facts."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sqlmodel import Session

from workflow.board import list_commitments, meetings_of
from workflow.calendar import WorkCalendar
from workflow.capacity import BurnDown, carried_cases, vacant_posts
from workflow.errors import InvalidInputError
from workflow.followup.outlook import forecast_demand
from workflow.forecast.stored import Step, forecast_record, why_forecast_moved
from workflow.geography import Geography
from workflow.intake.cohort import COHORT_RULES
from workflow.models import Programme
from workflow.policy import Policy
from workflow.programmes import geography_of
from workflow.quality.reading import UNKNOWN
from workflow.quality.tables import BoardFunnel
from workflow.queries import review_moves
from workflow.reporting import (
    assurance,
    findings,
    following,
    gathering,
    people,
    progress,
    promises,
    sources,
)
from workflow.reporting.levers import levers
from workflow.reporting.people import Register
from workflow.reporting.quality import published_of, sample_of
from workflow.reporting.sources import Basis
from workflow.reporting.standing import Standing, count_days, stand
from workflow.reporting.values import Figure, Section, Table, Value


@dataclass(frozen=True)
class BoardReport:
    """One day's report: sections in the order they are read, and what pictures are drawn from."""

    programme: str
    authority: str
    as_of: date
    target: date
    is_demo: bool
    calendar: WorkCalendar
    district_names: Mapping[str, str]
    """District code → name."""
    sections: Mapping[str, Section]
    forecast: Mapping[str, Any]
    """JSON of the completion forecast."""
    funnels: tuple[BoardFunnel, ...]
    burn_downs: Mapping[Register, BurnDown]
    basis: Basis
    shown_districts: frozenset[str]
    """Names of the districts whose open reviews are published."""

    @property
    def tables(self) -> Iterator[Table]:
        """Every table, in order."""
        return (table for section in self.sections.values() for table in section.tables)

    @property
    def figures(self) -> Iterator[Figure]:
        """Every figure, in order."""
        return (figure for section in self.sections.values() for figure in section.figures)

    def table(self, name: str) -> Table:
        """The table of a name."""
        return next(table for table in self.tables if table.name == name)

    @cached_property
    def values(self) -> dict[str, Value]:
        """Figure → value."""
        return {figure.name: figure.value for figure in self.figures}

    def to_json(self) -> str:
        """All figures and tables as one document; the same facts give the same bytes."""
        document = {
            "programme": self.programme,
            "as_of": self.as_of,
            "target": self.target,
            "figures": self.values,
            "tables": {
                table.name: [
                    dict(zip((column.name for column in table.columns), row, strict=True))
                    for row in table.rows
                ]
                for table in self.tables
            },
        }
        return json.dumps(document, indent=1, ensure_ascii=False, default=date.isoformat) + "\n"

    @cached_property
    def version(self) -> str:
        """Fingerprint of all figures: two copies that show the same one say the same."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:12]


def report_facts(
    session: Session, *, programme: Programme, policy: Policy, as_of: date, today: date
) -> BoardReport:
    """Gather the report of the morning of a day: work counts to the end of the day before.

    Args:
        today: the day it is, or that a demonstration pretends it is.

    Raises:
        InvalidInputError: the day lies ahead, before the programme, or there is no review yet.
    """
    if as_of > today:
        raise InvalidInputError(f"The report cannot speak of {as_of} before it has come.", "as_of")
    if as_of < programme.starts_on:
        raise InvalidInputError(f"The programme began on {programme.starts_on}.", "as_of")
    return _Gathered(session, programme, policy, as_of).report()


class _Gathered:
    """What several sections share, read once."""

    def __init__(self, session: Session, programme: Programme, policy: Policy, as_of: date) -> None:
        self.session, self.programme, self.policy, self.as_of = session, programme, policy, as_of
        self.geography: Geography = geography_of(programme)
        self.said = gathering.forecast_of(session, programme, policy, as_of)
        self.standing: Standing = stand(review_moves(session, programme), as_of)
        self.until = self.standing.until
        self.published = published_of(session, programme, policy, self.standing)
        self.funnels = findings.funnels_of(self.published, policy.quality)
        self.basis = gathering.basis_of(session, programme, self.standing, self.said)
        self.burn_downs: dict[Register, BurnDown] = {
            "vacant_posts": vacant_posts(session, programme=programme, policy=policy, as_of=as_of),
            "carried_cases": carried_cases(
                session, programme=programme, policy=policy, as_of=as_of
            ),
        }

    def report(self) -> BoardReport:
        districts = self._districts()
        return BoardReport(
            programme=self.programme.name,
            authority=self.geography.authority_name,
            as_of=self.as_of,
            target=self.programme.target_on,
            is_demo=self.programme.is_demo,
            calendar=self.programme.calendar,
            district_names=self.geography.districts,
            sections={
                "progress": self._progress(),
                "forecast": self._forecast(),
                "levers": self._levers(),
                "districts": districts,
                "findings": findings.findings_section(self.published),
                "variation": findings.variation_section(self.funnels),
                "sample": self._sample(),
                "escalations": self._escalations(),
                "actions": self._actions(),
                "demand": self._demand(),
                "capacity": self._capacity(),
                "register": self._register(),
                "sources": self._sources(),
            },
            forecast=self.said.forecast,
            funnels=self.funnels,
            burn_downs=self.burn_downs,
            basis=self.basis,
            shown_districts=frozenset(
                str(row[0]) for row in districts.tables[0].rows if isinstance(row[3], int)
            ),
        )

    def _progress(self) -> Section:
        programme = self.programme
        days = count_days(self.standing, programme.calendar, programme.starts_on)
        return progress.progress_section(
            self.standing,
            days,
            overdue=gathering.overdue(self.session, programme, self.standing),
            working_days_left=len(programme.calendar.working_days(self.as_of, programme.target_on)),
        )

    def _forecast(self) -> Section:
        records = forecast_record(self.session, programme=self.programme, as_of=self.as_of)
        return progress.forecast_section(self.said.forecast, records, self._moved())

    def _moved(self) -> Step | None:
        """Since the last meeting of the Board where a forecast was kept by then, else since any."""
        held = [m.held_on for m, _ in self._meetings() if m.held_on < self.as_of]
        for since in (*held[:1], None):
            step = why_forecast_moved(
                self.session,
                programme=self.programme,
                policy=self.policy,
                as_of=self.as_of,
                since=since,
            )
            if step is not None:
                return step
        return None

    def _meetings(self) -> list[Any]:
        return meetings_of(self.session, self.programme, up_to=self.as_of)

    def _levers(self) -> Section:
        return progress.levers_section(
            levers(self.session, programme=self.programme, policy=self.policy, as_of=self.as_of)
        )

    def _districts(self) -> Section:
        names: dict[str | None, str] = {None: UNKNOWN}
        names.update(self.geography.districts)
        return progress.districts_section(names, self.said.forecast, self.published)

    def _sample(self) -> Section:
        return sample_of(self.session, self.programme, self.policy, self.until)

    def _escalations(self) -> Section:
        found = gathering.escalations(self.session, self.programme)
        return assurance.escalations_section(found, self.until, self.policy.quality)

    def _actions(self) -> Section:
        found = gathering.actions(self.session, self.programme, self.standing)
        return following.actions_section(found, self.published, self.policy.quality)

    def _demand(self) -> Section:
        outlook = forecast_demand(
            self.session, programme=self.programme, policy=self.policy, as_of=self.as_of
        )
        return following.demand_section(outlook, self.published)

    def _capacity(self) -> Section:
        where = (self.session, self.programme, self.geography, self.as_of)
        return people.capacity_section(
            gathering.vacancies(*where),
            gathering.managers(*where),
            self.burn_downs,
            self.programme.calendar,
        )

    def _register(self) -> Section:
        return promises.register_section(
            list_commitments(
                self.session, self.programme, as_of=self.as_of, policy=self.policy.board
            ),
            self._meetings(),
            changed=gathering.rewritten_commitments(self.session, self.programme, self.as_of),
        )

    def _sources(self) -> Section:
        return sources.sources_section(
            self.basis,
            gathering.imports(self.session, self.programme, self.as_of),
            rule_labels={rule.code: rule.label for rule in COHORT_RULES},
            policy=self.policy,
        )
