"""Password hashing: argon2id (RFC 9106) with a pepper, in a bounded pool so that neither loop nor memory gives way."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type, hash_secret, hash_secret_raw, verify_secret

from authsvc.clock import Entropy
from authsvc.errors import Overloaded
from authsvc.keys import Keys

T = TypeVar("T")

MEMORY_KIB = 19 * 1024
TIME_COST = 2
PARALLELISM = 1
"""OWASP's argon2id profile: 19 MiB, t=2, p=1; about 40 verifications a second and core (measured)."""
THREADS = 2
QUEUE = 64
"""Hashes that may wait: about a second and a half of work; beyond it the caller hears `overloaded`."""
SALT_BYTES = 16
HASH_BYTES = 32


class Passwords:
    """Hashes and verifies passwords; the pepper is a key outside the database, so a stolen table can't be guessed."""

    def __init__(self, keys: Keys, entropy: Entropy, measured: Callable[[float], None] = lambda _seconds: None) -> None:
        self._keys = keys
        self._entropy = entropy
        self._pool = ThreadPoolExecutor(THREADS, "argon2")
        self._measured = measured
        self._under_way = 0
        self.nobody = self._hash(b"")
        """A hash of no password: verifying against it costs what a real one costs (no enumeration by time)."""

    async def hash(self, password: str) -> str:
        """The encoded hash. Raises Overloaded."""
        return await self._run(self._hash, self._peppered(password))

    async def verify(self, encoded: str, password: str) -> bool:
        """Whether the password is the one hashed. Raises Overloaded."""
        return await self._run(_verify, encoded, self._peppered(password))

    async def digest(self, salt: bytes, secret: str) -> bytes:
        """The raw hash under a given salt, by which one of several secrets is found again. Raises Overloaded."""
        return await self._run(_digest, salt, self._peppered(secret))

    def close(self) -> None:
        """Let the threads go."""
        self._pool.shutdown()

    def _peppered(self, password: str) -> bytes:
        return b64encode(self._keys.mac("password", password.encode("utf-8", "surrogatepass")))

    def _hash(self, peppered: bytes) -> str:
        salt = self._entropy(SALT_BYTES)
        return hash_secret(peppered, salt, TIME_COST, MEMORY_KIB, PARALLELISM, HASH_BYTES, Type.ID).decode()

    async def _run(self, function: Callable[..., T], *args: object) -> T:
        if self._under_way >= QUEUE:
            raise Overloaded("too many sign-ins at once; try again in a moment")
        self._under_way += 1
        began = time.perf_counter()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, function, *args)
        finally:
            self._under_way -= 1
            self._measured(time.perf_counter() - began)


def _verify(encoded: str, peppered: bytes) -> bool:
    try:
        return verify_secret(encoded.encode(), peppered, Type.ID)
    except (VerificationError, InvalidHashError):
        return False


def _digest(salt: bytes, peppered: bytes) -> bytes:
    return hash_secret_raw(peppered, salt, TIME_COST, MEMORY_KIB, PARALLELISM, HASH_BYTES, Type.ID)
