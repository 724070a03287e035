"""Statements, receipts and keys that the tests of this package share. All persons and companies are invented."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from confirmations import Disclosure, LoginStatement, Members, Statement
from confirmations.canonical import Json, write_base64url, write_canonical, write_time
from confirmations.receipt import AUTHENTICATION, CONFIRMATION, Kind

NOW = 1_795_514_400_000  # 2026-11-24T10:00:00Z
MINUTE = 60_000
RP = "shop.example"
ID = "01981000-0000-7000-8000-00000000000a"
OTHER_ID = "01981000-0000-7000-8000-00000000000b"
DIGEST = write_base64url(hashlib.sha256(b"the contract").digest())

PAYMENT: Mapping[str, Any] = {"kind": "payment", "payee": "ТОО «Ромашка»", "amount": 1_250_000, "currency": "KZT"}
DOCUMENT: Mapping[str, Any] = {"kind": "document", "name": "Договор № 5.pdf", "digest": DIGEST}
CONSENT: Mapping[str, Any] = {"kind": "consent", "scope": "name, date of birth"}
LABELLED: Mapping[str, Any] = {
    "kind": "labelled",
    "label": {"kk": "Тапсырыс", "ru": "Заказ", "en": "Order"},
    "content": "№ 5",
}
TEXT: Mapping[str, str] = {"kk": "Тапсырыс үшін төлем.", "ru": "Оплата заказа.", "en": "Payment of the order."}


def statement_value(**changes: Any) -> dict[str, Any]:
    """A whole statement as JSON, a payment for a document; `changes` replace members."""
    value: dict[str, Any] = {
        "act": "payment",
        "created": write_time(NOW),
        "expires": write_time(NOW + 15 * MINUTE),
        "fields": [dict(PAYMENT), dict(DOCUMENT)],
        "group": "none",
        "id": ID,
        "methods": [["code"], ["password", "totp"]],
        "nonce": "AAECAwQFBgcICQoLDA0ODw",
        "on_behalf_of": "none",
        "rp": {"client_id": RP, "name": "Дүкен Shop"},
        "subject": "f3b1c0de",
        "text": dict(TEXT),
    }
    return {**value, **changes}


def statement(**changes: Any) -> Statement:
    """The same, read."""
    return Statement.of(statement_value(**changes))


def payment_to(payee: str, amount: int = 1_250_000, currency: str = "KZT") -> Statement:
    """A statement that pays a payee."""
    return statement(fields=[{"kind": "payment", "payee": payee, "amount": amount, "currency": currency}])


def login_value(**changes: Any) -> dict[str, Any]:
    """The statement of a login as JSON."""
    value: dict[str, Any] = {
        "acr": "urn:authsvc:acr:multi",
        "created": write_time(NOW),
        "expires": write_time(NOW + 10 * MINUTE),
        "id": ID,
        "kind": "login",
        "methods": [["password", "totp"]],
        "nonce": "AAECAwQFBgcICQoLDA0ODw",
        "rp": {"client_id": RP, "name": "Дүкен Shop"},
        "subject": "f3b1c0de",
    }
    return {**value, **changes}


class Key:
    """A receipt key that signs as RFC 6979 says, so that the same bytes get the same signature."""

    def __init__(self, secret: int = 0xC0FFEE) -> None:
        self._private = ec.derive_private_key(secret, ec.SECP256R1())
        self.public = self._private.public_key()

    def sign(self, data: bytes) -> bytes:
        """The raw 64 bytes of ES256."""
        r, s = decode_dss_signature(self._private.sign(data, ec.ECDSA(SHA256(), deterministic_signing=True)))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


VALUES: Mapping[str, Json] = {
    "person_number": 7,
    "person_previous": DIGEST,
    "rp": RP,
    "authentication": OTHER_ID,
    "acr": "urn:authsvc:acr:multi",
    "shown_by": "service",
    "vouched_by": "none",
    "reason": "not_me",
    "login_reason": "wrong_answer",
}


def disclosures_of(kind: Kind, **changes: Json) -> list[Disclosure]:
    """A disclosure for every slot; those that are not named above are empty."""
    values = {**VALUES, **changes}
    return [
        Disclosure(slot, name, write_base64url(hashlib.sha256(name.encode()).digest()), values.get(name, ""))
        for slot, name in enumerate(kind.slots)
    ]


def entry_of(kind: Kind, plain: Mapping[str, Json], disclosures: list[Disclosure]) -> bytes:
    """An entry as the log has it, with a signature line of the right form (right or not is the log's question)."""
    body = {"id": ID, "time": write_time(NOW), "claims": [one.claim() for one in disclosures], **plain}
    lines = [
        b"authsvc/evidence/v1",
        kind.record.encode(),
        write_canonical(body),
        b"",
        "— test.log/issuer x AAAA".encode(),
    ]
    return b"\n".join(lines) + b"\n"


def members(asked: Statement | None = None, outcome: str = "confirmed", **changes: Any) -> Members:
    """What a confirmation receipt is made from; every value that its outcome always discloses, and nothing more."""
    asked = asked or statement()
    slots: dict[str, Json] = changes.pop("slots", {})
    method: tuple[str, ...] = changes.pop("method", ("code",))
    disclosures = disclosures_of(CONFIRMATION, **slots)
    plain: dict[str, Json] = {
        "method": method, "statement": asked.digest(), "challenge": DIGEST, "outcome": outcome,
    }  # fmt: skip
    shown = CONFIRMATION.always[outcome] | slots.keys()
    values: dict[str, Any] = {
        "aud": RP,
        "outcome": outcome,
        "state": "sequenced",
        "entry": entry_of(CONFIRMATION, plain, disclosures),
        "proof": b"c2sp.org/tlog-proof@v1\nindex 0\n",
        "statement": asked.value(),
        "disclosures": [one for one in disclosures if one.name in shown],
    }
    return Members(**{**values, **changes})


def login_members(outcome: str = "accepted", **changes: Any) -> Members:
    """What an authentication receipt is made from."""
    asked = LoginStatement.of(login_value())
    disclosures = disclosures_of(AUTHENTICATION)
    plain: dict[str, Json] = {
        "login": outcome,
        "login_method": ("password", "totp"),
        "login_acr": "urn:authsvc:acr:multi",
        "login_statement": asked.digest(),
    }
    values: dict[str, Any] = {
        "aud": RP,
        "outcome": outcome,
        "state": "sequenced",
        "entry": entry_of(AUTHENTICATION, plain, disclosures),
        "proof": b"c2sp.org/tlog-proof@v1\nindex 0\n",
        "statement": asked.value(),
        "disclosures": [one for one in disclosures if one.name in AUTHENTICATION.always[outcome]],
    }
    return Members(**{**values, **changes})
