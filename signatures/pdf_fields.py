"""ISO 32000-1 sections 12.7 and 12.8: the signatures of a PDF as its form names them, and its validation material.

A byte range is held to one form: from the first byte, with one gap, which is exactly the string that holds the
signature, to a place inside the file. Whatever is signed otherwise leaves room for bytes that nobody signed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, NamedTuple

from signatures.errors import LimitExceeded, Malformed
from signatures.pdf import File
from signatures.pdf_objects import Object, Reference, Stream, Text
from signatures.policy import Limits

_MOST_FIELDS: Final = 20_000
_DEEPEST: Final = 32

_DATE: Final = re.compile(rb"D:([0-9]{14})(?:Z|([+-])([01][0-9]|2[0-3])'?(?:([0-5][0-9])'?)?)(?:00'?00'?)?")
DOCUMENT_STAMP: Final = "ETSI.RFC3161"
CADES: Final = "ETSI.CAdES.detached"
DETACHED: Final = "adbe.pkcs7.detached"
OVER_SHA1: Final = "adbe.pkcs7.sha1"


class Range(NamedTuple):
    """What a signature is over: everything up to `gap_start`, and from `gap_end` up to `end`."""

    gap_start: int
    gap_end: int
    end: int


class Field(NamedTuple):
    """A signed signature field: its partial name, the kind of its signature, and the string that holds the signature.

    `span` is a Malformed where the byte range breaks the rule; `revision` is the newest whose bytes are all signed;
    `claimed` is the signer's own word on the time.
    """

    name: str
    kind: str
    span: Range | Malformed
    signature: bytes
    revision: int
    claimed: datetime | None = None


def find_fields(file: File, limits: Limits) -> list[Field]:
    """The signed fields of the newest form, in the order in which they were signed."""
    form = file.get(file.catalog.get("AcroForm"))
    if not isinstance(form, Mapping):
        return []
    found: dict[int, Field] = {}
    for name, value in _signed(file, file.get(form.get("Fields"))):
        contents = value.get("Contents")
        place = contents.start if isinstance(contents, Text) else -len(found) - 1
        if place not in found:  # one signature that two fields name is one signature
            found[place] = _read(file, name, value)
        if len(found) > limits.signatures:
            raise LimitExceeded("signatures")
    return sorted(found.values(), key=lambda one: one.span.end if isinstance(one.span, Range) else 0)


def _signed(file: File, fields: Object) -> Iterator[tuple[str, Mapping[str, Object]]]:
    """Name and signature dictionary of every field of the kind Sig that has a value."""
    waiting: list[tuple[Object, str, Object, int]] = [
        (one, "", None, 0) for one in reversed(fields if isinstance(fields, list) else [])
    ]
    seen: set[Reference] = set()
    looked = 0
    while waiting:
        item, name, kind, depth = waiting.pop()
        looked += 1
        if looked > _MOST_FIELDS or depth > _DEEPEST:
            raise LimitExceeded("elements")
        if isinstance(item, Reference):
            if item in seen:
                continue
            seen.add(item)
        field = file.get(item)
        if not isinstance(field, Mapping):
            continue
        title = field.get("T")
        if isinstance(title, Text):
            name = _text(title.value) if not file.encrypted else name
        kind = file.get(field.get("FT", kind))
        kids = file.get(field.get("Kids"))
        if isinstance(kids, list):
            waiting += [(kid, name, kind, depth + 1) for kid in reversed(kids)]
        value = file.get(field.get("V"))
        if kind == "Sig" and isinstance(value, Mapping):
            yield name, value


def _text(raw: bytes) -> str:
    """A text string (section 7.9.2.2), shortened; what can't be read is left out."""
    if raw.startswith(b"\xfe\xff"):
        return raw[2:].decode("utf-16-be", "ignore")[:200]
    return raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "ignore")[:200]


def _read(file: File, name: str, value: Mapping[str, Object]) -> Field:
    contents = value.get("Contents")
    kind = str(file.get(value.get("SubFilter")) or "")[:64]
    if not isinstance(contents, Text):
        return Field(name, kind, Malformed("The signature has no value."), b"", 0)
    try:
        span: Range | Malformed = _read_range(file, file.get(value.get("ByteRange")), contents)
    except Malformed as error:
        span = error
    revision = 0
    if isinstance(span, Range):
        revision = sum(one.offset < span.end for one in file.revisions)
    moment = value.get("M")
    claimed = _read_date(moment.value) if isinstance(moment, Text) and not file.encrypted else None
    return Field(name, kind, span, contents.value, revision, claimed)


def _read_date(raw: bytes) -> datetime | None:
    """A date (section 7.9.4): D:YYYYMMDDHHmmSS and an offset from UTC; None for what is none, or has no offset."""
    found = _DATE.fullmatch(raw)
    if found is None:
        return None
    zone = timedelta(hours=int(found[3] or 0), minutes=int(found[4] or 0)) * (-1 if found[2] == b"-" else 1)
    try:
        return datetime.strptime(found[1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=timezone(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _read_range(file: File, value: Object, contents: Text) -> Range:
    numbers = value if isinstance(value, list) else []
    whole = [one for one in numbers if isinstance(one, int) and not isinstance(one, bool)]
    if len(numbers) != 4 or len(whole) != 4:
        raise Malformed("The byte range is not four whole numbers.")
    first, length, second, rest = whole
    if first != 0 or length <= 0 or rest < 0 or not length < second <= second + rest <= len(file.data):
        raise Malformed("The byte range does not run from the first byte to a place in the file, with one gap.")
    if (contents.start, contents.end) != (length, second) or file.data[length : length + 1] != b"<":
        raise Malformed("The gap in the byte range is not exactly the signature's value.")
    return Range(length, second, second + rest)


class Store(NamedTuple):
    """The document security store (ETSI EN 319 142-1 clause 5.4.2): hints, like all material."""

    certificates: list[bytes]
    crls: list[bytes]
    answers: list[bytes]


def read_store(file: File, limits: Limits) -> Store:
    """The material of the newest revision, its VRI dictionaries included; what can't be read is left out."""
    store = file.get(file.catalog.get("DSS"))
    found = Store([], [], [])
    if not isinstance(store, Mapping) or file.encrypted:
        return found
    dictionaries = [store]
    related = file.get(store.get("VRI"))
    if isinstance(related, Mapping):
        dictionaries += [one for value in related.values() if isinstance(one := file.get(value), Mapping)]
    seen: set[Reference] = set()
    for one in dictionaries:
        for target, names in ((found.certificates, ("Certs", "Cert")), (found.crls, ("CRLs", "CRL"))):
            _take(file, one, names, seen, target, limits)
        _take(file, one, ("OCSPs", "OCSP"), seen, found.answers, limits)
    return found


def _take(
    file: File,
    dictionary: Mapping[str, Object],
    names: tuple[str, ...],
    seen: set[Reference],
    target: list[bytes],
    limits: Limits,
) -> None:
    for name in names:
        listed = file.get(dictionary.get(name))
        for item in listed if isinstance(listed, list) else []:
            if not isinstance(item, Reference) or item in seen:
                continue
            seen.add(item)
            if len(seen) > 3 * limits.certificates:
                raise LimitExceeded("certificates")
            stream = file.get(item)
            if isinstance(stream, Stream):
                target.append(file.unpacked(stream))
