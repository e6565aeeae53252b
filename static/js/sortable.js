// Tables that are wholly on the page sort by their headings: <table data-sortable="positions">, in which every
// <th data-column="value"> is asked by pointer or keyboard. Without script the server's order stays.
//
// As in the markets table the order stays while numbers move; a row that comes later goes where it belongs. A cell
// counts as its `data-v` (a time, a duration), else as its number if it stands right, else as its words. What was
// chosen is in the address: ?sort.positions=value, or -value for the largest first.

import { plain } from "./reader.js";

const UNITS = { K: 1e3, M: 1e6, B: 1e9, T: 1e12 };
const NUMBER = /([−-]?)[^\d\s−-]?(\d[\d,]*(?:\.\d+)?)(?:([KMBT])(?!\w))?/;
const started = new WeakSet();
const words = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** What a cell is compared by; null: not known, which stands last whichever way it goes. */
function worth(cell, isNumber) {
  const given = (cell?.matches("[data-v]") ? cell : cell?.querySelector("[data-v]"))?.dataset.v;
  if (given !== undefined) return given === "" ? null : Number(given);
  const text = cell?.textContent.trim() ?? "";
  if (!isNumber) return text === "" || text === "—" ? null : text;
  const found = NUMBER.exec(plain(text));
  return found && Number(`${found[1] ? "-" : ""}${found[2].replaceAll(",", "")}`) * (UNITS[found[3]] ?? 1);
}

function newButton(th) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "sorts";
  button.append(...th.childNodes);
  th.append(button);
  return button;
}

class Sortable {
  constructor(table) {
    this.name = `sort.${table.dataset.sortable}`;
    this.body = table.tBodies[0];
    this.heads = [...table.tHead.querySelectorAll("[data-column]")];
    this.heads.forEach((th) => this.dress(th));
    this.observer = new MutationObserver((changes) => this.seat(changes));
    const [, minus, column] = /^(-?)(.*)$/.exec(new URLSearchParams(location.search).get(this.name) ?? "");
    this.by = this.heads.find((th) => th.dataset.column === column);
    this.descending = minus === "-";
    if (this.by) this.arrange();
  }

  /** The heading's words become a button; where they lead to the glossary, the page has one beside them. */
  dress(th) {
    const button = th.querySelector(".sorts") ?? newButton(th);
    th.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => this.ask(th));
  }

  /** Numbers begin with the largest, words with A; again turns it round. */
  ask(th) {
    this.descending = th === this.by ? !this.descending : th.classList.contains("num");
    this.by = th;
    this.arrange();
    const here = new URL(location.href);
    here.searchParams.set(this.name, `${this.descending ? "-" : ""}${th.dataset.column}`);
    history.replaceState(history.state, "", here);
  }

  arrange() {
    for (const th of this.heads) th.setAttribute("aria-sort", th !== this.by ? "none" : this.descending ? "descending" : "ascending");
    const rows = [...this.body.rows].map((tr) => [tr, this.worthOf(tr)]);
    const sorted = rows.toSorted(([, a], [, b]) => this.compare(a, b));
    if (sorted.some(([tr], i) => tr !== rows[i][0])) this.body.append(...sorted.map(([tr]) => tr));
    this.observer.takeRecords();
    this.observer.observe(this.body, { childList: true });
  }

  worthOf(tr) {
    const cell = tr.cells[this.by.cellIndex];
    const { by } = this.by.dataset; // what of the cell counts, if not all of it
    return worth(by ? cell?.querySelector(by) : cell, this.by.classList.contains("num"));
  }

  compare(a, b) {
    if (a === null || b === null) return (a === null) - (b === null);
    const order = typeof a === "string" ? words.compare(a, b) : a - b;
    return this.descending ? -order : order;
  }

  /** Rows that came, each before the first that belongs after it; all others stay where they are. */
  seat(changes) {
    const came = new Set(changes.flatMap(({ addedNodes }) => [...addedNodes]).filter((node) => node.parentNode === this.body));
    for (const tr of came) {
      const mine = this.worthOf(tr);
      const next = [...this.body.rows].find((other) => !came.has(other) && this.compare(mine, this.worthOf(other)) < 0);
      this.body.insertBefore(tr, next ?? null);
      came.delete(tr);
    }
    this.observer.takeRecords();
  }
}

/** Every such table inside `root`; those of a part that came anew too. */
export function startSortables(root) {
  for (const table of root.querySelectorAll("table[data-sortable]")) {
    if (started.has(table)) continue;
    started.add(table);
    new Sortable(table);
  }
}

startSortables(document);
