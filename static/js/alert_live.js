// Where the figures of alerts stand now, and how far they have to go: as dashboard/pages/alerts/live.py says it.

import { distance, valueOf } from "./alert_value.js";
import { ages, onNextFrame, put, socket } from "./page.js";
import { momentText } from "./reader.js";

const joined = new Map(); // topic → its rows
const places = new Set();
let flipped = () => {};

/** Keep every `[data-live]` inside `root` up to date; `onFlip` is called when a condition begins or ceases to hold. */
export function follow(root, onFlip = flipped) {
  flipped = onFlip;
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
  const [text, value] = valueOf(live, joined);
  put(element.querySelector("[data-now]"), text);
  const gap = element.querySelector("[data-gap]");
  const [words, holds] = distance(unit, side, threshold, value);
  put(gap, words || "—");
  gap.classList.toggle("holds", holds);
  if (value !== null) {
    if (element.held !== undefined && element.held !== holds) flipped();
    element.held = holds;
  }
  put(element.querySelector("[data-silent]"), silence(live));
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
