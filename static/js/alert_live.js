// Where the figures of alerts stand now, and how far they have to go: as dashboard/pages/alerts/live.py says it.

import { kind } from "./ages.js";
import { ages, onNextFrame, put, socket } from "./page.js";
import { momentText } from "./reader.js";

const joined = new Map(); // topic → its rows
const places = new Set();

/** Keep every `[data-live]` inside `root` up to date. */
export function follow(root) {
  for (const element of root.querySelectorAll("[data-live]")) {
    const live = JSON.parse(element.dataset.live);
    places.add({ element, live, side: Number(element.dataset.side), threshold: Number(element.dataset.threshold), unit: element.dataset.unit });
    for (const topic of live.topics) join(topic);
  }
}

/** Forget those that are no more on the page. */
export function forget() {
  for (const place of places) if (!place.element.isConnected) places.delete(place);
}

function join(topic) {
  if (joined.has(topic)) return;
  joined.set(topic, null);
  socket.join(topic, (rows) => {
    joined.set(topic, rows);
    onNextFrame(showAll);
  });
}

function showAll() {
  for (const place of places) show(place);
}

function show({ element, live, side, threshold, unit }) {
  if (!live.topics.some((topic) => joined.get(topic))) return; // what the server said still stands
  const [text, value] = valueOf(live);
  put(element.querySelector("[data-now]"), text);
  const gap = element.querySelector("[data-gap]");
  const [words, holds] = distance(unit, side, threshold, value);
  put(gap, words || "—");
  gap.classList.toggle("holds", holds);
  put(element.querySelector("[data-silent]"), silence(live));
}

/** Text and number of the figure; a dash and null while one part is not known. */
function valueOf(live) {
  const found = [];
  for (const topic of live.topics) {
    const rows = joined.get(topic);
    if (!rows || (kind(topic) === "account" && !rows.get("summary")?.positions_at)) return ["—", null];
    let chosen = choose(live, rows);
    if (!chosen.length && live.flat) chosen = [["no position", live.flat === "safe" ? Infinity : 0]];
    if (!chosen.length || chosen.some(([, number]) => number === null)) return ["—", null];
    found.push(...chosen);
  }
  const better = live.most ? (a, b) => b[1] > a[1] : (a, b) => b[1] < a[1];
  return found.length ? found.reduce((best, one) => (better(best, one) ? one : best)) : ["—", null];
}

function choose(live, rows) {
  if (!live.key) {
    const newest = [...rows.values()].reduce((last, row) => (!last || row.time > last.time ? row : last), null);
    return newest ? [read(live, newest)] : [];
  }
  if (live.key === "position:") return [...rows].filter(([key]) => key.startsWith(live.key)).map(([, row]) => read(live, row));
  return rows.has(live.key) ? [read(live, rows.get(live.key))] : [];
}

function read(live, row) {
  const raw = row[live.number];
  let text = row[live.text] ?? "—";
  if (raw === null || raw === undefined) return live.flat === "safe" ? ["none", Infinity] : ["—", null];
  let number = typeof raw === "number" ? raw * live.times : parsed(raw);
  if (number === null) return ["—", null];
  if (live.how === "n_equity") {
    number = row.n_equity > 0 ? number / row.n_equity : number ? Infinity : 0;
    text = number < Infinity ? `${number.toFixed(2)}×` : "no equity";
  }
  if (live.how === "size") number = Math.abs(number);
  if (live.how === "sign") number = Math.sign(number);
  return [text, number];
}

function parsed(text) {
  const found = /[+-]?[\d,]*\.?\d+/.exec(text.replace("−", "-"));
  return found ? Number(found[0].replaceAll(",", "")) : null;
}

/** Words, and whether the condition holds. */
function distance(metricUnit, side, threshold, value) {
  if (value === null) return ["", false];
  const holds = side > 0 ? value >= threshold : value <= threshold;
  if (metricUnit === "sign") return [holds ? "so now" : "not so now", holds];
  let gap = Math.abs(threshold - value);
  const unit = { percent: " points", times: "×" }[metricUnit] ?? "%";
  if (unit === "%") {
    if (!value) return [holds ? "past it" : "", holds];
    gap = (gap / Math.abs(value)) * 100;
  }
  if (gap === Infinity) return [holds ? "past it" : "far away", holds];
  const digits = gap >= 1000 ? 0 : gap >= 100 ? 1 : gap >= 0.1 ? 2 : 4;
  const text = gap.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }) + unit;
  return [holds ? `past it by ${text}` : `${text} away`, holds];
}

/** `No data since …` once the figure's source has been silent for too long. */
function silence(live) {
  const now = ages.now();
  if (live.stream) {
    if (ages.isLive(live.stream)) return "";
    return said(ages.rows[live.stream]?.last_received);
  }
  const summaries = live.topics.map((topic) => joined.get(topic)?.get("summary"));
  if (now !== null && summaries.every((one) => one?.positions_at && now - one.positions_at <= one.limit_ms)) return "";
  return summaries.every((one) => one?.positions_at) ? said(Math.min(...summaries.map((one) => one.positions_at))) : said(null);
}

const said = (at) => (at ? `No data since ${momentText(at)}` : "No data yet");

setInterval(() => onNextFrame(showAll), 1_000);
