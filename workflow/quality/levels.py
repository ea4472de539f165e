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
LESSENING = frozenset({"close", "step_down_early_help", "step_down_universal"})
"""Outcomes that end or lessen the authority's support."""
DIRECTIONS = ("lessen", "remain", "rise")
"""What an outcome means for the level of support, in order."""
DIRECTION_OF: dict[str, str] = {
    **dict.fromkeys(OUTCOMES[:3], "lessen"),
    **dict.fromkeys(OUTCOMES[3:6], "remain"),
    **dict.fromkeys(OUTCOMES[6:8], "rise"),
}
"""Outcome → direction; a transfer or a case that cannot be reviewed has none."""
GRADES = ("inadequate", "requires_improvement", "good", "outstanding")
"""Ofsted's four grades, in order; a case that was not graded has none of them."""
GRADE_BANDS = ("inadequate", "requires_improvement", "good_or_outstanding")
"""The grades as they are published: outstanding work is so rare that its count would have to be hidden."""
BAND_OF: dict[str, str] = dict(zip(GRADES, (*GRADE_BANDS, GRADE_BANDS[-1]), strict=True))
"""Grade → band."""
SAFETY = ("safe", "concern", "immediate_risk")
"""How safe the child is, in order."""
