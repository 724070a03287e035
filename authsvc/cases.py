"""Cases: the court package over acts or a person, its export recorded and taken along (evidence format, section 12)."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from authsvc import __version__, anchoring, sealing
from authsvc.clock import uuid7
from authsvc.errors import Conflict, InvalidRequest, NotFound
from authsvc.evidence import archive, kinds, report_pdf
from authsvc.evidence.archive import TimeOf
from authsvc.evidence.audience import CASE, Audience, reveal, reveal_blobs
from authsvc.evidence.closure import Closure
from authsvc.evidence.errors import BadPackage
from authsvc.evidence.export_list import list_export, missing_references
from authsvc.evidence.judge_eds import report_again
from authsvc.evidence.keyforms import digest_bytes
from authsvc.evidence.keyring import KeyRing
from authsvc.evidence.package import Contents, Logged, PackagedRecord, SignedDocument, write_files
from authsvc.evidence.package_pdf import write_pdf_form
from authsvc.evidence.package_read import CUSTODY
from authsvc.evidence.package_zip import write_zip
from authsvc.evidence.record import Disclosure, Entry, parse
from authsvc.evidence.stored import read_path
from authsvc.evidence.trust import LogKey, Revoked, Trust, parse_trust
from authsvc.evidence.verifiers import name_verifiers, read_verifiers
from authsvc.keys import b64url
from authsvc.sealing import Choice
from authsvc.service import Service
from authsvc.stamping import Connect, connect
from authsvc.store import Tx, heirs, subjects
from authsvc.store import evidence as rows
from authsvc.store.erasures import is_restricted

OUTSIDE = "outside_the_case"
"""Why a record of a person is not in an export: the case does not need it."""
ERASED_MEANWHILE = "a person's data were erased while the export was made; ask again"
MOST_RECORDS = 400
"""Records of one export: each is three files and its texts, and a package has 2,000 files at most (section 12)."""
PACKAGED_APART = frozenset({"genesis", "key", "anchor"})
"""Types that every package has beside its records."""
MOST_LOOKED_AT = 1_000
"""Records of one person that are looked through for what belongs to an act."""
KEPT_NAMES = frozenset({"signed", "content"})


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked: acts by their record ids, all records of one subject (`iin:…`), or all of a period (ms, its end
    not in it), also of the subject; who asks, on which ground.

    `request` is what was asked, byte by byte, as the `approvals` name it; `order` the court's own file. `audience` says
    which values are revealed. `record_id` is the export record's, so that a making that died is taken up again and not
    recorded twice; without one a new id is taken.
    """

    acts: tuple[str, ...] = ()
    subject: str | None = None
    period: tuple[int, int] | None = None
    recipient: str = ""
    ground: str = ""
    request: bytes = b""
    kind: str = "court"
    rp: str = ""
    approvals: tuple[kinds.Approval, ...] = ()
    order: bytes = b""
    audience: Audience = CASE
    record_id: str = ""


Progress = Callable[[int, int], Awaitable[None]]
"""Told how many of how many steps are done. What it raises ends the making."""


async def _no_progress(_done: int, _of: int) -> None:
    return None


@dataclass(frozen=True, slots=True)
class _Opened:
    """A record with what the audience gets of it."""

    row: rows.Entry
    entry: Entry
    disclosures: Sequence[Disclosure]
    blobs: Mapping[str, bytes]
    persons: frozenset[str]
    """Whom it is about, whether or not the audience learns it."""

    def value(self, name: str) -> object:
        return next((one.value for one in self.disclosures if one.name == name), "")


@dataclass(frozen=True, slots=True)
class Made:
    """A package and the persons (`iin:…`, `bin:…`) whose records are in it."""

    package: bytes
    persons: frozenset[str]


async def export_case(svc: Service, case: Case, progress: Progress = _no_progress) -> bytes:
    """The court package as ZIP bytes, the export itself a record inside. Raises NotFound, InvalidRequest, ReadOnly."""
    return (await make_package(svc, case, progress)).package


async def make_package(svc: Service, case: Case, progress: Progress = _no_progress, connect: Connect = connect) -> Made:
    """The same, with whom it is about. A making that was cut off goes on with what it chose."""
    wanted = await _recorded(svc, case.record_id)
    begun = bool(wanted)
    opened = await _closure(svc, case.audience, wanted or await _wanted(svc, case), progress)
    export = case.record_id if begun else await _record_export(svc, case, opened)
    records = [*opened, await _open(svc, CASE, export)]
    chosen = await sealing.read_choice(svc, export)
    time = await _anchored(svc, [one.row.index for one in records], chosen, connect)
    if chosen is None:
        size, checkpoint, _ = await svc.publishing.close_over(max(records[-1].row.index, time.size - 1))
    else:
        size, checkpoint = chosen.size, chosen.checkpoint
    contents = Contents(
        checkpoint=checkpoint,
        policy=policy_text(svc) if chosen is None else chosen.policy,
        genesis=await _logged(svc, 0, size),
        keys=[await _logged(svc, row.index, size) for row in await rows.key_entries(svc.store) if row.index < size],
        records=[await _packaged(svc, one, size) for one in records],
        export=export,
        documents=list(_documents(records)),
        request=case.request,
        order=case.order,
        verifiers=read_verifiers(),
        time=await archive.time_files(svc.store, time, size, checkpoint),
    )
    await progress(len(records), len(records))
    package = await _write(svc, case, contents, size, chosen or time, connect)
    return Made(package, frozenset().union(*(one.persons for one in opened)))


