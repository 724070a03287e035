"""What is stopped, as this process knows it: read twice a second, so that a switch acts everywhere within one.

Whoever acts asks without waiting. While the database does not answer, what was known last stands.
"""

import asyncio
import logging
from collections.abc import Sequence

from authsvc.errors import Suspended
from authsvc.store import Store
from authsvc.store import switches as rows
from signatures import Report

logger = logging.getLogger("authsvc.switches")

PERIOD = 0.5
KINDS = ("method", "channel", "relying_party", "ca", "read_only", "drain")
"""What can be stopped; the last two, which have one object, stop the service's writing and its traffic."""
ALL = "all"


class Switches:
    """See the module's text. Without a store nothing is ever stopped."""

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self._stopped: frozenset[tuple[str, str]] = frozenset()

    async def refresh(self) -> None:
        """Read what is stopped now."""
        if self._store is not None:
            self._stopped = frozenset((row.kind, row.object) for row in await rows.stopped(self._store))

    async def keep(self) -> None:
        """Refresh until cancelled."""
        while True:
            await asyncio.sleep(PERIOD)
            try:
                await self.refresh()
            except Exception as error:  # the database gives way: what was known stands
                logger.error("switches can't be read: %s", type(error).__name__)

    def is_stopped(self, kind: str, object_: str = ALL) -> bool:
        """Whether somebody stopped this."""
        return (kind, object_) in self._stopped

    def demand(self, kind: str, object_: str) -> None:
        """Suspended where somebody stopped this."""
        if self.is_stopped(kind, object_):
            raise Suspended(f"{SAID[kind]} is suspended by the operator; nothing was done")

    def demand_one(self, ways: Sequence[Sequence[str]]) -> None:
        """Suspended where each of these combinations of methods has one that is stopped."""
        free = [way for way in ways if not any(self.is_stopped("method", method) for method in way)]
        if ways and not free:
            raise Suspended(f"{SAID['method']} is suspended by the operator; nothing was done")

    def demand_path(self, report: Report) -> None:
        """Suspended where a signature's path leads through an authority that is stopped: no verdict is given on it."""
        for one in report.signatures:
            for certificate in one.path:
                self.demand("ca", certificate.sha256)

    def hold(self) -> str | None:
        """Why nothing is recorded now; None while it is."""
        return "the operator switched to read-only mode" if self.is_stopped("read_only") else None


SAID = {
    "method": "this method",
    "channel": "this channel",
    "relying_party": "this relying party",
    "ca": "a certification authority on this path",
}
