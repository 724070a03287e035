// JSON read strictly (RFC 8259, no member twice), and the canonical form of the evidence format (RFC 8785, restricted).

import { same, toBytes, toText } from "./bytes.js";

/** Something breaks the format. `member` is its place in a record, where there is one. */
export class Refused extends Error {
  constructor(member, reason) {
    super(reason);
    this.member = member;
    this.reason = reason;
  }
}

/** A version or code that is not known here: the reader is too old, the record is no worse. */
export class Newer extends Refused {}

/** These bytes are no court package at all. */
export class NotAPackage extends Error {}

export const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
export const isText = (value) => typeof value === "string";
export const hasMembers = (value, names) =>
  isObject(value) && Object.keys(value).length === names.length && names.every((name) => Object.hasOwn(value, name));

const TOKEN = /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)|(true|false|null))/y;

/** The value of a JSON text; Refused beyond these bounds, and for a member twice. Objects have no prototype. */
export function parseJson(text, deepest, most) {
  let at = 0;
  let count = 0;
  const fail = () => {
    throw new Refused("", "not JSON of this format");
  };
  const next = () => {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text) || fail();
    at = TOKEN.lastIndex;
    return found;
  };
  const peek = () => {
    const before = at;
    const found = next();
    at = before;
    return found;
  };
  const list = (end, read) => {
    if (peek()[1] === end) return next();
    for (;;) {
      read();
      const mark = next()[1];
      if (mark === end) return null;
      if (mark !== "," || ++count >= most) fail();
    }
  };
  const value = (depth) => {
    const [, mark, string, number, word] = next();
    if (string !== undefined) return JSON.parse(string);
    if (number !== undefined) return Number(number);
    if (word !== undefined) return JSON.parse(word);
    if (depth === 0 || (mark !== "[" && mark !== "{")) fail();
    if (mark === "[") {
      const elements = [];
      list("]", () => elements.push(value(depth - 1)));
      return elements;
    }
    const members = Object.create(null);
    list("}", () => {
      const name = next()[2];
      if (name === undefined || next()[1] !== ":") fail();
      if (JSON.parse(name) in members) fail();
      members[JSON.parse(name)] = value(depth - 1);
    });
    return members;
  };
  const found = value(deepest);
  if (/[^ \t\n\r]/.test(text.slice(at))) fail();
  return found;
}

/** JCS of a value that has passed checkJson. */
export function writeJson(value) {
  if (Array.isArray(value)) return "[" + value.map(writeJson).join(",") + "]";
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return "{" + members.map((name) => JSON.stringify(name) + ":" + writeJson(value[name])).join(",") + "}";
}

const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?:[^\ud800-\udbff]|^)[\udc00-\udfff]/;

function checkJson(value) {
  if (Array.isArray(value)) value.forEach(checkJson);
  else if (isObject(value)) {
    for (const name of Object.keys(value)) {
      if (!/^[a-z0-9_]+$/.test(name)) throw new Refused("", "a member name outside [a-z0-9_]+");
      checkJson(value[name]);
    }
  } else if (!(typeof value === "boolean" || Number.isSafeInteger(value) || (isText(value) && !LONE.test(value)))) {
    throw new Refused("", "null, a float, an integer of 2^53 or more, or a lone surrogate");
  }
}

/** The value of canonical JSON: parsed, written again, equal; else Refused. */
export function readJson(bytes, longest = 65535, most = 4096) {
  if (bytes.length > longest) throw new Refused("", "too long");
  let text;
  try {
    text = toText(bytes);
  } catch (error) {
    throw new Refused("", "not UTF-8");
  }
  const value = parseJson(text, 8, most);
  checkJson(value);
  if (!same(toBytes(writeJson(value)), bytes)) throw new Refused("", "not in canonical form");
  return value;
}
