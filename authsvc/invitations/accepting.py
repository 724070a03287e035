"""The invited person enrols: login name, password, one-time codes; the link is used up by the same transaction."""

import orjson

from authsvc import accounts, addresses, app_codes, recovery_codes, staff
from authsvc.accounts import Enrolment
from authsvc.credentials import Ground, Whose
from authsvc.errors import Conflict, InvalidRequest, NotFound
from authsvc.evidence.log import Ticket
from authsvc.invitations.inviting import PURPOSE, Invited, hash_token
from authsvc.keys import unb64url
from authsvc.recovery_codes import Made
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import invitations as rows

LONGEST_TOKEN = 64


async def find(svc: Service, token: str) -> tuple[str, Invited]:
    """(id, who is invited) behind an open link. NotFound for one that is used, over, or none: the three are told
    alike."""
    row = await rows.by_hash(svc.store, hash_token(token)) if 0 < len(token) <= LONGEST_TOKEN else None
    if row is None or row.state != rows.OPEN or row.expires_at <= svc.clock.now():
        raise NotFound("this link was used, or its time is over")
    return row.id, Invited(*orjson.loads(svc.keys.unseal(PURPOSE, row.sealed, row.id.encode())))


async def accept(svc: Service, token: str, ticket: str, login: str, password: str, code: str) -> str:
    """Enrol whom the link invites; the account's id. The link is used up, and with a role comes its record.

    Raises NotFound, WrongAnswer for a code that the app would not show, PasswordRefused, Conflict (login name or person
    known already), InvalidRequest, ReadOnly.
    """
    svc.log.demand_writable()
    invitation, invited = await find(svc, token)
    named = accounts.read_login(login)
    if not 0 < len(named) <= 256 or not named.isprintable():
        raise InvalidRequest("login: 1 to 256 letters")
    now = svc.clock.now()
    seed, step = app_codes.judge(svc, token, ticket, code, invitation)
    enrolment = Enrolment(
        login=named,
        password=password,
        totp_secret=seed,
        iin=invited.iin,
        name=invited.name,
        locale=invited.locale,
        address=invited.address,
        ground=invited.ground,
        totp_step=step,
        vouched_by=invited.vouched_by,
        relying_party_record=invited.relying_party_record,
    )

    async def use(tx: Tx) -> None:
        if not await rows.use(tx, invitation, now):
            raise Conflict("this link was used meanwhile")

    async def hand(tx: Tx, account: str) -> list[Ticket]:
        return await _hand(tx, svc, account, invited)

    account = await accounts.enrol(svc, enrolment, use, hand)
    if invited.role:
        await staff.give(svc, account, f"iin:{invited.iin}", invited.role, ground=invited.ground)
    return account


async def _hand(tx: Tx, svc: Service, account: str, invited: Invited) -> list[Ticket]:
    """What was handed over or told at the counter: a mailbox for notices, recovery codes."""
    whose, ground = Whose(f"iin:{invited.iin}", invited.name), Ground(invited.ground)
    tickets = []
    if invited.mailbox:
        tickets.append(await addresses.write(tx, svc, account, whose, invited.mailbox, ground))
    if invited.hashes:
        made = Made((), unb64url(invited.salt), tuple(unb64url(each) for each in invited.hashes))
        tickets += await recovery_codes.write(tx, svc, account, whose, made, ground)
    return tickets
