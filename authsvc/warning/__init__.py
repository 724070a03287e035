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
    svc: Service,
    person: Person,
    text: Words,
    *,
    also: Sequence[str] = (),
    freezes: bool = True,
    subject: Words = words.SUBJECT,
    **values: str,
) -> Notice:
    """A notice to all of the person's addresses, and to those in `also`: where one is changed, both hear of it."""
    deliveries, changes = [], []
    known = [each.address for each in await addresses_of(svc, person)]
    for address in dict.fromkeys((*known, *also)):
        said, link = text.say(person.locale, **values), ""
        if freezes:
            link, made = make_link(svc, person.id)
            said = f"{said} {words.NOT_ME.say(person.locale, link=link)}"
            changes.append(made)
        message = Message(channel_of(address), address, said, "", link=link, subject=subject.say(person.locale))
        delivery, posting = svc.courier.prepare(message)
        deliveries.append((delivery, message))
        changes.append(posting)
    return Notice(deliveries, tuple(changes))


def make_link(svc: Service, account: str) -> tuple[str, Change]:
    """A link that freezes this account, once, within `LINK_MS`; and what writes it in the act's transaction."""
    token = b64url(svc.entropy(TOKEN_BYTES))
    made = recovering.to_insert_link(hash_token(token), account, svc.clock.now() + LINK_MS)
    return f"{svc.settings.issuer}/freeze/{token}", made


def hash_token(token: str) -> bytes:
    """How a link is stored: 160 random bits need no salt."""
    return hashlib.sha256(token.encode()).digest()
