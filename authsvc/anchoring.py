"""Anchoring (evidence format, section 11): each minute, when the log grew, a token from each time stamp authority.

No act waits for this. An authority that is down, slow or wrong costs time and no record: the log goes on, records say
"not yet anchored", and an alarm rises. A token counts only after its whole verification; the material of its time is
kept beside it, since a court asks years later.
"""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from authsvc.clock import uuid7
from authsvc.evidence import kinds
from authsvc.evidence.anchor import Stamped, stamp_checkpoint
from authsvc.evidence.log import Ticket
from authsvc.keys import b64url
from authsvc.service import Service
from authsvc.stamping import Connect, Token, ask, connect
from authsvc.store import Tx, anchors, renewals
from authsvc.store import evidence as rows
from authsvc.store.anchors import AnchorRow

logger = logging.getLogger("authsvc.anchors")

PACE_MS = 55_000
"""Between two tokens: the job of each process comes by once a minute."""
LEASE_MS = 60_000
"""A turn that has not ended by then was that of a process that died; it takes 20 s at most."""
PATIENCE_SECONDS = 25.0
DAY_MS = 86_400_000

ALARMS = ("not_anchored", "not_renewed", "clock")
"""Every code that an alarm can have."""


async def anchor(svc: Service, connect: Connect = connect) -> int:
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


async def anchor_above(svc: Service, index: int, connect: Connect = connect) -> bool:
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
