"""What the page of an invitation says, in Kazakh, Russian and English side by side; terms as in docs/glossary.md."""

from collections.abc import Mapping

from confirmations.words import Words

INVITATION_PAGES: Mapping[str, Words] = {
    "invitation.title": Words("Тіркелу", "Регистрация", "Register"),
    "invitation.text": Words(
        "Сізді тіркелуге шақырды. Логин мен құпиясөз ойлап табыңыз және бір реттік кодтарды орнатыңыз.",
        "Вас пригласили зарегистрироваться. Придумайте логин и пароль и настройте одноразовые коды.",
        "You were invited to register. Choose a login name and a password, and set up one-time codes.",
    ),
    "invitation.password": Words(
        "Құпиясөз, кемінде 15 таңба", "Пароль, не короче 15 знаков", "Password, at least 15 characters"
    ),
    "invitation.password_hint": Words(
        "Бірнеше сөзден құралған сөйлем жарайды.",
        "Подойдёт фраза из нескольких слов.",
        "A phrase of several words will do.",
    ),
    "invitation.codes": Words("Бір реттік кодтар", "Одноразовые коды", "One-time codes"),
    "invitation.scan": Words(
        "Телефондағы аутентификатор қолданбасымен QR кодты сканерлеңіз.",
        "Отсканируйте QR-код приложением-аутентификатором на телефоне.",
        "Scan the QR code with an authenticator app on your phone.",
    ),
    "invitation.same_device": Words(
        "Осы құрылғыда қолданбаны ашу", "Открыть приложение на этом устройстве", "Open the app on this device"
    ),
    "invitation.key": Words(
        "Немесе мына кілтті теріңіз: {key}", "Или введите этот ключ: {key}", "Or type this key: {key}"
    ),
    "invitation.code": Words(
        "Қолданба көрсеткен код, 6 цифр", "Код из приложения, 6 цифр", "The code that the app shows, 6 digits"
    ),
    "invitation.submit": Words("Тіркелу", "Зарегистрироваться", "Register"),
    "invitation.wrong_code": Words(
        "Код дұрыс емес. Телефондағы уақытты тексеріп, жаңа кодты теріңіз.",
        "Код неверен. Проверьте время на телефоне и введите новый код.",
        "The code is not right. Check the clock of the phone and type a new code.",
    ),
    "invitation.bad_password": Words(
        "Бұл құпиясөз жарамайды: тым қысқа немесе оңай табылады.",
        "Этот пароль не подходит: он слишком короткий или его легко угадать.",
        "This password will not do: it is too short or easy to guess.",
    ),
    "invitation.taken": Words(
        "Бұл логин бос емес, немесе сізде тіркелгі бар. Басқа логин таңдаңыз немесе кіріңіз.",
        "Этот логин занят, или у вас уже есть учётная запись. Выберите другой логин или войдите.",
        "This login name is taken, or you have an account already. Choose another login name, or sign in.",
    ),
    "invitation.bad_login": Words(
        "Логинді теріңіз: 1-ден 256 таңбаға дейін.",
        "Введите логин: от 1 до 256 знаков.",
        "Type a login name of 1 to 256 letters.",
    ),
}
