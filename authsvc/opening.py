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
from authsvc.evidence.log import Log, Settled
from authsvc.keys import Keys, b64url
from authsvc.store import Store, Tx, proofs

TRUST_STORE = "trust_store"


@dataclass(frozen=True, slots=True)
class InForce:
    """Something that later records name by its record: `kind` is an administration kind, `content` its exact bytes."""

    thing: str
    kind: str
    content: bytes


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
) -> Settled:
    """Make the log in an empty database and record what is in force; the settled genesis.

    Where the operator gives no approvals the array is empty, and every report says so (evidence format, section 5).
    """
    now = clock.now()
    issuers = tuple(kinds.Issuer(family, str(log.signers.issuers[family].verifier)) for family in FAMILIES)
    genesis = await log.start(
        kinds.Genesis(
            id=uuid7(now, entropy),
            time=now,
            origin=log.origin,
            environment=environment,
            issuers=issuers,
            log_keys=(str(log.signers.log.verifier), str(log.signers.tree.verifier)),
            receipt_keys=(keys.receipts.kid,),
            genesis_ground=ground,
        )
    )

    async def body(tx: Tx) -> None:
        for each in (*in_force, release()):
            await record_in_force(tx, log, each, clock=clock, entropy=entropy, ground=ground)

    await store.transact(body)
    await log.sweep()
    return genesis


async def record_in_force(
    tx: Tx, log: Log, each: InForce, *, clock: Clock, entropy: Entropy, ground: str, before: str = ""
) -> str:
    """Write the `administration` record of one thing and name it as the one in force; its record id."""
    now = clock.now()
    record_id = uuid7(now, entropy)
    digest = b64url(hashlib.sha256(each.content).digest())
    await log.stage(
        tx,
        kinds.Administration(
            id=record_id,
            time=now,
            administration_kind=each.kind,
            administration_event="changed" if before else "added",
            object=each.thing,
            before=before,
            after=digest,
            administration_ground=ground,
        ),
        {"after": each.content},
    )
    await proofs.put_in_force(tx, each.thing, record_id, digest)
    return record_id
