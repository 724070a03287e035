"""What the pages about evidence say, in Kazakh, Russian and English side by side; terms as in docs/glossary.md."""

from collections.abc import Mapping

from confirmations.words import Words

_MINE: Mapping[str, Words] = {
    "evidence.title": Words("Мен туралы жазбалар", "Записи обо мне", "Records about me"),
    "evidence.what": Words(
        "Дәлелдемелер журналында сіз туралы не жазылғаны осында көрінеді. Әр жазбаның журналға енгізу дәлелі бар.",
        "Вот что содержит о вас журнал доказательств. У каждой записи есть доказательство включения.",
        "This is what the evidence log holds about you. Each record has its inclusion proof.",
    ),
    "evidence.none": Words("Сіз туралы жазба жоқ.", "Записей о вас нет.", "There is no record about you."),
    "evidence.asked_by": Words("Сұраған тарап: {party}", "Запросившая сторона: {party}", "Relying party: {party}"),
    "evidence.newer": Words("Жаңарақтары", "Более новые", "Newer"),
    "evidence.older": Words("Ескірегі", "Более старые", "Older"),
    "evidence.pages": Words("Беттер", "Страницы", "Pages"),
    "evidence.state": Words("Журналдағы күйі", "Состояние в журнале", "State in the log"),
    "evidence.sequenced": Words(
        "Журналда өз орны бар. Уақыт белгісі әзірге қойылмаған.",
        "Имеет место в журнале. Метки времени над ней пока нет.",
        "It has its place in the log. There is no time stamp over it yet.",
    ),
    "evidence.witnessed": Words(
        "Журналда өз орны бар, оны куәлар көрген. Уақыт белгісі әзірге қойылмаған.",
        "Имеет место в журнале, это видели свидетели. Метки времени над ней пока нет.",
        "It has its place in the log, and witnesses have seen it. There is no time stamp over it yet.",
    ),
    "evidence.anchored": Words(
        "Журналда өз орны бар, үстінен уақыт белгісі қойылған.",
        "Имеет место в журнале, над ней стоит метка времени.",
        "It has its place in the log, and there is a time stamp over it.",
    ),
    "evidence.files": Words("Файлдар", "Файлы", "Files"),
    "evidence.entry": Words("Жазбаның өзі (мәтін)", "Сама запись (текст)", "The record itself (text)"),
    "evidence.proof": Words(
        "Журналға енгізу дәлелі (.tlog-proof)",
        "Доказательство включения (.tlog-proof)",
        "Inclusion proof (.tlog-proof)",
    ),
    "evidence.receipt": Words("Түбіртек (.jwt)", "Квитанция (.jwt)", "Receipt (.jwt)"),
    "evidence.back": Words("Барлық жазбалар", "Все записи", "All records"),
}
_HANDED_OUT: Mapping[str, Words] = {
    "exports.title": Words("Дәлелдемелердің берілуі", "Выдача доказательств", "Evidence handed out"),
    "exports.about_me": Words("Мен туралы кімге берілді", "Кому выдано обо мне", "Who got evidence about me"),
    "exports.about_none": Words(
        "Сіз туралы дәлелдемелер ешкімге берілген жоқ, немесе бұл туралы айтуға заң тыйым салады.",
        "Доказательства о вас никому не выдавались, или сообщать об этом запрещает закон.",
        "No evidence about you was handed out, or the law forbids to tell.",
    ),
    "exports.ground": Words("Негізі: {ground}", "Основание: {ground}", "Ground: {ground}"),
    "exports.record": Words("Жазба нөмірі: {record}", "Номер записи: {record}", "Number of the record: {record}"),
    "exports.mine": Words("Өзім сұрағандарым", "Мои выгрузки", "My own exports"),
    "exports.mine_none": Words(
        "Әзірге ештеңе сұралған жоқ.", "Пока ничего не запрошено.", "Nothing was asked for yet."
    ),
    "exports.ask": Words("Мен туралы жазбаларды жүктеп алу", "Выгрузить записи обо мне", "Export the records about me"),
    "exports.ask_hint": Words(
        "Пакетте сіздің жазбаларыңыз бен олардың дәлелдері болады. Басқа адамдардың деректері ашылмайды. "
        "Күндерді көрсетпесеңіз, барлық жазба алынады.",
        "В пакете будут ваши записи и их доказательства. Данные других людей не раскрываются. Если не указать дни, "
        "войдут все записи.",
        "The package holds your records and their proofs. Nobody else's data is disclosed. Without days it holds all "
        "records.",
    ),
    "exports.since": Words("Бірінші күн", "Первый день", "First day"),
    "exports.until": Words("Соңғы күн", "Последний день", "Last day"),
    "exports.submit": Words("Пакетті дайындау", "Подготовить пакет", "Make the package"),
    "exports.one": Words("{day} сұралған", "Запрошено {day}", "Asked for on {day}"),
    "exports.progress": Words("Дайындалуы", "Подготовка", "Progress"),
    "exports.steps": Words("{total} қадамның {done}-і", "Шаг {done} из {total}", "Step {done} of {total}"),
    "exports.again": Words("Бетті жаңарту", "Обновить страницу", "Look again"),
    "exports.download": Words("Пакетті жүктеп алу (ZIP)", "Скачать пакет (ZIP)", "Download the package (ZIP)"),
    "exports.download_pdf": Words(
        "Есепті бір файлмен жүктеп алу (PDF, ішінде пакет бар)",
        "Скачать отчёт одним файлом (PDF, пакет внутри)",
        "Download the report as one file (PDF, the package inside)",
    ),
    "exports.kept": Words(
        "Пакет {day} дейін осында сақталады. Оны тексеру жолы пакеттің ішіндегі нұсқаулықта.",
        "Пакет хранится здесь до: {day}. Как его проверить, сказано в инструкции внутри пакета.",
        "The package is kept here until {day}. How to check it is said in the instructions inside it.",
    ),
    "exports.back": Words("Тізімге қайту", "Вернуться к списку", "Back to the list"),
    "exports.wrong": Words(
        "Мына өрісті тексеріңіз: {field}.", "Проверьте поле: {field}.", "Please check this field: {field}."
    ),
    "state.waiting": Words("Мақұлдауды күтіп тұр", "Ожидает одобрения", "Waits for approval"),
    "state.queued": Words("Кезекте тұр", "В очереди", "Waits to be made"),
    "state.making": Words("Дайындалып жатыр", "Готовится", "Being made"),
    "state.ready": Words("Дайын", "Готово", "Ready"),
    "state.refused": Words("Мақұлданбады", "Не одобрено", "Refused"),
    "state.withdrawn": Words("Қайтарып алынды", "Отозвано", "Withdrawn"),
    "state.expired": Words("Уақыты өтті", "Время вышло", "Its time is over"),
    "state.failed": Words("Дайындалмады", "Подготовить не удалось", "It could not be made"),
    "state.erased": Words("Деректер жойылды", "Данные удалены", "The data was erased"),
    "state.gone": Words("Пакет бұдан былай сақталмайды", "Пакет больше не хранится", "The package is no longer kept"),
    "reason.too_many": Words(
        "Жазбалар бір пакетке сыймайды: қысқарақ кезеңді немесе азырақ жазбаны көрсетіңіз.",
        "Записей больше, чем помещается в пакет: укажите более короткий период или меньше записей.",
        "There are more records than a package holds: ask for a shorter period, or for fewer records.",
    ),
    "reason.nothing": Words("Мұндай жазба табылмады.", "Таких записей не найдено.", "No such record was found."),
    "reason.not_found": Words(
        "Сұралған жазбалардың бірі жоқ, немесе мақұлдаулар бұдан былай жарамсыз.",
        "Одной из названных записей нет, или одобрения больше не действуют.",
        "One of the records named is not there, or the approvals do not stand any more.",
    ),
    "reason.fault": Words(
        "Біздің жақта қате шықты. Қайта сұрап көріңіз.",
        "На нашей стороне произошла ошибка. Запросите ещё раз.",
        "Something went wrong on our side. Please ask again.",
    ),
}
_DESK: Mapping[str, Words] = {
    "desk.title": Words("Дәлелдемелерді беру сұраулары", "Запросы на выдачу доказательств", "Requests for evidence"),
    "desk.new": Words("Жаңа сұрау", "Новый запрос", "New request"),
    "desk.none": Words("Сұрау жоқ.", "Запросов нет.", "There is no request."),
    "desk.four_eyes": Words(
        "Дәлелдемелер екі аудитор мақұлдағаннан кейін ғана беріледі. Әрқайсысы осы сұрауды өз цифрлық растауымен "
        "мақұлдайды.",
        "Доказательства выдаются только после одобрения двумя аудиторами. Каждый одобряет этот запрос своим цифровым "
        "подтверждением.",
        "Evidence is handed out only after two auditors approved. Each approves this request by their own digital "
        "confirmation.",
    ),
    "desk.kind": Words("Кім сұрайды", "Кто запрашивает", "Who asks"),
    "desk.court": Words("Сот", "Суд", "A court"),
    "desk.authority": Words("Мемлекеттік орган", "Государственный орган", "An authority"),
    "desk.auditor": Words("Аудитор", "Аудитор", "An auditor"),
    "desk.recipient": Words("Кімге беріледі", "Кому выдаётся", "Handed out to"),
    "desk.case_number": Words("Істің нөмірі", "Номер дела", "Case number"),
    "desk.ground": Words("Құқықтық негіз", "Правовое основание", "Legal ground"),
    "desk.order": Words("Сот актісінің файлы", "Файл судебного акта", "File of the court's order"),
    "desk.order_hint": Words(
        "5 МиБ-қа дейін. Сот сұраса, міндетті.",
        "До 5 МиБ. Обязателен, если запрашивает суд.",
        "Up to 5 MiB. Needed when a court asks.",
    ),
    "desk.what": Words("Не беріледі", "Что выдаётся", "What is handed out"),
    "desk.what_hint": Words(
        "Не жазбалардың нөмірлерін, не адамды (қаласаңыз, кезеңмен), не кезеңнің өзін көрсетіңіз.",
        "Укажите либо номера записей, либо лицо (можно с периодом), либо только период.",
        "Name either record numbers, or a person (with a period if you wish), or a period alone.",
    ),
    "desk.subject": Words("ЖСН немесе БСН", "ИИН или БИН", "IIN or BIN"),
    "desk.subject_kind": Words("Нөмірдің түрі", "Вид номера", "Kind of number"),
    "desk.iin": Words("ЖСН (жеке тұлға)", "ИИН (физическое лицо)", "IIN (natural person)"),
    "desk.bin": Words("БСН (заңды тұлға)", "БИН (юридическое лицо)", "BIN (legal entity)"),
    "desk.acts": Words("Жазбалардың нөмірлері", "Номера записей", "Numbers of the records"),
    "desk.acts_hint": Words("Әр жолға бір нөмірден.", "По одному номеру в строке.", "One number on each line."),
    "desk.silent_ground": Words(
        "Адамға айтуға тыйым салатын құқықтық негіз",
        "Правовое основание не сообщать человеку",
        "Legal ground that forbids to tell the person",
    ),
    "desk.silent_hint": Words(
        "Бос қалдырсаңыз, адам өз бетінде дәлелдемелер берілгенін көреді.",
        "Если оставить пустым, человек увидит у себя, что доказательства выданы.",
        "Left empty, the person sees in their account that evidence was handed out.",
    ),
    "desk.submit": Words("Сұрауды жіберу", "Отправить запрос", "Send the request"),
    "desk.request": Words("Сұрау {id}", "Запрос {id}", "Request {id}"),
    "desk.number": Words("Сұраудың нөмірі", "Номер запроса", "Number of the request"),
    "desk.digest": Words("Сұраудың SHA-256 хеші", "SHA-256 запроса", "SHA-256 of the request"),
    "desk.created": Words("Жасалған уақыты", "Создан", "Made"),
    "desk.period": Words("Кезең", "Период", "Period"),
    "desk.told": Words("Адамға айтылады", "Человеку сообщается", "The person is told"),
    "desk.yes": Words("иә", "да", "yes"),
    "desk.approvals": Words("Мақұлдаулар", "Одобрения", "Approvals"),
    "desk.approved_by": Words("{name}: мақұлдады", "{name}: одобрено", "{name}: approved"),
    "desk.not_yet": Words("{name}: әлі растаған жоқ", "{name}: ещё не подтверждено", "{name}: not confirmed yet"),
    "desk.declined_by": Words("{name}: бас тартты", "{name}: отказано", "{name}: declined"),
    "desk.nobody": Words("Әзірге ешкім мақұлдаған жоқ.", "Пока никто не одобрил.", "Nobody has approved yet."),
    "desk.approve": Words("Мақұлдау", "Одобрить", "Approve"),
    "desk.approve_hint": Words(
        "Келесі бетте осы сұраудың хешін растайсыз немесе бас тартасыз; код телефоныңызға келеді.",
        "На следующей странице вы подтвердите хеш этого запроса или откажетесь; код придёт на ваш телефон.",
        "On the next page you confirm the hash of this request, or decline; the code comes to your phone.",
    ),
    "desk.withdraw": Words("Сұрауды қайтарып алу", "Отозвать запрос", "Withdraw the request"),
    "desk.order_download": Words("Сот актісін ашу", "Открыть судебный акт", "Open the court's order"),
}
EVIDENCE_PAGES: Mapping[str, Words] = {**_MINE, **_HANDED_OUT, **_DESK}
