"""What a person signs by EDS to show who they are: a JSON text (RFC 8785) that says so itself.

Its `kind` is refused wherever a signed document is asked for (`signatures.LoginChallengeIsNotADocument`), and only this
kind is taken here, byte for byte as it was issued: one purpose, one place, one time, one nonce. Who was led to sign it
for somebody else's browser is not protected by that: EDS is not resistant to phishing.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson

from authsvc.clock import uuid7
from authsvc.eds.words import SIGNED
from authsvc.errors import InvalidRequest
from authsvc.keys import SealBroken, b64url, unb64url
from authsvc.service import Service
from confirmations.canonical import write_canonical, write_time
from confirmations.challenge import make_nonce
from signatures import LOGIN_CHALLENGE_KIND

LOGIN, REGISTRATION, CERTIFICATE = "login", "registration", "certificate"
LIFE_MS = 30 * 60 * 1000
"""As long as a login's pages: choosing a key, typing its password and carrying a file takes people minutes."""
MOST_TICKET = 2_000
_PURPOSE = "eds-challenge"


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge. `party`: to whom the person shows themselves, as they read it; times are milliseconds."""

    purpose: str
    id: str
    nonce: str
    origin: str
    party: str
    created: int

    @property
    def expires(self) -> int:
        """When it opens nothing any more."""
        return self.created + LIFE_MS

    def canonical(self) -> bytes:
        """The bytes to be signed."""
        return write_canonical(
            {
                "created": write_time(self.created),
                "expires": write_time(self.expires),
                "id": self.id,
                "kind": LOGIN_CHALLENGE_KIND,
                "nonce": self.nonce,
                "origin": self.origin,
                "purpose": self.purpose,
                "rp": self.party,
                "text": {name: SIGNED[self.purpose].say(name, party=self.party) for name in ("kk", "ru", "en")},
            }
        )


def begin(svc: Service, purpose: str, bound_to: str) -> tuple[str, Challenge]:
    """(ticket for the page, challenge). `bound_to`: the browser's value or the session's id, where alone it is good."""
    now = svc.clock.now()
    named = svc.settings.issuer, svc.settings.organisation
    made = Challenge(purpose, uuid7(now, svc.entropy), make_nonce(svc.entropy), *named, now)
    plain = orjson.dumps([made.purpose, made.id, made.nonce, made.created])
    return b64url(svc.keys.seal(_PURPOSE, plain, bound_to.encode())), made


def open_ticket(svc: Service, purpose: str, ticket: str, bound_to: str) -> Challenge:
    """The challenge of a ticket. Raises InvalidRequest for another browser's or purpose's, and for one that is over."""
    try:
        if not 0 < len(ticket) <= MOST_TICKET:
            raise ValueError("no ticket")
        kept, id_, nonce, created = orjson.loads(svc.keys.unseal(_PURPOSE, unb64url(ticket), bound_to.encode()))
    except (SealBroken, ValueError) as error:
        raise InvalidRequest("this page was not opened in this browser; begin again") from error
    challenge = Challenge(kept, id_, nonce, svc.settings.issuer, svc.settings.organisation, created)
    if kept != purpose or not created <= svc.clock.now() < challenge.expires:
        raise InvalidRequest("the time of this page is over; begin again")
    return challenge


def host_of(svc: Service) -> str:
    """The host on which codes are typed."""
    return urlsplit(svc.settings.issuer).hostname or ""
