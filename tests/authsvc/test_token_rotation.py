"""Keys of tokens over time: published before they sign, good until what they signed has ended, no process restarted."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest

from authsvc import app, cli, token_rotation
from authsvc.clock import HandClock
from authsvc.errors import Conflict, InvalidRequest, NotFound
from authsvc.keys import Keys, load_keys, store_keys
from authsvc.oidc import logout, tokens
from authsvc.oidc.jose import ACCESS_TOKEN, ID_TOKEN, NotVerified, signing_keys
from authsvc.service import Service
from authsvc.settings import Settings
from authsvc.store import proofs
from authsvc.token_rotation import JWKS_MAX_AGE_S, PUBLISHED_FIRST_MS, TOKENS_END_MS
from tests.authsvc.oidc.conftest import Site, site

__all__ = ["site"]

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
NOW = 1_795_000_000_000


@pytest.fixture
def kept(site: Site) -> Site:
    """With its keys in a file, as every deployment has them."""
    store_keys(site.svc.keys, site.svc.settings.keys_dir)
    return site


async def published(site: Site) -> list[str]:
    return [key["kid"] for key in (await site.http().get("/oauth/jwks")).json()["keys"]]


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def states(svc: Service) -> list[tuple[str, str]]:
    keys = load_keys(svc.settings.keys_dir, svc.entropy)
    return [(each.kind, each.state) for each in token_rotation.list_token_keys(keys, svc.clock.now())]


async def renew(site: Site, alg: str = "ES256") -> str:
    """A new key that signs; the `kid` of the one before."""
    old = next(
        each.value
        for each in token_rotation.list_token_keys(site.svc.keys, site.clock.now())
        if (each.kind, each.state) == (alg, "signs")
    )
    made = await token_rotation.generate(site.svc, alg)
    site.clock.move(PUBLISHED_FIRST_MS)
    await token_rotation.activate(site.svc, made.value)
    return old


async def test_a_new_key_is_published_first_then_signs_and_the_old_one_verifies_until_its_tokens_ended(
    kept: Site,
) -> None:
    svc, old = kept.svc, kept.svc.keys.tokens.kid
    made = await token_rotation.generate(svc, ground="yearly")
    assert set(await published(kept)) > {old, made.value}
    kept.clock.move(PUBLISHED_FIRST_MS)
    given = await kept.tokens()
    assert {kid_of(given["access_token"]), kid_of(given["id_token"])} == {old}
    await token_rotation.activate(svc, made.id)
    assert (await kept.userinfo(given["access_token"])).status_code == 200
    after = await kept.tokens()
    assert {kid_of(after["access_token"]), kid_of(after["id_token"])} == {made.value}
    assert (await kept.claims_of(given["id_token"]))["nonce"] == (await kept.claims_of(after["id_token"]))["nonce"]
    await token_rotation.retire(svc, old)
    assert (await kept.userinfo(given["access_token"])).status_code == 200
    assert old in await published(kept)
    assert signing_keys(svc.keys).verify(given["id_token"], ID_TOKEN)["aud"] == "basic"
    kept.clock.move(svc.settings.session_absolute_seconds * 1000)
    svc.keys.ring.refresh(svc.keys.ring.keys, kept.clock.now())
    assert old not in await published(kept)
    with pytest.raises(NotVerified):
        signing_keys(svc.keys).verify(given["id_token"], ID_TOKEN)


async def test_the_wait_before_a_key_signs_covers_what_the_jwks_lets_caches_do(kept: Site) -> None:
    said = (await kept.http().get("/oauth/jwks")).headers["cache-control"]
    assert said == f"public, max-age={JWKS_MAX_AGE_S}"
    assert PUBLISHED_FIRST_MS >= 2 * JWKS_MAX_AGE_S * 1000 > token_rotation.PERIOD * 1000
    made = await token_rotation.generate(kept.svc)
    kept.clock.move(PUBLISHED_FIRST_MS - 1)
    with pytest.raises(Conflict, match="--at-once"):
        await token_rotation.activate(kept.svc, made.id)
    kept.clock.move(1)
    assert (await token_rotation.activate(kept.svc, made.id)).state == "signs"


def test_a_retired_key_outlives_every_token_that_it_signed() -> None:
    longest = max(tokens.ACCESS_TOKEN_S, tokens.ID_TOKEN_S, logout.TOKEN_S)
    assert longest * 1000 <= TOKENS_END_MS


async def test_rs256_is_rotated_alone_and_discovery_is_signed_by_the_key_in_force(kept: Site) -> None:
    es256 = kept.svc.keys.tokens.kid
    old = await renew(kept, "RS256")
    given = await kept.tokens("post")
    assert kid_of(given["access_token"]) == es256
    assert kid_of(given["id_token"]) not in (old, es256)
    await kept.claims_of(given["id_token"], "post")
    await renew(kept)
    said: dict[str, Any] = (await kept.http().get("/.well-known/openid-configuration")).json()
    assert kid_of(said["signed_metadata"]) not in (old, es256)
    assert kid_of(said["signed_metadata"]) in await published(kept)
    assert sorted(states(kept.svc)) == [
        ("ES256", "signs"),
        ("ES256", "verifies"),
        ("RS256", "signs"),
        ("RS256", "verifies"),
    ]


async def test_a_leaked_key_is_replaced_at_once_and_forges_nothing_more(kept: Site) -> None:
    svc, leaked = kept.svc, kept.svc.keys.tokens
    stolen = signing_keys(svc.keys)
    made = await token_rotation.generate(svc)
    await token_rotation.activate(svc, made.id, at_once=True, ground="leak")
    await token_rotation.retire(svc, leaked.kid, at_once=True, ground="leak")
    forged = stolen.sign({"sub": "anybody", "exp": kept.clock.now() // 1000 + 60}, ACCESS_TOKEN)
    with pytest.raises(NotVerified):
        signing_keys(svc.keys).verify(forged, ACCESS_TOKEN)
    assert leaked.kid not in await published(kept)
    await token_rotation.generate(svc)
    assert leaked.kid not in [key.kid for key in load_keys(svc.settings.keys_dir, svc.entropy).token_keys]


async def test_what_makes_no_sense_is_refused_and_changes_nothing(kept: Site) -> None:
    svc, first = kept.svc, kept.svc.keys.tokens.kid
    file = svc.settings.keys_dir / "keys.json"
    before = file.read_bytes()
    with pytest.raises(InvalidRequest, match="ES256 or RS256"):
        await token_rotation.generate(svc, "HS256")
    with pytest.raises(InvalidRequest, match="activate another one first"):
        await token_rotation.retire(svc, first, at_once=True)
    with pytest.raises(InvalidRequest, match="generate a new one"):
        await token_rotation.activate(svc, first, at_once=True)
    for unknown in ("", "00000000"):
        with pytest.raises(NotFound):
            await token_rotation.activate(svc, unknown)
    assert file.read_bytes() == before
    old = await renew(kept)
    await token_rotation.generate(svc)
    with pytest.raises(InvalidRequest, match="waits already"):
        await token_rotation.generate(svc)
    await token_rotation.retire(svc, old)
    with pytest.raises(InvalidRequest, match="retired already"):
        await token_rotation.retire(svc, old)
    with pytest.raises(InvalidRequest, match="generate a new one"):
        await token_rotation.activate(svc, old, at_once=True)


async def test_a_key_that_never_signed_is_dropped_at_once(kept: Site) -> None:
    made = await token_rotation.generate(kept.svc)
    assert (await token_rotation.retire(kept.svc, made.id)).state == "ended"
    assert made.value not in await published(kept)


async def test_each_change_is_a_record_with_the_public_keys(kept: Site) -> None:
    digests = {await proofs.digest_in_force(kept.svc.store, token_rotation.OBJECT)}
    await renew(kept)
    digests.add(await proofs.digest_in_force(kept.svc.store, token_rotation.OBJECT))
    await token_rotation.retire(kept.svc, kept.svc.keys.tokens.kid)
    digests.add(await proofs.digest_in_force(kept.svc.store, token_rotation.OBJECT))
    assert len(digests) == 3


async def test_a_release_that_knows_one_key_alone_finds_the_one_that_signs(kept: Site) -> None:
    await renew(kept)
    file = kept.svc.settings.keys_dir / "keys.json"
    stored = json.loads(file.read_text())
    keys = load_keys(file.parent, kept.svc.entropy)
    stored.pop("token_keys")
    file.write_text(json.dumps(stored))
    assert load_keys(file.parent, kept.svc.entropy).tokens.kid == keys.tokens.kid != kept.svc.keys.tokens.kid


def settings_in(folder: Path) -> Settings:
    return Settings(
        issuer="http://localhost:8000",
        log_origin="test.tokens.example/1",
        database=str(folder / "authsvc.sqlite"),
        keys_dir=folder / "keys",
        root_key_file=folder / "offline" / "root.json",
        trust_dir=folder / "trust",
        fence_file=folder / "outside" / "fence.json",
        environment="test",
    )


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not done():  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_a_running_process_takes_what_another_wrote_and_goes_on_while_the_file_is_damaged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings, clock = settings_in(tmp_path), HandClock(NOW)
    await app.initialise(settings, ground="tests", clock=clock)
    file = settings.keys_dir / "keys.json"
    async with app.opened(settings, channels={}, clock=clock) as running:
        old = signing_keys(running.keys)
        before = old.sign({"sub": "x"}, ACCESS_TOKEN)
        await change_elsewhere(settings, running.keys, clock)
        new = signing_keys(running.keys)
        after = new.sign({"sub": "y"}, ACCESS_TOKEN)
        assert kid_of(after) != kid_of(before)
        assert new.verify(before, ACCESS_TOKEN) == {"sub": "x"}
        good = file.read_text()
        file.write_text("{")
        await until(lambda: "key file can't be read" in caplog.text)
        assert signing_keys(running.keys) is new
        file.write_text(good)


async def change_elsewhere(settings: Settings, running: Keys, clock: HandClock) -> None:
    """Another process generates and activates; this one has seen each before the next step."""
    async with app.opened(settings, channels={}, clock=clock) as other:
        made = await token_rotation.generate(other)
        await until(lambda: len(running.ring.schedule.good) == 3)
        clock.move(PUBLISHED_FIRST_MS)
        await token_rotation.activate(other, made.id)
        await until(lambda: running.ring.schedule.es256.kid == made.value)


@pytest.mark.slow
def test_the_commands_generate_list_activate_and_retire(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_in(tmp_path)
    asyncio.run(app.initialise(settings, ground="tests"))
    for name in ("issuer", "log_origin", "database", "keys_dir", "root_key_file", "trust_dir", "fence_file"):
        monkeypatch.setenv(f"AUTHSVC_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.setenv("AUTHSVC_ENVIRONMENT", "test")

    def run(*arguments: str, status: int = 0) -> str:
        assert cli.main(["keys", *arguments]) == status
        said = capsys.readouterr()
        return said.out if status == 0 else said.err

    old = load_keys(settings.keys_dir, os.urandom).tokens.kid
    made = run("generate", "--ground", "yearly").split()[0]
    assert "may not know" in run("activate", made, status=1)
    assert run("activate", made, "--at-once").split()[-1] == "signs"
    assert run("retire", old).split()[-1] == "retired"
    listed = json.loads(run("list", "--json"))
    assert {each["use"] for each in listed} == {"issuer", "log", "receipt", "token"}
    of_tokens = sorted((each["kind"], each["state"]) for each in listed if each["use"] == "token")
    assert of_tokens == [("ES256", "retired"), ("ES256", "signs"), ("RS256", "signs")]
    assert "no key" in run("retire", "00000000", status=1)
