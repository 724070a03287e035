// Entries and their disclosures: the record types, forms of values, strict reading (format, sections 1 to 3).
//
// TABLES stands before this file in the built page: the tables of verify.py, which both verifiers share.

import { fromBase64, sha256, toBase64url, toBytes, toLatin } from "./bytes.js";
import { Newer, Refused, hasMembers, isObject, isText, readJson, writeJson } from "./json.js";
import { readNote, readVkey } from "./note.js";

const { CODES, TYPES, SLOT_FORMS } = TABLES;
const words = (text) => (text ? text.split(" ") : []);
const listOf = (name) => words(CODES[name]);

export const familyOf = (type) => TYPES[type][0];
export const plainOf = (type) => TYPES[type][1];
export const rolesOf = (type) =>
  words(TYPES[type][2])
    .filter((word) => word.startsWith("P("))
    .map((word) => word.slice(2, -1));

const slotNames = new Map();

/** The slots of a type in order. */
export function slotsOf(type) {
  if (!slotNames.has(type)) {
    const expand = (word) => {
      const role = word.startsWith("P(") ? word.slice(2, -1) : "";
      return role ? [`${role}_subject`, `${role}_number`, `${role}_previous`] : [word];
    };
    slotNames.set(type, words(TYPES[type][2]).flatMap(expand));
  }
  return slotNames.get(type);
}

/** The form of a slot's value. */
export function formOfSlot(name) {
  const end = `*_${name.slice(name.lastIndexOf("_") + 1)}`;
  return Object.keys(SLOT_FORMS).find((form) => words(SLOT_FORMS[form]).includes(name) || SLOT_FORMS[form] === end);
}

class Misformed extends Error {}

const need = (holds, reason) => {
  if (!holds) throw new Misformed(reason);
};
const matching = (pattern, reason) => (value) => need(isText(value) && pattern.test(value), reason);
const orNone = (check) => (value) => value === "none" || check(value);
const array = (check) => (value) => {
  need(Array.isArray(value), "not an array");
  value.forEach(check);
};
const object = (members) => (value) => {
  need(hasMembers(value, Object.keys(members)), "not an object of these members");
  for (const [name, check] of Object.entries(members)) check(value[name]);
};
const pair = (first, second) => (value) => {
  need(Array.isArray(value) && value.length === 2, "not an array of two");
  first(value[0]);
  second(value[1]);
};
const integer = (least) => (value) =>
  need(Number.isSafeInteger(value) && value >= least, `not an integer from ${least}`);

const positive = integer(1);
const id = matching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, "not a UUIDv7");
export const DIGEST = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const digest = matching(DIGEST, "not a SHA-256 as base64url");
const digest512 = matching(/^[A-Za-z0-9_-]{85}[AQgw]$/, "not a SHA-512 as base64url");
const code = matching(/^[A-Za-z0-9][A-Za-z0-9_.:/+-]{0,127}$/, "not a code");
const person = matching(/^(?:iin|bin):[0-9]{12}$/, "not iin: or bin: and 12 digits");
const origin = matching(/^[a-z0-9][a-z0-9.:/_-]{0,199}$/, "not an origin");
const length = (value) => [...value].length;
const text = (value) => need(isText(value) && value && length(value) <= 4096, "not a text of at most 4096 characters");
const client = (value) =>
  need(isText(value) && value && length(value) <= 255 && value !== "none", "not a client id");

const listed = (value, name) => {
  if (isText(value) && listOf(name).includes(value)) return;
  code(value);
  throw new Newer("", `the code ${value} is not known here`);
};

const TIME = /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})\.([0-9]{3})Z$/;

/** Milliseconds since the epoch. */
export function readTime(value) {
  need(isText(value) && TIME.test(value) && !value.startsWith("0000"), "not a time with three fraction digits");
  const ms = Date.parse(value);
  need(!Number.isNaN(ms) && new Date(ms).toISOString() === value, "no such day or hour");
  return ms;
}

export const writeTime = (ms) => new Date(ms).toISOString();

const vkey = (value, kinds) => {
  try {
    const key = readVkey(value);
    need(kinds.includes(key.kind), "a verifier key of another kind");
    return key;
  } catch (error) {
    if (error instanceof Refused) throw new Misformed(error.reason);
    throw error;
  }
};

