"""How long records are kept, legal holds, and what a purge removes.

`schedule` says what is in force on a day, `holds` keep single cases, `purging` lists what is due and
removes it. A submission is append-only: the database lets its answers be emptied only for a review that
`PurgedCase` names, and keeps that row for good (`workflow.db.Erasable`). Events are never touched: their
payload holds no text about a child, and the reasons people gave are part of the sealed chain.
"""

from workflow.retention.holds import lift_hold, place_hold, standing_hold
from workflow.retention.purging import PURGED, Due, purge, purge_due, unexplained_purges
from workflow.retention.schedule import DEFAULT_SCHEDULE, Keeping, keeping_on, set_rule

__all__ = [
    "DEFAULT_SCHEDULE",
    "PURGED",
    "Due",
    "Keeping",
    "keeping_on",
    "lift_hold",
    "place_hold",
    "purge",
    "purge_due",
    "set_rule",
    "standing_hold",
    "unexplained_purges",
]
