"""The operators' desk for switches: one stops, and what guards identity starts again when two approved it (ASVS 2.3.5).

Each approves by their own confirmation of the very request that names the record of the stop; what needs no approval
starts at once.
"""

import orjson

from authsvc import accounts, approvals, staff, switching
from authsvc.accounts import Person
from authsvc.approvals import Matter, Standing
from authsvc.approving import Given
from authsvc.confirm import Answerer
from authsvc.errors import Conflict, Unauthenticated
from authsvc.evidence.approvals import request_digest
from authsvc.restarts.words import DRAWN_UP, LABELS
from authsvc.service import Service
from authsvc.store import switches as rows
from authsvc.store.switches import SwitchRow

ROLE = "operator"
APPROVED = "approved at the operators' desk"
"""The ground of a start that persons approved; their confirmations say the rest."""


async def stopped(svc: Service, answerer: Answerer) -> list[tuple[SwitchRow, Standing | None]]:
    """What is stopped now, with how far its start is approved (None: it needs nobody's approval)."""
    await staff.demand(svc, answerer.account, answerer.acr, ROLE)
    found = []
    for row in await rows.stopped(svc.store):
        needed = switching.approvals_needed(svc, row.kind)
        found.append((row, await _standing(svc, row) if needed else None))
    return found


async def stop(svc: Service, answerer: Answerer, kind: str, object_: str, ground: str) -> None:
    """Stop it on all processes within a second. NotFound without the role; InvalidRequest, Conflict."""
    person = await _operator(svc, answerer)
    await switching.stop(svc, kind, object_, ground=ground, by=person.subject)


async def start(svc: Service, answerer: Answerer, kind: str, object_: str) -> str:
    """Start it again: at once where nobody need approve, and then ""; else the id of the confirmation by which this
    operator approves. NotFound without the role, or when it is not stopped; Conflict after a refusal of theirs."""
    person = await _operator(svc, answerer)
    if not switching.approvals_needed(svc, kind):
        ground = "started again at the operators' desk"
        await switching.start(svc, kind, object_, ground=ground, given=Given(), by=person.subject)
        return ""
    request = await switching.request_start(svc, kind, object_)
    return await approvals.ask(svc, _matter(request), person)


async def settle(svc: Service, answerer: Answerer) -> None:
    """Start again whatever enough persons have approved. NotFound without the role."""
    for row, standing in await stopped(svc, answerer):
        needed = switching.approvals_needed(svc, row.kind)
        if standing is None or standing.declined or len({each.person for each in standing.approved}) < needed:
            continue
        given = Given(records=[each.record for each in standing.approved])
        try:
            await switching.start(svc, row.kind, row.object, ground=APPROVED, given=given)
        except Conflict:  # another operator's page was first
            continue


async def _operator(svc: Service, answerer: Answerer) -> Person:
    await staff.demand(svc, answerer.account, answerer.acr, ROLE)
    person = await accounts.person_by_id(svc, answerer.account)
    if person is None:
        raise Unauthenticated("nobody is signed in here")
    return person


async def _standing(svc: Service, row: SwitchRow) -> Standing:
    request = await switching.request_start(svc, row.kind, row.object)
    return await approvals.standing(svc, row.record_id, request_digest(request), ROLE)


def _matter(request: bytes) -> Matter:
    """The matter is the record of the stop; the lines say in words what starts again."""
    asked = orjson.loads(request)
    lines = [
        (label, str(value))
        for label, value in zip(LABELS, (f"{asked['kind']} {asked['object']}", asked["stopped"]), strict=True)
    ]
    return Matter(
        asked["stopped"], request_digest(request), f"switch/{asked['kind']}/{asked['object']}", lines, DRAWN_UP
    )
