"""How a passkey lies in the database: a factor found by the digest of its credential id, the rest sealed."""

import hashlib
from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson

from authsvc import credentials
from authsvc.credentials import Ground, Whose
from authsvc.evidence import kinds
from authsvc.evidence.kinds import FactorKey
from authsvc.keys import b64url, unb64url
from authsvc.service import Service
from authsvc.store.people import FactorRow
from confirmations.methods.passkey import Stored

METHOD = "passkey"
NO_COUNTER = -1


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey as its person sees it, and as it is judged."""

    row: FactorRow
    name: str
    credential_id: bytes
    public_key: bytes
    backup_eligible: bool
    registration: bytes

    @property
    def stored(self) -> Stored:
        """What an assertion is judged against."""
        return Stored(self.public_key, max(self.row.last_step, 0), self.backup_eligible, self.credential_id)

    @property
    def key(self) -> FactorKey:
        """The key as records name it."""
        return FactorKey(b64url(self.credential_id), b64url(self.public_key), b64url(self.registration))


def open_passkey(svc: Service, row: FactorRow) -> Passkey:
    """From its row."""
    plain = orjson.loads(svc.keys.unseal("factor", row.sealed, row.id.encode()))
    name, credential, key, eligible, registration = plain
    return Passkey(row, name, unb64url(credential), unb64url(key), eligible, unb64url(registration))


def seal_passkey(svc: Service, factor: str, passkey: Passkey) -> bytes:
    """What its row keeps sealed."""
    plain = [
        passkey.name,
        b64url(passkey.credential_id),
        b64url(passkey.public_key),
        passkey.backup_eligible,
        b64url(passkey.registration),
    ]
    return svc.keys.seal("factor", orjson.dumps(plain), factor.encode())


def lookup_of(credential_id: bytes) -> bytes:
    """What the row is found by."""
    return hashlib.sha256(b"authsvc/passkey\x00" + credential_id).digest()


def handle_of(svc: Service, account: str) -> bytes:
    """The user handle of an account (14.6.1: nothing about the person can be read from it)."""
    return svc.keys.mac("passkey-user", account.encode())


def rp_id_of(svc: Service) -> str:
    """The RP ID: the host of the issuer."""
    return urlsplit(svc.settings.issuer).hostname or ""


def record_of(
    svc: Service, passkey: Passkey, event: str, record_id: str, whose: Whose, ground: Ground, now: int
) -> kinds.Credential:
    """The `credential` record of what happened to a passkey."""
    return credentials.record_of(svc, passkey.row, event, record_id, whose, ground, now, key=passkey.key)
