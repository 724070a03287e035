"""Notes, checkpoints, tiles, proofs and policies: their limits and edges (evidence format, sections 10, 14, 15)."""

import pytest

from authsvc.evidence import canonical, merkle, tiles
from authsvc.evidence.checkpoint import Checkpoint, parse_checkpoint
from authsvc.evidence.errors import (
    BadCheckpoint,
    BadKey,
    BadNote,
    BadPolicy,
    BadProof,
    BadTile,
    NoKnownKey,
    NotCanonical,
)
from authsvc.evidence.growth import Growth
from authsvc.evidence.note import ML_DSA_44, Verifier, join_note, open_checkpoint, open_note, parse_note
from authsvc.evidence.policy import parse_policy
from authsvc.evidence.proof import Proof, parse_proof, print_proof
from tests.authsvc.evidence.samples import ORIGIN, issuer, log_signer, seed, tree_signer

HEAD = Checkpoint(ORIGIN, 12, seed("root"))
SIGNED = join_note(HEAD.text, [log_signer().sign(HEAD.text)])


def test_a_note_takes_a_hundred_signatures_and_no_more() -> None:
    lines = [issuer("case", f"test.{n}").sign(HEAD.text) for n in range(100)]
    assert (
        len(
            open_note(
                join_note(HEAD.text, [*lines[:99], log_signer().sign(HEAD.text)]), [log_signer().verifier]
            ).signatures
        )
        == 100
    )
    with pytest.raises(BadNote):
        parse_note(join_note(HEAD.text, [*lines, log_signer().sign(HEAD.text)]))


def test_unknown_keys_are_ignored_but_somebody_known_must_sign() -> None:
    other = issuer("case")
    note = join_note(HEAD.text, [other.sign(HEAD.text), log_signer().sign(HEAD.text)])
    assert [each.verifier.name for each in open_note(note, [log_signer().verifier]).verified] == [ORIGIN]
    with pytest.raises(NoKnownKey):
        open_note(note, [issuer("log").verifier])


def test_a_known_name_with_another_key_id_is_an_unknown_key() -> None:
    """24: a rogue key under the log's name."""
    rogue = issuer("case")
    forged = rogue.sign(HEAD.text).replace(rogue.name.encode(), ORIGIN.encode())
    with pytest.raises(NoKnownKey):
        open_note(join_note(HEAD.text, [forged]), [log_signer().verifier])


def test_a_key_is_counted_once_however_often_it_signs() -> None:
    """26."""
    line = log_signer().sign(HEAD.text)
    assert len(open_note(join_note(HEAD.text, [line, line]), [log_signer().verifier]).verified) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"\n\n",
        b"text\n",
        b"text\n\n",
        b"text\n\nno dash\n",
        SIGNED[:-1],
        SIGNED.replace(b"\n\n", b"\n"),
        SIGNED.replace(b"12", b"1\r2"),
        SIGNED.replace(b"12", b"\x00"),
        b"\xff" + SIGNED,
        SIGNED + b"\n",
        b"x" * 1_000_001,
    ],
)
def test_bytes_that_are_no_note_are_refused(data: bytes) -> None:
    with pytest.raises(BadNote):
        open_note(data, [log_signer().verifier])


def test_ml_dsa_signs_a_timestamped_message_over_origin_size_and_root() -> None:
    signer = tree_signer()
    line = signer.sign(HEAD.text, 1_795_514_400)
    note = open_note(join_note(HEAD.text, [line]), [signer.verifier])
    assert note.verified[0].time == 1_795_514_400
    assert note.verified[0].verifier.algorithm == ML_DSA_44
    assert len(note.signatures[0].raw) == 8 + 2420
    assert Verifier.parse(str(signer.verifier)) == signer.verifier


def test_the_cosigned_message_is_the_one_of_the_specification() -> None:
    """Built here again from the text of tlog-cosignature, and checked with the library alone."""
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

    signer = tree_signer()
    raw = parse_note(join_note(HEAD.text, [signer.sign(HEAD.text, 7)])).signatures[0].raw
    name = bytes([len(ORIGIN)]) + ORIGIN.encode()
    message = b"subtree/v1\n\0" + name + bytes([0] * 7 + [7]) + name + bytes(8) + bytes([0] * 7 + [12]) + HEAD.root
    MLDSA44PublicKey.from_public_bytes(signer.verifier.key).verify(raw[8:], message)


def test_ml_dsa_over_another_head_or_time_is_refused() -> None:
    """32: a line made for another root."""
    signer = tree_signer()
    line = signer.sign(HEAD.text, 7)
    for other in (Checkpoint(ORIGIN, 13, HEAD.root), Checkpoint(ORIGIN, 12, seed("x")), Checkpoint("x", 12, HEAD.root)):
        with pytest.raises(BadNote):
            open_note(join_note(other.text, [line]), [signer.verifier])
    with pytest.raises(BadNote):
        open_note(join_note(b"no checkpoint\n", [line]), [signer.verifier])


