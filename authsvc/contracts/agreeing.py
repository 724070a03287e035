"""A relying party puts a contract before its parties; it is concluded when all have said yes, else declined."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from authsvc import accounts, bodies, confirm, telling, webhooks
from authsvc.accounts import Person
from authsvc.clock import uuid7
from authsvc.confirm import Asker
from authsvc.contracts import words
from authsvc.errors import AuthsvcError, InvalidRequest, NotFound
from authsvc.keys import b64url
from authsvc.replay import ReplayKey
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import contracts as rows
from authsvc.store.contracts import ContractRow, PartyRow
from confirmations.agreement import (
    CLAUSE,
    CONCLUDED,
    LONGEST_CLAUSE,
    LONGEST_TERMS,
    MEANS,
    NO,
    WAITS,
    YES,
    Agreement,
    Party,
    conclude,
)
from confirmations.errors import ConfirmationError

SEAL = "contract"
ACT = "document"
NONCE_BYTES = 16
DAY_S = 24 * 3600
LIFETIME_S = 3 * DAY_S
LEAST_S, MOST_S = 3600, 7 * DAY_S
ROUND = 100


@dataclass(frozen=True, slots=True)
class _Known:
    """A party with the person behind it."""

    party: Party
    person: Person
    handle: str


async def propose(svc: Service, asker: Asker, raw: bytes, key: ReplayKey) -> str:
    """{parties: [{subject, by?, bin?}], terms, code: {name, digest}, dispute: {who, how, contact}, lifetime?}; its id.

    Raises InvalidRequest, NotFound (a party whom the relying party does not know), StatementRefused (no readable terms
    or no dispute clause for a party), PolicyRefused, TooManyAttempts, ReadOnly.
    """
    svc.log.demand_writable()
    body = bodies.read_object(bodies.parse(raw), ("parties", "terms", "code", "dispute"), ("lifetime",))
    lifetime = bodies.read_whole(body.get("lifetime", LIFETIME_S), "lifetime", LEAST_S, MOST_S)
    if (replayed := await key.find(svc.store)) is not None:
        return replayed
    known = [await _read_party(svc, asker, each) for each in _read_list(body["parties"])]
    now = svc.clock.now()
    agreement = _read_agreement(svc, body, known, uuid7(now, svc.entropy))
    row = ContractRow(
        agreement.id,
        asker.client_id,
        agreement.digest(),
        svc.keys.seal(SEAL, agreement.canonical(), agreement.id.encode()),
        "open",
        now,
        now + lifetime * 1000,
    )
    parties, told = await _ask_all(svc, asker, agreement, known, lifetime)

    async def act(tx: Tx) -> str:
        if (taken := await key.claim(tx, row.id, now)) != row.id:
            return taken
        await rows.add(tx, row, parties)
        if told:
            await tx.together(*[change for each in told for change in each.changes])
        return row.id

    made = await svc.store.transact(act)
    for each in told if made == row.id else ():
        telling.hand_over(svc, each)
    return made


async def settle(svc: Service, row: ContractRow) -> ContractRow:
    """The contract as its parties' answers have it now; an end is written down and told once."""
    if row.state != "open":
        return row
    now = svc.clock.now()
    parties = await rows.parties_of(svc.store, row.id)
    state = conclude(answer_of(each, late=row.expires_at <= now) for each in parties)
    if state == "open":
        return row
    announcement = await webhooks.prepare(svc, row.client_id)
    event = webhooks.CONTRACT_CONCLUDED if state == CONCLUDED else webhooks.CONTRACT_DECLINED

    async def act(tx: Tx) -> bool:
        if not await rows.end(tx, row.id, state, now):
            return False
        if changes := announcement.changes(event, {"id": row.id, "digest": row.digest}, now):
            await tx.together(*changes)
        return True

    await svc.store.transact(act)
    return await rows.contract_of(svc.store, row.id) or row


async def settle_open(svc: Service) -> int:
    """The worker's round over all that wait; how many ended."""
    ended = 0
    for row in await rows.open_contracts(svc.store, ROUND):
        ended += (await settle(svc, row)).state != "open"
    return ended


