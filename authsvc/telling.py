"""A person is told that something waits for them here: a short text and a link to their own address, not the matter.

What is told stands on the page behind the link, in the person's own session; a message can be read by others. Like
every notice it ends with a link that freezes the account (`authsvc.warning`).
"""

from dataclasses import dataclass

from authsvc import warning
from authsvc.accounts import Person
from authsvc.outside import Message, channel_of
from authsvc.service import Service
from authsvc.store import Change
from authsvc.store.outbox import Delivery
from confirmations.words import Words


@dataclass(frozen=True, slots=True)
class Told:
    """A message that is ready: `changes` go into the act's transaction, the rest is handed over after it."""

    delivery: Delivery
    changes: tuple[Change, ...]
    message: Message


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads what they were told of: the account, the session's `authentication` record, its acr; where from."""

    account: str
    authentication: str
    acr: str
    locale: str
    ip: str = ""
    device: str = ""


def prepare(svc: Service, person: Person, subject: Words, text: Words, path: str) -> Told:
    """The text in the person's language, with the address of the page at `path`."""
    link = f"{svc.settings.issuer}{path}"
    freezing, made = warning.make_link(svc, person.id)
    matter = text.say(person.locale, organisation=svc.settings.organisation, link=link)
    said = f"{matter} {warning.words.NOT_ALONE.say(person.locale, link=freezing)}"
    message = Message(
        channel_of(person.address), person.address, said, "", link=link, subject=subject.say(person.locale)
    )
    delivery, posting = svc.courier.prepare(message)
    return Told(delivery, (made, posting), message)


def hand_over(svc: Service, told: Told | None) -> None:
    """After the commit: carry it, without waiting."""
    if told is not None:
        svc.courier.hand_over(told.delivery, told.message)
