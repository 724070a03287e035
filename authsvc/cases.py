"""Cases: the court package over acts or a person, its export recorded and taken along (evidence format, section 12)."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from authsvc.clock import uuid7
from authsvc.errors import InvalidRequest, NotFound
from authsvc.evidence import kinds
from authsvc.evidence.export_list import list_export, missing_references
from authsvc.evidence.keyforms import digest_bytes
from authsvc.evidence.package import Contents, Logged, PackagedRecord, SignedDocument, build
from authsvc.evidence.record import Disclosure, Entry, parse
from authsvc.evidence.stored import read_path
from authsvc.evidence.trust import LogKey, Trust
from authsvc.keys import b64url
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import evidence as rows

OUTSIDE = "outside_the_case"
"""Why a record of a person is not in an export: the case does not need it."""
WITHHELD = frozenset({"person_ip", "person_device", "login_session"})
"""Slots that a case does not need by default; they stay hashes."""
KEPT_NAMES = frozenset({"signed", "content"})


@dataclass(frozen=True, slots=True)
class Case:
    """What a court asks: acts by their record ids, or all records of one subject (`iin:…`); who asks, and on which
    ground."""

    acts: tuple[str, ...] = ()
    subject: str | None = None
    recipient: str = ""
    ground: str = ""
    request: bytes = b""
    kind: str = "court"


@dataclass(frozen=True, slots=True)
class _Opened:
    """A record with what can be opened of it."""

    row: rows.Entry
    entry: Entry
    disclosures: Sequence[Disclosure]
    blobs: Mapping[str, bytes]

    def value(self, name: str) -> object:
        return next((one.value for one in self.disclosures if one.name == name), "")


async def export_case(svc: Service, case: Case) -> bytes:
    """The court package as ZIP bytes, the export itself a record inside. Raises NotFound, InvalidRequest, ReadOnly."""
    wanted = await _wanted(svc, case)
    opened = await _closure(svc, wanted)
    export = await _record_export(svc, case, opened)
    size, checkpoint = await svc.log.publish()
    records = [*opened, await _open(svc, export)]
    return build(
        Contents(
            checkpoint=checkpoint,
            policy=policy_text(svc),
            genesis=await _logged(svc, 0, size),
            keys=(),
            records=[await _packaged(svc, one, size) for one in records],
            export=export,
            documents=list(_documents(records)),
            request=case.request,
        )
    )


def policy_text(svc: Service) -> bytes:
    """The tlog-policy under which this log's checkpoints are judged: its own keys, and no witness yet."""
    return f"log {svc.log.signers.log.verifier}\nquorum none\n".encode()


async def trust_of(svc: Service) -> Trust:
    """What a court would have from us beforehand, apart from every package (trust.json)."""
    genesis = await rows.entries_between(svc.store, 0, 1)
    signers = svc.log.signers
    return Trust(
        origin=svc.log.origin,
        environment=svc.settings.environment,
        genesis=hashlib.sha256(genesis[0].body).hexdigest(),
        log_keys=(LogKey(signers.log.verifier), LogKey(signers.tree.verifier)),
        policy=policy_text(svc).decode(),
        eds_anchors=tuple(svc.trust.fingerprints()),
    )


async def _wanted(svc: Service, case: Case) -> list[str]:
    found = list(case.acts)
    if case.subject is not None:
        found += await rows.records_of(svc.store, svc.log.vault.blind(case.subject))
    if not found:
        raise InvalidRequest("an export names acts, or a person")
    return list(dict.fromkeys(found))


async def _closure(svc: Service, wanted: Iterable[str]) -> list[_Opened]:
    """The records asked for and all that they lean on, in the order of the log."""
    found = [await _open(svc, record_id) for record_id in wanted]
    while missing := missing_references(_entries(found)):
        found += [await _open(svc, record_id) for record_id in missing]
    return sorted(found, key=lambda one: one.row.index)


def _entries(opened: Sequence[_Opened]) -> list[tuple[Entry, Sequence[Disclosure]]]:
    return [(one.entry, _disclosed(one)) for one in opened]


async def _open(svc: Service, record_id: str) -> _Opened:
    row = await rows.entry_of(svc.store, record_id)
    if row is None:
        raise NotFound(f"no record {record_id}")
    disclosures = await svc.log.vault.disclosures(svc.store, record_id)
    return _Opened(row, parse(row.body), disclosures, await svc.log.vault.blobs(svc.store, record_id))


async def _record_export(svc: Service, case: Case, opened: Sequence[_Opened]) -> str:
    """Custody: what leaves, for whom, and each person's head as it stands."""
    now = svc.clock.now()
    record_id = uuid7(now, svc.entropy)
    listed = list_export(_entries(opened), await _heads(svc, opened), OUTSIDE)

    async def act(tx: Tx) -> object:
        return await svc.log.stage(
            tx,
            kinds.Export(
                id=record_id,
                time=now,
                export_kind=case.kind,
                about=case.acts,
                export_recipient=case.recipient,
                export_request=b64url(hashlib.sha256(case.request).digest()) if case.request else "",
                export_ground=case.ground,
                export_list=listed.listed,
                export_left_out=listed.left_out,
                export_count=listed.count,
                export_heads=listed.heads,
            ),
            {"export_request": case.request} if case.request else {},
        )

    await svc.store.transact(act)
    await svc.log.sweep()
    return record_id


async def _heads(svc: Service, opened: Sequence[_Opened]) -> dict[str, tuple[int, str]]:
    """Number and leaf hash of the last record of each person of the case, as the log stands."""
    subjects = {str(one.value(f"{role}_subject")) for one in opened for role in one.entry.schema.roles} - {""}
    return {
        subject: head
        for subject in subjects
        if (head := await rows.chain_head(svc.store, svc.log.vault.blind(subject))) is not None
    }


def _disclosed(one: _Opened) -> list[Disclosure]:
    return [each for each in one.disclosures if each.name not in WITHHELD]


async def _packaged(svc: Service, one: _Opened, size: int) -> PackagedRecord:
    logged = await _logged(svc, one.row.index, size)
    blobs = {name: data for name, data in one.blobs.items() if "/" not in name and name not in KEPT_NAMES}
    return PackagedRecord(logged.index, logged.entry, logged.path, _disclosed(one), blobs)


async def _logged(svc: Service, index: int, size: int) -> Logged:
    (row,) = await rows.entries_between(svc.store, index, index + 1)
    return Logged(index, row.body, await read_path(svc.store, index, size))


def _documents(records: Sequence[_Opened]) -> Iterable[SignedDocument]:
    """The signed files among the records, each once, with what its verdict rests on."""
    grouped: dict[bytes, list[_Opened]] = {}
    for one in records:
        if "signed" in one.blobs:
            grouped.setdefault(digest_bytes(str(one.value("report"))) + one.blobs["signed"], []).append(one)
    for group in grouped.values():
        first = group[0]
        by_kind = {
            kind: [data for name, data in first.blobs.items() if name.startswith(f"{kind}/")]
            for kind in ("certificate", "crl", "anchor")
        }
        yield SignedDocument(
            records=[one.entry.id for one in group],
            signed=first.blobs["signed"],
            at=first.entry.time,
            content=first.blobs.get("content"),
            detached=first.value("document") != b64url(hashlib.sha256(first.blobs["signed"]).digest()),
            certificates=by_kind["certificate"],
            crls=by_kind["crl"],
            anchors=by_kind["anchor"],
        )
