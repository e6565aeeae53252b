// The start page's few live figures.

import { onNextFrame, put, socket } from "./page.js";
import { setTone } from "./tone.js";

const cards = [...document.querySelectorAll(".card")];

socket.join("markets", (rows) => onNextFrame(() => cards.forEach((card) => show(card, rows.get(card.dataset.coin)))));

function show(card, row) {
  if (!row) return;
  for (const cell of card.querySelectorAll("[data-field]")) put(cell, row[cell.dataset.field]);
  setTone(card.querySelector('[data-field="change"]'), row.change);
}
