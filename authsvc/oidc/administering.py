"""Relying parties as the operator administers them: the same metadata and rules as dynamic registration, by nobody's
token, and with the scopes and resources that no client may take for itself.

Each act is an `administration` record that names its ground. What is changed is what was read: when another change was
first, it is a Conflict.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from authsvc.clock import uuid7
from authsvc.errors import Conflict, InvalidRequest, NotFound
from authsvc.evidence import kinds
from authsvc.evidence.log import Ticket
from authsvc.keys import b64url
from authsvc.oidc import clients, registration
from authsvc.oidc.clients import Registered
from authsvc.oidc.relying_party import RelyingParty
from authsvc.service import Service
from authsvc.store import Body, Tx, grants, registrations
from authsvc.store.grants import RelyingPartyRow


async def register(svc: Service, metadata: object, *, client_id: str = "", ground: str) -> Registered:
    """Register a relying party by RFC 7591 metadata; an empty id gets a random one.

    Raises InvalidClientMetadata, InvalidRedirectUri or InvalidRequest with the rule that is broken; Conflict for a
    taken id.
    """
    party = replace(registration.read_metadata(metadata, by_operator=True), id=client_id)
    return await clients.register(svc, party, ground=ground)


async def every_party(svc: Service) -> list[RelyingParty]:
    """All relying parties by id, the closed ones among them."""
    return [clients.party_of(row) for row in await grants.every_relying_party(svc.store)]


async def read(svc: Service, client_id: str) -> RelyingParty:
    """The relying party, also a closed one. Raises NotFound."""
    return clients.party_of(await _row(svc, client_id))


async def change(svc: Service, client_id: str, metadata: object, *, ground: str) -> RelyingParty:
    """Write the whole metadata anew; secret and the client's own registration token stay. Raises as `register` does,
    NotFound, and Conflict for a closed one."""
    old = await _open_row(svc, client_id)
    party = replace(registration.read_metadata(metadata, by_operator=True), id=old.id, secret_hash=old.secret_hash)
    if not party.auth_method.startswith("client_secret"):
        party = replace(party, secret_hash=b"")
    elif not old.secret_hash:
        raise InvalidRequest("token_endpoint_auth_method: a client without a secret gets none by a change")
    clients.check(party)
    return await _write(svc, old, party, ground)


async def renew_secret(svc: Service, client_id: str, *, ground: str) -> Registered:
    """A new client secret in place of the one of now, which is refused from this moment on. Raises NotFound; Conflict
    for a closed client; InvalidRequest for one that has no secret."""
    old = await _open_row(svc, client_id)
    if not old.secret_hash:
        raise InvalidRequest("this client authenticates without a secret")
    secret = b64url(svc.entropy(clients.SECRET_BYTES))
    party = replace(clients.party_of(old), secret_hash=hashlib.sha256(secret.encode()).digest())
    return Registered(await _write(svc, old, party, ground), secret)


async def close(svc: Service, client_id: str, *, ground: str) -> str:
    """Close a relying party for good, and with it every token of its; the id of the record. Raises NotFound, and
    Conflict for one that is closed."""
    old = await _open_row(svc, client_id)
    now = svc.clock.now()
    record = uuid7(now, svc.entropy)
    blobs = {"before": old.metadata.encode()}

    async def act(tx: Tx) -> Ticket | None:
        if not await registrations.close_read_party(tx, old, now):
            return None
        return await svc.log.stage(tx, _administration(record, now, "removed", client_id, ground, blobs), blobs)

    await _settle(svc, act)
    return record


async def _write(svc: Service, old: RelyingPartyRow, party: RelyingParty, ground: str) -> RelyingParty:
    now = svc.clock.now()
    party = replace(party, record=uuid7(now, svc.entropy))
    written = clients.write_metadata(party)
    row = RelyingPartyRow(
        party.id, party.auth_method, party.secret_hash, written, party.record, old.created_at, disabled=False
    )
    blobs = {"before": old.metadata.encode(), "after": written.encode()}

    async def act(tx: Tx) -> Ticket | None:
        if not await registrations.change_read_party(tx, row, old.record_id):
            return None
        return await svc.log.stage(tx, _administration(party.record, now, "changed", party.id, ground, blobs), blobs)

    await _settle(svc, act)
    return party


async def _row(svc: Service, client_id: str) -> RelyingPartyRow:
    row = await grants.relying_party(svc.store, client_id)
    if row is None:
        raise NotFound("no relying party has this id")
    return row


async def _open_row(svc: Service, client_id: str) -> RelyingPartyRow:
    row = await _row(svc, client_id)
    if row.disabled:
        raise Conflict("this relying party is closed; register another")
    return row


async def _settle(svc: Service, act: Body[Ticket | None]) -> None:
    ticket = await svc.store.transact(act)
    if ticket is None:
        raise Conflict("the relying party was changed meanwhile; read it again")
    await svc.log.settled(ticket)


def _administration(
    record: str, now: int, event: str, client_id: str, ground: str, blobs: Mapping[str, bytes]
) -> kinds.Administration:
    digests = {name: b64url(hashlib.sha256(blob).digest()) for name, blob in blobs.items()}
    return kinds.Administration(
        id=record,
        time=now,
        administration_kind="relying_party",
        administration_event=event,
        rp=client_id,
        object=client_id,
        administration_ground=ground,
        before=digests["before"],
        after=digests.get("after", ""),
    )
