"""Approvals by several persons: who, of what exactly, by which confirmation or EDS (evidence format, sections 2, 5).

What is approved is a *request*: canonical bytes that hold the act, the id of the record that will be written and a
nonce. An approver confirms a statement of the act `approval` or `document` that names the request's digest in a field
of the kind `document`, or signs the request's bytes with their EDS. So an approval serves one act, once, and its digest
tells nothing of the request. *Distinct* persons are distinct IINs.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from authsvc.evidence.canonical import Value, dumps, loads_strict
from authsvc.evidence.errors import ApprovalRefused, EvidenceError
from authsvc.evidence.forms import ID, NONE
from authsvc.evidence.kinds.parts import Approval
from authsvc.evidence.record import Disclosure, Entry, check_disclosure
from confirmations import ConfirmationError, Document, Statement
from confirmations.canonical import write_base64url
from signatures import Indication, SignatureReport
from signatures.algorithms import HASHES

FORMAT: Final = "authsvc/approval/v1"
ACTS: Final = ("approval", "document")
"""The acts of a statement by which a person approves."""
DESK: Final = "authsvc-staff-desk"
"""The client id of the service itself when it asks its own staff; no relying party can register it."""
NEEDED: Final = 2
"""Persons who must approve an erasure, an export on demand, a key's revocation, the sealing of a log."""
NONCE_BYTES: Final = 16
_OWN: Final = frozenset({"approval", "act", "id", "nonce"})


@dataclass(frozen=True, slots=True)
class Approved:
    """One person's approval, checked against what stands behind it. `request`: base64url SHA-256 of what they saw."""

    person: str
    """`iin:` and 12 digits."""
    request: str
    record: str = NONE
    """Id of their `confirmation` record."""
    signature: str = NONE
    """Digest of their EDS."""


def write_request(act: str, record_id: str, nonce: bytes, members: Mapping[str, Value]) -> bytes:
    """The bytes that approvers approve. `record_id` is the record to be written; `nonce` has 128 fresh random bits.

    ValueError when a member takes one of the request's own names; NotCanonical for a value outside the form.
    """
    if taken := _OWN & members.keys():
        raise ValueError(f"{min(taken)} is a member of every request")
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"a nonce has {NONCE_BYTES} bytes")
    ID.judge(record_id)
    own: dict[str, Value] = {"approval": FORMAT, "act": act, "id": record_id, "nonce": write_base64url(nonce)}
    return dumps({**own, **members})


def read_request(data: bytes, act: str) -> dict[str, Value]:
    """The members of a request for this act, its own among them. ApprovalRefused when it is none."""
    try:
        value = loads_strict(data)
    except EvidenceError as error:
        raise ApprovalRefused("request", f"the request is not readable: {error.message}") from error
    if not isinstance(value, dict) or not value.keys() >= _OWN or value["approval"] != FORMAT or value["act"] != act:
        raise ApprovalRefused("request", f"not a request for the act {act}")
    try:
        ID.judge(value["id"])
    except ValueError as error:
        raise ApprovalRefused("request", "the request names no record id") from error
    return value


def request_digest(request: bytes) -> str:
    """What the statement's `document` field and every approval name: base64url of SHA-256."""
    return write_base64url(hashlib.sha256(request).digest())


def by_confirmation(
    entry: Entry, disclosures: Iterable[Disclosure], statement: bytes, *, asked_by: str = DESK
) -> Approved:
    """The approval that a `confirmation` record proves. The entry's own signature and place are the caller's matter.

    `statement`: the canonical bytes behind the entry's digest; `asked_by`: the client id that must have asked, so that
    no other relying party can have a person approve unawares. ApprovalRefused unless the person confirmed a statement
    of an act that approves, with exactly one document.
    """
    if entry.type != "confirmation" or entry.body["outcome"] != "confirmed":
        raise ApprovalRefused("not_confirmed", "the record named as an approval is no confirmation of one")
    person = ""
    try:
        for disclosure in disclosures:
            if check_disclosure(entry, disclosure).name == "person_subject":
                person = str(disclosure.value)
        asked = Statement.of(loads_strict(statement))
    except (EvidenceError, ConfirmationError) as error:
        raise ApprovalRefused("unreadable", "what stands behind the approval's record can't be read") from error
    documents = [one for one in asked.fields if isinstance(one, Document)]
    if asked.digest() != entry.body["statement"] or asked.act not in ACTS or len(documents) != 1:
        raise ApprovalRefused("not_an_approval", "the statement confirmed is no approval of one request")
    if asked.rp.client_id != asked_by:
        raise ApprovalRefused("asked_by_another", "the approval was asked by somebody else")
    return Approved(_person(person), documents[0].digest, record=entry.id)


def by_signature(one: SignatureReport, request: bytes) -> Approved:
    """The approval that an EDS over the request's bytes proves; ApprovalRefused unless it is TOTAL-PASSED over them."""
    covered = one.coverage
    hashes = {each.name: each for each in HASHES.values()}
    if covered is None or not covered.seen or covered.digest_algorithm not in hashes:
        raise ApprovalRefused("content", "the signature does not show what it covers")
    if covered.digest != hashes[covered.digest_algorithm].of(request):
        raise ApprovalRefused("another_request", "the signature covers something else than this request")
    if one.indication is not Indication.TOTAL_PASSED or not one.path or one.signer is None or not one.signer.iin:
        raise ApprovalRefused("signature", "the signature is not proven to be that of a natural person")
    digest = write_base64url(hashlib.sha256(one.signature).digest())
    return Approved(_person(f"iin:{one.signer.iin}"), request_digest(request), signature=digest)


def _person(subject: str) -> str:
    if not subject.startswith("iin:"):
        raise ApprovalRefused("no_person", "an approval is given by a natural person")
    return subject


def agree(
    given: Iterable[Approved], request: bytes, *, needed: int = NEEDED, barred: Collection[str] = ()
) -> tuple[Approval, ...]:
    """The value of the slot `approvals`, by person. `barred`: persons who may not approve this (`iin:…`).

    ApprovalRefused when an approval is of another request, by somebody barred, when one person approves twice, or when
    fewer distinct persons than needed do.
    """
    wanted = request_digest(request)
    found: dict[str, Approval] = {}
    for one in given:
        if one.request != wanted:
            raise ApprovalRefused("another_request", "an approval is of something else than this request")
        if one.record == NONE and one.signature == NONE:
            raise ApprovalRefused("nothing_behind", "neither a confirmation nor an EDS stands behind an approval")
        if one.person in barred:
            raise ApprovalRefused("barred", "a person whom the matter concerns may not approve it")
        if one.person in found:
            raise ApprovalRefused("one_person_twice", "one person approved twice; distinct persons are distinct IINs")
        found[one.person] = Approval(one.person, one.record, one.signature)
    if len(found) < needed:
        raise ApprovalRefused("too_few", f"{needed} persons must approve this; {len(found)} did")
    return tuple(found[person] for person in sorted(found))


def distinct(approvals: Sequence[Value]) -> int:
    """How many distinct persons a slot `approvals` names, as a reader finds it."""
    return len({str(each.get("person")) for each in approvals if isinstance(each, dict)})
