"""Contracts in code: terms and a dispute clause or nothing, one digest, concluded by all, disputed, resolved."""

from __future__ import annotations

import base64
from typing import Any

import jwt
import orjson
import pytest

from authsvc import confirm, contracts, disputes
from authsvc.disputes.resolving import Draft, Resolver, resolve
from authsvc.errors import Conflict, IdempotencyKeyReused, InvalidRequest, NotFound
from authsvc.store import Tx, erasures
from confirmations.errors import StatementRefused
from tests.authsvc.contracts.market import TERMS, Market
from tests.authsvc.services import add_person

pytestmark = pytest.mark.anyio


async def test_the_same_digest_goes_to_all_and_it_is_concluded_when_all_have_said_yes(market: Market) -> None:
    contract = await market.propose()
    standing = await market.standing(contract)
    for party in standing.parties:
        assert party.request_id is not None
        view = await confirm.read(market.svc, "shop", party.request_id)
        statement = orjson.loads(view.statement)
        assert [one["digest"] for one in statement["fields"]] == [standing.row.digest, TERMS["code"]["digest"]]
        assert "Тауар жеткізілгенде" in statement["text"]["kk"]
        assert "Дауды адам шешеді: Сейітова Мәдина" in statement["text"]["kk"]
    await market.confirm(contract, 0, 1)
    assert (await market.standing(contract)).state == "open"
    await market.confirm(contract, 2)
    assert await contracts.settle_open(market.svc) == 1
    done = await market.standing(contract)
    assert done.state == "concluded"
    assert all(each.record_id for each in done.parties)


async def test_a_party_that_declines_or_lets_the_time_pass_ends_it_unconcluded(market: Market) -> None:
    contract = await market.propose()
    first = (await market.standing(contract)).parties[0].request_id
    assert first is not None
    await confirm.decline(market.svc, market.answerer(market.people[0]), first, "declined", "kk")
    assert (await market.standing(contract)).state == "declined"
    late = await market.propose(signing=(0, 1, 2))
    market.party.clock.move(4 * 86_400_000)
    assert await contracts.settle_open(market.svc) == 1
    assert (await market.standing(late)).state == "declined"


async def test_without_readable_terms_or_a_dispute_clause_nobody_is_asked(market: Market) -> None:
    dispute = TERMS["dispute"]
    for changes in (
        {"terms": {"ru": "Только по-русски."}},
        {"dispute": {}},
        {"dispute": {**dispute, "who": {"ru": "Сейітова Мадина"}}},
        {"dispute": {"who": dispute["who"], "how": dispute["how"]}},
        {"terms": {**TERMS["terms"], "kk": "a\u202eb"}},
        {"code": {"name": "escrow.wasm", "digest": "nothing"}},
        {"parties": [{"subject": market.people[0].sub}]},
        {"parties": [{"subject": market.people[0].sub}] * 2},
    ):
        with pytest.raises(StatementRefused):
            await market.propose(**changes)
    for changes in (
        {"terms": "text"},
        {"parties": "all"},
        {"code": {"name": "escrow.wasm"}},
        {"parties": [{"subject": each.sub, "by": "fax"} for each in market.people]},
        {"lifetime": 60},
        {"dispute": {**dispute, "machine": dispute["who"]}},
    ):
        with pytest.raises(InvalidRequest):
            await market.propose(**changes)
    stranger = await add_person(market.svc, 9)
    with pytest.raises(NotFound):
        await market.propose(parties=[{"subject": each.sub} for each in (*market.people, stranger)])
    assert await market.svc.store.all("select 1 as n from confirmation_request") == []


