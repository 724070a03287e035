"""The eighteen record types: family, plain members, slots in order (evidence format, section 2). Cast for this version.

Nothing here may change without a new first line of the entry; code lists in `codes` may grow.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from authsvc.evidence import codes, forms
from authsvc.evidence.forms import Form
from authsvc.evidence.keyforms import (
    ENVIRONMENT,
    ISSUERS,
    KEY_VALUE,
    LOG_KEYS,
    ORIGIN,
    PREDECESSOR,
    RECEIPT_KEYS,
)

ALWAYS = ("id", "time", "claims")
"""Members of every body besides those of its type."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One place for a salted value. `role` is the party whose slot it is, empty for the rest.

    `between` is what stands between salt and value in the bytes under the claim hash.
    """

    index: int
    name: str
    form: Form
    role: str
    between: bytes


@dataclass(frozen=True, slots=True)
class Schema:
    """One record type. `roles` are its parties in order; each has three slots at the front."""

    type: str
    family: str
    plain: Mapping[str, Form]
    slots: tuple[Slot, ...]
    roles: tuple[str, ...]
    members: frozenset[str] = field(default_factory=frozenset)

    def slot(self, name: str) -> Slot:
        """The slot of this name; KeyError when the type has none."""
        for slot in self.slots:
            if slot.name == name:
                return slot
        raise KeyError(name)


def _each(form: Form, names: str) -> dict[str, Form]:
    return dict.fromkeys(names.split(), form)


_FORMS: Mapping[str, Form] = {
    "about": forms.IDS,
    "credential": forms.ENROLMENTS,
    "acr": forms.ACR,
    "rp": forms.CLIENT,
    "vouched_by": forms.CLIENT_OR_NONE,
    **_each(
        forms.ID_OR_NONE,
        "authentication mandate relying_party_record policy_record trust_store_record template_record",
    ),
    **_each(
        forms.DIGEST,
        "shown answer login_answer consent_text notice delivered delivery_proof document signature certificate report"
        " mandate_document key_evidence export_request decision_text dispute_text resolution_proposal"
        " resolution_reasons correction_text attestation before after",
    ),
    "shown_by": forms.listed(codes.SHOWN_BY),
    "content_seen": forms.listed(codes.CONTENT_SEEN),
    "locale": forms.listed(codes.LOCALES),
    "dispute_kind": forms.listed(codes.DISPUTE_KINDS),
    "resolution_final": forms.listed(codes.YES_NO),
    "decision_automation": forms.listed(codes.AUTOMATIONS),
    **_each(
        forms.CODE,
        "reason login_reason delivery_channel resolver_role decision_rule decision_version erasure_scope"
        " correction_reason",
    ),
    **_each(
        forms.TIME,
        "expires first_try last_try validation_time best_signature_time delivery_time informed_at review_due"
        " dispute_due mandate_from mandate_until consent_until",
    ),
    **_each(
        forms.TEXT,
        "factor login_session object sender export_recipient consent_scope consent_purpose mandate_scope",
    ),
    "decision_model": forms.TEXT_OR_NONE,
    "factor_key": forms.FACTOR_KEY,
    "group": forms.GROUP,
    "signature_place": forms.PLACE,
    "approvals": forms.APPROVALS,
    "material": forms.MATERIAL,
    "decision_factors": forms.FACTORS,
    "export_list": forms.EXPORT_LIST,
    "export_left_out": forms.EXPORT_LEFT_OUT,
    "export_heads": forms.EXPORT_HEADS,
    "export_count": forms.COUNT,
    "tries": forms.COUNT,
}
_SUFFIXES: Mapping[str, Form] = {
    "_subject": forms.SUBJECT,
    "_number": forms.NUMBER,
    "_previous": forms.PREVIOUS,
    **dict.fromkeys(("_name", "_ground", "_ip", "_device", "_address"), forms.TEXT),
}


def form_of_slot(name: str) -> Form:
    """The form of a slot's value; a name means the same in every type. KeyError for a name of no type."""
    found = _FORMS.get(name)
    if found is None:
        found = _SUFFIXES["_" + name.rpartition("_")[2]]
    return found


def _role_of(name: str) -> str:
    role, _, rest = name.partition("_")
    return role if rest and role in codes.ROLES else ""


def _schema(type_: str, family: str, plain: Mapping[str, Form], slots: str) -> Schema:
    roles = tuple(re.findall(r"P\((\w+)\)", slots))
    names = re.sub(r"P\((\w+)\)", r"\1_subject \1_number \1_previous", slots).split()
    return Schema(
        type_,
        family,
        plain,
        tuple(
            Slot(index, name, form_of_slot(name), _role_of(name), b'","%b",' % name.encode())
            for index, name in enumerate(names)
        ),
        roles,
        frozenset((*ALWAYS, *plain)),
    )


def _code(known: tuple[str, ...]) -> Form:
    return forms.listed(known, needed=True)


