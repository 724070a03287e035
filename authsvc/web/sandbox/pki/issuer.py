"""RFC 5280: one certification authority of the sandbox: it certifies keys, revokes, and writes its CRLs.

A CRL is a function of the moment: what was revoked by then is in it, and its number is that moment in seconds. So any
past CRL can be made again, and numbers grow with time without a counter to keep.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, NamedTuple, Self

from authsvc.web.sandbox.pki import der, keys, profile
from authsvc.web.sandbox.pki.keys import Family, SigningKey
from authsvc.web.sandbox.pki.profile import Pointers

DAY: Final = 86_400_000
CRL_LIFE: Final = 7 * DAY


class Reason(IntEnum):
    """CRLReason, RFC 5280 5.3.1."""

    UNSPECIFIED = 0
    KEY_COMPROMISE = 1
    CA_COMPROMISE = 2
    AFFILIATION_CHANGED = 3
    SUPERSEDED = 4
    CESSATION_OF_OPERATION = 5
    CERTIFICATE_HOLD = 6
    REMOVE_FROM_CRL = 8
    PRIVILEGE_WITHDRAWN = 9


class Revocation(NamedTuple):
    """A certificate's number, when it was revoked (ms), why, and for a hold when it was released."""

    serial: int
    since: int
    reason: Reason
    until: int | None = None

    def holds_at(self, at: int) -> bool:
        """Whether the certificate is revoked at this moment."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate (DER) and its private key; equal when the certificates are."""

    certificate_der: bytes
    key: SigningKey = field(compare=False, repr=False)

    def sign(self, data: bytes) -> bytes:
        """The bare signature over `data`, hashed inside."""
        return self.key.sign(data)

    @property
    def family(self) -> Family:
        """The key's family."""
        return self.key.family

    @property
    def serial(self) -> int:
        """The certificate's number."""
        return int.from_bytes(self._field(1).content, signed=True)

    @property
    def issuer_name(self) -> bytes:
        """DER Name of the issuer."""
        return self._field(3).raw

    @property
    def name(self) -> bytes:
        """DER Name of the subject."""
        return self._field(5).raw

    @property
    def key_id(self) -> bytes:
        """The subject key identifier."""
        return profile.key_identifier(self._field(6).raw)

    def to_json(self) -> dict[str, object]:
        """Certificate and private key as text."""
        return {"certificate": base64.b64encode(self.certificate_der).decode(), "key": self.key.to_pem()}

    @classmethod
    def from_json(cls, value: dict[str, str]) -> Self:
        """The credential that `to_json` wrote."""
        return cls(base64.b64decode(value["certificate"]), keys.load(value["key"]))

    def _field(self, number: int) -> der.Element:
        return der.inside(der.inside(self.certificate_der)[0].raw)[number]


