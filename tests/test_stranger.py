"""The stranger itself: public logs, notes and checkpoints, and a log of our own format made here, whole and damaged."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from tests.stranger import Entry, Objection, check_disclosure, check_log, check_proof, read_tree
from tests.stranger.entry import claim_hash, encode
from tests.stranger.note import Key, Note, cosigned_message
from tests.stranger.table import FAMILIES, KINDS
from tests.stranger.tree import Checkpoint, included, leaf_hash, parse_text, tiles_of, unbundle

ORIGIN = "test.evidence.example/2026h2"


def cases(vectors: Path, name: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads((vectors / "evidence" / f"{name}.json").read_text())["cases"]
    return listed


def verdict(check: Callable[[], object]) -> bool:
    try:
        check()
    except Objection:
        return False
    return True


def judge(vectors: Path, name: str, check: Callable[[dict[str, Any]], object]) -> None:
    """Every case of a file; the message lists those that came out otherwise than the file says."""
    wrong = [case["id"] for case in cases(vectors, name) if verdict(lambda case=case: check(case)) is not case["valid"]]
    assert not wrong


def folder(root: Path, rename: dict[str, str]) -> Callable[[str], bytes]:
    return lambda path: (root / rename.get(path, path)).read_bytes()


def test_public_logs_hold_or_not_as_their_files_say(shared_vectors: Path) -> None:
    def check(case: dict[str, Any]) -> None:
        tree = read_tree(folder(shared_vectors / "evidence" / case["dir"], case.get("rename", {})), case["vkeys"])
        if tree.checkpoint.origin != case["origin"]:
            raise Objection("origin")

    judge(shared_vectors, "logs", check)


def test_public_notes_open_or_not(shared_vectors: Path) -> None:
    def check(case: dict[str, Any]) -> None:
        keys = [Key.parse(vkey) for vkey in case["vkeys"]]
        found = Note.parse(base64.b64decode(case["note_b64"])).verified_by(keys)
        assert [key.name for key in found] == case.get("verified", [key.name for key in found])

    # Witness cosignatures (type 0x04) are not the stranger's business: it checks the log's own signatures.
    known = [c for c in cases(shared_vectors, "notes") if all(is_known(vkey) for vkey in c["vkeys"])]
    assert len(known) >= 4
    assert [c["id"] for c in known if verdict(lambda c=c: check(c)) is not c["valid"]] == []


def is_known(vkey: str) -> bool:
    return base64.b64decode(vkey.split("+", 2)[2])[0] in (1, 6)


def test_public_verifier_keys_are_read_or_refused(shared_vectors: Path) -> None:
    judge(shared_vectors, "vkeys", lambda case: Key.parse(case["vkey"]))


def test_public_checkpoints_are_read_or_refused(shared_vectors: Path) -> None:
    judge(shared_vectors, "checkpoint_text", lambda case: parse_text(base64.b64decode(case["text_b64"])))

    def check(case: dict[str, Any]) -> None:
        keys = [Key.parse(vkey) for vkey in case["vkeys"]]
        origin = Checkpoint.open(base64.b64decode(case["note_b64"]), keys).origin
        if origin != case.get("origin", origin):
            raise Objection("origin")

    judge(shared_vectors, "checkpoints", check)


def test_public_inclusion_proofs_hold_or_not(shared_vectors: Path) -> None:
    def check(case: dict[str, Any]) -> None:
        proof = [base64.b64decode(line) for line in case["proof"]]
        leaf, root = base64.b64decode(case["leaf_hash"]), base64.b64decode(case["root"])
        if not included(case["index"], case["size"], leaf, proof, root):
            raise Objection("proof")

    judge(shared_vectors, "inclusion", check)


def test_public_bundles_and_tile_sets_agree(shared_vectors: Path) -> None:
    def check(case: dict[str, Any]) -> None:
        entries = unbundle(base64.b64decode(case["bundle_b64"]))
        assert [entry.hex() for entry in entries] == case["entries_hex"]

    judge(shared_vectors, "bundles", check)
    for case in cases(shared_vectors, "tile_sets"):
        for level, (count, last) in case["tiles"].items():
            tiles = tiles_of(case["size"] // 256 ** int(level))
            assert (len(tiles), tiles[-1][1]) == (count, last)


class Signer:
    """A note key made from a fixed seed."""

    def __init__(self, name: str, seed: str = "") -> None:
        self.name = name
        self.private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256((seed or name).encode()).digest())
        typed = b"\1" + self.private.public_key().public_bytes_raw()
        self.key_id = hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]
        self.vkey = f"{name}+{self.key_id.hex()}+{base64.b64encode(typed).decode()}"

    def sign(self, text: str) -> bytes:
        return (text + "\n" + self.line(text)).encode()

    def line(self, text: str) -> str:
        return f"— {self.name} {base64.b64encode(self.key_id + self.private.sign(text.encode())).decode()}\n"


LOG = Signer(ORIGIN)
ISSUERS = {family: Signer(f"{ORIGIN}/issuer/{family}") for family in FAMILIES}


def body_of(name: str, number: int, **members: Any) -> dict[str, Any]:
    claims = [claim_hash(encode(bytes([number, slot] * 16)), "x", "") for slot in range(KINDS[name].slots)]
    identity = {"id": f"0198{number:04x}-0000-7000-8000-000000000000", "time": "2026-11-24T10:00:00.000Z"}
    return {**identity, "claims": claims, **members}


def entry_of(
    name: str, body: dict[str, Any], signer: Signer | None = None, header: str = "authsvc/evidence/v1"
) -> bytes:
    line = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return (signer or ISSUERS[KINDS[name].family]).sign(f"{header}\n{name}\n{line}\n")


def genesis(**changed: Any) -> bytes:
    issuers = [{"family": family, "vkey": ISSUERS[family].vkey} for family in FAMILIES]
    members = {"origin": ORIGIN, "environment": "test", "issuers": issuers, "log_keys": [LOG.vkey]}
    return entry_of("genesis", body_of("genesis", 0, **members | {"receipt_keys": [], "predecessor": []} | changed))


def confirmation(number: int, signer: Signer | None = None, **changed: Any) -> bytes:
    digest = encode(bytes(32))
    members = {"method": ["code"], "statement": digest, "challenge": digest, "outcome": "confirmed"}
    return entry_of("confirmation", body_of("confirmation", number, **members) | changed, signer)


def serve(entries: list[bytes], signature: Callable[[str], bytes] = LOG.sign) -> Callable[[str], bytes]:
    """A log of fewer than 257 entries, served as tlog-tiles says."""
    leaves = [leaf_hash(entry) for entry in entries]
    root = root_of(leaves)
    width = "" if len(entries) == 256 else f".p/{len(entries)}"
    files = {
        "/log/checkpoint": signature(f"{ORIGIN}\n{len(entries)}\n{base64.b64encode(root).decode()}\n"),
        f"/log/tile/0/000{width}": b"".join(leaves),
        f"/log/tile/entries/000{width}": b"".join(len(e).to_bytes(2) + e for e in entries),
    }
    if len(entries) == 256:
        files["/log/tile/1/000.p/1"] = root
    return files.__getitem__


def root_of(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root_of(leaves[:middle]) + root_of(leaves[middle:])).digest()


def objection(entries: list[bytes], **options: Any) -> str:
    with pytest.raises(Objection) as caught:
        check_log(serve(entries), LOG.vkey, **options)
    return str(caught.value).split(":")[0]


@pytest.mark.parametrize("count", [1, 2, 5, 255, 256])
def test_a_log_in_our_format_is_accepted(count: int) -> None:
    entries = [genesis(), *(confirmation(n) for n in range(1, count))]
    log = check_log(serve(entries), LOG.vkey, hashlib.sha256(entries[0]).hexdigest())
    assert (log.size, log.environment) == (count, "test")
    assert len(log.of_type("confirmation")) == count - 1


DAMAGED: dict[str, tuple[str, list[bytes]]] = {
    "an entry signed by another family's key": ("issuer", [confirmation(1, ISSUERS["verification"])]),
    "a key with the right name that genesis does not know": (
        "issuer",
        [confirmation(1, Signer(f"{ORIGIN}/issuer/case"))],
    ),
    "a member too many": ("members", [confirmation(1, certificate="x")]),
    "a slot too few": ("slots", [confirmation(1, claims=[encode(bytes(32))])]),
    "an outcome off the list": ("code", [confirmation(1, outcome="signed")]),
    "a method that confirms nothing": ("code", [confirmation(1, method=["eds"])]),
    "one record id twice": ("id", [confirmation(1), confirmation(2, id="01980001-0000-7000-8000-000000000000")]),
    "one salt twice": ("slots", [confirmation(1), confirmation(1, id="01980002-0000-7000-8000-000000000000")]),
    "a time with seconds only": ("time", [confirmation(1, time="2026-11-24T10:00:00Z")]),
    "a second genesis": ("genesis", [genesis()]),
    "an id of another version": ("id", [confirmation(1, id="01980001-0000-4000-8000-000000000000")]),
    "a float": ("json", [confirmation(1, outcome=1.5)]),
    "null": ("json", [confirmation(1, outcome=None)]),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_log_is_refused_that_holds(name: str) -> None:
    code, entries = DAMAGED[name]
    assert objection([genesis(), *entries]) == code


def test_a_second_signature_line_is_refused_even_from_an_unknown_key() -> None:
    entry = confirmation(1)
    text = entry.rpartition(b"\n\n")[0].decode() + "\n"
    assert objection([genesis(), entry + Signer("someone.else").line(text).encode()]) == "entry"


def test_bytes_that_read_the_same_but_are_written_otherwise_are_refused() -> None:
    line = json.dumps(json.loads(confirmation(1).split(b"\n")[2]), sort_keys=True)
    loose = ISSUERS["confirmation"].sign(f"authsvc/evidence/v1\nconfirmation\n{line}\n")
    assert objection([genesis(), loose]) == "json"
    twice = confirmation(1).split(b"\n")[2].decode().replace('"outcome"', '"outcome":"declined","outcome"')
    assert (
        objection([genesis(), ISSUERS["confirmation"].sign(f"authsvc/evidence/v1\nconfirmation\n{twice}\n")]) == "json"
    )


def test_genesis_must_be_the_one_known_beforehand_and_say_what_the_log_is() -> None:
    assert objection([genesis()], genesis=bytes(32)) == "genesis"
    assert objection([genesis(environment="production")]) == "genesis"
    assert objection([genesis(origin="test.other.example")]) == "genesis"
    assert objection([confirmation(1)]) == "genesis"
    assert objection([genesis(log_keys=[Signer("test.other.example").vkey])]) == "genesis"


def test_a_key_is_good_only_between_the_records_that_add_and_retire_it() -> None:
    fresh = Signer(f"{ORIGIN}/issuer/confirmation", seed="the next one")

    def key(number: int, event: str, vkey: str) -> bytes:
        members = {"key_use": "issuer", "key_value": vkey, "key_event": event, "key_reason": "rotation"}
        return entry_of("key", body_of("key", number, **members, key_leaked_at=""))

    added, retired = key(1, "added", fresh.vkey), key(3, "retired", ISSUERS["confirmation"].vkey)
    check_log(serve([genesis(), added, confirmation(2), retired, confirmation(4, fresh)]), LOG.vkey)
    assert objection([genesis(), confirmation(4, fresh), added]) == "issuer"
    assert objection([genesis(), added, retired, confirmation(2)]) == "issuer"


def test_a_rewritten_or_shortened_log_is_seen_by_who_was_there_before() -> None:
    entries = [genesis(), confirmation(1), confirmation(2)]
    before = check_log(serve(entries), LOG.vkey)
    check_log(serve([*entries, confirmation(3)]), LOG.vkey, before=before)
    assert objection(entries[:2], before=before) == "history"
    assert objection([entries[0], confirmation(7), entries[2], confirmation(3)], before=before) == "history"


def test_a_checkpoint_may_carry_ml_dsa_and_a_wrong_one_spoils_it() -> None:
    private = MLDSA44PrivateKey.from_seed_bytes(bytes(32))
    typed = b"\6" + private.public_key().public_bytes_raw()
    key_id = hashlib.sha256(ORIGIN.encode() + b"\n" + typed).digest()[:4]
    vkey = f"{ORIGIN}+{key_id.hex()}+{base64.b64encode(typed).decode()}"

    def both(text: str, signed: str | None = None) -> bytes:
        signature = bytes(8) + private.sign(cosigned_message(ORIGIN, bytes(8), (signed or text).encode()))
        return LOG.sign(text) + f"— {ORIGIN} {base64.b64encode(key_id + signature).decode()}\n".encode()

    entries = [genesis(log_keys=[LOG.vkey, vkey]), confirmation(1)]
    log = check_log(serve(entries, both), f"{LOG.vkey}\n{vkey}\n")
    assert len(log.tree.checkpoint.signers) == 2
    other = f"{ORIGIN}\n9\n{base64.b64encode(bytes(32)).decode()}\n"
    with pytest.raises(Objection, match="signature"):
        check_log(serve(entries, lambda text: both(text, other)), [LOG.vkey, vkey])


def test_a_proof_and_a_disclosure_hold_for_their_own_entry_only() -> None:
    entries = [genesis(), confirmation(1), confirmation(2)]
    log = check_log(serve(entries), LOG.vkey)
    lines = "".join(base64.b64encode(h).decode() + "\n" for h in log.tree.inclusion(1))
    proof = f"c2sp.org/tlog-proof@v1\nindex 1\n{lines}\n".encode() + log.tree.checkpoint.note
    assert check_proof(proof, entries[1], LOG.vkey) == (1, 3)
    for wrong, entry in ((proof, entries[2]), (proof.replace(b"index 1", b"index 2"), entries[1])):
        with pytest.raises(Objection, match="proof"):
            check_proof(wrong, entry, LOG.vkey)
    disclosure = {"slot": 3, "name": "x", "salt": encode(bytes([1, 3] * 16)), "value": ""}
    assert check_disclosure(log.entries[1], disclosure) == ""
    for change in ({"slot": 4}, {"name": "y"}, {"value": "v"}, {"salt": encode(bytes(32))}):
        with pytest.raises(Objection, match="disclosure"):
            check_disclosure(log.entries[1], disclosure | change)
    with pytest.raises(Objection, match="disclosure"):
        check_disclosure(log.entries[2], disclosure)


def test_keys_of_small_order_and_signatures_out_of_range_are_refused() -> None:
    for point in (bytes(32), (1).to_bytes(32, "little"), b"\xff" * 32):
        typed = b"\1" + point
        key_id = hashlib.sha256(b"name\n" + typed).digest()[:4]
        with pytest.raises(Objection, match="key"):
            Key.parse(f"name+{key_id.hex()}+{base64.b64encode(typed).decode()}")
    entry = confirmation(1)
    head, _, signature = entry.rpartition(b" ")
    raw = bytearray(base64.b64decode(signature))
    raw[-1] |= 0xF0
    forged = head + b" " + base64.b64encode(raw) + b"\n"
    assert objection([genesis(), forged]) == "signature"


def test_the_stranger_imports_nothing_of_what_it_checks() -> None:
    for path in (Path(__file__).parent / "stranger").glob("*.py"):
        text = path.read_text()
        assert not any(
            f"{word} {name}" in text
            for word in ("import", "from")
            for name in ("authsvc", "signatures", "confirmations")
        )


def test_the_table_has_eighteen_types_in_seven_families() -> None:
    assert len(KINDS) == 18
    assert {kind.family for kind in KINDS.values()} == set(FAMILIES)
    assert Entry.parse(0, genesis(), bytes(32)).type == "genesis"
