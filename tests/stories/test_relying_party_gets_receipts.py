"""A relying party keeps what was confirmed: a receipt with its inclusion proof, checked without asking us again."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from confirmations import Receipt, read_authentication, read_receipt, thumbprint
from confirmations.canonical import Json
from confirmations.errors import ReceiptKindRefused, ReceiptOutcomeRefused, ReceiptRefused
from tests.stories.standing import CHANGE, PAYMENT, Standing, signed_in
from tests.stranger import Entry, Objection, check_disclosure, check_proof
from tests.stranger.log import Log
from tests.stranger.note import Key
from tests.world import World, both_databases

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def receipt_keys(world: World) -> dict[str, EllipticCurvePublicKey]:
    """The keys of receipts as they are served; each is one that genesis names, or it is none of ours."""
    http = world.http()
    genesis = Entry.parse(0, (await http.get("/log/genesis")).content, b"")
    served = jwt.PyJWKSet.from_dict((await http.get("/log/receipt-keys")).json())
    keys = {thumbprint(each.key): each.key for each in served.keys}
    assert sorted(keys) == genesis.body["receipt_keys"]
    return keys


def log_check(log: Log, vkey: str) -> Callable[[bytes, bytes, Mapping[str, Json] | None], str]:
    """What a relying party trusts of the log: its key, and the issuers that its genesis names."""

    def check(entry: bytes, proof: bytes, time: Mapping[str, Json] | None) -> str:
        try:
            index, _ = check_proof(proof, entry, vkey)
            read = Entry.parse(index, entry, b"")
            issuer = next(each for each in log.entries[0].body["issuers"] if each["family"] == "confirmation")
            read.demand_signed_by(Key.parse(issuer["vkey"]))
        except Objection as objection:
            return str(objection)
        return "" if time is None else "no time was anchored"

    return check


async def read(here: Standing, token: str, **wanted: Any) -> Receipt:
    log = await here.world.check_log()
    return read_receipt(
        token,
        keys=await receipt_keys(here.world),
        audience=here.bank.client_id,
        check_log=log_check(log, here.world.vkey),
        **wanted,
    )


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@both_databases
async def test_the_receipt_of_a_confirmation_proves_it_offline(world: World) -> None:
    here = await signed_in(world)
    view = await here.ask()
    ended = await here.confirm(view)
    receipt = await read(here, ended["receipt"])
    assert (receipt.id, receipt.outcome, receipt.state) == (ended["record"], "confirmed", "witnessed")
    assert receipt.methods == ("code",)
    assert receipt.statement.value() == ended["statement"] == view["statement"]
    assert receipt.statement.subject == here.sub
    assert receipt.disclosed["authentication"] == here.tokens.claims["authentication_record"]
    assert receipt.disclosed["tries"] == 1
    kk, ru, en = (receipt.words(locale) for locale in ("kk", "ru", "en"))
    assert (kk[0], ru[0], en[0]) == ("Расталды", "Подтверждено", "Confirmed")
    assert "электронной цифровой подписью" in ru[-1]
    assert "не является" in ru[-1]


async def test_a_plain_jose_library_and_the_strangers_own_reading_agree(world: World) -> None:
    """With pyjwt and `cryptography` alone, and nothing of this project."""
    here = await signed_in(world)
    ended = await here.confirm(await here.ask())
    header = jwt.get_unverified_header(ended["receipt"])
    assert header == {"alg": "ES256", "typ": "confirmation-receipt+jwt", "kid": header["kid"]}
    key = (await receipt_keys(world))[header["kid"]]
    payload = jwt.decode(ended["receipt"], key, algorithms=["ES256"], audience=here.bank.client_id)
    assert set(payload) == {"aud", "outcome", "state", "entry", "proof", "statement", "disclosures"}
    log = await world.check_log()
    assert log.entries[0].body["receipt_keys"] == [header["kid"]]
    index, size = check_proof(payload["proof"].encode(), payload["entry"].encode(), world.vkey)
    entry = log.entries[index]
    assert (entry.raw, entry.type) == (payload["entry"].encode(), "confirmation")
    assert index < size <= log.size
    canonical = json.dumps(payload["statement"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert entry.body["statement"] == b64url(hashlib.sha256(b"authsvc/confirmation/v1\0" + canonical).digest())
    opened = {each["name"]: check_disclosure(entry, each) for each in payload["disclosures"]}
    assert opened["rp"] == here.bank.client_id
    assert opened["person_number"] >= 1
    assert set(opened) & {"person_ip", "person_device", "person_address", "person_name", "person_subject"} == set()


async def test_the_receipt_tells_the_relying_party_nothing_new_about_the_citizen(world: World) -> None:
    here = await signed_in(world)
    ended = await here.confirm(await here.ask())
    payload = jwt.decode(ended["receipt"], options={"verify_signature": False})
    told = json.dumps(payload, ensure_ascii=False)
    for private in (world.citizen["iin"], world.citizen["name"], "+77010000001", world.citizen["login"], "127.0.0.1"):
        assert private not in told


async def test_asked_again_in_the_same_state_it_is_the_same_bytes(world: World) -> None:
    here = await signed_in(world)
    view = await here.ask()
    first = await here.confirm(view)
    await here.confirm(await here.ask(CHANGE))
    assert await here.read(view) == first


@pytest.mark.parametrize("outcome", ["declined", "expired", "cancelled", "failed"])
async def test_a_receipt_of_anything_else_is_good_and_no_consent(world: World, outcome: str) -> None:
    here = await signed_in(world)
    view = await here.ask(lifetime=120)
    if outcome == "declined":
        await here.decline(view)
    elif outcome == "cancelled":
        await here.bank.call("POST", f"/v1/confirmations/{view['id']}/cancel")
    elif outcome == "failed":
        page = await here.open(view)
        for _ in range(5):
            await here.browser.submit(page, {"code": "0000 0000"}, "confirm")
    else:
        world.clock.move(120_000)
    ended = await here.read(view)
    assert ended["outcome"] == outcome
    with pytest.raises(ReceiptOutcomeRefused):
        await read(here, ended["receipt"])
    receipt = await read(here, ended["receipt"], expected=outcome)
    assert receipt.outcome == outcome
    assert receipt.words("en")[0] != "Confirmed"


async def test_a_receipt_is_good_for_its_own_relying_party_act_and_kind_alone(world: World) -> None:
    here = await signed_in(world)
    one, two = await here.confirm(await here.ask()), await here.confirm(await here.ask(CHANGE))
    first = await read(here, one["receipt"])
    log = await world.check_log()
    good: dict[str, Any] = {
        "keys": await receipt_keys(world),
        "audience": here.bank.client_id,
        "check_log": log_check(log, world.vkey),
    }
    with pytest.raises(ReceiptRefused):
        read_receipt(one["receipt"], **{**good, "audience": "esep-kz"})
    with pytest.raises(ReceiptRefused):
        read_receipt(two["receipt"], **good, statement_digest=first.statement.digest())
    with pytest.raises(ReceiptRefused):
        read_receipt(one["receipt"], **{**good, "keys": {}})
    with pytest.raises(ReceiptKindRefused):
        read_authentication(one["receipt"], **good)
    with pytest.raises(ReceiptKindRefused):
        read_receipt(here.tokens.id_token, **good)
    head, body, signature = one["receipt"].split(".")
    _, other, _ = two["receipt"].split(".")
    with pytest.raises(ReceiptRefused):
        read_receipt(f"{head}.{other}.{signature}", **good)
    raw = bytearray(base64.urlsafe_b64decode(body + "=="))
    raw[raw.index(b'"confirmed"') + 3] ^= 1
    with pytest.raises(ReceiptRefused):
        read_receipt(f"{head}.{b64url(bytes(raw))}.{signature}", **good)


async def test_while_the_citizen_has_not_answered_there_is_no_receipt(world: World) -> None:
    here = await signed_in(world)
    view = await here.ask()
    await here.open(view)
    now = await here.read(view)
    assert now.keys() == {"kind", "id", "state", "expires_at", "tries", "statement", "page", "method"}
    assert now["kind"] == "confirmation"


async def test_another_relying_partys_record_is_not_there(world: World) -> None:
    here = await signed_in(world)
    ended = await here.confirm(await here.ask())
    other = world.bookkeeper()
    for path in (f"/v1/confirmations/{ended['id']}", f"/v1/evidence/{ended['record']}"):
        own, strange = await here.bank.call("GET", path), await other.call("GET", path)
        assert (own.status_code, strange.status_code) == (200, 404)
        absent = await other.call("GET", path.rpartition("/")[0] + "/01900000-0000-7000-8000-000000000000")
        for answer in (strange, absent):
            assert answer.headers["content-type"] == "application/problem+json"
        assert without_instance(strange.json()) == without_instance(absent.json())


def without_instance(problem: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name != "instance"}


@both_databases
async def test_the_same_key_and_body_are_the_same_request_and_one_message(world: World) -> None:
    here = await signed_in(world)
    first = await here.ask(key="payment-1147")
    again = await here.ask(key="payment-1147")
    assert again["id"] == first["id"]
    assert len(await world.phone()) == 1
    ended = await here.confirm(first)
    replayed = await here.ask(key="payment-1147")
    assert replayed == ended
    other = await here.ask(key="payment-1148")
    assert other["id"] != first["id"]
    assert len((await world.check_log()).of_type("confirmation")) == 1


async def test_the_same_key_with_another_body_is_refused(world: World) -> None:
    here = await signed_in(world)
    first = await here.ask(key="k")
    body = {**PAYMENT, "subject": here.sub, "lifetime": 121}
    response = await here.bank.call("POST", "/v1/confirmations", body, key="k")
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert len(await world.phone()) == 1
    assert "outcome" not in await here.read(first)


async def test_a_key_is_its_relying_partys_own_and_has_a_form(world: World) -> None:
    here = await signed_in(world)
    await here.ask(key="k")
    refused = await world.bookkeeper().call("POST", "/v1/confirmations", {**CHANGE, "subject": here.sub}, key="k")
    assert refused.status_code == 404
    response = await here.bank.call("POST", "/v1/confirmations", {**CHANGE, "subject": here.sub}, key="k" * 256)
    assert response.status_code == 400
    assert len(await world.phone()) == 1


async def test_what_is_no_request_is_refused_by_name(world: World) -> None:
    here = await signed_in(world)
    good = {**CHANGE, "subject": here.sub}
    cases: list[tuple[object, int, str]] = [
        ([], 400, "invalid_request"),
        ({**good, "notify": True}, 400, "invalid_request"),
        ({name: value for name, value in good.items() if name != "subject"}, 400, "invalid_request"),
        ({**good, "lifetime": 10}, 422, "policy_refused"),
        ({**good, "lifetime": "120"}, 400, "invalid_request"),
        ({**good, "act": "marriage"}, 422, "policy_refused"),
        ({**good, "methods": [["password"]]}, 422, "policy_refused"),
        ({**good, "act": "payment"}, 422, "policy_refused"),
        ({**good, "text": {}}, 422, "statement_refused"),
        ({**good, "fields": [{"kind": "signature"}]}, 422, "statement_refused"),
    ]
    for body, status, code in cases:
        response = await here.bank.call("POST", "/v1/confirmations", body)
        assert (response.status_code, response.json()["code"]) == (status, code), body
    assert await world.phone() == []


async def test_without_a_token_of_its_own_a_relying_party_gets_nothing(world: World) -> None:
    here = await signed_in(world)
    view = await here.ask()
    http = world.http()
    for method, path in (("POST", "/v1/confirmations"), ("GET", f"/v1/confirmations/{view['id']}")):
        assert (await http.request(method, path, json={})).status_code == 401
        persons = {"authorization": f"Bearer {here.tokens.access_token}"}
        assert (await http.request(method, path, json={}, headers=persons)).status_code == 403
