"""A relying party answers the review of its own decision: by a person whom it names, with reasons, or not at all."""

import re

from authsvc import bodies, decisions
from authsvc.disputes.opening import LONGEST
from authsvc.disputes.resolving import Draft, Resolver, resolve
from authsvc.errors import Conflict, InvalidRequest
from authsvc.evidence.codes import RESOLUTION_RESULTS
from authsvc.replay import ReplayKey
from authsvc.service import Service
from authsvc.store import disputes as rows
from confirmations.texts import check_words

ROLE = "relying_party"
LONGEST_NAME = 200


async def review_as_party(svc: Service, client_id: str, decision_id: str, raw: bytes, key: ReplayKey) -> None:
    """{result, reasons, reviewer: {name, iin?}}: the outcome goes to the person and into the log.

    NotFound for another's decision; InvalidRequest (no named person above all), StatementRefused, Conflict when nobody
    asked, our own reviewers have it in hand, or it has its outcome; ReadOnly.
    """
    svc.log.demand_writable()
    row = await decisions.read_as_party(svc, client_id, decision_id)
    members = bodies.read_object(bodies.parse(raw), ("result", "reasons", "reviewer"))
    result = bodies.read_one_of(members["result"], RESOLUTION_RESULTS, "result")
    if not isinstance(members["reasons"], str):
        raise InvalidRequest("reasons: a text is expected")
    check_words(members["reasons"], "reasons", LONGEST)
    reviewer = bodies.read_object(members["reviewer"], ("name",), ("iin",), of="reviewer")
    name = bodies.read_line(reviewer["name"], "reviewer.name", LONGEST_NAME)
    iin = reviewer.get("iin", "")
    if not isinstance(iin, str) or (iin and re.fullmatch(r"[0-9]{12}", iin) is None):
        raise InvalidRequest("reviewer.iin: 12 digits")
    if await key.find(svc.store) is not None:
        return
    asked = [each for each in await rows.about(svc.store, row.id) if each.waits]
    if not asked:
        raise Conflict("nobody waits for a review of this decision")
    resolver = Resolver(f"iin:{iin}" if iin else None, name, ROLE)
    if resolver.subject is not None and resolver.subject == await svc.log.vault.subject_of(svc.store, row.subject):
        raise InvalidRequest("reviewer: nobody reviews a decision about themselves")
    if not await resolve(svc, asked[0], Draft("", result, members["reasons"]), resolver, key):
        raise Conflict("this review is in the hands of the service's own reviewers, or has its outcome")
