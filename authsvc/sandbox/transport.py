"""One TLS context for all clients of the sandbox: making one reads the whole list of authorities, 20 ms each time."""

import ssl
from functools import cache

import httpx2


@cache
def tls() -> ssl.SSLContext:
    """The context that every client shares; its rules are httpx2's own."""
    return httpx2.create_ssl_context()
