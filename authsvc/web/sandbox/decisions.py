"""`POST /sandbox/ciba`: stands for a citizen's own phone, so that a program can answer a backchannel request for them.

The invented citizen signs in (with a session and an `authentication` record of their own, which says that it was a
phone's push behind a password) and answers on the page's own ground: same act, same consent, same number.
"""

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from authsvc import accounts
from authsvc.clock import uuid7
from authsvc.evidence import kinds
from authsvc.evidence.forms import NONE
from authsvc.evidence.log import Ticket
from authsvc.keys import b64url
from authsvc.login import sessions
from authsvc.login.sessions import Session, session_of_row
from authsvc.oidc import ciba
from authsvc.oidc.authorize import hash_code
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import ciba as rows
from authsvc.store import sessions as session_rows
from authsvc.web.ciba import assent_of
from authsvc.web.pages import service_of
from confirmations.assurance import assess

METHODS = ("password", "push")
NONCE_BYTES = 32


async def decide(request: Request) -> Response:
    """`auth_req_id`, `login`, `action` (`approve` or `deny`), as JSON or as a form."""
    svc = service_of(request)
    asked = await _read(request)
    action = asked.get("action")
    if action not in ("approve", "deny"):
        return JSONResponse({"detail": "action: approve or deny"}, 400)
    person = await accounts.person_by_login(svc, str(asked.get("login", "")))
    row = await rows.by_hash(svc.store, hash_code(str(asked.get("auth_req_id", ""))))
    if person is None or row is None or row.account != person.id:
        return JSONResponse({"detail": "no such request of this citizen"}, 404)
    session = await _sign_in(svc, person)
    shown = await ciba.show(svc, session, row.id)
    if shown is None:
        return JSONResponse({"detail": "the request has its answer, or is over"}, 409)
    number = ciba.Asked.of(svc, row).number
    assent = assent_of(svc, session, shown, person.locale) if action == "approve" else None
    approved = await ciba.answer(svc, session, row, number, assent)
    return JSONResponse({"approved": approved})


async def _read(request: Request) -> dict[str, object]:
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            found = orjson.loads(await request.body())
        except orjson.JSONDecodeError:
            return {}
        return found if isinstance(found, dict) else {}
    return {str(name): value for name, value in (await request.form()).items()}


async def _sign_in(svc: Service, person: accounts.Person) -> Session:
    now = svc.clock.now()
    record = uuid7(now, svc.entropy)
    opening = sessions.prepare(svc, person.id, person.sub, METHODS, record, None)
    draft = kinds.Authentication(
        id=record,
        time=now,
        login="accepted",
        login_method=METHODS,
        login_acr=assess(METHODS).acr,
        login_statement=b64url(svc.entropy(NONCE_BYTES)),
        person=person.subject,
        mandate=NONE,
        person_name=person.name,
        credential=(NONE, NONE),
        tries=1,
        first_try=now,
        last_try=now,
        person_device="sandbox",
        login_session=opening.row.sid,
        vouched_by=NONE,
        relying_party_record=NONE,
        policy_record=svc.in_force.get("login_policy", NONE),
    )

    async def act(tx: Tx) -> Ticket:
        await session_rows.insert_session(tx, opening.row)
        return await svc.log.stage(tx, draft)

    await svc.log.settled(await svc.store.transact(act))
    return session_of_row(opening.row)


ROUTES = (Route("/sandbox/ciba", decide, methods=["POST"]),)
