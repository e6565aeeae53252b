// Notes of alerts on every page of who is signed in: the bell's number, what was just told, what is not acknowledged.

import { put, socket } from "./page.js";
import { hourText, momentText } from "./reader.js";
import { ring } from "./sound.js";

const MOST = 3; // notes at once; the bell counts the others
const CLOSED = "alerts.closed"; // the newest firing whose note was closed here without acknowledging it
const RECENT_MS = 12 * 3_600_000;

const bell = document.querySelector("[data-bell]");
const list = document.querySelector("[data-toasts-list]");
const more = document.querySelector("[data-toasts-more]"); // on a phone the newest note stands for all
const template = document.querySelector("template[data-toast]");
const notes = new Map(); // by firing, or by the key of what is about no firing
let newest = null; // firing known to be told; null on a page that was just opened

const nameOf = ({ firing, key }) => (firing ? `firing ${firing}` : `told ${key}`);

socket.join("alerts", (rows) => {
  const { n, is_all: isAll } = rows.get("count") ?? { n: 0, is_all: true };
  put(bell.querySelector("[data-bell-count]"), n === 0 ? "" : isAll ? String(n) : "99+");
  bell.ariaLabel = `Alerts to acknowledge: ${isAll ? n : "99 or more"}`;
  bell.toggleAttribute("data-some", n > 0);
  const firings = [...rows.values()].filter((row) => row.firing);
  const open = new Set(firings.map(nameOf));
  for (const [name, note] of notes) if (note.dataset.firing && !open.has(name)) remove(name);
  const told = firings.filter((row) => row.is_told).sort((one, other) => one.firing - other.firing);
  const since = Math.max(newest ?? 0, closed());
  const fresh = told.filter((row) => row.firing > since && !notes.has(nameOf(row)));
  for (const row of newest === null ? fresh.slice(-1) : fresh) show(row); // a page begins with one, not with a wall
  newest = Math.max(newest ?? 0, ...told.map((row) => row.firing));
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
  sayHowMany();
}

/** Whoever had the focus in it finds himself in the note that is now the newest, else on the page. */
function remove(name) {
  const note = notes.get(name);
  notes.delete(name);
  const hadFocus = note?.contains(document.activeElement);
  note?.remove();
  sayHowMany();
  const next = list.lastElementChild?.querySelector("[data-close]") ?? document.querySelector("#main");
  if (hadFocus) next.focus({ preventScroll: true });
}

/** Where there is room for one note only (css/toasts.css), the others are folded behind a button. */
function sayHowMany() {
  const others = list.childElementCount - 1;
  if (others < 1) unfold(false);
  more.hidden = others < 1;
  put(more, isUnfolded() ? "Only the newest" : `${others} more ${others === 1 ? "note" : "notes"}`);
}

const isUnfolded = () => more.ariaExpanded === "true";

function unfold(isWanted) {
  more.ariaExpanded = String(isWanted);
}

more.addEventListener("click", () => {
  unfold(!isUnfolded());
  sayHowMany();
});

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

/** With it goes whatever is older: the next page does not begin with that. */
function close(name, firing) {
  remove(name);
  if (firing) write(Math.max(firing, closed()));
}

function closed() {
  try {
    return Number(localStorage.getItem(CLOSED)) || 0;
  } catch {
    return 0;
  }
}

function write(firing) {
  try {
    localStorage.setItem(CLOSED, String(firing));
  } catch {
    // a browser that keeps nothing shows it again on the next page
  }
}
