// The ZIP of a package, all rules before anything is unpacked (format, section 7); the PDF that carries it; inflate.

import { crc32, join, toLatin, toText } from "./bytes.js";
import { NotAPackage, Refused } from "./json.js";

const MAX_FILES = 2000;
const MAX_TOTAL = 512 * 1024 * 1024;
const BOUNDS = ["too_many_files", "too_large", "nested_too_deep", "bomb"];
const ASIC = "application/vnd.etsi.asic";

const breaks = (rule) => {
  throw new Refused(rule, rule);
};
const isAsic = (bytes) =>
  toLatin(bytes.subarray(30, 38)) === "mimetype" && toLatin(bytes.subarray(38, 100)).includes(ASIC);
const startsZip = (bytes) => toLatin(bytes.subarray(0, 4)) === "PK\x03\x04";

/** Name to bytes in the directory's order. NotAPackage for no ZIP, Refused with the rule that breaks. */
export function readArchive(bytes, budget = { files: MAX_FILES, total: MAX_TOTAL }, depth = 0) {
  if (depth > 3) breaks("nested_too_deep");
  const members = readDirectory(bytes, budget);
  const names = new Set(members.map((member) => fold(member.name.replace(/\/$/, ""))));
  if (names.size !== members.length) breaks("duplicate_name");
  const starts = checkLayout(bytes, members);
  for (const member of members) budget.total -= member.size;
  if (budget.total < 0) breaks("too_large");
  const files = new Map();
  members.forEach((member, at) => {
    if (!member.name.endsWith("/")) files.set(member.name, unpack(member, bytes, starts[at]));
  });
  for (const content of files.values()) if (startsZip(content)) readInner(content, budget, depth);
  return files;
}

/** Names that are one on some machine: composed, and folded beyond lower case. */
const fold = (name) => name.normalize("NFC").toUpperCase().toLowerCase();

/** All rules for an ASiC container inside; of any other archive the bounds alone: it stays packed. */
function readInner(content, budget, depth) {
  try {
    readArchive(content, budget, depth + 1);
  } catch (error) {
    if (error instanceof NotAPackage) {
      if (isAsic(content)) breaks("not_a_zip");
    } else if (!(error instanceof Refused) || BOUNDS.includes(error.reason) || isAsic(content)) throw error;
  }
}

function readDirectory(bytes, budget) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const from = Math.max(0, bytes.length - 22 - 0xffff);
  const found = toLatin(bytes.subarray(from)).lastIndexOf("PK\x05\x06");
  const at = from + found;
  if (found < 0 || at + 22 > bytes.length) throw new NotAPackage();
  const [disk, first, here, count] = [4, 6, 8, 10].map((offset) => view.getUint16(at + offset, true));
  const size = view.getUint32(at + 12, true);
  const offset = view.getUint32(at + 16, true);
  if (disk || first || here !== count || at + 22 + view.getUint16(at + 20, true) !== bytes.length) {
    breaks("broken_directory");
  }
  budget.files -= count;
  if (budget.files < 0) breaks("too_many_files");
  if (offset + size !== at) breaks("broken_directory");
  const members = [];
  let position = offset;
  for (let n = 0; n < count; n++) {
    if (position + 46 > at) breaks("broken_directory");
    position = readMember(bytes, view, position, members);
  }
  if (position !== at) breaks("broken_directory");
  return members;
}

function readMember(bytes, view, at, members) {
  const short = (offset) => view.getUint16(at + offset, true);
  const long = (offset) => view.getUint32(at + offset, true);
  const [flags, method, crc, packed, size] = [short(8), short(10), long(16), long(20), long(24)];
  const raw = bytes.subarray(at + 46, at + 46 + short(28));
  if (long(0) !== 0x02014b50 || short(34) || raw.length !== short(28)) breaks("broken_directory");
  if (flags & 0x2041) breaks("encrypted");
  if (flags & 0x20 || (method !== 0 && method !== 8)) breaks("compression");
  if (method === 0 && packed !== size) breaks("broken_directory");
  if (size > 200 * Math.max(packed, 64)) breaks("bomb");
  const name = readName(raw, flags);
  const folder = name.endsWith("/");
  const host = bytes[at + 5];
  const kind = host === 3 ? long(38) >>> 28 : 0;
  if (!(kind === 0 || kind === (folder ? 4 : 8)) || (host !== 3 && long(38) & 0x48) || (folder && size)) {
    breaks("not_a_plain_file");
  }
  members.push({ name, raw: toLatin(raw), flags, method, crc, packed, size, offset: long(42) });
  return at + 46 + raw.length + short(30) + short(32);
}

