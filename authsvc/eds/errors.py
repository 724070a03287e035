"""Why a signature by EDS shows nobody here.

AuthsvcError
└── EdsRefused   the file that was handed in, or the certificate in it; `reason` says what, none of it about an account
"""

from authsvc.errors import AuthsvcError

REASONS = (
    "unread",
    "other_content",
    "several",
    "broken",
    "unknown_issuer",
    "revoked",
    "expired",
    "no_status",
    "nobody",
    "entity",
    "not_for_signing",
    "another_person",
    "used",
)


class EdsRefused(AuthsvcError):
    """The signature or its certificate does not do; `reason` is one of `REASONS`."""

    code = "eds_refused"

    def __init__(self, reason: str) -> None:
        super().__init__("this electronic digital signature does not show who you are here")
        self.reason = reason
