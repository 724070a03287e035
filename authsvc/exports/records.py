"""A person's own records: the list, and each with what is proven and what is not, as a package's report says it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from authsvc import cases, confirm
from authsvc.errors import NotFound
from authsvc.evidence import archive
from authsvc.evidence.audience import Audience, concerns, reveal, reveal_blobs
from authsvc.evidence.log import Settled
from authsvc.evidence.package import Contents, Logged, PackagedRecord, lay_out
from authsvc.evidence.package_read import read_package
from authsvc.evidence.proof import parse_proof
from authsvc.evidence.record import Disclosure, Entry, parse
from authsvc.evidence.report_blocks import Block, Table
from authsvc.evidence.report_story import tell
from authsvc.evidence.states import Standing
from authsvc.evidence.stored import read_path
from authsvc.service import Service
from authsvc.store import evidence as rows
from authsvc.store import proofs

PAGE = 20


@dataclass(frozen=True, slots=True)
class Line:
    """A record in the list; `rp` is the client id of the relying party, empty where none asked."""

    id: str
    type: str
    time: int
    rp: str


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """A record with what its person may see of it. `state`: sequenced, witnessed, anchored; `receipt`: or empty."""

    settled: Settled
    entry: Entry
    disclosures: Sequence[Disclosure]
    state: str
    receipt: str
    blocks: Sequence[Block]


async def list_records(svc: Service, subject: str, page: int) -> tuple[list[Line], bool]:
    """A page of the records about this person, newest first; whether there are older ones."""
    ids = list(reversed(await cases.records_about(svc, subject)))
    shown = ids[page * PAGE : (page + 1) * PAGE]
    return [await _line(svc, subject, each) for each in shown], len(ids) > (page + 1) * PAGE


async def own_record(svc: Service, subject: str, record_id: str, locale: str) -> OwnRecord:
    """The record in this language, for a person whom it is about; NotFound for everybody else."""
    audience = Audience(subject=subject)
    settled = await svc.log.find(record_id)
    opened = await svc.log.vault.disclosures(svc.store, record_id) if settled else []
    if settled is None or not concerns(entry := parse(settled.entry), opened, audience):
        raise NotFound("there is nothing here")
    kept = await svc.log.vault.blobs(svc.store, record_id)
    blobs = {name: data for name, data in reveal_blobs(entry, opened, kept, audience).items() if "/" not in name}
    disclosures = reveal(entry, opened, audience)
    standing = await svc.publishing.stand(settled)
    return OwnRecord(
        settled=standing.settled,
        entry=entry,
        disclosures=disclosures,
        state=standing.state,
        receipt=await _receipt(svc, standing, blobs) if entry.type == "confirmation" else "",
        blocks=await _tell(svc, standing, disclosures, blobs, locale),
    )


async def _line(svc: Service, subject: str, record_id: str) -> Line:
    row = await rows.entry_of(svc.store, record_id)
    if row is None:
        raise NotFound("there is nothing here")
    entry = parse(row.body)
    opened = await svc.log.vault.disclosures(svc.store, record_id)
    rp = next((str(each.value) for each in opened if each.name == "rp"), "")
    return Line(entry.id, entry.type, entry.time, rp)


async def _receipt(svc: Service, standing: Standing, blobs: Mapping[str, bytes]) -> str:
    """The same receipt that the relying party has; the statement names its request."""
    request_id = str(orjson.loads(blobs["statement"])["id"]) if "statement" in blobs else ""
    row = await proofs.request_of(svc.store, request_id) if request_id else None
    return await confirm.receipt_of(svc, row, standing) if row else ""


async def _tell(
    svc: Service, standing: Standing, disclosures: Sequence[Disclosure], blobs: Mapping[str, bytes], locale: str
) -> Sequence[Block]:
    """The record's sheet of a report over this record alone, with the proof of its state; without its heading."""
    settled = standing.settled
    proof = parse_proof(settled.proof)
    (genesis,) = await rows.entries_between(svc.store, 0, 1)
    entry = parse(settled.entry)
    files = lay_out(
        Contents(
            checkpoint=proof.checkpoint,
            policy=cases.policy_text(svc),
            genesis=Logged(0, genesis.body, await read_path(svc.store, 0, settled.size)),
            keys=(),
            records=[PackagedRecord(settled.index, settled.entry, proof.path, disclosures, blobs)],
            export=entry.id,
            time=await archive.time_around(svc.store, standing),
        )
    )
    _, sheet = tell(read_package(files, entry.id), locale)
    path = ["records/0001.note"]  # a place in a package: here there is none
    return [
        Table([row for row in block.rows if list(row[1]) != path]) if isinstance(block, Table) else block
        for block in sheet.blocks[1:]
    ]
