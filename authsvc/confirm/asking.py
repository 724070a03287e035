"""A relying party asks a person to confirm one act: statement, code, message, all in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from authsvc import accounts
from authsvc.accounts import Person
from authsvc.clock import uuid7
from authsvc.confirm.capacity import Member, ask_capacity, read_bin
from authsvc.confirm.issuing import Issued, demand_quiet, issue
from authsvc.confirm.keeping import number_for, remember, seal_statement
from authsvc.confirm.policy import STAFF_ACT, offered
from authsvc.confirm.reading import View, read, view_group, view_of
from authsvc.errors import InvalidRequest, NotFound, TooManyAttempts
from authsvc.keys import b64url
from authsvc.outside import Message
from authsvc.replay import ReplayKey
from authsvc.service import Service
from authsvc.store import Body, Change, Tx, proofs
from authsvc.store import mandates as mandate_rows
from authsvc.store.mandates import GroupRow
from authsvc.store.outbox import Delivery
from confirmations import RelyingParty, Request, Statement
from confirmations.errors import PolicyRefused
from confirmations.policy import PENDING_OF_PAIR, PENDING_OF_SUBJECT, REQUEST_LIFETIME, SECOND

NONCE_BYTES = 16


@dataclass(frozen=True, slots=True)
class Asker:
    """The relying party that asks, as verified: `record` is its `administration` record."""

    client_id: str
    name: Mapping[str, str]
    record: str


async def ask(svc: Service, asker: Asker, body: object, idempotency_key: str, raw: bytes) -> View:
    """Put a statement to a person; the request as its relying party sees it, for a replayed key as it stands now.

    `body`: {"subject": sub, "act", "fields", "text", "methods"?, "lifetime"? (seconds)}; `raw` are its bytes, for the
    Idempotency-Key. Raises InvalidRequest, NotFound, TooManyAttempts, ReadOnly;
    StatementRefused and
    PolicyRefused of `confirmations`.
    """
    wanted = _read(body)
    if isinstance(body, dict) and body.get("act") == STAFF_ACT:
        raise PolicyRefused("act", "this act is asked of the service's own staff alone")
    key = ReplayKey.of(asker.client_id, idempotency_key, "POST /v1/confirmations", raw)
    svc.log.demand_writable()
    person = await _known_person(svc, asker, wanted["subject"])
    return await _put(svc, asker, person, wanted, key)


async def ask_member(svc: Service, asker: Asker, person: Person, body: object) -> View:
    """The service itself asks a member of its staff: their appointment stands in the place of a consent.

    `body` and refusals as of `ask`, without `subject`.
    """
    wanted = _read({**body, "subject": person.sub} if isinstance(body, dict) else body)
    svc.log.demand_writable()
    return await _put(svc, asker, person, wanted, ReplayKey.of(asker.client_id, "", "", b""))


async def _put(svc: Service, asker: Asker, person: Person, wanted: Mapping[str, object], key: ReplayKey) -> View:
    now = svc.clock.now()
    if (replayed := await key.find(svc.store)) is not None:
        return await read(svc, asker.client_id, replayed)
    asked = await ask_capacity(svc, person, str(wanted["subject"]), wanted["bin"], wanted["asked"], now)
    pieces = [await _prepare(svc, asker, member, wanted, now) for member in asked.members]
    first = pieces[0]
    act_id, left = await svc.store.transact(_act(pieces, asked.group_of([one.row.id for one in pieces]), key))
    for piece in left:
        svc.courier.carry_soon([(delivery, message) for message, delivery, _ in piece.messages])
    if act_id != first.row.id:
        return await read(svc, asker.client_id, act_id)
    view = replace(view_of(first.row, first.statement), number=number_for(svc, first.row))
    return replace(view, group=await view_group(svc, first.statement))


@dataclass(frozen=True, slots=True)
class _Piece:
    """One person's request, ready to be written."""

    row: proofs.RequestRow
    statement: bytes
    sealed: bytes
    messages: Sequence[tuple[Message, Delivery, Change]]


async def _prepare(svc: Service, asker: Asker, member: Member, wanted: Mapping[str, object], now: int) -> _Piece:
    request = _request(svc, asker, member, wanted, now)
    svc.switches.demand_one(request.statement.methods)
    issued = await issue(svc, asker.client_id, member.person, request)
    prepared = [(each, *svc.courier.prepare(each)) for each in issued.messages]
    sealed = seal_statement(svc, remember(request.statement))
    return _Piece(_row(asker, member.person, request, issued), request.statement.canonical(), sealed, prepared)


