"""What an operator confirms when something starts again, in Kazakh, Russian and English side by side."""

from collections.abc import Mapping

DRAWN_UP: Mapping[str, str] = {
    "kk": "Тоқтатылғанды қайта іске қосуға келісу",
    "ru": "Согласие снова включить то, что было остановлено",
    "en": "Approval that what was stopped starts again",
}
LABELS: tuple[Mapping[str, str], ...] = (
    {"kk": "Не қайта қосылады", "ru": "Что включается снова", "en": "What starts again"},
    {"kk": "Тоқтату жазбасы", "ru": "Запись об остановке", "en": "Record of the stop"},
)
