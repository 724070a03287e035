// trust.json, the package taken apart, and the fifteen checks in their order (format, sections 7 to 9).

import { fromBase64, fromBase64url, fromHex, same, sha256, sha512, toBase64url, toBytes, toHex, toLatin, toText } from "./bytes.js";
import { findInPdf, readArchive } from "./archive.js";
import { isExtended, readCertificates, readInside, readSigner, readToken } from "./time.js";
import {
  DIGEST,
  checkDisclosure,
  familyOf,
  formOfSlot,
  opens,
  plainOf,
  readDisclosure,
  readEntry,
  readTime,
  rolesOf,
  slotsOf,
  writeTime,
} from "./entry.js";
import { Newer, NotAPackage, Refused, hasMembers, isObject, isText, parseJson, readJson, writeJson } from "./json.js";
import {
  isIncluded,
  isMet,
  keysBelow,
  openNote,
  readCheckpoint,
  readNote,
  readPolicy,
  readProof,
  readVkey,
} from "./note.js";

export const CHECKS = [
  ...["container", "trust", "log_signatures", "quorum", "genesis", "issuer_keys", "entry_bytes", "slots"],
  ...["inclusion", "time", "chains", "export", "eds", "report", "seal"],
];
const OF_THE_LOG = ["trust", "log_signatures", "quorum", "genesis"];
export const NOTE = 0;
export const DOUBT = 1;
export const FAULT = 2;
export const VERDICTS = ["VALID", "NOT_CONFIRMED", "INVALID"];
const FUTURE = 300n; // seconds by which a cosignature may run ahead of this computer's clock
const VERSION = "authsvc/package/v1";
const CHECKPOINT = "log/checkpoint";
const GENESIS = "log/genesis.note";
const CUSTODY = "custody.json";
const MANIFEST = "META-INF/ASiCManifest.xml";
const SEAL = "META-INF/signature001.p7s";
const LARGE = 16 * 1024 * 1024;
const DOMAINS = new Map(Object.entries(TABLES.DOMAINS).map(([name, domain]) => [name, toBytes(domain)]));
const PATHS = new RegExp(`^(?:${TABLES.PATHS})$`);
const REFERENCES = TABLES.REFERENCES.split(" ");
const TRUST_MEMBERS = TABLES.MEMBERS.split(" ");

const digests = new Map();

/** SHA-256 of a file in hexadecimal, remembered. */
function hashOf(bytes) {
  if (!digests.has(bytes)) digests.set(bytes, toHex(sha256(bytes)));
  return digests.get(bytes);
}

/** Large files are hashed by the browser's own SHA-256 where it has one for this page. */
async function hashFiles(files) {
  if (!globalThis.crypto || !crypto.subtle) return;
  for (const bytes of files.values()) {
    if (bytes.length < 65536) continue;
    digests.set(bytes, toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))));
  }
}

/** This log's trust first, then its predecessors'. Refused for anything that is not known here. */
export function readTrust(bytes) {
  try {
    if (bytes.length > 1048576) throw new Refused("", "longer than any trust.json");
    const value = parseJson(toText(bytes), 32, 200000);
    if (!isObject(value) || value.version !== 1) throw new Refused("", "a version that is not known here");
    const { version, predecessors = [], ...members } = value;
    return [members, ...predecessors].map(readOneTrust);
  } catch (error) {
    throw new Refused("", `trust.json: ${error.message}`);
  }
}

function readOneTrust(value) {
  const fail = (reason) => {
    throw new Refused("", reason);
  };
  const size = (each) => (Number.isInteger(each) && each >= 0 ? BigInt(each) : fail("not a tree size"));
  if (!hasMembers(value, TRUST_MEMBERS)) fail("other members than known here");
  const rule = value.log_keys;
  if (!hasMembers(rule, ["rule", "keys"]) || rule.rule !== "all of" || !rule.keys.length) fail("another rule, or no key");
  const hexes = [value.genesis, ...Object.values(value.verifiers), ...value.eds_anchors];
  if (hexes.some((each) => !isText(each) || !/^[0-9a-f]{64}$/.test(each))) fail("not a SHA-256 in hex");
  if (!["production", "test"].includes(value.environment) || !isText(value.origin) || !value.origin) fail("no origin");
  readPolicy(toBytes(value.policy));
  return {
    origin: value.origin,
    environment: value.environment,
    genesis: value.genesis,
    logKeys: rule.keys.map((each) => ({
      key: readVkey(each.vkey),
      start: size(each.from),
      end: Object.hasOwn(each, "to") ? size(each.to) : null,
    })),
    policy: value.policy,
    witnesses: value.witnesses.map((each) => ({ key: readVkey(each.vkey), holder: String(each.holder) })),
    revoked: value.revoked.map((each) => ({
      key: readVkey(each.vkey),
      leaked: each.leaked_at === "" ? null : readTime(each.leaked_at),
      size: size(each.size),
    })),
    verifiers: value.verifiers,
  };
}

const isGood = (interval, index) => interval.start <= index && (interval.end === null || index <= interval.end);

/** The keys that genesis and `key` records bind; the family `checkpoint` stands for the log's own keys. */
class Ring {
  constructor(genesis) {
    this.origin = genesis.body.origin;
    this.receipts = new Map(genesis.body.receipt_keys.map((thumbprint) => [thumbprint, true])); // in force
    this.intervals = [];
    for (const each of genesis.body.issuers) this.add(readVkey(each.vkey), each.family, 0n);
    for (const each of genesis.body.log_keys) this.add(readVkey(each), "checkpoint", 0n);
  }

  add(key, family, start) {
    this.intervals.push({ key, family, start, end: null, leaked: null, ended: null });
  }

  /**
   * Take a `key` record into account; false when it does not fit the keys before it. It ends a key in force, or adds one
   * under this origin's name that was never there: no key comes back.
   */
  apply(entry, index) {
    const { key_use: use, key_value: value, key_event: event, key_leaked_at: leaked } = entry.body;
    const added = event === "added";
    if (use === "receipt") {
      const fits = added ? !this.receipts.has(value) : this.receipts.get(value) === true;
      if (fits) this.receipts.set(value, added);
      return fits;
    }
    const key = readVkey(value);
    if (added) {
      const family = use === "log" ? "checkpoint" : key.name.split("/issuer/").pop();
      const name = use === "log" ? this.origin : `${this.origin}/issuer/${family}`;
      if (key.name !== name || this.intervals.some((each) => same(each.key.key, key.key))) return false;
      this.add(key, family, index + 1n);
      return true;
    }
    const inForce = this.intervals.filter((each) => each.key.mark === key.mark && each.end === null);
    for (const each of inForce) {
      each.end = index - 1n;
      each.leaked = leaked ? readTime(leaked) : null;
      each.ended = readTime(entry.body.time);
    }
    return inForce.length > 0;
  }

  /** A revocation that trust.json states, whatever the package says. */
  noteLeak({ key, leaked, size }) {
    for (const each of this.intervals) {
      if (each.key.mark !== key.mark) continue;
      each.end = each.end === null || size - 1n < each.end ? size - 1n : each.end;
      each.leaked = leaked === null ? each.leaked : leaked;
    }
  }

