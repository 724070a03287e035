"""What the pages of disputes say, in Kazakh, Russian and English side by side; terms as in docs/glossary.md."""

from collections.abc import Mapping

from confirmations.words import Words

_MINE: Mapping[str, Words] = {
    "disputes.title": Words("Менің дауларым", "Мои споры", "My disputes"),
    "disputes.what": Words(
        "Дау айтылған жазба өзгермейді: дау мен шешім журналда оның қасында тұрады. Соңғы сөзді адам айтады.",
        "Оспоренная запись не меняется: спор и решение стоят в журнале рядом с ней. Последнее слово за человеком.",
        "A record that is contested is not changed: the dispute and the decision stand beside it in the log. The last"
        " word is a person's.",
    ),
    "disputes.none": Words("Сізде дау жоқ.", "У вас нет споров.", "You have no disputes."),
    "disputes.about": Words("Осы жазба бойынша даулар", "Споры по этой записи", "Disputes over this record"),
    "disputes.open": Words("Осы жазбаға дау айту", "Оспорить эту запись", "Contest this record"),
    "disputes.kind": Words("Не туралы", "В чём дело", "What it is about"),
    "disputes.text": Words(
        "Не дұрыс емес екенін өз сөзіңізбен жазыңыз",
        "Напишите своими словами, что неверно",
        "Say in your own words what is wrong",
    ),
    "disputes.hint": Words(
        "Мәтінді біздің қайта қараушылар ғана оқиды.",
        "Текст прочитают только наши рецензенты.",
        "Only our reviewers read the text.",
    ),
    "disputes.send": Words("Дау ашу", "Открыть спор", "Open the dispute"),
    "disputes.wrong": Words(
        "Бос емес, 4000 таңбадан аспайтын мәтін жазыңыз.",
        "Напишите текст: не пустой и не длиннее 4000 знаков.",
        "Write a text that is not empty and has at most 4,000 characters.",
    ),
    "disputes.one": Words("Дау", "Спор", "Dispute"),
    "disputes.opened": Words("Ашылған уақыты", "Открыт", "Opened"),
    "disputes.due": Words("Шешім мерзімі", "Срок решения", "A decision is due by"),
    "disputes.record": Words("Дау айтылған жазба", "Оспоренная запись", "The record that is contested"),
    "disputes.said": Words("Сіз жазған мәтін", "Ваш текст", "What you wrote"),
    "disputes.reasons": Words("Шешімнің негіздемесі", "Обоснование решения", "Reasons of the decision"),
    "disputes.resolver": Words("Шешім қабылдаған адам", "Решение принял(а)", "Decided by"),
    "disputes.resolution": Words("Шешім жазбасы", "Запись о решении", "Record of the decision"),
    "disputes.withdraw": Words("Дауды қайтарып алу", "Отозвать спор", "Take the dispute back"),
    "disputes.back": Words("Барлық даулар", "Все споры", "All disputes"),
}
_KINDS: Mapping[str, Words] = {
    "disputes.kind.review_of_decision": Words(
        "Автоматты шешімді адам қайта қарасын",
        "Пусть автоматическое решение пересмотрит человек",
        "A person should review the automated decision",
    ),
    "disputes.kind.not_me": Words("Мұны мен жасаған жоқпын", "Это сделал(а) не я", "It was not me"),
    "disputes.kind.contract": Words("Шарт бойынша дау", "Спор по договору", "A dispute about a contract"),
    "disputes.kind.other": Words("Басқа", "Другое", "Something else"),
}
_STATES: Mapping[str, Words] = {
    "disputes.state.open": Words("Қаралуда", "Рассматривается", "It is being looked at"),
    "disputes.state.proposed": Words(
        "Қаралуда: шешім екінші адамның мақұлдауын күтуде",
        "Рассматривается: решение ждёт одобрения второго человека",
        "It is being looked at: a decision waits for the approval of a second person",
    ),
    "disputes.state.granted": Words("Қанағаттандырылды", "Удовлетворён", "Granted"),
    "disputes.state.partly_granted": Words("Ішінара қанағаттандырылды", "Удовлетворён частично", "Partly granted"),
    "disputes.state.rejected": Words("Қабылданбады", "Отклонён", "Rejected"),
    "disputes.state.settled": Words("Келісіммен аяқталды", "Завершён соглашением", "Settled by agreement"),
    "disputes.state.withdrawn": Words("Қайтарып алынды", "Отозван", "Taken back"),
}
_DESK: Mapping[str, Words] = {
    "disputes.queue": Words("Даулар кезегі", "Очередь споров", "Queue of disputes"),
    "disputes.queue_none": Words("Кезекте дау жоқ.", "В очереди нет споров.", "Nothing waits."),
    "disputes.four_eyes": Words(
        "Бас тартуды бір адам шешеді. Жазбаның күшін өзгертетін шешімді екі адам мақұлдайды.",
        "Отклоняет один человек. Решение, после которого запись не стоит как прежде, одобряют двое.",
        "One person rejects. A decision after which the record does not stand as it was is approved by two.",
    ),
    "disputes.their_text": Words("Адамның мәтіні", "Текст человека", "What the person wrote"),
    "disputes.result": Words("Нәтиже", "Итог", "Outcome"),
    "disputes.decide": Words("Шешім қабылдау", "Решить", "Decide"),
    "disputes.proposal": Words("Шешім жобасы", "Проект решения", "Proposal"),
    "disputes.approve": Words("Мақұлдауға өту", "К одобрению", "To the approval"),
    "disputes.queue_back": Words("Кезекке қайту", "Назад к очереди", "Back to the queue"),
}
DISPUTE_PAGES: Mapping[str, Words] = {**_MINE, **_KINDS, **_STATES, **_DESK}
