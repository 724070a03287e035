"""Keys in a PKCS#11 token (SoftHSM), and a key file that is sealed at rest."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jwt
import pytest

from authsvc import app, rotation, token_rotation
from authsvc.clock import HandClock, SystemClock
from authsvc.custody import Custody, Token, TokenEd25519, TokenP256
from authsvc.errors import ConfigurationError, Overloaded
from authsvc.keys import FAMILIES, ROOT, load_keys, load_root
from authsvc.oidc.jose import ACCESS_TOKEN, signing_keys
from authsvc.settings import Settings, build
from authsvc.settings_told import show
from tests import softhsm
from tests.authsvc.evidence.logs import AIGUL, Bench

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
Entropy = Callable[[int], bytes]


@pytest.fixture(scope="session")
def hsm(tmp_path_factory: pytest.TempPathFactory) -> Custody:
    """One token for the whole run: a library of PKCS#11 reads its configuration once a process."""
    library = softhsm.module()
    if library is None:
        pytest.skip(softhsm.NOT_FOUND)
    softhsm.make_token(tmp_path_factory.mktemp("hsm"), softhsm.TOKEN)
    return Custody(module=str(library), token=softhsm.TOKEN, pin=softhsm.PIN)


def settings_in(folder: Path, custody: Custody) -> Settings:
    return Settings(
        issuer="http://localhost:8000",
        log_origin="test.custody.example/1",
        database=str(folder / "authsvc.sqlite"),
        keys_dir=folder / "keys",
        root_key_file=folder / "offline" / "root.json",
        trust_dir=folder / "trust",
        fence_file=folder / "outside" / "fence.json",
        environment="test",
        keys_secret=custody.secret,
        pkcs11_module=custody.module,
        pkcs11_token=custody.token,
        pkcs11_pin=custody.pin,
    )


async def write_one(settings: Settings, entropy: Entropy) -> None:
    async with app.opened(settings, channels={}, clock=SystemClock()) as svc:
        await Bench(svc.store, svc.keys, svc.log._fence, svc.clock, entropy, svc.log, svc.log.vault.epochs).write(AIGUL)  # type: ignore[arg-type]
    assert (await app.check_log(settings)).faults == []


async def test_the_log_is_signed_in_the_token_and_no_private_key_of_it_lies_anywhere_else(
    hsm: Custody, tmp_path: Path, entropy: Entropy
) -> None:
    settings = settings_in(tmp_path, hsm)
    await app.initialise(settings, ground="tests")
    await write_one(settings, entropy)
    stored = json.loads((settings.keys_dir / "keys.json").read_text())
    assert set(stored) == {"version", "by", "nonce", "sealed"}
    keys = load_keys(settings.keys_dir, entropy, settings.custody)
    ours = [keys.log, *(keys.issuers[family] for family in FAMILIES if family != ROOT)]
    assert all(isinstance(key, TokenEd25519) for key in ours)
    for leaving in (keys.log.private_bytes_raw, keys.tokens.private.private_numbers):
        with pytest.raises(TypeError, match="does not leave"):
            leaving()
    pkcs11 = pytest.importorskip("pkcs11")
    token = hsm.opened()
    for label in (each.label for each in ours if isinstance(each, TokenEd25519)):
        private = token._session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=label)
        assert (private[pkcs11.Attribute.SENSITIVE], private[pkcs11.Attribute.EXTRACTABLE]) == (True, False)


async def test_a_key_is_rotated_in_the_token_and_the_old_one_is_destroyed(
    hsm: Custody, tmp_path: Path, entropy: Entropy
) -> None:
    settings = settings_in(tmp_path, hsm)
    await app.initialise(settings, ground="tests")
    old = load_keys(settings.keys_dir, entropy, settings.custody).issuers["confirmation"]
    async with app.opened(settings, channels={}, clock=SystemClock()) as svc:
        await rotation.add_key(
            svc, load_root(settings.root_key_file), use="issuer", family="confirmation", replaces=True, ground="yearly"
        )
    await write_one(settings, entropy)
    assert isinstance(old, TokenEd25519)
    with pytest.raises(Overloaded):
        old.sign(b"after its end")


