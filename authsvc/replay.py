"""Idempotency-Key (DESIGN D2): the row (client, key) holds the body's digest and the act's id; a replay renders again.

Another body under the same key is refused; another client's key is another key and reveals nothing.
"""

import hashlib
from dataclasses import dataclass

from authsvc.errors import IdempotencyKeyReused, InvalidRequest
from authsvc.store import Reads, Tx, proofs

MAX_KEY = 255
"""Characters of an Idempotency-Key."""


@dataclass(frozen=True, slots=True)
class ReplayKey:
    """A client's key with the digest of method, path and body; `key` is empty when the client sent none."""

    client_id: str
    key: str
    digest: bytes

    @classmethod
    def of(cls, client_id: str, key: str, target: str, body: bytes) -> "ReplayKey":
        """`target` is method and path. InvalidRequest for a key that is too long or not printable ASCII."""
        if len(key) > MAX_KEY or not key.isascii() or (key and not key.isprintable()):
            raise InvalidRequest(f"Idempotency-Key: at most {MAX_KEY} printable ASCII characters")
        return cls(client_id, key, hashlib.sha256(target.encode() + b"\n" + body).digest())

    async def find(self, reads: Reads) -> str | None:
        """The act behind the key, None when it is new. Raises IdempotencyKeyReused."""
        known = await proofs.act_of_key(reads, self.client_id, self.key) if self.key else None
        if known is None:
            return None
        return self._same(known[0], known[1] == self.digest)

    async def claim(self, tx: Tx, act_id: str, now: int) -> str:
        """First in an act's transaction: this act's id, or that of the act which took the key before."""
        if not self.key:
            return act_id
        return self._same(*await proofs.claim_key(tx, self.client_id, self.key, self.digest, act_id, now))

    @staticmethod
    def _same(act_id: str, same: bool) -> str:
        if not same:
            raise IdempotencyKeyReused("this Idempotency-Key came with another body before")
        return act_id
