"""One `signature_verification` record per signature, and the row by which its relying party reads the report again.

A document with n signatures gives n records; one without any gives none, and is never called valid.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from authsvc.clock import uuid7
from authsvc.evidence import kinds
from authsvc.evidence.forms import NONE
from authsvc.evidence.log import Ticket
from authsvc.keys import b64url
from authsvc.metrics import UNKNOWN
from authsvc.replay import ReplayKey
from authsvc.service import Service
from authsvc.store import Tx, verifications
from authsvc.store.verifications import VerificationRow
from authsvc.trust import ARCHIVE, POLICIES, Judged
from authsvc.verify.documents import Signed
from authsvc.verify.reading import Verified, render
from authsvc.verify.rounds import judge
from signatures import SignatureReport, SubIndication

FIRST_TRY_MS = 60_000
"""From a verdict that waits for a status to the first time that it is asked for again."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A verdict on its way into the log: its row and records, ids given, and the bytes behind their digests."""

    judged: Judged
    row: VerificationRow
    records: tuple[kinds.SignatureVerification, ...]
    blobs: Mapping[str, bytes]


async def verify_document(
    svc: Service, client_id: str, client_record: str, document: Signed, key: ReplayKey | None = None
) -> Verified:
    """Verify and record. Refusals of `signatures` (not a signed document, another kind of thing) leave no record.

    With an Idempotency-Key that was used before the report and records of then are given again. Raises Overloaded,
    InvalidRequest, IdempotencyKeyReused, ReadOnly.
    """
    replayed = await key.find(svc.store) if key else None
    if replayed is not None:
        return await _again(svc, replayed)
    document.check()
    svc.log.demand_writable()
    now = svc.clock.now()
    judged = await judge(svc, document, now)
    if not judged.report.signatures:
        return Verified(judged.report.to_json(), judged.report.indication, (), None)
    draft = prepare(svc, judged, document, VerificationRow("", client_id, client_record, (), document.policy), now)

    async def act(tx: Tx) -> list[Ticket] | str:
        if key and (known := await key.claim(tx, draft.row.id, now)) != draft.row.id:
            return known
        return await write(tx, svc, draft)

    tickets = await svc.store.transact(act)
    if isinstance(tickets, str):
        return await _again(svc, tickets)
    settled = [await svc.log.settled(ticket) for ticket in tickets]
    count(svc, draft)
    given = tuple(zip(draft.row.records, settled, strict=True))
    return Verified(judged.report.to_json(), judged.report.indication, given, draft.row)


def prepare(svc: Service, judged: Judged, document: Signed, row: VerificationRow, now: int) -> Draft:
    """The records of a verdict with a signature, and its row: `row` with ids, and waiting if a status is to come."""
    ids = tuple(uuid7(now + place, svc.entropy) for place in range(len(judged.report.signatures)))
    row = replace(row, id=ids[0], records=ids)
    if is_open(judged):
        give_up = now + svc.settings.settle_hours * 3_600_000
        row = replace(row, state="waiting", next_try=now + FIRST_TRY_MS, give_up=give_up)
    records = tuple(_record(svc, judged, place, document, row, now) for place in range(len(ids)))
    blobs = {"report": judged.report.to_json().encode(), "signed": document.signed, **_material(svc, judged)}
    if document.keep and isinstance(document.content, bytes):
        blobs["content"] = document.content
    return Draft(judged, row, records, blobs)


async def write(tx: Tx, svc: Service, draft: Draft) -> list[Ticket]:
    """Row and records in one transaction, the act's own."""
    await verifications.insert(tx, draft.row)
    return [await svc.log.stage(tx, record, draft.blobs) for record in draft.records]


def count(svc: Service, draft: Draft) -> None:
    """Tell the metrics of a verdict that is in the log."""
    for one in draft.judged.report.signatures:
        reason = one.sub_indication.value if one.sub_indication else UNKNOWN
        svc.metrics.verifications.labels(one.format, one.indication.value, reason).inc()


def is_open(judged: Judged) -> bool:
    """Whether a signature's verdict waits for a status that can be had later.

    By the policy `archive` a signature without a time stamp never gets one: its time is the moment of each try, and no
    status is issued after that.
    """
    archive = judged.report.policy == POLICIES[ARCHIVE].name
    waiting = [one for one in judged.report.signatures if one.sub_indication is SubIndication.TRY_LATER]
    return any(one.time_stamps or not archive for one in waiting)


async def _again(svc: Service, verification_id: str) -> Verified:
    row = await verifications.find(svc.store, verification_id)
    if row is None:
        raise LookupError("an Idempotency-Key leads to no verification")
    return await render(svc, row)


def _record(
    svc: Service, judged: Judged, place: int, document: Signed, row: VerificationRow, now: int
) -> kinds.SignatureVerification:
    report, one = judged.report, judged.report.signatures[place]
    signer, proven = one.signer, bool(one.path)
    return kinds.SignatureVerification(
        id=row.records[place],
        time=now,
        indication=one.indication.value,
        sub_indication=one.sub_indication.value if one.sub_indication else "",
        # A name that no path leads to from an anchor is anybody's claim: it enters no person's chain.
        signer=f"iin:{signer.iin}" if proven and signer and signer.iin else None,
        entity=f"bin:{signer.bin}" if proven and signer and signer.bin else None,
        about=(row.earlier,) if row.earlier else (),
        rp=row.client_id,
        document=b64url(document.digest),
        document_name=document.name,
        content_seen="seen" if _is_seen(one) else "digest_only",
        signature=_digest(one.signature) if one.signature else "",
        signature_place=kinds.SignaturePlace(place + 1, len(report.signatures)),
        certificate=_hex_digest(signer.certificate.sha256) if signer else "",
        material=tuple(kinds.Material(_hex_digest(each.sha256), each.kind) for each in judged.material[place]),
        validation_time=_ms(report.validation_time),
        best_signature_time=_ms(one.best_signature_time),
        report=_digest(report.to_json().encode()),
        relying_party_record=row.client_record,
        policy_record=svc.in_force.get("signature_policy", NONE),
        trust_store_record=svc.in_force.get("trust_store", NONE),
    )


def _is_seen(one: SignatureReport) -> bool:
    return one.coverage is None or one.coverage.seen


def _material(svc: Service, judged: Judged) -> dict[str, bytes]:
    """What the signatures' verdicts rest on, by the name of its blob; an anchor is not evidence."""
    anchors = set(svc.trust.fingerprints())
    return {
        f"{'anchor' if each.sha256 in anchors else each.kind}/{each.sha256}": each.der
        for one in judged.material
        for each in one
        if each.der is not None
    }


def _digest(data: bytes) -> str:
    return b64url(hashlib.sha256(data).digest())


def _hex_digest(text: str) -> str:
    return b64url(bytes.fromhex(text))


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
