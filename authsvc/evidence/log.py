"""The append path of the evidence log: act and evidence in one transaction, indices in batches, one signature a batch.

Crash reasoning. An act's effect and its `staged` row commit together. Entries, tiles, head and the signed checkpoint
commit together,
in the acts' own commit (SQLite) or in a transaction under the head row's lock (PostgreSQL), so a checkpoint that
anybody saw is in the
database. Only after that commit are waiters answered and the fence moved. A head that does not extend everything this
process and the
fence saw is a fork: the log turns read-only and signs nothing.
"""

import asyncio
import logging
import weakref
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from authsvc.clock import Clock, Entropy
from authsvc.errors import ConfigurationError, OutcomeUnknown, ReadOnly
from authsvc.evidence.checkpoint import Checkpoint
from authsvc.evidence.clockwatch import BOUND_MS, ClockWatch
from authsvc.evidence.epochs import Epochs
from authsvc.evidence.errors import EvidenceError
from authsvc.evidence.fence import Fence, Mark
from authsvc.evidence.growth import Growth
from authsvc.evidence.guard import find_damage, find_fork, find_seal, find_stranger
from authsvc.evidence.inforce import Placed, place
from authsvc.evidence.keyforms import issuer_name
from authsvc.evidence.keyring import KeyRing
from authsvc.evidence.keystore import KeyStore
from authsvc.evidence.merkle import SHA256, SHA512, Frontier, empty_root, leaf_hash
from authsvc.evidence.note import Signer, join_note
from authsvc.evidence.proof import print_proof
from authsvc.evidence.record import Draft, Kind, Link, Sealed, parse, seal
from authsvc.evidence.signers import Signers
from authsvc.evidence.stored import read_paths, read_right_edge
from authsvc.evidence.tiles import WIDTH, changed_tiles
from authsvc.evidence.turns import Turns
from authsvc.evidence.vault import Vault
from authsvc.keys import ROOT, Es256Key, Keys, b64url
from authsvc.store import BATCH, Change, Reads, Store, Tx
from authsvc.store import evidence as rows
from authsvc.store.subjects import to_link_chain

logger = logging.getLogger("authsvc.evidence")

FENCE_LAG = 1.0
"""Seconds by which the fence may lag behind the head at most."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A record at its place: the proof is a C2SP tlog-proof to the checkpoint of the record's own batch."""

    index: int
    size: int
    leaf: bytes
    entry: bytes
    proof: bytes


