"""Rotation of the keys that sign tokens for relying parties (OIDC Core 10.1.1): published, used, replaced, retired.

The key file says all of it, so every process that reads the file agrees; a running one looks at it once a second. A key
is published before it signs for as long as relying parties may keep the JWKS, and after its end for as long as
something that it signed is still shown here. Each change is an `administration` record, with the public keys as its
content.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric import rsa

from authsvc import opening
from authsvc.clock import Clock, rfc3339
from authsvc.custody import TokenP256
from authsvc.errors import Conflict, InvalidRequest, NotFound, ReadOnly
from authsvc.keys import FILE, Es256Key, Keys, load_keys, replace_keys, unb64url
from authsvc.service import Service
from authsvc.token_keys import TokenKey, signs

logger = logging.getLogger("authsvc.token_rotation")

PERIOD = 1.0
"""Seconds between two looks at the key file."""
JWKS_MAX_AGE_S = 300
"""Seconds for which anybody may keep our JWKS (`Cache-Control`)."""
PUBLISHED_FIRST_MS = 2 * JWKS_MAX_AGE_S * 1000
"""How long a key is published before it signs: the age that caches may have, and as much again for those in between."""
TOKENS_END_MS = 600_000
"""How long after its last use a token that a key signed may still be good by its `exp` (tokens.py, logout.py)."""
ALGORITHMS = ("ES256", "RS256")
OBJECT = "token_keys"


@dataclass(frozen=True, slots=True)
class TokenKeyView:
    """A key of tokens; times as RFC 3339. `state`: published (waits), signs, verifies (replaced), retired (verifies
    until `until`) or ended. `id`: 8 characters that name it."""

    id: str
    use: str
    kind: str
    value: str
    state: str
    made: str
    since: str | None
    until: str | None


def list_token_keys(keys: Keys, now: int) -> list[TokenKeyView]:
    """Every key of tokens in the key file, in the order in which they were made."""
    every = keys.every_token_key()
    return [_view(every, each, now) for each in every]


def is_token_key(keys: Keys, key: str) -> bool:
    """Whether this id or `kid` is that of a key of tokens."""
    return any(key in (_id(each), each.kid) for each in keys.every_token_key())


async def generate(svc: Service, alg: str = "ES256", *, ground: str = "") -> TokenKeyView:
    """A new key, which is published from now on and does not sign. InvalidRequest for an algorithm that signs nothing,
    and where one waits already."""
    if alg not in ALGORITHMS:
        raise InvalidRequest("ES256 or RS256")
    now, every = svc.clock.now(), _file(svc).every_token_key()
    if any(each.alg == alg and each.since is None and each.until is None for each in every):
        raise InvalidRequest(f"a key of {alg} waits already: activate or retire it")
    private = (
        Es256Key.of(svc.settings.custody.generate_p256()) if alg == "ES256" else rsa.generate_private_key(65537, 2048)
    )
    return await _change(svc, every, TokenKey(private, now), ground)


async def activate(svc: Service, key: str, *, at_once: bool = False, ground: str = "") -> TokenKeyView:
    """From now on this key signs; the one before it verifies on. NotFound; InvalidRequest for one that signed before;
    Conflict before it was published long enough, unless `at_once` (after a leak)."""
    now, every = svc.clock.now(), _file(svc).every_token_key()
    found = _find(every, key)
    if found.since is not None or found.until is not None:
        raise InvalidRequest(f"key {_id(found)} was activated or retired before; generate a new one")
    ready = found.made + PUBLISHED_FIRST_MS
    if now < ready and not at_once:
        raise Conflict(f"relying parties may not know key {_id(found)} before {rfc3339(ready)}; --at-once after a leak")
    last = signs(every, found.alg).since or 0
    return await _change(svc, every, replace(found, since=max(now, last + 1)), ground)


async def retire(svc: Service, key: str, *, at_once: bool = False, ground: str = "") -> TokenKeyView:
    """This key ends: it verifies until what it signed has ended, `at_once` (after a leak) no longer. NotFound;
    InvalidRequest for the key that signs."""
    now, every = svc.clock.now(), _file(svc).every_token_key()
    found = _find(every, key)
    if found is signs(every, found.alg):
        raise InvalidRequest(f"key {_id(found)} signs; activate another one first")
    if found.until is not None and not at_once:
        raise InvalidRequest(f"key {_id(found)} is retired already")
    until = now if at_once or found.since is None else max(now, _replaced_at(every, found) + _longest(svc))
    return await _change(svc, every, replace(found, until=until), ground)


def _longest(svc: Service) -> int:
    """ms: an ID token is a hint as long as its session may live, longer than its own `exp`."""
    return max(TOKENS_END_MS, svc.settings.session_absolute_seconds * 1000)


def _replaced_at(every: tuple[TokenKey, ...], old: TokenKey) -> int:
    later = [each.since for each in every if each.alg == old.alg and each.since and each.since > (old.since or 0)]
    return min(later)


async def _change(svc: Service, every: tuple[TokenKey, ...], changed: TokenKey, ground: str) -> TokenKeyView:
    """Write the file with this key as it is now and without those that ended, then the record; the file is what acts,
    and after a leak it must, so a log that is read-only holds nothing up."""
    now, keys = svc.clock.now(), _file(svc)
    signing = [signs(every, alg) for alg in ALGORITHMS]
    others = [each for each in every if each.kid != changed.kid]
    gone = [each for each in others if each not in signing and each.until is not None and each.until <= now]
    kept = sorted([changed, *(each for each in others if each not in gone)], key=lambda each: each.made)
    keys = keys.with_token_keys(tuple(kept))
    replace_keys(keys, svc.settings.keys_dir, svc.settings.custody)
    svc.keys.ring.refresh(keys.token_keys, now)
    for each in gone:
        if isinstance(each.private, Es256Key) and isinstance(each.private.private, TokenP256):
            each.private.private.token.forget(each.private.private.label)
    content = orjson.dumps({"keys": [_public(each) for each in kept]}, option=orjson.OPT_SORT_KEYS)
    thing = opening.InForce(OBJECT, "policy", content)
    try:
        await opening.keep_in_force(
            svc.log, svc.store, (thing,), clock=svc.clock, entropy=svc.entropy, ground=ground or "keys of tokens"
        )
    except ReadOnly:
        logger.warning("the log is read-only: this change of the keys of tokens is not recorded")
    return _view(keys.token_keys, changed, now)


def _public(key: TokenKey) -> dict[str, object]:
    return {**key.jwk, "kid": key.kid, "alg": key.alg, "made": key.made, "since": key.since, "until": key.until}


def _view(every: tuple[TokenKey, ...], key: TokenKey, now: int) -> TokenKeyView:
    state = "published" if key.since is None else "verifies"
    if key.until is not None:
        state = "retired" if now < key.until else "ended"
    if key is signs(every, key.alg):
        state = "signs"
    since, until = [None if at is None else rfc3339(at) for at in (key.since, key.until)]
    return TokenKeyView(_id(key), "token", key.alg, key.kid, state, rfc3339(key.made), since, until)


def _id(key: TokenKey) -> str:
    return unb64url(key.kid)[:4].hex()


def _find(every: tuple[TokenKey, ...], key: str) -> TokenKey:
    found = [each for each in every if key in (_id(each), each.kid)]
    if len(found) != 1:
        raise NotFound(f"no key of tokens {key[:80]}, or more than one")
    return found[0]


def _file(svc: Service) -> Keys:
    return load_keys(svc.settings.keys_dir, svc.entropy, svc.settings.custody)


async def keep_current(keys: Keys, directory: Path, load: Callable[[], Keys], clock: Clock) -> None:
    """Until cancelled: what the key file says of the keys of tokens holds in this process within a second.

    While the file can't be read, what was known stands.
    """
    seen: tuple[int, int, int] | None = None
    while True:
        await asyncio.sleep(PERIOD)
        every = keys.ring.keys
        try:
            found = await asyncio.to_thread(_stamp, directory / FILE)
            if found is not None and found != seen:
                every, seen = (await asyncio.to_thread(load)).every_token_key(), found
        except Exception as error:  # a damaged file, a module that does not answer: what was known stands
            logger.error("the key file can't be read: %s", type(error).__name__)
        keys.ring.refresh(every, clock.now())


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes whenever the file is written anew; None where it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
