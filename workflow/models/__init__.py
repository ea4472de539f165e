"""The tables, one module per noun; no behaviour beyond pure properties.

Importing this package registers every table with SQLModel's metadata.
"""

from workflow.models.allocation import AllocationLine, AllocationRun, RunStatus
from workflow.models.case import Case
from workflow.models.event import AuditHead, Event
from workflow.models.forecast import StoredForecast
from workflow.models.intake import ImportRun, SavedMapping, ValueMapping
from workflow.models.programme import Programme
from workflow.models.review import Draft, Escalation, EscalationKind, Review, Submission
from workflow.models.reviewer import Conflict, ConflictKind, Leave, Reviewer, Vacancy
from workflow.models.tracking import Alert, AlertKind, Notification, Sweep

__all__ = [
    "Alert",
    "AlertKind",
    "AllocationLine",
    "AllocationRun",
    "AuditHead",
    "Case",
    "Conflict",
    "ConflictKind",
    "Draft",
    "Escalation",
    "EscalationKind",
    "Event",
    "ImportRun",
    "Leave",
    "Notification",
    "Programme",
    "Review",
    "Reviewer",
    "RunStatus",
    "SavedMapping",
    "StoredForecast",
    "Submission",
    "Sweep",
    "Vacancy",
    "ValueMapping",
]
