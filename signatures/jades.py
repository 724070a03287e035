"""RFC 7515, RFC 7797 and ETSI TS 119 182-1: JWS with a certificate, compact and in JSON, attached and detached.

A JWS that names no certificate is somebody's token and no document; it is refused by its kind, and so is a confirmation
receipt. What a header asks to be fetched (`jku`, `x5u`) is not; what it declares critical is understood or refused.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final
from urllib.parse import unquote

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from signatures.algorithms import Hash, Scheme
from signatures.content import HEAD_BYTES, ContentSource
from signatures.context import Context
from signatures.digests import BY_NAME
from signatures.draft import FAILED, UNSURE, Draft
from signatures.errors import LimitExceeded, LoginChallengeIsNotADocument, Malformed
from signatures.jades_unprotected import judge_stamps, take_material
from signatures.jws import HASH_NAMES, Jws, certificates_of, decode64url, encode64url
from signatures.longterm import Proofs, conclude, weigh
from signatures.model import AlgorithmIdentifier
from signatures.opening import is_login_challenge
from signatures.plain import Opened, judge_opened
from signatures.references import Reference
from signatures.report import (
    Coverage,
    Found,
    SignatureReport,
    SubIndication,
    Want,
    failed,
    information,
    passed,
    rfc3339,
    warning,
)

_CRITICAL: Final = frozenset({"b64", "sigT", "sigD", "sigPId", "sigPl", "srCms", "srAts", "adoTst", "x5t#o", "sigX5ts"})
_BY_HASH: Final = "http://uri.etsi.org/19182/ObjectIdByURIHash"
_BY_URI: Final = "http://uri.etsi.org/19182/ObjectIdByURI"
_ALGORITHMS: Final[Mapping[str, tuple[str, str, int]]] = {
    **{f"RS{size}": ("rsa-pkcs1", f"sha{size}", 0) for size in ("256", "384", "512")},
    **{f"PS{size}": ("rsa-pss", f"sha{size}", 0) for size in ("256", "384", "512")},
    "ES256": ("ecdsa", "sha256", 64),
    "ES384": ("ecdsa", "sha384", 96),
    "ES512": ("ecdsa", "sha512", 132),
    "EdDSA": ("ed25519", "sha512", 0),
    "Ed25519": ("ed25519", "sha512", 0),
    "Ed448": ("ed448", "shake256", 0),
}
"""Name to family, hash, and for ECDSA the octets of r and s, which bind the curve (RFC 7518 section 3.4)."""


def judge_jws(
    found: Sequence[Jws], contents: Sequence[ContentSource], context: Context
) -> Generator[Want, Found | None, tuple[SignatureReport, ...]]:
    """Judges every signature, in its order."""
    reports: list[SignatureReport] = []
    for one in found:
        reports.append((yield from _judge(one, contents, context)))
    return tuple(reports)


def _judge(
    jws: Jws, contents: Sequence[ContentSource], context: Context
) -> Generator[Want, Found | None, SignatureReport]:
    try:
        opened = _open(jws, contents, context)
    except Malformed as error:
        opened = Opened("JWS", "JSON")
        opened.draft.call(failed("format.signer_info", detail=error.message), FAILED, SubIndication.FORMAT_FAILURE)
        return (yield from judge_opened(opened, context))
    proofs, draft = Proofs(context.now, context.now), Draft()
    embedded = take_material(jws, context)
    try:
        yield from judge_stamps(jws, context, proofs, draft)
    except LimitExceeded as error:
        draft.add(warning("limit.exceeded", limit=error.limit))
    report = yield from judge_opened(opened, context.moved(proofs.best, context.policy))
    weigh(report, proofs, context, draft)
    return conclude(report, proofs, draft, (), embedded, context)


# --- opening ---


def _open(jws: Jws, contents: Sequence[ContentSource], context: Context) -> Opened:
    draft = Draft()
    protected = jws.protected
    if not protected:
        raise Malformed("The JWS has no protected header.")
    if protected.keys() & jws.header.keys():
        raise Malformed("A member stands in both headers.")
    _check_critical(protected)
    references, claimed = tuple(_references(protected)), _claimed(protected, draft)
    scheme, size = _scheme(protected, draft)
    value = decode64url(jws.signature)
    if size and len(value) != size:
        raise Malformed("The signature's value has not the length of its algorithm.")
    own = [context.read_certificate(der) for der in certificates_of(protected, context.policy.limits)]
    message, coverage, whole = _signed(jws, contents, context, draft)
    return Opened(
        format="JAdES" if references or claimed else "JWS",
        container="JSON",
        signature=_joined(value) if size else value,
        message=message,
        scheme=scheme,
        algorithm=str(protected.get("alg"))[:64],
        digest_algorithm=coverage.digest_algorithm if coverage is not None else "",
        certificates=[one for one in own[:1] if one is not None],
        references=references,
        claimed_time=claimed,
        coverage=coverage,
        whole=whole,
        baseline=True,
        draft=draft,
    )


def _check_critical(protected: Mapping[str, object]) -> None:
    """RFC 7515 section 4.1.11, RFC 7797 section 6."""
    listed = protected.get("crit", [])
    if not isinstance(listed, list) or ("crit" in protected and not listed):
        raise Malformed("The list of what is critical can't be read.")
    if not all(isinstance(one, str) and one in _CRITICAL and one in protected for one in listed):
        raise Malformed("The header declares critical what is not understood.")
    plain = protected.get("b64", True)
    if not isinstance(plain, bool) or (plain is False and "b64" not in listed):
        raise Malformed("An unencoded payload is not declared critical.")


def _scheme(protected: Mapping[str, object], draft: Draft) -> tuple[Scheme | None, int]:
    name = protected.get("alg")
    known = _ALGORITHMS.get(name) if isinstance(name, str) else None
    if known is None:
        check = failed("algorithm.known", algorithm=str(name)[:64])
        draft.call(check, UNSURE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE)
        return None, 0
    family, digest, size = known[0], BY_NAME[known[1]], known[2]
    scheme = Scheme(family, digest, digest.size, digest) if family == "rsa-pss" else Scheme(family, digest)
    draft.add(passed("algorithm.known", algorithm=scheme.name))
    return scheme, size


def _joined(value: bytes) -> bytes:
    half = len(value) // 2
    return encode_dss_signature(int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))


def _references(protected: Mapping[str, object]) -> Iterator[Reference]:
    """The signed digests of the signer's certificate."""
    plain = protected.get("x5t#S256")
    if isinstance(plain, str):
        yield Reference(True, AlgorithmIdentifier(BY_NAME["sha256"].oid, None), decode64url(plain), None)
    old = protected.get("x5t")
    if isinstance(old, str):
        yield Reference(False, AlgorithmIdentifier(BY_NAME["sha1"].oid, None), decode64url(old), None)
    listed = protected.get("sigX5ts")
    others = [protected.get("x5t#o"), *(listed[:1] if isinstance(listed, list) else [])]
    for one in others:
        if isinstance(one, dict):
            name, value = one.get("digAlg"), one.get("digVal")
            oid = BY_NAME[HASH_NAMES[name]].oid if isinstance(name, str) and name in HASH_NAMES else str(name)[:64]
            yield Reference(
                True, AlgorithmIdentifier(oid, None), decode64url(value) if isinstance(value, str) else b"", None
            )


