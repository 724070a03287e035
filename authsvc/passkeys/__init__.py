"""Passkeys (Web Authentication Level 3): enrolled in one's own fresh session, named, revoked, judged at login.

Nobody is asked for a biometric: a passkey is one way beside password and one-time code, and never the only one.
"""

from authsvc.factors import FRESH_MS, By
from authsvc.passkeys.enrolling import MOST, Offer, begin, enrol, listed, rename, revoke
from authsvc.passkeys.judging import Refused, Shown, challenge_of, judge, new_salt, suspend
from authsvc.passkeys.keeping import Passkey, rp_id_of

__all__ = [
    "FRESH_MS",
    "MOST",
    "By",
    "Offer",
    "Passkey",
    "Refused",
    "Shown",
    "begin",
    "challenge_of",
    "enrol",
    "judge",
    "listed",
    "new_salt",
    "rename",
    "revoke",
    "rp_id_of",
    "suspend",
]
