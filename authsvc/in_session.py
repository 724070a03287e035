"""Who acts in their own session, as the acts that change factors ask it and as their records name it."""

from authsvc import accounts
from authsvc.accounts import Person
from authsvc.credentials import Ground, Whose
from authsvc.errors import NotFound
from authsvc.factors import By
from authsvc.service import Service


async def person_of(svc: Service, by: By) -> Person:
    """Who acts. Raises NotFound."""
    person = await accounts.person_by_id(svc, by.account)
    if person is None:
        raise NotFound("no such person")
    return person


def whose_of(person: Person) -> Whose:
    """The person as records name them."""
    return Whose(person.subject, person.name)


def own_ground(by: By, text: str) -> Ground:
    """Why a factor changes, in the person's own session and on their own word."""
    return Ground(text, authentication=by.authentication, acr=by.acr, device=by.device)
