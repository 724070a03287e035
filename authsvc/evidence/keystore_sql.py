"""The key store in a second database: for several processes, which share no directory. Never the service's own."""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence

from authsvc.evidence.keystore import Epoch
from authsvc.store import Store, Tx
from authsvc.store import keystore as rows


class SqlKeyStore:
    """Three tables in a database of their own. `open` before use."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def open(self) -> "SqlKeyStore":
        """Make the tables, unless they are there."""
        await self._store.transact(rows.make)
        return self

    async def epochs(self) -> tuple[Epoch, ...]:
        """See `KeyStore.epochs`."""
        found = await rows.epochs(self._store)
        return tuple(Epoch(number, b64decode(secret, validate=True), made_at) for number, secret, made_at in found)

    async def add_epoch(self, epoch: Epoch) -> bool:
        """See `KeyStore.add_epoch`."""
        secret = b64encode(epoch.secret).decode()

        async def body(tx: Tx) -> bool:
            return await rows.add_epoch(tx, epoch.number, secret, epoch.made_at)

        return await self._store.transact(body)

    async def lean(self, holder: str, epochs: Sequence[int], at: int, since: int) -> None:
        """See `KeyStore.lean`."""

        async def body(tx: Tx) -> None:
            await rows.lean(tx, holder, epochs, at, since)

        await self._store.transact(body)

    async def destroy_epoch(self, number: int, holder: str, since: int) -> bool:
        """See `KeyStore.destroy_epoch`."""

        async def body(tx: Tx) -> bool:
            return await rows.destroy_epoch(tx, number, holder, since)

        destroyed = await self._store.transact(body)
        if destroyed:
            await self._store.scrub(("keystore_epoch",))
        return destroyed

    async def erased(self) -> Mapping[str, str]:
        """See `KeyStore.erased`."""
        return await rows.erased(self._store)

    async def mark_erased(self, key_id: str, record_id: str) -> None:
        """See `KeyStore.mark_erased`."""

        async def body(tx: Tx) -> None:
            await rows.mark_erased(tx, key_id, record_id)

        await self._store.transact(body)

    async def forget(self, key_id: str, record_id: str) -> None:
        """See `KeyStore.forget`."""

        async def body(tx: Tx) -> None:
            await rows.forget(tx, key_id, record_id)

        await self._store.transact(body)

    async def close(self) -> None:
        """See `KeyStore.close`."""
        await self._store.close()
