// Bytes and texts: UTF-8, base64, hexadecimal, CRC-32, SHA-256 and SHA-512 (FIPS 180-4).
//
// The digests are computed here, so that the page gives the same answer in every browser and from file://, where
// crypto.subtle may be absent. Large files are hashed by crypto.subtle where it is there (see hashFiles in package.js).

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The text of UTF-8 bytes; throws where they are none. */
export const toText = (bytes) => decoder.decode(bytes);
/** The UTF-8 bytes of a text without lone surrogates. */
export const toBytes = (text) => encoder.encode(text);
/** One byte for each character, for patterns over bytes. */
export function toLatin(bytes) {
  const parts = [];
  for (let at = 0; at < bytes.length; at += 8192) {
    parts.push(String.fromCharCode.apply(null, bytes.subarray(at, at + 8192)));
  }
  return parts.join("");
}

export const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export const fromHex = (text) => Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));

export function join(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export const same = (one, two) => one.length === two.length && one.every((byte, at) => byte === two[at]);

export const fromBase64 = (text) => {
  // The bytes of canonical base64; empty when it is none.
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return new Uint8Array();
  let raw;
  try {
    raw = atob(text);
  } catch (error) {
    return new Uint8Array();
  }
  return btoa(raw) === text ? Uint8Array.from(raw, (each) => each.charCodeAt(0)) : new Uint8Array();
};

export const toBase64url = (bytes) =>
  btoa(toLatin(bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

/** The bytes of base64url, canonical or not, padded or not; empty when it is none. */
export function fromBase64url(text) {
  const plain = text.replace(/=+$/, "").replace(/-/g, "+").replace(/_/g, "/");
  try {
    return Uint8Array.from(atob(plain + "=".repeat((4 - (plain.length % 4)) % 4)), (each) => each.charCodeAt(0));
  } catch (error) {
    return new Uint8Array();
  }
}

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

export function crc32(bytes) {
  let value = 0xffffffff;
  for (let at = 0; at < bytes.length; at++) value = CRC[(value ^ bytes[at]) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

// The constants are the first bits of the fractional parts of roots of the first primes; they are computed, not typed.
const PRIMES = [];
for (let n = 2; PRIMES.length < 80; n++) if (PRIMES.every((prime) => n % prime)) PRIMES.push(n);

function fraction(prime, root) {
  // 64 bits behind the point of the square (2) or cube (3) root, by Newton's method on integers.
  const wanted = BigInt(prime) << BigInt(64 * root);
  let low = 0n;
  let high = 1n << 72n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** BigInt(root) <= wanted) low = middle;
    else high = middle;
  }
  return low & 0xffffffffffffffffn;
}

const H512 = PRIMES.slice(0, 8).map((prime) => fraction(prime, 2));
const K512 = PRIMES.map((prime) => fraction(prime, 3));
const H256 = Uint32Array.from(H512, (value) => Number(value >> 32n));
const K256 = Uint32Array.from(K512.slice(0, 64), (value) => Number(value >> 32n));

/** The message with its padding: 0x80, zeros, and the length in bits at the end of a block. */
function pad(message, block) {
  const room = block / 8;
  const padded = new Uint8Array(Math.ceil((message.length + 1 + room) / block) * block);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(message.length / 0x20000000));
  view.setUint32(padded.length - 4, (message.length << 3) >>> 0);
  return view;
}

export function sha256(...parts) {
  const view = pad(parts.length === 1 ? parts[0] : join(...parts), 64);
  const state = Uint32Array.from(H256);
  const w = new Uint32Array(64);
  for (let start = 0; start < view.byteLength; start += 64) {
    for (let t = 0; t < 16; t++) w[t] = view.getUint32(start + 4 * t);
    for (let t = 16; t < 64; t++) {
      const x = w[t - 15];
      const y = w[t - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[t] = w[t - 16] + s0 + w[t - 7] + s1;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 64; t++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const one = (h + s1 + ((e & f) ^ (~e & g)) + K256[t] + w[t]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((value, at) => {
      state[at] += value;
    });
  }
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((value, at) => digest.setUint32(4 * at, value));
  return new Uint8Array(digest.buffer);
}

const MASK = 0xffffffffffffffffn;
const turn = (value, by) => ((value >> by) | (value << (64n - by))) & MASK;

/** Slow, and used for short messages alone: what an Ed25519 signature hashes. */
export function sha512(...parts) {
  const view = pad(join(...parts), 128);
  const state = H512.slice();
  const w = [];
  for (let start = 0; start < view.byteLength; start += 128) {
    for (let t = 0; t < 16; t++) w[t] = view.getBigUint64(start + 8 * t);
    for (let t = 16; t < 80; t++) {
      const s0 = turn(w[t - 15], 1n) ^ turn(w[t - 15], 8n) ^ (w[t - 15] >> 7n);
      const s1 = turn(w[t - 2], 19n) ^ turn(w[t - 2], 61n) ^ (w[t - 2] >> 6n);
      w[t] = (w[t - 16] + s0 + w[t - 7] + s1) & MASK;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 80; t++) {
      const s1 = turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n);
      const one = h + s1 + ((e & f) ^ (~e & MASK & g)) + K512[t] + w[t];
      const s0 = turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n);
      const two = s0 + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) & MASK, c, b, a, (one + two) & MASK];
    }
    [a, b, c, d, e, f, g, h].forEach((value, at) => {
      state[at] = (state[at] + value) & MASK;
    });
  }
  const digest = new DataView(new ArrayBuffer(64));
  state.forEach((value, at) => digest.setBigUint64(8 * at, value));
  return new Uint8Array(digest.buffer);
}
