"""What executors and parties read: the state with the records behind it, in one signed answer with its time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from authsvc import accounts
from authsvc.clock import rfc3339
from authsvc.contracts.agreeing import SEAL, answer_of, settle
from authsvc.errors import NotFound
from authsvc.keys import b64url
from authsvc.service import Service
from authsvc.store import contracts as rows
from authsvc.store import disputes
from authsvc.store import evidence as evidence_rows
from authsvc.store.contracts import ContractRow, PartyRow
from authsvc.store.disputes import DisputeRow
from authsvc.telling import Reader

TYP = "contract-state+jwt"
MOST = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """A contract as it stands: open, concluded, declined, disputed or resolved."""

    row: ContractRow
    state: str
    parties: Sequence[PartyRow]
    disputes: Sequence[DisputeRow]
    agreement: bytes

    def answer(self, party: PartyRow, now: int) -> str:
        """yes, no or waits."""
        return answer_of(party, late=self.row.expires_at <= now)


async def read_as_party(svc: Service, client_id: str, contract_id: str) -> Standing:
    """For the relying party that proposed it; NotFound for every other."""
    row = await rows.contract_of(svc.store, contract_id)
    if row is None or row.client_id != client_id:
        raise NotFound("no such contract")
    return await _standing(svc, row)


async def read_own(svc: Service, reader: Reader, contract_id: str) -> Standing:
    """For a person who is a party; NotFound for everybody else."""
    row = await rows.contract_of(svc.store, contract_id)
    parties = await rows.parties_of(svc.store, contract_id) if row else []
    if row is None or reader.account not in [each.account for each in parties]:
        raise NotFound("there is nothing here")
    return await _standing(svc, row)


async def list_own(svc: Service, reader: Reader) -> list[Standing]:
    """The newest contracts to which this person is a party."""
    person = await accounts.person_by_id(svc, reader.account)
    handle = await svc.log.vault.find(svc.store, person.subject) if person else None
    found = await rows.of_subject(svc.store, handle, MOST) if handle else []
    return [await _standing(svc, row) for row in found]


def state_of(row: ContractRow, found: Sequence[DisputeRow]) -> str:
    """A contract that was concluded is disputed while a dispute over one of its answers waits, and resolved once a
    named person has decided one; a dispute that was taken back changes nothing."""
    if row.state != "concluded":
        return row.state
    if any(each.waits for each in found):
        return "disputed"
    return "resolved" if any(each.resolution for each in found) else row.state


async def write_state(svc: Service, standing: Standing, said: Mapping[str, object]) -> str:
    """The answer as a JWS (ES256, `typ` contract-state+jwt), so that an executor keeps what it acted on."""
    head = await evidence_rows.read_head(svc.store)
    key = svc.log.receipt_key(head.size if head else 0)
    header = orjson.dumps({"alg": "ES256", "kid": key.kid, "typ": TYP}, option=orjson.OPT_SORT_KEYS)
    now = svc.clock.now()
    claims = {
        **said,
        "aud": standing.row.client_id,
        "iat": now // 1000,
        "iss": svc.settings.issuer,
        "time": rfc3339(now),
    }
    body = orjson.dumps(claims, option=orjson.OPT_SORT_KEYS)
    signing = f"{b64url(header)}.{b64url(body)}"
    return f"{signing}.{b64url(key.sign(signing.encode()))}"


async def _standing(svc: Service, row: ContractRow) -> Standing:
    row = await settle(svc, row)
    parties = await rows.parties_of(svc.store, row.id)
    found = [one for each in parties if each.record_id for one in await disputes.about(svc.store, each.record_id)]
    agreement = svc.keys.unseal(SEAL, row.sealed, row.id.encode())
    return Standing(row, state_of(row, found), parties, found, agreement)
