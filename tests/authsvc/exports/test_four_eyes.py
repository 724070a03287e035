"""Four eyes: two auditors with distinct IINs, each by their own confirmation of exactly the request (case 39)."""

import json
from io import BytesIO
from zipfile import ZipFile

import pytest

from authsvc import cases, confirm, exports, staff
from authsvc.cli_evidence import verify_eds
from authsvc.errors import Conflict, InvalidRequest, NotFound, TooManyAttempts
from authsvc.evidence.package_check import check
from authsvc.exports.application import LARGEST_ORDER
from authsvc.exports.asking import KEEP_MS, MOST_OPEN, WAIT_MS
from authsvc.store import Tx, people
from confirmations.errors import PolicyRefused
from tests.authsvc.exports.desk import ORDER, Desk
from tests.authsvc.services import SINGLE, add_person

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_two_auditors_let_a_package_out_and_its_record_names_both_confirmations(desk: Desk) -> None:
    export_id = await desk.ask()
    await desk.approve(export_id, desk.first)
    await desk.approve(export_id, desk.second)
    await desk.work()
    row = await desk.row(export_id)
    assert (row.state, row.done) == ("ready", row.total)
    assert row.done > 0
    slots = await desk.slots(row.record_id)
    approvals = slots["approvals"]
    assert isinstance(approvals, list)
    assert {each["person"] for each in approvals} == {desk.first.subject, desk.second.subject}
    assert slots["export_request"] == row.digest
    for each in approvals:
        settled = await desk.svc.log.find(each["record"])
        statement = (await desk.svc.log.vault.blobs(desk.svc.store, each["record"]))["statement"]
        assert settled is not None
        assert row.digest in [one.get("digest") for one in json.loads(statement)["fields"]]
        assert desk.party.person.subject[4:] not in statement.decode()
    package = await desk.package(export_id)
    trust = await cases.trust_of(desk.svc)
    assert check(package, trust, (), at=desk.party.clock.now(), verify_eds=verify_eds).code == "VALID"
    with ZipFile(BytesIO(package)) as archive:
        assert archive.read("request/order") == ORDER
        assert json.loads(archive.read("request/request"))["case_number"] == "2-1147/2027"


async def test_one_auditor_alone_gets_nothing_however_often_they_approve(desk: Desk) -> None:
    export_id = await desk.ask()
    await desk.approve(export_id, desk.first)
    again = await exports.approve(desk.svc, desk.answerer(desk.first), export_id)
    assert again == (await exports.standing_of(desk.svc, await desk.row(export_id))).asked[desk.first.id][0]
    await desk.work()
    assert (await desk.row(export_id)).state == "waiting"
    assert await desk.svc.store.all("select 1 as n from entry where type = 'export'") == []


async def test_nothing_is_looked_up_before_two_have_approved(desk: Desk) -> None:
    await desk.ask()
    await desk.work()
    looked = [
        row for row in await desk.svc.store.all("select record_id from entry where type = 'administration'")
        if (await desk.slots(row["record_id"])).get("object", "").__str__().startswith("export ")
    ]  # fmt: skip
    assert looked == []


async def test_a_second_account_of_the_same_person_cannot_be_made_so_nobody_approves_twice(desk: Desk) -> None:
    with pytest.raises(Conflict):
        await add_person(desk.svc, 11)


async def test_an_approval_row_forged_in_the_database_does_not_count_without_the_approver_s_confirmation(
    desk: Desk,
) -> None:
    export_id, other = await desk.ask(), await desk.ask(case_number="2-1148/2027")
    await desk.approve(export_id, desk.first)
    await desk.approve(other, desk.second)

    async def forge(tx: Tx) -> None:
        await tx.run("update approval set matter = $1 where matter = $2", export_id, other)

    await desk.svc.store.transact(forge)
    await desk.work()
    assert (await desk.row(export_id)).state == "waiting"


async def test_a_role_taken_after_the_approval_takes_the_approval_along(desk: Desk) -> None:
    export_id = await desk.ask()
    await desk.approve(export_id, desk.first)
    await desk.approve(export_id, desk.second)
    await staff.take(desk.svc, desk.second.id, desk.second.subject, "auditor", ground="left")
    await desk.work()
    assert (await desk.row(export_id)).state == "waiting"


async def test_nobody_approves_a_request_about_themselves(desk: Desk) -> None:
    export_id = await desk.ask(subject=desk.second.subject)
    with pytest.raises(Conflict):
        await exports.approve(desk.svc, desk.answerer(desk.second), export_id)


async def test_the_act_of_an_approval_is_none_of_a_relying_party_s(desk: Desk) -> None:
    with pytest.raises(PolicyRefused):
        await desk.party.ask(act="approval", fields=[])


async def test_one_no_ends_it(desk: Desk) -> None:
    export_id = await desk.ask()
    await desk.approve(export_id, desk.first)
    await desk.decline(export_id, desk.second)
    await desk.work()
    assert (await desk.row(export_id)).state == "refused"
    with pytest.raises(Conflict):
        await exports.approve(desk.svc, desk.answerer(desk.second), export_id)


async def test_whoever_asked_may_take_it_back_and_nobody_else(desk: Desk) -> None:
    export_id = await desk.ask()
    with pytest.raises(NotFound):
        await exports.withdraw(desk.svc, desk.answerer(desk.second), export_id)
    await exports.withdraw(desk.svc, desk.answerer(desk.first), export_id)
    assert (await desk.row(export_id)).state == "withdrawn"


