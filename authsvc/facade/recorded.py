"""Requests to NCANode's verifying paths, read from recorded lines or made of signed files.

A recorded line is a JSON object with `path` and `body` (an object, or its text as a proxy's log has it).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PREFIX: Final = "/ncanode"
SERVED: Final = (
    "/cms/verify", "/cms/extract", "/xml/verify", "/wsse/verify", "/pdf/verify", "/x509/info", "/x509/verify",
)  # fmt: skip
"""Paths that are replayed. Every other may carry a private key and goes nowhere."""
RECORDED: Final = (".jsonl", ".ndjson")
_PATHS: Final[Mapping[str, str]] = {
    ".cms": "/cms/verify", ".p7s": "/cms/verify", ".p7m": "/cms/verify", ".sig": "/cms/verify",
    ".xml": "/xml/verify", ".pdf": "/pdf/verify",
    ".cer": "/x509/info", ".crt": "/x509/info",
}  # fmt: skip
_PEM: Final = b"-----BEGIN"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request. `source`: SHA-256 (hex) of the file or line that it was made of; `skipped`: why it isn't sent."""

    source: str
    path: str
    body: Mapping[str, object]
    skipped: str = ""


def read_lines(lines: Iterable[bytes]) -> Iterator[Recorded]:
    """The requests of recorded lines, as they come; a line that can't be read is skipped and says so."""
    for line in lines:
        if line.strip():
            yield _read_line(line.strip())


def _read_line(line: bytes) -> Recorded:
    source = _digest(line)
    try:
        told = json.loads(line)
        path, body = told["path"], told["body"]
        path = path.removeprefix(PREFIX)
        if path not in SERVED:
            return Recorded(source, "", {}, "not a path that is served here")
        body = json.loads(body) if isinstance(body, str) else body
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Recorded(source, "", {}, "not a recorded request")
    if not isinstance(body, dict):
        return Recorded(source, path, {}, "not a recorded request")
    return Recorded(source, path, body)


def read_place(place: Path, revocation_check: Sequence[str]) -> Iterator[Recorded]:
    """The requests of a file, or of all files below a folder in the order of their names; OSError for an unread one."""
    if not place.is_dir():
        yield from _read_file(place, revocation_check, {place})
        return
    files = sorted(path for path in place.rglob("*") if path.is_file())
    for path in files:
        yield from _read_file(path, revocation_check, set(files))


def _read_file(path: Path, revocation_check: Sequence[str], beside: set[Path]) -> Iterator[Recorded]:
    if path.suffix.lower() in RECORDED:
        with path.open("rb") as lines:
            yield from read_lines(lines)
        return
    served = _PATHS.get(path.suffix.lower())
    if served is None:
        return
    if served == "/pdf/verify" and any(_is_cms(other) and other.with_suffix("") == path for other in beside):
        return  # a document whose signature stands beside it, and is the request
    data = path.read_bytes()
    yield Recorded(_digest(data), served, {**_body(served, path, data), "revocationCheck": list(revocation_check)})


def _is_cms(path: Path) -> bool:
    return _PATHS.get(path.suffix.lower()) == "/cms/verify"


def _body(served: str, path: Path, data: bytes) -> dict[str, object]:
    if served == "/cms/verify":
        content = path.with_suffix("")
        detached = {"data": _b64(content.read_bytes())} if content.is_file() else {}
        return {"cms": _b64(_unwrap(data)), **detached}
    if served == "/xml/verify":
        return {"xml": data.decode("utf-8", "replace")}
    return {"pdf": _b64(data)} if served == "/pdf/verify" else {"certs": [_b64(_unwrap(data))]}


def _unwrap(data: bytes) -> bytes:
    """DER or BER of PEM's first block; anything else as it stands."""
    if not data.lstrip().startswith(_PEM):
        return data
    try:
        return base64.b64decode(b"".join(data.split(b"-----")[2].split()))
    except (ValueError, IndexError):
        return data


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
