// The page: files in, verdict out. Everything that comes from a file goes in as text, never as markup.

import { toHex, toText } from "./bytes.js";
import { CHECKS, Checker, FAULT, VERDICTS, readTrust } from "./package.js";
import { NotAPackage, Refused, writeJson } from "./json.js";
import { writeTime } from "./entry.js";

const { FINDINGS, CHECK_NAMES, WORDS, NOT_CHECKED, PAGE } = TABLES;
const LANGUAGES = ["kk", "ru", "en"];
const LARGEST = 1024 * 1024 * 1024;
const SHOWN = 65536; // characters of one text that are shown
const HIDING = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
const ALMATY_SINCE = Date.UTC(2024, 1, 29, 19); // from UTC+6 to UTC+5 on 2024-03-01, without time-zone files

const by = (id) => document.getElementById(id);
const state = { language: "en", package: null, trust: null, receipts: [], shown: null, turn: 0 };

/** The text in the page's language with its places filled in. What is filled in is never read for places. */
function fill(words, params = {}) {
  const text = words[LANGUAGES.indexOf(state.language)];
  return text.replace(/\{(\w+)\}/g, (place, name) => (Object.hasOwn(params, name) ? params[name] : place));
}

const say = (word, params) => fill(PAGE[word] || WORDS[word], params);
/** Characters that turn or hide text are shown by their code. */
const plain = (text) =>
  text.replace(HIDING, (each) => `[U+${each.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}]`);

function make(tag, text, attributes = {}) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = plain(text);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** The verdict in one sentence: its first reason, then what was not proven or not checked. */
function sentence(checker) {
  const { weight, findings } = checker;
  let first = say(VERDICTS[weight]);
  const worst = findings.find((each) => weight && each.weight === weight);
  if (worst) {
    const where = worst.where ? ` (${worst.where})` : "";
    first += `${first.includes(":") ? "; " : ": "}${fill(FINDINGS[worst.code], worst.params)}${where}`;
  }
  const parts = [first];
  if (weight !== FAULT) {
    const codes = findings.map((each) => each.code);
    if (codes.includes("no_time")) parts.push(fill(FINDINGS.no_time));
    if (!checker.independent) parts.push(say("no_witness", { date: writeTime(checker.now).slice(0, 10) }));
    const what = Object.keys(NOT_CHECKED).filter((code) => codes.includes(code));
    if (what.length) parts.push(say("not_checked", { what: what.map((code) => fill(NOT_CHECKED[code])).join(", ") }));
  }
  return `${parts.join("; ")}.`;
}

function showWords() {
  document.documentElement.lang = state.language;
  document.title = say("title");
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = say(element.dataset.word);
  for (const input of document.querySelectorAll("input[type=radio]")) input.checked = input.value === state.language;
  showChosen();
  if (state.shown) show(state.shown);
}

function showChosen() {
  const names = {
    package: state.package ? [state.package.name] : [],
    trust: state.trust ? [state.trust.name] : [],
    receipts: state.receipts.map((each) => each.name),
  };
  for (const [id, each] of Object.entries(names)) {
    by(`${id}-chosen`).textContent = each.length ? plain(say("chosen", { names: each.join(", ") })) : say("none_chosen");
  }
}

function show(checker) {
  by("test").textContent = checker.environment === "test" ? say("test") : "";
  by("verdict").textContent = plain(sentence(checker));
  by("verdict").className = ["holds", "not_confirmed", "fails"][checker.weight];
  by("verdict").dataset.verdict = VERDICTS[checker.weight];
  by("checks").tBodies[0].replaceChildren(...CHECKS.map((check, at) => rowOf(checker, check, at + 1)));
  by("records").replaceChildren(...checker.records.map((item) => recordOf(checker, item)));
}

function rowOf(checker, check, number) {
  const outcome = checker.outcome(check);
  const row = make("tr", undefined, { "data-check": check });
  const found = make("ul");
  for (const { code, weight, where, params } of checker.findings.filter((each) => each.check === check)) {
    const reason = Object.hasOwn(params, "reason") ? ` [${params.reason}]` : "";
    const text = `${fill(FINDINGS[code], params)}${where ? ` (${where})` : ""}${reason}`;
    const weighs = ["", "not_confirmed", "fails"][weight];
    found.append(make("li", text, { class: weighs, "data-code": code, "data-weight": weight, "data-where": where }));
  }
  const cell = make("td");
  if (found.childElementCount) cell.append(found);
  row.append(make("td", String(number)), make("th", fill(CHECK_NAMES[check]), { scope: "row" }));
  row.append(make("td", say(outcome), { class: outcome }), cell);
  return row;
}

function recordOf(checker, item) {
  const { weight, places } = checker.weightOf(item);
  const verdict = VERDICTS[weight];
  const record = make("details", undefined, { "data-record": item.path, "data-verdict": verdict });
  const type = item.entry ? fill(PAGE.types[item.entry.type]) : "?";
  const summary = make("summary", `${item.path} · ${type} · `);
  const word = say(verdict).split(":")[0];
  summary.append(make("span", word, { class: ["holds", "not_confirmed", "fails"][weight] }));
  if (places.length) summary.append(make("span", ` ← ${places.join(", ")}`));
  record.append(summary);
  // a record's values are made when they are opened: a thousand records stay quick
  record.addEventListener("toggle", () => record.childElementCount === 1 && record.append(...contentOf(checker, item)));
  return record;
}

