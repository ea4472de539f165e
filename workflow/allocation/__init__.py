"""Allocation of reviews to reviewers: near optimal, fair, explained, and with a bound to prove it.

Pure: `solve(problem)` reads no clock, no database and no settings, and gives the same plan for the
same problem, whatever the order of its rows or the names in it. `runs` holds the use cases.

**What is decided.** A *unit* is a family (or one child): its cases travel together, to at most one
reviewer. Hard rules: qualification, declared conflicts, the family's own team, and capacity in review
points, cumulative at milestones (all a reviewer holds that is due by a milestone must fit into what
they can give up to it). Pinned units stay with their holder and take capacity first, even above it; the
others then get what is left. A family larger than every capacity is left over and says so.

**What is minimised**, as one number with its parts: the cost of the placements (handover, travel,
specialism, agency, change of holder), the penalty of what stays unallocated (points x rate of the risk
band, which doubles), and unfairness (points above the fair share: capacity in proportion to all points
that somebody could take). The weights are `workflow.policy.AllocationWeights`, stored by programme; to
change what matters change them there. A new term of a pair goes into `model.pair_terms` and
`model._profiles`; a new hard rule into `model._barred`, and into `explain` with its words.

**How.**

1. `model`: values become arrays, in an order that hangs on content only.
2. `flow`: if units could be split this would be a min-cost flow of points. Its duals are prices of
   capacity; prices show which pairs are worth adding (`bound.offers`); two to five turns suffice.
   Problems of more than 12,000 units take their first prices from a sample.
3. `bound`: at any prices, each unit at its cheapest less the worth of the capacity is a lower bound.
4. `insert`: units that the flow left whole stay; the others go in one by one, pushing out cheaper ones.
5. `search`: pairs of neighbouring reviewers divide their work anew, exactly, by a table over the load of
   one (`divide`), many pairs at once; likewise each with the unallocated work near them. Now and then
   units of one size are exchanged among all reviewers in one more flow (`flow.exchanged`).
6. `exact`: up to 400 pairs of unit and reviewer, branch and bound proves the optimum instead.
7. `explain`, `due`: reasons, runners-up and shadow prices are read off the prices; due dates spread
   each reviewer's work, risk first, over their own days.

`greedy` holds the baselines. `solve_gap` (`gap`) opens the core to plain generalised assignment
problems, so that public instances can check it.

**Measured** (`python -m tests.bench.bench_allocation`, two shared cores; gap to the bound of the run):

| cases x reviewers | capacity / need | gap | seconds | greedy | fair greedy | round robin |
|---|---|---|---|---|---|---|
FIGURES

Half of the ample objective is the fixed handover cost; of what can be decided the gap is about twice
as large.
"""

from workflow.allocation.gap import GapSolution, solve_gap
from workflow.allocation.problem import LeftOver, Placement, Plan, Problem, Reviewer, Unit
from workflow.allocation.solve import solve

__all__ = [
    "GapSolution",
    "LeftOver",
    "Placement",
    "Plan",
    "Problem",
    "Reviewer",
    "Unit",
    "solve",
    "solve_gap",
]
