"""A court package's files as values (evidence format, section 12), without judging them.

What can't be read stays None or empty here; the checks say so with its place.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from authsvc.evidence.canonical import Value, loads_strict
from authsvc.evidence.checkpoint import Checkpoint, parse_checkpoint
from authsvc.evidence.errors import BadNote, BadPolicy, EvidenceError, RecordError
from authsvc.evidence.keyforms import digest_bytes
from authsvc.evidence.note import parse_note
from authsvc.evidence.package_time import PATHS as TIME_PATHS
from authsvc.evidence.policy import parse_policy
from authsvc.evidence.proof import Proof, parse_proof
from authsvc.evidence.record import Disclosure, Entry, check_disclosure, parse

VERSION = "authsvc/package/v1"
MIMETYPE = "application/vnd.etsi.asic-e+zip"
MIMETYPE_FILE = "mimetype"
CHECKPOINT = "log/checkpoint"
POLICY = "log/policy"
GENESIS = "log/genesis.note"
GENESIS_PROOF = "log/genesis.tlog-proof"
CUSTODY = "custody.json"
REPORT = "report.html"
REPORT_PDF = "report.pdf"
MANIFEST = "META-INF/ASiCManifest.xml"
SEAL = "META-INF/signature001.p7s"

MAX_JSON = 16 * 1024 * 1024
MAX_MEMBERS = 200_000
"""Disclosures and custody of 9,999 records stay below."""

_RECORD = re.compile(r"records/([0-9]{4})\.note").fullmatch
_KEY = re.compile(r"log/keys/([0-9]{4})\.note").fullmatch
_DOCUMENT = re.compile(r"documents/([0-9]{4})/document\.json").fullmatch
_PATHS = re.compile(
    r"mimetype|records/[0-9]{4}\.note|disclosures/[0-9]{4}\.json|proofs/[0-9]{4}\.tlog-proof|log/checkpoint|log/policy"
    r"|log/genesis\.note|log/genesis\.tlog-proof|log/keys/[0-9]{4}\.(?:note|tlog-proof)|blobs/[0-9a-f]{64}"
    r"|documents/[0-9]{4}/(?:document\.json|again\.json|signed|content|(?:certificates|crls|ocsp|anchors)/[0-9a-f]{64})"
    r"|request/(?:request|order)|verify/(?:HOW-TO\.(?:kk|ru|en)\.txt|verify\.(?:html|py))|report\.html|report\.pdf"
    r"|custody\.json|META-INF/(?:ASiCManifest\.xml|signature001\.p7s)"
    rf"|{TIME_PATHS}"
).fullmatch


def is_known_path(path: str) -> bool:
    """Whether this version of the layout has such a file."""
    return _PATHS(path) is not None


def how_to_path(locale: str) -> str:
    """Where the instructions in this language stand."""
    return f"verify/HOW-TO.{locale}.txt"


def verifier_path(name: str) -> str:
    """Where the verifier of this file name stands."""
    return f"verify/{name}"


def is_verifier(path: str) -> bool:
    """Whether a verifier stands there."""
    return path.startswith("verify/verify.")


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of the package as found: its note, its proof, its disclosures, each with the reason if unreadable."""

    number: str
    path: str
    data: bytes
    entry: Entry | None
    fault: RecordError | None
    proof: Proof | None
    disclosures: tuple[Disclosure, ...] | None

    @property
    def disclosures_path(self) -> str:
        """Where the disclosures of this record stand."""
        return f"disclosures/{self.number}.json"

    @property
    def proof_path(self) -> str:
        """Where the proof of this entry stands."""
        if self.path.startswith("records/"):
            return f"proofs/{self.number}.tlog-proof"
        return self.path.removesuffix(".note") + ".tlog-proof"

    def value(self, name: str) -> Value | None:
        """The plain member, or the disclosed value of a slot that the entry commits to; None when neither is there.

        A value outside the form of its slot is never given, so that whoever asks need not judge it again.
        """
        if self.entry is None:
            return None
        if name in self.entry.body:
            return self.entry.body[name]
        for each in self.disclosures or ():
            if each.name == name and _opens(self.entry, each):
                return each.value
        return None


def _opens(entry: Entry, disclosure: Disclosure) -> bool:
    try:
        check_disclosure(entry, disclosure)
    except RecordError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Document:
    """A signed document with its validation data, as found. `again` is what the export says of each signature, judged
    once more when it was made: indication and sub-indication; None where it says nothing."""

    folder: str
    records: tuple[str, ...]
    at: int
    detached: bool
    signed: bytes
    content: bytes | None
    certificates: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    ocsp: tuple[bytes, ...]
    anchors: tuple[bytes, ...]
    again: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True, slots=True)
class Package:
    """A package taken apart. `checkpoint` is None when its text can't be read."""

    files: Mapping[str, bytes]
    export: str
    checkpoint: Checkpoint | None
    genesis: Item | None
    keys: tuple[Item, ...]
    records: tuple[Item, ...]
    documents: tuple[Document, ...]
    unread: tuple[str, ...]
    """Paths of files whose form could not be read."""

    def record(self, record_id: str) -> Item | None:
        """The record with this id."""
        return next((each for each in self.records if each.entry is not None and each.entry.id == record_id), None)

    def blob(self, digest: str) -> bytes | None:
        """The bytes behind a base64url digest."""
        return self.files.get(blob_path(digest))


def blob_path(digest: str) -> str:
    """Where the bytes behind a base64url digest lie."""
    return f"blobs/{digest_bytes(digest).hex()}"


