"""The device grant: RFC 8628. A device without a browser shows a code; the person types it here, and agrees.

The code is typed even where a link carried it: a link alone, sent by a stranger, approves nothing (RFC 8628 5.4). Which
clients may use this is a permission of their registration; no confirmation and no signature is ever asked for this way.
"""

from collections.abc import Mapping, Sequence

from authsvc.clock import uuid7
from authsvc.keys import b64url
from authsvc.limits import Budget
from authsvc.login.sessions import Session
from authsvc.oidc import clients
from authsvc.oidc.authorize import hash_code
from authsvc.oidc.clients import Sender
from authsvc.oidc.errors import (
    AccessDenied,
    AuthorizationPending,
    ExpiredToken,
    InvalidAuthorizationDetails,
    InvalidGrant,
    InvalidScope,
    SlowDown,
    UnauthorizedClient,
)
from authsvc.oidc.relying_party import DEVICE_GRANT
from authsvc.oidc.request import AuthorizationRequest
from authsvc.oidc.scopes import CLAIMS_BY_SCOPE
from authsvc.oidc.tokens import ACCESS_TOKEN_S, describe_login
from authsvc.service import Service
from authsvc.store import Tx, devices, grants, people
from authsvc.store.devices import DeviceRow
from authsvc.store.grants import GrantRow

LIFE_S = 600
PAUSE_S = 5
CODE_BYTES = 32
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
"""Letters that are not mistaken for each other and make no words (RFC 8628 6.1): 20^8 codes, about 34 bits."""
USER_CODE = 8
ANEW = 8
"""Tries to find a user code that is free."""
TYPED = Budget("user-code", 10, 10 * 60_000)
"""Codes that one person may type: with the codes' number a guess is hopeless (RFC 8628 5.1)."""
MAX_CODE = 128


async def start(svc: Service, sender: Sender, pairs: Sequence[tuple[str, str]], page: str) -> Mapping[str, object]:
    """A new request of an authenticated client; what its device is told. `page` is where codes are typed."""
    party, form = await clients.authenticate_form(svc, sender, pairs)
    if DEVICE_GRANT not in party.grant_types:
        raise UnauthorizedClient("the client is not registered for the device grant")
    asked = dict.fromkeys(form.get("scope", "openid").split())
    if "openid" not in asked:
        raise InvalidScope("scope: openid is needed")
    scopes = " ".join(scope for scope in asked if scope in CLAIMS_BY_SCOPE and scope in party.scopes)
    if "authorization_details" in form:
        raise InvalidAuthorizationDetails("authorization_details: a device asks for no confirmation and no signature")
    now = svc.clock.now()
    code = b64url(svc.entropy(CODE_BYTES))
    for _ in range(ANEW):
        typed = _new_user_code(svc)
        row = DeviceRow(
            id=uuid7(now, svc.entropy),
            device_hash=hash_code(code),
            user_mac=_mac(svc, typed),
            client_id=party.id,
            scopes=scopes,
            state=devices.OPEN,
            pause=PAUSE_S * 1000,
            expires_at=now + LIFE_S * 1000,
        )
        if await _insert(svc, row):
            shown = f"{typed[:4]}-{typed[4:]}"
            return {
                "device_code": code,
                "user_code": shown,
                "verification_uri": page,
                "verification_uri_complete": f"{page}?user_code={shown}",
                "expires_in": LIFE_S,
                "interval": PAUSE_S,
            }
    raise RuntimeError("no user code was free")


async def find(svc: Service, session: Session, typed: str) -> AuthorizationRequest | None:
    """The request behind a typed code, as the consent page takes it; None for a wrong one. Raises TooManyAttempts."""
    await svc.limits.spend(TYPED, session.account)
    code = "".join(letter for letter in typed.upper() if letter in ALPHABET)
    if len(code) != USER_CODE or len(typed) > MAX_CODE:
        return None
    row = await devices.by_user_code(svc.store, _mac(svc, code), svc.clock.now())
    if row is None:
        return None
    party = await clients.find(svc, row.client_id)
    if party is None:
        return None
    return AuthorizationRequest(
        client_id=row.client_id,
        redirect_uri="",
        scopes=tuple(row.scopes.split()),
        challenge="",
        sector=party.sector,
        device=row.id,
    )


async def answer(svc: Service, request: AuthorizationRequest, session: Session, *, given: bool) -> bool:
    """Write the person's answer down; False when the request has one, or its time is over."""
    if not given:
        return await svc.store.transact(lambda tx: devices.deny(tx, request.device))
    now = svc.clock.now()
    grant = GrantRow(
        id=uuid7(now, svc.entropy),
        client_id=request.client_id,
        account=session.account,
        sid=session.sid,
        scopes=" ".join(request.scopes),
        claims="",
        created_at=now,
        expires_at=now + (LIFE_S + ACCESS_TOKEN_S) * 1000,
        offline="offline_access" in request.scopes,
    )
    claims = await describe_login(svc, request, session, session.acr)

    async def act(tx: Tx) -> bool:
        if not await devices.approve(tx, request.device, grant.id, claims, now):
            return False
        await grants.insert_grant(tx, grant)
        return True

    return await svc.store.transact(act)


async def redeem(svc: Service, client_id: str, code: str) -> tuple[GrantRow, str, str]:
    """(grant, sub, ID token claims) of an approved request, once. Raises the refusals of RFC 8628 3.5."""
    if not 0 < len(code) <= MAX_CODE or not code.isascii():
        raise InvalidGrant(_UNKNOWN)
    now = svc.clock.now()

    async def act(tx: Tx) -> tuple[GrantRow, str, str] | Exception:
        polled = await devices.poll(tx, hash_code(code), client_id, now)
        if polled is None or polled[0].state == "used":
            return InvalidGrant(_UNKNOWN)
        row, early = polled
        if row.expires_at <= now:
            return ExpiredToken("the device code is over; ask for a new one")
        if early:
            return SlowDown("polled too fast; wait five seconds longer each time")
        if row.state == "denied":
            return AccessDenied("the person did not agree")
        if row.state != "approved" or row.grant_id is None:
            return AuthorizationPending("the person has not answered yet")
        grant = await grants.grant_alive(tx, row.grant_id, now)
        account = await people.account_by_id(tx, grant.account) if grant else None
        if grant is None or account is None or not await devices.use(tx, row.id):
            return InvalidGrant(_UNKNOWN)
        return grant, account.sub, row.id_token_claims

    done = await svc.store.transact(act)
    if isinstance(done, Exception):
        raise done
    return done


async def _insert(svc: Service, row: DeviceRow) -> bool:
    return await svc.store.transact(lambda tx: devices.insert(tx, row))


_UNKNOWN = "the device code is unknown or used, or is another client's"


def _new_user_code(svc: Service) -> str:
    """Even letters: each is drawn from 128 bits, so the remainder favours none."""
    return "".join(ALPHABET[int.from_bytes(svc.entropy(16)) % len(ALPHABET)] for _ in range(USER_CODE))


def _mac(svc: Service, user_code: str) -> bytes:
    return svc.keys.mac("user-code", user_code.encode())
