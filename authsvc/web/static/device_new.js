// Makes this browser a device of the person who is signed in.
import { enrol } from "./device.js";

const form = document.getElementById("device");
if (window.indexedDB && window.crypto && crypto.subtle) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { activation, service, version } = form.dataset;
    try {
      await enrol({ activation, service, version, name: form.elements.name.value });
      location.assign("/account/devices");
    } catch {
      document.getElementById("device-status").textContent = form.dataset.failed;
    }
  });
  document.getElementById("device-needs").hidden = true;
  form.hidden = false;
}