_ALL = (
    _schema(
        "genesis",
        "root",
        {
            "origin": ORIGIN,
            "environment": ENVIRONMENT,
            "issuers": ISSUERS,
            "log_keys": LOG_KEYS,
            "receipt_keys": RECEIPT_KEYS,
            "predecessor": PREDECESSOR,
        },
        "approvals genesis_ground",
    ),
    _schema(
        "key",
        "root",
        {
            "key_use": _code(codes.KEY_USES),
            "key_value": KEY_VALUE,
            "key_event": _code(codes.KEY_EVENTS),
            "key_reason": forms.listed(codes.KEY_REASONS),
            "key_leaked_at": forms.TIME,
        },
        "approvals key_ground key_evidence",
    ),
    _schema(
        "anchor",
        "log",
        {
            "anchor_size": forms.POSITIVE_NEEDED,
            "anchor_root": forms.DIGEST_NEEDED,
            "anchor_root_512": forms.DIGEST_512_NEEDED,
            "anchor_tsa": forms.DIGEST_NEEDED,
            "anchor_token": forms.DIGEST_NEEDED,
        },
        "",
    ),
    _schema(
        "export",
        "log",
        {"export_kind": _code(codes.EXPORT_KINDS)},
        "about rp export_recipient export_request export_ground export_list export_left_out export_count export_heads"
        " approvals",
    ),
    _schema(
        "erasure",
        "log",
        {"erasure_kind": _code(codes.ERASURE_KINDS)},
        "P(person) P(entity) about rp erasure_scope erasure_ground approvals",
    ),
    _schema(
        "correction",
        "log",
        {"correction_kind": _code(codes.CORRECTION_KINDS)},
        "P(person) P(entity) about rp correction_text correction_reason approvals",
    ),
    _schema(
        "administration",
        "administration",
        {
            "administration_kind": _code(codes.ADMINISTRATION_KINDS),
            "administration_event": _code(codes.ADMINISTRATION_EVENTS),
        },
        "P(person) P(entity) about rp object before after administration_ground approvals",
    ),
    _schema(
        "credential",
        "identity",
        {"credential_event": _code(codes.CREDENTIAL_EVENTS), "factor_method": _code(codes.LOGIN_METHODS)},
        "P(person) about rp authentication acr person_name factor factor_key person_address person_device attestation"
        " credential_ground vouched_by relying_party_record policy_record trust_store_record",
    ),
    _schema(
        "mandate",
        "identity",
        {"mandate_event": _code(codes.MANDATE_EVENTS)},
        "P(entity) P(person) P(grantor) about rp authentication acr mandate_scope mandate_ground mandate_document"
        " mandate_from mandate_until policy_record",
    ),
    _schema(
        "consent",
        "identity",
        {"consent_event": _code(codes.CONSENT_EVENTS)},
        "P(person) about rp authentication acr consent_scope consent_purpose consent_text locale consent_until"
        " template_record policy_record",
    ),
    _schema(
        "authentication",
        "identity",
        {
            "login": _code(codes.LOGINS),
            "login_method": forms.LOGIN_METHODS,
            "login_acr": forms.listed(codes.ACRS),
            "login_statement": forms.DIGEST_NEEDED,
        },
        "P(person) P(entity) about rp mandate person_name credential login_answer tries first_try last_try"
        " person_address person_ip person_device login_session login_reason vouched_by relying_party_record"
        " policy_record",
    ),
    _schema(
        "confirmation",
        "confirmation",
        {
            "method": forms.METHODS,
            "statement": forms.DIGEST_NEEDED,
            "challenge": forms.DIGEST_NEEDED,
            "outcome": _code(codes.OUTCOMES),
        },
        "P(person) P(entity) about rp mandate person_name authentication acr credential shown shown_by locale answer"
        " tries first_try last_try reason expires person_address person_ip person_device group vouched_by"
        " relying_party_record policy_record trust_store_record template_record",
    ),
    _schema(
        "signature_verification",
        "verification",
        {"indication": _code(codes.INDICATIONS), "sub_indication": forms.listed(codes.SUB_INDICATIONS)},
        "P(signer) P(entity) about rp document document_name content_seen signature signature_place certificate"
        " material validation_time best_signature_time report relying_party_record policy_record trust_store_record",
    ),
    _schema(
        "delivery",
        "case",
        {"delivery_event": _code(codes.DELIVERY_EVENTS)},
        "P(addressee) P(entity) about rp sender delivered addressee_address delivery_channel delivery_time"
        " delivery_proof relying_party_record",
    ),
    _schema(
        "notice_read",
        "case",
        {"read_event": _code(codes.READ_EVENTS)},
        "P(person) P(entity) about rp mandate notice shown shown_by locale authentication acr person_ip person_device"
        " template_record",
    ),
    _schema(
        "decision",
        "case",
        {"decision_result": _code(codes.DECISION_RESULTS)},
        "P(person) P(entity) about rp decision_rule decision_version decision_automation decision_model"
        " decision_factors decision_text locale informed_at review_due policy_record",
    ),
    _schema(
        "dispute",
        "case",
        {"dispute_event": _code(codes.DISPUTE_EVENTS)},
        "P(person) P(entity) about rp mandate authentication acr dispute_kind dispute_text dispute_due",
    ),
    _schema(
        "resolution",
        "case",
        {"resolution_result": _code(codes.RESOLUTION_RESULTS)},
        "P(person) P(entity) P(resolver) about rp resolver_name resolver_role authentication acr resolution_proposal"
        " resolution_reasons resolution_final",
    ),
)

SCHEMAS: Mapping[str, Schema] = {schema.type: schema for schema in _ALL}
"""Type to schema, in the order of the format's table."""
