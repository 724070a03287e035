// A relying party's confirmations, for Node.js 18 or newer and no packages: open one, follow it, get its receipt
// verified. The formats are those of docs/statement.md; what is trusted comes from trust.json alone.
import { createHash, createPublicKey, randomUUID, verify } from "node:crypto";

const PATIENCE_S = 30;
const sha256 = (...parts) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const digest = (domain, text) => sha256(`${domain}\0`, text).toString("base64url");

export const canonical = (value) => {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
};

const demand = (held, words) => {
  if (!held) throw new Error(words);
};

// The lines of a signed note, if the Ed25519 key of this vkey signed it (C2SP signed-note).
const openNote = (note, vkey) => {
  const [name, id, ...rest] = vkey.split("+");
  const key = Buffer.from(rest.join("+"), "base64").subarray(1);
  const cut = note.lastIndexOf("\n\n");
  const text = note.slice(0, cut);
  for (const line of note.slice(cut + 2).split("\n")) {
    const [, signer, raw] = line.split(" ");
    const signature = Buffer.from(raw || "", "base64");
    if (signer !== name || signature.subarray(0, 4).toString("hex") !== id) continue;
    const jwk = { kty: "OKP", crv: "Ed25519", x: key.toString("base64url") };
    const held = verify(null, `${text}\n`, createPublicKey({ key: jwk, format: "jwk" }), signature.subarray(4));
    demand(held, `the signature of ${name} does not hold`);
    return text.split("\n");
  }
  throw new Error(`not signed by ${name}`);
};

