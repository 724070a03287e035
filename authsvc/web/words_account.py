"""What the pages about a person's own account say, in Kazakh, Russian and English; terms as in docs/glossary.md."""

from collections.abc import Mapping

from confirmations.words import Words

ACCOUNT_PAGES: Mapping[str, Words] = {
    "login.lost": Words(
        "Аутентификатор қолданбасы жоқ па?", "Нет приложения-аутентификатора?", "You don't have the authenticator app?"
    ),
    "login.recovery": Words("Қалпына келтіру коды", "Код восстановления", "Recovery code"),
    "login.recovery_hint": Words(
        "Тіркелгенде берілген тізімдегі пайдаланылмаған кез келген код. Әр код бір рет жарайды.",
        "Любой неиспользованный код из списка, выданного при регистрации. Каждый код действует один раз.",
        "Any unused code of the list that you got when you registered. Each is good once.",
    ),
    "login.recovery_submit": Words(
        "Қалпына келтіру кодымен кіру", "Войти по коду восстановления", "Sign in with a recovery code"
    ),
    "account.title": Words("Тіркелгім", "Моя учётная запись", "My account"),
    "account.person": Words("Адам", "Человек", "Person"),
    "account.iin": Words("ЖСН", "ИИН", "IIN"),
    "account.login": Words("Логин", "Логин", "Login name"),
    "account.factors": Words("Кіру тәсілдері", "Способы входа", "Ways to sign in"),
    "account.password": Words("Құпиясөз", "Пароль", "Password"),
    "account.totp": Words("Аутентификатор қолданбасы", "Приложение-аутентификатор", "Authenticator app"),
    "account.since": Words("{day} орнатылған.", "Настроено {day}.", "Set up on {day}."),
    "account.change_password": Words("Құпиясөзді өзгерту", "Сменить пароль", "Change the password"),
    "account.addresses": Words("Хабарлама мекенжайлары", "Адреса для уведомлений", "Addresses for notices"),
    "account.codes_go": Words(
        "Растау кодтары осында келеді.", "Сюда приходят коды подтверждения.", "Codes for confirmations come here."
    ),
    "account.notices_go": Words(
        "Тіркелгі туралы хабарлама осында да келеді.",
        "Сюда тоже приходят уведомления об учётной записи.",
        "Notices about the account come here too.",
    ),
    "account.add_mailbox": Words("Электрондық поштаны қосу", "Добавить электронную почту", "Add an e-mail address"),
    "account.mailbox": Words("Электрондық пошта", "Электронная почта", "E-mail address"),
    "account.mailbox_hint": Words(
        "Телефон жоғалса, хабарлама сонда келеді. Мекенжайға код жібереміз.",
        "Если телефон потерян, уведомления придут туда. На этот адрес мы отправим код.",
        "If the phone is lost, notices come there. We send a code to this address.",
    ),
    "account.mailbox_code": Words("Хаттағы код", "Код из письма", "The code of the e-mail"),
    "account.mailbox_sent": Words(
        "Код {address} мекенжайына жіберілді.", "Код отправлен на {address}.", "A code was sent to {address}."
    ),
    "account.mailbox_wrong": Words(
        "Код дұрыс емес немесе уақыты өтті.",
        "Код неверен, или его время истекло.",
        "The code is not right, or its time is over.",
    ),
    "account.mailbox_bad": Words(
        "Бұл электрондық пошта емес.", "Это не адрес электронной почты.", "This is no e-mail address."
    ),
    "account.passkeys": Words("Көру, қосу, жою", "Посмотреть, добавить, удалить", "See, add, remove"),
    "account.language": Words("Хабарлама тілі", "Язык сообщений", "Language of messages"),
    "account.save": Words("Сақтау", "Сохранить", "Save"),
    "account.more": Words("Тағы", "Ещё", "More"),
    "account.data": Words("Деректерімді жүктеп алу", "Скачать мои данные", "Download my data"),
    "account.no_codes": Words(
        "Қалпына келтіру кодтары жоқ. Телефон жоғалса, олар қажет болады.",
        "Кодов восстановления нет. Они понадобятся, если телефон потеряется.",
        "There are no recovery codes. You need them if the phone gets lost.",
    ),
    "account.codes_left": Words("Қалған код саны: {left}.", "Осталось кодов: {left}.", "Codes left: {left}."),
    "codes.title": Words("Қалпына келтіру кодтары", "Коды восстановления", "Recovery codes"),
    "codes.what": Words(
        "Аутентификатор қолданбасы болмаса, құпиясөзден кейін осы кодтардың бірін теріңіз. Әрқайсысы бір рет жарайды.",
        "Если приложения-аутентификатора нет, введите после пароля один из этих кодов. Каждый действует один раз.",
        "Without the authenticator app, type one of these codes after the password. Each is good once.",
    ),
    "codes.new": Words("Жаңа кодтар жасау", "Создать новые коды", "Make new codes"),
    "codes.old_end": Words(
        "Бұрынғы кодтар жарамсыз болады.", "Прежние коды перестанут действовать.", "Codes made before end."
    ),
    "codes.once": Words(
        "Кодтар тек қазір көрсетіледі. Басып шығарыңыз немесе көшіріп алып, телефоннан бөлек сақтаңыз.",
        "Коды показаны только сейчас. Распечатайте или перепишите их и храните отдельно от телефона.",
        "The codes are shown only now. Print them or write them down, and keep them apart from the phone.",
    ),
    "codes.freeze": Words(
        "Телефон ұрланса, кез келген кодпен тіркелгіні бұғаттауға болады: {link}",
        "Если телефон украден, любым кодом можно заблокировать учётную запись: {link}",
        "If the phone is stolen, any code freezes the account: {link}",
    ),
    "password.title": Words("Құпиясөзді өзгерту", "Смена пароля", "Change the password"),
    "password.new": Words(
        "Жаңа құпиясөз, кемінде 15 таңба", "Новый пароль, не короче 15 знаков", "New password, at least 15 characters"
    ),
    "password.old": Words("Қазіргі құпиясөз", "Нынешний пароль", "Current password"),
    "password.wrong": Words(
        "Қазіргі құпиясөз дұрыс емес.", "Нынешний пароль неверен.", "The current password is not right."
    ),
    "password.others_end": Words(
        "Басқа сеанстар аяқталады.", "Остальные сеансы завершатся.", "Your other sessions end."
    ),
    "sessions.title": Words("Сеанстар", "Сеансы", "Sessions"),
    "sessions.this": Words("Осы сеанс", "Этот сеанс", "This session"),
    "sessions.unknown": Words("Белгісіз құрылғы", "Неизвестное устройство", "Unknown device"),
    "sessions.began": Words("Басталған уақыты: {moment}", "Начало: {moment}", "Began: {moment}"),
    "sessions.seen": Words("Соңғы рет: {moment}", "Последний раз: {moment}", "Last seen: {moment}"),
    "sessions.end": Words("Сеансты аяқтау", "Завершить сеанс", "End this session"),
    "sessions.end_others": Words(
        "Басқа сеанстардың бәрін аяқтау", "Завершить все остальные сеансы", "End all other sessions"
    ),
    "freeze.title": Words("Тіркелгіні бұғаттау", "Блокировка учётной записи", "Freeze the account"),
    "freeze.what": Words(
        "Ешкім кіре алмайды, барлық сеанс аяқталады, күтіп тұрған сұраулар тоқтатылады.",
        "Никто не сможет войти, все сеансы завершатся, ожидающие запросы будут отменены.",
        "Nobody can sign in, all sessions end, and requests that wait are cancelled.",
    ),
    "freeze.thaw": Words(
        "Ашу үшін тіркеу орнына жеке куәлікпен келу керек; жаңа кіру тәсілдері бір тәуліктен кейін орнатылады.",
        "Чтобы открыть её, нужно прийти в пункт регистрации с удостоверением личности; новые способы входа можно"
        " настроить через сутки.",
        "To open it you come to a registration counter with your identity document; new ways to sign in can be set"
        " up a day later.",
    ),
    "freeze.submit": Words("Қазір бұғаттау", "Заблокировать сейчас", "Freeze it now"),
    "freeze.done_title": Words("Тіркелгі бұғатталды", "Учётная запись заблокирована", "The account is frozen"),
    "freeze.gone": Words(
        "Бұл сілтеме пайдаланылған немесе уақыты өткен. Тіркелгі әлі ашық болса, қалпына келтіру кодымен бұғаттаңыз.",
        "Эта ссылка использована, или её время истекло. Если учётная запись ещё открыта, заблокируйте её кодом"
        " восстановления.",
        "This link was used, or its time is over. If the account is open still, freeze it with a recovery code.",
    ),
    "freeze.by_code": Words(
        "Қалпына келтіру кодымен бұғаттау", "Заблокировать кодом восстановления", "Freeze with a recovery code"
    ),
    "freeze.refused": Words(
        "Логин немесе код дұрыс емес.", "Логин или код неверен.", "Login name or code is not right."
    ),
}
