"""What holds for every plan: hard rules, bound, parts, repeatability."""

import subprocess
import sys
from dataclasses import replace
from random import Random

import pytest

from tests.bench.allocation_cases import make_problem as make_backlog
from tests.workflow.allocation.toys import (
    breaches,
    brute_force,
    make_problem,
    make_reviewer,
    make_toy,
    make_unit,
    objective,
)
from workflow.allocation import Plan, Problem, solve
from workflow.errors import InvalidInputError

CENT = 1e-6


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even small problems go the way of the large ones."""
    module = sys.modules[solve.__module__]
    monkeypatch.setattr(module, "SMALL", 0)
    monkeypatch.setattr(module, "MOST_ROUNDS", 10)


def check(problem: Problem, plan: Plan) -> None:
    placed = {p.unit: p.reviewer for p in plan.placements}
    assert breaches(problem, plan) == []
    assert plan.objective == pytest.approx(objective(problem, placed))
    assert plan.objective == pytest.approx(sum(plan.parts.values()))
    assert plan.bound <= plan.objective + CENT <= plan.greedy_objective + 2 * CENT
    assert all(p.reason for p in plan.placements)
    assert all(over.reason for over in plan.left_over)


def outcome(plan: Plan) -> dict[str, str | None]:
    answer: dict[str, str | None] = {p.unit: p.reviewer for p in plan.placements}
    return answer | {over.unit: None for over in plan.left_over}


def test_five_hundred_random_problems_solved_to_proof_break_no_hard_rule():
    for seed in range(500):
        rng = Random(seed)
        problem = make_toy(seed, rng.randint(1, 10), rng.randint(1, 4))
        check(problem, solve(problem))


@pytest.mark.usefixtures("searched")
def test_five_hundred_random_problems_solved_by_search_break_no_hard_rule():
    for seed in range(500):
        rng = Random(seed)
        problem = make_toy(seed, rng.randint(1, 24), rng.randint(1, 6))
        check(problem, solve(problem))


def test_toys_match_brute_force_exactly():
    for seed in range(80):
        problem = make_toy(seed)
        plan = solve(problem)
        assert plan.objective == pytest.approx(brute_force(problem), abs=CENT)
        assert plan.gap == pytest.approx(0, abs=CENT)


@pytest.mark.usefixtures("searched")
def test_search_finds_the_optimum_of_nearly_all_toys():
    best = [brute_force(make_toy(seed)) for seed in range(40)]
    found = [solve(make_toy(seed)).objective for seed in range(40)]
    assert sum(f <= b + CENT for f, b in zip(found, best, strict=True)) >= 38


@pytest.mark.parametrize("ratio", [1.15, 0.8])
def test_a_backlog_is_solved_close_to_its_bound(ratio: float):
    problem = make_backlog(600, 20, ratio, seed=4)
    plan = solve(problem)
    check(problem, plan)
    assert plan.gap < 0.05
    assert plan.objective < plan.greedy_objective


def test_row_order_does_not_matter():
    for problem in (make_toy(5, 12, 4), make_backlog(200, 10, 0.9)):
        rng = Random(1)
        shuffled = replace(
            problem,
            units=tuple(rng.sample(problem.units, len(problem.units))),
            reviewers=tuple(rng.sample(problem.reviewers, len(problem.reviewers))),
        )
        one, other = solve(problem), solve(shuffled)
        assert replace(one, seconds=0) == replace(other, seconds=0)


def test_names_of_people_do_not_matter():
    problem = make_backlog(200, 10, 0.9)
    names = {reviewer.key: f"Z{9999 - i}" for i, reviewer in enumerate(problem.reviewers)}
    renamed = replace(
        problem, reviewers=tuple(replace(r, key=names[r.key]) for r in problem.reviewers)
    )
    expected = {unit: who and names[who] for unit, who in outcome(solve(problem)).items()}
    assert outcome(solve(renamed)) == expected


def test_the_same_problem_gives_the_same_plan_twice():
    problem = make_backlog(200, 10, 0.9)
    assert replace(solve(problem), seconds=0) == replace(solve(problem), seconds=0)


def test_more_capacity_never_leaves_more_penalty():
    for seed in range(40):
        problem = make_toy(seed)
        larger = replace(
            problem,
            reviewers=tuple(
                replace(r, capacity=tuple(c + 12 for c in r.capacity)) for r in problem.reviewers
            ),
        )
        assert solve(larger).parts["unallocated"] <= solve(problem).parts["unallocated"] + CENT


def test_the_lowest_risk_is_left_when_capacity_is_short():
    units = [make_unit(f"U{band}", effort=10, band=band) for band in (1, 2, 3, 4, 5)]
    plan = solve(make_problem(units, [make_reviewer(capacity=(30, 30, 30))]))
    assert {over.unit for over in plan.left_over} == {"U1", "U2"}


def test_pinned_units_stay_and_use_capacity_first_even_when_over():
    pinned = make_unit("P", effort=50, band=5, holder="R", pinned=True)
    plan = solve(make_problem([pinned, make_unit("U")], [make_reviewer()]))
    assert outcome(plan) == {"P": "R", "U": None}


def test_pinned_units_stay_in_spite_of_a_conflict():
    pinned = make_unit("P", holder="R", pinned=True)
    reviewers = [make_reviewer(conflicts=frozenset({"P"})), make_reviewer("S")]
    assert outcome(solve(make_problem([pinned], reviewers))) == {"P": "R"}


def test_a_unit_stays_with_its_holder_when_another_is_hardly_better():
    unit = make_unit("U", holder="R", district="Burnley")
    near, far = make_reviewer("N", district="Burnley"), make_reviewer("R", district="Chorley")
    assert outcome(solve(make_problem([unit], [near, far]))) == {"U": "R"}


def test_unopened_units_move_first():
    units = [make_unit("A", holder="R", opened=True), make_unit("B", holder="R")]
    plan = solve(make_problem(units, [make_reviewer(capacity=(6, 6, 6)), make_reviewer("S")]))
    assert outcome(plan) == {"A": "R", "B": "S"}


def test_work_is_shared_in_proportion_to_capacity():
    units = [make_unit(f"U{u}", effort=5) for u in range(12)]
    reviewers = [
        make_reviewer("R", capacity=(99, 99, 80)),
        make_reviewer("S", capacity=(99, 99, 40)),
    ]
    assert solve(make_problem(units, reviewers)).utilisation == {"R": 0.5, "S": 0.5}


def test_nothing_to_do_and_nobody_to_do_it():
    assert solve(make_problem([], [])).objective == 0
    assert [o.rule for o in solve(make_problem([make_unit()], [])).left_over] == ["no_reviewer"]
    assert solve(make_problem([], [make_reviewer()])).utilisation == {"R": 0}


@pytest.mark.parametrize(
    ("units", "reviewers", "said"),
    [
        ([make_unit(), make_unit()], [], "share a key"),
        ([], [make_reviewer(), make_reviewer()], "share a key"),
        ([make_unit(effort=0)], [], "effort"),
        ([make_unit(band=6)], [], "band"),
        ([make_unit(pinned=True, holder="gone")], [make_reviewer()], "pinned to nobody"),
        ([], [make_reviewer(capacity=(1,))], "capacity for each milestone"),
    ],
)
def test_contradictions_are_refused(units, reviewers, said):
    with pytest.raises(InvalidInputError, match=said):
        solve(make_problem(units, reviewers))


def test_a_milestone_for_every_band_is_needed():
    with pytest.raises(InvalidInputError, match="milestones"):
        solve(make_problem([], [], due_by_band=(0, 0, 0, 0, 9)))


def test_importing_the_package_loads_no_solver_library():
    asked = (
        "import sys, workflow.allocation; print(sorted({'ortools', 'scipy'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
