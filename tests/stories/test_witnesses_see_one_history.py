"""One history: acts are witnessed, answers say how far a record has come, and a package closes over the quorum."""

import asyncio
import json
from pathlib import Path
from zipfile import ZipFile

import pytest

from authsvc import cases
from authsvc.evidence.note import open_checkpoint
from authsvc.evidence.package_check import check
from authsvc.evidence.proof import parse_proof
from authsvc.evidence.trust import parse_trust, print_trust
from authsvc.sandbox.notaries import HELD
from authsvc.sandbox.relying_party import read_jws
from tests.world import STEP_MS, World, both_databases

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PAYMENT = {
    "act": "payment",
    "fields": [{"kind": "payment", "payee": "ТОО «Жібек»", "amount": 1_250_000, "currency": "KZT"}],
    "text": {"kk": "Шот бойынша төлем", "ru": "Оплата по счёту", "en": "Payment of the invoice"},
}


async def cancelled(world: World) -> str:
    """The id of a request that its relying party took back: an act with a record, of no person's doing."""
    bank = world.bank()
    _, tokens = await world.log_in(world.browser(), bank)
    asked = (await bank.call("POST", "/v1/confirmations", {**PAYMENT, "subject": tokens.claims["sub"]})).json()
    await world.svc.courier.carried()
    done = await bank.call("POST", f"/v1/confirmations/{asked['id']}/cancel?wait=sequenced")
    assert done.json()["state"] in ("sequenced", "witnessed")
    return str(asked["id"])


def fail(world: World) -> None:
    """From now on no witness answers."""

    async def down(url: str, body: bytes | None = None, /, **_: object) -> object:
        raise ConnectionRefusedError

    world.svc.publishing._call = down  # type: ignore[assignment]  # the shape of a call


@both_databases
async def test_an_answer_waits_for_the_witnesses_and_the_same_state_gives_the_same_receipt(world: World) -> None:
    request_id = await cancelled(world)
    bank = world.bank()
    first, again = [(await bank.call("GET", f"/v1/confirmations/{request_id}")).json() for _ in range(2)]
    assert first["state"] == "witnessed"
    assert first == again
    _, payload = read_jws(first["receipt"])
    assert payload["state"] == "witnessed"
    quorum = world.svc.publishing.quorum
    witnesses = list(quorum.policy.witnesses.values())
    proof = parse_proof(payload["proof"].encode())
    key = world.svc.log.signers.log.verifier
    proof.verify(payload["entry"].encode(), [key], world.svc.log.origin)
    _, note = open_checkpoint(proof.checkpoint, [key, *witnesses], world.svc.log.origin)
    assert quorum.policy.is_met(each.verifier for each in note.verified)
    record = (await bank.call("GET", f"/v1/evidence/{first['record']}?wait=witnessed")).json()
    assert (record["state"], record["proof"]) == ("witnessed", payload["proof"])


async def test_with_all_witnesses_down_the_act_stands_and_the_answer_says_sequenced(world: World) -> None:
    fail(world)
    request_id = await cancelled(world)
    bank = world.bank()
    ended = (await bank.call("GET", f"/v1/confirmations/{request_id}?wait=witnessed")).json()
    assert (ended["state"], ended["outcome"]) == ("sequenced", "cancelled")
    assert read_jws(ended["receipt"])[1]["state"] == "sequenced"
    assert set(world.svc.publishing.refusals.values()) == {"unreachable"}


@pytest.mark.parametrize("wait", ["", "soon", "sequenced&wait=witnessed", "WITNESSED"])
async def test_a_wish_that_is_none_is_refused(world: World, wait: str) -> None:
    bank = world.bank()
    for path in ("/v1/confirmations/01900000-0000-7000-8000-000000000000", "/v1/evidence/x"):
        answer = await bank.call("GET", f"{path}?wait={wait}")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


async def test_a_package_closes_over_the_quorum_and_no_longer_says_that_nobody_watched(
    world: World, tmp_path: Path
) -> None:
    request_id = await cancelled(world)
    record = (await world.bank().call("GET", f"/v1/confirmations/{request_id}")).json()["record"]
    package = await cases.export_case(world.svc, cases.Case(acts=(record,), recipient="court", ground="1"))
    trust = parse_trust(print_trust(await cases.trust_of(world.svc)))
    assert [each.holder for each in trust.witnesses] == [holder for _, holder in HELD.values()]
    verdict = check(package, trust, (), at=world.clock.now())
    # Nobody judges the seal here; all else holds.
    assert {each.code for each in verdict.findings() if each.weight} <= {"seal_not_judged"}
    assert not {each.code for each in verdict.findings()} & {"quorum_not_met", "no_independent_witness"}
    assert "no independent witness" not in verdict.sentence.en
    assert "quorum" not in custody(package, tmp_path)["absent"]


async def test_a_package_that_goes_without_the_quorum_says_so(world: World, tmp_path: Path) -> None:
    fail(world)
    request_id = await cancelled(world)
    record = (await world.bank().call("GET", f"/v1/confirmations/{request_id}")).json()["record"]
    package = await cases.export_case(world.svc, cases.Case(acts=(record,), recipient="court", ground="1"))
    verdict = check(package, await cases.trust_of(world.svc), (), at=world.clock.now())
    assert verdict.code == "NOT_CONFIRMED"
    assert {each.code for each in verdict.findings()} >= {"quorum_not_met"}
    assert "custody_differs" not in {each.code for each in verdict.findings()}
    assert "quorum" in custody(package, tmp_path)["absent"]
    with ZipFile(tmp_path / "package.zip") as archive:
        assert "Политика журнала требует кворума свидетелей" in archive.read("report.html").decode()


async def test_what_is_served_stays_at_the_last_witnessed_checkpoint_while_witnesses_fail(world: World) -> None:
    await cancelled(world)
    size, _ = await world.svc.publishing.publish()
    await world.svc.publishing.reached(size - 1, "witnessed")
    before = (await world.http().get("/log/checkpoint")).text
    assert before.splitlines()[1] == str(size)
    fail(world)
    world.clock.move(STEP_MS)
    await cancelled(world)
    await world.svc.publishing.publish()
    await asyncio.sleep(0)
    assert (await world.http().get("/log/checkpoint")).text == before


def custody(package: bytes, folder: Path) -> dict[str, list[str]]:
    (folder / "package.zip").write_bytes(package)
    with ZipFile(folder / "package.zip") as archive:
        read: dict[str, list[str]] = json.loads(archive.read("custody.json"))
        return read
