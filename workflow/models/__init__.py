"""The tables, one module per noun; no behaviour beyond pure properties.

Importing this package registers every table with SQLModel's metadata.
"""

from workflow.models.account import (
    Account,
    RecoveryCode,
    SetupCode,
    SignInAttempt,
    SignInStep,
    WebSession,
)
from workflow.models.action import ActionKind, ActionStatus, FollowOnAction
from workflow.models.allocation import (
    AllocationInputs,
    AllocationLine,
    AllocationRun,
    RunKind,
    RunStatus,
)
from workflow.models.answer import KeptAnswer
from workflow.models.board import Commitment, CommitmentKind, CommitmentStatus, Decision, Meeting
from workflow.models.capacity import CaseCount, PracticeManager
from workflow.models.case import Case
from workflow.models.cycle import CycleEntry, CycleStep
from workflow.models.event import AuditHead, Event
from workflow.models.forecast import SavedScenario, StoredForecast
from workflow.models.intake import ImportRun, SavedMapping, ValueMapping
from workflow.models.moderation import (
    ModerationReview,
    SampleReplacement,
    SamplingRule,
    SecondDraft,
)
from workflow.models.notification import (
    Delivery,
    Notification,
    NotificationKind,
    Outgoing,
    Sending,
    Signal,
    SignalKind,
)
from workflow.models.programme import Programme
from workflow.models.retention import LegalHold, PurgedCase, RetentionRule
from workflow.models.review import Draft, Escalation, EscalationKind, Review, Submission
from workflow.models.reviewer import Conflict, ConflictKind, Leave, Reviewer, Vacancy
from workflow.models.token import ApiToken
from workflow.models.tracking import Alert, AlertKind, Sweep

__all__ = [
    "Account",
    "ActionKind",
    "ActionStatus",
    "Alert",
    "AlertKind",
    "AllocationInputs",
    "AllocationLine",
    "AllocationRun",
    "ApiToken",
    "AuditHead",
    "Case",
    "CaseCount",
    "Commitment",
    "CommitmentKind",
    "CommitmentStatus",
    "Conflict",
    "ConflictKind",
    "CycleEntry",
    "CycleStep",
    "Decision",
    "Delivery",
    "Draft",
    "Escalation",
    "EscalationKind",
    "Event",
    "FollowOnAction",
    "ImportRun",
    "KeptAnswer",
    "Leave",
    "LegalHold",
    "Meeting",
    "ModerationReview",
    "Notification",
    "NotificationKind",
    "Outgoing",
    "PracticeManager",
    "Programme",
    "PurgedCase",
    "RecoveryCode",
    "RetentionRule",
    "Review",
    "Reviewer",
    "RunKind",
    "RunStatus",
    "SampleReplacement",
    "SamplingRule",
    "SavedMapping",
    "SavedScenario",
    "SecondDraft",
    "Sending",
    "SetupCode",
    "SignInAttempt",
    "SignInStep",
    "Signal",
    "SignalKind",
    "StoredForecast",
    "Submission",
    "Sweep",
    "Vacancy",
    "ValueMapping",
    "WebSession",
]
