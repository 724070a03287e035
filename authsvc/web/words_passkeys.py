"""What the pages about passkeys say, in Kazakh, Russian and English side by side; terms as in docs/glossary.md."""

from collections.abc import Mapping

from confirmations.words import Words

PASSKEY_PAGES: Mapping[str, Words] = {
    "passkey.sign_in": Words("Кіру кілтімен кіру", "Войти ключом доступа", "Sign in with a passkey"),
    "passkey.hint": Words(
        "Кіру кілтіңіз (passkey) болса, логин мен құпиясөз керек емес.",
        "Если у вас есть ключ доступа (passkey), логин и пароль не нужны.",
        "If you have a passkey, you need neither login name nor password.",
    ),
    "passkey.failed": Words(
        "Кіру кілті жауап бермеді. Қайталап көріңіз немесе басқа тәсілді таңдаңыз.",
        "Ключ доступа не ответил. Попробуйте ещё раз или выберите другой способ.",
        "The passkey gave no answer. Try again, or choose another way.",
    ),
    "passkeys.title": Words("Кіру кілттері", "Ключи доступа", "Passkeys"),
    "passkeys.what": Words(
        "Кіру кілті (passkey) құпиясөз бен бір реттік кодтың орнына жүреді. Ол тек осы сайтта жұмыс істейді, сондықтан"
        " оны алдап алу мүмкін емес. Кілт қоспасаңыз да, бәрі бұрынғыдай жұмыс істейді.",
        "Ключ доступа (passkey) заменяет пароль и одноразовый код. Он работает только на этом сайте, поэтому его нельзя"
        " выманить. Если ключа нет, всё работает как прежде.",
        "A passkey replaces password and one-time code. It works on this site alone, so nobody can trick it"
        " out of you. Without one everything works as before.",
    ),
    "passkeys.none": Words("Кіру кілтіңіз жоқ.", "У вас нет ключей доступа.", "You have no passkey."),
    "passkeys.add": Words("Кіру кілтін қосу", "Добавить ключ доступа", "Add a passkey"),
    "passkeys.added": Words("{day} қосылған.", "Добавлен {day}.", "Added on {day}."),
    "passkeys.synced": Words(
        "Бірнеше құрылғыға көшірілуі мүмкін.",
        "Может копироваться на несколько устройств.",
        "It may be copied to several devices.",
    ),
    "passkeys.bound": Words("Бір құрылғыда қалады.", "Остаётся на одном устройстве.", "It stays on one device."),
    "passkeys.suspended": Words(
        "Тоқтатылған: көшірмесі болуы мүмкін. Жойып, жаңасын қосыңыз.",
        "Приостановлен: возможно, есть его копия. Удалите его и добавьте новый.",
        "Suspended: there may be a copy of it. Remove it and add a new one.",
    ),
    "passkeys.name": Words("Кіру кілтінің атауы", "Название ключа доступа", "Name of the passkey"),
    "passkeys.name_hint": Words(
        "Өзіңіз танитындай етіп атаңыз, мысалы: «Үйдегі ноутбук».",
        "Назовите так, чтобы узнать: например, «Домашний ноутбук».",
        "So that you know it again, for example: Laptop at home.",
    ),
    "passkeys.rename": Words("Атын өзгерту", "Переименовать", "Rename"),
    "passkeys.remove": Words("Жою: {name}", "Удалить: {name}", "Remove: {name}"),
    "passkeys.removed_text": Words(
        "Жойылған кіру кілті ештеңе ашпайды. Құрылғыдағы жазбасын өзіңіз өшіріңіз.",
        "Удалённым ключом доступа войти нельзя. Запись на устройстве удалите сами.",
        "A removed passkey opens nothing. Delete its entry on the device yourself.",
    ),
    "passkeys.new_title": Words("Кіру кілтін қосу", "Добавление ключа доступа", "Add a passkey"),
    "passkeys.new_text": Words(
        "Құрылғы экран құлпын (PIN-код, саусақ ізі немесе бет) сұрайды. Саусақ ізі мен бет құрылғыдан шықпайды.",
        "Устройство спросит блокировку экрана: ПИН-код, палец или лицо. Отпечаток и лицо не покидают устройство.",
        "The device asks for its screen lock: PIN, finger or face. Finger and face never leave the device.",
    ),
    "passkeys.no_script": Words(
        "Кіру кілтін қосу үшін браузердің скрипттері мен кіру кілттерін қолдауы керек. Құпиясөз бен бір реттік код"
        " онсыз да жұмыс істейді.",
        "Чтобы добавить ключ доступа, браузер должен выполнять скрипты и поддерживать ключи доступа. Пароль и"
        " одноразовый код работают и без этого.",
        "To add a passkey, the browser must run scripts and know passkeys. Password and one-time code work without it.",
    ),
    "passkeys.known": Words(
        "Бұл құрылғыда кіру кілті бар.",
        "На этом устройстве уже есть ключ доступа.",
        "This device has a passkey already.",
    ),
    "passkeys.back": Words("Кіру кілттеріне оралу", "Назад к ключам доступа", "Back to the passkeys"),
}
