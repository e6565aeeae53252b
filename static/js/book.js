// The order book: a fixed number of lines, rewritten in place, so that nothing moves.

import { onNextFrame, put, socket } from "./page.js";
import { figure } from "./reader.js";

export function startBook(market) {
  const table = market.querySelector("[data-book]");
  const asks = [...table.querySelector('[data-side="asks"]').rows].reverse(); // best ask is the lowest line
  const bids = [...table.querySelector('[data-side="bids"]').rows];
  const spread = table.querySelector("[data-spread]");
  const spreadPct = table.querySelector("[data-spread-pct]");
  const none = market.querySelector(".book [data-none]");
  let book = null;

  function show() {
    if (!book) return;
    put(none, "Nobody offers anything."); // as NO_ORDERS of `dashboard/pages/market.py`
    none.hidden = book.asks.length + book.bids.length > 0;
    asks.forEach((tr, i) => writeLevel(tr, book.asks[i]));
    bids.forEach((tr, i) => writeLevel(tr, book.bids[i]));
    put(spread, book.spread);
    put(spreadPct, book.spread_pct);
  }

  socket.join(`book:${market.dataset.coin}`, (rows) => {
    book = rows.get("book");
    onNextFrame(show);
  });
}

function writeLevel(tr, level = ["", "", "", 0]) {
  const [, sz, total, depth] = level;
  const px = figure(level[0]);
  const [price, size, sum] = tr.cells;
  let text = price.firstChild;
  if (text.nodeType !== Node.TEXT_NODE) price.prepend((text = document.createTextNode("")));
  if (text.nodeValue !== px) text.nodeValue = px;
  put(size, sz);
  put(sum, total);
  drawDepth(price.lastChild, depth);
}

/** A bar as long as the page came with is scaled from then on: to lay each of them out anew took longer than all figures. */
function drawDepth(bar, depth) {
  const length = depth.toFixed(3);
  if (bar.drawn === length) return;
  if (bar.drawn === undefined) {
    bar.firstElementChild.setAttribute("width", "100%");
    bar.style.transformOrigin = "right";
  }
  bar.drawn = length;
  bar.style.transform = `scaleX(${length})`;
}
