"""Anchoring (evidence format, section 11): each minute, when the log grew, a token from each time stamp authority.

No act waits for this. An authority that is down, slow or wrong costs time and no record: the log goes on, records say
"not yet anchored", and an alarm rises. A token counts here only after its whole verification, the status of its
certificates aside where no CRL is at hand; the material of its time is kept beside it, since a court asks years later.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from authsvc.clock import uuid7
from authsvc.evidence import kinds
from authsvc.evidence.anchor import Stamped, in_ms, stamp_checkpoint
from authsvc.evidence.log import Ticket
from authsvc.keys import b64url
from authsvc.outside import tsa as stamping
from authsvc.outside.tsa import TsaRefused, Tsas
from authsvc.service import Service
from authsvc.settings import Tsa
from authsvc.store import Tx, anchors, renewals
from authsvc.store import evidence as rows
from authsvc.store.anchors import AnchorRow
from signatures import Evidence, Outcome, Policy, TrustAnchors
from signatures.report import TimeStampReport
from signatures.timestamp import Expected, Stamp, algorithms_of, read_stamp, verify_stamp

logger = logging.getLogger("authsvc.anchors")

PACE_MS = 55_000
"""Between two tokens: the job of each process comes by once a minute."""
LEASE_MS = 60_000
"""A turn that has not ended by then was that of a process that died; it takes 20 s at most."""
PATIENCE_SECONDS = 25.0
DAY_MS = 86_400_000
POLICY = Policy.default().without_revocation()
"""A status that no CRL tells is no reason to go without time; a revocation that one proves is."""

ALARMS = ("not_anchored", "not_renewed", "clock")
"""Every code that an alarm can have."""

Connect = Callable[[], AbstractAsyncContextManager[Tsas]]


@dataclass(frozen=True, slots=True)
class Token:
    """A token that holds: the SHA-256 of its certificate, its time (ms) and the last moment that it may mean, the
    material of that time, what its signature and imprint lean on.

    `off` is by how much our clock differs from it (ms, signed), 0 within the bound.
    """

    der: bytes
    tsa: str
    at: int
    latest: int
    material: tuple[tuple[str, str, bytes], ...]
    algorithms: str
    off: int


async def anchor(svc: Service, connect: Connect = stamping.connect) -> int:
    """One turn of the job: the number of tokens that were kept."""
    if not svc.settings.tsa or svc.log.read_only_reason is not None:
        return 0
    await _believe(svc)
    last = await anchors.newest(svc.store)
    if last is not None and svc.clock.now() - PACE_MS < last.received_at <= svc.clock.now():
        return 0
    in_doubt = svc.log.clockwatch.refusal() is not None  # no act grows the log then, and only a token ends it
    if not in_doubt and not await anchors.has_grown(svc.store, last.size if last else 0):
        return 0
    return await _take_turn(svc, connect) or 0


async def anchor_above(svc: Service, index: int, connect: Connect = stamping.connect) -> bool:
    """Whether the entry of this index is anchored, after doing what can be done now: what a court gets waits for it."""
    ends = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while not await anchors.above(svc.store, index):
        if not svc.settings.tsa or svc.log.read_only_reason is not None:
            return False
        if await _take_turn(svc, connect) is not None or asyncio.get_running_loop().time() > ends:
            return bool(await anchors.above(svc.store, index))
        await asyncio.sleep(0.2)  # another process has its turn
    return True


async def failure_of(svc: Service) -> str:
    """Why the newest entries have no anchor, as a code for custody and report."""
    if not svc.settings.tsa:
        return "no_authority"
    return (await anchors.read_state(svc.store)).failure or "not_yet"


async def _believe(svc: Service) -> None:
    """What the newest token, whoever asked for it, says about this process's clock."""
    last = await anchors.newest(svc.store)
    if last is not None:
        svc.log.clockwatch.saw(last.stamped_at)