  /** The intervals of the key that the entry names. */
  ofEntry(entry, family) {
    const { name, id } = entry.signature;
    return this.intervals.filter((each) => each.family === family && each.key.name === name && each.key.id === id);
  }

  /** The interval of the key that the entry names: one good at the index if there is any. */
  signerOf(entry, index) {
    const found = this.ofEntry(entry, familyOf(entry.type));
    return found.find((each) => isGood(each, index)) || found[0] || null;
  }
}

const isByRoot = (entry, ring) =>
  familyOf(entry.type) === "root" &&
  ring.ofEntry(entry, "root").some((each) => each.key.verify(entry.text, entry.signature.raw));

/** The value that `read` gives, or what it was refused for. */
function attempt(read) {
  try {
    return [read(), null];
  } catch (error) {
    if (error instanceof Refused) return [null, error];
    throw error;
  }
}

/** An entry of the package: its note, its proof and its disclosures, null where they can't be read. */
class Item {
  constructor(files, path, unread) {
    this.path = path;
    this.data = files.get(path);
    this.number = path.startsWith("records/") ? path.slice(8, 12) : "";
    this.proofPath = this.number ? `proofs/${this.number}.tlog-proof` : path.replace(/\.note$/, ".tlog-proof");
    this.openedPath = `disclosures/${this.number}.json`;
    [this.entry, this.fault] = attempt(() => readEntry(this.data));
    [this.proof] = attempt(() => readProof(files.get(this.proofPath) || new Uint8Array()));
    if (this.proof === null) unread.push(this.proofPath);
    this.index = this.proof ? this.proof.index : 0n;
    this.opened = [];
    if (this.number) {
      const read = () => {
        const found = readJson(files.get(this.openedPath) || new Uint8Array(), LARGE, 200000);
        return (Array.isArray(found) ? found : [found]).map(readDisclosure);
      };
      [this.opened] = attempt(read);
      if (this.opened === null) unread.push(this.openedPath);
    }
    this.values = new Map();
    for (const each of this.opened || []) {
      if (this.entry && !this.values.has(each.name) && opens(this.entry, each)) this.values.set(each.name, each.value);
    }
    this.leaf = sha256(Uint8Array.of(0), this.data);
  }

  /** The plain member, or the disclosed value that the entry commits to; null when neither is there. */
  value(name) {
    if (this.entry && Object.hasOwn(this.entry.body, name)) return this.entry.body[name];
    return this.values.has(name) ? this.values.get(name) : null;
  }
}

/** A value of XML in quotes. */
function quote(text) {
  const value = text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  if (!value.includes('"')) return `"${value}"`;
  return value.includes("'") ? `"${value.replace(/"/g, "&quot;")}"` : `'${value}'`;
}

/** `0001` of `records/0001.note`, `disclosures/0001.json#slot`, `proofs/0001.tlog-proof`; else empty. */
const numberOf = (where) => (/^(?:records|disclosures|proofs)\/([0-9]{4})/.exec(where) || ["", ""])[1];

/** All checks on one package. Nothing in it makes this throw anything but NotAPackage. */
export class Checker {
  constructor(trusted, receipts, now) {
    this.trusted = trusted;
    this.receipts = receipts;
    this.now = now; // milliseconds
    this.findings = [];
    this.done = new Set();
    this.check = CHECKS[0];
    this.files = new Map();
    this.export = "";
    this.environment = trusted ? trusted[0].environment : "";
    this.independent = false;
    this.records = [];
    this.keyRecords = [];
    this.documents = [];
    this.genesis = null;
    this.checkpoint = null;
    this.trust = null;
    this.ring = null;
    this.signed = null;
    this.renewing = new Set(); // SHA-256 of the tokens that renew others
    this.tokens = new Map(); // "SIZE SHA256" of each packaged token to the roots that it is over
  }

  open(check) {
    this.check = check;
    this.done.add(check);
  }

  /** The open check can't be made here; that is said, and weighs nothing. */
  leave(code) {
    this.done.delete(this.check);
    this.note(code);
  }

