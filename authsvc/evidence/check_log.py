"""Checks 2 to 6 of a package: trust, log signatures, quorum, genesis, issuer keys (evidence format, sections 9, 10).

Trust comes from trust.json alone. Without it the package's own genesis stands in, so that the rest can be checked, and
the verdict is NOT CONFIRMED at best.
"""

import hashlib

from authsvc.clock import rfc3339
from authsvc.evidence.errors import BadPolicy, EvidenceError, RecordError
from authsvc.evidence.keyring import KeyRing, is_after
from authsvc.evidence.note import ED25519, Note, Verifier, open_checkpoint
from authsvc.evidence.package_read import CHECKPOINT, GENESIS, POLICY, Item, Package
from authsvc.evidence.policy import parse_policy
from authsvc.evidence.record import verify_entry
from authsvc.evidence.trust import Trust
from authsvc.evidence.verdict import Sheet
from authsvc.evidence.witness import FUTURE_MS, counted


def find_trust(sheet: Sheet, package: Package, trust: Trust | None) -> Trust | None:
    """2: the trust for this package's origin, None when there is none."""
    if trust is None:
        sheet.doubt("no_trust")
        return None
    origin = package.checkpoint.origin if package.checkpoint else ""
    found = trust.of_origin(origin)
    if found is None:
        sheet.fault("other_log", CHECKPOINT, origin=origin, trusted=trust.origin)
    return found


def read_ring(package: Package, trust: Trust | None) -> KeyRing | None:
    """The keys that genesis and the packaged `key` records bind; None without a genesis that can be read."""
    if package.genesis is None or package.genesis.entry is None or package.genesis.entry.type != "genesis":
        return None
    ring = KeyRing(package.genesis.entry)
    for item in _keys_in_order(package):
        if item.entry is not None and item.entry.type == "key":
            ring.apply(item.entry, _index(item))
    for revoked in trust.revoked if trust else ():
        ring.note_leak(revoked.verifier, revoked.leaked_at, revoked.size)
    return ring


def _keys_in_order(package: Package) -> list[Item]:
    return sorted(package.keys, key=_index)


def _index(item: Item) -> int:
    return item.proof.index if item.proof else 0


def check_log_signatures(sheet: Sheet, package: Package, trust: Trust | None, ring: KeyRing | None) -> Note | None:
    """3: every log key in force at this size has signed the checkpoint."""
    checkpoint = package.checkpoint
    if checkpoint is None:
        sheet.fault("checkpoint_unreadable", CHECKPOINT)
        return None
    if trust is not None:
        needed = [each.verifier for each in trust.log_keys if each.is_good(checkpoint.size)]
    else:
        needed = ring.log_keys(checkpoint.size) if ring else []
    if not needed:
        sheet.fault("no_log_key", CHECKPOINT)
        return None
    witnesses = [each.verifier for each in trust.witnesses] if trust else []
    try:
        _, note = open_checkpoint(package.files[CHECKPOINT], [*needed, *witnesses], checkpoint.origin)
    except EvidenceError as error:
        sheet.fault("log_signature", CHECKPOINT, reason=error.message)
        return None
    signed = {each.verifier for each in note.verified}
    for verifier in needed:
        if verifier not in signed:
            sheet.fault("log_signature_missing", CHECKPOINT, key=_short(verifier))
    return note


def check_log_leak(
    sheet: Sheet, package: Package, trust: Trust | None, note: Note | None, upper: int | None = None
) -> None:
    """3 still: after a leak of a log key only a checkpoint that was witnessed or anchored before it counts.

    `upper`: the time (ms) before which an anchor shows the checkpoint to have been there, None where none does.
    """
    if trust is None or package.checkpoint is None:
        return
    needed = [each.verifier for each in trust.log_keys if each.is_good(package.checkpoint.size)]
    for revoked in trust.revoked:
        if revoked.verifier not in needed or not is_after(revoked.leaked_at, upper):
            continue
        if not _witnessed_before(trust, note, revoked.leaked_at or 0):
            leaked = rfc3339(revoked.leaked_at or 0)
            sheet.doubt("log_key_leaked", CHECKPOINT, key=_short(revoked.verifier), leaked=leaked)


