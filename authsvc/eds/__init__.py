"""Electronic digital signature (EDS) as a way to show who one is: signed login challenges, never documents.

One factor, below the level high: it is not resistant to phishing, so alone it adds no factor, recovers nothing and
grants no mandate.
"""

from authsvc.eds.challenge import CERTIFICATE, LIFE_MS, LOGIN, REGISTRATION, Challenge, begin, open_ticket
from authsvc.eds.enrolling import begin_enrolment, enrol, listed, rename, revoke
from authsvc.eds.errors import REASONS, EdsRefused
from authsvc.eds.judging import METHOD, MOST_BYTES, Holder, judge_signed, write_evidence
from authsvc.eds.keeping import Certificate, lookup_of

__all__ = [
    "CERTIFICATE",
    "LIFE_MS",
    "LOGIN",
    "METHOD",
    "MOST_BYTES",
    "REASONS",
    "REGISTRATION",
    "Certificate",
    "Challenge",
    "EdsRefused",
    "Holder",
    "begin",
    "begin_enrolment",
    "enrol",
    "judge_signed",
    "listed",
    "lookup_of",
    "open_ticket",
    "rename",
    "revoke",
    "write_evidence",
]
