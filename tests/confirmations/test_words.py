"""The words: three languages, no confirmation called a signature, one fixed sentence per method."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest

from confirmations import words
from confirmations.challenge import METHODS
from confirmations.policy import ACTS
from confirmations.state import CANCEL_REASONS, CANCELLERS, DECLINE_REASONS, FAIL_REASONS, OUTCOMES
from confirmations.words import Words


def every_text() -> Iterator[tuple[str, Words]]:
    for name, value in vars(words).items():
        if isinstance(value, Words):
            yield name, value
        elif isinstance(value, Mapping) and not name.startswith("__"):
            for key, text in value.items():
                if isinstance(text, Words):
                    yield f"{name}.{key}", text


EVERY = list(every_text())


def test_there_are_texts() -> None:
    assert len(EVERY) > 80


@pytest.mark.parametrize(("name", "text"), EVERY, ids=[name for name, _ in EVERY])
def test_a_text_is_there_in_each_language_with_the_same_places(name: str, text: Words) -> None:
    assert all(part and part == part.strip() for part in text)
    places = [sorted(re.findall(r"{(\w+)}", part)) for part in text]
    assert places[0] == places[1] == places[2]


@pytest.mark.parametrize(("name", "text"), EVERY, ids=[name for name, _ in EVERY])
def test_no_text_calls_a_confirmation_a_signature(name: str, text: Words) -> None:
    if name in ("NOT_A_SIGNATURE", "ERRORS.eds_required"):
        return  # one says that it is none, the other that one is needed instead
    assert not re.search(r"қолтаңба|подпис|signature|signed", " ".join(text).lower())


def test_every_code_that_a_record_may_hold_has_words() -> None:
    assert set(METHODS) == set(words.METHODS) == set(words.AUTHORSHIP)
    assert {*OUTCOMES, "accepted", "refused"} == set(words.OUTCOMES)
    cancelled = {f"{by}_{why}" for by in CANCELLERS for why in CANCEL_REASONS}
    assert {*DECLINE_REASONS, *FAIL_REASONS, *cancelled} == set(words.REASONS)
    assert set(ACTS) == set(words.ACTS)


def test_a_combination_says_one_sentence_per_method_and_that_all_were_needed() -> None:
    said = words.say_authorship(("password", "totp"), "en")
    assert len(said) == 3
    assert "password" in said[0]
    assert "seed" in said[1]
    assert said[2] == words.COMBINED.en
    assert words.say_authorship(("code",), "ru") == (words.AUTHORSHIP["code"].ru,)
