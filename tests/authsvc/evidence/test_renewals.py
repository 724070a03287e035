"""Renewed time stamps in a court package: chains that hold, and ways to break them, through all verifiers.

RFC 4998, section 5.3: each token of a chain must have been good when the next one came, and the next one be over it.
"""

from __future__ import annotations

import asyncio
import copy
import hashlib
import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from authsvc import anchoring, cases, renewing
from authsvc.clock import HandClock
from authsvc.evidence import check_time
from authsvc.evidence.errors import EvidenceError
from authsvc.evidence.package_time import read_time
from authsvc.evidence.renewal import (
    Covered,
    RenewalText,
    read_covers,
    read_renewal_text,
    renewal_leaf,
    renewal_path,
    renewal_root,
    write_covers,
)
from authsvc.evidence.verdict import Code
from authsvc.store.sqlite import open_sqlite
from authsvc.web.sandbox.pki import Credential, Reason, TestPki
from signatures.policy import AlgorithmRule, Policy
from tests.authsvc.evidence.test_check_time import DAY, FOUNDED, MINUTE, START, Story, codes
from tests.authsvc.evidence.test_verifiers_agree import WITH, WITHOUT
from tests.authsvc.evidence.test_verifiers_agree_on_time import made
from tests.authsvc.services import add_person, service_on
from tests.authsvc.stampers import FIRST, Stampers
from tests.authsvc.test_renewing import issue

pytestmark = pytest.mark.slow

Files = dict[str, bytes]
GENERATIONS = ((130, 350), (330, 400))
"""(days until a renewal, days that the certificate of its token lasts); the first one lasts 200."""


@dataclass
class Renewed(Story):
    """A story whose one anchor was renewed, and its renewal too; `stampers` are the keys of each generation."""

    stampers: Sequence[Credential] = ()


async def _tell(folder: Path) -> Renewed:
    clock, chance = HandClock(START), random.Random(13)  # noqa: S311  # a test's bytes
    pki = TestPki.create(at=FOUNDED, entropy=os.urandom, families=("ecdsa",))
    store = open_sqlite(str(folder / "log.sqlite"))
    await store.migrate()
    keys = [issue(pki, at=FOUNDED, days=200)]
    stampers = Stampers(pki, clock, chance.randbytes, keys[0])
    async with service_on(store, folder, clock, chance.randbytes) as (bare, _):
        tsas = stampers.tsas[:1]
        svc = replace(bare, trust=stampers.trust, settings=replace(bare.settings, tsa=tsas))
        await add_person(svc, 1)
        clock.move(MINUTE)
        assert await anchoring.anchor(svc, stampers.connect)
        for days, life in GENERATIONS:
            clock.move(days * DAY)
            stampers.stamper = issue(pki, at=clock.now() - DAY, days=life)
            keys.append(stampers.stamper)
            assert await renewing.renew(svc, stampers.connect) == 1
        clock.move(60 * DAY)
        case = cases.Case(subject="iin:900101300001", recipient="court", ground="2-1")
        package = (await cases.make_package(svc, case, connect=stampers.connect)).package
        trust = await cases.trust_of(svc)
    await store.close()
    assert stampers.asked.count(FIRST) == 4
    return Renewed(package, trust, pki, keys[-1], clock.now(), keys)


@pytest.fixture(scope="module")
def renewed(tmp_path_factory: pytest.TempPathFactory) -> Renewed:
    return asyncio.run(_tell(tmp_path_factory.mktemp("renewed")))


def _whole(files: Files, of: Story) -> None:
    """Nothing is changed."""


def _restamp(files: Files, of: Story, number: int, at: int, stamper: Credential) -> None:
    """A true token over the true text of a renewal, at another time, with the revocation data of that time."""
    authority = of.pki.authority("ecdsa")
    for crl in (authority.crl(at), authority.root_crl(at)):
        files[f"time/material/crl/{hashlib.sha256(crl).hexdigest()}"] = crl
    files[f"time/renewals/{number}/token"] = of.stamp(files[f"time/renewals/{number}/text"], at, stamper)
    for path in [path for path in files if path.startswith("time/renewals/") and number == 1 and "/2/" in path]:
        del files[path]  # what renews it is over the token that stood there


