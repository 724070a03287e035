"""The witness over HTTP, plain ASGI: POST /add-checkpoint, GET /<sha256 of origin>/checkpoint, GET /vkeys.

Requests of one log wait for each other; the disk is flushed in a thread. Whatever comes in is answered by a status of
tlog-witness, and nothing of a request is written to the output but the log's name.
"""

import asyncio
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from authsvc.evidence.note import Cosigner, TreeSigner
from authsvc.evidence.witness import MAX_REQUEST, SIZE_TYPE, state_path
from authsvc.witness.judgement import Logs, Refusal, Submission, Why, cosigned_note, judge, read_submission
from authsvc.witness.memory import Damaged, Memory

logger = logging.getLogger("authsvc.witness")

PLAIN = "text/plain; charset=utf-8"
BODY_SECONDS = 10.0
STATUS = {
    Why.BAD_REQUEST: 400,
    Why.UNKNOWN_KEY: 403,
    Why.UNKNOWN_LOG: 404,
    Why.ANOTHER_SIZE: 409,
    Why.ANOTHER_ROOT: 409,
    Why.BAD_PROOF: 422,
}

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Answer = tuple[int, str, bytes]


class Witness:
    """One witness as an ASGI app. `now` gives seconds since the epoch."""

    def __init__(
        self, logs: Logs, memory: Memory, cosigner: Cosigner, tree: TreeSigner, now: Callable[[], int] | None = None
    ) -> None:
        self.logs = logs
        self._memory = memory
        self._cosigner = cosigner
        self._tree = tree
        self._now = now or (lambda: int(time.time()))
        self._turns = {origin: asyncio.Lock() for origin in logs}
        self._paths = {f"/{state_path(origin)}": origin for origin in logs}

    @property
    def vkeys(self) -> tuple[str, str]:
        """Its verifier keys, Ed25519 first: a policy names one of them."""
        return str(self._cosigner.verifier), str(self._tree.verifier)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        try:
            status, media_type, body = await self._answer(scope, receive)
        except Damaged as error:
            logger.critical("the memory can't be used, nothing is cosigned: %s", error)
            status, media_type, body = 500, PLAIN, b"the witness's memory is damaged\n"
        headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body if scope["method"] != "HEAD" else b""})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        method, path = scope["method"], scope["path"]
        if path == "/add-checkpoint":
            if method != "POST":
                return 405, PLAIN, b"POST\n"
            body = await _read(receive)
            if body is None:
                return 413, PLAIN, b"too long or too slow\n"
            return await self.add_checkpoint(body)
        if method not in ("GET", "HEAD"):
            return 405, PLAIN, b"GET\n"
        if path == "/vkeys":
            return 200, PLAIN, "".join(f"{each}\n" for each in self.vkeys).encode()
        origin = self._paths.get(path)
        note = await asyncio.to_thread(self._memory.note, origin) if origin is not None else None
        return (404, PLAIN, b"nothing here\n") if note is None else (200, PLAIN, note)

    async def add_checkpoint(self, body: bytes) -> Answer:
        """Cosign what extends the remembered tree. The answer leaves after the memory is on the disk."""
        submission = await asyncio.to_thread(read_submission, body, self.logs)
        if isinstance(submission, Refusal):
            return _refuse(submission)
        async with self._turns[submission.checkpoint.origin]:
            return await asyncio.to_thread(self._decide, submission)

    def _decide(self, submission: Submission) -> Answer:
        origin = submission.checkpoint.origin
        held = self._memory.held(origin)
        refusal = judge(submission, held)
        if refusal is not None:
            if refusal.why in (Why.ANOTHER_ROOT, Why.BAD_PROOF):
                digest = hashlib.sha256(submission.text).hexdigest()
                logger.critical("log %s signed a tree that does not extend what it signed: %s", origin, digest)
            return _refuse(refusal)
        now = self._now()
        lines = [self._cosigner.sign(submission.text, now), self._tree.sign(submission.text, now)]
        if not self._memory.swap(origin, held, cosigned_note(submission, lines)):
            # Another process on this directory was faster.
            moved = self._memory.held(origin)
            return _refuse(Refusal(Why.ANOTHER_SIZE, moved.size if moved else 0))
        return 200, PLAIN, b"".join(lines)


def _refuse(refusal: Refusal) -> Answer:
    if refusal.why is Why.ANOTHER_SIZE:
        return 409, SIZE_TYPE, b"%d\n" % refusal.held
    return STATUS[refusal.why], PLAIN, refusal.why.value.encode() + b"\n"


async def _read(receive: Receive) -> bytes | None:
    """The body; None when it is too long, too slow, or breaks off."""
    parts, length = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                part = message.get("body", b"")
                length += len(part)
                if length > MAX_REQUEST:
                    return None
                parts.append(part)
                if not message.get("more_body", False):
                    return b"".join(parts)
    except TimeoutError:
        return None