// The root to which an inclusion proof leads (RFC 9162, section 2.1.3.2).
const rootOf = (entry, index, size, path) => {
  let found = sha256("\0", entry);
  let [node, last] = [index, size - 1];
  for (const hashed of path) {
    demand(last > 0, "the proof does not fit the tree");
    if (node % 2 === 1 || node === last) {
      found = sha256("\x01", hashed, found);
      while (node % 2 === 0 && node > 0) [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
    } else found = sha256("\x01", found, hashed);
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  demand(last === 0 && index >= 0 && index < size, "the proof does not fit the tree");
  return found;
};

const thumbprint = ({ x, y }) => sha256(canonical({ crv: "P-256", kty: "EC", x, y })).toString("base64url");

// The receipt's payload, if it proves this outcome of this statement to this relying party; an Error otherwise.
// `trust` is trust.json as text, `genesis` the log's first entry, `jwks` its receipt keys.
export const checkReceipt = (receipt, { trust, genesis, jwks, clientId, outcome, statement }) => {
  const trusted = JSON.parse(trust);
  demand(sha256(genesis).toString("hex") === trusted.genesis, "another log than the one that is trusted");
  const first = JSON.parse(genesis.split("\n")[2]);
  const [head, body, signature] = receipt.split(".");
  const header = JSON.parse(Buffer.from(head, "base64url"));
  demand(header.typ === "confirmation-receipt+jwt" && header.alg === "ES256", "not a confirmation receipt");
  const jwk = jwks.keys.find((each) => thumbprint(each) === header.kid);
  demand(jwk && first.receipt_keys.includes(header.kid), "not a receipt key of this log");
  const key = createPublicKey({ key: { kty: "EC", crv: "P-256", x: jwk.x, y: jwk.y }, format: "jwk" });
  const raw = Buffer.from(signature, "base64url");
  demand(verify("sha256", `${head}.${body}`, { key, dsaEncoding: "ieee-p1363" }, raw), "the receipt was altered");

  const said = JSON.parse(Buffer.from(body, "base64url"));
  demand(said.aud === clientId, "made for another relying party");
  const issuer = first.issuers.find((each) => each.family === "confirmation").vkey;
  const [version, kind, line] = openNote(said.entry, issuer);
  demand(version === "authsvc/evidence/v1" && kind === "confirmation", "not a record of a confirmation");
  const record = JSON.parse(line);
  demand(record.outcome === outcome && said.outcome === outcome, "another outcome");
  demand(record.statement === digest("authsvc/confirmation/v1", canonical(said.statement)), "another statement");
  demand(canonical(said.statement) === canonical(statement), "not the statement that was asked");
  for (const { name, salt, slot, value } of said.disclosures) {
    const claim = digest("authsvc/claim/v1", canonical([salt, name, value]));
    demand(claim === record.claims[slot], `${name} is not what was recorded`);
  }
  demand(said.disclosures.some((each) => each.name === "rp" && each.value === clientId), "another relying party");

  const cut = said.proof.indexOf("\n\n");
  const [, index, ...path] = said.proof.slice(0, cut).split("\n");
  const [origin, size, root] = openNote(said.proof.slice(cut + 2), trusted.log_keys.keys[0].vkey);
  const hashes = path.map((each) => Buffer.from(each, "base64"));
  const found = rootOf(said.entry, Number(index.slice("index ".length)), Number(size), hashes);
  demand(origin === trusted.origin && found.toString("base64") === root, "the log does not hold this record");
  return said;
};

export class Refused extends Error {
  constructor(status, said) {
    super(`${status} ${said.code || said.error}: ${said.detail || said.error_description || ""}`);
    this.status = status;
    this.code = said.code || said.error;
  }
}

export class Client {
  // `trust`: trust.json as text, as the operator publishes it.
  constructor({ issuer, clientId, clientSecret, trust }) {
    Object.assign(this, { issuer, clientId, clientSecret, trust });
    this.token = { value: "", until: 0 };
  }

  async #ask(path, options) {
    const response = await fetch(this.issuer + path, options);
    const said = await response.json().catch(() => ({}));
    if (!response.ok) throw new Refused(response.status, said);
    return said;
  }

  async #accessToken() {
    if (Date.now() < this.token.until) return this.token.value;
    const pair = [this.clientId, this.clientSecret].map(encodeURIComponent).join(":");
    const said = await this.#ask("/oauth/token", {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from(pair).toString("base64")}` },
      body: new URLSearchParams({ grant_type: "client_credentials", scope: "confirmations" }),
    });
    this.token = { value: said.access_token, until: Date.now() + (said.expires_in - 30) * 1000 };
    return this.token.value;
  }

  async #call(method, path, { body, headers = {} } = {}) {
    const sent = { ...headers, authorization: `Bearer ${await this.#accessToken()}` };
    if (body) sent["content-type"] = "application/json";
    return this.#ask(path, { method, headers: sent, body: body && JSON.stringify(body) });
  }

  // Ask a person to confirm: {subject, act, fields, text, methods, lifetime}. Send them to `page`; where `method` is
  // push, show them `confirmation_number`.
  async open(asked, key = randomUUID()) {
    const opened = await this.#call("POST", "/v1/confirmations", { body: asked, headers: { "idempotency-key": key } });
    for (const name of ["subject", "act", "fields", "text"]) {
      const same = canonical(opened.statement[name]) === canonical(asked[name] ?? (name === "fields" ? [] : {}));
      demand(same, "the service put another statement to the person than the one that was asked");
    }
    return opened;
  }

  // Wait for the outcome, however long it takes: {outcome, reason, record, receipt, proven}.
  async follow(opened) {
    let said = {};
    while (!said.outcome) {
      said = await this.#call("GET", `/v1/confirmations/${opened.id}`, { headers: { prefer: `wait=${PATIENCE_S}` } });
    }
    const [genesis, jwks] = await Promise.all([
      fetch(`${this.issuer}/log/genesis`).then((response) => response.text()),
      fetch(`${this.issuer}/log/receipt-keys`).then((response) => response.json()),
    ]);
    const { trust, clientId } = this;
    const { outcome, receipt } = said;
    const proven = checkReceipt(receipt, { trust, genesis, jwks, clientId, outcome, statement: opened.statement });
    return { ...said, proven };
  }
}
