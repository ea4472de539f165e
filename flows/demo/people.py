"""How simulated people work: speed, absence, judgement. Seeded; the numbers are local guesses."""

from dataclasses import dataclass

import numpy as np

from workflow.models import Reviewer

SPEED_SPREAD = 0.3
"""Standard deviation of log(real / planned speed) between reviewers."""
OPTIMISM = 0.9
"""Real output for each planned point: plans are hopeful."""
SICK = 0.05
RAMP_DAYS = 7
DECLINES = 0.01
HOLDS = 0.04
IMMEDIATE_RISK = 0.01
RETURNS = 0.10
DISAGREES = 0.12

OUTCOMES = {
    "remain_cin": 0.36,
    "remain_cin_with_changes": 0.24,
    "step_down_early_help": 0.15,
    "close": 0.13,
    "change_of_worker": 0.06,
    "step_up_strategy_discussion": 0.04,
    "transfer": 0.02,
}
GRADES = {"good": 0.25, "requires_improvement": 0.53, "inadequate": 0.20, "outstanding": 0.02}

__all__ = ["Judgement", "Worker", "judge"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a reviewer makes of a case."""

    outcome: str
    grade: str
    safety: str


@dataclass(slots=True)
class Worker:
    """A reviewer at work: how fast, and how many days in."""

    reviewer: Reviewer
    speed: float
    days_in: int = 0
    carried: float = 0.0
    """Points worked on a review that is not finished yet."""

    @classmethod
    def make(cls, reviewer: Reviewer, seed: int) -> "Worker":
        """The same reviewer of the same programme always has the same speed."""
        rng = np.random.default_rng([seed, reviewer.key])
        speed = OPTIMISM * float(np.exp(rng.normal(0, SPEED_SPREAD)))
        return cls(reviewer, speed)

    def points_today(self, planned: float, rng: np.random.Generator) -> float:
        """What the reviewer really gets done on a day with so many planned points."""
        if planned <= 0 or rng.random() < SICK:
            return 0.0
        self.days_in += 1
        ramp = 1 - 0.5 * np.exp(-(self.days_in - 1) / RAMP_DAYS)
        return float(planned * self.speed * ramp * rng.uniform(0.7, 1.3))


def judge(rng: np.random.Generator, band: int) -> Judgement:
    """An outcome, a grade and a safety finding; higher bands are riskier."""
    if rng.random() < IMMEDIATE_RISK * band / 2:
        return Judgement("step_up_strategy_discussion", "inadequate", "immediate_risk")
    outcome = _pick(rng, OUTCOMES)
    worried = outcome in ("step_up_strategy_discussion", "change_of_worker")
    return Judgement(outcome, _pick(rng, GRADES), "concern" if worried else "safe")


def _pick(rng: np.random.Generator, shares: dict[str, float]) -> str:
    weights = np.array(list(shares.values()))
    return str(rng.choice(list(shares), p=weights / weights.sum()))
