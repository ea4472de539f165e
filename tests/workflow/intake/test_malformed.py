"""Files that are wrong as files: each gives findings in plain words, never rows, never a traceback."""

import io
import zipfile
from pathlib import Path

import pytest

from tests.workflow.intake.files import (
    ANNEX_A,
    ANNEX_ROW,
    CSV_HEADINGS,
    CSV_ROW,
    census,
    child,
    csv_text,
    details,
    plan,
    read,
    read_bytes,
    row,
    rules,
    workbook,
)
from workflow.intake import Severity

HTML = b"\n<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Sign in</body></html>"
LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">
<!ENTITY lol3 "&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;">]>
<Message>&lol3;</Message>"""


def dtd(body: str) -> bytes:
    return f"<!DOCTYPE Message {body}>{census()}".encode()


def archive(*parts: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts:
            packed.writestr(name, content)
    return out.getvalue()


def encrypted() -> bytes:
    packed = bytearray(archive(("xl/workbook.xml", b"<workbook/>")))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.index(mark) + offset] |= 1
    return bytes(packed)


FILE_ERRORS = [
    # name, content (made when it is asked for, where that takes time), rule
    ("empty.csv", b"", "file-empty"),
    ("blank.csv", b"\xef\xbb\xbf \r\n \n", "file-empty"),
    ("empty.xml", b"", "file-empty"),
    ("header-only.csv", csv_text().splitlines()[0].encode(), "file-no-rows"),
    ("commas.csv", b",,,\n,,,\n", "file-empty"),
    ("notes.csv", b"These are just some notes\nabout nothing\n", "header-missing-column"),
    ("page.csv", HTML, "file-is-html"),
    ("page.xml", HTML, "file-is-html"),
    ("page.xlsx", HTML, "file-is-html"),
    ("table.csv", b"<table><tr><td>Child ID</td></tr></table>", "file-is-html"),
    ("page16.csv", HTML.decode().encode("utf-16"), "file-is-html"),
    ("picture.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "file-kind-unknown"),
    ("list.pdf", b"%PDF-1.4\n" + bytes(range(1, 255)) * 20, "file-kind-unknown"),
    ("bad.csv", csv_text().encode() + b"x\x81\x8d,\n", "file-encoding"),
    (
        "no-id.csv",
        csv_text().replace("Child ID", "Something").encode(),
        "header-missing-column",
    ),
    (
        "no-start.csv",
        csv_text().replace("CIN Start Date", "Something").encode(),
        "header-missing-column",
    ),
    ("twice.csv", csv_text().replace("Team", "District").encode(), "header-duplicate"),
    ("shifted.csv", csv_text((*CSV_ROW, "x"), (*row(Child_ID="2"), "y")).encode(), "row-width"),
    ("unclosed.csv", csv_text().encode() + b'7,"never closed,\n', "quote-unclosed"),
    ("long.csv", lambda: csv_text(row(Team="x" * 20_000_000)).encode(), "value-too-long"),
    ("long-line.csv", lambda: b"Child ID," + b"x," * 600_000, "value-too-long"),
    ("wide.csv", csv_text().encode() + b"," * 1_000, "table-too-wide"),
    # XML
    ("laughs.xml", LAUGHS, "xml-dtd-forbidden"),
    ("laughs.csv", LAUGHS, "xml-dtd-forbidden"),
    ("bare.xml", dtd(""), "xml-dtd-forbidden"),
    ("quadratic.xml", dtd(f'[<!ENTITY a "{"a" * 1000}">]'), "xml-dtd-forbidden"),
    ("external.xml", dtd('[<!ENTITY a SYSTEM "file:///etc/passwd">]'), "xml-dtd-forbidden"),
    ("parameter.xml", dtd('[<!ENTITY % p SYSTEM "http://x/">%p;]'), "xml-dtd-forbidden"),
    ("system.xml", dtd('SYSTEM "http://example.org/x.dtd"'), "xml-dtd-forbidden"),
    ("deep.xml", b"<Message>" + b"<a>" * 200_000, "xml-too-deep"),
    ("deep-children.xml", b"<Message><Children>" + b"<Child>" * 100, "xml-too-deep"),
    ("cut.xml", census().encode()[:-30], "file-not-xml"),
    ("two-roots.xml", (census() + census()).encode(), "file-not-xml"),
    (
        "attribute.xml",
        census().replace("<Children>", '<Children a="1" a="2">').encode(),
        "file-not-xml",
    ),
    ("control.xml", census().replace("WBRI", "WB\x01RI").encode(), "file-not-xml"),
    ("nul.xml", census().replace("WBRI", "WB\0RI").encode(), "file-not-xml"),
    ("utf7.xml", b'<?xml version="1.0" encoding="utf-7"?>' + census().encode(), "file-encoding"),
    ("what.xml", b'<?xml version="1.0" encoding="klingon"?>' + census().encode(), "file-encoding"),
    ("other.xml", b"<catalog><book>Child ID</book></catalog>", "file-not-census"),
    ("childless.xml", b"<Message><Children/></Message>", "file-no-rows"),
    # Archives
    ("archive.csv", archive(("list.csv", csv_text().encode())), "file-is-zip"),
    ("archive.xlsx", archive(("../../evil", b"x")), "zip-unsafe-name"),
    ("absolute.xlsx", archive(("/etc/passwd", b"x")), "zip-unsafe-name"),
    ("many.xlsx", lambda: archive(*((f"f{n}", b"") for n in range(10_000))), "zip-bomb"),
    (
        "bomb.xlsx",
        lambda: archive(("xl/workbook.xml", b"<w/>"), ("xl/a.xml", b"0" * 20_000_000)),
        "zip-bomb",
    ),
    ("locked.xlsx", encrypted(), "file-encrypted"),
    ("hollow.xlsx", archive(("xl/workbook.xml", b"<workbook/>")), "workbook-broken"),
    ("broken.xlsx", b"PK\x03\x04 and then nothing", "workbook-broken"),
    (
        "laughing.xlsx",
        archive(
            ("[Content_Types].xml", LAUGHS),
            ("xl/workbook.xml", LAUGHS),
        ),
        "workbook-broken",
    ),
    (
        "protected.xlsx",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        "file-encrypted",
    ),
    ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "file-is-old-excel"),
]


_EXPLAINED: set[str] = set()


@pytest.mark.parametrize(
    ("name", "content", "rule"), FILE_ERRORS, ids=[name for name, _, _ in FILE_ERRORS]
)
def test_a_file_that_is_wrong_as_a_file_gives_one_error_and_no_rows(
    tmp_path, measured, name, content, rule
):
    extract = read_bytes(tmp_path, content() if callable(content) else content, name)
    assert [finding.rule for finding in extract.errors] == [rule]
    assert extract.rows == ()
    assert extract.supplements == ()
    finding = extract.errors[0]
    assert finding.file == name
    assert finding.message.endswith(".")
    assert finding.fix.endswith(".")
    assert "{" not in finding.message
    assert len(finding.value or "") <= 80
    assert len(extract.sha256) == 64
    _EXPLAINED.add(name)
    measured(
        "R7",
        "0 rows of a wrong file; every error has its place and its fix",
        f"{len(_EXPLAINED)} of {len(_EXPLAINED)} wrong files refused whole, with a fix each",
    )


ROW_ERRORS = [
    ("nul", row(Team="Ea\0st"), "control-character"),
    ("extra field", (*row(), "surprise"), "row-width"),
    ("short", row()[:-1], "row-width"),
    ("no id", row(Child_ID=" "), "8500"),
    ("rounded id", row(Child_ID="1E5"), "id-mangled"),
    ("no start", row(CIN_Start_Date=""), "8600"),
    ("impossible start", row(CIN_Start_Date="31/11/2015"), "date-impossible"),
    ("ancient start", row(CIN_Start_Date="13/06/0210"), "date-implausible"),
]


@pytest.mark.parametrize(("_", "bad", "rule"), ROW_ERRORS, ids=[name for name, _, _ in ROW_ERRORS])
def test_a_row_that_is_wrong_stays_out_and_the_others_are_read(tmp_path, _, bad, rule):
    text = csv_text(row(Child_ID="1"), bad, row(Child_ID="3"))
    extract = read_bytes(tmp_path, text.encode())
    assert [(finding.rule, finding.line) for finding in extract.errors] == [(rule, 3)]
    assert [found.child_id for found in extract.rows] == ["1", "3"]


WARNINGS = [
    ("bom.csv", b"\xef\xbb\xbf" + csv_text().encode(), []),
    ("wide.csv", csv_text().encode("utf-16"), ["file-encoding-assumed"]),
    ("wide-le.csv", csv_text().encode("utf-16-le"), ["file-encoding-assumed"]),
    ("wide-be.csv", csv_text().encode("utf-16-be"), ["file-encoding-assumed"]),
    ("cp1252.csv", csv_text(row(Team="Ren\u00e9e")).encode("cp1252"), ["file-encoding-assumed"]),
    ("quote.csv", csv_text(row(Team="O\u2019Neill")).encode("cp1252"), ["file-encoding-assumed"]),
    ("cr.csv", csv_text().replace("\r\n", "\r").encode(), []),
    ("trailing.csv", csv_text((*CSV_ROW, "", "")).encode(), []),
    ("case.csv", csv_text(headings=tuple(f" {h.upper()} " for h in CSV_HEADINGS)).encode(), []),
    ("extra.csv", csv_text((*CSV_ROW, "z"), headings=(*CSV_HEADINGS, "Zodiac")).encode(), []),
    ("again.csv", csv_text(CSV_ROW, CSV_HEADINGS).encode(), ["header-repeated"]),
    ("total.csv", csv_text().encode() + b"Total,1\n", ["footer-row"]),
    ("totals.csv", csv_text(CSV_ROW, ("Grand Total: 1", *[""] * 10)).encode(), ["footer-row"]),
    ("repeat.csv", csv_text(CSV_ROW, CSV_ROW).encode(), ["duplicate-row"]),
    ("true.csv", csv_text(row(Team="True")).encode(), []),
    ("zeros.csv", csv_text(row(Child_ID="000")).encode(), []),
    (
        "ends.xml",
        census(child(details(plan("2021-09-01", "2021-08-01"))), year="2022").encode(),
        ["4011"],
    ),
]


@pytest.mark.parametrize(
    ("name", "content", "expected"), WARNINGS, ids=[name for name, _, _ in WARNINGS]
)
def test_a_file_that_is_merely_odd_comes_in(tmp_path, name, content, expected):
    extract = read_bytes(tmp_path, content, name)
    assert rules(extract) == expected
    assert extract.errors == ()
    assert len(extract.rows) == 1


def test_what_was_read_from_windows_text_is_right(tmp_path):
    content = csv_text(row(Team="O\u2019Neill and Ren\u00e9e")).encode("cp1252")
    extract = read_bytes(tmp_path, content)
    assert extract.rows[0].team == "O\u2019Neill and Ren\u00e9e"
    assert "Windows-1252" in extract.findings[0].message


def test_rows_of_different_widths_are_named_one_by_one(tmp_path):
    text = csv_text(CSV_ROW, (*row(Child_ID="2"), "x"), row(Child_ID="3")[:4])
    extract = read_bytes(tmp_path, text.encode())
    assert [(finding.rule, finding.line) for finding in extract.findings] == [
        ("row-width", 3),
        ("row-width", 4),
    ]


class TestDoor:
    def test_a_missing_file_is_a_finding(self, tmp_path):
        assert rules(read(tmp_path / "nowhere.csv")) == ["file-missing"]

    def test_a_folder_is_a_finding(self, tmp_path):
        assert rules(read(tmp_path)) == ["file-not-a-file"]

    def test_a_file_that_may_not_be_read_is_a_finding(self, tmp_path, monkeypatch):
        path = tmp_path / "secret.csv"
        path.write_text(csv_text())

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", refuse)
        (finding,) = read(path).findings
        assert finding.rule == "file-unreadable"
        assert "Permission denied" in finding.message

    @pytest.mark.parametrize(
        ("name", "kind"),
        [("list.txt", "csv"), ("list.xlsx", "csv"), ("list.xml", "csv"), ("list", "csv")],
    )
    def test_content_decides_the_kind_not_the_name(self, tmp_path, name, kind):
        extract = read_bytes(tmp_path, csv_text().encode(), name)
        assert extract.kind == kind
        assert len(extract.rows) == 1

    def test_a_workbook_by_another_name_is_a_workbook(self, tmp_path):
        path = workbook(tmp_path / "annex.xlsx", {"List 6": [list(ANNEX_A), ANNEX_ROW]})
        renamed = path.rename(tmp_path / "annex.csv")
        extract = read(renamed)
        assert extract.kind == "annex-a"
        assert extract.findings == ()

    def test_a_census_by_another_name_is_a_census(self, tmp_path):
        assert read_bytes(tmp_path, census().encode(), "census.csv").kind == "census-xml"

    def test_a_kind_that_the_content_is_not_is_refused(self, tmp_path):
        extract = read_bytes(tmp_path, csv_text().encode(), kind="census-xml")
        (finding,) = extract.findings
        assert finding.rule == "file-kind-differs"
        assert finding.message == "This is a table of text, not an XML file."
        assert extract.kind == "census-xml"

    def test_the_kind_that_it_is_is_accepted(self, tmp_path):
        assert read_bytes(tmp_path, csv_text().encode(), kind="csv").findings == ()

    def test_the_same_bytes_have_the_same_fingerprint(self, tmp_path):
        one = read_bytes(tmp_path, csv_text().encode(), "one.csv")
        other = read_bytes(tmp_path, csv_text().encode(), "other.csv")
        assert one.sha256 == other.sha256
        assert one.sha256 != read_bytes(tmp_path, csv_text(row(Team="x")).encode()).sha256

    def test_errors_are_errors_and_warnings_are_not(self, tmp_path):
        extract = read_bytes(tmp_path, csv_text(row(Child_ID=""), row(Gender="x")).encode())
        assert {finding.severity for finding in extract.errors} == {Severity.ERROR}
        assert len(extract.findings) == 2
