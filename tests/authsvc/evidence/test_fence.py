"""The fence as a port: a file, or a row of a second database; it never moves back, and unreadable is not empty."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from authsvc.errors import ReadOnly
from authsvc.evidence.fence import DatabaseFence, Fence, FileFence, Mark, open_fence

pytestmark = pytest.mark.anyio
ORIGIN = "test.fence.example/1"


@pytest.fixture(params=["file", "sqlite", "postgres"])
def fence(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fence]:
    url = {
        "file": lambda: "",
        "sqlite": lambda: f"sqlite://{tmp_path / 'fence' / 'fence.sqlite'}",
        "postgres": lambda: request.getfixturevalue("empty_postgres_url"),
    }[request.param]()
    opened = open_fence(url, tmp_path / "outside" / "fence.json", ORIGIN)
    yield opened
    opened.close()


def test_a_fence_remembers_the_largest_mark_and_never_moves_back(fence: Fence) -> None:
    assert fence.read() is None
    assert fence.move(Mark(9, b"r" * 32)) == Mark(9, b"r" * 32)
    assert fence.move(Mark(3, b"s" * 32)) == Mark(9, b"r" * 32)
    assert fence.move(Mark(9, b"t" * 32)) == Mark(9, b"r" * 32)
    assert fence.move(Mark(10, b"u" * 32)) == fence.read() == Mark(10, b"u" * 32)


def test_of_many_writers_at_once_the_largest_mark_wins(fence: Fence) -> None:
    sizes = [7, 3, 40, 12, 39, 1, 25, 33]
    writers = [threading.Thread(target=fence.move, args=(Mark(size, bytes([size]) * 32),)) for size in sizes]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert fence.read() == Mark(40, bytes([40]) * 32)


def test_processes_take_turns_and_nothing_but_the_fence_stays_behind(tmp_path: Path) -> None:
    """Each process looks and moves many times, so that they wait on files that others take away."""
    path = tmp_path / "outside" / "fence.json"
    program = (
        "import sys; from pathlib import Path; from authsvc.evidence.fence import FileFence, Mark\n"
        "for size in range(int(sys.argv[2]), 400, 4):\n"
        "    stands = FileFence(Path(sys.argv[1])).move(Mark(size, size.to_bytes(32, 'big')))\n"
        "    assert stands.size >= size, (stands.size, size)\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(path), str(start)], stderr=subprocess.PIPE, text=True)
        for start in range(1, 5)
    ]
    for each in running:
        _, complaints = each.communicate(timeout=120)
        assert (each.returncode, complaints) == (0, "")
    assert FileFence(path).read() == Mark(399, (399).to_bytes(32, "big"))
    assert [each.name for each in path.parent.iterdir()] == ["fence.json"]


def test_a_lock_that_a_killed_process_left_behind_holds_nobody_up(tmp_path: Path) -> None:
    path = tmp_path / "fence.json"
    path.with_name("fence.json.lock").write_bytes(b"")
    assert FileFence(path).move(Mark(5, bytes(32))) == Mark(5, bytes(32))


def test_a_fence_that_cannot_be_written_says_so_and_stays_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """75: the rename fails, as on a full disk."""
    fence = FileFence(tmp_path / "fence.json")
    fence.move(Mark(5, bytes(32)))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", _fail)
        with pytest.raises(ReadOnly, match="the fence can't be written"):
            fence.move(Mark(6, bytes(32)))
    assert fence.read() == Mark(5, bytes(32))
    assert fence.move(Mark(6, bytes(32))) == Mark(6, bytes(32))


def _fail(*_: object) -> None:
    raise OSError(28, "no space left on device")


def test_a_database_holds_a_fence_for_each_origin(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path / 'fence.sqlite'}"
    first, second = DatabaseFence(url, ORIGIN), DatabaseFence(url, "test.fence.example/2")
    first.move(Mark(5, bytes(32)))
    assert second.read() is None
    second.close()
    first.close()


@pytest.mark.parametrize("content", [b"", b"{}", b"null", b'{"size": 1, "root": "?"}', b'{"size": "x", "root": ""}'])
def test_a_fence_file_that_cant_be_understood_is_no_empty_fence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "fence").write_bytes(content)
    fence = FileFence(tmp_path / "fence")
    for look in (fence.read, lambda: fence.move(Mark(5, bytes(32)))):
        with pytest.raises(ReadOnly, match="the fence can't be read"):
            look()
    assert (tmp_path / "fence").read_bytes() == content


def test_a_fence_database_that_is_gone_is_no_empty_fence(tmp_path: Path) -> None:
    with pytest.raises(ReadOnly):
        DatabaseFence("postgresql://nobody@/none?host=" + str(tmp_path), ORIGIN)
    fence = DatabaseFence(f"sqlite://{tmp_path / 'fence.sqlite'}", ORIGIN)
    look: Callable[[], Mark | None] = fence.read
    fence._call(fence._store.transact(_drop))
    with pytest.raises(ReadOnly, match="the fence can't be read"):
        look()
    fence.close()


async def _drop(tx) -> None:  # type: ignore[no-untyped-def]  # any transaction
    await tx.run("drop table fence")
