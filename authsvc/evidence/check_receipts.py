"""Part of check 11: what a person or relying party kept, against what the court got (evidence format, sections 6, 11).

A receipt is a JWS, but that is transport: what counts is the entry inside and its proof. Its record must stand in the
package, or be named among what was left out, or have come after the package's checkpoint.
"""

from base64 import urlsafe_b64decode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from authsvc.clock import rfc3339
from authsvc.evidence.canonical import loads_strict
from authsvc.evidence.check_chains import ChainLink, chains, left_out
from authsvc.evidence.errors import EvidenceError
from authsvc.evidence.keyforms import digest_bytes
from authsvc.evidence.keyring import KeyRing
from authsvc.evidence.note import Verifier
from authsvc.evidence.package_read import Package, read_disclosure
from authsvc.evidence.proof import Proof, parse_proof
from authsvc.evidence.receipt_time import TimePart, check_time_part, read_time_part
from authsvc.evidence.record import Entry, check_disclosure, parse, verify_entry
from authsvc.evidence.trust import Trust
from authsvc.evidence.verdict import Sheet

TYPES = {"confirmation-receipt+jwt": "confirmation", "authentication-receipt+jwt": "authentication"}
MAX_RECEIPT = 1_048_576


@dataclass(frozen=True, slots=True)
class Kept:
    """What a receipt holds: an entry with its proof, and the person's number and previous leaf as disclosed."""

    entry: Entry
    proof: Proof
    number: int
    previous: str
    time: TimePart | None


@dataclass(frozen=True, slots=True)
class Known:
    """What a receipt is checked with; `at` is the checker's clock in ms."""

    ring: KeyRing | None
    log_keys: Sequence[Verifier]
    trust: Trust | None
    at: int


def check_receipts(sheet: Sheet, package: Package, receipts: Sequence[bytes], known: Known) -> None:
    """Each receipt in turn; a receipt that is not of this log says nothing against the package."""
    for place, data in enumerate(receipts, 1):
        where = f"receipt {place}"
        try:
            kept = read_receipt(data)
            _check_of_this_log(kept, known.ring, known.log_keys)
        except (EvidenceError, ValueError) as error:
            sheet.doubt("receipt_unreadable", where, reason=error)
            continue
        _compare(sheet, package, kept, where)
        _check_time(sheet, package, kept, known, where)


def read_receipt(data: bytes) -> Kept:
    """The content of a receipt; ValueError or EvidenceError when it is none."""
    parts = data.strip().split(b".")
    if len(data) > MAX_RECEIPT or len(parts) != 3:
        raise ValueError("not a receipt")
    header, payload = (loads_strict(_decode(part), max_bytes=MAX_RECEIPT) for part in parts[:2])
    if not isinstance(header, dict) or not isinstance(payload, dict) or header.get("typ") not in TYPES:
        raise ValueError("not a receipt")
    entry_text, proof_text, opened = payload.get("entry"), payload.get("proof"), payload.get("disclosures")
    if not isinstance(entry_text, str) or not isinstance(proof_text, str) or not isinstance(opened, list):
        raise ValueError("not a receipt")
    entry, proof = parse(entry_text.encode()), parse_proof(proof_text.encode())
    if entry.type != TYPES[str(header["typ"])]:
        raise ValueError("a receipt of another kind than its record")
    values = {}
    for each in opened:
        disclosure = read_disclosure(each)
        values[check_disclosure(entry, disclosure).name] = disclosure.value
    number, previous = values.get("person_number"), values.get("person_previous")
    time = read_time_part(payload["time"]) if "time" in payload else None
    return Kept(entry, proof, number if isinstance(number, int) else 0, str(previous or ""), time)


def _decode(part: bytes) -> bytes:
    return urlsafe_b64decode(part + b"=" * (-len(part) % 4))


def _check_of_this_log(kept: Kept, ring: KeyRing | None, log_keys: Sequence[Verifier]) -> None:
    if ring is None or not log_keys:
        raise ValueError("no keys to check a receipt with")
    verify_entry(kept.entry.data, {kept.entry.family: ring.issuers(kept.entry.family)})
    kept.proof.verify(kept.entry.data, log_keys, log_keys[0].name)


def _check_time(sheet: Sheet, package: Package, kept: Kept, known: Known, where: str) -> None:
    """What an anchored receipt proves of its record's place. Revocation data that it leaves out for their length are
    taken from the package where that has them; where nobody has, the time is not confirmed, and the record no worse."""
    if kept.time is None:
        return
    if known.ring is None or known.trust is None or not known.trust.tsa_anchors:
        sheet.note("receipt_time_not_judged", where, receipt=where)
        return
    part = kept.time.completed(package.files)
    try:
        found = check_time_part(part, kept.entry, kept.proof, known.trust, known.ring, known.at)
    except EvidenceError as error:
        sheet.doubt("receipt_time_fails", where, receipt=where, reason=error)
        return
    if found.before is None:
        lacking = ", ".join(f"{path} ({size})" for path, size in part.left_out.items()) or "—"
        sheet.note("receipt_time_open", where, receipt=where, reason=found.reason, lacking=lacking)
        return
    since = rfc3339(found.after) if found.after is not None else "…"
    sheet.note("receipt_anchored", where, receipt=where, after=since, before=rfc3339(found.before))


def _compare(sheet: Sheet, package: Package, kept: Kept, where: str) -> None:
    size = package.checkpoint.size if package.checkpoint else 0
    item = package.record(kept.entry.id)
    if item is not None:
        same = item.entry is not None and item.entry.leaf == kept.entry.leaf
        if not same or item.proof is None or item.proof.index != kept.proof.index:
            sheet.fault("receipt_differs", item.path, receipt=where)
        else:
            sheet.note("receipt_holds", item.path, receipt=where, number=kept.number)
        return
    if kept.proof.index >= size:
        sheet.note("receipt_later", where, number=kept.number)
        return
    out = left_out(package)
    if kept.entry.id in out:
        sheet.note("receipt_left_out", where, number=kept.number)
    elif _is_linked(chains(package).values(), kept) and kept.number not in out:
        sheet.fault("receipt_withheld", where, number=kept.number, id=kept.entry.id)
    else:
        sheet.doubt("receipt_not_in_package", where, number=kept.number, id=kept.entry.id)


def _is_linked(persons: Iterable[Sequence[ChainLink]], kept: Kept) -> bool:
    """Whether the receipt's record is the neighbour of a packaged one in the same person's chain."""
    for link in chain.from_iterable(persons):
        if kept.previous not in ("", "none") and digest_bytes(kept.previous) == link.leaf:
            return True
        if link.previous != "none" and digest_bytes(link.previous) == kept.entry.leaf:
            return True
    return False
