"""RFC 5280 section 5: CRLs written byte by byte, for what no honest maker of CRLs would write."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from signatures import Evidence, Outcome, PathResult, Policy, Status, TrustAnchors, validate_path
from signatures.asn1 import BIT_STRING, BOOLEAN, ENUMERATED, GENERALIZED_TIME, OCTET_STRING, SEQUENCE, UTC_TIME
from signatures.der import encode
from signatures.errors import SignaturesError
from signatures.revocation import Crl
from tests.signatures.conftest import World
from tests.signatures.making import AT, NULL, Ca, algorithm, integer, make_key, name_of, oid, sign

DAY = timedelta(days=1)
ECDSA = "1.2.840.10045.4.3.2"
REASON, DELTA, SCOPE, CERTIFICATE_ISSUER = (f"2.5.29.{last}" for last in (21, 27, 28, 29))


def utc(moment: datetime) -> bytes:
    return encode(UTC_TIME, moment.strftime("%y%m%d%H%M%SZ").encode())


def extension(dotted: str, value: bytes, *, critical: bool = False) -> bytes:
    flag = encode(BOOLEAN, b"\xff") if critical else b""
    return encode(SEQUENCE, oid(dotted), flag, encode(OCTET_STRING, value))


def entry(serial: int, *extensions: bytes, at: datetime = AT - DAY) -> bytes:
    listed = [encode(SEQUENCE, *extensions)] if extensions else []
    return encode(SEQUENCE, integer(serial), utc(at), *listed)


Maker = Callable[..., bytes]


@pytest.fixture
def make(world: World) -> Maker:
    """Writes a CRL of the issuing authority; every member can be turned wrong."""

    def make(
        *entries: bytes,
        version: bytes | None = None,
        inner: bytes | None = None,
        outer: bytes | None = None,
        issuer: bytes | None = None,
        this_update: bytes | None = None,
        next_update: bytes | None = None,
        extensions: Sequence[bytes] = (),
    ) -> bytes:
        tbs = encode(
            SEQUENCE,
            integer(1) if version is None else version,
            algorithm(ECDSA) if inner is None else inner,
            world.issuing.certificate.subject.public_bytes() if issuer is None else issuer,
            utc(AT - DAY) if this_update is None else this_update,
            utc(AT + DAY) if next_update is None else next_update,
            *([encode(SEQUENCE, *entries)] if entries else []),
            *([encode(0xA0, encode(SEQUENCE, *extensions))] if extensions else []),
        )
        named, value = sign(world.issuing.key, tbs)
        return encode(SEQUENCE, tbs, named if outer is None else outer, encode(BIT_STRING, b"\0" + value))

    return make


def judge(world: World, *crls: bytes, policy: Policy | None = None) -> PathResult:
    evidence = Evidence.of([world.issuing.der], [world.root.crl(), *crls])
    return validate_path(
        world.signer.der, anchors=world.anchors, evidence=evidence, at=AT, policy=policy or Policy.default()
    )


def said(result: PathResult) -> tuple[Status, set[str]]:
    return result.statuses[0].status, {check.code for check in result.checks if check.code.startswith("crl.")}


def test_what_is_written_here_is_a_crl_like_any_other(world: World, make: Maker) -> None:
    assert said(judge(world, make())) == (Status.GOOD, set())
    assert said(judge(world, make(entry(7)))) == (Status.GOOD, set())
    serial = world.signer.certificate.serial_number
    result = judge(world, make(entry(7), entry(serial, extension(REASON, encode(ENUMERATED, b"\x01")))))
    assert said(result) == (Status.REVOKED, set())
    assert result.statuses[0].reason == "keyCompromise"


def test_a_crl_without_next_update_can_revoke_but_not_clear(world: World, make: Maker) -> None:
    """RFC 5280 section 5.1.2.5 demands nextUpdate: without it nobody can say how long "not listed" holds."""
    assert said(judge(world, make(next_update=b""))) == (Status.UNKNOWN, {"crl.stale"})
    listed = make(entry(world.signer.certificate.serial_number), next_update=b"")
    assert said(judge(world, listed))[0] is Status.REVOKED


@pytest.mark.parametrize(("inside", "outside"), [(b"", NULL), (NULL, b""), (NULL, NULL)])
def test_absent_and_null_parameters_are_one_algorithm_and_a_difference_is_said(
    world: World, make: Maker, inside: bytes, outside: bytes
) -> None:
    result = judge(world, make(inner=algorithm(ECDSA, inside), outer=algorithm(ECDSA, outside)))
    assert said(result) == (Status.GOOD, {"crl.null_parameters"} if inside != outside else set())
    assert {check.outcome for check in result.checks if check.code == "crl.null_parameters"} <= {Outcome.WARNING}


@pytest.mark.parametrize(
    "inner",
    [algorithm("1.2.840.10045.4.3.3"), algorithm(ECDSA, encode(OCTET_STRING)), algorithm("1.2.840.113549.1.1.11")],
    ids=["another hash", "other parameters", "another family"],
)
def test_any_other_difference_between_inner_and_outer_algorithm_is_refused(
    world: World, make: Maker, inner: bytes
) -> None:
    assert said(judge(world, make(inner=inner))) == (Status.UNKNOWN, {"crl.algorithms_differ"})


@pytest.mark.parametrize("dotted", ["1.2.3.4", "1.2.643.7.1.1.3.3", "1.2.840.113549.1.1.4"])
def test_an_unknown_algorithm_on_a_crl_clears_nobody(world: World, make: Maker, dotted: str) -> None:
    crl = make(inner=algorithm(dotted), outer=algorithm(dotted))
    assert said(judge(world, crl)) == (Status.UNKNOWN, {"crl.algorithm"})


def test_an_algorithm_of_yesterday_on_a_crl_clears_nobody() -> None:
    root = Ca.root("Root", key=make_key("rsa", 3))
    leaf = root.issue("Leaf", key=make_key("ec", 4))
    assert isinstance(root.key, rsa.RSAPrivateKey)
    builder = x509.CertificateRevocationListBuilder(root.certificate.subject, AT - DAY, AT + DAY)
    tbs = builder.sign(root.key, hashes.SHA256()).tbs_certlist_bytes
    named = algorithm("1.2.840.113549.1.1.5", NULL)
    tbs = tbs.replace(algorithm("1.2.840.113549.1.1.11", NULL), named)
    value = root.key.sign(tbs, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 -- what is to be refused
    crl = encode(SEQUENCE, tbs, named, encode(BIT_STRING, b"\0" + value))
    result = validate_path(leaf.der, anchors=TrustAnchors.of(root.der), evidence=Evidence.of(crls=[crl]), at=AT)
    assert said(result) == (Status.UNKNOWN, {"crl.algorithm"})


@pytest.mark.parametrize(
    "listed",
    [
        extension("1.2.3.4", NULL, critical=True),
        extension(CERTIFICATE_ISSUER, encode(SEQUENCE), critical=True),
        extension(CERTIFICATE_ISSUER, encode(SEQUENCE)),
    ],
)
def test_an_entry_that_may_mean_something_else_says_nothing_either_way(
    world: World, make: Maker, listed: bytes
) -> None:
    crl = make(entry(world.signer.certificate.serial_number, listed))
    assert said(judge(world, crl)) == (Status.UNKNOWN, {"crl.entry"})


@pytest.mark.parametrize("number", [0, 7, 9, 11, 100])
def test_reasons_without_a_name_revoke_all_the_same(world: World, make: Maker, number: int) -> None:
    listed = extension(REASON, encode(ENUMERATED, bytes((number,))))
    result = judge(world, make(entry(world.signer.certificate.serial_number, listed)))
    assert said(result)[0] is Status.REVOKED


@pytest.mark.parametrize(
    "broken",
    [
        entry(1) + b"\x05\x00",
        encode(SEQUENCE, integer(1)),
        encode(SEQUENCE, utc(AT), integer(1)),
        encode(SEQUENCE, encode(0x02), utc(AT)),
        b"\x30\x80\x00\x00",
        b"\x30\x7f",
        b"\x30\x89\x01\x01\x01\x01\x01\x01\x01\x01\x01",
    ],
    ids=range(7),
)
def test_a_list_with_one_broken_entry_clears_nobody(world: World, make: Maker, broken: bytes) -> None:
    """A reader that stops at the broken entry would call everybody behind it good."""
    serial = world.signer.certificate.serial_number
    status, findings = said(judge(world, make(broken, entry(serial))))
    assert status is not Status.GOOD
    assert findings <= {"crl.malformed"}


@pytest.mark.parametrize(
    "value",
    [
        encode(SEQUENCE, encode(0x83)),
        encode(SEQUENCE, encode(0x84, b"\xff"), encode(0x81, b"\xff")),
        encode(SEQUENCE, encode(0xA0, NULL)),
        encode(SEQUENCE, encode(0xA0)),
        NULL,
        b"",
    ],
    ids=range(6),
)
def test_a_scope_that_can_not_be_read_covers_nobody(world: World, make: Maker, value: bytes) -> None:
    crl = make(extensions=[extension(SCOPE, value, critical=True)])
    status, findings = said(judge(world, crl))
    assert status is Status.UNKNOWN
    assert findings <= {"crl.malformed", "crl.scope"}


@pytest.mark.parametrize("critical", [False, True])
def test_a_delta_is_no_complete_list_even_if_it_does_not_insist(world: World, make: Maker, critical: bool) -> None:
    crl = make(extensions=[extension(DELTA, integer(1), critical=critical)])
    assert said(judge(world, crl)) == (Status.UNKNOWN, {"crl.delta"})


def test_a_removal_in_a_delta_lifts_no_hold_of_the_base(world: World, make: Maker) -> None:
    serial = world.signer.certificate.serial_number
    base = make(entry(serial, extension(REASON, encode(ENUMERATED, b"\x06"))))
    removal = entry(serial, extension(REASON, encode(ENUMERATED, b"\x08")))
    delta = make(removal, this_update=utc(AT), extensions=[extension(DELTA, integer(1), critical=True)])
    for crls in ((base, delta), (delta, base)):
        assert said(judge(world, *crls)) == (Status.ON_HOLD, {"crl.delta"})


@pytest.mark.parametrize(
    "changed",
    [
        {"version": integer(0)},
        {"version": integer(2)},
        {"this_update": encode(GENERALIZED_TIME, b"20261124")},
        {"this_update": integer(1)},
        {"issuer": b""},
        {"issuer": NULL},
        {"inner": b""},
        {"inner": encode(SEQUENCE)},
        {"extensions": [extension(DELTA, NULL), extension(DELTA, NULL)]},
        {"extensions": [NULL]},
    ],
    ids=range(10),
)
def test_what_is_no_crl_is_the_packages_own_error(make: Maker, changed: dict[str, object]) -> None:
    data = make(**changed)
    with pytest.raises(SignaturesError):
        Crl.of(data)
    assert len(Evidence.of(crls=[data]).refused) == 1


def test_a_crl_of_somebody_else_is_not_even_mentioned(world: World, make: Maker) -> None:
    other = make(issuer=name_of("Somebody").public_bytes())
    assert said(judge(world, other)) == (Status.UNKNOWN, set())


def test_a_crl_is_compared_by_its_bytes_and_goes_to_another_process(make: Maker) -> None:
    one = Crl.of(make(entry(7)))
    again = pickle.loads(pickle.dumps(one))  # noqa: S301 -- our own bytes
    assert again == one
    assert hash(again) == hash(one)
    assert again.entry(7) == one.entry(7)
