"""Values of records outside the log, sealed under a key per subject: destroying the key erases them.

A subject (`iin:…` or `bin:…`) is known to the database by a keyed MAC alone. Its data key is random and lies wrapped
by a key that is
outside the database. What concerns no subject is sealed under the operator's key.
"""

from collections.abc import Mapping
from functools import cache

import orjson

from authsvc.clock import Entropy
from authsvc.evidence.audience import OPERATOR_PREFIX, OPERATOR_SLOTS
from authsvc.evidence.claims import SALT_BYTES
from authsvc.evidence.record import Disclosure, Openings, open_slots
from authsvc.evidence.schema import SCHEMAS
from authsvc.keys import Keys, b64url, seal_under, unseal_under
from authsvc.store import Change, Reads, Tx
from authsvc.store import evidence as rows

OPERATOR = "operator"
KEY_BYTES = 32
PARTY_ROLES = ("person", "entity", "grantor", "signer", "addressee", "resolver")
"""Roles of the evidence format: a slot `ROLE_…` is sealed for that party alone."""
BLOBS = "blobs"


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
        # The chain row's upsert saw the database as it was before it waited for the lock: look again.
        wrapped = wrapped or await rows.subject_key(tx, blind)
        if wrapped is not None:
            return self._keys.unseal("subject-key", wrapped, blind.encode())
        key = self._entropy(KEY_BYTES)
        await rows.add_subject_key(tx, blind, self._keys.seal("subject-key", key, blind.encode()))
        return key

    def seal(
        self,
        record_id: str,
        parties: Mapping[str, tuple[str, bytes]],
        openings: Openings,
        blobs: Mapping[str, bytes],
    ) -> list[Change]:
        """What keeps a record's openings and blobs, sealed. `parties`: role to (blinded subject, data key)."""
        kept: list[Change] = []
        subjects = dict(parties.values())
        holders = (*subjects.items(), (OPERATOR, self._operator_key()))
        numbers = {subject: number for number, subject in enumerate(subjects)}
        roles = tuple((role, numbers[subject]) for role, (subject, _) in parties.items())
        for (holder, key), places in zip(holders, _split(openings.type, roles, len(subjects)), strict=True):
            if places:
                sealed = seal_under(key, _share(openings, places), _place(record_id, holder, ""), self._entropy)
                kept.append(rows.to_add_disclosure(rows.SealedRow(record_id, "", holder, sealed)))
        if blobs:
            first, key = holders[0]
            sealed = seal_under(key, _pack(blobs), _place(record_id, first, BLOBS), self._entropy)
            kept.append(rows.to_add_blob(rows.SealedRow(record_id, BLOBS, first, sealed)))
        return kept

    async def disclosures(self, reads: Reads, record_id: str) -> list[Disclosure]:
        """What can still be opened of a record's slots, in their order; erased subjects' values are absent."""
        found: dict[int, Disclosure] = {}
        for row in await rows.disclosures_of(reads, record_id):
            plain = await self._open(reads, row)
            if plain is not None:
                for disclosure in _read_share(plain):
                    found.setdefault(disclosure.slot, disclosure)
        return [found[slot] for slot in sorted(found)]

    async def blobs(self, reads: Reads, record_id: str) -> dict[str, bytes]:
        """What can still be opened of a record's blobs, by name."""
        found: dict[str, bytes] = {}
        for row in await rows.blobs_of(reads, record_id):
            plain = await self._open(reads, row)
            found |= _unpack(plain) if plain is not None else {}
        return found

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


def _pack(blobs: Mapping[str, bytes]) -> bytes:
    """All blobs of a record in one piece: a line of [[name, length], …], then their bytes."""
    return orjson.dumps([(name, len(value)) for name, value in blobs.items()]) + b"\n" + b"".join(blobs.values())


def _unpack(packed: bytes) -> dict[str, bytes]:
    head, _, rest = packed.partition(b"\n")
    found, at = {}, 0
    for name, length in orjson.loads(head):
        found[name] = rest[at : at + length]
        at += length
    return found


def _share(openings: Openings, places: tuple[int, ...]) -> bytes:
    """One holder's part: a line of [type, places, values], then the salts, 32 bytes each."""
    type_, values, salts = openings
    if len(places) < len(values):
        values = [values[place] for place in places]
        salts = b"".join(salts[at * SALT_BYTES : (at + 1) * SALT_BYTES] for at in places)
    return orjson.dumps((type_, places, values)) + b"\n" + salts


def _read_share(plain: bytes) -> list[Disclosure]:
    head, _, salts = plain.partition(b"\n")
    type_, places, values = orjson.loads(head)
    return open_slots(type_, places, values, salts)


@cache
def _split(type_: str, roles: tuple[tuple[str, int], ...], holders: int) -> tuple[tuple[int, ...], ...]:
    """Which slots each holder keeps, the operator last: a slot `ROLE_…` its own party, the rest all.

    `roles` names each party's holder by number. A slot of a party that is absent is the first holder's; the operator
    stands in for holders where there are none.
    """
    kept: list[list[int]] = [[] for _ in range(holders + 1)]
    of_role = dict(roles)
    for slot in SCHEMAS[type_].slots:
        role = slot.name.partition("_")[0]
        if slot.name in OPERATOR_SLOTS or slot.name.startswith(OPERATOR_PREFIX):
            keepers = [holders]
        elif role in PARTY_ROLES:
            keepers = [of_role.get(role, 0)]
        else:
            keepers = list(range(holders)) or [holders]
        for keeper in keepers:
            kept[keeper].append(slot.index)
    return tuple(map(tuple, kept))
