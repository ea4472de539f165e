"""Which submissions get a blind second look: rules that always apply, then a seeded draw. Pure.

A plan holds from a day on. The draw of a review depends on the programme's seed and the case reference
alone: it can be repeated by anybody, cannot be influenced by trying again, and does not depend on the
order in which reviews are decided.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workflow.errors import InvalidInputError
from workflow.policy import ModerationPolicy
from workflow.quality.levels import LESSENING

DIMENSIONS = ("outcome", "agency", "district")
"""What a stratum of the plan may be named by; agency is the author's."""
RANDOM, REPLACEMENT = "random", "replacement"
FIRST_REVIEWS, VERY_YOUNG = "first_reviews", "very_young"
"""Rules that are known to apply before a review is written."""
_DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """What the rules look at in one submission."""

    case_reference: str
    outcome: str
    safety: str
    author_agency: str
    district: str | None = None
    author_earlier_reviews: int
    """Reviews of the same author that were confirmed before this one."""
    birth_on: date | None
    earlier_outcomes: frozenset[str] = frozenset()
    """Outcomes that earlier submissions of the same review came to."""
    replaces: bool = False
    """It was drawn in place of a review that left the sample."""
    already_moderated: bool


@dataclass(frozen=True, slots=True)
class Stratum:
    """A share of its own for one part of the reviews."""

    dimension: str
    """One of `DIMENSIONS`."""
    value: str
    share: float
    """0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingPlan:
    """The rules in force from a day on."""

    in_force_from: date
    share: float
    """Share of the submissions that no stratum names, 0 to 1."""
    strata: tuple[Stratum, ...] = ()
    """A submission in several strata is drawn by the largest of their shares."""
    first_reviews: int
    """How many first reviews of each author always go; 0: none."""
    under_years: int
    """Children under this age always go, as do those of unknown age whose support lessens; 0: none."""
    always: frozenset[str] = field(default_factory=lambda: frozenset(ALWAYS))
    """Codes of the rules in `ALWAYS` that are switched on."""

    @classmethod
    def of_policy(cls, policy: ModerationPolicy) -> "SamplingPlan":
        """What holds while a programme has set no plan of its own."""
        return cls(
            in_force_from=date.min,
            share=policy.share,
            first_reviews=policy.first_reviews,
            under_years=policy.under_years,
        )

    @classmethod
    def from_json(cls, stored: Mapping[str, Any], in_force_from: date) -> "SamplingPlan":
        """Read back what `to_json` wrote."""
        return cls(
            in_force_from=in_force_from,
            share=stored["share"],
            strata=tuple(Stratum(**one) for one in stored["strata"]),
            first_reviews=stored["first_reviews"],
            under_years=stored["under_years"],
            always=frozenset(stored["always"]),
        )

    def to_json(self) -> dict[str, Any]:
        """The plan without its date, ready for JSON."""
        strata = [
            {"dimension": one.dimension, "value": one.value, "share": one.share}
            for one in self.strata
        ]
        return {
            "share": self.share,
            "strata": strata,
            "first_reviews": self.first_reviews,
            "under_years": self.under_years,
            "always": sorted(self.always),
        }

    def check(self) -> None:
        """Refuse a plan that cannot be meant.

        Raises:
            InvalidInputError: a share is not from 0 to 1, a number is negative, or a stratum or rule is
                unknown.
        """
        shares = [self.share, *(one.share for one in self.strata)]
        if not all(0 <= share <= 1 for share in shares):
            raise InvalidInputError("A share lies between 0 and 1, e.g. 0.1 for one in ten.")
        if min(self.first_reviews, self.under_years) < 0:
            raise InvalidInputError("Numbers of reviews and years cannot be negative.")
        if unknown := {one.dimension for one in self.strata} - set(DIMENSIONS):
            known = ", ".join(DIMENSIONS)
            raise InvalidInputError(f"No stratum is called {min(unknown)}; there are {known}.")
        if strange := self.always - frozenset(ALWAYS):
            known = ", ".join(ALWAYS)
            raise InvalidInputError(f"There is no rule {min(strange)}; there are {known}.")

    def share_of(self, item: Sampled) -> float:
        """The chance with which the draw takes a submission that no rule takes."""
        values = {
            "outcome": item.outcome,
            "agency": item.author_agency,
            "district": item.district,
        }
        own = [one.share for one in self.strata if values[one.dimension] == one.value]
        return max(own, default=self.share)


@dataclass(frozen=True, slots=True)
class _Rule:
    applies: Callable[[Sampled, SamplingPlan, date], bool]
    because: str


ALWAYS: dict[str, _Rule] = {
    "immediate_risk": _Rule(
        lambda item, _, __: item.safety == "immediate_risk", "an immediate risk was found"
    ),
    FIRST_REVIEWS: _Rule(
        lambda item, plan, _: item.author_earlier_reviews < plan.first_reviews,
        "one of the author's first {first_reviews} reviews",
    ),
    "other_agency_lessens": _Rule(
        lambda item, _, __: item.outcome in LESSENING and item.author_agency != "council",
        "support would end or lessen on another agency's recommendation",
    ),
    VERY_YOUNG: _Rule(
        lambda item, plan, on: _is_very_young(item, plan.under_years, on),
        "a child under {under_years}, or support ends for one of unknown age",
    ),
    "disagreement": _Rule(
        lambda item, _, __: bool(item.earlier_outcomes - {item.outcome}),
        "an earlier view of this case came to another outcome",
    ),
}
"""Rules that take every submission they apply to: code → rule, in the order they are asked.

