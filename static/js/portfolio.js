// A portfolio, live: rows of each wallet's topic into the tables that the server rendered.

import { ageText } from "./ages.js";
import { cents, money } from "./money.js";
import { ages, onNextFrame, put, socket, whenThere } from "./page.js";
import { HeldTable } from "./portfolio_table.js";
import { setTone } from "./tone.js";

const root = document.querySelector("[data-portfolio]");
const isOne = "one" in root.dataset;
const addresses = root.dataset.addresses.split(" ").filter(Boolean);
const tables = [...root.querySelectorAll("table[data-kind]")].map((table) => new HeldTable(table, addresses));
const places = [...root.querySelectorAll("[data-account]")].map((place) => [place.dataset.account, place]);
const LINES = { perp: "Perps", spot: "Spot", unrealized: "Unrealised PnL", vault: "Vault", moved: "Moved since" };
const before = new Map(places.map(([address, place]) => [address, rendered(place)]));
const held = new Map(); // address → rows
const written = new Map(); // place → the summary that it shows
const works = [showFigures, showAges, ...tables.map((table) => () => showTable(table))]; // each short

for (const address of addresses) {
  socket.join(`account:${address}`, (rows) => {
    if (isHeard(rows.get("summary"))) held.set(address, rows); // before that, what was stored says more
    for (const work of works) onNextFrame(work);
  });
}

function showTable(table) {
  table.show(held);
  for (const count of root.querySelectorAll(`[data-count="${table.kind}"]`)) put(count, String(table.size));
}

function showFigures() {
  for (const [address, place] of places) {
    const summary = held.get(address)?.get("summary");
    if (summary && written.get(place) !== summary) writeSummary(place, summary);
  }
  const only = addresses.length === 1 ? held.get(addresses[0])?.get("summary") : null;
  if (only) writeLines(only);
  writeTotals();
}

function writeSummary(place, summary) {
  written.set(place, summary);
  for (const cell of place.querySelectorAll("[data-f]")) {
    const text = summary[cell.dataset.f];
    if (text === undefined || cell.textContent === text) continue;
    put(cell, text);
    if ("tone" in cell.dataset) setTone(cell, text);
  }
}

/** The equity's lines: few, and rewritten only when they differ. */
function writeLines(summary) {
  const body = root.querySelector("[data-lines]");
  if (!body) return;
  const reason = root.querySelector("[data-reason]");
  put(reason, summary.reason);
  reason.hidden = !summary.reason;
  while (body.rows.length > summary.lines.length) body.deleteRow(-1);
  summary.lines.forEach(([kind, subject, usd, why], i) => {
    const what = lineName(kind, subject);
    const tr = body.rows[i] ?? newLine(body);
    const [name, amount] = tr.cells;
    if (name.firstChild.nodeValue !== what) name.firstChild.nodeValue = what;
    put(name.lastChild, why);
    put(amount, usd);
  });
  put(root.querySelector(".lines tfoot [data-f]"), summary.equity);
}

/** As `line_name` of `dashboard/pages/portfolio_words.py`. */
function lineName(kind, subject) {
  const short = subject.length > 20 ? `${subject.slice(0, 6)}…${subject.slice(-4)}` : subject;
  return [LINES[kind] ?? kind, short || (kind === "perp" ? "first dex" : "")].filter(Boolean).join(" ");
}

function newLine(body) {
  const tr = body.insertRow();
  const name = document.createElement("th");
  name.scope = "row";
  name.append(document.createTextNode(""), document.createElement("small"));
  const amount = document.createElement("td");
  amount.className = "num";
  tr.append(name, amount);
  return tr;
}

/** Figures as the server rendered them, whatever separators the reader sees. */
function rendered(place) {
  return Object.fromEntries([...place.querySelectorAll("[data-raw]")].map(({ dataset: { f, raw } }) => [f, raw]));
}

/** Sums of the very figures that are shown, in cents. Wallets that are not live keep what the server rendered. */
function writeTotals() {
  for (const place of root.querySelectorAll("[data-total]")) {
    const field = place.dataset.total;
    const texts = places.map(([address]) => (held.get(address)?.get("summary") ?? before.get(address))[field]);
    const known = texts.map(cents).filter((value) => value !== null);
    if (!known.length) continue;
    const text = money(known.reduce((sum, value) => sum + value, 0n), field === "upnl");
    put(place, text);
    if (field === "upnl") setTone(place, text);
    const lacking = texts.length - known.length;
    const words = lacking ? `${lacking} wallet${lacking === 1 ? "" : "s"} without an equity` : "—";
    if (field === "equity") put(root.querySelector("[data-lacking]"), words);
  }
}

/** As `is_heard` of `dashboard/pages/portfolio.py`. */
function isHeard(summary) {
  return summary?.positions_at && !summary.reason.startsWith("cannot compute yet");
}

/** After the first paint, which has a picture of it, and in tasks of its own: at once they would hold up a phone. */
async function drawCurve() {
  const { startCurve } = await whenThere(() => import("./curve.js"));
  setTimeout(() => (curve = startCurve(root)));
}

/** The curve goes on with what all wallets are worth, as long as something is heard of each of them. */
function growCurve() {
  const now = ages.now();
  const summaries = addresses.map((address) => held.get(address)?.get("summary"));
  if (now === null || !addresses.length || !summaries.every((summary) => isKnown(summary, now))) return false;
  return curve.grow(now, summaries.reduce((sum, { n_equity: worth }) => sum + worth, 0));
}

function isKnown(summary, now) {
  return Number.isFinite(summary?.n_equity) && now - summary.positions_at <= summary.limit_ms;
}

/** How each wallet is followed, and for how long nothing was heard of it. */
function showAges() {
  const now = ages.now();
  for (const [address, place] of places) {
    const summary = held.get(address)?.get("summary");
    if (!summary) continue;
    const age = now === null || !summary.positions_at ? null : now - summary.positions_at;
    const words = [summary.how, age === null ? "" : `${ageText(age)}${isOne ? " ago" : ""}`, isOne ? summary.why : ""];
    const followed = place.querySelector("[data-followed]");
    put(followed, words.filter(Boolean).join(" · "));
    if (followed.title !== summary.why) followed.title = summary.why;
    place.querySelector("[data-old]")?.remove();
    place.toggleAttribute("data-account-stale", age === null || age > summary.limit_ms);
  }
  sayNotStreamed();
}

/** As `not_streamed` of `dashboard/pages/portfolio_words.py`. */
function sayNotStreamed() {
  const place = root.querySelector("[data-not-streamed]");
  if (!place || !held.size) return;
  const counts = new Map();
  for (const rows of held.values()) {
    const { why } = rows.get("summary");
    if (why) counts.set(why, (counts.get(why) ?? 0) + 1);
  }
  const whys = [...counts].sort((a, b) => b[1] - a[1]).map(([why, count]) => `${count} (${why})`);
  put(place, whys.length ? `Not streamed: ${whys.join(", ")}` : "");
  place.hidden = !whys.length;
}

root.querySelector(".kinds [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
let curve = { grow() {} };
if (document.getElementById("curve-data")) requestAnimationFrame(() => setTimeout(drawCurve));
setInterval(() => {
  onNextFrame(showAges);
  onNextFrame(growCurve);
}, 1_000);
