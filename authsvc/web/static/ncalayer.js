// NCALayer (WebSocket on this device, JSON): asks it to sign the page's challenge, and sends the answer by the plain form.
// Nothing connects before the button is pressed. Written for Chrome 100 and Firefox 115.
"use strict";

const BASICS = "kz.gov.pki.knca.basics";
const UTILS = "kz.gov.pki.knca.commonUtils";
const GREETING_MS = 10000;
const place = document.getElementById("ncalayer");
const form = document.getElementById("eds");
let open = null;

const say = (code) => {
  document.getElementById("ncalayer-status").textContent = place.dataset[code];
};

// Browsers that know the permission call it by one of these names; the others ask for nothing.
const isDenied = async () => {
  for (const name of ["loopback-network", "local-network-access"]) {
    try {
      return (await navigator.permissions.query({ name })).state === "denied";
    } catch {
      continue;
    }
  }
  return false;
};

const questions = {
  sign: () => ({
    module: BASICS,
    method: "sign",
    args: {
      allowedStorages: null,
      format: "cms",
      data: place.dataset.challenge,
      signingParams: { decode: true, encapsulate: true, digested: false },
      signerParams: { extKeyUsageOids: place.dataset.usage ? [place.dataset.usage] : [] },
      locale: place.dataset.locale,
    },
  }),
  tokens: () => ({ module: UTILS, method: "getActiveTokens" }),
  cades: (storage) => ({
    module: UTILS,
    method: "createCAdESFromBase64",
    args: [storage, place.dataset.usage ? "SIGNATURE" : "", place.dataset.challenge, true],
  }),
};

// What the answer to a question leads to: {ask, with} for the next one, {done} with the signature, or {stop} with a code.
const follow = {
  greeting: () => ({ ask: "sign" }),
  sign: (answer) => {
    // An older NCALayer has no `basics` and answers in the form of its other modules.
    if (typeof answer.status !== "boolean") return { ask: "tokens" };
    if (!answer.status) return { stop: "failed" };
    const found = answer.body && answer.body.result;
    const signed = Array.isArray(found) ? found[0] : found;
    return signed ? { done: signed } : { stop: "cancelled" };
  },
  tokens: (answer) => ({ ask: "cades", with: (answer.code === "200" && answer.responseObject && answer.responseObject[0]) || "PKCS12" }),
  cades: (answer) => {
    if (answer.code === "200") return { done: answer.responseObject };
    return { stop: answer.message === "action.canceled" ? "cancelled" : "failed" };
  },
};

const end = (socket, code) => {
  if (open !== socket) return;
  open = null;
  if (socket) socket.close();
  if (code) say(code);
};

const converse = (socket) => {
  let waitsFor = "greeting";
  let late = 0;
  socket.addEventListener("open", () => {
    late = setTimeout(() => end(socket, "busy"), GREETING_MS);
  });
  socket.addEventListener("message", (event) => {
    clearTimeout(late);
    let next = { stop: "failed" };
    try {
      next = follow[waitsFor](JSON.parse(event.data));
    } catch {
      // no JSON: as failed
    }
    if (next.stop) end(socket, next.stop);
    if (next.done) {
      end(socket, "");
      form.elements.signature.value = next.done;
      form.submit();
    }
    if (next.ask) {
      waitsFor = next.ask;
      say("waiting");
      socket.send(JSON.stringify(questions[next.ask](next.with)));
    }
  });
  socket.addEventListener("close", async () => {
    clearTimeout(late);
    if (open !== socket) return;
    const denied = await isDenied();
    if (late) end(socket, waitsFor === "greeting" ? "busy" : "failed");
    else end(socket, denied ? "denied" : "absent");
  });
};

const begin = async () => {
  if (open) return say("busy");
  for (const each of form.elements) {
    if (each.type !== "file" && !each.reportValidity()) return undefined;
  }
  say("connecting");
  if (await isDenied()) return say("denied");
  if (open) return undefined;
  try {
    open = new WebSocket(place.dataset.url);
  } catch {
    return say("absent");
  }
  return converse(open);
};

if (place) {
  place.querySelector("button").addEventListener("click", begin);
  place.hidden = false;
}
