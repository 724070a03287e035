"""The other way out of a refused fork, and out of a leaked root: a log is sealed, a successor origin goes on from it.

Two persons approve what is sealed (evidence format, sections 8 and 9): the last tree of this log that agrees with
everything held outside (fence, witnesses, checkpoints that others kept), and the range of what is lost above it. The
successor's genesis names both; a person's first record there names their last one here. Nothing is added here again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from authsvc.approving import Given, approvals_of
from authsvc.clock import uuid7
from authsvc.errors import Conflict, InvalidRequest
from authsvc.evidence import kinds
from authsvc.evidence.approvals import NONCE_BYTES, read_request, write_request
from authsvc.evidence.canonical import Value
from authsvc.evidence.errors import ApprovalRefused, EvidenceError
from authsvc.evidence.fence import Mark
from authsvc.evidence.fsck_chains import Chains
from authsvc.evidence.fsck_tree import Findings
from authsvc.evidence.keyring import KeyRing
from authsvc.evidence.merkle import SHA256, SHA512, Frontier, leaf_hash
from authsvc.evidence.note import open_checkpoint
from authsvc.evidence.proof import HEADER, parse_proof
from authsvc.evidence.record import parse
from authsvc.keys import b64url, unb64url
from authsvc.opening import Heritage
from authsvc.service import Service
from authsvc.store import Store, Tx, heirs, missing
from authsvc.store import evidence as rows

ACT = "log_seal"
"""The act of the request that two persons approve."""
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Seal:
    """What is sealed: a tree of `size`, its roots by SHA-256 and SHA-512, and the lost range above it."""

    size: int
    root: bytes
    root_512: bytes
    lost_from: int
    lost_to: int

    def predecessor(self, origin: str) -> kinds.Predecessor:
        """As the successor's genesis names it."""
        return kinds.Predecessor(
            origin, self.size, b64url(self.root), b64url(self.root_512), self.lost_from, self.lost_to
        )


async def examine(svc: Service, kept: Sequence[bytes] = (), marks: Collection[Mark] = ()) -> Seal:
    """What of this log can be sealed, computed from its entries alone. `kept`: checkpoints of this log that others
    hold (notes, or proofs that end in one); `marks`: further heads that it must agree with.

    InvalidRequest for a checkpoint that this log's keys did not sign; Conflict when nothing outside agrees with it.
    """
    ring = _ring(svc)
    outside = {*await svc.log.signed_before(), *marks, *(_read_kept(ring, note) for note in kept)}
    walk = _Walk(ring, {mark.size: mark.root for mark in outside})
    if len(walk.marks) < len({(mark.size, mark.root) for mark in outside}):
        raise Conflict("two different trees of one size were signed: a fork, which no seal can hide")
    await walk.go(svc.store)
    head = await rows.read_head(svc.store)
    end = max([walk.trees[0].size, head.size if head else 0, *walk.marks])
    sealed = walk.held if walk.differs else walk.last
    if sealed is None:
        raise Conflict(
            "no tree of this log agrees with what is held outside: another log's database, or a fork from the start."
            " A checkpoint that a relying party or a court kept may show where it still agrees (`--checkpoint`)"
        )
    size, root, root_512 = sealed
    return Seal(size, root, root_512, size, end)


class _Walk:
    """Both trees grown from the entries' bytes; remembers where they were signed, and where the outside agrees."""

    def __init__(self, ring: KeyRing, marks: dict[int, bytes]) -> None:
        self._ring = ring
        self.marks = marks
        self.trees = Frontier(SHA256), Frontier(SHA512)
        self.last: tuple[int, bytes, bytes] | None = None
        self.held: tuple[int, bytes, bytes] | None = None
        self.differs = False

    async def go(self, store: Store) -> None:
        """To the end of the entries, or to where they no longer are what was signed."""
        after = -1
        while batch := await rows.entries_after(store, after, BATCH):
            signed = {
                each.size: each.note for each in await rows.checkpoints_between(store, after, batch[-1].index + 1)
            }
            for row in batch:
                if row.index != self.trees[0].size or not self._take(row.body, signed):
                    return
            after = batch[-1].index

    def _take(self, body: bytes, signed: dict[int, bytes]) -> bool:
        tree, tree_512 = self.trees
        tree.append(leaf_hash(body))
        tree_512.append(leaf_hash(body, SHA512))
        size = tree.size
        if size not in signed and size not in self.marks:
            return True
        here = size, tree.root(), tree_512.root()
        if size in signed and not self._is_signed(signed[size], here[1]):
            return False
        if size in self.marks:
            if self.marks[size] != here[1]:
                self.differs = True
                return False
            self.held = here
        self.last = here
        return True

    def _is_signed(self, note: bytes, root: bytes) -> bool:
        size = self.trees[0].size
        try:
            checkpoint, _ = open_checkpoint(note, self._ring.log_keys(size), self._ring.origin)
        except EvidenceError:
            return False
        return (checkpoint.size, checkpoint.root) == (size, root)