def _act(pieces: Sequence[_Piece], group: GroupRow | None, key: ReplayKey) -> Body[tuple[str, list[_Piece]]]:
    """The transaction: the key first, then budgets, the requests and their messages; (id of the act, what leaves)."""
    first = pieces[0].row
    now = first.created_at

    async def body(tx: Tx) -> tuple[str, list[_Piece]]:
        if (known := await key.claim(tx, first.id, now)) != first.id:
            return known, []
        left = []
        for piece in pieces:
            row = piece.row
            active = await proofs.hold_account(tx, row.account)
            total, own = await proofs.pending(tx, row.account, row.client_id, now)
            if own >= PENDING_OF_PAIR or total >= PENDING_OF_SUBJECT:
                raise TooManyAttempts("too many requests wait for this person already", now + 60 * SECOND)
            if row.method == "push":
                await demand_quiet(tx, row)
            # To others a frozen person is one who does not answer: the request is there, and no message goes out.
            postings = [posting for _, _, posting in piece.messages] if active else []
            await proofs.insert_request(tx, row, piece.sealed, *postings)
            left += [piece] if active else []
        if group is not None:
            await mandate_rows.add_group(tx, group)
        return first.id, left

    return body


def _read(body: object) -> dict[str, object]:
    """The members of the request body; `act`, `fields` and `text` are read by the statement itself."""
    if not isinstance(body, dict):
        raise InvalidRequest("a JSON object is expected")
    known = {"subject", "act", "fields", "text", "methods", "lifetime", "on_behalf_of"}
    if unknown := sorted(body.keys() - known):
        raise InvalidRequest(f"unknown member: {unknown[0]}")
    if missing := sorted({"subject", "act"} - body.keys()):
        raise InvalidRequest(f"member missing: {missing[0]}")
    if not isinstance(body["subject"], str):
        raise InvalidRequest("subject: a text is expected")
    lifetime = body.get("lifetime", REQUEST_LIFETIME // SECOND)
    if type(lifetime) is not int:
        raise InvalidRequest("lifetime: whole seconds are expected")
    return {
        "subject": body["subject"],
        "asked": {"act": body["act"], "fields": body.get("fields", []), "text": body.get("text", {})},
        "methods": body.get("methods"),
        "lifetime": lifetime,
        "bin": read_bin(body.get("on_behalf_of")),
    }


async def _known_person(svc: Service, asker: Asker, subject: object) -> Person:
    """The person, if they ever let this relying party know them: a stranger's `sub` starts nothing."""
    person = await accounts.person_known_to(svc, asker.client_id, str(subject))
    if person is None:
        raise NotFound("no person of this subject has signed in to this relying party")
    return person


def _request(svc: Service, asker: Asker, member: Member, wanted: Mapping[str, object], now: int) -> Request:
    policy = offered()
    asked, lists = wanted["asked"], wanted["methods"]
    act = asked["act"] if isinstance(asked, dict) else None
    if not isinstance(act, str):
        raise InvalidRequest("act: a text is expected")
    if lists is not None and not (
        isinstance(lists, list) and all(isinstance(one, list) and all(isinstance(m, str) for m in one) for one in lists)
    ):
        raise InvalidRequest("methods: an array of arrays of texts is expected")
    statement = Statement.ask(
        asked,
        id=uuid7(now, svc.entropy),
        nonce=b64url(svc.entropy(NONCE_BYTES)),
        rp=RelyingParty(asker.client_id, asker.name[member.person.locale]),
        subject=member.subject,
        methods=member.narrow(policy.choose(act, lists)),
        created=now,
        expires=now + int(str(wanted["lifetime"])) * SECOND,
        on_behalf_of=member.entity,
        group=member.group,
    )
    return Request.of(statement, policy)


def _row(asker: Asker, person: Person, request: Request, issued: Issued) -> proofs.RequestRow:
    statement = request.statement
    return proofs.RequestRow(
        id=statement.id,
        client_id=asker.client_id,
        account=person.id,
        digest=request.digest,
        act=statement.act,
        challenge=issued.challenge,
        code_mac=issued.mac,
        address_id=issued.address_id,
        rp_record=asker.record,
        state="requested",
        reason="",
        tries=0,
        tries_allowed=request.rule.bounds(issued.method).tries,
        sends=0,
        first_try=0,
        last_try=0,
        created_at=statement.created,
        expires_at=statement.expires,
        ended_at=None,
        record_id=None,
        method=issued.method,
    )
