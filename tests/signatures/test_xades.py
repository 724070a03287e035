"""XML signatures: what is covered, the wrapping attacks, properties and time stamps, and a second opinion."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from signatures import (
    Digests,
    Evidence,
    Indication,
    Policy,
    Report,
    SignatureReport,
    SubIndication,
    TrustAnchors,
    verify,
)
from signatures.errors import LoginChallengeIsNotADocument, NotALoginChallenge, NotASignedDocument
from signatures.policy import LOGIN_CHALLENGE_KIND
from signatures.report import Outcome
from tests.signatures.conftest import World
from tests.signatures.making import AT, Ca, make_key
from tests.signatures.test_longterm import Long
from tests.signatures.xmls import (
    C14N,
    DOCUMENT,
    DS,
    ENVELOPED,
    EXC,
    UNSIGNED,
    XADES,
    b64,
    canonical,
    enveloped,
    put,
    reference,
    signature,
    xades,
)

PASSED, FAILED, UNSURE = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE


def one_of(report: Report) -> SignatureReport:
    (one,) = report.signatures
    return one


def test_an_enveloped_signature_covers_the_document(world: World) -> None:
    one = one_of(world.verify(enveloped(world.signer)))
    assert (one.indication, one.intact, one.format, one.container, one.level) == (PASSED, True, "XMLDSig", "XML", None)
    assert one.coverage is not None
    assert (one.coverage.scope, one.coverage.name, one.coverage.attached) == ("whole_content", "/", True)


def test_signed_properties_make_it_xades(world: World) -> None:
    one = one_of(world.verify(xades(world.signer)))
    assert (one.indication, one.format, one.level) == (PASSED, "XAdES", "B-B")
    assert one.claimed_time == datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new", "sub"),
    [
        (b'<sum Id="s1">1000', b'<sum Id="s1">9000', SubIndication.HASH_FAILURE),
        (b"<to>Zhibek</to>", b"<to>Zhibek</to><to>Qalta</to>", SubIndication.HASH_FAILURE),
        (b"urn:bank", b"urn:bang", SubIndication.HASH_FAILURE),
        (b"T09:00:00Z", b"T08:00:00Z", SubIndication.HASH_FAILURE),
        (b"xmlenc#sha256", b"xmlenc#sha512", SubIndication.HASH_FAILURE),
    ],
)
def test_what_was_signed_and_changed_is_told(world: World, old: bytes, new: bytes, sub: SubIndication) -> None:
    data = xades(world.signer)
    assert old in data
    one = one_of(world.verify(data.replace(old, new, 1)))
    assert (one.indication, one.sub_indication, one.intact) == (FAILED, sub, False)


def test_what_canonical_xml_leaves_out_may_change(world: World) -> None:
    """White space in tags, the order of attributes, comments: none of it is signed, and the standard says so."""
    data = (
        enveloped(world.signer)
        .replace(b"<!-- note -->", b"<!-- other -->")
        .replace(b'<sum Id="s1">', b"<sum  Id='s1' >")
    )
    assert one_of(world.verify(data)).indication is PASSED


@pytest.mark.parametrize("kind", ["rsa", "ec", "ec384"])
def test_a_forged_value_fails(world: World, kind: str) -> None:
    signer = world.issuing.issue("Other", key=make_key(kind, 61))
    data = enveloped(signer, value_of=lambda message: bytes(96))
    one = one_of(world.verify(data))
    assert one.intact is not True
    assert one.indication is not PASSED


# --- references ---


def part(world: World, uri: str = "#s1", document: bytes = DOCUMENT, **options: object) -> bytes:
    """A signature over one element beside it."""
    node = etree.fromstring(document).find(".//{urn:bank}sum")
    assert node is not None
    listed = reference(canonical(node, EXC), uri=uri, transforms=(EXC,))
    return put(document, signature(world.signer, listed, **options))  # type: ignore[arg-type]


def test_a_signed_element_is_named_by_its_place(world: World) -> None:
    one = one_of(world.verify(part(world)))
    assert (one.indication, one.intact) == (PASSED, True)
    assert one.coverage is not None
    assert (one.coverage.scope, one.coverage.name) == ("elements", "/pay/sum")


def test_wrapping_an_element_moves_what_is_reported_and_never_the_meaning(world: World) -> None:
    """The signed element hidden elsewhere, another in its place: the report names where the signed one is now."""
    data = part(world)
    moved = data.replace(b'<sum Id="s1">1000</sum>', b"<sum>9000</sum>")
    moved = put(moved, '<hidden><sum Id="s1">1000</sum></hidden>')
    one = one_of(world.verify(moved))
    assert one.coverage is not None
    assert (one.intact, one.coverage.name) == (True, "/pay/hidden/sum")


@pytest.mark.parametrize("twin", ['<sum Id="s1">9000</sum>', '<x ID="s1"/>', '<x id="s1"/>', '<x xml:id="s1"/>'])
def test_an_identifier_that_two_elements_have_leads_nowhere(world: World, twin: str) -> None:
    data = part(world)
    for bent in (put(data, twin), data.replace(b"<!-- note -->", twin.encode())):
        one = one_of(world.verify(bent))
        assert (one.indication, one.sub_indication) == (FAILED, SubIndication.FORMAT_FAILURE)


@pytest.mark.parametrize("uri", ["#absent", "#", "#xpointer(/pay/sum)", "#xpointer(id('absent'))"])
def test_a_reference_to_nothing_signs_nothing(world: World, uri: str) -> None:
    one = one_of(world.verify(part(world, uri)))
    assert (one.indication, one.intact) == (FAILED, False)


def test_a_pointer_to_an_identifier_keeps_comments(world: World) -> None:
    document = DOCUMENT.replace(b">1000<", b">10<!-- c -->00<")
    node = etree.fromstring(document).find(".//{urn:bank}sum")
    assert node is not None
    comments = EXC + "WithComments"
    listed = reference(canonical(node, comments), uri="#xpointer(id('s1'))", transforms=(comments,))
    data = put(document, signature(world.signer, listed))
    assert one_of(world.verify(data)).intact is True
    assert one_of(world.verify(data.replace(b"<!-- c -->", b"<!-- d -->"))).intact is False


@pytest.mark.parametrize(
    "transform",
    [
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/2002/06/xmldsig-filter2",
        "http://example.org/mine",
        "",
    ],
)
def test_a_transform_that_is_not_read_is_no_verdict(world: World, transform: str) -> None:
    root = etree.fromstring(DOCUMENT)
    listed = reference(canonical(root), transforms=(ENVELOPED, transform))
    one = one_of(world.verify(put(DOCUMENT, signature(world.signer, listed))))
    assert (one.indication, one.intact) == (UNSURE, None)
    assert one.check("xml.transform") is not None


@pytest.mark.parametrize("uri", ["letter.txt", "http://127.0.0.1:9/x", "file:///etc/hostname"])
def test_what_stands_outside_is_given_by_the_caller_and_never_fetched(world: World, uri: str) -> None:
    letter = b"Dear bank"
    data = signature(world.signer, reference(letter, uri=uri, transforms=())).encode()
    missing = one_of(world.verify(data))
    assert (missing.indication, missing.sub_indication) == (UNSURE, SubIndication.SIGNED_DATA_NOT_FOUND)
    for content in ({uri: letter}, letter, {uri: Digests(sha256=hashlib.sha256(letter).digest())}):
        one = one_of(world.verify(data, content))  # type: ignore[arg-type]
        assert (one.indication, one.intact) == (PASSED, True)
    assert one.check("content.not_seen") is not None
    wrong = one_of(world.verify(data, {uri: b"Dear bang"}))
    assert (wrong.indication, wrong.sub_indication) == (FAILED, SubIndication.HASH_FAILURE)
    other = one_of(world.verify(data, {"another": letter}))
    assert other.sub_indication is SubIndication.SIGNED_DATA_NOT_FOUND


def test_an_enveloping_signature_carries_its_document(world: World) -> None:
    held = f'<ds:Object xmlns:ds="{DS}" Id="doc">{b64(b"Dear bank")}</ds:Object>'
    listed = reference(b"Dear bank", uri="#doc", transforms=(DS + "base64",))
    data = signature(world.signer, listed, objects=held)
    one = one_of(world.verify(data.encode()))
    assert (one.indication, one.intact) == (PASSED, True)
    assert one_of(world.verify(data.replace(b64(b"Dear bank"), b64(b"Dear bang")).encode())).intact is False


def test_a_signature_over_nothing_but_itself_signs_no_document(world: World) -> None:
    listed = reference(b"", uri="", transforms=(ENVELOPED, C14N))
    data = signature(world.signer, listed).encode()
    assert one_of(world.verify(data)).intact is True  # an empty document is what it says that it signs
    properties = xades(world.signer).replace(b'URI=""', b'URI="#props"', 1)
    assert one_of(world.verify(properties)).indication is FAILED


def test_many_references_and_much_to_canonicalise_are_beyond_the_limit(world: World) -> None:
    listed = reference(b"x") * 257
    one = world.verify(put(DOCUMENT, signature(world.signer, listed)))
    assert (one.indication, one.sub_indication) == (UNSURE, SubIndication.SIG_CONSTRAINTS_FAILURE)
    long = DOCUMENT.replace(b"Zhibek", b"Z" * 10_000)
    repeated = put(long, signature(world.signer, reference(b"x") * 200))
    tight = Policy.default().with_limits(signed_bytes=len(repeated) + 1)
    bounded = one_of(world.verify(repeated, policy=tight))
    assert (bounded.indication, bounded.sub_indication) == (UNSURE, SubIndication.SIG_CONSTRAINTS_FAILURE)


# --- who signed ---


def test_a_bare_key_names_nobody(world: World) -> None:
    data = enveloped(world.signer)
    start, stop = data.index(b"<ds:KeyInfo>"), data.index(b"</ds:KeyInfo>") + 13
    for held in (
        b"",
        b"<ds:KeyInfo><ds:KeyValue/></ds:KeyInfo>",
        b"<ds:KeyInfo><ds:KeyName>me</ds:KeyName></ds:KeyInfo>",
    ):
        one = one_of(world.verify(data[:start] + held + data[stop:]))
        assert (one.indication, one.sub_indication) == (UNSURE, SubIndication.NO_SIGNING_CERTIFICATE_FOUND)


def test_the_certificate_that_is_named_is_the_one_that_counts(world: World) -> None:
    twin = Ca(world.signer.key, world.issuing.issue("Twin", key=world.signer.key).certificate)
    data = xades(world.signer, digest=hashlib.sha256(twin.der).digest())
    one = one_of(world.verify(data))
    assert (one.indication, one.sub_indication, one.level) == (UNSURE, SubIndication.NO_SIGNING_CERTIFICATE_FOUND, None)


@pytest.mark.parametrize(
    "method",
    [
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "none",
        "",
    ],
)
def test_algorithms_that_are_not_ours_are_no_verdict(world: World, method: str) -> None:
    data = enveloped(world.signer).replace(b"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", method.encode())
    one = one_of(world.verify(data))
    assert (one.indication, one.sub_indication) == (UNSURE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE)


def test_a_key_of_another_kind_does_not_fit(world: World) -> None:
    data = enveloped(world.signer).replace(b"#ecdsa-sha256", b"#rsa-sha256")
    assert one_of(world.verify(data)).indication is FAILED


# --- properties ---


def test_properties_that_are_not_signed_do_not_count(world: World) -> None:
    held = xades(world.signer)
    start, stop = held.index(b"<ds:Object>"), held.index(b"</ds:Object>") + 12
    plain = enveloped(world.signer)
    data = plain.replace(b"</ds:Signature>", held[start:stop] + b"</ds:Signature>")
    one = one_of(world.verify(data))
    assert (one.indication, one.format, one.level, one.claimed_time) == (PASSED, "XMLDSig", None, None)
    assert one.check("xml.properties") is not None


def test_properties_elsewhere_are_not_this_signature_s(world: World) -> None:
    """DSS's wrapping sample: the signed properties moved out, others put in their place."""
    data = xades(world.signer)
    start, stop = data.index(b"<ds:Object>"), data.index(b"</ds:Object>") + 12
    moved = (
        data[start:stop].replace(b"<ds:Object>", b'<x xmlns:ds="%s">' % DS.encode()).replace(b"</ds:Object>", b"</x>")
    )
    fake = data[start:stop].replace(b"T09:00", b"T07:00").replace(b'Id="props"', b'Id="other"')
    wrapped = put(data[:start] + fake + data[stop:], moved.decode())
    one = one_of(world.verify(wrapped))
    assert (one.indication, one.intact) == (FAILED, False)


