"""EDS keys for all that ask for them."""

from collections.abc import Iterator

import pytest

from tests.authsvc.cards import Cards, make_cards


@pytest.fixture(scope="session")
def cards() -> Iterator[Cards]:
    cards = make_cards()
    yield cards
    cards.trust.close()