  find(weight, code, where, params) {
    const texts = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));
    this.findings.push({ check: this.check, code, weight, where, params: texts });
  }

  fault(code, where = "", params = {}) {
    this.find(FAULT, code, where, params);
  }

  doubt(code, where = "", params = {}) {
    this.find(DOUBT, code, where, params);
  }

  note(code, where = "", params = {}) {
    this.find(NOTE, code, where, params);
  }

  async run(bytes) {
    this.open("container");
    try {
      const isPdf = toLatin(bytes.subarray(0, 1024)).includes("%PDF-") && toLatin(bytes.subarray(0, 4)) !== "PK\x03\x04";
      this.files = readArchive(isPdf ? findInPdf(bytes) : bytes);
      if (isPdf) this.note("pdf_not_compared");
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.fault("archive", "", { rule: error.reason });
      return;
    }
    const mimetype = this.files.get("mimetype");
    if (!mimetype || toLatin(mimetype) !== "application/vnd.etsi.asic-e+zip" || !this.files.has(CUSTODY)) {
      throw new NotAPackage();
    }
    await hashFiles(this.files);
    this.checkContainer();
    this.readItems();
    const checks = {
      trust: this.checkTrust,
      log_signatures: this.checkLogSignatures,
      quorum: this.checkQuorum,
      genesis: this.checkGenesis,
      issuer_keys: this.checkIssuerKeys,
      entry_bytes: this.checkEntryBytes,
      slots: this.checkSlots,
      inclusion: this.checkInclusion,
      time: this.checkTime,
      chains: this.checkChains,
      export: this.checkExport,
      eds: this.checkEds,
      report: this.checkReport,
      seal: this.checkSeal,
    };
    for (const check of CHECKS.slice(1)) {
      this.open(check);
      checks[check].call(this);
    }
  }

  // 1: the files are exactly those that custody.json lists, in its order.
  checkContainer() {
    if (this.files.keys().next().value !== "mimetype") this.fault("mimetype", "mimetype");
    const [custody, refused] = attempt(() => readJson(this.files.get(CUSTODY), LARGE, 200000));
    if (refused || !isObject(custody) || !isText(custody.version)) {
      this.fault("custody_unreadable", CUSTODY, { reason: refused ? refused.reason : "version" });
      return;
    }
    if (custody.version !== VERSION) this.doubt("newer_package", CUSTODY, { version: custody.version });
    this.checkListed((Array.isArray(custody.files) ? custody.files : []).filter(isObject));
    if (!isText(custody.export)) {
      this.fault("custody_unreadable", CUSTODY, { reason: "export" });
      return;
    }
    this.export = custody.export;
    const paths = [...this.files.keys()].filter((path) => path !== CUSTODY && !path.startsWith("META-INF/"));
    const expected = {
      absent: this.absentAs(custody.absent),
      export: custody.export,
      files: paths.map((path) => ({ path, sha256: hashOf(this.files.get(path)) })),
      version: VERSION,
    };
    if (custody.version === VERSION && writeJson(custody) !== writeJson(expected)) this.fault("custody_differs", CUSTODY);
    const sealed = Array.isArray(custody.absent) && !custody.absent.includes("seal");
    if (sealed && !this.files.has(SEAL)) this.fault("seal_removed", CUSTODY);
    if (!sealed && this.files.has(SEAL)) this.fault("seal_added", CUSTODY);
  }

  /** What has to be called absent, where `told` is: the seal comes later, and older packages don't name report_pdf. */
  absentAs(told) {
    const names = Array.isArray(told) ? told : [];
    const free = (name) => name === "seal" || (name === "report_pdf" && !names.includes(name));
    return [...this.absent().filter((name) => !free(name)), ...names.filter((name) => name === "seal")].sort();
  }

  /** What custody.json has to call absent. */
  absent() {
    const parts = [["report_pdf", "report.pdf"], ["time", "time/"], ["verifiers", "verify/verify."]];
    const paths = [...this.files.keys()];
    const isThere = ([name, start]) =>
      paths.some((path) => path.startsWith(start)) && !(name === "time" && this.files.has("time/failure"));
    const missing = parts.filter((part) => !isThere(part)).map(([name]) => name);
    return this.hasQuorum() ? missing : ["quorum", ...missing];
  }

  /** Whether the checkpoint has the lines of a quorum under the packaged policy; whether they hold is check 4. */
  hasQuorum() {
    const [found] = attempt(() => ({
      policy: readPolicy(this.files.get("log/policy") || new Uint8Array()),
      lines: readNote(this.files.get(CHECKPOINT) || new Uint8Array()).signatures,
    }));
    if (!found) return true;
    const signed = [...found.policy.witnesses.values()].filter((key) =>
      found.lines.some((each) => each.name === key.name && each.id === key.id),
    );
    return isMet(found.policy, new Set(signed.map((key) => key.mark)));
  }

  checkListed(files) {
    const listed = new Map(files.map((each) => [String(each.path), String(each.sha256)]));
    for (const [path, bytes] of this.files) {
      if (path === CUSTODY) continue;
      if (!listed.has(path) && !path.startsWith("META-INF/")) this.fault("unlisted_file", path);
      else if (listed.has(path) && hashOf(bytes) !== listed.get(path)) this.fault("file_changed", path);
      if (!PATHS.test(path)) this.doubt("newer_file", path);
    }
    for (const path of listed.keys()) if (!this.files.has(path)) this.fault("file_missing", path);
  }

  /** Take the files apart; what can't be read is said with its place. */
  readItems() {
    const unread = [];
    [this.checkpoint] = attempt(() => readCheckpoint(readNote(this.files.get(CHECKPOINT) || new Uint8Array()).text));
    if (this.checkpoint === null) unread.push(CHECKPOINT);
    for (const path of this.files.keys()) {
      if (/^records\/[0-9]{4}\.note$/.test(path)) this.records.push(new Item(this.files, path, unread));
      else if (/^log\/keys\/[0-9]{4}\.note$/.test(path)) this.keyRecords.push(new Item(this.files, path, unread));
    }
    this.keyRecords.sort((one, two) => (one.index < two.index ? -1 : one.index > two.index ? 1 : 0));
    if (this.files.has(GENESIS)) this.genesis = new Item(this.files, GENESIS, unread);
    for (const path of this.files.keys()) {
      if (/^documents\/[0-9]{4}\/document\.json$/.test(path)) this.readDocument(path, unread);
    }
    for (const path of new Set(unread)) this.fault("unreadable", path);
  }

  readDocument(path, unread) {
    const folder = path.slice(0, 14);
    const [index] = attempt(() => readJson(this.files.get(path)));
    const judged = index !== null && hasMembers(index, ["at", "detached", "records"]);
    const typed = judged && Number.isSafeInteger(index.at) && typeof index.detached === "boolean";
    if (typed && Array.isArray(index.records) && this.files.has(`${folder}/signed`)) {
      this.readAgain(`${folder}/again.json`, unread);
      this.documents.push({ folder, detached: index.detached, records: index.records.map(String) });
    } else unread.push(path);
  }

  /** The report of judging a document again at the export: its form alone, since no EDS is judged here. */
  readAgain(path, unread) {
    if (!this.files.has(path)) return;
    const [value] = attempt(() => readJson(this.files.get(path), LARGE, 200000));
    const isVerdict = (each) =>
      hasMembers(each, ["indication", "sub_indication"]) && isText(each.indication) && isText(each.sub_indication);
    const holds = value !== null && hasMembers(value, ["report", "signatures"]) && isText(value.report);
    if (!holds || !Array.isArray(value.signatures) || !value.signatures.every(isVerdict)) unread.push(path);
  }

  // 2: trust comes from trust.json; without it the package's own genesis stands in.
  checkTrust() {
    if (this.trusted === null) this.doubt("no_trust");
    else {
      const origin = this.checkpoint ? this.checkpoint.origin : "";
      this.trust = this.trusted.find((each) => each.origin === origin) || null;
      if (!this.trust) this.fault("other_log", CHECKPOINT, { origin, trusted: this.trusted[0].origin });
    }
    if (this.genesis && this.genesis.entry && this.genesis.entry.type === "genesis") {
      this.ring = new Ring(this.genesis.entry);
      for (const item of this.keyRecords) {
        if (item.entry && item.entry.type === "key") this.ring.apply(item.entry, item.index);
      }
      for (const revoked of this.trust ? this.trust.revoked : []) this.ring.noteLeak(revoked);
    }
  }

  /** The keys that must have signed the package's checkpoint. */
  logKeys() {
    const size = this.checkpoint ? this.checkpoint.size : 0n;
    const own = this.ring ? this.ring.intervals.filter((each) => each.family === "checkpoint") : [];
    return (this.trust ? this.trust.logKeys : own).filter((each) => isGood(each, size)).map((each) => each.key);
  }

  // 3: every log key in force at this size has signed the checkpoint.
  checkLogSignatures() {
    if (!this.checkpoint) {
      this.fault("checkpoint_unreadable", CHECKPOINT);
      return;
    }
    const needed = this.logKeys();
    if (!needed.length) {
      this.fault("no_log_key", CHECKPOINT);
      return;
    }
    const witnesses = this.trust ? this.trust.witnesses.map((each) => each.key) : [];
    const [signed, refused] = attempt(() => {
      const found = openNote(this.files.get(CHECKPOINT), [...needed, ...witnesses]);
      if (!found.some((each) => each.key.name === this.checkpoint.origin)) throw new Refused("", "not by the log's key");
      return found;
    });
    if (refused) {
      this.fault("log_signature", CHECKPOINT, { reason: refused.reason });
      return;
    }
    this.signed = signed;
    for (const key of needed) {
      const found = signed.find((each) => each.key.mark === key.mark);
      if (!found) this.fault("log_signature_missing", CHECKPOINT, { key: key.say() });
      else if (!found.checked) this.note("ml_dsa_not_checked", CHECKPOINT, { key: key.say() });
    }
    for (const { key, leaked } of this.trust ? this.trust.revoked : []) {
      if (leaked !== null && needed.some((each) => each.mark === key.mark) && !this.isWitnessedBefore(leaked)) {
        this.doubt("log_key_leaked", CHECKPOINT, { key: key.say(), leaked: writeTime(leaked) });
      }
    }
  }

  /** Whether witnesses that the operator does not hold made the quorum before this moment (ms). */
  isWitnessedBefore(moment) {
    const outside = this.trust.witnesses.filter((each) => each.holder !== "operator").map((each) => each.key.mark);
    const counts = ({ key, time, checked }) =>
      outside.includes(key.mark) && checked && time !== null && time * 1000n < BigInt(moment);
    const cosigned = new Set(this.signed.filter(counts).map((each) => each.key.mark));
    return cosigned.size > 0 && isMet(readPolicy(toBytes(this.trust.policy)), cosigned);
  }

  // 4: the quorum of trust.json's policy, by witnesses that the operator does not hold.
  checkQuorum() {
    const own = this.files.get("log/policy") || new Uint8Array();
    const counts = this.trust ? toBytes(this.trust.policy) : own;
    const [policy, refused] = attempt(() => readPolicy(counts));
    if (refused) {
      this.fault("policy_unreadable", "log/policy", { reason: refused.reason });
      return;
    }
    if (!this.trust) {
      this.note("policy_not_trusted", "log/policy");
      return;
    }
    if (!same(own, counts)) this.note("policy_differs", "log/policy");
    if (!this.signed) return;
    const outside = this.trust.witnesses.filter((each) => each.holder !== "operator").map((each) => each.key.mark);
    const counted = new Set();
    for (const { key, time, checked } of this.signed) {
      if (!outside.includes(key.mark) || !time) continue; // time 0 says nothing of the newest tree
      if (time > BigInt(Math.floor(this.now / 1000)) + FUTURE) {
        this.note("cosignature_from_future", CHECKPOINT, { witness: key.name });
      } else if (checked) counted.add(key.mark);
      else this.note("ml_dsa_not_checked", CHECKPOINT, { key: key.say() });
    }
    if (!isMet(policy, counted)) this.doubt("quorum_not_met", CHECKPOINT);
    this.independent = keysBelow(policy, policy.quorum).some((mark) => outside.includes(mark));
    if (!this.independent) this.note("no_independent_witness", "log/policy");
  }

  // 5: the first entry, signed by its own root, the one that trust.json names.
  checkGenesis() {
    const item = this.genesis;
    if (!item) {
      this.fault("genesis_missing", GENESIS);
      return;
    }
    if (!item.entry || item.entry.type !== "genesis") {
      this.fault("genesis_unreadable", GENESIS, { reason: item.fault ? item.fault.reason : "type" });
      return;
    }
    this.environment = item.entry.body.environment;
    if (!isByRoot(item.entry, new Ring(item.entry))) {
      this.fault("genesis_unreadable", GENESIS, { reason: "not signed by its root" });
    }
    if (item.proof && item.index !== 0n) this.fault("genesis_not_first", GENESIS);
    if (this.checkpoint && item.entry.body.origin !== this.checkpoint.origin) {
      this.fault("genesis_of_another_log", GENESIS);
    }
    if (this.trust && hashOf(item.data) !== this.trust.genesis) this.fault("genesis_not_trusted", GENESIS);
    if (this.trust && this.environment !== this.trust.environment) this.fault("environment", GENESIS);
  }

  // 6: each `key` record is the root's and fits the keys in force before it.
  checkIssuerKeys() {
    if (!this.genesis || !this.genesis.entry || this.genesis.entry.type !== "genesis") {
      this.fault("no_issuer_keys", GENESIS);
      return;
    }
    const ring = new Ring(this.genesis.entry);
    for (const item of this.keyRecords) {
      if (!item.entry || item.entry.type !== "key") {
        this.fault("key_record", item.path, { reason: item.fault ? item.fault.reason : "type" });
        continue;
      }
      if (!isByRoot(item.entry, ring)) this.fault("key_record", item.path, { reason: "not signed by the root" });
      if (!ring.apply(item.entry, item.index)) this.fault("key_out_of_order", item.path);
    }
  }

  // 7: each record reads in one way and is signed by a key good at its index.
  checkEntryBytes() {
    const seen = new Set();
    for (const item of this.records) {
      if (!item.entry) {
        this.refuse(item);
        continue;
      }
      if (["genesis", "key"].includes(item.entry.type)) this.fault("misplaced", item.path, { type: item.entry.type });
      else this.checkSignature(item);
      if (seen.has(item.entry.id)) this.fault("record_twice", item.path);
      seen.add(item.entry.id);
    }
  }

  refuse({ path, data, fault }) {
    const where = `${path}#${fault.member}`;
    if (!(fault instanceof Newer)) {
      this.fault("entry", where, { reason: fault.reason });
      return;
    }
    if (fault.member !== "entry" && this.ring) {
      const [signed] = attempt(() => openNote(data, this.ring.intervals.map((each) => each.key)));
      if (!signed || !signed.length) this.fault("entry_signature", `${path}#signature`);
    }
    this.doubt("newer_format", where, { reason: fault.reason });
  }

  checkSignature({ path, entry, proof, index }) {
    if (!this.ring || !proof) return;
    const where = `${path}#signature`;
    const signer = this.ring.signerOf(entry, index);
    if (!signer) this.fault("wrong_issuer", where, { family: familyOf(entry.type) });
    else if (!signer.key.verify(entry.text, entry.signature.raw)) this.fault("entry_signature", where);
    else {
      this.open("issuer_keys");
      if (!isGood(signer, index)) this.fault("key_outside_interval", where);
      else if (signer.leaked !== null) {
        const revoked = signer.ended === null ? "—" : writeTime(signer.ended);
        const size = signer.end === null ? 0n : signer.end + 1n;
        this.doubt("issuer_leaked", where, { leaked: writeTime(signer.leaked), size, revoked });
      }
      this.open("entry_bytes");
    }
  }

  // 8: each disclosed value is the one committed to, in the form of its slot; each blob is behind a digest.
  checkSlots() {
    const used = new Set();
    for (const item of this.records) {
      if (item.opened === null) {
        this.fault("disclosures_unreadable", item.openedPath);
        continue;
      }
      if (!item.entry) continue;
      const places = item.opened.map((each) => each.slot);
      if (places.some((place, at) => at && place <= places[at - 1])) this.fault("slot_twice", item.openedPath);
      for (const opened of item.opened) this.checkSlot(item, opened);
      for (const [where, name, digest] of digestsOf(item)) {
        const path = `blobs/${toHex(fromBase64url(digest))}`;
        used.add(path);
        const blob = this.files.get(path);
        const domain = DOMAINS.get(name);
        const found = blob && (domain ? toHex(sha256(domain, blob)) : hashOf(blob));
        if (blob && `blobs/${found}` !== path) this.fault("blob", `${where}#${name}`);
      }
    }
    for (const path of this.files.keys()) {
      if (path.startsWith("blobs/") && !used.has(path)) this.fault("blob_of_nothing", path);
    }
  }

  checkSlot(item, opened) {
    const where = `${item.openedPath}#${opened.name}`;
    const [, refused] = attempt(() => checkDisclosure(item.entry, opened));
    if (refused instanceof Newer) this.doubt("newer_format", where, { reason: refused.reason });
    else if (refused) this.fault("slot", where, { reason: refused.reason });
    else if (opened.name === "approvals" && Array.isArray(opened.value)) {
      const persons = opened.value.map((each) => each.person);
      if (new Set(persons).size !== persons.length) this.fault("approved_twice", where);
      else if (!persons.length) this.note("no_approvals", where);
    }
  }

  // 9: each entry stands at its index of the one tree of the package's checkpoint.
  checkInclusion() {
    let last = -1n;
    const checkpoint = this.files.get(CHECKPOINT) || new Uint8Array();
    const { size, root } = this.checkpoint || { size: 0n, root: new Uint8Array() };
    for (const item of [...(this.genesis ? [this.genesis] : []), ...this.keyRecords, ...this.records]) {
      if (!item.proof) {
        this.fault("proof_unreadable", item.proofPath);
        continue;
      }
      if (!same(item.proof.checkpoint, checkpoint) || item.proof.extra.length) {
        this.fault("proof_to_another_checkpoint", item.proofPath);
      }
      if (!isIncluded(item.index, size, item.leaf, item.proof.path, root)) {
        this.fault("not_included", item.proofPath, { index: item.index });
      }
      if (item.number) {
        if (item.index <= last) this.fault("order", item.proofPath);
        last = item.index;
      }
    }
  }

  // 10: time stamps are over checkpoints that this log signed and went on from, and bound each record's own time. The
  // authorities' certificates are not judged here, so a time stamp proves nothing by itself.
  checkTime() {
    const paths = [...this.files.keys()];
    const stamps = paths.map((path) => this.readStamp(path)).filter(Boolean);
    this.checkRenewals(paths);
    for (const path of paths) if (/^time\/anchors\/[0-9]+\.note$/.test(path)) this.checkAnchor(path);
    if (stamps.length) {
      this.note("tsa_not_here");
      this.boundTimes(stamps.sort((one, two) => (one.size < two.size ? -1 : 1)));
      return;
    }
    if (!paths.some((path) => path.startsWith("time/checkpoints/"))) this.leave("no_time");
    let latest = 0;
    for (const { entry, path } of this.records) {
      if (!entry) continue;
      if (entry.time < latest) this.note("logged_late", path, { seconds: Math.floor((latest - entry.time) / 1000) });
      latest = Math.max(latest, entry.time);
    }
  }

  /** Size of a stamped checkpoint, and the moment (ms) before which the tokens say it was there; null if it fails. */
  readStamp(path) {
    const match = /^time\/checkpoints\/([0-9]+)\/stamped$/.exec(path);
    if (!match) return null;
    const [found, refused] = attempt(() => this.judgeStamp(path, BigInt(match[1])));
    if (refused) this.fault(refused.member, path, { reason: refused.reason, origin: refused.reason });
    return found;
  }

  judgeStamp(path, size) {
    const text = this.files.get(path);
    const folder = path.slice(0, -"stamped".length);
    const start = toLatin(text).lastIndexOf("\n", text.length - 2) + 1;
    const [, root512] = /^sha512 ([A-Za-z0-9+/]+={0,2})\n$/.exec(toLatin(text.subarray(start))) || [null, ""];
    const lines = this.files.has(`${folder}consistency`) ? toLatin(this.files.get(`${folder}consistency`)) : null;
    const [stamped] = attempt(() => readCheckpoint(readNote(text.subarray(0, start)).text));
    const proof = (lines || "").split("\n").slice(0, -1).map(fromBase64);
    if (!stamped || lines === null || fromBase64(root512).length !== 64 || proof.length > 130) {
      throw new Refused("stamp_unreadable", "form");
    }
    const own = this.checkpoint;
    if (!own || stamped.origin !== own.origin || stamped.size !== size) {
      throw new Refused("stamp_of_another_log", stamped.origin);
    }
    if (!isExtended(stamped.size, own.size, stamped.root, own.root, proof)) {
      throw new Refused("stamp_not_linked", "consistency");
    }
    this.checkStampKeys(path, text.subarray(0, start), size);
    const names = [...this.files.keys()].filter((name) => name.startsWith(`${folder}tokens/`));
    if (!names.length) this.fault("stamp_without_token", path);
    const bounds = names.map((name) => this.readStampToken(name, text)).filter((bound) => bound !== null);
    const roots = [stamped.root, fromBase64(root512)];
    for (const name of names) this.tokens.set(`${size} ${hashOf(this.files.get(name))}`, roots);
    return bounds.length ? { size, before: Math.min(...bounds) } : null;
  }

  checkStampKeys(path, note, size) {
    const needed = (this.trust ? this.trust.logKeys : []).filter((each) => isGood(each, size)).map((each) => each.key);
    const [signed, refused] = attempt(() => (needed.length ? openNote(note, needed) : []));
    if (refused) this.fault("stamp_log_signature", path, { reason: refused.reason });
    else if (signed.length !== needed.length) this.fault("stamp_log_signature", path, { reason: "missing" });
  }

  /** The moment (ms) before which a token says that this text was there; null if it fails. */
  readStampToken(name, text) {
    const token = this.judgeToken(name, this.files.get(name), text);
    return token && token.latest;
  }

  /** What a token says, if it is over this text; else null. */
  judgeToken(name, bytes, text) {
    const [token, refused] = attempt(() => readToken(bytes, text));
    if (!refused) return token;
    this.fault("stamp_fails", name, { reason: refused.member === "imprint" ? "stamp.imprint" : "stamp.format" });
    return null;
  }

  /** Each renewal is over older tokens of this package, after them, and before their certificates had ended. */
  checkRenewals(paths) {
    const stamps = paths.filter((path) => /^time\/checkpoints\/[0-9]+\/tokens\//.test(path));
    const older = new Map(stamps.map((path) => [hashOf(this.files.get(path)), path]));
    const found = paths.map((path) => /^time\/renewals\/([0-9]+)\//.exec(path)).filter(Boolean);
    const numbers = [...new Set(found.map((match) => BigInt(match[1])))].sort((one, two) => (one < two ? -1 : 1));
    for (const number of numbers) {
      const path = `time/renewals/${number}`;
      this.checkRenewal(path, older);
      const token = this.files.get(`${path}/token`);
      if (!token) continue;
      older.set(hashOf(token), `${path}/token`);
      this.renewing.add(hashOf(token));
    }
  }

  checkRenewal(path, older) {
    const text = this.files.get(`${path}/text`) || new Uint8Array(0);
    const match = /^authsvc\/renewal\/v1\n([1-9][0-9]{0,18})\n([A-Za-z0-9+/]{86}==)\n$/.exec(toLatin(text));
    const root = match ? fromBase64(match[2]) : [];
    const [covers] = attempt(() => readCovers(this.files.get(`${path}/covers.json`)));
    if (!root.length || !covers) {
      this.fault("renewal_unreadable", path);
      return;
    }
    const token = this.judgeToken(`${path}/token`, this.files.get(`${path}/token`) || new Uint8Array(0), text);
    const size = BigInt(match[1]);
    for (const each of covers) {
      const [where, params] = [`${path}/covers.json`, { token: each.token.slice(0, 16) }];
      if (!older.has(each.token)) {
        this.fault("renewal_of_unknown", where, params);
        continue;
      }
      const bytes = this.files.get(older.get(each.token));
      const leaf = sha512(Uint8Array.of(0), sha512(bytes), ...each.material);
      if (!isIncluded(BigInt(each.place), size, leaf, each.path, root, sha512)) {
        this.fault("renewal_not_linked", where, params);
      } else if (token) this.checkOrder(`${path}/token`, token, older.get(each.token), bytes);
    }
  }

  /** A renewal comes after the token that it renews, and before the end of that one's certificate. */
  checkOrder(where, later, path, bytes) {
    const [read] = attempt(() => [readToken(bytes, null), readSigner(bytes), readInside(bytes)]);
    if (!read) return; // said already, or a certificate that is named in another way: one for the full check
    const [earlier, signer, inside] = read;
    const names = [...this.files.keys()].filter((name) => name.startsWith("time/material/certificate/"));
    const known = [...inside, ...names.flatMap((name) => readCertificates(this.files.get(name)))];
    const end = Math.min(...known.filter((each) => each.name === signer).map((each) => each.end));
    if (later.latest < earlier.earliest) this.fault("renewal_before_token", where);
    else if (later.latest > end) this.fault("renewal_too_late", where, { end: writeTime(end) });
    else this.note("stamp_renewed", path, { time: writeTime(later.latest) });
  }

  /** The record of a token at its place: what it names is what the package holds. */
  checkAnchor(path) {
    const { entry, proof, index, leaf } = new Item(this.files, path, []);
    if (!entry || !proof || !this.checkpoint || entry.type !== "anchor") {
      this.fault("anchor_unreadable", path);
      return;
    }
    const { size, root } = this.checkpoint;
    const placed = path === `time/anchors/${index}.note` && same(proof.checkpoint, this.files.get(CHECKPOINT));
    if (!placed || !isIncluded(index, size, leaf, proof.path, root)) {
      this.fault("anchor_not_included", path);
      return;
    }
    const signer = this.ring ? this.ring.signerOf(entry, index) : null;
    const holds = signer && isGood(signer, index) && signer.key.verify(entry.text, entry.signature.raw);
    if (this.ring && !holds) {
      this.fault("anchor_signature", path);
      return;
    }
    const { anchor_size: stamped, anchor_token: token, anchor_root: root256, anchor_root_512: root512 } = entry.body;
    if (this.renewing.has(toHex(fromBase64url(token)))) {
      if (index < BigInt(stamped)) this.fault("anchor_differs", path);
      return;
    }
    const roots = this.tokens.get(`${stamped} ${toHex(fromBase64url(token))}`);
    if (!roots) this.note("anchor_without_token", path);
    else if (index < BigInt(stamped) || ![root256, root512].every((each, at) => same(fromBase64url(each), roots[at]))) {
      this.fault("anchor_differs", path);
    }
  }

  boundTimes(stamps) {
    for (const item of this.records) {
      if (!item.entry || !item.proof) continue;
      const above = stamps.find((each) => each.size > item.index);
      if (!above) this.note("not_anchored", item.path);
      else if (item.entry.time > above.before) {
        const params = { time: writeTime(item.entry.time), bound: writeTime(above.before) };
        this.fault("time_after_bound", item.path, params);
      }
    }
  }

  // 11: each person's records: ascending indices, each number once, each naming the one before.
  checkChains() {
    const unread = this.records.some((item) => !item.entry);
    const out = this.leftOut();
    const persons = [...this.chains()].sort(([one], [two]) => (one < two ? -1 : 1));
    for (const [subject, links] of persons) {
      let before = null;
      for (const link of links) {
        this.checkLink(link, before);
        for (let number = before ? before.number + 1 : 1; number < link.number; number++) {
          if (out.includes(number)) {
            this.note("chain_left_out", link.where, { number });
            continue;
          }
          this.find(unread ? NOTE : FAULT, "chain_gap", link.where, { number });
          break;
        }
        before = link;
      }
      this.note("chain_up_to", `${subject.slice(0, 4)}…${subject.slice(-4)}`, { number: before.number });
    }
    this.receipts.forEach((bytes, at) => this.checkReceipt(`receipt ${at + 1}`, bytes));
  }

  /** Person to their disclosed links, by number. */
  chains() {
    const found = new Map();
    for (const item of this.records) {
      if (!item.entry || !item.proof) continue;
      for (const role of rolesOf(item.entry.type)) {
        const [subject, number, previous] = ["subject", "number", "previous"].map((end) => item.value(`${role}_${end}`));
        if (!isText(subject) || !subject || typeof number !== "number" || !isText(previous)) continue;
        const link = { item, number, previous, where: `${item.openedPath}#${role}_number` };
        found.set(subject, [...(found.get(subject) || []), link]);
      }
    }
    const byNumber = (one, two) => one.number - two.number || (one.item.index < two.item.index ? -1 : one.item.index > two.item.index ? 1 : 0);
    for (const links of found.values()) links.sort(byNumber);
    return found;
  }

  /** Whether the log goes on from another one: a person's first record may then name their last one there. */
  goesOn() {
    const genesis = this.genesis && this.genesis.entry;
    return Boolean(genesis && genesis.type === "genesis" && genesis.body.predecessor.length > 0);
  }

  checkLink(link, before) {
    const heir = link.number === 1 && this.goesOn();
    if ((link.previous === "none") === link.number > 1 && !heir) this.fault("chain_start", link.where);
    if (!before) return;
    if (before.item === link.item) {
      if (before.number !== link.number || before.previous !== link.previous) {
        this.fault("chain_two_numbers", link.where);
      }
      return;
    }
    if (link.number === before.number) this.fault("chain_number_twice", link.where);
    else if (link.number === before.number + 1 && !same(fromBase64url(link.previous), before.item.leaf)) {
      this.fault("chain_previous", link.where);
    }
    if (link.item.index <= before.item.index) this.fault("chain_order", link.where);
  }

  record(id) {
    return this.records.find((item) => item.entry && item.entry.id === id) || null;
  }

  /** Record ids and numbers that the export record lists as left out. */
  leftOut() {
    const exported = this.record(this.export);
    const value = exported && exported.value("export_left_out");
    return Array.isArray(value) ? value.map((each) => each[0]) : [];
  }

  /** What a person kept against what the court got. The JWS is transport: entry and proof count. */
  checkReceipt(where, bytes) {
    const [kept, refused] = attempt(() => {
      const found = readReceipt(bytes);
      const { entry, proof } = found;
      const keys = this.ring ? this.ring.ofEntry(entry, familyOf(entry.type)) : [];
      if (!keys.some((each) => each.key.verify(entry.text, entry.signature.raw))) throw new Refused("", "not of this log");
      const trusted = this.trust ? this.trust.logKeys.map((each) => each.key) : this.logKeys();
      const { origin, size, root } = readCheckpoint(readNote(proof.checkpoint).text);
      const signed = openNote(proof.checkpoint, trusted);
      if (!trusted.length || origin !== trusted[0].name || !signed.some((each) => each.key.name === origin)) {
        throw new Refused("", "not of this log");
      }
      if (!isIncluded(proof.index, size, entry.leaf, proof.path, root)) throw new Refused("", "not at this place");
      return found;
    });
    if (refused) {
      this.doubt("receipt_unreadable", where, { reason: refused.reason });
      return;
    }
    this.compareReceipt(where, kept);
    if (kept.files) this.checkReceiptTime(where, kept);
  }

  /** The time part is that of a package of this one record, over the checkpoint of the receipt's proof. */
  checkReceiptTime(where, { files, proof }) {
    const part = new Checker(this.trusted, [], this.now);
    const checkpoint = readCheckpoint(readNote(proof.checkpoint).text);
    Object.assign(part, { files, checkpoint, trust: this.trust, ring: this.ring });
    part.records = [new Item(files, "records/0001.note", [])];
    part.open("time");
    part.checkTime();
    const faults = part.findings.filter(({ weight }) => weight === FAULT).map(({ code }) => code);
    if (part.findings.some(({ code }) => code === "not_anchored" || code === "no_time")) faults.push("not_anchored");
    if (faults.length) this.doubt("receipt_time_fails", where, { receipt: where, reason: faults[0] });
    else this.note("receipt_time_not_judged", where, { receipt: where });
  }

  compareReceipt(where, { entry, proof, number, previous }) {
    const item = this.record(entry.id);
    const out = this.leftOut();
    if (item) {
      const holds = same(item.entry.leaf, entry.leaf) && item.proof && item.index === proof.index;
      this.find(holds ? NOTE : FAULT, holds ? "receipt_holds" : "receipt_differs", item.path, { receipt: where, number });
      return;
    }
    const size = this.checkpoint ? this.checkpoint.size : 0n;
    const links = [...this.chains().values()].flat();
    const isNext = (link) =>
      same(fromBase64url(previous), link.item.leaf) || same(fromBase64url(link.previous), entry.leaf);
    if (proof.index >= size) this.note("receipt_later", where, { number });
    else if (out.includes(entry.id)) this.note("receipt_left_out", where, { number });
    else if (!out.includes(number) && links.some(isNext)) this.fault("receipt_withheld", where, { number, id: entry.id });
    else this.doubt("receipt_not_in_package", where, { number, id: entry.id });
  }

  // 12: the package holds exactly what the export record says, and the records that its records name.
  checkExport() {
    const exported = this.record(this.export);
    if (!exported || exported.entry.type !== "export") {
      this.fault("no_export_record", CUSTODY);
      return;
    }
    const value = exported.value("export_list");
    if (!Array.isArray(value)) {
      this.fault("export_not_disclosed", exported.openedPath);
      return;
    }
    const listed = new Map(value.map(([id, names]) => [id, [...names].sort().join()]));
    const others = this.records.filter((item) => item !== exported && item.entry);
    for (const item of others) {
      const names = (item.opened || []).map((each) => each.name).sort().join();
      if (!listed.has(item.entry.id)) this.fault("record_added", item.path);
      else if (listed.get(item.entry.id) !== names) this.fault("slots_differ", item.openedPath);
    }
    const present = new Set(others.map((item) => item.entry.id));
    const gone = [...listed.keys()].filter((id) => !present.has(id)).sort();
    const unread = this.records.filter((item) => !item.entry).length;
    for (const id of gone) this.find(gone.length > unread ? FAULT : NOTE, "record_removed", "", { id });
    if (exported.value("export_count") !== listed.size) this.fault("export_count", exported.openedPath);
    const request = this.files.get("request/request");
    const digest = exported.value("export_request");
    if (request && isText(digest) && digest && hashOf(request) !== toHex(fromBase64url(digest))) {
      this.fault("request_differs", "request/request");
    }
    this.checkHeads(exported);
    this.checkClosure(others);
  }

  checkHeads(exported) {
    const heads = exported.value("export_heads") || [];
    for (const links of this.chains().values()) {
      const { number, item, where } = links[links.length - 1];
      const covers = ([n, leaf]) => n > number || (n === number && same(fromBase64url(leaf), item.leaf));
      if (!heads.some(covers)) this.fault("head", where, { number });
    }
  }

  checkClosure(others) {
    const known = [...this.records, ...this.keyRecords, ...(this.genesis ? [this.genesis] : [])];
    const present = new Set([...known.filter((item) => item.entry).map((item) => item.entry.id), ...this.leftOut()]);
    for (const item of others) {
      for (const [name, id] of referencesOf(item.opened || [])) {
        if (!present.has(id)) this.fault("reference_missing", `${item.openedPath}#${name}`, { id });
      }
    }
  }

  // 13: electronic digital signatures are not judged here; whether the documents are the recorded ones is.
  checkEds() {
    const judged = new Set();
    for (const { folder, detached, records } of this.documents) {
      for (const id of records) {
        judged.add(id);
        const item = this.record(id);
        if (!item || item.entry.type !== "signature_verification") this.fault("document_of_nothing", folder);
        else this.checkDocument(item, folder, detached);
      }
    }
    for (const item of this.records) {
      if (!item.entry || item.entry.type !== "signature_verification") continue;
      if (item.value("content_seen") === "digest_only") this.note("content_not_seen", item.path);
      if (!judged.has(item.entry.id)) this.note("document_not_packaged", item.path);
    }
    if (this.documents.length) this.leave("eds_not_here");
  }

  checkDocument(item, folder, detached) {
    const value = item.value("document");
    const content = this.files.get(`${folder}/content`);
    if (!content && detached) {
      this.note("content_not_packaged", folder);
      return;
    }
    const hashed = [this.files.get(`${folder}/signed`), content].filter(Boolean).map(hashOf);
    if (isText(value) && value && !hashed.includes(toHex(fromBase64url(value)))) {
      this.fault("document_digest", `${item.openedPath}#document`);
    }
  }

  // 14: the report is there; whether it says what the records say is not checked here. The verifiers are known.
  checkReport() {
    if (!this.files.has("report.html")) this.fault("report_missing", "report.html");
    else this.leave("report_not_compared");
    const known = Object.entries(this.trust ? this.trust.verifiers : {});
    for (const name of ["verify.html", "verify.py"]) {
      const bytes = this.files.get(`verify/${name}`);
      const hashes = known.filter(([path]) => path.split("/").pop() === name).map(([, hash]) => hash);
      if (bytes && !hashes.length) this.note("verifier_not_named", `verify/${name}`);
      else if (bytes && !hashes.includes(hashOf(bytes))) this.doubt("verifier_unknown", `verify/${name}`);
    }
  }

  // 15: the seal covers exactly these files; its signature and certificates are beyond this page.
  checkSeal() {
    const there = [MANIFEST, SEAL].filter((path) => this.files.has(path));
    if (!there.length) this.leave("no_seal");
    else if (there.length === 1) this.fault("seal_incomplete", there[0] === MANIFEST ? SEAL : MANIFEST);
    else {
      if (!same(this.files.get(MANIFEST), toBytes(this.writeManifest()))) this.fault("seal_manifest", MANIFEST);
      this.leave("seal_not_here");
    }
  }

  /** The ASiCManifest (ETSI EN 319 162-1, annex A.4) of these files. */
  writeManifest() {
    const lines = [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">',
      `<asic:SigReference URI="${SEAL}" MimeType="application/pkcs7-signature"/>`,
    ];
    for (const [path, bytes] of this.files) {
      if (path === "mimetype" || path.startsWith("META-INF/")) continue;
      const type = TABLES.MEDIA_TYPES[path.split(".").pop()] || "application/octet-stream";
      const digest = btoa(toLatin(fromHex(hashOf(bytes))));
      lines.push(
        `<asic:DataObjectReference URI=${quote(path)} MimeType="${type}">` +
          '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>' +
          `<ds:DigestValue>${digest}</ds:DigestValue></asic:DataObjectReference>`,
      );
    }
    return [...lines, "</asic:ASiCManifest>", ""].join("\n");
  }

  /** The weight of the heaviest finding. */
  get weight() {
    return Math.max(NOTE, ...this.findings.map((each) => each.weight));
  }

  /** A record's own weight, and the places of what weighs on it. */
  weightOf(item) {
    const own = this.findings.filter((each) => numberOf(each.where) === item.number);
    const log = this.findings.filter((each) => OF_THE_LOG.includes(each.check));
    const places = new Set(own.filter((each) => each.weight).map((each) => each.where));
    return { weight: Math.max(NOTE, ...[...own, ...log].map((each) => each.weight)), places: [...places] };
  }

  /** `holds`, `not_confirmed`, `fails`, or `not_made`. */
  outcome(check) {
    const weight = Math.max(NOTE, ...this.findings.filter((each) => each.check === check).map((each) => each.weight));
    return !this.done.has(check) && weight === NOTE ? "not_made" : ["holds", "not_confirmed", "fails"][weight];
  }
}

/** (where, name, digest) of each digest that is known and stands for bytes. */
function* digestsOf({ path, openedPath, entry, opened }) {
  for (const [name, form] of Object.entries(plainOf(entry.type))) {
    if (form === "digest!" && entry.type !== "anchor") yield [path, name, entry.body[name]];
  }
  for (const { name, value } of opened || []) {
    const known = slotsOf(entry.type).includes(name) && formOfSlot(name) === "digest";
    if (known && isText(value) && DIGEST.test(value)) yield [openedPath, name, value];
  }
}

/** [slot, record id] of each record that these disclosed values name. */
function referencesOf(opened) {
  const found = [];
  const last = new Map(opened.map((each) => [each.name, each.value]));
  for (const [name, value] of last) {
    const isList = Array.isArray(value);
    let ids = [];
    if (REFERENCES.includes(name)) ids = (isList ? value : [value]).filter(isText);
    else if (name === "approvals" && isList) ids = value.map((each) => (isObject(each) ? String(each.record) : ""));
    for (const id of ids) if (id !== "" && id !== "none") found.push([name, id]);
  }
  return found.sort((one, two) => (one.join() < two.join() ? -1 : 1));
}

/** covers.json of a renewal: each older token's digest, place, material and path; Refused for another form. */
function readCovers(bytes) {
  const value = bytes ? readJson(bytes, 4194304, 200000) : null;
  const fail = () => {
    throw new Refused("", "not an array of renewed tokens");
  };
  if (!Array.isArray(value) || !value.length || value.length > 2000) fail();
  const digests = (array) => {
    if (!Array.isArray(array) || !array.every(isText)) fail();
    const found = array.map(fromBase64url);
    return found.every((each, at) => each.length === 64 && toBase64url(each) === array[at]) ? found : fail();
  };
  const found = value.map((each) => {
    if (!isObject(each) || !hasMembers(each, ["material", "path", "place", "token"])) fail();
    const { place, token } = each;
    if (!Number.isInteger(place) || place < 0 || !isText(token) || !/^[0-9a-f]{64}$/.test(token)) fail();
    return { token, place, material: digests(each.material), path: digests(each.path) };
  });
  if (found.some(({ token }, at) => at > 0 && token <= found[at - 1].token)) fail();
  return found;
}

const RECEIPTS = { "confirmation-receipt+jwt": "confirmation", "authentication-receipt+jwt": "authentication" };

/** Entry, proof, the person's number (0: none) and previous leaf of a receipt. */
function readReceipt(bytes) {
  const fail = () => {
    throw new Refused("", "not a receipt");
  };
  const parts = bytes.length <= 1048576 ? toLatin(bytes).trim().split(".") : [];
  if (parts.length !== 3) fail();
  const [header, payload] = parts.slice(0, 2).map((part) => readJson(fromBase64url(part), 1048576));
  const kind = isObject(header) && Object.hasOwn(RECEIPTS, header.typ) ? RECEIPTS[header.typ] : null;
  if (kind === null || !isObject(payload) || !isText(payload.entry) || !isText(payload.proof)) fail();
  const entry = readEntry(toBytes(payload.entry));
  const proof = readProof(toBytes(payload.proof));
  if (entry.type !== kind || !Array.isArray(payload.disclosures)) fail();
  const values = new Map();
  for (const opened of payload.disclosures.map(readDisclosure)) {
    checkDisclosure(entry, opened);
    values.set(opened.name, opened.value);
  }
  let files = null;
  if (Object.hasOwn(payload, "time")) {
    files = readTimePart(payload.time);
    files.set(CHECKPOINT, proof.checkpoint);
    files.set("records/0001.note", toBytes(payload.entry));
    files.set("proofs/0001.tlog-proof", toBytes(payload.proof));
    files.set("disclosures/0001.json", toBytes("[]"));
  }
  return { entry, proof, number: values.get("person_number") || 0, previous: values.get("person_previous") || "", files };
}

/** The files of a receipt's time part. Revocation data that are too long are named by path and size alone. */
function readTimePart(value) {
  const need = (holds) => {
    if (!holds) throw new Refused("", "not a time part");
  };
  need(isObject(value) && hasMembers(value, ["files"]) && Array.isArray(value.files));
  const files = new Map();
  let before = "";
  for (const each of value.files) {
    need(isObject(each) && (hasMembers(each, ["data", "path"]) || hasMembers(each, ["path", "size"])));
    const { data, path, size } = each;
    need(isText(path) && path.startsWith("time/") && PATHS.test(path) && path > before);
    before = path;
    if (data === undefined) need(/^time\/material\/(?:crl|ocsp)\//.test(path) && Number.isInteger(size) && size > 0);
    else {
      need(isText(data) && toBase64url(fromBase64url(data)) === data);
      files.set(path, fromBase64url(data));
    }
  }
  return files;
}
