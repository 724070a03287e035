"""report.html of a court package: the report's blocks as HTML (evidence format, section 12).

Readable on a small screen and on paper, in kk, ru and en. It loads nothing and runs nothing. A report of the same
format is rebuilt and compared by the check.
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from html import escape
from typing import Final

from authsvc.evidence import words, words_codes, words_findings, words_members, words_report
from authsvc.evidence.package_read import Package
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
from confirmations import words as confirmation_words
from confirmations.rendering import TEMPLATE_VERSION
from confirmations.words import LOCALES, Words

LAYOUT: Final = 3
"""Counts up with every change of the layout; a change of words shows in `this_format` by itself."""

_GENERATOR: Final = b'<meta name="generator" content="authsvc-report/'
_STYLE: Final = (
    "body{font:11pt/1.45 serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#000;background:#fff}"
    "h1{font-size:17pt}h2{font-size:14pt;border-top:2px solid #000;padding-top:.6rem}h3{font-size:11.5pt}"
    "h4{font-size:11pt;margin:.6rem 0 .2rem}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #777;padding:.25rem .5rem;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}th{width:34%;font-weight:normal;background:#eee}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #777;padding:.5rem;margin:0;"
    "font:10pt/1.4 monospace}.texts{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:.6rem}"
    ".test,.kind{border:2px solid #000;padding:.5rem;font-weight:bold}nav a{margin-right:1rem}"
    ".foot{font-size:9pt;border-top:1px solid #777;padding-top:.3rem;overflow-wrap:anywhere}"
    "@media print{body{max-width:none;margin:0}nav{display:none}article,section{break-before:page}pre,tr{"
    'break-inside:avoid}}@page{@bottom-right{content:counter(page) " / " counter(pages)}}'
)


@cache
def this_format() -> str:
    """The format of reports written here: layout, and a digest over all words that can stand in one.

    A report of another release is thereby known as such, and never called altered because a word has changed since.
    """
    hashed = hashlib.sha256(str(TEMPLATE_VERSION).encode())
    for module in (words, words_codes, words_findings, words_members, words_report, confirmation_words):
        hashed.update(repr(sorted((name, value) for name, value in vars(module).items() if _is_text(value))).encode())
    return f"{LAYOUT}.{hashed.hexdigest()[:16]}"


def _is_text(value: object) -> bool:
    return isinstance(value, Words) or (isinstance(value, dict) and any(isinstance(v, Words) for v in value.values()))


def report_format(report: bytes) -> str:
    """The format number that a report names, empty when it names none."""
    _, found, rest = report[:4096].partition(_GENERATOR)
    return rest.partition(b'"')[0].decode(errors="replace") if found else ""


def write_report(package: Package) -> bytes:
    """The report of these files. It looks at neither `report.html` nor `custody.json`."""
    links = "".join(f'<a href="#{each}" lang="{each}">{words_report.LANGUAGE.say(each)}</a>' for each in LOCALES)
    head = (
        '<!doctype html>\n<html lang="kk">\n<head>\n<meta charset="utf-8">\n'
        f'{_GENERATOR.decode()}{this_format()}">\n<meta name="viewport" content="width=device-width">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{words_report.TITLE.kk} / {words_report.TITLE.ru} / {words_report.TITLE.en}</title>\n"
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<nav>{links}</nav>\n"
    )
    parts = [head]
    for locale in LOCALES:
        parts.append(f'<section lang="{locale}" id="{locale}">\n')
        front, *records = tell(package, locale)
        parts.extend(_print(front))
        for sheet in records:
            parts.append("<article>\n")
            parts.extend(_print(sheet))
            parts.append("</article>\n")
        parts.append("</section>\n")
    parts.append("</body>\n</html>\n")
    return "".join(parts).encode()


def show(text: str) -> str:
    """Text as HTML text; what turns, hides or controls text is shown by its code."""
    return escape(make_visible(text))


def _print(sheet: Sheet) -> Iterator[str]:
    for block in sheet.blocks:
        yield from _block(block)
    if sheet.foot:
        yield f'<p class="foot">{"<br>".join(map(show, sheet.foot))}</p>\n'


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading(level, text):
            yield f"<h{level}>{show(text)}</h{level}>\n"
        case Sentence(text, mark):
            yield f'<p class="{mark}">{show(text)}</p>\n' if mark else f"<p>{show(text)}</p>\n"
        case Points(items):
            yield "<ul>\n" + "".join(f"<li>{show(each)}</li>\n" for each in items) + "</ul>\n"
        case Table(rows):
            yield "<table>\n"
            for name, lines in rows:
                yield f'<tr><th scope="row">{show(name)}</th><td>{"<br>".join(map(show, lines))}</td></tr>\n'
            yield "</table>\n"
        case Shown(label, text, locale):
            lang = f' lang="{locale}"' if locale else ""
            yield f"<h4>{show(label)}</h4>\n<pre{lang}>{show(text)}</pre>\n"
        case SideBySide(texts):
            yield '<div class="texts">\n'
            for each in texts:
                yield f'<div><h4>{show(each.label)}</h4>\n<pre lang="{each.locale}">{show(each.text)}</pre></div>\n'
            yield "</div>\n"
