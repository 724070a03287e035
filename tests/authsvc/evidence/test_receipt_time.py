"""Anchored receipts: the time part that goes with the state, and what `authsvc evidence check --receipt` says of it."""

from __future__ import annotations

import asyncio
import json
import os
import random
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from authsvc import anchoring, cases, confirm
from authsvc.clock import HandClock
from authsvc.evidence.anchor import read_stamped
from authsvc.evidence.errors import BadProof
from authsvc.evidence.keyring import KeyRing
from authsvc.evidence.package_check import check
from authsvc.evidence.proof import parse_proof
from authsvc.evidence.receipt_time import LARGEST, PartTime, check_time_part, read_time_part, write_time_part
from authsvc.evidence.record import parse
from authsvc.evidence.trust import Trust, print_trust
from authsvc.evidence.verdict import Code, Verdict
from authsvc.store import anchors
from authsvc.store.sqlite import open_sqlite
from authsvc.web.sandbox.pki import TestPki
from confirmations import read_receipt
from confirmations.canonical import Json
from confirmations.errors import ReceiptRefused
from tests.authsvc.evidence.test_verifiers_agree import WITH, WITHOUT
from tests.authsvc.services import Party, add_person, add_relying_party, let_know, service_on
from tests.authsvc.stampers import Stampers

pytestmark = pytest.mark.slow

MINUTE = 60_000
DAY = 86_400_000
FOUNDED = 1_795_000_000_000
START = FOUNDED + DAY


@dataclass
class Told:
    """A receipt at each state, the package over its log, and what checks them."""

    sequenced: str
    anchored: str
    again: str
    confirmed_at: int
    package: bytes
    trust: Trust
    ring: KeyRing
    keys: Mapping[str, Any]
    end: int

    def payload(self, receipt: str) -> dict[str, Any]:
        part = receipt.split(".")[1]
        payload: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return payload

    def bounds(self, entry: bytes, proof: bytes, time: object, trust: Trust | None = None) -> tuple[int | None, int]:
        found = self.found(entry, proof, time, trust)
        assert found.before is not None
        return found.after, found.before

    def found(self, entry: bytes, proof: bytes, time: object, trust: Trust | None = None) -> PartTime:
        part = read_time_part(time)  # type: ignore[arg-type]  # whatever a receipt may hold
        return check_time_part(part, parse(entry), parse_proof(proof), trust or self.trust, self.ring, self.end)

    def check_log(self, entry: bytes, proof: bytes, time: Mapping[str, Json] | None) -> str:
        """What a relying party asks of the log, the time part included."""
        parse_proof(proof).verify(entry, [each.verifier for each in self.trust.log_keys], self.trust.origin)
        if time is None:
            return ""
        try:
            self.bounds(entry, proof, time)
        except BadProof as error:
            return str(error)
        return ""

    def judge(self, receipt: str) -> Verdict:
        return check(self.package, self.trust, [receipt.encode()], at=self.end)


async def _tell(folder: Path) -> Told:
    clock = HandClock(START)
    chance = random.Random(11)  # noqa: S311  # a test's bytes
    pki = TestPki.create(at=FOUNDED, entropy=os.urandom, families=("ecdsa",))
    stampers = Stampers.of(pki, clock, chance.randbytes)
    store = open_sqlite(str(folder / "log.sqlite"))
    await store.migrate()
    async with service_on(store, folder, clock, chance.randbytes) as (bare, gateway):
        svc = replace(bare, trust=stampers.trust, settings=replace(bare.settings, tsa=stampers.tsas))
        person, asker = await add_person(svc), await add_relying_party(svc)
        await let_know(svc, person, asker.client_id)
        assert await anchoring.anchor(svc, stampers.connect)
        clock.move(MINUTE)
        party = Party(svc, gateway, clock, person, asker)
        request_id = await party.asked_and_delivered()
        await confirm.answer(svc, party.answerer, request_id, gateway.code_of(request_id), "kk")
        confirmed_at = clock.now()
        sequenced = await confirm.read(svc, asker.client_id, request_id)
        clock.move(MINUTE)
        assert await anchoring.anchor(svc, stampers.connect)
        anchored = await confirm.read(svc, asker.client_id, request_id, "anchored")
        await add_person(svc, 2)
        clock.move(MINUTE)
        assert await anchoring.anchor(svc, stampers.connect)
        clock.move(MINUTE)
        case = cases.Case(subject="iin:900101300001", recipient="court", ground="2-1")
        package = (await cases.make_package(svc, case, connect=stampers.connect)).package
        again = await confirm.read(svc, asker.client_id, request_id)
        assert svc.log.ring is not None
        assert (sequenced.state, anchored.state, again.state) == ("sequenced", "anchored", "anchored")
        (stamp, *_) = await anchors.above(store, anchored.standing.settled.index)  # type: ignore[union-attr]
        assert read_stamped(stamp.stamped).checkpoint.size == anchored.standing.settled.size  # type: ignore[union-attr]
        told = Told(
            sequenced=sequenced.receipt or "",
            anchored=anchored.receipt or "",
            again=again.receipt or "",
            confirmed_at=confirmed_at,
            package=package,
            trust=await cases.trust_of(svc),
            ring=svc.log.ring,
            keys={svc.keys.receipts.kid: svc.keys.receipts.private.public_key()},
            end=clock.now() + MINUTE,
        )
    await store.close()
    return told


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return asyncio.run(_tell(tmp_path_factory.mktemp("anchored")))


