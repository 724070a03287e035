"""Records about who: credentials, mandates, consents, logins (evidence format, section 5)."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from authsvc.evidence.kinds.parts import FactorKey, draft_of
from authsvc.evidence.record import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """An authenticator was enrolled or changed: whose was it at that time."""

    type: ClassVar[str] = "credential"
    family: ClassVar[str] = "identity"

    id: str
    time: int
    credential_event: str
    factor_method: str
    person: str | None = None
    about: tuple[str, ...] = ()
    rp: str = ""
    authentication: str
    acr: str
    person_name: str = ""
    factor: str = ""
    factor_key: FactorKey | Literal["none"]
    person_address: str = ""
    person_device: str = ""
    attestation: str = ""
    credential_ground: str = ""
    vouched_by: str
    relying_party_record: str
    policy_record: str
    trust_store_record: str

    def draft(self) -> Draft:
        """See `Kind.draft`."""
        return draft_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """The legal capacity of a person to act for an entity (BIN)."""

    type: ClassVar[str] = "mandate"
    family: ClassVar[str] = "identity"

    id: str
    time: int
    mandate_event: str
    entity: str | None = None
    person: str | None = None
    grantor: str | None = None
    about: tuple[str, ...] = ()
    rp: str = ""
    authentication: str
    acr: str
    mandate_scope: str = ""
    mandate_ground: str = ""
    mandate_document: str = ""
    mandate_from: int | None = None
    mandate_until: int | None = None
    policy_record: str

    def draft(self) -> Draft:
        """See `Kind.draft`."""
        return draft_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """The person agreed to a processing, with purpose and term, or withdrew it."""

    type: ClassVar[str] = "consent"
    family: ClassVar[str] = "identity"

    id: str
    time: int
    consent_event: str
    person: str | None = None
    about: tuple[str, ...] = ()
    rp: str = ""
    authentication: str
    acr: str
    consent_scope: str = ""
    consent_purpose: str = ""
    consent_text: str = ""
    locale: str = ""
    consent_until: int | None = None
    template_record: str
    policy_record: str

    def draft(self) -> Draft:
        """See `Kind.draft`."""
        return draft_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """Who signed in where and how; not an act of will about a content. One record for each ended login."""

    type: ClassVar[str] = "authentication"
    family: ClassVar[str] = "identity"

    id: str
    time: int
    login: str
    login_method: tuple[str, ...]
    login_acr: str = ""
    login_statement: str
    person: str | None = None
    entity: str | None = None
    about: tuple[str, ...] = ()
    rp: str = ""
    mandate: str
    person_name: str = ""
    credential: tuple[str, ...]
    login_answer: str = ""
    tries: int | None = None
    first_try: int | None = None
    last_try: int | None = None
    person_address: str = ""
    person_ip: str = ""
    person_device: str = ""
    login_session: str = ""
    login_reason: str = ""
    vouched_by: str
    relying_party_record: str
    policy_record: str

    def draft(self) -> Draft:
        """See `Kind.draft`."""
        return draft_of(self)
