"""What a member of staff is shown when they approve a recovery, in Kazakh, Russian and English (docs/glossary.md)."""

from typing import Final

from confirmations.words import Words

NUMBER: Final = Words("ЖСН", "ИИН", "IIN")
SHOWN: Final = Words("Көрсетілген құжат", "Предъявленный документ", "Document shown")
ADDRESS: Final = Words("Жаңа нөмір немесе мекенжай", "Новый номер или адрес", "New number or address")
TEXT: Final = Words(
    "Бұл адамға жаңа кіру тәсілдерін орнатуға рұқсат беру. Бір тәуліктен кейін, барлық мекенжайына хабарлама жіберілген"
    " соң.",
    "Разрешить этому человеку настроить новые способы входа. Через сутки, после уведомлений на все его адреса.",
    "Let this person set up new ways to sign in: a day later, after notices to all their addresses.",
)
