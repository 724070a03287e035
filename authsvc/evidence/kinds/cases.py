"""Records of cases: deliveries, notices, decisions, disputes, resolutions (evidence format, section 5)."""

from dataclasses import dataclass
from typing import ClassVar

from authsvc.evidence.kinds.parts import draft_of
from authsvc.evidence.record import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message or document was sent, or received: two records, each with fact, time and sender."""

    type: ClassVar[str] = "delivery"
    family: ClassVar[str] = "case"

    id: str
    time: int
    delivery_event: str
    addressee: str | None = None
    entity: str | None = None
    about: tuple[str, ...] = ()
    rp: str = ""
    sender: str = ""
    delivered: str = ""
    addressee_address: str = ""
    delivery_channel: str = ""
    delivery_time: int | None = None
    delivery_proof: str = ""
    relying_party_record: str

    def draft(self) -> Draft:
        """See `Kind.draft`."""
        return draft_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRead:
    """A notice was read; being delivered is another type, so the two can't be mixed."""

    type: ClassVar[str] = "notice_read"
    family: ClassVar[str] = "case"

    id: str
    time: int
    read_event: str
    person: str | None = None
    entity: str | None = None
    about: tuple[str, ...] = ()
    rp: str = ""
    mandate: str
    notice: str = ""
    shown: str = ""
    shown_by: str = ""
    locale: str = ""
    authentication: str
    acr: str
    person_ip: str = ""
    person_device: str = ""
    template_record: str

    def draft(self) -> Draft:
        """See `Kind.draft`."""
        return draft_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A decision by rules or a model, with its key factors, and when the person was told."""

    type: ClassVar[str] = "decision"
    family: ClassVar[str] = "case"

    id: str
    time: int
    decision_result: str
    person: str | None = None
    entity: str | None = None
    about: tuple[str, ...] = ()
    rp: str = ""
    decision_rule: str = ""
    decision_version: str = ""
    decision_automation: str = ""
    decision_model: str
    decision_factors: tuple[str, ...] = ()
    decision_text: str = ""
    locale: str = ""
    informed_at: int | None = None
    review_due: int | None = None
    policy_record: str

    def draft(self) -> Draft:
        """See `Kind.draft`."""
        return draft_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A person contests a record."""

    type: ClassVar[str] = "dispute"
    family: ClassVar[str] = "case"

    id: str
    time: int
    dispute_event: str
    person: str | None = None
    entity: str | None = None
    about: tuple[str, ...] = ()
    rp: str = ""
    mandate: str
    authentication: str
    acr: str
    dispute_kind: str = ""
    dispute_text: str = ""
    dispute_due: int | None = None

    def draft(self) -> Draft:
        """See `Kind.draft`."""
        return draft_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """A named person decides a dispute, with reasons."""

    type: ClassVar[str] = "resolution"
    family: ClassVar[str] = "case"

    id: str
    time: int
    resolution_result: str
    person: str | None = None
    entity: str | None = None
    resolver: str | None = None
    about: tuple[str, ...] = ()
    rp: str = ""
    resolver_name: str = ""
    resolver_role: str = ""
    authentication: str
    acr: str
    resolution_proposal: str = ""
    resolution_reasons: str = ""
    resolution_final: str = ""

    def draft(self) -> Draft:
        """See `Kind.draft`."""
        return draft_of(self)
