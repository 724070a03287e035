"""A copy of the database that runs beside the original on one key store never destroys what the original needs
(evidence format, section 6): neither one that lags behind the fence, nor one with a fence of its own."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from authsvc.clock import HandClock
from authsvc.errors import ConfigurationError
from authsvc.evidence.epochs import GRACE_MS, LIFETIME_MS, SILENCE_MS
from authsvc.evidence.fence import FileFence
from authsvc.evidence.log import Log
from authsvc.evidence.rewrap import change_epoch
from authsvc.keys import SealBroken
from authsvc.store import Store, subjects
from tests.authsvc.evidence.logs import AIGUL, BOLAT, Bench, open_bench
from tests.authsvc.evidence.test_guard import copied
from tests.authsvc.evidence.test_rewrap import numbers

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
async def bench(db: Store, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]) -> Bench:
    return await open_bench(db, tmp_path, clock, entropy)


async def opened_copy(bench: Bench, store: Store, fence: FileFence) -> Bench:
    """What `serve` opens on a copy: its own database and perhaps its own fence, the keys and the key store of all."""
    copy = replace(bench, store=store, fence=fence)
    copy.log = copy.another()
    await copy.log.open()
    return copy


async def keep_up(bench: Bench, log: Log | None = None) -> None:
    """As the worker does each minute."""
    log = log or bench.log
    await log.vault.keep_up(bench.store, leaning=log.read_only_reason is None)


async def reads(bench: Bench, subject: str) -> bool:
    """Whether a person's key still opens here."""
    handle = await bench.log.vault.find(bench.store, subject)
    if handle is None:
        return False
    try:
        return await bench.log.vault.subject_of(bench.store, handle) == subject
    except SealBroken:
        return False


async def test_a_copy_behind_the_fence_neither_ends_an_epoch_nor_holds_one_back(
    bench: Bench, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    await bench.write(AIGUL)
    async with copied(bench, request, tmp_path) as store:
        await bench.write(BOLAT)
        await bench.log.close()  # the fence moves
        copy = await opened_copy(bench, store, bench.fence)
        assert copy.log.read_only_reason is not None
        bench.clock.move(LIFETIME_MS)
        assert await change_epoch(store, copy.log) == 0
        assert await numbers(bench) == [1], "it makes none"
        await change_epoch(bench.store, bench.log)
        bench.clock.move(GRACE_MS)
        for _ in range(3):
            await keep_up(copy)
            assert await change_epoch(store, copy.log) == 0
        assert await numbers(bench) == [1, 2]
        assert await reads(bench, AIGUL)
        assert await change_epoch(bench.store, bench.log) == 2
        assert await numbers(bench) == [2]
        assert (await reads(bench, AIGUL), await reads(bench, BOLAT)) == (True, True)
        with pytest.raises(ConfigurationError, match="After a restore"):
            await opened_copy(bench, store, bench.fence)


async def test_a_copy_with_a_fence_of_its_own_waits_until_the_original_leans_on_the_old_epoch_no_more(
    bench: Bench, request: pytest.FixtureRequest, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await bench.write(AIGUL)
    async with copied(bench, request, tmp_path) as store:
        copy = await opened_copy(bench, store, FileFence(tmp_path / "own" / "fence.json"))
        await copy.write(BOLAT)
        assert copy.log.read_only_reason is None
        bench.clock.move(LIFETIME_MS)
        await change_epoch(store, copy.log)
        await keep_up(bench)
        bench.clock.move(GRACE_MS)
        assert await change_epoch(store, copy.log) == 2
        assert await subjects.epochs(store) == [2], "the copy itself leans on the new one alone"
        assert await numbers(bench) == [1, 2]
        assert "epoch 1 is not destroyed yet: another process's database leans on it" in caplog.text
        assert await reads(bench, AIGUL)
        await bench.write(AIGUL)
        assert await change_epoch(bench.store, bench.log) == 1
        assert await numbers(bench) == [2]
        assert (await reads(bench, AIGUL), await reads(copy, AIGUL), await reads(copy, BOLAT)) == (True, True, True)


async def test_an_original_that_is_stopped_for_a_while_finds_its_epoch_again(
    bench: Bench, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    await bench.write(AIGUL)
    async with copied(bench, request, tmp_path) as store:
        copy = await opened_copy(bench, store, FileFence(tmp_path / "own" / "fence.json"))
        bench.clock.move(LIFETIME_MS)
        await keep_up(bench)
        await bench.log.close()
        await change_epoch(store, copy.log)
        bench.clock.move(SILENCE_MS - 1)
        await change_epoch(store, copy.log)
        copy = await opened_copy(copy, store, copy.fence)  # a start of the copy destroys nothing either
        await change_epoch(store, copy.log)
        assert await numbers(bench) == [1, 2]
        bench.log = bench.another()
        await bench.log.open()
        assert await reads(bench, AIGUL)
        await bench.log.close()
        bench.clock.move(SILENCE_MS + 1)  # as long without a word: nobody is there any more
        await change_epoch(store, copy.log)
        assert await numbers(bench) == [2]


async def test_a_process_whose_fence_cannot_be_read_destroys_nothing(bench: Bench, tmp_path: Path) -> None:
    await bench.write(AIGUL)
    bench.clock.move(LIFETIME_MS)
    await change_epoch(bench.store, bench.log)
    bench.clock.move(GRACE_MS)
    fence = tmp_path / "outside" / "fence.json"
    fence.parent.mkdir(exist_ok=True)
    fence.write_text("nonsense")
    assert await change_epoch(bench.store, bench.log) == 0
    assert await numbers(bench) == [1, 2]
    fence.unlink()
    assert await change_epoch(bench.store, bench.log) == 1
    assert await numbers(bench) == [2]


async def test_a_fork_that_shows_while_keys_are_wrapped_still_saves_the_old_secret(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else signed further meanwhile: the look is taken again at the last moment."""
    await bench.write(AIGUL)
    bench.clock.move(LIFETIME_MS)
    await change_epoch(bench.store, bench.log)
    bench.clock.move(GRACE_MS)
    close = subjects.close_epoch

    async def overtaken(*args: object) -> bool:
        bench.fence.move(replace(bench.log._last, size=10_000))  # type: ignore[type-var]
        return await close(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(subjects, "close_epoch", overtaken)
    await change_epoch(bench.store, bench.log)
    assert await subjects.epochs(bench.store) == [2]
    assert await numbers(bench) == [1, 2]
    assert bench.log.read_only_reason is not None
