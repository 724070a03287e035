"""Refusals of a login; none of them says which factor was wrong, or whether the account exists.

AuthsvcError
├── LoginRefused   the combination was judged as a whole, and something in it is wrong
└── FlowGone       the login was begun in another browser, is too old, or is at another step
"""

from authsvc.errors import AuthsvcError


class LoginRefused(AuthsvcError):
    """One answer for every wrong factor, every unknown login name and every blocked account."""

    code = "login_refused"

    def __init__(self, message: str = "signing in did not work") -> None:
        super().__init__(message)


class FlowGone(AuthsvcError):
    """A login that does not belong to this browser, or is over."""

    code = "flow_gone"

    def __init__(self, message: str = "this login was not begun here, or its time is over") -> None:
        super().__init__(message)
