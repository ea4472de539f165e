"""Small numbers, and what gives them away: nothing hidden can be worked out from what is shown. Pure.

Every published count is a cell; cells of several tables hang together by the totals they share. Hiding
the small ones (primary) is not enough: a row's total less its other cells gives them back. So further
cells are hidden (secondary) until, for each small one, another set of whole numbers fits all that is
published in which it is larger by `protection`.

Source: M. Fischetti and J. J. Salazar, Solving the cell suppression problem on tabular data with linear
constraints, Management Science 47 (2001), its heuristic: the cheapest protecting move for each cell in
turn.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

from workflow.policy import QualityPolicy

Cell = frozenset[tuple[str, str]]
"""A count by what it is of: (dimension, value) pairs; the empty set is the count of everything."""
TOTAL = Cell()
_TOTAL_COST, _ZERO_COST, _HIDDEN_COST, _PRECIOUS_COST = 12.0, 60.0, 0.001, 4.0
_NEAR = 1e-6


def cell(**values: str) -> Cell:
    """The count of what has these values: `cell(district="Burnley", outcome="close")`."""
    return Cell(values.items())


@dataclass(frozen=True, slots=True)
class Relation:
    """A published total and the published parts it is the sum of."""

    total: Cell
    parts: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Tables:
    """Linked tables of counts: cells that stand in several of them are one cell."""

    counts: Mapping[Cell, int]
    relations: tuple[Relation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """Tables as they may be published."""

    tables: Tables
    primary: frozenset[Cell]
    """Hidden because they are small."""
    secondary: frozenset[Cell]
    """Hidden because they would give a small one away."""
    exposed: frozenset[Cell] = frozenset()
    """Small cells that what is known already gives away; empty unless something was `known`."""

    @property
    def hidden(self) -> frozenset[Cell]:
        """All cells that are not shown."""
        return self.primary | self.secondary

    def shown(self, one: Cell) -> int | None:
        """What may be published of a cell; None when it is hidden.

        Raises:
            KeyError: it stands in none of the tables.
        """
        count = self.tables.counts[one]
        return None if one in self.hidden else count


def tabulate(
    records: Iterable[Mapping[str, str]],
    tables: Sequence[tuple[str, ...]],
    *,
    nested: Sequence[tuple[str, str]] = (),
) -> Tables:
    """Count records into linked tables, each with all its totals.

    Args:
        records: dimension → value, every dimension of every table in each record.
        tables: the dimensions each table crosses.
        nested: a finer dimension and the coarser one its values add up to, e.g. district and area; where
            both stand in tables that are otherwise the same, the sums tie them together. A coarse value
            that shares a fine one with another is left untied.
    """
    rows = list(records)
    values: dict[Cell, int] = {TOTAL: len(rows)}
    shapes = {shape for table in tables for shape in _subsets(table)}
    domains: dict[str, list[str]] = {
        name: sorted({row[name] for row in rows}) for name in {n for s in shapes for n in s}
    }
    for shape in shapes:
        values |= dict.fromkeys(_grid(shape, domains), 0)
        for row in rows:
            if shape:
                values[Cell((name, row[name]) for name in shape)] += 1
    sums = [one for shape in shapes for one in _sums(shape, domains)]
    for fine, coarse in nested:
        if {fine, coarse} <= domains.keys():
            sums += _nested_sums(shapes, domains, fine, coarse, _families(rows, fine, coarse))
    return Tables(values, tuple(dict.fromkeys(sums)))


def protect(
    tables: Tables,
    policy: QualityPolicy,
    *,
    known: frozenset[Cell] = frozenset(),
    precious: frozenset[tuple[str, str]] = frozenset(),
) -> Protected:
    """Hide small counts, and what would give them away.

    Args:
        known: cells that stay published whatever happens, because they stand elsewhere.
        precious: (dimension, value) of counts that readers look for; others are hidden first.
    """
    small = {
        one: value for one, value in tables.counts.items() if 0 < value < policy.smallest_published
    }
    system = _System.of(tables, known - small.keys(), precious)
    hidden = np.isin(np.arange(len(system.cells)), [system.place[one] for one in small])
    raised: NDArray[np.bool_] = np.zeros(len(system.cells), dtype=bool)
    exposed = set()
    for one in sorted(small, key=lambda one: (-small[one], sorted(one))):
        place = system.place[one]
        if raised[place]:
            continue
        move = system.move(place, policy.protection, hidden)
        if move is None:
            exposed.add(one)
            continue
        hidden |= move != 0
        raised |= move >= policy.protection
    found = {one for one, is_hidden in zip(system.cells, hidden, strict=True) if is_hidden}
    return Protected(
        tables=tables,
        primary=frozenset(small),
        secondary=frozenset(found - small.keys()),
        exposed=frozenset(exposed),
    )


def hide_all(
    tables: Tables, policy: QualityPolicy, *, known: frozenset[Cell] = frozenset()
) -> Protected:
    """Show nothing but what is known, and what follows from it."""
    primary = frozenset(
        one for one, value in tables.counts.items() if 0 < value < policy.smallest_published
    )
    rest = tables.counts.keys() - primary - known
    hidden = Protected(tables=tables, primary=primary, secondary=frozenset(rest))
    follows = recoverable(hidden)
    return replace(hidden, secondary=hidden.secondary - follows, exposed=primary & follows)


def ranges(protected: Protected) -> dict[Cell, tuple[float, float]]:
    """What anybody can work out of each hidden cell from all that is shown: its lowest and highest.

    The highest is infinite when nothing bounds it. This is the attack the tables have to withstand.
    """
    from ortools.linear_solver import pywraplp  # noqa: PLC0415 - slow to import

    solver = pywraplp.Solver.CreateSolver("GLOP")
    how = pywraplp.MPSolverParameters()
    how.SetIntegerParam(how.LP_ALGORITHM, how.PRIMAL)
    how.SetIntegerParam(how.PRESOLVE, how.PRESOLVE_OFF)
    unknown = {
        one: solver.NumVar(0, solver.infinity(), "") for one in sorted(protected.hidden, key=sorted)
    }
    for relation in protected.tables.relations:
        signed = _signed(relation)
        if unknown.keys().isdisjoint(one for one, _ in signed):
            continue
        counts = protected.tables.counts
        rest = -sum(sign * counts[one] for one, sign in signed if one not in unknown)
        row = solver.Constraint(rest, rest)
        for one, sign in signed:
            if one in unknown:
                row.SetCoefficient(unknown[one], sign)

    def furthest(one: Cell, *, up: bool) -> float:
        """Each search begins where the last one ended: only what is looked for has changed."""
        solver.Objective().Clear()
        solver.Objective().SetCoefficient(unknown[one], 1)
        solver.Objective().SetOptimizationDirection(up)
        is_found = solver.Solve(how) == pywraplp.Solver.OPTIMAL
        return float(solver.Objective().Value()) if is_found else np.inf

    return {one: (furthest(one, up=False), furthest(one, up=True)) for one in unknown}


def recoverable(protected: Protected) -> frozenset[Cell]:
    """Hidden cells for which only one whole number fits what is shown."""
    return frozenset(
        one
        for one, (low, high) in ranges(protected).items()
        if high < np.inf and floor(high + _NEAR) - ceil(low - _NEAR) < 1
    )


@dataclass(frozen=True, slots=True)
class _System:
    """The tables as numbers: cells in order, what they are worth, and the sums they must keep."""

    cells: tuple[Cell, ...]
    place: dict[Cell, int]
    values: NDArray[np.float64]
    sums: csr_array
    """One row per relation, one column per cell: 1 for a part, -1 for the total."""
    costs: NDArray[np.float64]
    """What hiding a cell loses, per unit it moves."""
    fixed: NDArray[np.bool_]

    @classmethod
    def of(
        cls, tables: Tables, known: frozenset[Cell], precious: frozenset[tuple[str, str]]
    ) -> "_System":
        cells = tuple(sorted(tables.counts, key=sorted))
        place = {one: number for number, one in enumerate(cells)}
        values = np.array([tables.counts[one] for one in cells], dtype=float)
        entries = [
            (row, place[one], sign)
            for row, relation in enumerate(tables.relations)
            for one, sign in _signed(relation)
        ]
        shape = (len(tables.relations), len(cells))
        totals = {relation.total for relation in tables.relations}
        is_total = np.array([one in totals for one in cells])
        is_precious = np.array([bool(one & precious) for one in cells])
        costs = (1 + np.log1p(values)) * np.where(is_total, _TOTAL_COST, 1.0)
        costs *= np.where(is_precious, _PRECIOUS_COST, 1.0)
        return cls(
            cells=cells,
            place=place,
            values=values,
            sums=_matrix(entries, shape),
            costs=np.where(values == 0, _ZERO_COST, costs),
            fixed=np.array([one in known for one in cells]),
        )

    def move(self, target: int, by: int, hidden: NDArray[np.bool_]) -> NDArray[np.int64] | None:
        """The cheapest change in whole numbers that keeps every sum and raises the target by `by`.

        Cells hidden already change for nothing. None when the fixed cells forbid every change.
        """
        n = len(self.cells)
        costs = np.where(hidden, _HIDDEN_COST, self.costs)
        most = np.where(self.fixed, 0.0, np.inf)
        least = np.zeros(2 * n)
        upper = np.concatenate([most, np.minimum(most, self.values)])
        least[target] = upper[target] = by
        upper[n + target] = 0
        balance = hstack([self.sums, -self.sums]).tocsr()
        found = _cheapest(np.concatenate([costs, costs]), balance, least, upper)
        return None if found is None else found[:n] - found[n:]


def _cheapest(
    costs: NDArray[np.float64],
    balance: csr_array,
    least: NDArray[np.float64],
    upper: NDArray[np.float64],
) -> NDArray[np.int64] | None:
    """The cheapest whole numbers within bounds that balance; None when there are none.

    The linear program mostly has a whole solution already and is much faster than the one that must.
    """
    from scipy.optimize import Bounds, LinearConstraint, linprog, milp  # noqa: PLC0415 - slow to import

    zero = np.zeros(balance.shape[0])
    bounds = np.column_stack([least, upper])
    quick = linprog(costs, A_eq=balance, b_eq=zero, bounds=bounds, method="highs-ds")
    if quick.x is None:
        return None
    whole = np.rint(quick.x)
    if np.abs(whole - quick.x).max() < _NEAR:
        return np.asarray(whole, dtype=np.int64)
    exact = milp(
        costs,
        constraints=LinearConstraint(balance, zero, zero),
        bounds=Bounds(least, upper),
        integrality=np.ones(len(costs)),
    )
    return None if exact.x is None else np.asarray(np.rint(exact.x), dtype=np.int64)


def _signed(relation: Relation) -> list[tuple[Cell, float]]:
    return [(relation.total, -1.0), *((part, 1.0) for part in relation.parts)]


def _matrix(entries: Sequence[tuple[int, int, float]], shape: tuple[int, int]) -> csr_array:
    row, column, sign = zip(*entries, strict=True) if entries else ((), (), ())
    return csr_array((sign, (row, column)), shape=shape, dtype=float)


def _subsets(table: tuple[str, ...]) -> list[tuple[str, ...]]:
    names = tuple(sorted(table))
    found: list[tuple[str, ...]] = [()]
    for name in names:
        found += [(*shape, name) for shape in found]
    return found


def _grid(shape: tuple[str, ...], domains: Mapping[str, list[str]]) -> list[Cell]:
    cells = [TOTAL]
    for name in shape:
        cells = [one | {(name, value)} for one in cells for value in domains[name]]
    return cells if shape else []


def _sums(shape: tuple[str, ...], domains: Mapping[str, list[str]]) -> list[Relation]:
    """Each cell of a shape without one of its dimensions, as the sum over that dimension."""
    found = []
    for name in shape:
        rest = tuple(other for other in shape if other != name)
        for total in _grid(rest, domains) or [TOTAL]:
            parts = tuple(total | {(name, value)} for value in domains[name])
            found.append(Relation(total, parts))
    return found


def _families(rows: Iterable[Mapping[str, str]], fine: str, coarse: str) -> dict[str, list[str]]:
    """Coarse value → the fine values it is made of; only those that share none with another."""
    parents: dict[str, set[str]] = {}
    children: dict[str, set[str]] = {}
    for row in rows:
        parents.setdefault(row[fine], set()).add(row[coarse])
        children.setdefault(row[coarse], set()).add(row[fine])
    return {
        value: sorted(members)
        for value, members in sorted(children.items())
        if all(parents[member] == {value} for member in members)
    }


def _nested_sums(
    shapes: Iterable[tuple[str, ...]],
    domains: Mapping[str, list[str]],
    fine: str,
    coarse: str,
    families: Mapping[str, list[str]],
) -> list[Relation]:
    """Each cell of the coarser dimension as the sum of the finer one's."""
    known = set(shapes)
    found = []
    for shape in sorted(known):
        rest = tuple(name for name in shape if name != fine)
        if fine not in shape or tuple(sorted((*rest, coarse))) not in known:
            continue
        for other in _grid(rest, domains) or [TOTAL]:
            for value, members in families.items():
                parts = tuple(other | {(fine, member)} for member in members)
                found.append(Relation(other | {(coarse, value)}, parts))
    return found
