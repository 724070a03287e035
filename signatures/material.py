"""What comes in beside the document: anchors that are trusted, evidence that is not, a cache of parsed bytes."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final, TypeVar, cast

from signatures import asn1
from signatures.certificates import Certificate, read_certificates
from signatures.errors import BadCertificate, LimitExceeded, Malformed
from signatures.lazy import lazy
from signatures.ocsp import OcspResponse
from signatures.pem import unwrap
from signatures.revocation import Crl

_T = TypeVar("_T")

_MOST_ANCHORS: Final = 4096
_MOST_PIECES: Final = 4096  # of each kind; a trust store of a whole country has some hundred certificates


@dataclass(frozen=True)
class TrustAnchors:
    """The certificates that are trusted. Nothing else is, whatever the document carries."""

    certificates: tuple[Certificate, ...]

    @classmethod
    def of(cls, *certificates: bytes) -> TrustAnchors:
        """DER or PEM, each file with one certificate or, in PEM, several. BadCertificate if one can't be read."""
        found = [certificate for data in certificates for certificate in read_certificates(data)]
        if len(found) > _MOST_ANCHORS:
            raise BadCertificate("There are more anchors than a trust store can have.")
        return cls(tuple(dict.fromkeys(found)))

    @lazy
    def trusted(self) -> frozenset[Certificate]:
        """The same as a set."""
        return frozenset(self.certificates)

    @lazy
    def digest(self) -> str:
        """SHA-256 over the sorted fingerprints, in hexadecimal: the same set has the same digest."""
        prints = sorted(certificate.sha256 for certificate in self.certificates)
        return hashlib.sha256("".join(prints).encode()).hexdigest()


@dataclass(frozen=True)
class Refused:
    """A piece of evidence that could not be read: its kind, its digest, and why."""

    kind: str
    sha256: str
    reason: str


@dataclass(frozen=True)
class Evidence:
    """Certificates, CRLs and OCSP answers at hand: hints, each checked before it counts. Made once, used often."""

    certificates: tuple[Certificate, ...] = ()
    crls: tuple[Crl, ...] = ()
    answers: tuple[OcspResponse, ...] = ()
    refused: tuple[Refused, ...] = field(default=())

    @classmethod
    def of(cls, certificates: Iterable[bytes] = (), crls: Iterable[bytes] = (), ocsp: Iterable[bytes] = ()) -> Evidence:
        """Bytes in DER or PEM. What can't be read is no error: it is kept in `refused` and said in the report."""
        refused: list[Refused] = []
        labels = ("CERTIFICATE", "TRUSTED CERTIFICATE", "X509 CERTIFICATE")
        return cls(
            _read_each(certificates, labels, Certificate.of, "certificate", refused),
            _read_each(crls, ("X509 CRL",), Crl.of, "crl", refused),
            _read_each(ocsp, (), OcspResponse.of, "ocsp", refused),
            tuple(refused),
        )

    @property
    def ocsp(self) -> tuple[bytes, ...]:
        """The OCSP answers as they came."""
        return tuple(answer.der for answer in self.answers)

    @classmethod
    def sort(cls, files: Iterable[bytes]) -> Evidence:
        """The same from files of unnamed kinds: certificates, CRLs and OCSP answers, told by their structure.

        A file that is none of them is refused as a `file`.
        """
        certificates: list[bytes] = []
        crls: list[bytes] = []
        ocsp: list[bytes] = []
        refused: list[Refused] = []
        for data in files:
            before = len(certificates) + len(crls) + len(ocsp)
            for der in unwrap(data, "CERTIFICATE", "TRUSTED CERTIFICATE", "X509 CERTIFICATE"):
                if _reads(Certificate.of, der):
                    certificates.append(der)
            for der in unwrap(data, "X509 CRL"):
                if _reads(Crl.of, der):
                    crls.append(der)
                elif _looks_like_ocsp(der):
                    ocsp.append(der)
            if len(certificates) + len(crls) + len(ocsp) == before:
                refused.append(Refused("file", hashlib.sha256(data).hexdigest(), "It is of no kind that is known."))
        made = cls.of(certificates, crls, ocsp)
        return replace(made, refused=(*made.refused, *refused))


def _read_each(
    files: Iterable[bytes], labels: tuple[str, ...], read: Callable[[bytes], _T], kind: str, refused: list[Refused]
) -> tuple[_T, ...]:
    """What can be read, each once. No labels: the files are never PEM."""
    if not files:
        return ()
    pieces = (der for data in files for der in unwrap(data, *labels)) if labels else files
    made = [_try(read, der, kind, refused) for der in _bound(pieces, kind, refused)]
    return tuple(dict.fromkeys([item for item in made if item is not None]))


def _bound(pieces: Iterable[bytes], kind: str, refused: list[Refused]) -> list[bytes]:
    """The pieces up to the bound; those beyond it are refused, as one."""
    found = list(islice(pieces, _MOST_PIECES + 1))
    if len(found) > _MOST_PIECES:
        refused.append(Refused(kind, hashlib.sha256(found.pop()).hexdigest(), "There are more than can be looked at."))
    return found


def _try(read: Callable[[bytes], _T], der: bytes, kind: str, refused: list[Refused]) -> _T | None:
    try:
        return read(der)
    except (Malformed, LimitExceeded) as error:
        refused.append(Refused(kind, hashlib.sha256(der).hexdigest(), error.message))
        return None


def _reads(read: Callable[[bytes], object], der: bytes) -> bool:
    try:
        read(der)
    except (Malformed, LimitExceeded):
        return False
    return True


def _looks_like_ocsp(der: bytes) -> bool:
    try:
        return asn1.parse(der).members()[0].tag == asn1.ENUMERATED
    except (Malformed, LimitExceeded, IndexError):
        return False


class Cache:
    """Parsed certificates and CRLs, and signatures of certificates and CRLs that were checked, by their bytes.

    Passed in by the caller, never global. An entry is true for ever: it says nothing about time or trust. Bounded in
    entries and in bytes, as documents of strangers fill it too.
    """

    def __init__(self, size: int = 4096, weight: int = 128 << 20) -> None:
        self._size = size
        self._weight = self._left = weight
        self._entries: OrderedDict[tuple[object, ...], object] = OrderedDict()

    def remember(self, key: tuple[object, ...], make: Callable[[], _T]) -> _T:
        """What is kept under the key, or what `make` gives; an exception of `make` is not kept."""
        entries = self._entries
        try:
            found = entries[key]
            entries.move_to_end(key)
        except KeyError:
            found = make()
            self._keep(key, found)
        return cast("_T", found)

    def _keep(self, key: tuple[object, ...], value: object) -> None:
        if _weigh(key) > self._weight:
            return
        self._entries[key] = value
        self._left -= _weigh(key)
        while self._left < 0 or len(self._entries) > self._size:
            oldest, _ = self._entries.popitem(last=False)
            self._left += _weigh(oldest)

    def __len__(self) -> int:
        return len(self._entries)


def _weigh(key: tuple[object, ...]) -> int:
    """The bytes that a key holds; what is made of them is of their order."""
    return sum(len(part) for part in key if isinstance(part, bytes))
