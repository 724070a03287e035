"""The fuzzer's targets over their seeds and over changed ones: nothing but a result or the package's own error."""

from __future__ import annotations

import random

import pytest

from tests.signatures.fuzzing import TARGETS, feed, make_seeds


def test_each_target_has_seeds_that_it_reads_to_the_end() -> None:
    seeds = make_seeds()
    assert seeds.keys() == TARGETS.keys()
    for name, read in TARGETS.items():
        for seed in seeds[name]:
            read(seed)


@pytest.mark.parametrize("name", TARGETS)
def test_changed_seeds_end_in_a_result_or_in_the_packages_own_error(name: str) -> None:
    chosen = random.Random(name)  # noqa: S311 # the same changes in each run
    for _ in range(300):
        data = bytearray(chosen.choice(make_seeds()[name]))
        for _ in range(chosen.randrange(1, 5)):
            place = chosen.randrange(len(data))
            data[place : place + chosen.randrange(3)] = chosen.randbytes(chosen.randrange(3))
            data = data or bytearray(b"\0")
        feed(name, bytes(data))