def test_a_checkpoint_needs_the_logs_own_signature() -> None:
    """25: witness signatures alone; 23: another log's checkpoint under our origin."""
    other = log_signer("test.other")
    with pytest.raises(NoKnownKey):
        open_checkpoint(join_note(HEAD.text, [other.sign(HEAD.text)]), [other.verifier, log_signer().verifier], ORIGIN)
    foreign = Checkpoint("test.other", 12, HEAD.root).text
    with pytest.raises(BadCheckpoint):
        open_checkpoint(join_note(foreign, [log_signer().sign(foreign)]), [log_signer().verifier], ORIGIN)
    assert open_checkpoint(SIGNED, [log_signer().verifier], ORIGIN)[0] == HEAD


@pytest.mark.parametrize(
    "size", [b"9223372036854775808", b"012", b"+12", b"-1", b" 12", b"12 ", b"1e1", "१२".encode(), b""]
)
def test_a_size_that_is_no_plain_decimal_is_refused(size: bytes) -> None:
    """29."""
    with pytest.raises(BadCheckpoint):
        parse_checkpoint(HEAD.text.replace(b"\n12\n", b"\n" + size + b"\n"))


def test_an_empty_tree_has_one_root_and_a_blank_extension_is_none() -> None:
    assert parse_checkpoint(Checkpoint("log", 0, merkle.empty_root()).text).size == 0
    with pytest.raises(BadCheckpoint):
        parse_checkpoint(Checkpoint("log", 0, seed("x")).text)
    with pytest.raises(BadCheckpoint):
        parse_checkpoint(HEAD.text + b"\n")


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/../000",
        "tile/0/%2f",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/64/000",
        "tile/0/0",
        "tile/0/x000/000",
        "tile/0/000.p/01",
        "tile/0/000/",
        "tile/-1/000",
        "tile/entries/000.p/",
        "tile/0/०००",
        "tile/0/000\n",
        "tile/0/1000",
        "tile/entries/x1/000",
        "",
        "tile/0/" + "x001/" * 9 + "000",
    ],
)
def test_a_tile_path_that_we_would_not_write_is_refused(path: str) -> None:
    """30."""
    with pytest.raises(BadTile):
        tiles.parse_path(path)


def test_a_partial_tile_is_there_in_the_width_of_the_size_alone() -> None:
    """31."""
    assert tiles.tile_at(0, 1, 300) == tiles.Tile(0, 1, 44)
    assert tiles.tile_at(tiles.ENTRIES, 1, 300) == tiles.Tile(tiles.ENTRIES, 1, 44)
    for level, n, size in ((0, 2, 300), (1, 1, 300), (2, 0, 300), (0, 0, 0)):
        with pytest.raises(BadTile):
            tiles.tile_at(level, n, size)


def test_tiles_of_the_right_edge_grow_into_those_of_the_whole_tree() -> None:
    """Batches of odd sizes over the borders of tiles; each tile is at last what a tree made at once has."""
    leaves = [seed(f"{n}") for n in range(1, 1200)]
    stored: dict[tuple[int, int], bytes] = {}
    frontier = merkle.Frontier()
    at = 0
    for width in (1, 2, 252, 1, 1, 255, 256, 257, 3, 171):
        growth = Growth(frontier, leaves[at : at + width])
        for level, n, hashes, data in tiles.changed_tiles(growth, lambda level, n: stored[level, n]):
            assert len(data) == hashes * 32
            stored[level, n] = data
        frontier = growth.frontier()
        at += width
    assert growth.root == merkle.root_of(leaves)
    assert {(tile.level, tile.n) for tile in tiles.tiles_of(at)} == stored.keys()
    reader = tiles.TileReader(at, lambda tile: stored[tile.level, tile.n])
    assert merkle.root_at(at, reader) == growth.root
    assert merkle.root_at(700, reader) == merkle.root_of(leaves[:700])


def test_a_right_edge_of_another_length_is_refused() -> None:
    """15: a stale partial tile."""
    growth = Growth(merkle.Frontier(size=3, hashes=[seed("a"), seed("b")]), [seed("c")])
    with pytest.raises(BadTile):
        tiles.changed_tiles(growth, lambda level, n: bytes(32 * 2))


def test_a_reader_refuses_a_short_tile_and_nodes_that_the_tree_has_not() -> None:
    reader = tiles.TileReader(3, lambda tile: bytes(32 * 2))
    with pytest.raises(BadTile):
        reader(0, 0)
    reader = tiles.TileReader(3, lambda tile: bytes(32 * 3))
    for level, index in ((0, 3), (1, 1), (2, 0), (8, 0), (0, 256)):
        with pytest.raises(BadTile):
            reader(level, index)