async def rebuild_package(svc: Service, record_id: str) -> bytes:
    """The package of an export that was made before, byte for byte. NotFound when nothing is kept of it; Conflict when
    an erasure or another release of the service stands in between."""
    chosen = await sealing.read_choice(svc, record_id)
    wanted = await _recorded(svc, record_id)
    if chosen is None or not wanted:
        raise NotFound(f"no package of the export {record_id} is kept")
    export = await _open(svc, CASE, record_id)
    subject = await svc.log.vault.subject_of(svc.store, chosen.subject) if chosen.subject else ""
    if subject is None:
        raise Conflict("this package can't be built again: what it is about was erased")
    case = Case(
        request=export.blobs.get("export_request", b""),
        order=chosen.order,
        audience=Audience(subject=subject, client_id=chosen.client_id),
        record_id=record_id,
    )
    return (await make_package(svc, case)).package


def as_pdf(package: bytes) -> bytes:
    """The same package as one PDF that carries the ZIP. InvalidRequest when it has no report.pdf (extra `reports`)."""
    try:
        return write_pdf_form(package)
    except BadPackage as error:
        raise InvalidRequest(error.message) from error


_rendering = ThreadPoolExecutor(1, thread_name_prefix="report")
"""Reports are made one at a time and away from the loop: a long one may take seconds and hundreds of megabytes."""


async def _write(
    svc: Service, case: Case, contents: Contents, size: int, given: Choice | TimeOf, connect: Connect
) -> bytes:
    """The package with its seal. What was chosen is kept before anything is handed out; for a first making the anchors
    are given, else the choice."""
    chosen = given if isinstance(given, Choice) else None
    key = await asyncio.to_thread(sealing.read_key, svc.settings.keys_dir) if chosen is None else None
    sealed = bool(chosen.meta) if chosen else key is not None
    write_pdf = report_pdf.write_pdf if report_pdf.can_write(len(contents.records)) else None
    write = partial(write_files, contents, write_pdf=write_pdf, report_again=report_again, sealed=sealed)
    files = await asyncio.get_running_loop().run_in_executor(_rendering, write)
    custody = hashlib.sha256(files[CUSTODY]).hexdigest()
    if isinstance(given, TimeOf):
        meta = await sealing.seal(svc, key, files, connect) if key is not None else {}
        subject = await svc.log.vault.find(svc.store, case.audience.subject) if case.audience.subject else ""
        chosen = Choice(
            size,
            contents.checkpoint,
            contents.policy,
            custody,
            meta,
            subject or "",
            case.audience.client_id,
            case.order,
            given.record_ids,
            given.failure,
        )
        chosen = await sealing.keep_choice(svc, contents.export, chosen)
    if chosen is None or custody != chosen.custody:
        raise Conflict("this package can't be built again: an erasure, or another release, stands in between")
    return await asyncio.to_thread(write_zip, {**files, **chosen.meta})


async def _anchored(svc: Service, indices: Sequence[int], chosen: Choice | None, connect: Connect) -> TimeOf:
    """Waits for an anchor above every record, as long as there is hope; else says why there is none."""
    if chosen is not None:
        return await archive.time_named(svc.store, chosen.anchors, indices, chosen.failure)
    await anchoring.anchor_above(svc, max(indices), connect)
    found = await archive.find_time(svc.store, indices)
    return found if found.complete else replace(found, failure=await anchoring.failure_of(svc))


async def _recorded(svc: Service, record_id: str) -> list[str]:
    """What the export record of this id lists, when it is in the log already: an earlier making came as far as that."""
    if not record_id or await rows.entry_of(svc.store, record_id) is None:
        return []
    export = await _open(svc, CASE, record_id)
    listed = export.value("export_list")
    return [str(each[0]) for each in listed if isinstance(each, list)] if isinstance(listed, list) else []


def policy_text(svc: Service) -> bytes:
    """The tlog-policy under which this log's checkpoints are judged: its own key, its witnesses, the quorum."""
    return svc.publishing.quorum.text


