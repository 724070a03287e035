"""The desk at which documents are verified."""

from tests.authsvc.verifying import desk, pki, trust

__all__ = ["desk", "pki", "trust"]
