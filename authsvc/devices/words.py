"""What a person is told about their devices over their other channel, in Kazakh, Russian and English."""

from typing import Final

from confirmations.words import Words

SUBJECT: Final = Words("Растау құрылғылары өзгерді", "Изменились устройства", "Your devices have changed")
ADDED: Final = Words(
    "Сұрауларға жауап беретін жаңа құрылғы қосылды. Бұл сіз болмасаңыз, дереу кіріп, оны жойыңыз.",
    "Добавлено новое устройство, которое отвечает на запросы. Если это были не вы, сразу войдите и удалите его.",
    "A new device that answers requests was added. If this was not you, sign in at once and remove it.",
)
REMOVED: Final = Words(
    "Сұрауларға жауап беретін құрылғы жойылды. Бұл сіз болмасаңыз, дереу кіріп, тексеріңіз.",
    "Удалено устройство, которое отвечало на запросы. Если это были не вы, сразу войдите и проверьте.",
    "A device that answered requests was removed. If this was not you, sign in at once and look.",
)
