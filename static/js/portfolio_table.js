// One table of what wallets hold: rows keep their places while numbers move; new ones come where they belong.

import { put } from "./page.js";
import { zone } from "./reader.js";
import { setTone } from "./tone.js";

const NONE = { position: "No open position", order: "No open order", balance: "No balance" };
const HEARD = { position: "positions_at", order: "orders_at", balance: "spot_at" };

export class HeldTable {
  constructor(table, addresses) {
    this.addresses = addresses;
    this.kind = table.dataset.kind;
    this.body = table.tBodies[0];
    const panel = table.closest(".panel");
    this.blank = panel.querySelector("template");
    this.empty = panel.querySelector("[data-empty]");
    this.rows = new Map([...this.body.rows].map((tr) => [tr.dataset.key, tr]));
    this.clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  }

  get size() {
    return this.rows.size;
  }

  /** `held`: the rows of each address that is live. Others keep what the server rendered. */
  show(held) {
    const wanted = new Map();
    for (const [address, rows] of held) {
      for (const [key, row] of rows) {
        if (key.startsWith(`${this.kind}:`)) wanted.set(`${address} ${key}`, row);
      }
    }
    for (const [key, tr] of this.rows) {
      if (wanted.has(key) || !held.has(key.split(" ", 1)[0])) continue;
      tr.remove();
      this.rows.delete(key);
    }
    for (const [key, row] of wanted) this.write(this.rows.get(key) ?? this.add(key, row), row);
    this.empty.hidden = this.size > 0;
    if (!this.size) this.sayEmpty(held);
  }

  /** As `none_text` of `dashboard/pages/portfolio_words.py`. */
  sayEmpty(held) {
    const summaries = this.addresses.map((address) => held.get(address)?.get("summary"));
    const silent = summaries.filter((summary) => !summary?.[HEARD[this.kind]]).length;
    const words = silent ? ` is known; of ${silent} wallet${silent === 1 ? "" : "s"} nothing was received yet.` : ".";
    put(this.empty, NONE[this.kind] + words);
  }

  add(key, row) {
    const tr = this.blank.content.firstElementChild.cloneNode(true);
    const [address] = key.split(" ", 1);
    tr.dataset.key = key;
    const of = tr.querySelector("[data-of]");
    if (of) {
      const place = document.querySelector(`tr[data-account="${address}"] a`);
      of.href = place.href;
      const name = document.createElement("span");
      name.textContent = place.textContent.trim();
      of.replaceChildren(place.querySelector("svg").cloneNode(true), name);
    }
    const coin = tr.querySelector('a[data-f="label"]');
    if (coin) coin.href = row.href;
    const bell = tr.querySelector("[data-bell]");
    if (bell) {
      const given = { metric: "liquidation_distance", coin: row.coin, address, threshold: "10" };
      const [path] = bell.getAttribute("href").split("?", 1); // inside a template `bell.href` is no whole address
      bell.href = `${path}?${new URLSearchParams(given)}`;
    }
    tr.value = row.n_value ?? 0;
    const next = [...this.body.rows].find((other) => (other.value ?? Infinity) < tr.value);
    this.body.insertBefore(tr, next ?? null);
    this.rows.set(key, tr);
    return tr;
  }

  write(tr, row) {
    if (tr.written === row) return; // a row of which something changes is another one
    tr.written = row;
    tr.figures ??= [...tr.querySelectorAll("[data-f]")];
    tr.value = row.n_value ?? 0;
    const shown = this.kind === "order" ? { ...row, ...orderWords(row) } : row;
    for (const cell of tr.figures) {
      const field = cell.dataset.f;
      const isSmall = cell.tagName === "SMALL"; // a second line that would say nothing is left out
      const text = isSmall && shown[field] === "—" ? "" : shown[field];
      if (text === undefined || cell.textContent === text) continue;
      put(cell, text);
      if ("tone" in cell.dataset) setTone(cell, text);
      if (field === "side") cell.className = `tag side ${text}`;
    }
    const time = tr.querySelector("[data-time]");
    if (!time) return;
    put(time, this.clock.format(row.time).replace(",", ""));
    time.dataset.v = row.time;
  }
}

/** As `order_words` of `dashboard/pages/portfolio_words.py`. */
function orderWords(row) {
  const filled = /[1-9]/.test(row.filled) ? `${row.filled} filled` : "";
  const words = [row.type, row.tif === "—" ? "" : row.tif, row.reduce_only ? "reduce only" : "", filled];
  return { words: words.filter(Boolean).join(" · "), hanging: row.children.join(" · ") };
}
