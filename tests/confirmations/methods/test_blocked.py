"""The block list: common words and key rows in three languages, put in a row or not, and what stays allowed."""

from __future__ import annotations

import pytest

from confirmations.methods.blocked import contains_name, is_common


@pytest.mark.parametrize(
    "password",
    [
        "qwertyuiop12345",
        "passwordpassword",
        "Password Password 1",
        "йцукенгшщзхъ123",
        "ЙЦУКЕНғшүзхъ99",
        "құпиясөзқұпиясөз",
        "Қазақстан 2026 2026",
        "парольпароль123",
        "gfhjkmgfhjkm12345",
        "ghbdtnghbdtn1234",
        "1qaz2wsx3edc4rfv",
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "123456789012345",
        "zyxwvutsrqponmlk",
        "әіңғүұқөһ123456",
        "qazwsxedcrfvtgb",
        "----------------",
        "",
    ],
)
def test_what_others_guess_first_is_refused(password: str) -> None:
    assert is_common(password)


@pytest.mark.parametrize(
    "password",
    [
        "ақ бота төрт түлік мал",
        "correct horse battery staple",
        "сорок два жирафа на крыше",
        "құпия сөз ұзын 42",
        "Tr0ub4dor&3 in the attic",
        "көк аспанда үш қарлығаш",
    ],
)
def test_a_phrase_of_several_words_is_allowed(password: str) -> None:
    assert not is_common(password)


def test_a_name_alone_is_no_password_in_either_language() -> None:
    names = ("aigul1977", "Айгүл Серікқызы", "Kerege Bank")
    assert contains_name("Айгүл Серікқызы 1", names)
    assert contains_name("aigul1977aigul1977", names)
    assert contains_name("keregebank12345", names)
    assert not contains_name("айгүл үш бидай егеді", names)


@pytest.mark.parametrize("hostile", ["a" * 256, "ab" * 128, "qwertyuiop" * 25, "пароль" * 42, "x1" * 128])
def test_the_longest_password_is_judged_too(hostile: str) -> None:
    assert is_common(hostile)
