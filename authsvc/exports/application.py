"""What is asked, as the canonical bytes that approvers confirm and the export record commits to (`export_request`).

The bytes hold a nonce, so their digest tells nothing to who does not have them. They lie sealed until the package is
made, and in the package and behind the export record afterwards.
"""

import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import orjson

from authsvc.clock import rfc3339
from authsvc.errors import InvalidRequest
from authsvc.evidence.approvals import request_digest, write_request
from authsvc.evidence.canonical import Value
from authsvc.keys import b64url
from confirmations.errors import StatementRefused
from confirmations.texts import check_line

ACT = "export"
"""Which act the approvers of a request let happen."""
MOST_ACTS = 100
LONGEST_LINE = 300
LARGEST_ORDER = 5 * 1024 * 1024
LONGEST_PERIOD_MS = 366 * 24 * 3600 * 1000
RECORD = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
SUBJECT = re.compile(r"(?:iin|bin):[0-9]{12}")
COURT_KINDS = ("court", "authority", "auditor")


@dataclass(frozen=True, slots=True)
class Application:
    """What is asked: acts, all records of a subject, or a period (ms, the end not in it), also of a subject.

    `silent_ground`: the legal ground on which the persons concerned are not told; empty, and they are.
    """

    kind: str
    acts: tuple[str, ...] = ()
    subject: str = ""
    since: int = 0
    until: int = 0
    recipient: str = ""
    case_number: str = ""
    ground: str = ""
    silent_ground: str = ""
    order_name: str = ""
    order: bytes = field(default=b"", repr=False)

    @property
    def legal_ground(self) -> str:
        """As the export record says it: ground, case, and that the persons concerned were not told, if so."""
        silent = f"; not told to the persons concerned: {self.silent_ground}" if self.silent_ground else ""
        case = f"; {self.case_number}" if self.case_number else ""
        return f"{self.ground}{case}{silent}"


def check(asked: Application) -> Application:
    """The same, or InvalidRequest with the rule that it breaks."""
    _demand(len(asked.acts) <= MOST_ACTS, f"acts: at most {MOST_ACTS}")
    _demand(all(RECORD.fullmatch(each) for each in asked.acts), "acts: ids of records")
    _demand(not asked.subject or SUBJECT.fullmatch(asked.subject) is not None, "subject: iin: or bin: and 12 digits")
    _demand(bool(asked.acts or asked.subject or asked.until), "acts, a subject or a period is needed")
    _demand(not asked.acts or not (asked.subject or asked.until), "acts go without subject and period")
    _demand(not (asked.since or asked.until) or 0 <= asked.since < asked.until, "the period ends after it begins")
    _demand(bool(asked.subject) or asked.until - asked.since <= LONGEST_PERIOD_MS, "the period is a year at most")
    _demand(len(asked.order) <= LARGEST_ORDER, f"order: a file of {LARGEST_ORDER} bytes at most")
    for name in ("recipient", "case_number", "ground", "silent_ground", "order_name"):
        _check_line(name, getattr(asked, name))
    if asked.kind in COURT_KINDS:
        for name in ("recipient", "case_number", "ground"):
            _demand(bool(getattr(asked, name)), f"{name}: is needed")
        _demand(asked.kind != "court" or bool(asked.order), "order: the court's order is needed")
    return asked


def _check_line(name: str, text: str) -> None:
    try:
        if text:
            check_line(text, name, LONGEST_LINE)
    except StatementRefused as error:
        raise InvalidRequest(f"{name}: {error.message}") from error


def _demand(holds: bool, rule: str) -> None:
    if not holds:
        raise InvalidRequest(rule)


def write(asked: Application, *, record_id: str, asked_by: str, nonce: bytes, now: int) -> bytes:
    """The canonical bytes. `asked_by`: the subject or client id that asks; `record_id`: the export's record-to-be."""
    order: Mapping[str, Value] = {}
    if asked.order:
        order = {"name": asked.order_name, "digest": b64url(hashlib.sha256(asked.order).digest())}
    return write_request(
        ACT,
        record_id,
        nonce,
        {
            "acts": list(asked.acts),
            "asked_by": asked_by,
            "case_number": asked.case_number,
            "created": rfc3339(now),
            "ground": asked.ground,
            "kind": asked.kind,
            "order": dict(order),
            "recipient": asked.recipient,
            "silent_ground": asked.silent_ground,
            "since": rfc3339(asked.since) if asked.until else "",
            "subject": asked.subject,
            "until": rfc3339(asked.until) if asked.until else "",
        },
    )


def digest_of(request: bytes) -> str:
    """base64url SHA-256: `export_request`, and the document that approvers confirm."""
    return request_digest(request)


def pack(asked: Application, request: bytes) -> bytes:
    """Application and bytes as one text to be sealed; the order is sealed apart."""
    plain = replace(asked, order=b"")
    members = {name: getattr(plain, name) for name in plain.__dataclass_fields__ if name != "order"}
    return orjson.dumps([members, b64encode(request).decode()])


def unpack(packed: bytes, order: bytes) -> tuple[Application, bytes]:
    """What `pack` packed."""
    members, request = orjson.loads(packed)
    return Application(**{**members, "acts": tuple(members["acts"])}, order=order), b64decode(request)
