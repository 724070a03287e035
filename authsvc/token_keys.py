"""Keys of tokens (RFC 7517, RFC 7638) over time: which signs, which are published, which still verify.

A key is published from the moment on at which it lies in the key file, signs from its activation until that of the next
one of its algorithm, and goes on to verify until the operator retired it and its last tokens have ended.
"""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature


def b64url(data: bytes) -> str:
    """base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64url(text: str) -> bytes:
    """The bytes of unpadded base64url."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def thumbprint(jwk: Mapping[str, str]) -> str:
    """RFC 7638 thumbprint of a public JWK that holds the required members alone."""
    canonical = json.dumps(dict(jwk), sort_keys=True, separators=(",", ":")).encode()
    return b64url(hashlib.sha256(canonical).digest())


@dataclass(frozen=True, slots=True)
class Es256Key:
    """A P-256 key with its RFC 7638 thumbprint as `kid`; signatures are raw r ‖ s of 64 bytes, deterministic (RFC
    6979)."""

    private: ec.EllipticCurvePrivateKey
    kid: str
    jwk: Mapping[str, str]

    @classmethod
    def of(cls, private: ec.EllipticCurvePrivateKey) -> "Es256Key":
        """The key with its public JWK and thumbprint."""
        numbers = private.public_key().public_numbers()
        jwk = {"crv": "P-256", "kty": "EC", "x": b64url(numbers.x.to_bytes(32)), "y": b64url(numbers.y.to_bytes(32))}
        return cls(private, thumbprint(jwk), jwk)

    def sign(self, data: bytes) -> bytes:
        """ES256 over the data; the same bytes for the same data."""
        r, s = decode_dss_signature(self.private.sign(data, _ES256))
        return r.to_bytes(32) + s.to_bytes(32)


_ES256 = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)


@dataclass(frozen=True, slots=True)
class TokenKey:
    """One key of tokens; times in ms. `made`: into the key file, and so published; `since`: signs from then on, None
    while it waits; `until`: verifies and is published before it, None where it was not retired."""

    private: Es256Key | rsa.RSAPrivateKey
    made: int
    since: int | None = None
    until: int | None = None

    @property
    def alg(self) -> str:
        """ES256 or RS256."""
        return "ES256" if isinstance(self.private, Es256Key) else "RS256"

    @property
    def kid(self) -> str:
        """RFC 7638 thumbprint."""
        return thumbprint(self.jwk)

    @property
    def jwk(self) -> Mapping[str, str]:
        """The public key, required members alone."""
        if isinstance(self.private, Es256Key):
            return self.private.jwk
        numbers = self.private.public_key().public_numbers()
        size = (numbers.n.bit_length() + 7) // 8
        return {"e": b64url(numbers.e.to_bytes(3)), "kty": "RSA", "n": b64url(numbers.n.to_bytes(size))}


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Schedule:
    """What holds at one time: the key that signs of each algorithm, and all that are published and verify."""

    es256: Es256Key
    rs256: rsa.RSAPrivateKey
    good: tuple[TokenKey, ...]


def signs(keys: Sequence[TokenKey], alg: str) -> TokenKey:
    """The key of this algorithm that was activated last. ValueError when there is none."""
    return max((key for key in keys if key.alg == alg and key.since is not None), key=lambda key: key.since or 0)


class TokenRing:
    """The keys of tokens as one process knows them; `schedule` is what holds of them, a new one where that changed."""

    def __init__(self, keys: tuple[TokenKey, ...]) -> None:
        self.keys = keys
        self.schedule = self._look(0)

    def refresh(self, keys: tuple[TokenKey, ...], now: int) -> None:
        """What the key file says now."""
        before, self.keys = self.schedule, keys
        found = self._look(now)
        if _told(found) != _told(before):
            self.schedule = found

    def _look(self, now: int) -> Schedule:
        es256, rs256 = signs(self.keys, "ES256"), signs(self.keys, "RS256")
        if not isinstance(es256.private, Es256Key) or isinstance(rs256.private, Es256Key):
            raise TypeError("token_keys")
        good = [key for key in self.keys if key in (es256, rs256) or key.until is None or now < key.until]
        return Schedule(es256.private, rs256.private, tuple(good))


def _told(schedule: Schedule) -> tuple[str, str, list[str]]:
    good = schedule.good
    return schedule.es256.kid, signs(good, "RS256").kid, [key.kid for key in good]
