"""SMS by SMPP 3.4: a small bounded codec, the text in parts, and one session with a message centre."""

from authsvc.outside.smpp.session import Smpp

__all__ = ["Smpp"]
