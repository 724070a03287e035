"""Composition: the only place that picks what stands behind each name of `Service`, and puts the web in front of it."""

import asyncio
import logging
import os
import socket
import time
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from authsvc import confirm, erasure, opening, token_rotation, tracing, worker
from authsvc.clock import Clock, Entropy, SystemClock
from authsvc.errors import ConfigurationError, EphemeralLost, ReadOnly
from authsvc.evidence import fsck
from authsvc.evidence.epochs import Epochs
from authsvc.evidence.errors import BadPolicy, EvidenceError
from authsvc.evidence.fence import Fence, FileFence, open_fence
from authsvc.evidence.fsck import Findings
from authsvc.evidence.keystore import FileKeyStore, KeyStore
from authsvc.evidence.keystore_sql import SqlKeyStore
from authsvc.evidence.log import Log
from authsvc.evidence.note import Verifier
from authsvc.evidence.publishing import Publishing
from authsvc.evidence.quorum import Quorum, alone, read_quorum
from authsvc.evidence.record import parse
from authsvc.evidence.rewrap import leave_master
from authsvc.evidence.signers import Signers
from authsvc.evidence.vault import Vault
from authsvc.evidence.witnesses import witnessed_marks
from authsvc.keys import FILE, ROOT_FILE, Keys, generate, load_keys, store_keys
from authsvc.limits import Limits
from authsvc.login.policy import policy_content as login_policy_content
from authsvc.logs import Pseudonyms
from authsvc.metrics import Metrics
from authsvc.oidc import ciba, logout
from authsvc.oidc.ciba import Ping
from authsvc.oidc.logout import BackChannel
from authsvc.outside import Channel
from authsvc.outside.courier import Courier
from authsvc.outside.fetching import Fetcher
from authsvc.outside.gateways import Means, open_channels, probe_gateways
from authsvc.outside.guard import Guard
from authsvc.outside.http import Http
from authsvc.outside.receipts import Receipts
from authsvc.outside.webhook import Hooks
from authsvc.passwords import Passwords
from authsvc.recovery import (
    DatabaseSource,
    MirrorSource,
    ReceiptSource,
    Recovered,
    SeveralSources,
    Source,
    at_address,
    bring_back,
    in_folder,
)
from authsvc.service import Service
from authsvc.serving import serve, work_until_stopped
from authsvc.settings import Settings
from authsvc.store import Store, proofs, roles
from authsvc.store import evidence as rows
from authsvc.store.budgets import Budgets, InProcessBudgets
from authsvc.store.ephemeral import Ephemeral, InProcess
from authsvc.store.fallback import FallbackBudgets, FallbackEphemeral, Losses
from authsvc.store.postgres import POOL, open_postgres
from authsvc.store.redis import RedisBudgets, RedisEphemeral, open_redis
from authsvc.store.short_lived import SqlBudgets, SqlEphemeral
from authsvc.store.sqlite import open_sqlite
from authsvc.switches import Switches
from authsvc.trust import Trust, Ways, load_engine, open_trust
from authsvc.web.pages import templates_content

logger = logging.getLogger("authsvc.app")

START = "found changed at start"
"""The ground of records that a start writes: policy, trust store, templates or release differ from before."""


async def open_store(database: str) -> Store:
    """The store behind a path or URL."""
    if database.startswith(("postgres://", "postgresql://")):
        return await open_postgres(database)
    return open_sqlite(database)


async def open_key_store(settings: Settings) -> KeyStore:
    """The key store of these settings. ConfigurationError when it is the service's own database."""
    place = settings.key_store
    if not place.startswith(("postgres://", "postgresql://")):
        return FileKeyStore(Path(place) if place else settings.keys_dir / "epochs")
    if place == settings.database:
        raise ConfigurationError("key_store: a second database, not the service's own")
    return await SqlKeyStore(await open_postgres(place)).open()


