"""report.pdf of a court package: the report's blocks through Typst (PDF/A-3a, ISO 19005-3; PDF/UA-1, ISO 14289-1).

Needs the extra `reports`. The bytes depend on the package's other files, on the format here and on Typst's version
alone: Typst's own fonts, no font of the machine, the date of the export record.
"""

import importlib.util
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any, Final

from authsvc.evidence import words_report
from authsvc.evidence.package_read import Package
from authsvc.evidence.report import this_format
from authsvc.evidence.report_blocks import (
    Block,
    Heading,
    Points,
    Sentence,
    Sheet,
    Shown,
    SideBySide,
    Table,
    make_visible,
)
from authsvc.evidence.report_story import tell
from confirmations.words import LOCALES

LAYOUT: Final = 1
"""Counts up with every change of the template; words are counted in `this_format`."""
MAX_PDF_RECORDS: Final = 500
"""About 3 pages for each record and language: 4,500 pages, some 20 s and 1 GB of one thread."""
STANDARDS: Final = ("a-3a", "ua-1")

_NAMED: Final = re.compile(rb"authsvc-report-pdf/([0-9a-z.+-]{1,100})")
_LONG: Final = 28
_CHUNK: Final = 8
"""A run of more than `_LONG` characters without a blank may be broken behind every eighth, so that digests stay on the
page; behind each one would double Typst's time."""
_PRINTED: Final = (
    *((0x9, 0xA), (0x20, 0x7E), (0xA0, 0x17F), (0x384, 0x38A), (0x38C, 0x38C), (0x38E, 0x3A1), (0x3A3, 0x3CE)),
    *((0x400, 0x477), (0x47C, 0x47F), (0x483, 0x483), (0x48C, 0x4C4), (0x4C7, 0x4CC), (0x4CF, 0x4F9), (0x510, 0x511)),
    *((0x51A, 0x51D), (0x1E80, 0x1EF9), (0x2010, 0x2027), (0x2030, 0x2037), (0x2039, 0x203A), (0x20A0, 0x20B5)),
    *((0x20B8, 0x20BA), (0x20BD, 0x20BD), (0x20BF, 0x20BF), (0x2116, 0x2116), (0x2122, 0x2122), (0x2190, 0x2193)),
    *((0x2200, 0x2200), (0x2212, 0x2212), (0x2260, 0x2265), (0x25A0, 0x25A1), (0x2713, 0x2713), (0x2717, 0x2717)),
)
"""What Typst's own fonts can print. Anything else is printed by its code: PDF/A knows no character without a glyph."""
_UNPRINTED: Final = re.compile("[^" + "".join(f"\\U{a:08x}-\\U{b:08x}" for a, b in _PRINTED) + "]")


def can_write(records: int = 0) -> bool:
    """Whether Typst is there, and a package of so many records not too large for it."""
    return records <= MAX_PDF_RECORDS and importlib.util.find_spec("typst") is not None


@cache
def this_pdf_format() -> str:
    """The format of PDF reports written here, Typst's version in it: another version may set another line."""
    return f"{LAYOUT}.{this_format()}+typst-{version('typst')}"


def pdf_format(report: bytes) -> str:
    """The format that a PDF report names in its metadata, empty when it names none."""
    found = _NAMED.search(report)
    return found[1].decode() if found else ""


def write_pdf(package: Package) -> bytes:
    """The report of these files as PDF. It looks at neither report nor `custody.json`. Needs Typst (`can_write`)."""
    import typst  # the extra: 80 MB that a checker without it does without

    fonts = typst.Fonts(include_system_fonts=False)
    compiler = typst.Compiler(font_paths=fonts, ignore_system_fonts=True)
    source = (files("authsvc.evidence") / "report.typ").read_bytes()
    moment = _moment(package)
    data = json.dumps(_report(package, moment), ensure_ascii=False)
    written = compiler.compile(
        source,
        format="pdf",
        sys_inputs={"report": data},
        pdf_standards=list(STANDARDS),
        timestamp=moment,
    )
    if not isinstance(written, bytes):
        raise TypeError("Typst gives one PDF")
    return written


def _moment(package: Package) -> datetime:
    """When the export was recorded; the PDF has no other date."""
    export = package.record(package.export)
    ms = export.entry.time if export and export.entry else 0
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=ms // 1000)


def _report(package: Package, moment: datetime) -> dict[str, Any]:
    """What the template reads."""
    return {
        "title": " / ".join(words_report.TITLE),
        "author": package.checkpoint.origin if package.checkpoint else "authsvc",
        "format": f"authsvc-report-pdf/{this_pdf_format()}",
        "year": moment.year,
        "month": moment.month,
        "day": moment.day,
        "parts": [
            {
                "locale": locale,
                "words": {"item": words_report.ITEM.say(locale), "value": words_report.VALUE.say(locale)},
                "sheets": [_sheet(sheet) for sheet in tell(package, locale)],
            }
            for locale in LOCALES
        ],
    }


def _sheet(sheet: Sheet) -> dict[str, Any]:
    return {"foot": _lines(sheet.foot), "blocks": [_block(each) for each in sheet.blocks]}


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Heading(level, text):
            return {"kind": "heading", "level": level, "text": show(text)}
        case Sentence(text, mark):
            return {"kind": mark or "sentence", "text": show(text)}
        case Points(items):
            return {"kind": "points", "items": _lines(items)}
        case Table(rows):
            return {"kind": "table", "rows": [{"name": show(name), "lines": _lines(lines)} for name, lines in rows]}
        case Shown():
            return {"kind": "shown", "texts": [_shown(block)]}
        case SideBySide(texts):
            return {"kind": "texts", "texts": [_shown(each) for each in texts]}


def _shown(one: Shown) -> dict[str, Any]:
    return {"label": show(one.label), "locale": one.locale, "lines": _lines(one.text.split("\n"))}


def _lines(texts: Sequence[str]) -> list[str]:
    return [show(each) for each in texts]


def show(text: str) -> str:
    """Text as it is set: what turns, hides or has no glyph by its code; long runs may be broken."""
    return re.sub(rf"[^\s]{{{_LONG},}}", _break_run, _UNPRINTED.sub(_code, make_visible(text)))


def _code(match: re.Match[str]) -> str:
    return f"[U+{ord(match[0]):04X}]"


def _break_run(match: re.Match[str]) -> str:
    run = match[0]
    return "\u200b".join(run[at : at + _CHUNK] for at in range(0, len(run), _CHUNK))
