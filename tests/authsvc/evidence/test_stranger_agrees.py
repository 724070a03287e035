"""A stranger, written from the public texts alone, reads the log as it is served, agrees, and objects to damage."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from authsvc.clock import HandClock
from authsvc.store import Store
from authsvc.web import log as served
from tests import stranger
from tests.authsvc.evidence.logs import AIGUL, BOLAT, Bench, open_bench
from tests.stranger.note import demand

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
async def bench(db: Store, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]) -> Bench:
    return await open_bench(db, tmp_path, clock, entropy)


async def visit(
    bench: Bench, keys: str, *, spoil: Callable[[str, bytes], bytes] | None = None, **known: Any
) -> stranger.Log:
    """One visit of a stranger, who waits in a thread for what the service's own handlers answer."""
    loop = asyncio.get_running_loop()
    publishing = bench.publishing()
    await publishing.publish()
    svc: Any = SimpleNamespace(
        store=bench.store, log=bench.log, publishing=publishing, settings=SimpleNamespace(log_entries_public=True)
    )

    async def answer(path: str) -> bytes:
        if path == "checkpoint":
            response = await served.checkpoint(svc)
        elif path == "vkey":
            response = await served.vkey(svc)
        else:
            response = await served.tile(svc, path)
        if response.status_code != 200:
            raise LookupError(f"{response.status_code} for {path}")
        body = bytes(response.body)
        return spoil(path, body) if spoil else body

    def fetch(path: str) -> bytes:
        return asyncio.run_coroutine_threadsafe(answer(path), loop).result(60)

    try:
        return await asyncio.to_thread(stranger.check_log, fetch, keys or fetch("vkey").decode(), prefix="", **known)
    finally:
        await publishing.close()


@pytest.mark.parametrize("records", [0, 3, 254, 300])
async def test_a_stranger_accepts_the_log_as_it_is_served(bench: Bench, records: int) -> None:
    await asyncio.gather(*(bench.write(AIGUL if n % 2 else BOLAT) for n in range(records)))
    keys = str(bench.log.signers.log.verifier)
    log = await visit(bench, keys)
    assert log.size == len(log.entries) == len(log.of_type("confirmation")) + 2  # genesis, and the software in force
    assert len(log.of_type("confirmation")) == records
    genesis = hashlib.sha256(log.entries[0].raw).digest()
    assert (await visit(bench, keys, genesis=genesis)).root == log.root


async def test_a_stranger_who_comes_back_sees_the_same_history_grown(bench: Bench) -> None:
    keys = str(bench.log.signers.log.verifier)
    before = await visit(bench, keys)
    settled = [await bench.write(AIGUL) for _ in range(5)]
    after = await visit(bench, keys, before=before)
    assert after.size == before.size + 5
    for one in settled:
        assert stranger.check_proof(one.proof, one.entry, keys) == (one.index, one.size)
        assert after.entries[one.index].raw == one.entry


async def test_a_published_checkpoint_carries_both_keys_and_the_stranger_checks_both(bench: Bench) -> None:
    await bench.write(AIGUL)
    await bench.publishing().publish()
    signers = bench.log.signers
    log = await visit(bench, f"{signers.log.verifier}\n{signers.tree.verifier}\n")
    assert len(log.tree.checkpoint.signers) == 2


@pytest.mark.parametrize("part", ["checkpoint", "tile/0/", "tile/entries/"])
async def test_one_flipped_bit_anywhere_in_what_is_served_is_objected_to(bench: Bench, part: str) -> None:
    for _ in range(3):
        await bench.write(AIGUL)
    keys = f"{bench.log.signers.log.verifier}\n{bench.log.signers.tree.verifier}\n"
    length = 0

    def measure(path: str, body: bytes) -> bytes:
        nonlocal length
        length = len(body) if path.startswith(part) else length
        return body

    await visit(bench, keys, spoil=measure)
    for at in range(0, length, max(1, length // 40)):

        def flip(path: str, body: bytes, at: int = at) -> bytes:
            return body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :] if path.startswith(part) else body

        with pytest.raises((stranger.Objection, LookupError)):
            await _visit_and_count(bench, keys, flip)


async def _visit_and_count(bench: Bench, keys: str, spoil: Callable[[str, bytes], bytes]) -> None:
    """A line whose key id was flipped is one of an unknown key, so both keys must have signed."""
    log = await visit(bench, keys, spoil=spoil)
    demand(len(log.tree.checkpoint.signers) == 2, "checkpoint: a key of the log has not signed")
