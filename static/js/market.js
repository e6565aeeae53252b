// One market: header figures here; chart, book, tape and funding in modules of their own.

import { ageText } from "./ages.js";
import { startBook } from "./book.js";
import { startFavourites } from "./favourites.js";
import { ages, onNextFrame, put, socket, whenThere } from "./page.js";
import { figure } from "./reader.js";
import { startPressure } from "./pressure.js";
import { startTape } from "./tape.js";
import { setTone } from "./tone.js";

const market = document.querySelector(".market");
const { coin, label } = market.dataset;
const TITLES = { volume: "volume_full", oi: "oi_base" };
const fields = [...market.querySelectorAll("[data-field]")];
const ageCell = market.querySelector("[data-age]");
let row = {};

socket.join(`market:${coin}`, (rows) => {
  row = rows.get(coin) ?? {};
  onNextFrame(show);
});

function show() {
  for (const cell of fields) {
    const text = row[cell.dataset.field];
    if (text === undefined || cell.textContent === figure(text)) continue;
    put(cell, text);
    if ("tone" in cell.dataset) setTone(cell, text);
    const title = row[TITLES[cell.dataset.field]];
    if (title) cell.title = figure(title);
  }
  if (row.mark) nearMark();
  if (row.mark) document.title = `${figure(row.mark)} ${label} · Hyperliquid Dashboard`;
  showAge();
}

/** An alert from here begins at the price as it is now. */
function nearMark() {
  const link = market.querySelector("[data-alert-new]");
  if (!link) return;
  const address = new URL(link.href);
  address.searchParams.set("threshold", row.mark.replaceAll(",", ""));
  link.href = address.href;
}

function showAge() {
  const now = ages.now();
  if (!row.prices_at || now === null) return;
  put(ageCell, `${ageText(now - row.prices_at)} ago`);
}

/** After the first paint, which has a picture of the candles, and in tasks of their own: at once they would hold up a phone. */
async function drawCharts() {
  const { startChart } = await whenThere(() => import("./chart.js"));
  const { startFunding } = await whenThere(() => import("./funding.js"));
  setTimeout(() => startChart(market));
  setTimeout(() => startFunding(market));
}

setInterval(showAge, 1_000);
if (market.querySelector("[data-book]")) startBook(market);
if (market.querySelector("[data-tape]")) startTape(market);
startPressure(market);
startFavourites();
requestAnimationFrame(() => setTimeout(drawCharts));
