"""Values of records outside the log, sealed under a key per subject: destroying the key erases them.

A subject (`iin:…` or `bin:…`) is known to the database by a keyed MAC alone. Its data key is random and lies wrapped
by a key that is
outside the database. What concerns no subject is sealed under the operator's key.
"""

import json
from collections.abc import Mapping, Sequence

import orjson

from authsvc.clock import Entropy
from authsvc.evidence.record import Disclosure
from authsvc.keys import Keys, b64url, seal_under, unseal_under
from authsvc.store import Reads, Tx
from authsvc.store import evidence as rows

OPERATOR = "operator"
KEY_BYTES = 32
PARTY_ROLES = ("person", "entity", "grantor", "signer", "addressee", "resolver")
"""Roles of the evidence format: a slot `ROLE_…` is sealed for that party alone."""
OPERATOR_SLOTS = ("approvals", "erasure_ground")
OPERATOR_PREFIX = "export_"


class Vault:
    """Seals and opens what stands behind the commitments of a record."""

    def __init__(self, keys: Keys, entropy: Entropy) -> None:
        self._keys = keys
        self._entropy = entropy

    def blind(self, subject: str) -> str:
        """The subject's name in the database: a keyed MAC, never the IIN or BIN."""
        return b64url(self._keys.mac("subject", subject.encode()))

    async def key_of(self, tx: Tx, blind: str, wrapped: bytes | None) -> bytes:
        """The subject's data key, made when there is none yet. Call it while the subject's chain row is locked."""
        if wrapped is not None:
            return self._keys.unseal("subject-key", wrapped, blind.encode())
        key = self._entropy(KEY_BYTES)
        await rows.add_subject_key(tx, blind, self._keys.seal("subject-key", key, blind.encode()))
        return key

    async def keep(
        self,
        tx: Tx,
        record_id: str,
        parties: Mapping[str, tuple[str, bytes]],
        disclosures: Sequence[Disclosure],
        blobs: Mapping[str, bytes],
    ) -> None:
        """Seal a record's disclosures and blobs. `parties`: role to (blinded subject, data key)."""
        holders = dict(parties.values()) or {OPERATOR: self._operator_key()}
        shares: dict[str, list[tuple[int, str, str, object]]] = {}
        for disclosure in disclosures:
            row = (disclosure.slot, disclosure.name, disclosure.salt, disclosure.value)
            for holder in _holders(disclosure.name, parties, holders):
                shares.setdefault(holder, []).append(row)
        for holder, share in shares.items():
            key = holders.get(holder) or self._operator_key()
            sealed = seal_under(key, orjson.dumps(share), _place(record_id, holder, ""), self._entropy)
            await rows.add_disclosure(tx, record_id, holder, sealed)
        first, key = next(iter(holders.items()))
        for name, value in blobs.items():
            sealed = seal_under(key, value, _place(record_id, first, name), self._entropy)
            await rows.add_blob(tx, rows.SealedRow(record_id, name, first, sealed))

    async def disclosures(self, reads: Reads, record_id: str) -> list[Disclosure]:
        """What can still be opened of a record's slots, in their order; erased subjects' values are absent."""
        found: dict[int, Disclosure] = {}
        for row in await rows.disclosures_of(reads, record_id):
            plain = await self._open(reads, row)
            if plain is not None:
                for slot, name, salt, value in json.loads(plain):
                    found.setdefault(slot, Disclosure(slot, name, salt, value))
        return [found[slot] for slot in sorted(found)]

    async def blobs(self, reads: Reads, record_id: str) -> dict[str, bytes]:
        """What can still be opened of a record's blobs, by name."""
        opened = {row.name: await self._open(reads, row) for row in await rows.blobs_of(reads, record_id)}
        return {name: plain for name, plain in opened.items() if plain is not None}

    async def _open(self, reads: Reads, row: rows.SealedRow) -> bytes | None:
        if row.subject == OPERATOR:
            key = self._operator_key()
        else:
            wrapped = await rows.subject_key(reads, row.subject)
            if wrapped is None:
                return None
            key = self._keys.unseal("subject-key", wrapped, row.subject.encode())
        return unseal_under(key, row.ciphertext, _place(row.record_id, row.subject, row.name))

    def _operator_key(self) -> bytes:
        return self._keys.secret("seal/operator")


def _place(record_id: str, holder: str, name: str) -> bytes:
    return f"{record_id}\n{holder}\n{name}".encode()


def _holders(slot: str, parties: Mapping[str, tuple[str, bytes]], holders: Mapping[str, bytes]) -> Sequence[str]:
    """Who may open a slot: its own party, the operator, or every party of the record."""
    if slot in OPERATOR_SLOTS or slot.startswith(OPERATOR_PREFIX):
        return (OPERATOR,)
    role = slot.partition("_")[0]
    if role in PARTY_ROLES:
        return (parties[role][0],) if role in parties else tuple(holders)[:1]
    return tuple(holders)
