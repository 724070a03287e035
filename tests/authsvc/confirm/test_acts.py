"""One request's life over the acts, on both databases: tries, outcomes, records, receipts."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from authsvc import confirm
from authsvc.confirm import Answerer
from authsvc.errors import Conflict, Forbidden, IdempotencyKeyReused, InvalidRequest, NotFound, TooManyAttempts
from authsvc.evidence.fsck import check_log
from authsvc.evidence.record import parse
from authsvc.outside import Permanent, Temporary
from authsvc.store import Tx, proofs
from confirmations import ConfirmationError
from confirmations.errors import AlreadyDecided, DeadlinePassed, StatementRefused, TriesExhausted, WrongAnswer
from tests.authsvc.services import ORIGIN, SINGLE, Party, add_person, add_relying_party, let_know

pytestmark = pytest.mark.anyio


async def test_the_right_code_confirms_and_the_record_is_in_the_log(party: Party) -> None:
    request_id = await party.asked_and_delivered()
    await confirm.answer(party.svc, party.answerer, request_id, party.gateway.code_of(request_id), "ru")
    view = await confirm.read(party.svc, party.asker.client_id, request_id)
    assert (view.outcome, view.tries, view.state) == ("confirmed", 1, "sequenced")
    assert view.standing is not None
    assert parse(view.standing.settled.entry).body["outcome"] == "confirmed"
    assert await _clean(party)


async def test_a_wrong_code_is_counted_and_the_one_record_says_two_tries(party: Party) -> None:
    request_id = await party.asked_and_delivered()
    with pytest.raises(WrongAnswer):
        await confirm.answer(party.svc, party.answerer, request_id, "0", "ru")
    party.clock.move(1_000)
    await confirm.answer(party.svc, party.answerer, request_id, party.gateway.code_of(request_id), "ru")
    slots = await _slots(party, request_id)
    assert slots["tries"] == 2
    assert slots["first_try"] < slots["last_try"]


async def test_sixteen_parallel_wrong_answers_use_up_exactly_the_tries_allowed(party: Party) -> None:
    request_id = await party.asked_and_delivered()
    results = await asyncio.gather(
        *(confirm.answer(party.svc, party.answerer, request_id, "0", "ru") for _ in range(16)), return_exceptions=True
    )
    wrong = [one for one in results if isinstance(one, WrongAnswer)]
    assert len(wrong) == 4
    assert sum(isinstance(one, TriesExhausted | AlreadyDecided) for one in results) == 12
    view = await confirm.read(party.svc, party.asker.client_id, request_id)
    assert (view.outcome, view.reason, view.tries) == ("failed", "attempts", 5)
    with pytest.raises(AlreadyDecided):
        await confirm.answer(party.svc, party.answerer, request_id, party.gateway.code_of(request_id), "ru")


async def test_of_sixteen_parallel_right_answers_exactly_one_confirms(party: Party) -> None:
    request_id = await party.asked_and_delivered()
    code = party.gateway.code_of(request_id)
    results = await asyncio.gather(
        *(confirm.answer(party.svc, party.answerer, request_id, code, "ru") for _ in range(16)), return_exceptions=True
    )
    assert results.count(None) == 1
    assert all(one is None or isinstance(one, ConfirmationError) for one in results)
    (row,) = await party.svc.store.all("select count(*) as n from entry where type = 'confirmation'")
    assert row["n"] == 1


async def test_an_answer_and_a_refusal_at_once_leave_one_outcome_and_one_record(party: Party) -> None:
    request_id = await party.asked_and_delivered()
    code = party.gateway.code_of(request_id)
    yes = [confirm.answer(party.svc, party.answerer, request_id, code, "ru") for _ in range(8)]
    no = [confirm.decline(party.svc, party.answerer, request_id, "declined", "ru") for _ in range(8)]
    results = await asyncio.gather(*yes, *no, return_exceptions=True)
    assert results.count(None) == 1
    (row,) = await party.svc.store.all("select count(*) as n from entry where type = 'confirmation'")
    assert row["n"] == 1


async def test_not_me_is_an_outcome_of_its_own(party: Party) -> None:
    request_id = await party.asked_and_delivered()
    await confirm.decline(party.svc, party.answerer, request_id, "not_me", "kk")
    view = await confirm.read(party.svc, party.asker.client_id, request_id)
    assert (view.outcome, view.reason) == ("declined", "not_me")


async def test_a_request_past_its_deadline_ends_as_expired_by_the_clock(party: Party) -> None:
    request_id = await party.asked_and_delivered(lifetime=120)
    party.clock.move(120_000)
    with pytest.raises(DeadlinePassed):
        await confirm.answer(party.svc, party.answerer, request_id, party.gateway.code_of(request_id), "ru")
    assert (await confirm.read(party.svc, party.asker.client_id, request_id)).outcome == "expired"


async def test_the_worker_ends_overdue_requests_once(party: Party) -> None:
    request_id = await party.asked_and_delivered(lifetime=120)
    party.clock.move(200_000)
    assert sum(await asyncio.gather(*(confirm.end_overdue(party.svc) for _ in range(8)))) == 1
    slots = await _slots(party, request_id)
    assert slots["tries"] == 0


async def test_a_code_past_its_own_time_is_refused_while_the_request_lives(party: Party) -> None:
    request_id = await party.asked_and_delivered()
    party.clock.move(6 * 60_000)
    with pytest.raises(DeadlinePassed):
        await confirm.answer(party.svc, party.answerer, request_id, party.gateway.code_of(request_id), "ru")
    assert (await confirm.read(party.svc, party.asker.client_id, request_id)).outcome == ""


async def test_only_the_relying_party_that_asked_may_cancel_or_read(party: Party) -> None:
    request_id = await party.asked_and_delivered()
    other = await add_relying_party(party.svc, "other")
    for act in (confirm.cancel, confirm.read):
        with pytest.raises(NotFound):
            await act(party.svc, other.client_id, request_id)
    await confirm.cancel(party.svc, party.asker.client_id, request_id)
    with pytest.raises(Conflict):
        await confirm.cancel(party.svc, party.asker.client_id, request_id)
    assert (await confirm.read(party.svc, party.asker.client_id, request_id)).outcome == "cancelled"


async def test_a_cancellation_with_a_used_idempotency_key_changes_nothing_more(party: Party) -> None:
    request_id = await party.asked_and_delivered()
    for _ in range(2):
        await confirm.cancel(party.svc, party.asker.client_id, request_id, "k-1")
    with pytest.raises(Conflict):
        await confirm.cancel(party.svc, party.asker.client_id, request_id, "k-2")
    with pytest.raises(Conflict):
        await confirm.cancel(party.svc, party.asker.client_id, request_id, "k-2")


async def test_another_person_sees_and_answers_nothing(party: Party) -> None:
    request_id = await party.asked_and_delivered()
    stranger = await add_person(party.svc, 2)
    answerer = Answerer(stranger.id, "none", "urn:authsvc:acr:multi")
    with pytest.raises(NotFound):
        await confirm.open_for(party.svc, answerer, request_id, "ru")
    with pytest.raises(NotFound):
        await confirm.answer(party.svc, answerer, request_id, party.gateway.code_of(request_id), "ru")


async def test_a_session_of_one_factor_is_not_enough_for_a_legally_significant_act(party: Party) -> None:
    request_id = await party.asked_and_delivered()
    with pytest.raises(Forbidden):
        await confirm.answer(party.svc, Answerer(party.person.id, "none", SINGLE), request_id, "0", "ru")
    assert (await confirm.read(party.svc, party.asker.client_id, request_id)).tries == 0


async def test_a_person_who_never_signed_in_to_the_relying_party_can_not_be_asked(party: Party) -> None:
    other = await add_relying_party(party.svc, "other")
    body = {"subject": party.person.sub, "act": "other", "fields": [], "text": {"kk": "а", "ru": "а", "en": "a"}}
    with pytest.raises(NotFound):
        await confirm.ask(party.svc, other, body, "", b"")


async def test_a_frozen_person_is_to_others_one_who_does_not_answer(party: Party) -> None:
    asked_before = await party.asked_and_delivered()

    async def freeze(tx: Tx) -> None:
        await tx.run("update account set state = 'frozen' where id = $1", party.person.id)

    await party.svc.store.transact(freeze)
    code = party.gateway.code_of(asked_before)
    with pytest.raises(ConfirmationError):
        await confirm.answer(party.svc, party.answerer, asked_before, code, "ru")
    asked_after = await party.asked_and_delivered()
    assert [message.request_id for message in party.gateway.sent] == [asked_before]
    assert (await confirm.read(party.svc, party.asker.client_id, asked_after)).outcome == ""


async def test_a_relying_party_can_not_crowd_out_a_person(party: Party) -> None:
    for _ in range(3):
        await party.ask()
    with pytest.raises(TooManyAttempts):
        await party.ask()


async def test_an_address_is_no_target_for_noise_whoever_asks(party: Party) -> None:
    for _ in range(5):
        request_id = await party.asked_and_delivered()
        await confirm.decline(party.svc, party.answerer, request_id, "declined", "ru")
    with pytest.raises(TooManyAttempts):
        await party.ask()


async def test_the_same_idempotency_key_gives_the_same_request_and_sends_nothing_again(party: Party) -> None:
    first = await party.ask(key="k-1")
    assert await party.ask(key="k-1") == first
    again = await asyncio.gather(*(party.ask(key="k-2") for _ in range(4)))
    await party.delivered()
    assert len(set(again)) == 1
    assert len(party.gateway.sent) == 2


@pytest.mark.slow
async def test_81_ten_thousand_equal_requests_are_one_record(party: Party) -> None:
    """The first ones at once: what is asked faster than a person may be asked is refused, and no second request."""
    first = await asyncio.gather(*(party.ask(key="k-1") for _ in range(100)), return_exceptions=True)
    (request_id,) = {each for each in first if isinstance(each, str)}
    assert all(isinstance(each, str | TooManyAttempts) for each in first)
    for _ in range(99):
        assert set(await asyncio.gather(*(party.ask(key="k-1") for _ in range(100)))) == {request_id}
    await party.delivered()
    assert len(party.gateway.sent) == 1
    code = party.gateway.code_of(request_id)
    await confirm.answer(party.svc, party.answerer, request_id, code, "ru")
    rows = await party.svc.store.all("select record_id from entry where type = 'confirmation'")
    view = await confirm.read(party.svc, party.asker.client_id, request_id)
    assert [row["record_id"] for row in rows] == [view.record]


async def test_82_another_client_s_key_is_another_key_and_reveals_nothing(party: Party) -> None:
    first = await party.ask(key="k-1")
    stranger = await add_relying_party(party.svc, "another")
    await let_know(party.svc, party.person, stranger.client_id)
    other = replace(party, asker=stranger)
    second = await other.ask(key="k-1")
    assert second != first
    assert await other.ask(key="k-1") == second
    with pytest.raises(NotFound):
        await confirm.read(party.svc, stranger.client_id, first)


async def test_the_same_idempotency_key_with_another_body_is_refused(party: Party) -> None:
    """82."""
    await party.ask(key="k-1")
    with pytest.raises(IdempotencyKeyReused):
        await party.ask(key="k-1", lifetime=300)


async def test_the_message_carries_the_essential_words_with_the_code(party: Party) -> None:
    request_id = await party.asked_and_delivered()
    (message,) = party.gateway.sent
    assert "Жібек" in message.text[:67]
    assert message.text.rstrip().endswith(f"@localhost #{party.gateway.code_of(request_id)}")


async def test_no_code_stays_in_the_database_once_it_was_delivered(party: Party) -> None:
    request_id = await party.asked_and_delivered()
    code = party.gateway.code_of(request_id).encode()
    for table in ("confirmation_request", "outbox"):
        for row in await party.svc.store.all(f"select * from {table}"):
            for value in dict(row).values():
                assert code not in (value if isinstance(value, bytes) else str(value).encode())
    assert await party.svc.store.all("select * from outbox") == []


async def test_a_message_that_no_channel_can_carry_ends_the_request_as_failed(party: Party) -> None:
    party.gateway.verdicts = [Permanent("unknown_number")]
    request_id = await party.asked_and_delivered()
    assert await confirm.end_overdue(party.svc) == 1
    view = await confirm.read(party.svc, party.asker.client_id, request_id)
    assert (view.outcome, view.reason) == ("failed", "undeliverable")


async def test_a_channel_that_says_later_is_tried_again(party: Party) -> None:
    party.gateway.verdicts = [Temporary(1_000)]
    request_id = await party.asked_and_delivered()
    assert party.gateway.sent == []
    party.clock.move(60_000)
    assert await party.svc.courier.sweep() == 1
    await confirm.answer(party.svc, party.answerer, request_id, party.gateway.code_of(request_id), "ru")


async def test_a_message_whose_writer_died_is_carried_by_the_next_worker(party: Party) -> None:
    handed, party.svc.courier.hand_over = party.svc.courier.hand_over, lambda *_: None  # type: ignore[method-assign]
    request_id = await party.ask()
    party.svc.courier.hand_over = handed  # type: ignore[method-assign]
    assert await party.svc.courier.sweep() == 0
    party.clock.move(31_000)
    counts = await asyncio.gather(*(party.svc.courier.sweep() for _ in range(4)))
    assert sum(counts) == 1
    assert party.gateway.code_of(request_id)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"act": "marriage"}, ConfirmationError),
        ({"act": 5}, InvalidRequest),
        ({"fields": "x"}, StatementRefused),
        ({"methods": [["passkey"]]}, ConfirmationError),
        ({"methods": "code"}, InvalidRequest),
        ({"lifetime": 1}, ConfirmationError),
        ({"lifetime": "5"}, InvalidRequest),
        ({"surprise": 1}, InvalidRequest),
        ({"subject": 7}, InvalidRequest),
        ({"text": {"kk": "а\u202eб", "ru": "а", "en": "a"}}, StatementRefused),
    ],
)
async def test_a_request_that_breaks_a_rule_is_refused_by_name(
    party: Party, change: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await party.ask(**change)
    assert await party.svc.store.all("select id from confirmation_request") == []


async def test_asking_for_a_receipt_again_gives_the_same_bytes(party: Party) -> None:
    request_id = await party.asked_and_delivered()
    await confirm.answer(party.svc, party.answerer, request_id, party.gateway.code_of(request_id), "ru")
    first = await confirm.read(party.svc, party.asker.client_id, request_id)
    await party.asked_and_delivered()
    assert (await confirm.read(party.svc, party.asker.client_id, request_id)).receipt == first.receipt


async def test_a_rolled_back_answer_counts_no_try_and_leaves_no_record(party: Party) -> None:
    request_id = await party.asked_and_delivered()

    async def crash(tx: Tx) -> None:
        assert await proofs.attempt(tx, request_id, party.person.id, party.clock.now()) is not None
        raise RuntimeError("the machine stopped")

    with pytest.raises(RuntimeError):
        await party.svc.store.transact(crash)
    row = await proofs.request_of(party.svc.store, request_id)
    assert row is not None
    assert (row.tries, row.record_id) == (0, None)


async def _slots(party: Party, request_id: str) -> dict[str, Any]:
    row = await proofs.request_of(party.svc.store, request_id)
    assert row is not None
    assert row.record_id is not None
    opened = await party.svc.log.vault.disclosures(party.svc.store, row.record_id)
    return {one.name: one.value for one in opened}


async def _clean(party: Party) -> bool:
    log = party.svc.log
    found = await check_log(party.svc.store, ORIGIN, log.signers.log.verifier, None)
    return found.clean


# --- 76: the connection is cut between the commit and its answer ---


def cut_after_commit(party: Party) -> None:
    """The next transaction commits, and who asked for it never hears so; on PostgreSQL the connections are ended."""
    store = party.svc.store
    transact = store.transact

    async def cut(body: Any) -> Any:
        await transact(body)
        store.transact = transact  # type: ignore[method-assign]
        if not store.groups_commits:
            await store.all(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        raise ConnectionResetError

    store.transact = cut  # type: ignore[method-assign]


async def test_76_a_relying_party_that_never_heard_of_its_request_asks_again_and_gets_that_one(party: Party) -> None:
    cut_after_commit(party)
    with pytest.raises(ConnectionResetError):
        await party.ask(key="k-1")
    request_id = await party.ask(key="k-1")
    rows = await party.svc.store.all("select id from confirmation_request")
    assert [row["id"] for row in rows] == [request_id]
    party.clock.move(60_000)  # whose writer died, the worker delivers
    await party.svc.courier.sweep()
    await party.delivered()
    assert len(party.gateway.sent) == 1


async def test_76_an_answer_whose_commit_nobody_heard_of_counts_once_and_has_the_one_receipt(party: Party) -> None:
    request_id = await party.asked_and_delivered()
    code = party.gateway.code_of(request_id)
    cut_after_commit(party)
    with pytest.raises(ConnectionResetError):
        await confirm.answer(party.svc, party.answerer, request_id, code, "ru")
    with pytest.raises(AlreadyDecided):
        await confirm.answer(party.svc, party.answerer, request_id, code, "ru")
    await party.svc.log.sweep()
    first, again = [await confirm.read(party.svc, party.asker.client_id, request_id) for _ in range(2)]
    assert first.outcome == "confirmed"
    assert first.receipt
    assert first.receipt == again.receipt
    rows = await party.svc.store.all("select idx from entry where type = 'confirmation'")
    assert len(rows) == 1
    assert await _clean(party)
