"""A sandbox is made once for all stories; each story gets a copy of its own, served on a port of its own."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from authsvc.sandbox import seed
from tests.world import World, running


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a sandbox, made once."""
    data = tmp_path_factory.mktemp("sandbox") / "data"
    asyncio.run(seed.make(seed.settings_of(data, 8000), data))
    return data


@pytest.fixture
async def world(anyio_backend: object, made: Path, tmp_path: Path) -> AsyncIterator[World]:
    """A running service with its people."""
    data = tmp_path / "data"
    shutil.copytree(made, data)
    fence = made.parent / f"{made.name}.fence.json"
    if fence.exists():
        shutil.copy(fence, tmp_path / fence.name)
    async with running(data) as world:
        yield world
