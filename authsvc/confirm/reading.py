"""The relying party's side of an ended request: its state, and the receipt with the record's inclusion proof."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import orjson

from authsvc.confirm.ending import end_if_over
from authsvc.confirm.keeping import number_for, statement_bytes
from authsvc.errors import NotFound
from authsvc.evidence.archive import time_part
from authsvc.evidence.log import Settled
from authsvc.evidence.states import SEQUENCED, Standing
from authsvc.service import Service
from authsvc.store import mandates as mandate_rows
from authsvc.store import proofs
from authsvc.store.erasures import ERASED
from authsvc.store.proofs import RequestRow
from confirmations import Disclosure, Members, issue_receipt

KEPT_BY_RELYING_PARTY = frozenset(
    {
        "person_number", "person_previous", "rp", "mandate", "authentication", "acr", "credential", "shown", "shown_by",
        "locale", "tries", "reason", "expires", "vouched_by", "relying_party_record", "policy_record",
        "template_record",
    }
)  # fmt: skip
"""Slots whose values the relying party may keep: nothing tells it more of the person than it knows already."""


LISTED = 100
"""Requests in one page of a relying party's list."""
_LAST = "g"
"""Behind every id."""


@dataclass(frozen=True, slots=True)
class View:
    """A request as its relying party sees it; `receipt` and `record` once it has ended."""

    id: str
    state: str
    outcome: str
    reason: str
    tries: int
    expires_at: int
    statement: bytes
    record: str | None
    standing: Standing | None
    receipt: str | None
    erased: bool = False
    """The person's data are gone: no statement and no receipt can be given again; the record and its proof stand."""
    method: str = "code"
    number: str = ""
    """What the relying party shows while a pushed request waits."""
    group: Mapping[str, object] | None = None
    """Where several persons confirm: {id, k, n, confirmed, outcome, requests}."""


async def read(svc: Service, client_id: str, request_id: str, wait: str = SEQUENCED) -> View:
    """State and receipt for the relying party that asked; NotFound for every other. Expiry is noticed here.

    An ended request's record is waited for until it has come as far as `wait`, within bounds.
    """
    row = await proofs.request_of(svc.store, request_id)
    if row is None or row.client_id != client_id:
        raise NotFound("no such request")
    if await end_if_over(svc, row):
        row = await proofs.request_of(svc.store, request_id) or row
    settled = await _place_of(svc, row.record_id) if row.record_id else None
    standing = await svc.publishing.stand(settled, wait) if settled else None
    if row.account == ERASED:
        return replace(view_of(row, b"null", standing), erased=True)
    receipt = await receipt_of(svc, row, standing) if standing else None
    statement = await statement_bytes(svc, row)
    view = replace(view_of(row, statement, standing, receipt), number=number_for(svc, row))
    return replace(view, group=await view_group(svc, statement))


async def view_group(svc: Service, statement: bytes) -> Mapping[str, object] | None:
    """How far the group of this statement is; None for one that a single person confirms."""
    if b'"group":"none"' in statement:
        return None
    told = orjson.loads(statement)["group"]
    group = await mandate_rows.group_of(svc.store, told["id"]) if isinstance(told, dict) else None
    if group is None:
        return None
    requests = group.requests.split()
    return {
        "id": group.id,
        "k": group.k,
        "n": group.n,
        "confirmed": group.confirmed,
        "outcome": group.outcome,
        "requests": requests,
    }


async def list_requests(svc: Service, client_id: str, state: str, after: str) -> tuple[Sequence[RequestRow], bool]:
    """A page of the relying party's requests, newest first, behind the one named `after`; whether there are more.

    `state`: open, ended, or empty for all. One whose time is over and that nobody has looked at counts as open still.
    """
    is_open = {"open": True, "ended": False}.get(state)
    found = await proofs.requests_of_client(svc.store, client_id, is_open, after or _LAST, LISTED + 1)
    return found[:LISTED], len(found) > LISTED


async def _place_of(svc: Service, record_id: str) -> Settled | None:
    """The record at its place. One whose act has committed and that waits for its place is given it now."""
    settled = await svc.log.find(record_id)
    if settled is None:
        await svc.log.sweep()
        settled = await svc.log.find(record_id)
    return settled


def view_of(row: RequestRow, statement: bytes, standing: Standing | None = None, receipt: str | None = None) -> View:
    """The view of a row; `statement` are its canonical bytes."""
    return View(
        id=row.id,
        state=row.state if row.open else standing.state if standing else SEQUENCED,
        outcome="" if row.open else row.state,
        reason="" if row.open else row.reason,
        tries=row.tries,
        expires_at=row.expires_at,
        statement=statement,
        record=row.record_id,
        standing=standing,
        receipt=receipt,
        method=row.method,
    )


async def receipt_of(svc: Service, row: RequestRow, standing: Standing) -> str:
    """The receipt of an ended request: derived, so asking again in the same state gives the same bytes."""
    disclosed = await svc.log.vault.disclosures(svc.store, row.record_id or "")
    members = Members(
        aud=row.client_id,
        outcome=row.state,
        state=standing.state,
        entry=standing.settled.entry,
        proof=standing.settled.proof,
        statement=orjson.loads(await statement_bytes(svc, row)),
        disclosures=tuple(
            Disclosure(one.slot, one.name, one.salt, one.value)
            for one in disclosed
            if one.name in KEPT_BY_RELYING_PARTY
        ),
        time=await time_part(svc.store, standing),
    )
    key = svc.log.receipt_key(standing.settled.index)
    return issue_receipt(members, key.sign, key.kid)
