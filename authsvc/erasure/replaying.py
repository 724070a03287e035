"""After a restore: what the key store lists as erased is destroyed again, before anything is served (case 18)."""

import logging

from authsvc.erasure.carrying import RESTRICTED
from authsvc.evidence.keystore import DONE, KeyStore
from authsvc.evidence.log import Log
from authsvc.keys import unb64url
from authsvc.store import Store, Tx
from authsvc.store import erasures as rows
from authsvc.store import evidence as log_rows

logger = logging.getLogger("authsvc.erasure")


async def replay(store: Store, log: Log, now: int) -> int:
    """Carry the listed erasures out on this database where it still holds what they destroyed; how many it did.

    An erasure that was begun and never committed is taken off the list. On a log that is read-only (a restored database
    may lack its record) it counts here: two persons had approved it; the list is left to the database that goes on.
    """
    key_store = log.vault.epochs.key_store
    again = 0
    for key_id, record_id in (await key_store.erased()).items():
        if record_id != DONE and not await _settle(store, log, key_store, key_id, record_id):
            continue
        if await _erase_again(store, key_id, now):
            again += 1
    if again:
        logger.warning("%d erasures were carried out again: this database was restored from before them", again)
        await store.scrub(rows.TABLES)
    return again


async def _settle(store: Store, log: Log, key_store: KeyStore, key_id: str, record_id: str) -> bool:
    """Whether an erasure that was begun counts here; the list says so afterwards."""
    if await log_rows.is_recorded(store, record_id):
        await key_store.mark_erased(key_id, DONE)
        return True
    if log.read_only_reason is not None:
        return True
    await key_store.forget(key_id, record_id)
    return False


async def _erase_again(store: Store, key_id: str, now: int) -> bool:
    """One entry of the list: a person, a record of a person, or a restriction. False when there was nothing to do."""
    record, _, handle = key_id.rpartition("/")

    async def act(tx: Tx) -> bool:
        if not record:
            return await _erase_person(tx, handle, now)
        if record + "/" == RESTRICTED:
            return await _restrict(tx, handle, now)
        return await rows.take_down(tx, handle, [record]) > 0

    return await store.transact(act)


async def _erase_person(tx: Tx, handle: str, now: int) -> bool:
    there = await rows.is_left(tx, handle, unb64url(handle))
    if there:
        account = await rows.account_of(tx, unb64url(handle))
        await rows.erase_subject(tx, handle, now)
        if account is not None:
            await rows.erase_account(tx, account, now)
    return there


async def _restrict(tx: Tx, handle: str, now: int) -> bool:
    account = await rows.account_of(tx, unb64url(handle))
    if account is None or not await rows.restrict(tx, handle, "", now):
        return False
    await rows.freeze_account(tx, account, now)
    return True
