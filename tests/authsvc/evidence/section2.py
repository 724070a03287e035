"""Section 2 of the evidence format, typed again by hand: the cast table that code and tests are compared with."""

TYPES = {
    "genesis": (
        "root",
        "origin environment issuers log_keys receipt_keys predecessor",
        "approvals genesis_ground",
        2,
    ),
    "key": (
        "root",
        "key_use key_value key_event key_reason key_leaked_at",
        "approvals key_ground key_evidence",
        3,
    ),
    "anchor": ("log", "anchor_size anchor_root anchor_root_512 anchor_tsa anchor_token", "", 0),
    "export": (
        "log",
        "export_kind",
        (
            "about rp export_recipient export_request export_ground export_list export_left_out export_count"
            " export_heads approvals"
        ),
        10,
    ),
    "erasure": ("log", "erasure_kind", "P(person) P(entity) about rp erasure_scope erasure_ground approvals", 11),
    "correction": (
        "log",
        "correction_kind",
        "P(person) P(entity) about rp correction_text correction_reason approvals",
        11,
    ),
    "administration": (
        "administration",
        "administration_kind administration_event",
        "P(person) P(entity) about rp object before after administration_ground approvals",
        13,
    ),
    "credential": (
        "identity",
        "credential_event factor_method",
        (
            "P(person) about rp authentication acr person_name factor factor_key person_address person_device"
            " attestation credential_ground vouched_by relying_party_record policy_record trust_store_record"
        ),
        18,
    ),
    "mandate": (
        "identity",
        "mandate_event",
        (
            "P(entity) P(person) P(grantor) about rp authentication acr mandate_scope mandate_ground mandate_document"
            " mandate_from mandate_until policy_record"
        ),
        19,
    ),
    "consent": (
        "identity",
        "consent_event",
        (
            "P(person) about rp authentication acr consent_scope consent_purpose consent_text locale consent_until"
            " template_record policy_record"
        ),
        14,
    ),
    "authentication": (
        "identity",
        "login login_method login_acr login_statement",
        (
            "P(person) P(entity) about rp mandate person_name credential login_answer tries first_try last_try"
            " person_address person_ip person_device login_session login_reason vouched_by relying_party_record"
            " policy_record"
        ),
        23,
    ),
    "confirmation": (
        "confirmation",
        "method statement challenge outcome",
        (
            "P(person) P(entity) about rp mandate person_name authentication acr credential shown shown_by locale"
            " answer tries first_try last_try reason expires person_address person_ip person_device group vouched_by"
            " relying_party_record policy_record trust_store_record template_record"
        ),
        31,
    ),
    "signature_verification": (
        "verification",
        "indication sub_indication",
        (
            "P(signer) P(entity) about rp document document_name content_seen signature signature_place certificate"
            " material validation_time best_signature_time report relying_party_record policy_record trust_store_record"
        ),
        21,
    ),
    "delivery": (
        "case",
        "delivery_event",
        (
            "P(addressee) P(entity) about rp sender delivered addressee_address delivery_channel delivery_time"
            " delivery_proof relying_party_record"
        ),
        15,
    ),
    "notice_read": (
        "case",
        "read_event",
        (
            "P(person) P(entity) about rp mandate notice shown shown_by locale authentication acr person_ip"
            " person_device template_record"
        ),
        18,
    ),
    "decision": (
        "case",
        "decision_result",
        (
            "P(person) P(entity) about rp decision_rule decision_version decision_automation decision_model"
            " decision_factors decision_text locale informed_at review_due policy_record"
        ),
        18,
    ),
    "dispute": (
        "case",
        "dispute_event",
        "P(person) P(entity) about rp mandate authentication acr dispute_kind dispute_text dispute_due",
        14,
    ),
    "resolution": (
        "case",
        "resolution_result",
        (
            "P(person) P(entity) P(resolver) about rp resolver_name resolver_role authentication acr"
            " resolution_proposal resolution_reasons resolution_final"
        ),
        18,
    ),
}
"""Type to family, plain members, slots, number of slots."""

