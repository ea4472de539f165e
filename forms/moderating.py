"""Words the moderators' pages: the queue, the blind second look, and the comparison. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from forms.answered import answer_in_words
from forms.case_file import moment
from forms.catalogue import get_form
from forms.pages import Fault, Link, Page, Site
from forms.reviewing.beside import Beside
from forms.reviewing.filling import Filling
from forms.reviewing.review import TaskGroup, first_words, progress_words, task_groups
from forms.schema import Form
from forms.wording import long_date, plural
from forms.worklists import BANDS, Heading, sortable
from workflow.calendar import LONDON, WorkCalendar, local_date
from workflow.models import Case, ModerationReview, Review, Submission
from workflow.quality.queue import InModeration
from workflow.quality.second_reviews import FINDINGS, Comparison
from workflow.states import ReviewState

PATH = "/moderation"
DRAFTS = "/api/moderation/{reference}/draft"
HAND_IN = "Hand in your review"
NEXT_STEP = (
    "Your review is kept as it is, beside the first one. Only then you see the first one, and agree or "
    "disagree with it."
)
_EMPTY = (
    "No review waits for a second look. Reviews come here when a manager confirms one that the sample "
    "draws."
)
_LABELS = {"outcome": "Outcome", "grade": "Practice grade", "safety": "Child’s safety"}
_NOT_ASKED = "Not asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """A review of the queue."""

    reference: str
    href: str
    """Empty when this moderator may not take it."""
    district: str
    team: str
    priority: str
    waiting: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage(Page):
    """Reviews that wait for a second look."""

    headline: str
    headings: tuple[Heading, ...]
    rows: tuple[QueueRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookPage(Page):
    """The task list of a moderator's own review."""

    reference: str
    progress: str
    first: str
    groups: tuple[TaskGroup, ...]
    check: str
    """Address of the check."""
    escalate: Link
    beside: Beside


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A question, and what each of the two reviews says."""

    question: str
    first: str
    second: str
    is_same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonPage(Page):
    """Both reviews side by side, and the choice."""

    reference: str
    version: int
    headline: str
    findings: tuple[Pair, ...]
    because: str
    """Why the sample drew it."""
    differences: tuple[Pair, ...]
    """Other questions that are answered differently."""
    alike: tuple[Pair, ...]
    """Questions that both answer the same way."""
    is_open: bool
    """The moderator has still to agree or disagree."""
    closed: str
    """What became of it, when they have."""
    typed_reason: str = ""


Sort = Literal[
    "waiting", "-waiting", "case", "-case", "priority", "-priority", "district", "-district"
]
_SORTS: dict[str, Callable[[InModeration], Any]] = {
    "waiting": lambda item: item.since,
    "case": lambda item: item.reference,
    "priority": lambda item: -item.band,
    "district": lambda item: item.district or "",
}


def queue_page(
    site: Site,
    waiting: Sequence[InModeration],
    *,
    districts: Mapping[str, str],
    calendar: WorkCalendar,
    as_of: date,
    sort: Sort = "waiting",
) -> QueuePage:
    """The queue; by itself the longest waiting first."""
    return QueuePage(
        site=site,
        title="Moderation",
        as_of=long_date(as_of),
        headline=_standing_of_queue(waiting),
        headings=tuple(_headings(sort)),
        rows=tuple(_row(item, districts, calendar, as_of) for item in in_order(waiting, sort)),
    )


def in_order(waiting: Sequence[InModeration], sort: Sort) -> list[InModeration]:
    """The queue sorted; what is equal stays in the order in which it came."""
    key = _SORTS[sort.removeprefix("-")]
    return sorted(waiting, key=key, reverse=sort.startswith("-"))


def _standing_of_queue(waiting: Sequence[InModeration]) -> str:
    if not waiting:
        return _EMPTY
    said = f"{plural(len(waiting), 'review')} in moderation"
    closed = sum(bool(item.refusal) for item in waiting)
    return f"{said}; {closed} of them somebody else has to take." if closed else f"{said}."


def _headings(sort: Sort) -> Iterator[Heading]:
    for text, key in (
        ("Case", "case"),
        ("Waiting", "waiting"),
        ("Your review", ""),
        ("Priority", "priority"),
        ("District", "district"),
        ("Team", ""),
    ):
        yield (
            sortable(text, key, sort, lambda wanted: f"{PATH}?sort={wanted}")
            if key
            else Heading(text, "", "")
        )


def _row(
    item: InModeration, districts: Mapping[str, str], calendar: WorkCalendar, as_of: date
) -> QueueRow:
    days = calendar.working_days_between(local_date(item.since), as_of)
    return QueueRow(
        reference=item.reference,
        href="" if item.refusal else f"{PATH}/{item.reference}",
        district=districts.get(item.district or "", item.district or "Not known"),
        team=item.team or "Not known",
        priority=BANDS[item.band],
        waiting="Since today" if not days else plural(days, "working day"),
        standing=_standing(item),
    )


def _standing(item: InModeration) -> str:
    if item.refusal:
        return item.refusal
    if item.is_in:
        return "Your review is in: compare"
    if item.begun_at:
        return f"You began; saved {moment(item.begun_at.astimezone(LONDON))}"
    return "Not begun"


def look_page(site: Site, case: Case, filling: Filling, aside: Beside, *, as_of: date) -> LookPage:
    """The task list; nothing of the first review is on it."""
    here = f"{PATH}/{case.reference}"
    return LookPage(
        site=site,
        title=case.reference,
        as_of=long_date(as_of),
        back=Link("Moderation", PATH),
        reference=case.reference,
        progress=progress_words(filling),
        first=first_words(filling),
        groups=tuple(task_groups(filling, here)),
        check=f"{here}/check",
        escalate=Link("Raise an escalation", f"{here}/escalate"),
        beside=aside,
    )


def comparison_page(
    site: Site,
    case: Case,
    review: Review,
    compared: Comparison,
    *,
    because: str,
    as_of: date,
    faults: tuple[Fault, ...] = (),
    typed_reason: str = "",
) -> ComparisonPage:
    """The two reviews, what differs first."""
    form = get_form(compared.second.form_id, compared.second.form_version)
    differences = tuple(_differences(compared, form))
    n = len(differences) + sum(not same for same in compared.agrees_on.values())
    is_open = review.state is ReviewState.IN_MODERATION
    return ComparisonPage(
        site=site,
        title=f"Compare {case.reference}",
        as_of=long_date(as_of),
        back=Link("Moderation", PATH),
        faults=faults,
        reference=case.reference,
        version=review.version,
        headline=_headline(compared, n),
        because=f"The sample took this review: {because}." if because else "",
        findings=tuple(_findings(compared, form)),
        differences=differences,
        alike=tuple(_alike(compared, form)),
        is_open=is_open,
        closed="" if is_open else _CLOSED.get(review.state, "Your judgement is on record."),
        typed_reason=typed_reason,
    )


_CLOSED = {
    ReviewState.COMPLETE: "The review is complete.",
    ReviewState.SUBMITTED: "You disagreed: the review is back with a manager, with both views.",
    ReviewState.RETURNED: "The review went back to its reviewer.",
}


def _headline(compared: Comparison, n: int) -> str:
    if not n:
        return "Both reviews give the same answers."
    differs = [_LABELS[name].lower() for name, same in compared.agrees_on.items() if not same]
    said = f"The two reviews differ in {plural(n, 'answer')}"
    return f"{said}, among them: {', '.join(differs)}." if differs else f"{said}, in no finding."


def _findings(compared: Comparison, form: Form) -> Iterator[Pair]:
    for name in FINDINGS:
        yield _pair(name, _LABELS[name], compared, form)


def _differences(compared: Comparison, form: Form) -> Iterator[Pair]:
    questions = form.questions()
    for item in compared.differences:
        if item.question not in FINDINGS and item.question in questions:
            yield _pair(item.question, questions[item.question].text, compared, form)


def _alike(compared: Comparison, form: Form) -> Iterator[Pair]:
    first, second = compared.first.answers, compared.second.answers
    for name, question in form.questions().items():
        both = name in first and name in second and name not in FINDINGS
        if both and first[name] == second[name]:
            yield _pair(name, question.text, compared, form)


def _pair(question: str, label: str, compared: Comparison, form: Form) -> Pair:
    first, second = compared.first, compared.second
    return Pair(
        question=label,
        first=_said(form, question, first),
        second=_said(form, question, second),
        is_same=first.answers.get(question) == second.answers.get(question),
    )


def _said(form: Form, question: str, review: Submission | ModerationReview) -> str:
    if question not in review.answers:
        return _NOT_ASKED
    return answer_in_words(form.questions()[question], review.answers)