async def trust_of(svc: Service) -> Trust:
    """What a court would have from us beforehand, apart from every package (trust.json)."""
    genesis = await rows.entries_between(svc.store, 0, 1)
    ring = KeyRing(parse(genesis[0].body))
    for entry in await rows.key_entries(svc.store):
        ring.apply(parse(entry.body), entry.index)
    return Trust(
        origin=svc.log.origin,
        environment=svc.settings.environment,
        genesis=hashlib.sha256(genesis[0].body).hexdigest(),
        log_keys=tuple(
            LogKey(each.verifier, each.start, each.end) for each in ring.intervals if each.family == ring.LOG
        ),
        policy=policy_text(svc).decode(),
        witnesses=svc.publishing.quorum.witnesses(),
        tsa_anchors=tuple(one.der for one in svc.trust.tsa_anchors.certificates),
        eds_anchors=tuple(svc.trust.fingerprints()),
        revoked=tuple(
            Revoked(each.verifier, each.leaked_at, each.end + 1)
            for each in ring.intervals
            if each.event == "revoked" and each.end is not None
        ),
        verifiers=name_verifiers(__version__),
        predecessors=tuple(parse_trust(each) for each in await heirs.predecessors(svc.store)),
    )


async def records_about(svc: Service, subject: str) -> list[str]:
    """Ids of the records about this person (`iin:…`, `bin:…`), in the order of the log."""
    handle = await svc.log.vault.find(svc.store, subject)
    return await subjects.records_of(svc.store, handle) if handle else []


async def _wanted(svc: Service, case: Case) -> list[str]:
    found = list(case.acts)
    if case.subject is not None:
        about = await records_about(svc, case.subject)
        since, until = case.period or (0, 1 << 48)
        found += [each for each in about if since <= time_of(each) < until]
    elif case.period is not None:
        found += await _logged_in(svc, *case.period)
    if not found:
        raise InvalidRequest("an export names acts, a person or a period, and there is a record of it")
    return list(dict.fromkeys(found))


def time_of(record_id: str) -> int:
    """When the act of this record was, in ms: a UUIDv7 begins with it (RFC 9562 5.7)."""
    return int(record_id[:8] + record_id[9:13], 16)


async def _logged_in(svc: Service, since: int, until: int) -> list[str]:
    """Ids of the records that took their place in this period. InvalidRequest for more than one export holds."""
    first, last = await _first_at(svc, since), await _first_at(svc, until)
    if last - first > MOST_RECORDS * 4:
        raise InvalidRequest(f"more than {MOST_RECORDS} records: ask for a shorter time")
    found = await rows.entries_between(svc.store, first, last)
    return [row.record_id for row in found if row.type not in PACKAGED_APART]


async def _first_at(svc: Service, moment: int) -> int:
    """Index of the first entry that was logged at this moment (ms) or later: indices ascend with time."""
    head = await rows.read_head(svc.store)
    low, high = 0, head.size if head else 0
    while low < high:
        middle = (low + high) // 2
        if await rows.logged_at(svc.store, middle) < moment:
            low = middle + 1
        else:
            high = middle
    return low


async def _closure(svc: Service, audience: Audience, wanted: Sequence[str], progress: Progress) -> list[_Opened]:
    """The records asked for, all that they lean on, and for a case what belongs to them (disputes, corrections, changes
    of the enrolments used, …), in the order of the log. InvalidRequest for too many."""
    found: list[_Opened] = []
    missing = tuple(wanted)
    others: list[_Opened] | None = None if audience == CASE else []
    while missing:
        if len(found) + len(missing) > MOST_RECORDS:
            raise InvalidRequest(f"more than {MOST_RECORDS} records: ask for fewer acts, or for a shorter time")
        for record_id in missing:
            found.append(await _open(svc, audience, record_id))
            await progress(len(found), max(len(wanted), len(found)) + 1)
        if others is None:
            others = await _others_of(svc, found)
        missing = await _here(svc, missing_references(_entries(found))) or _belonging(found, others)
    return sorted(found, key=lambda one: one.row.index)


async def _here(svc: Service, named: tuple[str, ...]) -> tuple[str, ...]:
    """Those that stand in this log: what a successor's records name may stand in the one before."""
    if not await heirs.predecessors(svc.store):
        return named
    return tuple([each for each in named if await rows.entry_of(svc.store, each) is not None])


async def _others_of(svc: Service, acts: Sequence[_Opened]) -> list[_Opened]:
    """The other records of the persons of these acts, the newest ones where there are many."""
    taken = {one.entry.id for one in acts}
    persons = {person for one in acts if one.entry.family != "administration" for person in one.persons}
    ids = {each for person in sorted(persons) for each in (await records_about(svc, person))[-MOST_LOOKED_AT:]}
    return [await _open(svc, CASE, each) for each in sorted(ids - taken)]


