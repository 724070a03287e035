"""A named person's final word: by compare-and-set, with its record, told to the parties, in one transaction."""

import hashlib
from dataclasses import dataclass

from authsvc import accounts, decisions, telling, webhooks
from authsvc.clock import uuid7
from authsvc.disputes.opening import tell
from authsvc.errors import NotFound
from authsvc.evidence import kinds
from authsvc.evidence.codes import RESOLUTION_RESULTS
from authsvc.evidence.forms import NONE
from authsvc.evidence.log import Ticket
from authsvc.keys import b64url
from authsvc.replay import ReplayKey
from authsvc.service import Service
from authsvc.store import Tx, people
from authsvc.store import decisions as decision_rows
from authsvc.store import disputes as rows
from authsvc.store.disputes import DisputeRow

OVERTURNING = frozenset(RESOLUTION_RESULTS) - {"rejected"}
"""Results after which the contested record does not stand as it was."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A resolution as it was proposed. `raw` are the bytes whose digest approvers confirm; `id` is empty where nobody
    has to approve."""

    id: str
    result: str
    reasons: str
    authentication: str = NONE
    acr: str = NONE
    raw: bytes = b""

    @property
    def digest(self) -> str:
        """What approvers confirm; empty where nobody does."""
        return b64url(hashlib.sha256(self.raw).digest()) if self.raw else ""


@dataclass(frozen=True, slots=True)
class Resolver:
    """The person who decides. `subject`: `iin:…`, or None where a relying party names a person of its own without."""

    subject: str | None
    name: str
    role: str
    authentication: str = NONE
    acr: str = NONE
    approved: tuple[str, ...] = ()


async def resolve(
    svc: Service, row: DisputeRow, draft: Draft, resolver: Resolver, key: ReplayKey | None = None
) -> bool:
    """The resolution with its record and its effect; False when the dispute moved on meanwhile."""
    now = svc.clock.now()
    subject = await svc.log.vault.subject_of(svc.store, row.subject)
    person = await accounts.person_by_id(svc, row.account)
    if subject is None:
        raise NotFound("there is nothing here")
    record = _record(svc, row, draft, resolver, subject, now)
    announcement = await webhooks.prepare(svc, row.client_id)
    told = tell(svc, person, row) if person is not None else None
    waiting = row.draft if draft.id and row.draft == draft.id else None
    reopens = await _reopens(svc, row, draft)

    async def act(tx: Tx) -> Ticket | bool:
        if key is not None and await key.claim(tx, record.id, now) != record.id:
            return True
        if not await rows.end(tx, row.id, draft.result, record.id, waiting, now):
            return False
        event = {"id": row.id, "record": row.contested, "result": draft.result, "resolution": record.id}
        changes = announcement.changes(webhooks.DISPUTE_RESOLVED, event, now)
        if told is not None:
            changes.extend(told.changes)
        if changes:
            await tx.together(*changes)
        if reopens:
            await people.forgive(tx, row.account)
        blobs = {"resolution_reasons": draft.reasons.encode()}
        return await svc.log.stage(tx, record, blobs | ({"resolution_proposal": draft.raw} if draft.raw else {}))

    done = await svc.store.transact(act)
    if isinstance(done, bool):
        return done
    telling.hand_over(svc, told)
    await svc.log.settled(done)
    return True


async def _reopens(svc: Service, row: DisputeRow, draft: Draft) -> bool:
    """Whether this word opens an account again that a rule of our own had closed."""
    if row.client_id or draft.result not in ("granted", "partly_granted"):
        return False
    decision = await decision_rows.decision_of(svc.store, row.contested)
    return decision is not None and decision.rule == decisions.LOCK_OUT


def _record(
    svc: Service, row: DisputeRow, draft: Draft, resolver: Resolver, subject: str, now: int
) -> kinds.Resolution:
    party = "person" if subject.startswith("iin:") else "entity"
    return kinds.Resolution(
        id=uuid7(now, svc.entropy),
        time=now,
        resolution_result=draft.result,
        resolver=resolver.subject,
        about=(row.id, row.contested, *resolver.approved),
        rp=row.client_id,
        resolver_name=resolver.name,
        resolver_role=resolver.role,
        authentication=resolver.authentication,
        acr=resolver.acr,
        resolution_proposal=draft.digest,
        resolution_reasons=b64url(hashlib.sha256(draft.reasons.encode()).digest()),
        resolution_final="yes",
        **{party: subject},
    )
