"""What one batch of leaves adds to a tree of RFC 6962: the new root, the new stored nodes, proofs for the batch.

Everything comes from the old frontier and the new leaves; nothing is read. So a batch of 1,000 costs about 2,000
hashes, and a proof from the grown tree costs a list look-up for each level.
"""

from collections.abc import Sequence

from authsvc.evidence.merkle import Frontier, empty_root


class Growth:
    """A frontier of `old_size` leaves grown by `leaves` (leaf hashes).

    For each level the list holds the stored nodes from `starts[level]` on: those that the batch completes and, where
    the first of them is a right child, its old left sibling. `edge[level]` is the root over the leaves behind the last
    stored node of that level, None where there are none.
    """

    __slots__ = ("_edge", "_nodes", "_starts", "kind", "old_size", "root", "size")

    def __init__(self, old: Frontier, leaves: Sequence[bytes]) -> None:
        self.kind = old.kind
        self.old_size = old.size
        self.size = old.size + len(leaves)
        self._nodes: list[list[bytes]] = []
        self._starts: list[int] = []
        self._grow(old, list(leaves))
        self._edge = self._edges()
        self.root = self._edge[-1] or empty_root(self.kind)

    def _grow(self, old: Frontier, fresh: list[bytes]) -> None:
        new = self.kind.new
        for level in range(self.size.bit_length()):
            start = self.old_size >> level
            if start & 1:
                start -= 1
                fresh = [old.node(level), *fresh]
            self._nodes.append(fresh)
            self._starts.append(start)
            pairs = iter(fresh)
            fresh = [new(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]

    def _edges(self) -> list[bytes | None]:
        edge: list[bytes | None] = [None]
        for level in range(self.size.bit_length()):
            behind = edge[-1]
            if self.size >> level & 1:
                last = self._nodes[level][-1]
                behind = last if behind is None else self.kind.new(b"\x01" + last + behind).digest()
            edge.append(behind)
        return edge

    def frontier(self) -> Frontier:
        """The frontier of the grown tree."""
        levels = reversed(range(self.size.bit_length()))
        return Frontier(self.kind, self.size, [self._nodes[level][-1] for level in levels if self.size >> level & 1])

    def completed(self, level: int) -> Sequence[bytes]:
        """The stored nodes of this level that exist since the batch, from index `old_size >> level` on."""
        if level >= len(self._nodes):
            return ()
        return self._nodes[level][(self.old_size >> level) - self._starts[level] :]

    def proof(self, index: int) -> list[bytes]:
        """The inclusion proof of a leaf of the batch in the grown tree, the leaf's sibling first."""
        if not self.old_size <= index < self.size:
            raise ValueError("not a leaf of this batch")
        path = []
        node, size = index, self.size
        for level in range((size - 1).bit_length()):
            stored = size >> level
            if node & 1:
                path.append(self._nodes[level][node - 1 - self._starts[level]])
            elif node + 1 < stored:
                path.append(self._nodes[level][node + 1 - self._starts[level]])
            elif node + 1 == stored and (behind := self._edge[level]) is not None:
                path.append(behind)
            node >>= 1
        return path
