"""Any append sequence: proofs for every index and every pair of sizes, in both trees (RFC 6962)."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authsvc.evidence import merkle, tiles
from authsvc.evidence.growth import Growth

pytestmark = pytest.mark.slow

KINDS = [merkle.SHA256, merkle.SHA512]


def _leaves(count: int, kind: merkle.Hash) -> list[bytes]:
    return [merkle.leaf_hash(b"%d" % n, kind) for n in range(count)]


def _mth(leaves: list[bytes], kind: merkle.Hash) -> bytes:
    """The definition of RFC 6962 section 2.1, written as it stands there."""
    if not leaves:
        return kind.new(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    left, right = _mth(leaves[:k], kind), _mth(leaves[k:], kind)
    return hashlib.new(kind.name, b"\x01" + left + right).digest()


def _reader(leaves: list[bytes], kind: merkle.Hash) -> merkle.Read:
    return lambda level, index: _mth(leaves[index << level : (index + 1) << level], kind)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@given(batches=st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_any_sequence_of_batches_gives_the_root_of_the_definition_and_proofs(
    kind: merkle.Hash, batches: list[int]
) -> None:
    leaves = _leaves(sum(batches), kind)
    frontier = merkle.Frontier(kind)
    for width in batches:
        start = frontier.size
        growth = Growth(frontier, leaves[start : start + width])
        frontier = growth.frontier()
        size = frontier.size
        assert growth.root == frontier.root() == _mth(leaves[:size], kind)
        read = _reader(leaves, kind)
        for index in range(start, size):
            path = growth.proof(index)
            assert path == merkle.inclusion_proof(index, size, read, kind)
            assert merkle.verify_inclusion(index, size, leaves[index], path, growth.root, kind)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@given(size=st.integers(1, 80), data=st.data())
def test_a_proof_holds_at_its_place_alone(kind: merkle.Hash, size: int, data: st.DataObject) -> None:
    leaves = _leaves(size, kind)
    read, root = _reader(leaves, kind), _mth(leaves, kind)
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion_proof(index, size, read, kind)
    assert merkle.verify_inclusion(index, size, leaves[index], path, root, kind)
    other = data.draw(st.integers(0, size + 2))
    leaf = data.draw(st.sampled_from(leaves))
    expected = (other, leaf) == (index, leaves[index])
    assert merkle.verify_inclusion(other, size, leaf, path, root, kind) is expected
    assert not merkle.verify_inclusion(index, size, leaves[index], [*path, root], root, kind)
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        bit = data.draw(st.integers(0, 8 * kind.size - 1))
        flipped = (int.from_bytes(path[at]) ^ 1 << bit).to_bytes(kind.size)
        forged = [*path[:at], flipped, *path[at + 1 :]]
        assert not merkle.verify_inclusion(index, size, leaves[index], forged, root, kind)
        assert not merkle.verify_inclusion(index, size, leaves[index], path[:-1], root, kind)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@given(sizes=st.tuples(st.integers(1, 80), st.integers(1, 80)).map(sorted), data=st.data())
def test_any_two_sizes_are_consistent_and_no_forged_root_is(
    kind: merkle.Hash, sizes: list[int], data: st.DataObject
) -> None:
    old, new = sizes
    leaves = _leaves(new, kind)
    read = _reader(leaves, kind)
    roots = _mth(leaves[:old], kind), _mth(leaves, kind)
    path = merkle.consistency_proof(old, new, read, kind)
    assert merkle.verify_consistency(old, new, *roots, path, kind)
    forged = _mth([*leaves[: old - 1], merkle.leaf_hash(b"forged", kind)], kind)
    assert not merkle.verify_consistency(old, new, forged, roots[1], path, kind)
    assert not merkle.verify_consistency(old, new, roots[0], forged, path, kind)
    other = data.draw(st.integers(0, new))
    if other != old:
        assert not merkle.verify_consistency(other, new, *roots, path, kind)


@given(size=st.integers(1, 1200), data=st.data())
def test_proofs_from_tiles_are_those_of_the_tree(size: int, data: st.DataObject) -> None:
    leaves = _leaves(size, merkle.SHA256)
    growth = Growth(merkle.Frontier(), leaves)
    stored = {(level, n): part for level, n, _, part in tiles.changed_tiles(growth, lambda level, n: b"")}
    reader = tiles.TileReader(size, lambda tile: stored[tile.level, tile.n])
    for index in data.draw(st.lists(st.integers(0, size - 1), max_size=5)):
        assert merkle.inclusion_proof(index, size, reader) == growth.proof(index)
    old = data.draw(st.integers(1, size))
    path = merkle.consistency_proof(old, size, reader)
    assert merkle.verify_consistency(old, size, merkle.root_of(leaves[:old]), growth.root, path)


@given(path=st.builds(tiles.Tile, st.integers(-1, 63), st.integers(0, 2**40), st.integers(1, 256)))
def test_tile_paths_are_read_as_they_are_written(path: tiles.Tile) -> None:
    assert tiles.parse_path(path.path) == path
