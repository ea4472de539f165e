"""A review form as data: sections, questions, conditions and rules. No input or output, no page.

A form checks itself when it is made, so a wrong definition stops the program at its start with the
form and the question named, not a reviewer half way through.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

Answer = str | int | date | tuple[str, ...]
"""What a question can be answered with; checkboxes give the values ticked, in the form's order."""

_STRICT = ConfigDict(extra="forbid")
_ID = re.compile(r"[a-z][a-z0-9_]*")


class FormError(Exception):
    """A form's definition contradicts itself; names the form and, where there is one, the question."""

    def __init__(self, form: str, question: str | None, fault: str) -> None:
        """Name the form, the question and what is wrong with it."""
        where = f"Form {form}" if question is None else f"Form {form}, question {question}"
        super().__init__(f"{where}: {fault}.")
        self.form, self.question, self.fault = form, question, fault


class QuestionType(StrEnum):
    """How a question is asked and what its answer is."""

    RADIOS = "radios"
    """One of the options."""
    CHECKBOXES = "checkboxes"
    """Any of the options; an exclusive one stands alone."""
    TEXT = "text"
    """One line."""
    TEXTAREA = "textarea"
    """Several paragraphs, with a word limit."""
    DATE = "date"
    """A day; may be limited to the past or to the future, today counts as both."""
    NUMBER = "number"
    """A whole number."""
    YES_NO_EVIDENCE = "yes_no_evidence"
    """Yes or no, or the file is silent, which is a finding of its own, or it does not apply."""


@dataclass(frozen=True, slots=True, config=_STRICT)
class Option:
    """One possible answer of a question with options."""

    value: str
    """What is stored."""
    label: str
    hint: str = ""
    exclusive: bool = False
    """In checkboxes: cannot be ticked together with another option."""


YES, NO, NOT_EVIDENCED, NOT_APPLICABLE = "yes", "no", "not_evidenced", "not_applicable"
NOT_EVIDENCED_LABEL = "Not evidenced on file"
EVIDENCE = (
    Option(YES, "Yes"),
    Option(NO, "No"),
    Option(NOT_EVIDENCED, NOT_EVIDENCED_LABEL),
    Option(NOT_APPLICABLE, "Does not apply"),
)
"""The answers of every `yes_no_evidence` question; the last one only where it can happen."""