def test_an_anchored_receipt_carries_its_state_and_the_time_part_and_an_earlier_one_does_not(told: Told) -> None:
    assert "time" not in told.payload(told.sequenced)
    payload = told.payload(told.anchored)
    assert payload["state"] == "anchored"
    kinds = {each["path"].split("/")[1] for each in payload["time"]["files"]}
    assert kinds == {"checkpoints", "anchors", "material"}


def test_the_same_state_gives_the_same_bytes_whatever_was_anchored_since(told: Told) -> None:
    assert told.again == told.anchored


def test_the_time_part_bounds_the_place_of_the_confirmation_on_both_sides(told: Told) -> None:
    payload = told.payload(told.anchored)
    after, before = told.bounds(payload["entry"].encode(), payload["proof"].encode(), payload["time"])
    assert after is not None
    assert after < told.confirmed_at < before
    assert before - after < 3 * MINUTE


def test_a_relying_party_checks_it_offline(told: Told) -> None:
    options: dict[str, Any] = {"keys": told.keys, "audience": "shop", "check_log": told.check_log}
    assert read_receipt(told.anchored, **options).state == "anchored"
    assert read_receipt(told.sequenced, **options).state == "sequenced"
    stranger = TestPki.create(at=FOUNDED, entropy=os.urandom, families=("ecdsa",))
    told_by_others = replace(told, trust=replace(told.trust, tsa_anchors=tuple(stranger.anchors())))
    with pytest.raises(ReceiptRefused, match="stamp_fails"):
        read_receipt(told.anchored, **{**options, "check_log": told_by_others.check_log})


def test_evidence_check_says_between_which_moments_the_receipt_s_record_took_its_place(told: Told) -> None:
    verdict = told.judge(told.anchored)
    (found,) = [each for each in verdict.findings() if each.code == "receipt_anchored"]
    assert found.params["after"] < found.params["before"]
    assert [each for each in told.judge(told.sequenced).findings() if each.code == "receipt_anchored"] == []


def _altered(told: Told, change: str) -> dict[str, list[dict[str, str]]]:
    time = {each["path"]: each["data"] for each in told.payload(told.anchored)["time"]["files"]}
    time = _change(time, change)
    return {"files": [{"data": data, "path": path} for path, data in sorted(time.items())]}


def _change(time: dict[str, str], change: str) -> dict[str, str]:
    checkpoints = sorted({int(path.split("/")[2]) for path in time if "/checkpoints/" in path})
    low, high = checkpoints[0], checkpoints[-1]
    if change == "no token above":
        return {path: text for path, text in time.items() if f"/{high}/" not in path}
    if change == "the lower checkpoint under the upper one's name":
        return {path.replace(f"/{high}/", f"/{high + 1}/"): text for path, text in time.items()}
    if change == "the tokens exchanged":
        upper = next(path for path in time if f"/{high}/tokens/" in path)
        lower = next(path for path in time if f"/{low}/tokens/" in path)
        time[upper], time[lower] = time[lower], time[upper]
    if change == "no consistency":
        del time[f"time/checkpoints/{high}/consistency"]
    if change == "no revocation data":
        time = {path: text for path, text in time.items() if "/crl/" not in path}
    if change == "nothing":
        time = {}
    return time


ALTERED = (
    *("no token above", "the lower checkpoint under the upper one's name", "the tokens exchanged"),
    *("no consistency", "nothing"),
)


