"""The desk at which documents are verified."""

from tests.authsvc.verifying import desk, pki

__all__ = ["desk", "pki"]