Source: local policy; the five of the programme's moderation design.
"""


@dataclass(frozen=True, slots=True)
class Draw:
    """What the sample says of one submission."""

    rule: str | None
    """Code of the rule that takes it, `random`, or `replacement`; None: it is not taken."""
    share: float
    """The chance it had of being taken; 1 when a rule takes it."""
    because: str | None
    """Why it is taken, as a part of a sentence."""


NOT_DRAWN = Draw(None, 0.0, None)


def draw(item: Sampled, *, plan: SamplingPlan, on: date, seed: int) -> Draw:
    """Whether a submission decided on a day gets a blind second look, and by which rule first."""
    if item.already_moderated:
        return NOT_DRAWN
    for code, rule in ALWAYS.items():
        if code in plan.always and rule.applies(item, plan, on):
            numbers = {"first_reviews": plan.first_reviews, "under_years": plan.under_years}
            return Draw(code, 1.0, rule.because.format(**numbers))
    if item.replaces:
        return Draw(REPLACEMENT, 1.0, "drawn in place of a withdrawn review")
    share = plan.share_of(item)
    if number_of(item.case_reference, seed) < share:
        return Draw(RANDOM, share, "drawn at random")
    return replace(NOT_DRAWN, share=share)


def number_of(case_reference: str, seed: int) -> float:
    """The number that a review draws, 0 to 1; it is taken when that lies below its share."""
    digest = hashlib.sha256(f"{seed}:{case_reference}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64


def choose_replacement(
    references: Iterable[str], *, above: float, seed: int, taken: frozenset[str]
) -> str | None:
    """The review that takes the place of a withdrawn one: the next number at or above its share.

    Args:
        references: reviews of its stratum that nobody has decided on.
        taken: those that replace another one already.
    """
    numbers = {reference: number_of(reference, seed) for reference in references}
    open_ones = [one for one, n in numbers.items() if n >= above and one not in taken]
    return min(open_ones, key=lambda one: (numbers[one], one), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A submission somebody decided on while it could still be drawn."""

    rule: str | None
    share: float
    strata: Mapping[str, str]
    """Dimension → value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Whether one stratum got as many second looks as the plan wanted."""

    dimension: str
    value: str
    decided: int
    certain: int
    """Taken by a rule: no draw was needed."""
    expected: float
    """Certain ones and the shares of all others together."""
    low: int
    high: int
    """What 95 in 100 seeds would have drawn, both ends counted."""
    drawn: int

    @property
    def as_expected(self) -> bool:
        """Whether the draw is one that chance explains."""
        return self.low <= self.drawn <= self.high


def balance(decided: Iterable[Decided], dimension: str, *, level: float = 0.95) -> list[Balance]:
    """Expected and actual second looks of each stratum of a dimension, by the stratum's name."""
    strata: dict[str, list[Decided]] = {}
    for one in decided:
        strata.setdefault(one.strata.get(dimension, "unknown"), []).append(one)
    return [_balance(dimension, value, strata[value], level) for value in sorted(strata)]


def _balance(dimension: str, value: str, decided: list[Decided], level: float) -> Balance:
    chances = [one.share for one in decided]
    odds = np.cumsum(_count_odds(chances))
    tail = (1 - level) / 2
    return Balance(
        dimension=dimension,
        value=value,
        decided=len(decided),
        certain=sum(chance >= 1 for chance in chances),
        expected=float(sum(chances)),
        low=int(np.searchsorted(odds, tail)),
        high=int(np.searchsorted(odds, 1 - tail)),
        drawn=sum(one.rule is not None for one in decided),
    )


def _count_odds(chances: list[float]) -> NDArray[np.float64]:
    """Probability of each count, 0 to n, when every item is taken with a chance of its own."""
    from scipy.stats import binom  # noqa: PLC0415 - slow to import

    odds: NDArray[np.float64] = np.ones(1)
    values, counts = np.unique(chances, return_counts=True)
    for value, count in zip(values, counts, strict=True):
        odds = np.convolve(odds, binom.pmf(np.arange(count + 1), count, value))
    return np.asarray(odds / odds.sum())


def _is_very_young(item: Sampled, years: int, on: date) -> bool:
    """An unborn child has no birth date yet, so an unknown one counts where support would lessen."""
    if item.birth_on is None:
        return bool(years) and item.outcome in LESSENING
    return is_under(item.birth_on, years, on)


def is_under(birth_on: date | None, years: int, on: date) -> bool:
    """Whether a child is known to be younger than so many years on a day."""
    return birth_on is not None and (on - birth_on).days < years * _DAYS_PER_YEAR