def second(world: World, signer: Ca | None = None) -> bytes:
    """Signed by one, then by another over all that was there: as NCALayer's users do."""
    first = enveloped(world.signer, name="one")
    return enveloped(signer or world.issuing.issue("Second", key=make_key("ec", 62)), first, name="two")


def test_sequential_signatures_are_each_over_the_document_of_their_time(world: World) -> None:
    report = world.verify(second(world))
    assert [one.indication for one in report.signatures] == [PASSED, PASSED]
    early, late = report.signatures
    assert [early.check("xml.sequential") is not None, late.check("xml.sequential") is not None] == [True, False]
    broken = world.verify(second(world).replace(b">1000<", b">9000<"))
    assert [one.intact for one in broken.signatures] == [False, False]


def test_a_later_signature_is_broken_by_what_was_done_to_the_first(world: World) -> None:
    data = second(world)
    at = data.index(b'Id="one-value">') + 16
    bent = data[:at] + (b"A" if data[at : at + 1] != b"A" else b"B") + data[at + 1 :]
    assert [one.intact for one in world.verify(bent).signatures] == [False, False]


def counter(world: World, over: str, uri: str = "#sig-value") -> str:
    node = etree.fromstring(over.encode()).find(f"{{{DS}}}SignatureValue")
    assert node is not None
    listed = reference(
        canonical(node, EXC), uri=uri, transforms=(EXC,), kind="http://uri.etsi.org/01903#CountersignedSignature"
    )
    made = signature(world.issuing.issue("Notary", key=make_key("ec", 63)), listed, name="counter")
    return f"<xades:CounterSignature>{made}</xades:CounterSignature>"


