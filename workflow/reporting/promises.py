"""The report's section on the Board's own register: commitments, meetings and decisions. Pure."""

from collections.abc import Collection, Sequence

from workflow.board import ListedCommitment, Rag
from workflow.models import CommitmentKind, Decision, Meeting
from workflow.reporting.values import Column, Figure, Section, Table, Term

KIND_LABELS = {
    CommitmentKind.COMMITMENT: "Commitment",
    CommitmentKind.RECOMMENDATION: "Recommendation",
    CommitmentKind.MILESTONE: "Milestone",
}
CHANGED = "Changed since the day of this report"


def register_section(
    listed: Sequence[ListedCommitment],
    meetings: Sequence[tuple[Meeting, Sequence[Decision]]],
    *,
    changed: Collection[int],
) -> Section:
    """Commitments by date with their colour, and what the meetings decided.

    Args:
        changed: numbers of commitments whose owner or evidence was rewritten later: neither is shown.
    """
    return Section(
        tables=(_commitments(listed, changed), _decisions(meetings)),
        figures=tuple(
            Figure(
                name=f"commitments.{rag}",
                label=f"Commitments: {rag.words.lower()}",
                value=sum(one.rag is rag for one in listed),
                recount=(Term("count", "commitments", "reference", (("status", rag.words),)),),
            )
            for rag in Rag
        ),
    )


def _commitments(listed: Sequence[ListedCommitment], changed: Collection[int]) -> Table:
    return Table(
        name="commitments",
        title="Commitments",
        columns=(
            Column("reference", "Reference"),
            Column("kind", "Kind"),
            Column("title", "What was promised"),
            Column("owner", "Owner"),
            Column("due", "Due", "date"),
            Column("slip", "Working days moved", "count"),
            Column("status", "Status"),
            Column("evidence", "Evidence"),
        ),
        rows=tuple(
            (
                one.commitment.reference,
                KIND_LABELS[one.commitment.kind],
                one.commitment.title,
                CHANGED if one.commitment.key in changed else one.commitment.owner,
                one.due_on,
                one.slipped_by,
                one.rag.words,
                "" if one.commitment.key in changed else one.commitment.evidence,
            )
            for one in listed
        ),
        empty="The register is empty.",
    )


def _decisions(meetings: Sequence[tuple[Meeting, Sequence[Decision]]]) -> Table:
    return Table(
        name="decisions",
        title="What the Board decided",
        columns=(
            Column("held_on", "Meeting", "date"),
            Column("number", "Number", "count"),
            Column("decision", "Decision"),
        ),
        rows=tuple(
            (meeting.held_on, decision.number, decision.text)
            for meeting, decisions in meetings
            for decision in decisions
        ),
        empty="No meeting has been entered.",
    )
