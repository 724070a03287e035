"""Receipts: JWS (RFC 7515, ES256 of RFC 7518 as RFC 6979 says) with the members of evidence format v1.

A receipt carries a record's entry bytes, its inclusion proof, the whole statement and the values that this relying
party may keep. The JWS is transport: what is proven is proven by the entry. Two kinds, `confirmation-receipt+jwt` and
`authentication-receipt+jwt`, each refused where the other is asked for. Same members and key: same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

from confirmations.canonical import Json, hash_domain, write_base64url, write_canonical
from confirmations.challenge import METHODS
from confirmations.login_statement import LOGIN_DOMAIN, LOGIN_METHODS
from confirmations.state import OUTCOMES
from confirmations.statement import DOMAIN

CONFIRMATION_TYP: Final = "confirmation-receipt+jwt"
AUTHENTICATION_TYP: Final = "authentication-receipt+jwt"
STATES: Final = ("sequenced", "witnessed", "anchored")
LOGINS: Final = ("accepted", "refused")
SIGNATURE_BYTES: Final = 64  # r and s of P-256, 32 bytes each

CLAIM_DOMAIN: Final = b"authsvc/claim/v1"


def _party(role: str) -> tuple[str, ...]:
    return f"{role}_subject", f"{role}_number", f"{role}_previous"


@dataclass(frozen=True, slots=True)
class Kind:
    """What sets one kind of receipt apart: its `typ`, the record's type, and the names that stand in it."""

    typ: str
    record: str
    outcome: str
    outcomes: tuple[str, ...]
    statement: str
    domain: bytes
    method: str
    methods: tuple[str, ...]
    plain: frozenset[str]
    slots: tuple[str, ...]
    always: Mapping[str, frozenset[str]] = field(hash=False)

    @property
    def members(self) -> frozenset[str]:
        """The members of its payload, without the time part that an anchored receipt has."""
        return frozenset({"aud", self.outcome, "state", "entry", "proof", self.statement, "disclosures"})


_CHAIN: Final = frozenset({"rp", "person_number", "person_previous"})
_ANSWERED: Final = _CHAIN | {"authentication", "acr", "shown_by"}

CONFIRMATION: Final = Kind(
    typ=CONFIRMATION_TYP,
    record="confirmation",
    outcome="outcome",
    outcomes=OUTCOMES,
    statement="statement",
    domain=DOMAIN,
    method="method",
    methods=METHODS,
    plain=frozenset({"id", "time", "claims", "method", "statement", "challenge", "outcome"}),
    slots=(
        *_party("person"), *_party("entity"), "about", "rp", "mandate", "person_name", "authentication", "acr",
        "credential", "shown", "shown_by", "locale", "answer", "tries", "first_try", "last_try", "reason", "expires",
        "person_address", "person_ip", "person_device", "group", "vouched_by", "relying_party_record", "policy_record",
        "trust_store_record", "template_record",
    ),
    always={
        "confirmed": _ANSWERED,
        "declined": _ANSWERED | {"reason"},
        "expired": _CHAIN,
        "cancelled": _CHAIN | {"reason"},
        "failed": _CHAIN | {"reason"},
    },
)  # fmt: skip
"""Receipts over a `confirmation`. `always` names, per outcome, the slots whose values the receipt must disclose."""

AUTHENTICATION: Final = Kind(
    typ=AUTHENTICATION_TYP,
    record="authentication",
    outcome="login",
    outcomes=LOGINS,
    statement="login_statement",
    domain=LOGIN_DOMAIN,
    method="login_method",
    methods=LOGIN_METHODS,
    plain=frozenset({"id", "time", "claims", "login", "login_method", "login_acr", "login_statement"}),
    slots=(
        *_party("person"), *_party("entity"), "about", "rp", "mandate", "person_name", "credential", "login_answer",
        "tries", "first_try", "last_try", "person_address", "person_ip", "person_device", "login_session",
        "login_reason", "vouched_by", "relying_party_record", "policy_record",
    ),
    always={"accepted": _CHAIN, "refused": _CHAIN | {"login_reason"}},
)  # fmt: skip
"""Receipts over an `authentication`: a kind apart."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The value of a slot and its salt; the claim: SHA-256("authsvc/claim/v1" ‖ 0x00 ‖ JCS([salt, name, value]))."""

    slot: int
    name: str
    salt: str
    value: Json

    def claim(self) -> str:
        """Give the claim hash that stands in the entry, base64url."""
        return write_base64url(hash_domain(CLAIM_DOMAIN, write_canonical([self.salt, self.name, self.value])))


@dataclass(frozen=True, slots=True)
class Members:
    """What a receipt is made from. `entry` and `proof`: the bytes of the note and of the `.tlog-proof` (UTF-8 texts).

    `outcome` is the record's outcome (of a login: accepted or refused). `time` is the time part, present exactly when
    the state is anchored.
    """

    aud: str
    outcome: str
    state: str
    entry: bytes
    proof: bytes
    statement: Mapping[str, Json]
    disclosures: Sequence[Disclosure]
    time: Mapping[str, Json] | None = None


def issue_receipt(members: Members, sign: Callable[[bytes], bytes], kid: str, kind: Kind = CONFIRMATION) -> str:
    """Write the receipt as a compact JWS. `sign` gives the raw 64-byte ES256 signature, `kid` is the key's thumbprint.

    A mistake of the caller is a ValueError: members that would not be read back are never signed.
    """
    if members.outcome not in kind.outcomes or members.state not in STATES:
        raise ValueError("not an outcome or a state of this kind of receipt")
    if (members.time is not None) != (members.state == "anchored"):
        raise ValueError("a time part stands in a receipt exactly when its record is anchored")
    missing = kind.always[members.outcome] - {one.name for one in members.disclosures}
    if missing:
        raise ValueError(f"a receipt of this outcome always discloses {', '.join(sorted(missing))}")
    payload: dict[str, Json] = {
        "aud": members.aud,
        kind.outcome: members.outcome,
        "state": members.state,
        "entry": members.entry.decode(),
        "proof": members.proof.decode(),
        kind.statement: members.statement,
        "disclosures": [
            {"name": one.name, "salt": one.salt, "slot": one.slot, "value": one.value} for one in members.disclosures
        ],
    }
    if members.time is not None:
        payload["time"] = members.time
    signed = f"{_header(kid, kind.typ)}.{write_base64url(write_canonical(payload))}".encode("ascii")
    signature = sign(signed)
    if len(signature) != SIGNATURE_BYTES:
        raise ValueError("a raw ES256 signature has 64 bytes")
    return f"{signed.decode('ascii')}.{write_base64url(signature)}"


def thumbprint(key: EllipticCurvePublicKey) -> str:
    """Give the RFC 7638 thumbprint of a P-256 key: the `kid` of receipts, and what genesis and key records name."""
    if not isinstance(key.curve, SECP256R1):
        raise ValueError("a receipt key is a P-256 key")
    point = key.public_numbers()
    x, y = (write_base64url(number.to_bytes(32, "big")) for number in (point.x, point.y))
    jwk: Json = {"crv": "P-256", "kty": "EC", "x": x, "y": y}
    return write_base64url(hashlib.sha256(write_canonical(jwk)).digest())


@lru_cache(maxsize=32)
def _header(kid: str, typ: str) -> str:
    return write_base64url(write_canonical({"alg": "ES256", "kid": kid, "typ": typ}))