def _read_kept(ring: KeyRing, data: bytes) -> Mark:
    try:
        note = parse_proof(data).checkpoint if data.startswith(HEADER) else data
        keys = [each.verifier for each in ring.intervals if each.family == KeyRing.LOG]
        checkpoint, _ = open_checkpoint(note, keys, ring.origin)
    except EvidenceError as error:
        raise InvalidRequest(f"a checkpoint that was kept outside is not this log's: {error.message}") from error
    return Mark(checkpoint.size, checkpoint.root)


async def request_seal(svc: Service, successor: str, kept: Sequence[bytes] = ()) -> bytes:
    """What two persons approve: this log, what is sealed of it, what is lost, and the origin that goes on."""
    if successor == svc.log.origin:
        raise InvalidRequest("a successor has an origin of its own")
    seal = await examine(svc, kept)
    members: dict[str, Value] = {
        "log": svc.log.origin,
        "lost_from": seal.lost_from,
        "lost_to": seal.lost_to,
        "root": b64url(seal.root),
        "root_512": b64url(seal.root_512),
        "size": seal.size,
        "successor": successor,
    }
    return write_request(ACT, uuid7(svc.clock.now(), svc.entropy), svc.entropy(NONCE_BYTES), members)


async def approve(
    svc: Service, request: bytes, given: Given, successor: str, kept: Sequence[bytes] = ()
) -> tuple[Seal, Heritage]:
    """The seal as it stands now, and what the successor's genesis says of it, if two persons approved exactly it.

    Where nothing is lost the log may have grown since the request; where something is, it must be just what they saw.
    InvalidRequest where the request or the approvals don't hold; Conflict where this log is no longer what they saw.
    """
    try:
        asked = read_request(request, ACT)
    except ApprovalRefused as error:
        raise InvalidRequest(error.message) from error
    if (asked.get("log"), asked.get("successor")) != (svc.log.origin, successor):
        raise InvalidRequest("the request is for another log, or for another successor")
    size, lost = asked.get("size"), (asked.get("lost_from"), asked.get("lost_to"))
    if not isinstance(size, int):
        raise InvalidRequest("the request names no size")
    seal = await examine(svc, kept, {Mark(size, unb64url(str(asked.get("root"))))})
    grown = lost == (size, size) and seal.lost_from == seal.lost_to >= size
    if not grown and (size, *lost) != (seal.size, seal.lost_from, seal.lost_to):
        raise Conflict("this log is no longer what the two persons saw; make a new request")
    approvals = await approvals_of(svc, request, given)
    signed = {f"approval/{number}": data for number, data in enumerate(given.signed, 1)}
    return seal, Heritage(
        record_id=str(asked["id"]),
        predecessor=seal.predecessor(svc.log.origin),
        approvals=approvals,
        blobs={"request": request, **signed},
    )


async def seal_log(svc: Service, seal: Seal, successor: str) -> None:
    """Seal for good. Conflict when the log moves meanwhile, or is sealed for another successor; again is no error."""

    async def body(tx: Tx) -> str | None:
        head = await rows.lock_head(tx)
        await tx.lock_staged()
        if head is None or head.successor == successor:
            return None
        if head.successor:
            return f"this log is sealed already; it goes on as {head.successor}"
        waiting = svc.log.read_only_reason is None and await tx.one("select 1 as there from staged limit 1")
        whole = seal.lost_from == seal.lost_to
        if waiting or (whole and (head.size, head.root) != (seal.size, seal.root)):
            return "the log moves: stop what writes to it"
        return None if await rows.seal_head(tx, head, successor) else "the log moved meanwhile"

    if refused := await svc.store.transact(body):
        raise Conflict(refused)
    await svc.log.watch()


async def move_persons(svc: Service, seal: Seal, heir: Store) -> None:
    """Bring accounts, relying parties and persons' keys and values into the successor's database; can be run again."""
    for table in heirs.MOVED:
        async for page in heirs.pages(svc.store, table):

            async def body(tx: Tx, table: str = table, page: missing.Rows = page) -> None:
                await missing.add(tx, table, page)

            await heir.transact(body)
    chains = await _last_leaves(svc, seal)

    async def begin(tx: Tx) -> None:
        await heirs.begin_chains(tx, chains)

    await heir.transact(begin)


async def _last_leaves(svc: Service, seal: Seal) -> list[tuple[str, str]]:
    """Every person's handle and the leaf of their last record below the seal: that of the log before, or `none`, for
    those without one."""
    chains = Chains(svc.log.vault, Findings(), heir=True)
    after = -1
    while batch := await rows.entries_after(svc.store, after, BATCH):
        for row in batch:
            if row.index < seal.size:
                await chains.follow(svc.store, parse(row.body), f"entry {row.index}")
        after = batch[-1].index
    last = chains.last_leaves()
    return [
        (handle, last.get(handle) or (leaf if number == 0 else "none"))
        for handle, number, leaf in await missing.chains(svc.store)
    ]


def _ring(svc: Service) -> KeyRing:
    if svc.log.ring is None:
        raise InvalidRequest("this database's own first entry can't be read; restore a backup first")
    return svc.log.ring
