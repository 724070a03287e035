"""A party that answers by EDS: one good signature of this very person over exactly the file (article 49)."""

from authsvc import accounts, mandates
from authsvc.contracts.agreeing import SEAL, settle
from authsvc.errors import Conflict, InvalidRequest, NotFound
from authsvc.evidence.approvals import by_signature
from authsvc.evidence.errors import ApprovalRefused
from authsvc.evidence.forms import NONE
from authsvc.evidence.log import Ticket
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import contracts as rows
from authsvc.store.verifications import VerificationRow
from authsvc.telling import Reader
from authsvc.verify.recording import count, is_open, prepare, write
from signatures.kazakhstan import KeyPurpose


async def sign(svc: Service, reader: Reader, contract_id: str, signed: bytes) -> None:
    """Judge and record the signature; the contract is concluded if it was the last. NotFound for who is no such party.

    Raises InvalidRequest with the rule that is broken, Conflict when it ended or was signed, Overloaded, ReadOnly.
    """
    svc.log.demand_writable()
    person = await accounts.person_by_id(svc, reader.account)
    row = await rows.contract_of(svc.store, contract_id)
    parties = await rows.parties_of(svc.store, contract_id) if row else []
    mine = [each for each in parties if each.account == reader.account and each.means == "eds"]
    if row is None or person is None or not mine:
        raise NotFound("there is nothing here")
    document = svc.keys.unseal(SEAL, row.sealed, row.id.encode())
    now = svc.clock.now()
    file, judged = await mandates.judge_over(svc, document, signed, now, "contract")
    (one,) = judged.report.signatures
    try:
        approved = by_signature(one, document)
    except ApprovalRefused as error:
        raise InvalidRequest(f"signature: {error.message}") from error
    if approved.person != person.subject or is_open(judged):
        raise InvalidRequest("signature: it is another person's, or its certificate's status is not known yet")
    if one.signer is not None and one.signer.purpose is KeyPurpose.AUTHENTICATION:
        raise InvalidRequest("signature: the key is one for signing in, not for signing")
    draft = prepare(svc, judged, file, VerificationRow("", row.client_id, NONE, (), file.policy), now)

    async def act(tx: Tx) -> list[Ticket]:
        tickets = await write(tx, svc, draft)
        if row.expires_at <= now or not await rows.sign(tx, row.id, mine[0].n, draft.row.id):
            raise Conflict("this contract has ended, or is signed already")
        return tickets

    for ticket in await svc.store.transact(act):
        await svc.log.settled(ticket)
    count(svc, draft)
    await settle(svc, row)
