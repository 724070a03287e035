"""An agreement: readable terms and a way to a human's decision for each party, one digest over terms and code."""

from __future__ import annotations

from dataclasses import replace

import pytest

from confirmations.agreement import CONCLUDED, DECLINED, OPEN, Agreement, Party, conclude
from confirmations.errors import StatementRefused

DIGEST = "4x6nR0CmGXjy0cV0DBjJrHwvjcyYhWSKn5nfQUd-S0U"
OTHER = "5x6nR0CmGXjy0cV0DBjJrHwvjcyYhWSKn5nfQUd-S0U"
CLAUSE = {
    "who": {"ru": "Сейітова Мадина", "en": "Madina Seitova"},
    "how": {"ru": "Письменно", "en": "In writing"},
    "contact": {"ru": "спор@kz.example", "en": "disputes@kz.example"},
}
AGREEMENT = Agreement(
    id="01a20cff-7d00-7ded-8848-343f276558d9",
    nonce="AAAAAAAAAAAAAAAAAAAAAA",
    parties=(Party("a", "ru"), Party("b", "en", "eds")),
    terms={"ru": "Оплата после доставки.", "en": "Payment after delivery."},
    code_name="escrow.wasm",
    code_digest=DIGEST,
    clause=CLAUSE,
)


def test_one_digest_binds_terms_code_clause_and_parties() -> None:
    changed = (
        replace(AGREEMENT, terms={**AGREEMENT.terms, "en": "Payment before delivery."}),
        replace(AGREEMENT, code_digest=OTHER),
        replace(AGREEMENT, clause={**CLAUSE, "how": {"ru": "Устно", "en": "In person"}}),
        replace(AGREEMENT, parties=(Party("a", "ru"), Party("c", "en", "eds"))),
        replace(AGREEMENT, nonce="BAAAAAAAAAAAAAAAAAAAAA"),
    )
    assert len({each.digest() for each in (AGREEMENT, *changed)}) == 6
    assert replace(AGREEMENT).digest() == AGREEMENT.digest()


def test_each_party_has_terms_and_a_dispute_clause_in_their_own_language() -> None:
    kazakh = (Party("a", "kk"), Party("b", "en"))
    with pytest.raises(StatementRefused) as refused:
        replace(AGREEMENT, parties=kazakh)
    assert (refused.value.member, refused.value.rule) == ("terms", "readable")
    with pytest.raises(StatementRefused) as refused:
        replace(AGREEMENT, parties=kazakh, terms={**AGREEMENT.terms, "kk": "Төлем жеткізілген соң."})
    assert refused.value.rule == "dispute_clause"
    for part in CLAUSE:
        with pytest.raises(StatementRefused):
            replace(AGREEMENT, clause={name: texts for name, texts in CLAUSE.items() if name != part})


def test_it_is_concluded_by_all_and_declined_by_one() -> None:
    assert conclude(["yes", "yes"]) == CONCLUDED
    assert conclude(["yes", "waits"]) == OPEN
    assert conclude(["yes", "waits", "no"]) == DECLINED
    assert conclude([]) == OPEN
