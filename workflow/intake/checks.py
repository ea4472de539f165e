"""Rules about one episode, as a table: what to look for, and what to say about it.

Codes are the Department for Education's rule numbers where it has one (Children in Need census
validation rules), else names. A rule is an error only when the row cannot be identified; everything
else is a warning, so that a hand-edited export still comes in.
"""

from dataclasses import dataclass

from workflow.intake import offences
from workflow.intake.episodes import Episode, Value
from workflow.intake.faults import Notebook
from workflow.intake.offences import Offences, Yardstick
from workflow.intake.rows import Finding, Severity
from workflow.intake.text import excerpt


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: `offences` gives the values that break it (none when all is well)."""

    code: str
    field: str
    """What it is about."""
    offences: Offences
    message: str
    fix: str
    severity: Severity = Severity.WARNING
    in_history: bool = True
    """Whether it is also asked about episodes that are history."""


def check(episode: Episode, yardstick: Yardstick, notes: Notebook) -> bool:
    """Report every rule the episode breaks; whether it can be used as a row."""
    history = offences.is_history(episode, yardstick)
    usable = bool(episode.on("child_id")) and episode.on("episode_start") is not None
    for rule in RULES:
        if history and not rule.in_history:
            continue
        for value in rule.offences(episode, yardstick):
            notes.findings.append(_finding(notes.file, rule, value))
    return usable


def _finding(file: str, rule: Rule, value: Value) -> Finding:
    return Finding(
        file=file,
        line=value.line,
        field=value.field,
        value=excerpt(value.raw),
        rule=rule.code,
        message=rule.message,
        fix=rule.fix,
        severity=rule.severity,
    )


_FILL_IN = "Fill it in and export again."
_CHECK_DATES = "Check which of the dates is wrong."

RULES: tuple[Rule, ...] = (
    Rule(
        "8500",
        "child_id",
        offences.missing("child_id"),
        "The child id is missing.",
        _FILL_IN,
        Severity.ERROR,
    ),
    Rule(
        "8600",
        "episode_start",
        offences.missing("episode_start"),
        "The start of the episode (referral date) is missing.",
        _FILL_IN,
        Severity.ERROR,
    ),
    Rule(
        "8600",
        "episode_start",
        offences.after("episode_start"),
        "The episode starts in the future.",
        "Correct the date.",
    ),
    Rule(
        "8520",
        "birth_on",
        offences.after("birth_on"),
        "The child is born in the future.",
        "Give the expected date of birth of an unborn child in its own field.",
    ),
    Rule(
        "8525",
        "birth_on",
        offences.missing_birth,
        "Neither a date of birth nor an expected one is given.",
        _FILL_IN,
    ),
    Rule(
        "8606",
        "birth_on",
        offences.born_after_referral,
        "The child is born more than 40 weeks after the referral.",
        _CHECK_DATES,
    ),
    Rule(
        "8775Q",
        "birth_on",
        offences.over_age,
        "The episode is open but the child is over 25.",
        "Check the date of birth, or close the episode.",
    ),
    Rule(
        "8535Q",
        "died_on",
        offences.died_before_birth,
        "The child died before its birth.",
        _CHECK_DATES,
    ),
    Rule(
        "8555Q",
        "episode_start",
        offences.referred_after_death,
        "The child was referred after its death.",
        _CHECK_DATES,
    ),
    Rule(
        "4180",
        "gender",
        offences.missing_in_census("gender", "sex"),
        "The gender is missing.",
        _FILL_IN,
    ),
    Rule(
        "sex-gender-disagree",
        "sex",
        offences.sexes_disagree,
        "Sex and GenderCurrent are both given and disagree; the gender was used.",
        "Give only the one that belongs to the collection year.",
    ),
    Rule(
        "4220",
        "ethnicity",
        offences.missing_in_census("ethnicity"),
        "The ethnicity is missing.",
        _FILL_IN,
    ),
    Rule(
        "8540",
        "disabilities",
        offences.missing_disability,
        "No disability is given, not even NONE.",
        _FILL_IN,
    ),
    Rule(
        "8790",
        "disabilities",
        offences.none_and_others,
        "Disabilities are given together with NONE.",
        "Remove NONE or the others.",
    ),
    Rule(
        "upn-pattern",
        "upn",
        offences.bad_upn,
        "A unique pupil number is a letter, eleven digits and a digit or letter.",
        "Correct the number.",
    ),
    Rule(
        "8866",
        "referral_source",
        offences.missing_in_census("referral_source"),
        "The source of the referral is missing.",
        _FILL_IN,
    ),
    Rule(
        "8568",
        "no_further_action",
        offences.missing_in_census("no_further_action"),
        "The flag for no further action is missing.",
        _FILL_IN,
    ),
    Rule("8610", "primary_need", offences.missing_need, "The primary need is missing.", _FILL_IN),
    Rule(
        "8620",
        "closed_on",
        offences.after("closed_on"),
        "The closure lies after the end of the period.",
        "Correct the date, or leave the case open.",
    ),
    Rule(
        "8630",
        "closed_on",
        offences.closed_before_start,
        "The episode closes before it starts.",
        _CHECK_DATES,
    ),
    Rule(
        "8805",
        "closure_reason",
        offences.closed_without_reason,
        "The episode is closed without a reason.",
        "Give the reason for closure.",
    ),
    Rule(
        "8810",
        "closure_reason",
        offences.reason_without_closure,
        "A reason for closure is given but no closure date.",
        "Give the date, or remove the reason.",
    ),
    Rule(
        "status-closure-disagree",
        "status",
        offences.status_contradicts_closure,
        "The case status and the closure date contradict each other.",
        "Correct one of the two.",
    ),
    Rule(
        "8565",
        "closed_on",
        offences.activity_after_closure,
        "Activity is shown after the case was closed.",
        _CHECK_DATES,
        in_history=False,
    ),
    Rule(
        "8867",
        "assessment_authorised_on",
        offences.closed_with_open_assessment,
        "The episode is closed but this assessment is not complete.",
        "Complete the assessment or reopen the episode.",
        in_history=False,
    ),
    Rule(
        "8868",
        "section_47_open",
        offences.closed_with_open_enquiry,
        "The episode is closed but this section 47 enquiry is not complete.",
        "Complete the enquiry or reopen the episode.",
        in_history=False,
    ),
    Rule(
        "8831",
        "no_further_action",
        offences.activity_on_dismissed,
        "Activity is recorded on a referral with no further action.",
        "Correct the flag or remove the activity.",
    ),
    Rule(
        "8832",
        "no_further_action",
        offences.protection_on_dismissed,
        "A child protection plan is recorded on a referral with no further action.",
        "Correct the flag or remove the plan.",
    ),
    Rule(
        "4000",
        "no_further_action",
        offences.plan_on_dismissed,
        "A child in need plan is recorded on a referral with no further action.",
        "Correct the flag or remove the plan.",
    ),
    Rule(
        "1103",
        "assessment_started_on",
        offences.before_referral("assessments"),
        "The assessment starts before the referral.",
        _CHECK_DATES,
        in_history=False,
    ),
    Rule(
        "1104",
        "conference",
        offences.conference_before_referral,
        "The initial child protection conference is before the referral.",
        _CHECK_DATES,
        in_history=False,
    ),
    Rule(
        "1105",
        "protection_plan_open",
        offences.before_referral("protection_plans"),
        "The child protection plan starts before the referral.",
        _CHECK_DATES,
        in_history=False,
    ),
    Rule(
        "4015",
        "plan_started_on",
        offences.before_referral("plans"),
        "The child in need plan starts before the referral.",
        _CHECK_DATES,
        in_history=False,
    ),
    Rule(
        "8608",
        "assessment_authorised_on",
        offences.ends_before_start("assessments"),
        "The assessment is authorised before it starts.",
        _CHECK_DATES,
    ),
    Rule(
        "4011",
        "plan_ended_on",
        offences.ends_before_start("plans"),
        "The child in need plan ends before it starts.",
        _CHECK_DATES,
    ),
    Rule(
        "8925",
        "protection_plan_ended_on",
        offences.ends_before_start("protection_plans"),
        "The child protection plan ends before it starts.",
        _CHECK_DATES,
    ),
    Rule(
        "start-missing",
        "assessment_started_on",
        offences.missing_start_of_part,
        "An end is given without a start.",
        _FILL_IN,
    ),
    Rule(
        "date-future",
        "last_seen_on",
        offences.activity_in_future,
        "This date lies in the future.",
        "Correct the date.",
    ),
    Rule(
        "8869",
        "factors",
        offences.no_factors_and_others,
        "Factor 21 (none identified) is given together with others.",
        "Remove 21 or the others.",
    ),
    Rule(
        "district-neighbour",
        "district",
        offences.next_door,
        "The district belongs to a neighbouring authority.",
        "Check the address, or transfer the case.",
    ),
)
"""Every rule, in the order in which a person would look."""
