"""The small witness: it cosigns what extends its memory, refuses forks, survives races and SIGKILL."""

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import time
from base64 import b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from authsvc.evidence.checkpoint import Checkpoint
from authsvc.evidence.merkle import consistency_proof, leaf_hash, root_of
from authsvc.evidence.note import Signer, Verifier, join_note, open_note
from authsvc.evidence.witness import SIZE_TYPE, Request, state_path
from authsvc.outside.http import Http, Unreachable
from authsvc.witness.command import BadConfiguration, read_configuration
from authsvc.witness.memory import KEY, Damaged, Memory, keys_of
from authsvc.witness.server import Answer, Witness
from tests.command import ROOT

pytestmark = pytest.mark.anyio
ORIGIN = "test.log.example/1"
NAME = "witness.example/w1"
LOG = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(32)))
NOW = 1_795_514_400


def leaves(size: int, branch: str = "") -> list[bytes]:
    """The leaf hashes of a log; `branch` names another history from leaf 2 on."""
    return [leaf_hash(f"{branch if n >= 2 else ''}{n}".encode()) for n in range(size)]


def node_reader(hashes: list[bytes]) -> object:
    return lambda level, index: root_of(hashes[index << level : (index + 1) << level])


def request(old: int, size: int, branch: str = "", signer: Signer = LOG, origin: str = ORIGIN) -> bytes:
    """The body of an add-checkpoint over the log of this size."""
    hashes = leaves(size, branch)
    proof = tuple(consistency_proof(old, size, node_reader(hashes))) if 0 < old <= size else ()  # type: ignore[arg-type]
    text = Checkpoint(origin, size, root_of(hashes)).text
    return Request(old, proof, join_note(text, [signer.sign(text)])).to_bytes()


def open_at(folder: Path) -> Witness:
    cosigner, tree = keys_of(folder, NAME)
    return Witness({ORIGIN: [LOG.verifier]}, Memory(folder), cosigner, tree, now=lambda: NOW)


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return open_at(tmp_path / "w")


async def held(witness: Witness) -> int:
    checkpoint = witness._memory.held(ORIGIN)
    return checkpoint.size if checkpoint else 0


async def test_a_log_that_grows_is_cosigned_by_both_keys_step_by_step(witness: Witness) -> None:
    for old, size in ((0, 1), (1, 1), (1, 2), (2, 3), (3, 8), (8, 300)):
        body = request(old, size)
        status, _, lines = await witness.add_checkpoint(body)
        assert status == 200
        text = body.partition(b"\n\n")[2].partition(b"\n\n")[0] + b"\n"
        opened = open_note(join_note(text, [lines]), [Verifier.parse(vkey) for vkey in witness.vkeys])
        assert {(each.verifier.algorithm, each.time) for each in opened.verified} == {(0x04, NOW), (0x06, NOW)}
        assert await held(witness) == size


async def test_the_memory_is_shown_with_the_logs_and_the_witnesss_lines(witness: Witness) -> None:
    await witness.add_checkpoint(request(0, 5))
    note = witness._memory.note(ORIGIN)
    assert note is not None
    opened = open_note(note, [LOG.verifier, *(Verifier.parse(vkey) for vkey in witness.vkeys)])
    assert len(opened.verified) == 3


REFUSED = {
    "a size that it does not hold": (request(2, 6), 409, b"4\n", SIZE_TYPE),
    "the first request again": (request(0, 4), 409, b"4\n", SIZE_TYPE),
    "an old size above the new": (request(0, 3).replace(b"old 0", b"old 9"), 400, b"bad_request\n", None),
    "another root of the same size": (request(4, 4, "fork"), 409, b"another_root\n", None),
    "a fork": (request(4, 9, "fork"), 422, b"bad_proof\n", None),
    "no proof": (request(0, 9).replace(b"old 0", b"old 4"), 422, b"bad_proof\n", None),
    "another log": (request(0, 1, origin="other.example"), 404, b"unknown_log\n", None),
    "another key": (
        request(4, 5, signer=Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"x" * 32))),
        403,
        b"unknown_key\n",
        None,
    ),
    "a leading zero": (request(4, 5).replace(b"old 4", b"old 04"), 400, b"bad_request\n", None),
    "a size of 2^63": (
        request(4, 5).replace(b"\n5\n", b"\n9223372036854775808\n"),
        400,
        b"bad_request\n",
        None,
    ),
    "CRLF": (request(4, 5).replace(b"\n", b"\r\n"), 400, b"bad_request\n", None),
    "64 proof lines": (b"old 4\n" + (b64encode(bytes(32)) + b"\n") * 64 + b"\nx", 400, b"bad_request\n", None),
    "nothing": (b"", 400, b"bad_request\n", None),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_does_not_extend_its_memory_is_refused_and_changes_nothing(witness: Witness, case: str) -> None:
    await witness.add_checkpoint(request(0, 4))
    before = witness._memory.note(ORIGIN)
    body, status, said, media_type = REFUSED[case]
    answer: Answer = await witness.add_checkpoint(body)
    assert (answer[0], answer[2]) == (status, said)
    assert media_type in (None, answer[1])
    assert witness._memory.note(ORIGIN) == before


