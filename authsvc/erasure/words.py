"""What an approver of an order about personal data is shown, in Kazakh, Russian and English (docs/glossary.md)."""

from collections.abc import Mapping
from typing import Final

from confirmations.words import Words

NAME: Final = "Тапсырма / Распоряжение / Order"
"""A document's name is one line in every language."""
TEXT: Final = Words(
    "Осы тапсырманы оқыдым және кімге қатысты екенін білемін. Онда жазылғандай орындалсын деп мақұлдаймын.",
    "Я прочитал(а) это распоряжение и знаю, кого оно касается. Одобряю его исполнение так, как в нём написано.",
    "I have read this order and know whom it concerns. I approve that it is carried out as it says.",
)
WHAT: Final = Words("Не істеледі", "Что будет сделано", "What will be done")
GROUND: Final = Words("Құқықтық негіз", "Правовое основание", "Legal ground")
RECORDS: Final = Words("Жазбалар саны", "Число записей", "Number of records")
ACTS: Final[Mapping[str, Words]] = {
    "deleted": Words("деректер жойылады", "данные удаляются", "data are deleted"),
    "anonymised": Words("деректер иесіздендіріледі", "данные обезличиваются", "data are made anonymous"),
    "restricted": Words("өңдеу шектеледі", "обработка ограничивается", "processing is restricted"),
    "taken_down": Words(
        "көрсетілген жазбалардың деректері жойылады",
        "данные названных записей удаляются",
        "data of the named records are deleted",
    ),
    "hold": Words("жоюға тыйым салынады", "вводится запрет на удаление", "deletion is forbidden from now on"),
    "lift": Words(
        "тыйым немесе шектеу алынады", "запрет или ограничение снимается", "the ban or restriction is lifted"
    ),
}
