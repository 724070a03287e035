"""Verifying a signed document for a relying party: one Report, and one `signature_verification` record per signature.

A document with n signatures gives n records; one without any gives none, and is never called valid. Nothing here makes,
reads or converts a confirmation.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from authsvc.clock import uuid7
from authsvc.errors import InvalidRequest, NotFound
from authsvc.evidence import kinds
from authsvc.evidence.forms import NONE
from authsvc.evidence.log import Settled, Ticket
from authsvc.keys import b64url
from authsvc.metrics import UNKNOWN
from authsvc.replay import ReplayKey
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.trust import Job, Judged
from signatures import Indication, Report, SignatureReport

LARGEST_NAME = 300
MOST_FILES = 64
"""CRLs and certificates that one request may bring."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed document as a relying party sent it.

    `content`: the bytes signed, when they are not inside (detached). `files`: CRLs and certificates that it has.
    `keep`:
    whether the detached content is kept, sealed, for a later court package; the signed file always is.
    """

    signed: bytes
    content: bytes | None = None
    files: tuple[bytes, ...] = ()
    name: str = ""
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Verified:
    """The report, and the record of each signature in the order of the report, at its place in the log."""

    report: str
    """Stable JSON: `signatures.Report.to_json`."""
    indication: Indication
    records: tuple[tuple[str, Settled], ...]


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
    if len(document.name) > LARGEST_NAME or len(document.files) > MOST_FILES:
        raise InvalidRequest(f"a name of {LARGEST_NAME} characters and {MOST_FILES} files at most")
    svc.log.demand_writable()
    now = svc.clock.now()
    judged = await svc.trust.verify(Job(document.signed, document.content, document.files, now))
    report = judged.report
    records = [
        _record(svc, judged, one, place, document, client_id, client_record, uuid7(now + place, svc.entropy), now)
        for place, one in enumerate(report.signatures)
    ]
    material = _material(svc, judged)

    act_id = " ".join(record.id for record in records)

    async def act(tx: Tx) -> list[Ticket] | str:
        if key and records and (known := await key.claim(tx, act_id, now)) != act_id:
            return known
        return [await svc.log.stage(tx, record, _blobs(report, document, material)) for record in records]

    tickets = await svc.store.transact(act)
    if isinstance(tickets, str):
        return await _again(svc, tickets)
    settled = [await svc.log.settled(ticket) for ticket in tickets]
    _count(svc, report)
    given = tuple((record.id, one) for record, one in zip(records, settled, strict=True))
    return Verified(report.to_json(), report.indication, given)


def _count(svc: Service, report: Report) -> None:
    for one in report.signatures:
        reason = one.sub_indication.value if one.sub_indication else UNKNOWN
        svc.metrics.verifications.labels(one.format, one.indication.value, reason).inc()


async def _again(svc: Service, act_id: str) -> Verified:
    """The same answer from what was kept: the report behind the records' digest, the records with their proofs."""
    records = act_id.split(" ")
    found = [(record, await svc.log.find(record)) for record in records]
    blobs = await svc.log.vault.blobs(svc.store, records[0])
    if "report" not in blobs:
        raise NotFound("what this key brought was erased")
    report = blobs["report"].decode()
    indication = Indication(orjson.loads(report)["indication"])
    return Verified(report, indication, tuple((record, one) for record, one in found if one is not None))


def _record(
    svc: Service,
    judged: Judged,
    one: SignatureReport,
    place: int,
    document: Signed,
    client_id: str,
    client_record: str,
    record_id: str,
    now: int,
) -> kinds.SignatureVerification:
    report, signer = judged.report, one.signer
    proven = bool(one.path)
    content = document.content if document.content is not None else document.signed
    return kinds.SignatureVerification(
        id=record_id,
        time=now,
        indication=one.indication.value,
        sub_indication=one.sub_indication.value if one.sub_indication else "",
        # A name that no path leads to from an anchor is anybody's claim: it enters no person's chain.
        signer=f"iin:{signer.iin}" if proven and signer and signer.iin else None,
        entity=f"bin:{signer.bin}" if proven and signer and signer.bin else None,
        rp=client_id,
        document=_digest(content),
        document_name=document.name,
        content_seen="seen",
        signature=_digest(one.signature) if one.signature else "",
        signature_place=kinds.SignaturePlace(place + 1, len(report.signatures)),
        certificate=_hex_digest(signer.certificate.sha256) if signer else "",
        material=tuple(kinds.Material(_hex_digest(each.sha256), each.kind) for each in judged.material[place]),
        validation_time=_ms(report.validation_time),
        best_signature_time=_ms(one.best_signature_time),
        report=_digest(report.to_json().encode()),
        relying_party_record=client_record,
        policy_record=svc.in_force.get("signature_policy", NONE),
        trust_store_record=svc.in_force.get("trust_store", NONE),
    )


def _material(svc: Service, judged: Judged) -> dict[str, bytes]:
    """What the signatures' verdicts rest on, by the name of its blob; an anchor is not evidence."""
    anchors = set(svc.trust.fingerprints())
    return {
        f"{'anchor' if each.sha256 in anchors else each.kind}/{each.sha256}": each.der
        for one in judged.material
        for each in one
        if each.der is not None
    }


def _blobs(report: Report, document: Signed, material: Mapping[str, bytes]) -> dict[str, bytes]:
    blobs = {"report": report.to_json().encode(), "signed": document.signed, **material}
    if document.keep and document.content is not None:
        blobs["content"] = document.content
    return blobs


def _digest(data: bytes) -> str:
    return b64url(hashlib.sha256(data).digest())


def _hex_digest(text: str) -> str:
    return b64url(bytes.fromhex(text))


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