def _claimed(protected: Mapping[str, object], draft: Draft) -> datetime | None:
    moment: datetime | None = None
    text, seconds = protected.get("sigT"), protected.get("iat")
    with suppress(ValueError, OverflowError, OSError):
        if isinstance(text, str):
            read = datetime.fromisoformat(text)
            moment = read.astimezone(UTC) if read.tzinfo is not None else None
        elif isinstance(seconds, int) and not isinstance(seconds, bool):
            moment = datetime.fromtimestamp(seconds, UTC)
    if moment is not None:
        draft.add(information("time.claimed", time=rfc3339(moment)))
    elif text is not None or seconds is not None:
        draft.add(warning("time.claimed_unreadable"))
    return moment


# --- content ---


def _signed(
    jws: Jws, contents: Sequence[ContentSource], context: Context, draft: Draft
) -> tuple[bytes | None, Coverage | None, bool]:
    """The signing input (RFC 7515 section 5.1), what it covers, and whether the content is known and the one signed."""
    head = jws.encoded.encode() + b"."
    encoded = jws.protected.get("b64", True) is not False
    detached = jws.protected.get("sigD")
    if detached is not None:
        if jws.payload is not None or not isinstance(detached, dict):
            raise Malformed("The JWS has a payload of its own beside its detached objects.")
        return _signed_objects(head, detached, contents, encoded, context, draft)
    if jws.payload is not None:
        plain = decode64url(jws.payload) if encoded else jws.payload.encode()
        _refuse_challenge(plain)
        _compare(plain, contents, draft)
        return head + jws.payload.encode(), _cover(plain, "", attached=True), True
    content = contents[0] if contents else None
    held = content.whole if content is not None else None
    if content is None or held is None:
        missing = failed("content.found") if content is None else failed("content.digest_missing", algorithm="—")
        draft.call(missing, UNSURE, SubIndication.SIGNED_DATA_NOT_FOUND)
        return None, None, False
    return head + (encode64url(held) if encoded else held), _cover(held, content.name, attached=False), True