@asynccontextmanager
async def opened(
    settings: Settings,
    *,
    channels: Mapping[str, Channel] | None = None,
    clock: Clock | None = None,
    entropy: Entropy = os.urandom,
    http: Http | None = None,
) -> AsyncIterator[Service]:
    """The service on an existing database and key file, closed at the end. `http` speaks to witnesses; `channels`
    stand in the place of those that the settings name.

    ConfigurationError when the database holds no log, a log of another origin, or one of the other environment.
    """
    clock = clock or SystemClock()
    keys = load_keys(settings.keys_dir, entropy, settings.custody)
    store = await open_store(settings.database)
    try:
        async with _composed(settings, store, keys, channels, clock, entropy, http or Http()) as svc:
            yield svc
    finally:
        await store.close()


@asynccontextmanager
async def _composed(
    settings: Settings,
    store: Store,
    keys: Keys,
    channels: Mapping[str, Channel] | None,
    clock: Clock,
    entropy: Entropy,
    http: Http,
) -> AsyncIterator[Service]:
    await _demand_own_log(settings, store)
    for fault in await check_database(settings):
        if "asynchronous" in fault:
            raise ConfigurationError(fault)
        logger.warning("database: %s", fault)
    ephemeral, budgets = _open_short_lived(settings, store, clock)
    metrics = Metrics()
    passwords = Passwords(keys, entropy, metrics.password_seconds.observe)
    fence = open_fence(settings.fence_url, settings.fence_file, settings.log_origin)
    key_store = await open_key_store(settings)
    log = Log(
        settings.log_origin,
        store,
        keys,
        fence=fence,
        key_store=key_store,
        clock=clock,
        entropy=entropy,
        reload_keys=lambda: load_keys(settings.keys_dir, entropy, settings.custody),
        clock_bound=settings.clock_bound_seconds * 1000,
    )
    log.placed_one = lambda draft: metrics.count_record(draft.type, draft.plain)
    sandbox = settings.environment == "test"
    guard = Guard(sandbox=sandbox)
    receipts = Receipts(store, clock)
    means = Means(http, clock, sandbox, receipts.heard)
    gateways = open_channels(settings.channels, means) if channels is None else {}
    back_channel = BackChannel(settings.issuer, keys, http, guard, clock, entropy)
    told: dict[str, Channel] = {logout.CHANNEL: back_channel, ciba.PING: Ping(http, guard)}
    hooks = Hooks(http, guard)
    courier = Courier(store, {**(channels or {}), **gateways, **told}, keys, clock=clock, entropy=entropy)
    trust = open_trust(settings.trust_dir, ways=read_ways(settings), production=not sandbox)
    fetcher = Fetcher(http, guard, trust.hosts, clock, lambda said: metrics.ocsp_requests.labels(said).inc())
    quorum = read_witnesses(settings, log.signers.log.verifier)
    publishing = Publishing(log, store, quorum, http.call, clock=clock, pace_ms=settings.publish_ms)
    switches = Switches(store)
    log.held = switches.hold
    courier.is_stopped = lambda channel: switches.is_stopped("channel", channel)
    keys.ring.refresh(keys.every_token_key(), clock.now())
    keeping = [asyncio.create_task(each) for each in (switches.keep(), _keep_token_keys(settings, keys, clock))]
    try:
        await _open_log(log, publishing, http)
        await leave_master(store, log.vault, keys)
        await erasure.replay(store, log, clock.now())
        things = (*in_force(trust), opening.release())
        with suppress(ReadOnly):
            await opening.keep_in_force(log, store, things, clock=clock, entropy=entropy, ground=START)
        await switches.refresh()
        yield Service(
            settings=settings,
            clock=clock,
            entropy=entropy,
            keys=keys,
            store=store,
            ephemeral=ephemeral,
            limits=Limits(budgets, clock),
            passwords=passwords,
            log=log,
            publishing=publishing,
            courier=courier,
            hooks=hooks,
            receipts=receipts,
            trust=trust,
            fetcher=fetcher,
            in_force=await proofs.in_force(store),
            metrics=metrics,
            switches=switches,
        )
    finally:
        for task in keeping:
            task.cancel()
        await courier.close()
        await hooks.close()
        for gateway in gateways.values():
            await gateway.close()
        await fetcher.close()
        await publishing.close()
        await http.close()
        await log.close()
        fence.close()
        await key_store.close()
        await ephemeral.close()
        trust.close()
        passwords.close()


