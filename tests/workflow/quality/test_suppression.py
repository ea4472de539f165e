"""Nothing that is hidden can be worked out from what is shown, in any table or across them."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from workflow.policy import QualityPolicy
from workflow.quality.suppression import (
    TOTAL,
    Protected,
    Relation,
    Tables,
    cell,
    protect,
    ranges,
    recoverable,
    tabulate,
)

POLICY = QualityPolicy()
DISTRICTS, OUTCOMES, AGENCIES = ("d1", "d2", "d3", "d4"), ("o1", "o2", "o3"), ("a1", "a2")
AREA = {"d1": "north", "d2": "north", "d3": "south", "d4": "south"}


def records(cells) -> list[dict[str, str]]:
    """District, outcome and agency of each review, from counts."""
    return [
        {"district": d, "outcome": o, "agency": a, "area": AREA[d]}
        for (d, o, a), count in cells.items()
        for _ in range(count)
    ]


COUNTS = st.one_of(st.integers(0, 6), st.integers(0, 60))
CASELOADS = st.lists(COUNTS, min_size=24, max_size=24).map(
    lambda counts: records(dict(zip(product(DISTRICTS, OUTCOMES, AGENCIES), counts, strict=True)))
)
LINKED = [("district", "outcome"), ("district", "agency"), ("agency", "outcome")]
LINKED_BY_AREA = [*LINKED, ("area", "outcome")]


@given(CASELOADS, st.sampled_from([LINKED[:1], LINKED, LINKED_BY_AREA]))
@settings(max_examples=25, deadline=None)
def test_a_search_over_linked_tables_recovers_no_hidden_count(caseload, tables) -> None:
    done = protect(tabulate(caseload, tables, nested=[("district", "area")]), POLICY)
    found = ranges(done)
    assert done.exposed == frozenset()
    assert recoverable(done) == frozenset()
    for small in done.primary:
        low, high = found[small]
        assert high - low >= POLICY.protection - 1e-6
        assert low - 1e-6 <= done.tables.counts[small] <= high + 1e-6


@given(CASELOADS)
@settings(max_examples=6, deadline=None)
def test_every_hidden_count_could_be_another_whole_number(caseload) -> None:
    done = protect(tabulate(caseload, LINKED), POLICY)
    for hidden in sorted(done.hidden, key=sorted):
        assert _whole_number_elsewhere(done, hidden)


def _whole_number_elsewhere(done: Protected, hidden) -> bool:
    """The strongest attack: is there another table of whole numbers that fits all that is shown?"""
    cells = sorted(done.tables.counts, key=sorted)
    place = {one: n for n, one in enumerate(cells)}
    rows = np.zeros((len(done.tables.relations), len(cells)))
    for row, relation in zip(rows, done.tables.relations, strict=True):
        row[place[relation.total]] = -1
        row[[place[part] for part in relation.parts]] += 1
    low = np.array([0 if one in done.hidden else done.tables.counts[one] for one in cells])
    high = np.array([np.inf if one in done.hidden else done.tables.counts[one] for one in cells])
    real = done.tables.counts[hidden]
    for sign in (1, -1):
        aim = np.zeros(len(cells))
        aim[place[hidden]] = -sign
        found = milp(
            aim,
            constraints=LinearConstraint(rows, 0, 0),
            bounds=Bounds(low, np.minimum(high, 10_000)),
            integrality=np.ones(len(cells)),
        )
        if round(found.x[place[hidden]]) != real:
            return True
    return False


def test_every_small_count_is_hidden_and_zero_is_not() -> None:
    caseload = records({("d1", "o1", "a1"): 4, ("d2", "o1", "a1"): 5, ("d2", "o2", "a1"): 90})
    done = protect(tabulate(caseload, LINKED[:1]), POLICY)
    assert cell(district="d1", outcome="o1") in done.primary
    assert cell(district="d1") in done.primary
    assert done.shown(cell(district="d1", outcome="o1")) is None
    assert done.shown(cell(district="d1", outcome="o2")) == 0
    assert done.shown(cell(district="d2", outcome="o2")) == 90
    with pytest.raises(KeyError):
        done.shown(cell(agency="a1"))


def test_a_lone_small_count_takes_others_with_it() -> None:
    caseload = records(
        {("d1", "o1", "a1"): 3, ("d1", "o2", "a1"): 40, ("d2", "o1", "a1"): 30}
        | {("d2", "o2", "a1"): 50, ("d3", "o1", "a1"): 70, ("d3", "o2", "a1"): 80}
    )
    done = protect(tabulate(caseload, LINKED[:1]), POLICY)
    assert done.primary == {cell(district="d1", outcome="o1")}
    assert done.secondary == {
        cell(district="d1", outcome="o2"),
        cell(district="d2", outcome="o1"),
        cell(district="d2", outcome="o2"),
    }


def test_without_secondary_suppression_subtraction_gives_the_count_back() -> None:
    caseload = records({("d1", "o1", "a1"): 3, ("d1", "o2", "a1"): 40, ("d2", "o1", "a1"): 30})
    tables = tabulate(caseload, LINKED[:1])
    lone = cell(district="d1", outcome="o1")
    naive = Protected(tables=tables, primary=frozenset({lone}), secondary=frozenset())
    assert ranges(naive)[lone] == pytest.approx((3, 3))
    assert recoverable(naive) == {lone}


def test_tables_that_share_margins_are_protected_as_one() -> None:
    caseload = records({("d1", "o1", "a1"): 3, ("d1", "o2", "a2"): 40, ("d2", "o3", "a1"): 20})
    both = tabulate(caseload, [("district", "outcome"), ("agency", "outcome")])
    apart = [
        protect(tabulate(caseload, [table]), POLICY)
        for table in [("district", "outcome"), ("agency", "outcome")]
    ]
    shown = frozenset().union(*(done.tables.counts.keys() - done.hidden for done in apart))
    left = frozenset().union(*(done.hidden for done in apart)) - shown
    assert recoverable(Protected(tables=both, primary=left, secondary=frozenset())) != frozenset()
    assert recoverable(protect(both, POLICY)) == frozenset()


def test_districts_add_up_to_their_area() -> None:
    caseload = records({("d1", "o1", "a1"): 3, ("d2", "o1", "a1"): 20, ("d3", "o1", "a1"): 30})
    tables = tabulate(caseload, [("district",), ("area",)], nested=[("district", "area")])
    north = Relation(cell(area="north"), (cell(district="d1"), cell(district="d2")))
    assert north in tables.relations
    done = protect(tables, POLICY)
    assert recoverable(done) == frozenset()


def test_a_district_in_two_areas_ties_neither() -> None:
    caseload = [{"district": "d1", "area": "north"}, {"district": "d1", "area": "south"}]
    tables = tabulate(caseload, [("district",), ("area",)], nested=[("district", "area")])
    assert {relation.total for relation in tables.relations} == {TOTAL}


def test_what_is_known_anyway_stays_and_what_it_exposes_is_said() -> None:
    caseload = records({("d1", "o1", "a1"): 3, ("d2", "o1", "a1"): 20, ("d3", "o1", "a1"): 30})
    tables = tabulate(caseload, [("district",)])
    done = protect(tables, POLICY, known=frozenset({TOTAL}))
    assert TOTAL not in done.hidden
    assert done.exposed == frozenset()
    cornered = protect(
        tables, POLICY, known=frozenset({TOTAL, cell(district="d2"), cell(district="d3")})
    )
    assert cornered.exposed == {cell(district="d1")}


def test_nothing_small_hides_nothing() -> None:
    done = protect(tabulate(records({("d1", "o1", "a1"): 50}), LINKED), POLICY)
    assert (done.hidden, ranges(done), recoverable(done)) == (frozenset(), {}, frozenset())
    nobody = protect(tabulate([], LINKED), POLICY)
    assert (nobody.hidden, nobody.shown(TOTAL)) == (frozenset(), 0)


def test_a_single_count_without_a_table_needs_no_company() -> None:
    lone = cell(district="d1")
    done = protect(Tables({lone: 3}, ()), POLICY)
    assert (done.primary, done.secondary) == ({lone}, frozenset())
    assert ranges(done)[lone] == (0, np.inf)


def test_the_same_records_give_the_same_tables() -> None:
    caseload = records(dict.fromkeys(product(DISTRICTS, OUTCOMES, AGENCIES), 3))
    once, again = (protect(tabulate(rows, LINKED), POLICY) for rows in (caseload, caseload[::-1]))
    assert once.hidden == again.hidden
