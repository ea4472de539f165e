"""Quality assurance: is the reviewing even, and may what it finds be published?

Pure: `sampling` (who gets a blind second look), `agreement` (kappa and AC with intervals), `funnel`
(exact binomial limits), `suppression` (small numbers, secondary suppression, the search for what can be
recovered), `levels` (what outcomes and grades mean in order). On the database: `plans` (dated sampling
rules), `replacements`, `second_reviews` (the moderators' own forms), `reading` (rows for all of these),
`drift` and `tables` (by week, agency and area, ready for a Board).
"""