function readName(raw, flags) {
  let name = "";
  try {
    name = flags & 0x800 || raw.every((byte) => byte < 0x80) ? toText(raw) : "";
  } catch (error) {
    breaks("broken_name");
  }
  if (!name || raw.length > 255 || /[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]/.test(name)) breaks("broken_name");
  const parts = name.replace(/\/$/, "").split("/");
  const leads = name[0] === "/" || name.includes("\\") || /^[^]:/u.test(name);
  if (leads || parts.some((part) => ["", ".", ".."].includes(part))) breaks("path_traversal");
  return name;
}

/** Where each file's bytes begin: local headers agree with the directory, files lie one behind the other. */
function checkLayout(bytes, members) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const starts = new Map(members.map((member) => [member.offset, checkLocal(bytes, view, member)]));
  if (starts.size !== members.length) breaks("overlap");
  let expected = 0;
  for (const member of [...members].sort((one, two) => one.offset - two.offset)) {
    if (member.offset !== expected) breaks(expected === 0 ? "prefix" : "overlap");
    expected = starts.get(member.offset) + member.packed;
    if (member.flags & 8) expected += descriptorSize(bytes, view, expected, member);
  }
  const behind = toLatin(bytes.subarray(expected, expected + 4));
  if (behind !== "PK\x01\x02" && behind !== "PK\x05\x06") breaks("overlap");
  return members.map((member) => starts.get(member.offset));
}

function descriptorSize(bytes, view, at, member) {
  const holds = (from) =>
    from + 12 <= bytes.length &&
    [member.crc, member.packed, member.size].every((value, n) => view.getUint32(from + 4 * n, true) === value);
  if (toLatin(bytes.subarray(at, at + 4)) === "PK\x07\x08" && holds(at + 4)) return 16;
  if (!holds(at)) breaks("local_header");
  return 12;
}

function checkLocal(bytes, view, member) {
  const at = member.offset;
  if (at + 30 > bytes.length) breaks("local_header");
  const short = (offset) => view.getUint16(at + offset, true);
  const long = (offset) => view.getUint32(at + offset, true);
  const start = at + 30 + short(26) + short(28);
  let same = long(0) === 0x04034b50 && toLatin(bytes.subarray(at + 30, at + 30 + short(26))) === member.raw;
  same = same && short(6) === member.flags && short(8) === member.method;
  if (!(member.flags & 8)) {
    same = same && long(14) === member.crc && long(18) === member.packed && long(22) === member.size;
  }
  if (!same || start + member.packed > bytes.length) breaks("local_header");
  return start;
}

function unpack(member, bytes, start) {
  const packed = bytes.subarray(start, start + member.packed);
  let content = packed;
  if (member.method === 8) {
    const found = inflate(packed, member.size + 1);
    if (found === null) breaks("damaged");
    if (!found.ended || found.used !== packed.length) breaks("bomb");
    content = found.content;
  }
  if (content.length !== member.size || crc32(content) !== member.crc) breaks("damaged");
  return content;
}

const LENGTHS = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCES = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** Counts of codes by length, and symbols in the order of their codes; null for lengths that make no code. */
function codeOf(lengths) {
  const counts = new Array(16).fill(0);
  for (const length of lengths) counts[length]++;
  counts[0] = 0;
  let left = 1;
  for (let bits = 1; bits < 16; bits++) {
    left = 2 * left - counts[bits];
    if (left < 0) return null;
  }
  const symbols = [];
  for (let bits = 1; bits < 16; bits++) lengths.forEach((length, symbol) => length === bits && symbols.push(symbol));
  const used = symbols.length;
  return left === 0 || (used === 1 && counts[1] === 1) || used === 0 ? { counts, symbols } : null;
}

const FIXED = [
  codeOf([...new Array(144).fill(8), ...new Array(112).fill(9), ...new Array(24).fill(7), ...new Array(8).fill(8)]),
  codeOf(new Array(32).fill(5)),
];

