"""What the support desk's page says, in Kazakh, Russian and English side by side; terms as in docs/glossary.md."""

from collections.abc import Mapping

from confirmations.words import Words

DESK_PAGES: Mapping[str, Words] = {
    "people.title": Words("Адамды табу", "Найти человека", "Find a person"),
    "people.what": Words(
        "Әр іздеу жазылады, адам оны өз жазбаларынан көреді: қашан және не үшін.",
        "Каждый поиск записывается, и человек видит его среди своих записей: когда и зачем.",
        "Each look-up is recorded, and the person sees it among their records: when, and what for.",
    ),
    "people.wanted": Words("ЖСН, телефон немесе пошта", "ИИН, телефон или почта", "IIN, telephone number or mailbox"),
    "people.purpose": Words("Не үшін", "Цель", "Purpose"),
    "people.purpose.none": Words("таңдаңыз", "выберите", "choose"),
    "people.purpose.call": Words("адам өзі хабарласты", "человек обратился сам", "the person got in touch"),
    "people.purpose.delivery": Words("хабар жетпеді", "не пришло сообщение", "a message did not arrive"),
    "people.purpose.security": Words("қауіпсіздік оқиғасы", "событие безопасности", "a security event"),
    "people.purpose.authority": Words("мемлекеттік органның сұрауы", "запрос органа", "an authority asked"),
    "people.ground": Words(
        "Негізі, кемінде 10 таңба", "Основание, не короче 10 знаков", "Ground, at least 10 characters"
    ),
    "people.search": Words("Табу", "Найти", "Find"),
    "people.wrong": Words(
        "Мақсаты мен негізі жазылмай, ешкім ізделмейді.",
        "Без цели и основания никого не ищут.",
        "Without a purpose and its ground nobody is looked up.",
    ),
    "people.nobody": Words("Мұндай адам жоқ.", "Такого человека нет.", "There is no such person."),
    "people.number": Words("ЖСН", "ИИН", "IIN"),
    "people.address": Words("Хабар келетін жер", "Куда приходят сообщения", "Where messages go"),
    "people.state": Words("Тіркелгі", "Учётная запись", "Account"),
    "people.state.active": Words("жұмыс істейді", "действует", "active"),
    "people.state.frozen": Words("бұғатталған", "заблокирована", "frozen"),
    "people.methods": Words("Тәсілдер", "Способы", "Methods"),
    "people.requests": Words("Сұраулар", "Запросы", "Requests"),
    "people.no_requests": Words("Сұрау болған жоқ.", "Запросов не было.", "There were none."),
    "people.sends": Words("жіберілді: {n}", "отправлено: {n}", "sent: {n}"),
    "people.requested": Words("әзірге жіберілмеді", "ещё не отправлено", "not sent yet"),
    "people.sent": Words("жіберілді", "отправлено", "sent"),
    "people.seen": Words("бет ашылды", "страница открыта", "the page was opened"),
}
