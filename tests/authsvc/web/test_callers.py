"""Who calls the API: a relying party's own token with the right scope, and nobody else."""

from collections.abc import Mapping

import httpx2
import pytest

from authsvc.oidc import clients
from authsvc.oidc.relying_party import RelyingParty
from authsvc.oidc.tokens import ACCESS_TOKEN_S, Grant, mint
from authsvc.store import Tx
from authsvc.web.callers import CACHE_MS, MAX_DEVICE, MAX_TOKEN
from tests.authsvc.services import PAYMENT, let_know
from tests.authsvc.web.conftest import House

pytestmark = pytest.mark.anyio

ID = "01a20cff-7d00-7359-9aa6-d3a9a1eb3570"


async def _register(house: House, client_id: str = "bank") -> RelyingParty:
    party = RelyingParty(
        id=client_id,
        name={"kk": "Банк", "ru": "Банк", "en": "Bank"},
        auth_method="client_secret_basic",
        redirect_uris=("http://127.0.0.1:48931/cb",),
        grant_types=("authorization_code", "client_credentials"),
        scopes=("openid", "confirmations", "signatures", "evidence"),
    )
    return (await clients.register(house.svc, party, ground="tests")).party


def _bearer(house: House, party: RelyingParty, *scopes: str) -> Mapping[str, str]:
    token = mint(house.svc, Grant(party, scopes or ("confirmations",))).access_token
    return {"authorization": f"Bearer {token}"}


async def _ask(house: House, headers: Mapping[str, str]) -> httpx2.Response:
    return await house.client().post(
        "/v1/confirmations", json={**PAYMENT, "subject": house.person.sub}, headers=dict(headers)
    )


async def test_a_relying_party_with_its_own_token_asks_and_reads(house: House) -> None:
    party = await _register(house)
    await let_know(house.svc, house.person, party.id)
    asked = await _ask(house, _bearer(house, party))
    assert asked.status_code == 201
    read = await house.client().get(asked.headers["location"], headers=dict(_bearer(house, party)))
    assert read.json()["id"] == asked.json()["id"]
    assert read.json()["statement"]["rp"] == {"client_id": "bank", "name": "Банк"}


async def test_attack_another_relying_party_reads_nothing_and_hears_the_same_as_for_nothing(house: House) -> None:
    party, other = await _register(house), await _register(house, "other")
    await let_know(house.svc, house.person, party.id)
    asked = await _ask(house, _bearer(house, party))
    theirs = await house.client().get(asked.headers["location"], headers=dict(_bearer(house, other)))
    nothing = await house.client().get(f"/v1/confirmations/{ID}", headers=dict(_bearer(house, other)))
    assert theirs.status_code == nothing.status_code == 404
    assert {**theirs.json(), "instance": ""} == {**nothing.json(), "instance": ""}


@pytest.mark.parametrize("header", [None, "", "Basic YTpi", "Token x", "Bearer"])
async def test_without_a_bearer_token_the_challenge_names_no_error(house: House, header: str | None) -> None:
    response = await _ask(house, {} if header is None else {"authorization": header})
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith('Bearer realm="authsvc"')
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("token", ["x", "a.b.c", "x" * (MAX_TOKEN + 1), "a b"])
async def test_attack_a_token_that_is_none_of_ours_is_refused(house: House, token: str) -> None:
    response = await _ask(house, {"authorization": f"Bearer {token}"})
    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["www-authenticate"]


async def test_two_authorization_headers_are_refused(house: House) -> None:
    party = await _register(house)
    good = _bearer(house, party)["authorization"]
    response = await house.client().get(
        f"/v1/confirmations/{ID}", headers=[("authorization", good), ("authorization", good)]
    )
    assert response.status_code == 401


async def test_a_scope_that_the_token_lacks_is_told_as_403(house: House) -> None:
    party = await _register(house)
    for path, scope in ((f"/v1/evidence/{ID}", "confirmations"), (f"/v1/confirmations/{ID}", "signatures")):
        response = await house.client().get(path, headers=dict(_bearer(house, party, scope)))
        assert response.status_code == 403
        assert 'error="insufficient_scope"' in response.headers["www-authenticate"]


async def test_attack_a_token_ends_with_its_ten_minutes(house: House) -> None:
    headers = _bearer(house, await _register(house))
    house.clock.move(ACCESS_TOKEN_S * 1000)
    assert (await _ask(house, headers)).status_code == 401


async def test_a_closed_relying_party_is_answered_for_a_second_at_most(house: House) -> None:
    party = await _register(house)
    await let_know(house.svc, house.person, party.id)
    headers = _bearer(house, party)
    assert (await _ask(house, headers)).status_code == 201

    async def close(tx: Tx) -> None:
        await tx.run("update relying_party set disabled_at = $1 where id = $2", house.clock.now(), party.id)

    await house.svc.store.transact(close)
    house.clock.move(CACHE_MS)
    assert (await _ask(house, headers)).status_code == 401


async def test_a_persons_session_opens_nothing_of_the_api(house: House) -> None:
    browser = house.browser()
    await house.sign_in(browser)
    assert (await browser._client.get(f"/v1/confirmations/{ID}")).status_code == 401


async def test_the_record_has_the_sockets_address_and_a_short_clean_name_of_the_browser(house: House) -> None:
    browser = house.browser()
    browser._client.headers["user-agent"] = "Browser/1\t" + "x" * 500
    browser._client.headers["x-forwarded-for"] = "203.0.113.66"
    await house.sign_in(browser)
    [record] = [row["record_id"] for row in await house.svc.store.all("select record_id from session")]
    slots = {one.name: one.value for one in await house.svc.log.vault.disclosures(house.svc.store, record)}
    assert slots["person_ip"] == "127.0.0.1"
    assert str(slots["person_device"]).startswith("Browser/1x")
    assert len(str(slots["person_device"])) < MAX_DEVICE


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff", b"null", b'{"subject": 1, "act": 2}'])
async def test_attack_junk_in_a_body_is_a_refusal_never_a_fault(house: House, body: bytes) -> None:
    party = await _register(house)
    headers = {**_bearer(house, party, "confirmations", "signatures"), "content-type": "application/json"}
    for path in ("/v1/confirmations", "/v1/signatures"):
        response = await house.client().post(path, content=body, headers=headers)
        assert 400 <= response.status_code < 500, response.text
        assert response.headers["content-type"] == "application/problem+json"