@dataclass(frozen=True, slots=True, config=_STRICT)
class Condition:
    """Holds when `question` is answered with one of `any_of` (checkboxes: with at least one)."""

    question: str
    any_of: tuple[str, ...]

    def holds(self, answers: Mapping[str, object]) -> bool:
        """Whether these answers, typed or raw, meet it; an unanswered question never does."""
        answer = answers.get(self.question)
        if isinstance(answer, tuple | list):
            return any(value in self.any_of for value in answer)
        return answer in self.any_of


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Rule:
    """Two answers that cannot stand together: when `when` holds, `forbids` must not."""

    when: Condition
    forbids: Condition
    message: str
    """What to do about it, shown at the question of `forbids`."""


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Question:
    """One question; `name` is the noun its error messages use ("your reasons")."""

    id: str
    type: QuestionType
    text: str
    name: str
    hint: str = ""
    required: bool = True
    show_if: Condition | None = None
    options: tuple[Option, ...] = ()
    max_words: int | None = None
    """Of a textarea."""
    not_future: bool = False
    """Of a date: today or earlier."""
    not_past: bool = False
    """Of a date: today or later."""
    minimum: int = 0
    """Of a number."""
    maximum: int = 999
    """Of a number."""
    source: str = ""
    """Why it is asked: a finding, a procedure or an audit tool."""

    def label_of(self, value: str) -> str:
        """The wording of one of the options.

        Raises:
            KeyError: the question has no such option.
        """
        return {option.value: option.label for option in self.options}[value]


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Section:
    """A page of the form."""

    id: str
    letter: str
    title: str
    group: str
    """Heading of the task list under which it stands."""
    questions: tuple[Question, ...]
    restricted_to: frozenset[str] = frozenset()
    """Codes of the agencies whose reviewers answer it; empty: everybody."""
    show_if: Condition | None = None
    source: str = ""
    """The audit tools and findings its questions come from."""

    def is_open_to(self, agency: str) -> bool:
        """Whether reviewers of an agency answer this section."""
        return not self.restricted_to or agency in self.restricted_to


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Form:
    """One version of a form. A published version never changes: a correction is a new version."""

    id: str
    version: int
    title: str
    sections: tuple[Section, ...]
    rules: tuple[Rule, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a definition that contradicts itself.

        Raises:
            FormError: naming the form, the question and the fault.
        """
        check(self)

    @property
    def name(self) -> str:
        """Id and version, as messages say them."""
        return f"{self.id} v{self.version}"

    def places(self) -> Iterator[tuple[Section, Question]]:
        """Every question with its section, in the order they are asked."""
        for section in self.sections:
            for question in section.questions:
                yield section, question

    def questions(self) -> dict[str, Question]:
        """Question id → question, in the order they are asked."""
        return {question.id: question for _, question in self.places()}

    def restricted(self) -> frozenset[str]:
        """Ids of the questions that only some agencies answer; their answers are stored encrypted."""
        return frozenset(
            question.id for section, question in self.places() if section.restricted_to
        )

    def asked(
        self, answers: Mapping[str, object], agency: str
    ) -> Iterator[tuple[Section, Question]]:
        """The questions put to a reviewer of `agency`, each by the answers given before it.

        An answer counts only if its own question is asked, so a chain of conditions falls together.
        `answers` may be filled while this runs: each is read after its question was given out.
        """
        counted: dict[str, object] = {}
        for section in self.sections:
            if not section.is_open_to(agency) or not _met(section.show_if, counted):
                continue
            for question in section.questions:
                if not _met(question.show_if, counted):
                    continue
                yield section, question
                if question.id in answers:
                    counted[question.id] = answers[question.id]


def _met(condition: Condition | None, answers: Mapping[str, object]) -> bool:
    return condition is None or condition.holds(answers)


_OPTION_TYPES = (QuestionType.RADIOS, QuestionType.CHECKBOXES, QuestionType.YES_NO_EVIDENCE)
_BELONGS: dict[str, tuple[QuestionType, ...]] = {
    "options": _OPTION_TYPES,
    "max_words": (QuestionType.TEXTAREA,),
    "not_future": (QuestionType.DATE,),
    "not_past": (QuestionType.DATE,),
}
"""Field → the types of question that may have it."""
_NEEDED: dict[QuestionType, str] = dict.fromkeys(_OPTION_TYPES, "options") | {
    QuestionType.TEXTAREA: "max_words"
}
"""Type → the field it cannot do without."""


def check(form: Form) -> None:
    """Refuse a form whose parts do not fit together.

    Raises:
        FormError: at the first fault, in the order of the form.
    """
    sections: set[str] = set()
    earlier: dict[str, Question] = {}
    for section in form.sections:
        if section.id in sections:
            raise FormError(form.name, None, f"two sections have the id {section.id}")
        sections.add(section.id)
        _check_condition(form, None, section.show_if, earlier)
        for question in section.questions:
            if question.id in earlier:
                raise FormError(form.name, question.id, "another question has the same id")
            _check_condition(form, question.id, question.show_if, earlier)
            _check_fields(form, question)
            _check_options(form, question)
            earlier[question.id] = question
    for rule in form.rules:
        _check_condition(form, None, rule.when, earlier)
        _check_condition(form, None, rule.forbids, earlier)


def _check_fields(form: Form, question: Question) -> None:
    for name, types in _BELONGS.items():
        if getattr(question, name) and question.type not in types:
            raise FormError(form.name, question.id, f"{question.type} has no {name}")
    needed = _NEEDED.get(question.type)
    if needed and not getattr(question, needed):
        raise FormError(form.name, question.id, f"{question.type} needs {needed}")
    if question.minimum > question.maximum:
        raise FormError(form.name, question.id, "minimum is above maximum")
    if not question.text or not question.name:
        raise FormError(form.name, question.id, "text and name must say something")
    if not _ID.fullmatch(question.id):
        raise FormError(form.name, question.id, "an id has small letters, digits and _ only")


def _check_options(form: Form, question: Question) -> None:
    values = [option.value for option in question.options]
    labels = [option.label for option in question.options]
    for what, given in (("values", values), ("labels", labels)):
        if len(given) != len(set(given)):
            raise FormError(form.name, question.id, f"two options have the same {what[:-1]}")


def _check_condition(
    form: Form, question: str | None, condition: Condition | None, earlier: Mapping[str, Question]
) -> None:
    if condition is None:
        return
    asked = earlier.get(condition.question)
    if asked is None:
        fault = f"the condition looks at {condition.question}, which is not asked earlier"
        raise FormError(form.name, question, fault)
    known = {option.value for option in asked.options}
    unknown = [value for value in condition.any_of if value not in known]
    if unknown or not condition.any_of:
        fault = f"the condition wants {unknown or 'nothing'} of {condition.question}"
        raise FormError(form.name, question, fault)
