"""Closed lists of codes, one constant each (evidence format, section 2).

A list may grow; a code never changes its meaning. A reader that meets a code it does not know is too old: it says
NOT CONFIRMED, never INVALID.
"""

from typing import Final

FAMILIES: Final = ("root", "log", "administration", "identity", "confirmation", "verification", "case")
"""Issuer families in the order of genesis."""
ROLES: Final = ("person", "entity", "grantor", "signer", "addressee", "resolver")

ENVIRONMENTS: Final = ("production", "test")
KEY_USES: Final = ("log", "issuer", "receipt")
KEY_EVENTS: Final = ("added", "retired", "revoked")
KEY_REASONS: Final = ("rotation", "superseded", "lost", "compromise")

METHODS: Final = ("code", "totp", "password", "identifier", "push", "passkey", "payment")
LOGIN_METHODS: Final = (*METHODS, "eds", "hotp")
ACRS: Final = ("urn:authsvc:acr:single", "urn:authsvc:acr:multi", "urn:authsvc:acr:vouched")
LOGINS: Final = ("accepted", "refused")
OUTCOMES: Final = ("confirmed", "declined", "expired", "cancelled", "failed")

INDICATIONS: Final = ("TOTAL-PASSED", "TOTAL-FAILED", "INDETERMINATE")
SUB_INDICATIONS: Final = (
    "FORMAT_FAILURE",
    "HASH_FAILURE",
    "SIG_CRYPTO_FAILURE",
    "REVOKED",
    "EXPIRED",
    "NOT_YET_VALID",
    "SIG_CONSTRAINTS_FAILURE",
    "CHAIN_CONSTRAINTS_FAILURE",
    "CERTIFICATE_CHAIN_GENERAL_FAILURE",
    "CRYPTO_CONSTRAINTS_FAILURE",
    "POLICY_PROCESSING_ERROR",
    "SIGNATURE_POLICY_NOT_AVAILABLE",
    "TIMESTAMP_ORDER_FAILURE",
    "NO_SIGNING_CERTIFICATE_FOUND",
    "NO_CERTIFICATE_CHAIN_FOUND",
    "NO_CERTIFICATE_CHAIN_FOUND_NO_POE",
    "REVOKED_NO_POE",
    "REVOKED_CA_NO_POE",
    "OUT_OF_BOUNDS_NOT_REVOKED",
    "OUT_OF_BOUNDS_NO_POE",
    "REVOCATION_OUT_OF_BOUNDS_NO_POE",
    "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
    "NO_POE",
    "TRY_LATER",
    "SIGNED_DATA_NOT_FOUND",
)
"""ETSI EN 319 102-1, clause 5.1.3."""

EXPORT_KINDS: Final = ("court", "authority", "auditor", "person")
ERASURE_KINDS: Final = ("deleted", "anonymised", "restricted", "taken_down")
CORRECTION_KINDS: Final = ("note", "wrong_value", "wrong_person", "withdrawn")
ADMINISTRATION_KINDS: Final = (
    "relying_party",
    "policy",
    "trust_store",
    "template",
    "staff_role",
    "software",
    "switch",
    "look_up",
)
ADMINISTRATION_EVENTS: Final = ("added", "changed", "removed", "done")
CREDENTIAL_EVENTS: Final = ("enrolled", "changed", "suspended", "restored", "revoked")
MANDATE_EVENTS: Final = ("granted", "changed", "revoked")
CONSENT_EVENTS: Final = ("given", "withdrawn")
DELIVERY_EVENTS: Final = ("sent", "received", "refused")
READ_EVENTS: Final = ("opened", "acknowledged")
DECISION_RESULTS: Final = ("allowed", "step_up", "refused")
DISPUTE_EVENTS: Final = ("opened", "withdrawn")
RESOLUTION_RESULTS: Final = ("granted", "partly_granted", "rejected", "settled")

SHOWN_BY: Final = ("service", "relying_party", "device_app")
CONTENT_SEEN: Final = ("seen", "digest_only")
LOCALES: Final = ("kk", "ru", "en")
DISPUTE_KINDS: Final = ("review_of_decision", "not_me", "contract", "other")
YES_NO: Final = ("yes", "no")
AUTOMATIONS: Final = ("full", "partial")
MATERIAL_KINDS: Final = ("crl", "ocsp", "time_stamp", "certificate")
GROUP_OUTCOMES: Final = ("met", "failed")
