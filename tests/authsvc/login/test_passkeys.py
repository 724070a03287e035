"""A passkey from enrolment to revocation on both databases: the rows that the pages' tests meet on one alone."""

import json

import pytest

from authsvc import passkeys
from authsvc.keys import b64url
from authsvc.login.answers import SignedIn, answer_passkey
from authsvc.login.errors import LoginRefused
from authsvc.passkeys import By
from tests.authsvc.login.conftest import SEEN, Door
from tests.peers.authenticator import Authenticator

pytestmark = pytest.mark.anyio

ORIGIN = "http://localhost:8000"


async def show(door: Door, key: Authenticator, counter: int) -> SignedIn:
    flow, salt = door.begin(), passkeys.new_salt(door.svc)
    challenge = b64url(passkeys.challenge_of(flow.id, flow.nonce, salt))
    answer = key.get(challenge, "localhost", counter=counter)
    return await answer_passkey(door.svc, flow, answer, salt, SEEN, None)


async def test_a_passkey_is_enrolled_used_renamed_and_revoked(door: Door) -> None:
    session = (await door.sign_in()).session
    by = By(session.account, session.sid, session.record, session.acr, session.authenticated_at)
    offer = await passkeys.begin(door.svc, by)
    key = Authenticator(ORIGIN, counter=3)
    factor = await passkeys.enrol(door.svc, by, offer.ticket, key.create(json.loads(offer.options)), "Ноутбук")
    assert (await show(door, key, 4)).session.methods == ("passkey",)
    with pytest.raises(LoginRefused):
        await show(door, key, 4)
    [known] = await passkeys.listed(door.svc, door.person.id)
    assert (known.row.state, known.row.last_step) == ("suspended", 4)
    await passkeys.rename(door.svc, by, factor, "Ескі")
    await passkeys.revoke(door.svc, by, factor)
    assert await passkeys.listed(door.svc, door.person.id) == []
    with pytest.raises(LoginRefused):
        await show(door, key, 9)
    events = [text for text, _ in await door.records("credential")][-3:]
    assert [next(e for e in ("enrolled", "suspended", "revoked") if e in text) for text in events] == [
        "enrolled",
        "suspended",
        "revoked",
    ]
