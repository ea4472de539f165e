"""The rules of the house that no single module can keep."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from flows.deployments import SCHEDULES
from workflow.errors import WorkflowError

ROOT = Path(__file__).parents[1]
PACKAGES = ("workflow", "forms", "api", "flows")
MODULES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if "migrations/versions" not in path.as_posix()
)


@cache
def trees() -> list[tuple[Path, ast.Module]]:
    return [(path.relative_to(ROOT), ast.parse(path.read_text())) for path in MODULES]


def test_imports_go_one_way() -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_only_the_reviews_module_assigns_a_state() -> None:
    writers = {
        str(path)
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign))
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Attribute) and target.attr == "state"
    }
    assert writers == {"workflow/reviews.py"}


def test_only_the_audit_module_makes_events() -> None:
    makers = {
        str(path)
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        if isinstance(node.func, ast.Name)
        if node.func.id == "Event"
    }
    assert makers == {"workflow/audit.py"}


def test_the_domain_reads_no_clock_and_commits_nothing() -> None:
    forbidden = {"now", "today", "utcnow", "commit"}
    calls = {
        f"{path}:{node.lineno} {node.func.attr}"
        for path, tree in trees()
        if path.parts[0] in ("workflow", "forms")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        if isinstance(node.func, ast.Attribute)
        if node.func.attr in forbidden
    }
    assert calls == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_has_outgrown_its_reader(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 500


def test_every_error_says_something_a_user_can_act_on() -> None:
    def kinds(cls: type) -> list[type]:
        return [cls, *(kind for below in cls.__subclasses__() for kind in kinds(below))]

    assert all(kind.__doc__ for kind in kinds(WorkflowError))


def test_the_readme_of_the_flows_lists_every_flow_with_its_schedule() -> None:
    readme = (ROOT / "flows" / "README.md").read_text()
    missing = [item.flow.name for item in SCHEDULES if f"`{item.flow.name}`" not in readme]
    assert missing == []


def test_every_package_has_a_page_of_its_own() -> None:
    assert all((ROOT / package / "README.md").exists() for package in PACKAGES)


def test_no_file_names_a_package_registry() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    words = ("index" + "-url", "/sim" + "ple/", "pypi" + ".org", "registry.npm" + "js")
    found = [
        name
        for name in listed.stdout.splitlines()
        if (ROOT / name).suffix in {".py", ".toml", ".md", ".lock", ".txt", ""}
        if (ROOT / name).is_file()
        if any(
            word in (ROOT / name).read_text(errors="ignore").replace("--no-emit-index-url", "")
            for word in words
        )
    ]
    assert found == []
