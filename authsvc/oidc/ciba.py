"""Client-initiated backchannel authentication (OpenID CIBA Core 1.0, poll and ping; FAPI-CIBA forbids push).

The person's device is the service itself: a message names who asks and why, and leads to a page in the person's own
session. A client that can show a number gets one, and the page asks for it: whoever did not start this at the relying
party can't know it, and one wrong number ends the request.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from authsvc import accounts
from authsvc.accounts import Assent, Person
from authsvc.clock import uuid7
from authsvc.keys import b64url
from authsvc.limits import Budget
from authsvc.login.sessions import Session
from authsvc.oidc import clients, words
from authsvc.oidc.authorize import hash_code
from authsvc.oidc.clients import Sender
from authsvc.oidc.errors import (
    AccessDenied,
    AuthorizationPending,
    ExpiredToken,
    InvalidAuthorizationRequest,
    InvalidBindingMessage,
    InvalidGrant,
    InvalidScope,
    SlowDown,
    UnauthorizedClient,
    UnknownUser,
)
from authsvc.oidc.fapi import check_context
from authsvc.oidc.jose import ID_TOKEN, NotVerified, signing_keys
from authsvc.oidc.pushed import take_signed
from authsvc.oidc.relying_party import CIBA_GRANT, RelyingParty
from authsvc.oidc.request import AuthorizationRequest
from authsvc.oidc.scopes import CLAIMS_BY_SCOPE
from authsvc.oidc.tokens import ACCESS_TOKEN_S, describe_login
from authsvc.outside import Accepted, Message, Permanent, Temporary, channel_of
from authsvc.outside.guard import Guard
from authsvc.outside.http import Http, Unreachable
from authsvc.service import Service
from authsvc.store import Tx, grants, people
from authsvc.store import ciba as rows
from authsvc.store.ciba import CibaRow
from authsvc.store.grants import GrantRow

LIFE_S = 120
LONGEST_S = 600
PAUSE_S = 5
ID_BYTES = 32
MAX_ID = 128
MAX_BINDING = 120
"""Characters: as many as fit into a message beside who asks."""
MAX_HINT = 256
MAX_NOTIFICATION = 1_024
"""CIBA Core 7.1."""
HINTS = ("login_hint", "id_token_hint", "login_hint_token")
PROMPTS = Budget("ciba", 5, 10 * 60_000)
"""Prompts that one relying party may bring one person in ten minutes: a phone that rings all night says yes at last."""
PING = "ciba_ping"
AGAIN_MS = 10_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says, as it lies sealed in its row. `number` is empty where the client can't show one."""

    auth_req_id: str
    binding_message: str
    number: str
    notification_token: str

    @classmethod
    def of(cls, svc: Service, row: CibaRow) -> "Asked":
        """What lies in the row."""
        return cls(*orjson.loads(svc.keys.unseal("ciba", row.sealed, row.id.encode())))


