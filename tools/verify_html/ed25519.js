// Ed25519 (RFC 8032) under the one rule of the format: S < L, R and the key canonical, the key not of small order.

import { same, sha512 } from "./bytes.js";

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (value) => {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
};

function power(base, exponent) {
  let result = 1n;
  for (let square = mod(base), left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}

const invert = (value) => power(value, P - 2n);
const D = mod(-121665n * invert(121666n));
const ROOT = power(2n, (P - 1n) / 4n);
const NEUTRAL = [0n, 1n, 1n, 0n]; // extended coordinates: x = X/Z, y = Y/Z, x y = T/Z

function add(a, b) {
  const s = mod((a[1] - a[0]) * (b[1] - b[0]));
  const t = mod((a[1] + a[0]) * (b[1] + b[0]));
  const u = mod(mod(2n * a[3] * b[3]) * D);
  const v = mod(2n * a[2] * b[2]);
  const [e, f, g, h] = [t - s, v - u, v + u, t + s];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

function toNumber(bytes) {
  let number = 0n;
  for (let at = bytes.length - 1; at >= 0; at--) number = (number << 8n) | BigInt(bytes[at]);
  return number;
}

function fromNumber(number) {
  return Uint8Array.from({ length: 32 }, (_, at) => Number((number >> BigInt(8 * at)) & 255n));
}

/** The point of 32 bytes; null unless they are its one canonical encoding. */
function readPoint(bytes) {
  const number = toNumber(bytes);
  const y = number & ((1n << 255n) - 1n);
  const sign = number >> 255n;
  if (bytes.length !== 32 || y >= P) return null;
  const square = mod((y * y - 1n) * invert(D * y * y + 1n));
  let x = power(square, (P + 3n) / 8n);
  if (mod(x * x) !== square) x = mod(x * ROOT);
  if (mod(x * x) !== square || (x === 0n && sign)) return null;
  if ((x & 1n) !== sign) x = P - x;
  return [x, y, 1n, mod(x * y)];
}

/** Whether 32 bytes are a canonical point of the curve whose order does not divide 8. */
export function isGoodKey(bytes) {
  let point = readPoint(bytes);
  if (point === null) return false;
  for (let n = 0; n < 3; n++) point = add(point, point);
  return !(point[0] === 0n && point[1] === point[2]);
}

const BASE = readPoint(fromNumber(mod(4n * invert(5n))));

/** Whether R is the encoding of S·B - k·A, with k = SHA-512(R, A, message). */
export function verifyEd25519(key, message, signature) {
  if (signature.length !== 64 || !isGoodKey(key)) return false;
  const r = signature.subarray(0, 32);
  const s = toNumber(signature.subarray(32));
  if (readPoint(r) === null || s >= L) return false;
  const k = toNumber(sha512(r, key, message)) % L;
  const a = readPoint(key);
  const minus = [mod(-a[0]), a[1], 1n, mod(-a[3])];
  const choices = [null, BASE, minus, add(BASE, minus)];
  let total = NEUTRAL;
  for (let bit = 252n; bit >= 0n; bit--) {
    total = add(total, total);
    const choice = choices[Number(((s >> bit) & 1n) + 2n * ((k >> bit) & 1n))];
    if (choice) total = add(total, choice);
  }
  const inverse = invert(total[2]);
  const x = mod(total[0] * inverse);
  const y = mod(total[1] * inverse);
  return same(fromNumber(y | ((x & 1n) << 255n)), r);
}
