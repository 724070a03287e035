"""Who acts in their own session, as the acts that change factors ask it."""

from authsvc import accounts
from authsvc.accounts import Person
from authsvc.errors import NotFound
from authsvc.factors import By
from authsvc.service import Service


async def person_of(svc: Service, by: By) -> Person:
    """Who acts. Raises NotFound."""
    person = await accounts.person_by_id(svc, by.account)
    if person is None:
        raise NotFound("no such person")
    return person
