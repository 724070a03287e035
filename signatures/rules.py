"""RFC 5280 section 6.1: the rules for one path whose names and signatures already fit, from the anchor down."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from signatures.algorithms import UnknownAlgorithm, read_scheme
from signatures.certificates import (
    BASIC_CONSTRAINTS,
    CERTIFICATE_POLICIES,
    CRL_DISTRIBUTION_POINTS,
    EXTENDED_KEY_USAGE,
    INHIBIT_ANY_POLICY,
    KEY_USAGE,
    NAME_CONSTRAINTS,
    POLICY_CONSTRAINTS,
    POLICY_MAPPINGS,
    SUBJECT_ALT_NAME,
    Certificate,
)
from signatures.conformance import judge_form, judge_pair
from signatures.constraints import NameConstraints
from signatures.context import Context
from signatures.errors import Malformed
from signatures.policies import ANY, PolicyState
from signatures.policy import Use
from signatures.report import Check, failed, rfc3339

_UNDERSTOOD: Final = frozenset(
    {
        BASIC_CONSTRAINTS,
        CERTIFICATE_POLICIES,
        CRL_DISTRIBUTION_POINTS,
        EXTENDED_KEY_USAGE,
        INHIBIT_ANY_POLICY,
        KEY_USAGE,
        NAME_CONSTRAINTS,
        POLICY_CONSTRAINTS,
        POLICY_MAPPINGS,
        SUBJECT_ALT_NAME,
    }
)

Path = tuple[Certificate, ...]


class Inputs(NamedTuple):
    """The policy inputs of RFC 5280 section 6.1.1 (c) to (g)."""

    initial_policies: frozenset[str] = ANY
    explicit_policy: bool = False
    inhibit_mapping: bool = False
    inhibit_any: bool = False


NO_INPUTS: Final = Inputs()


def out_of_time(certificate: Certificate, at: datetime) -> Check | None:
    """RFC 5280 section 4.1.2.5: both ends belong to the period, and periods are whole seconds."""
    if certificate.not_before <= at and at.replace(microsecond=0) <= certificate.not_after:
        return None
    return failed(
        "path.validity",
        certificate=certificate.subject.text,
        not_before=rfc3339(certificate.not_before),
        not_after=rfc3339(certificate.not_after),
    )


def validate(path: Path, context: Context, inputs: Inputs) -> Check | None:
    """The first reason why a path whose signatures hold is not valid, the leaf's own period aside."""
    try:
        return _walk(path, context, inputs)
    except Malformed as error:
        return failed("path.malformed", detail=error.message)


def _walk(path: Path, context: Context, inputs: Inputs) -> Check | None:
    length, limits = len(path) - 1, context.policy.limits
    state = PolicyState.start(
        length,
        limits.policies,
        explicit_policy=inputs.explicit_policy,
        inhibit_mapping=inputs.inhibit_mapping,
        inhibit_any=inputs.inhibit_any,
    )
    names = NameConstraints(limits.name_checks)
    room = limits.path_length
    for place in range(length, -1, -1):
        certificate = path[place]
        last, anchor = place == 0, place == length
        failure = _judge_alone(certificate, context, last=last, anchor=anchor)
        if failure is not None:
            return failure
        if not anchor:
            weak = _refuse_algorithm(certificate, path[place + 1], context) or judge_pair(certificate, path[place + 1])
            if weak is not None:
                return weak
            if (last or not certificate.self_issued) and (refused := names.refuses(certificate)) is not None:
                return failed("path.names", certificate=certificate.subject.text, name=refused)
            if not state.enter(certificate, last=last):
                return failed("path.policies", certificate=certificate.subject.text)
        if not last:
            if not anchor and not certificate.self_issued:
                if room == 0:
                    return failed("path.length", certificate=certificate.subject.text)
                room -= 1
            room = _narrow(room, certificate)
            names.add(certificate)
            if not anchor:
                state.prepare(certificate)
    if length and not state.conclude(path[0], inputs.initial_policies):
        return failed("path.policies", certificate=path[0].subject.text)
    return None


def _narrow(room: int, certificate: Certificate) -> int:
    basic = certificate.basic_constraints
    return room if basic is None or basic.path_length is None else min(room, basic.path_length)


def _judge_alone(certificate: Certificate, context: Context, *, last: bool, anchor: bool) -> Check | None:
    """What one certificate must be by itself in its place: readable, in time, allowed, and a CA where it issues."""
    if not certificate.subject.readable or (anchor and not certificate.issuer.readable):  # below it is one's issuer's
        return failed("path.malformed", certificate=certificate.subject.text, detail="A name can't be read.")
    if not last and certificate.subject.empty:
        return failed("path.ca", certificate=certificate.subject.text, why="no_name")
    if not last and (late := out_of_time(certificate, context.at)) is not None:
        return late._replace(code="path.ca_validity")
    if last and NAME_CONSTRAINTS in certificate.extensions and not _is_ca(certificate):
        return failed("path.extension", certificate=certificate.subject.text, extension=NAME_CONSTRAINTS)
    for oid, extension in certificate.extensions.items():
        if extension.critical and oid not in _UNDERSTOOD:
            return failed("path.extension", certificate=certificate.subject.text, extension=oid)
    _read_all(certificate)
    failure = None if last else _judge_ca(certificate, anchor=anchor)
    return failure or judge_form(certificate, last=last, anchor=anchor)


def _read_all(certificate: Certificate) -> None:
    """Malformed if an extension that is understood can't be read: what nobody asks for later counts too."""
    _ = certificate.basic_constraints, certificate.key_usage
    _ = certificate.extended_key_usage, certificate.alternative_names


def _is_ca(certificate: Certificate) -> bool:
    basic = certificate.basic_constraints
    return basic is not None and basic.ca


def _judge_ca(certificate: Certificate, *, anchor: bool) -> Check | None:
    """RFC 5280 section 6.1.4 (k) and (n); an anchor of version 1 carries no extensions and is trusted as a key."""
    if anchor and certificate.version < 3:
        return None
    if not _is_ca(certificate):
        return failed("path.ca", certificate=certificate.subject.text, why="not_a_ca")
    usage = certificate.key_usage
    if usage is not None and "keyCertSign" not in usage:
        return failed("path.ca", certificate=certificate.subject.text, why="key_usage")
    return None


def _refuse_algorithm(certificate: Certificate, issuer: Certificate, context: Context) -> Check | None:
    """The algorithm and the key of the signature on a certificate against the policy at the validation time."""
    try:
        scheme, bits = read_scheme(certificate.outer_algorithm), issuer.key.bits
    except UnknownAlgorithm as error:
        return failed("path.algorithm", certificate=certificate.subject.text, algorithm=error.name, why="unknown")
    why = context.refuses(scheme, bits, Use.CA)
    if why is not None:
        return failed("path.algorithm", certificate=certificate.subject.text, algorithm=scheme.name, why=why)
    return None
