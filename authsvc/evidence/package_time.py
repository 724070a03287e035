"""`time/` of a court package (evidence format, sections 11 and 12): laid out, and read again without judging it.

    time/checkpoints/SIZE/stamped           the stamped text of an anchored checkpoint
    time/checkpoints/SIZE/consistency       proof that the package's checkpoint extends it, a base64 hash a line
    time/checkpoints/SIZE/tokens/SHA256     its RFC 3161 tokens
    time/anchors/INDEX.note                 an anchor record, with INDEX.tlog-proof to the package's checkpoint
    time/renewals/NUMBER/text               what was stamped to renew older tokens, the least number first
    time/renewals/NUMBER/token              the token over it
    time/renewals/NUMBER/covers.json        which older tokens of the package it renews, with their proofs
    time/material/KIND/SHA256               certificates, CRLs and OCSP answers of the tokens' time
    time/failure                            why a record has no anchor above it, where one has none

Each record has the last anchor record below it and the first anchored checkpoint above it; shared ones stand once. All
renewals of these tokens, and of their renewals, go with them, and the records of these.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from authsvc.evidence.anchor import Stamped, read_stamped
from authsvc.evidence.checkpoint import decode_hash
from authsvc.evidence.errors import EvidenceError, RecordError
from authsvc.evidence.proof import Proof, parse_proof, print_proof
from authsvc.evidence.record import Entry, parse
from authsvc.evidence.renewal import Covered, RenewalText, read_covers, read_renewal_text, write_covers

FOLDER = "time/"
FAILURE = "time/failure"
MATERIAL = ("certificate", "crl", "ocsp")
MAX_HASHES = 130
"""A consistency proof between trees of less than 2^63 leaves is shorter."""

_CHECKPOINT = re.compile(r"time/checkpoints/([1-9][0-9]{0,18})/stamped").fullmatch
_ANCHOR = re.compile(r"time/anchors/(0|[1-9][0-9]{0,18})\.note").fullmatch
_RENEWAL = re.compile(r"time/renewals/([1-9][0-9]{0,18})/").match
PATHS = (
    r"time/checkpoints/[1-9][0-9]{0,18}/(?:stamped|consistency|tokens/[0-9a-f]{64})"
    r"|time/anchors/(?:0|[1-9][0-9]{0,18})\.(?:note|tlog-proof)|time/material/(?:certificate|crl|ocsp)/[0-9a-f]{64}"
    r"|time/renewals/[1-9][0-9]{0,18}/(?:text|token|covers\.json)|time/failure"
)
_PATH = re.compile(PATHS).fullmatch


def is_time_path(path: str) -> bool:
    """Whether this version of the layout has such a file in `time/`."""
    return _PATH(path) is not None


@dataclass(frozen=True, slots=True)
class AnchoredCheckpoint:
    """A stamped text, its tokens, and the consistency proof from its size to the package's checkpoint."""

    stamped: bytes
    size: int
    tokens: Sequence[bytes]
    consistency: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class AnchorEntry:
    """An anchor record at its place; `path` is its inclusion path in the tree of the package's checkpoint."""

    index: int
    entry: bytes
    path: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Renewal:
    """A token over older ones: its number in the log's row of renewals, the text stamped, and what it covers here."""

    number: int
    text: bytes
    token: bytes
    covers: Sequence[Covered]


def lay_out_time(
    note: bytes,
    checkpoints: Sequence[AnchoredCheckpoint],
    records: Sequence[AnchorEntry],
    material: Sequence[tuple[str, bytes]],
    failure: str = "",
    renewals: Sequence[Renewal] = (),
) -> dict[str, bytes]:
    """Path to bytes. `note` is the package's checkpoint, `material` pairs of kind and DER."""
    files: dict[str, bytes] = {}
    for one in sorted(checkpoints, key=lambda each: each.size):
        folder = f"time/checkpoints/{one.size}"
        files[f"{folder}/stamped"] = one.stamped
        files[f"{folder}/consistency"] = b"".join(b64encode(each) + b"\n" for each in one.consistency)
        named = {hashlib.sha256(token).hexdigest(): token for token in one.tokens}
        files.update({f"{folder}/tokens/{name}": token for name, token in sorted(named.items())})
    for record in sorted(records, key=lambda each: each.index):
        files[f"time/anchors/{record.index}.note"] = record.entry
        files[f"time/anchors/{record.index}.tlog-proof"] = print_proof(record.index, record.path, note)
    for renewal in sorted(renewals, key=lambda each: each.number):
        folder = f"time/renewals/{renewal.number}"
        files[f"{folder}/text"], files[f"{folder}/token"] = renewal.text, renewal.token
        files[f"{folder}/covers.json"] = write_covers(renewal.covers)
    kept = {f"time/material/{kind}/{hashlib.sha256(data).hexdigest()}": data for kind, data in material}
    files.update(sorted(kept.items()))
    if failure:
        files[FAILURE] = f"{failure}\n".encode()
    return files


