"""What the pages of mandates say, in Kazakh, Russian and English side by side; terms as in docs/glossary.md."""

from collections.abc import Mapping

from confirmations.words import Words

MANDATE_PAGES: Mapping[str, Words] = {
    "mandates.title": Words("Өкілеттіктер", "Полномочия", "Mandates"),
    "mandates.what": Words(
        "Заңды тұлғаның басшысы басқаларға ол үшін растауға өкілеттік береді және оны бірден кері қайтара алады.",
        "Первый руководитель даёт полномочие подтверждать от имени юридического лица и может сразу его отозвать.",
        "The head of a legal entity gives a mandate to confirm on its behalf, and may revoke it at once.",
    ),
    "mandates.none": Words("Өкілеттік жоқ.", "Полномочий нет.", "There is no mandate."),
    "mandates.new": Words("Өкілеттік беру", "Дать полномочие", "Give a mandate"),
    "mandates.bin": Words("Заңды тұлғаның БСН", "БИН юридического лица", "BIN of the legal entity"),
    "mandates.entity": Words("Заңды тұлғаның атауы", "Название юридического лица", "Name of the legal entity"),
    "mandates.members": Words(
        "Өкілеттік алатындардың ЖСН, әрқайсысы бөлек жолда",
        "ИИН тех, кто получает полномочие, по одному в строке",
        "IIN of those who get the mandate, one a line",
    ),
    "mandates.k": Words("Неше адам растауы тиіс", "Сколько из них должны подтвердить", "How many of them must confirm"),
    "mandates.acts": Words("Қандай әрекеттер", "Какие действия", "Which acts"),
    "mandates.single": Words("Бір төлемнің шегі", "Предел одного платежа", "Limit of one payment"),
    "mandates.total": Words("Барлық төлемдердің шегі", "Предел всех платежей", "Limit of all payments"),
    "mandates.money_hint": Words(
        "Бүтін сома. Төлемге құқық берілмесе, бос қалдырыңыз.",
        "Целая сумма. Если права платить нет, оставьте пустым.",
        "A whole amount. Leave it empty where no payments are allowed.",
    ),
    "mandates.period": Words("Қай уақытта", "За какое время", "In which time"),
    "mandates.period.day": Words("бір күнде", "за день", "in a day"),
    "mandates.period.month": Words("бір айда", "за месяц", "in a month"),
    "mandates.period.term": Words("бүкіл мерзімде", "за весь срок", "in the whole term"),
    "mandates.currency": Words("Валюта", "Валюта (код)", "Currency"),
    "mandates.since": Words("Бірінші күні", "Первый день", "First day"),
    "mandates.until": Words("Соңғы күні", "Последний день", "Last day"),
    "mandates.draw_up": Words("Құжатты дайындау", "Составить документ", "Draw up the document"),
    "mandates.wrong": Words("Мына өрісті тексеріңіз: {field}", "Проверьте поле: {field}", "Check this field: {field}"),
    "mandates.sign": Words("Құжатқа қол қою", "Подписать документ", "Sign the document"),
    "mandates.sign_hint": Words(
        "Құжатты жүктеп алыңыз, басшының ЭЦҚ кілтімен қол қойыңыз (CMS), қол қойылған файлды осында жіберіңіз.",
        "Скачайте документ, подпишите его ключом ЭЦП первого руководителя (CMS) и отправьте подписанный файл сюда.",
        "Download the document, sign it with the head's EDS key (CMS), and send the signed file here.",
    ),
    "mandates.download": Words("Құжатты жүктеп алу", "Скачать документ", "Download the document"),
    "mandates.signed": Words("Қол қойылған файл", "Подписанный файл", "Signed file"),
    "mandates.refused": Words(
        "Бұл осы құжатқа осы заңды тұлға басшысының жарамды ЭЦҚ емес.",
        "Это не действительная ЭЦП первого руководителя этого юридического лица под этим документом.",
        "This is no valid EDS of this entity's head over this document.",
    ),
    "mandates.grant": Words("Өкілеттік беру", "Дать полномочие", "Give the mandate"),
    "mandates.state.granted": Words("Күшінде", "Действует", "In force"),
    "mandates.state.revoked": Words("Кері қайтарылған", "Отозвано", "Revoked"),
    "mandates.state.over": Words("Мерзімі өткен", "Срок истёк", "Over"),
    "mandates.until_day": Words("{day} дейін", "до {day}", "until {day}"),
    "mandates.spent": Words(
        "Осы кезеңде жұмсалды: {amount}", "Израсходовано за период: {amount}", "Spent in this period: {amount}"
    ),
    "mandates.revoke": Words("Бірден кері қайтару", "Отозвать сразу", "Revoke at once"),
    "mandates.back": Words("Барлық өкілеттіктер", "Все полномочия", "All mandates"),
}