async def test_a_party_signs_by_eds_over_exactly_the_file_and_both_kinds_stay_what_they_are(market: Market) -> None:
    contract = await market.propose(signing=(2,))
    signer = market.people[2]
    standing = await market.standing(contract)
    assert any(f"/contracts/{contract}" in each.text and "/freeze/" in each.text for each in market.party.gateway.sent)
    wrong = (
        market.sign(signer, standing.agreement + b" "),
        market.sign(market.people[0], standing.agreement),
        standing.agreement,
        b"",
    )
    for signed in wrong:
        with pytest.raises(InvalidRequest):
            await contracts.sign(market.svc, market.reader(signer), contract, signed)
    with pytest.raises(NotFound):
        await contracts.sign(market.svc, market.reader(market.people[0]), contract, wrong[1])
    await contracts.sign(market.svc, market.reader(signer), contract, market.sign(signer, standing.agreement))
    with pytest.raises(Conflict):
        await contracts.sign(market.svc, market.reader(signer), contract, market.sign(signer, standing.agreement))
    await market.confirm(contract, 0, 1)
    done = await market.standing(contract)
    assert done.state == "concluded"
    types = []
    for party in done.parties:
        settled = await market.svc.log.find(party.record_id or "")
        assert settled is not None
        types.append(settled.entry.split(b"\n")[1].decode())
    assert types == ["confirmation", "confirmation", "signature_verification"]


async def test_a_dispute_over_one_answer_stops_it_until_a_person_decides(market: Market) -> None:
    contract = await market.propose()
    await market.confirm(contract, 0, 1, 2)
    record = (await market.standing(contract)).parties[1].record_id
    assert record is not None
    buyer = market.answerer(market.people[1])
    dispute = await disputes.open_dispute(market.svc, buyer, record, "contract", "Товар не доставлен.")
    assert (await market.standing(contract)).state == "disputed"
    await disputes.withdraw(market.svc, buyer, dispute)
    assert (await market.standing(contract)).state == "concluded"
    dispute = await disputes.open_dispute(market.svc, buyer, record, "contract", "Товар не доставлен.")
    (row,) = [each for each in await disputes.about(market.svc.store, record) if each.waits]
    assert row.id == dispute
    word = Draft("", "granted", "Оплата возвращается покупателю.")
    assert await resolve(market.svc, row, word, Resolver(None, "Сейітова Мадина", "reviewer"))
    standing = await market.standing(contract)
    assert standing.state == "resolved"
    assert any(each.resolution for each in standing.disputes)


async def test_the_answer_to_an_executor_is_signed_with_its_time(market: Market) -> None:
    contract = await market.propose()
    standing = await market.standing(contract)
    jws = await contracts.write_state(market.svc, standing, {"id": contract, "state": standing.state})
    header, claims = [orjson.loads(base64.urlsafe_b64decode(part + "==")) for part in jws.split(".")[:2]]
    assert header["typ"] == "contract-state+jwt"
    assert (claims["state"], claims["aud"], claims["id"]) == ("open", "shop", contract)
    assert claims["iat"] == market.party.clock.now() // 1000
    key = next(each for each in market.svc.log.receipt_keys() if each.kid == header["kid"])
    public = jwt.PyJWK.from_dict({**key.jwk}, algorithm="ES256").key
    assert jwt.decode(jws, public, ["ES256"], audience="shop", options={"verify_iat": False})["id"] == contract


async def test_strangers_read_nothing_and_a_key_is_one_contract(market: Market) -> None:
    contract = await market.propose("c1")
    assert await market.propose("c1") == contract
    with pytest.raises(IdempotencyKeyReused):
        await market.propose("c1", terms={**TERMS["terms"], "en": "Something else."})
    stranger = await add_person(market.svc, 9)
    with pytest.raises(NotFound):
        await contracts.read_own(market.svc, market.reader(stranger), contract)
    with pytest.raises(NotFound):
        await contracts.read_as_party(market.svc, "other", contract)
    own: Any = await contracts.list_own(market.svc, market.reader(market.people[0]))
    assert [each.row.id for each in own] == [contract]


async def test_an_erased_party_does_not_make_the_contract_concluded_by_the_others(market: Market) -> None:
    contract = await market.propose(signing=(2,))
    handle = await market.svc.log.vault.find(market.svc.store, market.people[2].subject)
    assert handle is not None

    async def erase(tx: Tx) -> None:
        await erasures.erase_subject(tx, handle, market.party.clock.now())

    await market.svc.store.transact(erase)
    await market.confirm(contract, 0, 1)
    assert (await market.standing(contract)).state == "open"
