"""The invited person enrols: login name, password, one-time codes; the link is used up by the same transaction."""

from dataclasses import dataclass

import orjson

from authsvc import accounts, staff
from authsvc.accounts import Enrolment
from authsvc.errors import Conflict, InvalidRequest, NotFound
from authsvc.invitations.inviting import PURPOSE, Invited, hash_token
from authsvc.keys import SealBroken, b64url, unb64url
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import invitations as rows
from confirmations.methods import totp

LONGEST_TOKEN = 64
_SEED = "invitation-seed"


@dataclass(frozen=True, slots=True)
class Begun:
    """What the page shows: the seed for an authenticator app, and the same sealed for the form that comes back."""

    ticket: str
    seed: str
    uri: str


async def find(svc: Service, token: str) -> tuple[str, Invited]:
    """(id, who is invited) behind an open link. NotFound for one that is used, over, or none: the three are told
    alike."""
    row = await rows.by_hash(svc.store, hash_token(token)) if 0 < len(token) <= LONGEST_TOKEN else None
    if row is None or row.state != rows.OPEN or row.expires_at <= svc.clock.now():
        raise NotFound("this link was used, or its time is over")
    return row.id, Invited(*orjson.loads(svc.keys.unseal(PURPOSE, row.sealed, row.id.encode())))


def begin(svc: Service, token: str, ticket: str = "") -> Begun:
    """A seed for this link's page; that of a form that came back, where its ticket holds."""
    try:
        seed = svc.keys.unseal(_SEED, unb64url(ticket), token.encode()) if ticket else totp.make_seed(svc.entropy)
    except (SealBroken, ValueError) as error:
        raise InvalidRequest("this page was not made for this link") from error
    sealed = ticket or b64url(svc.keys.seal(_SEED, seed, token.encode()))
    organisation = svc.settings.organisation
    return Begun(sealed, totp.write_seed(seed), totp.write_uri(seed, account=organisation, issuer=organisation))


async def accept(svc: Service, token: str, ticket: str, login: str, password: str, code: str) -> str:
    """Enrol whom the link invites; the account's id. The link is used up, and with a role comes its record.

    Raises NotFound, WrongAnswer for a code that the app would not show, PasswordRefused, Conflict (login name or person
    known already), InvalidRequest, ReadOnly.
    """
    svc.log.demand_writable()
    invitation, invited = await find(svc, token)
    begun = begin(svc, token, ticket)
    named = accounts.read_login(login)
    if not 0 < len(named) <= 256 or not named.isprintable():
        raise InvalidRequest("login: 1 to 256 letters")
    now = svc.clock.now()
    seed = svc.keys.unseal(_SEED, unb64url(ticket), token.encode())
    challenge = totp.issue(invitation, svc.entropy)
    _, step = totp.judge(challenge, code, seed=seed, last_step=totp.NO_STEP, now=now, factor_id=invitation)
    enrolment = Enrolment(
        login=named,
        password=password,
        totp_secret=begun.seed,
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

    account = await accounts.enrol(svc, enrolment, use)
    if invited.role:
        await staff.give(svc, account, f"iin:{invited.iin}", invited.role, ground=invited.ground)
    return account
