"""The change of epochs: every data key wrapped anew, then the old secret destroyed; and the one step from release 0.1.

Each batch is a transaction of its own, so a change that was cut off goes on at the next round. An erased key, or one
that does not open, is never wrapped anew. To destroy a secret can't be undone, so it wants two things at that moment:
the log here extends everything that was signed (an old copy of the database has no say), and no other process's
database leans on the secret (a copy with a fence of its own may run beside the original).
"""

import logging
from collections.abc import Sequence

from authsvc.evidence.log import Log
from authsvc.evidence.shares import read_share
from authsvc.evidence.vault import BLOBS, Vault
from authsvc.keys import Keys, SealBroken, b64url, unb64url
from authsvc.store import Store, Tx, subjects
from authsvc.store import evidence as rows
from authsvc.store.subjects import SubjectKey

logger = logging.getLogger("authsvc.evidence")

BATCH = 200
"""Keys wrapped anew in one transaction."""


async def change_epoch(store: Store, log: Log) -> int:
    """Make the next epoch when it is time, and once it leads wrap all keys under it; how many were wrapped.

    The worker runs it each hour. Several processes may: each statement is conditional. Where the log is read-only or
    sealed nothing is done: the epochs are the matter of whoever goes on.
    """
    if not await log.is_newest():
        return 0
    vault = log.vault
    await vault.keep_up(store)
    await vault.epochs.renew()
    await vault.lean_on_known(store)
    wrapped = await _leave_old(store, vault)
    await vault.keep_up(store)
    for number in await vault.epochs.ended():
        if not await log.is_newest():
            break
        if not await vault.epochs.destroy(number):
            logger.warning("epoch %d is not destroyed yet: another process's database leans on it", number)
    return wrapped


async def _leave_old(store: Store, vault: Vault) -> int:
    """Wrap all keys under the leading epoch and let go of those before it; how many were wrapped."""
    leading = vault.epochs.leading()
    old = [number for number in vault.epochs.numbers() if number < leading]
    wrapped = await _wrap_all(store, vault, leading) if old else 0
    for number in old:

        async def close(tx: Tx, number: int = number) -> bool:
            return await subjects.close_epoch(tx, number)

        if not await store.transact(close):
            logger.error("epoch %d is not destroyed: a key that is wrapped under it does not open", number)
            break
    return wrapped


async def _wrap_all(store: Store, vault: Vault, leading: int) -> int:
    erased = await vault.epochs.key_store.erased()
    wrapped, after = 0, ""
    while True:

        async def body(tx: Tx, after: str = after) -> list[SubjectKey]:
            found = await subjects.keys_below(tx, leading, after, BATCH)
            await _wrap(tx, vault, [key for key in found if key.handle not in erased])
            for key in found:
                if key.handle in erased:
                    await subjects.destroy_key(tx, key.handle)
            return found

        found = await store.transact(body)
        if not found:
            return wrapped
        wrapped, after = wrapped + len(found), found[-1].handle


async def _wrap(tx: Tx, vault: Vault, keys: Sequence[SubjectKey]) -> None:
    """The keys under the leading epoch, each with its names under every epoch known."""
    anew, names = [], []
    for key in keys:
        try:
            epoch, wrapped = vault.epochs.wrap(vault.epochs.unwrap(key.wrapped, key.handle), key.handle)
            subject = vault.name_of(key)
        except SealBroken:
            logger.error("a wrapped key does not open; it is left as it is")
            continue
        anew.append((key.handle, epoch, wrapped))
        names += [(mac, number, key.handle) for number, mac in vault.epochs.names(subject)]
    await subjects.rewrap(tx, anew)
    await subjects.add_names(tx, names)


async def leave_master(store: Store, vault: Vault, keys: Keys) -> int:
    """Once, from release 0.1: persons go from names and keys that hang on the master secret to random ones.

    Their values are sealed under a new key each, so that a copy of the old ones opens nothing more. How many persons.
    """
    moved = 0
    while old := await subjects.before_epochs(store):

        async def body(tx: Tx, old: str = old) -> None:
            await _leave_master(tx, vault, keys, old)

        await store.transact(body)
        moved += 1
    return moved


async def _leave_master(tx: Tx, vault: Vault, keys: Keys, old: str) -> None:
    wrapped = await subjects.take_before_epochs(tx, old)
    if wrapped is None:
        return
    key = keys.unseal("subject-key", wrapped, old.encode())
    shares = await rows.sealed_for(tx, old)
    plain = [(row, vault.open_under(key, row)) for row in shares]
    subject = next((name for row, data in plain if (name := _subject_of(keys, old, row, data))), None)
    if subject is None:
        logger.error("a person without a record of their own was left behind")
        return
    handle = await vault.enter(tx, subject)
    await subjects.move_chain(tx, old, handle)
    for row, data in plain:
        await rows.reseal(tx, row, await vault.seal_again(tx, row, handle, data))
    await subjects.move_account(tx, keys.mac("iin", subject.partition(":")[2].encode()), unb64url(handle))
    for place, row_id, sealed in await subjects.sealed_of_account(tx, unb64url(handle)):
        value = keys.unseal(place, sealed, row_id.encode())
        await subjects.reseal_account(tx, place, row_id, await vault.seal_for(tx, handle, f"{place}/{row_id}", value))


def _subject_of(keys: Keys, old: str, row: rows.SealedRow, plain: bytes) -> str | None:
    """The subject in this share whose name in release 0.1 was `old`."""
    if row.name == BLOBS:
        return None
    for disclosure in read_share(plain):
        subject = str(disclosure.value)
        if disclosure.name.endswith("_subject") and b64url(keys.mac("subject", subject.encode())) == old:
            return subject
    return None
