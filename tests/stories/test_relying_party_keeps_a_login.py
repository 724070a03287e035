"""A relying party keeps a login: an authentication receipt, checked offline, and a kind apart from all others."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

import jwt
import pytest

from confirmations import AuthenticationReceipt, read_authentication, read_receipt
from confirmations.canonical import Json
from confirmations.errors import ReceiptKindRefused, ReceiptOutcomeRefused, ReceiptRefused
from tests.stories.standing import Standing, signed_in
from tests.stories.test_relying_party_gets_receipts import receipt_keys
from tests.stranger import Entry, Objection, check_proof
from tests.stranger.log import Log
from tests.stranger.note import Key
from tests.world import World, both_databases

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

SINGLE, MULTI = "urn:authsvc:acr:single", "urn:authsvc:acr:multi"


def identity_check(log: Log, vkey: str) -> Callable[[bytes, bytes, Mapping[str, Json] | None], str]:
    """What a relying party trusts of the log: its key, and the issuer of identities that its genesis names."""

    def check(entry: bytes, proof: bytes, time: Mapping[str, Json] | None) -> str:
        try:
            index, _ = check_proof(proof, entry, vkey)
            issuer = next(each for each in log.entries[0].body["issuers"] if each["family"] == "identity")
            Entry.parse(index, entry, b"").demand_signed_by(Key.parse(issuer["vkey"]))
        except Objection as objection:
            return str(objection)
        return "" if time is None else "no time was anchored"

    return check


async def fetch(here: Standing, record: str | None = None) -> dict[str, Any]:
    """The record of the login, as the relying party gets it."""
    response = await here.bank.call("GET", f"/v1/evidence/{record or here.tokens.claims['authentication_record']}")
    assert response.status_code == 200, response.text
    said: dict[str, Any] = response.json()
    return said


async def check(here: Standing, token: str, **wanted: Any) -> AuthenticationReceipt:
    log = await here.world.check_log()
    asked: dict[str, Any] = {"audience": here.bank.client_id, **wanted}
    keys = await receipt_keys(here.world)
    return read_authentication(token, keys=keys, check_log=identity_check(log, here.world.vkey), **asked)


@both_databases
async def test_the_receipt_says_who_signed_in_how_and_in_which_capacity(world: World) -> None:
    here = await signed_in(world)
    said = await fetch(here)
    receipt = await check(here, said["receipt"])
    assert (said["type"], receipt.login, receipt.acr) == ("authentication", "accepted", MULTI)
    assert receipt.id == here.tokens.claims["authentication_record"]
    assert receipt.methods == ("password", "totp")
    assert receipt.statement.subject == here.sub
    assert receipt.statement.rp.client_id == here.bank.client_id
    assert receipt.disclosed["entity_subject"] == ""
    assert receipt.disclosed["mandate"] == "none"
    assert len(receipt.disclosed["credential"]) == 2  # type: ignore[arg-type] # a JSON array
    assert (await fetch(here))["receipt"] == said["receipt"]


async def test_the_receipt_of_a_step_up_names_the_login_that_it_stands_on(world: World) -> None:
    browser, bank = world.browser(), world.bank()
    visit = await bank.begin_login(acr_values=SINGLE)
    known = {"login": world.citizen["login"], "password": world.citizen["password"]}
    page = await browser.submit(await browser.submit(await browser.open(visit.url), known), {}, "allow")
    here = Standing(world, bank, browser, await bank.finish_login(visit, page.left), "aigul")
    first = here.tokens.claims["authentication_record"]
    visit = await here.bank.begin_login(acr_values=MULTI)
    page = await here.browser.submit(await here.browser.open(visit.url), {"code": world.code()})
    tokens = await here.bank.finish_login(visit, page.left)
    receipt = await check(here, (await fetch(here, tokens.claims["authentication_record"]))["receipt"])
    assert (receipt.acr, receipt.methods, receipt.disclosed["about"]) == (MULTI, ("totp",), [first])
    earlier = await check(here, (await fetch(here, first))["receipt"])
    assert (earlier.acr, earlier.methods) == (SINGLE, ("password",))


async def test_the_receipt_tells_nothing_of_the_citizen_that_the_client_does_not_know(world: World) -> None:
    here = await signed_in(world)
    payload = (await fetch(here))["receipt"].split(".")[1]
    told = base64.urlsafe_b64decode(payload + "==").decode()
    for private in (world.citizen["iin"], world.citizen["name"], "+77010000001", '"127.0.0.1"', "python-httpx"):
        assert private not in told


async def test_only_the_client_for_which_the_person_signed_in_gets_it(world: World) -> None:
    here = await signed_in(world)
    record = here.tokens.claims["authentication_record"]
    assert (await world.bookkeeper().call("GET", f"/v1/evidence/{record}")).status_code == 404
    assert (await world.http().get(f"/v1/evidence/{record}")).status_code == 401
    persons = {"authorization": f"Bearer {here.tokens.access_token}"}
    assert (await world.http().get(f"/v1/evidence/{record}", headers=persons)).status_code == 403


async def test_it_is_no_confirmation_no_signature_and_no_token(world: World) -> None:
    here = await signed_in(world)
    token = (await fetch(here))["receipt"]
    assert jwt.get_unverified_header(token)["typ"] == "authentication-receipt+jwt"
    keys, log = await receipt_keys(world), await world.check_log()
    good: dict[str, Any] = {"keys": keys, "audience": here.bank.client_id}
    with pytest.raises(ReceiptKindRefused):
        read_receipt(token, check_log=identity_check(log, world.vkey), **good)
    signed = {"signed": base64.b64encode(token.encode()).decode()}
    refused = await here.bank.call("POST", "/v1/signatures", signed)
    assert (refused.status_code, refused.json()["code"]) == (422, "not_a_signed_document")
    bearer = {"authorization": f"Bearer {token}"}
    assert (await world.http().get("/oauth/userinfo", headers=bearer)).status_code == 401
    confirmed = await here.confirm(await here.ask())
    with pytest.raises(ReceiptKindRefused):
        read_authentication(confirmed["receipt"], check_log=identity_check(log, world.vkey), **good)
    record = await fetch(here, confirmed["record"])
    assert "receipt" not in record


async def test_attack_another_client_outcome_key_or_byte_is_refused(world: World) -> None:
    here = await signed_in(world)
    token = (await fetch(here))["receipt"]
    with pytest.raises(ReceiptRefused):
        await check(here, token, audience="esep-kz")
    with pytest.raises(ReceiptOutcomeRefused):
        await check(here, token, expected="refused")
    head, body, signature = token.split(".")
    raw = bytearray(base64.urlsafe_b64decode(body + "=="))
    raw[raw.index(b'"mandate"') + 30] ^= 1
    changed = base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()
    with pytest.raises(ReceiptRefused):
        await check(here, f"{head}.{changed}.{signature}")
