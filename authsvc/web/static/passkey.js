// Passkeys (W3C Web Authentication Level 3): asks the authenticator, and sends its answer by a plain form.
// Written for Chrome 100 and Firefox 115: no PublicKeyCredential.parseRequestOptionsFromJSON and no toJSON.
"use strict";

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

const base64url = (buffer) => {
  let text = "";
  for (const octet of new Uint8Array(buffer)) text += String.fromCharCode(octet);
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};

const plain = (credential) => {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = base64url(credential.response[name]);
  }
  return JSON.stringify({ id: credential.id, rawId: credential.id, type: credential.type, response });
};

const send = (form, credential) => {
  form.elements.passkey.value = plain(credential);
  form.submit();
};

const tell = (form) => {
  document.getElementById("passkey-status").textContent = form.dataset.failed;
};

const signIn = (form) => {
  const asked = () => ({
    challenge: bytes(form.dataset.challenge),
    rpId: form.dataset.rpId,
    userVerification: "required",
    allowCredentials: [],
  });
  let waiting = new AbortController();
  // Among the names that the browser offers in the field; only one question may be open at a time. Never after a
  // refusal: a browser that answers by itself would come back for ever.
  const offered = async () => {
    const able = PublicKeyCredential.isConditionalMediationAvailable;
    if (form.dataset.refused || !able || !document.getElementById("login") || !(await able.call(PublicKeyCredential))) return;
    try {
      const found = await navigator.credentials.get({
        mediation: "conditional",
        publicKey: asked(),
        signal: waiting.signal,
      });
      if (found) send(form, found);
    } catch (error) {
      if (error.name !== "AbortError" && error.name !== "NotAllowedError") tell(form);
    }
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    waiting.abort();
    waiting = new AbortController();
    try {
      send(form, await navigator.credentials.get({ publicKey: asked(), signal: waiting.signal }));
    } catch {
      tell(form);
    }
  });
  form.hidden = false;
  offered();
};

const enrol = (form) => {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const options = JSON.parse(form.dataset.options);
    options.challenge = bytes(options.challenge);
    options.user.id = bytes(options.user.id);
    for (const known of options.excludeCredentials) known.id = bytes(known.id);
    try {
      send(form, await navigator.credentials.create({ publicKey: options }));
    } catch (error) {
      if (error.name === "InvalidStateError") document.getElementById("passkey-status").textContent = form.dataset.known;
      else tell(form);
    }
  });
  document.getElementById("passkey-needs").hidden = true;
  form.hidden = false;
};

const form = document.getElementById("passkey");
if (form && window.PublicKeyCredential) {
  if (form.dataset.options) enrol(form);
  else signIn(form);
}
