// The tape: newest trade first, in a fixed number of lines that are rewritten, so that nothing moves.

import { onNextFrame, put, socket } from "./page.js";
import { clockText, zone } from "./reader.js";

export function startTape(market) {
  const lines = [...market.querySelector("[data-tape] tbody").rows];
  const none = market.querySelector(".tape [data-none]");
  let trades = new Map();

  function show() {
    const newest = [...trades].sort(([a, x], [b, y]) => y.time - x.time || (a < b ? 1 : -1)).slice(0, lines.length);
    none.hidden = newest.length > 0;
    lines.forEach((tr, i) => writeTrade(tr, newest[i]?.[1]));
  }

  socket.join(`trades:${market.dataset.coin}`, (rows) => {
    trades = rows;
    onNextFrame(show);
  });
}

function writeTrade(tr, trade) {
  const name = trade ? `${trade.side}${trade.large ? " large" : ""}` : "";
  if (tr.className !== name) tr.className = name;
  const texts = trade ? [trade.px, trade.side, trade.sz, trade.usd, zone === "UTC" ? trade.at : clockText(trade.time)] : ["", "", "", "", ""];
  texts.forEach((text, i) => put(tr.cells[i], text));
}
