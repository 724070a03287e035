"""What a person reads: our particulars first and alike in each language, the relying party's words marked as such."""

from __future__ import annotations

import hashlib
import re
from zoneinfo import ZoneInfo

import pytest

from confirmations import render, words, write_message
from confirmations.canonical import write_base64url
from confirmations.formats import format_amount, format_moment
from confirmations.rendering import FIRST_PART
from confirmations.words import LOCALES
from tests.confirmations.samples import CONSENT, DOCUMENT, LABELLED, NOW, OTHER_ID, PAYMENT, payment_to, statement

ALMATY = ZoneInfo("Asia/Almaty")
ENTITY = {"bin": "010140000018", "mandate": OTHER_ID, "name": "АО «Тест»"}
FULL = statement(
    fields=[LABELLED, CONSENT, DOCUMENT, PAYMENT], on_behalf_of=ENTITY, group={"id": OTHER_ID, "k": 2, "n": 3}
)


@pytest.mark.parametrize(
    ("amount", "currency", "kk", "en"),
    [
        (1_250_000, "KZT", "12 500,00 ₸", "KZT 12,500.00"),
        (1, "KZT", "0,01 ₸", "KZT 0.01"),
        (100, "USD", "1,00 USD", "USD 1.00"),
        (123_456_789, "EUR", "1 234 567,89 EUR", "EUR 1,234,567.89"),
        (12_500, "JPY", "12 500 JPY", "JPY 12,500"),
        (10**15 - 1, "KZT", "9 999 999 999 999,99 ₸", "KZT 9,999,999,999,999.99"),
    ],
)
def test_an_amount_stands_in_the_form_of_its_language(amount: int, currency: str, kk: str, en: str) -> None:
    assert format_amount(amount, currency, "kk") == kk.replace(" ", "\u00a0")
    assert format_amount(amount, currency, "ru") == kk.replace(" ", "\u00a0")
    assert format_amount(amount, currency, "en") == en.replace(" ", "\u00a0")


def test_a_deadline_is_a_time_of_day_where_the_person_is() -> None:
    assert format_moment(NOW, ALMATY, "kk") == "2026 ж. 24 қараша, 15:00 (UTC+5)"
    assert format_moment(NOW, ALMATY, "ru") == "24 ноября 2026 г., 15:00 (UTC+5)"
    assert format_moment(NOW, ALMATY, "en") == "24 November 2026, 15:00 (UTC+5)"
    assert format_moment(NOW, ZoneInfo("Asia/Kolkata"), "en") == "24 November 2026, 15:30 (UTC+5:30)"
    assert format_moment(NOW, ZoneInfo("UTC"), "en") == "24 November 2026, 10:00 (UTC)"


@pytest.mark.parametrize("locale", LOCALES)
def test_the_particulars_come_first_then_the_relying_partys_words_then_the_notice(locale: str) -> None:
    shown = render(FULL, locale, ALMATY)
    assert [section.kind for section in shown.sections] == ["particulars", "words", "words", "notice"]
    assert shown.sections[-1].lines[-1].value == words.NOT_A_SIGNATURE.say(locale)
    assert shown.template == "statement.payment/1"
    assert shown.title == words.ACTS["payment"].say(locale)


def test_all_languages_show_the_same_values_in_the_same_order() -> None:
    values = []
    for locale in LOCALES:
        particulars = render(FULL, locale, ALMATY).sections[0].lines
        digits = [re.sub(r"\D", "", line.value) for line in particulars[:-1]]
        labels = [
            next(key for key, text in words.LABELS.items() if text.say(locale) == line.label) for line in particulars
        ]
        values.append((labels, [sorted(found) for found in digits]))
    assert values[0] == values[1] == values[2]


def test_the_digest_is_of_the_text_that_was_shown() -> None:
    shown = render(FULL, "ru", ALMATY)
    assert shown.digest == write_base64url(hashlib.sha256(shown.text.encode()).digest())
    assert len({render(FULL, locale, ALMATY).digest for locale in LOCALES}) == 3


def test_every_line_of_the_relying_partys_words_is_marked_so_none_passes_for_ours() -> None:
    forged = "Заказ.\n\nСумма: 1,00 ₸\nПолучатель: ТОО «Ромашка»"
    asked = statement(text={"ru": forged})
    text = render(asked, "ru", ALMATY).text
    assert text.index("12\u00a0500,00\u00a0₸") < text.index("Заказ.")
    assert [line for line in text.split("\n") if line.startswith("Сумма:")] == ["Сумма: 12\u00a0500,00\u00a0₸"]
    assert "> Сумма: 1,00 ₸" in text


def test_a_text_that_is_not_there_in_the_language_is_shown_in_another_and_the_page_says_which() -> None:
    shown = render(statement(text={"ru": "Оплата заказа."}), "kk", ALMATY)
    part = shown.sections[1]
    assert (part.kind, part.locale, part.lines[0].value) == ("words", "ru", "Оплата заказа.")
    assert "орыс тілінде" in part.heading


def test_a_statement_without_free_text_is_shown_with_its_fields() -> None:
    shown = render(statement(text={}), "en", ALMATY)
    assert [section.kind for section in shown.sections] == ["particulars", "notice"]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("payee", ["Я", "ТОО «Ромашка»", "Ж" * 140, "ТОО «" + "Очень длинное название " * 5 + "и всё»"])
@pytest.mark.parametrize(("amount", "currency"), [(1, "KZT"), (10**15 - 1, "KZT"), (10**15 - 1, "JPY")])
def test_amount_payee_and_code_stand_in_the_first_part_of_a_message(
    locale: str, payee: str, amount: int, currency: str
) -> None:
    message = write_message(payment_to(payee, amount, currency), locale, "12345678", "id.example.kz")
    first = message.text.encode("utf-16-le")[: 2 * FIRST_PART].decode("utf-16-le")
    assert format_amount(amount, currency, locale) in first
    assert "1234 5678" in first
    assert payee in first or (payee[:10].strip() in first and "…" in first)
    assert payee in message.text
    assert message.text.split("\n")[-1] == "@id.example.kz #12345678"


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("act", sorted(words.ACTS))
def test_without_a_payment_act_relying_party_and_code_stand_first(locale: str, act: str) -> None:
    asked = statement(
        act=act, fields=[DOCUMENT, CONSENT], rp={"client_id": "a", "name": "Акционерное общество " * 6 + "Тест"}
    )
    message = write_message(asked, locale, "123456", "id.example.kz")
    first = message.text.encode("utf-16-le")[: 2 * FIRST_PART].decode("utf-16-le")
    assert words.ACTS[act].say(locale) in first
    assert "123 456" in first
    assert "Акционерное" in first
    assert asked.rp.name in message.text
    assert "Договор № 5.pdf" in message.text
    assert message.text.endswith("\n@id.example.kz #123456")


def test_no_digest_of_a_message_leads_to_its_code() -> None:
    one, other = (write_message(FULL, "kk", code, "id.example.kz") for code in ("12345678", "87654321"))
    assert one.text != other.text
    assert one.digest == other.digest


def test_a_payee_with_braces_is_shown_as_it_is() -> None:
    assert "{amount} {}" in write_message(payment_to("{amount} {}"), "en", "12345678", "h").text.split("\n")[0]
