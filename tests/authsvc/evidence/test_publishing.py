"""Publishing on both databases: two signatures, cosignatures, the quorum; every way in which a witness can fail."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from authsvc.clock import HandClock
from authsvc.errors import ReadOnly
from authsvc.evidence import publishing as module
from authsvc.evidence.fence import Mark
from authsvc.evidence.note import ML_DSA_44, open_checkpoint
from authsvc.evidence.proof import parse_proof
from authsvc.evidence.publishing import Publishing
from authsvc.evidence.states import standing
from authsvc.evidence.witness import SIZE_TYPE, parse_request
from authsvc.evidence.witnesses import witnessed_marks
from authsvc.store import Store, publication
from authsvc.store import evidence as rows
from tests.authsvc.evidence.cosigners import Notaries, is_down, never_answers, notaries_for, replies
from tests.authsvc.evidence.logs import AIGUL, BOLAT, ORIGIN, Bench, open_bench

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
async def bench(db: Store, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]) -> Bench:
    return await open_bench(db, tmp_path, clock, entropy)


@pytest.fixture
async def notaries(bench: Bench, tmp_path: Path) -> AsyncIterator[Notaries]:
    keys = [bench.log.signers.log.verifier, bench.log.signers.tree.verifier]
    made = notaries_for(tmp_path, bench.clock, ORIGIN, keys, "court", "bank")
    yield made
    await made.http.close()


@pytest.fixture
async def publishing(bench: Bench, notaries: Notaries) -> AsyncIterator[Publishing]:
    made = bench.publishing(notaries.quorum(bench.log.signers.log.verifier), notaries.call)
    yield made
    await made.close()


async def publish(publishing: Publishing) -> int:
    """Publish what is there and wait until the witnesses were asked."""
    size, _ = await publishing.publish()
    await publishing.reached(size - 1, "witnessed")
    return size


async def is_witnessed(bench: Bench, size: int) -> bool:
    return (await publication.read(bench.store)).witnessed == size


async def test_a_published_checkpoint_has_both_signatures_and_the_cosignatures_of_the_quorum(
    bench: Bench, publishing: Publishing, notaries: Notaries
) -> None:
    await bench.write(AIGUL)
    size = await publish(publishing)
    note = await publishing.served()
    assert note is not None
    signers = bench.log.signers
    witnesses = list(publishing.quorum.policy.witnesses.values())
    checkpoint, opened = open_checkpoint(note, [signers.log.verifier, signers.tree.verifier, *witnesses], ORIGIN)
    assert checkpoint.size == size
    assert {each.verifier for each in opened.verified} == {signers.log.verifier, signers.tree.verifier, *witnesses}
    assert [notaries.state(name, ORIGIN) for name in ("court", "bank")] == [size, size]
    assert publishing.refusals == {}


async def test_the_next_checkpoint_comes_with_the_proof_from_the_size_that_the_witness_holds(
    bench: Bench, publishing: Publishing, notaries: Notaries
) -> None:
    first = await publish(publishing)
    await bench.write(AIGUL)
    second = await publish(publishing)
    requests = [parse_request(body) for body in notaries.all["court"].asked]
    assert [request.old for request in requests] == [0, first]
    assert await is_witnessed(bench, second)


async def test_a_process_that_knows_nothing_starts_from_what_was_cosigned_before(
    bench: Bench, publishing: Publishing, notaries: Notaries
) -> None:
    first = await publish(publishing)
    await bench.write(AIGUL)
    again = bench.publishing(publishing.quorum, notaries.call)
    await publish(again)
    await again.close()
    assert parse_request(notaries.all["court"].asked[-1]).old == first


async def test_a_409_with_a_smaller_size_is_answered_with_the_proof_from_there(
    bench: Bench, publishing: Publishing, notaries: Notaries
) -> None:
    await publish(publishing)
    held = notaries.all["court"].memory.note(ORIGIN)
    assert held is not None
    await bench.write(AIGUL)
    await publish(publishing)
    # The witness went back to an older copy of its memory.
    (path,) = (notaries.all["court"].memory._directory).glob("*.checkpoint")
    path.write_bytes(held)
    await bench.write(BOLAT)
    size = await publish(publishing)
    assert await is_witnessed(bench, size)
    assert notaries.state("court", ORIGIN) == size


async def test_the_proof_of_a_witnessed_record_leads_to_the_checkpoint_that_met_the_quorum_and_never_changes(
    bench: Bench, publishing: Publishing
) -> None:
    settled = await bench.write(AIGUL)
    assert (await standing(bench.store, settled)).state == "sequenced"
    size = await publish(publishing)
    first = await standing(bench.store, settled)
    assert (first.state, first.settled.size) == ("witnessed", size)
    for _ in range(3):
        await bench.write(BOLAT)
        await publish(publishing)
        assert await standing(bench.store, settled) == first
    proof = parse_proof(first.settled.proof)
    witnesses = list(publishing.quorum.policy.witnesses.values())
    assert proof.verify(settled.entry, [bench.log.signers.log.verifier], ORIGIN).size == size
    _, note = open_checkpoint(proof.checkpoint, [bench.log.signers.log.verifier, *witnesses], ORIGIN)
    assert publishing.quorum.policy.is_met(each.verifier for each in note.verified)


async def test_at_most_one_checkpoint_is_published_in_a_pace_by_all_processes_together(
    bench: Bench, clock: HandClock
) -> None:
    several = [bench.publishing(pace_ms=1_000) for _ in range(3)]
    start = (await several[0].publish())[0]
    published = {start}
    for _ in range(6):
        await bench.write(AIGUL)
        for each in several:
            each.wake()
        await asyncio.sleep(0.05)
        published.add((await publication.read(bench.store)).size)
    assert published == {start}
    clock.move(1_000)
    assert len({size for size, _ in await asyncio.gather(*(each.publish() for each in several))}) == 1
    rows = await bench.store.all("select distinct size from cosignature")
    assert len(rows) == 2
    for each in several:
        await each.close()


async def test_a_clock_that_stepped_back_an_hour_stops_no_publishing(bench: Bench, clock: HandClock) -> None:
    publishing = bench.publishing(pace_ms=1_000)
    await publishing.publish()
    await bench.write(AIGUL)
    clock.move(-3_600_000)
    size, _ = await publishing.publish()
    assert size == (await bench.findings()).size
    await publishing.close()


async def test_without_a_policy_nobody_is_asked_and_nothing_is_waited_for(bench: Bench) -> None:
    publishing = bench.publishing()
    settled = await bench.write(AIGUL)
    await publishing.publish()
    await publishing.reached(settled.index, "witnessed")
    assert (await standing(bench.store, settled)).state == "sequenced"
    note = await publishing.served()
    assert note is not None
    _, opened = open_checkpoint(note, [bench.log.signers.log.verifier, bench.log.signers.tree.verifier], ORIGIN)
    assert len(opened.verified) == 2
    await publishing.close()


# --- a witness that fails (attack case 28): the act stands, the record stays sequenced, the next round goes on ---

FAILURES = {
    "down": (is_down, "unreachable"),
    "garbage": (replies(200, b"\xff\x00 not a line"), "no_good_line"),
    "empty": (replies(200, b""), "no_good_line"),
    "error": (replies(503, b"busy"), "failing"),
    "redirect": (replies(302, b""), "garbage"),
    "unknown log": (replies(404, b"who?"), "unknown_log"),
    "unknown key": (replies(403, b"no"), "unknown_key"),
    "bad proof": (replies(422, b"no"), "bad_proof"),
    "409 without a size": (replies(409, b"conflict"), "other_root"),
    "409 with a size that is none": (replies(409, b"07\n", SIZE_TYPE), "garbage"),
    "409 with a size of 2^63": (replies(409, b"9223372036854775808\n", SIZE_TYPE), "garbage"),
    "409 far ahead": (replies(409, b"4000000\n", SIZE_TYPE), "ahead"),
}


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_failing_witness_holds_nothing_up_and_the_next_round_asks_it_again(
    bench: Bench, publishing: Publishing, notaries: Notaries, failure: str
) -> None:
    answer, reason = FAILURES[failure]
    settled = await bench.write(AIGUL)
    notaries.all["court"].answers.append(answer)
    await publish(publishing)
    assert publishing.refusals == {"court": reason}
    assert (await standing(bench.store, settled)).state == "sequenced"
    assert bench.log.read_only_reason is None
    later = await bench.write(BOLAT)
    size = await publish(publishing)
    assert await is_witnessed(bench, size)
    assert (await standing(bench.store, later)).state == "witnessed"
    assert (await standing(bench.store, settled)).state == "witnessed"
    assert publishing.refusals == {}


async def test_a_line_of_another_key_under_the_witnesss_name_is_no_cosignature(
    bench: Bench, publishing: Publishing, notaries: Notaries, tmp_path: Path
) -> None:
    keys = [bench.log.signers.log.verifier]
    rogue = notaries_for(tmp_path / "rogue", bench.clock, ORIGIN, keys, "court").all["court"].witness

    async def impostor(_url: str, body: bytes | None) -> object:
        status, media_type, said = await rogue.add_checkpoint(body or b"")
        return type("Reply", (), {"status": status, "media_type": media_type, "body": said})

    notaries.all["court"].answers.append(impostor)  # type: ignore[arg-type]  # it has the shape of a reply
    await publish(publishing)
    assert publishing.refusals == {"court": "no_good_line"}
    assert not (await publication.read(bench.store)).witnessed


async def test_a_cosignature_over_another_checkpoint_is_none(
    bench: Bench, publishing: Publishing, notaries: Notaries
) -> None:
    court = notaries.all["court"]
    await publish(publishing)
    await bench.write(AIGUL)
    note = court.memory.note(ORIGIN)
    assert note is not None
    court.answers.append(replies(200, note.partition(b"\n\n")[2]))
    await publish(publishing)
    assert publishing.refusals == {"court": "no_good_line"}


@pytest.mark.parametrize(("shift", "reason"), [(301_000, "bad_time"), (299_000, None), (-86_400_000, None)])
async def test_a_cosignature_from_the_future_does_not_count(
    bench: Bench, publishing: Publishing, notaries: Notaries, clock: HandClock, shift: int, reason: str | None
) -> None:
    court = notaries.all["court"].witness
    court._now = lambda: (clock.now() + shift) // 1000
    size = await publish(publishing)
    assert publishing.refusals.get("court") == reason
    assert await is_witnessed(bench, size) == (reason is None)


async def test_a_slow_witness_is_given_up_in_time_and_left_out_of_the_next_round_while_it_is_busy(
    bench: Bench, notaries: Notaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    publishing = bench.publishing(notaries.quorum(bench.log.signers.log.verifier, "any"), notaries.call)
    notaries.all["court"].answers.append(never_answers)
    settled = await bench.write(AIGUL)
    first = await publish(publishing)
    assert (await standing(bench.store, settled)).state == "witnessed"
    await bench.write(BOLAT)
    second = await publish(publishing)
    assert (len(notaries.all["court"].asked), len(notaries.all["bank"].asked)) == (1, 2)
    assert await is_witnessed(bench, second)
    assert second > first
    await publishing.close()


async def test_a_late_quorum_is_not_waited_for_longer_than_the_bound(
    bench: Bench, publishing: Publishing, notaries: Notaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "QUORUM_SECONDS", 0.05)
    notaries.all["court"].answers.append(never_answers)
    settled = await bench.write(AIGUL)
    await publishing.reached(settled.index, "witnessed")
    assert (await standing(bench.store, settled)).state == "sequenced"


async def test_the_client_itself_gives_a_silent_witness_up() -> None:
    from authsvc.outside.http import Http, Unreachable

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(swallow, "127.0.0.1", 0)
    http = Http()
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/add-checkpoint"
    with pytest.raises(Unreachable, match="in time"):
        await http.call(url, b"x", seconds=0.1)
    await http.close()
    server.close()


# --- a witness that knows better: an alarm, and proof before the log stops ---


async def test_a_restored_backup_is_found_by_what_a_witness_holds_under_our_own_signature(
    tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]
) -> None:
    """Attack 13, with the fence lost too: nobody but the witness remembers."""
    from authsvc.store.sqlite import open_sqlite

    store = open_sqlite(tmp_path / "log.sqlite")
    await store.migrate()
    bench = await open_bench(store, tmp_path, clock, entropy)
    keys = [bench.log.signers.log.verifier, bench.log.signers.tree.verifier]
    notaries = notaries_for(tmp_path, clock, ORIGIN, keys, "court")
    publishing = bench.publishing(notaries.quorum(keys[0]), notaries.call)
    await publish(publishing)
    source, backup = sqlite3.connect(tmp_path / "log.sqlite"), sqlite3.connect(tmp_path / "backup.sqlite")
    source.backup(backup)
    source.close()
    backup.close()
    await bench.write(AIGUL)
    await publish(publishing)
    await publishing.close()
    await bench.log.close()
    await store.close()
    bench.fence._path.unlink()

    restored = open_sqlite(tmp_path / "backup.sqlite")
    bench.store = restored
    late = bench.another()
    marks = await witnessed_marks(notaries.call, publishing.places, ORIGIN, keys[:1])
    assert len(marks) == 1
    await late.open(marks)
    assert late.read_only_reason is not None
    with pytest.raises(ReadOnly):
        await bench.write(BOLAT, log=late)

    # The same at run time: a service that started while the witness was away signs on, until a round brings it out.
    forked = bench.another()
    await forked.open()
    await bench.write(BOLAT, log=forked)
    bench.log = forked
    again = bench.publishing(publishing.quorum, notaries.call)
    for _ in range(5):
        with suppress(ReadOnly):
            await publish(again)
            await bench.write(BOLAT, log=forked)
    assert forked.read_only_reason is not None
    assert again.refusals["court"] in ("ahead", "other_root", "bad_proof")
    await again.close()
    await notaries.http.close()
    await restored.close()


async def test_a_forged_memory_of_a_witness_stops_nothing(
    bench: Bench, publishing: Publishing, notaries: Notaries
) -> None:
    """Only our own signature proves a fork: anybody can say a number, or sign a checkpoint with another key."""
    note = b"\n".join([ORIGIN.encode(), b"4000000", b"A" * 43 + b"=", b"", b""])
    forged = note + f"\u2014 {ORIGIN} AAAAAAAA\n".encode()
    notaries.all["court"].answers += [replies(409, b"4000000\n", SIZE_TYPE), replies(200, forged)]
    await publish(publishing)
    assert publishing.refusals == {"court": "ahead"}
    assert bench.log.read_only_reason is None
    notaries.all["court"].answers.append(replies(200, forged))
    found = await rows.read_head(bench.store)
    marks = await witnessed_marks(notaries.call, publishing.places, ORIGIN, [bench.log.signers.log.verifier])
    assert found is not None
    assert marks == {Mark(found.size, found.root)}, "the bank's alone"


async def test_another_process_that_published_more_is_no_alarm(
    bench: Bench, publishing: Publishing, notaries: Notaries
) -> None:
    await publish(publishing)
    await bench.write(AIGUL)
    await bench.write(BOLAT)
    size = (await bench.findings()).size
    notaries.all["court"].answers.append(replies(409, b"%d\n" % size, SIZE_TYPE))
    await publish(publishing)
    assert bench.log.read_only_reason is None
    assert "ahead" not in publishing.refusals.values()


async def test_a_log_that_is_read_only_publishes_nothing_new(bench: Bench, publishing: Publishing) -> None:
    await publish(publishing)
    await bench.write(AIGUL)
    before = await publication.read(bench.store)
    bench.log.read_only_reason = "a test says so"
    with pytest.raises(ReadOnly):
        await publishing.publish()
    assert (await publication.read(bench.store)).size == before.size


async def test_a_published_checkpoint_carries_an_ml_dsa_line_by_the_logs_own_key(bench: Bench) -> None:
    publishing = bench.publishing()
    _, note = await publishing.publish()
    _, opened = open_checkpoint(note, [bench.log.signers.log.verifier, bench.log.signers.tree.verifier], ORIGIN)
    assert ML_DSA_44 in {each.verifier.algorithm for each in opened.verified}
    await publishing.close()
