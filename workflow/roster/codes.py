"""The closed lists of a roster, each code with the spellings files use for it."""

from collections.abc import Mapping

from workflow.models import ConflictKind
from workflow.states import Role

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAYS = (1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0)
"""The pattern of somebody whose pattern nobody stated."""

Codes = Mapping[str, tuple[str, ...]]
"""Code → other spellings of it; case, spaces and punctuation do not matter."""

AGENCIES: Codes = {
    "council": ("lcc", "la", "local authority", "county council", "lancashire county council"),
    "constabulary": ("police", "lancashire police", "lancashire constabulary", "lancs police"),
}
QUALIFICATIONS: Codes = {
    "social_worker": (
        "sw",
        "qsw",
        "qualified social worker",
        "registered social worker",
        "senior social worker",
        "qualified sw",
    ),
    "police_officer": (
        "police",
        "officer",
        "pc",
        "dc",
        "ds",
        "di",
        "constable",
        "police constable",
        "detective",
        "detective constable",
        "detective sergeant",
        "sergeant",
    ),
    "other": ("none", "no", "unqualified", "not qualified", "n/a"),
}
SKILLS: Codes = {
    "domestic_abuse": ("da", "dv", "domestic violence", "idva"),
    "missing": ("mfh", "missing from home", "missing from care", "missing children"),
    "exploitation": (
        "cse",
        "cce",
        "child sexual exploitation",
        "child criminal exploitation",
        "sexual exploitation",
        "criminal exploitation",
    ),
}
ROLES: Codes = {
    Role.REVIEWER: ("reviewing", "case reviewer"),
    Role.MANAGER: ("team manager", "practice manager"),
    Role.MODERATOR: (),
    Role.COORDINATOR: ("co-ordinator",),
}
"""Roles a file may give; administrators and auditors are made in the product."""
LEAVE_KINDS: Codes = {
    "leave": ("annual leave", "al", "holiday", "flexi", "toil", "half term"),
    "sickness": ("sick", "sick leave", "ill"),
    "training": ("course", "study leave"),
    "court": ("in court",),
    "other": (),
}
"""A closed list, so that nobody's illness ends up described in a roster."""
CONFLICT_KINDS: Codes = {
    ConflictKind.CASE: ("review",),
    ConflictKind.FAMILY: ("siblings", "household"),
    ConflictKind.CHILD: ("young person",),
    ConflictKind.TEAM: (),
}