def _compare(plain: bytes, contents: Sequence[ContentSource], draft: Draft) -> None:
    """A content given beside an attached one must be the same."""
    if contents:
        own = BY_NAME["sha256"].of(plain)
        if any(one.digest(BY_NAME["sha256"]) == own for one in contents):
            draft.add(passed("content.same"))
        else:
            draft.call(failed("content.same"), FAILED, SubIndication.HASH_FAILURE)


def _signed_objects(
    head: bytes,
    detached: Mapping[str, object],
    contents: Sequence[ContentSource],
    encoded: bool,
    context: Context,
    draft: Draft,
) -> tuple[bytes | None, Coverage | None, bool]:
    """Clause 5.2.8: objects by name; by the first mechanism their digests are signed, by the second their bytes."""
    names, kind = detached.get("pars"), detached.get("mId")
    if not isinstance(names, list) or not names or not all(isinstance(one, str) for one in names):
        raise Malformed("The detached objects of the JWS can't be read.")
    if kind not in (_BY_HASH, _BY_URI):
        draft.call(failed("xml.transform", algorithm=str(kind)[:200]), UNSURE, SubIndication.SIGNED_DATA_NOT_FOUND)
        return None, None, False
    found = [_find(name, at, contents) for at, name in enumerate(names)]
    if kind == _BY_HASH:
        whole = _check_digests(detached, found, encoded, context, draft)
        return head, _cover_names(names, detached), whole
    parts = [one.whole for one in found if one is not None]
    held = [one for one in parts if one is not None]
    if len(held) != len(names):
        draft.call(failed("content.found"), UNSURE, SubIndication.SIGNED_DATA_NOT_FOUND)
        return None, None, False
    payload = b"".join(encode64url(one) if encoded else one for one in held)
    return head + payload, _cover(b"".join(held), " ".join(map(str, names))[:2_000], attached=False), True


def _find(name: str, at: int, contents: Sequence[ContentSource]) -> ContentSource | None:
    """The content of this name, of its last part, or the one in its place where none has a name."""
    plain = unquote(name)
    wanted = (name, plain, plain.rpartition("/")[2])
    named = next((one for one in contents if one.name and one.name in wanted), None)
    if named is not None or any(one.name for one in contents):
        return named
    return contents[at] if at < len(contents) else None


def _check_digests(
    detached: Mapping[str, object],
    found: Sequence[ContentSource | None],
    encoded: bool,
    context: Context,
    draft: Draft,
) -> bool:
    values, name = detached.get("hashV"), detached.get("hashM")
    if not isinstance(values, list) or len(values) != len(found) or not all(isinstance(one, str) for one in values):
        raise Malformed("The digests of the detached objects can't be read.")
    if not isinstance(name, str) or name not in HASH_NAMES:
        draft.call(
            failed("algorithm.known", algorithm=str(name)[:64]), UNSURE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE
        )
        return False
    algorithm, whole = BY_NAME[HASH_NAMES[name]], True
    for content, value in zip(found, values, strict=True):
        digest = _digest(content, algorithm, encoded, context) if content is not None else None
        if digest is None:
            draft.call(failed("content.found"), UNSURE, SubIndication.SIGNED_DATA_NOT_FOUND)
            whole = False
        elif digest != decode64url(str(value)):
            draft.call(failed("content.digest", algorithm=algorithm.name), FAILED, SubIndication.HASH_FAILURE)
            whole = False
        else:
            draft.add(passed("content.digest", algorithm=algorithm.name))
    return whole


def _digest(content: ContentSource, algorithm: Hash, encoded: bool, context: Context) -> bytes | None:
    if not encoded:
        return content.digest(algorithm)
    return None if content.whole is None else context.digest(algorithm, encode64url(content.whole))


def _refuse_challenge(plain: bytes) -> None:
    if len(plain) <= HEAD_BYTES and is_login_challenge(plain):
        raise LoginChallengeIsNotADocument


def _cover(plain: bytes, name: str, *, attached: bool) -> Coverage:
    digest = BY_NAME["sha256"].of(plain)
    return Coverage("whole_content", attached, "application/octet-stream", "sha256", digest, True, len(plain), name)


def _cover_names(names: Sequence[object], detached: Mapping[str, object]) -> Coverage:
    hashed = HASH_NAMES.get(str(detached.get("hashM")), "")
    listed = " ".join(map(str, names))[:2_000]
    return Coverage("elements", False, "application/octet-stream", hashed, None, True, None, listed)
