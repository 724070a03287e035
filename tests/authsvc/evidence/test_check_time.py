"""Trusted time in a court package, checked offline: what tokens prove, and ways to make them say something else."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path

import httpx2
import pytest

from authsvc import anchoring, cases
from authsvc.clock import HandClock, rfc3339
from authsvc.evidence import words_report
from authsvc.evidence.check_time import check_time
from authsvc.evidence.note import join_note
from authsvc.evidence.package import write_custody
from authsvc.evidence.package_check import check
from authsvc.evidence.package_read import REPORT, read_package
from authsvc.evidence.package_time import FAILURE, read_time
from authsvc.evidence.package_zip import read_zip, write_zip
from authsvc.evidence.record import parse
from authsvc.evidence.report import write_report
from authsvc.evidence.trust import Trust
from authsvc.evidence.verdict import Code, Sheet, Verdict
from authsvc.service import Service
from authsvc.store.sqlite import open_sqlite
from authsvc.web.sandbox.pki import Credential, Reason, TestPki, der, ocsp, profile, timestamp
from signatures import Certificate
from signatures.ocsp import write_request
from tests.authsvc.services import add_person, service_on
from tests.authsvc.stampers import FIRST, SECOND, Stampers

pytestmark = pytest.mark.slow

MINUTE = 60_000
DAY = 86_400_000
FOUNDED = 1_795_000_000_000
START = FOUNDED + DAY


@dataclass
class Story:
    """A log that was anchored twice, the package over it, and all that an attacker might hold."""

    package: bytes
    trust: Trust
    pki: TestPki
    stamper: Credential
    end: int

    @property
    def files(self) -> dict[str, bytes]:
        return dict(read_zip(self.package))

    def judge(self, files: dict[str, bytes] | None = None, *, at: int = 0, trust: Trust | None = None) -> Verdict:
        """The verdict on these files with a report and a custody record that fit them."""
        files = self.files if files is None else files
        export = next(parse(data).id for path, data in reversed(files.items()) if path.startswith("records/"))
        files[REPORT] = write_report(read_package(files, export))
        files["custody.json"] = write_custody(files, export)
        return check(write_zip(files), trust or self.trust, (), at=at or self.end + MINUTE)

    def stamp(self, text: bytes, at: int, stamper: Credential | None = None) -> bytes:
        """A token of the true authority (or another one) over any text."""
        imprint = der.sequence(der.algorithm("2.16.840.1.101.3.4.2.3"), der.octets(hashlib.sha512(text).digest()))
        return timestamp.write_token(stamper or self.stamper, imprint, at=at, serial=7)


async def _tell(folder: Path, pki: TestPki, down: bool = False, number: int = 2) -> tuple[bytes, Trust, Stampers, int]:
    clock = HandClock(START)
    chance = random.Random(7)  # noqa: S311  # a test's bytes
    store = open_sqlite(str(folder / "log.sqlite"))
    await store.migrate()
    stampers = Stampers.of(pki, clock, chance.randbytes)
    async with service_on(store, folder, clock, chance.randbytes) as (bare, _):
        svc = replace(bare, trust=stampers.trust, settings=replace(bare.settings, tsa=stampers.tsas))
        await add_person(svc, 1)
        clock.move(MINUTE)
        assert await anchoring.anchor(svc, stampers.connect)
        clock.move(MINUTE)
        await add_person(svc, 2)
        clock.move(MINUTE)
        if down:
            fail: Callable[[httpx2.Request], httpx2.Response] = lambda _request: httpx2.Response(503)  # noqa: E731
            stampers.faults = {FIRST: fail, SECOND: fail}
        package = await _export(svc, stampers, f"90010130000{number}")
        trust = await cases.trust_of(svc)
    await store.close()
    return package, trust, stampers, clock.now()


async def _export(svc: Service, stampers: Stampers, iin: str) -> bytes:
    case = cases.Case(subject=f"iin:{iin}", recipient="court", ground="2-1")
    return (await cases.make_package(svc, case, connect=stampers.connect)).package


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.create(at=FOUNDED, entropy=os.urandom, families=("ecdsa",))


@pytest.fixture(scope="module")
def story(pki: TestPki, tmp_path_factory: pytest.TempPathFactory) -> Story:
    package, trust, stampers, end = asyncio.run(_tell(tmp_path_factory.mktemp("anchored"), pki))
    return Story(package, trust, pki, stampers.stamper, end)


def codes(verdict: Verdict) -> list[str]:
    return [each.code for check in verdict.checks if check.name == "time" for each in check.findings]


def only(files: dict[str, bytes], start: str, end: str = "") -> str:
    (path,) = [path for path in files if path.startswith(start) and path.endswith(end)]
    return path


def newest(files: dict[str, bytes]) -> str:
    """The folder of the larger anchored checkpoint."""
    return read_time(files).checkpoints[-1].folder


def test_a_package_carries_the_anchors_around_its_records(story: Story) -> None:
    time = read_time(story.files)
    assert len(time.checkpoints) == 2
    assert len(time.anchors) == 1  # the records lie between the two: one anchor record below them
    assert {kind for kind, pieces in time.material.items() if pieces} == {"certificate", "crl"}
    assert time.failure == ""


def test_the_verdict_gives_the_bracket_and_the_day_of_the_first_anchor(story: Story) -> None:
    verdict = story.judge()
    assert (verdict.code, codes(verdict)) == (Code.VALID, [])
    after, before = START + MINUTE - 1000, START + 3 * MINUTE + 1000
    assert f"after {rfc3339(after)}, before {rfc3339(before)}" in verdict.sentence.en
    assert "could have rewritten this log before 2026-11-" in verdict.sentence.en
    assert "no time is proven" not in verdict.sentence.en
    for told in (verdict.sentence.kk, verdict.sentence.ru):
        assert rfc3339(before) in told


def test_records_of_one_interval_have_both_bounds(story: Story) -> None:
    """Leave the records below the first anchor out: what is left lies between the two tokens."""
    package = read_package(story.files, "")
    sheet = Sheet()
    sheet.open_check("time")
    proven = check_time(sheet, package, story.trust, None, story.end)
    both = [each for each in proven.brackets.values() if each.after is not None]
    assert both
    for each in both:
        assert each.after is not None
        assert each.before is not None
        assert each.after.earliest == START + MINUTE - 1000
        assert each.before.latest == START + 3 * MINUTE + 1000
        assert each.width == 2 * MINUTE + 2000
    assert proven.first == START + MINUTE + 1000


def test_52_a_token_of_another_checkpoint_is_refused(story: Story) -> None:
    files = story.files
    first, second = [checkpoint.folder for checkpoint in read_time(files).checkpoints]
    mine, other = only(files, f"{first}/tokens/"), only(files, f"{second}/tokens/")
    files[mine], files[other] = files[other], files[mine]
    verdict = story.judge(files)
    assert (verdict.code, codes(verdict)) == (
        Code.INVALID,
        ["stamp_fails", "stamp_fails", "anchor_without_token", *["not_anchored"] * len(verdict.records)],
    )


def test_52_a_checkpoint_that_is_not_linked_to_the_package_s_is_refused(story: Story) -> None:
    files = story.files
    path = newest(files) + "/consistency"
    lines = files[path].splitlines(keepends=True)
    files[path] = b"".join([*lines[:-1], b64encode(bytes(32)) + b"\n"])
    assert codes(story.judge(files))[0] == "stamp_not_linked"
    files[path] = b""
    assert story.judge(files).code is Code.INVALID


def test_52_a_checkpoint_of_another_log_or_size_is_refused(story: Story) -> None:
    files = story.files
    folder = newest(files)
    path = f"{folder}/stamped"
    files[path] = files[path].replace(b"test.service.example/1", b"test.service.example/2")
    assert codes(story.judge(files))[0] == "stamp_of_another_log"
    files = story.files
    size = int(folder.rsplit("/", 1)[1])
    moved = {
        name.replace(f"/{size}/", f"/{size - 1}/") if name.startswith("time/checkpoints") else name: data
        for name, data in files.items()
    }
    assert codes(story.judge(moved))[0] == "stamp_of_another_log"


def test_21_a_stamped_fork_that_the_log_s_keys_did_not_sign_proves_nothing(story: Story) -> None:
    """The true authority stamps whatever it is given: the signatures of the log are looked at too."""
    files = story.files
    folder = newest(files)
    time = read_time(files)
    stamped = time.checkpoints[-1].stamped
    assert stamped is not None
    line = stamped.note.splitlines(keepends=True)[-2:]
    forged = replace(stamped, note=join_note(stamped.checkpoint.text, line[:1]))
    files[f"{folder}/stamped"] = forged.text
    old = only(files, f"{folder}/tokens/")
    token = story.stamp(forged.text, story.end)
    del files[old]
    files[f"{folder}/tokens/{hashlib.sha256(token).hexdigest()}"] = token
    assert codes(story.judge(files))[0] == "stamp_log_signature"


def test_21_two_forks_that_are_both_anchored_give_no_more_than_the_sentence_about_witnesses(story: Story) -> None:
    verdict = story.judge()
    assert verdict.code is Code.VALID
    assert "no independent witness" in verdict.sentence.en


def test_53_a_token_from_the_future_is_refused(story: Story) -> None:
    verdict = story.judge(at=story.end - 10 * MINUTE)
    assert verdict.code is Code.INVALID
    assert "stamp_from_future" in codes(verdict)


def test_53_a_token_before_the_one_of_a_smaller_checkpoint_is_refused(story: Story) -> None:
    files = story.files
    folder = newest(files)
    token = story.stamp(files[f"{folder}/stamped"], START)
    del files[only(files, f"{folder}/tokens/")]
    files[f"{folder}/tokens/{hashlib.sha256(token).hexdigest()}"] = token
    verdict = story.judge(files)
    assert verdict.code is Code.INVALID
    assert "stamp_before_the_one_below" in codes(verdict)


def test_a_record_that_claims_a_time_after_its_upper_bound_is_a_failure(story: Story) -> None:
    """A token that is too early for what the record itself says: one of the two lies."""
    files = story.files
    folder = newest(files)
    token = story.stamp(files[f"{folder}/stamped"], START + MINUTE + 10_000)
    del files[only(files, f"{folder}/tokens/")]
    files[f"{folder}/tokens/{hashlib.sha256(token).hexdigest()}"] = token
    verdict = story.judge(files)
    assert verdict.code is Code.INVALID
    assert "time_after_bound" in codes(verdict)


def _with_stamper(story: Story, stamper: Credential, *, at: int = 0) -> Verdict:
    files = story.files
    folder = newest(files)
    token = story.stamp(files[f"{folder}/stamped"], at or story.end, stamper)
    del files[only(files, f"{folder}/tokens/")]
    files[f"{folder}/tokens/{hashlib.sha256(token).hexdigest()}"] = token
    authority = story.pki.authority("ecdsa")
    for data, kind in ((stamper.certificate_der, "certificate"), (authority.crl(at or story.end), "crl")):
        files[f"time/material/{kind}/{hashlib.sha256(data).hexdigest()}"] = data
    return story.judge(files, at=max(at, story.end) + MINUTE)


def _certify(story: Story, *usages: str, life: int = 365 * DAY) -> Credential:
    authority = story.pki.authority("ecdsa")
    extensions = [
        profile.policies_extension(*profile.issuing_policies(authority.family)[:1]),
        profile.extension("2.5.29.37", der.sequence(*(der.oid(each) for each in usages)), critical=True),
        profile.key_usage_extension(profile.DIGITAL_SIGNATURE),
    ]
    name = profile.authority_name("TEST TSA OTHER")
    return authority.certify_key(name, extensions, at=FOUNDED, life=life)


def test_a_second_authority_of_the_same_anchor_counts(story: Story) -> None:
    assert _with_stamper(story, _certify(story, profile.TIME_STAMPING)).code is Code.VALID


def test_54_a_certificate_without_the_usage_is_refused(story: Story) -> None:
    verdict = _with_stamper(story, _certify(story, "1.3.6.1.5.5.7.3.3"))
    assert (verdict.code, codes(verdict)[0]) == (Code.INVALID, "stamp_fails")


def test_54_a_certificate_that_had_expired_is_refused(story: Story) -> None:
    stamper = _certify(story, profile.TIME_STAMPING, life=DAY + 10 * MINUTE)
    verdict = _with_stamper(story, stamper, at=FOUNDED + DAY + 20 * MINUTE)
    assert (verdict.code, codes(verdict)[0]) == (Code.INVALID, "stamp_fails")


def test_54_an_expired_certificate_that_was_good_then_is_no_fault(story: Story) -> None:
    stamper = _certify(story, profile.TIME_STAMPING, life=DAY + 10 * MINUTE)
    files = story.files
    folder = newest(files)
    token = story.stamp(files[f"{folder}/stamped"], story.end, stamper)
    del files[only(files, f"{folder}/tokens/")]
    files[f"{folder}/tokens/{hashlib.sha256(token).hexdigest()}"] = token
    assert story.judge(files, at=story.end + 3650 * DAY).code is Code.VALID


def test_54_a_certificate_revoked_before_the_token_is_refused(story: Story) -> None:
    stamper = _certify(story, profile.TIME_STAMPING)
    story.pki.authority("ecdsa").revoke(stamper, START, Reason.SUPERSEDED)
    verdict = _with_stamper(story, stamper)
    assert (verdict.code, codes(verdict)[0]) == (Code.INVALID, "stamp_fails")


def test_54_a_later_revocation_without_harm_leaves_the_token_standing(story: Story) -> None:
    stamper = _certify(story, profile.TIME_STAMPING)
    story.pki.authority("ecdsa").revoke(stamper, story.end + DAY, Reason.CESSATION_OF_OPERATION)
    assert _with_stamper(story, stamper).code is Code.VALID


def test_without_the_revocation_data_the_token_is_not_confirmed(story: Story) -> None:
    files = {path: data for path, data in story.files.items() if not path.startswith("time/material/crl/")}
    verdict = story.judge(files)
    assert verdict.code is Code.NOT_CONFIRMED
    assert "stamp_not_decided" in codes(verdict)


def test_an_ocsp_answer_tells_the_status_in_place_of_a_list(story: Story) -> None:
    files = {path: data for path, data in story.files.items() if not path.startswith("time/material/crl/")}
    authority = story.pki.authority("ecdsa")
    issuer, own = authority.issuing, Certificate.of(story.stamper.certificate_der)
    request = write_request(own, Certificate.of(issuer.credential.certificate_der))
    answer = ocsp.answer(issuer, issuer.credential, request, at=story.end)
    for data, kind in ((authority.root_crl(story.end), "crl"), (answer, "ocsp")):
        files[f"time/material/{kind}/{hashlib.sha256(data).hexdigest()}"] = data
    assert story.judge(files).code is Code.VALID


def test_a_stranger_s_authority_proves_nothing(story: Story) -> None:
    stranger = TestPki.create(at=FOUNDED, entropy=os.urandom, families=("ecdsa",))
    trust = replace(story.trust, tsa_anchors=tuple(stranger.anchors()))
    verdict = story.judge(trust=trust)
    assert verdict.code is Code.INVALID
    assert codes(verdict)[0] == "stamp_fails"


def test_a_trust_that_names_no_authority_proves_no_time(story: Story) -> None:
    verdict = story.judge(trust=replace(story.trust, tsa_anchors=()))
    assert verdict.code is Code.VALID
    assert "no time is proven" in verdict.sentence.en
    assert "stamps_not_trusted" in codes(verdict)


def test_55_time_stamps_removed_show_in_custody_or_in_the_sentence(story: Story) -> None:
    files = {path: data for path, data in story.files.items() if not path.startswith("time/")}
    removed = check(write_zip({**files}), story.trust, (), at=story.end)
    assert removed.code is Code.INVALID  # custody.json lists them
    told_anew = story.judge(files)
    assert "no time is proven" in told_anew.sentence.en


def test_an_anchor_record_that_names_another_token_is_refused(story: Story) -> None:
    files = story.files
    note = only(files, "time/anchors/", ".note")
    files[note] = files[note].replace(b'"anchor_size":', b'"anchor_size": ', 1)
    assert "anchor_unreadable" in codes(story.judge(files))
    files = story.files
    proof = only(files, "time/anchors/", ".tlog-proof")
    files[proof] = files[proof].replace(b"index ", b"index 1", 1)
    assert "anchor_not_included" in codes(story.judge(files))


@pytest.mark.parametrize(
    ("locale", "after", "before", "width"),
    [
        ("kk", "кейін", "дейін", "аралығы"),
        ("ru", "после", "до", "промежуток"),
        ("en", "after", "before", "width"),
    ],
)
def test_the_report_prints_each_record_s_bracket_and_its_width_as_the_verifier_finds_them(
    story: Story, locale: str, after: str, before: str, width: str
) -> None:
    files = story.files
    sheet = Sheet()
    sheet.open_check("time")
    package = read_package(files, "")
    proven = check_time(sheet, package, story.trust, None, story.end)
    text = section(files, locale)
    assert len(proven.brackets) == len(package.records) > 0
    for found in proven.brackets.values():
        assert found.before is not None
        assert found.after is not None
        assert found.width is not None
        for said, ms in ((after, found.after.earliest), (before, found.before.latest)):
            assert {f"{rfc3339(ms)} {said}", f"{said} {rfc3339(ms)}"} & set(re.findall(r"\S+ \S+?(?=;)", text))
        assert f"{width}: {-(-found.width // 1000)} " in text
    assert words_report.TIME_BY_STAMPS.say(locale) in text
    assert words_report.NO_TIME.say(locale) not in text


@pytest.mark.parametrize("locale", ["kk", "ru", "en"])
def test_78_the_report_of_a_package_whose_authorities_were_down_names_the_reason(
    pki: TestPki, tmp_path: Path, locale: str
) -> None:
    package, _, _, _ = asyncio.run(_tell(tmp_path, pki, down=True))
    text = section(read_zip(package), locale)
    assert words_report.TIME_FAILED.say(locale, reason="status_503") in text
    assert words_report.TIME_NOT_PROVEN.say(locale) in text


def section(files: Mapping[str, bytes], locale: str) -> str:
    """One language of report.html, as text."""
    report = files["report.html"].decode()
    return unescape(re.sub(r"<[^>]+>", "\n", report.split(f'<section lang="{locale}"')[1].split("</section>")[0]))


@pytest.mark.parametrize("path", ["stamped", "consistency", "tokens"])
@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"x" * 5000, b"sha512 AAAA\n"])
def test_garbage_in_time_is_a_fault_and_no_crash(story: Story, path: str, data: bytes) -> None:
    files = story.files
    (name,) = [name for name in files if name.startswith(f"{newest(files)}/{path}")]
    files[name] = data
    assert story.judge(files).code is Code.INVALID


@pytest.mark.parametrize(
    ("number", "told"), [(1, "for some records no time is proven"), (2, "; no time is proven: there is no time stamp")]
)
def test_78_authorities_that_were_down_are_told_in_custody_and_sentence(
    pki: TestPki, tmp_path: Path, number: int, told: str
) -> None:
    package, trust, _, end = asyncio.run(_tell(tmp_path, pki, down=True, number=number))
    files = read_zip(package)
    assert files[FAILURE] == b"status_503\n"
    assert "time" in json.loads(files["custody.json"])["absent"]
    verdict = check(package, trust, (), at=end)
    assert verdict.code is Code.VALID
    assert told in verdict.sentence.en
