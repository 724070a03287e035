// On a request's page, in a browser that is a device of this person: the field for the number, and the signed answer.
import { answer, load, open } from "./device.js";

const form = document.getElementById("push");
const device = await load().catch(() => undefined);
const request = device && (await open(device, form.dataset.request).catch(() => undefined));
const text = request && request.texts.find((each) => each.locale === form.dataset.locale);
if (text && request.digits && text.digest === form.dataset.shown) {
  document.getElementById("elsewhere").hidden = true;
  form.elements.number.pattern = `[0-9 ]{${request.digits},}`;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const number = form.elements.number.value.replace(/\D/g, "");
    try {
      await answer(device, request, { answer: "yes", number, locale: text.locale, shown: text.text });
    } catch (refused) {
      if (!["tries_exhausted", "already_decided", "expired"].includes(refused.code)) {
        document.getElementById("push-status").textContent = form.dataset.failed;
        return;
      }
    }
    location.reload();
  });
  form.hidden = false;
}
