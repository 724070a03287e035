"""The time part of an anchored receipt (evidence format, sections 11 and 12): `time/` of a package of this one record.

`{"files": [{"data": …, "path": …}, …]}`, each path once and in order, the bytes in base64url; revocation data that are
too long are named alone, `{"path": …, "size": …}`. The checkpoint of the receipt's proof stands where a package has its
own. What a token proves is judged as in a package, under the same trust.
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field

from authsvc.evidence.canonical import Value
from authsvc.evidence.check_time import check_time
from authsvc.evidence.errors import BadProof
from authsvc.evidence.keyring import KeyRing
from authsvc.evidence.package_read import CHECKPOINT, read_package
from authsvc.evidence.package_time import is_time_path
from authsvc.evidence.proof import Proof
from authsvc.evidence.record import Entry
from authsvc.evidence.trust import Trust
from authsvc.evidence.verdict import Sheet

LARGEST = 122_880
"""Bytes of a time part; with the rest, a receipt stays below what its readers take."""
UNDECIDED = "stamp_not_decided"
_REVOCATION = ("time/material/crl/", "time/material/ocsp/")


@dataclass(frozen=True, slots=True)
class TimePart:
    """The files of a time part; and of those that it leaves out for their length, path to bytes."""

    files: Mapping[str, bytes]
    left_out: Mapping[str, int] = field(default_factory=dict)

    def completed(self, known: Mapping[str, bytes]) -> "TimePart":
        """The same with what was left out and is known elsewhere, by its digest."""
        found = {path: known[path] for path in self.left_out if path in known and _is_named(path, known[path])}
        rest = {path: size for path, size in self.left_out.items() if path not in found}
        return TimePart({**self.files, **found}, rest)


def _is_named(path: str, data: bytes) -> bool:
    return path.endswith(f"/{hashlib.sha256(data).hexdigest()}")


def write_time_part(files: Mapping[str, bytes]) -> dict[str, list[dict[str, str | int]]]:
    """The time part of these files. Revocation data that would make a receipt longer than its readers take are named by
    path, which is their digest, and length, the largest first: a package has them."""
    left_out: dict[str, int] = {}
    size = sum(map(len, files.values()))
    for path in sorted(files, key=lambda each: (-len(files[each]), each)):
        if size > LARGEST and path.startswith(_REVOCATION):
            left_out[path] = len(files[path])
            size -= left_out[path]
    return {
        "files": [
            {"path": path, "size": left_out[path]} if path in left_out else {"data": _b64url(data), "path": path}
            for path, data in sorted(files.items())
        ]
    }


def read_time_part(value: Value) -> TimePart:
    """What a time part holds; BadProof when it has another form."""
    listed = value.get("files") if isinstance(value, dict) and len(value) == 1 else None
    if not isinstance(listed, list):
        raise BadProof("a time part is a list of files")
    files: dict[str, bytes] = {}
    left_out: dict[str, int] = {}
    before = ""
    for each in listed:
        path, found = _read_file(each)
        if path <= before:
            raise BadProof("the files of a time part are in order, each once")
        before = path
        if isinstance(found, int):
            left_out[path] = found
        else:
            files[path] = found
    return TimePart(files, left_out)


def _read_file(value: Value) -> tuple[str, bytes | int]:
    """A file's path with its bytes, or with its length where it was left out."""
    members = value.keys() if isinstance(value, dict) else ()
    if not isinstance(value, dict) or members not in ({"data", "path"}, {"path", "size"}):
        raise BadProof("a file of a time part has data and path, or path and size")
    path, text, size = value["path"], value.get("data"), value.get("size")
    if not isinstance(path, str) or not is_time_path(path):
        raise BadProof("a time part holds files of time/")
    if type(size) is int and size > 0 and path.startswith(_REVOCATION):
        return path, size
    if not isinstance(text, str):
        raise BadProof("revocation data alone may be left out of a time part, by their length")
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise BadProof("a file of a time part is not base64url") from error
    if _b64url(data) != text:
        raise BadProof("a file of a time part is not base64url")
    return path, data


@dataclass(frozen=True, slots=True)
class PartTime:
    """After and before which moment (ms) an entry took its place; `before` is None where the tokens can't be decided,
    for the `reason` that it says: what is at hand does not tell."""

    after: int | None
    before: int | None
    reason: str = ""


def check_time_part(part: TimePart, entry: Entry, proof: Proof, trust: Trust, ring: KeyRing, at: int) -> PartTime:
    """What the tokens prove of the entry's place. BadProof, with the code of what is wrong, where they fail."""
    package = read_package(
        {
            **part.files,
            CHECKPOINT: proof.checkpoint,
            "records/0001.note": entry.data,
            "proofs/0001.tlog-proof": proof.to_bytes(),
            "disclosures/0001.json": b"[]",
        },
        entry.id,
    )
    sheet = Sheet()
    sheet.open_check("time")
    proven = check_time(sheet, package, trust, ring, at)
    worst = sheet.worst()
    if worst is not None and worst.code == UNDECIDED:
        return PartTime(None, None, worst.params.get("reason", ""))
    if worst is not None:
        raise BadProof(worst.code)
    found = proven.brackets.get(proof.index)
    if found is None or found.before is None:
        raise BadProof("stamps_not_trusted" if trust.tsa_anchors == () else "not_anchored")
    return PartTime(found.after.earliest if found.after else None, found.before.latest)


def _b64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
