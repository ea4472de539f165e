"""Quality assurance: is the reviewing even, and may what it finds be published?

Pure: `levels` (what outcomes and grades mean in order), `sampling` (who gets a blind second look),
`agreement` (kappa and AC with intervals), `funnel` (exact binomial limits), `measures` (shares, drift
by week, agreement from rows), `suppression` (small numbers, and the search for what gives them away),
`tables` (what a Board sees).

On the database: `plans` (dated sampling rules), `drawing` and `replacements` (the sample in use),
`blind` (who may see the first review), `second_reviews` (the moderators' own forms), `reading` (the rows
all of this is counted from).
"""
