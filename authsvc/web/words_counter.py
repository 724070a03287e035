"""What the pages of counter and recovery say, in Kazakh, Russian and English; terms as in docs/glossary.md."""

from collections.abc import Mapping

from confirmations.words import Words

COUNTER_PAGES: Mapping[str, Words] = {
    "app.title": Words("Қолданбаны ауыстыру", "Сменить приложение", "Replace the app"),
    "app.text": Words(
        "Жаңа телефонда орнатып, ол көрсеткен бірінші кодты теріңіз. Бұрынғысы жарамсыз болады.",
        "Настройте его на новом телефоне и введите первый код. Прежнее перестанет действовать.",
        "Set it up on the new phone and type the first code. The one before ends.",
    ),
    "app.submit": Words("Ауыстыру", "Сменить", "Replace it"),
    "recovery.title": Words("Қалпына келтіру", "Восстановление", "Recovery"),
    "recovery.held_title": Words("Қалпына келтіру басталды", "Восстановление начато", "A recovery has begun"),
    "recovery.under_way": Words(
        "Жаңа кіру тәсілдерін {until} кейін орнатуға болады. Мұны сіз сұрамасаңыз, тоқтатыңыз.",
        "Новые способы входа можно настроить после {until}. Если вы об этом не просили, остановите это.",
        "New ways to sign in can be set up after {until}. If you did not ask for it, stop it.",
    ),
    "recovery.stop": Words("Тоқтату", "Остановить", "Stop it"),
    "recovery.lost_title": Words("Телефон жоқ па?", "Телефон потерян?", "Is the phone lost?"),
    "recovery.lost": Words(
        "Сіз қалпына келтіру кодымен кірдіңіз. Жаңа құпиясөз бен қолданбаны бір тәуліктен кейін орнатасыз; оған дейін"
        " барлық мекенжайыңызға хабарлама жіберіледі.",
        "Вы вошли по коду восстановления. Новый пароль и приложение можно настроить через сутки; до этого на все ваши"
        " адреса придут уведомления.",
        "You signed in with a recovery code. A new password and app can be set up a day later; before that a notice"
        " goes to all your addresses.",
    ),
    "recovery.begin": Words("Қалпына келтіруді бастау", "Начать восстановление", "Begin the recovery"),
    "recovery.good_from": Words(
        "Сілтеме {until} бастап жарамды.", "Ссылка действует с {until}.", "The link is good from {until} on."
    ),
    "recovery.waits": Words(
        "Екі қызметкердің мақұлдауын күтеді.",
        "Ждёт одобрения двух сотрудников.",
        "It waits for the approval of two members of staff.",
    ),
    "recovery.keep": Words(
        "Осы сілтемені сақтап қойыңыз: ол тек қазір көрсетіледі.",
        "Сохраните эту ссылку: она показана только сейчас.",
        "Keep this link: it is shown only now.",
    ),
    "recovery.come_back": Words(
        "Сол уақытта осы сілтемені қайта ашыңыз.",
        "Откройте эту ссылку снова в это время.",
        "Open this link again then.",
    ),
    "recovery.text": Words(
        "Жаңа құпиясөз ойлап табыңыз және аутентификатор қолданбасын орнатыңыз. Бұрынғы кіру тәсілдері жарамсыз"
        " болады.",
        "Придумайте новый пароль и настройте приложение-аутентификатор. Прежние способы входа перестанут действовать.",
        "Choose a new password and set up an authenticator app. The ways to sign in that you had end.",
    ),
    "recovery.submit": Words("Аяқтау", "Завершить", "Finish"),
    "recovery.done": Words("Қайтадан кіре аласыз", "Вы снова можете войти", "You can sign in again"),
    "counter.title": Words("Тіркеу орны", "Пункт регистрации", "Registration counter"),
    "counter.passkey": Words(
        "Бұл бет кіру кілтін сұрайды: соңғы он минутта онымен кірмедіңіз.",
        "Эта страница требует ключ доступа: за последние десять минут вы им не входили.",
        "This page wants a passkey: you have not signed in with one within the last ten minutes.",
    ),
    "counter.register": Words("Адамды тіркеу", "Регистрация человека", "Register a person"),
    "counter.register_text": Words(
        "Құжатты тексеріңіз. Басып шығарылған парақты тек сол адамның өзіне беріңіз.",
        "Проверьте документ. Распечатанный лист отдайте только самому человеку.",
        "Check the document. Hand the printed paper to this person alone.",
    ),
    "counter.iin": Words("ЖСН, 12 цифр", "ИИН, 12 цифр", "IIN, 12 digits"),
    "counter.name": Words("Құжаттағы аты-жөні", "Имя как в документе", "Name as in the document"),
    "counter.shown": Words("Көрсетілген құжат", "Предъявленный документ", "Document shown"),
    "counter.shown_hint": Words(
        "Түрі және кім бергені; нөмірін жазбаңыз.",
        "Вид и кем выдан; номер не пишите.",
        "Its kind and who issued it; don't write its number.",
    ),
    "counter.address": Words("Телефон нөмірі", "Номер телефона", "Telephone number"),
    "counter.new_address": Words(
        "Жаңа телефон нөмірі, ауысса", "Новый номер телефона, если сменился", "New telephone number, if it changed"
    ),
    "counter.mailbox": Words(
        "Электрондық пошта, болса", "Электронная почта, если есть", "E-mail address, if there is one"
    ),
    "counter.locale": Words("Адамның тілі", "Язык человека", "The person's language"),
    "counter.print": Words(
        "Тіркеп, парақты көрсету", "Зарегистрировать и показать лист", "Register and show the paper"
    ),
    "counter.recover": Words("Қалпына келтіру", "Восстановление", "Recovery"),
    "counter.recover_text": Words(
        "Екі қызметкер мақұлдайды, содан кейін бір тәулік күтеді. Барлық мекенжайға хабарлама жіберіледі.",
        "Два сотрудника одобряют, затем сутки ожидания. На все адреса придут уведомления.",
        "Two members of staff approve, then it is held for a day. A notice goes to all addresses.",
    ),
    "counter.begin": Words("Қалпына келтіруді бастау", "Начать восстановление", "Begin the recovery"),
    "counter.under_way": Words("Басталғандар", "Начатые", "Under way"),
    "counter.waiting": Words("мақұлдауды күтеді", "ждёт одобрения", "waits for approval"),
    "counter.held": Words("күту мерзімі:", "ожидание до:", "held until:"),
    "counter.done": Words("аяқталды", "завершено", "done"),
    "counter.refused": Words("бас тартылды", "отказано", "declined"),
    "counter.cancelled": Words("тоқтатылды", "остановлено", "stopped"),
    "counter.state": Words("Күйі", "Состояние", "State"),
    "counter.two": Words(
        "Екі түрлі қызметкердің мақұлдауы керек.",
        "Нужно одобрение двух разных сотрудников.",
        "Two different members of staff must approve.",
    ),
    "counter.known": Words(
        "Бұл адамның тіркелгісі бар. Жоғалған болса, қалпына келтіріңіз.",
        "У этого человека есть учётная запись. Если доступ потерян, начните восстановление.",
        "This person has an account. If access is lost, begin a recovery.",
    ),
    "counter.unknown": Words(
        "Бұл нөмірмен тіркелгі жоқ.", "С этим номером нет учётной записи.", "No account has this number."
    ),
    "counter.bad_iin": Words("ЖСН 12 цифрдан тұрады.", "В ИИН 12 цифр.", "An IIN has 12 digits."),
    "counter.bad_name": Words("Атын жазыңыз.", "Введите имя.", "Type the name."),
    "counter.bad_locale": Words("Тілді таңдаңыз.", "Выберите язык.", "Choose the language."),
    "counter.bad_address": Words(
        "Нөмірді +77011234567 түрінде жазыңыз.",
        "Введите номер в виде +77011234567.",
        "Type the number as +77011234567.",
    ),
    "counter.bad_mailbox": Words(
        "Бұл электрондық пошта емес.", "Это не адрес электронной почты.", "This is no e-mail address."
    ),
    "counter.bad_shown": Words(
        "Қалай тексерілгенін бір жолмен жазыңыз.",
        "Напишите одной строкой, как проверено.",
        "Say in one line how it was checked.",
    ),
    "counter.paper": Words("Тіркеу парағы", "Лист регистрации", "Registration paper"),
    "counter.print_now": Words(
        "Парақты қазір басып шығарыңыз: ол қайта көрсетілмейді.",
        "Распечатайте лист сейчас: снова он не покажется.",
        "Print this paper now: it is not shown again.",
    ),
    "counter.step_link": Words("Тіркелуді аяқтау", "Завершить регистрацию", "Finish the registration"),
    "counter.link_text": Words(
        "Телефонмен сканерлеп, логин мен құпиясөз ойлап табыңыз. Сілтеме бір рет, {until} дейін жарамды.",
        "Отсканируйте телефоном и придумайте логин и пароль. Ссылка действует один раз, до {until}.",
        "Scan it with your phone and choose a login name and a password. The link is good once, until {until}.",
    ),
    "counter.recovery_paper": Words(
        "Екі қызметкер мақұлдаған соң және бір тәуліктен кейін осы сілтемемен жаңа кіру тәсілдерін орнатыңыз.",
        "После одобрения двумя сотрудниками и через сутки настройте по этой ссылке новые способы входа.",
        "After two members of staff have approved, and a day later, set up new ways to sign in by this link.",
    ),
    "counter.to_approval": Words("Мақұлдауға өту", "Перейти к одобрению", "Go on to the approval"),
    "counter.back": Words("Тіркеу орнына оралу", "Назад в пункт регистрации", "Back to the counter"),
    "support.title": Words("Қоңырау бойынша бұғаттау", "Блокировка по звонку", "Freeze on a call"),
    "support.text": Words(
        "Қоңырау шалушыны қызметтің ережесі бойынша тексеріңіз: ЖСН немесе нөмір ғана жеткіліксіз. Атыңыз жазбада"
        " болады.",
        "Проверьте звонящего по правилам сервиса: одного ИИН или номера мало. Ваше имя будет в записи.",
        "Check the caller by the service's procedure: an IIN or a number alone is not enough. Your name is in the"
        " record.",
    ),
    "support.checked": Words("Қалай тексердіңіз", "Как вы проверили", "How you checked the caller"),
    "support.checked_hint": Words(
        "Мысалы: «кері қоңырау, бақылау сұрақтары». Дербес деректерді жазбаңыз.",
        "Например: «обратный звонок, контрольные вопросы». Персональные данные не пишите.",
        "For example: call back, control questions. Don't write personal data.",
    ),
}
