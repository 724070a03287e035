"""What is told and confirmed about disputes, in Kazakh, Russian and English; terms as docs/glossary.md fixes them."""

from collections.abc import Mapping
from typing import Final

from confirmations.words import Words

SUBJECT: Final = Words("Дау бойынша шешім", "Решение по спору", "Decision on your dispute")
DECIDED: Final = Words(
    "{organisation}: дауыңыз бойынша шешім шықты. Негіздемесі мына бетте: {link}",
    "{organisation}: по вашему спору принято решение. Его обоснование на странице: {link}",
    "{organisation}: your dispute was decided. The reasons are on the page: {link}",
)
NAME: Final = "Шешім жобасы / Проект решения / Proposal"
"""A document's name is one line in every language."""
TEXT: Final = Words(
    "Дауды және оның материалдарын оқыдым. Осы шешімді мақұлдаймын.",
    "Я прочитал(а) спор и его материалы. Одобряю это решение.",
    "I have read the dispute and what belongs to it. I approve this decision.",
)
LABELS: Final[Mapping[str, Words]] = {
    "dispute": Words("Дау", "Спор", "Dispute"),
    "contested": Words("Дау айтылған жазба", "Оспоренная запись", "Record that is contested"),
    "result": Words("Нәтиже", "Итог", "Outcome"),
}


def plain(words: Words) -> Mapping[str, str]:
    """By locale, as a statement carries it."""
    return {"kk": words.kk, "ru": words.ru, "en": words.en}
