"""The time part of an anchored receipt (evidence format, sections 11 and 12): `time/` of a package of this one record.

`{"files": [{"data": …, "path": …}, …]}`, each path once and in order, the bytes in base64url. The checkpoint of the
receipt's proof stands where a package has its own. What a token proves is judged as in a package, under the same trust.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping

from authsvc.evidence.canonical import Value
from authsvc.evidence.check_time import check_time
from authsvc.evidence.errors import BadProof
from authsvc.evidence.keyring import KeyRing
from authsvc.evidence.package_read import CHECKPOINT, read_package
from authsvc.evidence.package_time import is_time_path
from authsvc.evidence.proof import Proof
from authsvc.evidence.record import Entry
from authsvc.evidence.trust import Trust
from authsvc.evidence.verdict import Code, Sheet

LARGEST = 122_880
"""Bytes of a time part; with the rest, a receipt stays below what its readers take."""
_REVOCATION = ("time/material/crl/", "time/material/ocsp/")


def write_time_part(files: Mapping[str, bytes]) -> dict[str, list[dict[str, str]]]:
    """The time part of these files. Revocation data that would make a receipt longer than its readers take stay out,
    the largest first: a package has them."""
    kept = dict(files)
    size = sum(map(len, kept.values()))
    for path in sorted(files, key=lambda each: (-len(files[each]), each)):
        if size > LARGEST and path.startswith(_REVOCATION):
            size -= len(kept.pop(path))
    return {"files": [{"data": _b64url(data), "path": path} for path, data in sorted(kept.items())]}


def read_time_part(value: Value) -> dict[str, bytes]:
    """The files of a time part; BadProof when it has another form."""
    listed = value.get("files") if isinstance(value, dict) and len(value) == 1 else None
    if not isinstance(listed, list):
        raise BadProof("a time part is a list of files")
    files: dict[str, bytes] = {}
    for each in listed:
        path, data = _read_file(each)
        if files and path <= next(reversed(files)):
            raise BadProof("the files of a time part are in order, each once")
        files[path] = data
    return files


def _read_file(value: Value) -> tuple[str, bytes]:
    if not isinstance(value, dict) or value.keys() != {"data", "path"}:
        raise BadProof("a file of a time part has data and path")
    path, text = value["path"], value["data"]
    if not isinstance(path, str) or not isinstance(text, str) or not is_time_path(path):
        raise BadProof("a time part holds files of time/")
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise BadProof("a file of a time part is not base64url") from error
    if _b64url(data) != text:
        raise BadProof("a file of a time part is not base64url")
    return path, data


def check_time_part(
    files: Mapping[str, bytes], entry: Entry, proof: Proof, trust: Trust, ring: KeyRing, at: int
) -> tuple[int | None, int]:
    """After and before which moment (ms) the entry took its place. BadProof, with the code of what is wrong, where the
    tokens do not prove the latter."""
    package = read_package(
        {
            **files,
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
    if sheet.code() is not Code.VALID and worst is not None:
        raise BadProof(worst.code)
    found = proven.brackets.get(proof.index)
    if found is None or found.before is None:
        raise BadProof("stamps_not_trusted" if trust.tsa_anchors == () else "not_anchored")
    return (found.after.earliest if found.after else None), found.before.latest


def _b64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
