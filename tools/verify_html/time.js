// Time stamps: that a tree extends another (RFC 9162, 2.1.4.2), and what an RFC 3161 token says of text and moment.
//
// Whether a token is genuine is not looked at here: signatures and certificates of its authority need the command line.

import { same, sha256, sha512, toHex, toLatin } from "./bytes.js";
import { Refused } from "./json.js";

/** Whether the proof shows that the tree of `size` leaves extends the tree of `old`. */
export function isExtended(old, size, oldRoot, root, proof) {
  if (!(old > 0n && old <= size)) return false;
  if (old === size) return proof.length === 0 && same(oldRoot, root);
  const path = old & (old - 1n) ? [...proof] : [oldRoot, ...proof];
  if (!path.length) return false;
  const one = Uint8Array.of(1);
  let [node, last] = [old - 1n, size - 1n];
  while (node & 1n) [node, last] = [node >> 1n, last >> 1n];
  let [first, second] = [path[0], path[0]];
  for (const sibling of path.slice(1)) {
    if (last === 0n) return false;
    if (node & 1n || node === last) {
      [first, second] = [sha256(one, sibling, first), sha256(one, sibling, second)];
      while (!(node & 1n) && node) [node, last] = [node >> 1n, last >> 1n];
    } else second = sha256(one, second, sibling);
    [node, last] = [node >> 1n, last >> 1n];
  }
  return last === 0n && same(first, oldRoot) && same(second, root);
}

const fail = () => {
  throw new Refused("token", "not a token");
};

/** The elements of these bytes (ITU-T X.690, definite lengths). */
function readDer(bytes) {
  const found = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + 2 > bytes.length) fail();
    const tag = bytes[at];
    let length = bytes[at + 1];
    at += 2;
    if (length & 0x80) {
      const octets = length & 0x7f;
      if (octets < 1 || octets > 4 || at + octets > bytes.length) fail();
      length = bytes.subarray(at, at + octets).reduce((sum, byte) => sum * 256 + byte, 0);
      at += octets;
    }
    if (at + length > bytes.length) fail();
    found.push({ tag, value: bytes.subarray(at, at + length) });
    at += length;
  }
  return found;
}

/** The element at each place in turn, from the outside inwards. */
const within = (bytes, ...places) =>
  places.reduce((value, place) => (readDer(value)[place] || fail()).value, bytes);

const HASHES = { "608648016503040201": sha256, "608648016503040203": sha512 };

/** Milliseconds since the epoch of YYYYMMDDhhmmss. */
function readDigits(text) {
  const [, year, month, day, hour, minute, second] =
    (/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text) || fail()).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/**
 * The first and the last moment (ms) that a token over this text may mean. Refused when it is no token or over another
 * text; an imprint by a hash that is not known here (GOST) is left to the command line.
 */
export function readToken(token, text) {
  const info = readDer(within(token, 0, 1, 0, 2, 1, 0, 0));
  if (info.length < 5) fail();
  const imprint = readDer(info[2].value);
  if (imprint.length < 2) fail();
  const hash = HASHES[toHex(within(imprint[0].value, 0))];
  if (text && hash && !same(hash(text), imprint[1].value)) throw new Refused("imprint", "over another text");
  const [, whole, fraction = ""] = /^(\d{14})(?:\.(\d+))?Z$/.exec(toLatin(info[4].value)) || fail();
  const moment = readDigits(whole) + Number(fraction.slice(0, 3).padEnd(3, "0"));
  let unsure = Math.max(Math.floor(1000 / 10 ** fraction.length), 1); // nobody knows whether it is rounded or cut
  for (const { tag, value } of info.length > 5 && info[5].tag === 0x30 ? readDer(info[5].value) : []) {
    if (value.length > 5) fail();
    const number = value.reduce((sum, byte) => sum * 256 + byte, 0);
    unsure += { 0x02: number * 1000, 0x80: number, 0x81: 1 }[tag] || 0;
  }
  return { earliest: moment - unsure, latest: moment + unsure };
}

/** Issuer and serial number of the certificate that has signed a token (RFC 5652, 5.3). */
export function readSigner(token) {
  const signers = readDer(within(token, 0, 1, 0)).pop().value;
  const [issuer, serial] = readDer(within(signers, 0, 1));
  return serial ? `${toHex(issuer.value)} ${toHex(serial.value)}` : fail();
}

/** Name (issuer and serial number) and end (ms) of each certificate inside a token (RFC 5652, 5.1). */
export const readInside = (token) =>
  readDer(within(token, 0, 1, 0)).flatMap(({ tag, value }) => (tag === 0xa0 ? readCertificates(value) : []));

/** The same of certificates that stand one behind the other; from what is none on, nothing (RFC 5280, 4.1). */
export function readCertificates(bytes) {
  const found = [];
  try {
    for (const { value } of readDer(bytes)) {
      const [serial, , issuer, validity] = readDer(within(value, 0)).filter(({ tag }) => tag !== 0xa0);
      const { tag, value: time } = readDer(validity.value)[1] || fail();
      const text = toLatin(time).replace(/Z$/, "");
      const end = readDigits(tag === 0x17 ? (text < "50" ? "20" : "19") + text : text); // UTCTime: years from 1950
      found.push({ name: `${toHex(issuer.value)} ${toHex(serial.value)}`, end });
    }
  } catch (error) {
    if (!(error instanceof Refused) && !(error instanceof TypeError)) throw error;
  }
  return found;
}
