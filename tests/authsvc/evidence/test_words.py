"""Every type, member, slot, code, check and finding has words in kk, ru and en; a confirmation is no signature."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from authsvc.evidence import codes, words, words_findings, words_report
from authsvc.evidence.schema import SCHEMAS
from authsvc.evidence.verdict import CHECKS, Code
from authsvc.evidence.words_codes import has_words, say_code
from authsvc.evidence.words_members import MEMBERS, name_of
from confirmations.state import CANCEL_REASONS, CANCELLERS, DECLINE_REASONS, FAIL_REASONS
from confirmations.words import NOT_A_SIGNATURE, Words
from signatures.report import SubIndication
from tests.authsvc.evidence import section2

EVIDENCE = Path(codes.__file__).parent
MODULES = (words, words_findings, words_report)


def every_text() -> Iterator[Words]:
    for module in MODULES:
        for value in vars(module).values():
            if isinstance(value, Words):
                yield value
            elif isinstance(value, dict):
                yield from (each for each in value.values() if isinstance(each, Words))
    yield from MEMBERS.values()


def test_no_text_is_empty_or_the_same_as_its_translation() -> None:
    for text in every_text():
        assert all(text)
        if len(text.en) > 20:
            assert len(set(text)) == 3, text
            assert re.search("[а-я]", text.ru)
            assert re.search("[а-я]", text.kk)


def test_places_in_a_text_are_the_same_in_all_languages() -> None:
    for text in every_text():
        places = [sorted(re.findall(r"{(\w*)}", each)) for each in text]
        assert places[0] == places[1] == places[2], text


@pytest.mark.parametrize("type_", SCHEMAS)
def test_each_type_member_and_slot_has_a_name(type_: str) -> None:
    assert all((words.TYPES[type_], words.LEGAL_KIND[type_], words.STATED[type_], words.NOT_PROVEN[type_]))
    for name in (*SCHEMAS[type_].plain, *(slot.name for slot in SCHEMAS[type_].slots)):
        assert all(name_of(name)), name


@pytest.mark.parametrize("member", section2.CODES)
def test_each_code_has_words(member: str) -> None:
    for code in section2.CODES[member].split():
        assert has_words(member, code), code


def test_methods_levels_and_reasons_have_words() -> None:
    for code in (*codes.LOGIN_METHODS, *codes.ACRS):
        assert has_words("login_method", code)
    cancelled = [f"{by}_{why}" for by in CANCELLERS for why in CANCEL_REASONS]
    for code in (*DECLINE_REASONS, *FAIL_REASONS, *cancelled):
        assert has_words("reason", code), code
    assert say_code("decision_rule", "new_device").en == "new_device"


def test_the_codes_of_the_verification_are_known() -> None:
    assert {each.value for each in SubIndication} <= set(codes.SUB_INDICATIONS)


def test_each_check_verdict_and_finding_has_a_sentence() -> None:
    assert list(words_findings.CHECKS) == list(CHECKS)
    assert set(words_findings.VERDICTS) == set(Code)
    used = set(_codes_used())
    assert used == set(words_findings.FINDINGS)


def _codes_used() -> Iterator[str]:
    """The first argument of each `sheet.fault`, `.doubt`, `.note` and `.leave_check` in the checks."""
    for path in EVIDENCE.glob("*check*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name)
            if not is_call or not node.args:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            first = node.args[0]
            if name in ("fault", "doubt", "note", "leave_check", "weigh") and isinstance(first, ast.Constant):
                yield first.value


def test_a_confirmation_is_never_called_a_signature() -> None:
    """69, 70: the only text that names both says that it is none."""
    assert words.LEGAL_KIND["confirmation"] == NOT_A_SIGNATURE
    for text in (words.TYPES["confirmation"], words.STATED["confirmation"], words.NOT_PROVEN["confirmation"]):
        assert "қолтаңба" not in text.kk
        assert "подпис" not in text.ru
        assert "sign" not in text.en
    assert "цифрлық қолтаңба" in words.LEGAL_KIND["signature_verification"].kk


def test_no_text_names_an_article_of_a_law() -> None:
    for text in every_text():
        assert not re.search(r"[Aa]rticle|[Сс]тать|[Бб]ап\b", " ".join(text))
