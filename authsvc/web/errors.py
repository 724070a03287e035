"""Refusals of the edge and of forms, before any act is asked; web/problems.py gives them their statuses.

AuthsvcError
├── FormRefused        a form that did not come from our page in this browser (RFC 9700 4.7, login CSRF)
├── RequestTooLarge    more bytes than the path takes
├── HostRefused        the Host is not ours
└── MethodRefused      the path does not know the method
"""

from authsvc.errors import AuthsvcError


class FormRefused(AuthsvcError):
    """A cross-site form, or one without this browser's form token."""

    code = "form_refused"

    def __init__(self, message: str = "the form was not sent from our page in this browser") -> None:
        super().__init__(message)


class RequestTooLarge(AuthsvcError):
    """The body has more bytes than the path takes."""

    code = "request_too_large"


class HostRefused(AuthsvcError):
    """The Host header names another host than the issuer's (OWASP ASVS 4.1.3)."""

    code = "host_refused"


class MethodRefused(AuthsvcError):
    """The path does not know the method; `allowed` lists those that it knows."""

    code = "method_refused"

    def __init__(self, message: str, allowed: tuple[str, ...]) -> None:
        super().__init__(message)
        self.allowed = allowed
