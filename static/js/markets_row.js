// One row of the table: the same cells as templates/markets/_row.html; only what changed is written.

import { put } from "./page.js";
import { setTone } from "./tone.js";

const TEXTS = ["mark", "change", "volume", "oi", "funding", "apr", "premium"];
const FIRST = 2; // cells before the first text: star, name
const TONED = new Set(["change", "funding", "apr"]);
const FLASH_MS = 650;

const still = matchMedia("(prefers-reduced-motion: reduce)");
const colours = new Map(); // of flashes, in the theme of now: asked anew, each would style all that was written before it
addEventListener("themechange", () => colours.clear());

// What a row far from the screen holds is skipped (css/markets.css), of which the browser tells: an observer would look
// at each row in each frame.
document.addEventListener("contentvisibilityautostatechange", ({ target, skipped }) => {
  target.isInView = !skipped;
});

function colourOf(token) {
  if (!colours.has(token)) colours.set(token, getComputedStyle(document.documentElement).getPropertyValue(token));
  return colours.get(token);
}

/** Make a row from the blank one, for a market that was not on the page when it was loaded. */
export function makeRow(blank, row, isFavourite) {
  const tr = blank.content.firstElementChild.cloneNode(true);
  tr.dataset.coin = row.coin;
  tr.classList.toggle("off", row.delisted);
  const [star, name] = [tr.querySelector("button"), tr.querySelector("a")];
  star.value = row.coin;
  star.setAttribute("aria-pressed", String(isFavourite));
  star.setAttribute("aria-label", `Favourite ${row.label}`);
  name.href = row.href;
  name.textContent = row.label;
  tr.querySelector(".tag").textContent = row.delisted
    ? "delisted"
    : row.max_leverage
      ? `${row.max_leverage}×`
      : row.kind;
  for (const cell of tr.querySelectorAll('[data-stream=""]')) {
    cell.dataset.stream = row.kind === "spot" ? "spot" : "contexts";
  }
  return tr;
}

/** A row that is on the page, with what its cells show. */
export class RowView {
  constructor(tr) {
    this.tr = tr;
    this.cells = TEXTS.map((_, i) => tr.cells[i + FIRST]);
    this.shown = this.cells.map((cell) => cell.textContent);
    this.mark = null;
    tr.isInView ??= tr.cells[0].checkVisibility?.({ contentVisibilityAuto: true }) ?? true;
  }

  write(row) {
    TEXTS.forEach((field, i) => {
      const text = row[field];
      if (text === this.shown[i]) return;
      this.shown[i] = text;
      const cell = this.cells[i];
      put(cell, text);
      if (TONED.has(field)) setTone(cell, text);
      if (field === "mark") this.flash(cell, row.n_mark);
    });
    this.mark = row.n_mark;
  }

  /** The mark alone flashes, by direction and only in view: if every cell did, none would say anything. */
  flash(cell, mark) {
    if (still.matches || !this.tr.isInView || this.mark === null || mark === null || mark === this.mark) return;
    cell.animate({ backgroundColor: [colourOf(mark > this.mark ? "--up-flash" : "--down-flash"), "transparent"] }, { duration: FLASH_MS, easing: "ease-out" });
  }
}
