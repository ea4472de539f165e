"""The use cases of what-if: run a scenario, keep it with its result, run it again."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from workflow import audit
from workflow.errors import InvalidInputError, NotFoundError, NotPermittedError
from workflow.forecast.inputs import MODEL_VERSION
from workflow.forecast.reading import read_inputs
from workflow.forecast.scenario import Comparison, Scenario, compare
from workflow.forecast.scenario_file import definition_of, scenario_of
from workflow.models import Programme, SavedScenario
from workflow.policy import Policy
from workflow.states import Actor, Role

PATHS = 10_000
"""As many as the forecast has, so that the base is the number people know."""
_MAY_SAVE = (Role.ADMINISTRATOR, Role.COORDINATOR, Role.MANAGER)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioRun:
    """A scenario played against the forecast of a day."""

    scenario: Scenario
    as_of: date
    comparison: Comparison
    input_hash: str
    """Of the base."""
    seed: int
    paths: int
    model_version: str = MODEL_VERSION

    def to_json(self) -> dict[str, Any]:
        """The scenario, the comparison and what it can be made again from."""
        return {
            "as_of": self.as_of.isoformat(),
            "scenario": definition_of(self.scenario),
            **self.comparison.to_json(),
            "input_hash": self.input_hash,
            "seed": self.seed,
            "paths": self.paths,
            "model_version": self.model_version,
        }


def run_scenario(
    session: Session,
    *,
    programme: Programme,
    policy: Policy,
    as_of: date,
    scenario: Scenario,
    paths: int = PATHS,
) -> ScenarioRun:
    """Play the forecast of `as_of` with and without the scenario's changes; stores nothing.

    Raises:
        InvalidInputError: there is nothing to forecast yet, or the scenario does not fit the programme.
    """
    inputs = read_inputs(session, programme=programme, policy=policy, as_of=as_of, paths=paths)
    return ScenarioRun(
        scenario=scenario,
        as_of=as_of,
        comparison=compare(inputs, scenario),
        input_hash=inputs.fingerprint(),
        seed=inputs.seed,
        paths=paths,
    )


def save_scenario(
    session: Session, *, programme: Programme, run: ScenarioRun, actor: Actor, now: datetime
) -> SavedScenario:
    """Keep a run for good; the same scenario on the same data is kept once.

    Raises:
        NotPermittedError: the actor neither manages, coordinates nor administers.
    """
    if not actor.roles.intersection(_MAY_SAVE):
        raise NotPermittedError("save a scenario", _MAY_SAVE)
    definition = definition_of(run.scenario)
    digest = hashlib.sha256(json.dumps(definition, sort_keys=True).encode()).hexdigest()
    query = select(SavedScenario).where(
        SavedScenario.programme_id == programme.key,
        SavedScenario.as_of == run.as_of,
        SavedScenario.input_hash == run.input_hash,
        SavedScenario.model_version == run.model_version,
        SavedScenario.definition_hash == digest,
    )
    if known := session.exec(query).first():
        return known
    saved = SavedScenario(
        programme_id=programme.key,
        name=run.scenario.name,
        definition=definition,
        definition_hash=digest,
        as_of=run.as_of,
        model_version=run.model_version,
        input_hash=run.input_hash,
        seed=run.seed,
        paths=run.paths,
        result=run.comparison.to_json(),
        created_by=actor.name,
        created_at=now,
    )
    session.add(saved)
    session.flush()  # the event names the scenario's number
    audit.record(
        session,
        programme_id=programme.key,
        kind="scenario_saved",
        actor=actor,
        at=now,
        payload={"scenario_id": saved.id, "as_of": run.as_of.isoformat()},
    )
    return saved


def saved_scenarios(session: Session, *, programme: Programme) -> list[SavedScenario]:
    """Every saved run, the newest first."""
    query = (
        select(SavedScenario)
        .where(SavedScenario.programme_id == programme.key)
        .order_by(col(SavedScenario.id).desc())
    )
    return list(session.exec(query))


def run_saved_scenario(
    session: Session,
    *,
    programme: Programme,
    policy: Policy,
    scenario_id: int,
    as_of: date | None = None,
) -> ScenarioRun:
    """Run a saved scenario again, on the data of its own day or of `as_of`.

    On its own day, with nothing recorded late, it gives the same result.

    Raises:
        NotFoundError: this programme has no such scenario.
        InvalidInputError: the definition no longer fits the programme.
    """
    saved = session.get(SavedScenario, scenario_id)
    if saved is None or saved.programme_id != programme.key:
        raise NotFoundError("scenario", scenario_id)
    read = scenario_of(saved.definition, file=saved.name)
    if read.scenario is None:
        raise InvalidInputError(read.findings[0].message)
    return run_scenario(
        session,
        programme=programme,
        policy=policy,
        as_of=as_of or saved.as_of,
        scenario=read.scenario,
        paths=saved.paths,
    )
