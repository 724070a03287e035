"""Whether this machine's clock can be believed (evidence format, section 11): it must not step back, nor leave the time
stamps.

An act's `time` is the service's own word. While the clock is in doubt no new act is accepted; what is staged is
sequenced, because its place in the log needs no clock.
"""

from authsvc.clock import Clock, rfc3339

BOUND_MS = 5_000


class ClockWatch:
    """Watches one clock. `bound` in ms: by how much it may step back, and differ from a time stamp."""

    __slots__ = ("_bound", "_clock", "_latest", "off")

    def __init__(self, clock: Clock, bound: int = BOUND_MS) -> None:
        self._clock = clock
        self._bound = bound
        self._latest = 0
        self.off = 0

    def saw(self, moment: int) -> None:
        """A moment (ms) that has passed for certain: by an entry of the log, or by a time stamp."""
        self._latest = max(self._latest, moment)

    def refusal(self) -> str | None:
        """Why no new act is accepted; None while the clock can be believed. Call it often: it sees steps by that."""
        now = self._clock.now()
        if self.off:
            return f"the clock of this service differs from trusted time stamps by {_seconds(self.off)}"
        if now < self._latest - self._bound:
            return (
                f"the clock of this service went back: it was {rfc3339(self._latest)} already, and says {rfc3339(now)}"
            )
        self._latest = max(self._latest, now)
        return None

    def compare(self, earliest: int, latest: int, sent: int, received: int) -> int:
        """By how much (ms, signed) our clock is off a token asked for at `sent` and received at `received`: 0 if within
        the bound. The token's time lies between `earliest` and `latest`, and between the two moments of ours."""
        ahead, behind = sent - latest, earliest - received
        if ahead > self._bound:
            return ahead
        return -behind if behind > self._bound else 0

    def settle(self, off: int) -> None:
        """What the newest time stamps said. When they agree with the clock as it is now, it is believed again."""
        self.off = off
        if not off:
            self._latest = self._clock.now()


def _seconds(ms: int) -> str:
    return f"{abs(ms) / 1000:.1f} s ({'ahead' if ms > 0 else 'behind'})"
