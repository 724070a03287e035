"""How an EDS certificate lies in the database: a factor found by the certificate's digest. Neither name nor IIN is in
it: those stand in the signed file, which is kept under the person's own key."""

import hashlib
from dataclasses import dataclass, replace

import orjson

from authsvc import credentials
from authsvc.credentials import Ground, Whose, new_row
from authsvc.eds.judging import METHOD, Holder
from authsvc.evidence import kinds
from authsvc.evidence.forms import NONE
from authsvc.evidence.kinds import FactorKey
from authsvc.keys import b64url, unb64url
from authsvc.service import Service
from authsvc.store.people import FactorRow


@dataclass(frozen=True, slots=True)
class Certificate:
    """One enrolled certificate as its person sees it. `digest`: SHA-256 in hexadecimal; `not_after` in ms."""

    row: FactorRow
    name: str
    digest: str
    public_key: bytes
    issuer: str
    not_after: int
    registration: str
    """Digest of the signed challenge by which it was enrolled."""

    @property
    def key(self) -> FactorKey:
        """The key as records name it: the certificate's digest stands for the credential's id."""
        return FactorKey(b64url(bytes.fromhex(self.digest)), b64url(self.public_key), self.registration)


def make(svc: Service, account: str, holder: Holder, name: str) -> Certificate:
    """A certificate with its row, about to be written."""
    row = new_row(svc, account, METHOD, svc.clock.now(), lookup=lookup_of(holder.certificate))
    made = Certificate(row, name, holder.certificate, holder.public_key, holder.issuer, holder.not_after, holder.digest)
    return replace(made, row=replace(row, sealed=seal_certificate(svc, made)))


def open_certificate(svc: Service, row: FactorRow) -> Certificate:
    """From its row."""
    name, digest, key, issuer, until, registration = orjson.loads(
        svc.keys.unseal("factor", row.sealed, row.id.encode())
    )
    return Certificate(row, name, digest, unb64url(key), issuer, until, registration)


def seal_certificate(svc: Service, one: Certificate) -> bytes:
    """What its row keeps sealed."""
    plain = [one.name, one.digest, b64url(one.public_key), one.issuer, one.not_after, one.registration]
    return svc.keys.seal("factor", orjson.dumps(plain), one.row.id.encode())


def lookup_of(digest: str) -> bytes:
    """What the row is found by."""
    return hashlib.sha256(b"authsvc/eds\x00" + bytes.fromhex(digest)).digest()


def record_of(
    svc: Service, one: Certificate, event: str, record_id: str, whose: Whose, ground: Ground, now: int
) -> kinds.Credential:
    """The `credential` record of what happened to a certificate; `attestation` is the signed challenge's digest."""
    return credentials.record_of(
        svc,
        one.row,
        event,
        record_id,
        whose,
        ground,
        now,
        key=one.key,
        attestation=one.registration if event == "enrolled" else "",
        trust_store=svc.in_force.get("trust_store", NONE),
    )
