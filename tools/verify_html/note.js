// Notes, keys, checkpoints, proofs, policies: C2SP signed-note, tlog-checkpoint, -cosignature, -proof, -policy.

import { fromBase64, sha256, same, toBytes, toHex, toLatin, toText } from "./bytes.js";
import { isGoodKey, verifyEd25519 } from "./ed25519.js";
import { Refused, isText } from "./json.js";

const ED25519 = 1;
const COSIGNATURE = 4;
const ML_DSA_44 = 6;
const KEY_SIZES = { 1: 32, 4: 32, 6: 1312 };
const MAX_SIZE = 2n ** 63n - 1n;
const UNNAMED = /[+\x00-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

const isKeyName = (name) => name !== "" && !UNNAMED.test(name);
const number64 = (bytes) => bytes.subarray(0, 8).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

/** A public key under its name. Two keys are the same when their `mark` is. */
export class Key {
  constructor(name, kind, key) {
    this.name = name;
    this.kind = kind;
    this.key = key;
    this.id = toHex(sha256(toBytes(name), Uint8Array.of(10, kind), key).subarray(0, 4));
    this.mark = `${name}\n${kind}\n${toHex(key)}`;
  }

  say() {
    return `${this.kind === ML_DSA_44 ? "ML-DSA-44" : "Ed25519"} ${this.id}`;
  }

  /** Whether `raw` signs the note text; null where this page can't check it (ML-DSA-44). */
  verify(text, raw) {
    if (this.kind === ED25519) return verifyEd25519(this.key, text, raw);
    const time = number64(raw);
    if (raw.length < 8 || time > MAX_SIZE) return false;
    if (this.kind === COSIGNATURE) {
      const head = toBytes(`cosignature/v1\ntime ${time}\n`);
      const message = new Uint8Array(head.length + text.length);
      message.set(head);
      message.set(text, head.length);
      return verifyEd25519(this.key, message, raw.subarray(8));
    }
    try {
      const origin = readCheckpoint(text).origin;
      const short = [this.name, origin].every((name) => toBytes(name).length <= 255);
      return raw.length === 2428 && short ? null : false;
    } catch (error) {
      if (error instanceof Refused) return false;
      throw error;
    }
  }
}

const keys = new Map();

/** The key of `NAME+ID+KEY`; Refused for a weak key too. */
export function readVkey(text) {
  if (keys.has(text)) return keys.get(text);
  const match = isText(text) && /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text);
  const data = match ? fromBase64(match[3]) : new Uint8Array();
  if (!match || !data.length || !isKeyName(match[1])) throw new Refused("", "not a verifier key");
  const key = new Key(match[1], data[0], data.subarray(1));
  if (key.key.length !== KEY_SIZES[key.kind] || key.id !== match[2]) {
    throw new Refused("", "a verifier key of another kind, size or id");
  }
  if (key.kind !== ML_DSA_44 && !isGoodKey(key.key)) {
    throw new Refused("", "an Ed25519 key of small order, not canonical, or not on the curve");
  }
  keys.set(text, key);
  return key;
}

/** The text with its last newline, and the signature lines; no key is looked at. */
export function readNote(bytes) {
  const latin = bytes.length <= 1000000 ? toLatin(bytes) : "";
  const split = latin.lastIndexOf("\n\n");
  if (/[\x00-\x09\x0b-\x1f]/.test(latin) || split < 0 || !latin.endsWith("\n")) {
    throw new Refused("entry", "not a signed note");
  }
  let lines;
  try {
    toText(bytes);
    lines = toText(bytes.subarray(split + 2, bytes.length - 1)).split("\n");
  } catch (error) {
    throw new Refused("entry", "not UTF-8");
  }
  if (lines.length > 100) throw new Refused("entry", "more than 100 signatures");
  const signatures = lines.map((line) => {
    const [dash, name, encoded, ...rest] = line.split(" ");
    const raw = rest.length || encoded === undefined ? new Uint8Array() : fromBase64(encoded);
    if (dash !== "—" || !isKeyName(name) || raw.length < 5) throw new Refused("entry", "not a signature line");
    return { name, id: toHex(raw.subarray(0, 4)), raw: raw.subarray(4) };
  });
  return { text: bytes.subarray(0, split + 1), signatures };
}

/** Who of these keys signed. A line of an unknown key is ignored, a bad line of a known one refuses the note. */
export function openNote(bytes, known) {
  const { text, signatures } = readNote(bytes);
  const found = new Map();
  for (const each of signatures) {
    const key = known.find((one) => one.name === each.name && one.id === each.id);
    if (key === undefined) continue;
    const holds = key.verify(text, each.raw);
    if (holds === false) throw new Refused("", `the signature of ${key.name} does not verify`);
    const time = key.kind === ED25519 ? null : number64(each.raw);
    if (!found.has(key.mark)) found.set(key.mark, { key, time, checked: holds === true });
  }
  return [...found.values()];
}

const EMPTY = sha256(new Uint8Array());