def test_a_counter_signature_is_over_the_value_in_which_it_stands(world: World) -> None:
    data = xades(world.signer, unsigned=lambda over: counter(world, over))
    one = one_of(world.verify(data))
    assert one.indication is PASSED
    assert [counter.indication for counter in one.counter_signatures] == [PASSED]
    fake = xades(world.signer, unsigned=lambda over: counter(world, over, "#s1"))
    one = one_of(world.verify(fake))
    assert [one.indication, one.counter_signatures[0].intact] == [PASSED, False]
    said = one.check("counter_signature")
    assert said is not None
    assert said.outcome is Outcome.WARNING


# --- time ---


def stamped(long: Long, *, values: bool, archive: bool) -> bytes:
    """Signed and stamped two years ago by what has ended since; material and an archive time stamp on request."""

    def unsigned(over: str) -> str:
        value = etree.fromstring(put(DOCUMENT, over)).find(f".//{{{DS}}}SignatureValue")
        assert value is not None
        token = long.token(canonical(value, EXC), long.signed_at)
        method = f'<ds:CanonicalizationMethod Algorithm="{EXC}"/>'
        made = (
            f"<xades:SignatureTimeStamp>{method}<xades:EncapsulatedTimeStamp>{b64(token)}"
            "</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp>"
        )
        if values:
            lists = [*long.lists(), *long.lists(AT - timedelta(days=400))]
            held = "".join(f"<xades:EncapsulatedCRLValue>{b64(one)}</xades:EncapsulatedCRLValue>" for one in lists)
            made += (
                f"<xades:CertificateValues><xades:EncapsulatedX509Certificate>{b64(long.issuing.der)}"
                "</xades:EncapsulatedX509Certificate></xades:CertificateValues>"
                f"<xades:RevocationValues><xades:CRLValues>{held}</xades:CRLValues></xades:RevocationValues>"
            )
        if not archive:
            return made
        frame = "</xades:SignedProperties>" + UNSIGNED.format(made)
        whole = etree.fromstring(put(DOCUMENT, over.replace("</xades:SignedProperties>", frame)))
        find = lambda name, space=DS: whole.find(f".//{{{space}}}{name}")  # noqa: E731
        parts = [canonical(etree.fromstring(DOCUMENT)), canonical(find("SignedProperties", XADES), EXC)]
        parts += [canonical(find(name), EXC) for name in ("SignedInfo", "SignatureValue", "KeyInfo")]
        parts += [canonical(one, EXC) for one in find("UnsignedSignatureProperties", XADES)]
        late = long.token(b"".join(parts), AT - timedelta(days=400), long.new)
        return made + (
            f'<a:ArchiveTimeStamp xmlns:a="http://uri.etsi.org/01903/v1.4.1#">{method}<xades:EncapsulatedTimeStamp>'
            f"{b64(late)}</xades:EncapsulatedTimeStamp></a:ArchiveTimeStamp>"
        )

    return xades(long.signer, unsigned=unsigned)