/** RFC 1951 up to `most` bytes; null for data that is none. `used` counts the bytes read, `ended` says whether all. */
export function inflate(packed, most) {
  let at = 0;
  let bit = 0;
  let size = 0;
  let content = new Uint8Array(Math.min(most, 4 * packed.length + 64));
  class Bad extends Error {}
  const bits = (count) => {
    let value = 0;
    for (let n = 0; n < count; n++) {
      if (at >= packed.length) throw new Bad();
      value |= ((packed[at] >> bit) & 1) << n;
      if (++bit === 8) [bit, at] = [0, at + 1];
    }
    return value;
  };
  const symbol = ({ counts, symbols }) => {
    let [value, first, index] = [0, 0, 0];
    for (let length = 1; length < 16; length++) {
      value |= bits(1);
      if (value - first < counts[length]) return symbols[index + value - first];
      index += counts[length];
      first = (first + counts[length]) << 1;
      value <<= 1;
    }
    throw new Bad();
  };
  const put = (byte) => {
    if (size === content.length) {
      const longer = new Uint8Array(Math.min(most, 2 * content.length + 64));
      longer.set(content);
      content = longer;
    }
    content[size++] = byte;
  };
  const codes = () => {
    const [literals, distances, given] = [bits(5) + 257, bits(5) + 1, bits(4) + 4];
    const first = new Array(19).fill(0);
    for (let n = 0; n < given; n++) first[ORDER[n]] = bits(3);
    const code = codeOf(first);
    if (!code || literals > 286 || distances > 30) throw new Bad();
    const lengths = [];
    while (lengths.length < literals + distances) {
      const found = symbol(code);
      if (found < 16) lengths.push(found);
      else if (found === 16 && !lengths.length) throw new Bad();
      else {
        const last = found === 16 ? lengths[lengths.length - 1] : 0;
        const times = found === 16 ? 3 + bits(2) : found === 17 ? 3 + bits(3) : 11 + bits(7);
        for (let n = 0; n < times; n++) lengths.push(last);
      }
    }
    const pair = [codeOf(lengths.slice(0, literals)), codeOf(lengths.slice(literals, literals + distances))];
    if (lengths.length > literals + distances || !pair[0] || !pair[1] || !lengths[256]) throw new Bad();
    return pair;
  };
  const block = ([literals, distances]) => {
    for (;;) {
      const found = symbol(literals);
      if (found === 256) return;
      if (found < 256) put(found);
      else {
        if (found > 285) throw new Bad();
        const length = LENGTHS[found - 257] + bits(LENGTH_BITS[found - 257]);
        const code = symbol(distances);
        if (code > 29) throw new Bad();
        const back = DISTANCES[code] + bits(code < 2 ? 0 : (code >> 1) - 1);
        if (back > size) throw new Bad();
        for (let n = 0; n < length && size < most; n++) put(content[size - back]);
      }
      if (size >= most) return;
    }
  };
  const stored = () => {
    if (bit) [bit, at] = [0, at + 1];
    const length = bits(16);
    if ((length ^ bits(16)) !== 0xffff || at + length > packed.length) throw new Bad();
    for (let n = 0; n < length && size < most; n++) put(packed[at++]);
  };
  try {
    for (let last = 0; !last && size < most; ) {
      last = bits(1);
      const kind = bits(2);
      if (kind === 0) stored();
      else if (kind === 3) throw new Bad();
      else block(kind === 1 ? FIXED : codes());
      if (last && size < most) return { content: content.subarray(0, size), used: at + (bit ? 1 : 0), ended: true };
    }
    return { content: content.subarray(0, size), used: at, ended: false };
  } catch (error) {
    if (error instanceof Bad) return null;
    throw error;
  }
}

/** The package attached to a PDF. NotAPackage without one, Refused when there are several that differ. */
export function findInPdf(bytes) {
  const latin = toLatin(bytes);
  const found = [];
  for (const match of latin.matchAll(/\/EmbeddedFile\b[^\0]{0,2000}?stream(?:\r\n|\n)/g)) {
    const start = match.index + match[0].length;
    const head = latin.slice(latin.lastIndexOf(" obj", match.index), start);
    let content = bytes.subarray(start);
    if (head.includes("/FlateDecode")) {
      const unpacked = inflate(content.subarray(2), MAX_TOTAL);
      if (unpacked === null) continue;
      content = unpacked.content;
    } else {
      let length = /\/Length\s+([0-9]{1,10})(\s+[0-9]+\s+R)?/.exec(head);
      if (length && length[2]) {
        length = new RegExp(`(?<![0-9])${length[1]}\\s+[0-9]+\\s+obj\\s+([0-9]{1,10})`).exec(latin);
      }
      content = content.subarray(0, length ? Number(length[1]) : 0);
    }
    if (startsZip(content) && isAsic(content)) found.push(content);
  }
  if (!found.length) throw new NotAPackage();
  if (new Set(found.map(toLatin)).size > 1) breaks("several_packages");
  return join(found[0]);
}