async def _take_turn(svc: Service, connect: Connect) -> int | None:
    """Claim the turn, anchor, let go: the number of tokens; None when another process has it."""
    now = svc.clock.now()

    async def claim(tx: Tx) -> bool:
        return await anchors.claim(tx, now, LEASE_MS)

    async def release(tx: Tx) -> None:
        await anchors.release(tx, svc.clock.now())

    if not await svc.store.transact(claim):
        return None
    try:
        return await _anchor(svc, connect)
    finally:
        await svc.store.transact(release)


async def _anchor(svc: Service, connect: Connect) -> int:
    size, note = await svc.publishing.publish()
    root_512 = await rows.root_512_at(svc.store, size)
    if root_512 is None:
        raise RuntimeError("a published checkpoint that is not kept")
    stamped = stamp_checkpoint(note, root_512)
    async with connect() as tsas:
        tried = await asyncio.gather(*(ask(svc, tsas, each, stamped.text) for each in svc.settings.tsa))
    tokens = [each for each in tried if isinstance(each, Token)]
    agreeing = [each for each in tokens if not each.off]
    off = min((each.off for each in tokens), key=abs) if tokens and not agreeing else 0
    for token in tokens:
        if token.off and agreeing:
            logger.critical("time stamp authority %s differs from another one by %d ms", token.tsa[:16], -token.off)
    await _note_state(svc, [each for each in tried if isinstance(each, str)], bool(tokens), off)
    if tokens:
        svc.log.clockwatch.settle(off)
    return await _keep(svc, stamped, agreeing or tokens)


async def ask(svc: Service, tsas: Tsas, tsa: Tsa, text: bytes) -> Token | str:
    """A token over this text that holds, or the reason why there is none."""
    nonce = int.from_bytes(svc.entropy(16)) >> 1
    sent = svc.clock.now()
    try:
        der = await tsas.stamp(tsa, hashlib.sha512(text).digest(), nonce)
        received = svc.clock.now()
        crls = [each for each in await asyncio.gather(*(_fetch(tsas, url) for url in tsa.crls)) if each]
        report, evidence = await asyncio.to_thread(
            _judge, der, text, svc.trust.tsa_anchors, (*svc.trust.tsa_files, *crls), nonce
        )
    except TsaRefused as error:
        logger.warning("time stamp authority %s: %s", _host(tsa.url), error.reason)
        return error.reason
    stamped_at = report.time
    if not report.valid or not (stamped_at and report.earliest and report.latest and report.authority):
        reason = next((check.code for check in report.checks if check.outcome is Outcome.FAILED), "not_valid")
        logger.warning("time stamp authority %s: %s", _host(tsa.url), reason)
        return reason
    earliest, latest = in_ms(report.earliest, report.latest)
    off = svc.log.clockwatch.compare(earliest, latest, sent, received)
    at, _ = in_ms(stamped_at, stamped_at)
    material, leans = _material(report, evidence), say_algorithms(read_stamp(der), report.authority.key.bits)
    return Token(der, report.authority.sha256, at, latest, material, leans, off)


def say_algorithms(stamp: Stamp, key_bits: int) -> str:
    """What a token leans on: names, a key's with its bits (`sha256 ecdsa:256 sha512`)."""
    return " ".join(f"{name}:{bits}" if bits else name for name, bits in algorithms_of(stamp, key_bits))


async def _fetch(tsas: Tsas, url: str) -> bytes | None:
    try:
        return await tsas.fetch_crl(url)
    except TsaRefused as error:
        logger.warning("CRL of a time stamp authority, %s: %s", _host(url), error.reason)
        return None


def _host(url: str) -> str:
    return url.split("/", 3)[2] if url.count("/") >= 2 else "?"


def _judge(
    der: bytes, text: bytes, trusted: TrustAnchors, files: Sequence[bytes], nonce: int
) -> tuple[TimeStampReport, Evidence]:
    evidence = Evidence.sort(files)
    report = verify_stamp(der, text, anchors=trusted, evidence=evidence, policy=POLICY, expected=Expected(nonce=nonce))
    return report, evidence


def _material(report: TimeStampReport, evidence: Evidence) -> tuple[tuple[str, str, bytes], ...]:
    """(SHA-256, kind, DER) of the path below the anchor, and of each CRL that tells a status on it."""
    used = {status.material for status in report.revocation}
    certificates = [("certificate", one.sha256, one.der) for one in report.path[:-1]]
    crls = [("crl", one.sha256, one.der) for one in evidence.crls if one.sha256 in used]
    return tuple((sha256, kind, der) for kind, sha256, der in (*certificates, *crls))