function contentOf(checker, item) {
  if (!item.entry) return [make("p", say("unreadable"))];
  const { type, id, time, body } = item.entry;
  const almaty = new Date(time + (time < ALMATY_SINCE ? 6 : 5) * 3600000).toISOString().replace("T", " ").slice(0, 23);
  const about = [
    [say("type"), `${fill(PAGE.types[type])} (${type})`],
    [say("kind"), fill(PAGE.kinds[type])],
    [say("id"), id],
    [say("time_utc"), writeTime(time)],
    [say("time_almaty"), almaty],
    [say("place"), String(item.index)],
    [say("leaf"), toHex(item.leaf)],
  ];
  const known = ["id", "time", "claims"];
  const members = Object.entries(body).filter(([name]) => !known.includes(name));
  const opened = (item.opened || []).map((each) => [each.name, each.value]);
  const values = make("table", undefined, { "aria-label": say("values") });
  const head = make("tr");
  head.append(make("th", say("name"), { scope: "col" }), make("th", say("value"), { scope: "col" }));
  values.append(make("thead"), make("tbody"));
  values.tHead.append(head);
  for (const [name, value] of [...about, ...members, ...opened]) {
    const row = make("tr");
    const cell = make("td", typeof value === "string" ? value : writeJson(value));
    const text = textBehind(checker, value);
    if (text !== null) cell.append(make("p", `${say("text")}:`), make("pre", text));
    row.append(make("th", name, { scope: "row" }), cell);
    values.tBodies[0].append(row);
  }
  return [values];
}

/** The packaged text whose digest this value is; null where there is none, or it is no text. */
function textBehind(checker, value) {
  if (typeof value !== "string" || !/^[A-Za-z0-9_-]{43}$/.test(value)) return null;
  const raw = Uint8Array.from(atob(`${value.replace(/-/g, "+").replace(/_/g, "/")}=`), (each) => each.charCodeAt(0));
  const bytes = checker.files.get(`blobs/${toHex(raw)}`);
  try {
    return bytes ? toText(bytes).slice(0, SHOWN) : null;
  } catch (error) {
    return null;
  }
}

/** Check what is chosen, and say it. A check that was overtaken by another choice says nothing. */
async function check() {
  const turn = ++state.turn;
  state.shown = null;
  by("result").hidden = true;
  by("status").textContent = "";
  by("status").className = "";
  showChosen();
  if (!state.package) return;
  by("status").textContent = say("busy");
  await new Promise((resolve) => setTimeout(resolve, 30)); // let the page be drawn
  try {
    const trusted = state.trust ? readTrust(state.trust.bytes) : null;
    const checker = new Checker(trusted, state.receipts.map((each) => each.bytes), Date.now());
    await checker.run(state.package.bytes);
    if (turn !== state.turn) return;
    state.shown = checker;
    show(checker);
    by("result").hidden = false;
    by("status").textContent = plain(sentence(checker)); // heard; what is seen is #verdict
    by("status").className = "heard";
    by("result-heading").focus();
  } catch (error) {
    if (turn === state.turn) by("status").textContent = plain(explain(error));
  }
}

function explain(error) {
  if (error instanceof NotAPackage) return say("not_a_package");
  if (error instanceof Refused) return say("bad_trust", { reason: error.reason });
  return `${say("failed")} [${error.message}]`;
}

async function read(file) {
  if (file.size > LARGEST) throw new RangeError("too large");
  return { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
}

/** Where a dropped file belongs: a package begins as a ZIP or PDF, trust.json is an object, the rest are receipts. */
function kindOf({ bytes }) {
  const start = String.fromCharCode(...bytes.subarray(0, 1024));
  if (start.startsWith("PK") || start.includes("%PDF-")) return "package";
  return /^\s*\{/.test(start) ? "trust" : "receipts";
}

async function take(files, kind) {
  try {
    const found = await Promise.all([...files].map(read));
    if (kind === "receipts") state.receipts = found;
    else if (kind) state[kind] = found[0] || null;
    else {
      for (const each of found) {
        if (kindOf(each) === "receipts") state.receipts = [...state.receipts, each];
        else state[kindOf(each)] = each;
      }
      for (const each of ["package", "trust", "receipts"]) by(each).value = ""; // what counts is named below each
    }
  } catch (error) {
    by("status").textContent = error instanceof RangeError ? say("too_large") : `${say("failed")} [${error.message}]`;
    return;
  }
  await check();
}

for (const kind of ["package", "trust", "receipts"]) {
  by(kind).addEventListener("change", (event) => take(event.target.files, kind));
}
for (const input of document.querySelectorAll("input[type=radio]")) {
  input.addEventListener("change", () => {
    state.language = input.value;
    showWords();
    by("status").textContent = state.shown ? plain(sentence(state.shown)) : "";
  });
}
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("dragging");
});
document.addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) document.body.classList.remove("dragging");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dragging");
  take(event.dataTransfer.files, "");
});

const preferred = (navigator.languages || []).map((each) => each.slice(0, 2)).find((each) => LANGUAGES.includes(each));
state.language = preferred || "en";
showWords();
