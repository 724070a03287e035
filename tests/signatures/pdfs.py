"""Small PDF files for the tests, written part by part: signed, stamped, updated, and spoiled in every place."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Callable, Mapping, Sequence

from signatures import asn1
from signatures.asn1 import OCTET_STRING, SEQUENCE
from signatures.der import encode
from tests.signatures.making import Ca, attribute, envelope, ess, oid, signer_info

ROOM = 12_000
"""Hexadecimal digits that a signature has room for."""
DATA = "1.2.840.113549.1.7.1"
PLACE = "PPPPPPPPPP"


def write(
    objects: Mapping[int, bytes], root: int = 1, before: bytes = b"%PDF-1.7\n", previous: int | None = None
) -> bytes:
    """The objects with a cross-reference table: a new file, or an incremental update of `before`."""
    data, places = bytearray(before), dict[int, int]()
    for number, body in objects.items():
        places[number] = len(data)
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n"
    if previous is None:
        data += b"0 1\n0000000000 65535 f \n"
    for number, place in sorted(places.items()):
        data += b"%d 1\n%010d 00000 n \n" % (number, place)
    size = max([*places, _size(before)]) + 1
    back = b"" if previous is None else b"/Prev %d" % previous
    data += b"trailer\n<</Size %d/Root %d 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (size, root, back, start)
    return bytes(data)


def _size(data: bytes) -> int:
    found = re.findall(rb"/Size ([0-9]+)", data)
    return int(found[-1]) if found else 0


def blank(extra: bytes = b"", text: bytes = b"Pay 1000 tenge") -> bytes:
    """One page with a text."""
    shown = b"BT /F1 24 Tf 50 700 Td (" + text + b") Tj ET"
    return write(
        {
            1: b"<</Type/Catalog/Pages 2 0 R" + extra + b">>",
            2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
            4: b"<</Length %d>>\nstream\n%s\nendstream" % (len(shown), shown),
            5: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        }
    )


def start_of(data: bytes) -> int:
    """Where the newest cross-reference is."""
    return int(re.findall(rb"startxref\n([0-9]+)", data)[-1])


def update(data: bytes, objects: Mapping[int, bytes], root: int = 1) -> bytes:
    """One more revision."""
    return write(objects, root, data, start_of(data))


def sign(
    data: bytes,
    value_of: Callable[[bytes], bytes],
    *,
    kind: bytes = b"ETSI.CAdES.detached",
    type_: bytes = b"Sig",
    fields: Sequence[int] = (),
    number: int = 10,
    more: Mapping[int, bytes] | None = None,
    date: bytes = b"D:20270115100000Z",
) -> bytes:
    """One more revision with a signature over all of it; `value_of` is given the signed bytes.

    `fields`: numbers of earlier fields, which stay in the form. `number`: of the new field; its value is the next.
    """
    listed = b" ".join(b"%d 0 R" % one for one in (*fields, number))
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[%s]/SigFlags 3>>>>" % listed,
        number: b"<</Type/Annot/Subtype/Widget/FT/Sig/T(Field%d)/Rect[0 0 0 0]/V %d 0 R>>" % (number, number + 1),
        number + 1: b"<</Type/%s/Filter/Adobe.PPKLite/SubFilter/%s/M(%s)/ByteRange[0 %s %s %s]/Contents<%s>>>"
        % (type_, kind, date, *(PLACE.encode(),) * 3, b"0" * ROOM),
        **(more or {}),
    }
    whole = bytearray(update(data, objects))
    start = whole.index(b"<" + b"0" * ROOM + b">", len(data))
    stop = start + ROOM + 2
    for value in (start, stop, len(whole) - stop):
        at = whole.index(PLACE.encode(), len(data))
        whole[at : at + len(PLACE)] = b"%-10d" % value
    signed = bytes(whole[:start] + whole[stop:])
    digits = value_of(signed).hex().encode()
    whole[start + 1 : start + 1 + len(digits)] = digits
    return bytes(whole)


def detached(
    signer: Ca, issuing: Ca, *, unsigned: Callable[[bytes], Sequence[bytes]] | None = None
) -> Callable[[bytes], bytes]:
    """A CMS as PAdES wants it: content-type, message-digest and signing-certificate-v2, no signing-time."""

    def value(signed: bytes) -> bytes:
        parts = [
            attribute("1.2.840.113549.1.9.3", oid(DATA)),
            attribute("1.2.840.113549.1.9.4", encode(OCTET_STRING, hashlib.sha256(signed).digest())),
            ess(signer.der),
        ]
        info = signer_info(signer, signed, attributes=parts)
        if unsigned is not None:
            info = encode(SEQUENCE, asn1.parse(info).value, encode(0xA1, *unsigned(info)))
        return envelope(None, [info], [signer.der, issuing.der])

    return value


def stream(data: bytes, entries: bytes = b"", *, packed: bool = False) -> bytes:
    """A stream object."""
    held = zlib.compress(data) if packed else data
    return b"<<%s%s/Length %d>>\nstream\n%s\nendstream" % (
        entries,
        b"/Filter/FlateDecode" if packed else b"",
        len(held),
        held,
    )


def store(certificates: Sequence[bytes], crls: Sequence[bytes], first: int) -> tuple[bytes, dict[int, bytes]]:
    """The catalog's DSS entry and its objects."""
    objects = {first + at: stream(one, packed=bool(at % 2)) for at, one in enumerate([*certificates, *crls])}
    numbers = [b"%d 0 R" % one for one in objects]
    certs, lists = numbers[: len(certificates)], numbers[len(certificates) :]
    entry = b"/DSS<</Certs[%s]/CRLs[%s]>>" % (b" ".join(certs), b" ".join(lists))
    return entry, objects


def compressed(data: bytes) -> bytes:
    """The objects of a plain file without a signature in an object stream, with a cross-reference stream."""
    found = {int(one[1]): one[2] for one in re.finditer(rb"(\d+) 0 obj\n(.*?)\nendobj\n", data, re.DOTALL)}
    plain = {number: body for number, body in found.items() if b"stream" not in body}
    bodies, heads, at = b"", b"", 0
    for number, body in plain.items():
        heads += b"%d %d " % (number, at)
        bodies += body + b" "
        at = len(bodies)
    out, places = bytearray(b"%PDF-1.7\n"), dict[int, tuple[int, int, int]]()
    for number, body in found.items():
        if number not in plain:
            places[number] = (1, len(out), 0)
            out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    places |= {number: (2, 90, index) for index, number in enumerate(plain)}
    places[90] = (1, len(out), 0)
    out += b"90 0 obj\n" + stream(heads + bodies, b"/Type/ObjStm/N %d/First %d" % (len(plain), len(heads)), packed=True)
    out += b"\nendobj\n"
    places[91] = (1, len(out), 0)
    numbers = sorted(places)
    rows = [bytes((places[one][0],)) + places[one][1].to_bytes(4, "big") + bytes((places[one][2],)) for one in numbers]
    filtered, above = b"", bytes(6)
    for row in rows:
        filtered += b"\x02" + bytes((one - up) & 0xFF for one, up in zip(row, above, strict=True))
        above = row
    index = b" ".join(b"%d 1" % one for one in numbers)
    entries = b"/Type/XRef/W[1 4 1]/Index[%s]/Size 92/Root 1 0 R/DecodeParms<</Predictor 12/Columns 6>>" % index
    start = len(out)
    out += b"91 0 obj\n" + stream(filtered, entries, packed=True) + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % start
    return bytes(out)
