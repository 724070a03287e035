"""The trust store, and the processes in which signed documents are judged by it."""

from authsvc.trust.judging import Job, Judged, Piece
from authsvc.trust.opening import Trust, open_trust

__all__ = ["Job", "Judged", "Piece", "Trust", "open_trust"]
