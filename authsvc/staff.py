"""Members of staff: roles, given and taken by an `administration` record; who holds none is told that nothing is here.

Every check of a role is `demand`: it wants two factors and denies by default (OWASP ASVS 5.0 8.2.1 and 8.3.1).
"""

from collections.abc import Sequence

from authsvc.clock import uuid7
from authsvc.errors import Conflict, InvalidRequest, NotFound
from authsvc.evidence import kinds
from authsvc.evidence.log import Ticket
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import staff as rows
from confirmations.assurance import MULTI, meets

ROLES = ("auditor", "reviewer", "operator", "support", "enroller")


async def roles_of(svc: Service, account: str) -> frozenset[str]:
    """The roles that this account holds now: read each time, so that a role taken is gone with the next request."""
    return await rows.roles_of(svc.store, account)


async def demand(svc: Service, account: str, acr: str, role: str) -> None:
    """NotFound unless the account holds the role and its session has two factors: a stranger learns of no page."""
    if role not in ROLES or not meets(acr, MULTI) or role not in await roles_of(svc, account):
        raise NotFound("there is nothing here")


async def holders(svc: Service) -> Sequence[tuple[str, str]]:
    """(account, role) of all staff."""
    return await rows.holders(svc.store)


async def give(
    svc: Service, account: str, subject: str, role: str, *, ground: str, approvals: Sequence[kinds.Approval] = ()
) -> str:
    """Give the role to the person (`subject`: `iin:…`); its record's id. Raises Conflict, InvalidRequest, ReadOnly."""
    now = svc.clock.now()
    record = _record(uuid7(now, svc.entropy), now, "added", subject, role, ground, approvals)

    async def act(tx: Tx) -> Ticket:
        if not await rows.give_role(tx, account, role, record.id, now):
            raise Conflict("this person holds the role already")
        return await svc.log.stage(tx, record)

    await svc.log.settled(await svc.store.transact(act))
    return record.id


async def take(
    svc: Service, account: str, subject: str, role: str, *, ground: str, approvals: Sequence[kinds.Approval] = ()
) -> str:
    """Take the role away; its record's id. NotFound when it is not held. Raises InvalidRequest, ReadOnly."""
    now = svc.clock.now()
    record = _record(uuid7(now, svc.entropy), now, "removed", subject, role, ground, approvals)

    async def act(tx: Tx) -> Ticket:
        if await rows.take_role(tx, account, role) is None:
            raise NotFound("this person does not hold the role")
        return await svc.log.stage(tx, record)

    await svc.log.settled(await svc.store.transact(act))
    return record.id


def _record(
    record_id: str, now: int, event: str, subject: str, role: str, ground: str, approvals: Sequence[kinds.Approval]
) -> kinds.Administration:
    if role not in ROLES or not ground:
        raise InvalidRequest(f"a role is one of {', '.join(ROLES)}, and a ground is named")
    return kinds.Administration(
        id=record_id,
        time=now,
        administration_kind="staff_role",
        administration_event=event,
        person=subject,
        object=role,
        administration_ground=ground,
        approvals=tuple(approvals),
    )
