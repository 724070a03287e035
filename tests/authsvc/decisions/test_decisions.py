"""Automated decisions: told, explained by named factors, forbidden inputs refused, reviewed by a person (L9-L12)."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from authsvc import decisions, disputes
from authsvc.decisions.inputs import WORDS, demand_allowed
from authsvc.disputes.resolving import Draft, Resolver, resolve
from authsvc.errors import Conflict, IdempotencyKeyReused, InvalidRequest, NotFound
from authsvc.login.budgets import FAILURES
from authsvc.login.refusals import note_refused
from authsvc.replay import ReplayKey
from authsvc.store import Tx, people
from confirmations.errors import StatementRefused
from tests.authsvc.decisions.credit import MODEL, RULE, Credit
from tests.authsvc.services import add_person

pytestmark = pytest.mark.anyio

REVIEWED: dict[str, Any] = {
    "result": "granted",
    "reasons": "Доход подтверждён справкой, которой правило не видело.",
    "reviewer": {"name": "Серікова Ләззат", "iin": "840101300456"},
}


async def review(credit: Credit, decision: str, key: str = "", **changes: Any) -> None:
    raw = orjson.dumps({**REVIEWED, **changes})
    client = credit.party.asker.client_id
    await disputes.review_as_party(
        credit.svc, client, decision, raw, ReplayKey.of(client, key, "POST /v1/decisions/review", raw)
    )


async def ask(credit: Credit, decision: str) -> str:
    return await disputes.open_dispute(
        credit.svc, credit.party.answerer, decision, "review_of_decision", "Справка о доходах у меня есть."
    )


async def test_a_refusal_is_recorded_told_and_explained_in_plain_words(credit: Credit) -> None:
    rule = await credit.declare()
    decision = await credit.decide()
    slots = await credit.slots(decision)
    assert (slots["decision_automation"], slots["decision_model"]) == ("full", "none")
    assert slots["decision_factors"] == ["income_too_low"]
    assert slots["policy_record"] == rule.record
    assert slots["informed_at"] != ""
    text = (await credit.svc.log.vault.blobs(credit.svc.store, decision))["decision_text"].decode()
    assert "Табысыңыз төлемді көтермейді" in text
    assert "толығымен автоматты" in text
    assert "412" not in text
    await credit.party.delivered()
    told = credit.party.gateway.sent[-1].text
    assert f"/decisions/{decision}" in told
    assert "/freeze/" in told
    assert "Табысыңыз" not in told
    read = await credit.open(decision)
    assert "Ваш доход не покрывает платёж" in read.text
    assert "полностью автоматическое" in read.text


async def test_that_the_person_opened_it_is_recorded_once_with_what_they_saw(credit: Credit) -> None:
    await credit.declare()
    decision = await credit.decide()
    assert (await decisions.read_as_party(credit.svc, "shop", decision)).read_at is None
    for _ in range(2):
        await credit.open(decision)
    assert (await decisions.read_as_party(credit.svc, "shop", decision)).read_at == credit.party.clock.now()
    rows = await credit.svc.store.all("select record_id from entry where type = 'notice_read'")
    assert len(rows) == 1
    slots = await credit.slots(rows[0]["record_id"])
    assert slots["about"] == [decision]
    assert slots["notice"] == (await credit.slots(decision))["decision_text"]


async def test_a_score_without_named_factors_may_not_refuse(credit: Credit) -> None:
    await credit.declare()
    for result in ("refused", "step_up"):
        for factors in ([], ["score"]):
            with pytest.raises(InvalidRequest, match="factors"):
                await credit.decide(result=result, factors=factors)
    await credit.decide(result="allowed", factors=[])
    await credit.decide(factors=["income_too_low", "score"])


async def test_forbidden_inputs_are_refused_by_name(credit: Credit) -> None:
    for code in (
        "nationality",
        "client_sex",
        "gender",
        "age_band",
        "birth_date",
        "iin",
        "health.status",
        "is_pregnant",
    ):
        with pytest.raises(InvalidRequest, match=code):
            await credit.declare(inputs=["income", code])
        with pytest.raises(InvalidRequest, match=code):
            await credit.declare(factors={**RULE["factors"], code: RULE["name"]})
    assert [rule.client_id for rule in await decisions.register(credit.svc)] == [""]


def test_the_deny_list_looks_at_words_and_leaves_others_alone() -> None:
    for code in ("sexAtBirth", "nationality-code", "x.ult", *sorted(WORDS)):
        with pytest.raises(InvalidRequest):
            demand_allowed([code], "inputs")
    demand_allowed(["legal_capacity", "average_balance", "message_count", "usage", "sextant", "trace"], "inputs")


async def test_the_services_own_rules_pass_their_own_deny_list() -> None:
    for rule in decisions.OWN.values():
        demand_allowed((*rule.inputs, *rule.factors), "inputs")


UNCLEAR: tuple[dict[str, Any], ...] = (
    {"ai": {"used": False}},
    {"ai": {"used": True, "name": "x"}},
    {"ai": {**MODEL, "documentation": "http://bank.example/"}},
    {"ai": {**MODEL, "category": "none"}},
    {"ai": True},
    {"name": {"ru": "Лимит"}},
    {"factors": {}},
    {"factors": {"Income": RULE["name"]}},
    {"inputs": ["income", "income"]},
    {"version": "Версия 3"},
    {"more": 1},
)


async def test_a_rule_that_does_not_say_what_it_is_is_refused(credit: Credit) -> None:
    for changes in UNCLEAR:
        with pytest.raises(InvalidRequest):
            await credit.declare(**changes)


async def test_a_model_is_declared_and_the_person_is_told_of_it(credit: Credit) -> None:
    await credit.declare(ai=MODEL)
    decision = await credit.decide(fully_automated=False)
    slots = await credit.slots(decision)
    assert slots["decision_model"] == "limitnet 7.1, https://bank.example/limitnet"
    assert slots["decision_automation"] == "partial"
    read = await credit.open(decision, "en")
    assert "An AI system was used: limitnet 7.1" in read.text
    assert "Works out the limit" in read.text


async def test_a_version_of_a_rule_never_changes(credit: Credit) -> None:
    first = await credit.declare()
    assert (await credit.declare()).record == first.record
    with pytest.raises(Conflict):
        await credit.declare(inputs=["income"])
    assert (await credit.declare(version="4", inputs=["income"])).record != first.record


async def test_a_decision_by_an_undeclared_rule_or_about_a_stranger_is_refused(credit: Credit) -> None:
    with pytest.raises(InvalidRequest, match="not declared"):
        await credit.decide()
    await credit.declare()
    stranger = await add_person(credit.svc, 2)
    with pytest.raises(NotFound):
        await credit.decide(subject=stranger.sub)
    with pytest.raises(InvalidRequest):
        await credit.decide(factors=["other"])
    with pytest.raises(InvalidRequest):
        await credit.decide(fully_automated="yes")
    for member in ("effect", "factors", "fully_automated"):
        with pytest.raises(InvalidRequest, match=member):
            await credit.decide(without=member)
    with pytest.raises(StatementRefused):
        await credit.decide(effect={**RULE["name"], "ru": "Кредит\u202e"})


async def test_the_same_key_is_the_same_decision(credit: Credit) -> None:
    await credit.declare()
    first = await credit.decide("k1")
    assert await credit.decide("k1") == first
    with pytest.raises(IdempotencyKeyReused):
        await credit.decide("k1", result="step_up")
    assert await credit.decide("k2") != first


async def test_a_review_has_a_named_person_or_no_outcome(credit: Credit) -> None:
    await credit.declare()
    decision = await credit.decide()
    with pytest.raises(Conflict):
        await review(credit, decision)
    dispute = await ask(credit, decision)
    for reviewer in ({}, {"name": ""}, {"name": "Аудит", "iin": "12"}, None, {"iin": "840101300456"}):
        with pytest.raises((InvalidRequest, StatementRefused)):
            await review(credit, decision, reviewer=reviewer)
    own = {"name": "Айгүл", "iin": credit.party.person.subject[4:]}
    with pytest.raises(InvalidRequest, match="themselves"):
        await review(credit, decision, reviewer=own)
    await review(credit, decision, "r1")
    await review(credit, decision, "r1")
    with pytest.raises(Conflict):
        await review(credit, decision, "r2")
    (row,) = await disputes.about(credit.svc.store, decision)
    assert (row.id, row.state) == (dispute, "granted")
    assert row.resolution is not None
    slots = await credit.slots(row.resolution)
    assert (slots["resolver_name"], slots["resolver_role"]) == ("Серікова Ләззат", "relying_party")
    assert slots["resolver_subject"] == "iin:840101300456"
    seen = await disputes.read_own(credit.svc, credit.party.answerer, dispute)
    assert seen.reasons == REVIEWED["reasons"]


async def test_another_relying_party_neither_reads_nor_reviews(credit: Credit) -> None:
    await credit.declare()
    decision = await credit.decide()
    await ask(credit, decision)
    with pytest.raises(NotFound):
        await decisions.read_as_party(credit.svc, "other", decision)
    raw = orjson.dumps(REVIEWED)
    with pytest.raises(NotFound):
        await disputes.review_as_party(credit.svc, "other", decision, raw, ReplayKey.of("other", "", "", raw))


async def test_a_review_is_asked_for_within_the_time_that_the_settings_give(credit: Credit) -> None:
    limited = credit.with_settings(review_days=10, dispute_days=30)
    await limited.declare()
    decision = await limited.decide()
    assert (await limited.slots(decision))["review_due"] != ""
    credit.party.clock.move(10 * 24 * 3600 * 1000)
    with pytest.raises(Conflict, match="over"):
        await ask(limited, decision)
    again = await limited.decide()
    dispute = await ask(limited, again)
    (row,) = await disputes.about(limited.svc.store, again)
    assert (row.id, row.due_at) == (dispute, row.opened_at + 30 * 24 * 3600 * 1000)


async def test_the_failure_that_closes_an_account_is_a_decision_recorded_once_and_a_person_may_open_it(
    credit: Credit,
) -> None:
    svc, person = credit.svc, credit.party.person

    async def nearly(tx: Tx) -> None:
        await tx.run("update account set failures = $2 where id = $1", person.id, FAILURES - 2)

    await svc.store.transact(nearly)
    for login in ("one", "two", "three"):
        await note_refused(svc, person.id, login)
    rows = await svc.store.all("select id from decision")
    assert len(rows) == 1
    slots = await credit.slots(rows[0]["id"])
    assert (slots["decision_rule"], slots["decision_automation"]) == ("login.lock_out", "full")
    await credit.party.delivered()
    assert "қатарынан 100 қате әрекет" in credit.party.gateway.sent[-1].text
    assert "қатарынан 100 рет" in (await credit.open(rows[0]["id"], "kk")).text
    dispute = await ask(credit, rows[0]["id"])
    (row,) = await disputes.about(svc.store, rows[0]["id"])
    assert await resolve(svc, row, Draft("", "granted", "Это был перебор."), Resolver(None, "Абаева", "reviewer"))
    assert row.id == dispute
    assert await people.failures_of(svc.store, person.id) == 0
