"""Four eyes: members of staff approve one matter, each by their own digital confirmation of exactly that matter.

A matter is bytes with a digest. The statement that an approver confirms names this digest, so the confirmation's record
proves what was approved, and the matter's own record names those records (`approvals`, evidence format section 2).
Distinct means distinct IIN: one person approves once (attack case 39).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from authsvc import accounts, confirm, staff
from authsvc.accounts import Person
from authsvc.confirm import Asker
from authsvc.errors import Conflict, NotFound
from authsvc.evidence.approvals import DESK, NEEDED, Approved, by_confirmation
from authsvc.evidence.errors import ApprovalRefused
from authsvc.evidence.record import parse
from authsvc.oidc import clients
from authsvc.oidc.relying_party import RelyingParty
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import staff as rows
from confirmations.policy import CODE_LIFETIME, SECOND

LIFETIME_S = CODE_LIFETIME // SECOND
"""As long as the code: whoever comes too late asks again."""
AGAIN = ("expired", "failed", "cancelled")
"""Outcomes after which the same person may be asked anew; a refusal stands."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What is to be approved. `name` is a line, `lines` label (kk, ru, en) and value; `text` says it by locale."""

    id: str
    digest: str
    name: str
    lines: Sequence[tuple[Mapping[str, str], str]]
    text: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the approval of a matter is. `declined`: somebody said no; `asked` is account to (request, state)."""

    approved: tuple[Approved, ...]
    declined: bool
    asked: Mapping[str, tuple[str, str]]

    @property
    def enough(self) -> bool:
        """Two distinct persons, and nobody against."""
        return not self.declined and len({each.person for each in self.approved}) >= NEEDED


async def ask(svc: Service, matter: Matter, person: Person) -> str:
    """The id of the confirmation by which this person may approve; asked twice it is the same one.

    Raises Conflict after a refusal of theirs; TooManyAttempts, ReadOnly.
    """
    before = {row.account: row for row in await rows.approvals_of(svc.store, matter.id)}.get(person.id)
    if before is not None and before.state == "declined":
        raise Conflict("this person has declined already")
    if before is not None and before.state not in AGAIN:
        return before.request_id
    labelled = [{"kind": "labelled", "label": label, "content": value} for label, value in matter.lines]
    body = {
        "act": confirm.STAFF_ACT,
        "fields": [{"kind": "document", "name": matter.name, "digest": matter.digest}, *labelled],
        "text": matter.text,
        "lifetime": LIFETIME_S,
    }
    view = await confirm.ask_member(svc, await desk(svc), person, body)

    async def act(tx: Tx) -> bool:
        return await rows.put_approval(tx, matter.id, person.id, view.id, before.request_id if before else "")

    if not await svc.store.transact(act):
        raise Conflict("this person was asked a moment ago")
    return view.id


async def standing(svc: Service, matter: str, digest: str, role: str) -> Standing:
    """Who has approved, each judged by the record of their confirmation and by the role that they hold now."""
    asked = await rows.approvals_of(svc.store, matter)
    approved = []
    for row in asked:
        if row.state != "confirmed" or row.record_id is None or role not in await staff.roles_of(svc, row.account):
            continue
        person = await accounts.person_by_id(svc, row.account)
        found = await approval_of(svc, row.record_id)
        if person is not None and found is not None and (found.person, found.request) == (person.subject, digest):
            approved.append(found)
    declined = any(row.state == "declined" for row in asked)
    return Standing(tuple(approved), declined, {row.account: (row.request_id, row.state) for row in asked})


async def approval_of(svc: Service, record_id: str) -> Approved | None:
    """What this record of the log approves, and who does, if it is such a confirmation at our own desk."""
    settled = await svc.log.find(record_id)
    statement = (await svc.log.vault.blobs(svc.store, record_id)).get("statement")
    if settled is None or statement is None:
        return None
    disclosures = await svc.log.vault.disclosures(svc.store, record_id)
    if not any(each.name == "rp" and each.value == DESK for each in disclosures):
        return None
    try:
        return by_confirmation(parse(settled.entry), disclosures, statement)
    except ApprovalRefused:
        return None


async def desk(svc: Service) -> Asker:
    """This service as the relying party that asks its own staff, registered when it is first needed."""
    party = await clients.find(svc, DESK)
    if party is None:
        name = svc.settings.organisation
        own = RelyingParty(
            id=DESK, name={"kk": name, "ru": name, "en": name}, auth_method="none", grant_types=(), scopes=()
        )
        try:
            party = (await clients.register(svc, own, ground="the service asks its own staff")).party
        except Conflict:
            party = await clients.find(svc, DESK)
    if party is None:
        raise NotFound("the desk is not registered")
    return Asker(party.id, party.name, party.record)
