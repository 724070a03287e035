"""Acting by a mandate: which one covers an act, and the sum counted in the transaction of the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from authsvc import accounts
from authsvc.accounts import Person
from authsvc.errors import NotFound
from authsvc.keys import unb64url
from authsvc.mandates.document import Document, read_document
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import mandates as rows
from authsvc.store.erasures import account_of
from authsvc.store.mandates import DAY, MONTH, MandateRow, MemberRow
from confirmations.errors import PolicyRefused
from confirmations.fields import Payment

ZONE = timezone(timedelta(hours=5))
"""Days and months of a mandate are those of Kazakhstan."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """For whom a person acts: the entity by BIN and name, the mandate and this person's `mandate` record of it."""

    bin: str
    entity: str
    mandate: MandateRow
    record: str


@dataclass(frozen=True, slots=True)
class Use:
    """What one act takes of a mandate: the amount, 0 without money."""

    mandate: str
    amount: int
    period: str

    def key(self, now: int) -> int:
        """The number of the period that this moment lies in."""
        return period_key(self.period, now)

    async def charge(self, tx: Tx, now: int) -> bool:
        """In the transaction of the answer; False when the mandate does not allow it now."""
        return await rows.charge(tx, self.mandate, self.amount, self.key(now), now)


async def find_capacity(svc: Service, person: Person, bin_: str, act: str, payment: Payment | None) -> Capacity:
    """The mandate by which this person may do this act for the entity. PolicyRefused when there is none; that an entity
    or a mandate exists is told to nobody else."""
    now = svc.clock.now()
    handle = await svc.log.vault.find(svc.store, person.subject)
    entity = await svc.log.vault.find(svc.store, f"bin:{bin_}")
    held = await rows.held_by(svc.store, handle, now) if handle and entity else []
    for mandate, record in held:
        if mandate.bin == entity and act in mandate.acts.split() and _has_room(mandate, payment, now):
            members = await rows.members_of(svc.store, mandate.id)
            return Capacity(bin_, (await document_of(svc, members)).entity, mandate, record)
    raise PolicyRefused("on_behalf_of", "no mandate of this person covers this act for this entity now")


def _has_room(mandate: MandateRow, payment: Payment | None, now: int) -> bool:
    if payment is None:
        return True
    spent = mandate.spent if mandate.period_key == period_key(mandate.period, now) else 0
    within = payment.amount <= mandate.single_limit and spent + payment.amount <= mandate.total_limit
    return within and payment.currency == mandate.currency


async def reachable(svc: Service, mandate: MandateRow) -> list[tuple[Person, str]]:
    """(person, their `mandate` record) for each member who can be asked here, each IIN once."""
    found = []
    for member in await rows.members_of(svc.store, mandate.id):
        account = await account_of(svc.store, unb64url(member.subject))
        person = await accounts.person_by_id(svc, account) if account else None
        if person is not None:
            found.append((person, member.record_id))
    return found


def period_key(period: str, now: int) -> int:
    """Days since 1970, or months since year 0, or 0 for the whole term."""
    local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=now)).astimezone(ZONE)
    if period == DAY:
        return local.toordinal()
    return local.year * 12 + local.month if period == MONTH else 0


async def document_of(svc: Service, members: Sequence[MemberRow]) -> Document:
    """The signed document, as it lies with the records of its members who are not erased. NotFound without any."""
    for member in members:
        raw = (await svc.log.vault.blobs(svc.store, member.record_id)).get("mandate_document")
        if raw is not None:
            return read_document(raw)
    raise NotFound("there is nothing here")
