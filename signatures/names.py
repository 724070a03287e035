"""RFC 5280 section 4.1.2.4: distinguished names as they stand, compared as section 7.1 says, written as in RFC 4514."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, NamedTuple

from signatures import asn1, contents
from signatures.asn1 import Element
from signatures.cursor import Cursor
from signatures.der import encode
from signatures.errors import LimitExceeded, Malformed
from signatures.lazy import lazy

EMAIL_ADDRESS: Final = "1.2.840.113549.1.9.1"

_MOST_ISSUERS: Final = 512  # names that are kept; a country has some tens of authorities
_LONGEST_KEPT: Final = 512  # bytes of such a name
_LONGEST_NAME: Final = 64 << 10  # bytes; the longest names of real CAs have a few hundred

# Short names of RFC 4514 and of the profiles met here; any other attribute is written by its OID.
ATTRIBUTE_NAMES: Final = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "street",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.15": "businessCategory",
    "2.5.4.42": "GN",
    "2.5.4.97": "organizationIdentifier",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    EMAIL_ADDRESS: "E",
}
_SPECIAL: Final = re.compile(r'[,+"\\<>;=]')
_ESCAPED: Final = str.maketrans({character: "\\" + character for character in ',+"\\<>;='})


class NameAttribute(NamedTuple):
    """One attribute of a name: its type's OID and its text."""

    oid: str
    text: str


@dataclass(frozen=True, eq=False)
class Name:
    """A distinguished name: the original bytes, compared as RFC 5280 section 7.1 says."""

    der: bytes

    @lazy
    def rdns(self) -> tuple[tuple[NameAttribute, ...], ...]:
        """The relative names in their order, each a set of attributes; none when the name can't be read."""
        return self._read or ()

    @property
    def readable(self) -> bool:
        """Whether the bytes are a name at all. One that is not equals only itself, byte for byte."""
        return self._read is not None

    @lazy
    def _read(self) -> tuple[tuple[NameAttribute, ...], ...] | None:
        if len(self.der) > _LONGEST_NAME:
            return None
        try:
            return _read_name(self.der)
        except (Malformed, LimitExceeded):
            pass
        try:
            return tuple(_read_rdn(rdn) for rdn in asn1.parse(self.der, ber=True, elements=4096).members())
        except (Malformed, LimitExceeded):
            return None

    @lazy
    def key(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """What two equal names have in common: case folded, spaces pressed together, each relative name in order."""
        if self._read is None:
            return ((("", self.der.decode("latin-1")),),)
        return tuple(_key_of(rdn) for rdn in self._read)

    @lazy
    def text(self) -> str:
        """RFC 4514: the last relative name first; the first bytes in hexadecimal when the name can't be read."""
        if self._read is None:
            return "#" + self.der[:64].hex()
        return ",".join(["+".join([_write(item) for item in rdn]) for rdn in reversed(self._read)])

    @property
    def empty(self) -> bool:
        """A name that can be read and has no relative name."""
        return self._read == ()

    def all(self, oid: str) -> tuple[str, ...]:
        """The texts of every attribute of this type."""
        return self._by_type.get(oid, ())

    @lazy
    def _by_type(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for rdn in self.rdns:
            for oid, text in rdn:
                found[oid] = (*found.get(oid, ()), text)
        return found

    def first(self, oid: str) -> str | None:
        """The first attribute of this type."""
        return next(iter(self.all(oid)), None)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Name) and (self.der == other.der or self.key == other.key)

    def __hash__(self) -> int:
        return hash(self.key)

    @classmethod
    def of(cls, der: bytes) -> Name:
        """The name of these bytes: the one that is kept, if it is an issuer's.

        The subject of a CA is the issuer of all that it signs. Other subjects are not kept: they are persons.
        """
        return _issuers.get(der) or cls(der)

    @classmethod
    def of_issuer(cls, der: bytes) -> Name:
        """The same for an issuer, of which there are few: its name is kept, so that it is read once."""
        found = _issuers.get(der)
        if found is None:
            found = cls(der)
            if len(_issuers) >= _MOST_ISSUERS:  # strangers have made most of them up
                _issuers.clear()
            if len(der) <= _LONGEST_KEPT:
                _issuers[der] = found
        return found

    def __reduce__(self) -> tuple[type[Name], tuple[bytes]]:
        return type(self), (self.der,)


_issuers: Final[dict[bytes, Name]] = {}


def read_name(element: Element) -> Name:
    """Name of RFC 5280 section 4.1.2.4; its contents are read when asked for."""
    if element.tag != asn1.SEQUENCE:
        raise Malformed("A name is missing.")
    return Name(element.raw)


def name_of(rdns: list[Element]) -> Name:
    """The name that these relative names make: a fullName from an issuer and a nameRelativeToCRLIssuer."""
    return Name(encode(asn1.SEQUENCE, *(rdn.raw for rdn in rdns)))


def _key_of(rdn: tuple[NameAttribute, ...]) -> tuple[tuple[str, str], ...]:
    if len(rdn) == 1:
        return ((rdn[0].oid, _fold(rdn[0].text)),)
    return tuple(sorted({(item.oid, _fold(item.text)) for item in rdn}))


def _read_name(der: bytes) -> tuple[tuple[NameAttribute, ...], ...]:
    """A name in DER whose values are strings, as nearly all are; Malformed if it is none."""
    cursor = Cursor.inside(der)
    names: list[tuple[NameAttribute, ...]] = []
    while cursor.position < cursor.end:
        stop = cursor.descend(asn1.SET)
        found: list[NameAttribute] = []
        while cursor.position < stop:
            end = cursor.descend(asn1.SEQUENCE)
            oid, tag = contents.dotted(cursor.take(asn1.OID)), cursor.tag
            found.append(NameAttribute(oid, contents.text(tag, cursor.take(tag))))
            cursor.close(end)
        cursor.close(stop)
        if not found:
            raise Malformed("A relative name is empty.")
        names.append(tuple(found))
    return tuple(names)


def _read_rdn(element: Element) -> tuple[NameAttribute, ...]:
    found = []
    for attribute in element.members(asn1.SET):
        kind, value = attribute.pair()
        try:
            text = asn1.read_text(value)
        except Malformed:
            text = "#" + value.raw.hex()  # RFC 4514 section 2.4: a value that is no string
        found.append(NameAttribute(asn1.read_oid(kind), text))
    if not found:
        raise Malformed("A relative name is empty.")
    return tuple(found)


def _fold(text: str) -> str:
    folded = text.casefold() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.split())


def _write(item: NameAttribute) -> str:
    return f"{ATTRIBUTE_NAMES.get(item.oid, item.oid)}={_escape(item.text)}"


def _escape(text: str) -> str:
    escaped = text.translate(_ESCAPED) if _SPECIAL.search(text) else text
    if not escaped.isprintable():
        escaped = "".join(c if c.isprintable() else f"\\{ord(c):02X}" for c in escaped)
    if escaped[:1] in (" ", "#"):
        escaped = "\\" + escaped
    return escaped