@dataclass(frozen=True, slots=True)
class Started:
    """What the client is told."""

    auth_req_id: str
    expires_in: int
    interval: int
    confirmation_number: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A request as its person sees it."""

    row: CibaRow
    party: RelyingParty
    binding_message: str
    needs_number: bool


async def start(svc: Service, sender: Sender, pairs: Sequence[tuple[str, str]]) -> Started:
    """A new request of an authenticated client; the person gets a message. Raises OAuthError, TooManyAttempts."""
    party, form = await clients.authenticate_form(svc, sender, pairs)
    if CIBA_GRANT not in party.grant_types:
        raise UnauthorizedClient("the client is not registered for CIBA")
    if "request" in form:
        form = dict(await take_signed(svc, party, form["request"]))
    elif party.signs_messages:
        raise InvalidAuthorizationRequest("request: this client signs its requests (CIBA Core 7.1.1)")
    scopes = _scopes(party, form)
    check_context(party, form.get("binding_message", ""), "")
    binding, expires_in, token = _binding(form), _lifetime(form), _notification(party, form)
    person = await _person(svc, party, form)
    await svc.limits.spend(PROMPTS, f"{person.id} {party.id}")
    now = svc.clock.now()
    asked = Asked(
        auth_req_id=b64url(svc.entropy(ID_BYTES)),
        binding_message=binding,
        number=f"{int.from_bytes(svc.entropy(16)) % 100:02d}" if party.extra.get("ciba_number_display") is True else "",
        notification_token=token,
    )
    name = uuid7(now, svc.entropy)
    parts = [asked.auth_req_id, asked.binding_message, asked.number, asked.notification_token]
    row = CibaRow(
        id=name,
        hash=hash_code(asked.auth_req_id),
        client_id=party.id,
        account=person.id,
        scopes=scopes,
        sealed=svc.keys.seal("ciba", orjson.dumps(parts), name.encode()),
        state=rows.OPEN,
        pause=PAUSE_S * 1000,
        expires_at=now + expires_in * 1000,
    )
    page = f"{svc.settings.issuer}/ciba/{name}"
    text = f"{party.name[person.locale]}: {binding}\n{page}" if binding else f"{party.name[person.locale]}\n{page}"
    message = Message(
        channel_of(person.address),
        person.address,
        text,
        name,
        link=page,
        subject=words.SIGN_IN_SUBJECT.say(person.locale),
        until=row.expires_at,
    )
    delivery, posting = svc.courier.prepare(message)

    async def act(tx: Tx) -> bool:
        await rows.insert(tx, row)
        account = await people.account_by_id(tx, person.id)
        # To others a frozen person is one who does not answer: the request is there, and no message goes out.
        active = account is not None and account.state == "active"
        if active:
            await tx.together(posting)
        return active

    if await svc.store.transact(act):
        svc.courier.hand_over(delivery, message)
    return Started(asked.auth_req_id, expires_in, PAUSE_S, asked.number)


async def show(svc: Service, session: Session, request: str) -> Shown | None:
    """The pending request, for its own person alone."""
    row = await rows.of_person(svc.store, request, session.account)
    if row is None or row.state != rows.OPEN or row.expires_at <= svc.clock.now():
        return None
    party = await clients.find(svc, row.client_id)
    if party is None:
        return None
    asked = Asked.of(svc, row)
    return Shown(row, party, asked.binding_message, bool(asked.number))


def consent_request(shown: Shown) -> AuthorizationRequest:
    """What the person agrees to, in the form in which consents are asked."""
    return AuthorizationRequest(
        client_id=shown.party.id, redirect_uri="", scopes=tuple(shown.row.scopes.split()), challenge=""
    )


async def answer(svc: Service, session: Session, row: CibaRow, number: str, assent: Assent | None) -> bool:
    """Write the person's answer down; `assent` is what they agreed to, None for a no.

    False when nothing was approved: refused, a wrong number, too late, or answered before. The consent is recorded
    before the request is approved, so no token stands on none.
    """
    asked = Asked.of(svc, row)
    right = assent is not None and "".join(number.split()) == asked.number
    now = svc.clock.now()
    person = await accounts.person_by_id(svc, session.account)
    if right and assent is not None and person is not None:
        await accounts.give_consent(svc, person, assent)
    grant = GrantRow(
        id=uuid7(now, svc.entropy),
        client_id=row.client_id,
        account=session.account,
        sid=session.sid,
        scopes=row.scopes,
        claims="",
        created_at=now,
        expires_at=now + (LONGEST_S + ACCESS_TOKEN_S) * 1000,
        offline="offline_access" in row.scopes.split(),
    )
    party = await clients.find(svc, row.client_id)
    sector = party.sector if party else ""
    bare = AuthorizationRequest(client_id=row.client_id, redirect_uri="", scopes=(), challenge="", sector=sector)
    told = orjson.loads(await describe_login(svc, bare, session, session.acr))
    claims = orjson.dumps({**told, "urn:openid:params:jwt:claim:auth_req_id": asked.auth_req_id}).decode()
    ping = await _ping(svc, row, asked)

    async def act(tx: Tx) -> tuple[bool, bool]:
        if not right:
            return False, await rows.deny(tx, row.id)
        if not await rows.approve(tx, row.id, grant.id, claims, now):
            return False, False
        await grants.insert_grant(tx, grant)
        return True, True

    approved, changed = await svc.store.transact(act)
    if changed and ping is not None:
        delivery, posting = svc.courier.prepare(ping)
        await svc.store.transact(lambda tx: tx.together(posting))
        svc.courier.hand_over(delivery, ping)
    return approved


async def _ping(svc: Service, row: CibaRow, asked: Asked) -> Message | None:
    """What tells the client that it may ask now: the id alone, by its own token (CIBA Core 10.2)."""
    party = await clients.find(svc, row.client_id)
    endpoint = str(party.extra.get("backchannel_client_notification_endpoint") or "") if party else ""
    if not asked.notification_token or not endpoint:
        return None
    return Message(
        PING, endpoint, orjson.dumps({"auth_req_id": asked.auth_req_id}).decode(), "", asked.notification_token
    )


async def redeem(svc: Service, client_id: str, auth_req_id: str) -> tuple[GrantRow, str, str]:
    """(grant, sub, ID token claims) of an approved request, once. Raises the refusals of CIBA Core 11."""
    if not 0 < len(auth_req_id) <= MAX_ID or not auth_req_id.isascii():
        raise InvalidGrant(_UNKNOWN)
    now = svc.clock.now()

    async def act(tx: Tx) -> tuple[GrantRow, str, str] | Exception:
        polled = await rows.poll(tx, hash_code(auth_req_id), client_id, now)
        if polled is None or polled[0].state == "used":
            return InvalidGrant(_UNKNOWN)
        row, early = polled
        if row.state == "denied":
            return AccessDenied("the person did not agree")
        if row.state == rows.OPEN and row.expires_at <= now:
            return ExpiredToken("the request is over")
        if early:
            return SlowDown("polled too fast; wait five seconds longer each time")
        if row.state != "approved" or row.grant_id is None:
            return AuthorizationPending("the person has not answered yet")
        grant = await grants.grant_alive(tx, row.grant_id, now)
        account = await people.account_by_id(tx, grant.account) if grant else None
        if grant is None or account is None or not await rows.use(tx, row.id):
            return InvalidGrant(_UNKNOWN)
        return grant, account.sub, row.id_token_claims

    done = await svc.store.transact(act)
    if isinstance(done, Exception):
        raise done
    return done


_UNKNOWN = "auth_req_id is unknown or used, or is another client's"


def _scopes(party: RelyingParty, form: Mapping[str, str]) -> str:
    asked = dict.fromkeys(form.get("scope", "").split())
    if "openid" not in asked:
        raise InvalidScope("scope: openid is needed")
    return " ".join(scope for scope in asked if scope in CLAIMS_BY_SCOPE and scope in party.scopes)


def _binding(form: Mapping[str, str]) -> str:
    text = form.get("binding_message", "")
    if len(text) > MAX_BINDING or not text.isprintable():
        raise InvalidBindingMessage(f"binding_message: at most {MAX_BINDING} printable characters")
    return text


def _lifetime(form: Mapping[str, str]) -> int:
    text = form.get("requested_expiry", str(LIFE_S))
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) <= LONGEST_S:
        raise InvalidAuthorizationRequest(f"requested_expiry: whole seconds, at most {LONGEST_S}")
    return int(text)


def _notification(party: RelyingParty, form: Mapping[str, str]) -> str:
    """The token for the ping, of a client that is registered for it."""
    if party.extra.get("backchannel_token_delivery_mode") != "ping":
        return ""
    token = form.get("client_notification_token", "")
    if not 0 < len(token) <= MAX_NOTIFICATION or not token.isascii() or not token.isprintable():
        raise InvalidAuthorizationRequest("client_notification_token is needed for ping")
    return token


async def _person(svc: Service, party: RelyingParty, form: Mapping[str, str]) -> Person:
    """The person behind the one hint. Raises InvalidAuthorizationRequest, UnknownUser."""
    given = [name for name in HINTS if form.get(name)]
    if len(given) != 1:
        raise InvalidAuthorizationRequest("exactly one hint is needed: login_hint or id_token_hint")
    if given[0] == "login_hint_token":
        raise InvalidAuthorizationRequest("login_hint_token: none is issued here")
    hint = form[given[0]]
    person = None
    if given[0] == "login_hint" and len(hint) <= MAX_HINT:
        person = await accounts.person_by_login(svc, hint) or await accounts.person_known_to(svc, party.id, hint)
    elif given[0] == "id_token_hint":
        try:
            claims = signing_keys(svc.keys).verify(hint, ID_TOKEN)
        except NotVerified as error:
            raise InvalidAuthorizationRequest("id_token_hint is no ID token of this issuer") from error
        if claims.get("aud") != party.id:
            raise InvalidAuthorizationRequest("id_token_hint was issued to another client")
        person = await accounts.person_known_to(svc, party.id, str(claims["sub"]))
    if person is None:
        raise UnknownUser("the hint names nobody here")
    return person


class Ping:
    """Tells a client that its request has an answer (CIBA Core 10.2)."""

    def __init__(self, http: Http, guard: Guard) -> None:
        self._http = http
        self._guard = guard

    async def send(self, message: Message) -> Accepted | Temporary | Permanent:
        """POST the id with the client's own bearer token."""
        try:
            pinned = await self._guard.resolve(message.address)
            reply = await self._http.call(
                message.address,
                message.text.encode(),
                media_type="application/json",
                pinned=pinned,
                bearer=message.code,
            )
        except Unreachable:
            return Temporary(AGAIN_MS)
        return Accepted("") if 200 <= reply.status < 300 else Temporary(AGAIN_MS)
