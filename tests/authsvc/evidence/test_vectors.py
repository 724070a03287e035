"""Public vectors against canonical, merkle, note, checkpoint, tiles, policy and proof."""

from base64 import b64decode
from typing import Any

import orjson
import pytest

from authsvc.evidence import canonical, merkle, tiles
from authsvc.evidence.checkpoint import Checkpoint, parse_checkpoint
from authsvc.evidence.errors import BadNote, EvidenceError
from authsvc.evidence.note import Verifier, open_checkpoint, open_note
from authsvc.evidence.policy import parse_policy
from authsvc.evidence.proof import parse_proof, print_proof
from tests.authsvc.evidence.vectors import ServedLog, cases

Case = dict[str, Any]


def _verifiers(case: Case) -> list[Verifier]:
    return [Verifier.parse(vkey) for vkey in case["vkeys"]]


def _holds(case: Case, judge: Any) -> None:
    """The verdict of `judge` (a refusal of ours is a verdict, any other exception a crash) is the expected one."""
    try:
        judge(case)
        verdict = True
    except EvidenceError:
        verdict = False
    assert verdict is case["valid"]


@pytest.mark.parametrize("case", cases("merkle_hashes.json"))
def test_hash_vector(case: Case) -> None:
    inputs = [bytes.fromhex(each) for each in case["in_hex"]]
    ops = {"leaf": merkle.leaf_hash, "node": merkle.node_hash, "empty": merkle.empty_root}
    assert (ops[case["op"]](*inputs).hex() == case["out_hex"]) is case["valid"]


@pytest.mark.parametrize("case", cases("merkle_roots.json"))
def test_root_vector(case: Case) -> None:
    leaves = [merkle.leaf_hash(bytes.fromhex(each)) for each in case["leaves_hex"]]
    assert (merkle.root_of(leaves).hex() == case["root_hex"]) is case["valid"]


@pytest.mark.parametrize("case", cases("inclusion.json"))
def test_inclusion_vector(case: Case) -> None:
    path = [b64decode(each) for each in case["proof"]]
    leaf, root = b64decode(case["leaf_hash"]), b64decode(case["root"])
    assert merkle.verify_inclusion(case["index"], case["size"], leaf, path, root) is case["valid"]


@pytest.mark.parametrize("case", cases("consistency.json"))
def test_consistency_vector(case: Case) -> None:
    path = [b64decode(each) for each in case["proof"]]
    roots = b64decode(case["root1"]), b64decode(case["root2"])
    assert merkle.verify_consistency(case["size1"], case["size2"], *roots, path) is case["valid"]


@pytest.mark.parametrize("case", cases("vkeys.json"))
def test_vkey_vector(case: Case) -> None:
    def judge(case: Case) -> None:
        assert str(Verifier.parse(case["vkey"])) == case["vkey"]

    _holds(case, judge)


@pytest.mark.parametrize("case", cases("notes.json"))
def test_note_vector(case: Case) -> None:
    def judge(case: Case) -> None:
        note = open_note(b64decode(case["note_b64"]), _verifiers(case))
        if "verified" in case:
            assert [each.verifier.name for each in note.verified] == case["verified"]
        if "times" in case:
            assert [each.time for each in note.verified if each.time is not None] == case["times"]

    _holds(case, judge)


@pytest.mark.parametrize("case", cases("checkpoint_text.json"))
def test_checkpoint_text_vector(case: Case) -> None:
    def judge(case: Case) -> None:
        text = b64decode(case["text_b64"])
        assert parse_checkpoint(text).text == text

    _holds(case, judge)


@pytest.mark.parametrize("case", cases("checkpoints.json"))
def test_checkpoint_vector(case: Case) -> None:
    def judge(case: Case) -> None:
        verifiers = _verifiers(case)
        origin = case.get("origin", verifiers[0].name)
        checkpoint, _ = open_checkpoint(b64decode(case["note_b64"]), verifiers, origin)
        assert checkpoint.size == case.get("size", checkpoint.size)

    _holds(case, judge)


@pytest.mark.parametrize("case", cases("tile_paths.json"))
def test_tile_path_vector(case: Case) -> None:
    def judge(case: Case) -> None:
        tile = tiles.parse_path(case["path"])
        level = tiles.ENTRIES if case["level"] in ("entries", -1) else case["level"]
        assert tile == tiles.Tile(level, case["n"], case["width"])
        assert tile.path == case["path"]

    _holds(case, judge)


@pytest.mark.parametrize("case", cases("tile_sets.json"))
def test_tile_set_vector(case: Case) -> None:
    assert {str(level): list(each) for level, each in tiles.tile_set(case["size"]).items()} == case["tiles"]


