"""The record types as acts write them: one frozen dataclass each, with no common parent (evidence format, section 5).

Fields are the plain members, the parties (`person="iin:…"`) and the slots. A slot that knows the value `none` has no
default, since that there was none is itself a statement; every other slot defaults to "does not apply". Times are ms.
"""

from authsvc.evidence.kinds.acts import Confirmation, SignatureVerification
from authsvc.evidence.kinds.cases import Decision, Delivery, Dispute, NoticeRead, Resolution
from authsvc.evidence.kinds.custody import Administration, Anchor, Correction, Erasure, Export
from authsvc.evidence.kinds.identity import Authentication, Consent, Credential, Mandate
from authsvc.evidence.kinds.parts import (
    Approval,
    FactorKey,
    Group,
    Issuer,
    Material,
    Predecessor,
    SignaturePlace,
)
from authsvc.evidence.kinds.roots import Genesis, Key

__all__ = [
    "KINDS",
    "Administration",
    "Anchor",
    "Approval",
    "Authentication",
    "Confirmation",
    "Consent",
    "Correction",
    "Credential",
    "Decision",
    "Delivery",
    "Dispute",
    "Erasure",
    "Export",
    "FactorKey",
    "Genesis",
    "Group",
    "Issuer",
    "Key",
    "Mandate",
    "Material",
    "NoticeRead",
    "Predecessor",
    "Resolution",
    "SignaturePlace",
    "SignatureVerification",
]

KINDS = (
    Genesis,
    Key,
    Anchor,
    Export,
    Erasure,
    Correction,
    Administration,
    Credential,
    Mandate,
    Consent,
    Authentication,
    Confirmation,
    SignatureVerification,
    Delivery,
    NoticeRead,
    Decision,
    Dispute,
    Resolution,
)
"""All types, in the order of the format's table."""
