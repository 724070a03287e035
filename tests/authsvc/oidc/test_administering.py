"""Relying parties as the operator administers them: every act has its record, and nobody's change is lost."""

import hashlib
from typing import Any

import pytest

from authsvc.errors import Conflict, InvalidRequest, NotFound
from authsvc.evidence.record import parse
from authsvc.keys import b64url
from authsvc.oidc import administering, clients, registration
from authsvc.oidc.errors import InvalidClientMetadata, InvalidRedirectUri
from authsvc.oidc.relying_party import RelyingParty
from authsvc.store import Tx, registrations
from authsvc.store.grants import relying_party
from tests.authsvc.oidc.conftest import REDIRECT, Site

pytestmark = pytest.mark.anyio
METADATA: dict[str, Any] = {
    "client_name": "Ministry",
    "client_name#kk": "Министрлік",
    "redirect_uris": [REDIRECT],
    "grant_types": ["authorization_code", "client_credentials"],
    "scope": "openid profile iin confirmations",
    "resources": ["https://registry.example/"],
}


async def register(site: Site, **changes: Any) -> clients.Registered:
    return await administering.register(site.svc, {**METADATA, **changes}, ground="Agreement 7")


async def record_of(site: Site, party: RelyingParty) -> Any:
    """The members and opened values of the record that this state of the relying party came by."""
    settled = await site.svc.log.find(party.record)
    assert settled is not None
    opened = await site.svc.log.vault.disclosures(site.svc.store, party.record)
    return {**parse(settled.entry).body, **{each.name: each.value for each in opened}}


async def own_token(site: Site, party: RelyingParty, secret: str) -> int:
    form = {"grant_type": "client_credentials", "scope": "confirmations"}
    answer = await site.http().post("/oauth/token", data=form, auth=(party.id, secret))
    return int(answer.status_code)


async def test_the_operator_gives_what_no_client_takes_for_itself(site_on: Site) -> None:
    done = await register(site_on)
    assert done.party.scopes == ("openid", "profile", "iin", "confirmations")
    assert done.party.resources == ("https://registry.example/",)
    body = await record_of(site_on, done.party)
    written = clients.write_metadata(done.party).encode()
    assert (body["administration_event"], body["after"]) == ("added", b64url(hashlib.sha256(written).digest()))
    assert await own_token(site_on, done.party, done.client_secret) == 200
    with pytest.raises(InvalidClientMetadata, match="iin"):
        registration.read_metadata(METADATA)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uris": ["http://shop.example/cb"]}, InvalidRedirectUri),
        ({"scope": "openid everything"}, InvalidClientMetadata),
        ({"token_endpoint_auth_method": "private_key_jwt"}, InvalidRequest),
        ({"client_name": "Ми\u202eнистрлік"}, InvalidRequest),
    ],
)
async def test_metadata_that_breaks_a_rule_registers_nothing(
    site: Site, changes: dict[str, Any], error: type[Exception]
) -> None:
    before = await administering.every_party(site.svc)
    with pytest.raises(error):
        await register(site, **changes)
    assert await administering.every_party(site.svc) == before


async def test_an_id_is_given_once(site: Site) -> None:
    await administering.register(site.svc, METADATA, client_id="ministry", ground="Agreement 7")
    with pytest.raises(Conflict):
        await administering.register(site.svc, METADATA, client_id="ministry", ground="Agreement 8")


async def test_a_change_keeps_the_secret_and_names_before_and_after(site_on: Site) -> None:
    done = await register(site_on)
    party = await administering.change(
        site_on.svc, done.party.id, {**METADATA, "client_name": "The Ministry"}, ground="Letter 9"
    )
    body = await record_of(site_on, party)
    before, after = (
        b64url(hashlib.sha256(clients.write_metadata(each).encode()).digest()) for each in (done.party, party)
    )
    assert (body["administration_event"], body["before"], body["after"]) == ("changed", before, after)
    assert (await administering.read(site_on.svc, party.id)).name["en"] == "The Ministry"
    assert await own_token(site_on, party, done.client_secret) == 200


async def test_a_new_secret_ends_the_old_one_at_once(site_on: Site) -> None:
    done = await register(site_on)
    renewed = await administering.renew_secret(site_on.svc, done.party.id, ground="The secret was in a mail")
    assert await own_token(site_on, done.party, done.client_secret) == 401
    assert await own_token(site_on, done.party, renewed.client_secret) == 200
    public = await register(site_on, token_endpoint_auth_method="none", grant_types=["authorization_code"])
    with pytest.raises(InvalidRequest):
        await administering.renew_secret(site_on.svc, public.party.id, ground="none")


async def test_a_closed_relying_party_is_over_for_good(site_on: Site) -> None:
    done = await register(site_on)
    settled = await site_on.svc.log.find(
        await administering.close(site_on.svc, done.party.id, ground="Agreement ended")
    )
    assert settled is not None
    assert parse(settled.entry).body["administration_event"] == "removed"
    assert await own_token(site_on, done.party, done.client_secret) == 401
    assert (await administering.read(site_on.svc, done.party.id)).disabled
    with pytest.raises(Conflict):
        await administering.close(site_on.svc, done.party.id, ground="again")
    with pytest.raises(Conflict):
        await administering.change(site_on.svc, done.party.id, METADATA, ground="again")
    with pytest.raises(NotFound):
        await administering.read(site_on.svc, "nobody")


async def test_a_change_of_what_was_changed_meanwhile_is_refused(site_on: Site) -> None:
    done = await register(site_on)
    row = await relying_party(site_on.svc.store, done.party.id)
    assert row is not None
    await administering.change(site_on.svc, done.party.id, METADATA, ground="first")

    async def late(tx: Tx) -> tuple[bool, bool]:
        changed = await registrations.change_read_party(tx, row, row.record_id)
        return changed, await registrations.close_read_party(tx, row, 1)

    assert await site_on.svc.store.transact(late) == (False, False)


async def test_a_client_that_manages_itself_keeps_what_the_operator_gave(site: Site) -> None:
    opens = await registration.open_registration(site.svc, days=1)
    own = {**METADATA, "scope": "openid confirmations"}
    told = (await site.http(authorization=f"Bearer {opens}").post("/oauth/register", json=own)).json()
    assert "resources" not in told
    await administering.change(site.svc, told["client_id"], METADATA, ground="Agreement 7")
    manager = site.http(authorization=f"Bearer {told['registration_access_token']}")
    kept = await manager.put(told["registration_client_uri"], json={**METADATA, "client_id": told["client_id"]})
    assert kept.status_code == 200, kept.text
    assert (kept.json()["scope"], kept.json()["resources"]) == (METADATA["scope"], METADATA["resources"])
