"""RFC 7515 sections 7.1 and 7.2: a JWS as it stands, compact or in JSON; nothing of it is verified."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from signatures.content import ContentSource
from signatures.digests import BY_NAME
from signatures.errors import LimitExceeded, Malformed
from signatures.opening import is_receipt
from signatures.policy import Limits

_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+")
_URL_SAFE: Final = re.compile(r"[A-Za-z0-9_-]*")
_NAMING: Final = ("x5c", "x5t", "x5t#S256", "x5t#o", "sigX5ts")
HASH_NAMES: Final[Mapping[str, str]] = {
    "S256": "sha256", "S384": "sha384", "S512": "sha512",
    "S3-256": "sha3-256", "S3-384": "sha3-384", "S3-512": "sha3-512",
}  # fmt: skip
"""ETSI TS 119 182-1 annex C.1."""


class Jws(NamedTuple):
    """One signature of a JWS as it stands: headers, the encoded parts, and the payload as it is written there."""

    protected: Mapping[str, object]
    header: Mapping[str, object]
    encoded: str
    payload: str | None
    signature: str


def read_jws(data: bytes, limits: Limits) -> list[Jws] | None:
    """The signatures of a JWS that names certificates; None for anything else. Malformed for a broken one."""
    try:
        text = data.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return None
    if _COMPACT.fullmatch(text):
        encoded, payload, signature = text.split(".")
        found = [_read_one(encoded, {}, payload or None, signature)]
    elif text.startswith("{"):
        found = _read_json(text, limits)
    else:
        return None
    headers = [{**one.header, **one.protected} for one in found]
    if any(is_receipt(header) for header in headers):
        return None
    return found if any(name in header for header in headers for name in _NAMING) else None


def _read_json(text: str, limits: Limits) -> list[Jws]:
    try:
        whole = json.loads(text, object_pairs_hook=refuse_twice)
    except Malformed:
        return []
    except (ValueError, RecursionError):
        return []
    listed = whole.get("signatures", [whole] if "signature" in whole else []) if isinstance(whole, dict) else []
    if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) for one in listed):
        return []
    if len(listed) > limits.signatures:
        raise LimitExceeded("signatures")
    payload = whole.get("payload")
    if payload is not None and not isinstance(payload, str):
        raise Malformed("The payload is no text.")
    found = []
    for one in listed:
        encoded, signature, header = one.get("protected", ""), one.get("signature"), one.get("header", {})
        if not isinstance(encoded, str) or not isinstance(signature, str) or not isinstance(header, dict):
            raise Malformed("A signature of the JWS can't be read.")
        found.append(_read_one(encoded, header, payload or None, signature))
    return found


def _read_one(encoded: str, header: Mapping[str, object], payload: str | None, signature: str) -> Jws:
    protected: object = {}
    if encoded:
        try:
            protected = json.loads(decode64url(encoded), object_pairs_hook=refuse_twice)
        except (ValueError, RecursionError, Malformed):
            protected = None
    if not isinstance(protected, dict):
        return Jws({}, header, encoded, payload, signature)
    return Jws(protected, header, encoded, payload, signature)


def refuse_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """The members of a JSON object; Malformed for one that stands twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("A member of the JSON stands twice.")
    return found


def decode64url(text: str) -> bytes:
    """Base64url without padding; Malformed for anything else."""
    if not _URL_SAFE.fullmatch(text):
        raise Malformed("A base64url value can't be read.")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise Malformed("A base64url value can't be read.") from error


def encode64url(data: bytes) -> bytes:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def prepare(found: Sequence[Jws], contents: Sequence[ContentSource]) -> None:
    """Read each content beside the JWS once."""
    hashes = [BY_NAME["sha256"]]
    for one in found:
        detached = one.protected.get("sigD")
        if isinstance(detached, dict) and isinstance(name := detached.get("hashM"), str) and name in HASH_NAMES:
            hashes.append(BY_NAME[HASH_NAMES[name]])
    for content in contents:
        content.prepare(hashes, keep=True)


def certificates_of(protected: Mapping[str, object], limits: Limits) -> list[bytes]:
    """The certificates of `x5c`, the signer's first; Malformed."""
    listed = protected.get("x5c", [])
    if not isinstance(listed, list) or len(listed) > limits.certificates:
        raise Malformed("The certificates of the JWS can't be read.")
    found = []
    for one in listed:
        try:
            found.append(base64.b64decode(one, validate=True))
        except (TypeError, ValueError) as error:
            raise Malformed("The certificates of the JWS can't be read.") from error
    return found
