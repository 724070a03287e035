"""Authentication receipts (evidence format, section 11): what a relying party keeps of a login that was made for it.

A kind apart: it says who signed in, how strongly and in which capacity, and is no consent to anything.
"""

from collections.abc import Sequence

import orjson

from authsvc.evidence.archive import time_part
from authsvc.evidence.record import Disclosure as Opened
from authsvc.evidence.record import Entry
from authsvc.evidence.states import Standing
from authsvc.service import Service
from confirmations import Disclosure, Members, issue_receipt
from confirmations.receipt import AUTHENTICATION

KEPT_BY_RELYING_PARTY = frozenset(
    {
        "person_number", "person_previous", "rp", "entity_subject", "mandate", "about", "credential", "tries",
        "first_try", "last_try", "vouched_by", "relying_party_record", "policy_record",
    }
)  # fmt: skip
"""Slots whose values the relying party may keep: factors, tries, and the capacity in which the person acted. The entity
is told with the mandate: for it the person signed in. Nothing tells more of the person themselves than `sub` does."""


async def receipt_of(
    svc: Service, client_id: str, entry: Entry, disclosed: Sequence[Opened], standing: Standing
) -> str | None:
    """The receipt of an `authentication` record of this relying party; None where the person's data are gone.

    Derived: asked again in the same state, it is the same bytes.
    """
    statement = (await svc.log.vault.blobs(svc.store, entry.id)).get("login_statement")
    if statement is None:
        return None
    members = Members(
        aud=client_id,
        outcome=str(entry.body["login"]),
        state=standing.state,
        entry=standing.settled.entry,
        proof=standing.settled.proof,
        statement=orjson.loads(statement),
        disclosures=tuple(
            Disclosure(one.slot, one.name, one.salt, one.value)
            for one in disclosed
            if one.name in KEPT_BY_RELYING_PARTY
        ),
        time=await time_part(svc.store, standing),
    )
    key = svc.log.receipt_key(standing.settled.index)
    return issue_receipt(members, key.sign, key.kid, AUTHENTICATION)
