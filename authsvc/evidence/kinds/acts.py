"""An act of will and a verified signature: two types that share only the envelope (evidence format, section 5)."""

from dataclasses import dataclass
from typing import ClassVar

from authsvc.evidence.kinds.parts import Group, Material, SignaturePlace, draft_of
from authsvc.evidence.record import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """An act of will (Digital Code article 47): one record for each ended request, any outcome. No signature."""

    type: ClassVar[str] = "confirmation"
    family: ClassVar[str] = "confirmation"

    id: str
    time: int
    method: tuple[str, ...]
    statement: str
    challenge: str
    outcome: str
    person: str | None = None
    entity: str | None = None
    about: tuple[str, ...] = ()
    rp: str = ""
    mandate: str
    person_name: str = ""
    authentication: str
    acr: str
    credential: tuple[str, ...]
    shown: str = ""
    shown_by: str = ""
    locale: str = ""
    answer: str = ""
    tries: int | None = None
    first_try: int | None = None
    last_try: int | None = None
    reason: str = ""
    expires: int | None = None
    person_address: str = ""
    person_ip: str = ""
    person_device: str = ""
    group: Group | None = None
    vouched_by: str
    relying_party_record: str
    policy_record: str
    trust_store_record: str
    template_record: str

    def draft(self) -> Draft:
        """See `Kind.draft`."""
        return draft_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureVerification:
    """What was found about one electronic digital signature, at which time and with which material."""

    type: ClassVar[str] = "signature_verification"
    family: ClassVar[str] = "verification"

    id: str
    time: int
    indication: str
    sub_indication: str = ""
    signer: str | None = None
    entity: str | None = None
    about: tuple[str, ...] = ()
    rp: str = ""
    document: str = ""
    document_name: str = ""
    content_seen: str = ""
    signature: str = ""
    signature_place: SignaturePlace | None = None
    certificate: str = ""
    material: tuple[Material, ...] = ()
    validation_time: int | None = None
    best_signature_time: int | None = None
    report: str = ""
    relying_party_record: str
    policy_record: str
    trust_store_record: str

    def draft(self) -> Draft:
        """See `Kind.draft`."""
        return draft_of(self)
