"""What the pages about orders on personal data say, in Kazakh, Russian and English; terms as in docs/glossary.md."""

from collections.abc import Mapping

from confirmations.words import Words

ORDER_PAGES: Mapping[str, Words] = {
    "orders.title": Words(
        "Дербес деректер туралы тапсырмалар", "Распоряжения о персональных данных", "Orders about personal data"
    ),
    "orders.four_eyes": Words(
        "Деректерді жоюды, шектеуді және тыйымды алып тастауды екі оператор мақұлдайды; жоюға тыйымды бір оператор "
        "енгізе алады. Әрқайсысы осы тапсырманы өз цифрлық растауымен немесе ЭЦҚ-сымен мақұлдайды. Тапсырма кімге "
        "қатысты болса, ол мақұлдай алмайды.",
        "Удаление, ограничение и снятие запрета одобряют два оператора; запрет на удаление может ввести один. Каждый "
        "одобряет это распоряжение своим цифровым подтверждением или своей ЭЦП. Тот, кого распоряжение касается, "
        "одобрить его не может.",
        "Two operators approve that data are deleted, restricted or set free; one may forbid a deletion. Each approves "
        "this order by their own digital confirmation or by their EDS. Whom the order concerns may not approve it.",
    ),
    "orders.new": Words("Жаңа тапсырма", "Новое распоряжение", "New order"),
    "orders.none": Words("Тапсырма жоқ.", "Распоряжений нет.", "There is no order."),
    "orders.holds": Words("Жоюға тыйымдар", "Запреты на удаление", "Legal holds"),
    "orders.holds_none": Words("Тыйым жоқ.", "Запретов нет.", "No hold stands."),
    "orders.since": Words("{moment} бастап", "с {moment}", "since {moment}"),
    "orders.lift": Words("Алып тастау туралы тапсырма", "Распоряжение о снятии", "Order to lift it"),
    "orders.back": Words("Тапсырмалар тізімі", "Список распоряжений", "All orders"),
    "orders.order": Words("Тапсырма {id}", "Распоряжение {id}", "Order {id}"),
    "orders.what": Words("Не істеледі", "Что будет сделано", "What will be done"),
    "orders.deleted": Words("Деректерді жою", "Удалить данные", "Delete the data"),
    "orders.anonymised": Words("Деректерді иесіздендіру", "Обезличить данные", "Make the data anonymous"),
    "orders.restricted": Words("Өңдеуді шектеу", "Ограничить обработку", "Restrict the processing"),
    "orders.taken_down": Words(
        "Аталған жазбалардың деректерін жою", "Удалить данные названных записей", "Delete the data of named records"
    ),
    "orders.hold": Words("Жоюға тыйым салу", "Ввести запрет на удаление", "Forbid deletion (legal hold)"),
    "orders.lift_restriction": Words("Шектеуді алып тастау", "Снять ограничение", "Lift the restriction"),
    "orders.lift_hold": Words("Жоюға тыйымды алып тастау", "Снять запрет на удаление", "Lift the legal hold"),
    "orders.subject": Words("ЖСН немесе БСН", "ИИН или БИН", "IIN or BIN"),
    "orders.ground": Words("Құқықтық негіз", "Правовое основание", "Legal ground"),
    "orders.ground_hint": Words(
        "Өтініштің немесе істің нөмірі. Есімдерді жазбаңыз: бұл мәтін адамның деректері жойылғаннан кейін де қалады.",
        "Номер заявления или дела. Не пишите имён: этот текст останется и после удаления данных человека.",
        "The number of the application or the case. Write no names: this text stays after the person's data are gone.",
    ),
    "orders.records": Words("Жазбалардың нөмірлері", "Номера записей", "Numbers of the records"),
    "orders.records_hint": Words(
        "Тек аталған жазбалар үшін; әр жолға бір нөмірден.",
        "Только для названных записей; по одному номеру в строке.",
        "For named records alone; one number on each line.",
    ),
    "orders.submit": Words("Тапсырманы жіберу", "Отправить распоряжение", "Send the order"),
    "orders.unknown": Words(
        "Мұндай адам немесе тыйым мұнда жоқ.", "Такого лица или запрета здесь нет.", "No such person or hold is here."
    ),
    "orders.number": Words("Тапсырманың нөмірі", "Номер распоряжения", "Number of the order"),
    "orders.digest": Words("Тапсырманың SHA-256 хеші", "SHA-256 распоряжения", "SHA-256 of the order"),
    "orders.until": Words("Мақұлданбаса, аяқталатын күні", "Без одобрения закончится", "Ends, if not approved, on"),
    "orders.request": Words(
        "ЭЦҚ-мен қол қоюға арналған файл (.json)", "Файл для подписи ЭЦП (.json)", "File to be signed by EDS (.json)"
    ),
    "orders.approve_hint": Words(
        "Келесі бетте осы тапсырманың хешін растайсыз немесе бас тартасыз; код телефоныңызға келеді.",
        "На следующей странице вы подтвердите хеш этого распоряжения или откажетесь; код придёт на ваш телефон.",
        "On the next page you confirm the hash of this order, or decline; the code comes to your phone.",
    ),
    "orders.carry_out": Words("Тапсырманы орындау", "Исполнить распоряжение", "Carry the order out"),
    "orders.carry_out_hint": Words(
        "Мұны қайтару мүмкін емес. Мақұлдаулар жеткілікті болуы керек. Біреу ЭЦҚ-мен қол қойған болса, оның файлын "
        "қосыңыз (бір файлда бірнеше қолтаңба бола алады).",
        "Отменить это нельзя. Одобрений должно быть достаточно. Если кто-то подписал распоряжение своей ЭЦП, "
        "приложите файл (в одном файле может быть несколько подписей).",
        "This cannot be undone. The approvals must be enough. If somebody signed the order by EDS, add that file (one "
        "file may hold several signatures).",
    ),
    "orders.signature": Words(
        "ЭЦҚ қойылған файл (міндетті емес)", "Файл с ЭЦП (необязательно)", "File signed by EDS (optional)"
    ),
    "orders.withdraw": Words("Тапсырманы қайтарып алу", "Отозвать распоряжение", "Withdraw the order"),
    "orders.state_open": Words("Мақұлдауды күтіп тұр", "Ожидает одобрения", "Waits for approval"),
    "orders.state_declined": Words(
        "Мақұлданбады: біреу бас тартты", "Не одобрено: кто-то отказал", "Refused: somebody declined"
    ),
    "orders.state_done": Words("Орындалды", "Исполнено", "Carried out"),
    "orders.state_withdrawn": Words("Қайтарып алынды", "Отозвано", "Withdrawn"),
    "orders.state_expired": Words("Уақыты өтті", "Время вышло", "Its time is over"),
    "orders.record": Words(
        "Жазба нөмірі: {record}, журналдағы орны: {index}.",
        "Номер записи: {record}, место в журнале: {index}.",
        "Number of the record: {record}, place in the log: {index}.",
    ),
    "orders.notice": Words("Адамға хабарлама", "Уведомление для человека", "Notice for the person"),
    "orders.notice_hint": Words(
        "Бұл файл тек қазір беріледі. Оны адамға табыс етіп, өзіңізде сақтамаңыз: онда адам жазбаларының тізбектегі "
        "соңғы нөмірі мен мұның дәлелі бар.",
        "Этот файл выдаётся только сейчас. Передайте его человеку и не храните у себя: в нём номер, на котором "
        "закончилась его цепочка, и доказательство этого.",
        "This file is given only now. Hand it to the person and keep no copy: it has the number at which their chain "
        "ended, and the proof of it.",
    ),
    "orders.notice_download": Words("Хабарламаны жүктеп алу", "Скачать уведомление", "Download the notice"),
    "orders.not_scrubbed": Words(
        "Басқа процесс кедергі жасады: жойылған байттар файлдардан келесі тазалауда кетеді.",
        "Помешал другой процесс: удалённые байты покинут файлы при следующей очистке.",
        "Another process was in the way: the deleted bytes leave the files at their next cleaning.",
    ),
    "error.legal_hold": Words(
        "Бұл адамның деректерін жоюға тыйым салынған. Алдымен тыйым алып тасталуы керек; тапсырма күтіп тұр.",
        "На данные этого человека введён запрет на удаление. Сначала его нужно снять; распоряжение ждёт.",
        "A legal hold stands on this person's data. It must be lifted first; the order waits.",
    ),
}
