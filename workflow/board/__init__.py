"""The Improvement Board: what it was promised, when it met, what it decided.

`commitments` and `meetings` are the use cases, `status` gives red, amber and green by date, `register`
takes a whole register in from a file.
"""

from workflow.board.commitments import (
    ListedCommitment,
    add_commitment,
    close_commitment,
    find_commitment,
    list_commitments,
    update_commitment,
)
from workflow.board.meetings import (
    find_meeting,
    meetings_of,
    next_meeting,
    record_decision,
    record_meeting,
)
from workflow.board.register import (
    RegisterFile,
    Taken,
    january_register,
    parse_register,
    take_register,
)
from workflow.board.status import Rag, rag_of

__all__ = [
    "ListedCommitment",
    "Rag",
    "RegisterFile",
    "Taken",
    "add_commitment",
    "close_commitment",
    "find_commitment",
    "find_meeting",
    "january_register",
    "list_commitments",
    "meetings_of",
    "next_meeting",
    "parse_register",
    "rag_of",
    "record_decision",
    "record_meeting",
    "take_register",
    "update_commitment",
]