@dataclass(frozen=True, slots=True)
class FoundCheckpoint:
    """An anchored checkpoint as found; None where its files can't be read."""

    path: str
    size: int
    stamped: Stamped | None
    tokens: Mapping[str, bytes]
    consistency: tuple[bytes, ...] | None

    @property
    def folder(self) -> str:
        """Where it stands."""
        return self.path.removesuffix("/stamped")


@dataclass(frozen=True, slots=True)
class FoundAnchor:
    """An anchor record as found; None where its files can't be read."""

    path: str
    data: bytes
    entry: Entry | None
    proof: Proof | None


@dataclass(frozen=True, slots=True)
class FoundRenewal:
    """A renewal as found; None where its files can't be read. `data` are the bytes that the token must be over."""

    number: int
    data: bytes
    text: RenewalText | None
    token: bytes
    covers: tuple[Covered, ...] | None

    @property
    def folder(self) -> str:
        """Where it stands."""
        return f"time/renewals/{self.number}"


@dataclass(frozen=True, slots=True)
class FoundTime:
    """What `time/` holds. `material` is by kind, `renewals` begin with the last one."""

    checkpoints: tuple[FoundCheckpoint, ...]
    anchors: tuple[FoundAnchor, ...]
    renewals: tuple[FoundRenewal, ...]
    material: Mapping[str, tuple[bytes, ...]]
    failure: str


def read_time(files: Mapping[str, bytes]) -> FoundTime:
    """The time part of these files; never an exception, whatever they hold."""
    checkpoints = [_checkpoint(files, path, int(match[1])) for path in files if (match := _CHECKPOINT(path))]
    anchors = [_anchor(files, path) for path in files if _ANCHOR(path)]
    numbers = {int(match[1]) for path in files if (match := _RENEWAL(path))}
    renewals = tuple(_renewal(files, number) for number in sorted(numbers, reverse=True))
    material = {
        kind: tuple(data for path, data in files.items() if path.startswith(f"time/material/{kind}/"))
        for kind in MATERIAL
    }
    failure = files.get(FAILURE, b"").decode("utf-8", "replace").strip()
    ordered = tuple(sorted(checkpoints, key=lambda each: each.size))
    return FoundTime(ordered, tuple(anchors), renewals, material, failure)


def _checkpoint(files: Mapping[str, bytes], path: str, size: int) -> FoundCheckpoint:
    folder = path.removesuffix("stamped")
    stamped: Stamped | None = None
    consistency: tuple[bytes, ...] | None
    with suppress(EvidenceError):
        stamped = read_stamped(files[path])
    try:
        lines = files[f"{folder}consistency"].decode("ascii").splitlines()
        consistency = tuple(map(decode_hash, lines)) if len(lines) <= MAX_HASHES else None
    except (KeyError, UnicodeDecodeError, EvidenceError):
        consistency = None
    start = f"{folder}tokens/"
    tokens = {name.removeprefix(start): data for name, data in files.items() if name.startswith(start)}
    return FoundCheckpoint(path, size, stamped, tokens, consistency)


def _anchor(files: Mapping[str, bytes], path: str) -> FoundAnchor:
    entry, proof = None, None
    with suppress(RecordError, EvidenceError, KeyError):
        entry = parse(files[path])
        proof = parse_proof(files[path.removesuffix(".note") + ".tlog-proof"])
    return FoundAnchor(path, files[path], entry, proof)


def _renewal(files: Mapping[str, bytes], number: int) -> FoundRenewal:
    folder = f"time/renewals/{number}"
    data, token = (files.get(f"{folder}/{name}", b"") for name in ("text", "token"))
    text, covers = None, None
    with suppress(EvidenceError, KeyError):
        text = read_renewal_text(data)
        covers = read_covers(files[f"{folder}/covers.json"])
    return FoundRenewal(number, data, text, token, covers)