def read_package(files: Mapping[str, bytes], export: str) -> Package:
    """The package of these files; never an exception, whatever they hold."""
    unread: list[str] = []
    numbers = [(match[1], path) for path in files if (match := _RECORD(path))]
    records = tuple(_item(files, number, path, f"proofs/{number}.tlog-proof", unread) for number, path in numbers)
    keys = tuple(
        _item(files, match[1], path, path.removesuffix(".note") + ".tlog-proof", unread)
        for path in files
        if (match := _KEY(path))
    )
    genesis = _item(files, "", GENESIS, GENESIS_PROOF, unread) if GENESIS in files else None
    documents = tuple(found for path in files if _DOCUMENT(path) and (found := _document(files, path, unread)))
    return Package(
        files, export, _checkpoint(files, unread), genesis, keys, records, documents, tuple(dict.fromkeys(unread))
    )


def _checkpoint(files: Mapping[str, bytes], unread: list[str]) -> Checkpoint | None:
    try:
        return parse_checkpoint(parse_note(files.get(CHECKPOINT, b"")).text)
    except EvidenceError:
        unread.append(CHECKPOINT)
        return None


def _item(files: Mapping[str, bytes], number: str, path: str, proof_path: str, unread: list[str]) -> Item:
    entry, fault, proof = None, None, None
    try:
        entry = parse(files[path])
    except RecordError as error:
        fault = error
    try:
        proof = parse_proof(files.get(proof_path, b""))
    except EvidenceError:
        unread.append(proof_path)
    disclosures = _disclosures(files, number, unread) if path.startswith("records/") else ()
    return Item(number, path, files[path], entry, fault, proof, disclosures)


def _disclosures(files: Mapping[str, bytes], number: str, unread: list[str]) -> tuple[Disclosure, ...] | None:
    path = f"disclosures/{number}.json"
    try:
        found = loads_strict(files.get(path, b""), max_bytes=MAX_JSON, max_members=MAX_MEMBERS)
        return tuple(read_disclosure(each) for each in (found if isinstance(found, list) else [found]))
    except (EvidenceError, ValueError):
        unread.append(path)
        return None


def read_disclosure(value: Value) -> Disclosure:
    """The disclosure of a JSON value; ValueError when it has other members."""
    if not isinstance(value, dict) or value.keys() != {"name", "salt", "slot", "value"}:
        raise ValueError("not a disclosure")
    name, salt, slot = value["name"], value["salt"], value["slot"]
    if not isinstance(name, str) or not isinstance(salt, str) or type(slot) is not int:
        raise ValueError("not a disclosure")
    return Disclosure(slot, name, salt, value["value"])


def _document(files: Mapping[str, bytes], path: str, unread: list[str]) -> Document | None:
    folder = path.removesuffix("/document.json")
    try:
        index = loads_strict(files[path])
        if not isinstance(index, dict) or index.keys() != {"at", "detached", "records"}:
            raise ValueError("not an index of a document")
        at, detached, records = index["at"], index["detached"], index["records"]
        if type(at) is not int or type(detached) is not bool or not isinstance(records, list):
            raise ValueError("not an index of a document")
        signed = files[f"{folder}/signed"]
    except (EvidenceError, ValueError, KeyError):
        unread.append(path)
        return None
    certificates, crls, ocsp, anchors = [
        tuple(data for name, data in files.items() if name.startswith(f"{folder}/{kind}/"))
        for kind in ("certificates", "crls", "ocsp", "anchors")
    ]
    return Document(
        folder,
        tuple(map(str, records)),
        at,
        detached,
        signed,
        files.get(f"{folder}/content"),
        certificates,
        crls,
        ocsp,
        anchors,
        _again(files.get(f"{folder}/again.json"), f"{folder}/again.json", unread),
    )


def _again(data: bytes | None, path: str, unread: list[str]) -> tuple[tuple[str, str], ...] | None:
    """The verdict on each signature, of a report that was made again."""
    if data is None:
        return None
    try:
        value = loads_strict(data, max_bytes=MAX_JSON, max_members=MAX_MEMBERS)
        if not isinstance(value, dict) or value.keys() != {"report", "signatures"} or type(value["report"]) is not str:
            raise ValueError("not a report made again")
        listed = value["signatures"]
        if not isinstance(listed, list):
            raise ValueError("not a report made again")
        return tuple(_verdict(each) for each in listed)
    except (EvidenceError, ValueError):
        unread.append(path)
        return None


def _verdict(value: Value) -> tuple[str, str]:
    if not isinstance(value, dict) or value.keys() != {"indication", "sub_indication"}:
        raise ValueError("not a verdict on a signature")
    indication, sub_indication = value["indication"], value["sub_indication"]
    if not isinstance(indication, str) or not isinstance(sub_indication, str):
        raise ValueError("not a verdict on a signature")
    return indication, sub_indication


def has_quorum(files: Mapping[str, bytes]) -> bool:
    """Whether the checkpoint has the lines of a quorum, as the packaged policy counts them; their signatures are
    another check's. Where it has not, the witnesses were late when the package was closed."""
    try:
        policy = parse_policy(files.get(POLICY, b""))
        signed = {(each.name, each.key_id) for each in parse_note(files.get(CHECKPOINT, b"")).signatures}
    except (BadPolicy, BadNote):
        return True
    return policy.is_met(key for key in policy.witnesses.values() if (key.name, key.key_id) in signed)
