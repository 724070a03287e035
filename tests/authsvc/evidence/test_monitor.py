"""A monitor that shares nothing with the log remembers, and proves a fork (evidence format, cases 4, 20, 22, 23)."""

import hashlib
import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from authsvc import cli
from authsvc.evidence.checkpoint import Checkpoint
from authsvc.evidence.errors import EvidenceError
from authsvc.evidence.merkle import SHA256, Frontier
from authsvc.evidence.monitor import Fork, Seen, look
from authsvc.evidence.note import Signer, join_note
from authsvc.evidence.tiles import HEIGHT, WIDTH, Tile, parse_path
from tests.authsvc.evidence.samples import ORIGIN, log_signer

pytestmark = pytest.mark.slow

KEY = log_signer()


class Tree:
    """A log's leaves, and what it would serve of them."""

    def __init__(self, *leaves: str) -> None:
        self.leaves = [hashlib.sha256(leaf.encode()).digest() for leaf in leaves]

    def root(self, start: int, end: int) -> bytes:
        frontier = Frontier(SHA256)
        for leaf in self.leaves[start:end]:
            frontier.append(leaf)
        return frontier.root()

    def note(self, size: int | None = None, origin: str = ORIGIN, key: Signer = KEY) -> bytes:
        size = len(self.leaves) if size is None else size
        text = Checkpoint(origin, size, self.root(0, size)).text
        return join_note(text, [key.sign(text)])

    def tile(self, tile: Tile) -> bytes:
        span = 1 << HEIGHT * tile.level
        first = tile.n * WIDTH
        return b"".join(self.root(at * span, (at + 1) * span) for at in range(first, first + tile.width))


def tree(size: int, other_at: int = -1) -> Tree:
    return Tree(*(f"other {at}" if at == other_at else f"leaf {at}" for at in range(size)))


def first(of: Tree, size: int) -> Seen:
    return look(of.note(size), [KEY.verifier], ORIGIN, None, of_size(of))


def of_size(of: Tree) -> Callable[[Tile], bytes]:
    return of.tile


@pytest.mark.parametrize(("before", "now"), [(1, 1), (1, 2), (3, 300), (256, 257), (255, 600), (300, 700)])
def test_a_log_that_grew_extends_what_was_seen(before: int, now: int) -> None:
    grown = tree(now)
    seen = look(grown.note(), [KEY.verifier], ORIGIN, first(grown, before), grown.tile)
    assert (seen.size, seen.root) == (now, grown.root(0, now))


@pytest.mark.parametrize("other_at", [0, 5, 299])
def test_a_log_that_was_rewritten_and_signed_again_is_a_fork(other_at: int) -> None:
    seen = first(tree(300), 300)
    for size in (300, 301, 600):
        rewritten = tree(size, other_at)
        with pytest.raises(Fork) as caught:
            look(rewritten.note(), [KEY.verifier], ORIGIN, seen, rewritten.tile)
        assert (caught.value.before, caught.value.now) == (seen.note, rewritten.note())


def test_an_older_checkpoint_is_no_news_and_an_older_one_of_another_history_is_a_fork() -> None:
    grown = tree(300)
    seen = first(grown, 300)
    assert look(grown.note(200), [KEY.verifier], ORIGIN, seen, grown.tile) == seen
    with pytest.raises(Fork):
        look(tree(200, 7).note(), [KEY.verifier], ORIGIN, seen, grown.tile)


def test_tiles_that_are_not_the_signed_tree_are_seen_at_once() -> None:
    with pytest.raises(Fork):
        look(tree(300).note(), [KEY.verifier], ORIGIN, None, tree(300, 9).tile)
    with pytest.raises(Fork):
        look(tree(300).note(), [KEY.verifier], ORIGIN, None, lambda _: b"")


def test_another_log_s_checkpoint_or_a_rogue_key_is_none_of_this_log() -> None:
    other = log_signer("test.other.example/1")
    for note in (tree(3).note(origin="test.other.example/1", key=other), b"", b"x" * 5_000, tree(3).note(key=other)):
        with pytest.raises(EvidenceError):
            look(note, [KEY.verifier], ORIGIN, None, tree(3).tile)


@contextmanager
def serving(shown: list[Tree]) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.removeprefix("/log/")
            body = shown[-1].note() if path == "checkpoint" else shown[-1].tile(parse_path(path))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/log"
        server.shutdown()


def test_the_command_remembers_and_keeps_both_notes_of_a_fork(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state, shown = tmp_path / "state.json", [tree(3)]
    with serving(shown) as url:
        command = ["evidence", "monitor", url, "--vkey", str(KEY.verifier), "--state", str(state)]
        assert cli.main(command) == 0
        shown.append(tree(400))
        assert cli.main(command) == 0
        assert capsys.readouterr().out.splitlines()[-1] == f"extends: {ORIGIN}, 400 entries"
        shown.append(tree(401, 1))
        assert cli.main(command) == 1
        assert capsys.readouterr().out.startswith("FORK: ")
        assert (tmp_path / "state.json.before.note").read_bytes() == shown[1].note()
        assert (tmp_path / "state.json.now.note").read_bytes() == shown[2].note()
        shown.append(shown[1])
        assert cli.main(command) == 0
    assert cli.main(command) == 2
    assert cli.main(["evidence", "monitor", url, "--vkey", "no key", "--state", str(state)]) == 64
    state.write_text("{")
    assert cli.main(command) == 64