@dataclass(slots=True)
class Issuer:
    """An authority's own credential, the pointers that its certificates carry, and what it revoked."""

    credential: Credential
    pointers: Pointers
    revocations: list[Revocation] = field(default_factory=list)

    def certify(self, subject: bytes, public_info: bytes, *, at: int, until: int, extensions: Sequence[bytes]) -> bytes:
        """A certificate (DER) for any subject and key, with the given extensions and the two key identifiers."""
        issuer = self.credential
        identifiers = key_identifier_extensions(profile.key_identifier(public_info), issuer.key_id)
        return write_certificate(
            issuer.key, issuer.name, subject, public_info, (at, until), [*extensions, *identifiers]
        )

    def revoke(self, credential: Credential, at: int, reason: Reason = Reason.UNSPECIFIED) -> None:
        """Revoke, or put on hold, from `at` on. A hold that was there ends then: the new reason takes its place."""
        self.release(credential, at)
        self.revocations.append(Revocation(credential.serial, at, reason))

    def release(self, credential: Credential, at: int) -> None:
        """End a hold at `at`; nothing happens when there is none. Other reasons are final."""
        for place, entry in enumerate(self.revocations):
            if entry.serial == credential.serial and entry.until is None:
                if entry.reason is not Reason.CERTIFICATE_HOLD:
                    raise ValueError("only a hold can be released")
                self.revocations[place] = entry._replace(until=at)

    def status(self, serial: int, at: int) -> Revocation | None:
        """The revocation in force at `at`, if any."""
        return next((entry for entry in self.revocations if entry.serial == serial and entry.holds_at(at)), None)

    def crl(self, at: int, *, life: int = CRL_LIFE) -> bytes:
        """The complete CRL (DER) of this moment, in force for `life` ms."""
        entries = [entry for entry in self.revocations if entry.holds_at(at)]
        return self._write_crl(at, life, entries)

    def delta_crl(self, base_at: int, at: int, *, life: int = DAY) -> bytes:
        """What changed since the CRL made at `base_at` (RFC 5280 5.2.4); released holds come as removeFromCRL."""
        entries = [entry for entry in self.revocations if entry.holds_at(at) and not entry.holds_at(base_at)]
        standing = {entry.serial for entry in self.revocations if entry.holds_at(at)}
        for entry in self.revocations:
            if entry.holds_at(base_at) and entry.serial not in standing and entry.until is not None:
                entries.append(entry._replace(since=entry.until, reason=Reason.REMOVE_FROM_CRL))
        base = profile.extension("2.5.29.27", der.integer(base_at // 1000), critical=True)
        return self._write_crl(at, life, entries, base)

    def _write_crl(self, at: int, life: int, entries: list[Revocation], *extensions: bytes) -> bytes:
        issuer = self.credential
        tbs = der.sequence(
            der.integer(1),
            issuer.key.signature_algorithm,
            issuer.name,
            der.time(at),
            der.time(at + life),
            *([der.sequence(*map(_write_entry, entries))] if entries else []),
            der.explicit(
                0,
                der.sequence(
                    *extensions,
                    profile.extension("2.5.29.20", der.integer(at // 1000)),
                    profile.extension("2.5.29.35", der.sequence(der.implicit(0, issuer.key_id))),
                ),
            ),
        )
        return signed(issuer.key, tbs)


def write_certificate(
    signer: SigningKey,
    issuer: bytes,
    subject: bytes,
    public_info: bytes,
    validity: tuple[int, int],
    extensions: Sequence[bytes],
) -> bytes:
    """A v3 certificate. As in most national ones the number is the key identifier with the top bit cleared."""
    serial = int.from_bytes(profile.key_identifier(public_info)) & (1 << 159) - 1
    tbs = der.sequence(
        der.explicit(0, der.integer(2)),
        der.integer(serial),
        signer.signature_algorithm,
        issuer,
        der.sequence(*map(der.time, validity)),
        subject,
        public_info,
        der.explicit(3, der.sequence(*extensions)),
    )
    return signed(signer, tbs)


def key_identifier_extensions(own: bytes, issuers: bytes) -> list[bytes]:
    """SubjectKeyIdentifier and AuthorityKeyIdentifier (key id only)."""
    return [
        profile.extension("2.5.29.14", der.octets(own)),
        profile.extension("2.5.29.35", der.sequence(der.implicit(0, issuers))),
    ]


def signed(signer: SigningKey, tbs: bytes, *trailing: bytes) -> bytes:
    """SEQUENCE of the signed part, the algorithm and the signature."""
    return der.sequence(tbs, signer.signature_algorithm, der.bits(signer.sign(tbs)), *trailing)


def _write_entry(entry: Revocation) -> bytes:
    reason = []
    if entry.reason is not Reason.UNSPECIFIED:
        reason.append(der.sequence(profile.extension("2.5.29.21", der.enumerated(entry.reason))))
    return der.sequence(der.integer(entry.serial), der.time(entry.since), *reason)
