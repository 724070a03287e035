"""The message that a notice is there, in Kazakh, Russian and English; terms as docs/glossary.md fixes them."""

from typing import Final

from confirmations.words import Words

SUBJECT: Final = Words("Сізге хабарлама келді", "Вам пришло уведомление", "A notice for you")
TOLD: Final = Words(
    "{organisation}: сізге хабарлама келді. Оны мына бетте оқыңыз: {link}",
    "{organisation}: вам пришло уведомление. Прочитайте его на странице: {link}",
    "{organisation}: there is a notice for you. Read it on the page: {link}",
)
