"""The end of a session: RP-Initiated Logout 1.0 and Back-Channel Logout 1.0 (OpenID Connect).

Who asks is known by an ID token of ours; without one nothing ends and nobody is sent anywhere unasked. Each relying
party that got tokens in the session, and registered an address for it, is told by a logout token in the outbox.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import orjson

from authsvc.clock import Clock, Entropy
from authsvc.keys import Keys, b64url
from authsvc.login import sessions
from authsvc.login.sessions import Session, hash_token
from authsvc.oidc import clients
from authsvc.oidc.errors import InvalidAuthorizationRequest
from authsvc.oidc.jose import ID_TOKEN, LOGOUT_TOKEN, NotVerified, signing_keys
from authsvc.oidc.relying_party import RelyingParty
from authsvc.oidc.request import MAX_STATE, MAX_TOKEN_HINT
from authsvc.outside import Accepted, Message, Permanent, Temporary
from authsvc.outside.guard import Guard
from authsvc.outside.http import Http, Unreachable
from authsvc.pairwise import tell_session, tell_subject
from authsvc.service import Service
from authsvc.store import Change, Tx, grants
from authsvc.store import sessions as rows
from authsvc.store.outbox import Delivery
from authsvc.store.sessions import SessionRow

CHANNEL = "backchannel_logout"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
TOKEN_S = 120
"""Seconds that a logout token is good for; it is made when it is sent (Back-Channel Logout 2.4)."""
JTI_BYTES = 16
AGAIN_MS = 10_000


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """What a relying party asks when it sends a browser here. `sid` and `subject` are those of its ID token."""

    party: RelyingParty | None
    redirect_uri: str
    state: str
    sid: str = ""
    subject: str = ""

    def is_about(self, svc: Service, session: Session) -> bool:
        """Whether the relying party showed an ID token of this very session: then nobody need be asked."""
        return (self.sid, self.subject) == _told(svc, self.party, session) if self.party else False

    @property
    def target(self) -> str:
        """Where the browser goes afterwards; empty if it stays."""
        if not self.redirect_uri:
            return ""
        state = {"state": self.state} if self.state else {}
        joint = "&" if urlsplit(self.redirect_uri).query else "?"
        return self.redirect_uri + (joint + urlencode(state) if state else "")


async def read_request(svc: Service, asked: Mapping[str, str]) -> LogoutRequest:
    """The request, checked. InvalidAuthorizationRequest for a hint that is none of ours; an address that the client did
    not register, or of a client that is not known, is no address."""
    hint = asked.get("id_token_hint", "")
    claims = _claims_of(svc, hint) if hint else {}
    client_id = asked.get("client_id", "") or str(claims.get("aud", ""))
    if claims and claims["aud"] != client_id:
        raise InvalidAuthorizationRequest("client_id is not that of the id_token_hint")
    party = await clients.find(svc, client_id) if client_id else None
    address, state = asked.get("post_logout_redirect_uri", ""), asked.get("state", "")
    registered = party is not None and address in party.post_logout_redirect_uris
    if len(state) > MAX_STATE or not state.isprintable():
        raise InvalidAuthorizationRequest(f"state: at most {MAX_STATE} printable characters")
    return LogoutRequest(
        party, address if registered else "", state, str(claims.get("sid", "")), str(claims.get("sub", ""))
    )


def _claims_of(svc: Service, hint: str) -> Mapping[str, object]:
    """An expired ID token is still a hint (RP-Initiated Logout 2)."""
    try:
        if len(hint) > MAX_TOKEN_HINT:
            raise NotVerified("too long")
        return signing_keys(svc.keys).verify(hint, ID_TOKEN)
    except NotVerified as error:
        raise InvalidAuthorizationRequest("id_token_hint is no ID token of this issuer") from error


async def end_session(svc: Service, token: str | None) -> None:
    """End the session of this token, if there is one, with the tokens issued in it; its relying parties are told."""
    session = await sessions.find(svc, token)
    if session is None or token is None:
        return
    now = svc.clock.now()
    messages = await _messages(svc, session)
    told = [svc.courier.prepare(message) for message in messages]

    async def act(tx: Tx) -> bool:
        if await rows.end_session(tx, hash_token(token), now) is None:
            return False
        if told:
            await tx.together(*(posting for _, posting in told))
        return True

    if await svc.store.transact(act):
        svc.courier.carry_soon([(delivery, message) for (delivery, _), message in zip(told, messages, strict=True)])


async def end_sessions(svc: Service, account: str, sids: Sequence[str]) -> int:
    """End these sessions of the account, on every process with the next request; how many lived. Their relying parties
    are told. Raises ReadOnly."""
    now = svc.clock.now()
    alive = [row for row in await rows.sessions_of(svc.store, account, now) if row.sid in sids]
    told = await announce(svc, alive)

    async def act(tx: Tx) -> int:
        ended = [await rows.end_session_of(tx, account, row.sid, now) for row in alive]
        if told:
            await tx.together(*(posting for (_, posting), _ in told))
        return sum(ended)

    ended = await svc.store.transact(act)
    svc.courier.carry_soon([(delivery, message) for (delivery, _), message in told])
    return ended


async def announce(svc: Service, ending: Sequence[SessionRow]) -> list[tuple[tuple[Delivery, Change], Message]]:
    """What the relying parties of these sessions are told; its changes go into the transaction that ends them."""
    messages = [each for row in ending for each in await _messages(svc, sessions.session_of_row(row))]
    return [(svc.courier.prepare(message), message) for message in messages]


async def _messages(svc: Service, session: Session) -> list[Message]:
    found = []
    for client_id in await grants.clients_of_session(svc.store, session.sid):
        party = await clients.find(svc, client_id)
        if party is not None and party.backchannel_logout_uri:
            sid, sub = _told(svc, party, session)
            about = orjson.dumps({"aud": party.id, "sub": sub, "sid": sid}).decode()
            found.append(Message(CHANNEL, party.backchannel_logout_uri, about, ""))
    return found


def _told(svc: Service, party: RelyingParty, session: Session) -> tuple[str, str]:
    """(sid, sub) as this relying party knows them."""
    sid = tell_session(svc.keys, party.sector, session.sid)
    return sid, tell_subject(svc.keys, party.sector, session.sub)


class BackChannel:
    """Tells a relying party of a session's end; the token is made when it leaves, so it is never an old one."""

    def __init__(self, issuer: str, keys: Keys, http: Http, guard: Guard, clock: Clock, entropy: Entropy) -> None:
        self._issuer = issuer
        self._keys = keys
        self._http = http
        self._guard = guard
        self._clock = clock
        self._entropy = entropy

    async def send(self, message: Message) -> Accepted | Temporary | Permanent:
        """POST the logout token; any answer but 200 and 204 is one to try again."""
        body = urlencode({"logout_token": self._token(orjson.loads(message.text))}).encode()
        try:
            pinned = await self._guard.resolve(message.address)
            form = "application/x-www-form-urlencoded"
            reply = await self._http.call(message.address, body, media_type=form, pinned=pinned)
        except Unreachable:
            return Temporary(AGAIN_MS)
        return Accepted("") if reply.status in (200, 204) else Temporary(AGAIN_MS)

    def _token(self, about: Mapping[str, object]) -> str:
        now = self._clock.now() // 1000
        claims = {
            "iss": self._issuer,
            **about,
            "iat": now,
            "exp": now + TOKEN_S,
            "jti": b64url(self._entropy(JTI_BYTES)),
            "events": {EVENT: {}},
        }
        return signing_keys(self._keys).sign(claims, LOGOUT_TOKEN)