async def _note_state(svc: Service, reasons: Sequence[str], well: bool, off: int) -> None:
    """Since when no token comes, why, and whether our clock is off; the alarm."""
    now = svc.clock.now()
    before = await anchors.read_state(svc.store)
    since = 0 if well else before.failing_since or now
    failure = ", ".join(dict.fromkeys(reasons))

    async def body(tx: Tx) -> None:
        await anchors.note_state(tx, since, failure, off)

    await svc.store.transact(body)
    if since and now - since >= svc.settings.anchor_alarm_seconds * 1000:
        logger.critical("no time stamp for %d s: %s", (now - since) // 1000, failure)
    if off:
        logger.critical("the clock differs from the time stamps by %d ms; no new acts are accepted", off)


async def _keep(svc: Service, stamped: Stamped, tokens: Sequence[Token]) -> int:
    """The tokens with their records, in one transaction; what is there already stays as it is."""
    now = svc.clock.now()
    made = [(uuid7(now, svc.entropy), token) for token in tokens]

    async def body(tx: Tx) -> list[Ticket]:
        tickets = []
        for record_id, token in made:
            prints = tuple(sha256 for sha256, _, _ in token.material)
            row = AnchorRow(
                size=stamped.checkpoint.size,
                tsa=token.tsa,
                record_id=record_id,
                stamped=stamped.text,
                token=token.der,
                revocation=prints,
                stamped_at=token.at,
                received_at=now,
                algorithms=token.algorithms,
                asked=svc.publishing.quorum.is_asked,
            )
            if await anchors.add(tx, row):
                await anchors.add_material(tx, token.material)
                tickets.append(await svc.log.stage(tx, record_of(record_id, stamped, token)))
        return tickets

    tickets = await svc.store.transact(body)
    for ticket in tickets:
        await svc.log.placed(ticket)
    return len(tickets)


def record_of(record_id: str, stamped: Stamped, token: Token) -> kinds.Anchor:
    """The record of a token over this checkpoint, or over tokens over it and smaller ones; its time is the token's,
    which no clock of ours can spoil."""
    return kinds.Anchor(
        id=record_id,
        time=token.at,
        anchor_size=stamped.checkpoint.size,
        anchor_root=b64url(stamped.checkpoint.root),
        anchor_root_512=b64url(stamped.root_512),
        anchor_tsa=b64url(bytes.fromhex(token.tsa)),
        anchor_token=b64url(hashlib.sha256(token.der).digest()),
    )


def late_from(svc: Service, ends_at: int) -> int:
    """From when on (ms) the renewal of tokens whose strength ends then is late: due for a day, or half of the lead."""
    lead = svc.settings.renewal_lead_days * DAY_MS
    return ends_at - lead + min(DAY_MS, lead // 2)


@dataclass(frozen=True, slots=True)
class Alarm:
    """What an operator must see to: a code and since when (ms), for `/health` and `authsvc doctor`."""

    code: str
    since: int
    detail: str = ""


async def alarms(svc: Service) -> list[Alarm]:
    """`not_anchored`: the log grew and no token came for too long, whether the job runs or not. `not_renewed`: tokens
    come near the end of their strength, and nobody has renewed them. `clock`: as its watch says."""
    found = []
    now = svc.clock.now()
    if svc.settings.tsa:
        state = await anchors.read_state(svc.store)
        waiting = await anchors.waiting_since(svc.store)
        if waiting is not None and now - waiting >= svc.settings.anchor_alarm_seconds * 1000:
            found.append(Alarm("not_anchored", waiting, state.failure))
    renewing = await renewals.read_state(svc.store)
    if renewing.ends_at and now >= (late := late_from(svc, renewing.ends_at)):
        found.append(Alarm("not_renewed", late, renewing.failure))
    if (doubt := svc.log.clockwatch.refusal()) is not None:
        found.append(Alarm("clock", now, doubt))
    return found