CODES = {
    "environment": "production test",
    "key_use": "log issuer receipt",
    "key_event": "added retired revoked",
    "key_reason": "rotation superseded lost compromise",
    "export_kind": "court authority auditor person",
    "erasure_kind": "deleted anonymised restricted taken_down",
    "correction_kind": "note wrong_value wrong_person withdrawn",
    "administration_kind": "relying_party policy trust_store template staff_role software switch look_up",
    "administration_event": "added changed removed done",
    "credential_event": "enrolled changed suspended restored revoked",
    "factor_method": "code totp password identifier push passkey payment eds hotp",
    "mandate_event": "granted changed revoked",
    "consent_event": "given withdrawn",
    "login": "accepted refused",
    "outcome": "confirmed declined expired cancelled failed",
    "indication": "TOTAL-PASSED TOTAL-FAILED INDETERMINATE",
    "delivery_event": "sent received refused",
    "read_event": "opened acknowledged",
    "decision_result": "allowed step_up refused",
    "dispute_event": "opened withdrawn",
    "resolution_result": "granted partly_granted rejected settled",
    "shown_by": "service relying_party device_app",
    "content_seen": "seen digest_only",
    "locale": "kk ru en",
    "dispute_kind": "review_of_decision not_me contract other",
    "resolution_final": "yes no",
    "decision_automation": "full partial",
}
"""The codes allowed where the format lists them."""

MAY_BE_EMPTY = {"key_reason", "key_leaked_at", "login_acr", "sub_indication"}
"""Plain members whose code or time may not apply."""

FORMS = {
    "subject": "person_subject entity_subject grantor_subject signer_subject addressee_subject resolver_subject",
    "number": "person_number entity_number grantor_number signer_number addressee_number resolver_number",
    "previous": "person_previous entity_previous grantor_previous signer_previous addressee_previous resolver_previous",
    "ids": "about",
    "id or none": "authentication mandate relying_party_record policy_record trust_store_record template_record",
    "enrolments": "credential",
    "acr or none": "acr",
    "client": "rp",
    "client or none": "vouched_by",
    "digest": "shown answer login_answer consent_text notice delivered delivery_proof document signature certificate"
    " report mandate_document key_evidence export_request decision_text dispute_text resolution_proposal"
    " resolution_reasons correction_text attestation before after",
    "code": "shown_by content_seen locale reason login_reason dispute_kind delivery_channel resolver_role"
    " resolution_final decision_rule decision_version decision_automation erasure_scope correction_reason",
    "time": "expires first_try last_try validation_time best_signature_time delivery_time informed_at review_due"
    " dispute_due mandate_from mandate_until consent_until",
    "text": "person_name document_name resolver_name genesis_ground key_ground export_ground erasure_ground"
    " administration_ground credential_ground mandate_ground person_ip person_device person_address"
    " addressee_address factor login_session object sender export_recipient consent_scope consent_purpose"
    " mandate_scope",
    "text or none": "decision_model",
    "factor key": "factor_key",
    "group": "group",
    "place": "signature_place",
    "approvals": "approvals",
    "material": "material",
    "codes": "decision_factors",
    "list": "export_list",
    "left out": "export_left_out",
    "heads": "export_heads",
    "count": "export_count tries",
}
"""Form to the slots that have it."""
FORM_OF = {slot: form for form, slots in FORMS.items() for slot in slots.split()}


def slots_of(type_: str) -> list[str]:
    """The slots of a type in order, each P(x) as its three."""
    names: list[str] = []
    for word in TYPES[type_][2].split():
        if word.startswith("P("):
            names.extend(f"{word[2:-1]}_{part}" for part in ("subject", "number", "previous"))
        else:
            names.append(word)
    return names
