"""`authsvc doctor`: what an operator should see to now, each with one sentence, one command and its runbook entry.

It reads and changes nothing, runs beside a service, and goes on where a part can't be looked at: that is a finding too.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from authsvc import app
from authsvc.clock import Clock
from authsvc.errors import AuthsvcError, ConfigurationError
from authsvc.evidence.fence import open_fence
from authsvc.evidence.guard import find_fork
from authsvc.keys import ROOT_FILE, load_keys
from authsvc.sealing import FILE as SEAL_FILE
from authsvc.settings import Settings
from authsvc.store import Store, anchors, heartbeats, outbox, switches
from authsvc.store import evidence as rows

DAY_MS = 24 * 3600 * 1000
CERTIFICATE_DAYS = 30
"""A certificate that ends sooner is one: ordering a new one takes its time."""
CRL_HOURS = 24
OUTBOX_SECONDS = 300
STAGED_SECONDS = 60
DISK_SHARE, DISK_BYTES = 0.1, 1024**3
"""Less free than both is too little; a log that can't be written stops every act."""
DAYS_LEFT = 30

RUNBOOK: dict[str, str] = {
    "settings": "authsvc config check",
    "keys": "authsvc keys list",
    "root-key": "authsvc config explain root_key_file",
    "database": "authsvc config check",
    "schema": "authsvc migrate",
    "clock": "timedatectl status",
    "fence": "authsvc evidence recover --from SOURCE",
    "certificates": "authsvc config explain trust_dir",
    "crl": "authsvc config explain trust_dir",
    "channels": "authsvc config explain channels",
    "worker": "systemctl status authsvc-worker",
    "outbox": "authsvc config check",
    "anchors": "authsvc config explain tsa",
    "staged": "authsvc evidence fsck",
    "switches": "authsvc admin switch list",
    "disk": "df -h",
    "days-left": "df -h",
}
"""Each kind of finding with its command; its entry stands in docs/runbook.md under the same name."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`code`: a key of RUNBOOK; `sentence`: what is wrong, with what was measured, and nothing personal."""

    code: str
    sentence: str

    @property
    def command(self) -> str:
        """The first command to run."""
        return RUNBOOK[self.code]


async def examine(settings: Settings, clock: Clock) -> list[Finding]:
    """Every finding about a deployment of these settings, the gravest places first."""
    found = [*await asyncio.to_thread(lambda: [*_keys(settings), *_disk(settings), *_trusted(settings, clock.now())])]
    found += [Finding("channels", fault) for fault in await app.check_channels(settings)]
    if not settings.channels:
        found.append(Finding("channels", "no channel is set, so nobody gets a code"))
    try:
        store = await app.open_store(settings.database)
    except Exception as error:  # whatever it is, the database can't be reached
        return [Finding("database", f"the database can't be opened ({type(error).__name__})"), *found]
    try:
        return [*await _database(settings, store, clock), *found]
    finally:
        await store.close()


async def _database(settings: Settings, store: Store, clock: Clock) -> list[Finding]:
    try:
        if not await store.is_migrated():
            return [Finding("schema", "the database lacks this release's schema")]
        if await rows.read_head(store) is None:
            return [Finding("database", "the database holds no evidence log; `authsvc init` opens one")]
        found = [Finding("database", fault) for fault in await app.check_database(settings)]
        for look in LOOKS:
            found += [each async for each in look(settings, store, clock.now())]
        return found
    except Exception as error:  # a database that gives way in the middle is the finding
        return [Finding("database", f"the database does not answer ({type(error).__name__})")]


def _keys(settings: Settings) -> Iterator[Finding]:
    try:
        load_keys(settings.keys_dir, lambda _: b"", settings.custody)
    except ConfigurationError as error:
        yield Finding("keys", error.message)
    if settings.environment == "production" and (settings.keys_dir / ROOT_FILE).exists():
        yield Finding("root-key", f"the root key lies in {settings.keys_dir}, where `serve` runs; move it offline")


def _disk(settings: Settings) -> Iterator[Finding]:
    places = {settings.keys_dir, settings.fence_file.parent}
    if "://" not in settings.database:
        places.add(Path(settings.database).parent)
    told = set()
    for place in sorted(places):
        if not place.is_dir():
            continue
        usage, device = shutil.disk_usage(place), place.stat().st_dev
        if usage.free < min(usage.total * DISK_SHARE, DISK_BYTES) and device not in told:
            told.add(device)
            yield Finding("disk", f"{usage.free // 1024**2} MiB are left where {place} lies")


def _trusted(settings: Settings, now: int) -> Iterator[Finding]:
    """Certificates and CRLs in the trust store, and the seal's certificate."""
    at = datetime.fromtimestamp(now / 1000, UTC)
    files = [path for path in sorted(settings.trust_dir.rglob("*")) if path.is_file()]
    for path in [*files, settings.keys_dir / SEAL_FILE]:
        if not path.is_file():
            continue
        data = path.read_bytes()
        name = path.name
        for certificate in _certificates(data):
            left = certificate.not_valid_after_utc - at
            if left < timedelta(days=CERTIFICATE_DAYS):
                yield Finding("certificates", f"{name}: a certificate {_ends(left)}")
        crl = _crl(data)
        if crl is not None and crl.next_update_utc is not None:
            left = crl.next_update_utc - at
            if left < timedelta(0):
                yield Finding("crl", f"{name}: a CRL is {-left // timedelta(hours=1)} hours past its next update")
            elif left < timedelta(hours=CRL_HOURS) and crl.next_update_utc - crl.last_update_utc > timedelta(days=2):
                yield Finding("crl", f"{name}: a CRL ends in {left // timedelta(hours=1)} hours")


