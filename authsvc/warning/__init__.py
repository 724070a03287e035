"""Notices to a person about their own account (OWASP ASVS 5.0 6.3.5 and 6.3.7), each with the link that freezes it.

A notice goes to every address that is enrolled, each with a link of its own; its rows are written in the transaction of
the act that it tells of.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from authsvc.accounts import Person
from authsvc.addresses import addresses_of
from authsvc.keys import b64url
from authsvc.outside import Message, channel_of
from authsvc.service import Service
from authsvc.store import Change, outbox, recovering
from authsvc.warning import words
from confirmations.words import Words

TOKEN_BYTES = 20
"""160 bits: nobody guesses a link, so its tries need no count."""
LINK_MS = 30 * 24 * 3600 * 1000
"""A notice that is read late still freezes."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Messages about one act: `changes` go into its transaction, `send` follows the commit."""

    deliveries: Sequence[tuple[outbox.Delivery, Message]] = ()
    changes: tuple[Change, ...] = ()

    def send(self, svc: Service) -> None:
        """Carry what was committed, without waiting for it."""
        svc.courier.carry_soon(self.deliveries)


async def prepare(
    svc: Service, person: Person, text: Words, *, also: Sequence[str] = (), freezes: bool = True, **values: str
) -> Notice:
    """A notice to all of the person's addresses, and to those in `also`: where one is changed, both hear of it."""
    deliveries, changes = [], []
    known = [each.address for each in await addresses_of(svc, person)]
    for address in dict.fromkeys((*known, *also)):
        token = b64url(svc.entropy(TOKEN_BYTES))
        link = f"{svc.settings.issuer}/freeze/{token}" if freezes else ""
        said = text.say(person.locale, **values)
        if freezes:
            said = f"{said} {words.NOT_ME.say(person.locale, link=link)}"
            until = svc.clock.now() + LINK_MS
            changes.append(recovering.to_insert_link(hash_token(token), person.id, until))
        subject = words.SUBJECT.say(person.locale)
        message = Message(channel_of(address), address, said, "", link=link, subject=subject)
        delivery, posting = svc.courier.prepare(message)
        deliveries.append((delivery, message))
        changes.append(posting)
    return Notice(deliveries, tuple(changes))


def hash_token(token: str) -> bytes:
    """How a link is stored: 160 random bits need no salt."""
    return hashlib.sha256(token.encode()).digest()