def judge(long: Long, data: bytes) -> SignatureReport:
    evidence = Evidence.of([long.issuing.der], [*long.lists(), *long.lists(AT - timedelta(days=400))])
    return one_of(verify(data, anchors=TrustAnchors.of(long.root.der), at=AT, evidence=evidence))


def test_an_archive_time_stamp_carries_a_signature_over_the_end_of_its_authority() -> None:
    long = Long()
    bare = judge(long, stamped(long, values=True, archive=False))
    assert bare.indication is UNSURE
    kept = judge(long, stamped(long, values=True, archive=True))
    assert (kept.indication, kept.level) == (PASSED, "B-LTA")
    assert [(stamp.kind, stamp.valid) for stamp in kept.time_stamps] == [("archive", True), ("signature", True)]
    alone = judge(long, stamped(long, values=False, archive=True))
    assert (alone.indication, alone.level) == (PASSED, "B-T")


def test_what_an_archive_time_stamp_covers_can_not_be_taken_away() -> None:
    long = Long()
    data = stamped(long, values=True, archive=True)
    start, stop = data.index(b"<xades:RevocationValues>"), data.index(b"</xades:RevocationValues>") + 25
    one = judge(long, data[:start] + data[stop:])
    assert ("archive", False) in [(stamp.kind, stamp.valid) for stamp in one.time_stamps]
    assert one.indication is UNSURE


