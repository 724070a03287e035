"""What the pages of contracts say, in Kazakh, Russian and English side by side; terms as in docs/glossary.md."""

from collections.abc import Mapping

from confirmations.words import Words

CONTRACT_PAGES: Mapping[str, Words] = {
    "contracts.title": Words("Шарттар", "Договоры", "Contracts"),
    "contracts.none": Words("Шарт жоқ.", "Договоров нет.", "There is no contract."),
    "contracts.one": Words("Шарт", "Договор", "Contract"),
    "contracts.state.open": Words(
        "Тараптардың жауабын күтуде", "Ждёт ответов сторон", "It waits for the parties' answers"
    ),
    "contracts.state.concluded": Words("Жасалды", "Заключён", "Concluded"),
    "contracts.state.declined": Words("Жасалмады", "Не заключён", "Not concluded"),
    "contracts.state.disputed": Words(
        "Дау айтылды, орындау тоқтатылады",
        "Оспорен, исполнение останавливается",
        "A dispute is open, nothing is executed",
    ),
    "contracts.state.resolved": Words("Дауды адам шешті", "Спор решил человек", "A person decided the dispute"),
    "contracts.terms": Words("Талаптары", "Условия", "Terms"),
    "contracts.clause": Words("Дау қалай шешіледі", "Как решаются споры", "How a dispute is settled"),
    "contracts.who": Words("Кім шешеді", "Кто решает", "Who decides"),
    "contracts.how": Words("Қалай", "Как", "How"),
    "contracts.contact": Words("Байланыс", "Контакт", "Contact"),
    "contracts.code": Words("Бағдарлама кодының хеші", "Хеш программного кода", "Hash of the program code"),
    "contracts.until": Words("{day} дейін жауап беріңіз.", "Ответьте до {day}.", "Answer by {day}."),
    "contracts.confirm": Words("Растауға өту", "К подтверждению", "To the confirmation"),
    "contracts.file": Words("Шарттың файлын жүктеп алу", "Скачать файл договора", "Download the contract's file"),
    "contracts.signed": Words("ЭЦҚ қойылған файл", "Файл с ЭЦП", "File signed by EDS"),
    "contracts.send": Words("Жіберу", "Отправить", "Send"),
    "contracts.refused": Words(
        "Бұл осы файлға қойылған сіздің жарамды ЭЦҚ емес.",
        "Это не ваша действительная ЭЦП под этим файлом.",
        "This is no valid EDS of yours over this file.",
    ),
    "contracts.record": Words(
        "Жауабыңыздың жазбасы (дауды осыдан ашасыз)",
        "Запись вашего ответа (спор открывают отсюда)",
        "The record of your answer (a dispute begins there)",
    ),
    "contracts.back": Words("Барлық шарттар", "Все договоры", "All contracts"),
}