async def test_an_expired_confirmation_may_be_asked_for_anew(desk: Desk) -> None:
    export_id = await desk.ask()
    first = await exports.approve(desk.svc, desk.answerer(desk.first), export_id)
    desk.party.clock.move(10 * 60_000)
    await confirm.end_overdue(desk.svc)
    assert await exports.approve(desk.svc, desk.answerer(desk.first), export_id) != first
    await desk.approve(export_id, desk.first)
    await desk.approve(export_id, desk.second)
    await desk.work()
    assert (await desk.row(export_id)).state == "ready"


@pytest.mark.parametrize("role", ["reviewer", "operator", "support", "enroller", None])
async def test_no_other_role_asks_reads_or_approves(desk: Desk, role: str | None) -> None:
    export_id = await desk.ask()
    stranger = await add_person(desk.svc, 20)
    if role:
        await staff.give(desk.svc, stranger.id, stranger.subject, role, ground="tests")
    answerer = desk.answerer(stranger)
    with pytest.raises(NotFound):
        await exports.ask_as_staff(desk.svc, answerer, desk.application())
    with pytest.raises(NotFound):
        await exports.approve(desk.svc, answerer, export_id)
    with pytest.raises(NotFound):
        await exports.of_staff(desk.svc, answerer, export_id)
    with pytest.raises(NotFound):
        await exports.by_staff(desk.svc, answerer)


async def test_one_factor_is_not_enough_for_staff(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await exports.ask_as_staff(desk.svc, desk.answerer(desk.first, SINGLE), desk.application())


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"order": b""}, "order"),
        ({"order": b"x" * (LARGEST_ORDER + 1)}, "order"),
        ({"case_number": ""}, "case_number"),
        ({"ground": ""}, "ground"),
        ({"ground": "x" * 301}, "ground"),
        ({"recipient": "a\u202eb"}, "recipient"),
        ({"subject": "850101300123"}, "subject"),
        ({"subject": ""}, "is needed"),
        ({"since": 5, "until": 5}, "period"),
        ({"acts": ("no-record",), "subject": ""}, "acts"),
        ({"acts": ("01900000-0000-7000-8000-000000000000",)}, "acts"),
        ({"kind": "person"}, "kind"),
        ({"subject": "", "since": 0, "until": 400 * 86_400_000}, "a year"),
    ],
)
async def test_an_application_that_breaks_a_rule_is_refused_by_its_name(
    desk: Desk, changes: dict[str, object], rule: str
) -> None:
    with pytest.raises(InvalidRequest, match=rule):
        await desk.ask(**changes)


async def test_a_period_export_is_recorded_as_a_look_up_of_both(desk: Desk) -> None:
    now = desk.party.clock.now()
    export_id = await desk.ask(subject="", since=now - 1000, until=now + 1000)
    await desk.approve(export_id, desk.first)
    await desk.approve(export_id, desk.second)
    await desk.work()
    row = await desk.row(export_id)
    assert (row.state, row.reason) == ("ready", "")
    found = [await desk.slots(one["record_id"]) for one in await _administration(desk)]
    (looked,) = [each for each in found if str(each["object"]).startswith(f"export {export_id}")]
    assert isinstance(looked["approvals"], list)
    assert len(looked["approvals"]) == 2
    trust = await cases.trust_of(desk.svc)
    package = await desk.package(export_id)
    assert check(package, trust, (), at=desk.party.clock.now(), verify_eds=verify_eds).code == "VALID"


async def _administration(desk: Desk) -> list[dict[str, str]]:
    rows = await desk.svc.store.all("select record_id from entry where type = 'administration' order by idx")
    return [{"record_id": row["record_id"]} for row in rows]


async def test_a_period_without_a_record_fails_and_says_so(desk: Desk) -> None:
    export_id = await desk.ask(subject="", since=1000, until=2000)
    await desk.approve(export_id, desk.first)
    await desk.approve(export_id, desk.second)
    await desk.work()
    row = await desk.row(export_id)
    assert (row.state, row.reason) == ("failed", "nothing")


async def test_what_nobody_approves_expires_and_a_package_is_let_go_after_its_days(desk: Desk) -> None:
    waiting, made = await desk.ask(), await desk.ask()
    await desk.approve(made, desk.first)
    await desk.approve(made, desk.second)
    await desk.work()
    desk.party.clock.move(max(WAIT_MS, KEEP_MS))
    await exports.drop_old(desk.svc)
    assert (await desk.row(waiting)).state == "expired"
    assert (await desk.row(made)).state == "gone"
    assert await desk.svc.store.all("select 1 as n from export_part") == []
    with pytest.raises(Conflict):
        await desk.package(made)


async def test_a_frozen_auditor_cannot_approve_since_no_code_reaches_them(desk: Desk) -> None:
    export_id = await desk.ask()

    async def freeze(tx: Tx) -> None:
        await tx.run("update account set state = 'frozen' where id = $1", desk.second.id)

    await desk.svc.store.transact(freeze)
    request_id = await exports.approve(desk.svc, desk.answerer(desk.second), export_id)
    await desk.party.delivered()
    assert all(message.request_id != request_id for message in desk.party.gateway.sent)
    assert (await people.account_by_id(desk.svc.store, desk.second.id)) is not None


async def test_nobody_keeps_more_exports_than_the_bound(desk: Desk) -> None:
    for _ in range(MOST_OPEN["person"]):
        await exports.ask_as_person(desk.svc, desk.party.answerer)
    with pytest.raises(TooManyAttempts):
        await exports.ask_as_person(desk.svc, desk.party.answerer)