# --- the file ---


def test_a_document_without_a_signature_says_so_and_what_is_no_xml_is_no_document(world: World) -> None:
    report = world.verify(DOCUMENT)
    assert (report.indication, report.signatures) == (UNSURE, ())
    with pytest.raises(NotASignedDocument):
        world.verify(b"<html><br></html>")


@pytest.mark.parametrize(
    "head",
    [b"<!DOCTYPE pay>", b"<!DOCTYPE pay [<!ENTITY a 'aaaa'>]>", b"<!DOCTYPE pay [<!ATTLIST sum Id ID #IMPLIED>]>"],
)
def test_a_type_declaration_is_never_read(world: World, head: bytes) -> None:
    data = enveloped(world.signer)
    report = world.verify(data.replace(b"<pay", head + b"<pay", 1))
    assert (report.indication, report.sub_indication) == (FAILED, SubIndication.FORMAT_FAILURE)


@pytest.mark.parametrize("make", [enveloped, xades])
def test_every_cut_and_every_flip_ends_in_a_report_and_none_passes(world: World, make: Callable[[Ca], bytes]) -> None:
    data = make(world.signer)
    note = data.index(b"<!-- note -->")
    # An identifier of the signature, KeyInfo, a comment and the XML declaration are signed by nobody.
    signed = [(data.index(b"<pay"), note), (note + 13, data.index(b"<ds:Signature "))]
    signed += [(data.index(b"<ds:SignedInfo>"), data.index(b"<ds:SignatureValue"))]
    for at in range(0, len(data), 11):
        for bent in (data[:at], data[:at] + bytes((data[at] ^ 2,)) + data[at + 1 :]):
            try:
                report = world.verify(bent)
            except NotASignedDocument:
                continue
            if any(start <= at < stop for start, stop in signed):
                assert all(one.intact is not True for one in report.signatures), at