class Ticket:
    """A staged record that waits for its place."""

    __slots__ = ("__weakref__", "draft", "entry", "found", "leaf", "place", "record_id")

    def __init__(self, draft: Draft, sealed: Sealed) -> None:
        self.record_id = draft.id
        self.draft: Draft | None = draft
        """What is told of it once, after its commit; None from then on."""
        self.entry = sealed.entry
        self.leaf = sealed.leaf
        self.place: tuple[int, Growth, bytes] | None = None
        """Where a batch of this process put it: index, the batch's growth, the checkpoint's note."""
        self.found: Settled | None = None
        """Where another process put it."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """What one commit adds; it counts only once that commit holds."""

    head: rows.Head
    growth: Growth
    record_ids: Sequence[str]
    edge: Mapping[tuple[int, int], bytes]
    ring: KeyRing | None


class Log:
    """The log of one deployment. `open` before use, `close` at the end."""

    def __init__(
        self,
        origin: str,
        store: Store,
        keys: Keys,
        *,
        fence: Fence,
        key_store: KeyStore,
        clock: Clock,
        entropy: Entropy,
        reload_keys: Callable[[], Keys] | None = None,
        clock_bound: int = BOUND_MS,
    ) -> None:
        self.origin = origin
        self.clockwatch = ClockWatch(clock, clock_bound)
        self.signers = Signers.of(origin, keys)
        self.ring: KeyRing | None = None
        self.vault = Vault(keys, Epochs(key_store, clock, entropy), entropy)
        self.read_only_reason: str | None = None
        self.sealed = False
        """Whether the log goes on under a successor origin; then the persons' keys are the successor's matter."""
        self._refused: str | None = None
        self._remembered: set[Mark] = set()
        self._keys = keys
        self._reload_keys = reload_keys or (lambda: keys)
        self._key_epoch = 0
        self.grown: Callable[[], None] = _wake_nobody
        """Called after each batch that was committed."""
        self.held: Callable[[], str | None] = _held_by_nobody
        """Why the operator wants nothing recorded but switches; None while they don't."""
        self.placed_one: Callable[[Draft], None] = _tell_nobody
        """Called once for each record whose act waited for its place."""
        self._store = store
        self._fence = fence
        self._clock = clock
        self._entropy = entropy
        self._last: Mark | None = None
        self._edge: Mapping[tuple[int, int], bytes] = {}
        self._batch: _Batch | None = None
        self._tickets: weakref.WeakValueDictionary[str, Ticket] = weakref.WeakValueDictionary()
        self._turn: asyncio.Lock = asyncio.Lock()
        self._turns = Turns(self._run_round)
        self._fence_due: asyncio.TimerHandle | None = None

    async def open(self, witnessed: Iterable[Mark] = ()) -> None:
        """Compare head, fence and what witnesses hold, sequence what a crash left staged. ConfigurationError before
        genesis.

        A head that does not extend all of them opens read-only: what is there can be read and checked, nothing is
        signed.
        """
        if await rows.read_head(self._store) is None:
            raise ConfigurationError("this database holds no evidence log")
        with suppress(ReadOnly):
            await self.recall(witnessed)
        await self.vault.open(self._store, leaning=self.read_only_reason is None)
        if self._store.groups_commits:
            self._store.before_commit = self._sequence
            self._store.after_commit = self._committed
        self.clockwatch.saw(await rows.last_logged_at(self._store))
        if self.read_only_reason is None:
            with suppress(ReadOnly):
                await self.sweep()

    async def start(self, genesis: Kind, blobs: Mapping[str, bytes] | None = None) -> Settled:
        """Make an empty log and put genesis at index 0; a log that exists is left alone (ConfigurationError)."""
        empty = rows.Head(
            0,
            empty_root(SHA256),
            Frontier(SHA256).to_bytes(),
            empty_root(SHA512),
            Frontier(SHA512).to_bytes(),
            self._sign(0, empty_root(SHA256), self.signers),
        )
        if await rows.read_head(self._store) is not None:
            raise ConfigurationError("this database holds an evidence log already")
        if self._fence.read() is not None:
            raise ConfigurationError("the fence remembers a log; an empty database does not extend it")
        await self.vault.open(self._store)
        if self._store.groups_commits:
            self._store.before_commit = self._sequence
            self._store.after_commit = self._committed

        async def body(tx: Tx) -> Ticket:
            await rows.start_head(tx, empty)
            return await self.stage(tx, genesis, blobs)

        settled = await self.settled(await self._store.transact(body))
        await self._learn_keys(self._store)
        return settled

    async def change_keys(
        self, records: Sequence[Kind], root: Ed25519PrivateKey, blobs: Mapping[str, bytes] | None = None
    ) -> list[Settled]:
        """Put `key` records into the log, signed by the root key, behind all that was staged under the keys before.

        The head is locked and acts that are about to stage wait: what they signed before is signed again after.
        Raises ReadOnly, Conflict for records that don't fit the keys in force, ConfigurationError for another root key,
        or where no log key of each kind would be left.
        """
        signer = Signer(issuer_name(self.origin, ROOT), root)
        if self.ring is None or signer.verifier not in self.ring.issuers(ROOT):
            raise ConfigurationError("this is not the root key that the log's first entry names")
        self._keys = self._reload_keys()

        async def body(tx: Tx) -> list[Ticket]:
            await rows.lock_head(tx)
            await tx.lock_staged()
            tickets = [await self._stage(tx, record.draft(), blobs or {}, signer) for record in records]
            # Here and not at the end of a shared commit: who stages behind this in the same commit signs anew.
            await self._sequence(tx)
            while self._batch is not None and await tx.one("select 1 as there from staged limit 1"):
                await self._sequence(tx)
            return tickets

        async with self._turn:
            try:
                tickets = await self._store.transact(body)
            except BaseException:
                self._committed(False)
                raise
            if not self._store.groups_commits:
                self._committed(True)
        await self._learn_keys(self._store)
        return [await self.settled(ticket) for ticket in tickets]

    async def close(self) -> None:
        """Bring the fence up to the head."""
        if self._fence_due is not None:
            self._fence_due.cancel()
        await self._move_fence()

    # --- an act's side ---

    @property
    def refusal(self) -> str | None:
        """Why no act is accepted now; None while they are."""
        return self.read_only_reason or self.clockwatch.refusal()

    def demand_writable(self) -> None:
        """ReadOnly when nothing can be recorded, so that an act that will need a record does not begin."""
        if self.read_only_reason is not None:
            raise ReadOnly("the evidence log is read-only, so nothing can be recorded or confirmed now")
        if (wish := self.held()) is not None:
            raise ReadOnly(f"no act is accepted now: {wish}")
        self._demand_clock()

    def _demand_clock(self) -> None:
        if (doubt := self.clockwatch.refusal()) is not None:
            logger.critical("no acts are accepted: %s", doubt)
            raise ReadOnly(f"no act is accepted now: {doubt}")

    async def stage(self, tx: Tx, kind: Kind, blobs: Mapping[str, bytes] | None = None) -> Ticket:
        """Seal the record in the act's own transaction.

        Takes the next number of each person's chain (row locks, in a fixed order of persons), commits to the values,
        signs by the
        family's issuer, keeps the values sealed outside the log. `blobs` are the texts behind the record's digests,
        by name.
        Raises ReadOnly; RecordError for a record that breaks its schema. An anchor's time is its token's, so it is
        recorded whatever our own clock says.
        """
        return await self._stage(tx, kind.draft(), blobs or {}, None)

    async def _stage(self, tx: Tx, draft: Draft, blobs: Mapping[str, bytes], root: Signer | None) -> Ticket:
        if draft.plain.get("administration_kind") == "switch" and self.read_only_reason is None:
            self._demand_clock()  # read-only mode ends by such a record
        elif self.read_only_reason is not None or draft.type != "anchor":
            self.demand_writable()
        held = await self.vault.hold(tx, draft.parties.values())
        links = {subject: Link(one.number, one.previous) for subject, one in held.items()}
        salts = self._entropy(32 * draft.slot_count)
        sealed = seal(draft, links=links, salts=salts, signer=root or self.signers.issuers[draft.family])
        parties = {role: held[subject] for role, subject in draft.parties.items()}
        places = [(one.handle, one.number) for one in held.values()]
        *_, staged = await tx.together(
            *self.vault.seal(draft.id, parties, sealed.openings, blobs),
            *self._to_stage(draft.id, sealed, places),
        )
        if not staged:
            await self._learn_keys(tx)
            sealed = seal(draft, links=links, salts=salts, signer=root or self.signers.issuers[draft.family])
            *_, staged = await tx.together(*self._to_stage(draft.id, sealed, places))
            if not staged:
                head = await rows.read_head(tx)
                if head is not None and (reason := self._find_seal(head)) is not None:
                    self._turn_read_only(reason)
                raise RuntimeError("the keys changed while what signs was locked out")
        ticket = Ticket(draft, sealed)
        self._tickets[draft.id] = ticket
        return ticket

    def _to_stage(self, record_id: str, sealed: Sealed, places: Sequence[tuple[str, int]]) -> Sequence[Change]:
        """What links the chains and stages the entry; the entry only under the keys that are in force still."""
        leaf = b64url(sealed.leaf)
        links = (to_link_chain(handle, number, leaf) for handle, number in places)
        return (*links, rows.to_stage(record_id, sealed.entry, self._key_epoch))

    async def placed(self, ticket: Ticket) -> None:
        """Wait until the record has its place. Call it after the act's transaction has committed. Raises ReadOnly."""
        if ticket.place is None and ticket.found is None and not self._store.groups_commits:
            await self._turns.wait(ticket.record_id)
        if ticket.place is None and ticket.found is None:
            ticket.found = await self.find(ticket.record_id)
            if ticket.found is None:
                raise ReadOnly("the record is safe, but the log does not sequence now")
        draft, ticket.draft = ticket.draft, None
        if draft is not None:
            self.placed_one(draft)

    async def settled(self, ticket: Ticket) -> Settled:
        """The record at its place with its proof; waits as `placed` does."""
        await self.placed(ticket)
        if ticket.found is not None:
            return ticket.found
        if ticket.place is None:
            raise RuntimeError("a placed record without a place")
        index, growth, note = ticket.place
        return Settled(index, growth.size, ticket.leaf, ticket.entry, print_proof(index, growth.proof(index), note))

    async def find(self, record_id: str) -> Settled | None:
        """A sequenced record with the proof of its own batch: the same bytes whenever it is asked for."""
        return (await self._find_all([record_id])).get(record_id)

    async def _find_all(self, record_ids: Sequence[str]) -> Mapping[str, Settled]:
        found = await rows.places_of(self._store, record_ids)
        paths = await read_paths(self._store, [(entry.index, size) for entry, size, _ in found])
        return {
            entry.record_id: Settled(entry.index, size, entry.leaf, entry.body, print_proof(entry.index, path, note))
            for (entry, size, note), path in zip(found, paths, strict=True)
        }

    def receipt_key(self, index: int) -> Es256Key:
        """The key that signs the receipt of the record at this index: the same one whenever the receipt is asked for.

        A key that was revoked signs nothing any more; then it is the newest in force.
        """
        pool = {key.kid: key for key in self._keys.receipt_keys()}
        known = [each for each in (self.ring.receipts if self.ring else ()) if each.thumbprint in pool]
        then = [each for each in known if each.is_good(index) and each.event != "revoked"]
        now = [each for each in known if each.end is None]
        return next((pool[each.thumbprint] for each in (*reversed(then), *reversed(now))), self._keys.receipts)

    def receipt_keys(self) -> list[Es256Key]:
        """Every key whose receipts can be asked for, for those who check them."""
        gone = {each.thumbprint for each in (self.ring.receipts if self.ring else ()) if each.event == "revoked"}
        return [key for key in self._keys.receipt_keys() if key.kid not in gone]

    # --- the sequencer ---

    async def sweep(self) -> None:
        """Sequence whatever waits, batch after batch."""
        while await self._store.one("select 1 as there from staged limit 1") is not None:
            before = self._last
            if self._store.groups_commits:
                await self._store.transact(_nothing)
            else:
                await self._sequence_once()
            if self._last == before:  # what is left is under keys not in force, or was another process's
                return

    async def _run_round(self, waiting: Sequence[str]) -> Collection[str]:
        """One batch of whatever is staged; which of these records have their place now, whoever gave it to them."""
        await self._sequence_once()
        tickets = [ticket for record_id in waiting if (ticket := self._tickets.get(record_id)) is not None]
        elsewhere = {ticket.record_id: ticket for ticket in tickets if ticket.place is None}
        if elsewhere:
            for record_id, settled in (await self._find_all(list(elsewhere))).items():
                elsewhere[record_id].found = settled
        return {ticket.record_id for ticket in tickets if ticket.place or ticket.found}

    async def _sequence_once(self) -> None:
        async with self._turn:
            try:
                await self._store.transact(self._sequence)
            except OutcomeUnknown:  # what is staged, and where the head stands, says what became of it
                self._committed(False)
            except BaseException:
                self._committed(False)
                raise
            else:
                self._committed(True)

    async def _sequence(self, tx: Tx) -> None:
        """Give the staged records their places, extend both trees, sign. Nothing leaves memory before the commit."""
        self._batch = None
        if await tx.one("select 1 as there from staged limit 1") is None:
            return
        head = await rows.lock_head(tx)
        if head is None:
            raise ConfigurationError("this database holds no evidence log")
        staged = await rows.read_staged(tx, BATCH)
        if not staged:
            return
        await self._guard(tx, head)
        if head.size and (self.ring is None or head.key_epoch != self._key_epoch):
            await self._learn_keys(tx)
        placed = place(head.size, staged, self.ring)
        if placed.refused:
            logger.critical("staged under a key that is not in force, never sequenced: %s", ", ".join(placed.refused))
        if not placed.entries:
            return
        leaves = [entry.leaf for entry in placed.entries]
        growth = Growth(Frontier.of(head.frontier, SHA256), leaves)
        bodies_512 = [leaf_hash(entry.body, SHA512) for entry in placed.entries]
        growth_512 = Growth(Frontier.of(head.frontier_512, SHA512), bodies_512)
        known = self._last == Mark(head.size, head.root) and self._edge
        edge = known or await read_right_edge(tx, head.size)
        tiles = changed_tiles(growth, lambda level, n: edge[level, n])
        await rows.add_entries(tx, placed.entries, self._clock.now())
        if await rows.leaves_from(tx, head.size) != leaves:
            raise RuntimeError("the batch read back differs from what was written; not signed")
        await rows.put_tiles(tx, tiles)
        new = self._grown(growth, growth_512, placed, head.key_epoch)
        if not await rows.move_head(tx, head, new, [entry.record_id for entry in placed.entries]):
            raise RuntimeError("the head or what was staged moved under the lock; not signed")
        full = {(level, n) for level, n, width, _ in tiles if width == WIDTH}
        partial = {**edge, **{(level, n): data for level, n, _, data in tiles}}
        kept = {place: data for place, data in partial.items() if place not in full}
        self._batch = _Batch(new, growth, [entry.record_id for entry in placed.entries], kept, placed.ring)

    def _grown(self, growth: Growth, growth_512: Growth, placed: Placed, key_epoch: int) -> rows.Head:
        """The head of the grown tree, signed by every key good at its size: nothing leaves memory before the commit."""
        signers = self.signers
        if placed.key_records and placed.ring is not None:
            signers = Signers.at(placed.ring, self._keys, growth.size)
        return rows.Head(
            growth.size,
            growth.root,
            growth.frontier().to_bytes(),
            growth_512.root,
            growth_512.frontier().to_bytes(),
            self._sign(growth.size, growth.root, signers),
            key_epoch + placed.key_records,
        )

    def _committed(self, held: bool) -> None:
        batch, self._batch = self._batch, None
        if batch is None or not held:
            return
        self._last = Mark(batch.head.size, batch.head.root)
        self._edge = batch.edge
        if batch.ring is not None and batch.ring is not self.ring:
            self.ring, self._key_epoch = batch.ring, batch.head.key_epoch
            self.signers = Signers.at(batch.ring, self._keys, batch.head.size)
        for at, record_id in enumerate(batch.record_ids):
            ticket = self._tickets.get(record_id)
            if ticket is not None:
                ticket.place = (batch.growth.old_size + at, batch.growth, batch.head.note)
        if self._fence_due is None:
            self._fence_due = asyncio.get_running_loop().call_later(FENCE_LAG, self._start_moving_fence)
        self.grown()

    def _sign(self, size: int, root: bytes, signers: Signers) -> bytes:
        text = Checkpoint(self.origin, size, root).text
        return join_note(text, [each.sign(text) for each in signers.log_keys])

    async def _learn_keys(self, reads: Reads) -> None:
        """Who is in force, as genesis and the `key` records say; ReadOnly when a private part is not here."""
        first = await rows.entries_between(reads, 0, 1)
        head = await rows.read_head(reads)
        if head is None or not first:
            return
        try:
            ring = KeyRing(parse(first[0].body))
            for entry in await rows.key_entries(reads):
                ring.apply(parse(entry.body), entry.index)
            if head.key_epoch != self._key_epoch:
                self._keys = self._reload_keys()
            self.signers = Signers.at(ring, self._keys, head.size)
        except (EvidenceError, ConfigurationError) as error:
            self._turn_read_only(f"the log's keys: {error.message}; nothing is signed.")
        self.ring, self._key_epoch = ring, head.key_epoch

    async def signers_at(self, head: rows.Head) -> Signers:
        """Who signs the tree of this head. ReadOnly when a private part is not here."""
        if head.key_epoch != self._key_epoch:
            await self._learn_keys(self._store)
        return self.signers

    # --- never sign a fork ---

    async def _guard(self, tx: Tx, head: rows.Head) -> None:
        """The locked head must extend the fence and the last head of this process, and be that of the entries.

        Else read-only, and no signature. ReadOnly too, but only until the next try, when the fence can't be read.
        """
        reason = self._find_seal(head) or await find_fork(tx, head, await self._marks())
        if reason is None and self._last != Mark(head.size, head.root):
            reason = find_damage(head, await rows.entry_count(tx))
        if reason is not None:
            self._turn_read_only(reason)

    def _find_seal(self, head: rows.Head) -> str | None:
        self.sealed = self.sealed or bool(head.successor)
        return find_seal(head)

    async def _marks(self) -> set[Mark]:
        return {mark for mark in (self._last, await self._read_fence(), *self._remembered) if mark is not None}

    async def recall(self, witnessed: Iterable[Mark]) -> None:
        """Heads under our own signature that witnesses hold: the log must extend them. ReadOnly until it does."""
        self._remembered |= set(witnessed)
        await self._look()
        self._remembered.clear()

    async def signed_before(self) -> set[Mark]:
        """What the fence and the witnesses remember of this log. ReadOnly when the fence can't be read."""
        mark = await self._read_fence()
        return {*self._remembered, *([mark] if mark is not None else [])}

    async def _look(self) -> None:
        """The guard without the lock: marks first, so that in one history no head read after them is behind them."""
        marks = await self._marks()
        async with self._store.snapshot() as reads:
            head, count = await rows.read_head_and_count(reads)
            await self._learn_keys(reads)
            stranger = find_stranger(head, [each.verifier for each in self.signers.log_keys], self.origin)
            reason = (
                self._find_seal(head) or stranger or await find_fork(reads, head, marks) or find_damage(head, count)
            )
        if reason is not None:
            self._turn_read_only(reason)
        if self._last is None or self._last.size < head.size:
            self._last, self._edge = Mark(head.size, head.root), {}

    async def is_newest(self) -> bool:
        """Whether the log here extends everything that was signed, looked at now; False also where nobody can tell."""
        try:
            await self._look()
        except ReadOnly:
            return False
        return self.read_only_reason is None

    async def watch(self) -> None:
        """Look at head and fence between batches: an idle process notices a fork too, and a read-only one that its
        database extends again what was signed (the newer one is back); then it takes records again."""
        before = self.read_only_reason
        if before != self._refused:
            return
        self.read_only_reason = self._refused = None
        try:
            await self._look()
        except ReadOnly:
            self.read_only_reason = self._refused = self.read_only_reason or before
            return
        if before is not None:
            logger.warning("evidence log takes records again: its head extends what was signed")

    def _turn_read_only(self, reason: str) -> NoReturn:
        if self.read_only_reason != reason:
            logger.critical("evidence log is read-only: %s", reason)
        self.read_only_reason = self._refused = reason
        raise ReadOnly(f"the evidence log is read-only: {reason}")

    # --- the fence ---

    async def _read_fence(self) -> Mark | None:
        if self._fence.waits and not self._store.groups_commits:
            return await asyncio.to_thread(self._fence.read)
        return self._fence.read()

    def _start_moving_fence(self) -> None:
        self._fence_due = None
        self._moving = asyncio.ensure_future(self._keep_moving_fence())

    async def _keep_moving_fence(self) -> None:
        """Also an idle log tries again where the fence did not move."""
        if not await self._move_fence() and self._fence_due is None:
            self._fence_due = asyncio.get_running_loop().call_later(FENCE_LAG, self._start_moving_fence)

    async def _move_fence(self) -> bool:
        """Bring the fence up to this process's last head. A larger mark there is another process's: ours must be below
        it in one history, and the next batch compares. False when it can't be reached."""
        if self._last is None or self.read_only_reason is not None:
            return True
        try:
            await asyncio.to_thread(self._fence.move, self._last)
        except ReadOnly as error:
            logger.error("the fence does not move: %s", error.message)
            return False
        return True


def _held_by_nobody() -> str | None:
    """Every act is welcome."""
    return None


def _tell_nobody(draft: Draft) -> None:
    """Nobody counts records."""


def _wake_nobody() -> None:
    """Nobody listens for batches."""


async def _nothing(tx: Tx) -> None:
    """An act without effect: its commit sequences what waits."""
