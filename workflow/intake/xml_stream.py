"""The census' XML, read as a stream and defused: one child at a time, with line numbers.

Knows the shape of the file and nothing of what values mean. Refuses document types and entities,
excessive depth and size; tolerates namespaces, any order of parts, stray text and unknown elements.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from xml.parsers.expat import XMLParserType
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, InputSource

from defusedxml.expatreader import DefusedExpatParser

from workflow.intake.faults import Notebook
from workflow.intake.limits import XML_CHILD_ELEMENTS, XML_DEPTH, XML_ELEMENTS

ROOT = "Message"

_BLOCKS = {
    "Child": frozenset(
        {
            *("LAchildID", "UPN", "FormerUPN", "UPNunknown", "PersonBirthDate", "Sex"),
            *("ExpectedPersonBirthDate", "GenderCurrent", "PersonDeathDate", "Ethnicity"),
            "Disability",
        }
    ),
    "CINdetails": frozenset(
        {
            *("CINreferralDate", "ReferralSource", "PrimaryNeedCode", "CINclosureDate"),
            *("ReasonForClosure", "DateOfInitialCPC", "ReferralNFA"),
        }
    ),
    "Assessments": frozenset(
        {
            *("AssessmentActualStartDate", "AssessmentInternalReviewDate"),
            *("AssessmentAuthorisationDate", "AssessmentFactors"),
        }
    ),
    "CINPlanDates": frozenset({"CINPlanStartDate", "CINPlanEndDate"}),
    "Section47": frozenset(
        {"S47ActualStartDate", "InitialCPCtarget", "DateOfInitialCPC", "ICPCnotRequired"}
    ),
    "ChildProtectionPlans": frozenset(
        {
            *("CPPstartDate", "CPPendDate", "InitialCategoryOfAbuse", "LatestCategoryOfAbuse"),
            *("NumberOfPreviousCPP", "CPPreviewDate"),
        }
    ),
}
"""Element that groups values → the values it may have."""
_WRAPPERS = frozenset(
    {
        *("Message", "Children", "ChildIdentifiers", "ChildCharacteristics", "Disabilities"),
        *("FactorsIdentifiedAtAssessment", "Reviews"),
    }
)
_IGNORED = frozenset({"PreProceedingsandFGDM"})
"""Parts of later returns that say nothing about a review."""
_LEAVES = frozenset().union(*_BLOCKS.values())
_NAMES = {name: name for name in (*_BLOCKS, *_WRAPPERS, *_IGNORED, *_LEAVES, "Header")}
_FOLDED = {name.casefold(): name for name in _NAMES}


class Leaf(NamedTuple):
    """The text of one element, its name under its parent's, and its line; the text may be empty."""

    text: str
    label: str
    line: int


@dataclass(slots=True)
class Block:
    """One group of values, such as a child, an episode or an assessment, with the groups inside it."""

    name: str
    line: int
    leaves: dict[str, list[Leaf]] = field(default_factory=dict)
    blocks: list["Block"] = field(default_factory=list)

    def named(self, name: str) -> list["Block"]:
        """The groups of one kind, in the order of the file."""
        return [block for block in self.blocks if block.name == name]


@dataclass(slots=True, eq=False)
class _Element:
    name: str
    line: int
    has_children: bool = False


class RefusedError(Exception):
    """The file breaks a cap; `rule` and `facts` say which."""

    def __init__(self, rule: str, line: int, **facts: Any) -> None:
        """Name the rule broken, where, and what its sentence needs."""
        super().__init__(rule)
        self.rule, self.line, self.facts = rule, line, facts


class _Place(Protocol):
    def getLineNumber(self) -> int | None: ...  # noqa: N802 - the name of xml.sax


