"""What evidence refuses. A court's tool raises these without the service, so they have a root of their own.

EvidenceError
├── NotCanonical     JSON that is not in the one canonical form, or over a limit
├── BadNote          not a signed note, or a known key's signature does not verify
│   └── NoKnownKey   a well-formed note, but signed by none of the given keys
├── BadKey           a verifier key that is malformed, weak, or of a kind not known here
├── BadCheckpoint    text that is no checkpoint, or of another origin
├── BadTile          a tile path or tile bytes outside tlog-tiles
├── BadProof         a tlog-proof that does not parse, or does not prove the entry
├── BadWitnessing    a tlog-witness request that does not parse
├── BadPolicy        a tlog-policy that does not parse, or whose quorum is not met
├── RecordError      a record that breaks the schema of its type
│   ├── WrongIssuer  signed by no key of the type's family
│   └── NewerFormat  a version or code that this verifier does not know: not a fault of the record
├── ApprovalRefused  approvals that don't carry what needs several persons
├── BadTrust         a trust.json that can't be read
└── BadPackage       an archive that must not be opened
    └── NotAPackage  no court package at all
"""

from typing import ClassVar


class EvidenceError(Exception):
    """Root; `code` is stable, the message is fit for the public."""

    code: ClassVar[str] = "evidence"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotCanonical(EvidenceError):
    """JSON outside the canonical form of the evidence format, or over a limit."""

    code = "not_canonical"


class BadNote(EvidenceError):
    """Bytes that are no signed note, or a known key whose signature does not verify."""

    code = "bad_note"


class NoKnownKey(BadNote):
    """A well-formed note that none of the given keys has signed."""

    code = "no_known_key"


class BadKey(EvidenceError):
    """A verifier key that is malformed, weak, or of a kind that is not known here."""

    code = "bad_key"


class BadCheckpoint(EvidenceError):
    """Text that is no checkpoint, or a checkpoint of another log."""

    code = "bad_checkpoint"


class BadTile(EvidenceError):
    """A tile path, tile or entry bundle outside tlog-tiles."""

    code = "bad_tile"


class BadProof(EvidenceError):
    """A tlog-proof that does not parse, or that does not prove the entry."""

    code = "bad_proof"


class BadPolicy(EvidenceError):
    """A tlog-policy that does not parse, or whose quorum is not met."""

    code = "bad_policy"


class BadWitnessing(EvidenceError):
    """Bytes that are no add-checkpoint request of tlog-witness."""

    code = "bad_witnessing"


class RecordError(EvidenceError):
    """A record, or a value disclosed from it, breaks the schema of its type; `member` says where."""

    code = "bad_record"

    def __init__(self, member: str, reason: str) -> None:
        super().__init__(f"{member}: {reason}")
        self.member = member
        self.reason = reason


class WrongIssuer(RecordError):
    """The record is signed by no good key of its type's family."""

    code = "wrong_issuer"


class NewerFormat(RecordError):
    """A version or code that this verifier does not know; the verdict is NOT CONFIRMED, never INVALID."""

    code = "newer_format"


class ApprovalRefused(EvidenceError):
    """Approvals that don't carry the act; `rule` names what they break."""

    code = "approval_refused"

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


class BadTrust(EvidenceError):
    """A trust.json that can't be read."""

    code = "bad_trust"


class BadPackage(EvidenceError):
    """An archive that breaks the package's rules and must not be opened; `rule` names the rule."""

    code = "bad_package"

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


class NotAPackage(BadPackage):
    """Not a court package at all."""

    code = "not_a_package"
