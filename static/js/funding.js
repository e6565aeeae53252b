// Funding history: the chart is drawn from the table's own cells, and both are fetched anew each hour.

import { createChart, HistogramSeries } from "../vendor/lightweight-charts.standalone.production.mjs";
import { chartOptions, onThemeChange, token } from "./chart_theme.js";
import { ages } from "./page.js";
import { figure, readOut } from "./reader.js";
import { startSortables } from "./sortable.js";

const HOUR_MS = 3_600_000;
const PAID_AFTER_MS = 25_000; // the server reads the new hour from 20 s after it
const RETRY_MS = 15_000;

export function startFunding(market) {
  const part = market.querySelector("[data-funding-part]");
  if (!part) return;
  let chart;

  function draw() {
    chart?.remove();
    chart = null;
    const place = part.querySelector("[data-funding-chart]");
    if (!place) return;
    chart = createChart(place, { ...chartOptions(), handleScroll: false, handleScale: false });
    chart.applyOptions({ layout: { attributionLogo: false } }); // the candle chart above shows it
    const format = { type: "custom", minMove: 1e-8, formatter: (rate) => figure(`${rate < 0 ? "−" : "+"}${Math.abs(rate * 100).toFixed(4)}%`) };
    const series = chart.addSeries(HistogramSeries, { priceFormat: format, priceLineVisible: false });
    const [up, down] = [token("--up"), token("--down")];
    const rows = [...part.querySelectorAll("tr[data-t]")].sort((a, b) => a.dataset.t - b.dataset.t); // however they are sorted
    const seen = new Map(rows.map(({ dataset: { t, rate } }) => [Math.floor(t / HOUR_MS) * 3600, Number(rate)]));
    series.setData([...seen].map(([time, value]) => ({ time, value, color: value < 0 ? down : up })));
    chart.timeScale().fitContent();
  }

  async function refresh() {
    const { coin, funding: address } = market.dataset;
    const reply = await fetch(`${address}?${new URLSearchParams({ coin })}`).catch(() => null);
    if (!reply?.ok) return later(RETRY_MS);
    const scroll = part.querySelector(".funding-table")?.scrollTop ?? 0;
    part.innerHTML = await reply.text(); // our own template, rendered by our own server
    readOut(part);
    startSortables(part);
    const table = part.querySelector(".funding-table");
    if (table) table.scrollTop = scroll;
    draw();
    return later();
  }

  function later(delay) {
    const now = ages.now() ?? Date.now();
    const next = HOUR_MS - (now % HOUR_MS) + PAID_AFTER_MS + Math.random() * RETRY_MS;
    setTimeout(refresh, delay ?? next);
  }

  onThemeChange(draw);
  draw();
  if (part.querySelector("[data-funding-missing]")) refresh();
  else later();
}
