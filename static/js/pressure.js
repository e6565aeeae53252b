// Buyers against sellers: the record comes from the server each minute, what was traded since then from the tape.

import { onNextFrame, put, socket } from "./page.js";
import { readOut } from "./reader.js";
import { setTone } from "./tone.js";

const ANEW_MS = 60_000;

export function startPressure(market) {
  const part = market.querySelector("[data-pressure-part]");
  if (!part) return;
  const heard = new Map(); // key of the tape -> [time, coins that the taker bought]
  let tape = new Map();
  let before = { bought: 0, sold: 0 }; // what was heard and is on the tape no more, where nobody records it
  const { coin, pressure: address } = market.dataset;
  let { span } = part.querySelector("[aria-current]").dataset;
  let asked = 0;
  let from = Infinity; // since when the tape is known without a hole, Unix ms

  socket.join(`trades:${coin}`, (rows, changed, frame) => {
    tape = rows;
    for (const key of changed) {
      const { time, sz, side } = rows.get(key) ?? {};
      if (time) heard.set(key, [time, Number(sz.replaceAll(",", "")) * (side === "buy" ? 1 : -1)]);
    }
    if (frame.full) { // some may have been missed before
      if (from < Infinity) fetchAnew();
      from = oldestOnTape();
    }
    onNextFrame(show);
  });

  const oldestOnTape = () => Math.min(...[...tape.values()].map(({ time }) => time));

  /** Trades are kept one by one only until they are in the record. Where there is none, or as long as nobody looks and
      it is not read, that would be for ever: then what the tape has no more is summed up, or read once somebody looks. */
  function forgetOld() {
    const body = part.querySelector("[data-pressure]");
    const isRecorded = body && !("onlyTape" in body.dataset);
    if (!body || (isRecorded && !document.hidden)) return;
    for (const [key, [time, size]] of heard) {
      if (tape.has(key)) continue;
      heard.delete(key);
      if (isRecorded || time <= Number(body.dataset.until)) continue;
      if (size > 0) before.bought += size;
      else before.sold -= size;
    }
    if (isRecorded) from = oldestOnTape();
  }

  function show() {
    const body = part.querySelector("[data-pressure]");
    if (!body) return heard.size && fetchAnew();
    const until = Number(body.dataset.until);
    if (from > until) return undefined; // between the record and the tape something is missing
    let bought = Number(body.dataset.bought) + before.bought;
    let sold = Number(body.dataset.sold) + before.sold;
    for (const [key, [time, size]] of heard) {
      if (time <= until) heard.delete(key);
      else if (size > 0) bought += size;
      else sold -= size;
    }
    const { unit } = body.dataset;
    const delta = bought - sold;
    const sign = delta < 0 ? "−" : delta > 0 ? "+" : "";
    const cell = body.querySelector("[data-cvd]");
    put(cell, `${sign}${amount(Math.abs(delta))} ${unit}`);
    setTone(cell, `${sign}${Math.abs(delta)}`);
    put(body.querySelector("[data-bought-text]"), `${amount(bought)} ${unit}`);
    put(body.querySelector("[data-sold-text]"), `${amount(sold)} ${unit}`);
    put(body.querySelector("[data-share]"), `${Math.round((100 * bought) / (bought + sold))}%`);
    return undefined;
  }

  async function fetchAnew() {
    const now = performance.now();
    if (now - asked < 5_000) return;
    asked = now;
    const wanted = span;
    const reply = await fetch(`${address}?${new URLSearchParams({ coin, span })}`).catch(() => null);
    if (!reply?.ok || wanted !== span) return;
    part.innerHTML = await reply.text(); // our own template, rendered by our own server
    before = { bought: 0, sold: 0 };
    readOut(part);
    show();
  }

  part.addEventListener("click", (event) => {
    const link = event.target.closest("[data-span]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    ({ span } = link.dataset);
    part.querySelector("[aria-current]").removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
    const here = new URL(location.href);
    here.searchParams.set("cvd", span);
    history.replaceState(history.state, "", here);
    asked = 0;
    fetchAnew();
  });

  const readRecord = () => {
    const isRecorded = !part.querySelector("[data-only-tape]"); // else the server knows less than we do
    if (!document.hidden && isRecorded) fetchAnew();
  };
  document.addEventListener("visibilitychange", readRecord);
  setInterval(() => {
    forgetOld();
    readRecord();
  }, ANEW_MS);
}

/** As `exchange/figures.py` writes amounts: one decimal from 100 on, else four significant figures. */
function amount(value) {
  const decimals = value >= 100 ? 1 : value > 0 ? Math.max(0, Math.min(8, 3 - Math.floor(Math.log10(value)))) : 0;
  return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}