def _belonging(found: Sequence[_Opened], others: Sequence[_Opened]) -> tuple[str, ...]:
    """Ids of those among the others that belong to what was found."""
    closure, taken = Closure(), {one.entry.id for one in found}
    for one in found:
        closure.take(one.entry, {each.name: each.value for each in one.disclosures})
    return tuple(
        one.entry.id
        for one in others
        if one.entry.id not in taken and closure.pulls(one.entry, {each.name: each.value for each in one.disclosures})
    )


def _entries(opened: Sequence[_Opened]) -> list[tuple[Entry, Sequence[Disclosure]]]:
    return [(one.entry, one.disclosures) for one in opened]


async def _open(svc: Service, audience: Audience, record_id: str) -> _Opened:
    row = await rows.entry_of(svc.store, record_id)
    if row is None:
        raise NotFound(f"no record {record_id}")
    entry = parse(row.body)
    disclosures = await svc.log.vault.disclosures(svc.store, record_id)
    blobs = reveal_blobs(entry, disclosures, await svc.log.vault.blobs(svc.store, record_id), audience)
    persons = frozenset(str(one.value) for one in disclosures if one.name in _subjects_of(entry)) - {""}
    return _Opened(row, entry, reveal(entry, disclosures, audience), blobs, persons)


def _subjects_of(entry: Entry) -> frozenset[str]:
    return frozenset(f"{role}_subject" for role in entry.schema.roles)


async def _record_export(svc: Service, case: Case, opened: Sequence[_Opened]) -> str:
    """Custody: what leaves, for whom, and each person's head as it stands."""
    now = svc.clock.now()
    record_id = case.record_id or uuid7(now, svc.entropy)
    entries = _entries(opened)
    named = missing_references(entries)
    earlier = set(named) - set(await _here(svc, named))
    listed = list_export(entries, await _heads(svc, opened), OUTSIDE, earlier=earlier)
    handles = await _demand_usable(svc, case, opened)

    async def act(tx: Tx) -> object:
        if len(await subjects.hold(tx, handles)) < len(handles):
            raise Conflict(ERASED_MEANWHILE)
        return await svc.log.stage(
            tx,
            kinds.Export(
                id=record_id,
                time=now,
                export_kind=case.kind,
                about=case.acts,
                rp=case.rp,
                export_recipient=case.recipient,
                export_request=b64url(hashlib.sha256(case.request).digest()) if case.request else "",
                export_ground=case.ground,
                export_list=listed.listed,
                export_left_out=listed.left_out,
                export_count=listed.count,
                export_heads=listed.heads,
                approvals=case.approvals,
            ),
            {"export_request": case.request} if case.request else {},
        )

    await svc.store.transact(act)
    await svc.log.sweep()
    return record_id


async def _demand_usable(svc: Service, case: Case, opened: Sequence[_Opened]) -> list[str]:
    """The handles of the persons whose values leave. Conflict when one was erased since they were read, or when their
    data may be kept only: a restriction lets courts, authorities and the person through."""
    kept_only = case.kind == "auditor" or case.audience.client_id != ""
    handles = []
    for person in sorted({person for one in opened for person in one.persons}):
        handle = await svc.log.vault.find(svc.store, person)
        if handle is None:
            raise Conflict(ERASED_MEANWHILE)
        if kept_only and await is_restricted(svc.store, handle):
            raise Conflict("the processing of a person's data is restricted: they are kept for courts and the person")
        handles.append(handle)
    return handles


async def _heads(svc: Service, opened: Sequence[_Opened]) -> dict[str, tuple[int, str]]:
    """Number and leaf hash of the last record of each person of the case, as the log stands."""
    persons = {str(one.value(f"{role}_subject")) for one in opened for role in one.entry.schema.roles} - {""}
    heads: dict[str, tuple[int, str]] = {}
    for person in persons:
        handle = await svc.log.vault.find(svc.store, person)
        head = await subjects.chain_head(svc.store, handle) if handle else None
        if head is not None:
            heads[person] = head
    return heads


async def _packaged(svc: Service, one: _Opened, size: int) -> PackagedRecord:
    logged = await _logged(svc, one.row.index, size)
    blobs = {name: data for name, data in one.blobs.items() if "/" not in name and name not in KEPT_NAMES}
    return PackagedRecord(logged.index, logged.entry, logged.path, one.disclosures, blobs)


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
            for kind in ("certificate", "crl", "ocsp", "anchor")
        }
        yield SignedDocument(
            records=[one.entry.id for one in group],
            signed=first.blobs["signed"],
            at=first.entry.time,
            content=first.blobs.get("content"),
            detached=first.value("document") != b64url(hashlib.sha256(first.blobs["signed"]).digest()),
            certificates=by_kind["certificate"],
            crls=by_kind["crl"],
            ocsp=by_kind["ocsp"],
            anchors=by_kind["anchor"],
        )
