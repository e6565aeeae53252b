// Notes of alerts on every page of who is signed in: the bell's number, what was just told, what is not acknowledged.

import { put, socket } from "./page.js";
import { hourText, momentText } from "./reader.js";
import { ring } from "./sound.js";

const MOST = 4; // notes at once; the bell counts the others
const CLOSED = "alerts.closed"; // firings whose note was closed here without acknowledging it
const MOST_CLOSED = 100;
const RECENT_MS = 12 * 3_600_000;

const bell = document.querySelector("[data-bell]");
const list = document.querySelector("[data-toasts-list]");
const template = document.querySelector("template[data-toast]");
const notes = new Map(); // by firing, or by the key of what is about no firing

const nameOf = ({ firing, key }) => (firing ? `firing ${firing}` : `told ${key}`);

socket.join("alerts", (rows) => {
  const { n, is_all: isAll } = rows.get("count") ?? { n: 0, is_all: true };
  put(bell.querySelector("[data-bell-count]"), n === 0 ? "" : isAll ? String(n) : "99+");
  bell.ariaLabel = `Alerts to acknowledge: ${isAll ? n : "99 or more"}`;
  bell.toggleAttribute("data-some", n > 0);
  const firings = [...rows.values()].filter((row) => row.firing);
  const open = new Set(firings.map(nameOf));
  for (const [name, note] of notes) if (note.dataset.firing && !open.has(name)) remove(name);
  const wanted = firings.filter((row) => row.is_told && !notes.has(nameOf(row)) && !closed().includes(row.firing));
  for (const row of wanted.reverse()) show(row);
});

socket.onTold((told) => {
  show(told);
  ring(told.key);
});

/** The newest comes last, nearest to the edge; what is told of a firing again takes the place of its note. */
function show(told) {
  const name = nameOf(told);
  notes.get(name)?.remove();
  notes.delete(name);
  const note = document.importNode(template.content.firstElementChild, true);
  const link = note.querySelector("[data-link]");
  link.href = new URL(told.url, location.href).pathname; // of this site, under whatever name it is open here
  link.textContent = told.title; // with the separators of its reader already
  note.querySelector("[data-text]").textContent = told.text;
  const time = note.querySelector("[data-at]");
  time.dateTime = new Date(told.at).toISOString();
  time.textContent = Date.now() - told.at < RECENT_MS ? momentText(told.at) : hourText(told.at);
  const form = note.querySelector("form");
  if (told.firing) {
    note.dataset.firing = told.firing;
    form.action = form.action.replace("/0/", `/${told.firing}/`);
    form.addEventListener("submit", (event) => acknowledge(event, name));
  } else form.querySelector("[data-acknowledge]").remove();
  note.querySelector("[data-close]").addEventListener("click", () => close(name, told.firing));
  notes.set(name, note);
  list.append(note);
  for (const [oldest] of [...notes].slice(0, -MOST)) remove(oldest);
}

function remove(name) {
  const note = notes.get(name);
  notes.delete(name);
  if (note?.contains(document.activeElement)) document.querySelector("#main").focus({ preventScroll: true });
  note?.remove();
}

/** The other pages hear of it from the server. */
async function acknowledge(event, name) {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "error" });
    if (!answer.ok && answer.status !== 404) throw new Error(answer.status);
    remove(name);
  } catch {
    button.disabled = false;
    button.textContent = "Try again";
  }
}

function close(name, firing) {
  remove(name);
  if (firing) write([...closed(), firing].slice(-MOST_CLOSED));
}

function closed() {
  try {
    return JSON.parse(localStorage.getItem(CLOSED)) ?? [];
  } catch {
    return [];
  }
}

function write(firings) {
  try {
    localStorage.setItem(CLOSED, JSON.stringify(firings));
  } catch {
    // a browser that keeps nothing shows it again on the next page
  }
}
