"""report.html: what a court reads (evidence format, sections 5 and 12; attacks 57, 63, 64, 70)."""

import re
from dataclasses import replace
from html import unescape

import pytest

from authsvc.evidence import kinds, words
from authsvc.evidence.package import build
from authsvc.evidence.package_read import REPORT
from authsvc.evidence.package_zip import read_zip
from authsvc.evidence.report import show, write_report
from authsvc.evidence.report_blocks import almaty
from authsvc.evidence.verdict import Code
from confirmations.rendering import render
from confirmations.statement import Statement
from confirmations.words import LOCALES, NOT_A_SIGNATURE, SHOWN_BY_RELYING_PARTY
from tests.authsvc.evidence.court import FIRST, VERIFIED, Court, judge, sha256
from tests.authsvc.evidence.samples import T0

STATEMENT = Statement.of(
    {
        "act": "consent",
        "created": "2026-11-24T10:00:00.000Z",
        "expires": "2026-11-24T10:05:00.000Z",
        "fields": [],
        "group": "none",
        "id": "0198c0de-0000-7000-8000-000000000099",
        "methods": [["code"]],
        "nonce": "AAAAAAAAAAAAAAAAAAAAAA",
        "on_behalf_of": "none",
        "rp": {"client_id": "bank", "name": "Банк"},
        "subject": "s-1",
        "text": {"kk": "Келісемін", "ru": "Согласен на обработку", "en": "I agree"},
    }
)


def report_of(package: bytes) -> str:
    return read_zip(package)[REPORT].decode()


def part(report: str, locale: str) -> str:
    """One language of the report, as text."""
    section = report.split(f'<section lang="{locale}"')[1].split("</section>")[0]
    return unescape(re.sub(r"<[^>]+>", "\n", section))


@pytest.mark.parametrize("locale", LOCALES)
def test_each_language_says_test_and_of_a_confirmation_that_it_is_no_signature(locale: str) -> None:
    text = part(report_of(Court().package()), locale)
    assert text.count(NOT_A_SIGNATURE.say(locale)) == 2
    assert words.LEGAL_KIND["signature_verification"].say(locale) in text
    assert "SHA-256" in text
    assert {"kk": "СЫНАҚ", "ru": "ТЕСТ", "en": "TEST"}[locale] in text


def test_all_texts_of_a_statement_stand_side_by_side_and_the_shown_one_is_marked() -> None:
    """63."""
    court = Court()
    digest = sha256(STATEMENT.canonical(), b"authsvc/confirmation/v1\x00")
    court.case = [replace(each, statement=digest) if each.id == FIRST else each for each in court.case]  # type: ignore[call-arg, type-var]
    contents = court.contents()
    records = [
        replace(each, blobs={**each.blobs, "statement": STATEMENT.canonical()})
        if digest.encode() in each.entry
        else each
        for each in contents.records
    ]
    package = build(replace(contents, records=records))
    assert judge(package, court.trust()).code is Code.VALID
    text = part(report_of(package), "ru")
    from datetime import timedelta, timezone

    for locale in LOCALES:
        for line in render(STATEMENT, locale, timezone(timedelta(hours=5))).text.splitlines():
            assert line in text
    assert "Қазақша (показано на этом языке)" in text


def test_who_could_have_made_it_and_who_showed_it_are_said() -> None:
    court = Court()
    court.case = [
        replace(each, shown_by="relying_party", vouched_by="bank") if each.id == FIRST else each  # type: ignore[call-arg, type-var]
        for each in court.case
    ]
    text = part(report_of(court.package()), "en")
    assert SHOWN_BY_RELYING_PARTY.en in text
    assert "bank vouched for the person" in text
    assert "whoever could read the channel could have made this record" in text
    assert "The service could have made this record without the person." in text


def test_a_verification_by_digest_says_content_not_seen() -> None:
    """64."""
    court = Court()
    court.case = [
        replace(each, content_seen="digest_only") if each.id == VERIFIED else each  # type: ignore[call-arg, type-var]
        for each in court.case
    ]
    package = court.package()
    assert "content not seen, digest only" in part(report_of(package), "en")
    assert "content_not_seen" in {each.code for each in judge(package, court.trust()).findings()}


def test_a_record_without_approvals_says_so_and_one_with_them_names_the_persons() -> None:
    court = Court()
    court.case = [
        replace(court.case[0], approvals=(kinds.Approval("iin:850505400456", record=FIRST),)),  # type: ignore[call-arg, type-var]
        *court.case[1:],
    ]
    text = part(report_of(court.package()), "ru")
    assert "никто не одобрял" in text
    assert f"ИИН 850505400456 {FIRST}" in text


def test_a_report_loads_nothing_and_runs_nothing() -> None:
    report = report_of(Court().package())
    assert "default-src 'none'" in report
    assert not re.search(r"<script|<img|<link|src=|https?://|url\(", report)
    assert set(re.findall(r'<section lang="(\w+)"', report)) == set(LOCALES)


def test_times_are_shown_as_almaty_had_them() -> None:
    assert almaty(T0, "ru") == "24.11.2026 15:00:00 (UTC+5)"
    assert almaty(T0, "en") == "2026-11-24 15:00:00 (UTC+5)"
    assert almaty(1_700_000_000_000, "kk").endswith("(UTC+6)")
    assert almaty(1_709_233_199_999, "ru").endswith("(UTC+6)")
    assert almaty(1_709_233_200_000, "ru") == "01.03.2024 00:00:00 (UTC+5)"


@pytest.mark.parametrize("code", [0x00, 0x1B, 0x7F, 0x85, 0x200B, 0x200F, 0x202E, 0x2028, 0x2066, 0xFEFF])
def test_characters_that_turn_or_hide_text_are_shown_by_their_code(code: int) -> None:
    """57."""
    assert show(f"a{chr(code)}b") == f"a[U+{code:04X}]b"
    assert show("<b>&\"'") == "&lt;b&gt;&amp;&quot;&#x27;"
    assert show("line\nline\tә") == "line\nline\tә"


def test_a_package_of_nothing_readable_still_has_a_report() -> None:
    from authsvc.evidence.package_read import read_package

    files = dict.fromkeys(read_zip(Court().package()), b"\xff")
    assert "records/0008.note" in write_report(read_package(files, "")).decode()
