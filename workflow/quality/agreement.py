"""Agreement between raters beyond chance: weighted kappa and Gwet's AC, each with its interval. Pure.

Written out here because no kept package has both: irrCAC pins SciPy 1.12 and pandas 2 and answers NaN
for a single category, statsmodels and scikit-learn have no AC. The tests compare with the first two.

Source: K. L. Gwet, Handbook of Inter-Rater Reliability, 4th edition 2014, chapters 2 to 5 (coefficients
for any number of raters with missing ratings, and the linearised variance); J. Cohen 1968 and A. J.
Conger 1980 (kappa; with two raters Conger's is Cohen's); Clopper and Pearson 1934 (ratings that do not
vary).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, stdtrit

from workflow.errors import InvalidInputError

Ratings = Sequence[Sequence[str | None]]
"""One row per subject, one column per rater; None: this rater did not rate it."""
Matrix = NDArray[np.float64]
Scheme = Literal["identity", "linear", "quadratic"]
_TINY = 1e-12
NOTHING_RATED_TWICE = "Nothing has been rated by two people."
ONE_CATEGORY = "Every rating is the same, so agreement cannot be told from chance."
NO_VARIATION = "Agreement does not vary; the limits are exact binomial ones."


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A coefficient of agreement: 1 is full agreement, 0 is what chance would give."""

    value: float | None
    """None only when nothing was rated twice."""
    se: float
    low: float
    high: float
    """Ends of the interval, cut off at -1 (or at a value below it: gaps allow that) and 1."""
    observed: float
    """Share of agreement seen, partial agreement counted by its weight."""
    chance: float
    """Share of agreement that chance alone would give."""
    subjects: int
    """How many were rated by two or more."""
    note: str = ""
    """What is unusual about this estimate, as a sentence."""


def weights_of(scheme: Scheme, categories: int) -> Matrix:
    """How much two ratings agree: 1 on the diagonal, less the further apart (for ordered categories)."""
    places = np.arange(categories)
    apart = np.abs(places[:, None] - places) / max(categories - 1, 1)
    if scheme == "identity":
        return np.eye(categories)
    return np.asarray(1 - (apart if scheme == "linear" else apart**2))


def weighted_kappa(
    ratings: Ratings,
    categories: Sequence[str],
    *,
    weights: Scheme | Matrix = "identity",
    level: float = 0.95,
) -> Estimate:
    """Cohen's weighted kappa for two raters, Conger's for more; chance by each rater's own habits.

    Args:
        categories: every category a rater could choose, in order, also those nobody chose.

    Raises:
        InvalidInputError: a rating is none of the categories.
    """
    given = _read(ratings, categories, weights)
    if given is None:
        return _NOTHING
    n, r = given.one_hot.shape[:2]
    rated = given.one_hot.sum(axis=2)
    by_rater = rated.sum(axis=0)
    habits = given.one_hot.sum(axis=0) / by_rater[:, None]
    others = habits.sum(axis=0) - habits
    spread = 1 / (r * (r - 1))
    chance = spread * float(np.einsum("gl,lk,gk->", habits, given.weights, others))
    share = by_rater / n
    influence = (given.one_hot - (rated - share)[:, :, None] * habits) / share[:, None]
    by_subject = spread * np.einsum("igl,lk,gk->i", influence, given.weights, others)
    return _estimate(given, chance, by_subject, level)


def gwet_ac(
    ratings: Ratings,
    categories: Sequence[str],
    *,
    weights: Scheme | Matrix = "identity",
    level: float = 0.95,
) -> Estimate:
    """Gwet's AC1 (identity weights) or AC2; steady where nearly all ratings fall into one category.

    Args:
        categories: every category a rater could choose, in order, also those nobody chose.

    Raises:
        InvalidInputError: a rating is none of the categories.
    """
    given = _read(ratings, categories, weights)
    if given is None:
        return _NOTHING
    q = len(categories)
    counts = given.one_hot.sum(axis=1)
    shares = counts / counts.sum(axis=1, keepdims=True)
    usual = shares.mean(axis=0)
    factor = float(given.weights.sum()) / (q * (q - 1)) if q > 1 else 1.0
    chance = factor * float(usual @ (1 - usual)) if q > 1 else 1.0
    return _estimate(given, chance, factor * shares @ (1 - usual), level)


