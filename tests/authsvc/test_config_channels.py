"""`authsvc config check` reaches the gateways of messages and says what is wrong, with its place, without secrets."""

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from authsvc.cli import main
from authsvc.sandbox import seed
from tests.command import environ_of
from tests.peers.smsc import MessageCentre


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in [each for each in os.environ if each.startswith("AUTHSVC_")]:
        monkeypatch.delenv(name)
    for name, value in environ_of(seed.settings_of(tmp_path / "data", 8000)).items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@contextlib.contextmanager
def centre() -> Iterator[MessageCentre]:
    """A message centre in a thread of its own: the command has its own event loop."""
    made, ready, loop = MessageCentre(), threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with made.serving():
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(60)
    try:
        yield made
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(60)
        loop.close()


def tables(port: int, password: str) -> str:
    return (
        f'[centre]\nkind = "smpp"\ncarries = "sms"\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
        f'system_id = "bank"\npassword = "{password}"\nsender = "KEREGE"\nseconds = 60\n'
    )


def test_a_gateway_that_refuses_us_or_is_not_there_is_told(
    environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with centre() as peer:
        environ.setenv("AUTHSVC_CHANNELS", tables(peer.port, "s3cret"))
        assert main(["config", "check"]) == 0
        environ.setenv("AUTHSVC_CHANNELS", tables(peer.port, "wr0ng"))
        capsys.readouterr()
        assert main(["config", "check"]) == 1
        told = capsys.readouterr().err
        assert "channels.centre: smpp_0e" in told
        assert "wr0ng" not in told
    with socket.create_server(("127.0.0.1", 0)) as taken:
        closed = int(taken.getsockname()[1])
    environ.setenv("AUTHSVC_CHANNELS", tables(closed, "s3cret"))
    assert main(["config", "check"]) == 1
    assert "channels.centre: unreachable" in capsys.readouterr().err
    environ.setenv("AUTHSVC_CHANNELS", tables(closed, "s3cret").replace("sender", "sendre"))
    assert main(["config", "check"]) == 1
    assert "unknown sendre; did you mean sender?" in capsys.readouterr().err
