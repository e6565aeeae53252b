// What every page does: theme, search, keys, the one socket, and the marks of what is no longer fresh.

import { Ages, kind } from "./ages.js";
import { sayEnded } from "./ended.js";
import { startKeys } from "./keys.js";
import { figure, hourText, readOut, zone } from "./reader.js";
import { startSearch } from "./search.js";
import { keptAt, startOffline } from "./offline.js";
import { Socket } from "./socket.js";
import { startTheme } from "./theme.js";

const EDGE_PX = 24; // so that the next tab is seen to be there
const MADE_MS = 1_500; // by then the server can make a page of what has just come
const AGAIN_MS = 3_000;
const SCRIPT_MS = 2; // of one frame: what was written then has still to be laid out and painted

const body = document.body.dataset;
const root = document.documentElement;
const pulse = document.querySelector("[data-pulse]");
const alarm = document.querySelector("[data-alarm]");

export const ages = new Ages();
export const socket = new Socket(body.socket);
export let streams = body.streams.split(" ");

/** Work for the next animation frame; each function at most once a frame. Where script is slow the rest waits for the
    frame after, so that none is long: work is told until when (`performance.now()`) it should be done. Work that returns
    true has a chart drawn in the next one, which is left to that. */
const waiting = new Set();
let isAsked = false;
export function onNextFrame(work) {
  waiting.add(work);
  if (!isAsked) requestAnimationFrame(flush);
  isAsked = true;
}
function flush() {
  const until = performance.now() + SCRIPT_MS;
  let draws = false;
  try {
    for (const work of [...waiting]) {
      waiting.delete(work);
      draws = work(until) === true;
      if (draws || performance.now() >= until) break;
    }
  } finally {
    isAsked = draws || waiting.size > 0;
    if (draws) requestAnimationFrame(() => requestAnimationFrame(flush));
    else if (isAsked) requestAnimationFrame(flush);
  }
}

/** A script that the first paint does not need; asked for again if the site goes away before it comes. */
export async function whenThere(load) {
  for (;;) {
    try {
      return await load();
    } catch {
      await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
  }
}

export function watchStreams(names) {
  streams = names;
  judge();
}

/** Write only what is different, as the reader writes numbers: a text that stays costs nothing. One of the same width
    keeps its node, for a new one would have the styles of its whole table looked up again. */
export function put(element, text) {
  const written = figure(text);
  if (!element || element.textContent === written) return;
  const held = element.firstChild;
  if (held?.nodeType === Node.TEXT_NODE && held === element.lastChild && isAsWide(held.data, written)) held.data = written;
  else element.textContent = written; // a node whose beginning moved, as it stands right, would be a layout shift
}

/** All digits are (`tabular-nums`); other signs are not. */
function isAsWide(before, now) {
  if (before.length !== now?.length) return false;
  for (let i = 0; i < now.length; i += 1) {
    if (before[i] !== now[i] && !(isDigit(before[i]) && isDigit(now[i]))) return false;
  }
  return true;
}

const isDigit = (sign) => sign >= "0" && sign <= "9";

/** Mark what is stale, from the root down, and say what is wrong. */
function judge() {
  ages.notice();
  const late = [...new Set(ages.stale(streams).map(kind))].join(" ");
  if (root.dataset.stale !== late) root.dataset.stale = late;
  const verdict = ages.verdict(streams, socket.lostAt);
  if (keptAt && ages.heard === null) Object.assign(verdict, { state: "stale", text: `As of ${keptAt}`, alarm: "" });
  if (pulse.dataset.state !== verdict.state) pulse.dataset.state = verdict.state;
  put(pulse, verdict.text);
  put(alarm, verdict.alarm);
  for (const element of document.querySelectorAll("[data-countdown]")) put(element, countdown());
}

/** On a phone a row of tabs is wider than the screen: scroll it to the one that is open, and nothing else. */
function showInBar(here) {
  const bar = here.closest("nav");
  const over = here.getBoundingClientRect().right - bar.getBoundingClientRect().right;
  if (over > 0) bar.scrollLeft += over + EDGE_PX;
}

/** `12:45` to the next full hour UTC, when funding is paid; by the feed's clock. */
function countdown() {
  const now = ages.now();
  return now === null ? "" : new Date(3_600_000 - (now % 3_600_000)).toISOString().slice(14, 19);
}

// The page came over the network just now, so the age in it counts from the start of the navigation. A page
// out of a cache says nothing about its age: it is not live before the socket has spoken.
const first = JSON.parse(body.status);
ages.hasNumbers = first.has_numbers;
const [navigation] = performance.getEntriesByType("navigation");
if (!keptAt && navigation?.type !== "back_forward" && navigation?.transferSize > 0 && !document.wasDiscarded) {
  ages.hear(first.rows, first.age, 0);
}
addEventListener("pageshow", (event) => event.persisted && ages.hear({}));
let waits = document.querySelector("[data-waits]"); // a page that could say nothing before the first number
socket.join("status", (rows) => {
  ages.hear(Object.fromEntries(rows));
  if (waits && ages.hasNumbers) {
    waits = null;
    setTimeout(() => location.reload(), MADE_MS);
  }
  onNextFrame(judge);
});
setInterval(judge, 1_000);
addEventListener("beforeprint", () => {
  const now = ages.now();
  put(document.querySelector("[data-printed]"), now === null ? "Not live." : `As of ${hourText(now)}, ${zone}`);
});
judge();
for (const here of document.querySelectorAll("nav [aria-current]")) showInBar(here);
startTheme();
readOut(document);
startKeys();
startSearch();
startOffline();
sayEnded();
