"""An order of units and reviewers that depends on what they are, not on row order or names.

Each is sorted by a seeded digest of its content, and only between equals by a digest of its key.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache
from hashlib import blake2b
from typing import Any, TypeVar

from workflow.allocation.problem import Problem, Reviewer, Unit

Value = TypeVar("Value", Unit, Reviewer)


def in_order(problem: Problem) -> tuple[list[Unit], list[Reviewer]]:
    """Units and reviewers sorted by digests of their content, then of their key.

    Content names others (a conflict its unit, a unit its holder) by their content, not by their key.
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
    known: dict[str | None, bytes] = {
        r.key: digest(
            r.agency, r.capacity, r.by_day, r.district, r.team, r.qualified, names(r.skills),
            sorted(plain[key] for key in r.conflicts if key in plain), sorted(held[r.key]),
        )
        for r in problem.reviewers
    }  # fmt: skip
    foes: dict[str, list[bytes]] = defaultdict(list)
    for reviewer in problem.reviewers:
        for key in reviewer.conflicts:
            foes[key].append(known[reviewer.key])
    units = _sorted(
        problem.units,
        lambda u: (plain[u.key], known.get(u.holder, b""), tuple(sorted(foes.get(u.key, ())))),
        lambda u: digest(u.key),
    )
    return units, _sorted(problem.reviewers, lambda r: (known[r.key],), lambda r: digest(r.key))


def _sorted(
    values: Iterable[Value],
    content: Callable[[Value], tuple[Any, ...]],
    name: Callable[[Value], bytes],
) -> list[Value]:
    """Sorted by content, and only equals by name: most need no digest of it."""
    alike: dict[tuple[Any, ...], list[Value]] = defaultdict(list)
    for value in values:
        alike[content(value)].append(value)
    groups = (alike[key] for key in sorted(alike))
    return [
        value
        for group in groups
        for value in (group if len(group) == 1 else sorted(group, key=name))
    ]