def test_xml_is_no_login_and_a_signed_login_challenge_is_no_document(world: World) -> None:
    with pytest.raises(NotALoginChallenge):
        world.verify(enveloped(world.signer), policy=Policy.default().for_login())
    challenge = b'{"kind":"%s"}' % LOGIN_CHALLENGE_KIND.encode()
    held = f'<ds:Object xmlns:ds="{DS}" Id="doc">{b64(challenge)}</ds:Object>'
    data = signature(world.signer, reference(challenge, uri="#doc", transforms=(DS + "base64",)), objects=held)
    with pytest.raises(LoginChallengeIsNotADocument):
        world.verify(data.encode())
    beside = signature(world.signer, reference(challenge, uri="c.json", transforms=())).encode()
    with pytest.raises(LoginChallengeIsNotADocument):
        world.verify(beside, {"c.json": challenge})


# --- the national practice, and a second opinion ---


def test_the_national_samples_hold_and_their_tampered_copies_do_not(shared_vectors: Path) -> None:
    folder = shared_vectors / "kz" / "xml"
    counts = {}
    for file in sorted(folder.glob("*.xml")):
        data = file.read_bytes()
        at = datetime(2026, 11, 24, tzinfo=UTC)
        report = verify(data, anchors=TrustAnchors.of(), at=at)
        counts[file.name] = [one.intact for one in report.signatures]
        message = data.index(b"<message>") + 9 if b"<message>" in data else data.index(b"<b>") + 3
        bent = data[:message] + b"x" + data[message + 1 :]
        assert all(one.intact is False for one in verify(bent, anchors=TrustAnchors.of(), at=at).signatures)
    assert counts == {"mitwork_kalkan_validation_0.xml": [True], "ncanode_xmlservicetest_3.xml": [True, True]}


@pytest.mark.parametrize("kind", ["rsa", "ec", "ec384"])
@pytest.mark.parametrize("algorithm", [C14N, C14N + "#WithComments", "http://www.w3.org/2006/12/xml-c14n11", EXC])
def test_what_signxml_signs_holds_here_and_the_other_way_round(world: World, kind: str, algorithm: str) -> None:
    """But for one thing: signxml keeps comments of a whole document (`URI=""`), which the standard leaves out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its dependencies' own
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
        from signxml import CanonicalizationMethod, XMLSigner, XMLVerifier
        from signxml.exceptions import InvalidSignature

    signer = world.issuing.issue("Other", key=make_key(kind, 64))
    secret = signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    digest = "sha384" if kind == "ec384" else "sha256"
    tool = XMLSigner(
        signature_algorithm=f"{'rsa' if kind == 'rsa' else 'ecdsa'}-{digest}",
        digest_algorithm=digest,
        c14n_algorithm=CanonicalizationMethod(algorithm),
    )
    pem = signer.certificate.public_bytes(Encoding.PEM).decode()
    plain = DOCUMENT.replace(b"<!-- note -->", b"")
    theirs = etree.tostring(tool.sign(etree.fromstring(plain), key=secret, cert=pem))
    assert one_of(world.verify(theirs)).indication is PASSED
    assert one_of(world.verify(theirs.replace(b">1000<", b">9000<"))).indication is FAILED
    if kind != "ec384":
        ours = enveloped(signer)
        XMLVerifier().verify(ours, x509_cert=pem, validate_schema=False)
        with pytest.raises(InvalidSignature):
            XMLVerifier().verify(ours.replace(b">1000<", b">9000<"), x509_cert=pem, validate_schema=False)
