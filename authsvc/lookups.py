"""The support desk: staff find a person by IIN or address, for a purpose that they name (law duties L8, L29a).

Each look-up is a record about the person, who sees it among their own: when, for what, and by which sign-in of staff.
What staff see is masked, and never a code, a text that was confirmed, or an answer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from authsvc import accounts, staff
from authsvc.accounts import Person
from authsvc.clock import uuid7
from authsvc.confirm import Answerer
from authsvc.errors import InvalidRequest
from authsvc.evidence import kinds
from authsvc.evidence.forms import NONE
from authsvc.evidence.log import Ticket
from authsvc.keys import unb64url
from authsvc.limits import Budget
from authsvc.service import Service
from authsvc.store import Tx, people, proofs
from authsvc.store.erasures import account_of
from authsvc.store.proofs import RequestRow
from confirmations.texts import check_line

ROLE = "support"
HOUR_MS = 3600 * 1000
OF_MEMBER = Budget("look-ups", 60, HOUR_MS)
"""Look-ups of one member of staff: enough for a day at the telephone, too few to leaf through a country."""
PURPOSES = ("call", "delivery", "security", "authority")
"""What a look-up may be for; the ground says it in words."""
SHORTEST_GROUND, LONGEST_GROUND = 10, 300
MOST = 50
"""Requests on the timeline: the newest."""
_IIN = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, slots=True)
class Found:
    """A person as the desk sees them: nothing whole that leads to them, and nothing that opens anything."""

    name: str
    number: str
    address: str
    state: str
    methods: Sequence[str]
    requests: Sequence[RequestRow]


async def look_up(svc: Service, answerer: Answerer, wanted: str, purpose: str, ground: str) -> Found | None:
    """The person of this IIN or address; None where there is nobody. Recorded either way before anything is told.

    NotFound without the role; InvalidRequest, StatementRefused without a purpose and its ground; TooManyAttempts,
    ReadOnly.
    """
    await staff.demand(svc, answerer.account, answerer.acr, ROLE)
    svc.log.demand_writable()
    if purpose not in PURPOSES:
        raise InvalidRequest(f"purpose: one of {', '.join(PURPOSES)}")
    ground = " ".join(ground.split())
    check_line(ground, "ground", LONGEST_GROUND)
    if len(ground) < SHORTEST_GROUND:
        raise InvalidRequest(f"ground: at least {SHORTEST_GROUND} characters")
    await svc.limits.spend(OF_MEMBER, answerer.account)
    person = await _find(svc, "".join(wanted.split()))
    await _record(svc, answerer, person, purpose, ground)
    return await _seen(svc, person) if person is not None else None


async def _find(svc: Service, wanted: str) -> Person | None:
    if _IIN.fullmatch(wanted):
        handle = await svc.log.vault.find(svc.store, f"iin:{wanted}")
        account = await account_of(svc.store, unb64url(handle)) if handle else None
    else:
        account = await people.account_by_address(svc.store, accounts.address_mac(svc, wanted))
    return await accounts.person_by_id(svc, account) if account else None


async def _record(svc: Service, answerer: Answerer, person: Person | None, purpose: str, ground: str) -> None:
    now = svc.clock.now()
    record = kinds.Administration(
        id=uuid7(now, svc.entropy),
        time=now,
        administration_kind="look_up",
        administration_event="done",
        person=person.subject if person else None,
        about=() if answerer.authentication == NONE else (answerer.authentication,),
        object=f"support desk: {purpose}",
        administration_ground=ground,
    )

    async def act(tx: Tx) -> Ticket:
        return await svc.log.stage(tx, record)

    await svc.log.settled(await svc.store.transact(act))


async def _seen(svc: Service, person: Person) -> Found:
    row = await people.account_by_id(svc.store, person.id)
    factors = await people.factors_of(svc.store, person.id)
    return Found(
        name=mask_name(person.name),
        number=f"•••• •••• {person.subject[-4:]}",
        address=mask_address(person.address),
        state=row.state if row else "",
        methods=tuple(dict.fromkeys(each.method for each in factors)),
        requests=await proofs.newest_requests(svc.store, person.id, MOST),
    )


def mask_name(name: str) -> str:
    """The first word whole, of the others the first letter: enough to greet, too little to find somebody by."""
    first, *others = name.split()
    return " ".join([first, *(f"{each[0]}." for each in others)])


def mask_address(address: str) -> str:
    """The end of a number, or the host of a mailbox."""
    if "@" in address:
        name, _, host = address.partition("@")
        return f"{name[:1]}•••@{host}"
    return f"•••{address[-4:]}"
