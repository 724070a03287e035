"""What the pages of notices say, in Kazakh, Russian and English side by side; terms as in docs/glossary.md."""

from collections.abc import Mapping

from confirmations.words import Words

NOTICE_PAGES: Mapping[str, Words] = {
    "notices.title": Words("Хабарламалар", "Уведомления", "Notices"),
    "notices.what": Words(
        "Хабарлама осында көрсетілгенде алынды деп, ашылғанда оқылды деп жазылады.",
        "Уведомление записывается как полученное, когда показано здесь, и как прочитанное, когда открыто.",
        "A notice is recorded as received when it is shown here, and as read when you open it.",
    ),
    "notices.none": Words("Сізге хабарлама жоқ.", "Уведомлений для вас нет.", "There is no notice for you."),
    "notices.fresh": Words("жаңа", "новое", "new"),
    "notices.from": Words("Жіберуші: {sender}", "Отправитель: {sender}", "Sender: {sender}"),
    "notices.acknowledge": Words("Таныстым", "Я ознакомился(ась)", "I have read it"),
    "notices.hint": Words(
        "Бұл — оқығаныңыз туралы белгі, келісім емес.",
        "Это отметка о прочтении, а не согласие.",
        "This says that you have read it. It is no consent.",
    ),
    "notices.acknowledged": Words(
        "Танысқаныңыз жазылды.", "Ваше ознакомление записано.", "It is recorded that you have read it."
    ),
    "notices.back": Words("Барлық хабарламалар", "Все уведомления", "All notices"),
}