async def test_parallel_requests_never_roll_a_log_back_and_never_cosign_two_histories(tmp_path: Path) -> None:
    """Two processes on one directory, many requests at once: honest growth and forks from the same size."""
    both = [open_at(tmp_path / "w"), open_at(tmp_path / "w")]
    await both[0].add_checkpoint(request(0, 3))
    bodies = [request(3, size, branch) for size in range(4, 12) for branch in ("", "fork")]
    answers = await asyncio.gather(*(both[n % 2].add_checkpoint(body) for n, body in enumerate(bodies)))
    assert sorted(status for status, _, _ in answers)[:2] == [200, 409]
    assert {status for status, _, _ in answers} <= {200, 409, 422}
    (winner,) = [n for n, (status, _, _) in enumerate(answers) if status == 200]
    assert await held(both[0]) == 4 + winner // 2


def test_a_memory_that_was_damaged_is_an_error_and_never_an_empty_one(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    (tmp_path / state_path(ORIGIN).replace("/", ".")).write_bytes(b"torn")
    with pytest.raises(Damaged):
        memory.held(ORIGIN)


async def test_a_key_that_is_gone_is_not_made_anew_over_a_memory(tmp_path: Path) -> None:
    await open_at(tmp_path).add_checkpoint(request(0, 1))
    (tmp_path / KEY).unlink()
    with pytest.raises(Damaged, match="is gone"):
        open_at(tmp_path)


def test_a_key_is_kept_private_and_belongs_to_one_name(tmp_path: Path) -> None:
    first = open_at(tmp_path)
    assert (tmp_path / KEY).stat().st_mode & 0o077 == 0
    assert open_at(tmp_path).vkeys == first.vkeys
    with pytest.raises(Damaged, match="belongs to its key"):
        keys_of(tmp_path, "witness.example/w2")
    (tmp_path / KEY).chmod(0o644)
    with pytest.raises(Damaged, match="chmod 600"):
        open_at(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "", "name = 1", 'name = "w"\nport = 1', 'name = "a b"', 'name = "w"\n[[log]]',
        'name = "w"\n[[log]]\nvkeys = ["x"]',
        f'name = "w"\n[[log]]\nvkeys = ["{LOG.verifier}"]\n[[log]]\nvkeys = ["{LOG.verifier}"]', "name = ",
    ],
)  # fmt: skip
def test_a_configuration_that_breaks_a_rule_is_refused(text: str) -> None:
    with pytest.raises(BadConfiguration):
        read_configuration(text)


def start(folder: Path, port: int) -> subprocess.Popen[str]:
    """`authsvc witness` as others run it."""
    (folder / "witness.toml").write_text(f'name = "{NAME}"\n[[log]]\nvkeys = ["{LOG.verifier}"]\n', encoding="utf-8")
    arguments = ["witness", "--config", str(folder / "witness.toml"), "--data", str(folder / "w"), "--port", str(port)]
    code = f"import sys; from authsvc.cli import main; sys.exit(main({arguments!r}))"
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)


async def test_it_forgets_nothing_that_it_answered_however_often_it_is_killed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    url, http, chance = f"http://127.0.0.1:{port}", Http(), random.Random(7)  # noqa: S311  # repeatable on purpose
    answered = kills = 0
    while kills < 4:
        process = await asyncio.to_thread(start, tmp_path, port)
        die_at = time.monotonic() + 20
        size = answered
        while process.poll() is None and time.monotonic() < die_at:
            try:
                reply = await http.call(f"{url}/add-checkpoint", request(size, size + 1), seconds=5)
            except Unreachable:
                await asyncio.sleep(0.05)
                continue
            if reply.status == 409:
                told = int(reply.body)
                assert told >= answered, "an answered checkpoint was forgotten"
                size = told
                continue
            assert reply.status == 200
            size = answered = size + 1
            if chance.random() < 0.2:
                os.kill(process.pid, signal.SIGKILL)
                break
        await asyncio.to_thread(process.communicate)
        kills += 1
    assert answered > 4
    process = await asyncio.to_thread(start, tmp_path, port)
    for _ in range(200):
        try:
            shown = await http.call(f"{url}/{state_path(ORIGIN)}", seconds=5)
            break
        except Unreachable:
            await asyncio.sleep(0.1)
    assert int(shown.body.split(b"\n")[1]) >= answered
    assert (await http.call(f"{url}/nothing", seconds=5)).status == 404
    assert (await http.call(f"{url}/add-checkpoint", seconds=5)).status == 405
    process.terminate()
    await asyncio.to_thread(process.communicate)
    assert process.returncode == 0
    await http.close()