class CensusHandler(ContentHandler):
    """Turns the stream of tags into a header and one `Block` per child.

    Args:
        notes: where odd but harmless things are reported.
        on_header: called with the header's leaves when it ends.
        on_child: called with each child when it ends; nothing of the child is kept.
        first_line: line of the file on which the stream begins.
    """

    def __init__(
        self,
        notes: Notebook,
        on_header: Callable[[dict[str, Leaf]], None],
        on_child: Callable[[Block], None],
        first_line: int = 1,
    ) -> None:
        """See the class."""
        super().__init__()
        self.root: str | None = None
        self._notes, self._on_header, self._on_child = notes, on_header, on_child
        self._offset = first_line - 1
        self._place: _Place | None = None
        self._path: list[_Element] = []
        self._text: list[str] = []
        self._open: list[Block] = []
        self._header: dict[str, Leaf] = {}
        self._ignoring: _Element | None = None
        self._elements = self._before_child = 0
        self._reported: set[str] = set()

    def setDocumentLocator(self, locator: _Place) -> None:  # noqa: N802 - the name of xml.sax
        """Remember who knows the line."""
        self._place = locator

    def characters(self, content: str) -> None:
        """Collect text until the next tag; the spaces of the layout are left out."""
        if not content.isspace():
            self._text.append(content)

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: ARG002, N802 - the name and arguments of xml.sax
        """Open an element."""
        self._elements += 1
        if len(self._path) >= XML_DEPTH:
            raise RefusedError("xml-too-deep", self._line(), limit=XML_DEPTH)
        if self._elements > XML_ELEMENTS:
            raise RefusedError("xml-too-many-elements", self._line(), limit=XML_ELEMENTS)
        if self._elements - self._before_child > XML_CHILD_ELEMENTS:
            raise RefusedError("xml-too-many-elements", self._line(), limit=XML_CHILD_ELEMENTS)
        element = _Element(_NAMES.get(name) or _canonical(name), self._line())
        if self._path:
            self._path[-1].has_children = True
            if self._text:
                self._leave_text(self._path[-1].name)
        else:
            self.root = element.name
        self._path.append(element)
        if self._ignoring:
            return
        if element.name in _BLOCKS:
            self._open_block(element)
        elif element.name in _IGNORED or element.name == "Header":
            self._ignoring = element

    def endElement(self, name: str) -> None:  # noqa: ARG002, N802 - the name and arguments of xml.sax
        """Close an element: keep a value, attach a group, hand over a child."""
        text = "".join(self._text).strip()
        self._text.clear()
        element = self._path.pop()
        if self._ignoring:
            self._leave_ignored(element, text)
        elif element.name in _BLOCKS:
            self._stray(text, element.name)
            self._close_block(element.name)
        elif element.name in _WRAPPERS:
            self._stray(text, element.name)
        else:
            self._leaf(element, text)

    def _leave_ignored(self, element: _Element, text: str) -> None:
        """Inside a part without children of the census: the header is kept, the rest is not."""
        if self._ignoring and self._ignoring.name == "Header":
            parent = self._path[-1].name if self._path else ""
            self._header.setdefault(
                element.name, Leaf(text, f"{parent}/{element.name}", element.line)
            )
        if element is self._ignoring:
            self._ignoring = None
            if element.name == "Header":
                self._on_header(self._header)

    def _open_block(self, element: _Element) -> None:
        block = Block(element.name, element.line)
        if element.name == "Child":
            self._open = [block]
        elif self._open:
            self._open[-1].blocks.append(block)
            self._open.append(block)

    def _close_block(self, name: str) -> None:
        if not self._open or self._open[-1].name != name:
            return
        block = self._open.pop()
        if name == "Child":
            self._open, self._before_child = [], self._elements
            self._on_child(block)

    def _leaf(self, element: _Element, text: str) -> None:
        name = element.name
        parent = self._path[-1].name if self._path else ""
        label = f"{parent}/{name}"
        block = self._open[-1] if self._open else None
        if block is None or name not in _BLOCKS[block.name]:
            if name not in self._reported and parent not in _LEAVES and self.root == ROOT:
                self._reported.add(name)
                self._notes.add(
                    "element-unknown", line=element.line, field=label, value=text or None
                )
        elif element.has_children:
            self._notes.add("mixed-content", line=element.line, field=label, value=text or None)
        else:
            block.leaves.setdefault(name, []).append(Leaf(text, label, element.line))

    def _leave_text(self, parent: str) -> None:
        """Text before a child element: stray, unless a value is being read (then it is mixed)."""
        text = "".join(self._text).strip()
        self._text.clear()
        if not self._ignoring and parent not in _LEAVES:
            self._stray(text, parent)

    def _stray(self, text: str, parent: str) -> None:
        if text and self.root == ROOT:
            self._notes.add("stray-text", line=self._line(), field=parent, value=text)

    def _line(self) -> int:
        return self._offset + ((self._place.getLineNumber() if self._place else 0) or 0)


def _canonical(tag: str) -> str:
    """The census' own spelling of a tag with a namespace prefix or the wrong case."""
    name = tag.rpartition(":")[2]
    return _NAMES.get(name) or _FOLDED.get(name.casefold(), name)


class _BufferingParser(DefusedExpatParser):
    """The defused parser, handing over each run of text in one piece: half the calls."""

    _parser: XMLParserType

    def reset(self) -> None:
        super().reset()
        self._parser.buffer_text = True


def parse(
    path: Path, handler: ContentHandler, *, skip: int = 0, encoding: str | None = None
) -> None:
    """Feed a file to `handler`, from byte `skip` on, in `encoding` (None: what the file declares).

    Raises:
        xml.sax.SAXParseException: the XML is not well formed.
        defusedxml.DefusedXmlException: it declares a document type or an entity.
        RefusedError: it breaks a cap.
    """
    parser = _BufferingParser(forbid_dtd=True)
    parser.setContentHandler(handler)
    with path.open("rb") as stream:
        stream.seek(skip)
        source = InputSource(path.name)
        source.setByteStream(stream)
        source.setEncoding(encoding)
        parser.parse(source)
