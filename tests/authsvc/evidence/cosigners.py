"""Witnesses within a test's reach: the real small witness behind an in-process transport, and ones that misbehave."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from authsvc.clock import HandClock
from authsvc.evidence.note import Verifier
from authsvc.evidence.quorum import Quorum, read_quorum
from authsvc.outside.http import Http, Reply
from authsvc.witness.memory import Memory, keys_of
from authsvc.witness.server import Witness

Answer = Callable[[str, bytes | None], Awaitable[Reply]]


@dataclass
class Notary:
    """One witness held by somebody else. `answers` are given in place of its own, first to last."""

    name: str
    witness: Witness
    memory: Memory
    answers: list[Answer] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)

    @property
    def vkey(self) -> str:
        return self.witness.vkeys[0]

    @property
    def url(self) -> str:
        return f"http://{self.name}.test"


@dataclass
class Notaries:
    """Several witnesses, and `call` as the service's HTTP client has it."""

    all: dict[str, Notary]
    http: Http

    async def call(self, url: str, body: bytes | None = None, /, *, seconds: float, largest: int) -> Reply:
        notary = next(each for each in self.all.values() if url.startswith(each.url))
        if body is not None:
            notary.asked.append(body)
        if notary.answers:
            return await notary.answers.pop(0)(url, body)
        return await self.http.call(url, body, seconds=seconds, largest=largest)

    def quorum(self, log_key: Verifier, rule: str = "all", holders: dict[str, str] | None = None) -> Quorum:
        lines = [f"witness {each.name} {each.vkey} {each.url}" for each in self.all.values()]
        lines += [f"group notaries {rule} {' '.join(self.all)}", "quorum notaries"]
        held = {name: f"Notary chamber {name}" for name in self.all} | (holders or {})
        return read_quorum(
            "".join(f"{line}\n" for line in lines).encode(),
            "".join(f"{name} {holder}\n" for name, holder in held.items()).encode(),
            log_key,
        )

    def state(self, name: str, origin: str) -> int:
        held = self.all[name].memory.held(origin)
        return held.size if held else 0


def notaries_for(folder: Path, clock: HandClock, origin: str, keys: list[Verifier], *names: str) -> Notaries:
    """Real witnesses of these names, each with a directory of its own, that know this log."""
    found: dict[str, Notary] = {}
    for name in names:
        directory = folder / name
        cosigner, tree = keys_of(directory, f"{name}.test/w")
        memory = Memory(directory)
        witness = Witness({origin: keys}, memory, cosigner, tree, now=lambda: clock.now() // 1000)
        found[name] = Notary(name, witness, memory)
    mounts = {each.url: httpx2.ASGITransport(each.witness) for each in found.values()}
    return Notaries(found, Http(mounts))


def replies(status: int, body: bytes = b"", media_type: str = "text/plain") -> Answer:
    """A witness that answers this, whatever it is asked."""

    async def answer(_url: str, _body: bytes | None) -> Reply:
        return Reply(status, media_type, body)

    return answer


async def is_down(_url: str, _body: bytes | None) -> Reply:
    """Nobody listens."""
    raise ConnectionRefusedError


async def never_answers(_url: str, _body: bytes | None) -> Reply:
    """It takes the request and says nothing until the other side hangs up."""
    await asyncio.Event().wait()
    raise AssertionError("unreachable")
