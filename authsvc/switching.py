"""Stopping and starting again: one person may always stop; starting what guards identity again needs two.

Each is a record (`administration`, kind `switch`) in the transaction that moves the switch. What two persons approve
names the record of the stop, so an approval ends that one stop and never a later one.
"""

import hashlib
import re

import orjson

from authsvc.approving import Given, approvals_of
from authsvc.clock import uuid7
from authsvc.errors import Conflict, InvalidRequest, NotFound
from authsvc.evidence import kinds
from authsvc.evidence.codes import LOGIN_METHODS
from authsvc.evidence.log import Ticket
from authsvc.keys import b64url
from authsvc.service import Service
from authsvc.store import Tx, grants
from authsvc.store import switches as rows
from authsvc.store.switches import SwitchRow
from authsvc.switches import ALL, KINDS

GUARDED = ("method", "relying_party", "ca")
"""What guards identity: starting it again wants approvals. A channel, writing and traffic any operator starts again."""
RUNNING, STOPPED = b"running", b"stopped"
"""What a record's `before` and `after` are digests of."""
_CHANNEL = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


async def stop(svc: Service, kind: str, object_: str, *, ground: str, by: str = "") -> str:
    """Stop it on all processes within a second; the id of the record. Raises Conflict when it is stopped already.

    `by`: the member of staff (`iin:…`) who did it at the desk; the record is about them."""
    await _demand_known(svc, kind, object_, ground)
    now = svc.clock.now()
    record = _record(uuid7(now, svc.entropy), now, kind, object_, RUNNING, STOPPED, ground, (), by)

    async def act(tx: Tx) -> Ticket:
        if not await rows.stop(tx, SwitchRow(kind, object_, record.id, now)):
            raise Conflict(f"{kind} {object_} is stopped already")
        return await svc.log.stage(tx, record, {"after": STOPPED})

    ticket = await svc.store.transact(act)
    await svc.switches.refresh()
    await svc.log.settled(ticket)
    return record.id


async def request_start(svc: Service, kind: str, object_: str) -> bytes:
    """What persons approve before it starts again: it names the record of this very stop. Raises NotFound."""
    row = await _stopped(svc, kind, object_)
    told = {"act": "switch/start", "kind": kind, "object": object_, "origin": svc.log.origin, "stopped": row.record_id}
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS)


def approvals_needed(svc: Service, kind: str) -> int:
    """Persons who approve that something of this kind starts again."""
    return svc.settings.approvals_to_start if kind in GUARDED else 0


async def start(svc: Service, kind: str, object_: str, *, ground: str, given: Given, by: str = "") -> str:
    """Start it again; the id of the record. InvalidRequest where the approvals that it needs are not there."""
    await _demand_known(svc, kind, object_, ground)
    row = await _stopped(svc, kind, object_)
    needed = approvals_needed(svc, kind)
    approvals: tuple[kinds.Approval, ...] = ()
    if needed or given.signed or given.records:
        approvals = await approvals_of(svc, await request_start(svc, kind, object_), given, needed=max(needed, 1))
    now = svc.clock.now()
    record = _record(uuid7(now, svc.entropy), now, kind, object_, STOPPED, RUNNING, ground, approvals, by)

    async def act(tx: Tx) -> Ticket:
        if not await rows.start(tx, kind, object_, row.record_id):
            raise Conflict(f"{kind} {object_} was started, or stopped anew, a moment ago")
        return await svc.log.stage(tx, record, {"after": RUNNING})

    ticket = await svc.store.transact(act)
    await svc.switches.refresh()
    await svc.log.settled(ticket)
    return record.id


async def _stopped(svc: Service, kind: str, object_: str) -> SwitchRow:
    found = [row for row in await rows.stopped(svc.store) if (row.kind, row.object) == (kind, object_)]
    if not found:
        raise NotFound(f"{kind} {object_} is not stopped")
    return found[0]


async def _demand_known(svc: Service, kind: str, object_: str, ground: str) -> None:
    """A typing error must not look like a stop."""
    if kind not in KINDS or not ground:
        raise InvalidRequest(f"a kind is one of {', '.join(KINDS)}, and a ground is named")
    known = {
        "method": object_ in LOGIN_METHODS,
        "channel": _CHANNEL.fullmatch(object_) is not None,
        "ca": _DIGEST.fullmatch(object_) is not None,
        "read_only": object_ == ALL,
        "drain": object_ == ALL,
    }
    if kind == "relying_party":
        known[kind] = await grants.relying_party(svc.store, object_) is not None
    if not known[kind]:
        raise InvalidRequest(f"{object_!r} is no {kind}; {WANTED[kind]}")


WANTED = {
    "method": f"one of {', '.join(LOGIN_METHODS)}",
    "channel": "the name of a channel: sms, email, …",
    "relying_party": "the client_id of one that is registered",
    "ca": "the SHA-256 of its certificate, 64 small hexadecimal digits",
    "read_only": "it has the one object `all`",
    "drain": "it has the one object `all`",
}


def _record(
    record_id: str,
    now: int,
    kind: str,
    object_: str,
    before: bytes,
    after: bytes,
    ground: str,
    approvals: tuple[kinds.Approval, ...],
    by: str,
) -> kinds.Administration:
    return kinds.Administration(
        id=record_id,
        time=now,
        administration_kind="switch",
        administration_event="changed",
        person=by or None,
        rp=object_ if kind == "relying_party" else "",
        object=f"{kind}/{object_}",
        before=_digest(before),
        after=_digest(after),
        administration_ground=ground,
        approvals=approvals,
    )


def _digest(state: bytes) -> str:
    return b64url(hashlib.sha256(state).digest())
