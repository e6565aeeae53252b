// One alert's coin in candles of an hour, with its level and each time it fired.

import { CandlestickSeries, createChart, createSeriesMarkers } from "../vendor/lightweight-charts.standalone.production.mjs";
import { grouped } from "./chart_legend.js";
import { chartOptions, onThemeChange, token } from "./chart_theme.js";
import { put } from "./page.js";

const HOUR_S = 3600;
const RETRY_MS = 10_000;
const BARS_IN_VIEW = 140;
const panel = document.querySelector("[data-alert-chart]");
const place = panel.querySelector("[data-canvas]");
const note = panel.querySelector("[data-chart-note]");
const { coin, level, firings, above } = JSON.parse(document.getElementById("marks").textContent);
const chart = createChart(place, chartOptions());
const price = chart.addSeries(CandlestickSeries, { lastValueVisible: false, priceLineVisible: false }); // what it is now stands above
const marks = createSeriesMarkers(price, []);
const line = level === null ? null : price.createPriceLine({ price: level, lineWidth: 1, lineStyle: 2, title: "level" });
let decimals = 2;

function paint() {
  chart.applyOptions(chartOptions());
  const [up, down] = [token("--up"), token("--down")];
  price.applyOptions({ upColor: up, downColor: down, wickUpColor: up, wickDownColor: down, borderVisible: false });
  line?.applyOptions({ color: token("--warn") });
}

function draw(bars) {
  const last = bars.at(-1)[4];
  decimals = Math.max(0, 4 - Math.floor(Math.log10(Math.max(last, 1e-9))));
  price.applyOptions({ priceFormat: { type: "custom", minMove: 10 ** -decimals, formatter: (value) => grouped(value, decimals) } });
  price.setData(bars.map(([t, open, high, low, close]) => ({ time: t / 1000, open, high, low, close })));
  const first = bars[0][0] / 1000;
  const hours = new Map(); // several within one bar are one mark
  for (const [at] of firings) {
    const time = Math.floor(at / 1000 / HOUR_S) * HOUR_S;
    if (time >= first) hours.set(time, (hours.get(time) ?? 0) + 1);
  }
  const color = token("--warn");
  const [position, shape] = above ? ["aboveBar", "arrowDown"] : ["belowBar", "arrowUp"];
  marks.setMarkers([...hours].sort((a, b) => a[0] - b[0]).map(([time, count]) => ({ time, position, shape, color, text: count > 1 ? `${count}×` : "" })));
  chart.timeScale().setVisibleLogicalRange({ from: bars.length - BARS_IN_VIEW, to: bars.length + 4 });
}

async function load() {
  try {
    const reply = await fetch(`${panel.dataset.candles}?${new URLSearchParams({ coin, interval: "1h" })}`);
    const body = await reply.json();
    if (!reply.ok) throw new Error(body.error);
    put(note, body.bars.length ? "candles of an hour" : "No candles.");
    if (body.bars.length) draw(body.bars);
  } catch (error) {
    put(note, `${error.message || "No candles."} Trying again.`);
    setTimeout(load, RETRY_MS);
  }
}

onThemeChange(paint);
paint();
load();