def _witnessed_before(trust: Trust, note: Note | None, moment: int) -> bool:
    """Whether witnesses that the operator does not hold made the quorum before this moment (ms)."""
    policy, independent = trust.parsed_policy(), trust.independent()
    cosigned = [
        each.verifier
        for each in (note.verified if note else ())
        if each.verifier in independent and each.time is not None and each.time * 1000 < moment
    ]
    return bool(cosigned) and policy.is_met(cosigned)


def _short(verifier: Verifier) -> str:
    kind = "Ed25519" if verifier.algorithm == ED25519 else "ML-DSA-44"
    return f"{kind} {verifier.key_id.hex()}"


def check_quorum(sheet: Sheet, package: Package, trust: Trust | None, note: Note | None, at: int) -> bool:
    """4: the quorum of trust.json's policy, by witnesses that the operator does not hold. True if there is any such."""
    try:
        policy = trust.parsed_policy() if trust else parse_policy(package.files.get(POLICY, b""))
    except BadPolicy as error:
        sheet.fault("policy_unreadable", POLICY, reason=error.message)
        return False
    if trust is None:
        sheet.note("policy_not_trusted", POLICY)
        return False
    if package.files.get(POLICY) != trust.policy.encode():
        sheet.note("policy_differs", POLICY)
    if note is None:
        return False
    independent = trust.independent()
    for each in note.verified:
        if each.verifier in independent and (each.time or 0) * 1000 > at + FUTURE_MS:
            sheet.note("cosignature_from_future", CHECKPOINT, witness=each.verifier.name)
    if not policy.is_met(counted(note.verified, independent, at)):
        sheet.doubt("quorum_not_met", CHECKPOINT)
    named = policy.needs() & independent
    if not named:
        sheet.note("no_independent_witness", POLICY)
    return bool(named)


def check_genesis(sheet: Sheet, package: Package, trust: Trust | None) -> str:
    """5: the first entry, signed by its own root, the one that trust.json names. Gives the environment."""
    item = package.genesis
    if item is None:
        sheet.fault("genesis_missing", GENESIS)
        return trust.environment if trust else ""
    if item.entry is None or item.entry.type != "genesis":
        sheet.fault("genesis_unreadable", GENESIS, reason=item.fault.message if item.fault else "type")
        return trust.environment if trust else ""
    body = item.entry.body
    ring = KeyRing(item.entry)
    try:
        verify_entry(item.data, {"root": ring.issuers("root")})
    except RecordError as error:
        sheet.fault("genesis_unreadable", GENESIS, reason=error.message)
    if item.proof is not None and item.proof.index != 0:
        sheet.fault("genesis_not_first", GENESIS)
    if package.checkpoint is not None and body["origin"] != package.checkpoint.origin:
        sheet.fault("genesis_of_another_log", GENESIS)
    if trust is not None:
        if hashlib.sha256(item.data).hexdigest() != trust.genesis:
            sheet.fault("genesis_not_trusted", GENESIS)
        if body["environment"] != trust.environment:
            sheet.fault("environment", GENESIS)
    return str(body["environment"])


def check_issuer_keys(sheet: Sheet, package: Package) -> None:
    """6: each `key` record is the root's and fits the keys in force before it."""
    genesis = package.genesis
    if genesis is None or genesis.entry is None or genesis.entry.type != "genesis":
        sheet.fault("no_issuer_keys", GENESIS)
        return
    ring = KeyRing(genesis.entry)
    for item in _keys_in_order(package):
        if item.entry is None or item.entry.type != "key":
            sheet.fault("key_record", item.path, reason=item.fault.message if item.fault else "type")
            continue
        try:
            verify_entry(item.data, {"root": ring.issuers("root")})
        except RecordError as error:
            sheet.fault("key_record", item.path, reason=error.message)
        if not ring.apply(item.entry, _index(item)):
            sheet.fault("key_out_of_order", item.path)