def _over_another_token(files: Files, of: Story) -> None:
    """A renewal that is genuine, of a token that is not in the package; it is passed off as one of the anchor's."""
    other = of.stamp(b"something else", START, of.stamper)
    _renew(files, other, named=_anchored(files, of))
    token = of.stamp(files["time/renewals/1/text"], START + 130 * DAY)
    files["time/renewals/1/token"] = token
    _drop(files, 2)


def _of_another_material(files: Files, of: Story) -> None:
    """The revocation data that the leaf holds are others."""
    (one,) = read_covers(files["time/renewals/1/covers.json"])
    files["time/renewals/1/covers.json"] = write_covers([replace(one, material=(bytes(64),))])


def _broken_chain(files: Files, of: Story) -> None:
    """The first renewal is gone: what the second one renews is not there."""
    _drop(files, 1)


def _skipped(files: Files, of: Story) -> None:
    """The second renewal names itself and not the one before it."""
    (one,) = read_covers(files["time/renewals/2/covers.json"])
    own = hashlib.sha256(files["time/renewals/2/token"]).hexdigest()
    files["time/renewals/2/covers.json"] = write_covers([replace(one, token=own)])


def _numbers_exchanged(files: Files, of: Story) -> None:
    """The renewal of a renewal before the one that it renews."""
    for name in ("text", "token", "covers.json"):
        one, two = f"time/renewals/1/{name}", f"time/renewals/2/{name}"
        files[one], files[two] = files[two], files[one]


def _too_late(files: Files, of: Story) -> None:
    """The anchor's certificate ended after 200 days."""
    assert isinstance(of, Renewed)
    _restamp(files, of, 1, FOUNDED + 201 * DAY, of.stampers[1])


def _second_too_late(files: Files, of: Story) -> None:
    """The first renewal's certificate ended after 350 days."""
    _restamp(files, of, 2, FOUNDED + 130 * DAY + 351 * DAY, of.stamper)


