"""Pairwise subjects: OIDC Core 8.1. Relying parties of different sectors can't tell that two of their people are one.

A pairwise `sub` is the account's own `sub`, 128 random bits, enciphered as one block under a key of the sector: always
the same, found again without a table, and nothing that leads from one sector to another. A session's name (`sid`) is
a MAC under the sector's key for the same reason.
"""

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import ECB

from authsvc.keys import Keys, b64url, unb64url

BLOCK = 16
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def sector_of(client_id: str, redirect_uris: Iterable[str], extra: Mapping[str, object]) -> str:
    """The sector of a relying party, empty where it gets public subjects.

    That is the host of its redirect URIs, or of its sector_identifier_uri. A loopback host is everybody's, and where
    there are none or several hosts there is no common one: there the client is a sector of its own.
    """
    if extra.get("subject_type") != "pairwise":
        return ""
    named = extra.get("sector_identifier_uri")
    hosts = {urlsplit(uri).hostname or "" for uri in ([named] if isinstance(named, str) else redirect_uris)}
    host = hosts.pop() if len(hosts) == 1 else ""
    return f"client {client_id}" if not host or host in LOOPBACK else f"host {host}"


def tell_subject(keys: Keys, sector: str, sub: str) -> str:
    """What relying parties of this sector call the person whose own `sub` this is; without a sector the same."""
    if not sector:
        return sub
    encipher = _cipher(keys, sector).encryptor()
    return b64url(encipher.update(unb64url(sub)) + encipher.finalize())


def find_subject(keys: Keys, sector: str, told: str) -> str:
    """The person's own `sub` behind what a relying party of this sector calls them; empty for what is no subject."""
    if not sector:
        return told
    try:
        block = unb64url(told)
    except ValueError:
        return ""
    if len(block) != BLOCK or b64url(block) != told:
        return ""
    decipher = _cipher(keys, sector).decryptor()
    return b64url(decipher.update(block) + decipher.finalize())


def tell_session(keys: Keys, sector: str, sid: str) -> str:
    """What relying parties of this sector call a session."""
    return b64url(keys.mac(f"pairwise-sid/{sector}", sid.encode())[:BLOCK]) if sector else sid


def _cipher(keys: Keys, sector: str) -> Cipher[ECB]:
    # One block of random bits, never two: there is no pattern that a mode would have to hide.
    return Cipher(AES256(keys.secret(f"pairwise/{sector}")), ECB())  # noqa: S305 - see above