@pytest.mark.parametrize("change", ALTERED)
def test_a_time_part_that_was_altered_proves_nothing(told: Told, change: str) -> None:
    payload = told.payload(told.anchored)
    with pytest.raises(BadProof):
        told.bounds(payload["entry"].encode(), payload["proof"].encode(), _altered(told, change))


def test_the_time_part_of_an_earlier_place_is_of_no_use_to_a_later_one(told: Told) -> None:
    """The last checkpoint that the part stamps does not hold an entry beyond it."""
    payload = told.payload(told.anchored)
    proof = parse_proof(payload["proof"].encode())
    with pytest.raises(BadProof):
        told.bounds(payload["entry"].encode(), replace(proof, index=proof.index + 50).to_bytes(), payload["time"])


@pytest.mark.parametrize(
    "part",
    [
        [],
        "x",
        7,
        {},
        {"files": {}},
        {"files": [], "more": 1},
        {"files": ["time/failure"]},
        {"files": [{"path": "time/failure", "data": 7}]},
        {"files": [{"path": "time/failure", "data": "QQ", "more": ""}]},
        {"files": [{"path": "../etc/passwd", "data": ""}]},
        {"files": [{"path": "records/0001.note", "data": ""}]},
        {"files": [{"path": "time/failure", "data": "not base64url!"}]},
        {"files": [{"path": "time/failure", "data": "QQ=="}]},
        {"files": [{"path": "time/failure", "data": "QR"}]},
        {"files": [{"path": "time/failure", "data": "QQ"}, {"path": "time/failure", "data": "QQ"}]},
    ],
)
def test_a_time_part_in_another_form_is_refused_by_name(part: object) -> None:
    with pytest.raises(BadProof):
        read_time_part(part)  # type: ignore[arg-type]  # the attack


