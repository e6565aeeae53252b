// The start page's few live figures.

import { onNextFrame, put, socket } from "./page.js";

const cards = [...document.querySelectorAll(".card")];
const TONES = { "+": "up", "−": "down" };

socket.join("markets", (rows) => onNextFrame(() => cards.forEach((card) => show(card, rows.get(card.dataset.coin)))));

function show(card, row) {
  if (!row) return;
  for (const cell of card.querySelectorAll("[data-field]")) put(cell, row[cell.dataset.field]);
  const change = card.querySelector('[data-field="change"]');
  for (const tone of ["up", "down"]) change.classList.toggle(tone, TONES[row.change[0]] === tone);
}
