"""report.pdf and the package in one PDF: what a court reads on paper, made by us and read by another library."""

import re
from dataclasses import replace
from functools import cache
from io import BytesIO

import pytest
from pypdf import PdfReader

from authsvc.evidence import words
from authsvc.evidence.errors import BadPackage, NotAPackage
from authsvc.evidence.package import build, write_custody
from authsvc.evidence.package_pdf import read_pdf_form, write_pdf_form
from authsvc.evidence.package_read import CUSTODY, REPORT_PDF
from authsvc.evidence.package_zip import read_zip, write_zip
from authsvc.evidence.report_pdf import _PRINTED, pdf_format, show, this_pdf_format, write_pdf
from authsvc.evidence.verdict import Code, Verdict
from authsvc.evidence.verifiers.verify import find_in_pdf
from confirmations.words import LOCALES, NOT_A_SIGNATURE
from tests.authsvc.evidence.court import EXPORT, FIRST, Court, found, judge

pytestmark = pytest.mark.slow

COURT = Court()
CONTENTS = COURT.contents()
TRUST = COURT.trust()


@cache
def package() -> bytes:
    return build(CONTENTS, write_pdf=write_pdf)


@cache
def form() -> bytes:
    return write_pdf_form(package())


@cache
def text() -> str:
    pages = PdfReader(BytesIO(read_zip(package())[REPORT_PDF]), strict=True).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages).replace("\u200b", ""))


def checked(data: bytes) -> Verdict:
    return judge(data, TRUST, write_pdf=write_pdf)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_pdf_says_in_each_language_what_each_record_is_and_what_it_does_not_prove(locale: str) -> None:
    """70."""
    assert text().count(NOT_A_SIGNATURE.say(locale)) == 2
    for table in (words.LEGAL_KIND, words.STATED, words.NOT_PROVEN):
        assert table["confirmation"].say(locale) in text()
    assert f"{FIRST} · {COURT.sealed[FIRST].leaf.hex()}" in text()


def test_the_pdf_is_tagged_and_names_its_standards() -> None:
    reader = PdfReader(BytesIO(read_zip(package())[REPORT_PDF]), strict=True)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert root["/Lang"] == "kk"  # type: ignore[index]
    assert "/StructTreeRoot" in root  # type: ignore[operator]
    metadata = read_zip(package())[REPORT_PDF]
    for mark in (b"<pdfaid:part>3</pdfaid:part>", b"<pdfaid:conformance>A</pdfaid:conformance>", b"<pdfuaid:part>1<"):
        assert mark in metadata
    assert not re.search(rb"/JavaScript|/JS\b|/Launch|/URI\b", metadata)


def test_the_pdf_is_made_again_to_the_same_bytes_and_checked_by_that() -> None:
    assert build(CONTENTS, write_pdf=write_pdf) == package()
    assert checked(package()).code is Code.VALID
    assert not found(checked(package()))
    assert pdf_format(read_zip(package())[REPORT_PDF]) == this_pdf_format()


def test_a_pdf_that_says_other_than_the_records_is_invalid() -> None:
    """56."""
    files = read_zip(package())
    other = Court(withheld=(FIRST,))
    files[REPORT_PDF] = read_zip(build(other.contents(), write_pdf=write_pdf))[REPORT_PDF]
    files[CUSTODY] = write_custody(files, EXPORT)
    verdict = checked(write_zip(files))
    assert "report_differs" in found(verdict)
    assert verdict.code is Code.INVALID


def test_a_pdf_that_can_t_be_made_again_here_is_said_to_be_no_evidence() -> None:
    """56: of another release, or by a checker without Typst."""
    verdict = judge(package(), TRUST)
    assert verdict.code is Code.VALID
    assert "report.pdf was not made again for comparison and is not evidence" in verdict.sentence.en
    files = read_zip(package())
    files[REPORT_PDF] = files[REPORT_PDF].replace(b"authsvc-report-pdf/1.", b"authsvc-report-pdf/9.")
    files[CUSTODY] = write_custody(files, EXPORT)
    assert "report_pdf_not_rebuilt" in {each.code for each in checked(write_zip(files)).findings()}


def test_characters_without_a_glyph_are_set_by_their_code_and_markup_stays_text() -> None:
    """57: PDF/A knows no character without a glyph, so none may reach the printer."""
    assert show("漢 \U0001f600 a\u202eb") == "[U+6F22] [U+1F600] a[U+202E]b"
    every = "".join(chr(code) for first, last in _PRINTED for code in range(first, last + 1))
    nasty = f'#sys.inputs $x$ *b* `r` <a> \\ "q" {every} 漢\u202e'
    court = Court()
    court.case = [replace(each, person_name=nasty) if each.id == FIRST else each for each in court.case]  # type: ignore[call-arg, type-var]
    made = read_zip(build(court.contents(), write_pdf=write_pdf))[REPORT_PDF]
    said = " ".join(page.extract_text() for page in PdfReader(BytesIO(made)).pages)
    assert "#sys.inputs $x$ *b* `r` <a>" in said
    assert "[U+6F22][U+202E]" in said


def test_one_pdf_carries_the_whole_package() -> None:
    assert read_pdf_form(form()) == package()
    reader = PdfReader(BytesIO(form()), strict=True)
    assert reader.attachments["package.asice"] == [package()]
    assert len(reader.pages) == len(PdfReader(BytesIO(read_zip(package())[REPORT_PDF])).pages)
    assert checked(form()).code is Code.VALID
    assert find_in_pdf(form()) == package()


@pytest.mark.parametrize("place", ["head", "report", "before", "after", "end"])
def test_a_byte_changed_or_added_around_the_package_is_invalid(place: str) -> None:
    at = {"head": 5, "report": 2_000, "before": form().index(b"/EmbeddedFile"), "after": len(form()) - 40}
    data = bytearray(form())
    if place == "end":
        data += b"\n1 0 obj\n<</S/JavaScript>>\nendobj\n"
    else:
        data[at[place]] ^= 1
    with pytest.raises((BadPackage, NotAPackage)):
        read_pdf_form(bytes(data))


def test_a_record_altered_inside_the_pdf_is_found() -> None:
    """40, in the second form: the PDF is written anew around an altered package."""
    files = read_zip(package())
    files["records/0008.note"] = files["records/0008.note"].replace(b'"confirmed"', b'"declined" ')
    verdict = checked(write_pdf_form(write_zip(files)))
    assert verdict.code is Code.INVALID
    assert "records/0008.note" in {each.where for each in verdict.findings() if each.weight}


def test_a_pdf_with_two_packages_or_none_is_refused() -> None:
    other = write_pdf_form(build(Court(withheld=(FIRST,)).contents(), write_pdf=write_pdf))
    with pytest.raises(BadPackage, match="other bytes"):
        read_pdf_form(form() + other[other.index(b"/EmbeddedFile") - 20 :])
    with pytest.raises(NotAPackage):
        read_pdf_form(read_zip(package())[REPORT_PDF])
    with pytest.raises(BadPackage, match=r"without report\.pdf"):
        write_pdf_form(build(CONTENTS))


def test_the_rules_of_the_zip_hold_inside_the_pdf() -> None:
    """58."""
    data = form().replace(b"records/0008.note", b"../../x/0008.note")
    verdict = checked(data)
    assert verdict.code is Code.INVALID
    assert [each.params for each in verdict.findings() if each.weight] == [{"rule": "path_traversal"}]