async def test_tokens_for_relying_parties_are_signed_in_the_token(hsm: Custody, tmp_path: Path) -> None:
    settings = settings_in(tmp_path, hsm)
    await app.initialise(settings, ground="tests")
    keys = load_keys(settings.keys_dir, os.urandom, settings.custody)
    made = signing_keys(keys).sign({"sub": "x", "aud": "y"}, ACCESS_TOKEN)
    read = jwt.decode(made, keys.tokens.private.public_key(), algorithms=["ES256"], audience="y")
    assert read["sub"] == "x"


async def test_the_key_of_tokens_is_rotated_in_the_token_and_destroyed_after_its_end(
    hsm: Custody, tmp_path: Path, entropy: Entropy
) -> None:
    settings, clock = settings_in(tmp_path, hsm), HandClock(1_795_000_000_000)
    await app.initialise(settings, ground="tests", clock=clock)
    old = load_keys(settings.keys_dir, entropy, settings.custody).tokens
    assert isinstance(old.private, TokenP256)
    async with app.opened(settings, channels={}, clock=clock) as svc:
        made = await token_rotation.generate(svc)
        clock.move(token_rotation.PUBLISHED_FIRST_MS)
        await token_rotation.activate(svc, made.id)
        token = signing_keys(svc.keys).sign({"sub": "x"}, ACCESS_TOKEN)
    keys = load_keys(settings.keys_dir, entropy, settings.custody)
    assert keys.tokens.kid == made.value == jwt.get_unverified_header(token)["kid"]
    assert isinstance(keys.tokens.private, TokenP256)
    assert signing_keys(keys).verify(token, ACCESS_TOKEN) == {"sub": "x"}
    async with app.opened(settings, channels={}, clock=clock) as svc:
        await token_rotation.retire(svc, old.kid, at_once=True)
        assert old.sign(b"still there")
        await token_rotation.generate(svc)
    with pytest.raises(Overloaded):
        old.sign(b"after its end")


def test_a_child_process_opens_the_token_for_itself(hsm: Custody) -> None:
    """`serve --workers` forks after its parent has read the keys."""
    key = hsm.opened().generate_ed25519()
    pid = os.fork()
    if not pid:
        status = 1
        try:
            signal.alarm(60)
            key.public_key().verify(hsm.opened().ed25519(key.label).sign(b"child"), b"child")
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    key.public_key().verify(key.sign(b"parent"), b"parent")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the library's own, of the lost session
def test_a_session_that_went_away_is_opened_again(hsm: Custody) -> None:
    key = hsm.opened().generate_ed25519()
    key.sign(b"first")
    hsm.opened()._session.close()
    key.public_key().verify(key.sign(b"again"), b"again")


@pytest.mark.parametrize("changes", [{"pin": "00000000"}, {"token": "another"}, {"module": "/nowhere/module.so"}])
def test_a_token_that_does_not_open_is_told_without_its_pin(hsm: Custody, changes: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="does not open") as told:
        Token(replace(hsm, **changes))
    assert replace(hsm, **changes).pin not in told.value.message
    assert hsm.pin not in repr(hsm)


async def test_a_key_file_is_sealed_under_a_passphrase(tmp_path: Path, entropy: Entropy) -> None:
    settings = settings_in(tmp_path, Custody(secret="a long random passphrase"))
    await app.initialise(settings, ground="tests")
    await write_one(settings, entropy)
    path = settings.keys_dir / "keys.json"
    stored = json.loads(path.read_text())
    assert stored["by"] == "scrypt"
    for wrong in (Custody(), Custody(secret="another")):
        with pytest.raises(ConfigurationError, match="keys_secret"):
            load_keys(settings.keys_dir, entropy, wrong)
    path.write_text(json.dumps({**stored, "sealed": stored["sealed"][::-1]}))
    with pytest.raises(ConfigurationError):
        load_keys(settings.keys_dir, entropy, settings.custody)


def test_secrets_of_custody_are_hidden_and_combinations_refused(tmp_path: Path) -> None:
    told = "\n".join(show(settings_in(tmp_path, Custody(secret="hush", pin="4711")), {}, redact=True))
    assert "hush" not in told
    assert "4711" not in told
    base = {"issuer": "http://localhost:1", "log_origin": "test.x.example/1", "database": "d", "keys_dir": "k"}
    base |= {"fence_file": "f", "environment": "test", "pkcs11_module": "/m.so"}
    with pytest.raises(ConfigurationError, match="go together"):
        build(base, {})
    with pytest.raises(ConfigurationError, match="already"):
        build({**base, "pkcs11_token": "t", "keys_secret": "s"}, {})
