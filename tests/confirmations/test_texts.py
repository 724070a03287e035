"""Look-alike text: what is hashed is what is seen, and a payee can't dress up as another."""

from __future__ import annotations

import pytest

from confirmations.errors import StatementRefused
from confirmations.texts import check_line, check_name, check_words
from tests.confirmations.samples import payment_to, statement

GOOD_NAMES = [
    "ТОО «Ромашка»",
    "Қазақтелеком АҚ",
    "ЖШС «Әлем-Сервис 2000»",
    "Ivanov Ivan",
    "Иванова А. С.",
    "АО Kaspi Bank",
    "ТОО Apple City",
    "НК QazaqGaz",
    "IT-компания «Байт»",
    "Кафе у Lisa",
    "O'zbekneftgaz",
    "Şəki Çörək",
    "Škoda Auto a.s.",
    "Магазин № 5",
    "Дүкен Shop",
]


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_an_honest_name_is_taken(name: str) -> None:
    check_name(name, "payee", 140)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("Kaspі Bank", "look_alike"),  # a Cyrillic і
        ("Каspi", "look_alike"),
        ("Халык Баnк", "look_alike"),
        ("А4а Mаrket", "look_alike"),  # a Cyrillic а in Market
        ("shop.сор", "look_alike"),  # the ending is Cyrillic
        ("Bank РАУ", "look_alike"),
        ("Аpple", "look_alike"),
        ("Κaspi", "script"),  # a Greek capital kappa
        ("Ꭺpple", "script"),  # Cherokee
        ("Ａpple", "script"),  # full width
        ("𝐊aspi", "script"),  # mathematical
        ("Kaspi ①", "script"),
        ("Счёт ١٢٣", "script"),
        ("ɡoogle", "script"),  # IPA
        ("ſhop", "script"),
        ("支付宝", "script"),
        ("Kaspi 😀", "script"),
        ("Kas\u0329pi", "script"),
        ("Kas\u200bpi", "invisible"),
        ("Kas\u200dpi", "invisible"),
        ("Kas\u00adpi", "invisible"),
        ("Kas\ufeffpi", "invisible"),
        ("Kas\u2060pi", "invisible"),
        ("Kaspi\ufe0f", "invisible"),
        ("Kas\u3164pi", "invisible"),
        ("Kaspi\U000e0041", "invisible"),
        ("\u202eipsaK", "direction"),
        ("Kaspi\u2066", "direction"),
        ("Kaspi\u200f", "direction"),
        ("Kaspi\u061c", "direction"),
        ("И\u0306од", "nfc"),
        ("Kaspi\x00", "control"),
        ("Kaspi\nBank", "control"),
        ("Kaspi\x7f", "control"),
        ("Kaspi\u2028", "control"),
        ("Kaspi\ue000", "unassigned"),
        ("Kaspi\U000fffff", "unassigned"),
        ("Kaspi\u0378", "unassigned"),
        (" Kaspi", "white_space"),
        ("Kaspi ", "white_space"),
        ("Kaspi  Bank", "white_space"),
        ("Kaspi\u2003Bank", "white_space"),
        ("Kaspi\u00a0", "white_space"),
        ("", "empty"),
        ("K" * 141, "length"),
    ],
)
def test_a_name_that_could_be_taken_for_another_is_refused_by_its_rule(name: str, rule: str) -> None:
    with pytest.raises(StatementRefused) as refused:
        check_name(name, "payee", 140)
    assert refused.value.rule == rule


def test_the_rules_of_names_hold_for_payee_relying_party_and_entity() -> None:
    with pytest.raises(StatementRefused) as refused:
        payment_to("Каspi")
    assert (refused.value.member, refused.value.rule) == ("fields[0].payee", "look_alike")
    with pytest.raises(StatementRefused) as refused:
        statement(rp={"client_id": "kaspi", "name": "Каspi"})
    assert (refused.value.member, refused.value.rule) == ("rp.name", "look_alike")
    with pytest.raises(StatementRefused) as refused:
        statement(on_behalf_of={"bin": "010140000018", "name": "Каspi", "mandate": "none"})
    assert (refused.value.member, refused.value.rule) == ("on_behalf_of.name", "look_alike")


@pytest.mark.parametrize("line", ["Договор (копия).pdf", "Größe 5 μm", "合同.pdf", "замо́к", "a\u202fb"])
def test_a_line_may_hold_any_visible_text(line: str) -> None:
    check_line(line, "name", 300)


@pytest.mark.parametrize(("line", "rule"), [("z" + "\u0333" * 3, "marks"), ("a\u20dd", "marks"), ("a\nb", "control")])
def test_a_line_that_writes_over_itself_or_breaks_is_refused(line: str, rule: str) -> None:
    with pytest.raises(StatementRefused) as refused:
        check_line(line, "name", 300)
    assert refused.value.rule == rule


def test_words_may_have_lines_and_paragraphs() -> None:
    check_words("Первая строка.\nВторая.\n\nНовый абзац.", "text", 2_000)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a\n\n\n\nb", "white_space"),
        ("a" + " " * 200 + "b", "white_space"),
        ("a\n", "white_space"),
        ("a\r\nb", "control"),
        ("a\tb", "control"),
        ("сумма \u202e005 ₸", "direction"),
        ("a\u200bb", "invisible"),
    ],
)
def test_words_that_hide_or_push_away_text_are_refused(text: str, rule: str) -> None:
    with pytest.raises(StatementRefused) as refused:
        check_words(text, "text", 2_000)
    assert refused.value.rule == rule
