"""Factors about to be written, and the `credential` record of what happens to one (evidence format, section 2)."""

from dataclasses import dataclass, replace
from typing import Literal

from authsvc.clock import uuid7
from authsvc.evidence import kinds
from authsvc.evidence.forms import NONE
from authsvc.evidence.kinds import FactorKey
from authsvc.service import Service
from authsvc.store.people import FactorRow


@dataclass(frozen=True, slots=True)
class Ground:
    """Why a factor changes: in words, on whose word, and in which of the person's own sessions, if in one."""

    text: str
    vouched_by: str = NONE
    relying_party_record: str = NONE
    authentication: str = NONE
    acr: str = NONE
    device: str = ""
    about: tuple[str, ...] = ()
    """Records that this leans on: of an earlier enrolment, of approvals."""


@dataclass(frozen=True, slots=True)
class Whose:
    """The person as records name them."""

    subject: str
    name: str


def new_factor(svc: Service, account: str, method: str, secret: bytes, now: int, step: int = -1) -> FactorRow:
    """A factor with its row and the id of its record, not yet written."""
    row = new_row(svc, account, method, now, step)
    return replace(row, sealed=svc.keys.seal("factor", secret, row.id.encode()))


def new_row(
    svc: Service, account: str, method: str, now: int, step: int = -1, lookup: bytes | None = None
) -> FactorRow:
    """The row of an active factor with nothing sealed in it yet: what is sealed is bound to the id."""
    return FactorRow(
        id=uuid7(now, svc.entropy),
        account=account,
        method=method,
        version=1,
        sealed=b"",
        last_step=step,
        state="active",
        record_id=uuid7(now, svc.entropy),
        enrolled_at=now,
        lookup=lookup,
    )


def enrolled(
    svc: Service, factor: FactorRow, whose: Whose, ground: Ground, now: int, address: str = ""
) -> kinds.Credential:
    """The record of the enrolment of a factor without a key of its own."""
    return record_of(svc, factor, "enrolled", factor.record_id, whose, ground, now, address)


def record_of(
    svc: Service,
    factor: FactorRow,
    event: str,
    record_id: str,
    whose: Whose,
    ground: Ground,
    now: int,
    address: str = "",
    *,
    key: FactorKey | Literal["none"] = "none",
    attestation: str = "",
    policy: str = "login_policy",
    trust_store: str = NONE,
) -> kinds.Credential:
    """The record of what happens to a factor; after its enrolment it names that record.

    `key`: of a factor that has one of its own; `policy`: the name of the policy in force that admits its method.
    """
    before = () if event == "enrolled" else (factor.record_id,)
    return kinds.Credential(
        id=record_id,
        time=now,
        credential_event=event,
        factor_method=factor.method,
        person=whose.subject,
        about=(*before, *ground.about),
        authentication=ground.authentication,
        acr=ground.acr,
        person_name=whose.name,
        factor=factor.id,
        factor_key=key,
        person_address=address if factor.method == "code" else "",
        person_device=ground.device,
        attestation=attestation,
        credential_ground=ground.text,
        vouched_by=ground.vouched_by,
        relying_party_record=ground.relying_party_record,
        policy_record=svc.in_force.get(policy, NONE),
        trust_store_record=trust_store,
    )
