"""What leaves the machine: channels that carry a message to a person's address."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one address. `code` and `link` stand in `text` too; a virtual phone shows them apart."""

    channel: str
    address: str
    text: str
    request_id: str
    code: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The gateway took the message under this id."""

    id: str


@dataclass(frozen=True, slots=True)
class Temporary:
    """Not now; worth another try after so many milliseconds."""

    after_ms: int


@dataclass(frozen=True, slots=True)
class Permanent:
    """Never: the address or the message is refused, for this reason code."""

    reason: str


class Channel(Protocol):
    """Carries messages of one kind (SMS, e-mail …)."""

    async def send(self, message: Message) -> Accepted | Temporary | Permanent:
        """Hand the message over; what the gateway said of it."""
