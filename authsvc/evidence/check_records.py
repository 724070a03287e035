"""Checks 7 to 10 of a package: entry bytes, slots, inclusion, time (evidence format, sections 4, 6, 11)."""

import hashlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from authsvc.clock import rfc3339
from authsvc.evidence.errors import EvidenceError, NewerFormat, RecordError
from authsvc.evidence.forms import APPROVALS, DIGEST, DIGEST_NEEDED
from authsvc.evidence.keyring import KeyRing, Standing
from authsvc.evidence.merkle import verify_inclusion
from authsvc.evidence.note import open_note
from authsvc.evidence.package_read import CHECKPOINT, Item, Package, blob_path
from authsvc.evidence.record import Disclosure, Entry, check_disclosure
from authsvc.evidence.verdict import Sheet

DOMAINS = {
    "statement": b"authsvc/confirmation/v1\x00",
    "login_statement": b"authsvc/authentication/v1\x00",
    "challenge": b"authsvc/challenge/v1\x00",
}
"""Digests that are taken behind a domain; all others are of the bytes alone."""


def check_entry_bytes(
    sheet: Sheet, package: Package, ring: KeyRing | None, uppers: Mapping[int, int] = MappingProxyType({})
) -> None:
    """7, and what belongs to 6: each record reads in one way and is signed by a key good at its index.

    `uppers`: index to the time (ms) before which an anchor shows the entry to have stood in the log.
    """
    for item in package.records:
        if item.entry is None or item.fault is not None:
            _refuse(sheet, item, ring)
            continue
        if item.entry.type in ("genesis", "key"):
            sheet.fault("misplaced", item.path, type=item.entry.type)
            continue
        _check_signature(sheet, item, item.entry, ring, uppers)
    seen: set[str] = set()
    for item in package.records:
        if item.entry is not None and item.entry.id in seen:
            sheet.fault("record_twice", item.path)
        seen.add(item.entry.id if item.entry else "")


def _refuse(sheet: Sheet, item: Item, ring: KeyRing | None) -> None:
    fault = item.fault
    if isinstance(fault, NewerFormat):
        if fault.member != "entry" and ring is not None and not _is_signed(item.data, ring):
            sheet.fault("entry_signature", f"{item.path}#signature")
        sheet.doubt("newer_format", f"{item.path}#{fault.member}", reason=fault.reason)
    elif fault is not None:
        sheet.fault("entry", f"{item.path}#{fault.member}", reason=fault.reason)


def _is_signed(data: bytes, ring: KeyRing) -> bool:
    """Whether a known issuer signed an entry whose codes are not known here: else it is altered, not newer."""
    try:
        return bool(open_note(data, {each.verifier for each in ring.intervals}).verified)
    except EvidenceError:
        return False


def _check_signature(sheet: Sheet, item: Item, entry: Entry, ring: KeyRing | None, uppers: Mapping[int, int]) -> None:
    if ring is None or item.proof is None:
        return
    standing, interval = ring.standing(entry, item.proof.index, uppers.get(item.proof.index))
    if interval is None:
        sheet.fault("wrong_issuer", f"{item.path}#signature", family=entry.family)
        return
    if not interval.verifier.verify(entry.text, entry.signature.raw):
        sheet.fault("entry_signature", f"{item.path}#signature")
        return
    sheet.open_check("issuer_keys")
    if standing is Standing.OUTSIDE:
        sheet.fault("key_outside_interval", f"{item.path}#signature")
    elif standing is Standing.LEAKED:
        sheet.doubt(
            "issuer_leaked",
            f"{item.path}#signature",
            leaked=rfc3339(interval.leaked_at or 0),
            size=interval.end + 1 if interval.end is not None else 0,
            revoked="—" if interval.ended_at is None else rfc3339(interval.ended_at),
        )
    sheet.open_check("entry_bytes")


def check_slots(sheet: Sheet, package: Package) -> None:
    """8: each disclosed value is the one committed to, in the form of its slot; each blob is behind a digest."""
    used: set[str] = set()
    for item in package.records:
        if item.disclosures is None:
            sheet.fault("disclosures_unreadable", item.disclosures_path)
            continue
        if item.entry is None:
            continue
        places = [each.slot for each in item.disclosures]
        if places != sorted(set(places)):
            sheet.fault("slot_twice", item.disclosures_path)
        for disclosure in item.disclosures:
            _check_slot(sheet, item, item.entry, disclosure)
        for where, name, digest in _digests(item, item.entry):
            used.add(blob_path(digest))
            blob = package.blob(digest)
            if blob is not None and not is_behind(name, digest, blob):
                sheet.fault("blob", f"{where}#{name}")
    for path in package.files:
        if path.startswith("blobs/") and path not in used:
            sheet.fault("blob_of_nothing", path)


def _check_slot(sheet: Sheet, item: Item, entry: Entry, disclosure: Disclosure) -> None:
    where = f"{item.disclosures_path}#{disclosure.name}"
    try:
        slot = check_disclosure(entry, disclosure)
    except NewerFormat as error:
        sheet.doubt("newer_format", where, reason=error.reason)
        return
    except RecordError as error:
        sheet.fault("slot", where, reason=error.reason)
        return
    if slot.form is APPROVALS and isinstance(disclosure.value, list):
        persons = [str(each["person"]) for each in disclosure.value if isinstance(each, dict)]
        if len(set(persons)) != len(persons):
            sheet.fault("approved_twice", where)
        elif not persons:
            sheet.note("no_approvals", where)


def _digests(item: Item, entry: Entry) -> Iterator[tuple[str, str, str]]:
    """(where, name, digest) of each digest that is known and stands for bytes."""
    for name, form in entry.schema.plain.items():
        value = entry.body[name]
        if form is DIGEST_NEEDED and isinstance(value, str) and entry.type != "anchor":
            yield item.path, name, value
    forms = {slot.name: slot.form for slot in entry.schema.slots}
    for disclosure in item.disclosures or ():
        if forms.get(disclosure.name) is DIGEST and isinstance(disclosure.value, str) and disclosure.value:
            try:
                DIGEST.judge(disclosure.value)
            except ValueError:
                continue
            yield item.disclosures_path, disclosure.name, disclosure.value


def is_behind(name: str, digest: str, blob: bytes) -> bool:
    """Whether these bytes are what the digest of this member or slot stands for."""
    hashed = hashlib.sha256(DOMAINS.get(name, b"") + blob).hexdigest()
    return f"blobs/{hashed}" == blob_path(digest)


def check_inclusion(sheet: Sheet, package: Package) -> None:
    """9: each entry stands at its index of the one tree of the package's checkpoint."""
    checkpoint, note = package.checkpoint, package.files.get(CHECKPOINT)
    first = [package.genesis] if package.genesis else []
    last = -1
    for item in (*first, *package.keys, *package.records):
        if item.proof is None:
            sheet.fault("proof_unreadable", item.proof_path)
            continue
        if item.proof.checkpoint != note or item.proof.extra:
            sheet.fault("proof_to_another_checkpoint", item.proof_path)
        leaf = hashlib.sha256(b"\x00" + item.data).digest()
        size, root = (checkpoint.size, checkpoint.root) if checkpoint else (0, b"")
        if not verify_inclusion(item.proof.index, size, leaf, item.proof.path, root):
            sheet.fault("not_included", item.proof_path, index=item.proof.index)
        if item.path.startswith("records/"):
            if item.proof.index <= last:
                sheet.fault("order", item.proof_path)
            last = item.proof.index
