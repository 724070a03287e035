"""What is worked out once."""

from __future__ import annotations

import pytest

from signatures.errors import Malformed
from signatures.lazy import keep_words, lazy


class Thing:
    def __init__(self) -> None:
        self.made = 0

    @lazy
    def value(self) -> int:
        """A number."""
        self.made += 1
        return self.made

    @lazy
    def broken(self) -> int:
        """Never there."""
        self.made += 1
        raise Malformed("no")


def test_a_value_is_made_by_the_first_look_and_kept() -> None:
    thing = Thing()
    assert (thing.value, thing.value, thing.made) == (1, 1, 1)
    assert Thing().value == 1
    assert Thing.value.__doc__ == "A number."


def test_what_can_not_be_made_is_not_kept() -> None:
    thing = Thing()
    for _ in range(2):
        with pytest.raises(Malformed):
            _ = thing.broken
    assert thing.made == 2


def test_only_short_bytes_are_kept() -> None:
    seen: list[bytes] = []

    @keep_words(longest=3)
    def length(data: bytes) -> int:
        seen.append(data)
        return len(data)

    assert [length(data) for data in (b"abc", b"abc", b"abcd", b"abcd")] == [3, 3, 4, 4]
    assert seen == [b"abc", b"abcd", b"abcd"]
