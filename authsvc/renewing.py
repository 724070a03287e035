"""Renewal of time stamps (evidence format, section 11; RFC 4998, section 5): a later token over older ones.

A token is believed as long as its certificate and its algorithms are. Some time before they end (`renewal_lead_days`)
each authority stamps the root of a tree over the older tokens with their revocation data; renewals are renewed in turn.
Each renewal is a record of type `anchor`, of the largest checkpoint below it.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from authsvc.anchoring import DAY_MS, late_from, record_of
from authsvc.clock import uuid7
from authsvc.evidence.anchor import Stamped, in_ms, read_stamped
from authsvc.evidence.log import Ticket
from authsvc.evidence.renewal import RenewalText, digests_of, renewal_leaf, renewal_root
from authsvc.service import Service
from authsvc.stamping import Connect, Token, ask, connect, say_algorithms
from authsvc.store import Tx, anchors, renewals
from authsvc.store.renewals import Leaning, Older, RenewalRow, Renewing
from signatures import Certificate, Policy
from signatures.policy import Use
from signatures.timestamp import read_stamp

logger = logging.getLogger("authsvc.anchors")

BATCH = 2_048
"""Older tokens under one renewal: some MB in memory, and a path of eleven hashes."""
LEASE_MS = 60_000
"""A turn asks each authority once; one that has not ended by then was that of a process that died."""
POLICY = Policy.default()
"""By which verifiers judge tokens: its dates say when an algorithm ends."""
NEVER = 1 << 62

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")


@dataclass(frozen=True, slots=True)
class _Group:
    """Tokens that lean on the same, and when that ends (ms)."""

    leaning: Leaning
    ends_at: int


async def renew(svc: Service, connect: Connect = connect) -> int:
    """One turn of the job: the number of older tokens that got a renewal."""
    total = 0
    while svc.log.read_only_reason is None and (done := await _take_turn(svc, connect)):
        total += done
    return total


async def _take_turn(svc: Service, connect: Connect) -> int:
    """Claim the turn, renew what is due first, let go: the number of older tokens; 0 when another process has it."""
    now = svc.clock.now()

    async def claim(tx: Tx) -> bool:
        return await renewals.claim(tx, now, LEASE_MS)

    async def release(tx: Tx) -> None:
        await renewals.release(tx, svc.clock.now())

    if not await svc.store.transact(claim):
        return 0
    try:
        return await _renew(svc, connect)
    finally:
        await svc.store.transact(release)


async def _renew(svc: Service, connect: Connect) -> int:
    now = svc.clock.now()
    groups = sorted([await _group(svc, one) for one in await renewals.leaning(svc.store)], key=lambda one: one.ends_at)
    alive = [one for one in groups if one.ends_at > now]
    missed = sum(one.leaning.count for one in groups if one.ends_at <= now)
    due = [one for one in alive if one.ends_at - _lead(svc) <= now]
    failure, done = "", 0
    if due:
        older = await renewals.not_renewed(svc.store, due[0].leaning, BATCH)
        leaves = await _leaves(svc, older)
        tried = await _ask_all(svc, connect, RenewalText(len(leaves), renewal_root(leaves)), due[0])
        tokens = [each for each in tried if isinstance(each, Token)]
        failure = ", ".join(dict.fromkeys(each for each in tried if isinstance(each, str))) or "no_authority"
        if tokens:
            await _keep(svc, older, leaves, tokens)
            failure, done = "", len(older)
    await _note_state(svc, alive[0].ends_at if alive else 0, failure, missed)
    return done


def _lead(svc: Service) -> int:
    return svc.settings.renewal_lead_days * DAY_MS


async def _group(svc: Service, one: Leaning) -> _Group:
    """These tokens with their end, read off the oldest of them: certificate and algorithms are the same in all."""
    (sample,) = await renewals.not_renewed(svc.store, one, 1)
    material = await anchors.material(svc.store, sample.revocation)
    certificates = [data for _, kind, data in material if kind == "certificate"]
    return _Group(one, ends_at(certificates, one.algorithms or _read_algorithms(sample, certificates)))


def _read_algorithms(older: Older, certificates: Sequence[bytes]) -> str:
    bits = [one.key.bits for der in certificates if (one := Certificate.of(der)).sha256 == older.tsa]
    return say_algorithms(read_stamp(older.token), bits[0]) if bits else ""


def ends_at(certificates: Sequence[bytes], algorithms: str, policy: Policy | None = None) -> int:
    """When tokens by these certificates and algorithms lose their strength (ms): the first certificate that ends, or
    the first algorithm that the policy gives up."""
    read = [Certificate.of(der) for der in certificates]
    found = [in_ms(one.not_after, one.not_after)[0] for one in read]
    since = max((one.not_before for one in read), default=_EPOCH)
    for word in algorithms.split():
        name, _, bits = word.partition(":")
        end = (policy or POLICY).ends(name, int(bits) if bits else None, since, Use.TSA)
        found += [(end - _EPOCH) // timedelta(milliseconds=1)] if end else []
    return min(found, default=NEVER)


async def _ask_all(svc: Service, connect: Connect, text: RenewalText, group: _Group) -> list[Token | str]:
    """From each authority a token over this text that does for a renewal, or the reason why not."""
    async with connect() as tsas:
        tried = await asyncio.gather(*(ask(svc, tsas, each, text.to_bytes()) for each in svc.settings.tsa))
    return [_fit(svc, each, group) if isinstance(each, Token) else each for each in tried]


def _fit(svc: Service, token: Token, group: _Group) -> Token | str:
    """A renewal must come before the end of what it renews, and not near its own."""
    certificates = [der for _, kind, der in token.material if kind == "certificate"]
    if token.off:
        return "clock"
    if token.latest > group.ends_at:
        return "too_late"
    if ends_at(certificates, token.algorithms) - _lead(svc) <= svc.clock.now():
        logger.warning("time stamp authority %s: its own certificate or algorithm ends too soon", token.tsa[:16])
        return "ends_soon"
    return token


async def _leaves(svc: Service, older: Sequence[Older]) -> list[bytes]:
    """The leaf of each older token with its certificates and revocation data."""
    prints = sorted({each for one in older for each in one.revocation})
    known = {sha256: data for sha256, _, data in await anchors.material(svc.store, prints)}
    return await asyncio.to_thread(
        lambda: [renewal_leaf(one.token, digests_of(known[each] for each in one.revocation)) for one in older]
    )


async def _keep(svc: Service, older: Sequence[Older], leaves: Sequence[bytes], tokens: Sequence[Token]) -> None:
    """The renewals with their records, in one transaction."""
    now = svc.clock.now()
    made = [(uuid7(now, svc.entropy), token) for token in tokens]
    stamped = await _largest(svc, older)

    async def body(tx: Tx) -> list[Ticket]:
        number, tickets = await renewals.last_number(tx), []
        for place, (record_id, token) in enumerate(made, number + 1):
            row = RenewalRow(
                number=place,
                tsa=token.tsa,
                record_id=record_id,
                size=stamped.checkpoint.size,
                leaves=b"".join(leaves),
                token=token.der,
                revocation=tuple(sha256 for sha256, _, _ in token.material),
                algorithms=token.algorithms,
                stamped_at=token.at,
                received_at=now,
            )
            await renewals.add(tx, row, older)
            await anchors.add_material(tx, token.material)
            tickets.append(await svc.log.stage(tx, record_of(record_id, stamped, token)))
        return tickets

    for ticket in await svc.store.transact(body):
        await svc.log.placed(ticket)


async def _largest(svc: Service, older: Sequence[Older]) -> Stamped:
    """The largest checkpoint that stands under these tokens."""
    size = max(one.size for one in older)
    (anchor, *_) = await anchors.all_between(svc.store, size, size + 1)
    return read_stamped(anchor.stamped)


async def _note_state(svc: Service, first_end: int, failure: str, missed: int) -> None:
    """When the next end comes, since when no renewal succeeds, and the alarms."""
    now = svc.clock.now()
    before = await renewals.read_state(svc.store)
    since = (before.failing_since or now) if failure else 0
    state = Renewing(before.claimed_until, first_end, since, failure, missed)

    async def body(tx: Tx) -> None:
        await renewals.note_state(tx, state)

    if replace(before, claimed_until=0) != replace(state, claimed_until=0):
        await svc.store.transact(body)
    if failure and now >= late_from(svc, first_end):
        days = max(first_end - now, 0) // DAY_MS
        logger.critical("time stamps lose their strength in %d days and are not renewed: %s", days, failure)
    if missed > before.missed:
        logger.critical("%d time stamps have lost their strength without a renewal", missed)
