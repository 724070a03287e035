"""Key epochs in memory: what wraps data keys and names persons blindly, until the key store's next epoch.

A process takes up a new epoch at its next `refresh`; it leads (wraps new keys) only when every process has had the time
to know it. So during a change there are two, and a name is looked for under both. An epoch is destroyed only when no
database leans on it: every process says in the key store, each minute, what its own leans on, so a copy of the database
that runs beside the original takes nothing from it.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from authsvc.clock import Clock, Entropy
from authsvc.errors import ConfigurationError
from authsvc.evidence.keystore import SECRET_BYTES, Epoch, KeyStore
from authsvc.keys import NONCE_BYTES, SealBroken, b64url

GRACE_MS: Final = 10 * 60 * 1000
"""Until then every process has taken a new epoch up: ten times the period of `refresh`."""
DAY_MS: Final = 24 * 3600 * 1000
SILENCE_MS: Final = 7 * DAY_MS
"""Who has said nothing for so long leans on no epoch any more: a stopped service must have the time to come back."""
LIFETIME_MS: Final = 22 * DAY_MS
"""After that a new epoch is made, so that the old one is destroyed before it is 30 days old, even when a process that
leant on it died just before its database let go of it."""
_HOLDER_BYTES: Final = 16
_NUMBER_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class _Ready:
    """An epoch with the keys derived from its secret, one purpose each."""

    number: int
    made_at: int
    wrapping: AESGCM = field(repr=False)
    naming: bytes = field(repr=False)

    @classmethod
    def of(cls, epoch: Epoch) -> "_Ready":
        return cls(epoch.number, epoch.made_at, AESGCM(_derive(epoch, b"wrap")), _derive(epoch, b"index"))


class Epochs:
    """The epochs of one deployment. `refresh` before use; ConfigurationError where there is none."""

    def __init__(self, key_store: KeyStore, clock: Clock, entropy: Entropy) -> None:
        self.key_store = key_store
        self._clock = clock
        self._entropy = entropy
        self._known: Mapping[int, _Ready] = {}
        self._oldest = 0
        self._holder = ""

    async def begin(self) -> None:
        """Make the first epoch of a new deployment, unless there is one."""
        if not await self.key_store.epochs():
            await self.key_store.add_epoch(Epoch(1, self._entropy(SECRET_BYTES), self._clock.now()))
        await self.refresh()

    async def refresh(self) -> None:
        """Take up what the key store holds now, but for epochs that this database has let go of."""
        self._known = {
            epoch.number: self._known.get(epoch.number) or _Ready.of(epoch)
            for epoch in await self.key_store.epochs()
            if epoch.number >= self._oldest
        }

    async def lean(self, numbers: Sequence[int]) -> None:
        """Say in the key store what the rows lean on: until that was long ago nobody destroys these epochs."""
        self._holder = self._holder or b64url(self._entropy(_HOLDER_BYTES))
        now = self._clock.now()
        await self.key_store.lean(self._holder, numbers, now, now - SILENCE_MS)

    def let_go(self, oldest: int) -> None:
        """Epochs below this number are none of this database's any more: no row leans on them, and none will."""
        self._oldest = oldest

    async def renew(self) -> None:
        """Make the next epoch once the newest has lived its time and is the only one."""
        now = self._clock.now()
        if len(self._known) == 1 and now - self._newest().made_at >= LIFETIME_MS:
            number = self._newest().number + 1
            await self.key_store.add_epoch(Epoch(number, self._entropy(SECRET_BYTES), now))
            await self.refresh()

    async def ended(self) -> list[int]:
        """The epochs that this database has let go of and that are not destroyed yet, oldest first."""
        return [epoch.number for epoch in await self.key_store.epochs() if epoch.number < self._oldest]

    async def destroy(self, number: int) -> bool:
        """Destroy an epoch that this database has let go of; False while another process's still leans on it."""
        return await self.key_store.destroy_epoch(number, self._holder, self._clock.now() - SILENCE_MS)

    def numbers(self) -> tuple[int, ...]:
        """What is known, oldest first."""
        return tuple(sorted(self._known))

    def leading(self) -> int:
        """The epoch under which keys are wrapped now: the newest that every process knows."""
        ready = [one.number for one in self._known.values() if self._clock.now() - one.made_at >= GRACE_MS]
        return max(ready, default=min(self._all()))

    def names(self, subject: str) -> tuple[tuple[int, str], ...]:
        """(epoch, keyed MAC) of this subject under each epoch, oldest first: never the IIN or BIN itself."""
        plain = subject.encode()
        return tuple(
            (number, b64url(hmac.digest(self._known[number].naming, plain, "sha256"))) for number in sorted(self._all())
        )

    def wrap(self, data_key: bytes, handle: str) -> tuple[int, bytes]:
        """(epoch, number ‖ nonce ‖ ciphertext) of a data key, bound to the person's handle."""
        number = self.leading()
        nonce = self._entropy(NONCE_BYTES)
        sealed = self._known[number].wrapping.encrypt(nonce, data_key, handle.encode())
        return number, number.to_bytes(_NUMBER_BYTES) + nonce + sealed

    def unwrap(self, wrapped: bytes, handle: str) -> bytes:
        """The data key. SealBroken when it was moved or altered, or when its epoch has been destroyed."""
        known = self._known.get(int.from_bytes(wrapped[:_NUMBER_BYTES]))
        if known is None:
            raise SealBroken("the key's epoch is not in the key store")
        nonce, sealed = wrapped[_NUMBER_BYTES : _NUMBER_BYTES + NONCE_BYTES], wrapped[_NUMBER_BYTES + NONCE_BYTES :]
        try:
            return known.wrapping.decrypt(nonce, sealed, handle.encode())
        except InvalidTag as error:
            raise SealBroken("a wrapped key does not open here") from error

    def _newest(self) -> _Ready:
        return self._known[max(self._all())]

    def _all(self) -> Mapping[int, _Ready]:
        if not self._known:
            raise ConfigurationError("the key store holds no epoch; persons' values can't be opened without it")
        return self._known


def _derive(epoch: Epoch, purpose: bytes) -> bytes:
    return HKDFExpand(hashes.SHA256(), SECRET_BYTES, b"authsvc/epoch/" + purpose).derive(epoch.secret)
