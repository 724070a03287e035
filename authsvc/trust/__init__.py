"""The trust store, and the processes in which signed documents are judged by it."""

from authsvc.trust.judging import ARCHIVE, BASIC, LOGIN, POLICIES, Job, Judged, Piece, Ways, load_engine
from authsvc.trust.looking import LookUp
from authsvc.trust.opening import HOSTS, Trust, open_trust

__all__ = [
    "ARCHIVE",
    "BASIC",
    "HOSTS",
    "LOGIN",
    "POLICIES",
    "Job",
    "Judged",
    "LookUp",
    "Piece",
    "Trust",
    "Ways",
    "load_engine",
    "open_trust",
]
