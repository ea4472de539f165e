"""What must not stand in the source, and where cryptography is used (ASVS 1.2, 1.3, 11.1)."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("workflow", "forms", "api", "flows")
CRYPTOGRAPHY = frozenset(
    {"hashlib", "hmac", "secrets", "cryptography", "argon2", "joserfc", "authlib", "pyotp", "ssl"}
)
DANGEROUS_CALLS = frozenset({"eval", "exec", "compile", "__import__"})
DANGEROUS_MODULES = frozenset({"pickle", "marshal", "shelve", "dill", "cloudpickle", "yaml"})
NO_READERS_OF_XML = frozenset(
    {
        "xml.parsers.expat.XMLParserType",
        "xml.sax.SAXException",
        "xml.sax.SAXParseException",
        "xml.sax.handler.ContentHandler",
        "xml.sax.xmlreader.AttributesImpl",
        "xml.sax.xmlreader.InputSource",
    }
)
"""What a handler of `defusedxml` needs from the standard library."""
WRITERS_OF_XML = frozenset({"workflow/demo/census.py"})


@cache
def sources() -> dict[str, ast.Module]:
    """Module of the product → what it says."""
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    }


def imported(tree: ast.Module) -> set[str]:
    found = set()
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def imported_names(tree: ast.Module) -> set[str]:
    """With the module each comes from: `xml.sax.SAXException`."""
    found = set()
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@cache
def nodes(tree: ast.Module) -> list[ast.AST]:
    return list(ast.walk(tree))


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in nodes(tree) if isinstance(node, ast.Call))


def test_nothing_is_executed_that_was_text() -> None:
    found = [
        (name, call.func.id)
        for name, tree in sources().items()
        for call in calls(tree)
        if isinstance(call.func, ast.Name) and call.func.id in DANGEROUS_CALLS
    ]
    assert found == []


def test_nothing_is_unpacked_that_could_run() -> None:
    found = {
        (name, module)
        for name, tree in sources().items()
        for module in imported(tree)
        if module.split(".")[0] in DANGEROUS_MODULES
    }
    assert found == set()


def test_xml_is_read_by_a_parser_without_entities() -> None:
    found = {
        (name, what)
        for name, tree in sources().items()
        for what in imported_names(tree)
        if what.split(".")[0] in {"xml", "lxml"} and what not in NO_READERS_OF_XML
    }
    assert {name for name, _ in found} <= WRITERS_OF_XML, found


def test_no_shell_is_asked() -> None:
    found = [
        name
        for name, tree in sources().items()
        for call in calls(tree)
        if any(key.arg == "shell" for key in call.keywords)
        or (isinstance(call.func, ast.Attribute) and call.func.attr in {"system", "popen"})
    ]
    assert found == []


def test_sql_is_never_put_together_from_what_somebody_typed() -> None:
    """Texts of SQL are constants, or come from a few modules that name tables of ours."""
    makers = {
        "workflow/db.py",
        "workflow/row_security.py",
        "workflow/operations/backup.py",
        "workflow/operations/database_checks.py",
        "workflow/operations/digest.py",
    }
    found = {
        name
        for name, tree in sources().items()
        for call in calls(tree)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in {"text", "exec_driver_sql"}
        and call.args
        and not isinstance(call.args[0], ast.Constant | ast.Name)
        and "sa" in ast.unparse(call.func) + "sa" * (call.func.attr == "exec_driver_sql")
    }
    assert found - makers == set()


def test_no_template_trusts_a_text_of_somebodys() -> None:
    allowed = re.compile(r"' inputmode=\"decimal\"' \| safe")
    found = [
        path.name
        for path in (ROOT / "forms" / "templates").rglob("*.html")
        if re.search(
            r"\|\s*safe|autoescape false", allowed.sub("", path.read_text(encoding="utf-8"))
        )
    ]
    marked = [name for name, tree in sources().items() if "markupsafe" in imported(tree)]
    assert found == []
    assert set(marked) <= {"forms/render.py"}


def test_scripts_keep_nothing_in_the_browser() -> None:
    kept = re.compile(
        r"localStorage|sessionStorage|indexedDB|document\.cookie|innerHTML|postMessage"
    )
    scripts = [
        path for path in (ROOT / "forms" / "static").rglob("*.js") if "vendor" not in path.parts
    ]
    assert scripts
    assert [path.name for path in scripts if kept.search(path.read_text(encoding="utf-8"))] == []


def test_the_inventory_of_cryptography_is_complete() -> None:
    """The table in workflow/operations/README.md names every module that hashes, seals or signs."""
    page = (ROOT / "workflow" / "operations" / "README.md").read_text(encoding="utf-8")
    table = page.split("## Cryptography", 1)[1].split("\n## ", 1)[0]
    named = set(re.findall(r"`([a-z_/]+\.py)`", table))
    used = {
        name
        for name, tree in sources().items()
        if {module.split(".")[0] for module in imported(tree)} & CRYPTOGRAPHY
    }
    assert used - named == set()
    assert named - used == set()


@pytest.mark.parametrize("weak", ["md5", "sha1", "uuid1", "random.random"])
def test_no_weak_primitive_is_used(weak: str) -> None:
    pattern = re.compile(rf"\b{re.escape(weak)}\(")
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in sources()}
    assert [name for name, text in texts.items() if pattern.search(text)] == []
