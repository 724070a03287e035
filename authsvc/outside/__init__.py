"""What leaves the machine: channels that carry a message to a person's address."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one address. `code` and `link` stand in `text` too; a virtual phone shows them apart.

    `subject` is what an e-mail has and an SMS has not. `until` (ms; 0: no end): what comes later is of no use to
    anybody, so it is not sent. `id` is its delivery's: the same at each try, so that a gateway may know it again.
    """

    channel: str
    address: str
    text: str
    request_id: str
    code: str = ""
    link: str = ""
    subject: str = ""
    until: int = 0
    id: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The gateway took the message under this id. `gateway`: its name, where it will tell more about it (Receipt)."""

    id: str
    gateway: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a gateway heard later of a message that it had taken: it reached its address, or it never will."""

    gateway: str
    id: str
    arrived: bool


@dataclass(frozen=True, slots=True)
class Temporary:
    """Not now; worth another try after so many milliseconds."""

    after_ms: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Permanent:
    """Never: the address or the message is refused, for this reason code."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unusable:
    """The gateway itself is wrong (refuses us, shows no certificate): another one may take the message."""

    reason: str


Verdict: TypeAlias = Accepted | Temporary | Permanent


class Channel(Protocol):
    """Carries messages of one kind (SMS, e-mail …)."""

    async def send(self, message: Message) -> Verdict:
        """Hand the message over; what the gateway said of it."""


class Carrier(Protocol):
    """One gateway of a channel, as the settings name it."""

    async def send(self, message: Message) -> Verdict | Unusable:
        """Hand the message over; what the gateway said of it, or that it can't be used as it is."""

    async def probe(self) -> str:
        """Reach the gateway without a message (`authsvc config check`): what is wrong, empty when nothing is."""

    async def close(self) -> None:
        """Close the connections."""


def channel_of(address: str) -> str:
    """What carries a message to a person's address: `email`, or `sms` to a telephone number."""
    return "email" if "@" in address else "sms"
