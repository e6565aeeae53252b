// Equity or PnL over time: the points that the page came with, holes as holes. Where another wallet's record begins
// the sum is of more than before: there the line is broken. `grow` adds what the wallets are worth now.

import { AreaSeries, BaselineSeries, createChart, createSeriesMarkers } from "../vendor/lightweight-charts.standalone.production.mjs";
import { isDue } from "./chart_pace.js";
import { chartOptions, onThemeChange, token } from "./chart_theme.js";
import { put } from "./page.js";
import { figure, zone } from "./reader.js";
import { setTone } from "./tone.js";

const STORED_S = 960; // what is followed is stored at least so often: after a longer silence there is a hole
const MINUTE_S = 60;
const STEP_S = 10; // where the record has only just begun its points are nearer together
const amounts = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** Draws the curve of the page, if it has one; `grow(ms, usd)` goes on with it, where the page says that it may, and
    tells whether that draws it anew. */
export function startCurve(root) {
  const data = document.getElementById("curve-data");
  const place = root.querySelector("[data-chart]");
  if (!data) return { grow() {} };
  const points = JSON.parse(data.textContent).map(([time, value, begins]) => ({ time: time / 1000, value, begins }));
  const isProfit = new URLSearchParams(location.search).get("curve") === "pnl";
  const hasSeconds = points.length > 1 && points[1].time - points[0].time < MINUTE_S; // several points have the same minute
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, dateStyle: "medium", timeStyle: hasSeconds ? "medium" : "short" });
  const options = () => {
    const { timeScale, ...others } = chartOptions();
    return { ...others, timeScale: { ...timeScale, secondsVisible: hasSeconds } };
  };
  const chart = createChart(place, options());
  const pieces = stretches(points);
  const series = pieces.map(newSeries);
  chart.applyOptions({ handleScroll: { vertTouchDrag: false } });
  const marks = [];
  let isPointed = false;
  const legend = root.querySelector("[data-legend-value]");
  let last = points.findLast((point) => point.value !== null);
  const step = Math.max(STEP_S, points.length > 1 ? points.at(-1).time - points.at(-2).time : 0);
  const drawn = { time: last?.time, value: last?.value, at: 0 };

  function newSeries() {
    return chart.addSeries(isProfit ? BaselineSeries : AreaSeries, {
      lineWidth: 2,
      priceLineVisible: false,
      lastValueVisible: false,
      priceFormat: { type: "custom", minMove: 0.01, formatter: (value) => figure(dollars(value, isProfit)) },
    });
  }

  function paint() {
    chart.applyOptions(options());
    const [up, down, accent] = [token("--up"), token("--down"), token("--accent")];
    const clear = "transparent";
    const look = isProfit
      ? { topLineColor: up, bottomLineColor: down, topFillColor1: token("--up-soft"), topFillColor2: clear, bottomFillColor1: clear, bottomFillColor2: token("--down-soft") }
      : { lineColor: accent, topColor: token("--accent-soft"), bottomColor: clear };
    for (const one of series) one.applyOptions(look);
    pieces.forEach(([{ time, begins }], i) => {
      if (begins) (marks[i] ??= createSeriesMarkers(series[i])).setMarkers([{ time, position: "inBar", shape: "circle", color: accent }]);
    });
    series.at(-1).applyOptions({ lastValueVisible: true });
  }

  function say(point) {
    const text = (point?.value ?? null) === null ? "not known" : dollars(point.value, isProfit);
    const more = point?.begins ? ` · ${point.begins} from here on` : "";
    put(legend, point ? `${clock.format(point.time * 1000)} · ${text}${more}` : text);
    if (isProfit) setTone(legend, text);
  }

  /** One more point for each part of the time that the others are apart by; until it ends it moves. */
  function grow(now, value) {
    const before = points.at(-1).time;
    const time = before + Math.max(0, Math.floor((now / 1000 - before) / step)) * step;
    if (time > before) points.push({ time, value });
    else points.at(-1).value = value;
    at.set(time, points.at(-1));
    if (now / 1000 - last.time > Math.max(STORED_S, step)) {
      series.at(-1).applyOptions({ lastValueVisible: false });
      series.push(newSeries());
      pieces.push([points.at(-1)]);
      paint();
    }
    last = { time: now / 1000, value };
    if (!isPointed) say(last);
    if (time === drawn.time && !isDue([[series.at(-1), drawn.value, value]], drawn.at)) return false;
    series.at(-1).update({ time, value });
    Object.assign(drawn, { time, value, at: performance.now() });
    return true;
  }

  paint();
  series.forEach((one, i) => one.setData(pieces[i]));
  chart.timeScale().setVisibleLogicalRange({ from: -0.5, to: points.length - 0.5 }); // a hole at the end is shown, too
  place.querySelector(".picture")?.remove();
  const at = new Map(points.map((point) => [point.time, point]));
  chart.subscribeCrosshairMove(({ time }) => {
    isPointed = at.has(time);
    say(at.get(time) ?? last);
  });
  say(last);
  onThemeChange(paint);
  return { grow: "grows" in place.dataset ? grow : () => {} };
}

/** A line goes on over missing values, so each stretch without a hole is a line of its own; all know all times. */
function stretches(points) {
  const found = [];
  let isHole = true;
  for (const point of points) {
    if (point.value === null) {
      isHole = true;
      continue;
    }
    if (isHole || point.begins) found.push([]);
    isHole = false;
    found.at(-1).push(point);
  }
  if (found.length) found[0] = [...found[0], ...points.filter(({ value }) => value === null).map(({ time }) => ({ time }))].sort((a, b) => a.time - b.time);
  return found;
}

/** `−$1,234.50`, for drawing. */
function dollars(value, isSigned) {
  const text = amounts.format(Math.abs(value));
  const isZero = !/[1-9]/.test(text);
  return `${isZero ? "" : value < 0 ? "−" : isSigned ? "+" : ""}$${text}`;
}
