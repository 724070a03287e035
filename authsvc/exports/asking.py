"""Who may ask for which evidence, and the export as it begins."""

from authsvc import accounts, cases, staff
from authsvc.accounts import Person
from authsvc.clock import uuid7
from authsvc.confirm import Answerer, Asker
from authsvc.errors import InvalidRequest, NotFound, TooManyAttempts, Unauthenticated
from authsvc.evidence.approvals import NONCE_BYTES
from authsvc.evidence.audience import Audience, concerns
from authsvc.evidence.record import parse
from authsvc.exports.application import COURT_KINDS, Application, check, digest_of, pack, write
from authsvc.limits import Budget
from authsvc.replay import ReplayKey
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import exports as rows
from authsvc.store.exports import ExportRow

DAY_MS = 24 * 3600 * 1000
WAIT_MS = 7 * DAY_MS
"""An export that nobody approves, or nobody makes, in this time is over."""
KEEP_MS = 7 * DAY_MS
"""How long a finished package lies here, sealed."""
MOST_OPEN = {"person": 3, "relying_party": 20, "staff": 50}
"""Exports of one asker that are under way or lie here as packages: what is kept is bounded by it."""
OWN_A_DAY = Budget("own-exports", 10, DAY_MS)
ROLE = "auditor"
SEAL = "export"


async def ask_as_party(svc: Service, asker: Asker, acts: tuple[str, ...], key: ReplayKey) -> str:
    """A relying party asks for its own acts; the export's id, for a replayed key that of then.

    NotFound when one of them is not its own; InvalidRequest, TooManyAttempts, IdempotencyKeyReused, ReadOnly.
    """
    application = check(Application(kind="person", acts=acts, recipient=asker.client_id, ground="own acts"))
    replayed = await key.find(svc.store)
    if replayed is not None:
        return replayed
    audience = Audience(client_id=asker.client_id)
    for record_id in acts:
        settled = await svc.log.find(record_id)
        disclosed = await svc.log.vault.disclosures(svc.store, record_id) if settled else []
        if settled is None or not concerns(parse(settled.entry), disclosed, audience):
            raise NotFound("acts: no such record")
    return await _begin(svc, "relying_party", asker.client_id, asker.client_id, application, "queued", key)


async def ask_as_person(svc: Service, answerer: Answerer, since: int = 0, until: int = 0) -> str:
    """A person asks for their own evidence, of a period or all; the export's id. Raises InvalidRequest,
    TooManyAttempts, ReadOnly."""
    person = await _person(svc, answerer)
    if not await cases.records_about(svc, person.subject):
        raise InvalidRequest("there is no record about this person")
    application = check(
        Application(
            kind="person",
            subject=person.subject,
            since=since,
            until=until,
            recipient=person.name,
            ground="own records",
        )
    )
    await svc.limits.spend(OWN_A_DAY, person.id)
    return await _begin(svc, "person", person.id, person.subject, application, "queued")


async def ask_as_staff(svc: Service, answerer: Answerer, application: Application) -> str:
    """A member of staff asks for a court, an authority or an auditor; the export's id. Nothing is looked up before two
    have approved.

    NotFound without the role; InvalidRequest, TooManyAttempts, ReadOnly.
    """
    await staff.demand(svc, answerer.account, answerer.acr, ROLE)
    if application.kind not in COURT_KINDS:
        raise InvalidRequest(f"kind: one of {', '.join(COURT_KINDS)}")
    person = await _person(svc, answerer)
    return await _begin(svc, "staff", person.id, person.subject, check(application), "waiting")


async def _person(svc: Service, answerer: Answerer) -> Person:
    person = await accounts.person_by_id(svc, answerer.account)
    if person is None:
        raise Unauthenticated("nobody is signed in here")
    return person


async def _begin(
    svc: Service,
    asker: str,
    asked_by: str,
    named: str,
    application: Application,
    state: str,
    key: ReplayKey | None = None,
) -> str:
    svc.log.demand_writable()
    row = _row(svc, asker, asked_by, named, application, state)
    now, export_id = row.created_at, row.id
    handle = await svc.log.vault.find(svc.store, application.subject) if application.subject else None
    subjects = [handle] if handle else []

    async def act(tx: Tx) -> str:
        if key is not None and (known := await key.claim(tx, export_id, now)) != export_id:
            return known
        await rows.hold_asker(tx, asker, asked_by)
        if await rows.count_open(tx, asker, asked_by) >= MOST_OPEN[asker]:
            raise TooManyAttempts("too many exports are under way or not yet collected", now + DAY_MS)
        await rows.insert(tx, row)
        await rows.add_subjects(tx, export_id, subjects)
        return export_id

    return await svc.store.transact(act)


def _row(svc: Service, asker: str, asked_by: str, named: str, application: Application, state: str) -> ExportRow:
    now = svc.clock.now()
    export_id = uuid7(now, svc.entropy)
    record_id = uuid7(now, svc.entropy)
    nonce = svc.entropy(NONCE_BYTES)
    request = write(application, record_id=record_id, asked_by=named, nonce=nonce, now=now)
    return ExportRow(
        id=export_id,
        asker=asker,
        asked_by=asked_by,
        sealed=svc.keys.seal(SEAL, pack(application, request), export_id.encode()),
        court_order=svc.keys.seal(SEAL, application.order, f"{export_id}/order".encode()),
        digest=digest_of(request),
        silent=bool(application.silent_ground),
        state=state,
        reason="",
        done=0,
        total=0,
        size=0,
        claim="",
        attempts=0,
        record_id=record_id,
        created_at=now,
        expires_at=now + WAIT_MS,
    )