def _before_the_token(files: Files, of: Story) -> None:
    """A renewal that says it came before what it renews."""
    assert isinstance(of, Renewed)
    _restamp(files, of, 1, START - DAY // 2, of.stampers[0])


def _text_of_another_form(files: Files, of: Story) -> None:
    files["time/renewals/2/text"] = files["time/renewals/2/text"].replace(b"\n1\n", b"\n01\n")


def _text_of_another_root(files: Files, of: Story) -> None:
    text = read_renewal_text(files["time/renewals/2/text"])
    files["time/renewals/2/text"] = replace(text, root=bytes(64)).to_bytes()


def _no_token(files: Files, of: Story) -> None:
    del files["time/renewals/2/token"]


def _garbage(files: Files, of: Story) -> None:
    files["time/renewals/2/token"] = files["time/renewals/2/token"][:50]


def _covers_nothing(files: Files, of: Story) -> None:
    files["time/renewals/2/covers.json"] = b"[]"


def _covers_twice(files: Files, of: Story) -> None:
    one = files["time/renewals/2/covers.json"]
    files["time/renewals/2/covers.json"] = one[:-1] + b"," + one[1:]


def _digest_in_another_form(files: Files, of: Story) -> None:
    """The same bytes in base64 with other bits behind their end."""
    data = files["time/renewals/1/covers.json"]
    at = data.index(b'"]', data.index(b'"material"')) - 1
    files["time/renewals/1/covers.json"] = data[:at] + bytes([data[at] + 1]) + data[at + 1 :]


def _drop(files: Files, number: int) -> None:
    for path in [path for path in files if path.startswith(f"time/renewals/{number}/")]:
        del files[path]


def _anchored(files: Files, of: Story) -> bytes:
    """The token of the anchor that was renewed."""
    (one,) = read_covers(files["time/renewals/1/covers.json"])
    tokens = (token for each in read_time(files).checkpoints for token in each.tokens.values())
    return next(token for token in tokens if hashlib.sha256(token).hexdigest() == one.token)


def _renew(files: Files, token: bytes, named: bytes) -> None:
    """The first renewal over one token, by a proof that is said to be another's."""
    leaves = [renewal_leaf(token, ())]
    files["time/renewals/1/text"] = RenewalText(1, renewal_root(leaves)).to_bytes()
    covered = Covered(hashlib.sha256(named).hexdigest(), 0, (), renewal_path(0, leaves))
    files["time/renewals/1/covers.json"] = write_covers([covered])


BROKEN: dict[Callable[[Files, Story], None], str] = {
    _over_another_token: "renewal_not_linked",
    _of_another_material: "renewal_not_linked",
    _broken_chain: "renewal_of_unknown",
    _skipped: "renewal_of_unknown",
    _numbers_exchanged: "renewal_of_unknown",
    _too_late: "renewal_too_late",
    _second_too_late: "renewal_too_late",
    _before_the_token: "renewal_before_token",
    _text_of_another_form: "renewal_unreadable",
    _text_of_another_root: "stamp_fails",
    _no_token: "stamp_fails",
    _garbage: "stamp_fails",
    _covers_nothing: "renewal_unreadable",
    _covers_twice: "renewal_unreadable",
    _digest_in_another_form: "renewal_unreadable",
}
RENEWALS = (_whole, *BROKEN)


@pytest.mark.parametrize("change", BROKEN, ids=lambda change: change.__name__)
def test_a_broken_renewal_is_found_by_all_verifiers(renewed: Renewed, change: Callable[[Files, Story], None]) -> None:
    case, expected = made(renewed, change)
    assert BROKEN[change] in expected
    for module in (WITH, WITHOUT):
        checker = module.Checker(module.read_trust(case.trust), (), renewed.end / 1000 + 60)
        checker.run(case.package)
        found = {each.code for each in checker.findings if each.check == "time" and each.weight == 2}
        assert BROKEN[change] in found
        assert found <= expected
        assert module.say_verdict(checker, "kk").startswith("ЖАРАМСЫЗ")


def test_a_chain_of_renewals_holds_long_after_the_first_certificate_has_ended(renewed: Renewed) -> None:
    case, faults = made(renewed, _whole)
    assert faults == set()
    verdict = renewed.judge(at=renewed.end + 3650 * DAY)
    assert verdict.code is Code.VALID, verdict.sentence.en
    assert codes(verdict) == ["stamp_renewed", "stamp_renewed"]
    checker = WITH.Checker(WITH.read_trust(case.trust), (), renewed.end / 1000 + 60)
    checker.run(case.package)
    said = [(each.code, each.where) for each in checker.findings if each.check == "time"]
    assert [code for code, _ in said] == ["stamp_renewed", "stamp_renewed", "tsa_not_here"]
    assert {where.split("/")[1] for _, where in said[:2]} == {"checkpoints", "renewals"}


def _weakened(monkeypatch: pytest.MonkeyPatch, until: int) -> None:
    """From this moment (ms) on the policy takes no ECDSA in time stamps."""
    end = datetime.fromtimestamp(until / 1000, UTC)
    rules = tuple(one for one in Policy.default().algorithms if one.name != "ecdsa")
    policy = replace(Policy.default(), algorithms=(*rules, AlgorithmRule("ecdsa", bits=256, until=end)))
    monkeypatch.setattr(check_time, "POLICY", policy)


def test_an_algorithm_that_weakened_after_the_renewal_harms_the_last_token_alone(
    renewed: Renewed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last token could be made today; those before it are known to be older."""
    _weakened(monkeypatch, renewed.end + 10 * DAY)
    assert renewed.judge(at=renewed.end + 9 * DAY).code is Code.VALID
    verdict = renewed.judge(at=renewed.end + 11 * DAY)
    assert verdict.code is Code.NOT_CONFIRMED
    first, *others = [each.where for each in verdict.findings() if each.code == "stamp_weakened"]
    assert first == "time/renewals/2/token"
    assert len(others) == 1  # the package's newest anchor is not renewed yet


def test_without_its_renewal_a_token_of_a_weakened_algorithm_is_not_confirmed(
    renewed: Renewed, monkeypatch: pytest.MonkeyPatch
) -> None:
    _weakened(monkeypatch, FOUNDED + 140 * DAY)
    files = renewed.files
    _drop(files, 1)
    _drop(files, 2)
    found = [each for each in renewed.judge(files).findings() if each.code == "stamp_weakened"]
    assert [each.params["algorithm"] for each in found] == ["ecdsa"]


@pytest.mark.parametrize(("days", "code"), [(120, Code.INVALID), (140, Code.VALID)])
def test_a_key_that_was_stolen_harms_only_what_was_not_renewed_before(renewed: Renewed, days: int, code: Code) -> None:
    """Whoever holds the key could have made the token, unless something shows that it is older (RFC 3161, 4)."""
    authority = copy.deepcopy(renewed.pki.authority("ecdsa"))
    authority.revoke(renewed.stampers[0], FOUNDED + days * DAY, Reason.KEY_COMPROMISE)
    files = renewed.files
    crl = authority.crl(FOUNDED + 145 * DAY)
    files[f"time/material/crl/{hashlib.sha256(crl).hexdigest()}"] = crl
    verdict = renewed.judge(files)
    assert verdict.code is code, verdict.sentence.en
    assert ("stamp_fails" in codes(verdict)) is (code is Code.INVALID)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"[1]",
        b'[{"material":[],"path":[],"place":0}]',
        b'[{"material":[],"path":[],"place":-1,"token":"' + b"0" * 64 + b'"}]',
        b'[{"material":[],"path":[],"place":true,"token":"' + b"0" * 64 + b'"}]',
        b'[{"material":[],"path":["AA"],"place":0,"token":"' + b"0" * 64 + b'"}]',
        b'[{"material":[7],"path":[],"place":0,"token":"' + b"0" * 64 + b'"}]',
        b'[{"material":{},"path":[],"place":0,"token":"' + b"0" * 64 + b'"}]',
        b'[{"material":[],"path":[],"place":0,"token":"' + b"G" * 64 + b'"}]',
        b'[{"material": [],"path":[],"place":0,"token":"' + b"0" * 64 + b'"}]',
    ],
)
def test_what_a_renewal_covers_has_one_form(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        read_covers(data)
    with pytest.raises((WITH.Refused, ValueError)):
        WITH.read_covers(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"authsvc/renewal/v2\n1\n" + b"A" * 86 + b"==\n",
        b"authsvc/renewal/v1\n0\n" + b"A" * 86 + b"==\n",
        b"authsvc/renewal/v1\n1\n" + b"A" * 86 + b"==",
        b"authsvc/renewal/v1\n1\n" + b"A" * 85 + b"B==\n",
        b"authsvc/renewal/v1\n1\n" + b"A" * 86 + b"==\n\n",
    ],
)
def test_the_text_of_a_renewal_has_one_form(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        read_renewal_text(data)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 33])
def test_every_leaf_of_a_renewal_has_its_path(count: int) -> None:
    leaves = [renewal_leaf(b"token %d" % place, (bytes([place]) * 64,)) for place in range(count)]
    text = RenewalText(count, renewal_root(leaves))
    for place in range(count):
        covered = Covered("0" * 64, place, (bytes([place]) * 64,), renewal_path(place, leaves))
        assert covered.is_under(text, b"token %d" % place)
        assert not covered.is_under(text, b"token %d" % (place + 1))
        assert not replace(covered, place=(place + 1) % (count + 1)).is_under(text, b"token %d" % place)
