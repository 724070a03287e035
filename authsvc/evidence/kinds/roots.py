"""Records that bind keys, signed by the offline root (evidence format, sections 2 and 9)."""

from dataclasses import dataclass
from typing import ClassVar

from authsvc.evidence.kinds.parts import Approval, Issuer, Predecessor, draft_of
from authsvc.evidence.record import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Genesis:
    """The first entry: binds issuer keys to families, names the log's keys and environment, links a predecessor."""

    type: ClassVar[str] = "genesis"
    family: ClassVar[str] = "root"

    id: str
    time: int
    origin: str
    environment: str
    issuers: tuple[Issuer, ...]
    log_keys: tuple[str, ...]
    receipt_keys: tuple[str, ...]
    predecessor: Predecessor | None = None
    approvals: tuple[Approval, ...] = ()
    genesis_ground: str = ""

    def draft(self) -> Draft:
        """See `Kind.draft`."""
        return draft_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key was added, retired or revoked. Signed by the offline root."""

    type: ClassVar[str] = "key"
    family: ClassVar[str] = "root"

    id: str
    time: int
    key_use: str
    key_value: str
    key_event: str
    key_reason: str = ""
    key_leaked_at: int | None = None
    approvals: tuple[Approval, ...] = ()
    key_ground: str = ""
    key_evidence: str = ""

    def draft(self) -> Draft:
        """See `Kind.draft`."""
        return draft_of(self)