def _ends(left: timedelta) -> str:
    return f"ended {-left.days} days ago" if left < timedelta(0) else f"ends in {left.days} days"


def _certificates(data: bytes) -> Sequence[x509.Certificate]:
    try:
        if b"-----BEGIN CERTIFICATE" in data:
            return x509.load_pem_x509_certificates(data)
        return [x509.load_der_x509_certificate(data)]
    except ValueError:
        return []


def _crl(data: bytes) -> x509.CertificateRevocationList | None:
    try:
        return x509.load_pem_x509_crl(data) if data.startswith(b"-----BEGIN X509 CRL") else x509.load_der_x509_crl(data)
    except ValueError:
        return None


async def _clock(settings: Settings, store: Store, now: int) -> AsyncIterator[Finding]:
    bound = settings.clock_bound_seconds * 1000
    ahead = await rows.last_logged_at(store) - now
    if ahead > bound:
        yield Finding("clock", f"the clock is {ahead // 1000} s behind the newest entry of the log")
    off = (await anchors.read_state(store)).clock_off
    if abs(off) > bound:
        yield Finding("clock", f"the clock differs from the time stamps by {off} ms")


async def _fence(settings: Settings, store: Store, _now: int) -> AsyncIterator[Finding]:
    try:
        fence = open_fence(settings.fence_url, settings.fence_file, settings.log_origin)
        try:
            mark = await asyncio.to_thread(fence.read)
        finally:
            fence.close()
    except AuthsvcError as error:
        yield Finding("fence", error.message)
        return
    head = await rows.read_head(store)
    if head is None:
        return
    if mark is None:
        yield Finding("fence", "no fence is there: a database that went back in time would be signed on")
    elif reason := await find_fork(store, head, {mark}):
        yield Finding("fence", reason)


async def _outbox(_settings: Settings, store: Store, now: int) -> AsyncIterator[Finding]:
    many, oldest = await outbox.waiting(store)
    if oldest is not None and now - oldest > OUTBOX_SECONDS * 1000:
        yield Finding("outbox", f"{many} messages wait, the oldest for {(now - oldest) // 1000} s")


async def _anchors(settings: Settings, store: Store, now: int) -> AsyncIterator[Finding]:
    if not settings.tsa:
        yield Finding("anchors", "no time stamp authority is set, so nobody else's clock proves when a record was made")
        return
    waiting = await anchors.waiting_since(store)
    if waiting is not None and now - waiting >= settings.anchor_alarm_seconds * 1000:
        failure = (await anchors.read_state(store)).failure or "no reason was noted"
        yield Finding("anchors", f"no time stamp for {(now - waiting) // 1000} s ({failure})")


async def _staged(_settings: Settings, store: Store, now: int) -> AsyncIterator[Finding]:
    many = await rows.staged_count(store)
    if many and now - await rows.last_logged_at(store) > STAGED_SECONDS * 1000:
        yield Finding("staged", f"{many} records wait for their place, and the log has not grown for a minute")


async def _worker(settings: Settings, store: Store, now: int) -> AsyncIterator[Finding]:
    """On SQLite `serve` does the periodic work itself."""
    if "://" not in settings.database:
        return
    beat = await heartbeats.last_beat(store, heartbeats.WORKER)
    if beat is None:
        yield Finding("worker", "no worker ever ran: nothing is delivered again, expires, or is anchored")
    elif now - beat > heartbeats.SILENT_MS:
        yield Finding("worker", f"no worker runs for {(now - beat) // 1000} s: nothing is delivered again or anchored")


async def _switches(_settings: Settings, store: Store, now: int) -> AsyncIterator[Finding]:
    for row in await switches.stopped(store):
        yield Finding("switches", f"{row.kind} {row.object} is stopped for {(now - row.since) // 60_000} minutes")


async def _days_left(settings: Settings, store: Store, now: int) -> AsyncIterator[Finding]:
    """By the entries of the last week, at what an entry has taken so far, values and indexes included."""
    if "://" in settings.database:
        return
    file = Path(settings.database)
    head, recent = await rows.read_head(store), await rows.logged_since(store, now - 7 * DAY_MS)
    if head is None or not head.size or not recent:
        return
    a_day = recent * (await asyncio.to_thread(file.stat)).st_size / head.size / 7
    left = int((await asyncio.to_thread(shutil.disk_usage, file.parent)).free / a_day)
    if left < DAYS_LEFT:
        yield Finding("days-left", f"at last week's pace the disk is full in {left} days")


Look = Callable[[Settings, Store, int], AsyncIterator[Finding]]
LOOKS: tuple[Look, ...] = (_fence, _clock, _staged, _anchors, _worker, _outbox, _switches, _days_left)
