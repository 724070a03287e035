"""What the operators' page about switches says, in Kazakh, Russian and English side by side (docs/glossary.md)."""

from collections.abc import Mapping

from confirmations.words import Words

SWITCH_PAGES: Mapping[str, Words] = {
    "switches.title": Words("Тоқтату және қайта қосу", "Остановка и включение", "Stop and start"),
    "switches.what": Words(
        "Кез келген оператор тоқтата алады, бұл бір секундта барлық жерде күшіне енеді. Тәсілді, сұраған тарапты немесе"
        " куәландырушы орталықты қайта қосуды басқа адамдар да мақұлдайды. Бәрі жазылады.",
        "Остановить может любой оператор, и это действует везде в течение секунды. Включение способа, запросившей"
        " стороны или удостоверяющего центра одобряют и другие. Всё записывается.",
        "Any operator may stop something, and it holds everywhere within a second. That a method, a relying party or an"
        " authority starts again is approved by others too. All of it is recorded.",
    ),
    "switches.none": Words("Ештеңе тоқтатылмаған.", "Ничего не остановлено.", "Nothing is stopped."),
    "switches.since": Words("{since} бастап", "с {since}", "since {since}"),
    "switches.approved": Words("мақұлдағандар: {n}", "одобрили: {n}", "approved by: {n}"),
    "switches.declined": Words("біреу бас тартты", "кто-то отказался", "somebody declined"),
    "switches.start": Words("Қайта қосу", "Включить снова", "Start again"),
    "switches.stop": Words("Тоқтату", "Остановить", "Stop"),
    "switches.kind": Words("Нені тоқтату", "Что остановить", "What to stop"),
    "switches.method": Words("тәсіл", "способ", "method"),
    "switches.channel": Words("хабар арнасы", "канал сообщений", "channel of messages"),
    "switches.relying_party": Words("сұраған тарап", "запросившая сторона", "relying party"),
    "switches.ca": Words("куәландырушы орталық", "удостоверяющий центр", "certification authority"),
    "switches.read_only": Words("барлық жаңа жазба", "все новые записи", "all new records"),
    "switches.drain": Words("барлық сұраныс ағыны", "весь поток запросов", "all traffic"),
    "switches.object": Words(
        "Атауы, client_id немесе сертификаттың SHA-256 мәні (соңғы екі түрге керек емес)",
        "Имя, client_id или SHA-256 сертификата (для двух последних видов не нужно)",
        "Its name, client_id or SHA-256 of its certificate (the last two kinds need none)",
    ),
    "switches.ground": Words("Негізі", "Основание", "Ground"),
    "switches.wrong": Words(
        "Мұндай нәрсе жоқ немесе негізі жазылмаған. Ештеңе тоқтатылған жоқ.",
        "Такого нет, или не названо основание. Ничего не остановлено.",
        "There is no such thing, or no ground is named. Nothing was stopped.",
    ),
}
