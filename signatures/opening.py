"""What kind of thing was handed in? RFC 5652 SignedData is read; everything else is refused by its kind.

The kinds that matter most here: a confirmation receipt (Article 47 of the Digital Code: a confirmation is an act of
will of its own kind and no signature) and a login challenge (who signs it shows who they are and agrees to nothing).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import BinaryIO, Final

from signatures import asn1
from signatures.asn1 import Element
from signatures.errors import (
    BadArgument,
    ConfirmationIsNotASignature,
    FormatNotRead,
    LimitExceeded,
    NotASignedDocument,
)
from signatures.pem import unwrap
from signatures.policy import LOGIN_CHALLENGE_KIND, Limits

_SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")
_PEM_LABELS: Final = ("CMS", "PKCS7", "PKCS #7 SIGNED DATA", "SIGNATURE")
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_COMPACT_JWS: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*")
_RECEIPT: Final = "confirmation-receipt+jwt"
_LOGIN_RECEIPT: Final = "authentication-receipt+jwt"
# The first bytes of UTF-8 with which a JSON object may begin: its brace, or a space or mark that is stripped before it.
_MAY_BEGIN: Final = frozenset({0x7B, *range(0x09, 0x0E), *range(0x1C, 0x21), 0xC2, 0xE1, 0xE2, 0xE3, 0xEF})
_MOST_TEXT: Final = 1 << 20  # a receipt or an answer of the API has a few KiB
_MOST_VALUES: Final = 2_000  # JSON values that are looked at


def read_all(signed: bytes | BinaryIO, limits: Limits) -> bytes:
    """The bytes of the signed file, within the limit."""
    if isinstance(signed, bytes):
        data = signed
    elif isinstance(signed, bytearray | memoryview):
        data = bytes(signed)
    elif hasattr(signed, "read"):
        data = _read_stream(signed, limits.signed_bytes + 1)
    else:
        raise BadArgument("A signed file is bytes or a binary stream.")
    if len(data) > limits.signed_bytes:
        raise LimitExceeded("signed_bytes")
    return data


def _read_stream(stream: BinaryIO, most: int) -> bytes:
    """Up to `most` bytes; a raw stream or a pipe may give fewer at a time than it is asked for."""
    pieces: list[bytes] = []
    left = most
    while left > 0 and (piece := stream.read(left)) != b"":
        if not isinstance(piece, bytes):
            raise BadArgument("The signed file is not read as bytes.")
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def open_envelope(data: bytes) -> bytes:
    """The bytes of the CMS envelope: as they are, or inside PEM or base64. Anything else is refused by its kind."""
    if is_signed_data(data):
        return data
    inner = _decode(data)
    if inner is not None and is_signed_data(inner):
        return inner
    raise _refuse(data)


def is_pdf(data: bytes) -> bool:
    """Whether the file begins as a PDF does."""
    return data.startswith(b"%PDF-")


def is_xml(data: bytes) -> bool:
    """Whether the file begins as XML does, in UTF-8 or UTF-16."""
    start = data[:1024]
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        start = start.replace(b"\0", b"")[2:]
    return start.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n").startswith(b"<")


def is_zip(data: bytes) -> bool:
    """Whether the file begins as a ZIP with a file in it does."""
    return data.startswith(b"PK\x03\x04")


def is_text(data: bytes) -> bool:
    """Whether the file begins as a JWS may, compact or in JSON."""
    start = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    return start.startswith((b"e", b"{"))


def is_receipt(header: Mapping[str, object]) -> bool:
    """Whether a JWS with this header is a receipt of ours: of a confirmation or of a login, and no signature."""
    return _typ_of(header) in (_RECEIPT, _LOGIN_RECEIPT)


def is_signed_data(data: bytes) -> bool:
    """Whether the bytes begin as a ContentInfo that says signed-data, however broken it may be further in."""
    if len(data) < 13 or data[0] != asn1.SEQUENCE:
        return False
    octets = data[1] & 0x7F if data[1] > 0x80 else 0
    start = 2 + octets
    return octets <= 8 and data[start : start + len(_SIGNED_DATA)] == _SIGNED_DATA


def _decode(data: bytes) -> bytes | None:
    found = unwrap(data, *_PEM_LABELS)
    if found and found[0] is not data:
        return found[0]
    packed = b"".join(data.split()) if data[:1] == b"M" else b""
    if _BASE64.fullmatch(packed):
        try:
            return base64.b64decode(packed, validate=True)
        except (binascii.Error, ValueError):
            return None
    return None


def _refuse(data: bytes) -> NotASignedDocument:
    """The refusal that fits the kind of the bytes."""
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"%PDF-"):
        return FormatNotRead("PDF")
    if start.startswith(b"PK\x03\x04"):
        return FormatNotRead("ZIP")
    if start.startswith(b"<"):
        return FormatNotRead("XML")
    if len(data) <= _MOST_TEXT:
        try:
            text = data.decode("utf-8-sig").strip()
        except UnicodeDecodeError:
            return NotASignedDocument()
        return _refuse_text(text)
    return NotASignedDocument()


def _refuse_text(text: str) -> NotASignedDocument:
    tokens = [text] if _COMPACT_JWS.fullmatch(text) else _strings_in(_load(text))
    headers = [header for token in tokens if (header := _jws_header(token)) is not None]
    if any(_typ_of(header) == _RECEIPT for header in headers):
        return ConfirmationIsNotASignature()
    if any(_typ_of(header) == _LOGIN_RECEIPT for header in headers):
        return NotASignedDocument("This is the receipt of a login. It is not a signed document.")
    if text in tokens and headers:
        return FormatNotRead("JWS")
    return NotASignedDocument()


def _load(text: str) -> object:
    """JSON, or None: nesting and size of hostile text end here."""
    if text[:1] not in ("{", "[", '"'):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _strings_in(value: object) -> list[str]:
    """The strings in JSON, as far as the bound goes: an answer of the API carries the receipt in a member."""
    found: list[str] = []
    waiting, looked = [value], 0
    while waiting and looked < _MOST_VALUES:
        item = waiting.pop()
        looked += 1
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return found


def _jws_header(token: str) -> dict[str, object] | None:
    """The header of a compact JWS, or of its protected part alone (RFC 7515 section 7.2); None if it is neither."""
    part = token.partition(".")[0]
    if len(part) > 16 << 10 or not part.startswith("e"):
        return None
    try:
        header = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return None
    return header if isinstance(header, dict) else None


def _typ_of(header: Mapping[str, object]) -> str:
    kind = header.get("typ")
    return kind.lower().removeprefix("application/") if isinstance(kind, str) else ""


def is_login_challenge(content: bytes) -> bool:
    """Whether signed content is a login challenge: a JSON object whose `kind` says so."""
    if not content or content[0] not in _MAY_BEGIN:
        return False
    try:
        text = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return False
    challenge = _load(text)
    return isinstance(challenge, dict) and challenge.get("kind") == LOGIN_CHALLENGE_KIND


def parse_envelope(data: bytes, limits: Limits) -> Element:
    """The envelope as BER; Malformed or LimitExceeded."""
    return asn1.parse(data, ber=True, elements=limits.elements, depth=limits.depth)
