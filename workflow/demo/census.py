"""Writes the synthetic caseload as a Children in Need census return, collection of 2015-16.

Structure and order of elements as in the Department's schema; plans (CINPlanDates) came in 2022 only.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from xml.etree.ElementTree import Comment, Element, ElementTree, SubElement, indent

from workflow.demo.caseload import DemoCaseload
from workflow.demo.episodes import DemoEpisode, Enquiry, ProtectionPlan
from workflow.geography import Geography
from workflow.intake.rows import CaseRow

_GENDER = {"male": "1", "female": "2"}
_NO_NUMBER_YET, _NEW_IN_NEED, _DISMISSED = "UN1", "UN4", "UN7"
"""Why there is no pupil number: below school age, not yet known, referral without further action."""
_SCHOOL_AGE_DAYS = 1826
_REVIEWS_AFTER = (85, 175)
"""Days from the conference to the first review of a protection plan, and between reviews."""


def write_census(caseload: DemoCaseload, geography: Geography, path: Path) -> None:
    """Write the return as XML."""
    message = Element("Message")
    message.append(Comment(" SYNTHETIC: no child in this file exists "))
    header = SubElement(message, "Header")
    _fields(
        SubElement(header, "CollectionDetails"),
        Collection="CIN",
        Year="2016",
        ReferenceDate="2016-03-31",
    )
    _fields(
        SubElement(header, "Source"),
        SourceLevel="L",
        LEA=geography.authority_code,
        SoftwareCode="SYNTHETIC",
        Release="1",
        SerialNo="001",
        DateTime=f"{caseload.as_of}T08:00:00",
    )
    children = SubElement(message, "Children")
    for _, episodes in groupby(caseload.episodes, key=lambda episode: episode.row.child_id):
        _add_child(children, list(episodes), caseload.as_of)
    indent(message, " ")
    ElementTree(message).write(path, encoding="utf-8", xml_declaration=True)


def _add_child(children: Element, episodes: list[DemoEpisode], as_of: date) -> None:
    child, row = SubElement(children, "Child"), episodes[0].row
    _fields(
        SubElement(child, "ChildIdentifiers"),
        LAchildID=row.child_id,
        UPNunknown=_reason_for_no_number(row, as_of),
        PersonBirthDate=_iso(row.birth_on),
        ExpectedPersonBirthDate=_iso(row.expected_birth_on),
        GenderCurrent=_GENDER.get(row.gender or "", "0"),
    )
    traits = SubElement(child, "ChildCharacteristics")
    _fields(traits, Ethnicity=row.ethnicity)
    disabilities = SubElement(traits, "Disabilities")
    for code in row.disabilities or ("NONE",):
        _fields(disabilities, Disability=code)
    for episode in episodes:
        _add_episode(SubElement(child, "CINdetails"), episode, as_of)


def _reason_for_no_number(row: CaseRow, as_of: date) -> str:
    if row.no_further_action:
        return _DISMISSED
    if row.birth_on is None or (as_of - row.birth_on).days < _SCHOOL_AGE_DAYS:
        return _NO_NUMBER_YET
    return _NEW_IN_NEED


def _add_episode(details: Element, episode: DemoEpisode, as_of: date) -> None:
    row = episode.row
    _fields(
        details,
        CINreferralDate=_iso(row.episode_start),
        ReferralSource=row.referral_source,
        PrimaryNeedCode=row.primary_need,
        CINclosureDate=_iso(row.closed_on),
        ReasonForClosure=row.closure_reason,
    )
    if episode.first_assessment:
        _add_assessment(details, *episode.first_assessment, ("21",))
    if row.assessment_started_on:
        started, authorised = row.assessment_started_on, row.assessment_authorised_on
        _add_assessment(details, started, authorised, row.factors or ())
    if episode.enquiry:
        _add_enquiry(SubElement(details, "Section47"), episode.enquiry)
    _fields(details, ReferralNFA=_flag(row.no_further_action))
    if episode.plan:
        _add_plan(SubElement(details, "ChildProtectionPlans"), episode.plan, as_of)


def _add_assessment(
    details: Element, started: date, authorised: date | None, factors: tuple[str, ...]
) -> None:
    assessment = SubElement(details, "Assessments")
    _fields(
        assessment,
        AssessmentActualStartDate=_iso(started),
        AssessmentAuthorisationDate=_iso(authorised),
    )
    identified = SubElement(assessment, "FactorsIdentifiedAtAssessment")
    for code in factors:
        _fields(identified, AssessmentFactors=code)


def _add_enquiry(section: Element, enquiry: Enquiry) -> None:
    needless = enquiry.conference_on is None and not enquiry.is_open
    _fields(
        section,
        S47ActualStartDate=_iso(enquiry.started_on),
        InitialCPCtarget=_iso(enquiry.conference_due_on),
        DateOfInitialCPC=_iso(enquiry.conference_on),
        ICPCnotRequired=_flag(needless),
    )


def _add_plan(section: Element, plan: ProtectionPlan, as_of: date) -> None:
    _fields(
        section,
        CPPstartDate=_iso(plan.started_on),
        CPPendDate=_iso(plan.ended_on),
        InitialCategoryOfAbuse=plan.category,
        LatestCategoryOfAbuse=plan.category,
        NumberOfPreviousCPP=str(plan.earlier_plans),
    )
    reviews = list(_review_dates(plan, plan.ended_on or as_of))
    if reviews:
        listed = SubElement(section, "Reviews")
        for day in reviews:
            _fields(listed, CPPreviewDate=_iso(day))


def _review_dates(plan: ProtectionPlan, until: date) -> Iterator[date]:
    first, between = _REVIEWS_AFTER
    day = plan.started_on + timedelta(first)
    while day < until:
        yield day
        day += timedelta(between)


def _fields(parent: Element, **texts: str | None) -> None:
    """Add a child element for each text there is."""
    for name, text in texts.items():
        if text:
            SubElement(parent, name).text = text


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _flag(answer: bool | None) -> str:
    return "true" if answer else "false"
