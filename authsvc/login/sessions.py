"""Sessions: OWASP ASVS 5.0 7.2 and 7.3, NIST 800-63B-4 AAL2. One row each, so every process sees the same end.

The token is 256 random bits, new at every sign-in and step-up, and stored as its SHA-256. `sid` is what tokens call the
session; it is another random value and opens nothing.
"""

import hashlib
from dataclasses import dataclass

import orjson

from authsvc.keys import b64url
from authsvc.login.decide import Standing, assure
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import sessions as rows
from authsvc.store.sessions import SessionRow

TOKEN_BYTES = 32
SID_BYTES = 16
TOUCH_MS = 60_000
"""A session's last sight is written at most once a minute, so that reading pages costs no commit each."""


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser. `record` is the id of its `authentication` record; times are milliseconds."""

    account: str
    sub: str
    sid: str
    methods: tuple[str, ...]
    acr: str
    amr: tuple[str, ...]
    record: str
    authenticated_at: int
    """When the first of its factors was accepted: a step-up does not make it younger."""
    expires_at: int
    token_hash: bytes

    @property
    def standing(self) -> Standing:
        """What it proves, for the decision which step is next."""
        return Standing(self.sub, self.methods, self.authenticated_at)


@dataclass(frozen=True, slots=True)
class Opening:
    """A session about to be written: the token goes to the browser once the transaction held."""

    token: str
    row: SessionRow


async def find(svc: Service, token: str | None) -> Session | None:
    """The living session of this token. Its idle time starts anew."""
    if token is None:
        return None
    now = svc.clock.now()
    row = await rows.session_alive(svc.store, hash_token(token), now)
    if row is None:
        return None
    if now - row.seen_at > TOUCH_MS:
        idle_until = now + svc.settings.session_idle_seconds * 1000

        async def touch(tx: Tx) -> None:
            await rows.touch_session(tx, row.token_hash, now, idle_until)

        await svc.store.transact(touch)
    return session_of_row(row)


def prepare(
    svc: Service, account: str, sub: str, methods: tuple[str, ...], record: str, earlier: Session | None
) -> Opening:
    """A session for what was just accepted. `earlier`: the session that is stepped up, whose limits stay."""
    now = svc.clock.now()
    token = b64url(svc.entropy(TOKEN_BYTES))
    row = SessionRow(
        token_hash=hash_token(token),
        sid=b64url(svc.entropy(SID_BYTES)),
        account=account,
        sub=sub,
        methods=orjson.dumps(methods).decode(),
        record_id=record,
        authenticated_at=earlier.authenticated_at if earlier else now,
        seen_at=now,
        idle_until=now + svc.settings.session_idle_seconds * 1000,
        expires_at=earlier.expires_at if earlier else now + svc.settings.session_absolute_seconds * 1000,
    )
    return Opening(token, row)


async def write(tx: Tx, opening: Opening, old: Session | None) -> str:
    """Write the session and let go of the browser's old one; the `sid` that holds.

    The same person's session keeps its `sid`, so tokens issued in it live on; another person's ends.
    """
    if old is not None:
        sid = await rows.renew_session(tx, old.token_hash, opening.row)
        if sid is not None:
            return sid
        await rows.end_session(tx, old.token_hash, opening.row.seen_at)
    await rows.insert_session(tx, opening.row)
    return opening.row.sid


def session_of_row(row: SessionRow) -> Session:
    """The session behind its row: acr and amr follow from the methods."""
    methods = tuple(orjson.loads(row.methods))
    assurance = assure(methods)
    return Session(
        row.account,
        row.sub,
        row.sid,
        methods,
        assurance.acr,
        assurance.amr,
        row.record_id,
        row.authenticated_at,
        row.expires_at,
        row.token_hash,
    )


def hash_token(token: str) -> bytes:
    """How a token is stored: 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).digest()
