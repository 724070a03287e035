"""The second form of a court package: report.pdf with the whole ZIP attached (PDF/A-3, ISO 19005-3 section 6.8).

An incremental update (ISO 32000-1 section 7.5.6) behind the report's own bytes, written in one way. The ZIP stands in
it as it is, not compressed. A reader finds it, unpacks report.pdf from it, writes this form again and compares all
bytes, so nothing can stand in the PDF that is not in the package.
"""

import re
from collections.abc import Mapping
from typing import Final

from authsvc.evidence.errors import BadPackage, NotAPackage
from authsvc.evidence.package_read import MIMETYPE, REPORT_PDF
from authsvc.evidence.package_zip import read_zip

NAME: Final = "package.asice"
MAX_PDF: Final = 1 << 30

_HEAD: Final = b"%PDF-1.7"
_TAIL: Final = re.compile(
    rb"trailer\n<</Size ([0-9]{1,9})/Root ([0-9]{1,9}) 0 R/Info ([0-9]{1,9}) 0 R/ID(\[\([^\n]{1,200}\)\])>>\n"
    rb"startxref\n([0-9]{1,12})\n%%EOF\s*\Z"
)
"""How Typst ends a file."""
_SUBTYPE: Final = MIMETYPE.replace("/", "#2F").encode()
_FILE: Final = re.compile(
    rb"<</Type/EmbeddedFile/Subtype/" + re.escape(_SUBTYPE) + rb"/Params<</Size [0-9]{1,12}"
    rb"/ModDate\(D:[0-9]{14}Z\)>>/Length ([0-9]{1,12})>>\nstream\n"
)
_CREATED: Final = re.compile(rb"/CreationDate ?\(D:([0-9]{14})")


def write_pdf_form(package: bytes) -> bytes:
    """The PDF of this package. BadPackage (`no_report_pdf`) when the package carries no report.pdf; BadPackage and
    NotAPackage as `read_zip`."""
    return _attach(read_zip(package), package)


def is_pdf(data: bytes) -> bool:
    """Whether these bytes are a PDF."""
    return data.startswith(b"%PDF-")


def read_pdf_form(data: bytes) -> bytes:
    """The ZIP attached to the PDF. NotAPackage for a PDF without one; BadPackage (`pdf_form`) when anything else stands
    in the PDF than what the package gives."""
    found = list(_FILE.finditer(data)) if len(data) <= MAX_PDF else []
    zips = [data[each.end() : each.end() + int(each[1])] for each in found]
    packages = [each for each in zips if each.startswith(b"PK\x03\x04")]
    if not packages:
        raise NotAPackage("not_a_package", "a PDF without a package in it")
    package = packages[-1]  # the one of the last update; bytes that look like another are inside it, or differ below
    if _attach(read_zip(package), package) != data:
        raise BadPackage("pdf_form", "the PDF holds other bytes than its package gives")
    return package


def _attach(files: Mapping[str, bytes], package: bytes) -> bytes:
    report = files.get(REPORT_PDF)
    if report is None:
        raise BadPackage("no_report_pdf", "a package without report.pdf has no form as a PDF")
    tail, created = _TAIL.search(report, max(0, len(report) - 1_000)), _CREATED.search(report)
    if not report.startswith(_HEAD) or tail is None or created is None:
        raise BadPackage("pdf_form", "a report.pdf that this release did not write")
    size, root, info = (int(tail[n]) for n in (1, 2, 3))
    catalog = _catalog(report, root)
    date = created[1].decode()
    stream = (
        f"<</Type/EmbeddedFile/Subtype/{_SUBTYPE.decode()}/Params<</Size {len(package)}/ModDate(D:{date}Z)>>"
        f"/Length {len(package)}>>\nstream\n"
    ).encode() + package
    names = f"/Names<</EmbeddedFiles<</Names[({NAME}){size + 1} 0 R]>>>>/AF[{size + 1} 0 R]".encode()
    specification = (
        f"<</Type/Filespec/F({NAME})/UF({NAME})/AFRelationship/Source/Desc(Evidence package)"
        f"/EF<</F {size} 0 R/UF {size} 0 R>>>>"
    )
    objects = {root: catalog[:-2] + names + b">>", size: stream + b"\nendstream", size + 1: specification.encode()}
    return report + _update(len(report), objects, f"/Root {root} 0 R/Info {info} 0 R/ID{tail[4].decode('latin-1')}"
                            f"/Prev {int(tail[5])}", size + 2)  # fmt: skip


def _catalog(report: bytes, root: int) -> bytes:
    """The catalog's dictionary, without attachments of its own."""
    start = report.rfind(b"\n%d 0 obj\n" % root)
    end = report.find(b"\nendobj", start)
    found = report[start:end].partition(b" 0 obj\n")[2].strip()
    if start < 0 or not found.startswith(b"<<") or not found.endswith(b">>") or b"/AF" in found or b"/Names" in found:
        raise BadPackage("pdf_form", "a report.pdf whose catalog this release did not write")
    return found


def _update(offset: int, objects: Mapping[int, bytes], members: str, size: int) -> bytes:
    """The update: objects, a cross-reference table with a section for each, trailer."""
    body, table = bytearray(b"\n"), ["0 1\n0000000000 65535 f \n"]
    for number, data in sorted(objects.items()):
        table.append(f"{number} 1\n{offset + len(body):010d} 00000 n \n")
        body += b"%d 0 obj\n" % number + data + b"\nendobj\n"
    at = offset + len(body)
    body += ("xref\n" + "".join(table) + f"trailer\n<</Size {size}{members}>>\nstartxref\n{at}\n%%EOF\n").encode(
        "latin-1"
    )
    return bytes(body)