@pytest.mark.parametrize("case", cases("bundles.json"))
def test_bundle_vector(case: Case) -> None:
    def judge(case: Case) -> None:
        data = b64decode(case["bundle_b64"])
        entries = tiles.split_bundle(data, case["width"])
        assert [entry.hex() for entry in entries] == case["entries_hex"]
        assert tiles.bundle(entries) == data

    _holds(case, judge)


@pytest.mark.parametrize("case", cases("policy.json"))
def test_policy_vector(case: Case) -> None:
    def judge(case: Case) -> None:
        policy = parse_policy(case["policy"].encode())
        if "note_b64" in case:
            note = open_note(b64decode(case["note_b64"]), [*policy.logs, *policy.witnesses.values()])
            if not policy.is_met(each.verifier for each in note.verified):
                raise BadNote("the quorum is not met")

    _holds(case, judge)


@pytest.mark.parametrize("case", cases("tlog_proof_syntax.json"))
def test_proof_syntax_vector(case: Case) -> None:
    def judge(case: Case) -> None:
        data = b64decode(case["proof_b64"])
        assert parse_proof(data).to_bytes() == data

    _holds(case, judge)


@pytest.mark.parametrize("case", cases("tlog_proof.json"))
def test_proof_vector(case: Case) -> None:
    def judge(case: Case) -> None:
        data = b64decode(case["proof_b64"])
        proof = parse_proof(data)
        proof.verify(b64decode(case["entry_b64"]), _verifiers(case), case["origin"])
        if not proof.extra:
            assert print_proof(proof.index, proof.path, proof.checkpoint) == data
        if "policy" in case:
            policy = parse_policy(case["policy"].encode())
            note = open_note(proof.checkpoint, [*_verifiers(case), *policy.witnesses.values()])
            if not policy.is_met(each.verifier for each in note.verified):
                raise BadNote("the quorum is not met")

    _holds(case, judge)


def _visit(visit: Case, verifiers: list[Verifier], origin: str) -> tuple[Checkpoint, ServedLog]:
    """A stranger's visit: entries, tiles of all levels, root and checkpoint agree."""
    log = ServedLog(visit)
    checkpoint, _ = open_checkpoint(log.read("checkpoint"), verifiers, origin)
    frontier = merkle.Frontier()
    for tile in tiles.tiles_of(checkpoint.size):
        if tile.level == 0:
            entries = tiles.split_bundle(
                log.read(tiles.Tile(tiles.ENTRIES, tile.n, tile.width).path),
                tile.width,
            )
            leaves = [merkle.leaf_hash(entry) for entry in entries]
            if leaves != tiles.hashes_of(log.read(tile.path), tile.width):
                raise BadNote("entries and tile differ")
            for leaf in leaves:
                frontier.append(leaf)
    reader = tiles.TileReader(checkpoint.size, lambda tile: log.read(tile.path))
    if not frontier.root() == merkle.root_at(checkpoint.size, reader) == checkpoint.root:
        raise BadNote("root and checkpoint differ")
    return checkpoint, log


@pytest.mark.parametrize("case", cases("logs.json"))
def test_log_vector(case: Case) -> None:
    def judge(case: Case) -> None:
        _, log = _visit(case, _verifiers(case), case["origin"])
        if "policy" in case:
            policy = parse_policy(case["policy"].encode())
            note = open_note(log.read("checkpoint"), [*policy.logs, *policy.witnesses.values()])
            if not policy.is_met(each.verifier for each in note.verified):
                raise BadNote("the quorum is not met")

    _holds(case, judge)


@pytest.mark.parametrize("case", cases("log_pairs.json"))
def test_log_pair_vector(case: Case) -> None:
    def judge(case: Case) -> None:
        old, _ = _visit(case["first"], _verifiers(case), case["origin"])
        new, log = _visit(case["second"], _verifiers(case), case["origin"])
        if new.size < old.size:
            raise BadNote("the log has become shorter")
        reader = tiles.TileReader(new.size, lambda tile: log.read(tile.path))
        path = merkle.consistency_proof(old.size, new.size, reader)
        if not merkle.verify_consistency(old.size, new.size, old.root, new.root, path):
            raise BadNote("the log was rewritten")

    _holds(case, judge)


@pytest.mark.parametrize("case", cases("jcs.json"))
def test_jcs_vector(case: Case) -> None:
    """The serialiser only: our values are narrower (no null, keys in lower case), so the walk before it is left out."""
    value = orjson.loads(b64decode(case["input_b64"]))
    expected = b64decode(case["output_b64"])
    assert orjson.dumps(value, option=orjson.OPT_SORT_KEYS) == expected
    with pytest.raises(EvidenceError):
        canonical.dumps(value)