/** The tree head of a note's text. */
export function readCheckpoint(bytes) {
  const fail = () => {
    throw new Refused("", "not the lines of a checkpoint");
  };
  let text = "";
  try {
    text = toText(bytes);
  } catch (error) {
    fail();
  }
  const lines = text.split("\n");
  if (lines.length < 4 || lines.pop() || lines.includes("") || /[\x00-\x09\x0b-\x1f]/.test(text)) fail();
  const root = fromBase64(lines[2]);
  if (!/^(?:0|[1-9][0-9]{0,18})$/.test(lines[1]) || BigInt(lines[1]) > MAX_SIZE || root.length !== 32) fail();
  const size = BigInt(lines[1]);
  if (size === 0n && !same(root, EMPTY)) fail();
  return { origin: lines[0], size, root };
}

/** Index, hashes from the leaf's sibling upwards, checkpoint; `extra` is covered by nothing. */
export function readProof(bytes) {
  const fail = () => {
    throw new Refused("", "not a proof");
  };
  const latin = bytes.length <= 2000000 ? toLatin(bytes) : "";
  const gap = latin.indexOf("\n\n");
  const checkpoint = bytes.subarray(gap + 2);
  const lines = latin.slice(0, Math.max(gap, 0)).split("\n");
  if (gap < 0 || !/[^\n]/.test(latin.slice(gap + 2)) || lines.shift() !== "c2sp.org/tlog-proof@v1") fail();
  let extra = new Uint8Array();
  if (lines.length && lines[0].startsWith("extra ")) {
    extra = fromBase64(lines.shift().slice(6));
    if (!extra.length || extra.length > 65536) fail();
  }
  const match = /^index (0|[1-9][0-9]{0,18})$/.exec(lines.shift() || "");
  const path = lines.map(fromBase64);
  if (!match || path.length > 63 || path.some((each) => each.length !== 32)) fail();
  return { index: BigInt(match[1]), path, checkpoint, extra };
}

/** RFC 9162, 2.1.3.2. */
export function isIncluded(index, size, leaf, path, root, hash = sha256) {
  if (!(index >= 0n && index < size && size <= MAX_SIZE)) return false;
  const one = Uint8Array.of(1);
  let [node, last, found] = [index, size - 1n, leaf];
  for (const sibling of path) {
    if (last === 0n) return false;
    if (node & 1n || node === last) {
      found = hash(one, sibling, found);
      while (!(node & 1n) && node) [node, last] = [node >> 1n, last >> 1n];
    } else {
      found = hash(one, found, sibling);
    }
    [node, last] = [node >> 1n, last >> 1n];
  }
  return last === 0n && same(found, root);
}

/** A tlog-policy: witnesses and groups by name, and the name that makes the quorum. */
export function readPolicy(bytes) {
  const latin = toLatin(bytes);
  const fail = () => {
    throw new Refused("", "not a policy");
  };
  if (bytes.length > 262144 || /[\x00-\x08\x0b-\x1f\x7f]/.test(latin) || (latin && !latin.endsWith("\n"))) fail();
  const policy = { witnesses: new Map(), groups: new Map(), quorum: "" };
  const logs = [];
  const members = new Set();
  const isTaken = (name) => name === "none" || policy.witnesses.has(name) || policy.groups.has(name);
  const isNew = (name) => !isTaken(name) && policy.witnesses.size + policy.groups.size < 256;
  const readKey = (text, kinds, others) => {
    const key = readVkey(toText(Uint8Array.from(text, (each) => each.charCodeAt(0))));
    if (!kinds.includes(key.kind) || others.some((other) => same(other.key, key.key))) fail();
    return key;
  };
  for (const line of latin.split("\n")) {
    const words = line.replace(/^[ \t]+|[ \t]+$/g, "").split(/[ \t]+/);
    const [what, name] = words;
    if (what === "" || what.startsWith("#")) continue;
    if (what === "log" && (words.length === 2 || words.length === 3)) {
      logs.push(readKey(name, [ED25519, ML_DSA_44], logs));
    } else if (what === "witness" && (words.length === 3 || words.length === 4) && isNew(name)) {
      policy.witnesses.set(name, readKey(words[2], [COSIGNATURE, ML_DSA_44], [...policy.witnesses.values()]));
    } else if (what === "group" && words.length >= 4 && isNew(name)) {
      const names = words.slice(3);
      for (const each of names) {
        if (each === "none" || !isTaken(each) || members.has(each)) fail();
        members.add(each);
      }
      if (!/^(?:all|any|[1-9][0-9]{0,3})$/.test(words[2])) fail();
      const k = { all: names.length, any: 1 }[words[2]] || Number(words[2]);
      if (k > names.length) fail();
      policy.groups.set(name, { k, names });
    } else if (what === "quorum" && words.length === 2 && !policy.quorum && isTaken(name)) {
      policy.quorum = name;
    } else fail();
  }
  if (!policy.quorum) fail();
  return policy;
}

/** Whether these witnesses (a set of marks) make the quorum. */
export function isMet(policy, marks) {
  const met = new Map([["none", true]]);
  for (const [name, key] of policy.witnesses) met.set(name, marks.has(key.mark));
  for (const [name, { k, names }] of policy.groups) met.set(name, names.filter((each) => met.get(each)).length >= k);
  return met.get(policy.quorum);
}

/** The marks of the witness keys under this name. */
export function keysBelow(policy, name) {
  if (policy.witnesses.has(name)) return [policy.witnesses.get(name).mark];
  const group = policy.groups.get(name);
  return group ? group.names.flatMap((each) => keysBelow(policy, each)) : [];
}
