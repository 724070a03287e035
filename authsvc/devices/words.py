"""What a person is told about their devices over their other channel, in Kazakh, Russian and English."""

from typing import Final

from confirmations.words import Words

SUBJECT: Final = Words("Растау құрылғылары өзгерді", "Изменились устройства", "Your devices have changed")
ADDED: Final = Words(
    "Сұрауларға жауап беретін жаңа құрылғы қосылды.",
    "Добавлено новое устройство, которое отвечает на запросы.",
    "A new device that answers requests was added.",
)
REMOVED: Final = Words(
    "Сұрауларға жауап беретін құрылғы жойылды.",
    "Удалено устройство, которое отвечало на запросы.",
    "A device that answered requests was removed.",
)
