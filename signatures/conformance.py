"""RFC 5280 sections 4.1.2 and 4.2.1: the form that a certificate must have, where a careless CA would mislead a reader.

Judged is what makes one certificate mean two things to two readers: an extension that an old reader may skip, a serial
number that names nobody, a key that signs certificates though its holder is no CA. What is merely untidy (a key
identifier that nobody looks for, policy constraints that are not critical, as in NIST's PKITS) is not.
"""

from __future__ import annotations

import re
from typing import Final

from signatures.certificates import BASIC_CONSTRAINTS, NAME_CONSTRAINTS, SUBJECT_ALT_NAME, Certificate
from signatures.report import Check, failed

_DNS: Final = 2
_LONGEST_SERIAL: Final = 159  # bits: 20 octets with a sign (section 4.1.2.2)
# RFC 1034 section 3.5 with RFC 1123 section 2.1: letters, digits and hyphens, and a last label that is no number.
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST: Final = re.compile(rf"(?:\*\.)?(?:{_LABEL}\.)*(?![0-9]+$){_LABEL}", re.IGNORECASE)


def judge_form(certificate: Certificate, *, last: bool, anchor: bool) -> Check | None:
    """The first rule of form that the certificate breaks in its place; Malformed if an extension can't be read."""
    why = _break_as_issuer(certificate, anchor=anchor) if not last else _break_as_leaf(certificate)
    if why is None and not anchor:
        why = _break_below_anchor(certificate)
    return None if why is None else failed("path.form", certificate=certificate.subject.text, why=why)


def _break_as_issuer(certificate: Certificate, *, anchor: bool) -> str | None:
    """What a CA's extensions must be so that no reader skips them (sections 4.2.1.9 and 4.2.1.10).

    Basic constraints below the anchor may stand uncritical (PKITS 4.6.4 has a valid path with such an authority).
    """
    for oid in (BASIC_CONSTRAINTS, NAME_CONSTRAINTS) if anchor else (NAME_CONSTRAINTS,):
        extension = certificate.extensions.get(oid)
        if extension is not None and not extension.critical:
            return f"not_critical:{oid}"
    return None


def _break_as_leaf(certificate: Certificate) -> str | None:
    """Section 4.2.1.9: a key that may sign certificates belongs to a CA."""
    usage, basic = certificate.key_usage, certificate.basic_constraints
    if usage is not None and "keyCertSign" in usage and not (basic is not None and basic.ca):
        return "key_cert_sign"
    return None


def _break_below_anchor(certificate: Certificate) -> str | None:
    """Serial number, and the names of a certificate that a CA has made (sections 4.1.2.2, 4.1.2.6 and 4.2.1.6)."""
    if certificate.serial <= 0 or certificate.serial.bit_length() > _LONGEST_SERIAL:
        return "serial"
    names = certificate.extensions.get(SUBJECT_ALT_NAME)
    if names is None:
        return None
    if certificate.subject.empty and not names.critical:
        return f"not_critical:{SUBJECT_ALT_NAME}"
    if not all(
        _HOST.fullmatch(name.value.decode("latin-1")) for name in certificate.alternative_names if name.kind == _DNS
    ):
        return "dns_name"
    return None


def judge_pair(certificate: Certificate, issuer: Certificate) -> Check | None:
    """Section 4.2.1.2: who is named by a key identifier has one. Another value is a hint gone stale, and no failure."""
    if certificate.authority_key_id is None or issuer.version < 3 or issuer.subject_key_id is not None:
        return None
    return failed("path.form", certificate=issuer.subject.text, why="subject_key_id")
