"""Time and ids: milliseconds since the epoch inside, RFC 3339 in records, UUIDv7 by RFC 9562 section 5.7."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol

Entropy = Callable[[int], bytes]
"""Gives so many unpredictable bytes."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Whoever knows the time."""

    def now(self) -> int:
        """Milliseconds since the epoch."""


class SystemClock:
    """The machine's wall clock."""

    def now(self) -> int:
        """Milliseconds since the epoch."""
        return time.time_ns() // 1_000_000


class HandClock:
    """A clock that stands until it is moved."""

    def __init__(self, start: int) -> None:
        self._now = start

    def now(self) -> int:
        """Milliseconds since the epoch."""
        return self._now

    def move(self, ms: int) -> None:
        """Go on (or back) by so many milliseconds."""
        self._now += ms


def rfc3339(ms: int) -> str:
    """UTC with exactly three fraction digits, as records write it."""
    whole, fraction = divmod(ms, 1000)
    return f"{_second(whole)}.{fraction:03d}Z"


@lru_cache(maxsize=1024)
def _second(whole: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))


def parse_rfc3339(text: str) -> int:
    """Milliseconds since the epoch; the exact form of `rfc3339` or a ValueError."""
    if len(text) != 24 or not text.endswith("Z"):
        raise ValueError("not RFC 3339 UTC with three fraction digits")
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def uuid7(ms: int, entropy: Entropy) -> str:
    """A UUIDv7 of this moment: an id that sorts by time, never a capability (74 random bits)."""
    chance = entropy(10)
    stamp = f"{ms & 0xFFFF_FFFF_FFFF:012x}"
    rest = chance.hex()
    variant = "89ab"[chance[2] & 3]
    return f"{stamp[:8]}-{stamp[8:]}-7{rest[1:4]}-{variant}{rest[5:8]}-{rest[8:]}"
