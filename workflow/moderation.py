"""Which submissions get a blind second look: rules first, then a seeded draw. Pure."""

import hashlib
from dataclasses import dataclass
from datetime import date

from workflow.policy import ModerationPolicy

LESSENING = frozenset({"close", "step_down_early_help", "step_down_universal"})
"""Outcomes that end or lessen the authority's support."""
_DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """What the rules look at in one submission."""

    case_reference: str
    outcome: str
    safety: str
    author_agency: str
    author_earlier_reviews: int
    """Reviews of the same author that were confirmed before this one."""
    birth_on: date | None
    already_moderated: bool


def reason_to_moderate(
    item: Sampled, *, on: date, policy: ModerationPolicy, seed: int
) -> str | None:
    """The first rule that wants a second look, as a sentence; None when none does.

    The draw depends on the seed and the case reference alone, so that it can be repeated and cannot
    be influenced by trying again.
    """
    if item.already_moderated:
        return None
    lessens = item.outcome in LESSENING
    rules = (
        (item.safety == "immediate_risk", "an immediate risk was found"),
        (
            item.author_earlier_reviews < policy.first_reviews,
            f"one of the author's first {policy.first_reviews} reviews",
        ),
        (
            lessens and item.author_agency != "council",
            "support would end or lessen on another agency's recommendation",
        ),
        (
            lessens and _is_under(item.birth_on, policy.under_years, on),
            "support for a very young child",
        ),
        (_draw(item.case_reference, seed) < policy.share, "drawn at random"),
    )
    return next((why for applies, why in rules if applies), None)


def _is_under(birth_on: date | None, years: int, on: date) -> bool:
    return birth_on is None or (on - birth_on).days < years * _DAYS_PER_YEAR


def _draw(case_reference: str, seed: int) -> float:
    digest = hashlib.sha256(f"{seed}:{case_reference}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64
