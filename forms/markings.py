"""What of a form must be looked at before it is disclosed, by the form's own definition."""

from forms.catalogue import all_forms
from forms.schema import Form, Question, QuestionType, Section
from workflow.subject_file import POLICE_AGENCY, Marking, Markings

_FREE = frozenset({QuestionType.TEXT, QuestionType.TEXTAREA})


def markings() -> Markings:
    """(Form, version) → question → marking, for every published form.

    Everything in a section restricted to the constabulary is police-held; other restricted sections and
    free text may speak of third parties.
    """
    return {(form.id, form.version): _markings_of(form) for form in all_forms()}


def _markings_of(form: Form) -> dict[str, Marking]:
    found = {question.id: _marking(section, question) for section, question in form.places()}
    return {name: marking for name, marking in found.items() if marking is not None}


def _marking(section: Section, question: Question) -> Marking | None:
    if POLICE_AGENCY in section.restricted_to:
        return Marking.POLICE
    if section.restricted_to or question.type in _FREE:
        return Marking.THIRD_PARTY
    return None
