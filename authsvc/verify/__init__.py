"""Verifying signed documents (Digital Code article 49): one report, and one `signature_verification` record for each
signature.

What a verdict lacks is fetched where the trust store allows it. Nothing here makes, reads or converts a confirmation.
"""

from authsvc.verify.documents import Signed
from authsvc.verify.reading import Verified, read
from authsvc.verify.recording import verify_document
from authsvc.verify.rounds import judge

__all__ = ["Signed", "Verified", "judge", "read", "verify_document"]
