"""Connections: one write for an answer, nothing kept back, and long bodies keep to the flow control."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from authsvc.web.connection import HELD_BYTES, join_writes

pytestmark = pytest.mark.anyio


@dataclass
class Transport:
    """What reaches the socket, in order."""

    said: list[bytes] = field(default_factory=list)
    closed: bool = False

    def write(self, data: bytes) -> None:
        self.said.append(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, name: str) -> str:
        return f"the {name}"


def joined() -> tuple[Transport, asyncio.Transport]:
    below: Any = Transport()
    return below, join_writes(below, asyncio.get_running_loop())


async def test_what_is_written_in_one_turn_leaves_in_one_piece() -> None:
    below, transport = joined()
    transport.write(b"head")
    transport.write(b"body")
    assert below.said == []
    await asyncio.sleep(0)
    assert below.said == [b"headbody"]
    transport.write(b"next")
    await asyncio.sleep(0)
    assert below.said == [b"headbody", b"next"]


async def test_a_connection_that_closes_says_first_what_it_holds() -> None:
    below, transport = joined()
    transport.write(b"last words")
    transport.close()
    assert (below.said, below.closed) == ([b"last words"], True)
    await asyncio.sleep(0)
    assert below.said == [b"last words"]


async def test_a_connection_that_was_lost_meanwhile_is_not_written_to() -> None:
    below, transport = joined()
    transport.write(b"to nobody")
    below.close()
    await asyncio.sleep(0)
    assert below.said == []


async def test_a_long_body_does_not_wait_for_the_end_of_the_turn() -> None:
    below, transport = joined()
    for _ in range(4):
        transport.write(b"x" * (HELD_BYTES // 2))
    transport.writelines([b"y", b"z"])
    assert sum(map(len, below.said)) >= HELD_BYTES
    await asyncio.sleep(0)
    assert b"".join(below.said) == b"x" * (2 * HELD_BYTES) + b"yz"


async def test_everything_else_is_the_transports_own() -> None:
    _, transport = joined()
    assert transport.get_extra_info("peername") == "the peername"
