"""`authsvc serve --workers N`: one parent that holds the listening socket and knows nothing, N children that serve.

A child that dies is replaced; its connections end, and the socket's queue is the others'. The parent opens no database
and starts no thread, so that a child begins as clean as a process of its own, with what was loaded shared.
"""

import fcntl
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from authsvc.errors import AuthsvcError, ConfigurationError

logger = logging.getLogger("authsvc.app")

BACKLOG = 2048
FAILED = 1
STEADY_SECONDS = 5.0
"""A child that lived so long was well; one that fails sooner is told as a refusal to start."""
PAUSE_SECONDS = 1.0
"""Between the death of a child and its replacement, so that what kills it at once is no storm."""
KILL_SECONDS = 60.0
"""Children that have not ended so long after they were told to are ended."""
WATCHED = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)


def listen(host: str, port: int) -> socket.socket:
    """The listening socket that the children share. ConfigurationError when it can't be opened."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise ConfigurationError(f"{host}:{port} can't be opened ({error.strerror or type(error).__name__})") from error


def supervise(count: int, listener: socket.socket, run: Callable[[int], None]) -> int:
    """Keep `count` children at work, each by `run(number)`, until SIGTERM or SIGINT: 0 once all have ended.

    FAILED when one refuses to start: what is wrong with it is wrong with all.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    children = _Children(count, run, os.pipe())
    children.fill()
    while not children.refused:
        told = signal.sigtimedwait(WATCHED, children.patience())
        if told is not None and told.si_signo != signal.SIGCHLD:
            break
        children.reap()
        children.fill()
    listener.close()
    children.end()
    return FAILED if children.refused else 0


@dataclass(slots=True)
class _Children:
    """Number to process: who lives, since when, and who is to be replaced at which moment."""

    count: int
    run: Callable[[int], None]
    life: tuple[int, int]
    """A pipe whose writing end the parent alone holds: its end tells the children that the parent died."""
    refused: bool = False
    living: dict[int, tuple[int, float]] = field(default_factory=dict)
    due: dict[int, float] = field(default_factory=dict)

    def fill(self) -> None:
        """Start every child that is missing and due."""
        now = time.monotonic()
        for number in range(self.count):
            if not self.refused and number not in self.living and self.due.get(number, 0.0) <= now:
                self.living[number] = (_start(number, self.run, self.life), now)

    def reap(self) -> None:
        """Take note of the children that ended."""
        now = time.monotonic()
        for number, (pid, since) in list(self.living.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended:
                continue
            del self.living[number]
            code = os.waitstatus_to_exitcode(status)
            if code == FAILED and now - since < STEADY_SECONDS and number not in self.due:
                self.refused = True  # its own line says why
                return
            logger.error("process %s ended (%s); another takes its place", number, code)
            self.due[number] = now + PAUSE_SECONDS

    def patience(self) -> float:
        """Seconds until a child is due."""
        waiting = [at for number, at in self.due.items() if number not in self.living]
        return max(0.0, min(waiting) - time.monotonic()) if waiting else 3600.0

    def end(self) -> None:
        """Tell all to stop, and wait until they have."""
        until = time.monotonic() + KILL_SECONDS
        for pid, _ in self.living.values():
            os.kill(pid, signal.SIGTERM)
        while self.living:
            signal.sigtimedwait((signal.SIGCHLD,), 0.2)
            for number, (pid, _) in list(self.living.items()):
                if time.monotonic() > until:
                    os.kill(pid, signal.SIGKILL)
                if os.waitpid(pid, os.WNOHANG)[0]:
                    del self.living[number]


def _start(number: int, run: Callable[[int], None], life: tuple[int, int]) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = FAILED
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
        _end_with_parent(*life)
        run(number)
        status = 0
    except AuthsvcError as error:
        print(f"authsvc: {error.message}", file=sys.stderr, flush=True)
    except BaseException:
        logger.exception("process %s", number)
    finally:
        os._exit(status)


def _end_with_parent(theirs: int, ours: int) -> None:
    """Linux: the end of the pipe is a SIGTERM, so that no child keeps the port when the parent was killed."""
    os.close(ours)
    if hasattr(fcntl, "F_SETSIG"):
        own = os.open(f"/proc/self/fd/{theirs}", os.O_RDONLY)  # whom to tell is kept for each opening of the pipe
        fcntl.fcntl(own, fcntl.F_SETSIG, signal.SIGTERM)
        fcntl.fcntl(own, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(own, fcntl.F_SETFL, fcntl.fcntl(own, fcntl.F_GETFL) | os.O_ASYNC)
