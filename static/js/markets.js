// The markets table: live in place, sorted and filtered without going to the server.
//
// The order stays as it is while numbers move: a row never slips away under the pointer. It is made anew
// when somebody asks (a heading, a filter, Re-sort) and while nobody looks (the tab is in the background).

import { favourites, startFavourites } from "./favourites.js";
import { address, parse, select, sortedBy } from "./markets_query.js";
import { makeRow, RowView } from "./markets_row.js";
import { onNextFrame, put, socket } from "./page.js";

const ORDER_EVERY_MS = 2_000;

const table = document.querySelector(".markets");
const tbody = table.querySelector("[data-rows]");
const blank = document.querySelector("[data-blank]");
const filters = document.querySelector("[data-filters]");
const resort = document.querySelector("[data-resort]");
const empty = document.querySelector("[data-empty]");
const [counts, count, countAll] = ["counts", "count", "count-all"].map((name) => document.querySelector(`[data-${name}]`));

let query = parse(location.search);
let rows = new Map();
let hasAsked = false; // for other rows than the server rendered
const views = new Map([...tbody.rows].map((tr) => [tr.dataset.coin, new RowView(tr)]));
const touched = new Set();

socket.join("markets", (now, changed) => {
  const isFirst = rows.size === 0;
  rows = now;
  for (const coin of changed) touched.add(coin);
  onNextFrame(isFirst && (hasAsked || !tbody.rows.length) ? arrange : write);
});

/** What is not written by then waits for the next frame: now and then all markets change at once. */
function write(until = Infinity) {
  for (const coin of touched) {
    touched.delete(coin);
    const row = rows.get(coin);
    const view = views.get(coin);
    if (row && view) view.write(row);
    else if (view) forget(coin, view);
    if (performance.now() >= until) break;
  }
  if (touched.size) onNextFrame(write);
}

function forget(coin, view) {
  view.tr.remove();
  views.delete(coin);
}

/** Show the rows of the query in its order. */
function arrange() {
  if (!rows.size) return;
  write();
  const starred = favourites();
  const chosen = select(query, rows.values(), starred);
  const fragment = document.createDocumentFragment();
  for (const row of chosen) fragment.append(viewOf(row, starred).tr);
  tbody.replaceChildren(fragment);
  put(count, String(chosen.length));
  put(countAll, String(rows.size));
  counts.hidden = false;
  empty.hidden = chosen.length > 0;
  const why = query.kind === "favourites" ? "favourites" : "filters";
  for (const words of empty.querySelectorAll("[data-why]")) words.hidden = words.dataset.why !== why;
  resort.disabled = true;
}

function viewOf(row, starred) {
  let view = views.get(row.coin);
  if (!view) {
    view = new RowView(makeRow(blank, row, starred.has(row.coin)));
    view.write(row);
    views.set(row.coin, view);
  }
  return view;
}

function ask(changes) {
  query = { ...query, ...changes };
  hasAsked = true;
  history.replaceState(null, "", address(query));
  document.querySelector("[data-misread]")?.remove();
  table.dataset.sort = query.sort;
  for (const th of table.tHead.querySelectorAll("[data-column]")) {
    const order = query.descending ? "descending" : "ascending";
    th.setAttribute("aria-sort", th.dataset.column === query.sort ? order : "none");
    th.firstElementChild.href = address(sortedBy(query, th.dataset.column));
  }
  for (const link of document.querySelectorAll("[data-kind]")) {
    if (link.tagName !== "A") continue;
    if (link.dataset.kind === query.kind) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    link.href = address({ ...query, kind: link.dataset.kind, dex: "", category: "" });
  }
  document.querySelector("#favourites [name=next]").value = address(query);
  filters.elements.sort.value = query.sort;
  arrange();
}

/** Before the first rows have come the links go to the server, which knows them. */
function onPlainClick(container, selector, act) {
  container.addEventListener("click", (event) => {
    const found = event.target.closest(selector);
    if (!found || !rows.size || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    act(found);
  });
}

onPlainClick(table.tHead, "th a", (link) => ask(sortedBy(query, link.parentElement.dataset.column)));
onPlainClick(document.querySelector(".kinds"), "a", (link) => {
  for (const name of ["dex", "category"]) if (filters.elements[name]) filters.elements[name].value = "";
  ask({ kind: link.dataset.kind, dex: "", category: "" });
});
filters.addEventListener("submit", (event) => {
  if (!rows.size) return;
  event.preventDefault();
  if (query.q) tbody.querySelector("a")?.click(); // Enter opens what was looked for
});
filters.addEventListener("input", () => {
  const { q, dex, category, delisted, sort } = filters.elements;
  const sorted = sort.value === query.sort ? {} : sortedBy(query, sort.value);
  ask({ ...sorted, q: q.value.trim(), dex: dex.value, category: category?.value ?? "", delisted: delisted.checked });
});
resort.addEventListener("click", arrange);
startFavourites(() => query.kind === "favourites" && arrange());

document.addEventListener("visibilitychange", () => document.hidden && arrange());

setInterval(() => {
  if (document.hidden || !rows.size) return;
  const chosen = select(query, rows.values(), favourites());
  const isOrdered = chosen.length === tbody.rows.length && chosen.every((row, i) => views.get(row.coin)?.tr === tbody.rows[i]);
  if (resort.disabled !== isOrdered) resort.disabled = isOrdered;
}, ORDER_EVERY_MS);