const JUDGES = {
  id,
  time: readTime,
  digest,
  digest_512: digest512,
  text,
  code,
  list: listed,
  methods(value, name) {
    array((each) => listed(each, name))(value);
    need(value.length >= 1 && value.length <= 16, "not 1 to 16 methods");
  },
  client,
  count: integer(0),
  positive,
  subject: person,
  previous: orNone(digest),
  ids: array(id),
  enrolments: array(orNone(id)),
  factor_key: object({ credential_id: text, public_key: text, registration: digest }),
  group: object({
    group: text,
    k: positive,
    n: positive,
    outcome: (value) => value === "" || listed(value, "GROUP_OUTCOMES"),
  }),
  place(value) {
    object({ n: positive, of: positive })(value);
    need(value.n <= value.of, "a place beyond the last");
  },
  approvals: array(object({ person, record: orNone(id), signature: orNone(digest) })),
  material: array(object({ digest, kind: (value) => listed(value, "MATERIAL_KINDS") })),
  codes: array(code),
  export_list: array(pair(id, array(code))),
  export_left_out: array(pair((value) => (typeof value === "number" ? positive(value) : id(value)), code)),
  export_heads: array(pair(positive, digest)),
  origin,
  issuers(value) {
    const families = listOf("FAMILIES");
    need(Array.isArray(value) && value.length === families.length, "not one issuer for each family");
    const keys = value.map((each, at) => {
      need(hasMembers(each, ["family", "vkey"]) && each.family === families[at], "issuers out of order");
      return toLatin(vkey(each.vkey, [1]).key);
    });
    need(new Set(keys).size === families.length, "one key for two families");
  },
  log_keys(value) {
    need(Array.isArray(value), "not an array");
    const keys = value.map((each) => vkey(each, [1, 6]));
    const unlike = new Set(keys.map((key) => key.mark)).size === keys.length;
    need(keys.some((key) => key.kind === 1) && unlike, "no Ed25519 log key, or one key twice");
  },
  receipt_keys(value) {
    array(digest)(value);
    need(value.length <= 16, "more than 16 receipt keys");
  },
  key_value: (value) => (isText(value) && value.includes("+") ? vkey(value, [1, 6]) : digest(value)),
  predecessor(value) {
    const members = { lost_from: positive, lost_to: positive, origin, root: digest, root_512: digest512, size: positive };
    array(object(members))(value);
    need(value.length <= 1, "not an array of none or one");
    need(value.every((each) => each.size <= each.lost_from && each.lost_from <= each.lost_to), "bounds out of order");
  },
};

/** Refused under this name unless the value may stand; Newer for a code that is not known here. */
function judge(name, form, value) {
  const bare = form.replace(/[!?]$/, "");
  try {
    if (value === "") need(bare === form, "may not be empty");
    else if (!(form.endsWith("?") && value === "none")) {
      const [kind, list] = bare.split(":");
      if (list) JUDGES[kind](value, list);
      else JUDGES[kind](value);
    }
  } catch (error) {
    if (error instanceof Newer) throw new Newer(name, error.reason);
    if (error instanceof Misformed) throw new Refused(name, error.message);
    throw error;
  }
}

/** One reading or Refused; Newer for a version or code of a later release. */
export function readEntry(bytes) {
  if (bytes.length > 65535) throw new Refused("entry", "longer than 65535 bytes");
  const note = readNote(bytes);
  const latin = toLatin(note.text);
  const lines = latin.split("\n");
  if (lines[0] !== "authsvc/evidence/v1") {
    if (/^authsvc\/evidence\/v[1-9][0-9]{0,5}$/.test(lines[0])) throw new Newer("entry", "a newer version");
    throw new Refused("entry", "not an entry of an evidence log");
  }
  if (lines.length !== 4 || note.signatures.length !== 1) {
    throw new Refused("entry", "not exactly three lines and one signature");
  }
  const type = lines[1];
  if (!Object.hasOwn(TYPES, type)) throw new Refused("type", "not a record type");
  const signature = note.signatures[0];
  if (!signature.name.endsWith(`/issuer/${familyOf(type)}`) || signature.raw.length !== 64) {
    throw new Refused("signature", `not by an issuer of the family ${familyOf(type)}`);
  }
  const start = lines[0].length + lines[1].length + 2;
  let body;
  try {
    body = readJson(note.text.subarray(start, start + lines[2].length));
  } catch (error) {
    if (error instanceof Refused) throw new Refused("body", error.reason);
    throw error;
  }
  checkBody(type, body);
  const leaf = sha256(Uint8Array.of(0), bytes);
  return { type, id: body.id, time: readTime(body.time), body, signature, text: note.text, leaf };
}

