"""The reviewers' side: one rejects alone; what overturns a record is proposed by one and approved by two (four eyes).

The proposal is bytes with a digest. Each approver's confirmation is of that digest, the `resolution` names the digest
(`resolution_proposal`), the bytes are kept with it, and its `about` names the approvers' records.
"""

import orjson

from authsvc import accounts, approvals, staff
from authsvc.accounts import Person
from authsvc.approvals import Matter, Standing
from authsvc.clock import uuid7
from authsvc.confirm import Answerer
from authsvc.disputes import words
from authsvc.disputes.opening import LONGEST, person_of
from authsvc.disputes.resolving import OVERTURNING, Draft, Resolver, resolve
from authsvc.errors import Conflict, InvalidRequest, NotFound
from authsvc.evidence.codes import RESOLUTION_RESULTS
from authsvc.keys import b64url
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import disputes as rows
from authsvc.store.disputes import DisputeRow
from confirmations.texts import check_words

ROLE = "reviewer"
ROUND = 100
NONCE_BYTES = 16


async def decide(svc: Service, answerer: Answerer, dispute_id: str, result: str, reasons: str) -> bool:
    """A reviewer's word, with reasons: a rejection ends the dispute (True), all else waits for a second person (False).

    NotFound without the role; InvalidRequest, StatementRefused (reasons), Conflict (decided, proposed, or about them).
    """
    svc.log.demand_writable()
    person = await reviewer_of(svc, answerer)
    row = await _waiting(svc, dispute_id)
    await demand_apart(svc, row, person)
    if result not in RESOLUTION_RESULTS:
        raise InvalidRequest(f"result: one of {', '.join(RESOLUTION_RESULTS)}")
    reasons = reasons.strip().replace("\r\n", "\n")
    check_words(reasons, "reasons", LONGEST)
    if not person.name:
        raise InvalidRequest("a decision is a named person's")
    if row.state != rows.OPEN:
        raise Conflict("a resolution is proposed already")
    draft = _draft(svc, row, answerer, result, reasons)
    if result in OVERTURNING:
        sealed = await svc.log.vault.seal_for(svc.store, row.subject, f"resolution/{draft.id}", draft.raw)

        async def keep(tx: Tx) -> bool:
            return await rows.propose(tx, row.id, draft.id, answerer.account, sealed)

        if not await svc.store.transact(keep):
            raise Conflict("a resolution is proposed already")
        return False
    if not await resolve(svc, row, draft, _named(row, draft, person, ())):
        raise Conflict("this dispute was decided meanwhile")
    return True


async def approve(svc: Service, answerer: Answerer, dispute_id: str) -> str:
    """The id of the confirmation by which this reviewer may approve the proposal. NotFound without the role, Conflict
    when none waits, they declined, or it is about them."""
    person = await reviewer_of(svc, answerer)
    row = await _waiting(svc, dispute_id)
    await demand_apart(svc, row, person)
    draft = await draft_of(svc, row)
    if draft is None:
        raise Conflict("no resolution is proposed")
    lines = [
        (words.plain(words.LABELS["dispute"]), row.id),
        (words.plain(words.LABELS["contested"]), row.contested),
        (words.plain(words.LABELS["result"]), draft.result),
    ]
    matter = Matter(draft.id, draft.digest, f"{words.NAME} {draft.id}", lines, words.plain(words.TEXT))
    return await approvals.ask(svc, matter, person)


async def standing_of(svc: Service, row: DisputeRow) -> Standing | None:
    """Who has approved the proposal so far; None where there is none."""
    draft = await draft_of(svc, row)
    return await approvals.standing(svc, draft.id, draft.digest, ROLE) if draft else None


async def settle(svc: Service, row: DisputeRow) -> bool:
    """Resolve what two have approved; open again what one has declined. True when the state changed."""
    draft = await draft_of(svc, row)
    standing = await standing_of(svc, row)
    if draft is None or standing is None or not (standing.declined or standing.enough):
        return False
    if standing.declined:

        async def drop(tx: Tx) -> bool:
            return await rows.drop_draft(tx, row.id, draft.id)

        return await svc.store.transact(drop)
    person = await accounts.person_by_id(svc, row.drafted_by or "")
    if person is None or person.subject not in {each.person for each in standing.approved}:
        return False  # who proposed it answers for it by name, so theirs is one of the approvals
    approved = tuple(each.record for each in standing.approved)
    return await resolve(svc, row, draft, _named(row, draft, person, approved))


async def settle_waiting(svc: Service) -> int:
    """The worker's round over all proposals; how many moved on."""
    return sum([await settle(svc, row) for row in await rows.proposed(svc.store, ROUND)])


async def reviewer_of(svc: Service, answerer: Answerer) -> Person:
    """Who is signed in, as a reviewer with two factors; NotFound for everybody else."""
    await staff.demand(svc, answerer.account, answerer.acr, ROLE)
    return await person_of(svc, answerer)


async def demand_apart(svc: Service, row: DisputeRow, person: Person) -> None:
    """Conflict when the reviewer is a party of the dispute or of what is contested: nobody judges their own matter."""
    disclosed = await svc.log.vault.disclosures(svc.store, row.contested)
    parties = {each.value for each in disclosed if each.name.endswith("_subject")}
    if row.account == person.id or person.subject in parties:
        raise Conflict("whom the dispute concerns may not decide it")


async def draft_of(svc: Service, row: DisputeRow) -> Draft | None:
    """The proposal that waits; None where there is none."""
    if row.draft is None or row.sealed is None:
        return None
    raw = await svc.log.vault.open_for(svc.store, row.subject, f"resolution/{row.draft}", row.sealed)
    if raw is None:
        return None
    told = orjson.loads(raw)
    return Draft(row.draft, told["result"], told["reasons"], told["authentication"], told["acr"], raw)


def _draft(svc: Service, row: DisputeRow, answerer: Answerer, result: str, reasons: str) -> Draft:
    draft_id = uuid7(svc.clock.now(), svc.entropy)
    told = {
        "acr": answerer.acr,
        "authentication": answerer.authentication,
        "contested": row.contested,
        "dispute": row.id,
        "id": draft_id,
        "kind": "authsvc/resolution/v1",
        "nonce": b64url(svc.entropy(NONCE_BYTES)),
        "reasons": reasons,
        "result": result,
    }
    raw = orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
    return Draft(draft_id, result, reasons, answerer.authentication, answerer.acr, raw)


async def _waiting(svc: Service, dispute_id: str) -> DisputeRow:
    row = await rows.dispute_of(svc.store, dispute_id)
    if row is None:
        raise NotFound("there is nothing here")
    if not row.waits:
        raise Conflict("this dispute has ended")
    return row


def _named(row: DisputeRow, draft: Draft, person: Person, approved: tuple[str, ...]) -> Resolver:
    return Resolver(person.subject, person.name, ROLE, draft.authentication, draft.acr, approved)
