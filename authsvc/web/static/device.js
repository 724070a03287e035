// The reference client of the device protocol (docs/devices.md): a P-256 key that can't leave the browser, canonical
// messages, DPoP proofs (RFC 9449). It speaks to the service by the published protocol alone.
const encoder = new TextEncoder();
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const SIGN = { name: "ECDSA", hash: "SHA-256" };

export const base64url = (buffer) => {
  let text = "";
  for (const octet of new Uint8Array(buffer)) text += String.fromCharCode(octet);
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};

export const digest = async (...parts) => {
  const bytes = parts.map((part) => (typeof part === "string" ? encoder.encode(part) : part));
  const whole = new Uint8Array(bytes.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of bytes) {
    whole.set(part, at);
    at += part.length;
  }
  return base64url(await crypto.subtle.digest("SHA-256", whole));
};

// RFC 8785 for what is signed here: objects of texts, whole numbers and such objects.
export const canonical = (value) => {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
};

const store = () =>
  new Promise((resolve, reject) => {
    const opening = indexedDB.open("authsvc-device", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("device");
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });

const transact = async (mode, act) => {
  const database = await store();
  try {
    return await new Promise((resolve, reject) => {
      const asked = act(database.transaction("device", mode).objectStore("device"));
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
  } finally {
    database.close();
  }
};

export const load = () => transact("readonly", (kept) => kept.get("own"));
const save = (device) => transact("readwrite", (kept) => kept.put(device, "own"));
export const forget = () => transact("readwrite", (kept) => kept.delete("own"));

const sign = async (keys, domain, message) =>
  base64url(await crypto.subtle.sign(SIGN, keys.privateKey, encoder.encode(`${domain}\0${message}`)));

const signed = async (keys, domain, value) => {
  const message = canonical(value);
  return { message, signature: await sign(keys, domain, message) };
};

const publicKey = async (keys) => {
  const { crv, kty, x, y } = await crypto.subtle.exportKey("jwk", keys.publicKey);
  return { crv, kty, x, y };
};

const proof = async (device, method, path, token) => {
  const header = { alg: "ES256", jwk: await publicKey(device.keys), typ: "dpop+jwt" };
  const claims = {
    htm: method,
    htu: device.service + path,
    iat: Math.floor(Date.now() / 1000),
    jti: crypto.randomUUID(),
  };
  if (device.nonce) claims.nonce = device.nonce;
  if (token) claims.ath = await digest(token);
  const [head, body] = [header, claims].map((part) => base64url(encoder.encode(JSON.stringify(part))));
  const signature = await crypto.subtle.sign(SIGN, device.keys.privateKey, encoder.encode(`${head}.${body}`));
  return `${head}.${body}.${base64url(signature)}`;
};

export class Refused extends Error {
  constructor(problem, status) {
    super(problem.detail || problem.code || String(status));
    this.code = problem.code;
    this.status = status;
  }
}

// A clock that goes wrong is helped by the service's nonce, which comes with the refusal of a proof (RFC 9449, 8).
const exchange = async (device, method, path, body, token, again = false) => {
  const headers = {};
  if (body) headers["content-type"] = "application/json";
  if (device) headers.dpop = await proof(device, method, path, token);
  if (token) headers.authorization = `DPoP ${token}`;
  const response = await fetch(path, { method, headers, body: body && JSON.stringify(body), credentials: "omit" });
  const offered = response.headers.get("dpop-nonce");
  if (device && offered && !again) {
    device.nonce = offered;
    if (response.status === 401) return exchange(device, method, path, body, token, true);
  }
  const said = response.status === 204 ? {} : await response.json();
  if (!response.ok) throw new Refused(said, response.status);
  return said;
};

const nonce = async () => (await exchange(null, "POST", "/v1/devices/nonce")).nonce;

export const enrol = async ({ activation, service, version, name }) => {
  const keys = await crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);
  const value = {
    activation,
    app: { name: "Web", publisher: "service", version },
    key: await publicKey(keys),
    name,
    nonce: await nonce(),
  };
  const made = await exchange(null, "POST", "/v1/devices", await signed(keys, "authsvc/device-enrolment/v1", value));
  await save({ id: made.device, keys, service, counter: 0, token: "", until: 0 });
};

const session = async (device) => {
  if (device.token && device.until > Date.now()) return device.token;
  const value = { device: device.id, nonce: await nonce(), service: device.service };
  const message = await signed(device.keys, "authsvc/device-session/v1", value);
  const opened = await exchange(device, "POST", "/v1/devices/session", message);
  device.token = opened.access_token;
  device.until = Date.now() + (opened.expires_in - 60) * 1000;
  await save(device);
  return device.token;
};

const call = async (device, method, path, body) => {
  try {
    return await exchange(device, method, path, body, await session(device));
  } catch (refused) {
    if (refused.status !== 401) throw refused;
    device.token = "";
    return exchange(device, method, path, body, await session(device));
  }
};

export const waiting = async (device) => (await call(device, "GET", "/v1/devices/requests")).requests;

export const open = (device, id) => call(device, "GET", `/v1/devices/requests/${id}`);

// `shown` is the text that the person saw: what is signed are its digest and that of the statement's own bytes.
export const answer = async (device, request, { answer: said, number, locale, shown }) => {
  device.counter = Math.max(device.counter + 1, Date.now());
  await save(device);
  const value = {
    answer: said,
    counter: device.counter,
    device: device.id,
    locale,
    number,
    request: request.id,
    shown: await digest(shown),
    statement: await digest("authsvc/confirmation/v1\0", request.statement),
    time: new Date().toISOString(),
  };
  const message = await signed(device.keys, "authsvc/device-answer/v1", value);
  return call(device, "POST", `/v1/devices/requests/${request.id}/answer`, message);
};
