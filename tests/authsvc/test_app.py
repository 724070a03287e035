"""Composition: what a start refuses, in words, and what it leaves behind when it does."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from authsvc import app
from authsvc.errors import ConfigurationError
from authsvc.evidence.fence import FileFence, Mark
from authsvc.keys import b64url
from authsvc.settings import Settings
from authsvc.store import proofs
from authsvc.store.sqlite import open_sqlite

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        issuer="http://localhost:8000",
        log_origin="test.app.example/1",
        database=str(tmp_path / "data" / "authsvc.sqlite"),
        keys_dir=tmp_path / "keys",
        trust_dir=tmp_path / "trust",
        fence_file=tmp_path / "fence.json",
        environment="test",
    )


async def test_a_start_on_a_database_without_schema_names_the_command(settings: Settings, tmp_path: Path) -> None:
    await app.initialise(settings, ground="tests")
    (tmp_path / "data" / "authsvc.sqlite").unlink()
    for rest in (tmp_path / "data").glob("authsvc.sqlite-*"):
        rest.unlink()
    with pytest.raises(ConfigurationError, match="authsvc migrate"):
        async with app.opened(settings, channels={}):
            pass


async def test_a_start_on_an_empty_log_names_the_command(settings: Settings, tmp_path: Path) -> None:
    await app.initialise(settings, ground="tests")
    other = tmp_path / "other.sqlite"
    store = open_sqlite(other)
    await store.migrate()
    await store.close()
    from dataclasses import replace

    with pytest.raises(ConfigurationError, match="authsvc init"):
        async with app.opened(replace(settings, database=str(other)), channels={}):
            pass


async def test_an_init_against_another_log_s_fence_leaves_no_keys(settings: Settings) -> None:
    FileFence(settings.fence_file).move(Mark(5, bytes(32)))
    with pytest.raises(ConfigurationError, match="remembers a log"):
        await app.initialise(settings, ground="tests")
    assert not (settings.keys_dir / "keys.json").exists()


async def test_a_second_init_is_refused_and_changes_nothing(settings: Settings) -> None:
    await app.initialise(settings, ground="tests")
    keys = (settings.keys_dir / "keys.json").read_bytes()
    with pytest.raises(ConfigurationError):
        await app.initialise(settings, ground="tests")
    assert (settings.keys_dir / "keys.json").read_bytes() == keys


async def test_a_head_behind_the_fence_opens_read_only_and_not_ready(settings: Settings) -> None:
    await app.initialise(settings, ground="tests")
    known = json.loads(settings.fence_file.read_text())
    FileFence(settings.fence_file).move(Mark(known["size"] + 7, bytes(32)))
    async with app.opened(settings, channels={}) as svc:
        assert svc.log.read_only_reason is not None
        (before,) = await svc.store.all("select max(size) as size from checkpoint")
    async with app.opened(settings, channels={}) as svc:
        (after,) = await svc.store.all("select max(size) as size from checkpoint")
    assert before["size"] == after["size"]


async def test_the_first_records_are_those_of_what_is_in_force(settings: Settings) -> None:
    await app.initialise(settings, ground="tests")
    async with app.opened(settings, channels={}) as svc:
        assert set(svc.in_force) == {
            "confirmation_policy",
            "login_policy",
            "signature_policy",
            "software",
            "templates",
            "trust_store",
        }
        types = [row["type"] for row in await svc.store.all("select type from entry order by idx")]
    assert types == ["genesis"] + ["administration"] * 6


async def test_a_changed_trust_store_is_recorded_once_at_the_next_start(
    settings: Settings, entropy: Callable[[int], bytes]
) -> None:
    from authsvc.web.sandbox.pki import TestPki

    await app.initialise(settings, ground="tests")
    async with app.opened(settings, channels={}) as svc:
        before = svc.in_force["trust_store"]
    pki = TestPki.create(at=1_795_000_000_000, entropy=entropy, families=("ecdsa",))
    (settings.trust_dir / "anchors").mkdir(parents=True)
    (settings.trust_dir / "anchors" / "root.cer").write_bytes(pki.anchors()[0])
    for _ in range(2):
        async with app.opened(settings, channels={}) as svc:
            assert svc.in_force["trust_store"] != before
            counted = await svc.store.one("select count(*) as n from entry where type = 'administration'")
            assert counted is not None
            assert counted["n"] == 7
            assert await proofs.digest_in_force(svc.store, "trust_store") is not None


async def test_anchors_of_time_stamp_authorities_are_part_of_the_recorded_trust_store(
    settings: Settings, entropy: Callable[[int], bytes]
) -> None:
    """Trusted for time is another thing than trusted for signatures: the same certificate elsewhere differs."""
    from authsvc.web.sandbox.pki import TestPki

    certificate = TestPki.create(at=1_795_000_000_000, entropy=entropy, families=("ecdsa",)).anchors()[0]
    name = hashlib.sha256(certificate).hexdigest()
    await app.initialise(settings, ground="tests")
    seen = []
    for folder, lines in (("anchors", f"{name}\n"), ("tsa", f"{name}\ntsa {name}\n")):
        (settings.trust_dir / folder).mkdir(parents=True)
        (settings.trust_dir / folder / "root.cer").write_bytes(certificate)
        async with app.opened(settings, channels={}) as svc:
            seen.append(svc.in_force["trust_store"])
            assert svc.trust.content() == lines.encode()
            digest = await proofs.digest_in_force(svc.store, "trust_store")
            assert digest == b64url(hashlib.sha256(lines.encode()).digest())
    assert len(set(seen)) == 2
