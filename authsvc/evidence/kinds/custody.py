"""Records about the log itself and what leaves it: anchors, exports, erasures, corrections, administration."""

from dataclasses import dataclass
from typing import ClassVar

from authsvc.evidence.kinds.parts import Approval, draft_of
from authsvc.evidence.record import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A time-stamp token over a checkpoint, by its digest; ties the log to trusted time."""

    type: ClassVar[str] = "anchor"
    family: ClassVar[str] = "log"

    id: str
    time: int
    anchor_size: int
    anchor_root: str
    anchor_root_512: str
    anchor_tsa: str
    anchor_token: str

    def draft(self) -> Draft:
        """See `Kind.draft`."""
        return draft_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Custody: evidence left the service, for whom and with which records and heads."""

    type: ClassVar[str] = "export"
    family: ClassVar[str] = "log"

    id: str
    time: int
    export_kind: str
    about: tuple[str, ...] = ()
    rp: str = ""
    export_recipient: str = ""
    export_request: str = ""
    export_ground: str = ""
    export_list: tuple[tuple[str, tuple[str, ...]], ...] = ()
    export_left_out: tuple[tuple[str | int, str], ...] = ()
    export_count: int | None = None
    export_heads: tuple[tuple[int, str], ...] = ()
    approvals: tuple[Approval, ...] = ()

    def draft(self) -> Draft:
        """See `Kind.draft`."""
        return draft_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What was done to personal data and on which ground; names no record in plain."""

    type: ClassVar[str] = "erasure"
    family: ClassVar[str] = "log"

    id: str
    time: int
    erasure_kind: str
    person: str | None = None
    entity: str | None = None
    about: tuple[str, ...] = ()
    rp: str = ""
    erasure_scope: str = ""
    erasure_ground: str = ""
    approvals: tuple[Approval, ...] = ()

    def draft(self) -> Draft:
        """See `Kind.draft`."""
        return draft_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A note on a record, never an edit."""

    type: ClassVar[str] = "correction"
    family: ClassVar[str] = "log"

    id: str
    time: int
    correction_kind: str
    person: str | None = None
    entity: str | None = None
    about: tuple[str, ...] = ()
    rp: str = ""
    correction_text: str = ""
    correction_reason: str = ""
    approvals: tuple[Approval, ...] = ()

    def draft(self) -> Draft:
        """See `Kind.draft`."""
        return draft_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Administration:
    """A relying party, policy, trust store, template, role, release or switch changed, from what to what; a look-up."""

    type: ClassVar[str] = "administration"
    family: ClassVar[str] = "administration"

    id: str
    time: int
    administration_kind: str
    administration_event: str
    person: str | None = None
    entity: str | None = None
    about: tuple[str, ...] = ()
    rp: str = ""
    object: str = ""
    before: str = ""
    after: str = ""
    administration_ground: str = ""
    approvals: tuple[Approval, ...] = ()

    def draft(self) -> Draft:
        """See `Kind.draft`."""
        return draft_of(self)