function checkBody(type, body) {
  const plain = plainOf(type);
  const members = ["id", "time", "claims", ...Object.keys(plain)];
  if (!hasMembers(body, members)) {
    const names = isObject(body) ? [...new Set([...members, ...Object.keys(body)])].sort() : ["body"];
    const odd = names.find((name) => !isObject(body) || !members.includes(name) || !Object.hasOwn(body, name));
    throw new Refused(odd, "a member is missing or too many");
  }
  judge("id", "id!", body.id);
  judge("time", "time!", body.time);
  for (const [name, form] of Object.entries(plain)) judge(name, form, body[name]);
  const expected = slotsOf(type).length;
  const claims = body.claims;
  if (!Array.isArray(claims) || claims.length !== expected || new Set(claims.map(String)).size !== expected) {
    throw new Refused("claims", `not ${expected} distinct hashes`);
  }
  claims.forEach((claim) => judge("claims", "digest!", claim));
  if (type === "genesis") checkGenesis(body);
  else if (type === "key") checkKey(body);
  else if (type === "authentication" && body.login === "accepted" && !body.login_acr) {
    throw new Refused("login_acr", "is missing from an accepted login");
  }
}

function checkGenesis(body) {
  if (body.origin.startsWith("test.") !== (body.environment === "test")) {
    throw new Refused("environment", "test origins start with test. and no others do");
  }
  if (body.issuers.some((each) => readVkey(each.vkey).name !== `${body.origin}/issuer/${each.family}`)) {
    throw new Refused("issuers", "a key under another name than its family's in this origin");
  }
  if (body.log_keys.some((each) => readVkey(each).name !== body.origin)) {
    throw new Refused("log_keys", "a log key under another name than the origin");
  }
}

function checkKey(body) {
  const family = body.key_value.split("+")[0].split("/issuer/").pop();
  if (body.key_value.includes("+") === (body.key_use === "receipt")) {
    throw new Refused("key_value", "not the kind of key that key_use names");
  }
  const named = body.key_value.split("+")[0].includes("/issuer/") && listOf("FAMILIES").includes(family);
  if (body.key_use === "issuer" && !named) throw new Refused("key_value", "not the name of an issuer key");
  if ((body.key_reason === "compromise") === (body.key_leaked_at === "")) {
    throw new Refused("key_leaked_at", "stands exactly for a compromise");
  }
}

/** The disclosure of a JSON object. */
export function readDisclosure(value) {
  const fits = hasMembers(value, ["name", "salt", "slot", "value"]);
  if (!fits || !isText(value.name) || !isText(value.salt) || !Number.isSafeInteger(value.slot)) {
    throw new Refused("", "not a disclosure");
  }
  return value;
}

const CLAIM = toBytes("authsvc/claim/v1\0");

/** Refused unless place, name, hash and form agree. */
export function checkDisclosure(entry, opened) {
  if (slotsOf(entry.type)[opened.slot] !== opened.name) throw new Refused(opened.name, "not the name of this slot");
  judge("salt", "digest", opened.salt);
  const claim = sha256(CLAIM, toBytes(writeJson([opened.salt, opened.name, opened.value])));
  if (toBase64url(claim) !== entry.body.claims[opened.slot]) {
    throw new Refused(opened.name, "the value is not the one that the entry commits to");
  }
  judge(opened.name, formOfSlot(opened.name), opened.value);
  const methods = entry.body.method || entry.body.login_method || [];
  if (opened.name === "credential" && opened.value.length !== methods.length) {
    throw new Refused(opened.name, "not one enrolment (or none) for each method");
  }
}

/** Whether the disclosure holds. */
export function opens(entry, opened) {
  try {
    checkDisclosure(entry, opened);
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}
