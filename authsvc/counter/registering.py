"""A first registration: the clerk checks a document, hands over a link of one use and recovery codes, both on paper.

The person chooses login name and password on a device of their own, so no clerk ever sees them.
"""

import unicodedata
from dataclasses import dataclass, replace

from authsvc import invitations, recovery_codes, staff
from authsvc.addresses import read_mailbox
from authsvc.errors import Conflict, Forbidden, InvalidRequest
from authsvc.factors import FRESH_MS
from authsvc.invitations import Invited
from authsvc.keys import b64url
from authsvc.limits import Budget
from authsvc.service import Service
from authsvc.store import invitations as rows
from authsvc.store import people

ROLE = "enroller"
DAY_MS = 24 * 3600 * 1000
OPEN_MS = 7 * DAY_MS
OF_CLERK = Budget("registrations", 200, DAY_MS)
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Clerk:
    """The session of a member of staff: account, `authentication` record, acr, methods, since when."""

    account: str
    authentication: str
    acr: str
    methods: tuple[str, ...]
    authenticated_at: int


@dataclass(frozen=True, slots=True)
class Registered:
    """What is printed once: the link, until when it is good (ms), the recovery codes."""

    link: str
    until: int
    codes: tuple[str, ...]
    name: str
    locale: str


async def demand_clerk(svc: Service, clerk: Clerk, role: str = ROLE) -> None:
    """NotFound without the role; Forbidden unless a passkey was shown within the last ten minutes."""
    await staff.demand(svc, clerk.account, clerk.acr, role)
    if not has_passkey(svc, clerk):
        raise Forbidden("this desk wants a sign-in with a passkey, not longer ago than ten minutes")


def has_passkey(svc: Service, clerk: Clerk) -> bool:
    """Whether the clerk has shown a passkey a moment ago."""
    return "passkey" in clerk.methods and clerk.authenticated_at >= svc.clock.now() - FRESH_MS


async def register(svc: Service, clerk: Clerk, body: object, shown: str, mailbox: str = "") -> Registered:
    """Open a registration for a person who stands at the counter; `shown` says by which document they were identified.

    `body`: iin, name, locale, address. Raises NotFound, Forbidden, InvalidRequest, Conflict (an account is there),
    TooManyAttempts, Overloaded, ReadOnly.
    """
    svc.log.demand_writable()
    await demand_clerk(svc, clerk)
    document = read_line(shown, "shown")
    ground = f"registered at the counter; shown: {document}; sign-in of the clerk {clerk.authentication}"
    invited = invitations.read_invited(body, ground)
    second = read_mailbox(mailbox) if mailbox.strip() else ""
    handle = await svc.log.vault.find(svc.store, f"iin:{invited.iin}")
    if handle and await people.account_by_handle(svc.store, handle):
        raise Conflict("this person has an account already")
    await svc.limits.spend(OF_CLERK, clerk.account)
    made = await recovery_codes.make(svc)
    invited = replace(
        invited, mailbox=second, salt=b64url(made.salt), hashes=tuple(b64url(each) for each in made.hashes)
    )
    return await _open(svc, invited, made.codes)


async def _open(svc: Service, invited: Invited, codes: tuple[str, ...]) -> Registered:
    row, link = invitations.open_link(svc, invited, "", OPEN_MS)
    await svc.store.transact(lambda tx: tx.together(rows.to_insert(row)))
    return Registered(link, row.expires_at, codes, invited.name, invited.locale)


def read_line(typed: str, member: str) -> str:
    """One line of text in its one form. Raises InvalidRequest, which names the member and never the value."""
    line = " ".join(unicodedata.normalize("NFC", typed).split())
    if not 0 < len(line) <= LONGEST or not line.isprintable():
        raise InvalidRequest(f"{member}: 1 to {LONGEST} letters")
    return line
