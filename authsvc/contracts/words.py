"""What a party to a contract is shown and told, in Kazakh, Russian and English; terms as in docs/glossary.md."""

from collections.abc import Mapping
from typing import Final

from confirmations.words import Words

NAME: Final = "Шарт / Договор / Contract"
"""A document's name is one line in every language."""
SUBJECT: Final = Words("Шартқа қол қойыңыз", "Договор ждёт вашей подписи", "A contract waits for your signature")
TOLD: Final = Words(
    "{organisation}: сізден шартқа ЭЦҚ-мен қол қою сұралады. Шарт мына бетте: {link}",
    "{organisation}: вас просят подписать договор ЭЦП. Договор на странице: {link}",
    "{organisation}: you are asked to sign a contract by EDS. It is on the page: {link}",
)
CLAUSE: Final[Mapping[str, Words]] = {
    "who": Words("Дауды адам шешеді: {text}", "Спор решает человек: {text}", "A person decides a dispute: {text}"),
    "how": Words("Қалай: {text}", "Как: {text}", "How: {text}"),
    "contact": Words("Байланыс: {text}", "Контакт: {text}", "Contact: {text}"),
}
