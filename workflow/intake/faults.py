"""What can be wrong with a file or a value before any rule about children is asked, as a table.

Readers report through a `Notebook`, so that every finding has a rule, a sentence and a remedy. Rules
about episodes are in `checks.py`.
"""

from dataclasses import dataclass, field
from typing import Any

from workflow.intake.rows import Finding, Severity, UnmappedValue
from workflow.intake.text import excerpt


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of trouble: its sentence and its remedy may name facts in braces."""

    message: str
    fix: str
    severity: Severity = Severity.ERROR


def _warning(message: str, fix: str) -> Fault:
    return Fault(message, fix, Severity.WARNING)


_EXPORT_AGAIN = "Export the list again from the case system and send that file."
_AS_XLSX = "Open it in the spreadsheet program and save it as .xlsx or .csv."

FAULTS: dict[str, Fault] = {
    # The file as a whole
    "file-missing": Fault("There is no such file.", "Check the name and the folder."),
    "file-not-a-file": Fault("This is a folder or a device, not a file.", "Name one file."),
    "file-unreadable": Fault("The file cannot be opened: {detail}.", "Check who may read it."),
    "file-empty": Fault("The file is empty.", _EXPORT_AGAIN),
    "file-too-large": Fault(
        "The file has {found}; the limit is {limit}.", "Split it and import the parts."
    ),
    "file-kind-unknown": Fault(
        "This is neither a census file, a workbook nor a table of text.", _EXPORT_AGAIN
    ),
    "file-kind-differs": Fault(
        "This is {found}, not {detail}.", "Leave out the kind, or send the file that was meant."
    ),
    "file-is-html": Fault(
        "This is a web page, often a sign-in page saved under the name of the export.",
        "Sign in to the case system, export again and send that file.",
    ),
    "file-is-zip": Fault(
        "This is a ZIP archive, not a list.", "Unpack it and import the file inside."
    ),
    "file-is-old-excel": Fault("This workbook has the format of Excel before 2007.", _AS_XLSX),
    "file-encrypted": Fault(
        "The workbook is protected with a password.",
        "Save it without a password and import that copy.",
    ),
    "zip-bomb": Fault("The workbook unpacks to {found}; the limit is {limit}.", _EXPORT_AGAIN),
    "zip-unsafe-name": Fault("The workbook holds a part with an unsafe name.", _EXPORT_AGAIN),
    "workbook-broken": Fault("The workbook is damaged and cannot be opened.", _AS_XLSX),
    "workbook-no-list": Fault(
        "No sheet has a row of headings with a child id and the start of the episode (Annex A, list 6).",
        "Check that the workbook holds list 6 with its headings.",
    ),
    "file-no-rows": Fault("The file has headings but no rows.", _EXPORT_AGAIN),
    "file-encoding": Fault(
        "The text is in none of the encodings understood ({detail}).", "Save the file as UTF-8."
    ),
    "file-encoding-assumed": _warning(
        "The text is not UTF-8; it was read as {detail}.",
        "Check names with accents, or save the file as UTF-8.",
    ),
    # XML
    "file-not-xml": Fault("The XML breaks off or is not well formed: {detail}.", _EXPORT_AGAIN),
    "file-not-census": Fault(
        "The XML is not a Children in Need census file: its outermost element is {detail}.",
        "Send the census return itself (root element Message).",
    ),
    "xml-dtd-forbidden": Fault(
        "The XML declares a document type or entities, which can be used for attacks.",
        "Remove the DOCTYPE; a census file has none.",
    ),
    "xml-too-deep": Fault("Elements are nested more than {limit} deep.", _EXPORT_AGAIN),
    "xml-too-many-elements": Fault(
        "The file has more than {limit} elements.", "Split it and import the parts."
    ),
    "header-missing": _warning(
        "The file does not say its {detail}.", "Check that the header of the return is complete."
    ),
    "header-collection": _warning(
        "The header names the collection {detail}, not CIN.", "Check that this is the right return."
    ),
    "header-year": _warning(
        "The collection year is not one of {detail}.", "Check the year in the header."
    ),
    "header-reference-date": _warning(
        "The reference date is not in the collection year {detail}.",
        "Check the header of the return.",
    ),
    "header-authority": _warning(
        "The file comes from authority {found}; this programme is {detail}.",
        "Check that this is the right file.",
    ),
    "stray-text": _warning(
        "There is text outside any field; it was left out.",
        "Remove the text or put it in its element.",
    ),
    "mixed-content": _warning(
        "The value has other elements inside it and cannot be read.", "Correct the element."
    ),
    "element-unknown": _warning(
        "The census has no element of this name here; it was left out.", "Check the spelling."
    ),
    "element-not-in-year": _warning(
        "The collection of {detail} has no such element; its value was used all the same.",
        "Check the year in the header.",
    ),
    "element-repeated": _warning(
        "The element is given twice with different values; the first was used.", "Remove one."
    ),
    "8510": _warning(
        "More than one child record has this id.", "Put all episodes of a child in one record."
    ),
    "8590": _warning("The child has no episode.", "Add the episode or remove the child."),
    # Tables
    "header-missing-column": Fault(
        "No column gives the {detail}.", "Add the column, or name it in a column mapping."
    ),
    "header-duplicate": Fault(
        "Two columns have this heading, so it is not clear which counts.", "Rename or remove one."
    ),
    "mapping-column-missing": Fault(
        "The column mapping names this column, but the file does not have it.",
        "Correct the mapping or the heading.",
    ),
    "column-ambiguous": _warning(
        "Several columns could be the {detail}; this one was left out.",
        "Say in a column mapping which one counts.",
    ),
    "column-unrecognised": _warning(
        "This heading is not known, but looks like '{detail}'; the column was left out.",
        "Correct the heading or name it in a column mapping.",
    ),
    "row-width": Fault(
        "The row has {found} fields, the headings {limit}; values may have shifted.",
        "Put text with a comma in quotation marks, or remove the extra field.",
    ),
    "quote-unclosed": Fault(
        "Quotation marks are not closed or stand in the wrong place: {detail}.",
        "Correct the quotation marks at this line.",
    ),
    "value-too-long": Fault(
        "A value or a line is longer than {limit} characters.", "Shorten or remove it."
    ),
    "table-too-wide": Fault("A line has more than {limit} columns.", _EXPORT_AGAIN),
    "control-character": Fault(
        "The row contains a character no text has (NUL), a sign of a damaged file.", _EXPORT_AGAIN
    ),
    "header-repeated": _warning(
        "The headings stand again inside the list; left out.", "Remove the line."
    ),
    "footer-row": _warning(
        "This looks like a total or a note, not a child; left out.", "Remove the line."
    ),
    "id-mangled": Fault(
        "A spreadsheet has turned the child id into a rounded number.",
        "Format the column as text before saving, then export again.",
    ),
    "id-number": _warning(
        "The child id was saved as a number; leading zeros may be lost.",
        "Format the column as text before saving.",
    ),
    # Values
    "date-impossible": Fault("This is not a date that exists.", "Correct the date."),
    "date-implausible": Fault("The year cannot be right.", "Correct the date."),
    "date-not-iso": _warning(
        "The census writes dates as yyyy-mm-dd; this one was read day first.", "Correct the format."
    ),
    "date-two-digit-year": _warning(
        "The column gives years in two digits; they were read as {detail}.",
        "Export the dates with four-digit years.",
    ),
    "date-order-mixed": Fault(
        "Some dates of the column put the day first, others the month.",
        "Use one format throughout, or say which in a column mapping.",
    ),
    "date-order-unclear": Fault(
        "Dates of the column put the month first, and the others could mean either.",
        "Say in a column mapping whether the day or the month comes first.",
    ),
    "date-order-month-first": _warning(
        "Every date of the column puts the month first; it was read that way.",
        "Check, and say so in a column mapping.",
    ),
    "value-unmapped": _warning(
        "No code fits this value; it is on the list of values to map.",
        "Map it to a code, or correct it in the file.",
    ),
    "code-not-in-year": _warning(
        "The collection of {detail} has no such code; it was kept.", "Check the code or the year."
    ),
    "district-unknown": _warning(
        "No district has this name; it is on the list of values to map.",
        "Map it to a district, or correct it in the file.",
    ),
    "duplicate-row": _warning(
        "Line {detail} already says the same about this child; the repetition was left out.",
        "Remove one of the two.",
    ),
    "duplicate-contradicts": Fault(
        "Line {detail} says something else about the same child and episode.",
        "Find out which is right and remove the other.",
    ),
    "8815": _warning(
        "The child has more than one open episode; the latest counts (see line {detail}).",
        "Close the earlier episode.",
    ),
    "8816": _warning(
        "The episode is open but not the child's latest (see line {detail}).",
        "Close the earlier episode or remove the later one.",
    ),
}
"""Rule → what it says. Errors stop the row, or the file when no row is at fault."""

DFE_INVALID = {
    "gender": "4180",
    "ethnicity": "4220",
    "disabilities": "8540",
    "referral_source": "8866",
    "primary_need": "8650",
    "closure_reason": "8640",
    "no_further_action": "8568",
}
"""Field → the Department's rule about its invalid codes, used in place of `value-unmapped` for a census
file."""


@dataclass(slots=True)
class Notebook:
    """The findings and unmapped values of one file, as its reader meets them."""

    file: str
    findings: list[Finding] = field(default_factory=list)
    unmapped: list[UnmappedValue] = field(default_factory=list)

    def add(
        self,
        rule: str,
        *,
        line: int | None = None,
        field: str | None = None,
        value: object = None,
        severity: Severity | None = None,
        **facts: Any,
    ) -> None:
        """Report a fault of the table; `facts` fill the braces of its sentence."""
        fault = FAULTS["value-unmapped" if rule in DFE_INVALID.values() else rule]
        self.findings.append(
            Finding(
                file=self.file,
                line=line,
                field=field,
                value=excerpt(value),
                rule=rule,
                message=fault.message.format_map(facts),
                fix=fault.fix.format_map(facts),
                severity=severity or fault.severity,
            )
        )
