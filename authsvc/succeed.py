"""Opening a successor origin beside a sealed log: two sets of settings, two databases, two sets of log keys.

The order is that of a crash which loses nothing: all is checked, keys are made, the old log is sealed for good, persons
move, the new log opens. Run again with the same request, it goes on from where it was cut off.
"""

import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from authsvc import app, cases, opening, succession
from authsvc.approving import Given
from authsvc.clock import Clock, Entropy, SystemClock
from authsvc.errors import ConfigurationError
from authsvc.evidence.fence import open_fence
from authsvc.evidence.log import Log
from authsvc.evidence.record import parse
from authsvc.evidence.trust import Trust, print_trust
from authsvc.keys import FILE, ROOT, Keys, generate, load_keys, load_root, store_keys
from authsvc.opening import Heritage
from authsvc.settings import Settings
from authsvc.store import Store, Tx, heirs
from authsvc.store import evidence as rows
from authsvc.trust import open_trust


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The sealed log, the origin that goes on, and how many acts still waited for a place in the sealed one."""

    seal: succession.Seal
    origin: str
    waiting: int


async def request_seal(
    settings: Settings, heir: Settings, kept: Sequence[bytes] = (), *, clock: Clock | None = None
) -> bytes:
    """The bytes that two persons approve; refusals as `succession.request_seal`."""
    _demand_apart(settings, heir)
    async with app.opened(settings, channels={}, clock=clock) as svc:
        return await succession.request_seal(svc, heir.log_origin, kept)


async def open_successor(
    settings: Settings,
    heir: Settings,
    request: bytes,
    given: Given,
    kept: Sequence[bytes] = (),
    *,
    ground: str = "",
    clock: Clock | None = None,
    entropy: Entropy = os.urandom,
) -> Succeeded:
    """Seal the log of `settings` and open that of `heir`, which holds nothing yet. Nothing else may write to either.

    ConfigurationError where the two share what must be apart, or the reverse; refusals as `succession.approve`.
    """
    clock = clock or SystemClock()
    _demand_apart(settings, heir)
    async with app.opened(settings, channels={}, clock=clock, entropy=entropy) as svc:
        seal, heritage = await succession.approve(svc, request, given, heir.log_origin, kept)
        await app.migrate(heir)
        store = await app.open_store(heir.database)
        try:
            if await _is_open(store, heritage.record_id):
                return Succeeded(seal, heir.log_origin, await _waiting(svc.store))
            keys = _keys_of_heir(svc.keys, heir, entropy)
            _demand_no_fence(heir)
            trusted = await cases.trust_of(svc)
            await succession.seal_log(svc, seal, heir.log_origin)
            await succession.move_persons(svc, seal, store)
            await store.transact(_remember(trusted))
            await _open(store, heir, keys, heritage, ground, clock, entropy)
            return Succeeded(seal, heir.log_origin, await _waiting(svc.store))
        finally:
            await store.close()


def _demand_apart(settings: Settings, heir: Settings) -> None:
    for name in ("log_origin", "database", "keys_dir"):
        if getattr(settings, name) == getattr(heir, name):
            raise ConfigurationError(f"{name}: a successor has its own")
    if app.root_key_file(settings) == app.root_key_file(heir):
        raise ConfigurationError("root_key_file: a successor has its own; the old root signs nothing there")
    if not heir.fence_url and heir.fence_file == settings.fence_file:
        raise ConfigurationError("fence_file: a successor has its own")
    if settings.environment != heir.environment:
        raise ConfigurationError("environment: a successor is of the same")
    if (place := _key_store(settings)) != _key_store(heir):
        raise ConfigurationError(f"key_store: persons' keys stay where they are; name {place}")


def _key_store(settings: Settings) -> str:
    return settings.key_store or str(settings.keys_dir / "epochs")


def _demand_no_fence(heir: Settings) -> None:
    fence = open_fence(heir.fence_url, heir.fence_file, heir.log_origin)
    try:
        if fence.read() is not None:
            raise ConfigurationError("the successor's fence remembers a log already")
    finally:
        fence.close()


async def _is_open(store: Store, genesis_id: str) -> bool:
    """Whether this very successor was opened before. ConfigurationError when another log is there."""
    first = await rows.entries_between(store, 0, 1)
    if first and parse(first[0].body).id != genesis_id:
        raise ConfigurationError("the successor's database holds another log already")
    return bool(first)


def _keys_of_heir(old: Keys, heir: Settings, entropy: Entropy) -> Keys:
    """Keys of the log, the issuers and the receipts are new; tokens and what is sealed go on under the old ones."""
    if (Path(heir.keys_dir) / FILE).exists():
        found = load_keys(heir.keys_dir, entropy, heir.custody)
        if found.master != old.master:
            raise ConfigurationError(f"{heir.keys_dir} holds keys of another deployment")
        return replace(found, issuers={ROOT: load_root(app.root_key_file(heir)), **found.issuers})
    made = replace(generate(entropy, heir.custody), master=old.master)
    keys = replace(made, tokens=old.tokens, tokens_rsa=old.tokens_rsa, token_keys=old.token_keys)
    store_keys(keys, heir.keys_dir, app.root_key_file(heir), heir.custody)
    return keys


def _remember(trusted: Trust) -> Callable[[Tx], Awaitable[None]]:
    """What readers trusted of the logs before, each alone, the nearest first."""
    alone = [replace(trusted, predecessors=()), *trusted.predecessors]

    async def body(tx: Tx) -> None:
        await heirs.add_predecessors(tx, [(each.origin, print_trust(each)) for each in alone])

    return body


async def _open(
    store: Store, heir: Settings, keys: Keys, heritage: Heritage, ground: str, clock: Clock, entropy: Entropy
) -> None:
    fence = open_fence(heir.fence_url, heir.fence_file, heir.log_origin)
    key_store = await app.open_key_store(heir)
    try:
        log = Log(heir.log_origin, store, keys, fence=fence, key_store=key_store, clock=clock, entropy=entropy)
        await opening.open_new(
            log,
            store,
            keys,
            environment=heir.environment,
            ground=ground,
            in_force=app.in_force(open_trust(heir.trust_dir)),
            clock=clock,
            entropy=entropy,
            heritage=heritage,
        )
        await log.close()
    finally:
        fence.close()
        await key_store.close()


async def _waiting(store: Store) -> int:
    return len(await rows.all_staged(store))
