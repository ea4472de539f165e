"""Faults put into the product on purpose: each must be caught by the few tests named beside it."""

import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_SOURCES = ("workflow", "forms", "api", "flows", "tests")
_WITHOUT = shutil.ignore_patterns("__pycache__", ".pytest_cache", ".hypothesis")


@dataclass(frozen=True)
class Mutant:
    """One fault: a piece of text that is replaced, and the tests that must fail then."""

    name: str
    file: str
    sound: str
    faulty: str
    tests: tuple[str, ...]

    def fits(self) -> bool:
        """Whether the text to replace is there, once."""
        return (ROOT / self.file).read_text().count(self.sound) == 1

    def infect(self, folder: Path) -> None:
        """Put the fault into a copy of the product."""
        path = folder / self.file
        path.write_text(path.read_text().replace(self.sound, self.faulty))


def copy_product(folder: Path) -> None:
    """All that is needed to run its tests."""
    for source in _SOURCES:
        shutil.copytree(ROOT / source, folder / source, ignore=_WITHOUT)
    shutil.copy(ROOT / "pyproject.toml", folder)


_RACES = ("tests/faults/test_interleavings.py",)
MUTANTS = (
    Mutant(
        "a dropped guard",
        "workflow/reviews.py",
        "    if refused := refusal(state, action, actor, facts):\n        raise refused\n",
        "",
        ("tests/workflow/test_reviews.py",),
    ),
    Mutant(
        "a missing row filter",
        "workflow/reviewing.py",
        '    col(Review.reviewer_id) == sa.bindparam("reviewer"),\n',
        "",
        ("tests/workflow/test_reviewing.py",),
    ),
    Mutant(
        "a commit too early",
        "workflow/audit.py",
        "    session.add(event)\n    return event\n",
        "    session.add(event)\n    session.flush()\n"
        "    session.connection().connection.commit()\n    return event\n",
        ("tests/faults/test_failing_calls.py",),
    ),
    Mutant(
        "a version check removed",
        "workflow/reviews.py",
        "    if version is not None and version != review.version:\n",
        "    if False:\n",
        _RACES,
    ),
    Mutant(
        "an audit event missing",
        "workflow/cohort.py",
        "    audit.record_all(session, entries, programme_id=programme.key, actor=actor, at=now)\n",
        "    del entries\n",
        ("tests/workflow/test_caseload.py",),
    ),
    Mutant(
        "an exemption from the origin guard",
        "api/origin.py",
        'asks_to_change = scope["type"] == "http" and scope["method"] not in SAFE_METHODS\n',
        'asks_to_change = (\n            scope["type"] == "http"\n'
        '            and scope["method"] not in SAFE_METHODS\n'
        '            and scope["path"] != "/sign-in"\n        )\n',
        ("tests/api/test_signing_in.py",),
    ),
    Mutant(
        "a missing row lock",
        "workflow/reviews.py",
        "session.get(Review, review_id, with_for_update=ROW_LOCK)",
        "session.get(Review, review_id)",
        _RACES,
    ),
    Mutant(
        "a locked row that is not read anew",
        "workflow/db.py",
        "        execution.update_execution_options(populate_existing=True)\n",
        "",
        _RACES,
    ),
    Mutant(
        "a formula-safe export undone",
        "forms/cells.py",
        '        return f"\'{value}"\n',
        "        return value\n",
        ("tests/forms/test_cells.py",),
    ),
    Mutant(
        "a leak before the blind second review",
        "workflow/quality/blind.py",
        "    return has_second_review(session, review, actor.name) or knows_first",
        "    return True or knows_first",
        ("tests/workflow/quality/test_second_reviews.py",),
    ),
    Mutant(
        "time without its zone",
        "workflow/calendar.py",
        "    return datetime.combine(day, at, LONDON).astimezone(UTC)\n",
        "    return datetime.combine(day, at, UTC)\n",
        ("tests/faults/test_clock_changes.py",),
    ),
    Mutant(
        "a repeat that is carried out again",
        "api/once.py",
        "        raise AnsweredBeforeError(answer)\n",
        "        return\n",
        ("tests/api/test_once.py",),
    ),
    Mutant(
        "a sync that does not wait for the disk",
        "workflow/db.py",
        '    "synchronous=FULL",\n',
        '    "synchronous=NORMAL",\n',
        ("tests/faults/test_durability_order.py",),
    ),
)