def test_a_frontier_is_kept_in_bytes() -> None:
    frontier = merkle.Frontier(merkle.SHA512)
    for n in range(11):
        frontier.append(merkle.leaf_hash(b"%d" % n, merkle.SHA512))
    again = merkle.Frontier.of(frontier.to_bytes(), merkle.SHA512)
    assert (again.size, again.root()) == (11, frontier.root())
    for broken in (b"", frontier.to_bytes()[:-1], frontier.to_bytes() + b"x"):
        with pytest.raises(ValueError, match="not a frontier"):
            merkle.Frontier.of(broken, merkle.SHA512)


def test_no_proof_starts_from_an_empty_tree() -> None:
    """Section 15: a consistency proof from size 0 is empty and proves nothing."""
    assert not merkle.verify_consistency(0, 5, merkle.empty_root(), seed("x"), [])
    with pytest.raises(ValueError, match="no consistency proof"):
        merkle.consistency_proof(0, 5, lambda level, index: b"")


def test_a_proof_with_extra_data_prints_again_and_is_not_trusted() -> None:
    proof = Proof(3, (seed("a"), seed("b")), SIGNED, b"context")
    assert parse_proof(proof.to_bytes()) == proof
    with pytest.raises(BadProof):
        proof.verify(b"entry", [log_signer().verifier], ORIGIN)


@pytest.mark.parametrize(
    "change",
    [
        (b"@v1", b"@v2"),
        (b"index 3", b"index 03"),
        (b"index 3", b"index -3"),
        (b"index 3", b"Index 3"),
        (b"index 3\n", b""),
        (b"=\n\n", b"=\n"),
        (b"index 3", b"extra \nindex 3"),
        (b"=\n\n", b"\n\n"),
        (b"=\n", b"\n"),
    ],
)
def test_a_proof_that_we_would_not_print_is_refused(change: tuple[bytes, bytes]) -> None:
    data = print_proof(3, [seed("a"), seed("b")], SIGNED)
    assert parse_proof(data).index == 3
    with pytest.raises(BadProof):
        parse_proof(data.replace(*change, 1))


def _witness(n: int) -> str:
    key = issuer("case", f"test.w{n}").verifier.key
    return str(Verifier.of(f"witness{n}", 0x04, key))


def test_a_policy_counts_groups_of_groups() -> None:
    text = "".join(f"witness w{n} {_witness(n)}\n" for n in range(4))
    text += "# two of three, and the fourth\ngroup g 2 w0 w1 w2\n group\tall all g w3 \n\nquorum all\n"
    policy = parse_policy(text.encode())
    keys = [policy.witnesses[f"w{n}"] for n in range(4)]
    assert policy.is_met([keys[0], keys[2], keys[3]])
    assert not policy.is_met([keys[0], keys[0], keys[3]])
    assert not policy.is_met(keys[:3])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum none",
        "quorum x\n",
        "quorum none\nquorum none\n",
        f"witness none {_witness(0)}\nquorum none\n",
        f"witness a {_witness(0)}\nwitness b {_witness(0)}\nquorum a\n",
        f"witness a {_witness(0)}\ngroup a any a\nquorum a\n",
        f"witness a {_witness(0)}\ngroup g 2 a\nquorum g\n",
        f"witness a {_witness(0)}\ngroup g any a a\nquorum g\n",
        f"witness a {_witness(0)}\ngroup g 01 a\nquorum g\n",
        f"log {_witness(0)}\nquorum none\n",
        "quorum none\r\n",
        f"witness a {_witness(0)} u v\nquorum a\n",
        "Quorum none\n",
        "quorum none\ngroup g any\n",
        "quorum g\ngroup g any g\n",
    ],
)
def test_a_policy_that_breaks_its_format_is_refused(text: str) -> None:
    with pytest.raises(BadPolicy):
        parse_policy(text.encode())


@pytest.mark.parametrize("vkey", ["", "a+b", "a+00000000+AA==", "a b+00000000+AQ==", "a+xyz+AQ==", "+00000000+AQ=="])
def test_a_malformed_vkey_is_refused(vkey: str) -> None:
    with pytest.raises(BadKey):
        Verifier.parse(vkey)


def test_canonical_values_are_bounded() -> None:
    assert (
        canonical.dumps({"b": [1, True, "é\n"], "a": -(2**53) + 1})
        == '{"a":-9007199254740991,"b":[1,true,"é\\n"]}'.encode()
    )
    deep: object = 1
    for _ in range(8):
        deep = [deep]
    assert canonical.loads_strict(canonical.dumps(deep)) == deep
    for bad in ([deep], 1.0, None, 2**53, {"A": 1}, {"": 1}, {1: 1}, "\ud800", b"x", {"a": {"b": None}}):
        with pytest.raises(NotCanonical):
            canonical.dumps(bad)
    with pytest.raises(NotCanonical):
        canonical.loads_strict(b"[1,2,3]", max_members=2)
    with pytest.raises(NotCanonical):
        canonical.loads_strict(b'"' + b"x" * 70_000 + b'"')
    assert canonical.loads_strict(b'"' + b"," * 5000 + b'"') == "," * 5000
