"""What an approver of an export is shown, in Kazakh, Russian and English; terms as docs/glossary.md fixes them."""

from collections.abc import Mapping
from typing import Final

from confirmations.words import Words

NAME: Final = "Сұрау / Запрос / Request"
"""A document's name is one line in every language."""
NUMBERS: Final = {"iin": "ЖСН / ИИН / IIN", "bin": "БСН / БИН / BIN"}
"""So is the value of a labelled field."""
TEXT: Final = Words(
    "Осы сұрауды оқыдым. Дәлелдемелер онда жазылғандай берілсін деп мақұлдаймын.",
    "Я прочитал(а) этот запрос. Одобряю выдачу доказательств так, как в нём написано.",
    "I have read this request. I approve that evidence is handed out as it says.",
)
LABELS: Final[Mapping[str, Words]] = {
    "recipient": Words("Кімге беріледі", "Кому выдаётся", "Handed out to"),
    "case": Words("Істің нөмірі", "Номер дела", "Case number"),
    "ground": Words("Құқықтық негіз", "Правовое основание", "Legal ground"),
    "subject": Words("Кім туралы", "О ком", "About whom"),
    "period": Words("Кезең (UTC)", "Период (UTC)", "Period (UTC)"),
    "acts": Words("Жазбалар саны", "Число записей", "Number of records"),
    "silent": Words("Адамға айтпау негізі", "Основание не сообщать человеку", "Ground for not telling the person"),
}


def plain(words: Words) -> Mapping[str, str]:
    """By locale, as a statement carries it."""
    return {"kk": words.kk, "ru": words.ru, "en": words.en}
