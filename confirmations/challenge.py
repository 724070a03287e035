"""What was issued and what was accepted: the challenge digest cast in docs (evidence record, member `challenge`).

A challenge is the array, in the order of the methods, of what was issued, each element with its own nonce. It never
holds a code or anything from which a code can be found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from confirmations.canonical import Json, hash_domain, write_base64url, write_canonical

METHODS: Final = ("code", "totp", "password", "identifier", "push", "passkey", "payment")
"""The closed list of methods of a confirmation, as records spell them. A code never changes its meaning."""

NONCE_BYTES: Final = 16  # 128 bits: twice what ASVS 6.7.2 asks of a nonce, so that digests over it can't be searched

_CHALLENGE: Final = b"authsvc/challenge/v1"

Entropy = Callable[[int], bytes]
"""Gives that many fresh random bytes. The only source of chance in this package."""


class Challenge(Protocol):
    """What a method issued for one request; `issued()` is its element of the challenge array."""

    def issued(self) -> dict[str, Json]: ...


@dataclass(frozen=True, slots=True)
class Accepted:
    """A right answer. `evidence` may be kept and shown to a court: what was judged, never the secret itself."""

    method: str
    evidence: Mapping[str, Json]


def write_challenges(challenges: Sequence[Challenge]) -> bytes:
    """Give the canonical bytes of the challenge array; they lie outside the log, under its digest."""
    return write_canonical([challenge.issued() for challenge in challenges])


def digest_challenges(challenges: Sequence[Challenge]) -> str:
    """Give the challenge digest: base64url of SHA-256("authsvc/challenge/v1" ‖ 0x00 ‖ JCS(challenge))."""
    return digest_written_challenges(write_challenges(challenges))


def digest_written_challenges(written: bytes) -> str:
    """Give the same digest of bytes that `write_challenges` gave."""
    return write_base64url(hash_domain(_CHALLENGE, written))


def write_answers(accepted: Sequence[Accepted]) -> bytes:
    """Give the canonical bytes of what was accepted, in the order of the methods: the blob behind the slot `answer`."""
    return write_canonical([{**element.evidence, "method": element.method} for element in accepted])


def make_nonce(entropy: Entropy) -> str:
    """Make a nonce of 128 bits as base64url."""
    return write_base64url(entropy(NONCE_BYTES))
