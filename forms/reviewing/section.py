"""Words the page of one section of the form. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forms.answered import Answered
from forms.case_file import moment
from forms.pages import Fault, Link, Page, Site
from forms.reviewing.beside import Beside
from forms.reviewing.fields import Group, faults_of, groups_of
from forms.reviewing.filling import Filling
from forms.reviewing.listing import PATH
from workflow.models import Draft, SecondDraft

COMPLETE_FIELD = "section_complete"
ASK_COMPLETE = "Select yes if you have completed this section"


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionPage(Page):
    """The questions of a section, beside what is known of the case."""

    reference: str
    section: str
    caption: str
    action: str
    version: int
    """Of the draft, when the page was made."""
    groups: tuple[Group, ...]
    complete: str
    """`yes`, `no`, or empty while nothing is said."""
    saved: str
    """When the draft was last saved."""
    autosave: str
    """Address that drafts are sent to; empty while the reader must choose between two texts."""
    escalate: Link
    beside: Beside
    before: tuple[Answered, ...]
    """What the latest submission said in this section."""
    scripts: tuple[str, ...]


def section_page(
    site: Site,
    filling: Filling,
    draft: Draft | SecondDraft,
    section: str,
    *,
    reference: str,
    aside: Beside,
    scripts: tuple[str, ...],
    typed: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    complete: str | None = None,
    is_stale: bool = False,
    faults: tuple[Fault, ...] = (),
    path: str = PATH,
    drafts: str = "/api/drafts/{reference}",
) -> SectionPage:
    """The page of a section by its id.

    Args:
        typed: what was sent, when a page is shown again; otherwise the draft's answers are shown.
        errors: question id → what is wrong.
        complete: what was said about the section's being complete.
        is_stale: also show what was saved elsewhere, where it differs.
        faults: what is wrong with the page as a whole.
        path: where the pages of this form lie.
        drafts: where drafts are sent to.
    """
    task = filling.task(section)
    here = f"{path}/{reference}"
    said = complete if complete is not None else "yes" if task.is_called_complete else ""
    answers = filling.raw if typed is None else typed
    return SectionPage(
        site=site,
        title=task.section.title,
        back=Link(f"Back to {reference}", here),
        faults=(*faults, *faults_of(task.section, errors or {})),
        reference=reference,
        section=section,
        caption=f"{reference}, section {task.section.letter}",
        action=f"{here}/form/{section}",
        version=draft.version,
        groups=groups_of(
            filling,
            task.section,
            answers,
            errors=errors or {},
            saved=filling.raw if is_stale else None,
        ),
        complete=said,
        saved=f"Saved {moment(draft.saved_at)}" if draft.version else "",
        autosave="" if is_stale else drafts.format(reference=reference),
        escalate=Link("Raise an escalation", f"{here}/escalate"),
        beside=aside,
        before=_before(aside, section),
        scripts=scripts,
    )


def _before(aside: Beside, section: str) -> tuple[Answered, ...]:
    if aside.previous is None:
        return ()
    return next((item.answers for item in aside.previous.sections if item.id == section), ())
