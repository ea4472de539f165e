"""Words the allocation's pages: runs, what one would do to whom, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from forms.case_file import moment
from forms.pages import Column, Link, Page, Site, Table
from forms.wording import long_date, number, plural, short_date
from forms.worklists import BANDS, STATES
from forms.worklists import PATH as REVIEWS
from workflow.allocation.lines import RunLine
from workflow.models import AllocationRun, Reviewer, RunKind, RunStatus
from workflow.roster.loads import Load

PATH = "/allocation"
LINES_SHOWN = 50
KINDS = {
    RunKind.BACKLOG: "Unallocated reviews",
    RunKind.REBALANCE: "Re-balance",
    RunKind.LEAVER: "Leaver",
    RunKind.ABSENCE: "Absence",
}
_STATUS = {
    RunStatus.PREVIEW: "Preview",
    RunStatus.APPLIED: "Applied",
    RunStatus.UNDONE: "Undone",
}
_PARTS = {
    "placements": "Placing them: travel, specialism, agency, change of reviewer",
    "unallocated": "Leaving reviews unallocated, by risk",
    "unfairness": "Unfair shares",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsPage(Page):
    """The runs, and how to make another one."""

    headline: str
    runs: Table | None
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LineRow:
    """What a run says of one review."""

    reference: str
    href: str
    band: str
    district: str
    now: str
    to: str
    due: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage(Page):
    """One run."""

    address: str
    status: str
    headline: str
    cost: str
    moved: tuple[str, ...]
    """What moved since the preview: it cannot be applied any more."""
    touched: tuple[str, ...]
    """What happened since it was applied: it cannot be undone any more."""
    can_apply: bool
    can_undo: bool
    loads: Table
    parts: Table
    lines: tuple[LineRow, ...]
    lines_said: str
    left_over: tuple[LineRow, ...]
    left_said: str


def runs_page(
    site: Site, runs: Sequence[AllocationRun], *, unallocated: int, as_of: date, **page: Any
) -> RunsPage:
    """The list of runs."""
    waiting = (
        f"{plural(unallocated, 'review')} without a reviewer."
        if unallocated
        else "Every review has a reviewer."
    )
    columns = ("Run", "For", "State", "Made", "Allocated", "Left over", "Cost", "Gap to the bound")
    return RunsPage(
        site=site,
        title="Allocation",
        as_of=long_date(as_of),
        headline=waiting,
        runs=Table(
            id="runs",
            caption="Runs, newest first",
            columns=tuple(
                Column(text, is_numeric=index > 3)  # noqa: PLR2004 - the first four are words
                for index, text in enumerate(columns)
            ),
            rows=tuple(_run_row(run) for run in runs),
        )
        if runs
        else None,
        links=tuple(f"{PATH}/{run.key}" for run in runs),
        **page,
    )


def _run_row(run: AllocationRun) -> tuple[str, ...]:
    return (
        f"Run {run.key}",
        KINDS[run.kind] + (f" {run.about['reviewer']}" if "reviewer" in run.about else ""),
        _STATUS[run.status],
        f"{moment(run.created_at)} by {run.created_by}",
        number(run.allocated),
        number(run.unallocated),
        number(run.objective),
        f"{100 * run.gap:.1f} %",
    )


def run_page(
    site: Site,
    run: AllocationRun,
    *,
    placed: Sequence[RunLine],
    left: Sequence[RunLine],
    loads: Sequence[Load],
    gains: Mapping[int, int],
    losses: Mapping[int, int],
    reviewers: Mapping[str, Reviewer],
    districts: Mapping[str, str],
    moved: Sequence[str],
    touched: Sequence[str],
    as_of: date,
    **page: Any,
) -> RunPage:
    """The page of a run.

    Args:
        placed: the first lines that give a review to somebody; `left`: those that do not.
        gains: reviewer number → reviews the run gives them; `losses`: those it takes.
        moved: why a preview cannot be applied any more; `touched`: why it cannot be undone.
    """
    is_preview = run.status is RunStatus.PREVIEW
    return RunPage(
        site=site,
        title=f"Allocation run {run.key}: {KINDS[run.kind].lower()}",
        as_of=long_date(as_of),
        back=Link("Back to allocation", PATH),
        address=f"{PATH}/{run.key}",
        status=_STATUS[run.status],
        headline=_headline(run),
        cost=_cost(run),
        moved=tuple(moved) if is_preview else (),
        touched=tuple(touched) if run.status is RunStatus.APPLIED else (),
        can_apply=is_preview and not moved and run.allocated > 0,
        can_undo=run.status is RunStatus.APPLIED and not touched,
        loads=_loads(run, loads, gains, losses, reviewers),
        parts=_parts(run),
        lines=tuple(_line(line, districts) for line in placed),
        lines_said=_of(len(placed), run.allocated, "review"),
        left_over=tuple(_line(line, districts) for line in left),
        left_said=_of(len(left), run.unallocated, "review"),
        **page,
    )


def _headline(run: AllocationRun) -> str:
    what = "allocated" if run.kind is RunKind.BACKLOG else "moved"
    said = {
        RunStatus.PREVIEW: f"{plural(run.allocated, 'review')} would be {what}",
        RunStatus.APPLIED: f"{plural(run.allocated, 'review')} {what}",
        RunStatus.UNDONE: f"{plural(run.allocated, 'review')} {what}, and put back again",
    }[run.status]
    return (
        f"{said}; {number(run.unallocated)} left where they are." if run.unallocated else f"{said}."
    )


def _cost(run: AllocationRun) -> str:
    return (
        f"Cost {number(run.objective)}. No allocation can cost less than {number(run.bound)}, so "
        f"{100 * run.gap:.1f} % is the most that could be gained. Giving each review to the cheapest "
        f"reviewer in turn would cost {number(run.greedy_objective)}."
    )


def _parts(run: AllocationRun) -> Table:
    rows = [(_PARTS.get(name, name), number(cost)) for name, cost in run.parts.items()]
    return Table(
        id="parts",
        caption="What the cost is made of",
        columns=(Column("Part"), Column("Cost units", is_numeric=True)),
        rows=tuple(rows),
    )


def _loads(
    run: AllocationRun,
    loads: Iterable[Load],
    gains: Mapping[int, int],
    losses: Mapping[int, int],
    reviewers: Mapping[str, Reviewer],
) -> Table:
    """Load before and after; an applied run is already in what people hold now."""
    prices = {
        reviewers[key].key: worth for key, worth in run.shadow_price.items() if key in reviewers
    }
    used = {reviewers[key].key: part for key, part in run.utilisation.items() if key in reviewers}
    is_in = run.status is RunStatus.APPLIED
    rows = []
    for load in loads:
        gain, loss = gains.get(load.reviewer_id, 0), losses.get(load.reviewer_id, 0)
        before = load.held - (gain - loss if is_in else 0)
        rows.append(
            (
                load.name,
                load.agency.capitalize(),
                number(max(before, 0)),
                number(max(before + gain - loss, 0)),
                f"{round(100 * used[load.reviewer_id])} %" if load.reviewer_id in used else "",
                number(prices.get(load.reviewer_id, 0.0), 1),
            )
        )
    headings = ("Open reviews before", "After", "Capacity used", "Worth of one more day")
    return Table(
        id="loads",
        caption="Reviewers before and after",
        columns=(
            Column("Reviewer"),
            Column("Agency"),
            *(Column(text, is_numeric=True) for text in headings),
        ),
        rows=tuple(rows),
    )


def _of(shown: int, total: int, noun: str) -> str:
    return plural(total, noun) if shown >= total else f"First {shown} of {plural(total, noun)}"


def _line(line: RunLine, districts: Mapping[str, str]) -> LineRow:
    return LineRow(
        reference=line.reference,
        href=f"{REVIEWS}/{line.reference}",
        band=BANDS[line.band],
        district=districts.get(line.district or "", line.district or "Not known"),
        now=line.from_reviewer or STATES[line.state],
        to=line.reviewer or "",
        due=short_date(line.due_on) if line.due_on else "",
        why=line.reason,
    )
