"""Everything that is kept about a person, for themselves, as one JSON document; and their sessions with devices.

Secrets and digests of secrets are not in it. The evidence about them has its own export, with proofs (`/evidence`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from authsvc import accounts, addresses, passkeys, recovery_codes
from authsvc.clock import rfc3339
from authsvc.errors import NotFound
from authsvc.evidence.record import Disclosure
from authsvc.service import Service
from authsvc.store import people
from authsvc.store import sessions as session_rows

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Seen:
    """One of the person's sessions: where it was opened, by which methods; times are milliseconds."""

    sid: str
    device: str
    ip: str
    methods: tuple[str, ...]
    began: int
    seen: int


async def sessions_of(svc: Service, account: str) -> Sequence[Seen]:
    """The living sessions, that seen last first, each with what its `authentication` record says of the device."""
    found = []
    for row in await session_rows.sessions_of(svc.store, account, svc.clock.now()):
        said = {one.name: str(one.value) for one in await _disclosed(svc, row.record_id)}
        methods = tuple(orjson.loads(row.methods))
        device, ip = said.get("person_device", ""), said.get("person_ip", "")
        found.append(Seen(row.sid, device, ip, methods, row.authenticated_at, row.seen_at))
    return found


async def _disclosed(svc: Service, record_id: str) -> Sequence[Disclosure]:
    return await svc.log.vault.disclosures(svc.store, record_id)


async def export(svc: Service, account: str) -> bytes:
    """The document, UTF-8 JSON. NotFound when there is no such person."""
    person = await accounts.person_by_id(svc, account)
    row = await people.account_by_id(svc.store, account)
    if person is None or row is None:
        raise NotFound("no such person")
    document: Json = {
        "kind": "authsvc/own-data/v1",
        "made_at": rfc3339(svc.clock.now()),
        "person": {
            "iin": person.subject[4:],
            "name": person.name,
            "login": person.login,
            "locale": person.locale,
            "since": rfc3339(row.created_at),
        },
        "addresses": [
            {"address": each.address, "codes": each.codes, "enrolled_at": rfc3339(each.row.enrolled_at)}
            for each in await addresses.addresses_of(svc, person)
        ],
        "factors": await _factors(svc, account),
        "sessions": [
            {"device": each.device, "ip": each.ip, "methods": each.methods, "began": rfc3339(each.began)}
            for each in await sessions_of(svc, account)
        ],
        "consents": [
            {"relying_party": client, "scopes": consent.scopes.split(), "until": rfc3339(consent.until)}
            for client, consent in (await accounts.consents_of(svc, account)).items()
        ],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


async def _factors(svc: Service, account: str) -> list[Json]:
    found: list[Json] = [
        {"method": each.method, "record": each.record_id, "enrolled_at": rfc3339(each.enrolled_at)}
        for each in await people.every_factor(svc.store, account)
        if each.method not in (addresses.METHOD, "passkey")
    ]
    found += [
        {
            "method": "passkey",
            "name": each.name,
            "state": each.row.state,
            "record": each.row.record_id,
            "enrolled_at": rfc3339(each.row.enrolled_at),
        }
        for each in await passkeys.listed(svc, account)
    ]
    left = await recovery_codes.left(svc, account)
    return found if left is None else [*found, {"method": "recovery_codes", "left": left}]
