"""The whole log: the tree, then every entry under the issuer keys that genesis and `key` records bind (section 9)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.stranger.entry import Entry, claim_hash, encode, is_digest
from tests.stranger.note import ED25519, ML_DSA_44, Key, Objection, demand, unbase64
from tests.stranger.table import FAMILIES, KINDS
from tests.stranger.tree import Checkpoint, Tree, included, leaf_hash, read_tree


@dataclass(frozen=True)
class Log:
    """A log that held: what the checkpoint says, and its entries in order."""

    origin: str
    environment: str
    size: int
    root: bytes
    entries: tuple[Entry, ...]
    tree: Tree

    def of_type(self, name: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.type == name]


def check_log(
    fetch: Callable[[str], bytes],
    vkeys: str | list[str],
    genesis: bytes | str | None = None,
    *,
    prefix: str = "/log/",
    before: Log | None = None,
) -> Log:
    """Read the log behind `fetch` and check all of it; `Objection` names the first thing that is wrong.

    `vkeys` are the log's verifier keys (a text of lines will do), `genesis` the SHA-256 of entry 0 (bytes, hex or
    base64url) as a court would have it beforehand, `before` an earlier visit that this one must extend.
    """
    listed = vkeys.split() if isinstance(vkeys, str) else vkeys
    tree = read_tree(lambda path: fetch(prefix + path), listed)
    checkpoint = tree.checkpoint
    entries = tuple(Entry.parse(i, raw, tree.leaves[i]) for i, raw in enumerate(tree.entries))
    demand(entries and entries[0].type == "genesis", "genesis: entry 0 is something else")
    first = entries[0]
    if genesis is not None:
        demand(is_hash_of(first.raw, genesis), "genesis: another one than the one known beforehand")
    demand(first.body["origin"] == checkpoint.origin, "genesis: it names another origin")
    test = first.body["environment"] == "test"
    demand(test == checkpoint.origin.startswith("test."), "genesis: origin and environment disagree")
    demand(set(listed) <= set(log_keys(entries)), "genesis: it does not know the key that signs the checkpoint")
    check_issuers(entries, checkpoint.origin)
    check_uniqueness(entries)
    if before is not None:
        check_extends(before, tree)
    return Log(checkpoint.origin, first.body["environment"], checkpoint.size, checkpoint.root, entries, tree)


def is_hash_of(raw: bytes, known: bytes | str) -> bool:
    digest = hashlib.sha256(raw).digest()
    return known in (digest, digest.hex(), encode(digest))


def log_keys(entries: tuple[Entry, ...]) -> list[str]:
    added = [e.body["key_value"] for e in entries if e.type == "key" and e.body["key_use"] == "log"]
    keys = [*entries[0].body["log_keys"], *added]
    kinds = {Key.parse(vkey).kind for vkey in keys}
    demand(kinds <= {ED25519, ML_DSA_44} and ED25519 in kinds, "genesis: log keys of another kind")
    return keys


def check_issuers(entries: tuple[Entry, ...], origin: str) -> None:
    """Each entry is signed by a key of its type's family that is good at its index."""
    good = genesis_issuers(entries[0], origin)
    for entry in entries:
        demand((entry.index == 0) == (entry.type == "genesis"), f"genesis: entry {entry.index} is {entry.type}")
        family = KINDS[entry.type].family
        candidates = [key for key in good[family] if (key.name, key.key_id) == entry.signer]
        demand(candidates, f"issuer: {entry.index} ({entry.type}) is signed by {entry.signer[0]}, not good here")
        entry.demand_signed_by(candidates[0])
        if entry.type == "key" and entry.body["key_use"] == "issuer":
            change_issuers(good, entry, origin)


def genesis_issuers(genesis: Entry, origin: str) -> dict[str, list[Key]]:
    issuers = genesis.body["issuers"]
    demand(all(set(issuer) == {"family", "vkey"} for issuer in issuers), "genesis: form of issuers")
    demand(tuple(issuer["family"] for issuer in issuers) == FAMILIES, "genesis: families or their order")
    good = {issuer["family"]: [issuer_key(issuer["vkey"], issuer["family"], origin)] for issuer in issuers}
    publics = {key.public for keys in good.values() for key in keys}
    demand(len(publics) == len(FAMILIES), "genesis: one key for two families")
    demand(all(is_digest(thumbprint) for thumbprint in genesis.body["receipt_keys"]), "genesis: receipt keys")
    return good