def _keep_token_keys(settings: Settings, keys: Keys, clock: Clock) -> Coroutine[object, object, None]:
    def load() -> Keys:
        return load_keys(settings.keys_dir, os.urandom, settings.custody)

    return token_rotation.keep_current(keys, settings.keys_dir, load, clock)


def _open_short_lived(settings: Settings, store: Store, clock: Clock) -> tuple[Ephemeral, Budgets]:
    """Short-lived keys and budgets: in the one process of the embedded default, else where all processes share them.

    How many processes stand on a PostgreSQL database nobody can say, so there it is rows or Redis, with rows behind it.
    """
    if store.groups_commits and not settings.redis_url:
        return InProcess(clock.now), InProcessBudgets()
    kept, counted = SqlEphemeral(store, clock.now), SqlBudgets(store)
    if not settings.redis_url:
        return kept, counted
    server = open_redis(settings.redis_url, settings.log_origin, cluster=settings.redis_cluster)
    losses = Losses(lambda: time.monotonic_ns() // 1_000_000)
    return (
        FallbackEphemeral(RedisEphemeral(server), kept, losses),
        FallbackBudgets(RedisBudgets(server), counted, losses),
    )


async def _open_log(log: Log, publishing: Publishing, http: Http) -> None:
    """Guarded by what the witnesses hold of it; from then on each batch is published in its turn."""
    keys = [each.verifier for each in log.signers.log_keys]
    await log.open(await witnessed_marks(http.call, publishing.places, log.origin, keys))
    log.grown = publishing.wake
    publishing.wake()


def read_witnesses(settings: Settings, log_key: Verifier) -> Quorum:
    """The witnesses and their quorum that the settings name. ConfigurationError for a policy that can't be used."""
    policy, holders = settings.witness_policy_file, settings.witness_holders_file
    if policy is None or holders is None:
        return alone(log_key)
    try:
        return read_quorum(policy.read_bytes(), holders.read_bytes(), log_key)
    except (OSError, BadPolicy) as error:
        raise ConfigurationError(f"{policy}: {error}") from error


def read_ways(settings: Settings) -> Ways:
    """How documents are judged. ConfigurationError for a second engine that can't be loaded."""
    pairs = [each.partition("=") for each in settings.second_engines.split(";") if each.strip()]
    named = tuple((family.strip(), place.strip()) for family, _, place in pairs)
    for _, place in named:
        load_engine(place)
    return Ways(settings.gost_native == "auto", named)


def in_force(trust: Trust) -> tuple[opening.InForce, ...]:
    """What later records name as in force: policies, trust store, templates."""
    return (
        opening.InForce("confirmation_policy", "policy", opening.policy_bytes(confirm.policy_content())),
        opening.InForce("login_policy", "policy", opening.policy_bytes(login_policy_content())),
        opening.InForce("signature_policy", "policy", trust.policy_content()),
        opening.InForce("trust_store", "trust_store", trust.content()),
        opening.InForce("templates", "template", templates_content()),
    )


async def _demand_own_log(settings: Settings, store: Store) -> None:
    """A production service refuses a sandbox's database, and the reverse."""
    if not await store.is_migrated():
        raise ConfigurationError("this database lacks this release's schema; run `authsvc migrate` or `authsvc init`")
    genesis = await rows.entries_between(store, 0, 1)
    if not genesis:
        raise ConfigurationError("this database holds no evidence log; run `authsvc init` first")
    body = parse(genesis[0].body).body
    if body["environment"] != settings.environment:
        raise ConfigurationError(
            f"this database is of the environment {body['environment']}, the settings say {settings.environment}"
        )
    if body["origin"] != settings.log_origin:
        raise ConfigurationError(
            f"this database holds the log {body['origin']}, the settings say {settings.log_origin}"
        )


async def initialise(
    settings: Settings, *, ground: str, clock: Clock | None = None, entropy: Entropy = os.urandom
) -> None:
    """Make keys and an empty log for a new deployment; ConfigurationError where either exists."""
    clock = clock or SystemClock()
    keys = generate(entropy, settings.custody)
    await migrate(settings)
    store = await open_store(settings.database)
    try:
        if await rows.read_head(store) is not None:
            raise ConfigurationError("this database holds an evidence log already")
        fence = open_fence(settings.fence_url, settings.fence_file, settings.log_origin)
        if fence.read() is not None:
            place = "fence_url" if settings.fence_url else str(settings.fence_file)
            raise ConfigurationError(
                f"the fence ({place}) remembers a log of this origin, and an empty database does not extend it;"
                " remove the fence only if that log is gone for good"
            )
        store_keys(keys, settings.keys_dir, root_key_file(settings), settings.custody)
        key_store = await open_key_store(settings)
        log = Log(settings.log_origin, store, keys, fence=fence, key_store=key_store, clock=clock, entropy=entropy)
        await opening.open_new(
            log,
            store,
            keys,
            environment=settings.environment,
            ground=ground,
            in_force=in_force(open_trust(settings.trust_dir, production=settings.environment == "production")),
            clock=clock,
            entropy=entropy,
        )
        await log.close()
        fence.close()
        await key_store.close()
    finally:
        await store.close()


async def migrate(settings: Settings) -> None:
    """Bring the schema to this release, as its owner; the application's role then gets what it needs and no more."""
    store = await open_store(settings.owner_database or settings.database)
    try:
        await store.migrate()
    finally:
        await store.close()
    if settings.owner_database:
        await roles.grant(settings.owner_database, urlsplit(settings.database).username or "")


async def check_database(settings: Settings) -> list[str]:
    """What is wrong with the database of a production service (`authsvc config check`); SQLite has nothing to ask."""
    if settings.environment != "production" or not settings.database.startswith(("postgres://", "postgresql://")):
        return []
    return await roles.faults(settings.database)


async def check_redis(settings: Settings) -> list[str]:
    """What is wrong with the store of short-lived keys: a server that does not answer; [] where none is set."""
    if not settings.redis_url:
        return []
    server = open_redis(settings.redis_url, settings.log_origin, cluster=settings.redis_cluster)
    try:
        await RedisEphemeral(server).get("config check")
    except EphemeralLost:
        return ["redis_url: the server does not answer, or refuses us"]
    finally:
        await server.close()
    return []


async def check_surroundings(settings: Settings) -> list[str]:
    """What is wrong around a service of these settings (`authsvc config check`): database, Redis, gateways."""
    return [
        *await check_database(settings),
        *await check_redis(settings),
        *await check_channels(settings),
    ]


async def check_channels(settings: Settings) -> list[str]:
    """What is wrong with the gateways of messages, each reached as it stands now; no message goes out."""
    http = Http()
    try:
        return await probe_gateways(settings.channels, Means(http, SystemClock(), settings.environment == "test"))
    finally:
        await http.close()


def root_key_file(settings: Settings) -> Path:
    """Where the key `issuer/root` lies."""
    return settings.keys_dir / ROOT_FILE if settings.root_key_file == Path() else settings.root_key_file


async def recover(settings: Settings, sources: Sequence[str], receipts: Sequence[bytes] = ()) -> Recovered:
    """`authsvc evidence recover`: databases by path or URL, mirrors of entry bundles by folder or address, receipts.

    ConfigurationError for a source that is not there; refusals as `recovery.bring_back`.
    """
    async with AsyncExitStack() as opened_here:
        found = [await _source_of(each, opened_here) for each in sources]
        if receipts:
            found.append(ReceiptSource(receipts))
        svc = await opened_here.enter_async_context(opened(settings, channels={}))
        return await bring_back(svc, SeveralSources(found))


async def _source_of(source: str, opened_here: AsyncExitStack) -> Source:
    if source.startswith(("http://", "https://")):
        http = Http()
        opened_here.push_async_callback(http.close)
        return MirrorSource(at_address(http, source))
    folder, file = [await asyncio.to_thread(look, source) for look in (os.path.isdir, os.path.isfile)]
    if not folder and not file and "://" not in source:
        raise ConfigurationError(f"{source}: no database and no folder of tiles")
    if folder:
        return MirrorSource(in_folder(Path(source)))
    store = await open_store(source)
    opened_here.push_async_callback(store.close)
    return DatabaseSource(store)


async def check_log(settings: Settings) -> Findings:
    """Compute the whole log anew from its rows (`authsvc evidence fsck`), also beside a service that writes."""
    keys = load_keys(settings.keys_dir, os.urandom, settings.custody)
    store = await open_store(settings.database)
    try:
        fence = open_fence(settings.fence_url, settings.fence_file, settings.log_origin)
        try:
            return await _check(store, settings.log_origin, keys, fence, await open_key_store(settings))
        finally:
            fence.close()
    finally:
        await store.close()


async def _check(store: Store, origin: str, keys: Keys, fence: Fence, key_store: KeyStore) -> Findings:
    epochs = Epochs(key_store, SystemClock(), os.urandom)
    try:
        await epochs.refresh()
        mark = fence.read()  # before the snapshot: it can't be ahead of it in one history
        vault, log_key = Vault(keys, epochs, os.urandom), Signers.of(origin, keys).log.verifier
        async with store.snapshot() as reads:
            return await fsck.check_log(reads, origin, log_key, mark, vault=vault)
    except ReadOnly as error:
        found = Findings()
        found.add(error.message)
        return found
    finally:
        await key_store.close()


async def check_data(data: Path, fence_file: Path) -> Findings:
    """The same over a data directory of the embedded default: the origin is the one that its own genesis names.

    With its keys also the values outside are checked. ConfigurationError when there is no genesis that can be read.
    """
    database = data / "authsvc.sqlite"
    store = open_sqlite(database)
    try:
        entries = await rows.entries_between(store, 0, 1)
        body = parse(entries[0].body).body
        origin, fence = str(body["origin"]), FileFence(fence_file)
        if (data / "keys" / FILE).is_file():
            keys = load_keys(data / "keys", os.urandom)
            return await _check(store, origin, keys, fence, FileKeyStore(data / "keys" / "epochs"))
        listed = body["log_keys"]
        key = Verifier.parse(str(listed[0]) if isinstance(listed, list) else "")
        async with store.snapshot() as reads:
            return await fsck.check_log(reads, origin, key, fence.read())
    except (IndexError, KeyError, EvidenceError) as error:
        raise ConfigurationError(f"{database} holds no genesis that can be read") from error
    finally:
        await store.close()


def pseudonyms_of(settings: Settings) -> Pseudonyms:
    """What stands for personal values in the lines of this deployment; without keys their kind alone."""
    try:
        return Pseudonyms(load_keys(settings.keys_dir, os.urandom, settings.custody).mac)
    except ConfigurationError:  # the command itself will say so
        return Pseudonyms()


async def run(settings: Settings, listener: socket.socket | None = None, number: int = 0, count: int = 1) -> None:
    """`authsvc serve`: open the service and serve it, as process `number` of the `count` that share the listener.

    On PostgreSQL the periodic work that one process does for all is `authsvc worker`'s.
    """
    async with _opened_to_serve(settings) as svc:
        if not svc.store.groups_commits and number == 0:
            await tell_connections(svc, count)
        jobs = worker.JOBS if svc.store.groups_commits else worker.OWN
        await serve(svc, listener=listener, number=number, jobs=jobs)


async def tell_connections(svc: Service, count: int) -> None:
    """Say once at the start how many connections these `count` processes and a worker may open, and what is there."""
    wanted, room = (count + 1) * POOL, await roles.room(svc.store)
    said = "PostgreSQL: %d processes and the worker open up to %d connections, the server has room for %d"
    logger.log(logging.WARNING if wanted > room else logging.INFO, said, count, wanted, room)


async def work(settings: Settings) -> None:
    """`authsvc worker`: open the service and do the periodic work, until SIGTERM or SIGINT."""
    async with _opened_to_serve(settings) as svc:
        await work_until_stopped(svc)


@asynccontextmanager
async def _opened_to_serve(settings: Settings) -> AsyncIterator[Service]:
    async with opened(settings) as svc:
        if svc.log.sealed:  # its persons' keys are the successor's to change
            raise ConfigurationError(f"the evidence log is read-only: {svc.log.read_only_reason}")
        end = tracing.install(settings.tracing_endpoint) if settings.tracing_endpoint else None
        try:
            yield svc
        finally:
            if end is not None:
                await asyncio.to_thread(end)
