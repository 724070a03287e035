"""ETSI TS 119 182-1 clause 5.3: what stands beside a JWS unprotected: time stamps, certificates, CRLs, OCSP answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Generator, Iterator, Mapping
from contextlib import suppress
from typing import Final

from signatures.cades import Placed
from signatures.content import ContentSource
from signatures.context import Context
from signatures.draft import Draft
from signatures.errors import LimitExceeded, Malformed
from signatures.jws import Jws, certificates_of, decode64url, refuse_twice
from signatures.longterm import Proofs, bound, judge_one
from signatures.model import Attribute
from signatures.report import Found, Want, information, not_done
from signatures.timestamp import read_stamp

_MOST_TOKENS: Final = 32
_NOT_JUDGED: Final = frozenset({"arcTst", "cSig", "sigRTst", "rfsTst"})  # named in the report, and no more
_NO_ATTRIBUTE: Final = Attribute("", [], b"", b"")  # a JSON member is no attribute


def _unprotected(jws: Jws) -> list[Mapping[str, object]]:
    """The members of etsiU (clause 5.3.1), each as an object with one member."""
    listed = jws.header.get("etsiU")
    found: list[Mapping[str, object]] = []
    for one in (listed if isinstance(listed, list) else [])[:_MOST_TOKENS]:
        item = one
        if isinstance(one, str):
            with suppress(ValueError, RecursionError, Malformed):
                item = json.loads(decode64url(one), object_pairs_hook=refuse_twice)
        if isinstance(item, dict):
            found.append(item)
    return found


def _values(item: object, name: str) -> Iterator[bytes]:
    """The base64 values of a list of `{val}` objects under a member."""
    listed = item.get(name) if isinstance(item, dict) else None
    for one in listed if isinstance(listed, list) else []:
        held = one.get("x509Cert", one) if isinstance(one, dict) else None
        text = held.get("val") if isinstance(held, dict) else None
        if isinstance(text, str):
            with suppress(ValueError):
                yield base64.b64decode(text, validate=True)


def take_material(jws: Jws, context: Context) -> list[bytes]:
    """Certificates, CRLs and OCSP answers of the headers, put into the pool; all of them as bytes."""
    taken: list[bytes] = []
    with suppress(Malformed):
        taken += certificates_of(jws.protected, context.policy.limits)
    most = 3 * context.policy.limits.certificates
    for item in _unprotected(jws):
        listed = item.get("xVals")
        for der in _values({"xVals": listed}, "xVals"):
            taken.append(der)
            context.read_certificate(der)
        for der in _values(item.get("rVals"), "crlVals"):
            taken.append(der)
            context.read_crl(der)
        for der in _values(item.get("rVals"), "ocspVals"):
            taken.append(der)
            context.read_answer(der)
        if len(taken) > most:
            break
    for token in _tokens(jws):
        with suppress(Malformed, LimitExceeded):
            stamp = read_stamp(token, context.policy.limits)
            taken += [*stamp.envelope.certificates, *stamp.envelope.crls, *stamp.envelope.answers]
            for der in stamp.envelope.answers:
                context.read_answer(der)
    return taken


def _tokens(jws: Jws) -> Iterator[bytes]:
    """The tokens over the signature's value."""
    for item in _unprotected(jws):
        yield from _values(item.get("sigTst"), "tstTokens")


def judge_stamps(jws: Jws, context: Context, proofs: Proofs, draft: Draft) -> Generator[Want, Found | None, None]:
    """Clause 5.3.4: a time stamp over the signature's value as it is written, in base64url."""
    for token in list(_tokens(jws))[:_MOST_TOKENS]:
        try:
            stamp = read_stamp(token, context.policy.limits)
        except (Malformed, LimitExceeded) as error:
            draft.add(not_done("time.stamp", kind="signature", detail=error.message))
            continue
        content = ContentSource("", jws.signature.encode(), bound(context))
        placed = Placed("signature", stamp, token, _NO_ATTRIBUTE)
        report = yield from judge_one(placed, stamp, content, context, proofs, draft)
        if report.valid and report.latest is not None:
            proofs.prove(report.latest, "signature_time_stamp")
    for name in sorted({name for item in _unprotected(jws) for name in item.keys() & _NOT_JUDGED}):
        draft.add(information("attributes.old", attribute=name))