def issuer_key(vkey: str, family: str, origin: str) -> Key:
    key = Key.parse(vkey)
    demand(key.kind == ED25519, f"issuer: {key.name} is no Ed25519 key")
    demand(key.name == f"{origin}/issuer/{family}", f"issuer: {key.name} is not the name for {family}")
    return key


def change_issuers(good: dict[str, list[Key]], entry: Entry, origin: str) -> None:
    """An added key is good from the next index; a retired or revoked one up to this one."""
    vkey = entry.body["key_value"]
    family = Key.parse(vkey).name.rpartition("/")[2]
    demand(family in FAMILIES, f"issuer: {entry.index} adds a key of no family")
    key = issuer_key(vkey, family, origin)
    if entry.body["key_event"] == "added":
        good[family].append(key)
    else:
        demand(key in good[family], f"issuer: {entry.index} retires a key that was not good")
        good[family].remove(key)


def check_uniqueness(entries: tuple[Entry, ...]) -> None:
    ids = [entry.body["id"] for entry in entries]
    demand(len(set(ids)) == len(ids), "id: two entries with one record id")
    claims = [claim for entry in entries for claim in entry.body["claims"]]
    demand(len(set(claims)) == len(claims), "slots: one claim hash twice, so one salt was used twice")


def check_extends(before: Log, tree: Tree) -> None:
    demand(before.origin == tree.checkpoint.origin, "history: another origin than before")
    demand(before.size <= tree.checkpoint.size, "history: the log is shorter than it was")
    demand(tree.hash_of(0, before.size) == before.root, "history: the log was rewritten since the last visit")


def check_disclosure(entry: Entry, disclosure: dict[str, Any], names: list[str] | None = None) -> Any:
    """The value of a disclosed slot `{slot, name, salt, value}`, when its hash stands in the entry at that slot."""
    demand(set(disclosure) == {"slot", "name", "salt", "value"}, "disclosure: members")
    slot, name = disclosure["slot"], disclosure["name"]
    demand(isinstance(slot, int) and 0 <= slot < len(entry.body["claims"]), "disclosure: no such slot")
    demand(names is None or names[slot] == name, "disclosure: slot and name disagree")
    demand(is_digest(disclosure["salt"]), "disclosure: the salt is not 256 bits")
    hashed = claim_hash(disclosure["salt"], name, disclosure["value"])
    demand(hashed == entry.body["claims"][slot], f"disclosure: {name} is not what the entry holds")
    return disclosure["value"]


def check_proof(proof: bytes, entry: bytes, vkeys: str | list[str]) -> tuple[int, int]:
    """A `.tlog-proof` for these entry bytes: (index, size) when it holds under the log's keys."""
    text = proof.decode()
    head, gap, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    demand(gap and lines[0] == "c2sp.org/tlog-proof@v1", "proof: first line")
    rest = lines[2:] if len(lines) > 1 and lines[1].startswith("extra ") else lines[1:]
    demand(rest and rest[0].startswith("index "), "proof: no index")
    digits = rest[0].removeprefix("index ")
    demand(digits.isascii() and digits.isdigit() and str(int(digits)) == digits, "proof: index")
    listed = vkeys.split() if isinstance(vkeys, str) else vkeys
    seen = Checkpoint.open(checkpoint.encode(), [Key.parse(vkey) for vkey in listed])
    hashes = [unbase64_hash(line) for line in rest[1:]]
    if not included(int(digits), seen.size, leaf_hash(entry), hashes, seen.root):
        raise Objection("proof: it does not lead from this entry to the root")
    return int(digits), seen.size


def unbase64_hash(line: str) -> bytes:
    raw = unbase64(line)
    demand(len(raw) == 32, "proof: a hash of another length")
    return raw
