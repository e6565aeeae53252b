// The status page: brings itself up to date every five seconds while somebody sees it. Only sections whose words
// changed are replaced, and what was opened stays open, so nothing jumps.

import { startSortables } from "./sortable.js";

const EVERY_MS = 5_000;
const place = document.querySelector("[data-status-part]");
const note = document.querySelector("[data-refresh]");
const said = new Map();

const sections = (root) => [...root.children];
const name = (section) => section.dataset.section ?? section.className;

function remember(root) {
  said.clear();
  for (const section of sections(root)) said.set(name(section), section.outerHTML);
}

/** What was opened in the old section is open in the new one; where it was scrolled to, too. */
function takeOver(old, fresh) {
  for (const details of old.querySelectorAll("details[open]")) {
    const same = fresh.querySelector(`details[data-key="${details.dataset.key}"]`);
    if (same) same.open = true;
  }
}

/** The heading that has the focus: who has just sorted by it still gets what is new. */
function heading(section) {
  const th = document.activeElement?.closest("[data-sortable] [data-column]");
  return section.contains(th) && th ? `[data-sortable="${th.closest("table").dataset.sortable}"] [data-column="${th.dataset.column}"]` : "";
}

function scrolled(section) {
  return [...section.querySelectorAll(".sheet")].map((sheet) => [sheet.scrollLeft, sheet.scrollTop]);
}

function show(html) {
  const fresh = document.createElement("div");
  fresh.innerHTML = html; // our own template, rendered by our own server
  const known = new Map(said);
  remember(fresh);
  if ([...said.keys()].join() !== sections(place).map(name).join()) {
    place.replaceChildren(...fresh.childNodes);
    startSortables(place);
    return;
  }
  for (const section of sections(place)) {
    const key = name(section);
    const asked = heading(section);
    if (known.get(key) === said.get(key) || (!asked && section.contains(document.activeElement))) continue;
    const next = sections(fresh).find((one) => name(one) === key);
    takeOver(section, next);
    startSortables(next);
    const places = scrolled(section);
    section.replaceWith(next);
    if (asked) next.querySelector(`${asked} .sorts`)?.focus({ preventScroll: true });
    next.querySelectorAll(".sheet").forEach((sheet, at) => places[at] && sheet.scrollTo(...places[at]));
  }
}

async function refresh() {
  if (document.hidden) return;
  const reply = await fetch(place.dataset.statusPart).catch(() => null);
  note.hidden = Boolean(reply?.ok);
  if (reply?.ok) show(await reply.text());
}

remember(place);
setInterval(refresh, EVERY_MS);
document.addEventListener("visibilitychange", refresh);
