"""What outcomes, grades and safety mean beside one another: their order, and what they come to. Pure."""

OUTCOMES = (
    "close",
    "step_down_universal",
    "step_down_early_help",
    "remain_cin",
    "remain_cin_with_changes",
    "change_of_worker",
    "step_up_strategy_discussion",
    "edge_of_care",
    "transfer",
    "cannot_review",
)
"""Every outcome; the first eight by rising level of need."""
LESSENING = frozenset(OUTCOMES[:3])
"""Outcomes that end or lessen the authority's support."""
DIRECTIONS = ("lessen", "remain", "rise")
"""What an outcome means for the level of support, in order."""
OUTCOMES_OF: dict[str, tuple[str, ...]] = {
    "lessen": OUTCOMES[:3],
    "remain": OUTCOMES[3:6],
    "rise": OUTCOMES[6:8],
}
"""Direction → its outcomes."""
DIRECTION_OF: dict[str, str] = {
    outcome: direction for direction, outcomes in OUTCOMES_OF.items() for outcome in outcomes
}
"""Outcome → direction; a transfer or a case that cannot be reviewed has none."""
GRADES = ("inadequate", "requires_improvement", "good", "outstanding")
"""Ofsted's four grades, in order; a case that was not graded has none of them."""
GRADE_BANDS = ("inadequate", "requires_improvement", "good_or_outstanding")
"""The grades as they are published: outstanding work is too rare for a count of its own."""
BAND_OF: dict[str, str] = dict(zip(GRADES, (*GRADE_BANDS, GRADE_BANDS[-1]), strict=True))
"""Grade → band."""
SAFETY = ("safe", "concern", "immediate_risk")
"""How safe the child is, in order."""
