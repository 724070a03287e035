"""What is sealed of a record, as plain bytes: each holder's part of its openings, and its texts in one piece.

Internal to the database, under a holder's key; nothing of it is in the log or leaves the house.
"""

from collections.abc import Mapping
from functools import cache

import orjson

from authsvc.evidence.audience import OPERATOR_PREFIX, OPERATOR_SLOTS
from authsvc.evidence.claims import SALT_BYTES
from authsvc.evidence.record import Disclosure, Openings, open_slots
from authsvc.evidence.schema import SCHEMAS

PARTY_ROLES = ("person", "entity", "grantor", "signer", "addressee", "resolver")
"""Roles of the evidence format: a slot `ROLE_…` is sealed for that party alone."""
ANONYMOUS = frozenset(
    {
        "rp", "acr", "tries", "locale", "shown_by", "reason", "login_reason", "vouched_by", "relying_party_record",
        "policy_record", "trust_store_record", "template_record", "consent_scope", "consent_purpose", "content_seen",
        "decision_rule", "decision_version", "decision_automation", "decision_model", "dispute_kind",
        "resolution_final", "delivery_channel",
    }
)  # fmt: skip
"""Slots that are codes and references to the rules in force: what statistics need, and nobody can be found by."""


def pack(blobs: Mapping[str, bytes]) -> bytes:
    """All blobs of a record in one piece: a line of [[name, length], …], then their bytes."""
    return orjson.dumps([(name, len(value)) for name, value in blobs.items()]) + b"\n" + b"".join(blobs.values())


def unpack(packed: bytes) -> dict[str, bytes]:
    head, _, rest = packed.partition(b"\n")
    found, at = {}, 0
    for name, length in orjson.loads(head):
        found[name] = rest[at : at + length]
        at += length
    return found


def write_share(openings: Openings, places: tuple[int, ...], texts: tuple[int, ...] = ()) -> bytes:
    """One holder's part: a line of [type, places, values], then the salts, 32 bytes each.

    `texts`: a fourth member in the first holder's part of a record that has texts: of how many persons it is.
    """
    type_, values, salts = openings
    if len(places) < len(values):
        values = [values[place] for place in places]
        salts = b"".join(salts[at * SALT_BYTES : (at + 1) * SALT_BYTES] for at in places)
    return orjson.dumps((type_, places, values, *texts)) + b"\n" + salts


def texts_with(plain: bytes) -> list[int]:
    """Of how many persons the record is that has texts, where this share says it; else nothing."""
    _type, _places, _values, *persons = orjson.loads(plain.partition(b"\n")[0])
    return [int(count) for count in persons]


def read_share(plain: bytes) -> list[Disclosure]:
    """What one holder's part opens."""
    head, _, salts = plain.partition(b"\n")
    type_, places, values, *_ = orjson.loads(head)
    return open_slots(type_, places, values, salts)


def anonymous_part(plain: bytes) -> bytes:
    """The part of a share that says nothing of a person; empty when there is none."""
    head, _, salts = plain.partition(b"\n")
    type_, places, values, *_ = orjson.loads(head)
    slots = SCHEMAS[type_].slots
    chosen = [at for at, place in enumerate(places) if slots[place].name in ANONYMOUS]
    if not chosen:
        return b""
    kept = orjson.dumps((type_, [places[at] for at in chosen], [values[at] for at in chosen]))
    return kept + b"\n" + b"".join(salts[at * SALT_BYTES : (at + 1) * SALT_BYTES] for at in chosen)


@cache
def split_slots(type_: str, roles: tuple[tuple[str, int], ...], holders: int) -> tuple[tuple[int, ...], ...]:
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
