"""Words allocation by hand: who could take a case, and what became of the reviews that were given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from forms.pages import Link, Page, Site
from forms.wording import long_date, number, plural, short_date
from forms.worklists import PATH
from workflow.allocation.by_hand import ByHand, Option


@dataclass(frozen=True, slots=True)
class Choice:
    """A reviewer as one choice for a case."""

    number: int
    name: str
    agency: str
    load: str
    room: str
    used: str
    distance: str
    cost: str
    due: str
    obstacles: str
    is_open: bool
    """It can be chosen, perhaps with a reason."""
    is_holder: bool
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosePage(Page):
    """Everybody who could review a case, the best first."""

    reference: str
    headline: str
    review_id: int
    version: int
    choices: tuple[Choice, ...]
    moves: bool
    reason: str


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A review that stays where it is."""

    review_id: int
    reference: str
    href: str
    why: str
    can_override: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomePage(Page):
    """What became of the reviews that were given to somebody."""

    headline: str
    refused: tuple[RefusedRow, ...]
    can_override: bool
    reviewer: int
    reason: str
    way_back: Link


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmPage(Page):
    """Asked before many reviews move at once."""

    sentence: str
    reviewer: str
    reason: str
    filter_query: str
    way_back: str


def choose_page(
    site: Site,
    reference: str,
    options: Sequence[Option],
    *,
    review_id: int,
    version: int,
    chosen: str,
    reason: str,
    as_of: date,
    **page: Any,
) -> ChoosePage:
    """The page on which one reviewer is chosen for one case."""
    moves = any(option.is_holder for option in options)
    free = sum(not option.obstacles for option in options)
    return ChoosePage(
        site=site,
        title=f"{'Re-allocate' if moves else 'Allocate'} {reference}",
        as_of=long_date(as_of),
        back=Link(f"Back to {reference}", f"{PATH}/{reference}"),
        reference=reference,
        headline=f"{plural(free, 'reviewer')} free to take it. The cheapest comes first.",
        review_id=review_id,
        version=version,
        choices=tuple(_choice(option, chosen) for option in options),
        moves=moves,
        reason=reason,
        **page,
    )


def _choice(option: Option, chosen: str) -> Choice:
    reviewer = option.reviewer
    known = option.kilometres is not None
    return Choice(
        number=reviewer.key,
        name=reviewer.name,
        agency=reviewer.agency.capitalize(),
        load=plural(option.cases, "review"),
        room=number(option.room),
        used=f"{round(100 * option.utilisation)} %" if option.utilisation is not None else "–",
        distance=f"{number(option.kilometres or 0)} km" if known else "Not known",
        cost=number(option.cost),
        due=short_date(option.due_on) if option.due_on else "",
        obstacles=" ".join(obstacle.reason for obstacle in option.obstacles),
        is_open=not option.is_holder and all(one.can_override for one in option.obstacles),
        is_holder=option.is_holder,
        is_chosen=chosen == str(reviewer.key),
    )


def outcome_page(
    site: Site,
    done: ByHand,
    *,
    reviewer: int,
    name: str,
    reason: str,
    way_back: str,
    as_of: date,
    **page: Any,
) -> OutcomePage:
    """What became of each review, those refused with what stood in the way."""
    rows = tuple(
        RefusedRow(
            one.review_id, one.reference, f"{PATH}/{one.reference}", one.reason, one.can_override
        )
        for one in done.refused
    )
    return OutcomePage(
        site=site,
        title="Not every review was allocated" if done.placed else "Nothing was allocated",
        as_of=long_date(as_of),
        headline=(
            f"{plural(len(done.placed), 'review')} went to {name}; {plural(len(rows), 'review')} "
            "stayed where they were."
        ),
        refused=rows,
        can_override=any(row.can_override for row in rows),
        reviewer=reviewer,
        reason=reason,
        way_back=Link("Back to the list", way_back),
        **page,
    )


def confirm_page(
    site: Site, *, count: int, name: str, typed: Mapping[str, str], **page: Any
) -> ConfirmPage:
    """The question before all matching reviews are given to one person."""
    return ConfirmPage(
        site=site,
        title=f"Give {plural(count, 'review')} to {name}?",
        sentence=(
            "They go through the same rules as one by one: whatever a rule keeps from the reviewer "
            "stays where it is and is listed."
        ),
        reviewer=typed["reviewer"],
        reason=typed["reason"],
        filter_query=typed["filter"],
        way_back=typed["back"],
        **page,
    )
