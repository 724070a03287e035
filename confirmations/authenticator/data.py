"""Authenticator data (WebAuthn 3, section 6.1): what the authenticator signs beside the hash of the client data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from confirmations.authenticator.cbor import decode
from confirmations.authenticator.errors import Malformed
from confirmations.authenticator.keys import CredentialKey, read_key

MAX_BYTES: Final = 16_384
MAX_CREDENTIAL_ID: Final = 1_023
_FIXED: Final = 37  # hash of the rpId, flags, counter
_UP, _UV, _BE, _BS, _AT, _ED = 1, 4, 8, 16, 64, 128


@dataclass(frozen=True, slots=True)
class AttestedCredential:
    """A new credential: the model of its authenticator, its id, its key."""

    aaguid: bytes
    credential_id: bytes
    key: CredentialKey


@dataclass(frozen=True, slots=True)
class AuthenticatorData:
    """The data in their members. `attested` is there at a registration alone."""

    rp_id_hash: bytes
    user_present: bool
    user_verified: bool
    backup_eligible: bool
    backed_up: bool
    sign_count: int
    attested: AttestedCredential | None


def read_authenticator_data(data: bytes) -> AuthenticatorData:
    """The one reading of these bytes. Malformed, BadKey."""
    if not _FIXED <= len(data) <= MAX_BYTES:
        raise Malformed("authenticator data of an odd length")
    flags, at = data[32], _FIXED
    if flags & _BS and not flags & _BE:
        raise Malformed("backed up, but not eligible for it")
    attested = None
    if flags & _AT:
        attested, at = _read_attested(data)
    if flags & _ED:
        extensions, at = decode(data, at)
        if not isinstance(extensions, dict):
            raise Malformed("extensions that are no map")
    if at != len(data):
        raise Malformed("bytes after the authenticator data")
    return AuthenticatorData(
        rp_id_hash=data[:32],
        user_present=bool(flags & _UP),
        user_verified=bool(flags & _UV),
        backup_eligible=bool(flags & _BE),
        backed_up=bool(flags & _BS),
        sign_count=int.from_bytes(data[33:37], "big"),
        attested=attested,
    )


def _read_attested(data: bytes) -> tuple[AttestedCredential, int]:
    start = _FIXED + 18
    length = int.from_bytes(data[start - 2 : start], "big")
    if not 1 <= length <= MAX_CREDENTIAL_ID or len(data) < start + length:
        raise Malformed("a credential id of an odd length")
    key, end = read_key(data, start + length)
    return AttestedCredential(data[_FIXED : _FIXED + 16], data[start : start + length], key), end
