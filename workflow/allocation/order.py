"""An order of units and reviewers that depends on what they are, not on row order or names.

Each is sorted by a seeded digest of its content; between equals by whom it is tied to (holders,
conflicts), so that a conflict more moves no row; and only then by a digest of its key.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache
from hashlib import blake2b
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

from workflow.allocation.problem import Problem, Reviewer, Unit

Value = TypeVar("Value", Unit, Reviewer)


def in_order(problem: Problem) -> tuple[list[Unit], list[Reviewer]]:
    """Units and reviewers sorted by what they are, then by whom they are tied to, then by key.

    Ties are named by content or place in the order, not by key.
    """

    def digest(*content: object) -> bytes:
        return blake2b(repr((problem.seed, *content)).encode(), digest_size=16).digest()

    @cache
    def names(values: frozenset[str]) -> list[str]:
        return sorted(values)

    plain = {
        u.key: digest(
            u.effort, u.band, u.district, names(u.teams), u.needs_qualified, names(u.wants),
            u.prefers_agency, u.pinned, u.opened, len(u.cases), u.holder is None,
        )
        for u in problem.units
    }  # fmt: skip
    held = defaultdict(list)
    for unit in problem.units:
        held[unit.holder].append(plain[unit.key])

    def known(r: Reviewer) -> tuple[bytes, list[bytes], list[bytes]]:
        skills = names(r.skills)
        return (
            digest(r.agency, r.capacity, r.by_day, r.district, r.team, r.qualified, skills),
            sorted(held[r.key]),
            sorted(plain[key] for key in r.conflicts if key in plain),
        )

    reviewers = _sorted(problem.reviewers, known, lambda r: digest(r.key))
    place: dict[str | None, int] = {r.key: at for at, r in enumerate(reviewers)}
    foes = defaultdict(list)
    for at, reviewer in enumerate(reviewers):
        for key in reviewer.conflicts:
            foes[key].append(at)
    units = _sorted(
        problem.units,
        lambda u: (plain[u.key], place.get(u.holder, -1), foes.get(u.key, [])),
        lambda u: digest(u.key),
    )
    return units, reviewers


def _sorted(
    values: Iterable[Value],
    content: Callable[[Value], tuple[Any, ...]],
    name: Callable[[Value], bytes],
) -> list[Value]:
    """Sorted by content, and only equals by name: most need no digest of it."""
    ordered = sorted(((content(value), value) for value in values), key=itemgetter(0))
    groups = ([value for _, value in equal] for _, equal in groupby(ordered, key=itemgetter(0)))
    return [
        value
        for group in groups
        for value in (group if len(group) == 1 else sorted(group, key=name))
    ]