@dataclass(frozen=True, slots=True)
class _Given:
    one_hot: Matrix
    """Subject, rater, category → 1 where chosen; no subject and no rater without a rating."""
    weights: Matrix

    @property
    def counts(self) -> Matrix:
        return np.asarray(self.one_hot.sum(axis=1))


_NOTHING = Estimate(
    value=None,
    se=0.0,
    low=-1.0,
    high=1.0,
    observed=0.0,
    chance=0.0,
    subjects=0,
    note=NOTHING_RATED_TWICE,
)


def _read(ratings: Ratings, categories: Sequence[str], weights: Scheme | Matrix) -> _Given | None:
    """The ratings as numbers; None when no subject has two."""
    places = {category: place for place, category in enumerate(categories)}
    raters = max(map(len, ratings), default=0)
    one_hot = np.zeros((len(ratings), raters, len(categories)))
    for subject, row in enumerate(ratings):
        for rater, rating in enumerate(row):
            if rating is None:
                continue
            if rating not in places:
                raise InvalidInputError(f"{rating!r} is none of the categories that are compared.")
            one_hot[subject, rater, places[rating]] = 1
    one_hot = one_hot[one_hot.any(axis=(1, 2))][:, one_hot.any(axis=(0, 2))]
    if not (one_hot.sum(axis=(1, 2)) > 1).any():
        return None
    matrix = weights_of(weights, len(categories)) if isinstance(weights, str) else weights
    return _Given(one_hot, matrix)


def _estimate(given: _Given, chance: float, chance_by_subject: Matrix, level: float) -> Estimate:
    """Coefficient and interval from the agreement of each subject and its part in chance agreement."""
    counts = given.counts
    n, raters = len(counts), counts.sum(axis=1)
    twice = raters > 1
    pairs = np.where(twice, raters * (raters - 1), 1)
    agreement = (counts * (counts @ given.weights - 1)).sum(axis=1) / pairs
    observed, subjects = float(agreement[twice].mean()), int(twice.sum())
    room = 1 - chance

    def found(value: float, low: float, high: float, note: str = "", se: float = 0.0) -> Estimate:
        return Estimate(
            value=value,
            se=se,
            low=max(low, min(value, -1.0)),
            high=min(high, 1.0),
            observed=observed,
            chance=chance,
            subjects=subjects,
            note=note,
        )

    if room < _TINY:
        return found(1.0, 0.0, 1.0, ONE_CATEGORY)
    value = (observed - chance) / room
    parts = n / subjects * np.where(twice, agreement - chance, 0) / room
    parts -= 2 * (1 - value) * (chance_by_subject - chance) / room
    se = float(np.sqrt(((parts - value) ** 2).sum() / (n * (n - 1)))) if n > 1 else 0.0
    if se < _TINY:
        low, high = ((end - chance) / room for end in _exact(observed, subjects, level))
        return found(value, low, high, NO_VARIATION)
    reach = se * float(stdtrit(n - 1, (1 + level) / 2))
    return found(value, value - reach, value + reach, se=se)


def _exact(share: float, n: int, level: float) -> tuple[float, float]:
    """Limits of a share after Clopper and Pearson."""
    tail, hits = (1 - level) / 2, share * n
    low = float(betaincinv(hits, n - hits + 1, tail)) if hits > _TINY else 0.0
    high = float(betaincinv(hits + 1, n - hits, 1 - tail)) if n - hits > _TINY else 1.0
    return low, high
