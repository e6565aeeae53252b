// Candles and volume: history by one cached call, then the running bar by its topic.

import { CandlestickSeries, createChart, HistogramSeries } from "../vendor/lightweight-charts.standalone.production.mjs";
import { startChartAlerts } from "./chart_alerts.js";
import { grouped, startLegend } from "./chart_legend.js";
import { isDue } from "./chart_pace.js";
import { chartOptions, onThemeChange, token } from "./chart_theme.js";
import { onNextFrame, put, socket, streams, watchStreams } from "./page.js";
import { momentText } from "./reader.js";

const RETRY_MS = 10_000;
const DRAW_MS = 1_000; // the bar that runs; the figures beside it follow each trade
const BARS_IN_VIEW = 120;
const narrow = matchMedia("(max-width: 760px)"); // the legend over the candles has two lines there (css/market.css)

export function startChart(market) {
  const { coin, candles: address } = market.dataset;
  const place = market.querySelector("[data-chart]");
  const note = market.querySelector("[data-chart-note]");
  const none = market.querySelector("[data-chart-none]"); // in the place of candles, as long as there are none
  const isOfDays = () => /[dwM]$/.test(interval);
  let interval = market.dataset.interval;
  const chart = createChart(place, chartOptions(isOfDays));
  const price = chart.addSeries(CandlestickSeries);
  const volume = chart.addSeries(HistogramSeries, { priceScaleId: "", priceFormat: { type: "volume" }, lastValueVisible: false, priceLineVisible: false });
  volume.priceScale().applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
  const leaveRoom = () => price.priceScale().applyOptions({ scaleMargins: { top: narrow.matches ? 0.16 : 0.1, bottom: 0.2 } });
  narrow.addEventListener("change", leaveRoom);
  leaveRoom();
  const showLegend = startLegend(chart, market.querySelector("[data-legend]"), () => bars, () => decimals);

  let bars = new Map();
  let live = new Map();
  const undrawn = new Map(); // bars from the newest one on, as they are to be drawn
  let drawn = null; // the newest bar as it is drawn
  let drawnAt = 0;
  let retry;
  let decimals = 0;

  function paint() {
    chart.applyOptions(chartOptions(isOfDays));
    const [up, down] = [token("--up"), token("--down")];
    price.applyOptions({ upColor: up, downColor: down, wickUpColor: up, wickDownColor: down, borderVisible: false });
    redraw();
  }

  const colours = () => ({ up: token("--up-soft"), down: token("--down-soft") });
  let soft = colours();

  const bar = ([t, open, high, low, close]) => ({ time: t / 1000, open, high, low, close });
  const column = ([t, open, , , close, v]) => ({ time: t / 1000, value: v, color: close >= open ? soft.up : soft.down });

  function redraw() {
    soft = colours();
    const all = [...bars.values()].sort((a, b) => a[0] - b[0]);
    price.setData(all.map(bar));
    volume.setData(all.map(column));
    noteDrawn(all.at(-1) ?? null);
    if (all.length) decimals = decimalsOf(all.at(-1)[4], Number(market.dataset.pxDecimals));
    const formatter = (value) => grouped(value, decimals);
    price.applyOptions({ priceFormat: { type: "custom", minMove: 10 ** -decimals, formatter } });
    showLegend();
  }

  function noteDrawn(row) {
    undrawn.clear();
    drawn = row;
    drawnAt = performance.now();
  }

  /** The bars that run: a new one at once, one that moved if that can be seen. Tells whether it draws (`onNextFrame`). */
  function drawNewest() {
    const rows = [...undrawn.values()].sort((a, b) => a[0] - b[0]);
    const newest = rows.at(-1);
    if (!newest || !drawn) return false;
    const [[, , high, low, close, traded], [, , highNow, lowNow, closeNow, tradedNow]] = [drawn, newest];
    const moves = [[price, high, highNow], [price, low, lowNow], [price, close, closeNow], [volume, traded, tradedNow]];
    if (newest[0] === drawn[0] && !isDue(moves, drawnAt)) return false;
    for (const row of rows) {
      price.update(bar(row));
      volume.update(column(row));
    }
    noteDrawn(newest);
    return true;
  }

  /** Bars of the topic over those of history: the newest are drawn in their time, others (rare) by drawing all anew. */
  function takeLive() {
    if (!bars.size) return;
    let newest = Math.max(...bars.keys());
    let mustRedraw = false;
    for (const row of [...live.values()].sort((a, b) => a.bar[0] - b.bar[0])) {
      const [t] = row.bar;
      const held = bars.get(t);
      if (held && held.every((value, i) => value === row.bar[i])) continue;
      bars.set(t, row.bar);
      if (t < newest) mustRedraw = true;
      else {
        newest = t;
        undrawn.set(t, row.bar);
      }
    }
    if (mustRedraw) redraw();
    else showLegend();
    return mustRedraw || (newest !== drawn?.[0] && drawNewest());
  }

  function say(words, wordsIfNone) {
    none.hidden = bars.size > 0 || place.querySelector(".picture") !== null;
    put(none, none.hidden ? "" : wordsIfNone);
    put(note, none.hidden ? words : "");
  }

  async function load() {
    clearTimeout(retry);
    const asked = interval;
    try {
      const reply = await fetch(`${address}?${new URLSearchParams({ coin, interval })}`);
      const body = await reply.json();
      if (asked !== interval) return;
      if (!reply.ok) throw new Error(body.error);
      bars = new Map(body.bars.map((each) => [each[0], each]));
      place.querySelector(".picture")?.remove();
      say(body.problem ? `${body.problem} History is of ${momentText(body.as_of)}.` : "", "No candles.");
      redraw();
      chart.timeScale().setVisibleLogicalRange({ from: bars.size - BARS_IN_VIEW, to: bars.size + 4 });
      takeLive();
    } catch (error) {
      if (asked !== interval) return;
      const words = `${error.message || "No candles."} Trying again.`;
      say(words, words);
      retry = setTimeout(load, RETRY_MS);
    }
  }

  function listen() {
    if ("delisted" in market.dataset) return;
    const topic = `candle:${coin}:${interval}`;
    socket.join(topic, (rows, _, frame) => {
      if (topic !== `candle:${coin}:${interval}`) return;
      live = rows;
      // Whole rows after a break: bars may be missing between what is drawn and what comes.
      const oldest = Math.min(...[...rows.values()].map((row) => row.bar[0]));
      if (frame.full && bars.size && oldest > Math.max(...bars.keys())) load();
      else onNextFrame(takeLive);
    });
    watchStreams([...streams.filter((name) => !name.startsWith("candle:")), topic]);
  }

  function choose(next) {
    socket.leave(`candle:${coin}:${interval}`);
    interval = market.dataset.interval = next;
    document.querySelector("[data-misread]")?.remove();
    bars = new Map();
    live = new Map();
    place.querySelector(".picture")?.remove(); // it is of the interval before
    for (const link of market.querySelectorAll(".intervals a")) {
      if (link.dataset.interval === interval) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    listen();
    load();
  }

  market.querySelector(".intervals").addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    history.replaceState(null, "", link.href);
    const next = document.querySelector("#favourites [name=next]");
    if (next) next.value = location.pathname + location.search;
    if (link.dataset.interval !== interval) choose(link.dataset.interval);
  });
  const last = () => bars.get(Math.max(...bars.keys()))?.[4];
  if (!("delisted" in market.dataset)) startChartAlerts(market, place, chart, price, () => decimals, last);
  onThemeChange(paint);
  paint();
  listen();
  load();
  setInterval(() => onNextFrame(drawNewest), DRAW_MS);
}

/** Decimals by the price's size: five significant figures, and no more decimals than a price may have. */
function decimalsOf(close, most) {
  return Math.max(0, Math.min(most, 4 - Math.floor(Math.log10(Math.max(close, 1e-9)))));
}
