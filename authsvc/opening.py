"""Opening a new log: genesis at index 0, then the records of the policy, templates and software in force from the
start."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from authsvc import __version__
from authsvc.clock import Clock, Entropy, uuid7
from authsvc.evidence import kinds
from authsvc.evidence.codes import FAMILIES
from authsvc.evidence.log import Log, Settled, Ticket
from authsvc.keys import Keys, b64url
from authsvc.store import Store, Tx, proofs


@dataclass(frozen=True, slots=True)
class InForce:
    """Something that later records name by its record: `kind` is an administration kind, `content` its exact bytes."""

    thing: str
    kind: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Heritage:
    """What the genesis of a successor says: who approved it, and which log it goes on from. `blobs`: the request that
    they approved, and what they signed."""

    record_id: str
    predecessor: kinds.Predecessor
    approvals: tuple[kinds.Approval, ...]
    blobs: Mapping[str, bytes]


def policy_bytes(policy: Mapping[str, object]) -> bytes:
    """A policy as the bytes whose digest its record carries."""
    return json.dumps(policy, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def release() -> InForce:
    """The software itself."""
    return InForce("software", "software", f"authsvc {__version__}".encode())


async def open_new(
    log: Log,
    store: Store,
    keys: Keys,
    *,
    environment: str,
    ground: str,
    in_force: tuple[InForce, ...],
    clock: Clock,
    entropy: Entropy,
    heritage: Heritage | None = None,
) -> Settled:
    """Make the log in an empty database and record what is in force; the settled genesis. `heritage`: of a successor.

    Where the operator gives no approvals the array is empty, and every report says so (evidence format, section 5).
    """
    now = clock.now()
    issuers = tuple(kinds.Issuer(family, str(log.signers.issuers[family].verifier)) for family in FAMILIES)
    genesis = await log.start(
        kinds.Genesis(
            id=heritage.record_id if heritage else uuid7(now, entropy),
            time=now,
            origin=log.origin,
            environment=environment,
            issuers=issuers,
            log_keys=(str(log.signers.log.verifier), str(log.signers.tree.verifier)),
            receipt_keys=(keys.receipts.kid,),
            genesis_ground=ground,
            predecessor=heritage.predecessor if heritage else None,
            approvals=heritage.approvals if heritage else (),
        ),
        heritage.blobs if heritage else None,
    )
    await keep_in_force(log, store, (*in_force, release()), clock=clock, entropy=entropy, ground=ground)
    return genesis


async def keep_in_force(
    log: Log, store: Store, things: tuple[InForce, ...], *, clock: Clock, entropy: Entropy, ground: str
) -> None:
    """Record what is in force now where it differs from what was: a start after a change leaves its trace.

    Of several processes that start at once one alone writes the record of a change.
    """

    async def body(tx: Tx) -> list[Ticket]:
        tickets = []
        for each in things:
            ticket = await _record_if_new(tx, log, each, clock=clock, entropy=entropy, ground=ground)
            tickets += [ticket] if ticket else []
        return tickets

    for ticket in await store.transact(body):
        await log.settled(ticket)


async def _record_if_new(
    tx: Tx, log: Log, each: InForce, *, clock: Clock, entropy: Entropy, ground: str
) -> Ticket | None:
    """The `administration` record of one thing, unless it stands in force with these very bytes already."""
    now = clock.now()
    record_id = uuid7(now, entropy)
    digest = b64url(hashlib.sha256(each.content).digest())
    before = await proofs.digest_in_force(tx, each.thing)
    if before == digest or not await proofs.swap_in_force(tx, each.thing, before, record_id, digest):
        return None
    return await log.stage(
        tx,
        kinds.Administration(
            id=record_id,
            time=now,
            administration_kind=each.kind,
            administration_event="changed" if before else "added",
            object=each.thing,
            before=before or "",
            after=digest,
            administration_ground=ground,
        ),
        {"after": each.content},
    )
