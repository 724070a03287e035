"""The errors of `signatures`: one root, each with its wire code and a message fit for the public.

SignaturesError
"""

from __future__ import annotations

from typing import ClassVar

__all__ = ["SignaturesError"]


class SignaturesError(Exception):
    """Root of all errors of this package."""

    code: ClassVar[str] = "signatures_error"

    @property
    def message(self) -> str:
        """What went wrong, in words fit for the public."""
        return str(self)
