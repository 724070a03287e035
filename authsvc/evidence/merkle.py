"""Merkle trees of RFC 6962 section 2.1 over any hash: roots, compact ranges, proofs and their checks (RFC 9162, 2.1.3).

A stored node (level, index) covers the leaves [index * 2^level, (index + 1) * 2^level) and exists once all of them do.
Proofs and roots are lists of raw hashes. Checks return a verdict and never raise on hostile input.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Read: TypeAlias = Callable[[int, int], bytes]
"""(level, index) to the hash of a stored node."""

MAX_SIZE = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Hash:
    """A hash function as a tree uses it."""

    name: str
    size: int
    new: Callable[[bytes], Any]


SHA256 = Hash("sha256", 32, hashlib.sha256)
SHA512 = Hash("sha512", 64, hashlib.sha512)


def leaf_hash(entry: bytes, kind: Hash = SHA256) -> bytes:
    """H(0x00 ‖ entry)."""
    digest: bytes = kind.new(b"\x00" + entry).digest()
    return digest


def node_hash(left: bytes, right: bytes, kind: Hash = SHA256) -> bytes:
    """H(0x01 ‖ left ‖ right)."""
    digest: bytes = kind.new(b"\x01" + left + right).digest()
    return digest


def empty_root(kind: Hash = SHA256) -> bytes:
    """The root of the tree without leaves: H of nothing."""
    digest: bytes = kind.new(b"").digest()
    return digest


def root_of(leaves: Iterable[bytes], kind: Hash = SHA256) -> bytes:
    """The root over leaf hashes."""
    frontier = Frontier(kind)
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


class Frontier:
    """The compact range [0, size): one hash for each bit of the size, the largest subtree first."""

    __slots__ = ("hashes", "kind", "size")

    def __init__(self, kind: Hash = SHA256, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if len(hashes) != size.bit_count():
            raise ValueError("a frontier has one hash for each bit of its size")
        self.kind = kind
        self.size = size
        self.hashes = list(hashes)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash at the right."""
        hashes, new = self.hashes, self.kind.new
        size = self.size
        while size & 1:
            leaf = new(b"\x01" + hashes.pop() + leaf).digest()
            size >>= 1
        hashes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self.hashes:
            return empty_root(self.kind)
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root, self.kind)
        return root

    def to_bytes(self) -> bytes:
        """8 bytes of size, then the hashes, largest subtree first."""
        return self.size.to_bytes(8) + b"".join(self.hashes)

    @classmethod
    def of(cls, data: bytes, kind: Hash = SHA256) -> "Frontier":
        """The frontier of `to_bytes`; ValueError when the bytes are none."""
        size, rest = int.from_bytes(data[:8]), data[8:]
        if len(data) < 8 or len(rest) != size.bit_count() * kind.size:
            raise ValueError("not a frontier")
        return cls(kind, size, [rest[i : i + kind.size] for i in range(0, len(rest), kind.size)])

    def copy(self) -> "Frontier":
        """One that grows apart from this one."""
        return Frontier(self.kind, self.size, self.hashes)

    def node(self, level: int) -> bytes:
        """The subtree of 2^level leaves in this range; the size must have that bit."""
        return self.hashes[(self.size >> level + 1).bit_count()]


def range_root(start: int, end: int, read: Read, kind: Hash = SHA256) -> bytes:
    """The root over the leaves [start, end) where start is a multiple of the range's width rounded up to a power of
    two."""
    hashes = []
    while start < end:
        level = (end - start).bit_length() - 1
        hashes.append(read(level, start >> level))
        start += 1 << level
    root = hashes.pop()
    while hashes:
        root = node_hash(hashes.pop(), root, kind)
    return root


def root_at(size: int, read: Read, kind: Hash = SHA256) -> bytes:
    """The root of the first `size` leaves, read from stored nodes."""
    return range_root(0, size, read, kind) if size else empty_root(kind)


def inclusion_proof(index: int, size: int, read: Read, kind: Hash = SHA256) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962, the leaf's sibling first."""
    if not 0 <= index < size:
        raise ValueError("no such leaf in a tree of this size")
    proof = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(range_root(middle, end, read, kind))
            end = middle
        else:
            proof.append(range_root(start, middle, read, kind))
            start = middle
    proof.reverse()
    return proof


def consistency_proof(old: int, new: int, read: Read, kind: Hash = SHA256) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 6962; empty for equal sizes. A proof from size 0 would prove nothing: ValueError."""
    if not 0 < old <= new:
        raise ValueError("no consistency proof between these sizes")
    proof = []
    start, end = 0, new
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(range_root(middle, end, read, kind))
            end = middle
        else:
            proof.append(range_root(start, middle, read, kind))
            start = middle
    if start > 0:
        proof.append(range_root(start, end, read, kind))
    proof.reverse()
    return proof


def _split(width: int) -> int:
    """The largest power of two below the width."""
    return 1 << (width - 1).bit_length() - 1


def verify_inclusion(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes, kind: Hash = SHA256
) -> bool:
    """Whether the proof shows that the leaf hash stands at the index of the tree (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size <= MAX_SIZE or not _all_hashes(kind, leaf, root, *proof):
        return False
    node, last, computed = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            computed = node_hash(sibling, computed, kind)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            computed = node_hash(computed, sibling, kind)
        node >>= 1
        last >>= 1
    return last == 0 and computed == root


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes], kind: Hash = SHA256
) -> bool:
    """Whether the tree of `new` extends the tree of `old` (RFC 9162, 2.1.4.2). From size 0 nothing is proven: False."""
    if not 0 < old <= new <= MAX_SIZE or not _all_hashes(kind, old_root, new_root, *proof):
        return False
    if old == new:
        return not proof and old_root == new_root
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        return False
    node, last = old - 1, new - 1
    while node & 1:
        node >>= 1
        last >>= 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            first = node_hash(sibling, first, kind)
            second = node_hash(sibling, second, kind)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            second = node_hash(second, sibling, kind)
        node >>= 1
        last >>= 1
    return last == 0 and first == old_root and second == new_root


def _all_hashes(kind: Hash, *values: bytes) -> bool:
    return all(isinstance(value, bytes) and len(value) == kind.size for value in values)