def answer_of(party: PartyRow, *, late: bool) -> str:
    """What a party has said. A request that ended in anything but a yes is a no; so is a deadline that passed."""
    if party.means == "eds":
        return YES if party.record_id else NO if late else WAITS
    if party.state == "confirmed":
        return YES
    return WAITS if party.state in ("requested", "sent", "seen") and not late else NO


async def _ask_all(
    svc: Service, asker: Asker, agreement: Agreement, known: Sequence[_Known], lifetime: int
) -> tuple[list[PartyRow], list[telling.Told]]:
    """Ask every party. Where one can't be asked those who were are asked no more, so that nobody answers to nothing."""
    parties: list[PartyRow] = []
    told: list[telling.Told] = []
    try:
        for n, each in enumerate(known, 1):
            request_id = None
            if each.party.by == "confirmation":
                asked = _statement(agreement, each, lifetime)
                request_id = (await confirm.ask(svc, asker, asked, "", b"")).id
            else:
                told.append(telling.prepare(svc, each.person, words.SUBJECT, words.TOLD, f"/contracts/{agreement.id}"))
            parties.append(PartyRow(agreement.id, n, each.handle, each.person.id, each.party.by, request_id, None))
    except (AuthsvcError, ConfirmationError):
        for party in parties:
            if party.request_id is not None:
                await confirm.cancel(svc, asker.client_id, party.request_id)
        raise
    return parties, told


def _statement(agreement: Agreement, known: _Known, lifetime: int) -> dict[str, object]:
    """The act that a party confirms: the terms with the dispute clause as its words, agreement and code by digest."""
    asked: dict[str, object] = {
        "subject": known.party.subject,
        "act": ACT,
        "fields": [
            {"kind": "document", "name": words.NAME, "digest": agreement.digest()},
            {"kind": "document", "name": agreement.code_name, "digest": agreement.code_digest},
        ],
        "text": {
            locale: write_terms(agreement, locale) for locale in agreement.terms if _has_clause(agreement, locale)
        },
        "lifetime": lifetime,
    }
    return asked | ({"on_behalf_of": {"bin": known.party.bin}} if known.party.bin else {})


def write_terms(agreement: Agreement, locale: str) -> str:
    """Terms and clause in words of one language."""
    lines = [words.CLAUSE[part].say(locale, text=agreement.clause[part][locale]) for part in CLAUSE]
    return "\n".join([agreement.terms[locale], "", *lines])


def _has_clause(agreement: Agreement, locale: str) -> bool:
    return all(agreement.clause[part].get(locale) for part in CLAUSE)


def _read_list(value: object) -> Sequence[object]:
    if not isinstance(value, list):
        raise InvalidRequest("parties: an array is expected")
    return value[:100]


async def _read_party(svc: Service, asker: Asker, value: object) -> _Known:
    members = bodies.read_object(value, ("subject",), ("by", "bin"), of="parties")
    by = bodies.read_one_of(members.get("by", MEANS[0]), MEANS, "parties.by")
    bin_ = members.get("bin", "")
    if not isinstance(members["subject"], str) or not isinstance(bin_, str):
        raise InvalidRequest("parties: texts are expected")
    if bin_ and by == "eds":
        raise InvalidRequest("parties: who signs for an entity shows it in the certificate; leave bin out")
    person = await accounts.person_known_to(svc, asker.client_id, members["subject"])
    handle = await svc.log.vault.find(svc.store, person.subject) if person else None
    if person is None or handle is None:
        raise NotFound("parties: no person of this subject has signed in to this relying party")
    return _Known(Party(members["subject"], person.locale, by, bin_), person, handle)


def _read_agreement(svc: Service, body: Mapping[str, object], known: Sequence[_Known], contract_id: str) -> Agreement:
    code = bodies.read_object(body["code"], ("name", "digest"), of="code")
    dispute = bodies.read_object(body["dispute"], (), CLAUSE, of="dispute")
    clause = {
        part: bodies.read_texts(dispute[part], f"dispute.{part}", LONGEST_CLAUSE, all_needed=False) for part in dispute
    }
    return Agreement(
        id=contract_id,
        nonce=b64url(svc.entropy(NONCE_BYTES)),
        parties=tuple(each.party for each in known),
        terms=bodies.read_texts(body["terms"], "terms", LONGEST_TERMS, all_needed=False),
        code_name=bodies.read_line(code["name"], "code.name", 300),
        code_digest=str(code["digest"]),
        clause=clause,
    )
