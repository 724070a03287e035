"""Time stamps through the verifiers that anybody runs: what needs no certificate they find as the full check does.

Attack cases 52, 53 and 55 of the evidence format, section 14; 54 is about certificates and the full check's alone.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from authsvc.evidence.package_time import read_time
from authsvc.evidence.package_zip import write_zip
from authsvc.evidence.trust import print_trust
from tests.authsvc.evidence.bad_packages import Case
from tests.authsvc.evidence.test_check_time import Story, pki, story  # noqa: F401 - fixtures
from tests.authsvc.evidence.test_verifiers_agree import WITH, WITHOUT

pytestmark = pytest.mark.slow

Files = dict[str, bytes]


def _whole(files: Files, of: Story) -> None:
    """Nothing is changed."""


def _swap_tokens(files: Files, of: Story) -> None:
    """52: the tokens of the two checkpoints exchanged."""
    first, last = (each.folder for each in read_time(files).checkpoints)
    one, two = ([path for path in files if path.startswith(f"{each}/tokens/")] for each in (first, last))
    for path, other in zip(one, two, strict=True):
        files[path], files[other] = files[other], files[path]


def _unlink(files: Files, of: Story) -> None:
    """52: a checkpoint that is not linked to the package's."""
    files[f"{read_time(files).checkpoints[0].folder}/consistency"] = b""


def _rewrite_root(files: Files, of: Story) -> None:
    path = f"{read_time(files).checkpoints[-1].folder}/stamped"
    files[path] = files[path].replace(b"sha512 ", b"sha512  ")


def _no_tokens(files: Files, of: Story) -> None:
    """55: a checkpoint whose tokens are gone."""
    folder = read_time(files).checkpoints[-1].folder
    for path in [path for path in files if path.startswith(f"{folder}/tokens/")]:
        del files[path]


def _move_anchor(files: Files, of: Story) -> None:
    """The record of a token under another index than its own."""
    for end in (".note", ".tlog-proof"):
        path = next(path for path in files if path.startswith("time/anchors/") and path.endswith(end))
        files[f"time/anchors/1{end}"] = files.pop(path)


def _no_anchor(files: Files, of: Story) -> None:
    path = next(path for path in files if path.startswith("time/anchors/") and path.endswith(".note"))
    files[path] = files["records/0001.note"]


def _garbage(files: Files, of: Story) -> None:
    path = next(path for path in files if "/tokens/" in path)
    files[path] = files[path][:40]


def _earlier(files: Files, of: Story) -> None:
    """53: a true token over the true text, from before the acts."""
    folder = read_time(files).checkpoints[-1].folder
    for path in [path for path in files if path.startswith(f"{folder}/tokens/")]:
        files[path] = of.stamp(files[f"{folder}/stamped"], of.end - 86_400_000)


CHANGES: tuple[Callable[[Files, Story], None], ...] = (
    *(_whole, _swap_tokens, _unlink, _rewrite_root, _no_tokens),
    *(_move_anchor, _no_anchor, _garbage, _earlier),
)


def made(of: Story, change: Callable[[Files, Story], None]) -> tuple[Case, set[str]]:
    """The changed package, and the codes of the full check's faults about time."""
    files = of.files
    change(files, of)
    verdict = of.judge(files)
    faults = {each.code for each in verdict.findings() if each.check == "time" and each.weight == 2}
    return Case(write_zip(files), print_trust(of.trust)), faults


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_faults_of_time_stamps_are_found_by_the_small_verifiers_too(
    story: Story,  # noqa: F811 - the fixture
    change: Callable[[Files, Story], None],
) -> None:
    case, expected = made(story, change)
    assert bool(expected) is (change is not _whole)
    for module in (WITH, WITHOUT):
        checker = module.Checker(module.read_trust(case.trust), (), story.end / 1000 + 60)
        checker.run(case.package)
        found = {each.code for each in checker.findings if each.check == "time" and each.weight == 2}
        assert bool(found) is bool(expected), (found, expected)
        if change is not _earlier:  # there the full check sees the order of the tokens, the small ones a record's time
            assert found <= expected
        says = module.say_verdict(checker, "en")
        assert ("the certificates of the time stamp authorities" in says) is (change is _whole)
