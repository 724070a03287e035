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
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from authsvc.clock import Clock, Entropy
from authsvc.errors import ConfigurationError, ReadOnly
from authsvc.evidence.checkpoint import Checkpoint
from authsvc.evidence.fence import Fence, Mark
from authsvc.evidence.growth import Growth
from authsvc.evidence.merkle import SHA256, SHA512, Frontier, empty_root, leaf_hash
from authsvc.evidence.note import join_note
from authsvc.evidence.proof import print_proof
from authsvc.evidence.record import Kind, Link, Sealed, seal
from authsvc.evidence.signers import Signers
from authsvc.evidence.stored import extends, read_paths, read_right_edge
from authsvc.evidence.tiles import WIDTH, changed_tiles
from authsvc.evidence.turns import Turns
from authsvc.evidence.vault import Vault
from authsvc.keys import Keys, b64url
from authsvc.store import BATCH, Reads, Store, Tx
from authsvc.store import evidence as rows

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

    __slots__ = ("__weakref__", "entry", "found", "leaf", "place", "record_id")

    def __init__(self, record_id: str, sealed: Sealed) -> None:
        self.record_id = record_id
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


class Log:
    """The log of one deployment. `open` before use, `close` at the end."""

    def __init__(self, origin: str, store: Store, keys: Keys, *, fence: Fence, clock: Clock, entropy: Entropy) -> None:
        self.origin = origin
        self.signers = Signers.of(origin, keys)
        self.vault = Vault(keys, entropy)
        self.read_only_reason: str | None = None
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

    async def open(self) -> None:
        """Compare head and fence, sequence what a crash left staged. ConfigurationError before genesis.

        A head that does not extend the fence opens read-only: what is there can be read and checked, nothing is signed.
        """
        head = await rows.read_head(self._store)
        if head is None:
            raise ConfigurationError("this database holds no evidence log")
        if self._store.groups_commits:
            self._store.before_commit = self._sequence
            self._store.after_commit = self._committed
        with suppress(ReadOnly):
            await self._guard(self._store, head)
            await self.sweep()

    async def start(self, genesis: Kind) -> Settled:
        """Make an empty log and put genesis at index 0; a log that exists is left alone (ConfigurationError)."""
        empty = rows.Head(
            0,
            empty_root(SHA256),
            Frontier(SHA256).to_bytes(),
            empty_root(SHA512),
            Frontier(SHA512).to_bytes(),
            self._sign(0, empty_root(SHA256)),
        )
        if await rows.read_head(self._store) is not None:
            raise ConfigurationError("this database holds an evidence log already")
        if self._fence.read() is not None:
            raise ConfigurationError("the fence remembers a log; an empty database does not extend it")
        if self._store.groups_commits:
            self._store.before_commit = self._sequence
            self._store.after_commit = self._committed

        async def body(tx: Tx) -> Ticket:
            await rows.start_head(tx, empty)
            return await self.stage(tx, genesis)

        return await self.settled(await self._store.transact(body))

    async def close(self) -> None:
        """Bring the fence up to the head."""
        if self._fence_due is not None:
            self._fence_due.cancel()
        await self._move_fence()

    # --- an act's side ---

    def demand_writable(self) -> None:
        """ReadOnly when nothing can be recorded, so that an act that will need a record does not begin."""
        if self.read_only_reason is not None:
            raise ReadOnly("the evidence log is read-only, so nothing can be recorded or confirmed now")

    async def stage(self, tx: Tx, kind: Kind, blobs: Mapping[str, bytes] | None = None) -> Ticket:
        """Seal the record in the act's own transaction.

        Takes the next number of each person's chain (row locks, in a fixed order of persons), commits to the values,
        signs by the
        family's issuer, keeps the values sealed outside the log. `blobs` are the texts behind the record's digests,
        by name.
        Raises ReadOnly; RecordError for a record that breaks its schema.
        """
        self.demand_writable()
        draft = kind.draft()
        blinds = {subject: self.vault.blind(subject) for subject in draft.parties.values()}
        steps: dict[str, rows.ChainStep] = {}
        for subject in sorted(blinds, key=blinds.__getitem__):
            steps[subject] = await rows.step_chain(tx, blinds[subject])
        links = {subject: Link(step.number, step.previous) for subject, step in steps.items()}
        salts = self._entropy(32 * draft.slot_count)
        sealed = seal(draft, links=links, salts=salts, signer=self.signers.issuers[draft.family])
        data_keys = {s: await self.vault.key_of(tx, blinds[s], step.wrapped) for s, step in steps.items()}
        parties = {role: (blinds[subject], data_keys[subject]) for role, subject in draft.parties.items()}
        leaf = b64url(sealed.leaf)
        await tx.together(
            *self.vault.seal(draft.id, parties, sealed.openings, blobs or {}),
            *(rows.to_link_chain(blinds[subject], leaf) for subject in steps),
            rows.to_stage(draft.id, sealed.entry),
        )
        ticket = Ticket(draft.id, sealed)
        self._tickets[draft.id] = ticket
        return ticket

    async def placed(self, ticket: Ticket) -> None:
        """Wait until the record has its place. Call it after the act's transaction has committed. Raises ReadOnly."""
        if ticket.place is not None or ticket.found is not None:
            return
        if not self._store.groups_commits:
            await self._turns.wait(ticket.record_id)
        if ticket.place is None and ticket.found is None:
            ticket.found = await self.find(ticket.record_id)
            if ticket.found is None:
                raise ReadOnly("the record is safe, but the log does not sequence now")

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

    async def publish(self) -> tuple[int, bytes]:
        """(size, note) of the head, signed by both log keys: what witnesses, anchors and packages get."""
        head = await rows.read_head(self._store)
        if head is None:
            raise ConfigurationError("this database holds no evidence log")
        name = str(self.signers.tree.verifier)
        text, _, _ = head.note.partition(b"\n\n")
        now = self._clock.now()
        line = self.signers.tree.sign(text + b"\n", now // 1000).decode()

        async def body(tx: Tx) -> None:
            await rows.add_cosignature(tx, head.size, name, line, now)

        await self._store.transact(body)
        lines = await rows.cosignatures(self._store, head.size)
        return head.size, head.note + "".join(lines).encode()

    # --- the sequencer ---

    async def sweep(self) -> None:
        """Sequence whatever waits, batch after batch."""
        while await self._store.one("select 1 as there from staged limit 1") is not None:
            if self._store.groups_commits:
                await self._store.transact(_nothing)
                continue
            await self._sequence_once()

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
            except BaseException:
                self._committed(False)
                raise
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
        leaves = [leaf_hash(body) for _, _, body in staged]
        growth = Growth(Frontier.of(head.frontier, SHA256), leaves)
        growth_512 = Growth(Frontier.of(head.frontier_512, SHA512), [leaf_hash(body, SHA512) for _, _, body in staged])
        known = self._last == Mark(head.size, head.root) and self._edge
        edge = known or await read_right_edge(tx, head.size)
        tiles = changed_tiles(growth, lambda level, n: edge[level, n])
        entries = [
            rows.Entry(head.size + at, record_id, _type_of(body), body, leaf)
            for at, ((_, record_id, body), leaf) in enumerate(zip(staged, leaves, strict=True))
        ]
        await rows.add_entries(tx, entries, self._clock.now())
        if await rows.leaves_from(tx, head.size) != leaves:
            raise RuntimeError("the batch read back differs from what was written; not signed")
        await rows.put_tiles(tx, tiles)
        new = self._grown(growth, growth_512)
        if not await rows.move_head(tx, head, new, [record_id for _, record_id, _ in staged]):
            raise RuntimeError("the head or what was staged moved under the lock; not signed")
        full = {(level, n) for level, n, width, _ in tiles if width == WIDTH}
        partial = {**edge, **{(level, n): data for level, n, _, data in tiles}}
        kept = {place: data for place, data in partial.items() if place not in full}
        self._batch = _Batch(new, growth, [record_id for _, record_id, _ in staged], kept)

    def _grown(self, growth: Growth, growth_512: Growth) -> rows.Head:
        """The head of the grown tree, signed: nothing leaves memory before the commit."""
        return rows.Head(
            growth.size,
            growth.root,
            growth.frontier().to_bytes(),
            growth_512.root,
            growth_512.frontier().to_bytes(),
            self._sign(growth.size, growth.root),
        )

    def _committed(self, held: bool) -> None:
        batch, self._batch = self._batch, None
        if batch is None or not held:
            return
        self._last = Mark(batch.head.size, batch.head.root)
        self._edge = batch.edge
        for at, record_id in enumerate(batch.record_ids):
            ticket = self._tickets.get(record_id)
            if ticket is not None:
                ticket.place = (batch.growth.old_size + at, batch.growth, batch.head.note)
        if self._fence_due is None:
            self._fence_due = asyncio.get_running_loop().call_later(FENCE_LAG, self._start_moving_fence)

    def _sign(self, size: int, root: bytes) -> bytes:
        text = Checkpoint(self.origin, size, root).text
        return join_note(text, [self.signers.log.sign(text)])

    # --- never sign a fork ---

    async def _guard(self, reads: Reads, head: rows.Head) -> None:
        """The head must extend the fence and the last head of this process; else read-only, and no signature."""
        for mark in {self._last, self._fence.read()} - {None, Mark(head.size, head.root)}:
            if mark is not None and not await extends(reads, head, mark):
                self.read_only_reason = (
                    f"the database's log has size {head.size} and does not extend the size {mark.size} that was signed"
                    " before: a restored backup or a lagging standby. Nothing is signed; see `authsvc evidence fsck`."
                )
                logger.critical("evidence log is read-only: %s", self.read_only_reason)
                raise ReadOnly("the evidence log is read-only: its head does not extend what was signed before")

    # --- the fence ---

    def _start_moving_fence(self) -> None:
        self._fence_due = None
        self._moving = asyncio.ensure_future(self._move_fence())

    async def _move_fence(self) -> None:
        if self._last is not None:
            await asyncio.to_thread(self._fence.move, self._last)


async def _nothing(tx: Tx) -> None:
    """An act without effect: its commit sequences what waits."""


def _type_of(entry: bytes) -> str:
    return entry.split(b"\n", 2)[1].decode()