def test_a_receipt_with_a_broken_time_part_is_a_doubt_and_never_a_crash(told: Told) -> None:
    header, _, signature = told.anchored.split(".")
    payload = told.payload(told.anchored)
    for change in ("no token above", "nothing"):
        forged = {**payload, "time": _altered(told, change)}
        middle = _b64(json.dumps(forged, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode())
        verdict = told.judge(f"{header}.{middle}.{signature}")
        assert [each.code for each in verdict.findings() if each.code == "receipt_time_fails"] == ["receipt_time_fails"]
        assert verdict.code is Code.NOT_CONFIRMED


def test_revocation_data_that_would_make_it_too_long_stay_out_the_largest_first() -> None:
    files = {
        "time/checkpoints/2/stamped": b"s" * 100,
        "time/material/crl/" + "0" * 64: b"c" * LARGEST,
        "time/material/crl/" + "1" * 64: b"c" * 1000,
        "time/material/certificate/" + "2" * 64: b"d" * 1000,
    }
    kept = read_time_part(write_time_part(files))
    assert kept.files == {path: data for path, data in files.items() if not path.endswith("0" * 64)}
    assert kept.left_out == {"time/material/crl/" + "0" * 64: LARGEST}


def _sealed(told: Told, time: object) -> str:
    """The anchored receipt with another time part; what is checked of a receipt is what the log proves."""
    header, _, signature = told.anchored.split(".")
    payload = {**told.payload(told.anchored), "time": time}
    middle = _b64(json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode())
    return f"{header}.{middle}.{signature}"


def _leave_out(told: Told) -> dict[str, Any]:
    """The time part as it is where the CRLs are too long."""
    files = told.payload(told.anchored)["time"]["files"]
    return {
        "files": [
            {"path": each["path"], "size": len(each["data"])} if "/crl/" in each["path"] else each for each in files
        ]
    }


def _codes(verdict: Verdict) -> dict[str, str]:
    """Findings about a receipt's time, with what they say."""
    found = [each for each in verdict.findings() if each.code.startswith(("receipt_time", "receipt_anchored"))]
    return {each.code: json.dumps(each.params) for each in found}


def test_revocation_data_that_were_too_long_are_taken_from_the_package_by_their_digest(told: Told) -> None:
    receipt = _sealed(told, _leave_out(told))
    assert _codes(told.judge(receipt)).keys() == {"receipt_anchored"}
    assert told.judge(receipt).code is told.judge(told.anchored).code


def test_where_nobody_has_them_the_time_is_not_confirmed_and_the_record_is_no_worse(told: Told) -> None:
    time = _leave_out(told)
    for each in time["files"]:
        if "size" in each:  # other CRLs than those of the package
            each["path"] = each["path"][:-2] + "00"
    time["files"].sort(key=lambda each: each["path"])
    verdict = told.judge(_sealed(told, time))
    (code, params), *others = _codes(verdict).items()
    assert (code, others) == ("receipt_time_open", [])
    left_out = [each["path"] for each in time["files"] if "size" in each]
    assert left_out
    assert all(path in params for path in left_out)
    assert verdict.code is told.judge(told.anchored).code is Code.VALID
    payload = told.payload(told.anchored)
    found = told.found(payload["entry"].encode(), payload["proof"].encode(), time)
    assert (found.before, found.reason) == (None, "revocation.unknown")


def test_a_file_of_another_digest_is_not_taken_for_what_was_left_out(told: Told) -> None:
    time = read_time_part(_leave_out(told))  # type: ignore[arg-type]  # as it is read
    wrong = time.completed(dict.fromkeys(time.left_out, b"another CRL"))
    assert wrong == time


@pytest.mark.parametrize(
    "each",
    [
        {"path": "time/checkpoints/7/stamped", "size": 5},
        {"path": "time/material/certificate/" + "0" * 64, "size": 5},
        {"path": "time/material/crl/" + "0" * 64, "size": 0},
        {"path": "time/material/crl/" + "0" * 64, "size": True},
        {"path": "time/material/crl/" + "0" * 64, "size": "5"},
        {"path": "time/material/crl/" + "0" * 64, "size": 5, "data": ""},
        {"path": "time/material/crl/" + "0" * 64},
    ],
)
def test_nothing_but_revocation_data_may_be_left_out(each: dict[str, Any]) -> None:
    with pytest.raises(BadProof):
        read_time_part({"files": [each]})
    with pytest.raises((WITH.Refused, ValueError)):
        WITH.read_time_part({"files": [each]})


def receipts_of(told: Told) -> dict[str, str]:
    """Receipts with every kind of time part, by what was done to it."""
    whole = {"sequenced": told.sequenced, "anchored": told.anchored, "left out": _sealed(told, _leave_out(told))}
    return whole | {change: _sealed(told, _altered(told, change)) for change in ALTERED} | {"none": _sealed(told, [])}


def in_small(told: Told, receipt: str) -> list[tuple[str, int]]:
    """What verify.py says of a receipt's time, with and without `cryptography` the same."""
    said = []
    for module in (WITH, WITHOUT):
        checker = module.Checker(module.read_trust(print_trust(told.trust)), [receipt.encode()], told.end / 1000)
        checker.run(told.package)
        said.append([(each.code, each.weight) for each in checker.findings if each.code.startswith("receipt_")])
    assert said[0] == said[1]
    return [each for each in said[0] if each[0] != "receipt_holds"]


def test_verify_py_reads_the_time_part_and_says_what_it_does_not_judge(told: Told) -> None:
    assert in_small(told, told.sequenced) == []
    assert in_small(told, told.anchored) == [("receipt_time_not_judged", 0)]
    assert in_small(told, _sealed(told, _leave_out(told))) == [("receipt_time_not_judged", 0)]
    checker = WITH.Checker(WITH.read_trust(print_trust(told.trust)), [told.anchored.encode()], told.end / 1000)
    checker.run(told.package)
    assert "the certificates of the time stamp authorities of receipts" in WITH.say_verdict(checker, "en")


@pytest.mark.parametrize("change", ALTERED)
def test_an_altered_time_part_is_found_by_verify_py_as_by_the_full_check(told: Told, change: str) -> None:
    receipt = _sealed(told, _altered(told, change))
    assert in_small(told, receipt) == [("receipt_time_fails", 1)]
    assert _codes(told.judge(receipt)).keys() == {"receipt_time_fails"}


def test_a_time_part_in_another_form_makes_the_receipt_unreadable_for_both(told: Told) -> None:
    for time in ({"files": {}}, {"files": [{"path": "custody.json", "data": ""}]}, []):
        receipt = _sealed(told, time)
        assert in_small(told, receipt) == [("receipt_unreadable", 1)]
        assert "receipt_unreadable" in {each.code for each in told.judge(receipt).findings()}


def test_without_authorities_to_trust_the_time_part_is_said_to_be_unjudged(told: Told) -> None:
    trust = replace(told.trust, tsa_anchors=())
    verdict = check(told.package, trust, [told.anchored.encode()], at=told.end)
    assert _codes(verdict).keys() == {"receipt_time_not_judged"}


def _b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
