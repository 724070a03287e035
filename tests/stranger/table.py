"""The types of section 2 of the evidence format, typed in by hand: family, plain members, number of claim slots."""

from __future__ import annotations

from dataclasses import dataclass

FAMILIES = ("root", "log", "administration", "identity", "confirmation", "verification", "case")
METHODS = frozenset({"code", "totp", "password", "identifier", "push", "passkey", "payment"})
LOGIN_METHODS = METHODS | {"eds", "hotp"}


@dataclass(frozen=True)
class Kind:
    family: str
    plain: dict[str, frozenset[str] | None]
    """Member → the codes allowed, or None where the table gives no list."""
    slots: int


def kind(family: str, slots: int, *members: str, **codes: str) -> Kind:
    plain: dict[str, frozenset[str] | None] = dict.fromkeys(members)
    return Kind(family, plain | {name: frozenset(listed.split()) for name, listed in codes.items()}, slots)


KINDS = {
    "genesis": kind(
        "root", 2, "origin", "issuers", "log_keys", "receipt_keys", "predecessor", environment="production test"
    ),
    "key": kind(
        "root",
        3,
        "key_value",
        "key_leaked_at",
        key_use="log issuer receipt",
        key_event="added retired revoked",
        key_reason="rotation superseded lost compromise",
    ),
    "anchor": kind("log", 0, "anchor_size", "anchor_root", "anchor_root_512", "anchor_tsa", "anchor_token"),
    "export": kind("log", 10, export_kind="court authority auditor person"),
    "erasure": kind("log", 11, erasure_kind="deleted anonymised restricted taken_down"),
    "correction": kind("log", 11, correction_kind="note wrong_value wrong_person withdrawn"),
    "administration": kind(
        "administration",
        13,
        administration_kind="relying_party policy trust_store template staff_role software switch look_up",
        administration_event="added changed removed done",
    ),
    "credential": kind(
        "identity",
        18,
        credential_event="enrolled changed suspended restored revoked",
        factor_method=" ".join(LOGIN_METHODS),
    ),
    "mandate": kind("identity", 19, mandate_event="granted changed revoked"),
    "consent": kind("identity", 14, consent_event="given withdrawn"),
    "authentication": kind("identity", 23, "login_method", "login_acr", "login_statement", login="accepted refused"),
    "confirmation": kind(
        "confirmation", 31, "method", "statement", "challenge", outcome="confirmed declined expired cancelled failed"
    ),
    "signature_verification": kind("verification", 21, "indication", "sub_indication"),
    "delivery": kind("case", 15, delivery_event="sent received refused"),
    "notice_read": kind("case", 18, read_event="opened acknowledged"),
    "decision": kind("case", 18, decision_result="allowed step_up refused"),
    "dispute": kind("case", 14, dispute_event="opened withdrawn"),
    "resolution": kind("case", 18, resolution_result="granted partly_granted rejected settled"),
}

# Plain members that may be empty ("where a code or time does not apply its value is the empty string").
MAY_BE_EMPTY = frozenset({"key_reason", "key_leaked_at", "login_acr", "sub_indication"})
DIGESTS = frozenset({"statement", "challenge", "login_statement", "anchor_root", "anchor_tsa", "anchor_token"})
INDICATIONS = frozenset({"TOTAL-PASSED", "TOTAL-FAILED", "INDETERMINATE"})
